package feed

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"net/http"
	"strconv"

	"fincat/harvest/queries"
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
		count, err := h.solutions(rd.ctx, rd.sn.Seq(), "selection-count", &page{}, 0, 0)
		if err != nil {
			return err
		}
		total, err := strconv.Atoi(count[0][0].Value())
		if err != nil {
			return err
		}
		number, err := strconv.Atoi(r.URL.Query().Get("page"))
		if err != nil {
			number = 1
			if total > sitemapURLs {
				return h.sitemapIndex(w, r, rd, (total+sitemapURLs-1)/sitemapURLs)
			}
		}
		if number < 1 || number > total/sitemapURLs+1 {
			protocol.WriteProblem(w, r, &protocol.Problem{Status: http.StatusNotFound, Detail: "there is no such page"})
			return nil
		}
		rows, err := h.solutions(rd.ctx, rd.sn.Seq(), "recently-changed", &page{filter: queries.Filter{}}, sitemapURLs, (number-1)*sitemapURLs)
		if err != nil {
			return err
		}
		var doc struct {
			XMLName xml.Name     `xml:"http://www.sitemaps.org/schemas/sitemap/0.9 urlset"`
			URLs    []sitemapURL `xml:"url"`
		}
		for _, row := range rows {
			doc.URLs = append(doc.URLs, sitemapURL{row[0].Value(), row[1].Value()})
		}
		return h.sendXML(w, r, rd, "application/xml", &doc)
	})
}

func (h *Handler) sitemapIndex(w http.ResponseWriter, r *http.Request, rd *reader, pages int) error {
	var doc struct {
		XMLName  xml.Name     `xml:"http://www.sitemaps.org/schemas/sitemap/0.9 sitemapindex"`
		Sitemaps []sitemapURL `xml:"sitemap"`
	}
	for n := range pages {
		doc.Sitemaps = append(doc.Sitemaps, sitemapURL{Loc: fmt.Sprintf("%ssitemap.xml?page=%d", h.Base, n+1)})
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
	sn, err := h.Store.Snapshot()
	if err != nil {
		h.fail(w, r, err)
		return
	}
	defer sn.Close()
	if err := answer(h.reader(r.Context(), sn)); err != nil {
		h.fail(w, r, err)
	}
}
