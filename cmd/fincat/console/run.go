package console

import (
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"fincat/cmd/fincat/access"
	"fincat/harvest/history"
)

// The sizes of lists on a page.
const (
	runsShown    = 100
	changesShown = 100
	placesShown  = 20
)

// runRow is a run in the list.
type runRow struct {
	Run, Source, At, Took, State, Class, Counts, Reason string
	OfSource                                            string // address of the runs of its source
}

func (v *view) runRow(p page, r *history.Report) runRow {
	class := classOf(r)
	return runRow{r.Run, r.Source, when(r.Start), r.Took().Round(100 * time.Millisecond).String(),
		p.L.T("state." + class), class, counts(p, r), r.Reason, p.withQuery("/console/runs", "source", r.Source)}
}

// runs lists the runs, all or those of one source.
func (c *Console) runs(v *view) error {
	data := struct {
		page
		Source string
		Rows   []runRow
		Older  string // address of the next page
	}{page: v.page("runs"), Source: v.r.URL.Query().Get("source")}
	skip := pageOf(v.r) * runsShown
	more := false
	err := c.eachRun(v.r, func(r *history.Report) error {
		switch {
		case data.Source != "" && r.Source != data.Source:
		case skip > 0:
			skip--
		case len(data.Rows) == runsShown:
			more = true
			return errEnough
		default:
			data.Rows = append(data.Rows, v.runRow(data.page, r))
		}
		return nil
	})
	if err != nil && !isFault(err, http.StatusUnprocessableEntity) {
		return err
	}
	if more {
		data.Older = v.turned(pageOf(v.r) + 1)
	}
	return v.show("console-runs", data)
}

// maxPage is the highest number of a page of a list.
const maxPage = 1_000_000

// pageOf is the number of a page of a list, from 0.
func pageOf(r *http.Request) int {
	n, _ := strconv.Atoi(r.URL.Query().Get("page")) // it has been looked at, or there is none
	return n
}

// turned is the address of another page of the list.
func (v *view) turned(page int) string {
	q := v.r.URL.Query()
	q.Del("done")
	q.Set("page", strconv.Itoa(page))
	return v.r.URL.EscapedPath() + "?" + q.Encode()
}

// changeKinds are what a run can have done to a record.
var changeKinds = []string{"new", "changed", "renamed", "missing", "removed", "held"}

// changeRow is what a run did to a record.
type changeRow struct{ What, Text, Record, Href, Title, Was string }

// ruleCard is a rule that records broke, with the places where.
type ruleCard struct {
	Rule, Severity, Message, Remedy string
	Count                           int
	Places                          []placeRow
}

type placeRow struct{ Record, Place, Value, Href string }

// kindCount counts the records to which a run did something.
type kindCount struct {
	What, Text, Href string
	N                int
	Current          bool
}

// runView is the page of a run.
type runView struct {
	page
	Row                 runRow
	Report              *history.Report
	What                string // only records to which this was done
	Kinds               []kindCount
	Changes             []changeRow
	Older, Newer        string
	Rules               []ruleCard
	Problems            int
	CSV, Quads, Text    string // addresses of the same for programs
	CanUndo, CanApprove bool
	Unread              string // why the difference cannot be shown
}

func (c *Console) run(v *view) error {
	report, err := c.report(v)
	if err != nil {
		return err
	}
	data := &runView{page: v.page("run"), Report: report, What: v.r.URL.Query().Get("what")}
	data.Title, data.Row = report.Run, v.runRow(data.page, report)
	data.CanUndo = data.MayAct && report.Wrote()
	data.CanApprove = data.MayAct && report.Status == history.Held
	path := "/admin/runs/" + url.PathEscape(report.Run) + "/changes"
	data.Text, data.Quads = path, path+"?quads=true"
	data.CSV = "/admin/runs/errors?" + url.Values{"of": {report.Run}, "format": {"csv"}}.Encode()
	if report.Status == history.Running {
		return v.show("console-run", data)
	}
	if err := c.changes(v, data, path); err != nil {
		return err
	}
	if err := c.problems(v, data); err != nil {
		return err
	}
	return v.show("console-run", data)
}

// report returns what the history has of the run in the address.
func (c *Console) report(v *view) (found *history.Report, err error) {
	id := v.r.PathValue("run")
	err = c.eachRun(v.r, func(r *history.Report) error {
		if r.Run != id {
			return nil
		}
		found = r
		return errEnough
	})
	if err == nil && found == nil {
		err = &fault{http.StatusNotFound, errNoRun.Error()}
	}
	return found, err
}

