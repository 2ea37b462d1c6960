package console

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"fincat/harvest"
	"fincat/harvest/history"
)

// sourceState is what GET /admin/runs says of a source.
type sourceState struct {
	Source, Kind, URL, Schedule, Timezone string
	Paused                                bool
	Next                                  time.Time
	Why                                   string
	Running                               *harvest.Progress
	Last                                  *history.Report
}

// sourceRow is a source on the overview.
type sourceRow struct {
	sourceState
	State, Class, NextAt, LastAt, Took, Counts string
	Href                                       string // of its runs
	Trend                                      *trend
}

// progressCard is a harvest under way.
type progressCard struct {
	harvest.Progress
	StageText, Begun, Elapsed, PerSecond string
	Percent                              int // of the records that are expected; -1: unknown
}

// refreshSeconds is how often a page with a harvest under way is asked for again.
const refreshSeconds = 5

func (c *Console) overview(v *view) error {
	var answer struct {
		Running []harvest.Progress
		Sources []sourceState
	}
	data := struct {
		page
		Idle, Live   bool
		LiveOff      string
		Running      []progressCard
		Sources      []sourceRow
		Failed, Held int
	}{page: v.page("overview")}
	err := c.get(v.r, "/admin/runs", nil, &answer)
	if isFault(err, http.StatusNotFound) {
		data.Idle = true
		return v.show("console-overview", data)
	}
	if err != nil {
		return err
	}
	trends, err := c.trends(v.r)
	if err != nil {
		return err
	}
	for _, p := range answer.Running {
		data.Running = append(data.Running, v.progress(data.page, p))
	}
	for _, s := range answer.Sources {
		row := v.sourceRow(data.page, s)
		row.Trend = trends[s.Source].draw(data.L.T)
		switch row.Class {
		case "failed":
			data.Failed++
		case "held":
			data.Held++
		}
		data.Sources = append(data.Sources, row)
	}
	if data.Live = len(data.Running) > 0 && v.r.URL.Query().Get("live") != "off"; data.Live {
		data.Refresh = refreshSeconds
	}
	data.LiveOff = data.Link("/console")
	sep := "?"
	if strings.Contains(data.LiveOff, "?") {
		sep = "&"
	}
	data.LiveOff += sep + "live=off"
	return v.show("console-overview", data)
}

func (v *view) progress(p page, now harvest.Progress) progressCard {
	card := progressCard{Progress: now, StageText: p.L.T("stage." + string(now.Stage)), Begun: when(now.Start),
		Elapsed:   (time.Duration(now.Seconds) * time.Second).String(),
		PerSecond: fmt.Sprintf("%.1f", now.Rate), Percent: -1}
	if now.Expected > 0 {
		card.Percent = min(100, 100*now.Records/now.Expected)
	}
	return card
}

func (v *view) sourceRow(p page, s sourceState) sourceRow {
	row := sourceRow{sourceState: s, NextAt: when(s.Next), Class: "never",
		Href: p.withQuery("/console/runs", "source", s.Source)}
	if s.Last != nil {
		row.Class, row.LastAt = classOf(s.Last), when(s.Last.Start)
		row.Took = s.Last.Took().Round(100 * time.Millisecond).String()
		row.Counts = counts(p, s.Last)
	}
	switch {
	case s.Running != nil:
		row.Class = "running"
	case s.Paused:
		row.Class = "paused"
	}
	row.State = p.L.T("state." + row.Class)
	return row
}

// classOf is the state of a run as the pages tell it.
func classOf(r *history.Report) string {
	if r.Lacks() {
		return "lacks"
	}
	return string(r.Status)
}

// counts says what a run did, leaving out what it did not do.
func counts(p page, r *history.Report) string {
	var out []string
	for _, x := range []struct {
		key string
		n   int
	}{{"new", r.New}, {"changed", r.Changed}, {"renamed", r.Renamed}, {"unchanged", r.Unchanged},
		{"missing", r.Missing}, {"removed", r.Removed}, {"held", r.Held}, {"failed", r.Failed}} {
		if x.n > 0 {
			out = append(out, p.L.T("count."+x.key)+" "+p.L.Number(x.n))
		}
	}
	if len(out) == 0 {
		return p.L.T("count.none")
	}
	return strings.Join(out, " · ")
}

