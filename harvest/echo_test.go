package harvest

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"fincat/store"
	"fincat/vocab/term"
)

// peer is a catalogue that harvests another one and serves all it has.
type peer struct {
	store *store.Store
	srv   *httptest.Server
	h     *Harvester
}

func newPeer(t *testing.T) *peer {
	p := &peer{store: openStore(t)}
	p.srv = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/catalog" {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "application/n-triples")
		for _, tr := range p.triples(t) {
			fmt.Fprintln(w, tr)
		}
	}))
	t.Cleanup(p.srv.Close)
	return p
}

// triples returns everything in the peer's store.
func (p *peer) triples(t *testing.T) []term.Triple {
	sn, err := p.store.Snapshot()
	if err != nil {
		t.Error(err)
		return nil
	}
	defer sn.Close()
	out, err := (reader{sn}).triples(t.Context(), term.Term{})
	if err != nil {
		t.Error(err)
	}
	return out
}

func (p *peer) configure(t *testing.T, base, sources string) {
	cfg, err := ParseConfig(strings.NewReader(fmt.Sprintf("base: %s\nharvest: {allow_private_addresses: "+
		"true}\nsources:\n%s", base, sources)))
	if err != nil {
		t.Fatal(err)
	}
	p.h = newHarvester(t, p.store, cfg)
}

// newPeers returns two catalogues that harvest each other, and the source of ten
// records that the first has harvested.
func newPeers(t *testing.T) (a, b *peer, m *mutable) {
	a, b, m = newPeer(t), newPeer(t), &mutable{}
	m.set(200, "application/json", manifest(10))
	origin := httptest.NewServer(m)
	t.Cleanup(origin.Close)
	a.configure(t, "https://a.example.tw/", fmt.Sprintf("  - {id: bb, kind: datagovtw, url: '%s/export', rate: "+
		"1000/s}\n  - {id: b, kind: dcat, url: '%s/catalog', rate: 1000/s, max_pages: 5}\n", origin.URL, b.srv.URL))
	b.configure(t, "https://b.example.tw/", fmt.Sprintf("  - {id: a, kind: dcat, url: '%s/catalog', rate: 1000/s}\n",
		a.srv.URL))
	mustRun(t, a.h, "bb")
	return a, b, m
}

// TestPeers lets two catalogues harvest each other for several rounds: each
// gets the other's records once, and nothing comes back.
func TestPeers(t *testing.T) {
	a, b, _ := newPeers(t)
	for round := range 4 {
		rep := mustRun(t, b.h, "a")
		want := "a: 0 new, 0 changed, 10 unchanged, 0 missing, 0 removed, 0 failed"
		if round == 0 {
			want = "a: 10 new, 0 changed, 0 unchanged, 0 missing, 0 removed, 0 failed"
		}
		if rep.String() != want {
			t.Errorf("round %d: %s, want %s", round, rep, want)
		}
		if rep := mustRun(t, a.h, "b"); rep.New+rep.Changed+rep.Unchanged > 0 {
			t.Errorf("round %d: %s: our own records came back", round, rep)
		}
	}
}

// TestPeersRename lets a source rename a dataset: a catalogue that harvests ours
// sees a rename too, and nothing comes back.
func TestPeersRename(t *testing.T) {
	a, b, m := newPeers(t)
	mustRun(t, b.h, "a")
	m.set(200, "application/json", strings.Replace(manifest(10), `"1003"`, `"9003"`, 1))
	if rep := mustRun(t, a.h, "bb"); rep.Renamed != 1 || rep.New+rep.Missing > 0 {
		t.Errorf("a: %s", rep)
	}
	if rep := mustRun(t, b.h, "a"); rep.Renamed != 1 || rep.New+rep.Missing+rep.Changed > 0 {
		t.Errorf("b: %s", rep)
	}
	if rep := mustRun(t, a.h, "b"); rep.New+rep.Changed+rep.Unchanged+rep.Renamed > 0 {
		t.Errorf("our own records came back: %s", rep)
	}
}
