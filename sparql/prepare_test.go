package sparql

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"fincat/sparql/syntax"
	"fincat/store"
	"fincat/vocab/term"
)

func TestRepeatable(t *testing.T) {
	e := testEngine(t, 1, Options{})
	tests := []struct {
		in   string
		want bool
	}{
		{"ASK { FILTER (NOW() > 1) }", false},
		{"ASK { FILTER (now () > 1) }", false},
		{"ASK { BIND (uuid() AS ?x) }", false},
		{"SELECT (STRUUID() AS ?x) {}", false},
		{"SELECT (bnode() AS ?x) {}", false},
		{"SELECT (bnode('a') AS ?x) {}", false},
		{"ASK { ?s ?p ?o } HAVING (rand() > 0.5)", false},
		{"SELECT (MAX(rand()) AS ?x) { ?s ?p ?o }", false},
		{"SELECT * { ?s ?p ?o } ORDER BY rand()", false},
		{"ASK { SERVICE <http://e/> {} }", false},
		{"ASK { { SELECT * { SERVICE SILENT <http://e/> {} } } }", false},
		{"ASK { ?s ?p ?o FILTER EXISTS { ?s ?p ?x FILTER(?x < NOW()) } }", false},
		{"ASK { ?s ?p ?o OPTIONAL { ?s ?q ?v FILTER(1 + IF(true, rand(), 2) > 1) } }", false},
		{"ASK { BIND(<http://www.w3.org/2001/XMLSchema#integer>(rand()) AS ?x) }", false},
		{"ASK { ?now a ?rand BIND('UUID()' AS ?x) }", true},
		{"ASK { <http://e/now> <http://e/service> ?x }", true},
		{"ASK { ?services a ?brand # NOW()\n }", true},
		{"ASK { BIND (IRI('x') AS ?x) }", true},
		{"ASK {}", true},
	}
	for _, tt := range tests {
		q, err := e.ParseQuery(t.Context(), tt.in, QueryOptions{Base: "http://e/"})
		if err != nil {
			t.Errorf("ParseQuery(%q) = %v", tt.in, err)
		} else if got := q.Repeatable(); got != tt.want {
			t.Errorf("Repeatable(%q) = %v, want %v", tt.in, got, tt.want)
		}
	}
}

// TestRun asserts that a query which has been parsed once can be asked what it
// is, and run again and again over what is in the store then.
func TestRun(t *testing.T) {
	e := testEngine(t, 3, Options{})
	const text = "SELECT ?s (1 AS ?one) { ?s <p> ?o }"
	q, err := e.ParseQuery(t.Context(), text, QueryOptions{Base: "http://e/"})
	if err != nil {
		t.Fatal(err)
	}
	if q.Form() != Select || q.Text() != text || !slices.Equal(q.Vars(), []string{"s", "one"}) {
		t.Errorf("the query is %v %q %v", q.Form(), q.Text(), q.Vars())
	}
	count := func() (n int) {
		res, err := e.Run(t.Context(), q, QueryOptions{})
		if err != nil {
			t.Fatal(err)
		}
		defer res.Close()
		for _, err := range res.Solutions() {
			if err != nil {
				t.Fatal(err)
			}
			n++
		}
		return n
	}
	before := count()
	u, err := e.ParseUpdate(t.Context(), "INSERT DATA { <new> <p> 1 }", UpdateOptions{Base: "http://e/"})
	if err != nil {
		t.Fatal(err)
	}
	if res, err := e.RunUpdate(t.Context(), u, UpdateOptions{}); err != nil || res.Added != 1 {
		t.Fatalf("RunUpdate = %+v, %v", res, err)
	}
	if after := count(); after != before+1 {
		t.Errorf("%d solutions after an update, want %d", after, before+1)
	}
	if _, err := e.ParseQuery(t.Context(), "ASK {", QueryOptions{}); !isSyntaxError(err) {
		t.Errorf("ParseQuery = %v, want a syntax error", err)
	}
	if _, err := e.ParseUpdate(t.Context(), "INSERT", UpdateOptions{}); !isSyntaxError(err) {
		t.Errorf("ParseUpdate = %v, want a syntax error", err)
	}
}

