package fetch

import (
	"context"
	"errors"
	"fincat/harvest/problem"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"golang.org/x/text/encoding/traditionalchinese"
)

// site is a small web site; each page has links.
var site = map[string]string{
	"/":      `<title>首頁</title><a href="/1">one</a><a href="/2">two</a><a href="/1">again</a><p class="next"><a href="/next">next</a></p>`,
	"/1":     `<title>1</title><a href="/11">deeper</a>`,
	"/2":     `<title>2</title>`,
	"/11":    `<title>11</title><a href="/111">deeper</a>`,
	"/111":   `<title>111</title>`,
	"/next":  `<title>next</title><a href="/3">three</a>`,
	"/3":     `<title>3</title>`,
	"/moved": ``,
}

func serveSite(t *testing.T, policy Policy) (*Session, string, *[]string) {
	t.Helper()
	var asked []string
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.URL.Path)
		page, ok := site[r.URL.Path]
		switch {
		case r.URL.Path == "/robots.txt":
			_, _ = io.WriteString(w, "User-agent: *\nDisallow: /2\n")
		case r.URL.Path == "/moved":
			http.Redirect(w, r, "/2", http.StatusFound)
		case r.URL.Path == "/away":
			http.Redirect(w, r, strings.Replace("http://"+r.Host, "127.0.0.1", "localhost", 1)+"/2", http.StatusFound)
		case r.URL.Path == "/large":
			_, _ = io.WriteString(w, strings.Repeat("x", 11<<20))
		case !ok:
			http.NotFound(w, r)
		default:
			w.Header().Set("Content-Type", "text/html")
			_, _ = io.WriteString(w, "<!doctype html>"+page)
		}
	}))
	t.Cleanup(srv.Close)
	if policy.Robots == "" {
		policy.Robots = "ignore"
	}
	policy.Retries = 1
	return testSession(t, SessionOptions{Policy: policy}, Options{AllowPrivate: true}), srv.URL, &asked
}

// TestCrawlOrder checks the order of callbacks: the response, elements selector
// by selector in the order of the document, the end of the page; pages visited
// at once come in between, those put off after it.
func TestCrawlOrder(t *testing.T) {
	s, address, _ := serveSite(t, Policy{})
	c := s.Crawl(t.Context(), CrawlOptions{})
	var got []string
	add := func(format string, args ...any) { got = append(got, fmt.Sprintf(format, args...)) }
	c.OnResponse(func(p *Page) error { add("page %s", strings.TrimPrefix(p.Address, address)); return nil })
	c.OnHTML("title", func(_ *Page, n *goquery.Selection) error { add("title %s", n.Text()); return nil })
	c.OnHTML(".next a", func(p *Page, n *goquery.Selection) error {
		p.VisitLater(address + n.AttrOr("href", ""))
		return nil
	})
	c.OnHTML("body > a", func(p *Page, n *goquery.Selection) error { return p.Visit(address + n.AttrOr("href", "")) })
	c.OnScraped(func(p *Page) error { add("end %s", strings.TrimPrefix(p.URL, address)); return nil })
	if err := c.Visit(address + "/"); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"page /", "title 首頁", "page /1", "title 1", "page /11", "title 11", "page /111", "title 111", "end /111",
		"end /11", "end /1",
		"page /2", "title 2", "end /2", "end /", "page /next", "title next", "page /3", "title 3", "end /3",
		"end /next",
	}
	if !slices.Equal(got, want) {
		t.Errorf("callbacks\n%q, want\n%q", got, want)
	}
}

// follow makes a crawl that visits every link at once.
func follow(c *Crawl, address string) *[]string {
	var seen []string
	c.OnResponse(func(p *Page) error { seen = append(seen, strings.TrimPrefix(p.URL, address)); return nil })
	c.OnHTML("a", func(p *Page, n *goquery.Selection) error { return p.Visit(address + n.AttrOr("href", "")) })
	return &seen
}

