package report

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"fincat/harvest/link"
	"fincat/harvest/quality"
	"fincat/harvest/queries"
	"fincat/vocab/term"
)

// Meeting is the pack for the advisory group.
type Meeting struct {
	*Report
	Since     time.Time    `json:"since"`
	Inventory []Facet      `json:"inventory"`
	New       []Change     `json:"new"`
	Changed   []Change     `json:"changed"`
	Removed   []Change     `json:"removed"`
	Requests  []Request    `json:"requests"`
	Rules     []Award      `json:"award_rules"`
	Links     *link.Report `json:"portal"`
}

// Facet counts the datasets by one of their properties.
type Facet struct {
	ID     string  `json:"id"`
	ZH     string  `json:"zh"`
	EN     string  `json:"en"`
	Counts []Count `json:"counts"`
}

// Change is a dataset that came, changed or went.
type Change struct {
	Dataset string    `json:"dataset"`
	Title   string    `json:"title"`
	Owner   string    `json:"owner"`
	At      time.Time `json:"at"`
}

// Request is a request of the public and how it stands.
type Request struct {
	quality.DataRequest
	State string `json:"state"`
	Due   string `json:"due,omitempty"`
}

// requests lists the requests up to the report, the newest first.
func (m *maker) requests() []Request {
	out := []Request{}
	for _, q := range m.o.Asked.List {
		if q.Asked > m.at.In(taipei).Format(time.DateOnly) {
			continue
		}
		state, due := m.o.Asked.State(q, m.at)
		r := Request{DataRequest: q, State: state}
		if !due.IsZero() {
			r.Due = due.Format(time.DateOnly)
		}
		out = append(out, r)
	}
	slices.SortStableFunc(out, func(a, b Request) int { return cmp.Compare(b.Asked, a.Asked) })
	return out
}

// facets are those of the inventory; each is a query count-by-*.
var facets = []Facet{
	{ID: "source", ZH: "來源", EN: "Source"}, {ID: "publisher", ZH: "提供機關", EN: "Organisation"},
	{ID: "sector", ZH: "業別", EN: "Sector"}, {ID: "theme", ZH: "服務分類", EN: "Theme"},
	{ID: "format", ZH: "檔案格式", EN: "Format"},
}

// MakeMeeting makes the pack for the advisory group.
func MakeMeeting(ctx context.Context, o Options) (*Meeting, error) {
	m, release, err := newMaker(ctx, o)
	if err != nil {
		return nil, err
	}
	defer release()
	out := &Meeting{Since: o.Since, Rules: m.plan.Awards, New: []Change{}, Changed: []Change{}, Removed: []Change{}}
	if out.Since.IsZero() {
		out.Since = m.o.Quarter.Start()
	}
	if out.Report, err = m.report(); err != nil {
		return nil, err
	}
	out.Requests = m.requests()
	if err = m.inventory(out); err == nil {
		err = m.changes(out)
	}
	if err == nil {
		out.Links, err = link.MakeReport(ctx, m.sn, m.base)
	}
	return out, err
}

// inventory counts the datasets.
func (m *maker) inventory(out *Meeting) error {
	for _, f := range facets {
		text, err := m.bank.Selected("count-by-"+f.ID, queries.Filter{})
		if err != nil {
			return err
		}
		rows, err := m.solutions(f.ID, text)
		if err != nil {
			return err
		}
		var things []term.Term
		for _, r := range rows {
			if r[0].IsIRI() {
				things = append(things, r[0])
			}
		}
		labels, err := m.labels(things)
		if err != nil {
			return err
		}
		f.Counts = []Count{} // an empty list, for readers of the JSON
		for _, r := range rows {
			f.Counts = append(f.Counts, Count{labels[r[0].Value()], number(r[1])})
		}
		out.Inventory = append(out.Inventory, f)
	}
	return nil
}

// labels returns the name of each thing: in Chinese where there is one, else any, else the
// end of its IRI.
func (m *maker) labels(things []term.Term) (map[string]string, error) {
	out := map[string]string{}
	for _, t := range things {
		iri := t.Value()
		out[iri] = iri[strings.LastIndexAny(iri, "/#")+1:]
	}
	if len(things) == 0 {
		return out, nil
	}
	rows, err := m.rows("report-labels", params{Values: things})
	found := map[string]bool{}
	for _, r := range rows {
		iri, chinese := r[0].Value(), strings.HasPrefix(r[1].Lang(), "zh")
		if chinese || !found[iri] {
			out[iri] = r[1].Value()
		}
		found[iri] = found[iri] || chinese
	}
	return out, err
}

// changes lists what came, changed and went.
func (m *maker) changes(out *Meeting) error {
	rows, err := m.rows("report-changes", params{From: instant(out.Since), To: instant(m.at)})
	for _, r := range rows {
		c := Change{Dataset: r[0].Value(), Title: r[1].Value(), Owner: m.owned[r[0].Value()].owner}
		at := func(t term.Term) time.Time { when, _ := time.Parse(time.RFC3339Nano, t.Value()); return when }
		came := at(r[2])
		switch c.At = at(r[3]); {
		case !r[4].IsZero():
			c.At = at(r[4])
			if !came.Before(out.Since) {
				continue // it came and went between the two
			}
			out.Removed = append(out.Removed, c)
		case !came.IsZero() && !came.Before(out.Since):
			c.At = came
			out.New = append(out.New, c)
		default:
			out.Changed = append(out.Changed, c)
		}
	}
	return err
}

// FileName is what the files of the pack are called.
func (m *Meeting) FileName() string { return m.Quarter + "-meeting" }
