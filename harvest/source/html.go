package source

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"strings"

	"github.com/PuerkitoBio/goquery"
	"github.com/andybalholm/cascadia"

	"fincat/harvest/document"
	"fincat/harvest/fetch"
	"fincat/harvest/mapping"
)

// htmlKind reads lists in web pages by selectors from the configuration.
func htmlKind() Kind { return Kind{Name: "html", Gather: gatherHTML, Check: checkHTML} }

func checkHTML(c *Config) error {
	if c.HTML == nil || c.HTML.Record == "" || c.HTML.Fields["title"] == "" {
		return errors.New("html: give record: and fields: with at least title:, as CSS selectors")
	}
	if err := errors.Join(mapping.CheckFields("html.fields", c.HTML.Fields),
		mapping.CheckFields("html.detail", c.HTML.Detail)); err != nil {
		return err
	}
	selectors := []string{c.HTML.Record, c.HTML.Next}
	for _, f := range []map[string]string{c.HTML.Fields, c.HTML.Detail} {
		for _, sel := range f {
			selectors = append(selectors, sel)
		}
	}
	for _, sel := range selectors {
		css, _ := splitAttr(sel)
		if _, err := cascadia.ParseGroup(css); css != "" && err != nil {
			return fmt.Errorf("html: selector %q: %w", sel, err)
		}
	}
	return nil
}

// splitAttr splits "a.x@href" into selector and attribute.
func splitAttr(sel string) (css, attr string) {
	if i := strings.LastIndexByte(sel, '@'); i >= 0 {
		return strings.TrimSpace(sel[:i]), strings.TrimSpace(sel[i+1:])
	}
	return strings.TrimSpace(sel), ""
}

const acceptHTML = "text/html, application/xhtml+xml;q=0.9, */*;q=0.1"

// htmlList is the gathering of one list.
type htmlList struct {
	s     *Session
	yield func(*mapping.Record, error) bool

	records document.Contents // of the page at hand
	linked  bool              // the page at hand showed its next page
	number  int               // of the page at hand
	pages   *fetch.Crawl
	details *fetch.Crawl
	detail  mapping.Fields // of the detail page that was visited last
}

func gatherHTML(ctx context.Context, s *Session) iter.Seq2[*mapping.Record, error] {
	return func(yield func(*mapping.Record, error) bool) {
		l := &htmlList{s: s, yield: yield, pages: s.crawl(ctx, fetch.CrawlOptions{Accept: acceptHTML})}
		l.pages.OnResponse(func(p *fetch.Page) error {
			l.records, l.linked = document.Contents{}, false
			l.number++
			return s.pages.Fresh(p.Address, p.Body)
		})
		l.pages.OnHTML(s.Config.HTML.Record, func(p *fetch.Page, n *goquery.Selection) error {
			return l.record(ctx, p, n)
		})
		if css, attr := splitAttr(s.Config.HTML.Next); css != "" {
			l.pages.OnHTML(css, func(p *fetch.Page, n *goquery.Selection) error {
				l.next(p, n, document.First(attr, "href"))
				return nil
			})
		}
		l.pages.OnScraped(l.page)
		l.details = s.crawl(ctx, fetch.CrawlOptions{Revisit: true})
		for name, sel := range s.Config.HTML.Detail {
			css, attr := splitAttr(sel)
			l.details.OnHTML(document.First(css, "html"), func(p *fetch.Page, n *goquery.Selection) error {
				addElement(l.detail, name, n, attr, p.URL)
				return nil
			})
		}
		if err := l.pages.Visit(s.Config.URL); err != nil && !errors.Is(err, errStopped) {
			yield(nil, err)
		}
	}
}

// record maps one element of the list, and the page behind it if wanted.
func (l *htmlList) record(ctx context.Context, p *fetch.Page, n *goquery.Selection) error {
	l.records.Add(n.Text())
	place := Place{URL: p.URL, Locator: fmt.Sprintf("%s:nth(%d)", l.s.Config.HTML.Record, l.records.N)}
	rec, err := l.fromElement(ctx, n, place)
	if err != nil {
		return err
	}
	if rec != nil && !l.yield(rec, nil) {
		return errStopped
	}
	return nil
}

