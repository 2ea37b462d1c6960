package feed

import (
	"encoding/xml"
	"net/http"
	"time"

	"fincat/harvest/queries"
	"fincat/sparql/protocol"
)

// atomEntries is how many datasets the Atom feed has.
const atomEntries = 50

type atomLink struct {
	Rel  string `xml:"rel,attr,omitempty"`
	Type string `xml:"type,attr,omitempty"`
	Href string `xml:"href,attr"`
}

type atomEntry struct {
	ID        string     `xml:"id"`
	Title     string     `xml:"title"`
	Updated   string     `xml:"updated"`
	Published string     `xml:"published,omitempty"`
	Author    string     `xml:"author>name,omitempty"`
	Summary   string     `xml:"summary"`
	Links     []atomLink `xml:"link"`
}

type atomFeed struct {
	XMLName xml.Name    `xml:"http://www.w3.org/2005/Atom feed"`
	Lang    string      `xml:"http://www.w3.org/XML/1998/namespace lang,attr"`
	ID      string      `xml:"id"`
	Title   string      `xml:"title"`
	Updated string      `xml:"updated"`
	Author  string      `xml:"author>name"`
	Links   []atomLink  `xml:"link"`
	Entries []atomEntry `xml:"entry"`
}

// atom answers with the datasets that changed last (RFC 4287). It takes the
// filters of the catalogue.
func (h *Handler) atom(w http.ResponseWriter, r *http.Request) {
	filter, err := queries.ParseFilter(h.Base, r.URL.Query())
	if err != nil {
		protocol.WriteProblem(w, r, &protocol.Problem{Status: http.StatusBadRequest, Detail: err.Error()})
		return
	}
	h.withSnapshot(w, r, func(rd *reader) error {
		self := string(h.Base) + "feed/atom.xml"
		if r.URL.RawQuery != "" {
			self += "?" + r.URL.Query().Encode()
		}
		doc := atomFeed{
			Lang: "zh-Hant-TW", ID: self, Title: "臺灣金融開放資料目錄", Author: "fincat",
			Updated: rd.sn.Time().UTC().Format(time.RFC3339),
			Links:   []atomLink{{"self", "application/atom+xml", self}, {"alternate", "text/html", string(h.Base)}},
		}
		rows, err := h.solutions(rd.ctx, rd.sn.Seq(), "recently-changed", &page{filter: filter}, atomEntries, 0)
		if err != nil {
			return err
		}
		for _, row := range rows {
			e, err := rd.entry(row[0].Value())
			if err != nil {
				return err
			}
			author, err := rd.name(e.publisher)
			if err != nil {
				return err
			}
			links := []atomLink{{"alternate", "text/html", e.IRI}, {"alternate", "text/turtle", e.IRI}}
			for _, iri := range e.origins() { // RFC 4287 §4.2.7.2
				links = append(links, atomLink{"via", "text/turtle", iri})
			}
			doc.Entries = append(doc.Entries, atomEntry{
				ID: e.IRI, Title: e.title(), Updated: e.changed, Published: e.added, Author: author, Summary: e.text(), Links: links,
			})
		}
		return h.sendXML(w, r, rd, "application/atom+xml", &doc)
	})
}