// changes reads what a run did to records. What the log of the store has no more is told.
func (c *Console) changes(v *view, data *runView, path string) error {
	n, skip := map[string]int{}, pageOf(v.r)*changesShown
	list := call{method: http.MethodGet, path: path, query: url.Values{"format": {"json"}}}
	matched := 0
	err := c.stream(v.r, list, func(in io.Reader) error {
		return lines(in, func(x history.RecordChange) error {
			n[x.What]++
			if data.What != "" && x.What != data.What {
				return nil
			}
			if matched++; matched > skip && len(data.Changes) < changesShown {
				data.Changes = append(data.Changes, changeRow{x.What, data.L.T("count." + x.What), x.Record,
					c.local(x.Record), x.Title, x.Was})
			}
			return nil
		})
	})
	if isFault(err, http.StatusUnprocessableEntity) {
		data.Unread, err = err.Error(), nil
	}
	if err != nil {
		return err
	}
	for _, what := range changeKinds {
		if n[what] > 0 {
			data.Kinds = append(data.Kinds, kindCount{what, data.L.T("count." + what), v.only(what), n[what],
				what == data.What})
		}
	}
	if matched > skip+len(data.Changes) {
		data.Older = v.turned(pageOf(v.r) + 1)
	}
	if skip > 0 {
		data.Newer = v.turned(pageOf(v.r) - 1)
	}
	return nil
}

// only is the address of the page with one kind of changes.
func (v *view) only(what string) string {
	q := url.Values{"what": {what}}
	if lang := v.r.URL.Query().Get("lang"); lang != "" {
		q.Set("lang", lang)
	}
	return v.r.URL.EscapedPath() + "?" + q.Encode()
}

// problems groups the problems of a run by rule, those with most first.
func (c *Console) problems(v *view, data *runView) error {
	rules := map[string]*ruleCard{}
	list := call{method: http.MethodGet, path: "/admin/runs/errors", query: url.Values{"of": {data.Report.Run}}}
	err := c.stream(v.r, list, func(in io.Reader) error {
		return array(in, func(x history.Found) error {
			card := rules[x.Rule]
			if card == nil {
				card = &ruleCard{Rule: x.Rule, Severity: string(x.Severity), Message: x.Message, Remedy: x.Remedy}
				rules[x.Rule] = card
			}
			data.Problems++
			if card.Count++; card.Count <= placesShown {
				row := placeRow{Record: x.Record, Place: x.Place.String(), Value: x.Value}
				if isAddress(x.Place.URL) {
					row.Href = x.Place.URL
				}
				card.Places = append(card.Places, row)
			}
			return nil
		})
	})
	if err != nil && !isFault(err, http.StatusUnprocessableEntity) {
		return err
	}
	for _, card := range rules {
		data.Rules = append(data.Rules, *card)
	}
	slices.SortFunc(data.Rules, func(a, b ruleCard) int {
		if a.Count != b.Count {
			return b.Count - a.Count
		}
		if a.Rule < b.Rule {
			return -1
		}
		return 1
	})
	return nil
}

// settle undoes or approves a run, after it was confirmed.
func (c *Console) settle(v *view) error {
	run, action := v.r.PathValue("run"), v.r.PostForm.Get("action")
	if action != "undo" && action != "approve" {
		return &fault{http.StatusBadRequest, "action is undo or approve"}
	}
	path := "/console/runs/" + url.PathEscape(run)
	if v.r.PostForm.Get("confirm") != "yes" {
		if err := v.needs(access.Maintainer); err != nil {
			return err
		}
		report, err := c.report(v)
		if err != nil {
			return err
		}
		p := v.page("confirm")
		return v.confirm(p, path, map[string]string{"action": action}, p.L.T("confirm."+action),
			run+" · "+counts(p, report))
	}
	if err := c.do(v.r, http.MethodPost, "/admin/runs/"+url.PathEscape(run)+"/"+action, nil); err != nil {
		return err
	}
	return v.back(path, action, nil)
}

// confirm asks whether something is really to be done.
func (v *view) confirm(p page, path string, fields map[string]string, question, about string) error {
	p.Title = question
	return v.show("console-confirm", struct {
		page
		Path, Question, About string
		Fields                map[string]string
	}{p, path, question, about, fields})
}
