package jsonld_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fincat/vocab/jsonld"
	"fincat/vocab/rdfio"
	"fincat/vocab/term"
)

const (
	ldSuite = "../../testdata/w3c/json-ld-api/tests"
	ldBase  = "https://w3c.github.io/json-ld-api/tests/"
)

func TestMain(m *testing.M) {
	jsonld.ReadNQuads = func(text string) ([]term.Quad, error) {
		return rdfio.ReadAll(
			context.Background(), strings.NewReader(text), rdfio.ReadOptions{Format: rdfio.NQuads, GrammarOnly: true},
		)
	}
	os.Exit(m.Run())
}

// suiteLoader serves the suite's own files as remote contexts.
func suiteLoader(_ context.Context, iri string) ([]byte, error) {
	path, ok := strings.CutPrefix(iri, ldBase)
	if !ok {
		return nil, fmt.Errorf("%s is outside the suite", iri)
	}
	return os.ReadFile(filepath.Join(ldSuite, path))
}

func iri(s string) term.Term   { return term.NewIRI("http://e/" + s) }
func blank(s string) term.Term { return term.NewBlankNode(s) }

func lines(quads []term.Quad) string {
	var b strings.Builder
	for _, q := range quads {
		b.WriteString(q.String() + "\n")
	}
	return b.String()
}
