package bench_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"fincat/sparql/bench"
	"fincat/sparql/protocol"
)

// endpoint serves answers to queries by a function of the query's text.
func endpoint(t *testing.T, answer func(w http.ResponseWriter, r *http.Request, text string)) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer(w, r, r.PostFormValue("query")+r.PostFormValue("update"))
	}))
	t.Cleanup(s.Close)
	return s.URL
}

// values answers with one column.
func values(w http.ResponseWriter, vs ...string) {
	w.Header().Set("Content-Type", "text/tab-separated-values")
	fmt.Fprintf(w, "?x\n%s", strings.Join(append(vs, ""), "\n"))
}

func honest(w http.ResponseWriter, _ *http.Request, _ string) { values(w, "1", "2") }

// compare runs one query on an honest endpoint and on another one.
func compare(
	t *testing.T, query string, o bench.Options, answer func(http.ResponseWriter, *http.Request, string),
) *bench.Report {
	t.Helper()
	queries, err := bench.Queries(fstest.MapFS{"q.rq": {Data: []byte(query)}}, "")
	if err != nil {
		t.Fatal(err)
	}
	o.Queries, o.Rounds, o.WarmUp = queries, 3, 1
	if o.Timeout == 0 {
		o.Timeout = 20 * time.Second
	}
	o.Client = protocol.NewClient(protocol.ClientOptions{AllowPrivate: true, Timeout: o.Timeout, Retries: -1,
		MaxBytes: 1 << 20})
	o.Endpoints = []bench.Endpoint{{Address: endpoint(t, honest)}, {Address: endpoint(t, answer)}}
	r, err := bench.Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestEndpoints shows what is said of endpoints that are wrong, or slow, or broken.
func TestEndpoints(t *testing.T) {
	const query = "SELECT ?x { ?s ?p ?x }"
	var asked atomic.Int64
	cut := func(w http.ResponseWriter, contentType, body string) {
		w.Header().Set("Content-Type", contentType)
		_, _ = io.WriteString(w, body)
	}
	tests := []struct {
		name, query string
		answer      func(http.ResponseWriter, *http.Request, string)
		answers     string
		failing     int
		says        string
	}{
		{"agrees in another order", query,
			func(w http.ResponseWriter, _ *http.Request, _ string) { values(w, "2", "1") }, bench.Agree, 0, ""},
		{"wrong order", query + " ORDER BY ?x",
			func(w http.ResponseWriter, _ *http.Request, _ string) { values(w, "2", "1") }, bench.Differ, 0, ""},
		{"lies", query, func(w http.ResponseWriter, _ *http.Request, _ string) { values(w, "1", "3") },
			bench.Differ, 0, ""},
		{"answers less", query, func(w http.ResponseWriter, _ *http.Request, _ string) { values(w, "1") },
			bench.Differ, 0, ""},
		{"lies now and then", query, func(w http.ResponseWriter, _ *http.Request, _ string) {
			if asked.Add(1) == 3 {
				values(w, "1", "3")
			} else {
				values(w, "1", "2")
			}
		}, bench.Change, 0, ""},
		{"fails", query, func(w http.ResponseWriter, _ *http.Request, _ string) {
			http.Error(w, "out of memory", http.StatusInternalServerError)
		}, "", 1, "out of memory"},
		{"breaks off", query, func(w http.ResponseWriter, _ *http.Request, _ string) {
			values(w, "1")
			panic(http.ErrAbortHandler)
		}, "", 1, "EOF"},
		{"half a document", query, func(w http.ResponseWriter, _ *http.Request, _ string) {
			cut(w, "application/sparql-results+json", `{"head":{"vars":["x"]},"results":{"bindings":[`)
		}, "", 1, ""},
		{"a page", query, func(w http.ResponseWriter, _ *http.Request, _ string) { cut(w, "text/html", "<p>") },
			"", 1, "text/html"},
		{"no end", query, func(w http.ResponseWriter, r *http.Request, _ string) {
			w.Header().Set("Content-Type", "text/tab-separated-values")
			for _, err := io.WriteString(w, "?x\n"); err == nil && r.Context().Err() == nil; {
				_, err = io.WriteString(w, strings.Repeat("1\n", 1000))
			}
		}, "", 1, "longer than"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := compare(t, tt.query, bench.Options{}, tt.answer)
			q := r.Queries[0]
			if q.Answers != tt.answers || r.Failing != tt.failing || !strings.Contains(q.Runs[1].Error, tt.says) {
				t.Errorf("answers %q, %d fail, error %q", q.Answers, r.Failing, q.Runs[1].Error)
			}
			if tt.failing == 0 && q.Ratio <= 0 || tt.failing > 0 && q.Ratio != 0 || q.Runs[0].Error != "" {
				t.Errorf("ratio %v, the honest one: %+v", q.Ratio, q.Runs[0])
			}
		})
	}
}

