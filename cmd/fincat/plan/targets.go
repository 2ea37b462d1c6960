package plan

import (
	"cmp"
	"context"
	"fmt"
	"html/template"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"fincat/cmd/fincat/portal"
	"fincat/harvest/report"
	"fincat/vocab/sheet"
)

// targetsPage shows all targets, or one with the datasets that it was counted from.
type targetsPage struct {
	portal.Frame
	Year    int
	Chart   template.HTML
	Targets []targetRow
	One     *targetRow // nil: all
	Entries []entryRow
	More    int // entries that only the CSV has
	CSV     string
	JSON    string
}

// targetRow is a target for people.
type targetRow struct {
	ID, Name, Goal, Now, Missing string
	Reached                      bool
	Filled, Mark                 int // of 100: how much of the goal is reached; where the goal lies
	Forecast, Mean, Pace         string
	ForecastReaches              bool
	Href, CSV, Query, Certainty  string
	Counted, Short               int
	Steps                        []stepRow
	StepsMore                    int
	Names                        []string
}

type stepRow struct {
	Owner, Cause, Why string
	N                 int
	First             []link
	Reaches, Open     bool
}

type entryRow struct {
	link
	Owner  string
	Counts bool
}

// What a page has of a list; the CSV and the JSON have all.
const (
	maxSteps   = 20
	maxEntries = 500
	maxNamed   = 3
)

// targets answers with the targets, or with one of them and its datasets.
func (h *Handler) targets(w http.ResponseWriter, r *http.Request) error {
	s, err := h.standing.get(r.Context(), h.state(""), func(ctx context.Context) (*report.Standing, error) {
		return report.MakeStanding(ctx, h.options())
	})
	if err != nil {
		return err
	}
	var one *report.Figure
	if id := r.URL.Query().Get("target"); id != "" {
		if one = s.Figure(id); one == nil {
			return missing(fmt.Sprintf("there is no target %.40q", id))
		}
	}
	switch ending(r) {
	case "json":
		return h.targetsJSON(w, s, one)
	case "csv":
		w.Header().Set("Content-Type", "text/csv; charset=utf-8")
		return writeTargets(w, s, one)
	}
	h.room.Render(w, r, http.StatusOK, "targets", h.targetsPage(r, s, one))
	return nil
}

func (h *Handler) targetsJSON(w http.ResponseWriter, s *report.Standing, one *report.Figure) error {
	if one == nil {
		return writeJSON(w, s)
	}
	return writeJSON(w, struct {
		*report.Figure
		State   uint64         `json:"state"`
		Entries []report.Entry `json:"entries"`
	}{one, s.State, s.Entries(one)})
}

// writeTargets writes a line for each target, or for each dataset of one.
func writeTargets(w io.Writer, s *report.Standing, one *report.Figure) error {
	if one != nil {
		out := sheet.NewWriter(w, "dataset", "identifier", "title", "owner", "owner_name", "counts")
		for _, e := range s.Entries(one) {
			_ = out.Write(e.Dataset, e.Identifier, e.Title, e.Owner, e.Name, strconv.FormatBool(e.Counts))
		}
		return out.Close()
	}
	number := func(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }
	optional := func(v *float64) string {
		if v == nil {
			return ""
		}
		return number(*v)
	}
	out := sheet.NewWriter(w, "target", "zh", "en", "kind", "goal", "value", "met", "of", "missing", "reached", "mean",
		"forecast", "per_month", "state")
	for i := range s.Figures {
		f := &s.Figures[i]
		_ = out.Write(f.ID, f.ZH, f.EN, f.Kind, number(f.Goal), number(f.Value), strconv.Itoa(f.Met),
			strconv.Itoa(f.Of), strconv.Itoa(f.Missing), strconv.FormatBool(f.Reached), optional(f.Mean),
			optional(f.Forecast), optional(f.Pace), strconv.FormatUint(s.State, 10))
	}
	return out.Close()
}

