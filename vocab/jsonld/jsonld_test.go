package jsonld_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"fincat/vocab"
	"fincat/vocab/canon"
	"fincat/vocab/document"
	"fincat/vocab/jsonld"
	"fincat/vocab/rdfio"
	"fincat/vocab/term"
	"fincat/vocab/w3ctest"
)

func readLD(t testing.TB, text string, o rdfio.ReadOptions) ([]term.Quad, error) {
	t.Helper()
	o.Format = rdfio.JSONLD
	return rdfio.ReadAll(context.Background(), strings.NewReader(text), o)
}

// awkward literals, IRIs and labels for round trips.
var (
	awkwardText = []string{
		"", "a", "01", "1.0", "INF", "-0", "9007199254740993", "1E400", "{}", "[1, 2]", `"`, `\`,
		"a\"b\\c\n\r\t\b\f\x00\x1f\x7f",
		"保險業資料", "𠮷", "\u2028\ufeff", "@id", "_:b0", "http://e/x", "true", "null", " a ", "</script>",
	}
	awkwardIRI = []string{
		"http://e/", "http://e/資料集", "http://e/a.b.", "http://e/(x)", "http://e/a?b=c#d", "urn:x:y", "dct:title",
		"tag:e,2026:x",
		"mailto:a@e", "http://purl.org/dc/terms/title", vocab.DCATDistribution, vocab.DCTNS, vocab.DCATNS + "x/y",
		vocab.XSDInteger,
		"http://e/@id", "file:///a", "http://e/%41", "x:", vocab.DCATDataset,
	}
	awkwardTag = []string{"en", "zh-Hant-TW", "zh", "x-private", "de-1996", "EN-us"}
)

// randomTerms makes quads of awkward terms, blank node structure and lists.
func awkwardQuads(r *rand.Rand, n int) []term.Quad {
	pick := func(s []string) string { return s[r.IntN(len(s))] }
	node := func() term.Term {
		if r.IntN(2) == 0 {
			return blank([]string{"b0", "b1", "x", "資料", "a.b", "7", "y", "z"}[r.IntN(8)])
		}
		return term.NewIRI(pick(awkwardIRI))
	}
	literal := func() term.Term {
		text := pick(awkwardText)
		switch r.IntN(8) {
		case 0, 1:
			return term.NewLangString(text, pick(awkwardTag))
		case 2:
			return term.NewDirLangString(text, pick(awkwardTag), term.Direction(1+r.IntN(2)))
		case 3, 4:
			return term.NewLiteral(
				text,
				[]string{
					vocab.XSDInteger, vocab.XSDDouble, vocab.XSDDecimal, vocab.XSDBoolean, vocab.XSDDate,
					vocab.RDFJSON, "urn:d",
					"http://e/d",
				}[r.IntN(8)],
			)
		}
		return term.NewString(text)
	}
	predicates := append(
		[]string{
			vocab.RDFType, vocab.RDFFirst, vocab.RDFRest, vocab.RDFValue, vocab.DCTTitle, vocab.DCTIssued,
			vocab.DCATTheme,
			vocab.DCATKeyword,
		},
		awkwardIRI...)
	var qs []term.Quad
	for range n {
		q := term.Quad{Subject: node(), Predicate: term.NewIRI(pick(predicates)), Object: node()}
		switch r.IntN(4) {
		case 0:
			q.Object = term.NewIRI(vocab.RDFNil)
		case 1, 2:
			q.Object = literal()
		}
		if r.IntN(4) == 0 {
			q.Graph = node()
		}
		qs = append(qs, q)
	}
	for range r.IntN(3) {
		qs = append(qs, randomList(r, node(), pick(predicates), literal)...)
	}
	return qs
}

// randomList returns a list hanging on a subject, sometimes damaged.
func randomList(r *rand.Rand, s term.Term, p string, item func() term.Term) []term.Quad {
	var qs []term.Quad
	cell := blank(fmt.Sprint("l", r.IntN(100)))
	qs = append(qs, term.Quad{Subject: s, Predicate: term.NewIRI(p), Object: cell})
	for i := range r.IntN(4) {
		next := blank(fmt.Sprint(cell.Value(), "n", i))
		qs = append(qs, term.Quad{Subject: cell, Predicate: term.NewIRI(vocab.RDFFirst), Object: item()})
		qs = append(qs, term.Quad{Subject: cell, Predicate: term.NewIRI(vocab.RDFRest), Object: next})
		if r.IntN(8) == 0 {
			qs = append(
				qs, term.Quad{Subject: cell, Predicate: term.NewIRI(vocab.RDFType),
					Object: term.NewIRI(vocab.RDFList)},
			)
		}
		cell = next
	}
	qs = append(qs, term.Quad{Subject: cell, Predicate: term.NewIRI(vocab.RDFFirst), Object: item()})
	return append(qs, term.Quad{Subject: cell, Predicate: term.NewIRI(vocab.RDFRest),
		Object: term.NewIRI(vocab.RDFNil)})
}

// checkRoundTrip writes quads in every form and reads them back.
func checkRoundTrip(t *testing.T, quads []term.Quad, o rdfio.WriteOptions) {
	t.Helper()
	for _, form := range []rdfio.Format{rdfio.JSONLD, rdfio.JSONLDExpanded, rdfio.JSONLDFlattened} {
		var b bytes.Buffer
		if err := rdfio.Write(context.Background(), &b, form, rdfio.All(quads), o); err != nil {
			t.Fatalf("Write of\n%s: %v", lines(quads), err)
		}
		back, err := readLD(t, b.String(), rdfio.ReadOptions{GrammarOnly: true})
		if err != nil {
			t.Fatalf("reading back\n%s: %v", b.String(), err)
		}
		if !canon.Isomorphic(quads, back) {
			added, removed := canon.Diff(quads, back)
			t.Fatalf(
				"%s\nwritten as\n%s\nreads back with\n%s added and\n%s missing", lines(quads), b.String(),
				lines(added),
				lines(removed),
			)
		}
	}
}

// TestNestedListWithStrings writes a property that DCAT coerces to IRIs with a
// list in a list: the inner strings come back as strings.
func TestNestedListWithStrings(t *testing.T) {
	b := term.NewBlankNode
	iri := func(s string) term.Term { return term.NewIRI("http://www.w3.org/1999/02/22-rdf-syntax-ns#" + s) }
	quads := []term.Quad{
		{Subject: iri("s"), Predicate: term.NewIRI("http://purl.org/dc/terms/type"), Object: b("outer")},
		{Subject: b("outer"), Predicate: iri("first"), Object: b("inner")},
		{Subject: b("outer"), Predicate: iri("rest"), Object: iri("nil")},
		{Subject: b("inner"), Predicate: iri("first"), Object: term.NewString("no IRI")},
		{Subject: b("inner"), Predicate: iri("rest"), Object: iri("nil")},
	}
	for _, form := range []rdfio.Format{rdfio.JSONLD, rdfio.JSONLDExpanded, rdfio.JSONLDFlattened} {
		var out bytes.Buffer
		if err := rdfio.Write(t.Context(), &out, form, rdfio.All(quads), rdfio.WriteOptions{}); err != nil {
			t.Fatal(err)
		}
		got, err := rdfio.ReadAll(t.Context(), &out, rdfio.ReadOptions{Format: rdfio.JSONLD})
		if err != nil {
			t.Fatal(err)
		}
		if !canon.Isomorphic(got, quads) {
			t.Errorf("form %v: %v, want %v", form, got, quads)
		}
	}
}

func TestJSONLDRoundTrip(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 12))
	end := time.Now().Add(w3ctest.Campaign(t, 0))
	for i := 0; i < 1000 || time.Now().Before(end); i++ {
		o := rdfio.WriteOptions{}
		switch i % 3 {
		case 1:
			o.Prefixes = map[string]string{
				"e": "http://e/", "title": "http://e/a", "": "http://e/", "x": "http://e/", "dct": "http://e/資",
			}
		case 2:
			o.Base = "http://e/a?b"
		}
		checkRoundTrip(t, awkwardQuads(r, 1+r.IntN(12)), o)
	}
}

// TestJSONLDCircularLists writes lists that are items of themselves.
func TestJSONLDCircularLists(t *testing.T) {
	tests := []struct{ name, in string }{
		{"head in itself", `_:a rdf:first _:a ; rdf:rest () .`},
		{"head in a later cell", `_:a rdf:first 1 ; rdf:rest _:b . _:b rdf:first _:a ; rdf:rest () .`},
		{"two lists in each other", `_:a rdf:first _:b ; rdf:rest () . _:b rdf:first _:a ; rdf:rest () .`},
		{
			"list in a circular one",
			`_:a rdf:first _:b ; rdf:rest () . _:b rdf:first _:a ; rdf:rest [ rdf:first (1 2) ; rdf:rest () ] .`,
		},
		{"list in its own node", `_:n <http://e/p> (1 _:n) .`},
		{"circular rest", `_:a rdf:first 1 ; rdf:rest _:a .`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { checkRoundTrip(t, turtleQuads(t, tt.in), rdfio.WriteOptions{}) })
	}
}

