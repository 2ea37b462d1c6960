package bench

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"fincat/vocab"
	"fincat/vocab/term"
)

func TestQueries(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"b.rq": "ASK {}", "two.rq": "# tag: c\n# One.\nASK {}\n\n# tag: a\n# Two.\nASK {}\n", "readme.md": "none",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	list, err := Queries(dir)
	var names []string
	for _, q := range list {
		names = append(names, q.name)
	}
	if want := []string{"a", "b", "c"}; err != nil || !slices.Equal(names, want) {
		t.Errorf("Queries = %q, %v, want %q", names, err, want)
	}
	if list, err := Queries(""); err != nil || len(list) == 0 {
		t.Errorf("%d queries are built in, %v", len(list), err)
	}
	if _, err := Queries(t.TempDir()); err == nil {
		t.Error("a directory without queries is no error")
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
	}
	for _, tt := range tests {
		if got := sameText(tt.a) == sameText(tt.b); got != tt.want {
			t.Errorf("%s: %v and %v are the same: %v, want %v", tt.name, tt.a, tt.b, got, tt.want)
		}
	}
}

// TestFingerprint checks that the order of solutions does not count, but their number.
func TestFingerprint(t *testing.T) {
	of := func(members ...string) (f fingerprint) {
		for _, m := range members {
			f.add(m)
		}
		return f
	}
	if of("a", "b", "b") != of("b", "a", "b") {
		t.Error("the order of the members counts")
	}
	if of("a", "b") == of("a", "b", "b") || of("a", "c") == of("a", "b") {
		t.Error("other members have the same fingerprint")
	}
}

func TestSummary(t *testing.T) {
	ms := time.Millisecond
	run := func(times []time.Duration, answer string) Timing {
		r := Timing{times: times}
		r.answer.add(answer)
		return r
	}
	r := &Report{Endpoints: []string{"x", "y"}, Queries: []Comparison{
		{Name: "agrees", Runs: []Timing{run([]time.Duration{4 * ms, 2 * ms, 6 * ms}, "a"), run([]time.Duration{ms},
			"a")}},
		{Name: "differs", Runs: []Timing{run([]time.Duration{ms, 3 * ms}, "a"), run([]time.Duration{2 * ms}, "b")}},
		{Name: "fails", Runs: []Timing{{Error: "no"}, run([]time.Duration{ms}, "b")}},
	}}
	r.summarise()
	if r.Differing != 1 || r.Failing != 1 || r.Ratio != 2 {
		t.Errorf("%d differ, %d fail, ratio %v, want 1, 1 and 2", r.Differing, r.Failing, r.Ratio)
	}
	var b strings.Builder
	if err := r.WriteText(&b); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"agrees", "4.0 ms", "differ", "fails on 1: no",
		"geometric mean of the ratios: 2.00"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("the table lacks %q:\n%s", want, b.String())
		}
	}
}
