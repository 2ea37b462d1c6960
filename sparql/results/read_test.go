package results

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"fincat/vocab/term"
)

// zeros is an endless reader of one byte.
type zeros byte

func (z zeros) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(z)
	}
	return len(p), nil
}

// jsonOne is a JSON document with one solution, the variable x in its head.
func jsonOne(solution string) string {
	return `{"head":{"vars":["x"]},"results":{"bindings":[` + solution + `]}}`
}

// xmlOne is the same in XML.
func xmlOne(bindings string) string {
	return `<sparql xmlns="http://www.w3.org/2005/sparql-results#"><head><variable name="x"/></head>` +
		`<results><result>` + bindings + `</result></results></sparql>`
}

func TestReadForeign(t *testing.T) {
	tests := []struct {
		name string
		f    Format
		in   string
		want string // the solutions in TSV
	}{
		{"json results first", JSON, `{"results":{"distinct":false,"bindings":[{"x":{"value":"a","type":"literal"}}],"z":1},
			"head":{"link":["m"],"vars":["x"]}}`, "?x\n\"a\"\n"},
		{"json typed-literal", JSON, `{"head":{"vars":["x"]},"results":{"bindings":[{"x":{"type":"typed-literal","value":"1",
			"datatype":"http://www.w3.org/2001/XMLSchema#integer"}}]},"extra":[{}]}`, "?x\n1\n"},
		{"json direction", JSON, jsonOne(`{"x":{"type":"literal","value":"1","xml:lang":"AR","direction":"ltr"}}`),
			"?x\n\"1\"@ar--ltr\n"},
		{"json foreign label", JSON, jsonOne(`{"x":{"type":"bnode","value":"nodeID://b1"}}`),
			"?x\n_:_x6e6f646549443a2f2f6231\n"},
		{"json surrogates", JSON, jsonOne(`{"x":{"type":"literal","value":"\ud842\udfb7"}}`), "?x\n\"𠮷\"\n"},
		{"json no solutions", JSON, `{"head":{"vars":[]},"results":{"bindings":[]}}`, "\n"},
		{"xml prefix", XML, `<?xml version="1.0"?><!DOCTYPE s><r:sparql xmlns:r="http://www.w3.org/2005/sparql-results#"><r:head><r:link href="x"/><r:variable name="x"/></r:head>
			<r:results ordered="true"> <r:result> <r:binding name="x"><r:literal>a<!-- c -->b<![CDATA[<]]></r:literal></r:binding></r:result></r:results></r:sparql>`, "?x\n\"ab<\"\n"},
		{"xml latin", XML, `<?xml version="1.0" encoding="big5"?>` +
			xmlOne("<binding name=\"x\"><literal>\xa4\xa4</literal></binding>"), "?x\n\"中\"\n"},
		{"csv lf, bom, question marks", CSV, "\ufeff?x,?y\n1,\n\n\"a\nb\",\"c\"\n",
			"?x\t?y\n\"1\"\t\n\"a\\nb\"\t\"c\"\n"},
		{"csv no last line end", CSV, "x\r\n\r\na", "?x\n\n\"a\"\n"},
		{"tsv", TSV, "?x\t$y\r\n'a'\t\"\"\"b\"\"\"\"\r\n<http://e/\\u00e9>\t-1.5\r\ntrue\t1E0\r\n" +
			"_:a\t<<( _:b <http://e/p> <<( _:b <http://e/p> \"a b\"@en--ltr )>> )>>\r\n",
			"?x\t?y\n\"a\"\t\"b\\\"\"\n<http://e/é>\t-1.5\n" +
				"\"true\"^^<http://www.w3.org/2001/XMLSchema#boolean>\t1E0\n" +
				"_:a\t<<( _:b <http://e/p> <<( _:b <http://e/p> \"a b\"@en--ltr )>> )>>\n"},
		{"tsv zero variables", TSV, "\n\n\n", "\n\n\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			vars, sols, err := decode([]byte(tt.in), tt.f)
			if err != nil {
				t.Fatalf("read: %v", err)
			}
			if got := string(encode(t, TSV, vars, sols)); got != tt.want {
				t.Errorf("read %q, want %q", got, tt.want)
			}
		})
	}
}