func TestCrawlDepth(t *testing.T) {
	s, address, _ := serveSite(t, Policy{})
	c := s.Crawl(t.Context(), CrawlOptions{MaxDepth: 2})
	seen := follow(c, address)
	if err := c.Visit(address + "/"); !errors.Is(err, ErrTooDeep) || !slices.Equal(*seen, []string{"/", "/1"}) {
		t.Errorf("Visit = %v after %q", err, *seen)
	}
	c = s.Crawl(t.Context(), CrawlOptions{MaxDepth: 2})
	seen = follow(c, address)
	var deep []string
	c.OnError(func(at string, err error) error {
		if errors.Is(err, ErrTooDeep) {
			deep = append(deep, strings.TrimPrefix(at, address))
			return nil
		}
		return err
	})
	if err := c.Visit(address + "/"); err != nil || !slices.Equal(*seen, []string{"/", "/1", "/2", "/next"}) ||
		!slices.Equal(deep, []string{"/11", "/3"}) {
		t.Errorf("Visit = %v after %q, too deep %q", err, *seen, deep)
	}
}

// TestCrawlRevisit checks that a crawl passes over what it visited, unless it is
// to visit it again.
func TestCrawlRevisit(t *testing.T) {
	for _, again := range []bool{false, true} {
		s, address, asked := serveSite(t, Policy{})
		c := s.Crawl(t.Context(), CrawlOptions{Revisit: again})
		want := 1
		if again {
			want = 3
		}
		for range 3 {
			if err := c.Visit(address + "/2"); err != nil {
				t.Fatal(err)
			}
		}
		if len(*asked) != want {
			t.Errorf("revisit %v: %d requests, want %d", again, len(*asked), want)
		}
	}
}

// TestCrawlGuard checks that robots.txt, domains, redirects and limits hold for
// pages, and that the errors are those of any other document.
func TestCrawlGuard(t *testing.T) {
	tests := []struct {
		path string
		o    CrawlOptions
		p    Policy
		rule string // "" when the page arrives
		at   string
	}{
		{"/2", CrawlOptions{}, Policy{Robots: "obey"}, "robots", ""},
		{"/moved", CrawlOptions{}, Policy{Robots: "obey"}, "robots", ""},
		{"/moved", CrawlOptions{}, Policy{}, "", "/2"},
		{"/2", CrawlOptions{Domains: []string{"127.0.0.1"}}, Policy{}, "", "/2"},
		{"/2", CrawlOptions{Domains: []string{"example.tw"}}, Policy{}, "domain", ""},
		{"/away", CrawlOptions{Domains: []string{"127.0.0.1"}}, Policy{}, "domain", ""},
		{"/away", CrawlOptions{Domains: []string{"127.0.0.1", "localhost"}}, Policy{}, "", "/2"},
		{"/gone", CrawlOptions{}, Policy{}, "http-status", ""},
		{"/large", CrawlOptions{}, Policy{MaxBytes: 1 << 20}, "max_bytes", ""},
		{"/large", CrawlOptions{}, Policy{}, "", "/large"}, // not cut at the collector's 10 MB
	}
	for _, tt := range tests {
		s, address, asked := serveSite(t, tt.p)
		c := s.Crawl(t.Context(), tt.o)
		got, size := "", 0
		c.OnResponse(func(p *Page) error {
			got, size = p.URL, len(p.Body)
			return nil
		})
		err := c.Visit(address + tt.path)
		var e *problem.Error
		switch {
		case tt.rule == "" && (err != nil || !strings.HasSuffix(got, tt.at) || tt.path == "/large" && size != 11<<20):
			t.Errorf("%s %+v: %v, at %s with %d bytes", tt.path, tt.o, err, got, size)
		case tt.rule != "" && (!errors.As(err, &e) || e.Rule != tt.rule || e.Place.URL != address+tt.path):
			t.Errorf("%s %+v: %v, want rule %s", tt.path, tt.o, err, tt.rule)
		case tt.path == "/away" && tt.rule != "" && slices.Contains(*asked, "/2"):
			t.Errorf("%s %+v: the other domain was asked", tt.path, tt.o)
		}
	}
}

