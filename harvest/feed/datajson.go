package feed

import (
	"bytes"
	"cmp"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"fincat/harvest/feed/pod"
	"fincat/sparql/protocol"
	"fincat/vocab/dcat"
)

// DataJSONRoute is that of [Handler.DataJSON]. The making of a large document may take longer
// than other answers should, on a busy machine; who waits for it gets it.
const DataJSONRoute = "GET /data.json"

// DataJSON answers with the whole catalogue in the schema that portals of the
// United States harvest. It is made once per state, and whole before it is sent.
func (h *Handler) DataJSON(w http.ResponseWriter, r *http.Request) {
	if err := protocol.CheckParams(r, "records"); err != nil {
		protocol.WriteProblem(w, r, protocol.ProblemOf(err))
		return
	}
	records := r.URL.Query().Get("records")
	made := h.pod[records]
	if made == nil {
		_, err := mergedRecords(records)
		protocol.WriteProblem(w, r, &protocol.Problem{Status: http.StatusBadRequest, Detail: err.Error()})
		return
	}
	sn, list, err := h.Listing.Current(r.Context())
	if err != nil {
		h.fail(w, r, err)
		return
	}
	sn.Close()
	doc, err := made.get(r.Context(), list)
	if err != nil {
		h.fail(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("ETag", entityTag(doc.seq, r.URL.Path, records))
	w.Header().Set("Cache-Control", "no-cache")
	w.Header().Set("Access-Control-Allow-Origin", "*")
	http.ServeContent(w, r, "", doc.time, io.NewSectionReader(doc.file, 0, doc.size))
}

// writePOD writes the document, a dataset at a time.
func writePOD(rd *reader, w io.Writer) error {
	head, err := json.Marshal(pod.Catalog{
		Context: "https://project-open-data.cio.gov/v1.1/schema/catalog.jsonld",
		ID:      string(rd.h.Base) + "data.json", Type: "dcat:Catalog",
		ConformsTo:  "https://project-open-data.cio.gov/v1.1/schema",
		DescribedBy: "https://project-open-data.cio.gov/v1.1/schema/catalog.json", Dataset: []pod.Dataset{},
	})
	if err != nil {
		return err
	}
	if _, err := w.Write(bytes.TrimSuffix(head, []byte("]}"))); err != nil {
		return err
	}
	enc, first := json.NewEncoder(w), true
	enc.SetEscapeHTML(false)
	err = rd.entries(rd.records(rd.list.Live), func(e *entry) error {
		d, err := rd.pod(e)
		if err == nil && !first {
			_, err = io.WriteString(w, ",")
		}
		if first = false; err != nil {
			return err
		}
		return enc.Encode(&d)
	})
	if err != nil {
		return err
	}
	_, err = io.WriteString(w, "]}\n")
	return err
}

// pod turns an entry into the form of data.json. Required fields are filled with the nearest
// that the catalogue knows, and what the schema does not allow is left out.
func (rd *reader) pod(e *entry) (pod.Dataset, error) {
	d := pod.Dataset{
		Type: "dcat:Dataset", Identifier: e.IRI, Title: e.title(), Description: e.text(), AccessLevel: "public",
		License: e.License, SameAs: e.origins(), Modified: e.Modified.Value(), Issued: e.Issued.Value(),
		AccrualPeriodicity: pod.Frequency(e.Frequency), Language: []string{dcat.ZHTW},
		Publisher: pod.Agent{Type: "org:Organization"}, ContactPoint: pod.Contact{Type: "vcard:Contact"},
	}
	if rd.merged {
		d.SameAs = append(d.SameAs, rd.also(e.IRI)...)
	}
	if d.Title == "" {
		d.Title, d.Description = e.path(rd.h.Base), e.path(rd.h.Base)
	}
	if d.Modified == "" {
		d.Modified = e.changed
	}
	if d.Modified == "" {
		if x := rd.list.Find(e.IRI); x != nil {
			d.Modified = x.Changed.UTC().Format(time.RFC3339)
		}
	}
	var err error
	if d.Publisher.Name, err = rd.name(e.publisher); err != nil {
		return d, err
	}
	if d.Publisher.Name == "" {
		d.Publisher.Name = cmp.Or(e.publisher, host(rd.h.Base))
	}
	if err := rd.podContact(e, &d); err != nil {
		return d, err
	}
	if len(e.LandingPage) > 0 {
		d.LandingPage = e.LandingPage[0]
	}
	for _, theme := range e.Theme {
		name, err := rd.name(theme)
		if err != nil {
			return d, err
		}
		if name != "" && !slices.Contains(d.Theme, name) {
			d.Theme = append(d.Theme, name)
		}
	}
	for _, k := range e.Keyword {
		if k.Value != "" && len(k.Value) <= 1000 {
			d.Keyword = append(d.Keyword, k.Value)
		}
	}
	if len(d.Keyword) == 0 {
		d.Keyword = append([]string{}, d.Theme...)
	}
	if len(d.Keyword) == 0 {
		d.Keyword = []string{d.Publisher.Name}
	}
	for i := range e.Distribution {
		x := &e.Distribution[i]
		mediaType := dcat.MediaTypeOf(x.MediaType)
		if !pod.MediaType.MatchString(mediaType) {
			mediaType = ""
		}
		d.Distribution = append(d.Distribution, pod.Distribution{
			Type: "dcat:Distribution", Title: dcat.Best(x.Title, dcat.ZHTW),
			Description: dcat.Best(x.Description, dcat.ZHTW),
			DownloadURL: x.DownloadURL, AccessURL: x.AccessURL, MediaType: mediaType, Format: formatName(x),
		})
	}
	return d, nil
}

// podContact fills in the contact, which has to have an address: where a dataset has none,
// that of the catalogue.
func (rd *reader) podContact(e *entry, d *pod.Dataset) error {
	c := &d.ContactPoint
	c.Fn = d.Publisher.Name
	if len(e.Contact) > 0 {
		c.Fn = cmp.Or(e.Contact[0].Name, c.Fn)
		c.HasEmail = "mailto:" + strings.TrimPrefix(e.Contact[0].Email, "mailto:")
	}
	if pod.Mail.MatchString(c.HasEmail) {
		return nil
	}
	mail, err := rd.mail()
	c.HasEmail = "mailto:" + mail
	return err
}

func (h *Handler) sendJSON(w http.ResponseWriter, r *http.Request, rd *reader, doc any) error {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(doc); err != nil {
		return err
	}
	h.send(w, r, rd.sn, "application/json", b.Bytes())
	return nil
}
