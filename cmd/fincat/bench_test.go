package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"fincat/sparql/bench"
	"fincat/sparql/results"
	"fincat/vocab"
	"fincat/vocab/term"
)

// cannedEndpoint answers by what the query contains.
func cannedEndpoint(t *testing.T, sols ...results.Solution) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch q := r.PostFormValue("query"); {
		case strings.Contains(q, "broken"):
			http.Error(w, "no such function", http.StatusBadRequest)
		case strings.HasPrefix(q, "ASK"):
			w.Header().Set("Content-Type", results.JSON.ContentType())
			_ = results.WriteBoolean(w, results.JSON, true)
		case strings.HasPrefix(q, "CONSTRUCT"):
			w.Header().Set("Content-Type", "application/n-triples")
			_, _ = w.Write([]byte("_:a <http://e/p> \"1\" .\n_:a <http://e/p> \"1\" .\n"))
		default:
			w.Header().Set("Content-Type", results.TSV.ContentType())
			out, _ := results.NewWriter(w, results.TSV, []string{"x", "y"})
			for _, sol := range sols {
				_ = out.Write(sol)
			}
			_ = out.Close()
		}
	}))
	t.Cleanup(s.Close)
	return s.URL
}

func TestBench(t *testing.T) {
	a := results.Solution{term.NewLiteral("1.50", vocab.XSDDecimal), term.NewBlankNode("a")}
	b := results.Solution{term.NewString("x"), {}}
	a2 := results.Solution{term.NewLiteral("1.5", vocab.XSDDecimal), term.NewBlankNode("other")}
	dir := t.TempDir()
	for name, text := range map[string]string{
		"select.rq": "SELECT ?x ?y { ?x ?p ?y }",
		"graph.rq":  "CONSTRUCT WHERE { ?s ?p ?o }",
		"two.rq":    "# tag: one\n# First.\nASK { ?s ?p ?o }\n\n# tag: other\n# Second.\nASK { ?s ?q ?o }\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	o := benchOptions{endpoint: cannedEndpoint(t, a, b), against: cannedEndpoint(t, b, a2), queries: dir,
		format: "json", rounds: 3, warmUp: 1, timeout: time.Minute}
	var out, errs bytes.Buffer
	if err := compareEndpoints(context.Background(), o, &out, &errs); err != nil {
		t.Fatalf("bench = %v\n%s", err, out.String())
	}
	var r bench.Report
	if err := json.Unmarshal(out.Bytes(), &r); err != nil || len(r.Queries) != 4 || r.Ratio <= 0 {
		t.Fatalf("report %s, %v", out.String(), err)
	}
	want := map[string]int{"select": 2, "graph": 1, "one": 1, "other": 1}
	for _, q := range r.Queries {
		if q.Answers != "agree" || q.Runs[0].Results != want[q.Name] || q.Runs[1].Median < q.Runs[1].Min ||
			q.Runs[1].Median > q.Runs[1].Max || q.Ratio <= 0 {
			t.Errorf("query %+v", q)
		}
	}

	// Another answer and a failing query are found.
	o.against = cannedEndpoint(t, b, b)
	if err := os.WriteFile(filepath.Join(dir, "z.rq"), []byte("SELECT (broken() AS ?x) {}"), 0o600); err != nil {
		t.Fatal(err)
	}
	out.Reset()
	o.format = "text"
	var found *foundError
	if err := compareEndpoints(context.Background(), o, &out, &errs); !errors.As(err, &found) ||
		found.what != "1 answers differ, 1 queries fail" {
		t.Errorf("bench = %v", err)
	}
	for _, want := range []string{"differ", "z on 1: ", "no such function", "geometric mean"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the text has no %q:\n%s", want, out.String())
		}
	}
}

func TestBenchUsage(t *testing.T) {
	for _, args := range [][]string{{"bench"}, {"bench", "--endpoint", "x", "--format", "csv"},
		{"bench", "--endpoint", "x", "--rounds", "0"}} {
		if got := run(context.Background(), args, strings.NewReader(""), &bytes.Buffer{},
			&bytes.Buffer{}); got != exitUsage {
			t.Errorf("fincat %v = %d, want %d", args, got, exitUsage)
		}
	}
	qs, err := bench.Queries("")
	if err != nil || len(qs) < 10 {
		t.Errorf("%d queries are built in, %v", len(qs), err)
	}
}
