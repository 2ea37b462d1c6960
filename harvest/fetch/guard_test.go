package fetch

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"context"
	"errors"
	"fincat/harvest/problem"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"
	"golang.org/x/text/encoding/traditionalchinese"
)

// hostile answers each path with one way in which servers go wrong.
type hostile struct {
	tries atomic.Int32
	token atomic.Value
}

func (h *hostile) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h.token.Store(r.Header.Get("Authorization"))
	switch r.URL.Path {
	case "/robots.txt":
		fmt.Fprint(w, "User-agent: *\nDisallow: /secret\n")
	case "/large":
		_, _ = w.Write(bytes.Repeat([]byte("x"), 200_000))
	case "/bomb":
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		_, _ = z.Write(make([]byte, 50<<20))
		z.Close()
		w.Header().Set("Content-Encoding", "gzip")
		_, _ = w.Write(b.Bytes())
	case "/bad-gzip":
		w.Header().Set("Content-Encoding", "gzip")
		fmt.Fprint(w, "this is not gzip")
	case "/brotli":
		w.Header().Set("Content-Encoding", "br")
		fmt.Fprint(w, "this is not brotli")
	case "/slow":
		_, _ = w.Write([]byte("["))
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	case "/silent":
		<-r.Context().Done()
	case "/reset":
		h.hijack(w, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
	case "/short":
		h.hijack(w, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\nConnection: close\r\n\r\nshort")
	case "/garbage":
		h.hijack(w, "\x00\x01\x02 not http\r\n\r\n")
	case "/loop":
		http.Redirect(w, r, "/loop", http.StatusFound)
	case "/ftp":
		w.Header().Set("Location", "ftp://example.tw/")
		w.WriteHeader(http.StatusFound)
	case "/busy":
		if h.tries.Add(1) < 3 {
			w.Header().Set("Retry-After", "0")
			w.WriteHeader(http.StatusTooManyRequests)
			return
		}
		fmt.Fprint(w, "at last")
	case "/down":
		h.tries.Add(1)
		w.WriteHeader(http.StatusServiceUnavailable)
	default:
		http.NotFound(w, r)
	}
}

func (h *hostile) hijack(w http.ResponseWriter, answer string) {
	c, _, err := w.(http.Hijacker).Hijack()
	if err != nil {
		panic(err)
	}
	_, _ = c.Write([]byte(answer))
	if t, ok := c.(*net.TCPConn); ok && strings.Contains(answer, "half") {
		_ = t.SetLinger(0)
	}
	c.Close()
}

// testSession opens a session of a new client that ends with the test.
func testSession(t *testing.T, so SessionOptions, o Options) *Session {
	t.Helper()
	so.Scope = "a"
	if so.Rate.Every == 0 {
		so.Rate.Every = time.Microsecond
	}
	if so.Timeout == 0 {
		so.Timeout = Duration(20 * time.Second)
	}
	c, err := NewClient(o)
	if err != nil {
		t.Fatal(err)
	}
	return openSession(t, c, so)
}

func openSession(t *testing.T, c *Client, so SessionOptions) *Session {
	t.Helper()
	s, err := c.Session(so)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

func TestHostileServer(t *testing.T) {
	tests := []struct {
		path, rule string // "" means that the document arrives
		cause      error
	}{
		{"/large", "max_bytes", errTooLarge}, {"/bomb", "max_bytes", errTooLarge},
		{"/bad-gzip", "compression", errCompressed}, {"/brotli", "compression", errCompressed},
		{"/slow", "timeout", errIdle}, {"/silent", "timeout", errIdle},
		{"/reset", "connection", nil}, {"/short", "cut", nil}, {"/garbage", "fetch", nil},
		{"/loop", "max_redirects", errRedirects}, {"/ftp", "scheme", errScheme},
		{"/secret", "robots", errRobots}, {"/nothing", "http-status", nil}, {"/down", "http-status", nil},
		{"/busy", "", nil},
	}
	for _, tt := range tests {
		t.Run(tt.path[1:], func(t *testing.T) {
			h := &hostile{}
			srv := httptest.NewServer(h)
			defer srv.Close()
			cfg := SessionOptions{Origin: srv.URL, Policy: Policy{MaxBytes: 100_000, Retries: 2,
				Timeout: Duration(20 * time.Second)}}
			if tt.rule == "timeout" {
				cfg.Timeout = Duration(100 * time.Millisecond)
			}
			s := testSession(t, cfg, Options{AllowPrivate: true})
			r, err := s.Get(t.Context(), srv.URL+tt.path, Request{})
			if tt.rule == "" {
				if err != nil || string(r.Body) != "at last" {
					t.Errorf("Get = %v, %v", r, err)
				}
				return
			}
			var e *problem.Error
			if !errors.As(err, &e) || e.Rule != tt.rule || e.Remedy == "" || e.Place.URL != srv.URL+tt.path {
				t.Fatalf("Get = %v, want rule %q", err, tt.rule)
			}
			if tt.cause != nil && !errors.Is(err, tt.cause) {
				t.Errorf("Get = %v, want %v", err, tt.cause)
			}
			if n := h.tries.Load(); tt.path == "/down" && n != 3 {
				t.Errorf("%d attempts, want 3", n)
			}
		})
	}
}

func TestPrivateAddress(t *testing.T) {
	for _, address := range []string{"http://127.0.0.1:1/", "http://10.0.0.1/", "http://169.254.169.254/latest/",
		"http://[::1]:1/", "http://localhost:1/"} {
		s := testSession(t, SessionOptions{Origin: address}, Options{})
		var e *problem.Error
		if _, err := s.Get(t.Context(), address, Request{}); !errors.As(err, &e) || e.Rule != "private-address" {
			t.Errorf("Get(%s) = %v, want rule private-address", address, err)
		}
	}
}

func TestCredentialsStayHome(t *testing.T) {
	away := &hostile{}
	other := httptest.NewServer(away)
	defer other.Close()
	var seen atomic.Value
	home := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen.Store(r.Header.Get("Authorization"))
		http.Redirect(w, r, other.URL+"/large", http.StatusFound)
	}))
	defer home.Close()
	s := testSession(t, SessionOptions{Origin: home.URL, Policy: Policy{TokenEnv: "TOKEN", Robots: "ignore"}},
		Options{AllowPrivate: true, Getenv: func(string) string {
			return "s3cret"
		}})
	if _, err := s.Get(t.Context(), home.URL+"/", Request{}); err != nil {
		t.Fatal(err)
	}
	if seen.Load() != "Bearer s3cret" || away.token.Load() != "" {
		t.Errorf("home saw %q, the other host %q", seen.Load(), away.token.Load())
	}
	c, _ := NewClient(Options{Getenv: func(string) string { return "" }})
	if _, err := c.Session(SessionOptions{Origin: home.URL, Policy: Policy{TokenEnv: "TOKEN"}}); err == nil ||
		!strings.Contains(err.Error(), "TOKEN") {
		t.Errorf("Session without token = %v", err)
	}
}

