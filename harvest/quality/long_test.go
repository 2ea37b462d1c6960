package quality

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"fincat/store"
	"fincat/vocab/dcat"
	"fincat/vocab/term"
)

// TestManyHosts checks files of many hosts that take their time: the hosts' rates bound the
// round, not how long an answer takes.
func TestManyHosts(t *testing.T) {
	const hosts, latency = 24, 150 * time.Millisecond
	var mu sync.Mutex
	open, most := 0, 0
	serve := func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/robots.txt" {
			http.NotFound(w, r)
			return
		}
		mu.Lock()
		open++
		most = max(most, open)
		mu.Unlock()
		time.Sleep(latency)
		mu.Lock()
		open--
		mu.Unlock()
		_, _ = io.WriteString(w, "年月,件數\r\n11508,1\r\n")
	}
	s := openStore(t, t.TempDir())
	defer s.Close()
	for i := range hosts {
		f := httptest.NewServer(http.HandlerFunc(serve))
		defer f.Close()
		addDatasets(t, s, fmt.Sprintf("s%d", i), f.URL, 4)
	}
	report, err := runnerOf(t, s, noon, Config{}).Run(t.Context(), nil, nil)
	if err != nil || report.Checked != 4*hosts || len(report.Failed) > 0 {
		t.Fatalf("%+v, %v", report, err)
	}
	if most <= minWorkers || most > maxWorkers {
		t.Errorf("%d files were asked for at the same time of %d hosts", most, hosts)
	}
}

// TestLongFiles checks more long files than may be in memory together.
func TestLongFiles(t *testing.T) {
	long := "年月,件數\r\n" + strings.Repeat("11508,"+strings.Repeat("1", 1000)+"\r\n", 2*longText/1000)
	var mu sync.Mutex
	asked := map[string]int{}
	f := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/robots.txt" {
			http.NotFound(w, r)
			return
		}
		mu.Lock()
		asked[r.URL.Path]++
		mu.Unlock()
		w.Header().Set("Content-Length", fmt.Sprint(len(long)))
		_, _ = io.WriteString(w, long[:longText+1])
		w.(http.Flusher).Flush()
		time.Sleep(100 * time.Millisecond)
		_, _ = io.WriteString(w, long[longText+1:])
	}))
	defer f.Close()
	s := openStore(t, t.TempDir())
	defer s.Close()
	catalogueOf(t, s, f.URL, 3*maxLong)
	r := runnerOf(t, s, noon, Config{Workers: 2 * maxLong})
	r.o.PerHost = 2 * maxLong
	report, err := r.Run(t.Context(), nil, nil)
	if err != nil || len(report.Failed) > 0 {
		t.Fatalf("%+v, %v", report, err)
	}
	for _, d := range results(t, s) {
		if x := d.Resources[0]; x.Evidence.Bytes != len(long) || d.Indicators[Download].Is != Pass {
			t.Errorf("%s: %d bytes, %+v", d.Identifier, x.Evidence.Bytes, d.Indicators[Download])
		}
	}
	for path, n := range asked {
		if n > 2 {
			t.Errorf("%s was asked for %d times", path, n)
		}
	}
}

// TestLongDescriptions checks datasets each of which has a long description of an API of its own:
// those that are read at the same time are not more than the long files that may be in memory.
func TestLongDescriptions(t *testing.T) {
	long := `{"openapi":"3.0.3","info":{"title":"` + strings.Repeat("長", longText) + `","version":"1"},"paths":{}}`
	var mu sync.Mutex
	reading, most := 0, 0
	count := func(n int) {
		mu.Lock()
		defer mu.Unlock()
		reading += n
		most = max(most, reading)
	}
	f := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasPrefix(r.URL.Path, "/api/") {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Length", fmt.Sprint(len(long)))
		_, _ = io.WriteString(w, long[:10])
		w.(http.Flusher).Flush()
		time.Sleep(100 * time.Millisecond)
		if r.Context().Err() != nil { // left, because there was no place for it
			return
		}
		count(1)
		time.Sleep(100 * time.Millisecond)
		count(-1)
		_, _ = io.WriteString(w, long[10:])
	}))
	defer f.Close()
	s := openStore(t, "")
	defer s.Close()
	change := store.Change{Replace: map[term.Term][]term.Quad{}}
	for i := range 3 * maxLong {
		id := fmt.Sprint(1000 + i)
		d := &dcat.Dataset{Identifier: id, Title: dcat.Texts("資料集" + id), Distribution: []dcat.Distribution{
			{DownloadURL: f.URL + "/" + id, ConformsTo: []string{f.URL + "/api/" + id}}}}
		d.Assign(base, "a", id)
		g := term.NewIRI(base.Graph("a", id))
		for _, tr := range d.Triples() {
			change.Replace[g] = append(change.Replace[g], tr.In(g))
		}
	}
	if _, err := s.Commit(t.Context(), change); err != nil {
		t.Fatal(err)
	}
	r := runnerOf(t, s, noon, Config{Workers: 3 * maxLong})
	r.o.PerHost = 3 * maxLong
	report, err := r.Run(t.Context(), nil, nil)
	if err != nil || len(report.Failed) > 0 {
		t.Fatalf("%+v, %v", report, err)
	}
	for _, d := range results(t, s) {
		if !d.OAS.Valid || d.OAS.Version != "3.0.3" {
			t.Errorf("%s: %+v", d.Identifier, d.OAS)
		}
	}
	if most > maxLong || most < 2 {
		t.Errorf("%d long descriptions were read at the same time, want at most %d", most, maxLong)
	}
}

// longText is more than what is read of a file without a place for it.
const longText = 300 << 10
