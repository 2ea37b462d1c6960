package feed

import (
	"bytes"
	"encoding/json"
	"math"
	"net/http"

	"fincat/harvest/queries"
	"fincat/vocab/dcat"
)

// Types of a data.json document (Project Open Data metadata schema 1.1).
type (
	podCatalog struct {
		Context     string       `json:"@context"`
		ID          string       `json:"@id"`
		Type        string       `json:"@type"`
		ConformsTo  string       `json:"conformsTo"`
		DescribedBy string       `json:"describedBy"`
		Dataset     []podDataset `json:"dataset"`
	}
	podDataset struct {
		Type               string            `json:"@type"`
		Identifier         string            `json:"identifier"`
		Title              string            `json:"title"`
		Description        string            `json:"description"`
		Keyword            []string          `json:"keyword"`
		Modified           string            `json:"modified"`
		Issued             string            `json:"issued,omitempty"`
		Publisher          podAgent          `json:"publisher"`
		ContactPoint       podContact        `json:"contactPoint"`
		AccessLevel        string            `json:"accessLevel"`
		License            string            `json:"license,omitempty"`
		LandingPage        string            `json:"landingPage,omitempty"`
		SameAs             []string          `json:"sameAs,omitempty"` // not in the schema, which lets others in
		Language           []string          `json:"language,omitempty"`
		AccrualPeriodicity string            `json:"accrualPeriodicity,omitempty"`
		Theme              []string          `json:"theme,omitempty"`
		Distribution       []podDistribution `json:"distribution,omitempty"`
	}
	podAgent struct {
		Type string `json:"@type"`
		Name string `json:"name"`
	}
	podContact struct {
		Type     string `json:"@type"`
		Fn       string `json:"fn"`
		HasEmail string `json:"hasEmail,omitempty"`
	}
	podDistribution struct {
		Type        string `json:"@type"`
		Title       string `json:"title,omitempty"`
		Description string `json:"description,omitempty"`
		DownloadURL string `json:"downloadURL,omitempty"`
		AccessURL   string `json:"accessURL,omitempty"`
		MediaType   string `json:"mediaType,omitempty"`
		Format      string `json:"format,omitempty"`
	}
)

// dataJSON answers with the whole catalogue in the schema that portals of the
// United States harvest.
func (h *Handler) dataJSON(w http.ResponseWriter, r *http.Request) {
	h.withSnapshot(w, r, func(rd *reader) error {
		doc := podCatalog{
			Context: "https://project-open-data.cio.gov/v1.1/schema/catalog.jsonld", ID: string(h.Base) + "data.json", Type: "dcat:Catalog",
			ConformsTo:  "https://project-open-data.cio.gov/v1.1/schema",
			DescribedBy: "https://project-open-data.cio.gov/v1.1/schema/catalog.json", Dataset: []podDataset{},
		}
		err := rd.each(queries.Filter{}, math.MaxInt, 0, func(e *entry) error {
			d, err := rd.pod(e)
			doc.Dataset = append(doc.Dataset, d)
			return err
		})
		if err != nil {
			return err
		}
		return h.sendJSON(w, r, rd, &doc)
	})
}

// pod turns an entry into the form of data.json, whose required fields are
// filled with the nearest that the catalogue knows.
func (rd *reader) pod(e *entry) (podDataset, error) {
	d := podDataset{
		Type: "dcat:Dataset", Identifier: e.IRI, Title: e.title(), Description: e.text(), AccessLevel: "public", License: e.License, SameAs: e.origins(),
		Modified: e.Modified.Value(), Issued: e.Issued.Value(), AccrualPeriodicity: e.Frequency, Language: []string{dcat.ZHTW},
		Publisher: podAgent{Type: "org:Organization"}, ContactPoint: podContact{Type: "vcard:Contact"},
	}
	if d.Modified == "" {
		d.Modified = e.changed
	}
	var err error
	if d.Publisher.Name, err = rd.name(e.publisher); err != nil {
		return d, err
	}
	d.ContactPoint.Fn = d.Publisher.Name
	if len(e.Contact) > 0 {
		d.ContactPoint.Fn = e.Contact[0].Name
		if m := e.Contact[0].Email; m != "" {
			d.ContactPoint.HasEmail = "mailto:" + m
		}
	}
	if len(e.LandingPage) > 0 {
		d.LandingPage = e.LandingPage[0]
	}
	for _, theme := range e.Theme {
		name, err := rd.name(theme)
		if err != nil {
			return d, err
		}
		d.Theme = append(d.Theme, name)
	}
	for _, k := range e.Keyword {
		d.Keyword = append(d.Keyword, k.Value)
	}
	if len(d.Keyword) == 0 {
		d.Keyword = append([]string{}, d.Theme...)
	}
	for i := range e.Distribution {
		x := &e.Distribution[i]
		d.Distribution = append(d.Distribution, podDistribution{
			Type: "dcat:Distribution", Title: dcat.Best(x.Title, dcat.ZHTW), Description: dcat.Best(x.Description, dcat.ZHTW),
			DownloadURL: x.DownloadURL, AccessURL: x.AccessURL, MediaType: dcat.MediaTypeOf(x.MediaType), Format: formatName(x),
		})
	}
	return d, nil
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