// TestJSONLDDeep writes structures nested deeper than any reader accepts.
func TestJSONLDDeep(t *testing.T) {
	var chain, lists []term.Quad
	for i := range 3000 {
		a, b := blank(fmt.Sprint(i)), blank(fmt.Sprint(i+1))
		chain = append(chain, term.Quad{Subject: a, Predicate: iri("p"), Object: b})
		lists = append(lists, term.Quad{Subject: a, Predicate: term.NewIRI(vocab.RDFFirst), Object: b},
			term.Quad{Subject: a, Predicate: term.NewIRI(vocab.RDFRest), Object: term.NewIRI(vocab.RDFNil)})
	}
	lists = append(lists, term.Quad{Subject: iri("s"), Predicate: iri("p"), Object: blank("0")})
	checkRoundTrip(t, chain, rdfio.WriteOptions{})
	checkRoundTrip(t, lists, rdfio.WriteOptions{})
}

func TestJSONLDWriterRefuses(t *testing.T) {
	p := iri("p")
	tests := []struct {
		name string
		in   term.Quad
	}{
		{
			"triple term",
			term.Quad{Subject: p, Predicate: p, Object: term.NewTripleTerm(term.Triple{Subject: p, Predicate: p,
				Object: p})},
		},
		{"relative IRI", term.Quad{Subject: term.NewIRI("x"), Predicate: p, Object: p}},
		{"literal subject", term.Quad{Subject: term.NewString("x"), Predicate: p, Object: p}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			in := rdfio.All([]term.Quad{tt.in})
			if err := rdfio.Write(t.Context(), &bytes.Buffer{}, rdfio.JSONLD, in, rdfio.WriteOptions{}); err == nil {
				t.Errorf("Write(%v): no error", tt.in)
			}
		})
	}
}