func TestMaxPages(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, r.URL.String())
	}))
	defer srv.Close()
	s := testSession(t, SessionOptions{Policy: Policy{MaxPages: 4, Robots: "ignore"}}, Options{AllowPrivate: true})
	for i := range 6 {
		_, err := s.Get(t.Context(), fmt.Sprintf("%s/?%d", srv.URL, i), Request{})
		var e *problem.Error
		if i < 4 && err != nil || i >= 4 && (!errors.As(err, &e) || e.Rule != "max_pages") {
			t.Errorf("page %d: %v", i, err)
		}
	}
}

func TestHostPacing(t *testing.T) {
	c, err := NewClient(Options{})
	if err != nil {
		t.Fatal(err)
	}
	h := c.host(&url.URL{Scheme: "https", Host: "Example.TW:443"})
	if h != c.host(&url.URL{Scheme: "http", Host: "example.tw."}) ||
		h == c.host(&url.URL{Scheme: "http", Host: "example.tw:8080"}) {
		t.Error("hosts are told apart by what does not make them different, or are not")
	}
	now := time.Now()
	clock := func() time.Time { return now }
	for range 3 {
		if err := h.wait(t.Context(), clock, time.Millisecond); err != nil {
			t.Fatal(err)
		}
	}
	if got := h.next.Sub(now); got != 3*time.Millisecond {
		t.Errorf("three requests reserve %v, want 3ms", got)
	}
	h.delay = 5 * time.Millisecond // Crawl-delay is longer than the rate
	_ = h.wait(t.Context(), clock, time.Millisecond)
	if got := h.next.Sub(now); got != 8*time.Millisecond {
		t.Errorf("with Crawl-delay %v, want 8ms", got)
	}
	h.postpone(now.Add(time.Minute))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := h.wait(ctx, clock, 0); !errors.Is(err, context.Canceled) {
		t.Errorf("wait = %v, want cancelled", err)
	}
	h.postpone(now.Add(time.Hour))
	var later *retryLater
	if err := h.wait(t.Context(), clock, 0); !errors.As(err, &later) {
		t.Errorf("wait for a host that is closed for an hour = %v", err)
	}
}

