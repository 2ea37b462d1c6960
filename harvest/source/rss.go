package source

import (
	"context"
	"errors"
	"io"
	"iter"
	"slices"
	"strings"

	"fincat/harvest/document"
	"fincat/harvest/fetch"
	"fincat/harvest/mapping"
	"fincat/harvest/problem"
	"fincat/vocab/dcat"
	"fincat/vocab/term"
)

// rssKind reads RSS 0.9x to 2.0, RSS 1.0 and Atom feeds (RFC 4287): each entry
// is a dataset. A feed shows its newest entries only, so one that does not come
// is not missing, unless the feed says that it is complete (RFC 5005 §2);
// tombstones (RFC 6721) remove.
func rssKind() Kind { return Kind{Name: "rss", Gather: gatherRSS} }

func gatherRSS(ctx context.Context, s *Session) iter.Seq2[*mapping.Record, error] {
	return func(yield func(*mapping.Record, error) bool) {
		s.Found.Partial = true
		seen := map[string]bool{}
		for next := s.Config.URL; next != "" && !seen[next]; {
			seen[next] = true
			r, err := s.Page(ctx, next, "application/atom+xml, application/rss+xml, application/xml;q=0.9, */*;q=0.1")
			if err != nil {
				yield(nil, err)
				return
			}
			next, err = feedPage(s, r, yield)
			if err == nil && seen[next] {
				err = document.OwnNext(r.URL)
			}
			if err != nil {
				if !errors.Is(err, errStopped) {
					yield(nil, err)
				}
				return
			}
		}
	}
}

// feedPage yields the entries of one document and returns the next one's address.
func feedPage(s *Session, r *fetch.Response, yield func(*mapping.Record, error) bool) (next string, err error) {
	text, err := document.XMLText(r)
	if err != nil {
		return "", err
	}
	d := document.XMLDecoder(text)
	depth, root := 0, ""
	var page document.Contents
	about := document.Element{} // what the feed says of itself
	for {
		tok, err := d.Token()
		if errors.Is(err, io.EOF) && root != "" {
			if fields, ok := document.ElementValue(&about, 0).(map[string]any); ok {
				s.tellFields(fields, feedFields)
			}
			return next, s.pages.FreshContents(r.URL, page)
		}
		if err != nil {
			return "", document.XMLError(r, text, err)
		}
		start, end := document.Bounds(tok)
		if end {
			depth--
		}
		if start == nil {
			continue
		}
		name := start.Name.Local
		if root == "" {
			if root = name; root != "rss" && root != "RDF" && root != "feed" {
				return "", fail(Place{URL: r.URL}, "form", "set url to the feed",
					"the root element is %s, not rss, RDF or feed", name)
			}
		}
		if name == "rss" || name == "RDF" || name == "feed" || name == "channel" {
			depth++
			continue
		}
		line, _ := d.InputPos()
		var e document.Element
		if err := d.DecodeElement(&e, start); err != nil {
			return "", document.XMLError(r, text, err)
		}
		if n := feedElement(s, &e, name, r.URL); n != "" {
			next = n
		}
		var rec *mapping.Record
		switch name {
		case "item", "entry":
			if rec = fromEntry(s, &e, placeAt(r.URL, problem.Line(line))); rec != nil {
				page.Add(rec.ID)
			}
		case "deleted-entry":
			rec = &mapping.Record{ID: e.Attr("ref"), Place: placeAt(r.URL, problem.Line(line)), Deleted: true}
		default:
			about.Children = append(about.Children, e)
		}
		if rec != nil && !yield(rec, nil) {
			return "", errStopped
		}
	}
}

// feedFields are the elements of a feed; those about the feed itself as a document
// are no description of what is in it.
var feedFields = mapping.Uses(mapping.Mapped, "title", "description", "subtitle").With(mapping.Uses(mapping.Noted,
	"complete", "link", "lastBuildDate", "ttl", "skipHours", "skipDays", "cloud", "docs", "items"))

// feedElement takes over what the feed says of itself, and returns the address
// of the next page if the element is the link to it.
func feedElement(s *Session, e *document.Element, name, page string) string {
	switch name {
	case "title":
		if len(s.Found.Title) == 0 {
			s.Found.Title = s.Texts(document.Plain(e.Text))
		}
	case "description", "subtitle":
		if len(s.Found.Description) == 0 {
			s.Found.Description = s.Texts(document.Plain(e.Text))
		}
	case "complete":
		s.Found.Partial = false
	case "link":
		if e.Attr("rel") == "next" {
			return document.Absolute(page, e.Attr("href"))
		}
	}
	return ""
}

