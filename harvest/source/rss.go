package source

import (
	"context"
	"errors"
	"io"
	"iter"
	"strings"
)

// rssKind reads RSS 0.9x to 2.0, RSS 1.0 and Atom feeds (RFC 4287): each entry
// is a dataset. A feed shows its newest entries only, so one that does not come
// is not missing, unless the feed says that it is complete (RFC 5005 §2);
// tombstones (RFC 6721) remove.
func rssKind() Kind { return Kind{Name: "rss", Gather: gatherRSS} }

// errStop says that no more records are wanted.
var errStop = errors.New("stop")

func gatherRSS(ctx context.Context, s *Session) iter.Seq2[*Record, error] {
	return func(yield func(*Record, error) bool) {
		s.Partial = true
		seen := map[string]bool{}
		for next := s.Config.URL; next != "" && !seen[next]; {
			seen[next] = true
			r, err := s.Page(ctx, next, "application/atom+xml, application/rss+xml, application/xml;q=0.9, */*;q=0.1")
			if err != nil {
				yield(nil, err)
				return
			}
			next, err = s.feedPage(r, yield)
			if err != nil {
				if !errors.Is(err, errStop) {
					yield(nil, err)
				}
				return
			}
		}
	}
}

// feedPage yields the entries of one document and returns the next one's address.
func (s *Session) feedPage(r *Response, yield func(*Record, error) bool) (next string, err error) {
	text, err := r.Text("")
	if err != nil {
		return "", err
	}
	d := xmlDecoder(text)
	depth, root := 0, ""
	var page contents
	for {
		tok, err := d.Token()
		if err == io.EOF && root != "" {
			return next, s.freshContents(r.URL, page)
		}
		if err != nil {
			return "", xmlError(r, text, err)
		}
		start, end := elementBounds(tok)
		if end {
			depth--
		}
		if start == nil {
			continue
		}
		name := start.Name.Local
		if root == "" {
			if root = name; root != "rss" && root != "RDF" && root != "feed" {
				return "", fail(Place{URL: r.URL}, "form", "set url to the feed", "the root element is %s, not rss, RDF or feed", name)
			}
		}
		if name == "rss" || name == "RDF" || name == "feed" || name == "channel" {
			depth++
			continue
		}
		line, _ := d.InputPos()
		var e element
		if err := d.DecodeElement(&e, start); err != nil {
			return "", xmlError(r, text, err)
		}
		if n := s.feedElement(&e, name, r.URL); n != "" {
			next = n
		}
		var rec *Record
		switch name {
		case "item", "entry":
			if rec = s.fromEntry(&e, Place{r.URL, lineLocator(line)}); rec != nil {
				page.add(rec.ID)
			}
		case "deleted-entry":
			rec = &Record{ID: e.attr("ref"), Place: Place{r.URL, lineLocator(line)}, Deleted: true}
		}
		if rec != nil && !yield(rec, nil) {
			return "", errStop
		}
	}
}

// feedElement takes over what the feed says of itself, and returns the address
// of the next page if the element is the link to it.
func (s *Session) feedElement(e *element, name, page string) string {
	switch name {
	case "title":
		if len(s.Title) == 0 {
			s.Title = s.texts(plain(e.Text))
		}
	case "description", "subtitle":
		if len(s.Description) == 0 {
			s.Description = s.texts(plain(e.Text))
		}
	case "complete":
		s.Partial = false
	case "link":
		if e.attr("rel") == "next" {
			return absolute(page, e.attr("href"))
		}
	}
	return ""
}

// fromEntry maps an item or entry.
func (s *Session) fromEntry(e *element, place Place) *Record {
	f := fields{}
	set := func(name, v string) {
		if v = strings.TrimSpace(v); v != "" && f[name] == "" {
			f[name] = v
		}
	}
	var keywords, downloads, same []string
	for i := range e.Children {
		c := &e.Children[i]
		v := strings.TrimSpace(c.Text)
		switch c.XMLName.Local {
		case "title":
			set("title", plain(v))
		case "guid", "id", "identifier":
			set("identifier", v)
		case "description", "summary", "content", "encoded":
			set("description", plain(v))
		case "pubDate", "published", "date", "issued":
			set("issued", v)
		case "updated", "modified":
			set("modified", v)
		case "category", "subject":
			keywords = append(keywords, first(v, c.attr("label"), c.attr("term")))
		case "creator", "publisher":
			set("publisher", v)
		case "author":
			for _, n := range c.Children {
				if n.XMLName.Local == "name" {
					set("publisher", n.Text)
				}
			}
		case "enclosure":
			downloads = append(downloads, absolute(place.URL, c.attr("url")))
			set("format", c.attr("type"))
		case "link":
			href := absolute(place.URL, first(c.attr("href"), v))
			if rel := c.attr("rel"); rel == "enclosure" {
				downloads = append(downloads, href)
				set("format", c.attr("type"))
			} else if rel == "" || rel == "alternate" {
				set("landingPage", href)
			} else if rel == "license" {
				set("license", href)
			} else if rel == "via" && c.attr("type") == "text/turtle" { // as other fincats have it
				same = append(same, webNames(href)...)
			}
		case "rights":
			set("license", v)
		}
	}
	f["keyword"], f["downloadURL"] = strings.Join(keywords, "\n"), strings.Join(downloads, "\n")
	rec := s.fromFields(f, place)
	if rec != nil && rec.Dataset != nil {
		rec.Dataset.SameAs = same
	}
	return rec
}
