package feed

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/url"
	"strings"

	"fincat/harvest/queries"
	"fincat/sparql/protocol"
	"fincat/store"
	"fincat/vocab"
	"fincat/vocab/dcat"
	"fincat/vocab/profile"
	"fincat/vocab/term"
)

// Types of the cross-platform interface (政府資料開放跨平臺介接規範, 2015). The fields
// are those of 資料集詮釋資料標準規範, table 3.
type (
	platformAnswer struct {
		Success bool           `json:"success"`
		Result  any            `json:"result,omitempty"`
		Error   *platformError `json:"error,omitempty"`
	}
	platformError struct {
		Identifier string `json:"identifier,omitempty"`
		Type       string `json:"error_type"`
		Message    string `json:"message"`
	}
	platformDataset struct {
		CategoryCode string `json:"categoryCode"`
		Identifier   string `json:"identifier"`
		// SameAs is our IRI and those elsewhere; it is not among the 38 fields.
		SameAs                string             `json:"sameAs"`
		Title                 string             `json:"title"`
		Description           string             `json:"description"`
		FieldDescription      string             `json:"fieldDescription"`
		Type                  string             `json:"type"`
		License               string             `json:"license"`
		LicenseURL            string             `json:"licenseURL"`
		Cost                  string             `json:"cost"`
		CostURL               string             `json:"costURL"`
		CostLaw               string             `json:"costLaw"`
		Organization          string             `json:"organization"`
		OrganizationName      string             `json:"organizationContactName"`
		OrganizationPhone     string             `json:"organizationContactPhone"`
		OrganizationEmail     string             `json:"organizationContactEmail"`
		Publisher             string             `json:"publisher"`
		PublisherContactName  string             `json:"publisherContactName"`
		PublisherContactPhone string             `json:"publisherContactPhone"`
		PublisherContactEmail string             `json:"publisherContactEmail"`
		PublisherOID          string             `json:"publisherOID"`
		AccrualPeriodicity    string             `json:"accrualPeriodicity"`
		From                  string             `json:"temporalCoverageFrom"`
		To                    string             `json:"temporalCoverageTo"`
		Issued                string             `json:"issued"`
		Modified              string             `json:"modified"`
		Spatial               string             `json:"spatial"`
		Language              string             `json:"language"`
		LandingPage           string             `json:"landingPage"`
		Keyword               []string           `json:"keyword"`
		NumberOfData          any                `json:"numberOfData"`
		Notes                 string             `json:"notes"`
		Distribution          []platformResource `json:"distribution"`
	}
	platformResource struct {
		ResourceID          string `json:"resourceID"`
		ResourceDescription string `json:"resourceDescription"`
		Format              string `json:"format"`
		ResourceModified    string `json:"resourceModified"`
		DownloadURL         string `json:"downloadURL,omitempty"`
		AccessURL           string `json:"accessURL,omitempty"`
		CharacterSetCode    string `json:"characterSetCode,omitempty"`
		MetadataSource      string `json:"metadataSourceOfData,omitempty"`
	}
)

// platformList answers /api/v1/rest/dataset with the identifiers of all
// datasets, or of those that changed since a time.
func (h *Handler) platformList(w http.ResponseWriter, r *http.Request) {
	v := r.URL.Query()
	limit, err := bounded(v.Get("limit"), math.MaxInt32, math.MaxInt32)
	offset := 0
	if err == nil {
		offset, err = bounded(v.Get("offset"), 0, math.MaxInt32)
	}
	var filter queries.Filter
	if err == nil {
		filter, err = queries.ParseFilter(h.Base, url.Values{"modified_since": {v.Get("modified")}})
	}
	if fault := protocol.CheckParams(r, "limit", "offset", "modified"); fault != nil {
		err = fault
	}
	if err != nil {
		platformFail(w, http.StatusBadRequest, platformError{Type: "ER0010:參數錯誤", Message: err.Error()})
		return
	}
	h.withSnapshot(w, r, func(rd *reader) error {
		ids := []string{}
		items := rd.list.Filtered(rd.list.Live, filter)
		items = items[min(offset, len(items)):]
		for _, d := range items[:min(limit, len(items))] {
			ids = append(ids, strings.Replace(strings.TrimPrefix(d.IRI, string(h.Base)+"dataset/"), "/",
				ckanSeparator, 1))
		}
		return h.sendJSON(w, r, rd, platformAnswer{Success: true, Result: ids})
	})
}

