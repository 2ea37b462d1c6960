package chart

import (
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Table is what is drawn. Rows may be shorter than Columns.
type Table struct {
	Columns []string
	Rows    [][]string
}

// Options choose what is drawn of a table.
type Options struct {
	Kind  string // bar or line; default: bar
	X, Y  string // names of columns; default: see the package
	Title string
	Link  string // where the data come from; "": the title leads nowhere
}

// Params are the names of the parameters of addresses that choose what is drawn. None is a name
// that a variable of SPARQL can have.
func Params() []string { return []string{"chart.kind", "chart.x", "chart.y"} }

// OptionsOf reads these parameters.
func OptionsOf(v url.Values) Options {
	return Options{Kind: v.Get("chart.kind"), X: v.Get("chart.x"), Y: v.Get("chart.y")}
}

// ErrNone is wrapped by the errors that say why a table cannot be drawn.
var ErrNone = errors.New("there is no chart of this")

// Serve sends a chart that every site may show in a frame.
func Serve(w http.ResponseWriter, svg []byte) {
	h := w.Header()
	h.Del("X-Frame-Options")
	h.Set("Content-Security-Policy", "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors *")
	h.Set("Content-Type", "image/svg+xml; charset=utf-8")
	h.Set("Content-Length", strconv.Itoa(len(svg)))
	_, _ = w.Write(svg) // the visitor may have left
}

// number reads a number, with or without commas between thousands.
func number(text string) (float64, bool) {
	text = strings.TrimSpace(text)
	if thousands.MatchString(text) {
		text = strings.ReplaceAll(text, ",", "")
	}
	x, err := strconv.ParseFloat(text, 64)
	return x, err == nil && !math.IsInf(x, 0) && !math.IsNaN(x)
}

var thousands = regexp.MustCompile(`^[+-]?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?$`)

// naming are names of columns whose numbers are no amounts.
var naming = regexp.MustCompile(`(?i)(代[號碼]|編號|序號|項次|統編|電話|傳真|年度?|月份?|日期?|時間|經度|緯度)$|` +
	`(^|[_ ])(id|no|code|year|month|day|date|time|lat|long?|longitude|latitude)$`)

// numbers are the columns that have numbers only, at least one.
func (t *Table) numbers() (out []int) {
	for i := range t.Columns {
		n := 0
		for _, row := range t.Rows {
			if cell(row, i) == "" {
				continue
			}
			if _, ok := number(row[i]); !ok {
				n = -1
				break
			}
			n++
		}
		if n > 0 {
			out = append(out, i)
		}
	}
	return out
}

func cell(row []string, i int) string {
	if i < len(row) {
		return strings.TrimSpace(row[i])
	}
	return ""
}

// axes chooses the columns that are drawn.
func (t *Table) axes(o Options) (x, y int, err error) {
	numbers := t.numbers()
	if len(numbers) == 0 || len(t.Columns) < 2 {
		return 0, 0, fmt.Errorf("%w: it needs a column of numbers, and another one", ErrNone)
	}
	named := func(name string) (int, error) {
		i := slices.Index(t.Columns, name)
		if i < 0 {
			return 0, fmt.Errorf("%w: there is no column %.60q; there are %.60q", ErrNone, name, t.Columns)
		}
		return i, nil
	}
	y = numbers[0]
	if i := slices.IndexFunc(numbers, func(i int) bool { return !naming.MatchString(t.Columns[i]) }); i >= 0 {
		y = numbers[i]
	}
	if o.Y != "" {
		if y, err = named(o.Y); err != nil {
			return 0, 0, err
		}
		if !slices.Contains(numbers, y) {
			return 0, 0, fmt.Errorf("%w: the column %.60q has something else than numbers", ErrNone, o.Y)
		}
	}
	if o.X != "" {
		x, err = named(o.X)
		return x, y, err
	}
	for i := range t.Columns {
		if i != y && (!slices.Contains(numbers, i) || naming.MatchString(t.Columns[i])) {
			return i, y, nil
		}
	}
	if y == 0 {
		x = 1
	}
	return x, y, nil
}

// point is a row that is drawn.
type point struct {
	name string
	y    float64
}

// points are the rows that have a number, at most so many, and how many there are in all.
func (t *Table) points(x, y, most int) (out []point, all int) {
	for _, row := range t.Rows {
		n, ok := number(cell(row, y))
		if !ok {
			continue
		}
		if all++; all <= most {
			out = append(out, point{shortened(cell(row, x)), n})
		}
	}
	return out, all
}

// shortened is an address without what most have in common.
func shortened(text string) string {
	if u, err := url.Parse(text); err == nil && u.Host != "" {
		if i := strings.LastIndexAny(strings.TrimRight(text, "/#"), "/#"); i >= 0 {
			return text[i+1:]
		}
	}
	return text
}