func TestText(t *testing.T) {
	big5, _ := traditionalchinese.Big5.NewEncoder().Bytes([]byte(`<html><head><meta charset="big5"></head><body>有價證券代號及名稱</body></html>`))
	short, _ := traditionalchinese.Big5.NewEncoder().Bytes([]byte("資料集,名稱"))
	tests := []struct {
		name, contentType string
		body              []byte
		want              string
	}{
		{"big5 page", "text/html", big5, "有價證券代號及名稱"},
		{"big5 without a word about it", "text/csv", short, "資料集,名稱"},
		{"big5 by header", "text/csv; charset=big5", short, "資料集,名稱"},
		{"header is wrong", "text/csv; charset=big5", []byte("資料集"), "資料集"},
		{"byte order mark", "text/csv", []byte("\xEF\xBB\xBF資料集"), "資料集"},
		{"utf-16", "text/csv", []byte{0xFF, 0xFE, 0xC7, 0x8C}, "資"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := (&Response{Body: tt.body, ContentType: tt.contentType}).Text("")
			if err != nil || !strings.Contains(string(got), tt.want) {
				t.Errorf("Text = %.100q, %v, want %q in it", got, err, tt.want)
			}
		})
	}
	told := ""
	r := &Response{URL: "u", Body: []byte("{\n\"caf\xe9\"}"),
		Notice: func(p problem.Problem) { told += p.Place.Locator }}
	if text, err := r.UTF8(); err != nil || string(text) != "{\n\"caf\uFFFD\"}" || told != "line 2" {
		t.Errorf("UTF8 of Latin-1 = %q, %v, told of %q, want U+FFFD and the line", text, err, told)
	}
}

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for in, want := range map[string]time.Duration{"120": 2 * time.Minute,
		"Thu, 01 Jan 2026 00:01:00 GMT": time.Minute, "": 0, "soon": 0} {
		if got := retryAfter(in, now); got != want {
			t.Errorf("retryAfter(%q) = %v, want %v", in, got, want)
		}
	}
}

func discardLog() *log.Logger { return log.New(io.Discard, "", 0) }

// TestRetryAfterLong checks that a host that wants to be left alone for an hour
// is, by every source.
func TestRetryAfterLong(t *testing.T) {
	var asked atomic.Int32
	now := time.Now()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		w.Header().Set("Retry-After", now.Add(time.Hour).UTC().Format(http.TimeFormat))
		w.WriteHeader(http.StatusServiceUnavailable)
	}))
	defer srv.Close()
	c, err := NewClient(Options{AllowPrivate: true, Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"a", "b"} {
		s, err := c.Session(SessionOptions{Origin: srv.URL, Policy: Policy{Robots: "ignore"}})
		if err != nil {
			t.Fatal(err)
		}
		var e *problem.Error
		if _, err := s.Get(t.Context(), srv.URL, Request{}); !errors.As(err, &e) || e.Rule != "retry-after" {
			t.Errorf("source %s: %v, want rule retry-after", id, err)
		}
	}
	if asked.Load() != 1 {
		t.Errorf("%d requests, want 1", asked.Load())
	}
}

// TestRobotsInTrouble checks that a host whose robots.txt cannot be had is not
// visited, and is as soon as it can (RFC 9309 §2.3.1.4).
func TestRobotsInTrouble(t *testing.T) {
	var up atomic.Bool
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path != "/robots.txt":
			_, _ = w.Write([]byte("data"))
		case !up.Load():
			w.WriteHeader(http.StatusBadGateway)
		default:
			http.NotFound(w, r)
		}
	}))
	defer srv.Close()
	s := testSession(t, SessionOptions{Origin: srv.URL, Policy: Policy{Retries: 1}}, Options{AllowPrivate: true})
	var e *problem.Error
	if _, err := s.Get(t.Context(), srv.URL, Request{}); !errors.As(err, &e) || e.Rule != "robots" ||
		!errors.Is(err, errNoRobots) {
		t.Errorf("Get = %v, want rule robots", err)
	}
	up.Store(true)
	if _, err := s.Get(t.Context(), srv.URL, Request{}); err != nil {
		t.Errorf("Get after robots.txt is there = %v", err)
	}
}

