package plan

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"

	"fincat/cmd/fincat/portal"
	"fincat/harvest/report"
	"fincat/sparql/protocol"
	"fincat/vocab/sheet"
)

// ranking is the ranking of a quarter, for programs.
type ranking struct {
	Quarter string         `json:"quarter"`
	SoFar   bool           `json:"so_far"`
	State   uint64         `json:"state"`
	Rules   []report.Award `json:"rules"`
	Ranking []report.Rank  `json:"ranking"`
	titles  map[string]string
}

// rankingPage shows the ranking of a quarter, or how one provider came to its place.
type rankingPage struct {
	portal.Frame
	Quarter, Before string
	SoFar           bool
	Rules           []ruleRow
	Ranks           []rankRow
	One             *rankRow // nil: all
	CSV, JSON       string
}

type ruleRow struct {
	Name, Certainty string
	Weight          float64
}

type rankRow struct {
	link
	Place, Datasets int
	Score           string
	Parts           []partRow
}

type partRow struct {
	Name, Points, Measured string
	Applies                bool
	From                   []traceRow
	More                   bool
}

type traceRow struct {
	link
	What, Counts string
}

// ranked answers with the ranking of a quarter.
func (h *Handler) ranked(w http.ResponseWriter, r *http.Request) error {
	q := report.QuarterOf(h.Now())
	if text := r.URL.Query().Get("quarter"); text != "" {
		var err error
		if q, err = report.ParseQuarter(text); err == nil && q.Start().After(h.Now()) {
			err = fmt.Errorf("%s has not begun yet", q)
		}
		if err != nil {
			return &protocol.Problem{Status: http.StatusBadRequest, Detail: err.Error()}
		}
	}
	k, err := h.ranks.get(r.Context(), h.state(q.String()), func(ctx context.Context) (*ranking, error) {
		o := h.options()
		o.Quarter = q
		rep, err := report.Make(ctx, o)
		if err != nil {
			return nil, err
		}
		k := &ranking{rep.Quarter, rep.SoFar, rep.State, h.awards, rep.Ranking, map[string]string{}}
		for _, d := range rep.Datasets {
			k.titles[d.Dataset] = d.Title
		}
		return k, nil
	})
	if err != nil {
		return err
	}
	provider := r.URL.Query().Get("provider")
	if provider != "" {
		one := *k
		one.Ranking = nil
		for _, x := range k.Ranking {
			if x.Provider == provider {
				one.Ranking = []report.Rank{x}
			}
		}
		if k = &one; len(k.Ranking) == 0 {
			return missing(fmt.Sprintf("%.60q has no place in %s", provider, q))
		}
	}
	switch ending(r) {
	case "json":
		return writeJSON(w, k)
	case "csv":
		w.Header().Set("Content-Type", "text/csv; charset=utf-8")
		return k.write(w)
	}
	h.room.Render(w, r, http.StatusOK, "ranking", h.rankingPage(r, q, k, provider))
	return nil
}

// write writes a line for each provider and rule.
func (k *ranking) write(w io.Writer) error {
	number := func(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }
	out := sheet.NewWriter(w, "quarter", "place", "provider", "name", "datasets", "score", "rule", "weight", "applies",
		"measured", "points")
	for _, x := range k.Ranking {
		for i, p := range x.Parts {
			_ = out.Write(k.Quarter, strconv.Itoa(x.Place), x.Provider, x.Name, strconv.Itoa(x.Datasets),
				number(x.Score), p.Rule,
				number(k.Rules[i].Weight), strconv.FormatBool(p.Applies), number(p.Measured), number(p.Points))
		}
	}
	return out.Close()
}

func (h *Handler) rankingPage(r *http.Request, q report.Quarter, k *ranking, provider string) *rankingPage {
	p := &rankingPage{Frame: h.room.Frame(r, "ranking"), Quarter: k.Quarter, SoFar: k.SoFar}
	of := url.Values{"quarter": {k.Quarter}}
	p.Seq, p.Before = k.State, to(&p.Frame, "/ranking", url.Values{"quarter": {q.Before().String()}})
	for _, a := range k.Rules {
		p.Rules = append(p.Rules, ruleRow{either(&p.Frame, a.ZH, a.EN), a.Certainty, a.Weight})
	}
	for _, x := range k.Ranking {
		of.Set("provider", x.Provider)
		row := rankRow{link: link{x.Name, to(&p.Frame, "/ranking", of)}, Place: x.Place, Datasets: x.Datasets,
			Score: fmt.Sprintf("%.1f", x.Score)}
		for i, part := range x.Parts {
			row.Parts = append(row.Parts, h.part(p, k, i, part, provider != ""))
		}
		p.Ranks = append(p.Ranks, row)
	}
	of.Del("provider")
	if provider != "" {
		of.Set("provider", provider)
		p.One = &p.Ranks[0]
		p.Title = p.One.Name
	}
	p.CSV, p.JSON = "/ranking.csv?"+of.Encode(), "/ranking.json?"+of.Encode()
	p.Canonical = string(h.Portal.Base) + "ranking?" + of.Encode()
	return p
}

// part is what a provider got by a rule, with from what where that is wanted.
func (h *Handler) part(p *rankingPage, k *ranking, i int, part report.Points, whole bool) partRow {
	row := partRow{Name: p.Rules[i].Name, Points: fmt.Sprintf("%.1f", part.Points), Applies: part.Applies,
		Measured: strconv.FormatFloat(part.Measured, 'f', 3, 64)}
	if !whole {
		return row
	}
	row.More = len(part.From) > maxEntries
	for _, t := range part.From[:min(len(part.From), maxEntries)] {
		row.From = append(row.From, traceRow{h.dataset(&p.Frame, t.Dataset, cmp.Or(k.titles[t.Dataset], t.Dataset)),
			t.What, strconv.FormatFloat(t.Counts, 'f', -1, 64)})
	}
	return row
}