func (h *Handler) targetsPage(r *http.Request, s *report.Standing, one *report.Figure) *targetsPage {
	p := &targetsPage{Frame: h.room.Frame(r, "targets"), Year: s.Year, CSV: "/targets.csv", JSON: "/targets.json"}
	p.Seq, p.Canonical = s.State, string(h.Portal.Base)+"targets"
	var lines []report.Line
	for i := range s.Figures {
		f := &s.Figures[i]
		if one == nil || one == f {
			p.Targets = append(p.Targets, h.row(&p.Frame, s, f))
		}
		if len(f.Trend) > 0 && (one == nil || one == f) {
			lines = append(lines, report.Line{Name: either(&p.Frame, f.ZH, f.EN), Goal: f.Goal, Points: f.Trend})
		}
	}
	if len(lines) > 0 {
		p.Chart = report.TrendChart(s.Year, lines)
	}
	if one == nil {
		return p
	}
	p.One = &p.Targets[0]
	p.Title = p.One.Name
	of := "?" + url.Values{"target": {one.ID}}.Encode()
	p.CSV, p.JSON, p.Canonical = p.CSV+of, p.JSON+of, p.Canonical+of
	entries := s.Entries(one)
	p.More = max(len(entries)-maxEntries, 0)
	for _, e := range entries[:len(entries)-p.More] {
		p.Entries = append(p.Entries, entryRow{h.dataset(&p.Frame, e.Dataset, e.Title), e.Name, e.Counts})
	}
	return p
}

// row is a target for people.
func (h *Handler) row(p *portal.Frame, s *report.Standing, f *report.Figure) targetRow {
	of := url.Values{"target": {f.ID}}
	t := targetRow{ID: f.ID, Name: either(p, f.ZH, f.EN), Goal: f.Amount(f.Goal), Now: f.Now(), Reached: f.Reached,
		Missing: p.L.Number(f.Missing), Href: to(p, "/targets", of), CSV: "/targets.csv?" + of.Encode(),
		Query: to(p, "/query", url.Values{"query": {f.Text}}), Certainty: f.Certainty, Counted: len(f.Counted),
		Short: len(f.Short), Names: f.Names, Filled: 100, Mark: 100}
	if most := max(f.Goal, f.Value); most > 0 {
		t.Filled, t.Mark = int(100*f.Value/most), int(100*f.Goal/most)
	}
	if f.Forecast != nil {
		t.Forecast, t.ForecastReaches = f.Amount(*f.Forecast), *f.Forecast >= f.Goal
	}
	if f.Mean != nil {
		t.Mean = f.Amount(*f.Mean)
	}
	if f.Pace != nil {
		t.Pace = strconv.FormatFloat(*f.Pace, 'f', 1, 64)
	}
	owners, titles := s.Owners(), map[string]string{}
	for _, e := range s.Entries(f) {
		titles[e.Dataset] = e.Title
	}
	steps := f.Soonest()
	t.StepsMore = max(len(steps)-maxSteps, 0)
	for _, x := range steps[:len(steps)-t.StepsMore] {
		row := stepRow{Owner: cmp.Or(owners[x.Owner], x.Owner, p.L.T("plan.unknown")), Cause: h.cause(p, x.Cause),
			Why: either(p, h.words.Chinese(x.Why), x.Why), N: len(x.Datasets), Reaches: x.Reaches, Open: x.Open}
		for _, d := range x.Datasets[:min(len(x.Datasets), maxNamed)] {
			row.First = append(row.First, h.dataset(p, d, titles[d]))
		}
		t.Steps = append(t.Steps, row)
	}
	return t
}

// dataset leads to the page of a dataset.
func (h *Handler) dataset(p *portal.Frame, iri, title string) link {
	path, ours := strings.CutPrefix(iri, string(h.Portal.Base))
	if !ours {
		return link{cmp.Or(title, iri), iri}
	}
	return link{cmp.Or(title, path), p.Link("/" + path)}
}

// cause names what keeps datasets from a goal.
func (h *Handler) cause(p *portal.Frame, id string) string {
	for _, i := range h.rules.Indicators {
		if i.ID == id {
			return either(p, i.ZH, i.EN)
		}
	}
	return p.L.T("plan.cause." + id)
}