// next puts the next page on the list. The selector may match the link itself,
// or the list of page numbers with the current one marked active; the first
// match counts.
func (l *htmlList) next(p *fetch.Page, n *goquery.Selection, attr string) {
	link, ok := n.Attr(attr)
	program := strings.HasPrefix(strings.ToLower(strings.TrimSpace(link)), "javascript:")
	if program && !l.linked && l.number == 1 {
		l.s.notice(Problem{Severity: Warning, Place: Place{URL: p.URL}, Rule: "next-page", Value: link,
			Message: "the link to the next page is a program, so that only the first page is read",
			Remedy:  "look for an address that lists everything, or ask the site's owner for one"})
	}
	if l.linked || !ok || program || strings.HasPrefix(link, "#") {
		l.linked = true
		return
	}
	l.linked = true
	next := document.Absolute(p.URL, link)
	if l.number == 1 && (next == p.URL || next == p.Address) { // on the last page of several this is usual
		l.s.Found.Problems = append(l.s.Found.Problems, Problem{Severity: Warning, Place: Place{URL: p.URL},
			Rule: "repeated-page", Value: next, Message: "the first page names itself as the next one",
			Remedy: "look at the page; correct html.next if there are further pages"})
	}
	p.VisitLater(next)
}

// page ends a page.
func (l *htmlList) page(p *fetch.Page) error {
	if l.records.N == 0 {
		return fail(Place{URL: p.Address, Locator: l.s.Config.HTML.Record}, "selector",
			"look at the page; change html.record if its layout changed", "no element matches html.record")
	}
	return l.s.pages.FreshContents(p.Address, l.records)
}

// fromElement maps one element of a list, and the page behind it if wanted.
func (l *htmlList) fromElement(ctx context.Context, n *goquery.Selection, place Place) (*mapping.Record, error) {
	html := l.s.Config.HTML
	f := fieldsOf(n, html.Fields, place.URL)
	listed, empty := mapping.Fields{}, false
	if len(html.Detail) > 0 && f["landingPage"] != "" {
		// What identifies the record must not depend on whether its page can be
		// read this time, or a record with a broken page would seem to be gone.
		id := ""
		if html.Detail["identifier"] == "" {
			id = f.Identifier()
			f["identifier"] = id
		}
		l.detail = mapping.Fields{}
		if err := l.details.Visit(f["landingPage"]); err != nil {
			var e *Error
			if !errors.As(err, &e) || ctx.Err() != nil || e.Rule == "max_pages" {
				return nil, err
			}
			return mapping.Broken(id, place, e.Rule, f["landingPage"],
				"the detail page could not be read: "+e.Err.Error(), e.Remedy), nil
		}
		empty = len(l.detail) == 0
		listed = maps.Clone(f)
		maps.Copy(f, l.detail)
	}
	rec := l.s.FromLines(f, place)
	if rec == nil || rec.Dataset == nil {
		return rec, nil
	}
	if empty {
		rec.Problems = append(rec.Problems, Problem{Severity: Warning, Record: rec.ID, Place: place, Rule: "selector",
			Value: f["landingPage"], Message: "nothing on the detail page matches html.detail",
			Remedy: "look at the page; change html.detail if its layout changed"})
	}
	for name, v := range listed { // what the detail page says otherwise does not replace it
		if f[name] != v {
			f[name] += "\n" + v
		}
	}
	l.s.CarryFields(rec, f)
	return rec, nil
}

func fieldsOf(n *goquery.Selection, selectors map[string]string, page string) mapping.Fields {
	f := mapping.Fields{}
	for name, sel := range selectors {
		css, attr := splitAttr(sel)
		at := n
		if css != "" {
			at = n.Find(css)
		}
		for _, e := range at.EachIter() {
			addElement(f, name, e, attr, page)
		}
	}
	return f
}

// addElement adds an element's text, or that of its attribute, to a field.
func addElement(f mapping.Fields, name string, e *goquery.Selection, attr, page string) {
	v := e.Text()
	if attr != "" {
		v = e.AttrOr(attr, "")
	}
	if v = document.Tidy(v); v != "" && (name == "landingPage" || strings.HasSuffix(name, "URL")) {
		if attr != "" || document.IsPath(v) {
			v = document.Absolute(page, v)
		}
	}
	if name == "title" { // a line break in it separates no titles
		v = strings.Join(strings.Fields(v), " ")
	}
	if v != "" {
		f[name] = strings.TrimPrefix(f[name]+"\n"+v, "\n")
	}
}
