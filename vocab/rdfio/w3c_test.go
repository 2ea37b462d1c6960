package rdfio_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"fincat/vocab/rdfio"
	"fincat/vocab/w3ctest"
)

var rdfTests = w3ctest.Suite{Dir: "../../testdata/w3c/rdf-tests", Base: "https://w3c.github.io/rdf-tests/"}

// TestRDF runs the RDF 1.1 and RDF 1.2 syntax suites, one subtest a manifest.
func TestRDF(t *testing.T) {
	manifests := []struct {
		path     string
		want     int
		expected map[string]string // test and the reason for which it fails
	}{
		{path: "rdf11/rdf-turtle", want: 313},
		{path: "rdf11/rdf-trig", want: 356},
		{path: "rdf11/rdf-n-triples", want: 70},
		{path: "rdf11/rdf-n-quads", want: 87},
		{path: "rdf11/rdf-xml", want: 166},
		{path: "rdf12/rdf-turtle", want: 103},
		{path: "rdf12/rdf-trig", want: 60},
		{path: "rdf12/rdf-n-triples", want: 70},
		{path: "rdf12/rdf-n-quads", want: 68},
		{path: "rdf12/rdf-xml", want: 31},
	}
	for _, m := range manifests {
		t.Run(m.path, func(t *testing.T) {
			all, err := rdfTests.Load("rdf/" + m.path + "/manifest.ttl")
			if err != nil {
				t.Fatal(err)
			}
			var own []w3ctest.Entry // RDF 1.2 manifests include those of 1.1
			for _, e := range all.Entries {
				if strings.Contains(e.Manifest, "/"+m.path+"/") {
					own = append(own, e)
				}
			}
			w3ctest.Run(t, own, m.want, m.expected, runSyntaxTest)
		})
	}
}

func runSyntaxTest(e w3ctest.Entry) error {
	data, err := rdfTests.ReadFile(e.Action.Value())
	if err != nil {
		return err
	}
	_, kind, _ := strings.Cut(e.Kind(), "Test")
	kinds := map[string]rdfio.Format{
		"Turtle": rdfio.Turtle, "Trig": rdfio.TriG, "NTriples": rdfio.NTriples, "NQuads": rdfio.NQuads, "XML": rdfio.RDFXML,
	}
	var format rdfio.Format
	for prefix, f := range kinds {
		if strings.HasPrefix(kind, prefix) {
			format = f
			kind = strings.TrimPrefix(kind, prefix)
		}
	}
	o := rdfio.ReadOptions{Format: format, Base: e.Action.Value()}
	got, err := rdfio.ReadAll(context.Background(), bytes.NewReader(data), o)
	switch kind {
	case "NegativeSyntax", "NegativeEval":
		var syntax *rdfio.Error
		if !errors.As(err, &syntax) {
			return fmt.Errorf("error is %v, want a syntax error", err)
		}
		return nil
	case "PositiveSyntax":
		return err
	case "PositiveC14N":
		if err != nil {
			return err
		}
		want, err := rdfTests.ReadFile(e.Result.Value())
		if err != nil {
			return err
		}
		var out bytes.Buffer
		if err := rdfio.Write(context.Background(), &out, format, rdfio.All(got), rdfio.WriteOptions{Canonical: true}); err != nil {
			return err
		}
		if !bytes.Equal(out.Bytes(), want) {
			return fmt.Errorf("canonical form is\n%swant\n%s", out.Bytes(), want)
		}
		return nil
	case "Eval":
		if err != nil {
			return err
		}
		want, err := rdfTests.ReadQuads(e.Result.Value())
		if err != nil {
			return err
		}
		return w3ctest.SameQuads(got, want)
	}
	return fmt.Errorf("unknown kind of test %s", e.Type)
}
