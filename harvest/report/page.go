package report

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"reflect"
	"time"

	"fincat/harvest/quality"
	"fincat/harvest/quality/words"
	"fincat/vocab/dcat"
)

//go:embed templates/*.html
var templates embed.FS

// maxLines is how many lines of a list a page has; the workbook has all.
const (
	maxLines = 200
	maxSteps = 20
)

// printer writes reports. It holds what their pages need of the program's data.
type printer struct {
	pages *template.Template
	dir   *dcat.Directory
	rules *quality.Rules
	words *words.Table
	names map[string]string // of providers that are not in the directory
}

func newPrinter(r *Report) (*printer, error) {
	p := &printer{names: map[string]string{}}
	for _, x := range r.Providers {
		p.names[x.Provider] = x.Name
	}
	var err error
	if p.dir, err = dcat.NewDirectory(); err != nil {
		return nil, err
	}
	if p.rules, err = quality.NewRules(); err != nil {
		return nil, err
	}
	if p.words, err = words.New(); err != nil {
		return nil, err
	}
	p.pages, err = template.New("").Funcs(template.FuncMap{
		"percent": func(v any) string { return percent(reflect.Indirect(reflect.ValueOf(v)).Float()) },
		"amount":  amount, "about": about, "org": p.org, "cause": p.cause, "badgeChart": BadgeChart,
		"date":   func(t time.Time) string { return t.In(taipei).Format(time.DateOnly) },
		"minguo": func(r *Report) string { return r.quarter.Minguo() },
		"state":  requestState, "chinese": p.words.Chinese,
		"trend": trendOf, "first": first, "more": more,
		"steps": func(list []Step) []Step { return list[:min(len(list), maxSteps)] },
	}).ParseFS(templates, "templates/*.html")
	return p, err
}

// amount writes a share or a number.
func amount(kind string, v float64) string {
	if kind == shareKind {
		return percent(v)
	}
	return fmt.Sprintf("%.0f", v)
}

// about writes a forecast.
func about(kind string, v *float64) string { return "≈ " + amount(kind, *v) }

// first returns the lines of a list that a page shows, more how many it does not.
func first(list any) any {
	v := reflect.ValueOf(list)
	return v.Slice(0, min(v.Len(), maxLines)).Interface()
}

func more(list any) int { return max(reflect.ValueOf(list).Len()-maxLines, 0) }

// org names an organisation.
func (p *printer) org(id string) string {
	if o, ok := p.dir.ByID(id); ok {
		return o.NameZH
	}
	if name := p.names[id]; name != "" {
		return name
	}
	if id == "" {
		return "不明 Not known"
	}
	return id
}

// cause names what keeps datasets from a goal.
func (p *printer) cause(id string) string {
	switch id {
	case standardCause:
		return "欄位依資料標準命名 Fields named after the data standards"
	case "oas":
		return "符合OAS標準之OPEN API OPEN API after OAS"
	}
	i := p.rules.Indicator(id)
	return i.ZH + " " + i.EN
}

// requestState says how a request stands.
func requestState(s string) string {
	return map[string]string{quality.RequestAnswered: "已回復 answered", quality.RequestLate: "逾期回復 answered late",
		quality.RequestOpen: "處理中 open", quality.RequestOverdue: "逾期未回復 overdue"}[s]
}

// trendOf draws the shares of the year; nothing when there are none.
func trendOf(r *Report) template.HTML {
	var lines []Line
	for _, f := range r.Figures {
		if len(f.Trend) > 0 {
			lines = append(lines, Line{f.ZH, f.Goal, f.Trend})
		}
	}
	if len(lines) == 0 {
		return ""
	}
	return TrendChart(r.quarter.Year, lines)
}

// page writes a report as a page.
func (p *printer) page(name string, data any) ([]byte, error) {
	var b bytes.Buffer
	if err := p.pages.ExecuteTemplate(&b, name, data); err != nil {
		return nil, fmt.Errorf("write the page: %w", err)
	}
	return b.Bytes(), nil
}
