package plan

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"

	"fincat/cmd/fincat/portal"
	"fincat/harvest/report"
	"fincat/vocab/sheet"
)

// standardsPage shows the register of data standards, or one of them with its datasets.
type standardsPage struct {
	portal.Frame
	Standards []standardRow
	Coverage  []coverageRow
	One       *report.Standard // nil: all
	Following []followingRow
	Near      []followingRow
	More      bool
	Query     string
	CSV, JSON string
}

type standardRow struct {
	link
	Version, Adopted      string
	Counts                bool
	Fields                int
	Following, Near, Page string
}

type coverageRow struct{ Name, Known, Following, Share string }

type followingRow struct {
	link
	Owner, Missing string
	Found, Asked   int
}

// standards answers with the register, or with one standard.
func (h *Handler) standards(w http.ResponseWriter, r *http.Request) error {
	s, err := h.register.get(r.Context(), h.state(""), func(ctx context.Context) (*report.Standards, error) {
		return report.MakeStandards(ctx, h.options())
	})
	if err != nil {
		return err
	}
	var one *report.Standard
	if id := r.URL.Query().Get("standard"); id != "" {
		if one = s.Standard(id); one == nil {
			return missing(fmt.Sprintf("there is no data standard %.60q in the register", id))
		}
	}
	switch ending(r) {
	case "json":
		if one != nil {
			return writeJSON(w, one)
		}
		return writeJSON(w, s)
	case "csv":
		w.Header().Set("Content-Type", "text/csv; charset=utf-8")
		return writeStandards(w, s, one)
	}
	h.room.Render(w, r, http.StatusOK, "standards", h.standardsPage(r, s, one))
	return nil
}

// writeStandards writes a line for each dataset that follows a standard or nearly does.
func writeStandards(w io.Writer, s *report.Standards, one *report.Standard) error {
	out := sheet.NewWriter(w, "standard", "version", "adopted", "dataset", "identifier", "title", "owner",
		"owner_name", "follows", "fields_found", "fields_asked", "missing")
	for i := range s.Standards {
		x := &s.Standards[i]
		if one != nil && x != one {
			continue
		}
		for _, list := range [][]report.Following{x.Following, x.Near} {
			for _, f := range list {
				_ = out.Write(x.ID, x.Version, x.Adopted, f.Dataset, f.Identifier, f.Title, f.Owner, f.Name,
					strconv.FormatBool(f.Counts), strconv.Itoa(f.Found), strconv.Itoa(f.Asked), f.Missing)
			}
		}
	}
	return out.Close()
}

func (h *Handler) standardsPage(r *http.Request, s *report.Standards, one *report.Standard) *standardsPage {
	p := &standardsPage{Frame: h.room.Frame(r, "standards"), One: one, CSV: "/standards.csv", JSON: "/standards.json"}
	p.Seq, p.Canonical = s.State, string(h.Portal.Base)+"standards"
	p.Query = to(&p.Frame, "/query", url.Values{"example": {"data-standards"}})
	for i := range s.Standards {
		x := &s.Standards[i]
		p.Standards = append(p.Standards, standardRow{link: link{h.standardName(&p.Frame, x),
			to(&p.Frame, "/standards", url.Values{"standard": {x.ID}})}, Version: x.Version, Adopted: x.Adopted,
			Counts: x.Counts, Fields: len(x.Fields), Page: x.Page, Following: p.L.Number(len(x.Following)),
			Near: p.L.Number(len(x.Near))})
	}
	for _, c := range s.Coverage {
		name := c.Name
		if name == "" {
			name = p.L.T("plan.unknown")
		}
		p.Coverage = append(p.Coverage, coverageRow{name, p.L.Number(c.Known), p.L.Number(c.Following),
			fmt.Sprintf("%.1f %%", 100*c.Share)})
	}
	if one == nil {
		return p
	}
	p.Title = h.standardName(&p.Frame, one)
	of := "?" + url.Values{"standard": {one.ID}}.Encode()
	p.CSV, p.JSON, p.Canonical = p.CSV+of, p.JSON+of, p.Canonical+of
	rows := func(list []report.Following) (out []followingRow) {
		p.More = p.More || len(list) > maxEntries
		for _, f := range list[:min(len(list), maxEntries)] {
			out = append(out, followingRow{h.dataset(&p.Frame, f.Dataset, f.Title), f.Name, f.Missing, f.Found,
				f.Asked})
		}
		return out
	}
	p.Following, p.Near = rows(one.Following), rows(one.Near)
	return p
}

func (h *Handler) standardName(p *portal.Frame, s *report.Standard) string {
	if s.EN == "" {
		return s.ZH
	}
	return either(p, s.ZH, s.EN)
}

// listed is a list of datasets with the texts of its page.
type listed struct {
	L    texter
	List []followingRow
}

// texter gives texts in the language of a page.
type texter interface{ T(key string) string }

func lines(l texter, list []followingRow) listed { return listed{l, list} }
