package source

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"

	"fincat/harvest/document"
	"fincat/harvest/fetch"
	"fincat/harvest/mapping"
	"fincat/harvest/problem"
	"fincat/vocab/dcat"
)

// sitemapKind reads the pages that a sitemap lists, sitemap indexes included,
// and takes the datasets that they describe with schema.org terms. After a
// complete gathering, a page is fetched again only if it is new in the sitemap,
// if its lastmod differs from the one of the last gathering, or if it has none.
// Whether lastmod is old or new does not matter: it is often the date of the
// text, and the page was published later.
func sitemapKind() Kind { return Kind{Name: "sitemap", Gather: gatherSitemap} }

// maxSitemapDepth bounds sitemap indexes inside indexes; the protocol allows one.
const maxSitemapDepth = 3

const acceptSitemap = "application/xml, text/xml, text/plain;q=0.5, */*;q=0.1"

// sitemap is one gathering of a site.
type sitemap struct {
	s        *Session
	pages    *fetch.Crawl
	place    Place           // in the sitemap, of the page that is being visited
	datasets map[string]bool // identifiers
	waiting  *waiting        // pages that failed before
	delisted bool            // the page that is being visited is in no sitemap any more
	lost     []*Error        // inner sitemaps that the server refused
	yield    func(*mapping.Record, error) bool
}

// gatherSitemap crawls the sitemaps and, at each address that one lists, the
// page: two crawls, for the answers to the same address may differ.
func gatherSitemap(ctx context.Context, s *Session) iter.Seq2[*mapping.Record, error] {
	return func(yield func(*mapping.Record, error) bool) {
		s.Found.Partial = !s.Since.IsZero()
		m := &sitemap{s: s, datasets: map[string]bool{}, waiting: newWaiting(s)}
		m.yield = func(rec *mapping.Record, err error) bool {
			if rec != nil {
				rec.Again = m.place.Locator
			}
			return yield(rec, err)
		}
		m.pages = s.crawl(ctx, fetch.CrawlOptions{Accept: acceptSchemaOrg})
		m.pages.OnResponse(func(p *fetch.Page) error { // one that describes nothing is no mistake
			page, err := readSchemaPage(ctx, s, p.Response)
			if err != nil {
				return m.unreadable(ctx, p.Address, err)
			}
			return page.yieldDatasets(m.datasets, m.yield)
		})
		m.pages.OnError(func(address string, err error) error { return m.unreadable(ctx, address, err) })
		sitemaps := s.crawl(ctx, fetch.CrawlOptions{Accept: acceptSitemap, MaxDepth: maxSitemapDepth + 1})
		sitemaps.OnResponse(m.read)
		err := sitemaps.Visit(s.Config.URL)
		if err == nil {
			err = m.waiting.ask(m.again)
		}
		if err == nil {
			err = m.whole()
		}
		if err != nil && !errors.Is(err, errStopped) {
			yield(nil, err)
		}
	}
}

// again visits a page that could not be taken over before, although the sitemap
// no longer lists it.
func (m *sitemap) again(address string) error {
	m.place, m.delisted = Place{URL: m.s.Config.URL, Locator: address}, true
	return m.pages.Visit(address)
}

func (m *sitemap) unreadable(ctx context.Context, address string, err error) error {
	var e *Error
	if m.delisted && errors.As(err, &e) && goneAs(e, address) != "" {
		return nil
	}
	return yieldUnreadable(ctx, address, m.place, err, m.yield)
}

// sitemapEntry is a url or a sitemap element.
type sitemapEntry struct {
	Loc     string `xml:"loc"`
	LastMod string `xml:"lastmod"`
}

