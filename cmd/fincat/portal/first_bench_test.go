package portal

import (
	"fmt"
	"net/http"
	"net/url"
	"testing"
	"time"

	"fincat/store"
	"fincat/vocab"
	"fincat/vocab/term"
)

// BenchmarkFirstVisitor measures who comes first after ten records have changed, over the records
// of data.gov.tw.
func BenchmarkFirstVisitor(b *testing.B) {
	s, mux := large(b)
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