// steer starts, cancels, pauses or resumes a source.
func (c *Console) steer(v *view) error {
	source, action := v.r.PostForm.Get("source"), v.r.PostForm.Get("action")
	if source == "" || source != url.PathEscape(source) {
		return &fault{http.StatusBadRequest, "source names one of the sources"}
	}
	path := "/admin/runs/" + source
	var err error
	switch action {
	case "start":
		err = c.do(v.r, http.MethodPost, path, nil)
	case "cancel":
		err = c.do(v.r, http.MethodDelete, path, nil)
	case "pause":
		err = c.do(v.r, http.MethodPut, path+"/paused", nil)
	case "resume":
		err = c.do(v.r, http.MethodDelete, path+"/paused", nil)
	default:
		return &fault{http.StatusBadRequest, "action is start, cancel, pause or resume"}
	}
	if err != nil {
		return err
	}
	return v.back("/console", action, nil)
}

// eachRun calls yield with the runs, the newest first, until it has enough.
func (c *Console) eachRun(r *http.Request, yield func(*history.Report) error) error {
	list := call{method: http.MethodGet, path: "/admin/runs/list"}
	return c.stream(r, list, func(in io.Reader) error { return lines(in, yield) })
}

// The sizes of a trend: its runs, and its picture in units.
const (
	trendRuns   = 20
	trendWidth  = 160.0
	trendHeight = 36.0
	barWidth    = trendWidth / trendRuns
)

// maxTrendRuns is how many runs of all sources are looked at for trends.
const maxTrendRuns = 20_000

// outcomes are the last runs of a source, the newest first.
type outcomes []*history.Report

// trends returns the last runs of each source.
func (c *Console) trends(r *http.Request) (map[string]outcomes, error) {
	out, seen := map[string]outcomes{}, 0
	err := c.eachRun(r, func(run *history.Report) error {
		if seen++; seen > maxTrendRuns {
			return errEnough
		}
		if run.Status != history.Running && len(out[run.Source]) < trendRuns {
			out[run.Source] = append(out[run.Source], run)
		}
		return nil
	})
	if isFault(err, http.StatusUnprocessableEntity) { // nothing was ever harvested into this store
		err = nil
	}
	return out, err
}

// trend is a picture of the last runs of a source: a bar for the records of each, and a line
// for how long they took.
type trend struct {
	Bars   []bar
	Line   string // points of the line
	Title  string // the same in words
	Width  float64
	Height float64
}

type bar struct {
	X, Y, W, H float64
	Class      string
}

// draw makes the picture; nil when there were no runs.
func (o outcomes) draw(say func(string) string) *trend {
	if len(o) == 0 {
		return nil
	}
	t := &trend{Width: trendWidth, Height: trendHeight}
	records, seconds := 1, 0.001
	for _, r := range o {
		records, seconds = max(records, r.Total()), max(seconds, r.Took().Seconds())
	}
	var points, words []string
	for i := range o {
		r := o[len(o)-1-i]
		h := max(1, trendHeight*float64(r.Total())/float64(records))
		x := float64(i) * barWidth
		t.Bars = append(t.Bars, bar{x + 1, trendHeight - h, barWidth - 2, h, classOf(r)})
		points = append(points, fmt.Sprintf("%.1f,%.1f", x+barWidth/2,
			trendHeight-1-(trendHeight-2)*r.Took().Seconds()/seconds))
		words = append(words, fmt.Sprintf("%d (%s)", r.Total(), r.Took().Round(100*time.Millisecond)))
	}
	t.Line = strings.Join(points, " ")
	t.Title = say("trend") + " " + strings.Join(words, ", ")
	return t
}

// errNoRun says that a run is not there.
var errNoRun = errors.New("there is no such run")