// TestCredentialsNeedTheScheme checks that a redirect from https to http does
// not carry the token in the clear, although the host is the same.
func TestCredentialsNeedTheScheme(t *testing.T) {
	var seen atomic.Value
	g := &guard{client: &Client{o: Options{Now: time.Now}}, policy: &Policy{Timeout: Duration(time.Second),
		MaxBytes: 10}, origin: &url.URL{Scheme: "https", Host: "e.example"},
		auth: [2]string{"Authorization", "Bearer x"}}
	g.next = roundTrip(func(r *http.Request) (*http.Response, error) {
		seen.Store(r.Header.Get("Authorization"))
		return &http.Response{StatusCode: 200, Header: http.Header{}, Body: http.NoBody, Request: r}, nil
	})
	for address, want := range map[string]string{"https://e.example/": "Bearer x", "http://e.example/": "",
		"https://o.example/": "", "https://e.example:8443/": ""} {
		req, _ := http.NewRequest(http.MethodGet, address, nil)
		req.Header.Set("Authorization", "Basic of-a-redirect")
		resp, err := g.send(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if seen.Load() != want {
			t.Errorf("%s saw %q, want %q", address, seen.Load(), want)
		}
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestDecompress(t *testing.T) {
	pack := func(coding string, in []byte) []byte {
		var b bytes.Buffer
		var w io.WriteCloser
		switch coding {
		case "gzip":
			w = gzip.NewWriter(&b)
		case "zlib":
			w = zlib.NewWriter(&b)
		case "flate":
			w, _ = flate.NewWriter(&b, 9)
		case "br":
			w = brotli.NewWriter(&b)
		case "zstd":
			w, _ = zstd.NewWriter(&b)
		}
		_, _ = w.Write(in)
		w.Close()
		return b.Bytes()
	}
	text := bytes.Repeat([]byte("資料集"), 1000)
	tests := []struct {
		name, header string
		body         []byte
		want         error // nil: text arrives
	}{
		{"none", "", text, nil}, {"identity", "identity", text, nil},
		{"gzip", "gzip", pack("gzip", text), nil}, {"x-gzip", "X-GZIP", pack("gzip", text), nil},
		{"zlib", "deflate", pack("zlib", text), nil}, {"bare deflate", "deflate", pack("flate", text), nil},
		{"zstd", "zstd", pack("zstd", text), nil}, {"twice", "gzip, zstd", pack("zstd", pack("gzip", text)), nil},
		{"brotli", "br", pack("br", text), nil}, {"cut brotli", "br", pack("br", text)[:15], io.ErrUnexpectedEOF},
		{"not brotli", "br", text, errCompressed}, {"unknown", "lzma", []byte("\x5d\x00\x00"), errCompressed},
		{"a charset", "utf-8", text, nil}, {"the word none", "none", text, nil}, {"an unknown word", "x", nil, nil},
		{"a workbook", "none", []byte("PK\x03\x04\x00"), nil},
		{"known below unknown", "gzip, none", pack("gzip", text), nil},
		{"unknown below known", "utf-8, gzip", pack("gzip", text), nil},
		{"too often", "gzip,gzip,gzip,gzip", text, errCompressed},
		{"not gzip", "gzip", text, errCompressed}, {"not zstd", "zstd", text, errCompressed},
		{"not deflate", "deflate", []byte("\xff\xff\xff\xff\xff"), errCompressed},
		{"cut gzip", "gzip", pack("gzip", text)[:30], io.ErrUnexpectedEOF},
		{"cut zstd", "zstd", pack("zstd", text)[:20], io.ErrUnexpectedEOF},
		{"damaged gzip", "gzip", append(pack("gzip", text)[:40:40], pack("gzip", text)[41:]...), errCompressed},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r, err := decompress(bytes.NewReader(tt.body), tt.header)
			var got []byte
			var plain *errPlain
			if errors.As(err, &plain) {
				r, err = plain.r, nil
			}
			if err == nil {
				got, err = io.ReadAll(r)
			}
			if !errors.Is(err, tt.want) || tt.want == nil && tt.body != nil && !bytes.Equal(got, text) &&
				!bytes.Equal(got, tt.body) {
				t.Errorf("decompress: %d bytes, %v, want %v", len(got), err, tt.want)
			}
		})
	}
}

// TestCrawlDelay checks that robots.txt slows requests down, also those of
// another source that wants to go faster.
func TestCrawlDelay(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/robots.txt" {
			fmt.Fprint(w, "User-agent: other\nCrawl-delay: 50\n\nUser-agent: fincat\nCrawl-delay: 0.15\n")
		}
	}))
	defer srv.Close()
	c, err := NewClient(Options{AllowPrivate: true, UserAgent: "fincat (+https://data.example.tw/)"})
	if err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	for _, id := range []string{"a", "b", "a"} {
		s, err := c.Session(SessionOptions{Origin: srv.URL, Policy: Policy{Rate: Rate{Every: 1}}})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Get(t.Context(), srv.URL+"/"+id, Request{}); err != nil {
			t.Fatal(err)
		}
	}
	if took := time.Since(start); took < 290*time.Millisecond || took > 5*time.Second {
		t.Errorf("three requests took %v, want 300ms", took)
	}
}

func heapInUse() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
