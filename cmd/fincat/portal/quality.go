package portal

import (
	"context"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"fincat/harvest/quality"
	"fincat/harvest/quality/rating"
	"fincat/harvest/quality/words"
	"fincat/harvest/report"
	"fincat/sparql/gate"
	"fincat/store"
	"fincat/vocab"
	"fincat/vocab/dcat"
	"fincat/vocab/term"
)

// qualityCard is what the checks found of a dataset, on its page.
type qualityCard struct {
	Badge, Certainty, Higher, Portal, Checked string
	Differs                                   bool
	Rows                                      []verdict
	OpenAPI                                   verdict
	Findings                                  []quality.Finding
	Personal                                  []quality.Personal
	Files                                     []fileCard
	Points, Stars                             string // of the Metadata Quality Assessment and of open data
	PointRows, StarRows                       []verdict
	Changes                                   []badgeRow
}

// badgeRow is a badge that has changed.
type badgeRow struct{ Href, Title, Before, Badge, At string }

// verdict is an indicator, with what to do when it failed.
type verdict struct{ Label, Is, Text, Why, Evidence, ToDo string }

// fileCard says what a file really is.
type fileCard struct {
	URL, Format, Encoding string
	Rows, Fields          string
	Findings              []quality.Finding
}

// maxFindings is how many findings of a dataset its page shows.
const maxFindings = 50

// qualityOf returns what the checks found of a dataset, nil when there were none.
func (p *Portal) qualityOf(rd *reader, iri string) (*qualityCard, error) {
	if !strings.HasPrefix(iri, rd.base+"dataset/") {
		return nil, nil
	}
	r, err := quality.ResultOf(rd.sn, iri)
	if err != nil || r == nil {
		return nil, err
	}
	rules, err := quality.NewRules()
	if err != nil {
		return nil, err
	}
	l := rd.f.L
	say, err := l.checks()
	if err != nil {
		return nil, err
	}
	c := &qualityCard{Badge: r.Badge, Certainty: l.label("certainty."+r.Certainty, r.Certainty),
		Higher:   say(r.BadgeWhy),
		Checked:  r.Checked.In(taipei).Format("2006-01-02 15:04"),
		Findings: found(say, r.Findings)}
	if r.Portal != nil {
		c.Portal, c.Differs = r.Portal.Badge, r.Portal.Differs
	}
	for _, rule := range rules.Indicators {
		i := r.Indicators[rule.ID]
		v := verdict{Label: l.either(rule.ZH, rule.EN), Is: string(i.Is), Text: l.T("is." + string(i.Is)),
			Why: say(i.Why), Evidence: say(i.Evidence)}
		if i.Is == quality.Fail {
			v.ToDo = l.either(rule.ToDoZH, rule.ToDoEN)
		}
		c.Rows = append(c.Rows, v)
	}
	c.OpenAPI = verdict{Label: "OPEN API (OAS)", Is: "na", Text: l.T("no"), Why: say(r.OAS.Why)}
	if r.OAS.Counts {
		c.OpenAPI.Is, c.OpenAPI.Text = "pass", l.T("yes")
	}
	for _, f := range r.Resources {
		x := fileCard{URL: f.URL, Format: f.Detected.Format, Encoding: f.Detected.Encoding,
			Findings: found(say, f.Findings)}
		if f.Detected.Rows != nil {
			x.Rows, x.Fields = l.Number(*f.Detected.Rows), l.Number(len(f.Detected.Fields))
		}
		c.Files = append(c.Files, x)
		for _, one := range f.Personal {
			one.Kind, one.Confidence = l.either(say("kind "+one.Kind), one.Kind), say(one.Confidence)
			c.Personal = append(c.Personal, one)
		}
	}
	c.ratings(l, say, r)
	for _, x := range r.Changes() {
		c.Changes = append(c.Changes, badgeRow{Before: x.Before, Badge: x.Badge, At: dayOf(x.At)})
	}
	c.Files = c.Files[:min(len(c.Files), maxFindings)]
	return c, nil
}

// dayOf is the day of a time, empty for none.
func dayOf(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(taipei).Format(time.DateOnly)
}

