package results

import (
	"strings"
	"testing"

	"fincat/vocab/term"
)

// TestCSVFields asserts the bytes of a field. Reading back alone proves little:
// our own reader takes a bare CR, too, which spreadsheets end a record at.
func TestCSVFields(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"plain", "a", `a`},
		{"spaces within", "a b", `a b`},
		{"tab within", "a\tb", "a\tb"},
		{"single quote", "it's", `it's`},
		{"semicolon", "a;b", `a;b`},
		{"Chinese", "保險，業", `保險，業`},
		{"carriage return", "a\rb", "\"a\rb\""},
		{"line feed", "a\nb", "\"a\nb\""},
		{"both", "a\r\nb", "\"a\r\nb\""},
		{"quote", `a"b`, `"a""b"`},
		{"quotes only", `""`, `""""""`},
		{"quote at the ends", `"a"`, `"""a"""`},
		{"comma", "a,b", `"a,b"`},
		{"comma only", ",", `","`},
		{"leading space", " a", `" a"`},
		{"trailing space", "a ", `"a "`},
		{"leading tab", "\ta", "\"\ta\""},
		{"trailing tab", "a\t", "\"a\t\""},
		{"space only", " ", `" "`},
		{"leading carriage return", "\ra", "\"\ra\""},
		{"trailing line feed", "a\n", "\"a\n\""},
		{"no-break space", "\u00a0a", "\"\u00a0a\""},
		{"ideographic space", "a\u3000", "\"a\u3000\""},
		{"equals sign", "=1+1", "=1+1"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for kind, in := range map[string]term.Term{
				"string": term.NewString(tt.in), "language": term.NewLangString(tt.in, "zh-Hant-TW"),
				"datatype": term.NewLiteral(tt.in, "http://e/dt"),
			} {
				got := string(encode(t, CSV, []string{"x", "y"}, []Solution{{in, {}}}))
				if want := "x,y\r\n" + tt.want + ",\r\n"; got != want {
					t.Errorf("the %s %q is written %q, want %q", kind, tt.in, got, want)
				}
			}
		})
	}
}

func TestCSVRecords(t *testing.T) {
	a, none := term.NewString("a"), term.Term{}
	tests := []struct {
		name string
		vars []string
		sols []Solution
		want string
	}{
		{"lone unbound", []string{"x"}, []Solution{{none}, {a}}, "x\r\n\"\"\r\na\r\n"},
		{"lone empty string", []string{"x"}, []Solution{{term.NewString("")}}, "x\r\n\"\"\r\n"},
		{"all unbound", []string{"x", "y"}, []Solution{{none, none}}, "x,y\r\n,\r\n"},
		{"first unbound", []string{"x", "y", "z"}, []Solution{{none, a, none}}, "x,y,z\r\n,a,\r\n"},
		{"no variables", nil, []Solution{{}, {}}, "\r\n\r\n\r\n"},
		{"no solutions", []string{"x"}, nil, "x\r\n"},
		{"words of ASK", []string{"true"}, []Solution{{a}}, "\"true\"\r\na\r\n"},
		{"words of ASK", []string{"y", "false"}, nil, "y,\"false\"\r\n"},
		{"blank node", []string{"x"}, []Solution{{term.NewBlankNode("b")}}, "x\r\n_:b\r\n"},
		{"IRI with a comma", []string{"x"}, []Solution{{term.NewIRI("http://e/a,b")}}, "x\r\n\"http://e/a,b\"\r\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := string(encode(t, CSV, tt.vars, tt.sols)); got != tt.want {
				t.Errorf("written %q, want %q", got, tt.want)
			}
		})
	}
}

