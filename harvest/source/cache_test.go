package source

import (
	"errors"
	"net/http"
	"net/http/httptest"
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
