package value

import (
	"math/rand/v2"
	"strings"
	"testing"

	"fincat/vocab/term"

	"golang.org/x/text/cases"
	"golang.org/x/text/language"
)

func TestStringFunctions(t *testing.T) {
	n := func(s string) Value { return typed(s, "double") }
	ltr := Of(term.NewDirLangString("ab", "en", term.LTR))
	tests := []struct {
		name string
		got  Value
		want string
	}{
		{"substr", fnSubstr([]Value{str("保險業務"), n("2"), n("2")}), `"險業"`},
		{"substr rounds", fnSubstr([]Value{str("12345"), n("1.5"), n("2.6")}), `"234"`},
		{"substr from zero", fnSubstr([]Value{str("12345"), n("0"), n("3")}), `"12"`},
		{"substr negative", fnSubstr([]Value{str("12345"), n("5"), n("-3")}), `""`},
		{"substr NaN", fnSubstr([]Value{str("12345"), n("NaN")}), `""`},
		{"substr infinite", fnSubstr([]Value{str("12345"), n("-42"), n("INF")}), `"12345"`},
		{"substr keeps tag", fnSubstr([]Value{lang("chat", "fr"), n("2")}), `"hat"@fr`},
		{"strlen", fnStrlen(str("𠮷野家")), `"3"^^<http://www.w3.org/2001/XMLSchema#integer>`},
		{"ucase", fnCase(&Scope{}, lang("straße", "de"), true), `"STRASSE"@de`},
		{"strbefore", fnStrBefore([]Value{lang("abc", "en"), str("b")}), `"a"@en`},
		{"strbefore no match", fnStrBefore([]Value{lang("abc", "en"), str("x")}), `""`},
		{"strbefore other tag", fnStrBefore([]Value{lang("abc", "en"), lang("b", "cy")}), "error"},
		{"strafter empty", fnStrAfter([]Value{lang("abc", "en"), str("")}), `"abc"@en`},
		{"contains direction", FnContains.Call(nil, ltr, lang("b", "en")), "error"},
		{"contains", FnContains.Call(nil, ltr, str("b")), `"true"^^<http://www.w3.org/2001/XMLSchema#boolean>`},
		{"concat alike", fnConcat(&Scope{}, []Value{lang("a", "en"), lang("b", "en")}), `"ab"@en`},
		{"concat unlike", fnConcat(&Scope{}, []Value{lang("a", "en"), ltr}), `"aab"`},
		{"concat number", fnConcat(&Scope{}, []Value{str("a"), n("1")}), "error"},
		{"concat nothing", fnConcat(&Scope{}, nil), `""`},
		{"encode", fnEncodeForURI(&Scope{}, lang("保 /~", "zh")), `"%E4%BF%9D%20%2F~"`},
		{
			"langMatches",
			fnLangMatches(str("zh-Hant-TW"), str("zh-hant")),
			`"true"^^<http://www.w3.org/2001/XMLSchema#boolean>`,
		},
		{
			"langMatches prefix",
			fnLangMatches(str("zhx"), str("zh")),
			`"false"^^<http://www.w3.org/2001/XMLSchema#boolean>`,
		},
		{"langMatches any", fnLangMatches(str(""), str("*")), `"false"^^<http://www.w3.org/2001/XMLSchema#boolean>`},
		{"strlang", fnStrLang(str("a"), str("zh-hant-tw"), nil), `"a"@zh-Hant-TW`},
		{"strlang bad tag", fnStrLang(str("a"), str("zh tw"), nil), "error"},
		{"strdt langString", fnStrDT(str("a"), iri(rdfNS+"langString")), "error"},
		{"md5", hashValue("MD5", str("abc")), `"900150983cd24fb0d6963f7d28e17f72"`},
		{"sha1 tagged", hashValue("SHA1", lang("abc", "en")), "error"},
		{"datatype", fnDatatype(ltr), "<http://www.w3.org/1999/02/22-rdf-syntax-ns#dirLangString>"},
		{"triple literal subject", fnTriple(str("a"), iri("http://e/p"), str("b")), "error"},
		{
			"timezone",
			fnTimezone(typed("2011-01-10T14:45:13.815-05:00", "dateTime")),
			`"-PT5H"^^<http://www.w3.org/2001/XMLSchema#dayTimeDuration>`,
		},
		{"timezone none", fnTimezone(typed("2011-01-10T14:45:13", "dateTime")), "error"},
		{"tz", fnTZ(typed("2011-01-10T14:45:13", "dateTime")), `""`},
		{
			"seconds",
			temporalPart("SECONDS", typed("2011-01-10T14:45:13.815-05:00", "dateTime")),
			`"13.815"^^<http://www.w3.org/2001/XMLSchema#decimal>`,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := show(tt.got); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

func TestRegex(t *testing.T) {
	tests := []struct {
		in, pattern, flags, want string
	}{
		{
			"abc",
			"^A",
			"i",
			"true",
		},
		{"a\nb", "^b", "", "false"},
		{"a\nb", "^b", "m", "true"},
		{"a\nb", "a.b", "", "false"},
		{"a\nb", "a.b", "s", "true"},
		{
			"a\rb",
			"a.b",
			"",
			"false",
		}, {"helloworld", "hello[ ]world", "x", "false"}, {"helloworld", "hello world", "x", "true"},
		{
			"a.b",
			"a.b",
			"q",
			"true",
		},
		{"axb", "a.b", "q", "false"},
		{"資料集", `^\w+$`, "", "true"},
		{"a b", `^\w+$`, "", "false"},
		{"١٢", `^\d+$`, "", "true"},
		{
			"xml:id",
			`^\i\c*$`,
			"",
			"true",
		},
		{"1a", `^\i`, "", "false"},
		{"é", `^\p{L}$`, "", "true"},
		{"aa", `(a)\1`, "", "true"},
		{"a", `\b`, "", "error"},
		{
			"a",
			`[a-z-[b]]`,
			"",
			"true",
		},
		{"a", `(?i)A`, "", "error"},
		{"a", "a", "z", "error"},
		{"a", "(", "", "error"},
		{"a-b", `^[\w\-]+$`, "", "true"},
	}
	for _, tt := range tests {
		var c Scope
		got := "error"
		if v := fnRegex(&c, []Value{str(tt.in), str(tt.pattern), str(tt.flags)}); !v.IsError() {
			got = v.text()
		}
		if got != tt.want {
			t.Errorf("REGEX(%q, %q, %q) = %s, want %s", tt.in, tt.pattern, tt.flags, got, tt.want)
		}
	}
}

func TestReplace(t *testing.T) {
	tests := []struct {
		in, pattern, with, flags, want string
	}{
		{
			"abracadabra",
			"bra",
			"*",
			"",
			"a*cada*",
		}, {"abracadabra", "a.*a", "*", "", "*"}, {"abracadabra", "a(.)", "a$1$1", "", "abbraccaddabbra"},
		{
			"abc",
			"(b)",
			"[$0$12]",
			"",
			"a[bb2]c",
		}, {"abc", "b", `\$\\`, "", `a$\c`}, {"abc", "b", "$", "", "error"}, {"abc", "b*", "x", "", "error"},
		{"aBc", "b", "x", "i", "axc"}, {"a.c", ".", "$1", "q", "a$1c"}, {"abc", "(x)|b", "<$1>", "", "a<>c"},
	}
	for _, tt := range tests {
		var c Scope
		got := "error"
		if v := fnReplace(&c, []Value{str(tt.in), str(tt.pattern), str(tt.with), str(tt.flags)}); !v.IsError() {
			got = v.text()
		}
		if got != tt.want {
			t.Errorf("REPLACE(%q, %q, %q, %q) = %s, want %s", tt.in, tt.pattern, tt.with, tt.flags, got, tt.want)
		}
	}
}

func TestAggregates(t *testing.T) {
	one, two, x := typed("1", "integer"), typed("2.5", "decimal"), str("x")
	tests := []struct {
		name string
		in   []Value
		want string
	}{
		{
			"COUNT",
			[]Value{one, {}, one},
			"2",
		}, {"SUM", []Value{one, two}, "3.5"}, {"SUM", nil, "0"}, {"SUM", []Value{one, x}, "error"},
		{
			"AVG",
			[]Value{one, two},
			"1.75",
		},
		{"AVG", nil, "0"},
		{"MIN", []Value{two, one}, "1"},
		{"MIN", nil, "error"},
		{"MAX", []Value{one, two}, "2.5"},
		{"MAX", []Value{one, {}}, "error"}, {"SAMPLE", []Value{{}, x}, "x"}, {"SAMPLE", nil, "error"},
		{
			"GROUP_CONCAT",
			[]Value{one, x, lang("y", "en"), iri("http://e/")},
			"1|x|y|http://e/",
		}, {"GROUP_CONCAT", nil, ""}, {"GROUP_CONCAT", []Value{one, {}}, "error"},
	}
	for _, tt := range tests {
		a := AggregatorByKeyword(tt.name).Start("|")
		for _, v := range tt.in {
			a.Add(v)
		}
		got := "error"
		if v := a.Result(); !v.IsError() {
			got = v.text()
		}
		if got != tt.want {
			t.Errorf("%s of %d values = %s, want %s", tt.name, len(tt.in), got, tt.want)
		}
	}
}

// TestPlainCase compares the quick way of LCASE and UCASE with that for all of Unicode.
func TestPlainCase(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	pieces := []string{"a", "Z", "{", "@", "[", "`", "9", " ", "　", "上市", "鿿", "㋀", "é", "Σ", "ⅷ", "Ａ", "가"}
	plain := 0
	for range 20000 {
		var b strings.Builder
		for range rng.IntN(6) {
			b.WriteString(pieces[rng.IntN(len(pieces))])
		}
		for _, upper := range []bool{false, true} {
			want := cases.Lower(language.Und).String(b.String())
			if upper {
				want = cases.Upper(language.Und).String(b.String())
			}
			got, ok := plainCase(b.String(), upper)
			if ok && got != want {
				t.Fatalf("%q, upper %v: %q, want %q", b.String(), upper, got, want)
			}
			if ok {
				plain++
			}
		}
	}
	if plain < 1000 {
		t.Errorf("only %d of the texts were plain", plain)
	}
	for r := rune(0x3000); r <= 0x9FFF; r++ {
		if s := string(r); cases.Lower(language.Und).String(s) != s || cases.Upper(language.Und).String(s) != s {
			t.Errorf("%q has a case", s)
		}
	}
}
