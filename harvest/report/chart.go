package report

import (
	"fmt"
	"html"
	"html/template"
	"strings"
	"time"
)

// Line is a line of a chart of shares.
type Line struct {
	Name   string
	Goal   float64 // drawn as a broken line; 0: none
	Points []Point
}

// The measures of charts, in the units of their view boxes, and the colours of lines and
// badges, which differ in lightness too so that they can be told apart on paper.
const (
	chartWidth, chartHeight = 640, 240
	chartLeft, chartRight   = 44, 8
	chartTop, chartBottom   = 12, 24
)

var (
	lineColours  = []string{"#8a6d00", "#3b5b92", "#2e7d5b", "#9c3d54"}
	lineStrokes  = []string{"", "6 3", "2 3", "8 3 2 3"}
	badgeColours = map[string]string{"白金": "#5b7fa6", "金": "#d9a514", "銀": "#a9b0b7", "銅": "#b06a3b", "無": "#5a2d2d"}
)

// TrendChart draws shares over a year as SVG.
func TrendChart(year int, lines []Line) template.HTML {
	start := time.Date(year, 1, 1, 0, 0, 0, 0, taipei)
	length := start.AddDate(1, 0, 0).Sub(start)
	x := func(t time.Time) float64 {
		part := min(max(float64(t.Sub(start))/float64(length), 0), 1)
		return chartLeft + part*(chartWidth-chartLeft-chartRight)
	}
	y := func(share float64) float64 { return chartTop + (1-share)*(chartHeight-chartTop-chartBottom) }
	var b strings.Builder
	fmt.Fprintf(&b, `<svg viewBox="0 0 %d %d" role="img" class="chart"><title>%d</title>`, chartWidth, chartHeight,
		year)
	for percent := 0; percent <= 100; percent += 25 {
		at := y(float64(percent) / 100)
		fmt.Fprintf(&b, `<path d="M%d %.1fH%d" stroke="#d5d9de" fill="none"/>`, chartLeft, at, chartWidth-chartRight)
		fmt.Fprintf(&b, `<text x="%d" y="%.1f" font-size="11" text-anchor="end">%d %%</text>`, chartLeft-6, at+4,
			percent)
	}
	for month := range 12 {
		t := start.AddDate(0, month, 0)
		fmt.Fprintf(&b, `<text x="%.1f" y="%d" font-size="11">%d</text>`, x(t)+8, chartHeight-8, month+1)
	}
	for i, l := range lines {
		colour, dash := lineColours[i%len(lineColours)], lineStrokes[i%len(lineStrokes)]
		if l.Goal > 0 {
			fmt.Fprintf(&b, `<path d="M%d %.1fH%d" stroke="%s" stroke-width="1" stroke-dasharray="2 6" fill="none"/>`,
				chartLeft, y(l.Goal), chartWidth-chartRight, colour)
		}
		var points []string
		for _, p := range l.Points {
			points = append(points, fmt.Sprintf("%.1f,%.1f", x(p.At), y(p.Share)))
			fmt.Fprintf(&b, `<circle cx="%.1f" cy="%.1f" r="3" fill="%s"><title>%s %s %s</title></circle>`, x(p.At),
				y(p.Share), colour, html.EscapeString(l.Name), p.At.In(taipei).Format(time.DateOnly), percent(p.Share))
		}
		if len(points) > 1 {
			fmt.Fprintf(&b, `<polyline points="%s" stroke="%s" stroke-width="2" stroke-dasharray="%s" fill="none"/>`,
				strings.Join(points, " "), colour, dash)
		}
		fmt.Fprintf(&b, `<text x="%d" y="%d" font-size="12" fill="%s">— %s</text>`, chartLeft+8, chartHeight-46-16*i,
			colour, html.EscapeString(l.Name))
	}
	b.WriteString("</svg>")
	return template.HTML(b.String())
}

// BadgeChart draws how many datasets have each badge as one bar, as SVG.
func BadgeChart(badges []Count) template.HTML {
	const width, bar, height = 640, 24, 52
	sum := 0
	for _, c := range badges {
		sum += c.N
	}
	var b strings.Builder
	fmt.Fprintf(&b, `<svg viewBox="0 0 %d %d" role="img" class="chart"><title>標章 badges</title>`, width, height)
	at := 0.0
	for i, c := range badges {
		colour := badgeColours[c.What]
		if sum > 0 {
			w := float64(c.N) / float64(sum) * width
			fmt.Fprintf(&b, `<rect x="%.1f" y="0" width="%.1f" height="%d" fill="%s"/>`, at, w, bar, colour)
			at += w
		}
		left := i * width / max(len(badges), 1)
		fmt.Fprintf(&b, `<rect x="%d" y="34" width="12" height="12" fill="%s"/>`, left, colour)
		fmt.Fprintf(&b, `<text x="%d" y="45" font-size="13">%s %d</text>`, left+18, html.EscapeString(c.What), c.N)
	}
	b.WriteString("</svg>")
	return template.HTML(b.String())
}

// percent writes a share for people.
func percent(share float64) string { return fmt.Sprintf("%.1f %%", 100*share) }
