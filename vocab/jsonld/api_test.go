package jsonld_test

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"

	"fincat/vocab/jsonld"
)

func ExampleCompact() {
	doc := `{"@context": "https://schema.org/", "@id": "https://e/1", "name": "資料集"}`
	local := `{"title": "http://schema.org/name"}`
	out, err := jsonld.Compact(context.Background(), []byte(doc), []byte(local), jsonld.Options{})
	fmt.Println(string(out), err)
	// Output:
	// {
	//   "@context": {"title": "http://schema.org/name"},
	//   "@id": "https://e/1",
	//   "title": "資料集"
	// } <nil>
}

func TestForms(t *testing.T) {
	doc := []byte(`{"@context": {"p": "http://e/p"}, "@id": "http://e/s", "p": {"@id": "_:x", "p": "v"}}`)
	tests := []struct {
		name string
		f    func() ([]byte, error)
		want string
	}{
		{"expanded", func() ([]byte, error) { return jsonld.Expand(context.Background(), doc, jsonld.Options{}) },
			`[{"@id":"http://e/s","http://e/p":[{"@id":"_:x","http://e/p":[{"@value":"v"}]}]}]`},
		{"flattened", func() ([]byte, error) {
			return jsonld.Flatten(context.Background(), doc, nil, jsonld.Options{})
		},
			`[{"@id":"_:b0","http://e/p":[{"@value":"v"}]},{"@id":"http://e/s","http://e/p":[{"@id":"_:b0"}]}]`},
		{"flattened and compacted", func() ([]byte, error) {
			return jsonld.Flatten(context.Background(), doc, []byte(`{"p": "http://e/p"}`), jsonld.Options{})
		},
			`{"@context":{"p":"http://e/p"},"@graph":[{"@id":"_:b0","p":"v"},{"@id":"http://e/s","p":{"@id":"_:b0"}}]}`},
		{"with an outer context", func() ([]byte, error) {
			return jsonld.Expand(context.Background(), []byte(`{"name": "x"}`),
				jsonld.Options{Context: "https://schema.org"})
		},
			`[{"http://schema.org/name":[{"@value":"x"}]}]`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := tt.f()
			if err != nil {
				t.Fatal(err)
			}
			if flat := strings.Map(dropSpace, string(bytes.TrimSpace(got))); flat != tt.want {
				t.Errorf("got %s, want %s", flat, tt.want)
			}
		})
	}
}

func dropSpace(r rune) rune {
	if r == ' ' || r == '\n' {
		return -1
	}
	return r
}
