package portal

import (
	"cmp"
	"net/http"
	"net/url"
	"os"
	"syscall"
	"testing"
	"time"

	"fincat/harvest/feed"
	"fincat/harvest/queries"
	"fincat/sparql"
	"fincat/store"
	"fincat/vocab/dcat"
)

// large opens the 51,475 records of data.gov.tw that the benchmark of harvest/feed keeps in the
// directory FINCAT_LARGE, and has shown a page of them. FINCAT_LARGE_BASE is the base of a store
// that was made otherwise.
func large(b *testing.B) (*store.Store, *http.ServeMux) {
	b.Helper()
	dir := os.Getenv("FINCAT_LARGE")
	if dir == "" {
		b.Skip("FINCAT_LARGE names no directory; BenchmarkLarge of harvest/feed makes one")
	}
	s, err := store.Open(b.Context(), store.Options{Dir: dir})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = s.Close() })
	e, err := sparql.New(sparql.Options{Store: s})
	if err != nil {
		b.Fatal(err)
	}
	bank, err := queries.Load()
	if err != nil {
		b.Fatal(err)
	}
	base := dcat.Base(cmp.Or(os.Getenv("FINCAT_LARGE_BASE"), "https://catalog.example.tw/"))
	f, err := feed.New(feed.Options{Store: s, Engine: e, Queries: bank, Base: base})
	if err != nil {
		b.Fatal(err)
	}
	p, err := New(Options{Store: s, Engine: e, Queries: bank, Feed: f, Base: base})
	if err != nil {
		b.Fatal(err)
	}
	mux := http.NewServeMux()
	p.Register(mux)
	if w := get(mux, "/search"); w.Code != http.StatusOK {
		b.Fatal(w.Code)
	}
	return s, mux
}

// BenchmarkLarge measures pages over the records of data.gov.tw.
func BenchmarkLarge(b *testing.B) {
	_, mux := large(b)
	for _, x := range [][2]string{{"all", ""}, {"common", "q=公司"}, {"words", "q=臺北市+交通&format=csv"},
		{"code", "q=t187ap37_L"}, {"most", "q=csv"}, {"facets", "format=csv&format=json&sort=quality"}} {
		b.Run(x[0], func(b *testing.B) {
			v, err := url.ParseQuery(x[1])
			if err != nil {
				b.Fatal(err)
			}
			worked := processor()
			for b.Loop() {
				if w := get(mux, "/search?"+v.Encode()); w.Code != http.StatusOK {
					b.Fatal(w.Code)
				}
			}
			b.ReportMetric((processor()-worked).Seconds()*1000/float64(b.N), "cpu-ms/op")
		})
	}
}

// processor returns the time that this process has worked.
func processor() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
