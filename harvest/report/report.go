package report

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"fincat/harvest/quality"
	"fincat/harvest/queries"
	"fincat/harvest/requests"
	"fincat/sparql"
	"fincat/store"
	"fincat/vocab/dcat"
	"fincat/vocab/term"
)

// Options say what a report is about.
type Options struct {
	Store   *store.Store
	Engine  *sparql.Engine     // default: one of its own
	Base    dcat.Base          // of the store's IRIs
	Quarter Quarter            // default: that of Now
	Now     time.Time          // default: the present
	Sources []string           // of whose datasets; default all
	Goals   map[string]float64 // of targets, where they are not those of the plan
	Asked   quality.Requests   // of the public that the configuration notes; those in the store come to them
	Use     Use                // of datasets, for the ranking
	Since   time.Time          // from when on a pack for a meeting counts changes; default: the quarter's start
}

// Report is how the catalogue stands in a quarter.
type Report struct {
	Quarter   string      `json:"quarter"`
	From      time.Time   `json:"from"`
	To        time.Time   `json:"to"` // its end, or the time of the report
	SoFar     bool        `json:"so_far"`
	Made      time.Time   `json:"made"`
	State     uint64      `json:"state"` // of the catalogue: number of its newest commit
	Provider  string      `json:"provider"`
	Name      string      `json:"name"`
	Figures   []Figure    `json:"figures"`
	Badges    []Count     `json:"badges"` // at the end of the quarter, of the datasets that were checked
	Checks    []Indicator `json:"indicators"`
	Datasets  []Dataset   `json:"datasets"`
	Work      []Item      `json:"work"`      // what to do, as of the newest checks
	Unchecked int         `json:"unchecked"` // by its end
	Providers []*Report   `json:"-"`         // of each provider, by identifier
	Ranking   []Rank      `json:"ranking,omitempty"`
	base      dcat.Base
	quarter   Quarter
}

// Count is how often something is so.
type Count struct {
	What string `json:"what"`
	N    int    `json:"n"`
}

// Indicator counts the verdicts of an indicator.
type Indicator struct {
	ID      string `json:"id"`
	ZH      string `json:"zh"`
	EN      string `json:"en"`
	Pass    int    `json:"pass"`
	Fail    int    `json:"fail"`
	Unknown int    `json:"unknown"`
	NA      int    `json:"na"`
}

// Dataset is a line of a report.
type Dataset struct {
	Dataset    string    `json:"dataset"`
	Identifier string    `json:"identifier"`
	Title      string    `json:"title"`
	Source     string    `json:"source"`
	Owner      string    `json:"owner"`
	Badge      string    `json:"badge"` // at the end of the quarter
	Now        string    `json:"badge_now"`
	Portal     string    `json:"portal_badge,omitempty"`
	Differs    bool      `json:"portal_differs,omitempty"`
	OpenAPI    bool      `json:"open_api"`
	Checked    time.Time `json:"checked"` // the last time that found this badge

	indicators map[string]quality.Verdict
}

// Item is one thing to do about a dataset.
type Item struct {
	Owner      string `json:"owner"`
	Dataset    string `json:"dataset"`
	Identifier string `json:"identifier"`
	Title      string `json:"title"`
	Badge      string `json:"badge"`
	Left       int    `json:"left"` // how many indicators fail that gold needs, with this one
	Indicator  string `json:"indicator"`
	ZH         string `json:"indicator_zh"`
	EN         string `json:"indicator_en"`
	Why        string `json:"why"`
	Evidence   string `json:"evidence"`
	Address    string `json:"address"`
	ToDoZH     string `json:"todo_zh"`
	ToDoEN     string `json:"todo_en"`
}

// maker puts a report together.
type maker struct {
	asker
	o     Options
	at    time.Time // what counts is what was so then
	plan  *Plan
	rules *quality.Rules
	owned map[string]owned
}