func TestReadErrors(t *testing.T) {
	one, xone := jsonOne, xmlOne
	tests := []struct {
		f        Format
		in, want string
	}{
		{JSON, ``, "EOF"},
		{JSON, `[]`, "expected"},
		{JSON, `{}`, "neither"},
		{JSON, `{"head":{"vars":["x","x"]},"results":{}}`, "twice"},
		{JSON, `{"head":{"vars":["x"]},"results":{}}`, "bindings"},
		{JSON, `{"head":{"vars":["x"]},"results":{"bindings":[]}} x`, "x"},
		{JSON, `{"boolean":"true"}`, "boolean"},
		{JSON, one(`{"y":{"type":"uri","value":"http://e/"}}`), "?y"},
		{JSON, one(`{"x":{"type":"uri","value":"http://e/ a"}}`), "not an IRI"},
		{JSON, one(`{"x":{"type":"uri"}},{"x":{"type":"thing","value":"1"}}`), "type"},
		{JSON, one(`{"x":{"type":"literal","value":"1","xml:lang":"a b"}}`), "language tag"},
		{JSON, one(`{"x":{"type":"literal","value":"1","xml:lang":"a","its:dir":"up"}}`), "direction"},
		{JSON, one(`{"x":{"type":"triple","value":{"subject":{"type":"uri","value":"a"}}}}`), "triple"},
		{JSON, one(`{"x":{"type":"literal","value":"\ud842"}}`), "surrogate"},
		{JSON, one("{\"x\":{\"type\":\"literal\",\"value\":\"\xff\"}}"), "UTF-8"},
		{JSON, one(`{"x":{"type":"literal","value":"1","value":"2"}}`), "duplicate"},
		{XML, ``, "EOF"},
		{XML, `<html/>`, "document element"},
		{XML, xone(`<binding name="y"><uri>a</uri></binding>`), "?y"},
		{XML, xone(`<binding name="x"></binding>`), "empty"},
		{XML, xone(`<binding name="x"><uri>a</uri><uri>a</uri></binding>`), "after a term"},
		{XML, xone(`<binding name="x"><uri>&e;</uri></binding>`), "entity"},
		{XML, xone(`text`), "between elements"},
		{XML, xone(``) + `<a/>`, "after the end"},
		{CSV, "x,y\r\n1\r\n", "line 2: 1 fields for 2 variables"},
		{CSV, "x\r\n\"a\"b\r\n", "after a quoted field"},
		{CSV, "x\r\n\"a\r\n", "no end"},
		{CSV, "true\r\nfalse\r\n", "after the answer"},
		{TSV, "x\n", "not a variable"},
		{TSV, "?x\n<a>\t<b>\n", "2 fields for 1"},
		{TSV, "?x\nfoo\n", "not a term"},
		{TSV, "?x\n\"a\n", "no end"},
		{TSV, "?x\n\"\\ud800\"\n", "code point"},
		{TSV, "?x\n<< <a> <b> <c> >>\n", "line 2"},
	}
	for _, tt := range tests {
		_, _, err := decode([]byte(tt.in), tt.f)
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%v: Read(%q) = %v, want an error with %q", tt.f, tt.in, err, tt.want)
		}
	}
}

// TestLimits reads endless documents of every kind; each must stop early.
func TestLimits(t *testing.T) {
	l := Limits{SolutionBytes: 1 << 10, Bytes: 1 << 20, Depth: 5, Variables: 100}
	start := map[Format]string{
		JSON: `{"head":{"vars":["x"]},"results":{"bindings":[`,
		XML:  `<sparql xmlns="http://www.w3.org/2005/sparql-results#"><head><variable name="x"/></head><results>`,
		CSV:  "x\r\n", TSV: "?x\n",
	}
	one := map[Format]string{
		JSON: `{"x":{"type":"literal","value":"`, XML: `<result><binding name="x"><literal>`, CSV: `"`, TSV: `"`,
	}
	nested := map[Format]string{
		JSON: `{"x":` + strings.Repeat(`{"type":"triple","value":{"subject":`, 8),
		XML:  `<result><binding name="x">` + strings.Repeat(`<triple><subject>`, 8),
		TSV:  strings.Repeat("<<( ", 8) + "\n",
	}
	whole := map[Format]string{JSON: `{},`, XML: `<result/>`, CSV: "a\n", TSV: "<a>\n"}
	read := func(f Format, r io.Reader) (n int, err error) {
		rd, err := ReadLimited(context.Background(), r, f, l)
		if err != nil {
			return 0, err
		}
		for _, err := range rd.Solutions() {
			if err != nil {
				return n, err
			}
			n++
		}
		return n, nil
	}
	for _, f := range readable {
		cases := map[string]io.Reader{
			"one solution":   io.MultiReader(strings.NewReader(start[f]+one[f]), zeros('a')),
			"many solutions": strings.NewReader(start[f] + strings.Repeat(whole[f], 1<<20)),
			"head":           zeros('a'),
			"space":          zeros(' '),
		}
		if nested[f] != "" {
			cases["nested"] = strings.NewReader(start[f] + nested[f])
		}
		for name, r := range cases {
			n, err := read(f, r)
			if err == nil || name != "head" && !errors.Is(err, ErrLimit) {
				t.Errorf("%v, %s: %d solutions, %v, want ErrLimit", f, name, n, err)
			}
		}
	}
	if _, err := read(TSV, strings.NewReader(strings.Repeat("?x\t", 200)+"\n")); !errors.Is(err, ErrLimit) {
		t.Errorf("201 variables: %v, want ErrLimit", err)
	}
}

