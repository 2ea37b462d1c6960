package chart

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// The size of a chart, and its colours: dark on white, with a contrast of at least 4.5 to 1.
const (
	width, height            = 760.0, 380.0
	top, bottom, left, right = 44.0, 48.0, 76.0, 20.0
	ink, mark, line          = "#1b2430", "#0b6e6e", "#d5dbe1"
)

// How many rows are drawn.
const (
	maxBars   = 40
	maxPoints = 500
)

// Draw draws a table. The error wraps [ErrNone] when there is no such chart.
func Draw(t Table, o Options) ([]byte, error) {
	x, y, err := t.axes(o)
	if err != nil {
		return nil, err
	}
	d := &drawing{}
	switch o.Kind {
	case "", "bar":
		points, all := t.points(x, y, maxBars)
		d.begin(o, t.Columns[x]+" × "+t.Columns[y], float64(len(points))*24+top+bottom)
		d.bars(points)
		d.shown(len(points), all)
	case "line":
		points, all := t.points(x, y, maxPoints)
		d.begin(o, t.Columns[x]+" × "+t.Columns[y], height)
		d.line(points)
		d.shown(len(points), all)
	default:
		return nil, fmt.Errorf("%w: chart.kind=%.20q: want bar or line", ErrNone, o.Kind)
	}
	d.WriteString("</svg>\n")
	return d.Bytes(), nil
}

// drawing is a chart that is being drawn.
type drawing struct {
	bytes.Buffer
	height float64
}

// escaped is a text as XML has it; what XML cannot have is U+FFFD.
func escaped(text string) string {
	var b bytes.Buffer
	_ = xml.EscapeText(&b, []byte(text)) // a buffer takes everything
	return b.String()
}

// begin writes the title, which leads to where the data come from, and what the axes are.
func (d *drawing) begin(o Options, axes string, tall float64) {
	d.height = tall
	fmt.Fprintf(d, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %g %g" role="img" font-size="13" `+
		`font-family="sans-serif" fill="%s"><title>%s</title><rect width="%g" height="%g" fill="#fff"/>`, width, tall,
		ink, escaped(o.Title+": "+axes), width, tall)
	title := text(12, 20, "start", Cut(o.Title, 44))
	if o.Link != "" {
		title = fmt.Sprintf(`<a href="%s" target="_blank" rel="noopener" text-decoration="underline">%s</a>`,
			escaped(o.Link), title)
	}
	d.WriteString(title + text(12, tall-12, "start", Cut(axes, 44)))
}

// shown says how many of the rows are drawn.
func (d *drawing) shown(n, all int) {
	if n < all {
		d.WriteString(text(width-right, d.height-12, "end", fmt.Sprintf("%d / %d", n, all)))
	}
}

func text(x, y float64, anchor, s string) string {
	return fmt.Sprintf(`<text x="%g" y="%g" text-anchor="%s">%s</text>`, round(x), round(y), anchor, escaped(s))
}

func (d *drawing) rule(x1, y1, x2, y2 float64) {
	fmt.Fprintf(d, `<path d="M%g %gL%g %g" stroke="%s"/>`, round(x1), round(y1), round(x2), round(y2), line)
}

// bars draws each row as a bar, from 0.
func (d *drawing) bars(points []point) {
	const from, to = 260.0, width - 110
	low, high := 0.0, 0.0
	for _, p := range points {
		low, high = min(low, p.y), max(high, p.y)
	}
	at := scale(low, high, from, to)
	for i, p := range points {
		y := top + float64(i)*24
		a, b := min(at(0), at(p.y)), max(at(0), at(p.y))
		d.WriteString(text(from-10, y+13, "end", Cut(p.name, 17)))
		fmt.Fprintf(d, `<rect x="%g" y="%g" width="%g" height="17" fill="%s"><title>%s</title></rect>`, round(a), y,
			max(1, round(b-a)), mark, escaped(p.name+": "+written(p.y)))
		d.WriteString(text(b+6, y+13, "start", written(p.y)))
	}
	d.rule(at(0), top-6, at(0), top+float64(len(points))*24)
}

// line draws the rows in their sequence.
func (d *drawing) line(points []point) {
	low, high := math.Inf(1), math.Inf(-1)
	for _, p := range points {
		low, high = min(low, p.y), max(high, p.y)
	}
	at := scale(low, high, height-bottom-20, top)
	for i := range 5 {
		if i > 0 && low == high {
			break
		}
		v := low*(float64(4-i)/4) + high*(float64(i)/4) // a product would overflow
		d.rule(left, at(v), width-right, at(v))
		d.WriteString(text(left-8, at(v)+4, "end", written(v)))
	}
	across := scale(0, float64(len(points)-1), left, width-right)
	var path bytes.Buffer
	every := max(1, (len(points)+5)/6)
	for i, p := range points {
		x, y := round(across(float64(i))), round(at(p.y))
		fmt.Fprintf(&path, "%c%g %g", "ML"[min(1, i)], x, y)
		if i%every == 0 {
			d.WriteString(text(x, height-bottom, "middle", Cut(p.name, 8)))
		}
	}
	fmt.Fprintf(d, `<path d="%s" fill="none" stroke="%s" stroke-width="2"/>`, path.String(), mark)
	for i, p := range points {
		fmt.Fprintf(d, `<circle cx="%g" cy="%g" r="3.5" fill="%s"><title>%s</title></circle>`,
			round(across(float64(i))), round(at(p.y)), mark, escaped(p.name+": "+written(p.y)))
	}
}

// scale leads from values to places. All values may be the same.
func scale(low, high, from, to float64) func(float64) float64 {
	if !(high/2-low/2 > 0) {
		return func(float64) float64 { return (from + to) / 2 }
	}
	return func(v float64) float64 { return from + (v/2-low/2)/(high/2-low/2)*(to-from) } // halves do not overflow
}

// written is a number for people.
func written(x float64) string {
	if a := math.Abs(x); a >= 1e15 || a > 0 && a < 1e-4 {
		return strconv.FormatFloat(x, 'g', 4, 64)
	}
	s := strconv.FormatFloat(x, 'f', -1, 64)
	if math.Abs(x) < 1000 {
		return strconv.FormatFloat(x, 'g', 6, 64)
	}
	whole := strconv.FormatFloat(math.Trunc(x), 'f', 0, 64)
	fraction := s[min(len(s), len(whole)):]
	first := 0
	if whole[0] == '-' {
		first = 1
	}
	for i := len(whole) - 3; i > first; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	return whole + fraction[:min(len(fraction), 3)]
}

// Cut shortens a text to what so many Chinese characters take; others are half as wide.
func Cut(s string, most int) string {
	wide, end := 0, 0
	for i, r := range s {
		if wide++; r >= 0x2e80 {
			wide++
		}
		if wide <= 2*most-2 {
			end = i + utf8.RuneLen(r)
		}
	}
	if wide > 2*most {
		return strings.TrimSpace(s[:min(end, len(s))]) + "…"
	}
	return s
}

func round(x float64) float64 { return math.Round(x*10) / 10 }