// TestTSVTerms asserts the bytes of a term (SPARQL 1.1 Query Results CSV and TSV
// Formats §4): neither a line end nor a tab may stand in one as it is.
func TestTSVTerms(t *testing.T) {
	tests := []struct {
		name string
		in   term.Term
		want string
	}{
		{"tab", term.NewString("a\tb"), `"a\tb"`},
		{"line feed", term.NewString("a\nb"), `"a\nb"`},
		{"carriage return", term.NewString("a\rb"), `"a\rb"`},
		{"quote", term.NewString(`a"b`), `"a\"b"`},
		{"backslash", term.NewString(`a\b`), `"a\\b"`},
		{"spaces", term.NewString(" a "), `" a "`},
		{"comma", term.NewString("a,b"), `"a,b"`},
		{"empty", term.NewString(""), `""`},
		{"language", term.NewLangString("a\t", "zh-Hant-TW"), `"a\t"@zh-Hant-TW`},
		{"datatype", term.NewLiteral("a\n", "http://e/dt"), `"a\n"^^<http://e/dt>`},
		{"IRI", term.NewIRI("http://e/?a=b,c"), `<http://e/?a=b,c>`},
		{"blank node", term.NewBlankNode("b"), `_:b`},
		{"unbound", term.Term{}, ``},
		{"integer", term.NewLiteral("-1", xsdInteger), `-1`},
		{"decimal", term.NewLiteral("+1.50", xsdDecimal), `+1.50`},
		{"decimal without digits before the point", term.NewLiteral(".5", xsdDecimal), `.5`},
		{"double", term.NewLiteral("1e+3", xsdDouble), `1e+3`},
		{"double without digits behind the point", term.NewLiteral("1.E-3", xsdDouble), `1.E-3`},
		{"integer as decimal", term.NewLiteral("1", xsdDecimal), `"1"^^<` + xsdDecimal + `>`},
		{"decimal as integer", term.NewLiteral("1.0", xsdInteger), `"1.0"^^<` + xsdInteger + `>`},
		{"point at the end", term.NewLiteral("1.", xsdDecimal), `"1."^^<` + xsdDecimal + `>`},
		{"point alone", term.NewLiteral(".", xsdDecimal), `"."^^<` + xsdDecimal + `>`},
		{"sign alone", term.NewLiteral("-", xsdInteger), `"-"^^<` + xsdInteger + `>`},
		{"exponent without digits", term.NewLiteral("1e", xsdDouble), `"1e"^^<` + xsdDouble + `>`},
		{"text behind a double", term.NewLiteral("1e3x", xsdDouble), `"1e3x"^^<` + xsdDouble + `>`},
		{"text behind an integer", term.NewLiteral("1x", xsdInteger), `"1x"^^<` + xsdInteger + `>`},
		{"boolean", term.NewLiteral("true", xsdBoolean), `"true"^^<` + xsdBoolean + `>`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := string(encode(t, TSV, []string{"x", "y"}, []Solution{{tt.in, tt.in}}))
			if want := "?x\t?y\n" + tt.want + "\t" + tt.want + "\n"; got != want {
				t.Errorf("written %q, want %q", got, want)
			}
			_, back, err := decode([]byte(got), TSV)
			if err != nil || !sameSolutions(back, []Solution{{tt.in, tt.in}}) {
				t.Errorf("%q reads back as %v, %v", got, back, err)
			}
		})
	}
}

// TestXMLEscapes asserts what an XML reader would change if it stood bare: line
// ends and tabs (XML 1.0 §2.11, §3.3.3), and the end of a CDATA section.
func TestXMLEscapes(t *testing.T) {
	tests := []struct{ in, want string }{
		{"a\rb", "a&#13;b"}, {"a\nb", "a&#10;b"}, {"a\tb", "a&#9;b"}, {"a&b", "a&amp;b"}, {"a<b", "a&lt;b"},
		{"a>b", "a&gt;b"}, {`a"b`, "a&quot;b"}, {"]]>", "]]&gt;"},
	}
	for _, tt := range tests {
		got := string(encode(t, XML, []string{"x"}, []Solution{{term.NewString(tt.in)}}))
		if want := "<literal>" + tt.want + "</literal>"; !strings.Contains(got, want) {
			t.Errorf("%q is written %s, want %s", tt.in, got, want)
		}
	}
}
