package feed_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"fincat/harvest"
	"fincat/harvest/feed"
	"fincat/harvest/feed/listing"
	"fincat/harvest/queries"
	"fincat/sparql"
	"fincat/store"
	"fincat/vocab"
	"fincat/vocab/dcat"
	"fincat/vocab/term"
	"fincat/vocab/w3ctest"
)

const largeBase = dcat.Base("https://catalog.example.tw/")

// largeStore returns a store with the 51,475 collected records of data.gov.tw: that in the
// directory FINCAT_LARGE, where it is made if it is not there, else a new one.
func largeStore(b *testing.B) *store.Store {
	b.Helper()
	file := w3ctest.Shared(b, "taiwan/data.gov.tw/catalog/all-datasets-2026-03.jsonl.gz")
	dir := os.Getenv("FINCAT_LARGE")
	if dir == "" {
		dir = b.TempDir()
	}
	s, err := store.Open(b.Context(), store.Options{Dir: dir})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { s.Close() })
	if s.Seq() > 0 {
		return s
	}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.ServeFile(w, r, file)
	}))
	defer srv.Close()
	config, err := harvest.ParseConfig(strings.NewReader(fmt.Sprintf("base: %s\nharvest: {allow_private_addresses: "+
		"true}\nsources: [{id: large, kind: datagovtw, url: '%s/all.jsonl.gz', max_bytes: 1GiB, robots: ignore}]\n",
		largeBase, srv.URL)))
	if err != nil {
		b.Fatal(err)
	}
	h, err := harvest.New(harvest.Options{Store: s, Config: config})
	if err != nil {
		b.Fatal(err)
	}
	if _, err := h.Run(b.Context(), "large", harvest.RunOptions{}); err != nil {
		b.Fatal(err)
	}
	return s
}

// processor returns the time that this process has worked. On a busy machine it says what
// the clock does not.
func processor() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// measure calls f once per iteration and reports how many things a second it does, by the
// clock and by processor time.
func measure(b *testing.B, what string, f func() int) {
	b.Helper()
	n, start, worked := 0, time.Now(), processor()
	for b.Loop() {
		n += f()
	}
	took, worked := time.Since(start), processor()-worked
	b.ReportMetric(float64(n)/took.Seconds(), what+"/s")
	b.ReportMetric(float64(n)/worked.Seconds(), what+"/cpu-s")
	b.ReportMetric(worked.Seconds()*1000/float64(b.N), "cpu-ms/op")
}

// BenchmarkLarge measures the feeds over 51,475 records.
func BenchmarkLarge(b *testing.B) {
	s := largeStore(b)
	e, err := sparql.New(sparql.Options{Store: s})
	if err != nil {
		b.Fatal(err)
	}
	bank, err := queries.Load()
	if err != nil {
		b.Fatal(err)
	}
	dir := os.Getenv("FINCAT_LARGE_FEED")
	if dir == "" {
		dir = b.TempDir()
	}
	newListing := func() *listing.Follower {
		l, err := listing.Open(listing.Options{Store: s, Dir: dir, Describe: feed.Texts})
		if err != nil {
			b.Fatal(err)
		}
		return l
	}
	read := func(l *listing.Follower) int {
		sn, list, err := l.Current(b.Context())
		if err != nil {
			b.Fatal(err)
		}
		defer sn.Close()
		return len(list.Live)
	}
	l := newListing()
	b.Run("first listing and log", func(b *testing.B) {
		measure(b, "datasets", func() int {
			var before, after runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&before)
			l = newListing()
			n := read(l)
			runtime.GC()
			runtime.ReadMemStats(&after)
			b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/(1<<20), "MB")
			return n
		})
	})
	b.Run("listing after a start", func(b *testing.B) {
		measure(b, "datasets", func() int { return read(newListing()) })
	})
	b.Run("listing after ten records", func(b *testing.B) {
		i := 0
		measure(b, "steps", func() int {
			i++
			change(b, s, i)
			read(l)
			return 1
		})
	})
	h, err := feed.New(feed.Options{Store: s, Engine: e, Queries: bank, Base: largeBase, Listing: l})
	if err != nil {
		b.Fatal(err)
	}
	mux := http.NewServeMux()
	h.Register(mux)
	mux.HandleFunc("/dump.nq.gz", h.Dump)
	mux.HandleFunc("/oai", h.OAI)
	get := func(path string) string {
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/"+strings.TrimPrefix(path, string(largeBase)), nil))
		if w.Code != http.StatusOK {
			b.Fatalf("GET %s = %d %s", path, w.Code, w.Body)
		}
		return w.Body.String()
	}
	b.Run("dump anew", func(b *testing.B) {
		measure(b, "dumps", func() int {
			fresh, err := feed.New(h.Options)
			if err != nil {
				b.Fatal(err)
			}
			w := httptest.NewRecorder()
			fresh.Dump(w, httptest.NewRequest(http.MethodGet, "/dump.nq.gz", nil))
			return 1
		})
	})
	get("dump.nq.gz")
	b.Run("dump after ten records", func(b *testing.B) {
		i := 0
		measure(b, "dumps", func() int {
			i++
			change(b, s, i)
			get("dump.nq.gz")
			return 1
		})
	})
	b.Run("ldes", func(b *testing.B) {
		measure(b, "members", func() (n int) {
			for _, page := range tree(b, get) {
				n += strings.Count(page, " as:object ")
			}
			return n
		})
	})
	for _, prefix := range []string{"dcat_rdf", "oai_dc"} {
		b.Run("oai "+prefix, func(b *testing.B) {
			measure(b, "records", func() int { return walkOAI(get, prefix, 20) })
		})
	}
	get("catalog.nt") // the listing is there
	for _, syntax := range []string{"ttl", "jsonld", "nt", "rdf"} {
		b.Run("catalog "+syntax, func(b *testing.B) {
			measure(b, "datasets", func() int { return walkCatalog(b, mux, "catalog."+syntax, 20) })
		})
	}
	b.Run("data.json", func(b *testing.B) {
		measure(b, "documents", func() int { return min(1, len(get("data.json"))) })
	})
}

