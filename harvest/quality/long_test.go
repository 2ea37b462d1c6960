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

// longText is more than what is read of a file without a place for it.
const longText = 300 << 10
