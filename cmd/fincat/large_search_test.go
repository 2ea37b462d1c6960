package main

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// TestLargeSearch has 16 clients search with facets, and open datasets, in the 51,475 records of
// data.gov.tw that the benchmark of harvest/feed keeps in the directory FINCAT_LARGE, while
// something is committed every second: a search takes 50 ms at the median and 150 ms at the 99th
// percentile, a page about a dataset 10 ms of processor time.
func TestLargeSearch(t *testing.T) {
	dir := os.Getenv("FINCAT_LARGE")
	if dir == "" {
		t.Skip("FINCAT_LARGE names no directory; BenchmarkLarge of harvest/feed makes one")
	}
	t.Setenv(tokenEnv, "large-search-administrator")
	config := filepath.Join(t.TempDir(), "fincat.yaml")
	if err := os.WriteFile(config, []byte("base: https://catalog.example.tw/\nsources: []\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	base, _ := startServe(t, "--store", dir, "--config", config)
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 32}}
	get := func(path string) time.Duration {
		start := time.Now()
		resp, err := client.Get(base + path)
		if err != nil {
			t.Error(err)
			return 0
		}
		defer resp.Body.Close()
		_, err = io.Copy(io.Discard, resp.Body)
		if err != nil || resp.StatusCode != http.StatusOK && path != "search?q=none" {
			t.Errorf("%s = %d, %v", path, resp.StatusCode, err)
		}
		return time.Since(start)
	}
	var searches []string
	for _, q := range []string{"", "公司", "臺北市 交通", "t187ap37_L", "10689", "信用卡", "csv", "統計 年度",
		"insurance", "銀行 分行 地址"} {
		for _, more := range []string{"", "&sort=changed", "&format=csv&format=json", "&sort=quality&page=3"} {
			searches = append(searches, "search?q="+url.QueryEscape(q)+more)
		}
	}
	for begun := time.Now(); get("search?q=none") > time.Second && time.Since(begun) < 2*time.Minute; {
		t.Log("what is derived is being made")
	}
	for _, path := range searches {
		get(path)
	}
	rows := askServer(t, base, "SELECT ?d { ?d a <http://www.w3.org/ns/dcat#Dataset> } OFFSET 20000 LIMIT 400")
	before := busy(t)
	took := clients(searches, get, func(n int) {
		text := fmt.Sprintf("INSERT DATA { GRAPH <%s> { <%s> <http://www.w3.org/ns/dcat#keyword> 'k%d' } }",
			strings.Replace(rows[n][0], "/dataset/", "/graph/", 1), rows[n][0], time.Now().UnixNano())
		if status, answer := post(t, base+"update", url.Values{"update": {text}}, "Authorization",
			"Bearer large-search-administrator"); status != http.StatusOK && status != http.StatusNoContent {
			t.Errorf("update = %d %s", status, answer)
		}
	})
	worked := busy(t) - before
	median, late := took[len(took)/2], took[len(took)*99/100]
	t.Logf("%d searches: median %v, 99th percentile %v, longest %v; %v of processor time each", len(took), median,
		late, took[len(took)-1], worked/time.Duration(len(took)))
	if median > 50*time.Millisecond*slowness || late > 150*time.Millisecond*slowness {
		t.Errorf("searches take %v at the median and %v at the 99th percentile, want 50 ms and 150 ms", median, late)
	}
	before = busy(t)
	for _, row := range rows {
		u, err := url.Parse(row[0])
		if err != nil {
			t.Fatal(err)
		}
		resp, _ := send(t, client, http.MethodGet, base+strings.TrimPrefix(u.Path, "/"), nil, "Accept", "text/html")
		if resp.StatusCode != http.StatusOK {
			t.Fatalf("%s = %d", u.Path, resp.StatusCode)
		}
	}
	each := (busy(t) - before) / time.Duration(len(rows))
	t.Logf("the page of a dataset: %v of processor time", each)
	if each > 10*time.Millisecond*slowness {
		t.Errorf("the page of a dataset takes %v of processor time, want 10 ms", each)
	}
}

// clients has 16 clients ask for addresses for ten seconds, each one after the other, while
// change is called each second. It returns how long each answer took, sorted.
func clients(paths []string, get func(string) time.Duration, change func(int)) (all []time.Duration) {
	end := time.Now().Add(10 * time.Second)
	var mu sync.Mutex
	var working sync.WaitGroup
	for c := range 16 {
		working.Go(func() {
			var own []time.Duration
			for i := c * 7; time.Now().Before(end); i += 3 {
				own = append(own, get(paths[i%len(paths)]))
			}
			mu.Lock()
			defer mu.Unlock()
			all = append(all, own...)
		})
	}
	for n := 0; time.Now().Before(end); n++ {
		change(n)
		time.Sleep(time.Second)
	}
	working.Wait()
	slices.Sort(all)
	return all
}

// busy is the processor time that this process has taken.
func busy(t *testing.T) time.Duration {
	t.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