// newMaker opens what a report is made of; release gives it back.
func newMaker(ctx context.Context, o Options) (m *maker, release func(), err error) {
	if o.Now.IsZero() {
		o.Now = time.Now()
	}
	if o.Quarter == (Quarter{}) {
		o.Quarter = QuarterOf(o.Now)
	}
	if o.Now.Before(o.Quarter.Start()) {
		return nil, nil, fmt.Errorf("%s has not begun yet", o.Quarter)
	}
	if o.Asked, err = requests.Noted(o.Store, o.Asked); err != nil {
		return nil, nil, err
	}
	m = &maker{o: o, at: o.Now}
	if end := o.Quarter.End(); end.Before(m.at) {
		m.at = end.Add(-time.Second)
	}
	m.asker = asker{ctx: ctx, engine: o.Engine, base: o.Base}
	for _, id := range o.Sources {
		m.sources = append(m.sources, term.NewIRI(o.Base.SourceCatalog(id)))
	}
	if m.engine == nil {
		if m.engine, err = sparql.New(sparql.Options{Store: o.Store}); err != nil {
			return nil, nil, err
		}
	}
	dir, err := dcat.NewDirectory()
	if err != nil {
		return nil, nil, err
	}
	if m.plan, err = NewPlan(o.Goals); err != nil {
		return nil, nil, err
	}
	if m.rules, err = quality.NewRules(); err != nil {
		return nil, nil, err
	}
	if m.bank, err = queries.Load(); err != nil {
		return nil, nil, err
	}
	if m.sn, err = o.Store.Snapshot(); err != nil {
		return nil, nil, err
	}
	if m.owned, err = m.owners(dir); err != nil {
		m.sn.Close()
		return nil, nil, err
	}
	return m, m.sn.Close, nil
}

// Make makes the report of a quarter, in all and of each provider.
func Make(ctx context.Context, o Options) (*Report, error) {
	m, release, err := newMaker(ctx, o)
	if err != nil {
		return nil, err
	}
	defer release()
	return m.report()
}

func (m *maker) report() (*Report, error) {
	q := m.o.Quarter
	r := &Report{Quarter: q.String(), From: q.Start(), To: m.at, SoFar: m.o.Now.Before(q.End()), Made: m.o.Now,
		State: m.sn.Seq(), Provider: All, Name: "全部 All", base: m.base, quarter: q}
	var err error
	if r.Figures, err = m.figures(); err != nil {
		return nil, err
	}
	if err := m.datasets(r); err != nil {
		return nil, err
	}
	r.count(m.rules)
	m.providers(r)
	m.rank(r)
	return r, nil
}

// All is the provider of the report in all.
const All = "all"

// datasets reads what the checks found of each dataset.
func (m *maker) datasets(r *Report) error {
	gold := m.rules.Needs("金")
	for q, err := range quality.Results(m.ctx, m.sn, m.base, m.o.Sources, false) {
		if err != nil {
			return err
		}
		then, ok := q.At(m.at)
		if !ok {
			continue
		}
		d := Dataset{Dataset: q.Dataset, Identifier: q.Identifier, Title: q.Title, Source: q.Source,
			Owner: m.owned[q.Dataset].owner, Badge: then.Badge, Now: q.Badge, OpenAPI: then.OpenAPI,
			Checked: then.Checked, indicators: then.Indicators}
		if q.Portal != nil {
			d.Portal, d.Differs = q.Portal.Badge, q.Portal.Differs
		}
		left := 0
		for id, i := range q.Indicators {
			if i.Is == quality.Fail && slices.Contains(gold, id) {
				left++
			}
		}
		r.Datasets = append(r.Datasets, d)
		for _, rule := range m.rules.Indicators {
			if q.Indicators[rule.ID].Is == quality.Fail {
				r.Work = append(r.Work, item(&d, q, rule, left))
			}
		}
	}
	r.Unchecked = max(len(m.owned)-len(r.Datasets), 0)
	slices.SortStableFunc(r.Work, func(a, b Item) int {
		return cmp.Or(cmp.Compare(a.Owner, b.Owner), a.Left-b.Left, cmp.Compare(a.Dataset, b.Dataset))
	})
	return nil
}