// platformShow answers /api/v1/rest/dataset/{identifier}.
func (h *Handler) platformShow(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	h.withSnapshot(w, r, func(rd *reader) error {
		e, err := rd.entry(string(h.Base) + "dataset/" + strings.Replace(id, ckanSeparator, "/", 1))
		if err != nil {
			return err
		}
		if e == nil || len(e.Title) == 0 {
			platformFail(w, http.StatusNotFound, platformError{Identifier: id, Type: "ER0020:查無資料",
				Message: "沒有這個資料集編號"})
			return nil
		}
		d, err := rd.platform(e, id)
		if err != nil {
			return err
		}
		return h.sendJSON(w, r, rd, platformAnswer{Success: true, Result: d})
	})
}

func platformFail(w http.ResponseWriter, status int, e platformError) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	writeJSON(w, platformAnswer{Error: &e})
}

func writeJSON(w io.Writer, v any) {
	_ = json.NewEncoder(w).Encode(v) // the client may have gone
}

// platform turns an entry into the 38 fields, as far as the catalogue knows.
func (rd *reader) platform(e *entry, id string) (*platformDataset, error) {
	d := &platformDataset{
		Identifier: id, SameAs: strings.Join(append([]string{e.IRI}, e.origins()...), " "), Title: e.title(),
		Description: e.text(), FieldDescription: dcat.Best(e.Fields, dcat.ZHTW), Type: "rawData",
		LicenseURL: e.License, AccrualPeriodicity: e.FrequencyAs, Issued: e.Issued.Value(),
		Modified: e.Modified.Value(), Language: "zh",
		Keyword: []string{}, Notes: dcat.Best(e.Note, dcat.ZHTW), Distribution: []platformResource{},
	}
	if d.Issued == "" {
		d.Issued = e.added
	}
	if d.Modified == "" {
		d.Modified = e.changed
	}
	names := map[*string]string{&d.Publisher: e.publisher, &d.License: e.License}
	if d.AccrualPeriodicity == "" {
		names[&d.AccrualPeriodicity] = e.Frequency
	}
	for into, iri := range names {
		name, err := rd.name(iri)
		if err != nil {
			return nil, err
		}
		*into = name
	}
	if err := rd.platformPublisher(e, d); err != nil {
		return nil, err
	}
	if len(e.Theme) > 0 {
		d.CategoryCode = strings.TrimPrefix(e.Theme[0], rd.h.Base.Theme(""))
	}
	if len(e.LandingPage) > 0 {
		d.LandingPage = e.LandingPage[0]
	}
	if len(e.Contact) > 0 {
		c := e.Contact[0]
		d.PublisherContactName, d.PublisherContactPhone, d.PublisherContactEmail = c.Name, c.Phone, c.Email
	}
	for _, k := range e.Keyword {
		d.Keyword = append(d.Keyword, k.Value)
	}
	for i := range e.Distribution {
		d.Distribution = append(d.Distribution, platformResourceOf(e, i, id))
	}
	return d, rd.platformRest(e, d)
}

// V2 returns a dataset as the fields of the portal's interface v2, and what is said of it;
// nil when the snapshot does not have it.
func V2(ctx context.Context, sn *store.Snapshot, base dcat.Base, iri string) (map[string]any, *dcat.Graph, error) {
	rd := (&Handler{Options: Options{Base: base}}).reader(ctx, sn, nil)
	e, err := rd.entry(iri)
	if err != nil || e == nil || len(e.Title) == 0 {
		return nil, nil, err
	}
	fields, err := rd.form(e, profile.Form.V2)
	return fields, e.graph, err
}

