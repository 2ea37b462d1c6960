package term

import (
	"slices"
	"testing"
)

func TestEqual(t *testing.T) {
	s := NewIRI("http://e/s")
	tt := func(o Term) Term { return NewTripleTerm(Triple{s, NewIRI("http://e/p"), o}) }
	groups := [][]Term{ // terms are equal within a group and nowhere else
		{NewIRI("http://e/a"), NewIRI("http://e/a")},
		{NewBlankNode("http://e/a")},
		{NewString("a"), NewLiteral("a", ""), NewLiteral("a", xsdString), NewLangString("a", "")},
		{NewLiteral("1", "http://www.w3.org/2001/XMLSchema#integer")},
		{NewLiteral("01", "http://www.w3.org/2001/XMLSchema#integer")},
		{NewLangString("a", "zh-Hant-TW"), NewLangString("a", "ZH-hant-tw")},
		{NewDirLangString("a", "zh-Hant-TW", LTR)},
		{NewDirLangString("a", "zh-Hant-TW", RTL)},
		{NewLiteral("a", "zh-Hant-TW")}, // a datatype that looks like a tag
		{tt(NewString("x")), tt(NewLiteral("x", xsdString))},
		{tt(tt(NewString("x")))},
		{{}},
	}
	for i, g := range groups {
		for j, h := range groups {
			for _, a := range g {
				for _, b := range h {
					if (a == b) != (i == j) {
						t.Errorf("%v == %v is %v, want %v", a, b, a == b, i == j)
					}
					if (Compare(a, b) == 0) != (i == j) {
						t.Errorf("Compare(%v, %v) = %d", a, b, Compare(a, b))
					}
				}
			}
		}
	}
}

func TestString(t *testing.T) {
	p := NewIRI("http://e/p")
	tests := []struct {
		name string
		in   Term
		want string
	}{
		{"iri", NewIRI("http://e/資料"), "<http://e/資料>"},
		{"forbidden in iri", NewIRI("http://e/a b<\\"), `<http://e/a\u0020b\u003C\u005C>`},
		{"blank node", NewBlankNode("b0"), "_:b0"},
		{
			"string", NewString("a\"\\\n\r\t\b\f\x00\x7f保險𠮷\ufffd\ufffe\uffff"),
			`"a\"\\\n\r\t\b\f\u0000\u007F保險𠮷�\uFFFE\uFFFF"`,
		},
		{
			"typed", NewLiteral("INF", "http://www.w3.org/2001/XMLSchema#double"),
			`"INF"^^<http://www.w3.org/2001/XMLSchema#double>`,
		},
		{"tagged", NewLangString("保險", "zh-hant-tw"), `"保險"@zh-Hant-TW`},
		{"direction", NewDirLangString("a", "ar", RTL), `"a"@ar--rtl`},
		{"triple term", NewTripleTerm(Triple{p, p, NewString("o")}), `<<( <http://e/p> <http://e/p> "o" )>>`},
		{"zero", Term{}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.in.String(); got != tt.want {
				t.Errorf("String() = %s, want %s", got, tt.want)
			}
		})
	}
	q := Quad{p, p, NewString("o"), p}
	if got, want := q.String(), `<http://e/p> <http://e/p> "o" <http://e/p> .`; got != want {
		t.Errorf("Quad.String() = %s, want %s", got, want)
	}
}

func TestCanonicalTag(t *testing.T) {
	tests := []struct{ in, want string }{
		{"EN", "en"}, {"en-us", "en-US"}, {"ZH-HANT-TW", "zh-Hant-TW"},
		{"zh-hant", "zh-Hant"}, {"sl-NEDIS", "sl-nedis"}, {"en-x-US", "en-x-us"},
		{"az-ARAB-x-AZE-derbend", "az-Arab-x-aze-derbend"}, {"es-419", "es-419"}, {"", ""},
		{"zh-Hant-TW", "zh-Hant-TW"}, {"zh-hant-TW", "zh-Hant-TW"}, {"a-x-TW", "a-x-tw"}, {"x-TW", "x-tw"},
		{"EN-us-Oed", "en-US-oed"},
	}
	if n := testing.AllocsPerRun(10, func() { CanonicalTag("zh-Hant-TW") }); n != 0 {
		t.Errorf("CanonicalTag of a canonical tag makes %v allocations, want 0", n)
	}
	for _, tt := range tests {
		if got := CanonicalTag(tt.in); got != tt.want {
			t.Errorf("CanonicalTag(%q) = %q, want %q", tt.in, got, tt.want)
		}
	}
}

func TestValid(t *testing.T) {
	i, b, l := NewIRI("http://e/"), NewBlankNode("b"), NewString("l")
	tests := []struct {
		name string
		in   Quad
		want bool
	}{
		{"plain", Quad{i, i, l, Term{}}, true},
		{"blank graph", Quad{b, i, b, b}, true},
		{"literal subject", Quad{l, i, i, i}, false},
		{"blank predicate", Quad{i, b, i, i}, false},
		{"literal graph", Quad{i, i, i, l}, false},
		{"triple term object", Quad{i, i, NewTripleTerm(Triple{i, i, l}), i}, true},
		{"bad triple term", Quad{i, i, NewTripleTerm(Triple{l, i, l}), i}, false},
		{"triple term subject", Quad{NewTripleTerm(Triple{i, i, l}), i, l, i}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.in.Valid(); got != tt.want {
				t.Errorf("%v.Valid() = %v, want %v", tt.in, got, tt.want)
			}
		})
	}
}

func TestCompareQuads(t *testing.T) {
	a, b := NewIRI("http://e/a"), NewIRI("http://e/b")
	qs := []Quad{{b, a, a, a}, {a, a, a, b}, {a, a, b, a}, {a, a, a, Term{}}, {a, a, a, a}}
	slices.SortFunc(qs, CompareQuads)
	want := []Quad{{a, a, a, Term{}}, {a, a, a, a}, {a, a, b, a}, {b, a, a, a}, {a, a, a, b}}
	if !slices.Equal(qs, want) {
		t.Errorf("sorted: %v, want %v", qs, want)
	}
}

func TestBool(t *testing.T) {
	for _, tt := range []struct {
		in        Term
		value, ok bool
	}{
		{NewLiteral("true", xsdBoolean), true, true},
		{NewLiteral("1", xsdBoolean), true, true},
		{NewLiteral("false", xsdBoolean), false, true},
		{NewLiteral("0", xsdBoolean), false, true},
		{NewLiteral("TRUE", xsdBoolean), false, false},
		{NewString("true"), false, false},
		{NewIRI("true"), false, false},
		{Term{}, false, false},
	} {
		if value, ok := tt.in.Bool(); value != tt.value || ok != tt.ok {
			t.Errorf("%v.Bool() = %v, %v, want %v, %v", tt.in, value, ok, tt.value, tt.ok)
		}
	}
}
