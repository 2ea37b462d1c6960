package protocol

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"code.dny.dev/ssrf"

	"fincat/sparql/results"
	"fincat/vocab/term"
)

// remote is an endpoint under the test's control.
func remote(t *testing.T, serve func(w http.ResponseWriter, query string)) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost {
			http.Error(w, "not a POST", http.StatusMethodNotAllowed)
			return
		}
		serve(w, r.PostFormValue("query"))
	}))
	t.Cleanup(s.Close)
	return s.URL
}

func testClient(o ClientOptions) *Client {
	o.AllowPrivate = true
	if o.Timeout == 0 {
		o.Timeout = 10 * time.Second
	}
	return NewClient(o)
}

func sendSolutions(w http.ResponseWriter, vars []string, sols ...results.Solution) {
	w.Header().Set("Content-Type", results.JSON.ContentType())
	rw, _ := results.NewWriter(w, results.JSON, vars)
	for _, s := range sols {
		_ = rw.Write(s)
	}
	_ = rw.Close()
}

func collect(c *Client, endpoint string) (out []results.Solution, err error) {
	_, sols, err := c.Select(context.Background(), endpoint, "SELECT ?x { ?x ?p ?o }")
	if err != nil {
		return nil, err
	}
	for s, err := range sols {
		if err != nil {
			return out, err
		}
		out = append(out, s)
	}
	return out, nil
}

func TestSelectBlankNodes(t *testing.T) {
	endpoint := remote(t, func(w http.ResponseWriter, q string) {
		sendSolutions(w, []string{"x", "y"}, results.Solution{term.NewBlankNode("b"), {}},
			results.Solution{term.NewBlankNode("b"), term.NewString(q)})
	})
	c := testClient(ClientOptions{})
	labels := map[term.Term]bool{}
	for range 3 {
		vars, sols, err := c.Select(context.Background(), endpoint, "SELECT * {}")
		if err != nil || fmt.Sprint(vars) != "[x y]" {
			t.Fatalf("Select = %v, %v", vars, err)
		}
		n := 0
		for s, err := range sols {
			if err != nil || !s[0].IsBlankNode() || s[1].IsZero() != (n == 0) {
				t.Errorf("solution %v, %v", s, err)
			}
			labels[s[0]] = true
			n++
		}
	}
	if len(labels) != 3 {
		t.Errorf("the blank nodes of 3 answers have %d labels", len(labels))
	}
}

