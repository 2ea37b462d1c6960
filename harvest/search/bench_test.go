package search

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"syscall"
	"testing"
	"time"

	"fincat/harvest/feed/listing"
	"fincat/store"
	"fincat/vocab"
	"fincat/vocab/dcat"
	"fincat/vocab/term"
)

// BenchmarkLarge searches in the 51,475 records of data.gov.tw that the benchmark of
// harvest/feed keeps in the directory FINCAT_LARGE.
func BenchmarkLarge(b *testing.B) {
	dir := os.Getenv("FINCAT_LARGE")
	if dir == "" {
		b.Skip("FINCAT_LARGE names no directory; BenchmarkLarge of harvest/feed makes one")
	}
	s, err := store.Open(b.Context(), store.Options{Dir: dir})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	l, err := listing.Open(listing.Options{Store: s, Describe: func(_ context.Context, _ *store.Snapshot,
		list []*listing.Dataset) ([][]byte, error) {
		return make([][]byte, len(list)), nil
	}})
	if err != nil {
		b.Fatal(err)
	}
	f, err := New(Options{Store: s, Listing: l, Base: dcat.Base("https://catalog.example.tw/")})
	if err != nil {
		b.Fatal(err)
	}
	if err := l.Following().Reach(b.Context(), s.Seq()); err != nil {
		b.Fatal(err)
	}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	start := time.Now()
	sn, t, err := f.Current(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	defer sn.Close()
	took := time.Since(start)
	runtime.GC()
	runtime.ReadMemStats(&after)
	for f := range facets {
		fmt.Println(f, len(t.values[f]))
	}
	b.Logf("%d entries read in %v, %d MB", len(t.titled), took, (after.HeapAlloc-before.HeapAlloc)>>20)
	for _, q := range []Query{{Order: ByTitle}, {Text: "公司", Order: ByRelevance},
		{Text: "信用卡 統計", Order: ByRelevance},
		{Text: "t187ap37_L", Order: ByRelevance}, {Text: "10689", Order: ByRelevance},
		{Text: "csv", Order: ByRelevance},
		{Text: "臺北市 交通", Order: ByQuality}, {Order: ByRecency}, {Text: "公司", Order: ByRelevance,
			Chosen: [facets][]string{ByFormat: t.values[ByFormat][:2]}}} {
		q.Most = 20
		b.Run(fmt.Sprint(q.Text, q.Order, len(q.Chosen[ByFormat])), func(b *testing.B) {
			n, worked := 0, processor()
			for b.Loop() {
				r, err := t.Find(q, time.Now().AddDate(0, -1, 0))
				if err != nil {
					b.Fatal(err)
				}
				n = r.Total
			}
			b.ReportMetric((processor()-worked).Seconds()*1000/float64(b.N), "cpu-ms/op")
			b.ReportMetric(float64(n), "found")
		})
	}
	b.Run("texts", func(b *testing.B) {
		for i := 0; b.Loop(); i++ {
			if _, err := t.Texts(b.Context(), sn, t.columns.entries[i*7%len(t.columns.entries)].Dataset); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("commit", func(b *testing.B) {
		for i := 0; b.Loop(); i++ {
			e := t.columns.entries[i*7%len(t.columns.entries)]
			g, err := sn.Term(e.Graphs[0])
			if err != nil {
				b.Fatal(err)
			}
			quad := term.Quad{Subject: term.NewIRI(e.IRI), Predicate: term.NewIRI(vocab.DCATKeyword),
				Object: term.NewString(fmt.Sprint("k", time.Now())), Graph: g}
			if _, err := s.Commit(b.Context(), store.Change{Add: []term.Quad{quad}}); err != nil {
				b.Fatal(err)
			}
			if err := l.Following().Reach(b.Context(), s.Seq()); err != nil {
				b.Fatal(err)
			}
			if err := f.Following().Reach(b.Context(), s.Seq()); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// processor returns the time that this process has worked.
func processor() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
