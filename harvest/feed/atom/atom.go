package atom

import (
	"encoding/xml"
	"time"

	"fincat/harvest/quality"
	"fincat/harvest/quality/words"
	"fincat/store"
)

// Link leads from a feed or an entry to something (RFC 4287 §4.2.7).
type Link struct {
	Rel  string `xml:"rel,attr,omitempty"`
	Type string `xml:"type,attr,omitempty"`
	Href string `xml:"href,attr"`
}

// Entry is one of a feed (RFC 4287 §4.1.2).
type Entry struct {
	ID        string `xml:"id"`
	Title     string `xml:"title"`
	Updated   string `xml:"updated"`
	Published string `xml:"published,omitempty"`
	Author    string `xml:"author>name,omitempty"`
	Summary   string `xml:"summary"`
	Links     []Link `xml:"link"`
}

// Feed is the document (RFC 4287 §4.1.1).
type Feed struct {
	XMLName xml.Name `xml:"http://www.w3.org/2005/Atom feed"`
	Lang    string   `xml:"http://www.w3.org/XML/1998/namespace lang,attr"`
	ID      string   `xml:"id"`
	Title   string   `xml:"title"`
	Updated string   `xml:"updated"`
	Author  string   `xml:"author>name"`
	Links   []Link   `xml:"link"`
	Entries []Entry  `xml:"entry"`
}

// Badges returns the changes of a dataset's badge, the newest first; none where it was not
// checked.
func Badges(sn *store.Snapshot, dataset string) (out []Entry, err error) {
	q, err := quality.ResultOf(sn, dataset)
	if err != nil || q == nil {
		return nil, err
	}
	say, err := words.New()
	if err != nil {
		return nil, err
	}
	for _, c := range q.Changes() {
		at := c.At.UTC().Format(time.RFC3339)
		out = append(out, Entry{ID: dataset + "#badge-" + at, Updated: at,
			Title: c.Title + "：品質標章 " + c.Before + " → " + c.Badge, Summary: say.Chinese(c.Why),
			Links: []Link{{"alternate", "text/html", dataset + "#quality"}}})
	}
	return out, nil
}