// read goes through a sitemap, which may also be a text file with an address
// on each line.
func (m *sitemap) read(p *fetch.Page) error {
	if err := m.s.pages.Fresh(p.Address, p.Body); err != nil {
		return err
	}
	in, err := p.Reader(m.s.Config.MaxBytes)
	if err != nil {
		return fetch.Explain(p.Address, err)
	}
	body, err := io.ReadAll(in)
	if err != nil {
		return fetch.Explain(p.Address, err)
	}
	text, err := (&fetch.Response{URL: p.URL, Body: body, ContentType: p.ContentType}).Text("")
	if err != nil {
		return err
	}
	if text, err = document.RepairXMLText(p.Response, text); err != nil {
		return err
	}
	if !strings.HasPrefix(strings.TrimSpace(string(text[:min(len(text), 512)])), "<") {
		return m.lines(p, string(text))
	}
	d := document.XMLDecoder(text)
	for root := ""; ; {
		t, err := d.Token()
		if errors.Is(err, io.EOF) && root != "" {
			return nil
		}
		if err != nil {
			return document.XMLError(p.Response, text, err)
		}
		start, ok := t.(xml.StartElement)
		if !ok {
			continue
		}
		switch name := start.Name.Local; {
		case root == "" && (name == "urlset" || name == "sitemapindex"):
			root = name
			continue
		case root == "":
			return fail(Place{URL: p.URL}, "sitemap", "set url to the sitemap, often /sitemap.xml",
				"the document is no sitemap but begins with %s", name)
		}
		var e sitemapEntry
		if err := d.DecodeElement(&e, &start); err != nil {
			return document.XMLError(p.Response, text, err)
		}
		if err := m.entry(p, root, e); err != nil {
			return err
		}
	}
}

// entry follows one entry, unless it is known to be as it was. The inner
// sitemaps of an index are always read: their own dates are seldom kept.
func (m *sitemap) entry(p *fetch.Page, root string, e sitemapEntry) error {
	loc, lastmod := strings.TrimSpace(e.Loc), strings.TrimSpace(e.LastMod)
	if loc == "" {
		return nil
	}
	if strings.ContainsAny(loc, " <>\"") || !dcat.IsAddress(document.Absolute(p.URL, loc)) {
		m.s.notice(Problem{Severity: Warning, Place: Place{URL: p.URL}, Rule: "address", Value: loc,
			Message: "an entry of the sitemap is no address; it is left out",
			Remedy:  "ask the site's owner to write whole addresses, encoded as RFC 3986 has it"})
		return nil
	}
	loc = document.Absolute(p.URL, loc)
	if root == "urlset" {
		asItWas, err := m.asItWas(loc, lastmod)
		if err == nil && !asItWas {
			err = m.page(p, loc)
		}
		if l := m.s.listing; err == nil && l != nil && lastmod != "" {
			err = l.Note(loc, lastmod)
		}
		return err
	}
	err := p.Visit(loc)
	if errors.Is(err, fetch.ErrTooDeep) {
		return fail(Place{URL: p.URL, Locator: loc}, "depth", "set url to one of the inner sitemaps",
			"sitemap indexes are nested deeper than %d", maxSitemapDepth)
	}
	var inner *Error
	if !errors.As(err, &inner) || inner.Status == 0 || len(m.lost) >= maxBroken {
		return err
	}
	m.lost = append(m.lost, inner) // the others are read all the same, and the gathering fails in the end
	return nil
}

// whole returns the error of the first inner sitemap that could not be read.
func (m *sitemap) whole() error {
	if len(m.lost) == 0 {
		return nil
	}
	first := m.lost[0]
	return &Error{Place: first.Place, Rule: first.Rule, Status: first.Status, Remedy: first.Remedy,
		Err: fmt.Errorf("%s could not be read: %w", problem.Count(len(m.lost), "inner sitemap"), first.Err)}
}

// asItWas reports whether a page need not be visited: its date is the one of the
// last gathering, and it could be taken over then.
func (m *sitemap) asItWas(address, lastmod string) (bool, error) {
	l := m.s.listing
	if l == nil || lastmod == "" || m.s.Since.IsZero() || m.waiting.left[address] {
		return false, nil
	}
	was, ok, err := l.Was(address)
	return ok && was == lastmod, err
}

func (m *sitemap) lines(p *fetch.Page, text string) error {
	none := true
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); !strings.Contains(line, "://") {
			continue
		}
		none = false
		if err := m.page(p, line); err != nil {
			return err
		}
	}
	if none {
		return fail(Place{URL: p.URL}, "sitemap", "set url to the sitemap, often /sitemap.xml",
			"the document is no sitemap: it has no address")
	}
	return nil
}

// page visits one page that a sitemap lists.
func (m *sitemap) page(p *fetch.Page, address string) error {
	m.place = Place{URL: p.URL, Locator: address}
	m.waiting.came(address)
	return m.pages.Visit(address)
}
