package rdfio_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"fincat/vocab/rdfio"
	"fincat/vocab/term"
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
			w3ctest.Run(t, own, m.want, m.expected, func(e w3ctest.Entry) error { return runSyntaxTest(e, readOwn) })
		})
	}
}

func readOwn(doc []byte, f rdfio.Format, base string) ([]term.Quad, error) {
	o := rdfio.ReadOptions{Format: f, Base: base}
	if err := checkRead(doc, o); err != nil {
		return nil, fmt.Errorf("not a syntax error: %w", err)
	}
	quads, err := rdfio.ReadAll(context.Background(), bytes.NewReader(doc), o)
	var syntax *rdfio.Error
	if err != nil && !errors.As(err, &syntax) {
		return nil, fmt.Errorf("not a syntax error: %w", err)
	}
	return quads, err
}

// TestKnakk runs the RDF 1.1 suites with knakk/rdf. What it fails is why
// documents from outside are read by our own readers; a listed test that
// passes tells that a release has mended it.
func TestKnakk(t *testing.T) {
	for _, m := range []struct {
		path    string
		want    int
		defects []string
	}{
		{path: "rdf11/rdf-turtle", want: 313, defects: []string{
			"turtle-syntax-number-12", "turtle-syntax-number-13", "turtle-syntax-bad-bnode-01",
			"turtle-syntax-bad-bnode-02",
			"turtle-syntax-bad-numeric-escape-01", "turtle-syntax-bad-numeric-escape-02",
			"turtle-syntax-bad-numeric-escape-03", "turtle-syntax-bad-numeric-escape-04",
			"turtle-syntax-bad-numeric-escape-05", "turtle-syntax-bad-numeric-escape-06",
			"turtle-syntax-bad-numeric-escape-07", "turtle-syntax-bad-numeric-escape-08",
			"turtle-syntax-bad-numeric-escape-09", "turtle-syntax-bad-numeric-escape-10", "turtle-subm-27",
			"IRI-resolution-01",
			"IRI-resolution-02", "IRI-resolution-07", "IRI-resolution-08",
		}},
		{path: "rdf11/rdf-n-triples", want: 70, defects: []string{
			"nt-syntax-bad-bnode-01", "nt-syntax-bad-bnode-02",
		}},
		{path: "rdf11/rdf-n-quads", want: 87, defects: []string{
			"nt-syntax-bad-bnode-01", "nt-syntax-bad-bnode-02",
		}},
		{path: "rdf11/rdf-xml", want: 166, defects: []string{
			"rdfms-difference-between-ID-and-about-error1", "rdfms-reification-required-test002",
			"rdfms-seq-representation-test002", "xml-canon-test002",
			"xmlbase-test014",
		}},
	} {
		t.Run(m.path, func(t *testing.T) {
			all, err := rdfTests.Load("rdf/" + m.path + "/manifest.ttl")
			if err != nil {
				t.Fatal(err)
			}
			expected := map[string]string{}
			for _, name := range m.defects {
				expected[name] = "defect of knakk/rdf"
			}
			w3ctest.Run(
				t, all.Entries, m.want, expected, func(e w3ctest.Entry) error {
					return runSyntaxTest(e,
						rdfio.ReadKnakk)
				},
			)
		})
	}
}

// runSyntaxTest runs one test with a reader.
func runSyntaxTest(e w3ctest.Entry, read func([]byte, rdfio.Format, string) ([]term.Quad, error)) error {
	data, err := rdfTests.ReadFile(e.Action.Value())
	if err != nil {
		return err
	}
	_, kind, _ := strings.Cut(e.Kind(), "Test")
	kinds := map[string]rdfio.Format{
		"Turtle": rdfio.Turtle, "Trig": rdfio.TriG, "NTriples": rdfio.NTriples, "NQuads": rdfio.NQuads,
		"XML": rdfio.RDFXML,
	}
	var format rdfio.Format
	for prefix, f := range kinds {
		if strings.HasPrefix(kind, prefix) {
			format = f
			kind = strings.TrimPrefix(kind, prefix)
		}
	}
	got, err := read(data, format, e.Action.Value())
	switch kind {
	case "NegativeSyntax", "NegativeEval":
		if err == nil || strings.Contains(err.Error(), "not a syntax error") {
			return fmt.Errorf("error is %w, want a syntax error", err)
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
		if err := rdfio.Write(context.Background(), &out, format, rdfio.All(got),
			rdfio.WriteOptions{Canonical: true}); err != nil {
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
