package jsonld

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"fincat/vocab/canon"
	"fincat/vocab/term"
)

const (
	ldSuite = "../../testdata/w3c/json-ld-api/tests"
	ldBase  = "https://w3c.github.io/json-ld-api/tests/"
)

// ReadNQuads reads the expected results. The external tests set it, because a test
// inside this package cannot import rdfio, which imports the package.
var ReadNQuads func(text string) ([]term.Quad, error)

// ldTest is an entry of a JSON-LD test manifest.
type ldTest struct {
	ID              string   `json:"@id"`
	Type            []string `json:"@type"`
	Name            string
	Input           string
	Expect          string
	Context         string
	ExpectErrorCode string
	Option          struct {
		Base, ExpandContext, ProcessingMode, SpecVersion, RDFDirection, ContentType string
		ProduceGeneralizedRDF, UseNativeTypes, UseRDFType, ExtractAllScripts        bool
		CompactArrays, CompactToRelative                                            *bool
	}
}

func (e ldTest) negative() bool { return slices.Contains(e.Type, "jld:NegativeEvaluationTest") }

// ldManifest reads a manifest and checks its number of entries.
func ldManifest(t *testing.T, name string, count int) []ldTest {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(ldSuite, name))
	if err != nil {
		t.Fatal(err)
	}
	var m struct{ Sequence []ldTest }
	if err := json.Unmarshal(data, &m); err != nil {
		t.Fatal(err)
	}
	if len(m.Sequence) != count {
		t.Errorf("%s has %d entries, want %d", name, len(m.Sequence), count)
	}
	return m.Sequence
}

// suiteLoader serves the suite's own files as remote contexts.
func suiteLoader(_ context.Context, iri string) ([]byte, error) {
	path, ok := strings.CutPrefix(iri, ldBase)
	if !ok {
		return nil, fmt.Errorf("%s is outside the suite", iri)
	}
	return os.ReadFile(filepath.Join(ldSuite, path))
}

func suiteJSON(t *testing.T, path string) any {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(ldSuite, path))
	if err != nil {
		t.Fatal(err)
	}
	v, err := parseJSON(context.Background(), data, 1000)
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return v
}

func (e ldTest) options(t *testing.T) options {
	t.Helper()
	o := options{
		base: ldBase + e.Input, loader: suiteLoader, direction: DropDirection,
		mode10:      e.Option.ProcessingMode == "json-ld-1.0",
		generalized: e.Option.ProduceGeneralizedRDF,
		nativeTypes: e.Option.UseNativeTypes, rdfType: e.Option.UseRDFType,
		keepArrays:   e.Option.CompactArrays != nil && !*e.Option.CompactArrays,
		keepAbsolute: e.Option.CompactToRelative != nil && !*e.Option.CompactToRelative,
		extractAll:   e.Option.ExtractAllScripts,
	}
	if e.Option.Base != "" {
		o.base = e.Option.Base
	}
	if e.Option.ExpandContext != "" {
		o.context = string(appendJSON(nil, suiteJSON(t, e.Option.ExpandContext), ""))
	}
	switch e.Option.RDFDirection {
	case "i18n-datatype":
		o.direction = I18nDatatype
	case "compound-literal":
		o.direction = CompoundLiteral
	}
	return o
}

// processor reads the input.
func (e ldTest) processor(t *testing.T) (*processor, any, error) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(ldSuite, e.Input))
	if err != nil {
		t.Fatal(err)
	}
	p := newProcessor(context.Background(), data, e.options(t))
	doc, err := p.parse()
	return p, doc, err
}

