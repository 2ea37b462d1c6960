package fetch

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fincat/harvest/problem"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/text/encoding/traditionalchinese"
)

// serve starts a server that ends with the test, and opens a session for it.
func serve(t *testing.T, policy Policy, handler http.HandlerFunc) (*Session, string) {
	t.Helper()
	srv := httptest.NewServer(handler)
	t.Cleanup(srv.Close)
	if policy.Robots == "" {
		policy.Robots = "ignore"
	}
	return testSession(t, SessionOptions{Origin: srv.URL, Policy: policy}, Options{AllowPrivate: true}), srv.URL
}

// TestResponseFacts checks what a response says of its answer in its fields, and
// that no header is made up on the way.
func TestResponseFacts(t *testing.T) {
	packed := func(text string) string {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		_, _ = io.WriteString(z, text)
		_ = z.Close()
		return b.String()
	}
	const type5 = "Content-Type: text/csv; charset=big5\r\n"
	tests := []struct {
		name, answer string
		openEnd      bool
		length       int64
		body         string
	}{
		{"length", "HTTP/1.1 200 OK\r\n" + type5 + "Content-Length: 2\r\n\r\n{}", false, 2, "{}"},
		{"chunks", "HTTP/1.1 200 OK\r\n" + type5 + "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", false, -1,
			"{}"},
		{"end of the connection", "HTTP/1.1 200 OK\r\n" + type5 + "Connection: close\r\n\r\n{}", true, -1, "{}"},
		{"packed", "HTTP/1.1 200 OK\r\n" + type5 + "Content-Encoding: gzip\r\nConnection: close\r\n\r\n" +
			packed("{}"), false, -1, "{}"},
		{"headers of ours", "HTTP/1.1 200 OK\r\n" + type5 +
			"X-Fincat-Open-End: 1\r\nX-Fincat-Content-Type: a/b\r\nContent-Length: 2\r\n\r\n{}", false, 2, "{}"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, address := serve(t, Policy{Retries: 1}, func(w http.ResponseWriter, _ *http.Request) {
				c, _, err := http.NewResponseController(w).Hijack()
				if err != nil {
					t.Error(err)
					return
				}
				_, _ = io.WriteString(c, tt.answer)
				_ = c.Close()
			})
			r, err := s.Get(t.Context(), address, Request{})
			if err != nil {
				t.Fatal(err)
			}
			if r.ContentType != "text/csv; charset=big5" || r.OpenEnd != tt.openEnd || r.Length != tt.length ||
				string(r.Body) != tt.body {
				t.Errorf("Get = %+v, want open end %v, length %d and %q", r, tt.openEnd, tt.length, tt.body)
			}
		})
	}
}

// TestOpenEnd checks that an answer whose end nothing marks is taken only when
// it comes twice alike, and what is said when it does not.
func TestOpenEnd(t *testing.T) {
	for name, alike := range map[string]bool{"alike": true, "different": false} {
		t.Run(name, func(t *testing.T) {
			var n atomic.Int32
			s, address := serve(t, Policy{Retries: 2}, func(w http.ResponseWriter, _ *http.Request) {
				c, _, err := http.NewResponseController(w).Hijack()
				if err != nil {
					t.Error(err)
					return
				}
				text := "id,title\n"
				if n.Add(1); !alike {
					text += fmt.Sprint(n.Load())
				}
				_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"+text)
				_ = c.Close()
			})
			_, err := s.Get(t.Context(), address, Request{})
			var e *problem.Error
			switch {
			case alike && (err != nil || n.Load() != 2):
				t.Errorf("Get = %v after %d requests, want 2", err, n.Load())
			case !alike && (!errors.As(err, &e) || e.Rule != "cut" || n.Load() != 3 ||
				!strings.Contains(e.Err.Error(), "nothing marks the answer's end")):
				t.Errorf("Get = %v after %d requests, want rule cut after 3", err, n.Load())
			}
		})
	}
}