// fromEntry maps an item or entry.
func fromEntry(s *Session, e *document.Element, place Place) *mapping.Record {
	f := mapping.Fields{}
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
			set("title", document.Plain(v))
		case "guid", "id", "identifier":
			set("identifier", v)
		case "description", "summary", "content", "encoded":
			set("description", document.Plain(v))
		case "pubDate", "published", "date", "issued":
			set("issued", v)
		case "updated", "modified":
			set("modified", v)
		case "category", "subject":
			keywords = append(keywords, document.First(v, c.Attr("label"), c.Attr("term")))
		case "creator", "publisher":
			set("publisher", v)
		case "author":
			if len(c.Children) == 0 {
				set("publisher", v)
			}
			for _, n := range c.Children {
				if n.XMLName.Local == "name" {
					set("publisher", n.Text)
				}
			}
		case "enclosure":
			downloads = append(downloads, document.Absolute(place.URL, c.Attr("url")))
			set("format", c.Attr("type"))
		case "link":
			href := document.Absolute(place.URL, document.First(c.Attr("href"), v))
			if rel := c.Attr("rel"); rel == "enclosure" {
				downloads = append(downloads, href)
				set("format", c.Attr("type"))
			} else if rel == "" || rel == "alternate" {
				set("landingPage", href)
			} else if rel == "license" {
				set("license", href)
			} else if rel == "via" && c.Attr("type") == "text/turtle" { // as other fincats have it
				same = append(same, mapping.WebNames(href)...)
			}
		case "rights":
			set("license", v)
		}
	}
	f["downloadURL"] = strings.Join(downloads, "\n")
	rec := s.FromFields(f, place)
	if rec == nil || rec.Dataset == nil {
		return rec
	}
	rec.Dataset.SameAs = same
	for _, k := range keywords { // each is one, whatever stands in it
		rec.Dataset.Keyword = append(rec.Dataset.Keyword, s.Texts(document.Plain(k))...)
	}
	left := s.Carrier(rec)
	for i := range e.Children {
		if c := &e.Children[i]; !arrivedElement(left, c) {
			left.Add(&rec.Dataset.Extra, term.NewIRI(""), s.elementIRI(c), document.ElementValue(c, 0), 0)
		}
	}
	return rec
}

// feedNames are the elements that feeds have, and those of Dublin Core among
// them: their values are looked for in the mapped dataset.
var feedNames = []string{"title", "guid", "id", "identifier", "description", "summary", "content", "encoded",
	"pubDate",
	"published", "date", "issued", "updated", "modified", "category", "subject", "creator", "publisher", "author",
	"enclosure", "link", "rights"}

// arrivedElement reports whether what an element says is in the mapped dataset.
// Attributes of markup, such as the type of a text, say nothing of it.
func arrivedElement(c *mapping.Carrier, e *document.Element) bool {
	if !slices.Contains(feedNames, e.XMLName.Local) {
		return elementSaysNothing(e)
	}
	v := document.ElementValue(e, 0)
	if m, ok := v.(map[string]any); ok {
		for _, name := range []string{"@type", "@isPermaLink", "@rel", "@lang", "@base", "@space"} {
			if e.Attr("rel") != "" && name == "@type" && e.Attr("rel") != "enclosure" || name == "@rel" &&
				!slices.Contains([]string{"", "alternate", "enclosure", "license", "via"}, e.Attr("rel")) {
				continue
			}
			if name != "@type" || e.XMLName.Local != "enclosure" {
				delete(m, name)
			}
		}
	}
	return c.Arrived(v, 0)
}

func elementSaysNothing(e *document.Element) bool {
	return strings.TrimSpace(e.Text) == "" && len(e.Children) == 0 && len(e.Attrs) == 0
}

// elementIRI returns the property under which an element is carried: its own
// name, if it has a namespace that is an address, else one of this kind of source.
func (s *Session) elementIRI(e *document.Element) string {
	space := e.XMLName.Space
	if !dcat.IsAddress(space) || space == "http://www.w3.org/2005/Atom" ||
		strings.HasPrefix(space, "http://purl.org/rss/1.0/") && !strings.HasSuffix(space, "/") {
		return s.FieldIRI(e.XMLName.Local)
	}
	if strings.HasSuffix(space, "/") || strings.HasSuffix(space, "#") {
		return space + e.XMLName.Local
	}
	return space + "#" + e.XMLName.Local
}
