package main

import (
	"io"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// mostBefore is how much the server works for others before it answers a small query, one
// in nine apart, for each processor: two places have two milliseconds each, and the processor
// may be at something for ten. Measured: 5 ms to 25 ms, and 60 ms to 400 ms when all readers
// were worked for at once.
const mostBefore = 75 * time.Millisecond

// TestPipelined: clients that send many requests without reading answers, for whatever
// there is, keep nobody else from being answered. Processor time is measured, since
// others work on the machine too.
func TestPipelined(t *testing.T) {
	web, dir := newSources(t), filepath.Join(t.TempDir(), "store")
	var names []string
	for i := range 100 {
		names = append(names, "dataset"+strconv.Itoa(i))
	}
	web.set("/one.json", api(names...))
	fincat(t, exitDone, "harvest", "--store", dir, "--config", web.configure(t, "one"))
	p := startProcessOn(t, dir)
	for _, route := range []string{
		"feed/rss.xml", "feed/atom.xml", "feed/ldes", "catalog.ttl", "oai?verb=ListRecords&metadataPrefix=oai_dc",
		"api/3/action/package_search?rows=100", "openapi.json", "", "search?q=dataset", "quality",
		".well-known/void", "sparql", "sparql?query=" + url.QueryEscape("SELECT * { ?s ?p ?o } LIMIT 1000"),
	} {
		t.Run(route, func(t *testing.T) {
			resp, err := http.Get(p.base + route)
			if err != nil {
				t.Fatal(err)
			}
			resp.Body.Close()
			if resp.StatusCode != http.StatusOK {
				t.Fatalf("GET %s = %s", route, resp.Status)
			}
			var slow []net.Conn
			for range 64 {
				slow = append(slow, p.dial(strings.Repeat("GET /"+route+" HTTP/1.1\r\nHost: x\r\n\r\n", 50)))
			}
			defer func() {
				for _, c := range slow {
					c.Close()
				}
			}()
			var worked []time.Duration
			for range 9 {
				before := p.cpu()
				p.smallQuery(t)
				worked = append(worked, p.cpu()-before)
			}
			slices.Sort(worked)
			if most := slowness * mostBefore * time.Duration(max(2, runtime.NumCPU())); worked[len(worked)-2] > most {
				t.Errorf("works for %v before it answers a small query, want %v at most", worked, most)
			}
		})
	}
}

// smallQuery asks a small query on a connection of its own.
func (p *serverProcess) smallQuery(t *testing.T) {
	t.Helper()
	req, err := http.NewRequest(http.MethodGet, p.base+"sparql?query="+url.QueryEscape(smallQuery), nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Close = true
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil || resp.StatusCode != http.StatusOK {
		t.Errorf("a small query = %s, %v", resp.Status, err)
	}
}