func TestHead(t *testing.T) {
	s, address := serve(t, Policy{Retries: 1}, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/moved":
			http.Redirect(w, r, "/file", http.StatusFound)
		case "/file":
			if r.Method != http.MethodHead {
				t.Errorf("method %s", r.Method)
			}
			w.Header().Set("Content-Type", "text/csv")
			w.Header().Set("Content-Length", "1234567890")
			w.Header().Set("Etag", `"1"`)
		case "/packed":
			w.Header().Set("Content-Encoding", "gzip")
		default:
			http.NotFound(w, r)
		}
	})
	r, err := s.Head(t.Context(), address+"/moved", Request{})
	if err != nil || r.URL != address+"/file" || r.Length != 1234567890 || r.ContentType != "text/csv" ||
		r.Header.Get("Etag") != `"1"` || len(r.Body) != 0 {
		t.Errorf("Head = %+v, %v", r, err)
	}
	if _, err := s.Head(t.Context(), address+"/packed", Request{}); err != nil {
		t.Errorf("Head of what would be packed = %v", err)
	}
	var e *problem.Error
	if _, err := s.Head(t.Context(), address+"/gone", Request{}); !errors.As(err, &e) ||
		e.Status != http.StatusNotFound {
		t.Errorf("Head of nothing = %v, want its status", err)
	}
}

func TestRange(t *testing.T) {
	const text = "0123456789"
	s, address := serve(t, Policy{Retries: 1}, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/file":
			if r.Header.Get("Range") != "" && r.Header.Get("Accept-Encoding") != "identity" {
				t.Errorf("Accept-Encoding %q", r.Header.Get("Accept-Encoding"))
			}
			http.ServeContent(w, r, "file.txt", time.Time{}, strings.NewReader(text))
		case "/all": // knows no ranges
			_, _ = io.WriteString(w, text)
		case "/endless":
			for r.Context().Err() == nil {
				if _, err := w.Write(make([]byte, 64<<10)); err != nil {
					return
				}
			}
		case "/other":
			w.Header().Set("Content-Range", "bytes 0-3/10")
			w.WriteHeader(http.StatusPartialContent)
			_, _ = io.WriteString(w, text[:4])
		}
	})
	tests := []struct {
		path   string
		in     Range
		status int
		want   string
		length int64
		rule   string
	}{
		{"/file", Range{0, 3}, 206, "0123", 10, ""},
		{"/file", Range{4, 6}, 206, "456", 10, ""},
		{"/file", Range{First: 7}, 206, "789", 10, ""},
		{"/file", Range{}, 200, text, 10, ""},
		{"/file", Range{First: 10}, 0, "", 0, "http-status"},
		{"/all", Range{4, 6}, 200, "456", 10, ""},
		{"/endless", Range{0, 9}, 200, strings.Repeat("\x00", 10), -1, ""},
		{"/other", Range{4, 6}, 0, "", 0, "range"},
		{"/other", Range{}, 0, "", 0, "http-status"}, // a part that nobody asked for
	}
	for _, tt := range tests {
		r, err := s.Get(t.Context(), address+tt.path, Request{Range: tt.in})
		if tt.rule != "" {
			var e *problem.Error
			if !errors.As(err, &e) || e.Rule != tt.rule {
				t.Errorf("%s %v: %v, want rule %s", tt.path, tt.in, err, tt.rule)
			}
			continue
		}
		if err != nil || r.Status != tt.status || string(r.Body) != tt.want || r.Length != tt.length {
			t.Errorf("%s %v = %+v, %v, want %d, %q of %d", tt.path, tt.in, r, err, tt.status, tt.want, tt.length)
		}
	}
}

// TestConditional checks the conditions of a caller who keeps what it has seen.
func TestConditional(t *testing.T) {
	const modified = "Mon, 02 Mar 2026 00:00:00 GMT"
	s, address := serve(t, Policy{Retries: 1}, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("If-None-Match") == `"1"` || r.Header.Get("If-Modified-Since") == modified {
			w.Header().Set("Content-Encoding", "gzip") // of what is not sent
			w.WriteHeader(http.StatusNotModified)
			return
		}
		_, _ = io.WriteString(w, "data")
	})
	for _, tt := range []struct {
		in     Request
		status int
	}{
		{Request{ETag: `"1"`}, 304}, {Request{Modified: modified}, 304}, {Request{ETag: `"2"`}, 200}, {Request{}, 200},
	} {
		r, err := s.Get(t.Context(), address, tt.in)
		if err != nil || r.Status != tt.status || len(r.Body) != 4*(304-tt.status)/104 {
			t.Errorf("Get with %+v = %+v, %v, want status %d", tt.in, r, err, tt.status)
		}
	}
}

