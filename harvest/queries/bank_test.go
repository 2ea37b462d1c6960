package queries

import (
	"net/url"
	"strings"
	"testing"
	"testing/fstest"

	"fincat/sparql/syntax"
	"fincat/vocab"
	"fincat/vocab/dcat"
	"fincat/vocab/term"
)

const base = dcat.Base("https://data.example.tw/")

func loaded(t *testing.T) *Bank {
	t.Helper()
	b, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// fullFilter has every filter set.
func fullFilter(t *testing.T) Filter {
	t.Helper()
	f, err := ParseFilter(base, url.Values{
		"publisher": {"twse"}, "source": {"taifex"}, "sector": {"insurance"}, "theme": {"800"}, "format": {"csv"},
		"modified_since": {"2026-01-31"}, "q": {`保險 "quoted" back\slash`},
	})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// TestQueriesParse parses every named query, those with parameters with all of
// them and with none.
func TestQueriesParse(t *testing.T) {
	b := loaded(t)
	type params struct {
		Selection          string
		Limit, Offset      int
		Resource, Property term.Term
		After              term.Term
		Datasets           []term.Term
		Filter
		Metric, At, From, To   term.Term
		Values, Needs, Sources []term.Term
	}
	for _, filter := range []Filter{{}, fullFilter(t)} {
		selection, err := b.Selection(filter)
		if err != nil {
			t.Fatal(err)
		}
		p := params{selection, 10, 20, term.NewIRI("http://example.org/r"), term.NewIRI("http://example.org/p"),
			term.NewString("a\"b"), []term.Term{term.NewIRI("http://example.org/d")}, filter,
			term.NewIRI("http://example.org/m"), term.NewLiteral("2026-01-31T00:00:00Z", vocab.XSDDateTime),
			term.NewString("2026-01-01"), term.NewString("2026-12-31"),
			[]term.Term{term.NewString("金"), term.NewString("白金")}, []term.Term{term.NewString("link")},
			[]term.Term{term.NewIRI("http://example.org/c")}}
		for name := range b.bank {
			text, err := b.Text(name, p)
			if err != nil {
				t.Errorf("Text(%q): %v", name, err)
				continue
			}
			if _, err := syntax.ParseQuery(text, syntax.Options{}); err != nil {
				t.Errorf("query %s does not parse: %v\n%s", name, err, text)
			}
		}
	}
	for _, e := range b.Examples() {
		if _, err := syntax.ParseQuery(e.Text, syntax.Options{}); err != nil {
			t.Errorf("example %s as shown does not parse: %v\n%s", e.Name, err, e.Text)
		}
	}
}

func TestSelectionEscapes(t *testing.T) {
	hostile := `") } ; DROP ALL # ` + "\n"
	f, err := ParseFilter(base, url.Values{"q": {hostile}})
	if err != nil {
		t.Fatal(err)
	}
	text, err := loaded(t).Selection(f)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := syntax.ParseQuery(text, syntax.Options{}); err != nil {
		t.Errorf("Selection(q=%q) does not parse: %v\n%s", hostile, err, text)
	}
	if !strings.Contains(text, `"\")"`) {
		t.Errorf("Selection(q=%q) = %s, want the quotation mark escaped", hostile, text)
	}
}

func TestParseFilter(t *testing.T) {
	tests := []struct {
		name, value string
		want        string // of the term, or of the error after "!"
	}{
		{"publisher", "twse", "<https://data.example.tw/org/twse>"},
		{"publisher", "https://example.org/me", "<https://example.org/me>"},
		{"publisher", "https://example.org/> } #", "!publisher="},
		{"publisher", "a/b", "!neither an identifier nor an IRI"},
		{"source", "taifex", "<https://data.example.tw/catalog/taifex>"},
		{"sector", "insurance", "<https://data.example.tw/sector/insurance>"},
		{"theme", "800", "<https://data.example.tw/theme/800>"},
		{"format", "csv", "<http://publications.europa.eu/resource/authority/file-type/CSV>"},
		{"format", "no-such-format", "!not a known name"},
		{"modified_since", "2026-01-31", `"2026-01-31T00:00:00Z"^^<http://www.w3.org/2001/XMLSchema#dateTime>`},
		{"modified_since", "2026-01-31T08:00:00+08:00",
			`"2026-01-31T00:00:00Z"^^<http://www.w3.org/2001/XMLSchema#dateTime>`},
		{"modified_since", "yesterday", "!want a date"},
		{"q", "保險", `"保險"`},
		{"q", "a b c d e f g h i", "!at most 8"},
	}
	for _, tt := range tests {
		f, err := ParseFilter(base, url.Values{tt.name: {tt.value}})
		if want, fails := strings.CutPrefix(tt.want, "!"); fails {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("ParseFilter(%s=%q) error = %v, want one with %q", tt.name, tt.value, err, want)
			}
			continue
		}
		got := map[string]term.Term{
			"publisher": f.Publisher, "source": f.Source, "sector": f.Sector, "theme": f.Theme, "format": f.Format,
			"modified_since": f.ModifiedSince,
		}[tt.name]
		if tt.name == "q" && len(f.Words) == 1 {
			got = f.Words[0]
		}
		if err != nil || got.String() != tt.want {
			t.Errorf("ParseFilter(%s=%q) = %v, %v, want %v", tt.name, tt.value, got, err, tt.want)
		}
	}
}

func TestLoadFaults(t *testing.T) {
	tests := []struct{ name, file, text, want string }{
		{"no tag", "named/a.rq", "SELECT * {}\n", "want one line"},
		{"other tag", "named/a.rq", "# tag: b\nSELECT * {}\n", "want one line"},
		{"comment behind code", "named/a.rq", "# tag: a\nSELECT * # all\n{}\n", "comment behind code"},
		{"no question", "examples/a.rq", "# tag: a\nSELECT * {}\n", "needs its question"},
	}
	for _, tt := range tests {
		_, err := load(fstest.MapFS{tt.file: {Data: []byte(tt.text)}})
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: load error = %v, want one with %q", tt.name, err, tt.want)
		}
	}
}