// ldSame compares values as the suite's README says: arrays other than lists
// without regard to order, language tags without regard to case.
func ldSame(a, b any, key string) bool {
	switch a := a.(type) {
	case *jsonObject:
		b, ok := b.(*jsonObject)
		if !ok || len(a.members) != len(b.members) {
			return false
		}
		for _, m := range a.members {
			v, ok := b.get(m.key)
			if !ok || !ldSame(m.value, v, m.key) {
				return false
			}
		}
		return true
	case []any:
		b, ok := b.([]any)
		if !ok || len(a) != len(b) {
			return false
		}
		if key == "@list" {
			return slices.EqualFunc(a, b, func(x, y any) bool { return ldSame(x, y, "") })
		}
		rest := slices.Clone(b)
		for _, x := range a {
			i := slices.IndexFunc(rest, func(y any) bool { return ldSame(x, y, "") })
			if i < 0 {
				return false
			}
			rest = slices.Delete(rest, i, i+1)
		}
		return true
	case string:
		b, ok := b.(string)
		return ok && (a == b || key == "@language" && strings.EqualFold(a, b))
	case jsonNumber:
		b, ok := b.(jsonNumber)
		return ok && esNumber(a) == esNumber(b)
	}
	return isScalar(b) && a == b
}

// ldSuiteRun runs the tests of a manifest. A test listed as failing must fail.
func ldSuiteRun(
	t *testing.T, manifest string, count, only10 int, failing map[string]string,
	run func(t *testing.T, e ldTest) error,
) {
	skipped := 0
	for _, e := range ldManifest(t, manifest, count) {
		if e.Option.SpecVersion == "json-ld-1.0" {
			skipped++
			continue
		}
		t.Run(strings.TrimPrefix(e.ID, "#"), func(t *testing.T) {
			if reason, ok := failing[e.ID]; ok {
				if err := run(t, e); err == nil {
					t.Errorf("passes, but is listed as failing: %s", reason)
				}
				return
			}
			if err := run(t, e); err != nil {
				t.Errorf("%s: %v", e.Name, err)
			}
		})
	}
	if skipped != only10 {
		t.Errorf("%d tests are for JSON-LD 1.0 only, want %d", skipped, only10)
	}
}

// outcome judges an error against a test's kind: done means that there is
// nothing more to compare.
func (e ldTest) outcome(err error) (done bool, fault error) {
	if !e.negative() {
		return err != nil, err
	}
	var ld *Error
	switch {
	case err == nil:
		return true, fmt.Errorf("no error, want %q", e.ExpectErrorCode)
	case !errors.As(err, &ld) || ld.Code != e.ExpectErrorCode:
		return true, fmt.Errorf("error %w, want %q", err, e.ExpectErrorCode)
	}
	return true, nil
}

func differ(got, want any) error {
	if ldSame(got, want, "") {
		return nil
	}
	return fmt.Errorf("got\n%s\nwant\n%s", appendJSON(nil, got, "  "), appendJSON(nil, want, "  "))
}

func TestW3CJSONLDToRDF(t *testing.T) {
	ldSuiteRun(t, "toRdf-manifest.jsonld", 467, 11, nil, func(t *testing.T, e ldTest) error {
		p, doc, err := e.processor(t)
		return e.toRDF(t, p, doc, err)
	})
}

// toRDF runs the test on a document that was read, or not.
func (e ldTest) toRDF(t *testing.T, p *processor, doc any, err error) error {
	t.Helper()
	var got []term.Quad
	if err == nil {
		err = p.toRDF(doc, func(q term.Quad) error { got = append(got, q); return nil })
	}
	if done, fault := e.outcome(err); done || e.Expect == "" {
		return fault
	}
	want := expectedQuads(t, e.Expect)
	if !canon.Isomorphic(got, want) {
		return fmt.Errorf("got\n%s\nwant\n%s", lines(got), lines(want))
	}
	return nil
}

var blankPredicate = regexp.MustCompile(`(?m)^(\S+) _:(\S+) `)

// expectedQuads reads N-Quads, with generalised RDF where a test asks for it.
func expectedQuads(t *testing.T, path string) []term.Quad {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(ldSuite, path))
	if err != nil {
		t.Fatal(err)
	}
	// A blank node as a predicate, which N-Quads has not, is read as an IRI.
	text := blankPredicate.ReplaceAllString(string(data), "$1 <urn:blank:$2> ")
	quads, err := ReadNQuads(text)
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	for i := range quads {
		if label, ok := strings.CutPrefix(quads[i].Predicate.Value(), "urn:blank:"); ok {
			quads[i].Predicate = term.NewBlankNode(label)
		}
	}
	return quads
}

