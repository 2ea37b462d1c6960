package protocol

import (
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"golang.org/x/sync/errgroup"

	"fincat/vocab/term"
)

// TestGzipAgain asks for compressed answers at the same time and one after the other,
// whose compressors are used again: each is that of its own query.
func TestGzipAgain(t *testing.T) {
	var quads []term.Quad
	for i := range 400 {
		quads = append(quads, term.Quad{Subject: term.NewIRI(fmt.Sprintf("http://e/s%d", i%4)),
			Predicate: term.NewIRI("http://e/p"), Object: term.NewString(fmt.Sprintf("text %d of %d", i, i%4))})
	}
	server := engineServer(t, quads, nil)
	ask := func(s int, coding string) (string, error) {
		query := fmt.Sprintf("SELECT ?o { <http://e/s%d> ?p ?o } ORDER BY ?o", s)
		req, err := newRequest(http.MethodGet, server.URL+get(query),
			"", "Accept", "text/csv", "Accept-Encoding", coding)
		if err != nil {
			return "", err
		}
		resp, err := http.DefaultTransport.RoundTrip(req)
		if err != nil {
			return "", err
		}
		defer resp.Body.Close()
		var body io.Reader = resp.Body
		if resp.Header.Get("Content-Encoding") == "gzip" {
			if body, err = gzip.NewReader(body); err != nil {
				return "", err
			}
		} else if coding == "gzip" {
			return "", fmt.Errorf("the answer is not compressed: %v", resp.Header)
		}
		b, err := io.ReadAll(body)
		return string(b), err
	}
	var g errgroup.Group
	for s := range 4 {
		want, err := ask(s, "identity")
		if err != nil || strings.Count(want, "\n") != 101 {
			t.Fatal(want, err)
		}
		g.Go(func() error {
			for range 10 {
				if got, err := ask(s, "gzip"); err != nil || got != want {
					return fmt.Errorf("answer %d is %q, want %q (%w)", s, got, want, err)
				}
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		t.Error(err)
	}
}