// TestJSONLDWritten pins the look of a compacted record.
func TestJSONLDWritten(t *testing.T) {
	in := `<https://d/1> a dcat:Dataset ; dct:title "保險"@zh-Hant-TW, "Insurance"@en ; dct:issued "2026-01-02"^^xsd:date ;
 dcat:contactPoint [ vcard:fn "x" ] ; dcat:theme <https://d/t/1>, <https://d/t/2> ; dcat:keyword "k" ; <http://other/p> 5 .`
	quads := turtleQuads(t, in)
	var b bytes.Buffer
	if err := rdfio.Write(context.Background(), &b, rdfio.JSONLD, rdfio.All(quads), rdfio.WriteOptions{}); err != nil {
		t.Fatal(err)
	}
	want := `{
  "@context": {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "contactPoint": {
      "@id": "dcat:contactPoint",
      "@type": "@id"
    },
    "Dataset": "dcat:Dataset",
    "fn": "vcard:fn",
    "keyword": {
      "@id": "dcat:keyword",
      "@container": "@language"
    },
    "theme": {
      "@id": "dcat:theme",
      "@type": "@id"
    },
    "title": {
      "@id": "dct:title",
      "@container": "@language"
    }
  },
  "@id": "https://d/1",
  "@type": "Dataset",
  "http://other/p": {
    "@type": "xsd:integer",
    "@value": "5"
  },
  "dct:issued": {
    "@type": "xsd:date",
    "@value": "2026-01-02"
  },
  "title": {
    "en": "Insurance",
    "zh-Hant-TW": "保險"
  },
  "contactPoint": {"fn": "x"},
  "keyword": {"@none": "k"},
  "theme": [
    "https://d/t/1",
    "https://d/t/2"
  ]
}
`
	if b.String() != want {
		t.Errorf("got\n%s\nwant\n%s", b.String(), want)
	}
}

