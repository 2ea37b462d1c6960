package feed

import (
	"context"
	"net/http"
	"strings"
	"unicode/utf8"

	"fincat/harvest/feed/croissant"
	"fincat/sparql/protocol"
	"fincat/store"
	"fincat/vocab/dcat"
	"fincat/vocab/term"
)

// Dataset search wants descriptions of 50 to 5,000 characters.
const (
	minAbout = 50
	maxAbout = 5000
)

// SchemaOrg describes a dataset as a Dataset of schema.org, in the form that dataset search
// reads from pages: what it requires and recommends, as far as it is known. It returns nil
// for what is no dataset of the catalogue.
func (h *Handler) SchemaOrg(ctx context.Context, sn *store.Snapshot, iri string) (map[string]any, error) {
	if !strings.HasPrefix(iri, string(h.Base)+"dataset/") {
		return nil, nil
	}
	rd := h.reader(ctx, sn, nil)
	e, err := rd.entry(iri)
	if err != nil || e == nil || len(e.Title) == 0 {
		return nil, err
	}
	publisher, err := rd.name(e.publisher)
	if err != nil {
		return nil, err
	}
	owner, err := rd.name(e.owner)
	if err != nil {
		return nil, err
	}
	title, err := rd.name(h.Base.Catalog())
	if err != nil {
		return nil, err
	}
	out := map[string]any{
		"@context": "https://schema.org/", "@type": "Dataset", "@id": iri, "url": iri, "name": e.title(),
		"description": about(e, publisher), "isAccessibleForFree": true, "inLanguage": "zh-Hant-TW",
		"includedInDataCatalog": object{"@type": "DataCatalog", "@id": h.Base.Catalog(), "name": title,
			"url": string(h.Base)},
	}
	add := func(name, value string) {
		if value != "" {
			out[name] = value
		}
	}
	add("identifier", e.Identifier)
	add("license", e.License)
	add("dateModified", e.Modified.Value())
	add("datePublished", e.Issued.Value())
	if same := e.origins(); len(same) > 0 {
		out["sameAs"] = same
	}
	if keywords := e.keywords(); len(keywords) > 0 {
		out["keywords"] = keywords
	}
	if publisher != "" {
		out["publisher"] = object{"@type": "Organization", "@id": e.publisher, "name": publisher}
	}
	if owner != "" {
		out["creator"] = object{"@type": "Organization", "@id": e.owner, "name": owner}
	}
	if parts := downloads(e); len(parts) > 0 {
		out["distribution"] = parts
	}
	return out, nil
}

// Croissant describes a dataset for programs that learn from data, nil for one that has not
// exactly one CSV file with described columns.
func Croissant(ctx context.Context, h *Handler, sn *store.Snapshot, iri string) (map[string]any, error) {
	path, ok := strings.CutPrefix(iri, string(h.Base)+"dataset/")
	if !ok {
		return nil, nil
	}
	columns, err := croissant.Columns(ctx, sn, h.Base.ColumnsGraph(path))
	if err != nil || len(columns) == 0 {
		return nil, err
	}
	d, err := h.SchemaOrg(ctx, sn, iri)
	return croissant.Document(d, columns), err
}

// croissantOf answers with such a description.
func croissantOf(h *Handler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		iri := r.URL.Query().Get("dataset")
		if err := term.CheckIRI(iri); err != nil {
			protocol.WriteProblem(w, r, &protocol.Problem{Status: http.StatusBadRequest,
				Detail: "dataset: want the IRI of a dataset: " + err.Error()})
			return
		}
		sn, err := h.Store.Snapshot()
		if err != nil {
			h.fail(w, r, err)
			return
		}
		defer sn.Close()
		doc, err := Croissant(r.Context(), h, sn, iri)
		if err == nil && doc == nil {
			protocol.WriteProblem(w, r, &protocol.Problem{Status: http.StatusNotFound,
				Detail: "want dataset=IRI of a dataset with one CSV file and described columns"})
			return
		}
		if err == nil {
			err = h.sendJSON(w, r, h.reader(r.Context(), sn, nil), doc)
		}
		if err != nil {
			h.fail(w, r, err)
		}
	}
}

func (e *entry) keywords() []string {
	var out []string
	for _, k := range e.Keyword {
		out = append(out, k.Value)
	}
	return out
}

// about is the description; one that is too short is followed by what else is known of
// the dataset, one that is too long is cut.
func about(e *entry, publisher string) string {
	text := e.text()
	for _, more := range []string{e.title(), dcat.Best(e.Fields, dcat.ZHTW), publisher,
		strings.Join(e.keywords(), "、"), e.IRI} {
		if utf8.RuneCountInString(text) < minAbout && more != "" && !strings.Contains(text, more) {
			text += " · " + more
		}
	}
	if runes := []rune(text); len(runes) > maxAbout {
		text = string(runes[:maxAbout-1]) + "…"
	}
	return text
}

func downloads(e *entry) []object {
	var out []object
	for i := range e.Distribution {
		d := &e.Distribution[i]
		x := object{"@type": "DataDownload", "@id": d.IRI}
		for name, value := range map[string]string{"contentUrl": address(d),
			"encodingFormat": dcat.MediaTypeOf(d.MediaType), "name": dcat.Best(d.Title, dcat.ZHTW),
			"license": d.License, "contentSize": d.ByteSize} {
			if value != "" {
				x[name] = value
			}
		}
		if _, ok := x["encodingFormat"]; !ok && d.Format != "" {
			x["encodingFormat"] = formatName(d)
		}
		out = append(out, x)
	}
	return out
}
