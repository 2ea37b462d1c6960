package jsonld_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"fincat/vocab/jsonld"
	"fincat/vocab/rdfio"
	"fincat/vocab/term"
)

// TestBundledContexts processes every bundled context under every IRI.
func TestBundledContexts(t *testing.T) {
	data, err := os.ReadFile("contexts/index.json")
	if err != nil {
		t.Fatal(err)
	}
	var index map[string][]string
	if err := json.Unmarshal(data, &index); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("contexts/*.jsonld")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		name := strings.TrimPrefix(f, "contexts/")
		if _, ok := index[name]; !ok && name != "dcat.jsonld" {
			t.Errorf("%s has no IRI in the index", name)
		}
	}
	seen := map[string]bool{}
	for file, iris := range index {
		for _, iri := range iris {
			if seen[iri] {
				t.Errorf("<%s> stands for two files", iri)
			}
			seen[iri] = true
			doc := fmt.Sprintf(`{"@context": %q, "@id": "http://e/s", "http://e/p": "x"}`, iri)
			if quads, err := readLD(t, doc, rdfio.ReadOptions{}); err != nil || len(quads) != 1 {
				t.Errorf("%s as <%s>: %v, %v", file, iri, quads, err)
			}
		}
	}
}

func TestBundledContextMeanings(t *testing.T) {
	const schema, dcat = "http://schema.org/", "http://www.w3.org/ns/dcat#"
	tests := []struct{ in, want string }{
		{`{"@context": "https://schema.org", "@id": "http://e/s", "@type": "Dataset"}`, `<` + schema + `Dataset>`},
		{`{"@context": "https://schema.org/", "@id": "http://e/s", "license": "http://e/l"}`, `<http://e/l>`},
		{`{"@context": "http://schema.org", "@id": "http://e/s", "name": "臺灣"}`, `"臺灣"`},
		{
			`{"@context": "http://schema.org/", "@id": "http://e/s", "datePublished": "2026-01-01"}`,
			`"2026-01-01"^^<` + schema + `Date>`,
		},
		{
			`{"@context": "https://www.w3.org/ns/activitystreams", "id": "http://e/s", "object": "http://e/o"}`,
			`<http://e/o>`,
		},
		{
			`{"@context": "https://project-open-data.cio.gov/v1.1/schema/catalog.jsonld", "@id": "http://e/s", "downloadURL": "http://e/d"}`,
			`<http://e/d>`,
		},
		{
			`{"@context": "https://www.w3.org/ns/hydra/context.jsonld", "@id": "http://e/s", "next": "http://e/n"}`,
			`<http://e/n>`,
		},
		{
			`{"@context": "https://w3id.org/tree/context", "@id": "http://e/s", "@type": "EventStream"}`,
			`<https://w3id.org/ldes#EventStream>`,
		},
		{
			`{"@context": "https://semiceu.github.io/DCAT-AP/releases/3.0.1/context/dcat-ap.jsonld", "@id": "http://e/s", "@type": "Dataset"}`,
			`<` + dcat + `Dataset>`,
		},
		{
			`{"@context": "http://www.w3.org/ns/odrl.jsonld", "@id": "http://e/s", "@type": "Offer"}`,
			`<http://www.w3.org/ns/odrl/2/Offer>`,
		},
	}
	for _, tt := range tests {
		quads, err := readLD(t, tt.in, rdfio.ReadOptions{})
		if err != nil {
			t.Errorf("%s: %v", tt.in, err)
			continue
		}
		if !slices.ContainsFunc(quads, func(q term.Quad) bool { return q.Object.String() == tt.want }) {
			t.Errorf("%s reads as %v, want object %s", tt.in, quads, tt.want)
		}
	}
}

// TestContextLoader checks that other contexts come from the loader, once
// each, and that endless ones are refused.
func TestContextLoader(t *testing.T) {
	loads := 0
	loader := func(_ context.Context, iri string) ([]byte, error) {
		loads++
		switch iri {
		case "http://e/c":
			return []byte(`{"@context": {"p": "http://e/p"}}`), nil
		case "http://e/loop":
			return []byte(`{"@context": "http://e/loop"}`), nil
		case "http://e/array":
			return []byte(`[]`), nil
		}
		return []byte(fmt.Sprintf(`{"@context": "%s0"}`, iri)), nil
	}
	quads, err := readLD(
		t, `[{"@context": "http://e/c", "p": 1}, {"@context": "http://e/c", "p": 2}]`,
		rdfio.ReadOptions{Loader: loader},
	)
	if err != nil || len(quads) != 2 || loads != 1 {
		t.Errorf("%d quads, %d loads, error %v; want 2 and 1", len(quads), loads, err)
	}
	for iri, code := range map[string]string{
		"http://e/loop": "context overflow", "http://e/x": "context overflow",
		"http://e/array": "invalid remote context",
	} {
		_, err := readLD(t, fmt.Sprintf(`{"@context": %q}`, iri), rdfio.ReadOptions{Loader: loader})
		var e *jsonld.Error
		if !errors.As(err, &e) || e.Code != code {
			t.Errorf("context <%s>: error %v, want %q", iri, err, code)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	_, err = rdfio.ReadAll(
		ctx, strings.NewReader(`{"@context": "http://e/c"}`),
		rdfio.ReadOptions{Format: rdfio.JSONLD, Loader: func(ctx context.Context, _ string) ([]byte, error) {
			cancel()
			return nil, ctx.Err()
		}},
	)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("a load that is cancelled: %v, want %v", err, context.Canceled)
	}
}
