package report

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"fincat/vocab/term"
)

// Figure says how far a target is reached. It leads to the datasets that it was counted
// from, and to the query that finds them.
type Figure struct {
	Target
	Value    float64  `json:"value"` // a share of 1, or a number
	Met      int      `json:"met"`
	Of       int      `json:"of"`
	Reached  bool     `json:"reached"`
	Missing  int      `json:"missing"`             // how many more would reach it
	Mean     *float64 `json:"mean,omitempty"`      // over the year, of shares
	Forecast *float64 `json:"forecast,omitempty"`  // for the end of the year
	Pace     *float64 `json:"per_month,omitempty"` // of counts: how many a month reach the goal by then
	Trend    []Point  `json:"trend,omitempty"`
	Cheapest []Step   `json:"cheapest,omitempty"`
	Text     string   `json:"sparql"`
	Counted  []string `json:"datasets_counted"`
	Short    []string `json:"datasets_short,omitempty"`
	Names    []string `json:"names,omitempty"` // what is counted where that is not datasets
}

// Step is a group of datasets that the same act, by the same owner, brings to the target.
type Step struct {
	Owner    string   `json:"owner"`
	Cause    string   `json:"cause"` // indicator
	Why      string   `json:"why"`
	Datasets []string `json:"datasets"`
	// Open is true where indicators that cannot be judged yet may fail afterwards.
	Open bool `json:"more_may_show,omitempty"`
	// Reaches tells that this step, after those before it, reaches the target.
	Reaches bool `json:"reaches,omitempty"`
}

// Amount writes a value of the target for people.
func (f *Figure) Amount(v float64) string { return amount(f.Kind, v) }

// Now writes the value for people: a share of nothing is none.
func (f *Figure) Now() string {
	if f.Kind == shareKind && f.Of == 0 {
		return noShare
	}
	return f.Amount(f.Value)
}

// noShare stands for a share of no datasets.
const noShare = "–"

// settle works out what follows from the numbers.
func (f *Figure) settle() {
	if f.Kind == countKind {
		f.Value = float64(f.Met)
		f.Missing = max(int(f.Goal)-f.Met, 0)
	} else if f.Of > 0 {
		f.Value = float64(f.Met) / float64(f.Of)
		for f.Met+f.Missing < f.Of && float64(f.Met+f.Missing)/float64(f.Of) < f.Goal {
			f.Missing++
		}
	}
	f.Reached = f.Value >= f.Goal && (f.Kind == countKind || f.Of > 0)
}

// only is the figure of the datasets of one owner.
func (f *Figure) only(datasets map[string]bool) Figure {
	out := *f
	keep := func(list []string) (kept []string) {
		for _, d := range list {
			if datasets[d] {
				kept = append(kept, d)
			}
		}
		return kept
	}
	out.Counted, out.Short = keep(f.Counted), keep(f.Short)
	out.Met, out.Of, out.Value, out.Missing = len(out.Counted), len(out.Counted)+len(out.Short), 0, 0
	out.Mean, out.Forecast, out.Trend, out.Cheapest, out.Names, out.Pace = nil, nil, nil, nil, nil, nil
	for _, s := range f.Cheapest {
		if datasets[s.Datasets[0]] {
			out.Cheapest = append(out.Cheapest, s)
		}
	}
	out.settle()
	return out
}

// figure answers a target.
func (m *maker) figure(t Target) (f Figure, err error) {
	f = Figure{Target: t, Counted: []string{}}
	switch t.Query {
	case "target-value":
		err = m.share(&f)
	case "target-new":
		err = m.fresh(&f)
	default:
		err = m.standards(&f)
	}
	f.settle()
	if err == nil && f.Kind == shareKind {
		err = m.trend(&f)
	}
	if months := m.yearEnd().Sub(m.at).Hours() / hoursOfMonth; f.Kind == countKind && f.Missing > 0 && months > 0 {
		pace := float64(f.Missing) / max(months, 1)
		f.Pace = &pace
	}
	return f, err
}

// hoursOfMonth is the mean length of a month.
const hoursOfMonth = 365.25 * 24 / 12

// yearEnd is the first moment after the year of the report.
func (m *maker) yearEnd() time.Time { return m.o.Quarter.yearStart().AddDate(1, 0, 0) }

// share counts the datasets on which a metric has one of the values that count.
func (m *maker) share(f *Figure) (err error) {
	p := params{Metric: term.NewIRI(m.base.Metric(f.Metric)), Values: texts(f.Values), At: instant(m.at)}
	if f.Text, err = m.text(f.Query, p); err != nil {
		return err
	}
	rows, err := m.rows(f.Query, p)
	reasons := map[string]string{}
	for _, r := range rows {
		if r[2].Value() == "true" {
			f.Counted = append(f.Counted, r[0].Value())
		} else {
			f.Short = append(f.Short, r[0].Value())
			reasons[r[0].Value()] = r[3].Value()
		}
	}
	f.Met, f.Of = len(f.Counted), len(rows)
	if err == nil {
		f.Cheapest, err = m.cheapest(f, rows, reasons)
	}
	return err
}

