package fetch

import (
	"bytes"
	"context"
	"errors"
	"fincat/harvest/problem"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"testing"
	"time"
)

func TestCache(t *testing.T) {
	var body atomic.Value
	body.Store("one")
	var full, none atomic.Int32
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		tag := `"` + body.Load().(string) + `"`
		w.Header().Set("Etag", tag)
		w.Header().Set("Content-Type", "text/csv; charset=big5")
		if r.Header.Get("If-None-Match") == tag {
			none.Add(1)
			w.WriteHeader(http.StatusNotModified)
			return
		}
		full.Add(1)
		_, _ = w.Write([]byte(body.Load().(string)))
	}))
	defer srv.Close()
	now := time.Now()
	o := Options{AllowPrivate: true, Cache: &Cache{Dir: t.TempDir(), Keep: time.Hour}, Now: func() time.Time {
		return now
	}}
	session := func(change func(*SessionOptions)) *Session {
		so := SessionOptions{Policy: Policy{Robots: "ignore", Retries: 1}}
		if change != nil {
			change(&so)
		}
		return testSession(t, so, o)
	}
	offline := func(so *SessionOptions) { so.Offline = true }
	get := func(s *Session, want string) {
		t.Helper()
		r, err := s.Get(t.Context(), srv.URL+"/x", Request{})
		if err != nil || string(r.Body) != want || r.ContentType != "text/csv; charset=big5" {
			t.Fatalf("Get = %+v, %v, want %q", r, err, want)
		}
	}
	get(session(nil), "one")
	get(session(nil), "one")
	body.Store("two")
	get(session(nil), "two")
	if full.Load() != 2 || none.Load() != 1 {
		t.Errorf("%d full answers and %d not modified, want 2 and 1", full.Load(), none.Load())
	}
	get(session(func(so *SessionOptions) { so.Full = true }), "two")
	if full.Load() != 3 {
		t.Error("Full did not ask for the document")
	}
	srv.Close()
	s := session(offline)
	get(s, "two")
	var e *problem.Error
	if _, err := s.Get(t.Context(), srv.URL+"/other", Request{}); !errors.As(err, &e) || e.Rule != "not-kept" {
		t.Errorf("Get of what is not kept = %v", err)
	}
	now = now.Add(2 * time.Hour)
	s.Close()
	s = session(offline)
	if _, err := s.Get(t.Context(), srv.URL+"/x", Request{}); !errors.As(err, &e) || e.Rule != "not-kept" {
		t.Errorf("Get of a response that is too old = %v", err)
	}
}

// TestCacheBounds checks that old responses go first by age, then by size, also
// those of sources that are gone, and that half-written files go too.
func TestCacheBounds(t *testing.T) {
	now := time.Now()
	c := &Cache{Dir: t.TempDir(), Keep: time.Hour}
	random := make([]byte, 10_000)
	rnd := rand.New(rand.NewPCG(1, 2))
	for i := range random { // does not shrink
		random[i] = byte(rnd.Uint32())
	}
	const address = "https://example.tw/"
	for i := range 10 {
		r := &Response{URL: address, Header: http.Header{}, body: &body{data: random, size: int64(len(random))}}
		if err := c.store(t.Context(), fmt.Sprintf("s%d", i%3), fmt.Sprint(address, i), "", r,
			now.Add(-time.Duration(10-i)*10*time.Minute)); err != nil {
			t.Fatal(err)
		}
	}
	leftover := filepath.Join(c.Dir, "s0", "new-123")
	if err := errors.Join(os.WriteFile(leftover, random, 0o600),
		os.Chtimes(leftover, now, now.Add(-2*time.Hour))); err != nil {
		t.Fatal(err)
	}
	kept := func() (out []int) {
		for i := range 10 {
			k, _, err := c.load(t.Context(), fmt.Sprintf("s%d", i%3), fmt.Sprint(address, i), "", 1<<20)
			if err != nil {
				t.Fatal(err)
			} else if k != nil {
				out = append(out, i)
			}
		}
		return out
	}
	if err := c.prune(now); err != nil {
		t.Fatal(err)
	}
	if got, want := kept(), []int{4, 5, 6, 7, 8, 9}; !slices.Equal(got, want) {
		t.Errorf("after an hour %v are kept, want %v", got, want)
	}
	if _, err := os.Stat(leftover); err == nil {
		t.Error("a half-written file stays")
	}
	c.Size = 35_000
	c.touch("s1", fmt.Sprint(address, 4), "", now)
	if err := c.prune(now); err != nil {
		t.Fatal(err)
	}
	if got, want := kept(), []int{4, 8, 9}; !slices.Equal(got, want) {
		t.Errorf("within 35,000 bytes %v are kept, want %v", got, want)
	}
	files, err := filepath.Glob(filepath.Join(c.Dir, "*", "*"))
	if err != nil || len(files) != 6 {
		t.Errorf("%d files are left, %v, want 6", len(files), err)
	}
	if err := (&Cache{Dir: filepath.Join(c.Dir, "nowhere"), Keep: time.Hour}).prune(now); err != nil {
		t.Errorf("prune without a directory = %v", err)
	}
}

