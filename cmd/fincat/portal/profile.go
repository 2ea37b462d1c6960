package portal

import (
	"bytes"
	"net/http"
	"strings"

	"fincat/sparql/protocol"
	"fincat/vocab"
	"fincat/vocab/profile"
	"fincat/vocab/rdfio"
	"fincat/vocab/term"
)

// profileRow is a field of the Taiwan profile in the page's language.
type profileRow struct {
	ID, No, ZH, EN, Class, Condition, Occurrence, Codes, Columns, V2, DCATAP, Schema, Example, Note string
	Paths                                                                                           []string
}

// profileTable is a table of fields.
type profileTable struct {
	L    *locale
	Rows []profileRow
}

// profile answers for the Taiwan profile: with a page, or with its description in RDF
// where that is preferred or asked for by extension.
func (p *Portal) profile(w http.ResponseWriter, r *http.Request) {
	name, ext, _ := strings.Cut(r.PathValue("name"), ".")
	if name != "tw" {
		p.message(w, r, http.StatusNotFound, "notFound", "notFound.detail")
		return
	}
	for _, f := range rdfio.Formats() {
		if ext == f.Name() {
			p.profileRDF(w, r, f)
			return
		}
	}
	if ext != "" {
		p.message(w, r, http.StatusNotFound, "notFound", "notFound.detail")
		return
	}
	if !wantsPage(w, r) {
		var offered []string
		for _, f := range rdfio.Formats() {
			offered = append(offered, f.MediaType())
		}
		accept := strings.Join(r.Header.Values("Accept"), ",")
		chosen, ok := rdfio.Negotiate(accept, offered...)
		if f, known := rdfio.FormatByMediaType(chosen); ok && known {
			p.profileRDF(w, r, f)
			return
		} else if accept == "" {
			p.profileRDF(w, r, rdfio.Turtle)
			return
		}
		protocol.WriteProblem(w, r, &protocol.Problem{Status: http.StatusNotAcceptable,
			Detail: "the profile is offered as a page, Turtle, JSON-LD and other syntaxes of RDF"})
		return
	}
	p.profilePage(w, r)
}

func (p *Portal) profileRDF(w http.ResponseWriter, r *http.Request, f rdfio.Format) {
	triples := profile.Document(string(p.Base) + "profile/tw")
	quads := make([]term.Quad, len(triples))
	for i, t := range triples {
		quads[i] = t.In(term.Term{})
	}
	var b bytes.Buffer
	prefixes := map[string]string{"prof": "http://www.w3.org/ns/dx/prof/", "tw": profile.NS, "dct": vocab.DCTNS,
		"skos": vocab.SKOSNS, "schema": vocab.SCHEMANS, "fincat": vocab.FincatNS, "foaf": vocab.FOAFNS}
	if err := rdfio.Write(r.Context(), &b, f, rdfio.All(quads), rdfio.WriteOptions{Prefixes: prefixes}); err != nil {
		p.fail(w, r, err)
		return
	}
	w.Header().Set("Content-Type", f.MediaType()+"; charset=utf-8")
	w.Header().Set("Cache-Control", "no-cache")
	_, _ = w.Write(b.Bytes()) // the visitor may have left
}

// profileDocument answers with one of the documents of the profile.
func (p *Portal) profileDocument(w http.ResponseWriter, r *http.Request) {
	for _, d := range profile.Resources() {
		if d.Name == r.PathValue("document") {
			h := w.Header()
			h.Set("Content-Type", d.MediaType+"; charset=utf-8")
			h.Set("Access-Control-Allow-Origin", "*") // contexts are fetched by programs in pages
			h.Set("Cache-Control", "public, max-age=3600")
			_, _ = w.Write(d.Text()) // the visitor may have left
			return
		}
	}
	protocol.WriteProblem(w, r, &protocol.Problem{Status: http.StatusNotFound,
		Detail: "the profile has no such document"})
}

func (p *Portal) profilePage(w http.ResponseWriter, r *http.Request) {
	type document struct{ Href, Label string }
	data := struct {
		frame
		Documents []document
		Fields    profileTable
		Others    profileTable
	}{frame: p.frame(r, nil, "about")}
	data.Title = data.L.T("profile")
	data.Fields.L, data.Others.L = data.L, data.L
	zh := data.L.Param == "zh"
	for _, d := range profile.Resources() {
		label := d.EN
		if zh {
			label = d.ZH
		}
		data.Documents = append(data.Documents, document{"/profile/tw/" + d.Name, label})
	}
	for _, f := range rdfio.Formats() {
		data.Alternates = append(data.Alternates,
			alternate{Href: "/profile/tw." + f.Name(), Type: f.MediaType(), Label: f.String()})
	}
	for _, f := range profile.Fields() {
		cells := f.Row()
		row := profileRow{ID: f.EN, No: cells[0], ZH: f.ZH, EN: f.EN, Class: f.Class,
			Condition: data.L.T("profile." + f.Condition), Occurrence: f.Occurrence(), Codes: f.Codes,
			Columns: strings.Join(f.Columns, "、"), V2: strings.Join(f.V2, ", "), DCATAP: f.DCATAP, Schema: f.Schema,
			Example: f.Example, Note: f.NoteEN, Paths: f.Paths}
		if zh {
			row.Note = f.NoteZH
		}
		if f.No > 0 {
			data.Fields.Rows = append(data.Fields.Rows, row)
		} else {
			data.Others.Rows = append(data.Others.Rows, row)
		}
	}
	p.render(w, r, http.StatusOK, "profile", data)
}