// TestHanging counts an endpoint that does not answer, or says that it takes too long, with
// the limit, and asks it once.
func TestHanging(t *testing.T) {
	for name, hang := range map[string]func(http.ResponseWriter, *http.Request){
		"before": func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
		"within": func(w http.ResponseWriter, r *http.Request) {
			values(w, "1")
			_ = http.NewResponseController(w).Flush()
			<-r.Context().Done()
		},
		"gives up": func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "late", http.StatusGatewayTimeout) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var asked atomic.Int64
			const limit = 3 * time.Second // the other one answers within it, on a busy machine too
			r := compare(t, "SELECT ?x { ?s ?p ?x }", bench.Options{Timeout: limit},
				func(w http.ResponseWriter, r *http.Request, _ string) { asked.Add(1); hang(w, r) })
			q := r.Queries[0]
			if r.TimedOut != 1 || r.Failing != 0 || !q.Runs[1].Timeout || q.Runs[1].Median != 3000 || !q.Bound ||
				q.Ratio <= 0 || q.Ratio >= 1 {
				t.Errorf("report %+v", r)
			}
			if asked.Load() != 1 {
				t.Errorf("it was asked %d times", asked.Load())
			}
		})
	}
}

// TestClients lets several clients ask one endpoint that is right and one that lies and fails
// only when several ask.
func TestClients(t *testing.T) {
	var open, most atomic.Int64
	var n atomic.Int64
	r := compare(t, "SELECT ?x { ?s ?p ?x }", bench.Options{Clients: 4, Duration: 3 * time.Second},
		func(w http.ResponseWriter, _ *http.Request, _ string) {
			if now := open.Add(1); now > most.Load() {
				most.Store(now)
			}
			defer open.Add(-1)
			time.Sleep(5 * time.Millisecond)
			switch k := n.Add(1); {
			case k > 8 && k%5 == 0:
				http.Error(w, "busy", http.StatusServiceUnavailable)
			case k > 8:
				values(w, "3")
			default:
				values(w, "1", "2")
			}
		})
	good, bad := r.Load[0], r.Load[1]
	if good.Requests == 0 || good.Errors+good.Wrong+good.Timeouts != 0 || good.PerSecond <= 0 || good.P50 > good.P99 ||
		good.P99 > good.Max || good.Clients != 4 {
		t.Errorf("the good endpoint: %+v", good)
	}
	if bad.Errors == 0 || bad.Wrong == 0 || bad.P50 < 5 {
		t.Errorf("the bad endpoint: %+v", bad)
	}
	if most.Load() < 2 || most.Load() > 4 {
		t.Errorf("%d requests at the same time", most.Load())
	}
}

// TestUndone breaks a benchmark off in an update: it is undone.
func TestUndone(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var undone atomic.Bool
	url := endpoint(t, func(w http.ResponseWriter, r *http.Request, text string) {
		switch {
		case strings.Contains(text, "INSERT"):
			cancel()
		case strings.Contains(text, "DELETE"):
			undone.Store(true)
		}
		w.WriteHeader(http.StatusNoContent)
	})
	queries, err := bench.Queries(fstest.MapFS{"u.ru": {Data: []byte(
		"INSERT DATA { <a:a> <a:b> 1 }\n# check\nASK {}\n# undo\nDELETE DATA { <a:a> <a:b> 1 }\n")}}, "")
	if err != nil {
		t.Fatal(err)
	}
	_, err = bench.Run(ctx, bench.Options{
		Client:  protocol.NewClient(protocol.ClientOptions{AllowPrivate: true, Timeout: 20 * time.Second}),
		Queries: queries, Rounds: 1, Timeout: 20 * time.Second,
		Endpoints: []bench.Endpoint{{Address: url, Update: url}},
	})
	if !errors.Is(err, context.Canceled) || !undone.Load() {
		t.Errorf("Run = %v, undone: %v", err, undone.Load())
	}
}