// ofAnswer says an answer of a rating as a verdict.
var ofAnswer = map[rating.Answer]quality.Verdict{rating.True: quality.Pass, rating.False: quality.Fail,
	rating.Unknown: quality.Unknown}

// ratings adds the points of the Metadata Quality Assessment and the stars, each with its reason.
func (c *qualityCard) ratings(l *locale, say func(string) string, r *quality.Result) {
	row := func(label string, is rating.Answer, why string) verdict {
		v := ofAnswer[is]
		return verdict{Label: label, Is: string(v), Text: l.T("is." + string(v)), Why: say(why)}
	}
	if m := r.MQA; m != nil {
		c.Points = fmt.Sprintf("%d / %d (%s)", m.Points, m.Of, l.T("mqa."+m.Rating))
		if m.Unknown > 0 {
			c.Points += " · " + l.N("mqa.open", m.Unknown)
		}
		for i, x := range dcat.MQAMetrics()[:min(len(dcat.MQAMetrics()), len(m.Measures))] {
			v := row(l.either(x.ZH, x.EN), m.Measures[i].Is, m.Measures[i].Why)
			v.Evidence = fmt.Sprintf("%d / %d", m.Measures[i].Points, x.Points)
			c.PointRows = append(c.PointRows, v)
		}
	}
	if s := r.Stars; s != nil {
		c.Stars = strings.Repeat("★", s.Stars) + strings.Repeat("☆", 5-s.Stars)
		if s.Most > s.Stars {
			c.Stars += " · " + l.N("stars.most", s.Most)
		}
		for i, x := range s.Each {
			c.StarRows = append(c.StarRows, row(l.T(fmt.Sprintf("star.%d", i+1)), x.Is, x.Why))
		}
	}
}

// part is a piece of a page, with what all pieces need: about a dataset, how something
// stands, versions, or the use of a dataset.
type part struct {
	L *locale
	Q *qualityCard
	S *standing
	V *versions
	U *use
}

// of makes a piece of a page.
func of(page interface{ locale() *locale }, about any) part {
	out := part{L: page.locale()}
	switch about := about.(type) {
	case *qualityCard:
		out.Q = about
	case *standing:
		out.S = about
	case *versions:
		out.V = about
	case *use:
		out.U = about
	}
	return out
}

func (f frame) locale() *locale { return f.L }

// taipei is the time zone of times on pages about quality.
var taipei = time.FixedZone("Asia/Taipei", 8*3600)

// either returns the text in the page's language.
func (l *locale) either(zh, en string) string {
	if l.Param == "zh" {
		return zh
	}
	return en
}

// checks returns how texts of the checks are said in the page's language.
func (l *locale) checks() (func(string) string, error) {
	w, err := words.New()
	if err != nil || l.Param != "zh" {
		return func(text string) string { return text }, err
	}
	return w.Chinese, nil
}

// found are the findings that a page shows, in its language.
func found(say func(string) string, list []quality.Finding) (out []quality.Finding) {
	for _, f := range list[:min(len(list), maxFindings)] {
		out = append(out, quality.Finding{Rule: say(f.Rule), Place: say(f.Place), Message: say(f.Message)})
	}
	return out
}

// reported keeps the newest report: it goes through all datasets, and most visitors want the
// same.
type reported struct {
	turn chan struct{} // of capacity one: whoever holds it makes the report, or looks at it
	seq  uint64
	made time.Time
	took time.Duration
	r    *report.Report
}

// A report is shown for reportAge, or for as many times as long as it took to make, although
// the catalogue has changed: nobody can keep the server busy with it.
const (
	reportAge   = time.Minute
	reportShare = 50
)

// reportLimit is how long the making of a report may take.
const reportLimit = 10 * time.Minute