func lines(quads []term.Quad) string {
	var b strings.Builder
	for _, q := range quads {
		b.WriteString(q.String() + "\n")
	}
	return b.String()
}

func TestW3CJSONLDExpand(t *testing.T) {
	ldSuiteRun(t, "expand-manifest.jsonld", 385, 9, nil, func(t *testing.T, e ldTest) error {
		p, doc, err := e.processor(t)
		return e.expand(t, p, doc, err)
	})
}

func (e ldTest) expand(t *testing.T, p *processor, doc any, err error) error {
	t.Helper()
	var got []any
	if err == nil {
		got, err = p.expandDocument(doc)
	}
	if done, fault := e.outcome(err); done {
		return fault
	}
	return differ(got, suiteJSON(t, e.Expect))
}

func TestW3CJSONLDCompact(t *testing.T) {
	ldSuiteRun(t, "compact-manifest.jsonld", 246, 2, nil, func(t *testing.T, e ldTest) error {
		p, doc, err := e.processor(t)
		return e.compact(t, p, doc, err)
	})
}

func (e ldTest) compact(t *testing.T, p *processor, doc any, err error) error {
	t.Helper()
	var got *jsonObject
	if err == nil {
		var expanded []any
		if expanded, err = p.expandDocument(doc); err == nil {
			got, err = p.compactDocument(expanded, suiteJSON(t, e.Context))
		}
	}
	if done, fault := e.outcome(err); done {
		return fault
	}
	return differ(got, suiteJSON(t, e.Expect))
}

func TestW3CJSONLDFlatten(t *testing.T) {
	ldSuiteRun(t, "flatten-manifest.jsonld", 58, 3, nil, func(t *testing.T, e ldTest) error {
		p, doc, err := e.processor(t)
		return e.flatten(t, p, doc, err)
	})
}

func (e ldTest) flatten(t *testing.T, p *processor, doc any, err error) error {
	t.Helper()
	var got any
	var nodes []any
	if err == nil {
		nodes, err = p.expandDocument(doc)
	}
	if err == nil {
		nodes, err = p.flatten(nodes)
		got = nodes
	}
	if err == nil && e.Context != "" {
		p.o.keepGraph = true
		got, err = p.compactDocument(nodes, suiteJSON(t, e.Context))
	}
	if done, fault := e.outcome(err); done {
		return fault
	}
	return differ(got, suiteJSON(t, e.Expect))
}

// TestW3CJSONLDHTML runs the tests of JSON-LD in HTML pages.
func TestW3CJSONLDHTML(t *testing.T) {
	failing := map[string]string{
		"#tr006": "a page without scripts is an error, as #te006 says of the same page",
	}
	ldSuiteRun(t, "html-manifest.jsonld", 50, 0, failing, func(t *testing.T, e ldTest) error {
		path, id, _ := strings.Cut(e.Input, "#")
		data, err := os.ReadFile(filepath.Join(ldSuite, path))
		if err != nil {
			t.Fatal(err)
		}
		e.Input = path
		p := newProcessor(context.Background(), data, e.options(t))
		doc, err := p.htmlDocument(id)
		switch {
		case slices.Contains(e.Type, "jld:ToRDFTest"):
			return e.toRDF(t, p, doc, err)
		case slices.Contains(e.Type, "jld:CompactTest"):
			return e.compact(t, p, doc, err)
		case slices.Contains(e.Type, "jld:FlattenTest"):
			return e.flatten(t, p, doc, err)
		}
		return e.expand(t, p, doc, err)
	})
}

func TestW3CJSONLDFromRDF(t *testing.T) {
	ldSuiteRun(t, "fromRdf-manifest.jsonld", 54, 1, nil, func(t *testing.T, e ldTest) error {
		b := newBuilder(e.options(t))
		b.o.depth = 1000
		var got []any
		var err error
		for _, q := range expectedQuads(t, e.Input) {
			if err = b.add(q); err != nil {
				break
			}
		}
		if err == nil {
			b.finish()
			got = b.nodes()
		}
		if done, fault := e.outcome(err); done {
			return fault
		}
		return differ(got, suiteJSON(t, e.Expect))
	})
}
