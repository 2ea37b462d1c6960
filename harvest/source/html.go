package source

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/PuerkitoBio/goquery"
	"github.com/andybalholm/cascadia"

	"fincat/vocab/dcat"
)

// htmlKind reads lists in web pages by selectors from the configuration.
func htmlKind() Kind { return Kind{Name: "html", Gather: gatherHTML, Check: checkHTML} }

// fieldNames are the fields that the kinds html and table can fill.
var fieldNames = []string{"identifier", "title", "description", "keyword", "publisher", "landingPage", "downloadURL", "accessURL", "format", "license", "frequency", "theme", "issued", "modified", "fields", "note", "contactName", "contactPhone", "contactEmail", "encoding"}

func checkFields(where string, fields map[string]string) error {
	for name := range fields {
		if !slices.Contains(fieldNames, name) {
			return fmt.Errorf("%s: field %q is unknown: use one of %s", where, name, strings.Join(fieldNames, ", "))
		}
	}
	return nil
}

func checkHTML(c *Config) error {
	if c.HTML == nil || c.HTML.Record == "" || c.HTML.Fields["title"] == "" {
		return errors.New("html: give record: and fields: with at least title:, as CSS selectors")
	}
	if err := errors.Join(checkFields("html.fields", c.HTML.Fields), checkFields("html.detail", c.HTML.Detail)); err != nil {
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

func gatherHTML(ctx context.Context, s *Session) iter.Seq2[*Record, error] {
	return func(yield func(*Record, error) bool) {
		seen := map[string]bool{}
		for next := s.Config.URL; next != "" && !seen[next]; {
			seen[next] = true
			r, err := s.Page(ctx, next, "text/html, application/xhtml+xml;q=0.9, */*;q=0.1")
			if err != nil {
				yield(nil, err)
				return
			}
			doc, err := r.document()
			if err != nil {
				yield(nil, err)
				return
			}
			list := doc.Find(s.Config.HTML.Record)
			if list.Length() == 0 {
				yield(nil, fail(Place{next, s.Config.HTML.Record}, "selector", "look at the page; change html.record if its layout changed", "no element matches html.record"))
				return
			}
			var page contents
			for i, n := range list.EachIter() {
				page.add(n.Text())
				rec, err := s.fromElement(ctx, n, Place{r.URL, fmt.Sprintf("%s:nth(%d)", s.Config.HTML.Record, i+1)})
				if (rec != nil || err != nil) && !yield(rec, err) || err != nil {
					return
				}
			}
			if err := s.freshContents(next, page); err != nil {
				yield(nil, err)
				return
			}
			next = nextLink(doc, r.URL, s.Config.HTML.Next)
		}
	}
}

func (r *Response) document() (*goquery.Document, error) {
	body, err := r.Text("")
	if err != nil {
		return nil, err
	}
	doc, err := goquery.NewDocumentFromReader(bytes.NewReader(body))
	if err != nil {
		return nil, fail(Place{URL: r.URL}, "html", "look at the page in a browser", "read the page: %w", err)
	}
	return doc, nil
}

// nextLink returns the address of the next page. The selector may match the
// link itself, or the list of page numbers with the current one marked active.
func nextLink(doc *goquery.Document, page, sel string) string {
	if sel == "" {
		return ""
	}
	css, attr := splitAttr(sel)
	n := doc.Find(css).First()
	link, ok := n.Attr(first(attr, "href"))
	if !ok || strings.HasPrefix(link, "javascript:") || strings.HasPrefix(link, "#") {
		return ""
	}
	return absolute(page, link)
}

// fromElement maps one element of a list, and the page behind it if wanted.
func (s *Session) fromElement(ctx context.Context, n *goquery.Selection, place Place) (*Record, error) {
	f := fieldsOf(n, s.Config.HTML.Fields, place.URL)
	if len(s.Config.HTML.Detail) > 0 && f["landingPage"] != "" {
		// What identifies the record must not depend on whether its page can be
		// read this time, or a record with a broken page would seem to be gone.
		id := ""
		if s.Config.HTML.Detail["identifier"] == "" {
			id = f.identifier()
			f["identifier"] = id
		}
		r, err := s.Get(ctx, f["landingPage"])
		if err != nil {
			var e *Error
			if !errors.As(err, &e) || ctx.Err() != nil || e.Rule == "max_pages" {
				return nil, err
			}
			return broken(id, place, e.Rule, f["landingPage"], "the detail page could not be read: "+e.Err.Error(), e.Remedy), nil
		}
		doc, err := r.document()
		if err != nil {
			return broken(id, place, "encoding", f["landingPage"], err.Error(), "ask the source's owner to declare the page's encoding"), nil
		}
		for name, v := range fieldsOf(doc.Selection, s.Config.HTML.Detail, r.URL) {
			f[name] = v
		}
	}
	return s.fromFields(f, place), nil
}

func fieldsOf(n *goquery.Selection, selectors map[string]string, page string) fields {
	f := fields{}
	for name, sel := range selectors {
		css, attr := splitAttr(sel)
		at := n
		if css != "" {
			at = n.Find(css)
		}
		var values []string
		for _, e := range at.EachIter() {
			v := e.Text()
			if attr != "" {
				v = e.AttrOr(attr, "")
			}
			if v = tidy(v); v != "" && (name == "landingPage" || strings.HasSuffix(name, "URL")) {
				v = absolute(page, v)
			}
			if v != "" {
				values = append(values, v)
			}
		}
		if v := strings.Join(values, "\n"); v != "" {
			f[name] = v
		}
	}
	return f
}

// fields are the texts of one record by field name; several values of a field
// are separated by line breaks.
type fields map[string]string

// identifier returns what identifies a record without an identifier of its
// own: the address it stands for, else its title.
func (f fields) identifier() string {
	return identity(first(f["identifier"], f.first("downloadURL"), f.first("landingPage"), f.first("accessURL"), f["title"]))
}

func (f fields) first(name string) string {
	v, _, _ := strings.Cut(f[name], "\n")
	return v
}

// fromFields maps named fields, as the kinds html and table gather them.
func (s *Session) fromFields(f fields, place Place) *Record {
	id := f.identifier()
	if f["title"] == "" {
		return broken(id, place, "title-missing", "", "the record has no title", "check the selector or column of title, or give the record a title")
	}
	if !s.wanted(func(name string) string { return f[name] }) {
		return nil
	}
	d := &dcat.Dataset{Lang: s.Config.Language,
		Identifier: id, Title: s.texts(plain(f["title"])), Description: s.texts(plain(f["description"])),
		Fields: s.texts(plain(f["fields"])), Note: s.texts(plain(f["note"])), Publisher: s.publisher(f["publisher"]),
	}
	rec := &Record{ID: id, Place: place, Dataset: d}
	for k := range strings.FieldsFuncSeq(f["keyword"], func(c rune) bool { return strings.ContainsRune("、,;；，\n", c) }) {
		d.Keyword = append(d.Keyword, s.texts(k)...)
	}
	for t := range strings.FieldsFuncSeq(f["theme"], func(c rune) bool { return strings.ContainsRune("、,;；，\n", c) }) {
		d.AddTheme(s.Base, strings.TrimSpace(t))
	}
	if c := (dcat.Contact{Name: f["contactName"], Phone: f["contactPhone"], Email: f["contactEmail"]}); c != (dcat.Contact{}) {
		d.Contact = []dcat.Contact{c}
	}
	d.SetLicense(f["license"])
	d.SetFrequency(f["frequency"])
	if v := f.first("landingPage"); v != "" {
		d.LandingPage = []string{v}
	}
	rec.dates(f["issued"], f["modified"])
	rec.addresses(splitAddresses(f["downloadURL"]), splitNames(f["format"]), f["encoding"], true)
	rec.addresses(splitAddresses(f["accessURL"]), splitNames(f["format"]), f["encoding"], false)
	return rec
}

// dates fills the dates of a record and reports those that are none.
func (r *Record) dates(issued, modified string) {
	var ok bool
	if r.Dataset.Issued, ok = dcat.ParseDate(issued); !ok && issued != "" {
		r.problem(Warning, "date", issued, "the date of publication is no date", "write dates as 2026-03-20 or 115-03-20")
	}
	if r.Dataset.Modified, ok = dcat.ParseDate(modified); !ok && modified != "" {
		r.problem(Warning, "date", modified, "the date of change is no date", "write dates as 2026-03-20 or 115-03-20")
	}
}
