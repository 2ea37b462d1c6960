package rdfio_test

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"

	"fincat/vocab/rdfio"
	"fincat/vocab/term"
)

func ExampleCompactJSONLD() {
	doc := `{"@context": "https://schema.org/", "@id": "https://e/1", "name": "資料集"}`
	local := `{"title": "http://schema.org/name"}`
	out, err := rdfio.CompactJSONLD(context.Background(), []byte(doc), []byte(local), rdfio.ReadOptions{})
	fmt.Println(string(out), err)
	// Output:
	// {
	//   "@context": {"title": "http://schema.org/name"},
	//   "@id": "https://e/1",
	//   "title": "資料集"
	// } <nil>
}

func ExampleDiff() {
	read := func(s string) []term.Quad {
		quads, _ := rdfio.ReadAll(context.Background(), strings.NewReader(s), rdfio.ReadOptions{Format: rdfio.NQuads})
		return quads
	}
	a := read("<http://e/d> <http://e/contact> _:c .\n_:c <http://e/name> \"old\" .\n")
	b := read("<http://e/d> <http://e/contact> _:x .\n_:x <http://e/name> \"new\" .\n")
	added, removed := rdfio.Diff(a, b)
	fmt.Println("+", added[0])
	fmt.Println("-", removed[0])
	// Output:
	// + _:c <http://e/name> "new" .
	// - _:c <http://e/name> "old" .
}

func TestJSONLDForms(t *testing.T) {
	doc := []byte(`{"@context": {"p": "http://e/p"}, "@id": "http://e/s", "p": {"@id": "_:x", "p": "v"}}`)
	tests := []struct {
		name string
		f    func() ([]byte, error)
		want string
	}{
		{"expanded", func() ([]byte, error) { return rdfio.ExpandJSONLD(context.Background(), doc, rdfio.ReadOptions{}) },
			`[{"@id":"http://e/s","http://e/p":[{"@id":"_:x","http://e/p":[{"@value":"v"}]}]}]`},
		{"flattened", func() ([]byte, error) {
			return rdfio.FlattenJSONLD(context.Background(), doc, nil, rdfio.ReadOptions{})
		},
			`[{"@id":"_:b0","http://e/p":[{"@value":"v"}]},{"@id":"http://e/s","http://e/p":[{"@id":"_:b0"}]}]`},
		{"flattened and compacted", func() ([]byte, error) {
			return rdfio.FlattenJSONLD(context.Background(), doc, []byte(`{"p": "http://e/p"}`), rdfio.ReadOptions{})
		},
			`{"@context":{"p":"http://e/p"},"@graph":[{"@id":"_:b0","p":"v"},{"@id":"http://e/s","p":{"@id":"_:b0"}}]}`},
		{"with an outer context", func() ([]byte, error) {
			return rdfio.ExpandJSONLD(context.Background(), []byte(`{"name": "x"}`), rdfio.ReadOptions{Context: "https://schema.org"})
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
