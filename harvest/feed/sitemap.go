package feed

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"fincat/sparql/protocol"
)

// sitemapURLs is how many addresses one sitemap may have (sitemaps.org).
const sitemapURLs = 50_000

type sitemapURL struct {
	Loc     string `xml:"loc"`
	LastMod string `xml:"lastmod,omitempty"`
}

// sitemap answers with the pages of all datasets; when there are too many for
// one sitemap, with an index of them.
func (h *Handler) sitemap(w http.ResponseWriter, r *http.Request) {
	h.withSnapshot(w, r, func(rd *reader) error {
		all := rd.list.Recent
		pages := max(1, (len(all)+h.many-1)/h.many)
		number := 1
		var err error
		switch asked := r.URL.Query().Get("page"); {
		case asked != "":
			if number, err = strconv.Atoi(asked); err != nil || number < 1 || number > pages {
				protocol.WriteProblem(w, r, &protocol.Problem{Status: http.StatusNotFound,
					Detail: fmt.Sprintf("there is no such page; there are %d", pages)})
				return nil
			}
		case pages > 1:
			return h.sitemapIndex(w, r, rd, pages)
		}
		all = all[(number-1)*h.many:]
		var doc struct {
			XMLName xml.Name     `xml:"http://www.sitemaps.org/schemas/sitemap/0.9 urlset"`
			URLs    []sitemapURL `xml:"url"`
		}
		for _, d := range all[:min(h.many, len(all))] {
			doc.URLs = append(doc.URLs, sitemapURL{d.IRI, d.Changed.UTC().Format(time.RFC3339)})
		}
		return h.sendXML(w, r, rd, "application/xml", &doc)
	})
}

func (h *Handler) sitemapIndex(w http.ResponseWriter, r *http.Request, rd *reader, pages int) error {
	var doc struct {
		XMLName  xml.Name     `xml:"http://www.sitemaps.org/schemas/sitemap/0.9 sitemapindex"`
		Sitemaps []sitemapURL `xml:"sitemap"`
	}
	for n := range pages { // what changed last comes first
		doc.Sitemaps = append(doc.Sitemaps, sitemapURL{fmt.Sprintf("%ssitemap.xml?page=%d", h.Base, n+1),
			rd.list.Recent[n*h.many].Changed.UTC().Format(time.RFC3339)})
	}
	return h.sendXML(w, r, rd, "application/xml", &doc)
}

func (h *Handler) sendXML(w http.ResponseWriter, r *http.Request, rd *reader, mediaType string, doc any) error {
	var b bytes.Buffer
	b.WriteString(xml.Header)
	enc := xml.NewEncoder(&b)
	enc.Indent("", " ")
	if err := enc.Encode(doc); err != nil {
		return err
	}
	h.send(w, r, rd.sn, mediaType+"; charset=utf-8", b.Bytes())
	return nil
}

// robots keeps crawlers from running queries and leads them to the sitemap.
func (h *Handler) robots(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	fmt.Fprintf(w, "User-agent: *\nDisallow: /query\nSitemap: %ssitemap.xml\n", h.Base)
}

// withSnapshot answers from the newest snapshot.
func (h *Handler) withSnapshot(w http.ResponseWriter, r *http.Request, answer func(*reader) error) {
	sn, list, err := h.Listing.Current(r.Context())
	if err != nil {
		h.fail(w, r, err)
		return
	}
	defer sn.Close()
	if err := answer(h.reader(r.Context(), sn, list)); err != nil {
		h.fail(w, r, err)
	}
}