func TestClientRetries(t *testing.T) {
	var n atomic.Int32
	endpoint := remote(t, func(w http.ResponseWriter, _ string) {
		if n.Add(1) < 3 {
			w.Header().Set("Retry-After", "0")
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		sendSolutions(w, []string{"x"}, results.Solution{term.NewString("a")})
	})
	if got, err := collect(testClient(ClientOptions{}), endpoint); err != nil || len(got) != 1 || n.Load() != 3 {
		t.Errorf("Select = %v, %v after %d requests, want one solution after 3", got, err, n.Load())
	}
	later := remote(t, func(w http.ResponseWriter, _ string) {
		n.Add(1)
		w.Header().Set("Retry-After", "3600")
		w.WriteHeader(http.StatusServiceUnavailable)
	})
	n.Store(0)
	if _, err := collect(testClient(ClientOptions{}), later); err == nil || n.Load() != 1 {
		t.Errorf("an endpoint that asks for an hour: %v after %d requests", err, n.Load())
	}
}

func TestClientRedirects(t *testing.T) {
	target := remote(t, func(w http.ResponseWriter, q string) {
		if q == "" {
			http.Error(w, "no query", http.StatusBadRequest)
			return
		}
		sendSolutions(w, []string{"x"}, results.Solution{term.NewString("a")})
	})
	for _, status := range []int{301, 302, 303, 307, 308} {
		from := remote(t, func(w http.ResponseWriter, _ string) {
			w.Header().Set("Location", target)
			w.WriteHeader(status)
		})
		got, err := collect(testClient(ClientOptions{}), from)
		if err != nil || len(got) != 1 {
			t.Errorf("after %d: %v, %v, want one solution", status, got, err)
		}
	}
	for _, location := range []string{"/", "file:///etc/passwd", "gopher://x/", "http://[::1"} {
		var self string
		self = remote(t, func(w http.ResponseWriter, _ string) {
			if location == "/" {
				location = self
			}
			w.Header().Set("Location", location)
			w.WriteHeader(http.StatusFound)
		})
		if _, err := collect(testClient(ClientOptions{}), self); err == nil {
			t.Errorf("a redirect to %q is no error", location)
		}
	}
}

func TestAddressGuard(t *testing.T) {
	var asked atomic.Int32
	private := remote(t, func(w http.ResponseWriter, _ string) { asked.Add(1) })
	c := NewClient(ClientOptions{Timeout: 5 * time.Second})
	for _, endpoint := range []string{
		private, strings.Replace(private, "127.0.0.1", "localhost", 1),
		strings.Replace(private, "127.0.0.1", "[::ffff:127.0.0.1]", 1),
		"http://169.254.169.254/latest", "http://10.0.0.1/", "http://0.0.0.0:80/", "http://[fd00::1]/",
		"http://[fe80::1]/", "http://2130706433/",
	} {
		_, err := c.Query(context.Background(), Request{Endpoint: endpoint, Query: "ASK {}"})
		var dns *net.DNSError
		if !errors.Is(err, ssrf.ErrProhibitedIP) && !errors.As(err, &dns) {
			t.Errorf("Query(%q) = %v, want a refused address", endpoint, err)
		}
	}
	for _, endpoint := range []string{"file:///etc/passwd", "ftp://e/", "", "http://", "sparql", "http://a b/"} {
		if _, err := c.Query(context.Background(), Request{Endpoint: endpoint, Query: "ASK {}"}); err == nil {
			t.Errorf("Query(%q) is no error", endpoint)
		}
	}
	// A redirect from an allowed address to another one is checked again.
	allowed := remote(t, func(w http.ResponseWriter, _ string) {
		w.Header().Set("Location", strings.Replace(private, "127.0.0.1", "127.0.0.2", 1))
		w.WriteHeader(http.StatusTemporaryRedirect)
	})
	dialer := &net.Dialer{Control: ssrf.New(ssrf.WithAnyPort(),
		ssrf.WithAllowedV4Prefixes(netip.MustParsePrefix("127.0.0.1/32"))).Safe}
	c.http.Transport.(*http.Transport).DialContext = dialer.DialContext
	_, err := c.Query(context.Background(), Request{Endpoint: allowed, Query: "ASK {}"})
	if !errors.Is(err, ssrf.ErrProhibitedIP) {
		t.Errorf("a redirect to a refused address: %v, want ErrProhibitedIP", err)
	}
	if asked.Load() > 0 {
		t.Errorf("a refused address was asked %d times", asked.Load())
	}
}

func TestClientFailures(t *testing.T) {
	many := make([]results.Solution, 2000)
	for i := range many {
		many[i] = results.Solution{term.NewString(strings.Repeat("a", 100))}
	}
	tests := []struct {
		name  string
		serve func(w http.ResponseWriter, q string)
		o     ClientOptions
		want  string
	}{
		{"status", func(w http.ResponseWriter, _ string) { http.Error(w, "line 1:\n bad", 400) }, ClientOptions{},
			"400 Bad Request: line 1: bad"},
		{"html", func(w http.ResponseWriter, _ string) {
			w.Header().Set("Content-Type", "text/html")
			fmt.Fprint(w, "<html>")
		}, ClientOptions{}, "text/html"},
		{"boolean", func(w http.ResponseWriter, _ string) {
			w.Header().Set("Content-Type", "application/sparql-results+json")
			_ = results.WriteBoolean(w, results.JSON, true)
		}, ClientOptions{}, "solutions were expected"},
		{"graph", func(w http.ResponseWriter, _ string) {
			w.Header().Set("Content-Type", "application/n-triples")
		}, ClientOptions{}, "solutions were expected"},
		{"cut off", func(w http.ResponseWriter, _ string) {
			w.Header().Set("Content-Type", "text/tab-separated-values")
			fmt.Fprint(w, "?x\n<a>\n<b>\n")
			w.(http.Flusher).Flush()
			panic(http.ErrAbortHandler)
		}, ClientOptions{}, "EOF"},
		{"failed document", func(w http.ResponseWriter, _ string) {
			w.Header().Set("Content-Type", "application/sparql-results+json")
			rw, _ := results.NewWriter(w, results.JSON, []string{"x"})
			_ = rw.Fail(errors.New("out of memory"))
		}, ClientOptions{}, "out of memory"},
		{"too many", func(w http.ResponseWriter, _ string) { sendSolutions(w, []string{"x"}, many...) },
			ClientOptions{MaxSolutions: 100}, "limit of 100"},
		{"too large", func(w http.ResponseWriter, _ string) { sendSolutions(w, []string{"x"}, many...) },
			ClientOptions{MaxBytes: 10_000}, "over the limit"},
		{"slow", func(w http.ResponseWriter, _ string) {
			w.Header().Set("Content-Type", "text/tab-separated-values")
			fmt.Fprint(w, "?x\n<a>\n")
			w.(http.Flusher).Flush()
			time.Sleep(300 * time.Millisecond)
		}, ClientOptions{Timeout: 100 * time.Millisecond}, "deadline"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := collect(testClient(tt.o), remote(t, tt.serve))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Select = %v, want an error with %q", err, tt.want)
			}
		})
	}
}

func TestQueryGraph(t *testing.T) {
	endpoint := remote(t, func(w http.ResponseWriter, _ string) {
		w.Header().Set("Content-Type", "application/n-triples")
		fmt.Fprintln(w, `_:b <http://e/p> "o" .`)
	})
	c := testClient(ClientOptions{})
	labels := map[term.Term]bool{}
	for range 2 {
		a, err := c.Query(context.Background(), Request{Endpoint: endpoint, Query: "CONSTRUCT WHERE { ?s ?p ?o }"})
		if err != nil {
			t.Fatal(err)
		}
		for q, err := range a.Quads {
			if err != nil {
				t.Fatal(err)
			}
			labels[q.Subject] = true
		}
		if err := a.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if len(labels) != 2 {
		t.Errorf("the blank nodes of two answers are %v, want two", labels)
	}
}

func TestProbe(t *testing.T) {
	endpoint := remote(t, func(w http.ResponseWriter, q string) {
		if strings.HasPrefix(q, "ASK") {
			w.Header().Set("Content-Type", "application/sparql-results+json")
			_ = results.WriteBoolean(w, results.JSON, true)
			return
		}
		sendSolutions(w, []string{"n"},
			results.Solution{term.NewLiteral("143", "http://www.w3.org/2001/XMLSchema#integer")})
	})
	got, err := testClient(ClientOptions{}).Probe(context.Background(), endpoint)
	if want := (EndpointStatus{HasData: true, Triples: 143}); err != nil || got != want {
		t.Errorf("Probe = %+v, %v, want %+v", got, err, want)
	}
	dead := remote(t, func(w http.ResponseWriter, q string) { fmt.Fprint(w, "hello") })
	if _, err := testClient(ClientOptions{}).Probe(context.Background(), dead); err == nil {
		t.Error("Probe of what is no endpoint is no error")
	}
}