// item is what to do about an indicator that failed, with the file that it failed of.
func item(d *Dataset, q *quality.Result, rule quality.IndicatorRule, left int) Item {
	i := q.Indicators[rule.ID]
	out := Item{Owner: d.Owner, Dataset: d.Dataset, Identifier: d.Identifier, Title: d.Title, Badge: d.Now, Left: left,
		Indicator: rule.ID, ZH: rule.ZH, EN: rule.EN, Why: i.Why, Evidence: i.Evidence,
		ToDoZH: rule.ToDoZH, ToDoEN: rule.ToDoEN}
	var others int
	for _, f := range q.Resources {
		if f.Indicators[rule.ID].Is == quality.Fail {
			if out.Address == "" {
				out.Address = f.URL
			} else {
				others++
			}
		}
	}
	if others > 0 {
		out.Evidence += fmt.Sprintf("; %d more files", others)
	}
	return out
}

// badgeOrder are the badges, the best first.
var badgeOrder = []string{"白金", "金", "銀", "銅", quality.None}

// count counts badges and verdicts.
func (r *Report) count(rules *quality.Rules) {
	n := map[string]int{}
	for _, d := range r.Datasets {
		n[d.Badge]++
	}
	for _, b := range badgeOrder {
		r.Badges = append(r.Badges, Count{b, n[b]})
	}
	for _, rule := range rules.Indicators {
		c := Indicator{ID: rule.ID, ZH: rule.ZH, EN: rule.EN}
		for _, d := range r.Datasets {
			switch d.indicators[rule.ID] {
			case quality.Pass:
				c.Pass++
			case quality.Fail:
				c.Fail++
			case quality.NA:
				c.NA++
			default:
				c.Unknown++
			}
		}
		r.Checks = append(r.Checks, c)
	}
}

// providers makes the report of each owner of datasets.
func (m *maker) providers(r *Report) {
	by := map[string]*Report{}
	mine := map[string]map[string]bool{}
	of := func(dataset string) *Report {
		o := m.owned[dataset]
		p := by[o.owner]
		if p == nil {
			p = &Report{Quarter: r.Quarter, From: r.From, To: r.To, SoFar: r.SoFar, Made: r.Made, State: r.State,
				Provider: cmp.Or(o.owner, "unknown"), Name: cmp.Or(o.name, o.owner, "不明 Not known"), base: r.base,
				quarter: r.quarter}
			by[o.owner], mine[o.owner] = p, map[string]bool{}
			r.Providers = append(r.Providers, p)
		}
		mine[o.owner][dataset] = true
		return p
	}
	for _, d := range r.Datasets {
		p := of(d.Dataset)
		p.Datasets = append(p.Datasets, d)
	}
	for _, f := range r.Figures {
		for _, d := range f.Counted {
			of(d)
		}
	}
	for _, i := range r.Work {
		by[i.Owner].Work = append(by[i.Owner].Work, i)
	}
	for owner, p := range by {
		for i := range r.Figures {
			if t := r.Figures[i].Query; t != "target-standards" {
				p.Figures = append(p.Figures, r.Figures[i].only(mine[owner]))
			}
		}
		p.count(m.rules)
	}
	slices.SortFunc(r.Providers, func(a, b *Report) int { return cmp.Compare(a.Provider, b.Provider) })
}

// Of returns the report of a provider, of all for [All]; nil when it has no datasets.
func (r *Report) Of(provider string) *Report {
	if provider == All {
		return r
	}
	for _, p := range r.Providers {
		if p.Provider == provider {
			return p
		}
	}
	return nil
}

// Figure returns the figure of a target.
func (r *Report) Figure(id string) *Figure {
	for i := range r.Figures {
		if r.Figures[i].ID == id {
			return &r.Figures[i]
		}
	}
	return &Figure{}
}

// FileName is what files of the report are called, without what says their kind.
func (r *Report) FileName() string {
	name := r.Provider
	if i := strings.LastIndexAny(strings.TrimRight(name, "/"), "/#"); i >= 0 {
		name = name[i+1:]
	}
	return r.Quarter + "-" + strings.Map(func(c rune) rune {
		if strings.ContainsRune(`/\:*?"<>|%`, c) || c < ' ' {
			return '-'
		}
		return c
	}, name)
}
