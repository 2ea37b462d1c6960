package sparql

import (
	"fmt"
	"strings"
	"testing"
)

// TestRecentQueries asks the same query twice, which is parsed once, and others that must
// not be taken for it.
func TestRecentQueries(t *testing.T) {
	e := testEngine(t, 1, Options{})
	parse := func(text, base string) *Query {
		t.Helper()
		q, err := e.ParseQuery(t.Context(), text, QueryOptions{Base: base})
		if err != nil {
			t.Fatal(err)
		}
		return q
	}
	const text = "SELECT * { <s> ?p ?o }"
	first := parse(text, "http://e/")
	if parse(text, "http://e/") != first {
		t.Error("a query that was asked lately is parsed again")
	}
	if parse(text, "http://f/") == first || parse(text+" ", "http://e/") == first {
		t.Error("another query, or another base IRI, gets the same query")
	}
	for i := range 20 * recentBytes / tokenBytes / 10 { // more than both generations hold
		parse(fmt.Sprintf("ASK { ?s ?p %d }", i), "")
		if i%500 == 0 && parse(text, "http://e/") != first {
			t.Fatal("a query that is asked again and again is forgotten")
		}
	}
	if n := len(e.recent.young) + len(e.recent.old); n > 2*recentBytes/tokenBytes {
		t.Errorf("%d queries are kept", n)
	}
	if q := parse("ASK { ?s ?p 0 }", ""); q == nil || e.recent.old[recentKey{"", q.text}] == q {
		t.Error("a query that nobody asked for is kept for ever")
	}
	long := "ASK { ?s ?p \"" + strings.Repeat("x", recentText) + "\" }"
	if first := parse(long, ""); parse(long, "") == first {
		t.Error("a long query is kept")
	}
}