// change gives ten datasets another title.
func change(b *testing.B, s *store.Store, i int) {
	b.Helper()
	sn, err := s.Snapshot()
	if err != nil {
		b.Fatal(err)
	}
	defer sn.Close()
	p, _, err := sn.PatternOf(term.Term{}, term.NewIRI(vocab.RDFType), term.NewIRI(vocab.DCATDataset), term.Term{})
	if err != nil {
		b.Fatal(err)
	}
	var add []term.Quad
	for q, err := range sn.Match(b.Context(), p, store.POSG) {
		if err != nil {
			b.Fatal(err)
		}
		add = append(add, term.Quad{Subject: q.Subject, Predicate: term.NewIRI(vocab.DCTTitle), Graph: q.Graph,
			Object: term.NewString(fmt.Sprint("title ", i, " ", time.Now().UnixNano()))})
		if len(add) == 10 {
			break
		}
	}
	if _, err := s.Commit(b.Context(), store.Change{Add: add}); err != nil {
		b.Fatal(err)
	}
}

var nodes = regexp.MustCompile(`tree:node <([^>]*)>`)

// tree returns the first pages of the stream.
func tree(b *testing.B, get func(string) string) (pages []string) {
	b.Helper()
	for next := []string{"feed/ldes"}; len(next) > 0 && len(pages) < 20; next = next[1:] {
		page := get(next[0])
		pages = append(pages, page)
		for _, m := range nodes.FindAllStringSubmatch(page, -1) {
			next = append(next, m[1])
		}
	}
	return pages
}

var token = regexp.MustCompile(`<resumptionToken[^>]*>([^<]+)<`)

// walkOAI reads some pages of a list and returns how many records came.
func walkOAI(get func(string) string, prefix string, pages int) (n int) {
	for query := "metadataPrefix=" + prefix; query != "" && pages > 0; pages-- {
		page := get("oai?verb=ListRecords&" + query)
		n += strings.Count(page, "<record>")
		query = ""
		if m := token.FindStringSubmatch(page); m != nil {
			query = "resumptionToken=" + m[1]
		}
	}
	return n
}

// walkCatalog reads some pages of the catalogue and returns how many datasets came.
func walkCatalog(b *testing.B, h http.Handler, path string, pages int) (n int) {
	b.Helper()
	for path != "" && pages > 0 {
		pages--
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/"+strings.TrimPrefix(path, string(largeBase)), nil))
		if w.Code != http.StatusOK {
			b.Fatalf("GET %s = %d %s", path, w.Code, w.Body)
		}
		n += 100
		path = ""
		if m := link.FindStringSubmatch(w.Header().Get("Link")); m != nil {
			path = m[1]
		}
	}
	return n
}

var link = regexp.MustCompile(`<([^>]*)>; *rel="next"`)
