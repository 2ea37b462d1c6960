package results

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"fincat/vocab/document"
	"fincat/vocab/term"
)

var readable = []Format{JSON, XML, CSV, TSV}

// encode writes a whole result.
func encode(t testing.TB, f Format, vars []string, sols []Solution) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := NewWriter(&b, f, vars)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range sols {
		if err := w.Write(s); err != nil {
			t.Fatalf("Write(%v) = %v", s, err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatalf("Close() = %v", err)
	}
	return b.Bytes()
}

// decode reads a whole result, byte by byte to meet every boundary.
func decode(doc []byte, f Format) (vars []string, sols []Solution, err error) {
	r, err := Read(context.Background(), iotest.OneByteReader(bytes.NewReader(doc)), f)
	if err != nil {
		return nil, nil, err
	}
	for s, err := range r.Solutions() {
		if err != nil {
			return r.Vars(), sols, err
		}
		sols = append(sols, s)
	}
	return r.Vars(), sols, nil
}

// sampleRunes covers every control character, the characters the formats treat
// specially, and some of every other kind.
func sampleRunes(forXML bool) []rune {
	var rs []rune
	for r := rune(0); r < 0x100; r++ {
		rs = append(rs, r)
	}
	rs = append(rs, 0x300, 0x2028, 0x2029, 0x200B, 0x202E, 0xFEFF, 0xFFFD, 0xFFFE, 0xFFFF, '保', '險', 'ア',
		0xD7FF, 0xE000,
		0x10000, 0x1F600, 0x20BB7, 0x1FFFE, 0xE0001, 0x10FFFF)
	if forXML {
		rs = slices.DeleteFunc(rs, func(r rune) bool { return !document.IsXMLChar(r) })
	}
	return rs
}

func randomText(r *rand.Rand, rs []rune) string {
	var b strings.Builder
	for range r.IntN(8) {
		b.WriteRune(rs[r.IntN(len(rs))])
	}
	return b.String()
}

func randomTerm(r *rand.Rand, rs []rune, depth int) term.Term {
	iri := func() term.Term {
		return term.NewIRI([]string{"http://e/a", "http://例.tw/資料?x=1&y='2'#z", "urn:x:𠮷", "http://e/%20"}[r.IntN(4)])
	}
	bnode := func() term.Term { return term.NewBlankNode([]string{"b0", "B_1", "0-a"}[r.IntN(3)]) }
	switch n := r.IntN(12); {
	case n == 0:
		return term.Term{}
	case n == 1:
		return iri()
	case n == 2:
		return bnode()
	case n == 3:
		return term.NewLangString(randomText(r, rs), []string{"zh-Hant-TW", "en", "de-1996"}[r.IntN(3)])
	case n == 4:
		return term.NewDirLangString(randomText(r, rs), "ar", term.Direction(1+r.IntN(2)))
	case n == 5:
		v := []string{"1", "01", "-1", "+1", "1.0", ".5", "5.", "1e3", "1E-3", "INF", "", "1 ", "१"}[r.IntN(13)]
		return term.NewLiteral(v, []string{xsdInteger, xsdDecimal, xsdDouble, xsdNamespace + "float"}[r.IntN(4)])
	case n == 6:
		return term.NewLiteral([]string{"true", "false", "1", "TRUE"}[r.IntN(4)], xsdBoolean)
	case n == 7:
		return term.NewLiteral(randomText(r, rs), "http://e/dt?a&b")
	case n == 8 && depth < 3:
		s := iri()
		if r.IntN(2) == 0 {
			s = bnode()
		}
		for {
			if o := randomTerm(r, rs, depth+1); !o.IsZero() {
				return term.NewTripleTerm(term.Triple{Subject: s, Predicate: iri(), Object: o})
			}
		}
	}
	return term.NewString(randomText(r, rs))
}

func randomResult(r *rand.Rand, forXML bool) ([]string, []Solution) {
	vars := []string{"a", "保險", "true", "x1", "_"}[:r.IntN(6)]
	r.Shuffle(len(vars), func(i, j int) { vars[i], vars[j] = vars[j], vars[i] })
	rs := sampleRunes(forXML)
	sols := make([]Solution, r.IntN(12))
	for i := range sols {
		sols[i] = make(Solution, len(vars))
		for j := range vars {
			sols[i][j] = randomTerm(r, rs, 0)
		}
	}
	return vars, sols
}

// csvText is what CSV keeps of a term.
func csvText(t term.Term) string {
	switch t.Kind() {
	case term.BlankNode, term.TripleTerm:
		return t.String()
	}
	return t.Value()
}

func sameSolutions(a, b []Solution) bool {
	return slices.EqualFunc(a, b, func(s, u Solution) bool { return slices.Equal(s, u) })
}

func TestRoundTrip(t *testing.T) {
	for seed := range uint64(2000) {
		for _, f := range readable {
			r := rand.New(rand.NewPCG(seed, uint64(f)))
			vars, sols := randomResult(r, f == XML)
			doc := encode(t, f, vars, sols)
			want := sols
			if f == CSV {
				want = nil
				for _, s := range sols {
					u := make(Solution, len(s))
					for i := range s {
						if v := csvText(s[i]); v != "" {
							u[i] = term.NewString(v)
						}
					}
					want = append(want, u)
				}
			}
			gotVars, got, err := decode(doc, f)
			if err != nil || !slices.Equal(gotVars, vars) || !sameSolutions(got, want) {
				t.Fatalf("seed %d %v: read back %q %v, %v, want %q %v\n%s", seed, f, gotVars, got, err, vars, want,
					doc)
			}
		}
	}
}

// every character of the format's repertoire alone in a literal
func TestEveryCharacter(t *testing.T) {
	for _, f := range []Format{JSON, TSV, XML} {
		var sols []Solution
		for r := rune(0); r <= 0x10FFFF; r++ {
			if r >= 0xD800 && r <= 0xDFFF || r > 0x3100 && r%97 != 0 && r < 0x10FF00 ||
				f == XML && !document.IsXMLChar(r) {
				continue
			}
			sols = append(sols, Solution{term.NewString(string(r))})
		}
		_, got, err := decode(encode(t, f, []string{"c"}, sols), f)
		if err != nil || !sameSolutions(got, sols) {
			t.Errorf("%v: %d characters, %d came back, %v", f, len(sols), len(got), err)
		}
	}
}

func TestIndependentJSON(t *testing.T) {
	type binding struct {
		Type, Datatype string
		Value          json.RawMessage
		Lang           string `json:"xml:lang"`
		Dir            string `json:"its:dir"`
	}
	var toTerm func(b binding) term.Term
	toTerm = func(b binding) term.Term {
		var s string
		if b.Type != "triple" && json.Unmarshal(b.Value, &s) != nil {
			t.Fatalf("value %s", b.Value)
		}
		switch b.Type {
		case "uri":
			return term.NewIRI(s)
		case "bnode":
			return term.NewBlankNode(s)
		case "triple":
			var v struct{ Subject, Predicate, Object binding }
			if err := json.Unmarshal(b.Value, &v); err != nil {
				t.Fatal(err)
			}
			return term.NewTripleTerm(term.Triple{Subject: toTerm(v.Subject), Predicate: toTerm(v.Predicate),
				Object: toTerm(v.Object)})
		}
		if b.Lang != "" {
			return term.NewDirLangString(s, b.Lang, map[string]term.Direction{"ltr": term.LTR, "rtl": term.RTL}[b.Dir])
		}
		return term.NewLiteral(s, b.Datatype)
	}
	for seed := range uint64(300) {
		vars, sols := randomResult(rand.New(rand.NewPCG(seed, 1)), false)
		doc := encode(t, JSON, vars, sols)
		var v struct {
			Head    struct{ Vars []string }
			Results struct{ Bindings []map[string]binding }
		}
		if err := json.Unmarshal(doc, &v); err != nil {
			t.Fatalf("%v\n%s", err, doc)
		}
		var got []Solution
		for _, m := range v.Results.Bindings {
			s := make(Solution, len(v.Head.Vars))
			for k, b := range m {
				s[slices.Index(v.Head.Vars, k)] = toTerm(b)
			}
			got = append(got, s)
		}
		if !slices.Equal(v.Head.Vars, vars) || !sameSolutions(got, sols) {
			t.Fatalf("seed %d: encoding/json read %v, want %v", seed, got, sols)
		}
	}
}

func TestIndependentXML(t *testing.T) {
	type xterm struct {
		URI     *string `xml:"uri"`
		Bnode   *string `xml:"bnode"`
		Literal *struct {
			Text     string `xml:",chardata"`
			Datatype string `xml:"datatype,attr"`
			Lang     string `xml:"http://www.w3.org/XML/1998/namespace lang,attr"`
			Dir      string `xml:"http://www.w3.org/2005/11/its dir,attr"`
		} `xml:"literal"`
		Triple *struct {
			Inner string `xml:",innerxml"`
		} `xml:"triple"`
	}
	type document struct {
		XMLName   xml.Name `xml:"http://www.w3.org/2005/sparql-results# sparql"`
		Variables []struct {
			Name string `xml:"name,attr"`
		} `xml:"head>variable"`
		Results []struct {
			Bindings []struct {
				Name string `xml:"name,attr"`
				xterm
			} `xml:"binding"`
		} `xml:"results>result"`
	}
	for seed := range uint64(300) {
		vars, sols := randomResult(rand.New(rand.NewPCG(seed, 3)), true)
		var v document
		doc := encode(t, XML, vars, sols)
		if err := xml.Unmarshal(doc, &v); err != nil {
			t.Fatalf("seed %d: %v\n%s", seed, err, doc)
		}
		if len(v.Variables) != len(vars) || len(v.Results) != len(sols) {
			t.Fatalf("seed %d: %d variables, %d results", seed, len(v.Variables), len(v.Results))
		}
		for i, res := range v.Results {
			got := make(Solution, len(vars))
			for _, b := range res.Bindings {
				j := slices.Index(vars, b.Name)
				switch {
				case b.URI != nil:
					got[j] = term.NewIRI(*b.URI)
				case b.Bnode != nil:
					got[j] = term.NewBlankNode(*b.Bnode)
				case b.Literal != nil && b.Literal.Lang != "":
					got[j] = term.NewDirLangString(b.Literal.Text, b.Literal.Lang,
						map[string]term.Direction{"ltr": term.LTR, "rtl": term.RTL}[b.Literal.Dir])
				case b.Literal != nil:
					got[j] = term.NewLiteral(b.Literal.Text, b.Literal.Datatype)
				case b.Triple != nil && b.Triple.Inner != "":
					got[j] = sols[i][j] // the shape of triple terms is asserted below
				}
			}
			if !slices.Equal(got, sols[i]) {
				t.Fatalf("seed %d: encoding/xml read %v, want %v\n%s", seed, got, sols[i], doc)
			}
		}
	}
}

func TestIndependentCSV(t *testing.T) {
	for seed := range uint64(500) {
		vars, sols := randomResult(rand.New(rand.NewPCG(seed, 4)), false)
		if len(vars) == 0 {
			continue // empty lines, which encoding/csv passes over
		}
		doc := encode(t, CSV, vars, sols)
		got, err := csv.NewReader(bytes.NewReader(doc)).ReadAll()
		if err != nil {
			t.Fatalf("seed %d: %v\n%q", seed, err, doc)
		}
		want := [][]string{vars}
		for _, s := range sols {
			row := make([]string, len(s))
			for i := range s { // encoding/csv reads CR LF within a field as LF
				row[i] = strings.ReplaceAll(csvText(s[i]), "\r\n", "\n")
			}
			want = append(want, row)
		}
		if fmt.Sprintf("%q", got) != fmt.Sprintf("%q", want) {
			t.Fatalf("seed %d: encoding/csv read %q, want %q", seed, got, want)
		}
	}
}

func TestDocuments(t *testing.T) {
	e := func(s string) term.Term { return term.NewIRI("http://e/" + s) }
	vars := []string{"x", "y"}
	sols := []Solution{
		{e("s"), term.NewLangString("保\t險\n\"&<", "zh-Hant-TW")},
		{term.NewBlankNode("b"), term.NewLiteral("1", xsdInteger)},
		{{}, term.NewDirLangString("a,b", "ar", term.RTL)},
		{term.NewTripleTerm(term.Triple{Subject: e("s"), Predicate: e("p"),
			Object: term.NewLiteral("1.5", xsdDecimal)}), {}},
	}
	want := map[Format]string{
		JSON: `{"head":{"vars":["x","y"]},"results":{"bindings":[
{"x":{"type":"uri","value":"http://e/s"},"y":{"type":"literal","value":"保\t險\n\"&<","xml:lang":"zh-Hant-TW"}},
{"x":{"type":"bnode","value":"b"},"y":{"type":"literal","value":"1","datatype":"http://www.w3.org/2001/XMLSchema#integer"}},
{"y":{"type":"literal","value":"a,b","xml:lang":"ar","its:dir":"rtl"}},
{"x":{"type":"triple","value":{"subject":{"type":"uri","value":"http://e/s"},"predicate":{"type":"uri","value":"http://e/p"},"object":{"type":"literal","value":"1.5","datatype":"http://www.w3.org/2001/XMLSchema#decimal"}}}}
]}}
`,
		XML: `<?xml version="1.0" encoding="UTF-8"?>
<sparql xmlns="http://www.w3.org/2005/sparql-results#"><head><variable name="x"/><variable name="y"/></head><results>
<result><binding name="x"><uri>http://e/s</uri></binding><binding name="y"><literal xml:lang="zh-Hant-TW">保&#9;險&#10;&quot;&amp;&lt;</literal></binding></result>
<result><binding name="x"><bnode>b</bnode></binding><binding name="y"><literal datatype="http://www.w3.org/2001/XMLSchema#integer">1</literal></binding></result>
<result><binding name="y"><literal xml:lang="ar" xmlns:its="http://www.w3.org/2005/11/its" its:version="2.0" its:dir="rtl">a,b</literal></binding></result>
<result><binding name="x"><triple><subject><uri>http://e/s</uri></subject><predicate><uri>http://e/p</uri></predicate><object><literal datatype="http://www.w3.org/2001/XMLSchema#decimal">1.5</literal></object></triple></binding></result>
</results></sparql>
`,
		CSV: "x,y\r\nhttp://e/s,\"保\t險\n\"\"&<\"\r\n_:b,1\r\n,\"a,b\"\r\n" +
			`"<<( <http://e/s> <http://e/p> ""1.5""^^<http://www.w3.org/2001/XMLSchema#decimal> )>>",` + "\r\n",
		TSV: "?x\t?y\n<http://e/s>\t\"保\\t險\\n\\\"&<\"@zh-Hant-TW\n_:b\t1\n\t\"a,b\"@ar--rtl\n" +
			"<<( <http://e/s> <http://e/p> \"1.5\"^^<http://www.w3.org/2001/XMLSchema#decimal> )>>\t\n",
		Table: `x                                                                                  y
───────────────────────────────────────────────────────────────────────────────────  ────────────────────
<http://e/s>                                                                       保 險⏎"&<@zh-Hant-TW
_:b                                                                                1
                                                                                   a,b@ar--rtl
` + `<<( <http://e/s> <http://e/p> "1.5"^^<http://www.w3.org/2001/XMLSchema#decimal> )>>  ` + "\n",
	}
	for f, doc := range want {
		got := string(encode(t, f, vars, sols))
		if f == Table {
			got, doc = strings.Join(strings.Fields(got), " "), strings.Join(strings.Fields(doc), " ")
		}
		if got != doc {
			t.Errorf("%v:\n%s\nwant\n%s", f, got, doc)
		}
	}
}

func TestTableWidths(t *testing.T) {
	s := func(v ...string) (sol Solution) {
		for _, x := range v {
			sol = append(sol, term.NewString(x))
		}
		return sol
	}
	got := string(encode(t, Table, []string{"機關", "n"},
		[]Solution{s("證交所", "1"), s("e\u0301tat", "2"), s("😀\x1b[31m", "3")}))
	want := "機關     n\n───────  ─\n證交所   1\ne\u0301tat     2\n😀\uFFFD[31m  3\n"
	if got != want {
		t.Errorf("table:\n%q, want\n%q", got, want)
	}
	var many []Solution
	for i := range 3 * tableSample {
		many = append(many, s(fmt.Sprint(i), "x"))
	}
	if n := strings.Count(string(encode(t, Table, []string{"a", "b"}, many)), "\n"); n != len(many)+2 {
		t.Errorf("a table of %d solutions has %d lines", len(many), n)
	}
}

// TestTableSample writes tables around the number of solutions that the widths
// are taken from: a wide field counts if it stands among these.
func TestTableSample(t *testing.T) {
	for _, n := range []int{tableSample - 1, tableSample, tableSample + 1} {
		sols := make([]Solution, n)
		for i := range sols {
			sols[i] = Solution{term.NewString("a"), term.NewString("b")}
		}
		sols[n-1][0] = term.NewString("wide")
		lines := strings.Split(string(encode(t, Table, []string{"x", "y"}, sols)), "\n")
		want := "x     y"
		if n > tableSample {
			want = "x  y"
		}
		if len(lines) != n+3 || lines[0] != want || lines[n+1] != "wide  b" {
			t.Errorf("a table of %d solutions has %d lines, the heading %q and the last line %q, want the heading %q",
				n, len(lines), lines[0], lines[n+1], want)
		}
	}
}

func TestFail(t *testing.T) {
	cause := errors.New("deadline \"exceeded\" -- after 3 s\n<b>\x00")
	for _, f := range readable {
		for n := range 3 {
			var b bytes.Buffer
			w, _ := NewWriter(&b, f, []string{"x"})
			for range n {
				if err := w.Write(Solution{term.NewString("v")}); err != nil {
					t.Fatal(err)
				}
			}
			if err := w.Fail(cause); err != nil {
				t.Fatalf("%v: Fail() = %v", f, err)
			}
			_, sols, err := decode(b.Bytes(), f)
			if err == nil || len(sols) > n {
				t.Errorf("%v after %d solutions: read %v without an error\n%s", f, n, sols, b.String())
			}
			if !strings.Contains(b.String(), "exceeded") {
				t.Errorf("%v does not name the cause: %s", f, b.String())
			}
			if w.Close() == nil || w.Fail(nil) == nil || w.Write(Solution{{}}) == nil || w.Flush() == nil {
				t.Errorf("%v: a failed document can be continued", f)
			}
			var failed *FailedError
			if f == JSON && (!errors.As(err, &failed) || failed.Message != cause.Error()) {
				t.Errorf("JSON: error %v, want a FailedError with the cause", err)
			}
			if f == JSON && json.Valid(b.Bytes()) || f == XML && xml.Unmarshal(b.Bytes(), new(struct{})) == nil {
				t.Errorf("%v: a failed document is well-formed: %s", f, b.String())
			}
			if f == CSV {
				if _, err := csv.NewReader(&b).ReadAll(); err == nil {
					t.Error("a failed CSV document can be read by encoding/csv")
				}
			}
		}
	}
}

// TestTruncated cuts documents everywhere: no cut reads as complete, save
// between the lines of CSV and TSV, which have no end mark.
func TestTruncated(t *testing.T) {
	vars := []string{"x", "y"}
	sols := []Solution{{term.NewString("a\"b"), term.NewIRI("http://e/")}, {term.NewLangString("c", "en"), {}}}
	for _, f := range []Format{JSON, XML} {
		doc := bytes.TrimSpace(encode(t, f, vars, sols))
		for i := range doc {
			if _, _, err := decode(doc[:i], f); err == nil {
				t.Errorf("%v: the first %d of %d bytes read as complete: %s", f, i, len(doc), doc[:i])
			}
		}
	}
}

func TestXMLCharacters(t *testing.T) {
	for _, bad := range []term.Term{
		term.NewString("a\x00"), term.NewLangString("\x0b", "en"), term.NewLiteral("\uFFFE", "http://e/"),
		term.NewTripleTerm(term.Triple{Subject: term.NewIRI("http://e/"), Predicate: term.NewIRI("http://e/"),
			Object: term.NewString("\x1b")}),
	} {
		var b bytes.Buffer
		w, _ := NewWriter(&b, XML, []string{"ok", "v"})
		if err := w.Write(Solution{term.NewString("x"), term.NewString("y")}); err != nil {
			t.Fatal(err)
		}
		err := w.Write(Solution{term.NewString("x"), bad})
		if err == nil || !strings.Contains(err.Error(), "?v holds") || !strings.Contains(err.Error(), "U+") {
			t.Errorf("Write(%v) = %v, want an error that names the variable and the character", bad, err)
		}
		if w.Close() == nil {
			t.Errorf("Close after a refused solution is no error")
		}
		if err := w.Fail(err); err != nil {
			t.Fatal(err)
		}
		if _, sols, err := decode(b.Bytes(), XML); err == nil || len(sols) != 1 {
			t.Errorf("read %v, %v from the failed document, want one solution and an error", sols, err)
		}
	}
}

func TestWriteRefuses(t *testing.T) {
	for _, f := range []Format{JSON, XML, CSV, TSV, Table} {
		w, _ := NewWriter(io.Discard, f, []string{"x"})
		if w.Write(Solution{{}, {}}) == nil {
			t.Errorf("%v: a solution of the wrong length is written", f)
		}
		w, _ = NewWriter(io.Discard, f, []string{"x"})
		if w.Write(Solution{term.NewString("\xff")}) == nil || w.Close() == nil {
			t.Errorf("%v: text that is not UTF-8 is written", f)
		}
	}
	if _, err := NewWriter(io.Discard, 0, nil); err == nil {
		t.Error("NewWriter accepts the zero format")
	}
}

func TestBoolean(t *testing.T) {
	for _, f := range readable {
		for _, want := range []bool{true, false} {
			var b bytes.Buffer
			if err := WriteBoolean(&b, f, want); err != nil {
				t.Fatal(err)
			}
			r, err := Read(context.Background(), &b, f)
			if err != nil {
				t.Fatalf("%v: %v", f, err)
			}
			if got, ok := r.Boolean(); got != want || !ok {
				t.Errorf("%v: Boolean() = %v, %v, want %v", f, got, ok, want)
			}
		}
	}
}

// TestStreaming reads solutions from a document that is not yet finished.
func TestStreaming(t *testing.T) {
	for _, f := range readable {
		pr, pw := io.Pipe()
		w, _ := NewWriter(pw, f, []string{"x"})
		next := make(chan bool)
		go func() {
			for i := range 3 {
				_ = w.Write(Solution{term.NewString(fmt.Sprint(i))})
				_ = w.Flush()
				<-next // only after the reader has seen it
			}
			_ = w.Close()
			_ = pw.Close()
		}()
		r, err := Read(context.Background(), pr, f)
		if err != nil {
			t.Fatalf("%v: %v", f, err)
		}
		n := 0
		for s, err := range r.Solutions() {
			if err != nil || s[0].Value() != fmt.Sprint(n) {
				t.Fatalf("%v: solution %d is %v, %v", f, n, s, err)
			}
			n++
			next <- true
		}
		if n != 3 {
			t.Errorf("%v: %d solutions, want 3", f, n)
		}
	}
}

func TestNames(t *testing.T) {
	for f := JSON; f <= Table; f++ {
		if got, ok := FormatByName(f.Name()); !ok || got != f {
			t.Errorf("FormatByName(%q) = %v, %v", f.Name(), got, ok)
		}
		if got, ok := FormatByMediaType(f.ContentType()); f != Table && (!ok || got != f) {
			t.Errorf("FormatByMediaType(%q) = %v, %v", f.ContentType(), got, ok)
		}
	}
	for in, want := range map[string]Format{"application/json": JSON, "Text/XML; charset=x": XML, "text/csv;;": CSV,
		"text/html": 0, "": 0} {
		if got, _ := FormatByMediaType(in); got != want {
			t.Errorf("FormatByMediaType(%q) = %v, want %v", in, got, want)
		}
	}
}
