package fetch

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"

	"github.com/PuerkitoBio/goquery"
	"github.com/gocolly/colly/v2"
)

// CrawlOptions say how a [Crawl] goes from page to page.
type CrawlOptions struct {
	Accept   string   // media types that are wanted; default */*
	MaxDepth int      // of visits made during visits; 0 sets no bound
	Domains  []string // host names in lower case that may be visited, redirects included; default all
	Revisit  bool     // visits an address again that was visited before, which is passed over otherwise
}

// Crawl visits pages: a colly collector decides what is still to be visited,
// parses pages and calls back for what its selectors match. Its transport is
// the session, so that a page is fetched as any other document: cache, resume,
// robots.txt, pace, limits and charsets are those of the session.
//
// Callbacks run one after the other, on the goroutine that called [Crawl.Visit]
// and in the order of the document. The first error that one returns ends the
// crawl.
type Crawl struct {
	s         *Session
	o         CrawlOptions
	ctx       context.Context
	collector *colly.Collector
	onError   func(address string, err error) error
	parses    bool // there are selectors

	address string // that is being visited
	page    *Page
	later   []visit
	ended   error // by a callback
}

// visit is one that was put off.
type visit struct {
	address string
	from    *Page
}

// Page is a fetched page while its callbacks run.
type Page struct {
	*Response
	Address string // as it was asked for

	crawl   *Crawl
	request *colly.Request
}

// ErrTooDeep says that a visit lies deeper than CrawlOptions.MaxDepth.
var ErrTooDeep = colly.ErrMaxDepth

// Crawl prepares a crawl. Callbacks are registered before the first visit.
func (s *Session) Crawl(ctx context.Context, o CrawlOptions) *Crawl {
	c := &Crawl{s: s, o: o, ctx: ctx}
	// The collector is configured here and nowhere else: not by NewCollector,
	// which reads COLLY_ variables of the environment.
	c.collector = &colly.Collector{}
	c.collector.Init()
	c.collector.Context = ctx
	c.collector.MaxDepth = o.MaxDepth
	c.collector.AllowedDomains = o.Domains
	c.collector.AllowURLRevisit = o.Revisit
	c.collector.MaxBodySize = 0        // would cut without an error; the session keeps max_bytes
	c.collector.IgnoreRobotsTxt = true // the session asks, once per host, with Crawl-delay
	c.collector.DisableCookies()
	c.collector.SetRequestTimeout(0) // the session bounds the time without progress instead
	c.collector.WithTransport(crawlTransport{c})
	c.collector.OnResponse(func(r *colly.Response) { c.page.request = r.Request })
	return c
}

// OnResponse calls f with every page, whatever its form, before the selectors.
func (c *Crawl) OnResponse(f func(*Page) error) {
	c.collector.OnResponse(func(*colly.Response) { c.call(func() error { return f(c.page) }) })
}

// OnHTML calls f with each element of a page that a CSS selector matches. Every
// page is then read as HTML; one whose charset cannot be told is an error.
func (c *Crawl) OnHTML(selector string, f func(*Page, *goquery.Selection) error) {
	c.parses = true
	c.collector.OnHTML(selector, func(e *colly.HTMLElement) {
		c.call(func() error { return f(c.page, e.DOM) })
	})
}

// OnScraped calls f with every page, after the selectors.
func (c *Crawl) OnScraped(f func(*Page) error) {
	c.collector.OnScraped(func(*colly.Response) { c.call(func() error { return f(c.page) }) })
}

// OnError calls f with the address of a page that cannot be visited. The crawl
// goes on if f returns nil.
func (c *Crawl) OnError(f func(address string, err error) error) { c.onError = f }

// Visit visits a page, and then those that its callbacks put off.
func (c *Crawl) Visit(address string) error {
	err := c.visit(address, func() error { return c.collector.Visit(address) })
	for err == nil && len(c.later) > 0 {
		v := c.later[0]
		c.later = c.later[1:]
		err = c.visit(v.address, func() error { return v.from.request.Visit(v.address) })
	}
	c.later = nil
	return err
}

// Visit visits another page at once, one level deeper, before the callbacks of
// this page go on.
func (p *Page) Visit(address string) error {
	return p.crawl.visit(address, func() error { return p.request.Visit(address) })
}

// VisitLater puts a visit off until this page and those that were put off
// before have been visited. It lies one level deeper.
func (p *Page) VisitLater(address string) {
	from := &Page{crawl: p.crawl, request: p.request} // the content need not wait in memory
	p.crawl.later = append(p.crawl.later, visit{address, from})
}

// visit makes one visit and tells what it came to.
func (c *Crawl) visit(address string, do func() error) error {
	if err := c.ctx.Err(); err != nil {
		return Explain(address, cause(c.ctx, err))
	}
	outer, page := c.address, c.page
	c.address = address
	err := do()
	c.address, c.page = outer, page
	var visited *colly.AlreadyVisitedError
	switch {
	case c.ended != nil:
		return c.ended
	case err == nil, errors.As(err, &visited):
		return nil
	case errors.Is(err, colly.ErrForbiddenDomain):
		err = Explain(address, errDomain)
	case !errors.Is(err, ErrTooDeep):
		err = Explain(address, err)
	}
	if c.onError != nil {
		err = c.onError(address, err)
	}
	return err
}

// call runs a callback, unless an earlier one ended the crawl.
func (c *Crawl) call(f func() error) {
	if c.ended == nil {
		c.ended = f()
	}
}

// crawlTransport lets a collector fetch with a session.
type crawlTransport struct{ c *Crawl }

// RoundTrip fetches the page that is being visited. The collector gets it in
// UTF-8, and only if there are selectors to be looked for.
func (t crawlTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	c := t.c
	r, err := c.s.Get(req.Context(), c.address, Request{Accept: c.o.Accept, domains: c.o.Domains})
	if err != nil {
		return nil, err
	}
	c.page = &Page{Response: r, Address: c.address, crawl: c}
	resp := &http.Response{
		StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"text/html; charset=utf-8"}},
		Body: http.NoBody, Uncompressed: true, ProtoMajor: 1, ProtoMinor: 1, Request: req,
	}
	if final, err := url.Parse(r.URL); err == nil && r.URL != req.URL.String() {
		resp.Request = req.Clone(req.Context())
		resp.Request.URL = final
	}
	if c.parses {
		text, err := r.Text("")
		if err != nil {
			return nil, err
		}
		resp.Body = io.NopCloser(bytes.NewReader(text))
	}
	return resp, nil
}
