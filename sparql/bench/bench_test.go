package bench

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"fincat/vocab"
	"fincat/vocab/term"
)

func files(texts map[string]string) fstest.MapFS {
	out := fstest.MapFS{}
	for name, text := range texts {
		out[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return out
}

func TestQueries(t *testing.T) {
	tree := files(map[string]string{
		"b.rq": "ASK {}", "two.rq": "# tag: c\n# One.\nASK {}\n\n# tag: a\n# Two.\nASK {}\n", "readme.md": "none",
		"u.ru": "INSERT DATA { <a:a> <a:b> 1 }\n\n# check\nASK {}\n\n# undo\nDELETE DATA { <a:a> <a:b> 1 }\n",
	})
	list, err := Queries(tree, "")
	var names []string
	for _, q := range list {
		names = append(names, q.Name)
		if q.IsUpdate() != (q.Name == "u") {
			t.Errorf("%s is an update: %v", q.Name, q.IsUpdate())
		}
	}
	if want := []string{"a", "b", "c", "u"}; err != nil || !slices.Equal(names, want) {
		t.Errorf("Queries = %q, %v, want %q", names, err, want)
	}
	if list, err = Queries(tree, "[ab]"); err != nil || len(list) != 2 {
		t.Errorf("%d queries match, %v", len(list), err)
	}
	for name, in := range map[string]map[string]string{
		"nothing": {"readme.md": "x"}, "no undo": {"u.ru": "CLEAR ALL\n# check\nASK {}\n"},
		"no check": {"u.ru": "CLEAR ALL\n# undo\nCLEAR ALL\n"}, "same name": {"a.rq": "ASK {}",
			"b.rq": "# tag: a\n# One.\nASK {}\n"},
		"large": {"a.rq": strings.Repeat("#", maxFile+1)},
	} {
		if _, err := Queries(files(in), ""); err == nil {
			t.Errorf("%s is no error", name)
		}
	}
	if _, err := Queries(tree, "["); err == nil {
		t.Error("a bad pattern is no error")
	}
}

func TestSameText(t *testing.T) {
	number := func(v, datatype string) term.Term { return term.NewLiteral(v, datatype) }
	tests := []struct {
		name string
		a, b term.Term
		want bool
	}{
		{"blank nodes", term.NewBlankNode("a"), term.NewBlankNode("b"), true},
		{"decimals", number("1.50", vocab.XSDDecimal), number("1.5", vocab.XSDDecimal), true},
		{"datatypes", number("1", vocab.XSDDecimal), number("1", vocab.XSDInteger), false},
		{"doubles", number("1e0", vocab.XSDDouble), number("1.0", vocab.XSDDouble), true},
		{"texts", term.NewString("a"), term.NewLangString("a", "en"), false},
		{"languages", term.NewLangString("a", "zh-TW"), term.NewLangString("a", "zh-tw"), true},
	}
	for _, tt := range tests {
		if got := sameText(tt.a) == sameText(tt.b); got != tt.want {
			t.Errorf("%s: %v and %v are the same: %v, want %v", tt.name, tt.a, tt.b, got, tt.want)
		}
	}
}

// TestUnderstand says which answers agree.
func TestUnderstand(t *testing.T) {
	const plain, ordered, byLength, cut, top = "SELECT * { ?x ?p ?y }", "SELECT ?x ?y { ?x ?p ?y } ORDER BY ?x",
		"SELECT ?x ?y { ?x ?p ?y } ORDER BY STRLEN(?x)", "SELECT ?x ?y { ?x ?p ?y } LIMIT 2",
		"SELECT ?x ?y { ?x ?p ?y } ORDER BY ?x LIMIT 2"
	tests := []struct {
		name, query, a, b string
		want              bool
	}{
		{"order does not count", plain, "?x\t?y\n1\t2\n3\t4\n", "?x\t?y\n3\t4\n1\t2\n", true},
		{"nor that of columns", plain, "?x\t?y\n1\t2\n", "?y\t?x\n2\t1\n", true},
		{"the number does", plain, "?x\t?y\n1\t2\n", "?x\t?y\n1\t2\n1\t2\n", false},
		{"unbound is no value", plain, "?x\t?y\n1\t\n", "?x\t?y\n\t1\n", false},
		{"order is asked for", ordered, "?x\t?y\n1\t2\n3\t4\n", "?x\t?y\n3\t4\n1\t2\n", false},
		{"equals in any order", ordered, "?x\t?y\n1\t2\n1\t4\n", "?x\t?y\n1\t4\n1\t2\n", true},
		{"but the same ones", ordered, "?x\t?y\n1\t2\n1\t4\n", "?x\t?y\n1\t4\n1\t3\n", false},
		{"order by what is not seen", byLength, "?x\t?y\n1\t2\n3\t4\n", "?x\t?y\n3\t4\n1\t2\n", true},
		{"any two", cut, "?x\t?y\n1\t2\n3\t4\n", "?x\t?y\n5\t6\n7\t8\n", true},
		{"but two", cut, "?x\t?y\n1\t2\n3\t4\n", "?x\t?y\n5\t6\n", false},
		{"any of equals", top, "?x\t?y\n1\t2\n3\t4\n", "?x\t?y\n1\t2\n3\t5\n", true},
		{"but in order", top, "?x\t?y\n1\t2\n3\t4\n", "?x\t?y\n3\t4\n1\t2\n", false},
	}
	for _, tt := range tests {
		q := newQuery("q", tt.query)
		var got [2]fingerprint
		for i, doc := range []string{tt.a, tt.b} {
			f, err := understand(t.Context(), &q, "text/tab-separated-values", bytes.NewBufferString(doc))
			if err != nil {
				t.Fatalf("%s: %v", tt.name, err)
			}
			got[i] = f
		}
		if (got[0] == got[1]) != tt.want || (got[0].String() == got[1].String()) != tt.want {
			t.Errorf("%s: %v and %v, agree = %v", tt.name, got[0], got[1], tt.want)
		}
	}
	q := newQuery("q", "CONSTRUCT WHERE { ?s ?p ?o }")
	once, err := understand(t.Context(), &q, "application/n-triples", bytes.NewBufferString("<a:a> <a:b> _:x .\n"))
	twice, err2 := understand(t.Context(), &q, "text/turtle", bytes.NewBufferString("<a:a> <a:b> _:y , _:y ."))
	if err != nil || err2 != nil || once != twice {
		t.Errorf("graphs %v and %v, %v, %v", once, twice, err, err2)
	}
	for mediaType, doc := range map[string]string{"text/html": "<p>",
		"application/sparql-results+json": `{"head":{"va`, "text/turtle": "<a> nonsense"} {
		if _, err := understand(t.Context(), &q, mediaType, bytes.NewBufferString(doc)); err == nil {
			t.Errorf("%q as %s is no error", doc, mediaType)
		}
	}
}

// sample is a report of two endpoints with everything that can happen.
func sample() *Report {
	ms := time.Millisecond
	run := func(answer string, times ...time.Duration) Timing {
		r := Timing{times: times, Cold: 9}
		r.answer.add(answer)
		return r
	}
	unsteady := run("a", ms)
	unsteady.Unsteady = true
	r := &Report{Endpoints: []string{"http://x/?a&b", "http://y/"}, Rounds: 3, Limit: 1, Queries: []Comparison{
		{Name: "agrees", Runs: []Timing{run("a", 4*ms, 2*ms, 6*ms), run("a", ms)}},
		{Name: "differs", Runs: []Timing{run("a", ms, 3*ms), run("b", 2*ms)}},
		{Name: "fails", Runs: []Timing{{Error: "no <such> function"}, run("b", ms)}},
		{Name: "hangs", Runs: []Timing{{Error: "too late", Timeout: true}, run("a", 500*ms)}},
		{Name: "other-hangs", Runs: []Timing{run("a", 500*ms), {Error: "too late", Timeout: true}}},
		{Name: "unsteady", Runs: []Timing{run("a", ms), unsteady}},
	}, Load: []Load{{Clients: 4, Seconds: 2, Requests: 200, PerSecond: 100, P50: 1, P95: 2, P99: 3, Max: 4,
		Wrong: 1}, {}}}
	r.summarise(time.Second)
	return r
}

func TestSummary(t *testing.T) {
	r := sample()
	if r.Differing != 2 || r.Failing != 1 || r.TimedOut != 2 {
		t.Errorf("%d differ, %d fail, %d time out", r.Differing, r.Failing, r.TimedOut)
	}
	// 4, 1, 2, 0.5 and 1
	if want := 1.3195; r.Ratio < want-0.001 || r.Ratio > want+0.001 || len(r.Ratios) != 2 || r.Ratios[1] != r.Ratio {
		t.Errorf("ratio %v and %v, want %v", r.Ratio, r.Ratios, want)
	}
	for i, want := range []string{Agree, Differ, "", "", "", Change} {
		if r.Queries[i].Answers != want {
			t.Errorf("%s: answers %q, want %q", r.Queries[i].Name, r.Queries[i].Answers, want)
		}
	}
	// Of three endpoints, the best of the others counts.
	q := Comparison{Runs: []Timing{{times: []time.Duration{6}}, {times: []time.Duration{3}},
		{times: []time.Duration{2}}}}
	q.summarise(time.Second)
	if q.Ratio != 3 || q.Runs[1].Ratio != 2 || q.Answers != Agree {
		t.Errorf("three endpoints: %+v", q)
	}
}

func TestTally(t *testing.T) {
	var a, b tally
	for i := range 100 {
		a.note(time.Duration(i+1) * time.Millisecond)
	}
	b.note(time.Hour)
	b.wrong++
	a.merge(&b)
	a.took = time.Second
	l := a.load(8)
	near := func(got, want float64) bool { return got > want*0.96 && got < want*1.04 }
	if !near(l.P50, 51) || !near(l.P95, 96) || l.Max != 3600_000 || l.Requests != 101 || l.PerSecond != 101 ||
		l.Wrong != 1 || l.Clients != 8 {
		t.Errorf("load %+v", l)
	}
	if l := (&tally{}).load(1); l.P99 != 0 || l.PerSecond != 0 {
		t.Errorf("load without requests: %+v", l)
	}
}
