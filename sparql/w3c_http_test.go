package sparql_test

import (
	"context"
	"fmt"
	"io"
	"iter"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path"
	"strings"
	"testing"

	"fincat/sparql"
	"fincat/sparql/protocol"
	"fincat/sparql/results"
	"fincat/sparql/syntax"
	"fincat/vocab/term"
)

// TestSuitesOverHTTP sends the evaluation tests of every suite to a running
// server and compares what comes back.
func TestSuitesOverHTTP(t *testing.T) {
	client := protocol.NewClient(protocol.ClientOptions{AllowPrivate: true})
	sparql.RunSuites(t, sparql.SuiteRunner{
		Query: func(ctx context.Context, e *sparql.Engine, text, base, result string) (sparql.SuiteAnswer, error) {
			server, err := serve(e)
			if err != nil {
				return nil, err
			}
			a, err := ask(ctx, client, server.URL, text, base, result)
			if err != nil {
				server.Close()
				return nil, err
			}
			a.server = server
			return a, nil
		},
		Update: func(ctx context.Context, e *sparql.Engine, text, base string) ([]term.Quad, error) {
			server, err := serve(e)
			if err != nil {
				return nil, err
			}
			defer server.Close()
			return change(ctx, client, server.URL, text, base)
		},
	})
}

func serve(e *sparql.Engine) (*httptest.Server, error) {
	h, err := protocol.NewHandler(protocol.Options{Engine: e, Store: sparql.StoreOf(e),
		Authorize: func(*http.Request) (string, error) { return "", nil }})
	if err != nil {
		return nil, err
	}
	return httptest.NewServer(h), nil
}

// overHTTP is the answer of a server.
type overHTTP struct {
	*protocol.Answer
	form   sparql.Form
	csv    bool
	server *httptest.Server // to be closed with the answer; nil: it goes on
}

// ask sends a query and has the answer in the format of the expected result.
func ask(ctx context.Context, c *protocol.Client, server, text, base, result string) (*overHTTP, error) {
	tree, err := syntax.ParseQuery(text, syntax.Options{Base: base})
	if err != nil {
		return nil, err
	}
	accept := map[string]string{
		".srx": "application/sparql-results+xml",
		".csv": "text/csv",
		".tsv": "text/tab-separated-values",
		".nt":  "application/n-triples",
	}[path.Ext(result)]
	switch {
	case accept != "":
	case tree.Form == sparql.Construct || tree.Form == sparql.Describe:
		accept = "text/turtle"
	default:
		accept = "application/sparql-results+json"
	}
	a, err := c.Query(
		ctx,
		protocol.Request{Endpoint: server + "/sparql", Query: "BASE <" + base + ">\n" + text, Accept: accept},
	)
	if err != nil {
		return nil, err
	}
	return &overHTTP{a, tree.Form, accept == "text/csv", nil}, nil
}

func (a *overHTTP) Form() sparql.Form { return a.form }

func (a *overHTTP) Close() {
	_ = a.Answer.Close()
	if a.server != nil {
		a.server.Close()
	}
}

func (a *overHTTP) Vars() []string { return a.Results.Vars() }

func (a *overHTTP) Boolean() (bool, error) {
	if a.Results == nil {
		return false, fmt.Errorf("a graph came for a boolean")
	}
	v, ok := a.Results.Boolean()
	if !ok {
		return false, fmt.Errorf("solutions came for a boolean")
	}
	return v, nil
}

func (a *overHTTP) Solutions() iter.Seq2[results.Solution, error] {
	return func(yield func(results.Solution, error) bool) {
		for s, err := range a.Results.Solutions() {
			for i, t := range s { // CSV has only the text of terms
				if label, ok := strings.CutPrefix(t.Value(), "_:"); ok && a.csv {
					s[i] = term.NewBlankNode(label)
				}
			}
			if !yield(s, err) {
				return
			}
		}
	}
}

func (a *overHTTP) Quads() iter.Seq2[term.Quad, error] { return a.Answer.Quads }

// change sends an update and then asks for everything in the store.
func change(ctx context.Context, c *protocol.Client, server, text, base string) ([]term.Quad, error) {
	form := url.Values{"update": {"BASE <" + base + ">\n" + text}}.Encode()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, server+"/update", strings.NewReader(form))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusNoContent {
		b, err := io.ReadAll(resp.Body)
		return nil, fmt.Errorf("status %d: %s %w", resp.StatusCode, b, err)
	}
	_, solutions, err := c.Select(
		ctx,
		server+"/sparql",
		"SELECT ?s ?p ?o ?g { { ?s ?p ?o } UNION { GRAPH ?g { ?s ?p ?o } } }",
	)
	if err != nil {
		return nil, err
	}
	var out []term.Quad
	for s, err := range solutions {
		if err != nil {
			return nil, err
		}
		out = append(out, term.Quad{Subject: s[0], Predicate: s[1], Object: s[2], Graph: s[3]})
	}
	return out, nil
}
