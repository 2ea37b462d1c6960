package main

import (
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"fincat/store"
)

// TestSlowFeedReaders: many clients that ask for a feed and do not read it change nothing
// for who reads: each feed comes whole, with the same datasets, and soon.
func TestSlowFeedReaders(t *testing.T) {
	s, err := store.Open(t.Context(), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	base := publishedAt(t, s)
	ids := make([]int, 400)
	for i := range ids {
		ids[i] = i
	}
	putDatasets(t, s, base, 1, strings.Repeat("更多", 1000), ids...) // so much as no buffer on the way takes
	feeds := map[string]string{"data.json": `"identifier"`, "catalog.ttl?page_size=100": "a dcat:Dataset",
		"dump.nq.gz": "", "feed/ldes": "", "oai?verb=ListRecords&metadataPrefix=oai_dc": "<record>",
		"api/3/action/current_package_list_with_resources?limit=100": `"author"`}
	read := func(name string) (datasets, bytes int) {
		t.Helper()
		start := time.Now()
		resp, err := http.Get(base + name)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if took := time.Since(start); err != nil || resp.StatusCode != http.StatusOK || took > 10*time.Second {
			t.Errorf("%s = %s, %v after %v", name, resp.Status, err, took)
		}
		if feeds[name] == "" {
			return 0, len(body)
		}
		return strings.Count(string(body), feeds[name]), len(body)
	}
	before := map[string]int{}
	for name := range feeds {
		before[name], _ = read(name)
	}
	if before["data.json"] != 400 {
		t.Fatalf("alone, feeds have %v datasets", before)
	}
	address, err := url.Parse(base)
	if err != nil {
		t.Fatal(err)
	}
	names := slices.Sorted(maps.Keys(feeds))
	for i := range 64 {
		c, err := net.Dial("tcp", address.Host)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		_ = c.(*net.TCPConn).SetReadBuffer(4 << 10) // little is on the way
		_, err = io.WriteString(c, "GET /"+names[i%len(names)]+" HTTP/1.1\r\nHost: "+address.Host+"\r\n\r\n")
		if err != nil {
			t.Fatal(err)
		}
	}
	time.Sleep(100 * time.Millisecond)
	for _, name := range names {
		if n, size := read(name); n != before[name] || size == 0 {
			t.Errorf("beside slow readers, %s has %d datasets in %d bytes, want %d", name, n, size, before[name])
		}
	}
}