func isSyntaxError(err error) bool {
	_, ok := errors.AsType[*syntax.Error](err)
	return ok
}

func TestNamesDataset(t *testing.T) {
	e := testEngine(t, 1, Options{})
	for text, want := range map[string]bool{
		"WITH <http://e/g> DELETE { ?s ?p ?o } WHERE { ?s ?p ?o }":                              true,
		"CLEAR ALL ; DELETE { ?s ?p ?o } USING <http://e/g> WHERE { ?s ?p ?o }":                 true,
		"INSERT { ?s ?p 1 } USING NAMED <http://e/g> WHERE { GRAPH <http://e/g> { ?s ?p ?o } }": true,
		"DELETE WHERE { GRAPH <http://e/g> { ?s ?p ?o } }":                                      false,
		"CLEAR GRAPH <http://e/g>": false,
	} {
		u, err := e.ParseUpdate(t.Context(), text, UpdateOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if got := u.NamesDataset(); got != want {
			t.Errorf("NamesDataset of %s = %v, want %v", text, got, want)
		}
		_, err = e.RunUpdate(t.Context(), u, UpdateOptions{UsingGraphs: []string{"http://e/none"}})
		if isSyntaxError(err) != want {
			t.Errorf("%s with a dataset parameter: %v", text, err)
		}
	}
}

// TestSnapshotAtDeadline asserts that looking for the state after an earlier
// commit counts against the time limit of the query.
func TestSnapshotAtDeadline(t *testing.T) {
	e := testEngine(t, 1, Options{})
	for i := range 50 {
		x := term.NewIRI(fmt.Sprintf("http://e/%d", i))
		add := []term.Quad{{Subject: x, Predicate: x, Object: x}}
		if _, err := e.o.Store.Commit(t.Context(), store.Change{Add: add}); err != nil {
			t.Fatal(err)
		}
	}
	q, err := e.ParseQuery(t.Context(), "ASK {}", QueryOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := e.Run(t.Context(), q, QueryOptions{AtSeq: 2, Timeout: time.Nanosecond}); !errors.Is(err, ErrTimeout) {
		t.Errorf("error %v, want ErrTimeout", err)
	}
	res, err := e.Run(t.Context(), q, QueryOptions{AtSeq: 2})
	if err != nil {
		t.Fatal(err)
	}
	if res.Seq() != 2 {
		t.Errorf("the query sees commit %d, want 2", res.Seq())
	}
	res.Close()
	if n := len(e.Running()); n != 0 {
		t.Errorf("%d queries are still listed as running", n)
	}
}

// TestParseTimeout asserts that reading a text is part of the time that its
// request has.
func TestParseTimeout(t *testing.T) {
	e := testEngine(t, 1, Options{})
	braces := "{ " + strings.Repeat("?s ?p ?o . ", 90_000) + "} WHERE {}"
	_, err := e.ParseQuery(t.Context(), "CONSTRUCT "+braces, QueryOptions{Timeout: 1})
	if !errors.Is(err, ErrTimeout) {
		t.Errorf("ParseQuery of a large text = %v, want %v", err, ErrTimeout)
	}
	_, err = e.ParseUpdate(t.Context(), "INSERT "+braces, UpdateOptions{Timeout: 1})
	if !errors.Is(err, ErrTimeout) {
		t.Errorf("ParseUpdate of a large text = %v, want %v", err, ErrTimeout)
	}
}

// TestGivenSnapshot evaluates over a snapshot of the caller, which stays open.
func TestGivenSnapshot(t *testing.T) {
	e := testEngine(t, 3, Options{})
	sn, err := e.SnapshotAt(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	defer sn.Close()
	if _, err := e.Update(t.Context(), "CLEAR ALL", UpdateOptions{}); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		res, err := e.Query(t.Context(), "SELECT * { ?s ?p ?o }", QueryOptions{Snapshot: sn})
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for _, err := range res.Solutions() {
			if n++; err != nil {
				t.Fatal(err)
			}
		}
		if res.Close(); n != 3 || res.Seq() != 1 {
			t.Errorf("%d solutions of commit %d, want 3 of commit 1", n, res.Seq())
		}
	}
}