// TestBrokenOff cuts documents off with an error that wraps io.EOF, as a
// connection may give: what was read so far is not the whole.
func TestBrokenOff(t *testing.T) {
	broken := fmt.Errorf("connection lost: %w", io.EOF)
	vars := []string{"x", "y"}
	x := term.NewIRI("http://e/")
	for _, f := range readable {
		doc := encode(t, f, vars, []Solution{{x, x}, {x, x}})
		for _, n := range []int{len(doc), len(doc) - 1, len(doc) / 2, len(doc) * 3 / 4} {
			r, err := Read(t.Context(), io.MultiReader(bytes.NewReader(doc[:n]), iotest.ErrReader(broken)), f)
			if err == nil {
				for _, err = range r.Solutions() {
					if err != nil {
						break
					}
				}
			}
			if err == nil || !strings.Contains(err.Error(), "connection lost") {
				t.Errorf("%v, %d of %d bytes: error %v, want that of the connection", f, n, len(doc), err)
			}
		}
		var b bytes.Buffer
		if err := WriteBoolean(&b, f, true); err != nil {
			t.Fatal(err)
		}
		if _, err := Read(t.Context(), io.MultiReader(&b, iotest.ErrReader(broken)), f); err == nil {
			t.Errorf("%v: a boolean whose connection breaks off is no error", f)
		}
	}
}

func TestCancel(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	doc := "?x\n" + strings.Repeat("<a>\n", 100_000)
	r, err := Read(ctx, strings.NewReader(doc), TSV)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, err = range r.Solutions() {
		if err != nil {
			break
		}
		n++
		cancel()
	}
	if !errors.Is(err, context.Canceled) || n > 70_000 {
		t.Errorf("read %d solutions after cancel, then %v", n, err)
	}
}

// Fuzz checks that no document makes a reader panic, and that what was read can
// be written and read again to the same.
func Fuzz(f *testing.F) {
	tt := term.NewTripleTerm(term.Triple{Subject: term.NewBlankNode("b"), Predicate: term.NewIRI("http://e/"),
		Object: term.NewLiteral("1", xsdInteger)})
	sols := []Solution{{term.NewIRI("http://e/"), term.NewDirLangString("a\"\n", "ar", term.RTL)}, {{}, tt}}
	for _, fm := range readable {
		f.Add(uint8(fm), encode(f, fm, []string{"x", "y"}, sols))
		var b bytes.Buffer
		_ = WriteBoolean(&b, fm, true)
		f.Add(uint8(fm), b.Bytes())
	}
	f.Add(uint8(TSV), []byte("?x\n'''a\\u00e9'''^^<b>\n<<(_:a<b>1)>>\n"))
	f.Fuzz(func(t *testing.T, n uint8, doc []byte) {
		fm := readable[int(n)%len(readable)]
		l := Limits{SolutionBytes: 1 << 16, Bytes: 1 << 20}
		r, err := ReadLimited(context.Background(), bytes.NewReader(doc), fm, l)
		if err != nil {
			return
		}
		var sols []Solution
		for s, err := range r.Solutions() {
			if err != nil {
				return
			}
			sols = append(sols, s)
		}
		if _, isBool := r.Boolean(); isBool {
			return
		}
		raw := make([]Solution, len(sols))
		for j, s := range sols {
			raw[j] = slices.Clone(s)
			for i := range s {
				s[i] = relabel(s[i])
			}
		}
		for _, out := range []Format{JSON, TSV} {
			vars, again, err := decode(encode(t, out, r.Vars(), raw), out)
			if err != nil || fmt.Sprint(vars) != fmt.Sprint(r.Vars()) || !sameSolutions(again, sols) {
				t.Fatalf("%v read from %v came back from %v as %v, %v", sols, fm, out, again, err)
			}
		}
	})
}

// relabel does to blank nodes what reading does: labels that look like the safe
// form of another label are made safe once more.
func relabel(t term.Term) term.Term {
	switch t.Kind() {
	case term.BlankNode:
		t, _ = makeBlankNode(t.Value())
	case term.TripleTerm:
		r := t.Triple()
		t = term.NewTripleTerm(term.Triple{Subject: relabel(r.Subject), Predicate: r.Predicate,
			Object: relabel(r.Object)})
	}
	return t
}

func BenchmarkWrite(b *testing.B) { benchmark(b, true) }

func BenchmarkRead(b *testing.B) { benchmark(b, false) }

func benchmark(b *testing.B, write bool) {
	var sols []Solution
	for i := range 1000 {
		sols = append(sols, Solution{term.NewIRI(fmt.Sprintf("http://e/dataset/%d", i)),
			term.NewLangString("上市公司每日收盤價", "zh-Hant"), term.NewLiteral(fmt.Sprint(i), xsdInteger)})
	}
	vars := []string{"d", "title", "n"}
	for _, f := range readable {
		doc := encode(b, f, vars, sols)
		b.Run(f.Name(), func(b *testing.B) {
			b.SetBytes(int64(len(doc)))
			for b.Loop() {
				if write {
					encode(b, f, vars, sols)
					continue
				}
				r, err := Read(context.Background(), bytes.NewReader(doc), f)
				if err != nil {
					b.Fatal(err)
				}
				for _, err := range r.Solutions() {
					if err != nil {
						b.Fatal(err)
					}
				}
			}
			b.ReportMetric(float64(len(sols))*float64(b.N)/b.Elapsed().Seconds(), "solutions/s")
		})
	}
}