// TestResume takes what was received since the cut-off from the cache and asks
// for the rest.
func TestResume(t *testing.T) {
	var asked []string
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.URL.Path)
		fmt.Fprint(w, "content of ", r.URL.Path)
	}))
	defer srv.Close()
	now := time.Now()
	o := Options{AllowPrivate: true, Cache: &Cache{Dir: t.TempDir()}, Now: func() time.Time { return now }}
	tests := []struct {
		name   string
		resume time.Duration // before now; 0: not at all
		full   bool
		want   []string
	}{
		{"first", 0, false, []string{"/1", "/2"}},
		{"complete before", 0, false, []string{"/1", "/2"}},
		{"interrupted", time.Minute, false, []string{"/3"}},
		{"interrupted, asked for without conditions", time.Minute, true, nil},
		{"interrupted long ago", -time.Minute, false, []string{"/1", "/2"}},
	}
	for i, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			asked = nil
			so := SessionOptions{Policy: Policy{Robots: "ignore", Retries: 1}, Full: tt.full}
			if tt.resume != 0 {
				so.Resume = now.Add(-tt.resume)
			}
			s := testSession(t, so, o)
			paths := []string{"/1", "/2"}
			if i == 2 {
				paths = append(paths, "/3")
			}
			for _, p := range paths {
				if r, err := s.Get(t.Context(), srv.URL+p, Request{}); err != nil ||
					string(r.Body) != "content of "+p {
					t.Fatalf("Get(%s) = %v, %v", p, r, err)
				}
			}
			if !slices.Equal(asked, tt.want) {
				t.Errorf("asked for %v, want %v", asked, tt.want)
			}
			if len(s.Fetched()) != len(paths) {
				t.Errorf("Fetched = %v, want all of %v", s.Fetched(), paths)
			}
		})
	}
}

// TestCacheStops checks that nobody works on a large response that is not wanted any more:
// neither is it kept, nor read from where it was kept, and it is not called missing.
func TestCacheStops(t *testing.T) {
	c := &Cache{Dir: t.TempDir(), Keep: time.Hour}
	large := bytes.Repeat([]byte("a record. "), 1<<20)
	store := func(ctx context.Context, address string) error {
		r := &Response{URL: address, Header: http.Header{}, body: &body{data: large, size: int64(len(large))}}
		return c.store(ctx, "s", address, "", r, time.Now())
	}
	gone, leave := context.WithCancel(t.Context())
	leave()
	if err := store(gone, "https://example.tw/a"); !errors.Is(err, context.Canceled) {
		t.Errorf("keeping a response that nobody wants: %v", err)
	}
	if files, err := os.ReadDir(filepath.Join(c.Dir, "s")); err != nil || len(files) > 0 {
		t.Errorf("it left %v (%v)", files, err)
	}
	if err := store(t.Context(), "https://example.tw/b"); err != nil {
		t.Fatal(err)
	}
	if _, _, err := c.load(gone, "s", "https://example.tw/b", "", 1<<30); !errors.Is(err, context.Canceled) {
		t.Errorf("reading a kept response that nobody wants: %v", err)
	}
}
