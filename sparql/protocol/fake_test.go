package protocol

import (
	"context"
	"errors"
	"iter"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"fincat/sparql"
	"fincat/sparql/results"
	"fincat/store"
	"fincat/vocab/term"
)

// fakeEngine answers every query as told.
type fakeEngine struct {
	vars    []string
	sols    iter.Seq2[results.Solution, error]
	quads   iter.Seq2[term.Quad, error]
	boolean bool
	err     error
	queries atomic.Int32
	lastO   sparql.QueryOptions
	lastU   sparql.UpdateOptions
	updates []*sparql.Update
}

func (e *fakeEngine) ParseQuery(ctx context.Context, text string, o sparql.QueryOptions) (*sparql.Query, error) {
	return new(sparql.Engine).ParseQuery(ctx, text, o)
}

func (e *fakeEngine) ParseUpdate(ctx context.Context, text string, o sparql.UpdateOptions) (*sparql.Update, error) {
	return new(sparql.Engine).ParseUpdate(ctx, text, o)
}

func (e *fakeEngine) Run(_ context.Context, _ *sparql.Query, o sparql.QueryOptions) (answer, error) {
	e.queries.Add(1)
	e.lastO = o
	if e.err != nil {
		return nil, e.err
	}
	return fakeAnswer{e}, nil
}

func (e *fakeEngine) RunUpdate(
	_ context.Context, u *sparql.Update, o sparql.UpdateOptions,
) (sparql.UpdateResult, error) {
	e.updates = append(e.updates, u)
	e.lastU = o
	return sparql.UpdateResult{}, e.err
}
func (e *fakeEngine) Running() []sparql.RunningQuery {
	return []sparql.RunningQuery{{ID: 7, Text: "ASK {}"}}
}
func (e *fakeEngine) Cancel(id uint64) bool                 { return id == 7 }
func (e *fakeEngine) DefaultGraph() sparql.DefaultGraphMode { return sparql.Union }
func (e *fakeEngine) Memory(func(error)) *sparql.Memory     { return &sparql.Memory{} }

type fakeAnswer struct{ e *fakeEngine }

func (a fakeAnswer) Vars() []string                                { return a.e.vars }
func (a fakeAnswer) Boolean() (bool, error)                        { return a.e.boolean, nil }
func (a fakeAnswer) Solutions() iter.Seq2[results.Solution, error] { return a.e.sols }
func (a fakeAnswer) Quads() iter.Seq2[term.Quad, error]            { return a.e.quads }
func (a fakeAnswer) Err() error                                    { return nil }
func (a fakeAnswer) Context() context.Context                      { return context.Background() }
func (a fakeAnswer) Close()                                        {}

var errEngine = errors.New("disk on fire")

// countSolutions yields n solutions and then, if it is not nil, an error.
func countSolutions(n int, err error) iter.Seq2[results.Solution, error] {
	return func(yield func(results.Solution, error) bool) {
		for range n {
			if !yield(results.Solution{term.NewString("上市公司每日收盤行情")}, nil) {
				return
			}
		}
		if err != nil {
			yield(nil, err)
		}
	}
}

func countQuads(n int, err error) iter.Seq2[term.Quad, error] {
	return func(yield func(term.Quad, error) bool) {
		e := term.NewIRI("http://e/")
		for range n {
			if !yield(term.Quad{Subject: e, Predicate: e, Object: e}, nil) {
				return
			}
		}
		if err != nil {
			yield(term.Quad{}, err)
		}
	}
}

func memoryStore(t testing.TB) *store.Store {
	t.Helper()
	s, err := store.Open(context.Background(), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// anyone lets every request change everything.
func anyone(*http.Request) (string, error) { return "anyone", nil }

// fakeServer serves a fake engine over an empty store.
func fakeServer(t testing.TB, e *fakeEngine, change func(*Options)) *httptest.Server {
	t.Helper()
	o := Options{Store: memoryStore(t), Authorize: anyone}
	if change != nil {
		change(&o)
	}
	h, err := newHandler(o, e)
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s
}

// serve returns the address of a server of its own for a handler.
func serve(t testing.TB, h http.Handler) string {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.URL
}

// reply is what is left of a response when its body has been read.
type reply struct {
	StatusCode      int
	Header, Trailer http.Header
	ContentLength   int64 // -1 when the answer does not say it
}

// call sends a request and reads the answer with its body; headers are pairs of
// name and value.
func call(t testing.TB, method, url, body string, headers ...string) (reply, string, error) {
	t.Helper()
	req, err := newRequest(method, url, body, headers...)
	if err != nil {
		t.Fatal(err)
	}
	tr := &http.Transport{DisableCompression: true, DisableKeepAlives: true}
	defer tr.CloseIdleConnections()
	resp, err := tr.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := readAll(resp.Body)
	return reply{resp.StatusCode, resp.Header, resp.Trailer, resp.ContentLength}, b, err
}
