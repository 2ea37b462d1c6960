package protocol

import (
	"context"
	"io"
	"iter"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"syscall"
	"testing"
	"time"

	"fincat/sparql"
	"fincat/sparql/gate"
	"fincat/sparql/results"
	"fincat/vocab/term"
)

// lateEngine gives out rows, and ends only long after the time of the query has passed.
type lateEngine struct {
	*fakeEngine
	before, after int           // rows of 200 bytes, before and after it is late
	work          time.Duration // before the first row
}

func (e lateEngine) Run(ctx context.Context, _ *sparql.Query, _ sparql.QueryOptions) (answer, error) {
	ctx, cancel := context.WithCancel(ctx)
	return lateAnswer{fakeAnswer{e.fakeEngine}, e, ctx, cancel}, nil
}

type lateAnswer struct {
	fakeAnswer
	e      lateEngine
	ctx    context.Context
	cancel func()
}

// pass has the time of the query pass soon. What comes before takes as long as it may, since
// others work on the machine too.
func (a lateAnswer) pass() { time.AfterFunc(250*time.Millisecond, a.cancel) }

func (a lateAnswer) Context() context.Context { return a.ctx }
func (a lateAnswer) Close()                   { a.cancel() }

func (a lateAnswer) Err() error {
	if a.ctx.Err() != nil {
		return sparql.ErrTimeout
	}
	return nil
}

func (a lateAnswer) Solutions() iter.Seq2[results.Solution, error] {
	return func(yield func(results.Solution, error) bool) {
		if work(a.e.work); a.e.work > 0 { // it does not come to the end of its rows
			a.pass()
		}
		row := results.Solution{term.NewString(strings.Repeat("x", 200))}
		for range a.e.before {
			if !yield(row, nil) {
				return
			}
		}
		a.pass()
		<-a.ctx.Done()
		time.Sleep(2 * farewell) // no processor is free, or a step does not look at the clock
		for range a.e.after {
			if !yield(row, nil) {
				return
			}
		}
		yield(nil, a.Err())
	}
}

// Quads implements answer.
func (a lateAnswer) Quads() iter.Seq2[term.Quad, error] {
	return func(yield func(term.Quad, error) bool) {
		work(a.e.work)
		a.pass()
		for i := range a.e.before {
			q := term.Quad{Subject: term.NewIRI("http://e/"), Predicate: term.NewIRI("http://e/p"),
				Object: term.NewString(strings.Repeat("x", i%7))}
			if !yield(q, nil) {
				return
			}
		}
		yield(term.Quad{}, a.Err())
	}
}

// work takes processor time.
func work(d time.Duration) {
	used := func() (cpu time.Duration) {
		var u syscall.Rusage
		if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
			panic(err)
		}
		return time.Duration(u.Utime.Nano() + u.Stime.Nano())
	}
	for begin := used(); used()-begin < d; {
		continue
	}
}

// TestLateAnswer: a query that notices late that its time has passed is answered all the
// same: with 504 when nothing was sent, whatever it has found since, and with an answer
// that breaks off when it had begun.
func TestLateAnswer(t *testing.T) {
	for _, tt := range []struct {
		name          string
		before, after int
		status        int
	}{
		{"nothing", 0, 0, http.StatusGatewayTimeout},
		{"found since", 0, 100, http.StatusGatewayTimeout},
		{"some held back", 3, 0, http.StatusGatewayTimeout},
		{"some held back, more found since", 3, 100, http.StatusGatewayTimeout},
		{"some in buffers", 10, 0, http.StatusGatewayTimeout},
		{"begun", 1000, 0, http.StatusOK},
		{"begun, more found since", 1000, 1000, http.StatusOK},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			h, err := newHandler(Options{Store: memoryStore(t)},
				lateEngine{&fakeEngine{vars: []string{"x"}}, tt.before, tt.after, 0})
			if err != nil {
				t.Fatal(err)
			}
			s := httptest.NewServer(h)
			defer s.Close()
			resp, err := http.PostForm(s.URL+"/sparql", url.Values{"query": {"SELECT ?x {}"}})
			if err != nil {
				t.Fatalf("there is no answer: %v", err)
			}
			defer resp.Body.Close()
			b, err := io.ReadAll(resp.Body)
			if broken := err != nil; resp.StatusCode != tt.status || broken != (tt.status == http.StatusOK) {
				t.Errorf("status %d, broken off %v; want %d: %.200s", resp.StatusCode, err, tt.status, b)
			}
		})
	}
}

// TestLateTurn: a query that waits for its turn while it writes ends when its time is
// over, although nobody gives it a turn.
func TestLateTurn(t *testing.T) {
	pools := gate.NewPools(gate.Options{Long: 1, Short: time.Millisecond})
	hog, err := pools.Reading.Enter(httptest.NewRequest(http.MethodGet, "/", nil))
	if err != nil {
		t.Fatal(err)
	}
	defer hog.Leave()
	for range 2 { // the second turn is a long one, and there is only one place for these
		if err := hog.Turn(t.Context()); err != nil {
			t.Fatal(err)
		}
		work(20 * time.Millisecond)
	}
	for name, text := range map[string]string{"solutions": "SELECT ?x {}", "triples": "CONSTRUCT {} {}"} {
		t.Run(name, func(t *testing.T) {
			h, err := newHandler(Options{Store: memoryStore(t), Pools: pools},
				lateEngine{&fakeEngine{vars: []string{"x"}}, 10_000, 0, 20 * time.Millisecond})
			if err != nil {
				t.Fatal(err)
			}
			s := httptest.NewServer(h)
			defer s.Close()
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			r, err := http.NewRequestWithContext(ctx, http.MethodPost, s.URL+"/sparql", strings.NewReader(text))
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Content-Type", typeQuery)
			resp, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Fatalf("there is no answer: %v", err)
			}
			defer resp.Body.Close()
			if b, err := io.ReadAll(resp.Body); resp.StatusCode != http.StatusGatewayTimeout {
				t.Errorf("status %d, broken off %v, want 504: %.200s", resp.StatusCode, err, b)
			}
		})
	}
}