func turtleQuads(t *testing.T, body string) []term.Quad {
	t.Helper()
	var head strings.Builder
	for p, ns := range vocab.Prefixes() {
		fmt.Fprintf(&head, "PREFIX %s: <%s>\n", p, ns)
	}
	quads, err := rdfio.ReadAll(
		context.Background(), strings.NewReader(head.String()+body), rdfio.ReadOptions{Format: rdfio.Turtle},
	)
	if err != nil {
		t.Fatal(err)
	}
	return quads
}

func TestJSONLDErrors(t *testing.T) {
	deep := strings.Repeat("[", 1_000_000)
	tests := []struct {
		name, in, code string
		line           int
		pointer        string
	}{
		{"trailing comma", "{\n \"a\": 1,\n}", "loading document failed", 2, ""},
		{"truncated", "{\n \"a\": [1", "loading document failed", 2, ""},
		{"not JSON", "<html>", "loading document failed", 1, ""},
		{"two values", "{} {}", "loading document failed", 1, ""},
		{"bad number", "[01]", "loading document failed", 1, ""},
		{"bad escape", "[\n\"\\x\"]", "loading document failed", 2, ""},
		{"unknown context", "{\n\"@context\": \"https://unknown.example/c\"}", "loading remote context failed", 1, ""},
		{"id", "[\n{},\n{\"http://e/p\": {\n\"@id\": 5}}]", "invalid @id value", 4, "/1/http:~1~1e~1p/@id"},
		{"value object", "{\"http://e/p\":\n{\"@value\": []}}", "invalid value object value", 2,
			"/http:~1~1e~1p/@value"},
		{"term", "{\"@context\": {\n\"a\": 5}}", "invalid term definition", 2, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := readLD(t, tt.in, rdfio.ReadOptions{})
			var e *jsonld.Error
			if !errors.As(err, &e) {
				t.Fatalf("error %v, want a jsonld.Error", err)
			}
			if e.Code != tt.code || e.Line != tt.line || e.Pointer != tt.pointer {
				t.Errorf("error %q in line %d at %q, want %q, %d, %q", e.Code, e.Line, e.Pointer, tt.code, tt.line,
					tt.pointer)
			}
			var syntax *document.Error
			if !errors.As(err, &syntax) || syntax.Line != tt.line {
				t.Errorf("error %v is no *Error of line %d", err, tt.line)
			}
		})
	}
	if _, err := readLD(t, `[{"@id": "http://e/s", "http://e/p": 1}, {"@id"`,
		rdfio.ReadOptions{Lenient: true}); err == nil {
		t.Error("a document cut short, lenient: no error")
	}
	for _, in := range []string{deep, strings.Repeat(`{"a":`, 1_000_000), strings.Repeat(`[{"http://e/p":`, 500_000)} {
		var limit *document.LimitError
		if _, err := readLD(t, in, rdfio.ReadOptions{}); !errors.As(err, &limit) {
			t.Errorf("reading %d nested brackets: %v, want a LimitError", len(in), err)
		}
	}
}

// TestJSONLDContextBudget refuses contexts that would take the memory of many
// large ones.
func TestJSONLDContextBudget(t *testing.T) {
	var terms strings.Builder
	for i := range 20_000 {
		fmt.Fprintf(&terms, `"t%d": "http://e/%d", `, i, i)
	}
	nested := `{"@context": {` + terms.String() + `"p": "http://e/p"}, "p": ` +
		strings.Repeat(`{"@context": {"x": "http://e/x"}, "p": `, 400) + `1` + strings.Repeat(`}`, 401)
	shared := 0
	loader := func(_ context.Context, iri string) ([]byte, error) {
		shared++
		next := fmt.Sprintf("http://c/%d", len(iri))
		if len(iri) > 40 {
			return []byte(`{"@context": {}}`), nil
		}
		return fmt.Appendf(
			nil,
			`{"@context": {"a": {"@id": "http://e/a", "@context": "%[1]s%[2]s"}, "b": {"@id": "http://e/b", "@context": "%[1]s%[2]s"}}}`,
			iri, next[len("http://c/"):],
		), nil
	}
	for name, in := range map[string]string{"nested": nested, "scoped": `{"@context": "http://c/"}`} {
		start := time.Now()
		_, err := readLD(t, in, rdfio.ReadOptions{Loader: loader})
		var e *jsonld.Error
		if !errors.As(err, &e) || !strings.Contains(e.Message, "context overflow") {
			t.Errorf("%s: error %v, want a context overflow", name, err)
		}
		if d := time.Since(start); d > 20*time.Second {
			t.Errorf("%s: refused after %v", name, d)
		}
	}
}