// TestKeptAnswers checks which requests the cache takes part in.
func TestKeptAnswers(t *testing.T) {
	var asked atomic.Int32
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		w.Header().Set("Etag", `"1"`)
		if r.Header.Get("If-None-Match") == `"1"` {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		_, _ = io.WriteString(w, "0123456789")
	}))
	defer srv.Close()
	o := Options{AllowPrivate: true, Cache: &Cache{Dir: t.TempDir()}}
	ignore := Policy{Robots: "ignore", Retries: 1}
	s := testSession(t, SessionOptions{Policy: ignore}, o)
	get := func(s *Session, r Request, kept bool) {
		t.Helper()
		got, err := s.Get(t.Context(), srv.URL, r)
		if err != nil || got.Kept != kept {
			t.Errorf("Get %+v: kept %v, %v, want %v", r, got != nil && got.Kept, err, kept)
		}
	}
	get(s, Request{Range: Range{0, 3}}, false)
	get(s, Request{ETag: `"0"`}, false)
	get(s, Request{}, false)
	get(s, Request{}, true)
	get(s, Request{Accept: "text/csv"}, false) // another answer perhaps
	get(s, Request{Range: Range{0, 3}}, false)
	c, err := NewClient(o)
	if err != nil {
		t.Fatal(err)
	}
	get(openSession(t, c, SessionOptions{Policy: ignore, Scope: "b"}), Request{}, false)
	get(openSession(t, c, SessionOptions{Policy: ignore}), Request{}, false) // without a scope nothing is kept
	get(openSession(t, c, SessionOptions{Policy: ignore}), Request{}, false)
	offline := openSession(t, c, SessionOptions{Policy: ignore, Scope: "a", Offline: true})
	before := asked.Load()
	get(offline, Request{}, true)
	var e *problem.Error
	if _, err := offline.Head(t.Context(), srv.URL, Request{}); !errors.As(err, &e) || e.Rule != "not-kept" ||
		asked.Load() != before {
		t.Errorf("Head offline = %v after %d requests", err, asked.Load()-before)
	}
}

// TestAddresses checks that addresses as people write them become requests that
// servers understand.
func TestAddresses(t *testing.T) {
	s, address := serve(t, Policy{Retries: 1}, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, r.RequestURI)
	})
	for in, want := range map[string]string{
		"/a b?q=c d": "/a%20b?q=c%20d", "/資料?q=資": "/%E8%B3%87%E6%96%99?q=%E8%B3%87", "/100%": "/100%25",
		"/%E8%B3%87": "/%E8%B3%87",
	} {
		if r, err := s.Get(t.Context(), address+in, Request{}); err != nil || string(r.Body) != want {
			t.Errorf("Get(%q) asked for %v, %v, want %q", in, r, err, want)
		}
	}
}

// TestStream checks that a document can be read more than once, in UTF-8,
// unpacked, and within the limit.
func TestStream(t *testing.T) {
	line := "資料集,名稱\n"
	big5, err := traditionalchinese.Big5.NewEncoder().String(strings.Repeat(line, 100_000))
	if err != nil {
		t.Fatal(err)
	}
	s, address := serve(t, Policy{Retries: 1, MaxBytes: 2 << 20}, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/big5.csv":
			_, _ = io.WriteString(w, big5)
		case "/big5.csv.gz":
			z := gzip.NewWriter(w)
			_, _ = io.WriteString(z, big5)
			_ = z.Close()
		case "/bomb.gz":
			z := gzip.NewWriter(w)
			_, _ = z.Write(make([]byte, 3<<20))
			_ = z.Close()
		}
	})
	for _, path := range []string{"/big5.csv", "/big5.csv.gz"} {
		d, err := s.Stream(t.Context(), address+path, Request{})
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			in, err := d.OpenText("")
			if err != nil {
				t.Fatal(err)
			}
			text, err := io.ReadAll(in)
			if err != nil || string(text) != strings.Repeat(line, 100_000) {
				t.Errorf("%s: %d bytes, %v, want %d", path, len(text), err, 100_000*len(line))
			}
			_ = in.Close()
		}
		if d.Body != nil || len(d.Head) != 64<<10 {
			t.Errorf("%s: %d bytes in memory, %d at its head", path, len(d.Body), len(d.Head))
		}
	}
	d, err := s.Stream(t.Context(), address+"/bomb.gz", Request{})
	if err != nil {
		t.Fatal(err)
	}
	in, err := d.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	if _, err := io.Copy(io.Discard, in); !errors.Is(err, errTooLarge) {
		t.Errorf("3 MB that were packed = %v, want %v", err, errTooLarge)
	}
}
