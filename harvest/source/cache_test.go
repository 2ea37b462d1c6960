package source

import (
	"errors"
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
		w.Write([]byte(body.Load().(string)))
	}))
	defer srv.Close()
	now := time.Now()
	o := Options{AllowPrivate: true, Cache: &Cache{Dir: t.TempDir(), Keep: time.Hour}, Now: func() time.Time { return now }}
	session := func() *Session { return testSession(t, Config{URL: srv.URL, Robots: "ignore", Retries: 1}, o) }
	get := func(s *Session, want string) {
		t.Helper()
		r, err := s.Get(t.Context(), srv.URL+"/x")
		if err != nil || string(r.Body) != want || r.ContentType() != "text/csv; charset=big5" {
			t.Fatalf("Get = %+v, %v, want %q", r, err, want)
		}
	}
	get(session(), "one")
	get(session(), "one")
	body.Store("two")
	get(session(), "two")
	if full.Load() != 2 || none.Load() != 1 {
		t.Errorf("%d full answers and %d not modified, want 2 and 1", full.Load(), none.Load())
	}
	s := session()
	s.Full = true
	get(s, "two")
	if full.Load() != 3 {
		t.Error("Full did not ask for the document")
	}
	srv.Close()
	s = session()
	s.Offline = true
	get(s, "two")
	var e *Error
	if _, err := s.Get(t.Context(), srv.URL+"/other"); !errors.As(err, &e) || e.Rule != "not-kept" {
		t.Errorf("Get of what is not kept = %v", err)
	}
	now = now.Add(2 * time.Hour)
	s.Close()
	s = session()
	s.Offline = true
	if _, err := s.Get(t.Context(), srv.URL+"/x"); !errors.As(err, &e) || e.Rule != "not-kept" {
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
		if err := c.store(fmt.Sprintf("s%d", i%3), fmt.Sprint(address, i), "", r, now.Add(-time.Duration(10-i)*10*time.Minute)); err != nil {
			t.Fatal(err)
		}
	}
	leftover := filepath.Join(c.Dir, "s0", "new-123")
	if err := errors.Join(os.WriteFile(leftover, random, 0o600), os.Chtimes(leftover, now, now.Add(-2*time.Hour))); err != nil {
		t.Fatal(err)
	}
	kept := func() (out []int) {
		for i := range 10 {
			if k, _, err := c.load(fmt.Sprintf("s%d", i%3), fmt.Sprint(address, i), "", 1<<20); err != nil {
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
		{"interrupted, asked for everything", time.Minute, true, []string{"/1", "/2"}},
		{"interrupted long ago", -time.Minute, false, []string{"/1", "/2"}},
	}
	for i, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			asked = nil
			s := testSession(t, Config{URL: srv.URL, Robots: "ignore", Retries: 1}, o)
			if s.Full = tt.full; tt.resume != 0 {
				s.Resume = now.Add(-tt.resume)
			}
			paths := []string{"/1", "/2"}
			if i == 2 {
				paths = append(paths, "/3")
			}
			for _, p := range paths {
				if r, err := s.Page(t.Context(), srv.URL+p, ""); err != nil || string(r.Body) != "content of "+p {
					t.Fatalf("Page(%s) = %v, %v", p, r, err)
				}
			}
			if !slices.Equal(asked, tt.want) {
				t.Errorf("asked for %v, want %v", asked, tt.want)
			}
			if len(s.Fetched) != len(paths) {
				t.Errorf("Fetched = %v, want all of %v", s.Fetched, paths)
			}
		})
	}
}