// trend adds what a share was before, and what it will be.
func (m *maker) trend(f *Figure) error {
	h, err := m.history(f.Metric, m.at)
	if err != nil {
		return err
	}
	counts := map[string]bool{}
	for _, v := range f.Values {
		counts[v] = true
	}
	f.Trend = h.trend(m.o.Quarter.yearStart(), m.at, counts)
	if mean, ok := h.mean(m.o.Quarter.yearStart(), m.at, counts); ok {
		f.Mean = &mean
	}
	if share, ok := forecast(f.Trend, m.yearEnd()); ok {
		f.Forecast = &share
	}
	return nil
}

// fresh counts the datasets that are new in the year. Of those that are linked with one
// another, the first counts.
func (m *maker) fresh(f *Figure) (err error) {
	start := m.o.Quarter.yearStart()
	p := params{From: day(start), To: day(m.at)}
	if f.Text, err = m.text(f.Query, p); err != nil {
		return err
	}
	rows, err := m.rows(f.Query, p)
	if err != nil {
		return err
	}
	found := map[string][]string{} // with counterparts
	for _, r := range rows {
		found[r[0].Value()] = append(found[r[0].Value()], r[2].Value())
	}
	for _, d := range slices.Sorted(maps.Keys(found)) {
		if !slices.ContainsFunc(found[d], func(other string) bool { return found[other] != nil && other < d }) {
			f.Counted = append(f.Counted, d)
		}
	}
	f.Met, f.Of = len(f.Counted), len(f.Counted)
	m.pace(f)
	return nil
}

// pace adds what a number will be at the end of the year if it goes on as so far.
func (m *maker) pace(f *Figure) {
	start := m.o.Quarter.yearStart()
	if passed := m.at.Sub(start); passed >= shortestHistory {
		n := float64(f.Met) * float64(m.yearEnd().Sub(start)) / float64(passed)
		f.Forecast = &n
	}
}

// standards counts the data standards that datasets follow.
func (m *maker) standards(f *Figure) (err error) {
	p := params{From: day(m.o.Quarter.yearStart()), To: day(m.at)}
	if f.Text, err = m.text(f.Query, p); err != nil {
		return err
	}
	rows, err := m.rows(f.Query, p)
	for _, r := range rows {
		if !slices.Contains(f.Names, r[0].Value()) {
			f.Names = append(f.Names, r[0].Value())
		}
		if !r[1].IsZero() && !slices.Contains(f.Counted, r[1].Value()) {
			f.Counted = append(f.Counted, r[1].Value())
		}
	}
	f.Met, f.Of = len(f.Names), len(f.Names)
	m.pace(f)
	return err
}

// standardCause is the cause of what platinum needs beside indicators.
const standardCause = "standard"

// cheapest groups the datasets that one act brings to a share, by owner and cause; the
// largest groups come first, those after which more may show last.
func (m *maker) cheapest(f *Figure, rows [][]term.Term, reasons map[string]string) ([]Step, error) {
	type key struct {
		owner, cause, why string
		open              bool
	}
	groups, reached := map[key][]string{}, f.Values
	add := func(dataset, cause, why string, open bool) {
		k := key{m.owned[dataset].owner, cause, generalWhy(cause, why), open}
		groups[k] = append(groups[k], dataset)
	}
	switch f.Badge {
	case "": // what keeps it is the reason itself
		for _, d := range f.Short {
			add(d, f.ID, reasons[d], false)
		}
	case "白金":
		for _, r := range rows {
			if r[1].Value() == "金" {
				add(r[0].Value(), standardCause, "", false)
			}
		}
		reached = append([]string{"金"}, reached...)
		fallthrough // whether names follow a standard may show when the badge below is reached
	default:
		near, err := m.rows("target-near", params{Metric: term.NewIRI(m.base.Metric("badge")),
			Values: texts(reached), Needs: texts(m.rules.Needs(f.Badge))})
		if err != nil {
			return nil, err
		}
		short := map[string]bool{}
		for _, d := range f.Short {
			short[d] = true
		}
		for _, r := range near {
			if short[r[0].Value()] {
				add(r[0].Value(), r[1].Value(), r[2].Value(), r[3].Value() != "0" || f.Badge == "白金")
			}
		}
	}
	var out []Step
	for k, list := range groups {
		slices.Sort(list)
		out = append(out, Step{Owner: k.owner, Cause: k.cause, Why: k.why, Datasets: list, Open: k.open})
	}
	slices.SortFunc(out, func(a, b Step) int {
		open := map[bool]int{true: 1}
		return cmp.Or(open[a.Open]-open[b.Open], len(b.Datasets)-len(a.Datasets), cmp.Compare(a.Owner, b.Owner),
			cmp.Compare(a.Cause, b.Cause), cmp.Compare(a.Why, b.Why))
	})
	met, goal := f.Met, int(f.Of)
	for i := range out {
		was := float64(met) < f.Goal*float64(goal)
		met += len(out[i].Datasets)
		out[i].Reaches = was && float64(met) >= f.Goal*float64(goal)
	}
	return out, nil
}

// generalWhy leaves out of a reason what is of one dataset only, so that the same fault of
// several is one group.
func generalWhy(cause, why string) string {
	if cause == "fields" && !strings.HasPrefix(why, "the first line") {
		return "described names are missing in the file"
	}
	if rest, ok := strings.CutPrefix(why, "at "); ok { // an address
		if _, reason, ok := strings.Cut(rest, ": "); ok {
			return generalWhy(cause, reason)
		}
	}
	if before, _, ok := strings.Cut(why, ": "); ok && cause != "fields" && len(before) < 40 {
		return before // what follows is a detail, such as an address
	}
	return why
}
