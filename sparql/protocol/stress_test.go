package protocol

import (
	"fincat/vocab/w3ctest"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// TestStress mixes readers and writers on one server: whatever they do, nobody
// sees an internal error, a broken answer or half of a change.
func TestStress(t *testing.T) {
	length := w3ctest.Campaign(t, time.Second)
	server := engineServer(t, nil, nil)
	end := time.Now().Add(length)
	var all sync.WaitGroup
	var changes atomic.Int64
	goesOn := func() bool { // a slow machine has longer for its changes
		return time.Now().Before(end) || changes.Load() < 10 && time.Now().Before(end.Add(10*time.Minute))
	}
	// Each writer keeps two triples in its graph that always have the same object.
	for n := range 3 {
		all.Go(func() {
			g := fmt.Sprintf("http://e/g%d", n)
			for i := 0; goesOn(); i++ {
				doc := fmt.Sprintf("<http://e/s> <http://e/a> \"%d\" ; <http://e/b> \"%d\" .", i, i)
				method, u, contentType := "PUT", server.URL+"/data?graph="+url.QueryEscape(g), "text/turtle"
				if i%2 == 1 {
					method, u, contentType = "POST", server.URL+"/update", typeUpdate
					doc = fmt.Sprintf("DELETE WHERE { GRAPH <%s> { ?s ?p ?o } } ; INSERT DATA { GRAPH <%s> { %s } }",
						g, g, doc)
				}
				resp, body, err := call(t, method, u, doc, "Content-Type", contentType)
				switch {
				case err == nil && resp.StatusCode == 409 &&
					resp.Header.Get("Retry-After") != "": // lost too often against others
				case err != nil || resp.StatusCode/100 != 2:
					t.Errorf("%s %s: %d %v %s", method, u, resp.StatusCode, err, body)
				default:
					changes.Add(1)
				}
			}
		})
	}
	for range 4 {
		all.Go(func() {
			for goesOn() {
				both := get("SELECT ?g ?a ?b { GRAPH ?g { ?s <http://e/a> ?a ; <http://e/b> ?b } }")
				resp, body, err := call(t, "GET", server.URL+both, "", "Accept", "text/csv")
				if err != nil || resp.StatusCode != 200 {
					t.Errorf("query: %d %v %s", resp.StatusCode, err, body)
				}
				for line := range strings.Lines(body) {
					f := strings.Split(strings.TrimSpace(line), ",")
					if len(f) == 3 && f[0] != "g" && f[1] != f[2] {
						t.Errorf("half of a change: %s", line)
					}
				}
				if resp, body, err := call(t, "GET", server.URL+"/.well-known/void", "", "Accept", nt); err != nil ||
					resp.StatusCode != 200 {
					t.Errorf("VoID: %d %v %s", resp.StatusCode, err, body)
				}
			}
		})
	}
	all.Wait()
	if changes.Load() < 10 {
		t.Errorf("%d changes were made", changes.Load())
	}
}
