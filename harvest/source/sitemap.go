package source

import (
	"context"
	"encoding/xml"
	"errors"
	"io"
	"iter"
	"strings"
)

// sitemapKind reads the pages that a sitemap lists, sitemap indexes included,
// and takes the datasets that they describe with schema.org terms. After a
// complete gathering, pages whose lastmod is older are not fetched again.
func sitemapKind() Kind { return Kind{Name: "sitemap", Gather: gatherSitemap} }

// maxSitemapDepth bounds sitemap indexes inside indexes; the protocol allows one.
const maxSitemapDepth = 3

// sitemap is one gathering of a site.
type sitemap struct {
	s        *Session
	seen     map[string]bool // pages
	datasets map[string]bool // identifiers
	yield    func(*Record, error) bool
}

func gatherSitemap(ctx context.Context, s *Session) iter.Seq2[*Record, error] {
	return func(yield func(*Record, error) bool) {
		m := &sitemap{s: s, seen: map[string]bool{}, datasets: map[string]bool{}, yield: yield}
		s.Partial = !s.since.IsZero()
		if err := m.read(ctx, s.Config.URL, 0); err != nil && !errors.Is(err, errStopped) {
			yield(nil, err)
		}
	}
}

// sitemapEntry is a url or a sitemap element.
type sitemapEntry struct {
	Loc     string `xml:"loc"`
	LastMod string `xml:"lastmod"`
}

// read goes through a sitemap, which may also be a text file with an address
// on each line.
func (m *sitemap) read(ctx context.Context, address string, depth int) error {
	r, err := m.s.Page(ctx, address, "application/xml, text/xml, text/plain;q=0.5, */*;q=0.1")
	if err != nil {
		return err
	}
	in, err := r.Reader(m.s.Config.MaxBytes)
	if err != nil {
		return explain(address, err)
	}
	body, err := io.ReadAll(in)
	if err != nil {
		return explain(address, err)
	}
	text, err := (&Response{URL: r.URL, Body: body, contentType: r.contentType}).Text("")
	if err != nil {
		return err
	}
	if !strings.HasPrefix(strings.TrimSpace(string(text[:min(len(text), 512)])), "<") {
		return m.lines(ctx, r, string(text))
	}
	d := xmlDecoder(text)
	entries := 0
	for root := ""; ; {
		t, err := d.Token()
		if errors.Is(err, io.EOF) && root != "" {
			return nil
		}
		if err != nil {
			return xmlError(r, text, err)
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
			return fail(Place{URL: r.URL}, "sitemap", "set url to the sitemap, often /sitemap.xml", "the document is no sitemap but begins with %s", name)
		}
		var e sitemapEntry
		if err := d.DecodeElement(&e, &start); err != nil {
			return xmlError(r, text, err)
		}
		entries++
		if err := m.entry(ctx, r, root, e, entries, depth); err != nil {
			return err
		}
	}
}

// entry follows one entry if it is new.
func (m *sitemap) entry(ctx context.Context, r *Response, root string, e sitemapEntry, n, depth int) error {
	loc := strings.TrimSpace(e.Loc)
	changed, ok := instant(e.LastMod)
	switch {
	case loc == "" || m.seen[loc]:
		return nil
	case ok && !m.s.since.IsZero() && changed.Before(m.s.since.AddDate(0, 0, -1)): // a date without time counts as its beginning
		return nil
	}
	m.seen[loc] = true
	loc = absolute(r.URL, loc)
	if root == "urlset" {
		return m.page(ctx, loc, Place{r.URL, loc})
	}
	if depth == maxSitemapDepth {
		return fail(Place{r.URL, loc}, "depth", "set url to one of the inner sitemaps", "sitemap indexes are nested deeper than %d", maxSitemapDepth)
	}
	return m.read(ctx, loc, depth+1)
}

func (m *sitemap) lines(ctx context.Context, r *Response, text string) error {
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); !strings.Contains(line, "://") || m.seen[line] {
			continue
		}
		m.seen[line] = true
		if err := m.page(ctx, line, Place{r.URL, line}); err != nil {
			return err
		}
	}
	if len(m.seen) == 0 {
		return fail(Place{URL: r.URL}, "sitemap", "set url to the sitemap, often /sitemap.xml", "the document is no sitemap: it has no address")
	}
	return nil
}

// page takes the datasets of one page; a page without any is no mistake.
func (m *sitemap) page(ctx context.Context, address string, place Place) error {
	p, err := m.s.schemaPage(ctx, address)
	if err != nil {
		if rec := unreadable(ctx, address, place, err); rec != nil {
			if m.yield(rec, nil) {
				return nil
			}
			return errStopped
		}
		return err
	}
	if !p.yieldDatasets(m.datasets, m.yield) {
		return errStopped
	}
	return nil
}
