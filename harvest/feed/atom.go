package feed

import (
	"encoding/xml"
	"net/http"
	"slices"
	"time"

	"fincat/harvest/feed/atom"
	"fincat/harvest/feed/listing"
	"fincat/harvest/queries"
	"fincat/harvest/queries/saved"
	"fincat/sparql"
	"fincat/sparql/protocol"
)

// newestEntries is how many datasets the feeds of those that changed last have.
const newestEntries = 50

// newest has a feed made of the datasets that changed last: those that a filter selects, those
// that the saved query which the parameter query names does, or the one that dataset names. The
// address that asks for them is self.
func (h *Handler) newest(w http.ResponseWriter, r *http.Request, path string,
	answer func(rd *reader, self string, list []*listing.Dataset) error) {
	params := r.URL.Query()
	filter, err := queries.ParseFilter(h.Base, params)
	if fault := protocol.CheckParams(r, append(queries.FilterParams(), "dataset", "query")...); fault != nil {
		err = fault
	}
	if err != nil {
		protocol.WriteProblem(w, r, &protocol.Problem{Status: http.StatusBadRequest, Detail: err.Error()})
		return
	}
	self := string(h.Base) + path
	if len(params) > 0 {
		self += "?" + params.Encode()
	}
	h.withSnapshot(w, r, func(rd *reader) error {
		list := rd.list.Recent
		if one := params.Get("dataset"); one != "" {
			d := rd.list.Find(one)
			if d == nil || d.Removed {
				protocol.WriteProblem(w, r, &protocol.Problem{Status: http.StatusNotFound,
					Detail: "the catalogue has no dataset <" + one + ">"})
				return nil
			}
			list = []*listing.Dataset{d}
		}
		list = rd.list.Filtered(list, filter)
		if name := params.Get("query"); name != "" {
			var err error
			if list, err = rd.saved(list, name); err != nil {
				return err
			}
			if list == nil {
				protocol.WriteProblem(w, r, &protocol.Problem{Status: http.StatusNotFound,
					Detail: "there is no saved query " + name})
				return nil
			}
		}
		return answer(rd, self, list[:min(newestEntries, len(list))])
	})
}

// saved returns those of a list that a saved query selects, nil when there is no such query.
func (rd *reader) saved(list []*listing.Dataset, name string) ([]*listing.Dataset, error) {
	text, ok, err := saved.Followed(rd.ctx, rd.sn, rd.h.Base, rd.h.Saved, rd.h.Queries, name)
	if err != nil || !ok {
		return nil, err
	}
	selected, err := queries.Datasets(rd.ctx, rd.h.Engine, text, sparql.QueryOptions{AtSeq: rd.sn.Seq()})
	if err != nil {
		return nil, err
	}
	out := []*listing.Dataset{}
	for _, d := range list {
		if _, is := slices.BinarySearch(selected, d.IRI); is {
			out = append(out, d)
		}
	}
	return out, nil
}

// feedTitle is what the feeds are called.
const feedTitle = "臺灣金融開放資料目錄"

// atom answers with the datasets that changed last (RFC 4287). It takes the
// filters of the catalogue.
func (h *Handler) atom(w http.ResponseWriter, r *http.Request) {
	h.newest(w, r, "feed/atom.xml", func(rd *reader, self string, list []*listing.Dataset) error {
		doc := atom.Feed{
			Lang: "zh-Hant-TW", ID: self, Title: feedTitle, Author: "fincat",
			Updated: rd.sn.Time().UTC().Format(time.RFC3339),
			Links: []atom.Link{{Rel: "self", Type: "application/atom+xml", Href: self},
				{Rel: "alternate", Type: "text/html", Href: string(h.Base)}},
		}
		err := rd.entries(list, func(e *entry) error {
			author, err := rd.name(e.publisher)
			if err != nil {
				return err
			}
			links := []atom.Link{{Rel: "alternate", Type: "text/html", Href: e.IRI},
				{Rel: "alternate", Type: "text/turtle", Href: e.IRI}}
			for _, iri := range e.origins() { // RFC 4287 §4.2.7.2
				links = append(links, atom.Link{Rel: "via", Type: "text/turtle", Href: iri})
			}
			doc.Entries = append(doc.Entries, atom.Entry{
				ID: e.IRI, Title: e.title(), Updated: e.changed, Published: e.added, Author: author,
				Summary: e.text(), Links: links,
			})
			return nil
		})
		if err != nil {
			return err
		}
		if r.URL.Query().Get("dataset") != "" {
			for _, d := range list {
				badges, err := atom.Badges(rd.sn, d.IRI)
				if err != nil {
					return err
				}
				doc.Entries = append(doc.Entries, badges...)
			}
		}
		return h.sendXML(w, r, rd, "application/atom+xml", &doc)
	})
}

type (
	rssFeed struct {
		XMLName xml.Name   `xml:"rss"`
		Version string     `xml:"version,attr"`
		Channel rssChannel `xml:"channel"`
	}
	rssChannel struct {
		Title       string    `xml:"title"`
		Link        string    `xml:"link"`
		Description string    `xml:"description"`
		Language    string    `xml:"language"`
		Built       string    `xml:"lastBuildDate"`
		Self        rssSelf   `xml:"http://www.w3.org/2005/Atom link"`
		Items       []rssItem `xml:"item"`
	}
	rssSelf struct {
		Rel  string `xml:"rel,attr"`
		Type string `xml:"type,attr"`
		Href string `xml:"href,attr"`
	}
	rssItem struct {
		Title       string   `xml:"title"`
		Link        string   `xml:"link"`
		ID          string   `xml:"guid"`
		Published   string   `xml:"pubDate,omitempty"`
		Description string   `xml:"description"`
		Categories  []string `xml:"category"`
	}
)

// rss answers with the same as [Handler.atom] in RSS 2.0.
func (h *Handler) rss(w http.ResponseWriter, r *http.Request) {
	h.newest(w, r, "feed/rss.xml", func(rd *reader, self string, list []*listing.Dataset) error {
		doc := rssFeed{Version: "2.0", Channel: rssChannel{Title: feedTitle, Link: string(h.Base),
			Description: feedTitle, Language: "zh-tw", Built: rd.sn.Time().UTC().Format(rssTime),
			Self: rssSelf{"self", "application/rss+xml", self}}}
		err := rd.entries(list, func(e *entry) error {
			item := rssItem{Title: e.title(), Link: e.IRI, ID: e.IRI, Description: e.text()}
			if d := rd.list.Find(e.IRI); d != nil && !d.Changed.IsZero() {
				item.Published = d.Changed.UTC().Format(rssTime)
			}
			for _, theme := range e.Theme {
				name, err := rd.name(theme)
				if err != nil {
					return err
				}
				if name != "" {
					item.Categories = append(item.Categories, name)
				}
			}
			doc.Channel.Items = append(doc.Channel.Items, item)
			return nil
		})
		if err != nil {
			return err
		}
		return h.sendXML(w, r, rd, "application/rss+xml", &doc)
	})
}

// rssTime is how RSS 2.0 writes times, which is that of RFC 822 with years of four digits.
const rssTime = "Mon, 02 Jan 2006 15:04:05 GMT"
