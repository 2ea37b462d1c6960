package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"fincat/vocab/w3ctest"
)

// friend is a client that asks for little and knows what the answer has to be.
type friend struct {
	url   string // of the server
	no    int
	asked int
	added int // updates that the server said it has made
	bad   []string
}

// ask sends a request and notes an answer that is not the one expected.
func (f *friend) ask(method, path, contentType, body, want string) bool {
	f.asked++
	start := time.Now()
	req, err := http.NewRequest(method, f.url+path, strings.NewReader(body))
	if err != nil {
		f.bad = append(f.bad, err.Error())
		return false
	}
	req.Header.Set("Content-Type", contentType)
	req.Header.Set("Accept", "application/sparql-results+json, text/turtle, */*;q=0.5")
	req.Header.Set("Authorization", "Bearer "+mixedToken)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		f.bad = append(f.bad, err.Error())
		return false
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode/100 != 2 || !strings.Contains(string(text), want) {
		f.bad = append(f.bad, fmt.Sprintf("client %d: %s %s %s: %d after %v, %.300q, %v", f.no, method, path, body,
			resp.StatusCode, time.Since(start), text, err))
		return false
	}
	return true
}

func (f *friend) work(ctx context.Context) {
	const query, update = "application/sparql-query", "application/sparql-update"
	for ctx.Err() == nil {
		s := fmt.Sprintf("<http://e/mixed/%d/%d>", f.no, f.added)
		if f.ask(http.MethodPost, "update", update, "INSERT DATA { "+s+" <http://e/mixed> 1 }", "") {
			f.added++
			f.ask(http.MethodPost, "sparql", query, "SELECT ?n { "+s+" <http://e/mixed> ?n }", "1")
		}
		f.ask(http.MethodPost, "sparql", query, "SELECT (COUNT(?o) AS ?n) { ?s <http://e/title> ?o }", "500")
		f.ask(http.MethodPost, "sparql", query, "SELECT ?o { ?s <http://e/title> ?o } ORDER BY DESC(?o)", "title 0")
		f.ask(http.MethodPost, "sparql", query,
			"SELECT ?p (COUNT(*) AS ?n) { ?s ?p ?o . ?o <http://e/title> ?t } GROUP BY ?p", "http://e/p3")
		f.ask(http.MethodGet, "catalog.ttl", "", "", "Catalog")
		f.ask(http.MethodGet, "data?graph=http://e/g1", "", "", "http://e/s1")
		f.ask(http.MethodGet, "healthz", "", "", "")
	}
}

const mixedToken = "mixed-campaign-token-0123456789abcdef"

// TestMixedCampaign has as many friendly clients as hostile ones: nothing that the server
// took is lost, nothing that fits is refused, and no hostile query outlives its limit by half a
// second, or by as much more as work takes longer at present.
func TestMixedCampaign(t *testing.T) {
	d := w3ctest.Campaign(t, 0)
	if d == 0 {
		t.Skip("set FINCAT_CAMPAIGN to work beside those who abuse a server")
	}
	t.Setenv("FINCAT_TOKEN", mixedToken)
	s := startHostileServer(t, "30s")
	url := strings.TrimSuffix(s.url, "sparql")
	s.url += "?timeout=1"
	ctx, cancel := context.WithTimeout(t.Context(), d)
	defer cancel()
	go s.pace(ctx)
	var clients sync.WaitGroup
	friends := make([]*friend, hostileClients)
	for i := range friends {
		friends[i] = &friend{url: url, no: i}
		clients.Go(func() { s.abuse(ctx) })
		clients.Go(func() { friends[i].work(ctx) })
	}
	clients.Wait()
	friendly, added := 0, 0
	for _, f := range friends {
		friendly, added = friendly+f.asked, added+f.added
		for _, b := range f.bad {
			t.Error(b)
		}
	}
	t.Logf("%d hostile queries, %d late; %d friendly requests, %d of them updates; %d MB of memory, work "+
		"stretched to %d %%", s.asked.Load(), len(s.late), friendly, added, s.memory()>>20, s.stretch.Load())
	for _, q := range append(s.silent, s.late...) {
		t.Error(q)
	}
	last := &friend{url: url}
	last.ask(http.MethodPost, "sparql", "application/sparql-query",
		"SELECT (COUNT(*) AS ?n) { ?s <http://e/mixed> 1 }", fmt.Sprintf(`"value":"%d"`, added))
	for _, b := range last.bad {
		t.Error(b)
	}
	s.stop()
	fincat(t, exitDone, "check", "--store", s.dir)
}