// TestJSONLDLenient checks that what fails is left out, and the rest kept.
func TestJSONLDLenient(t *testing.T) {
	in := `[
 {"@id": "http://e/1", "http://e/p": "kept"},
 {"@id": 5, "http://e/p": "dropped"},
 {"@id": "http://e/2", "http://e/p": [{"@value": {}}, "kept"], "http://e/q": {"@language": "en", "@value": 3}},
 {"@id": "http://e/a b", "http://e/p": "repaired"},
 {"@context": {"x": 5}, "@id": "http://e/3", "x": "dropped"},
 {"@context": 5, "@id": "http://e/4", "http://e/p": "dropped"},
]`
	var problems []string
	quads, err := readLD(
		t, in,
		rdfio.ReadOptions{Lenient: true, OnProblem: func(p document.Problem) {
			problems = append(problems,
				p.Error())
		}},
	)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		`<http://e/1> <http://e/p> "kept" .`, `<http://e/2> <http://e/p> "kept" .`,
		`<http://e/a%20b> <http://e/p> "repaired" .`,
	}
	if got := strings.TrimSpace(lines(quads)); got != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", got, strings.Join(want, "\n"))
	}
	starts := []string{"7:", "3:", "4:", "4:", "6:", "7:", "5:"}
	for i, p := range problems {
		if i >= len(starts) || !strings.HasPrefix(p, starts[i]) {
			t.Errorf("problem %d is %q", i, p)
		}
	}
	if len(problems) != len(starts) {
		t.Errorf("%d problems, want %d: %q", len(problems), len(starts), problems)
	}
}

func TestJSONLDNumbers(t *testing.T) {
	const p = `{"@context": {"i": "http://e/i", "d": {"@id": "http://e/i", "@type": "xsd:double"}, "c": {"@id": "http://e/i", "@type": "xsd:decimal"},
 "f": {"@id": "http://e/i", "@type": "xsd:float"}, "xsd": "http://www.w3.org/2001/XMLSchema#"}, "@id": "http://e/s", `
	tests := []struct{ in, want string }{
		{`"i": 5`, `"5"^^<` + vocab.XSDInteger + `>`},
		{`"i": 5.0`, `"5"^^<` + vocab.XSDInteger + `>`},
		{`"i": 9007199254740993`, `"9007199254740993"^^<` + vocab.XSDInteger + `>`},
		{`"i": -0`, `"0"^^<` + vocab.XSDInteger + `>`},
		{`"i": 1e21`, `"1.0E21"^^<` + vocab.XSDDouble + `>`},
		{`"i": 0.30000000000000004`, `"3.0000000000000004E-1"^^<` + vocab.XSDDouble + `>`},
		{`"i": 1e400`, `"INF"^^<` + vocab.XSDDouble + `>`},
		{`"d": 5`, `"5.0E0"^^<` + vocab.XSDDouble + `>`},
		{`"c": 5.50`, `"5.5"^^<` + vocab.XSDDecimal + `>`},
		{`"c": 12e-3`, `"0.012"^^<` + vocab.XSDDecimal + `>`},
		{`"c": -1.25e3`, `"-1250"^^<` + vocab.XSDDecimal + `>`},
		{`"c": "5.50"`, `"5.50"^^<` + vocab.XSDDecimal + `>`},
		{`"f": 1.5`, `"1.5E0"^^<` + vocab.XSDFloat + `>`},
		{`"i": true`, `"true"^^<` + vocab.XSDBoolean + `>`},
	}
	for _, tt := range tests {
		quads, err := readLD(t, p+tt.in+"}", rdfio.ReadOptions{})
		if err != nil || len(quads) != 1 {
			t.Errorf("%s: %v, %v", tt.in, quads, err)
			continue
		}
		if got := quads[0].Object.String(); got != tt.want {
			t.Errorf("%s reads as %s, want %s", tt.in, got, tt.want)
		}
	}
}