// report returns how the catalogue stands in this quarter. One that is begun is finished, so that
// it is there for who comes later when its visitor does not wait for it.
func (p *Portal) report(ctx context.Context, sn *store.Snapshot) (r *report.Report, err error) {
	type result struct {
		r   *report.Report
		err error
	}
	select {
	case p.reported.turn <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	now := time.Now()
	same := report.QuarterOf(now) == report.QuarterOf(p.reported.made)
	kept := max(reportAge, reportShare*p.reported.took)
	if p.reported.r != nil && same && (p.reported.seq == sn.Seq() || now.Sub(p.reported.made) < kept) {
		defer func() { <-p.reported.turn }()
		return p.reported.r, nil
	}
	done, seq := make(chan result, 1), sn.Seq()
	go func() {
		defer func() { <-p.reported.turn }()
		ctx, cancel := context.WithTimeout(context.Background(), reportLimit) // it is not one request's alone
		defer cancel()
		r, err := report.Make(ctx, report.Options{Store: p.Store, Engine: p.Engine, Base: p.Base, Now: now})
		if err == nil {
			p.reported.seq, p.reported.made, p.reported.took, p.reported.r = seq, now, time.Since(now), r
		}
		done <- result{r, err}
	}()
	gate.From(ctx).Idle(func() {
		select {
		case got := <-done:
			r, err = got.r, got.err
		case <-ctx.Done():
			err = ctx.Err()
		}
	})
	return r, err
}

// figureRow is a target on a page.
type figureRow struct {
	Label, Goal, Now, Of, Mean, Forecast, Missing string
	Reached                                       bool
	Query                                         string // leads to the query that finds the datasets
}

// stepRow is one step of the cheapest way to a target.
type stepRow struct {
	Target, Owner, Cause, Why string
	N                         int
	Reaches                   bool
}

// workRow is one thing to do.
type workRow struct{ Href, Title, Badge, Label, Why, ToDo string }

// providerRow is a provider with its badges.
type providerRow struct {
	Href, Name string
	Datasets   int
	Gold, OAS  string
	Work       string
}

// standing is how the catalogue or a provider stands.
type standing struct {
	Quarter, Made string
	Checked, Left int
	Figures       []figureRow
	Badges, Trend template.HTML
	Steps         []stepRow
	Work          []workRow
	More          string
	Providers     []providerRow
	Changes       []badgeRow
}

const (
	maxWork  = 100
	maxSteps = 30
)

// standing puts a report into words.
func (p *Portal) standing(rd *reader, r *report.Report) (*standing, error) {
	l := rd.f.L
	say, err := l.checks()
	if err != nil {
		return nil, err
	}
	s := &standing{Quarter: r.Quarter, Made: r.Made.In(taipei).Format("2006-01-02 15:04"),
		Checked: len(r.Datasets), Left: r.Unchecked, Badges: report.BadgeChart(r.Badges)}
	var lines []report.Line
	for i := range r.Figures {
		f := &r.Figures[i]
		row := figureRow{Label: l.either(f.ZH, f.EN), Goal: f.Amount(f.Goal), Now: f.Now(),
			Reached: f.Reached, Missing: l.Number(f.Missing)}
		row.Query = rd.f.with("/query", url.Values{"query": {f.Text}})
		if f.Kind == "share" {
			row.Of = fmt.Sprintf("%d / %d", f.Met, f.Of)
		}
		if f.Mean != nil {
			row.Mean = f.Amount(*f.Mean)
		}
		if f.Forecast != nil {
			row.Forecast = "≈ " + f.Amount(*f.Forecast)
		}
		s.Figures = append(s.Figures, row)
		if len(f.Trend) > 0 {
			lines = append(lines, report.Line{Name: row.Label, Goal: f.Goal, Points: f.Trend})
		}
		for _, step := range f.Cheapest {
			if !f.Reached && len(s.Steps) < maxSteps {
				s.Steps = append(s.Steps, stepRow{Target: row.Label, Owner: p.provider(rd, step.Owner),
					Cause: l.label("cause."+step.Cause, rd.label(p.Base.Metric(step.Cause))), Why: say(step.Why),
					N: len(step.Datasets), Reaches: step.Reaches})
			}
		}
	}
	if len(lines) > 0 {
		s.Trend = report.TrendChart(r.To.In(taipei).Year(), lines)
	}
	for _, w := range r.Work[:min(len(r.Work), maxWork)] {
		href, _ := rd.href(w.Dataset)
		s.Work = append(s.Work, workRow{href, w.Title, w.Badge, l.either(w.ZH, w.EN), say(w.Why),
			l.either(w.ToDoZH, w.ToDoEN)})
	}
	if n := len(r.Work) - maxWork; n > 0 {
		s.More = l.N("quality.more", n)
	}
	for _, one := range r.Providers {
		s.Providers = append(s.Providers, providerRow{
			Href: rd.f.with("/quality", url.Values{"provider": {one.Provider}}), Name: p.provider(rd, one.Provider),
			Datasets: len(one.Datasets), Gold: amountOf(one, "gold"), OAS: amountOf(one, "oas"),
			Work: l.Number(len(one.Work))})
	}
	return s, nil
}

func amountOf(r *report.Report, id string) string {
	return r.Figure(id).Now()
}

// provider names a provider.
func (p *Portal) provider(rd *reader, id string) string {
	switch {
	case id == "" || id == "unknown":
		return rd.f.L.T("quality.unknown")
	case strings.Contains(id, ":"):
		return rd.label(id)
	}
	return rd.label(p.Base.Org(id))
}

// quality shows how the whole stands, or one provider.
func (p *Portal) quality(w http.ResponseWriter, r *http.Request) {
	sn, err := p.Store.Snapshot()
	if err != nil {
		p.fail(w, r, err)
		return
	}
	defer sn.Close()
	all, err := p.report(r.Context(), sn)
	if err != nil {
		p.fail(w, r, err)
		return
	}
	data := struct {
		frame
		Provider string
		Standing *standing
	}{frame: p.frame(r, sn, "quality")}
	data.Title = data.L.T("nav.quality")
	rd := p.reader(r.Context(), sn, data.frame)
	if id := r.URL.Query().Get("provider"); id != "" {
		if all = all.Of(id); all == nil {
			p.message(w, r, http.StatusNotFound, "notFound", "quality.none")
			return
		}
		data.Provider = p.provider(rd, id)
		data.Title = data.Provider
	}
	if data.Standing, err = p.standing(rd, all); err != nil {
		p.fail(w, r, err)
		return
	}
	if data.Standing.Changes, err = rd.badgeChanges(all); err != nil {
		p.fail(w, r, err)
		return
	}
	p.render(w, r, http.StatusOK, "quality", data)
}

// maxChanges is how many changes of badges the page shows, of the newest in the log.
const maxChanges, newestChanges = 50, 1000

// badgeChanges returns the newest changes of badges of the datasets of a report.
func (rd *reader) badgeChanges(r *report.Report) (out []badgeRow, err error) {
	last, err := quality.LastChange(rd.sn)
	if err != nil {
		return nil, err
	}
	list, err := quality.Changes(rd.ctx, rd.sn, last-min(last, newestChanges), newestChanges)
	if err != nil {
		return nil, err
	}
	mine := map[string]bool{}
	for i := range r.Datasets {
		mine[r.Datasets[i].Dataset] = true
	}
	for _, c := range slices.Backward(list) {
		if !mine[c.Dataset] || len(out) == maxChanges {
			continue
		}
		href, _ := rd.href(c.Dataset)
		out = append(out, badgeRow{href, c.Title, c.Before, c.Badge, dayOf(c.At)})
	}
	return out, nil
}

// standingOf is the quality of an organisation's datasets, on its page; nil when none of its
// datasets was checked.
func (p *Portal) standingOf(rd *reader, iri string) (*standing, error) {
	id, ok := strings.CutPrefix(iri, rd.base+"org/")
	if !ok {
		return nil, nil
	}
	_, checked, err := rd.sn.Lookup(term.NewIRI(vocab.DQVComputedOn))
	if err != nil || !checked {
		return nil, err
	}
	all, err := p.report(rd.ctx, rd.sn)
	if err != nil {
		return nil, err
	}
	r := all.Of(id)
	if r == nil || len(r.Datasets) == 0 {
		return nil, nil
	}
	return p.standing(rd, r)
}
