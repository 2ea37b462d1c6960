package portal

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"testing"
	"time"

	"fincat/harvest/feed"
	"fincat/harvest/queries"
	"fincat/harvest/search"
	"fincat/sparql"
	"fincat/store"
	"fincat/vocab"
	"fincat/vocab/dcat"
	"fincat/vocab/term"
)

// BenchmarkFirstVisitor measures who comes first after ten records have changed, over the records
// of data.gov.tw in the directory FINCAT_LARGE; FINCAT_LARGE_BASE is the base of a store that was made
// otherwise than by BenchmarkLarge of harvest/feed.
func BenchmarkFirstVisitor(b *testing.B) {
	dir := os.Getenv("FINCAT_LARGE")
	if dir == "" {
		b.Skip("FINCAT_LARGE names no directory; BenchmarkLarge of harvest/feed makes one")
	}
	s, err := store.Open(b.Context(), store.Options{Dir: dir})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	e, err := sparql.New(sparql.Options{Store: s})
	if err != nil {
		b.Fatal(err)
	}
	bank, err := queries.Load()
	if err != nil {
		b.Fatal(err)
	}
	base := dcat.Base(os.Getenv("FINCAT_LARGE_BASE"))
	if base == "" {
		base = "https://catalog.example.tw/"
	}
	f, err := feed.New(feed.Options{Store: s, Engine: e, Queries: bank, Base: base})
	if err != nil {
		b.Fatal(err)
	}
	finder, err := search.New(search.Options{Store: s, Listing: f.Listing, Base: base})
	if err != nil {
		b.Fatal(err)
	}
	p, err := New(Options{Store: s, Engine: e, Queries: bank, Feed: f, Base: base, Finder: finder})
	if err != nil {
		b.Fatal(err)
	}
	mux := http.NewServeMux()
	p.Register(mux)
	n := 0
	commit := func() {
		n++
		sn, err := s.Snapshot()
		if err != nil {
			b.Fatal(err)
		}
		kind := term.NewIRI(vocab.RDFType)
		pat, _, err := sn.PatternOf(term.Term{}, kind, term.NewIRI(vocab.DCATDataset), term.Term{})
		if err != nil {
			b.Fatal(err)
		}
		var add []term.Quad
		for q, err := range sn.Match(b.Context(), pat, store.POSG) {
			if err != nil {
				b.Fatal(err)
			}
			add = append(add, term.Quad{Subject: q.Subject, Predicate: term.NewIRI(vocab.DCTTitle), Graph: q.Graph,
				Object: term.NewString(fmt.Sprint("title ", n, time.Now().UnixNano()))})
			if len(add) == 10 {
				break
			}
		}
		sn.Close()
		if _, err := s.Commit(b.Context(), store.Change{Add: add}); err != nil {
			b.Fatal(err)
		}
	}
	if w := get(mux, "/search"); w.Code != http.StatusOK {
		b.Fatal(w.Code)
	}
	for _, x := range [][2]string{{"home", "/"}, {"search", "/search"},
		{"question", "/search?q=" + url.QueryEscape("信用卡")}} {
		b.Run(x[0], func(b *testing.B) {
			var worked time.Duration
			for b.Loop() {
				b.StopTimer()
				commit()
				before := processor()
				b.StartTimer()
				if w := get(mux, x[1]); w.Code != http.StatusOK {
					b.Fatal(w.Code)
				}
				worked += processor() - before
			}
			b.ReportMetric(worked.Seconds()*1000/float64(b.N), "cpu-ms/op")
		})
	}
}