// form writes a record in a form of the Taiwan profile, with what is said of its publisher
// and of those above it.
func (rd *reader) form(e *entry, write func(profile.Form) map[string]any) (map[string]any, error) {
	for _, iri := range []string{e.publisher, e.graph.Value(term.NewIRI(e.publisher), vocab.ORGSubOrganizationOf)} {
		quads, err := Names(rd.ctx, rd.sn, iri, vocab.FOAFName, vocab.ORGSubOrganizationOf, vocab.DCATContactPoint,
			vocab.ORGIdentifier)
		if err != nil {
			return nil, err
		}
		for _, q := range quads {
			e.graph.Add(q.Triple())
		}
	}
	var failed error
	all := write(profile.Form{Graph: e.graph, Dataset: term.NewIRI(e.IRI), Base: rd.h.Base,
		Name: func(iri string) string {
			name, err := rd.name(iri)
			if err != nil {
				failed = err
			}
			return name
		}})
	return all, failed
}

// platformRest adds what only the Taiwan profile knows of the record.
func (rd *reader) platformRest(e *entry, d *platformDataset) error {
	all, err := rd.form(e, profile.Form.Standard)
	if err != nil {
		return err
	}
	for name, into := range map[string]*string{"type": &d.Type, "cost": &d.Cost, "costURL": &d.CostURL,
		"costLaw": &d.CostLaw, "organizationContactName": &d.OrganizationName,
		"organizationContactPhone": &d.OrganizationPhone, "organizationContactEmail": &d.OrganizationEmail,
		"temporalCoverageFrom": &d.From, "temporalCoverageTo": &d.To, "spatial": &d.Spatial, "language": &d.Language} {
		if v, _ := all[name].(string); v != "" {
			*into = v
		}
	}
	d.NumberOfData = all["numberOfData"]
	resources, _ := all["distribution"].([]any)
	for i := range d.Distribution {
		if len(resources) == len(d.Distribution) {
			r, _ := resources[i].(map[string]any)
			d.Distribution[i].MetadataSource, _ = r["metadataSourceOfData"].(string)
			if id, _ := r["resourceID"].(string); id != "" {
				d.Distribution[i].ResourceID = id
			}
		}
	}
	return nil
}

// platformPublisher adds the object identifier of the publisher and the
// organisation above it.
func (rd *reader) platformPublisher(e *entry, d *platformDataset) error {
	quads, err := Names(rd.ctx, rd.sn, e.publisher, vocab.ORGIdentifier, vocab.ORGSubOrganizationOf)
	if err != nil {
		return err
	}
	for _, q := range quads {
		switch q.Predicate.Value() {
		case vocab.ORGIdentifier:
			d.PublisherOID = q.Object.Value()
		case vocab.ORGSubOrganizationOf:
			if d.Organization, err = rd.name(q.Object.Value()); err != nil {
				return err
			}
		}
	}
	if d.Organization == "" {
		d.Organization = d.Publisher
	}
	return nil
}

func platformResourceOf(e *entry, i int, id string) platformResource {
	d := &e.Distribution[i]
	r := platformResource{
		ResourceID: fmt.Sprintf("%s-%03d", id, i+1), ResourceDescription: dcat.Best(d.Description, dcat.ZHTW),
		Format:           formatName(d),
		ResourceModified: d.Modified.Value(), DownloadURL: d.DownloadURL, CharacterSetCode: d.Encoding,
	}
	if r.ResourceDescription == "" {
		if r.ResourceDescription = dcat.Best(d.Title, dcat.ZHTW); r.ResourceDescription == "" {
			r.ResourceDescription = e.title()
		}
	}
	if r.DownloadURL == "" {
		r.AccessURL = d.AccessURL
	}
	return r
}