// TestCrawlEnds checks that an error of a callback ends the crawl, and that a
// cancelled one visits nothing more.
func TestCrawlEnds(t *testing.T) {
	enough := errors.New("enough")
	s, address, asked := serveSite(t, Policy{})
	c := s.Crawl(t.Context(), CrawlOptions{})
	called := 0
	c.OnResponse(func(p *Page) error {
		if strings.HasSuffix(p.URL, "/1") {
			return enough
		}
		p.VisitLater(address + "/3")
		return nil
	})
	c.OnHTML("a", func(p *Page, n *goquery.Selection) error {
		called++
		return p.Visit(address + n.AttrOr("href", ""))
	})
	c.OnError(func(_ string, err error) error { t.Errorf("OnError got the error of a callback: %v", err); return err })
	if err := c.Visit(address + "/"); !errors.Is(err, enough) || called != 1 || len(*asked) != 2 {
		t.Errorf("Visit = %v after %d elements and %d requests", err, called, len(*asked))
	}

	s, address, asked = serveSite(t, Policy{})
	ctx, cancel := context.WithCancel(t.Context())
	c = s.Crawl(ctx, CrawlOptions{})
	c.OnHTML("a", func(p *Page, n *goquery.Selection) error {
		cancel()
		return p.Visit(address + n.AttrOr("href", ""))
	})
	if err := c.Visit(address + "/"); !errors.Is(err, context.Canceled) || len(*asked) != 1 {
		t.Errorf("Visit = %v after %d requests, want cancelled after 1", err, len(*asked))
	}
}

// TestCrawlCancelled checks that cancelling does not wait for a page.
func TestCrawlCancelled(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
	defer srv.Close()
	s := testSession(t, SessionOptions{Policy: Policy{Robots: "ignore"}}, Options{AllowPrivate: true})
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	begin := time.Now()
	if err := s.Crawl(ctx, CrawlOptions{}).Visit(srv.URL); err == nil || time.Since(begin) > 10*time.Second {
		t.Errorf("Visit = %v after %v", err, time.Since(begin))
	}
}

// TestCrawlText checks that selectors see UTF-8, whatever the header says, that
// the page keeps the bytes as they came, and that the cache and the pace of the
// session hold.
func TestCrawlText(t *testing.T) {
	big5, err := traditionalchinese.Big5.NewEncoder().String("<!doctype html><title>有價證券代號及名稱</title>")
	if err != nil {
		t.Fatal(err)
	}
	var asked atomic.Int32
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		w.Header().Set("Etag", `"1"`)
		w.Header().Set("Content-Type", "text/html; charset=big5")
		switch {
		case r.Header.Get("If-None-Match") == `"1"`:
			w.WriteHeader(http.StatusNotModified)
		case r.URL.Path == "/wrong":
			_, _ = io.WriteString(w, "<!doctype html><title>有價證券代號及名稱</title>")
		case r.URL.Path == "/plain":
			w.Header().Set("Content-Type", "application/octet-stream")
			_, _ = io.WriteString(w, "<p><title>有價證券代號及名稱</title>")
		default:
			_, _ = io.WriteString(w, big5)
		}
	}))
	defer srv.Close()
	o := Options{AllowPrivate: true, Cache: &Cache{Dir: t.TempDir()}}
	for range 2 {
		s := testSession(t, SessionOptions{Policy: Policy{Robots: "ignore", Retries: 1}}, o)
		c := s.Crawl(t.Context(), CrawlOptions{Accept: "text/html"})
		n := 0
		c.OnResponse(func(p *Page) error {
			if strings.HasSuffix(p.URL, "/right") && string(p.Body) != big5 {
				t.Errorf("body %.40q", p.Body)
			}
			return nil
		})
		c.OnHTML("title", func(p *Page, sel *goquery.Selection) error {
			if n++; sel.Text() != "有價證券代號及名稱" {
				t.Errorf("%s: title %q", p.URL, sel.Text())
			}
			return nil
		})
		for _, path := range []string{"/right", "/wrong", "/plain"} {
			if err := c.Visit(srv.URL + path); err != nil {
				t.Fatal(err)
			}
		}
		if n != 3 {
			t.Errorf("%d titles, want 3", n)
		}
	}
	if asked.Load() != 6 {
		t.Errorf("%d requests, want 6", asked.Load())
	}
}
