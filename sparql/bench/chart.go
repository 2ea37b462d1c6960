package bench

import (
	"bufio"
	"fmt"
	"html"
	"io"
	"math"
)

// The measures of the chart, in pixels.
const (
	chartLeft  = 240 // for the names
	chartWidth = 700 // of the bars
	barHeight  = 9
	groupGap   = 7
)

// barColours can be told apart by people who do not see all colours.
var barColours = []string{"#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00"}

// WriteSVG writes the report as a bar chart: for each query a bar for the median of each
// endpoint, on a logarithmic scale. A timeout is a hatched bar as long as the limit.
func (r *Report) WriteSVG(w io.Writer) error {
	b := bufio.NewWriter(w)
	low, high := r.decades()
	top := 60 + 16*len(r.Endpoints)
	group := barHeight*len(r.Endpoints) + groupGap
	height := top + group*len(r.Queries) + 30
	fmt.Fprintf(b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%[1]d" height="%[2]d" `+
		`font-family="sans-serif" font-size="11" role="img" aria-labelledby="title">`+"\n",
		chartLeft+chartWidth+110, height)
	fmt.Fprintf(b, "<title id=\"title\">Median time of %d queries on %d endpoints, in %d rounds</title>\n",
		len(r.Queries), len(r.Endpoints), r.Rounds)
	fmt.Fprint(b, `<defs><pattern id="late" width="6" height="6" patternUnits="userSpaceOnUse" `+
		`patternTransform="rotate(45)"><rect width="3" height="6" fill="#fff" fill-opacity=".6"/></pattern></defs>`+
		"\n<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n")
	fmt.Fprint(b, `<text x="10" y="22" font-size="15">Median time of each query (logarithmic)</text>`+"\n")
	for i, e := range r.Endpoints {
		fmt.Fprintf(b, `<rect x="10" y="%d" width="10" height="10" fill="%s"/><text x="26" y="%d">%d: %s</text>`+"\n",
			34+16*i, colour(i), 43+16*i, i+1, html.EscapeString(e))
	}
	for d := low; d <= high; d++ {
		x := chartLeft + chartWidth*(d-low)/(high-low)
		fmt.Fprintf(b, `<line x1="%d" y1="%d" x2="%[1]d" y2="%[3]d" stroke="#ccc"/>`+
			`<text x="%[1]d" y="%[4]d" text-anchor="middle">%[5]s</text>`+"\n",
			x, top-4, height-24, height-10, decadeText(d))
	}
	for i := range r.Queries {
		r.writeGroup(b, &r.Queries[i], top+group*i, low, high)
	}
	fmt.Fprintln(b, "</svg>")
	return b.Flush()
}

// writeGroup writes the bars of one query.
func (r *Report) writeGroup(b io.Writer, q *Comparison, y, low, high int) {
	fmt.Fprintf(b, `<text x="%d" y="%d" text-anchor="end">%s</text>`+"\n", chartLeft-8,
		y+barHeight*len(q.Runs)/2+4, html.EscapeString(q.Name))
	for i, run := range q.Runs {
		top, label, long := y+barHeight*i, timeText(run.Median), 1.0
		switch {
		case run.Timeout:
			label = "timeout"
		case run.Error != "":
			label = "error"
		}
		if run.Median > 0 {
			share := (math.Log10(run.Median) - float64(low)) / float64(high-low)
			long = max(1, share*chartWidth)
		}
		if run.Differs || run.Unsteady {
			label += " (" + run.state() + ")"
		}
		bar := fmt.Sprintf(`<rect class="bar" x="%d" y="%d" width="%.1f" height="%d"`, chartLeft, top, long,
			barHeight-1)
		fmt.Fprintf(b, `%s fill="%s"><title>%s on %d: %s</title></rect>`, bar, colour(i), html.EscapeString(q.Name),
			i+1, label)
		if run.Timeout {
			fmt.Fprintf(b, `<rect x="%d" y="%d" width="%.1f" height="%d" fill="url(#late)"/>`, chartLeft, top, long,
				barHeight-1)
		}
		fmt.Fprintf(b, `<text x="%.1f" y="%d" font-size="8">%s</text>`+"\n", chartLeft+long+4, top+barHeight-2, label)
	}
}

func colour(i int) string { return barColours[i%len(barColours)] }

// decades are the powers of ten, in milliseconds, between which all times are.
func (r *Report) decades() (low, high int) {
	least, greatest := math.Inf(1), math.Inf(-1)
	for _, q := range r.Queries {
		for _, run := range q.Runs {
			if run.Median > 0 {
				least, greatest = min(least, run.Median), max(greatest, run.Median)
			}
		}
	}
	if least > greatest {
		return 0, 1
	}
	low, high = int(math.Floor(math.Log10(least))), int(math.Ceil(math.Log10(greatest)))
	return low, max(high, low+1)
}

// decadeText is ten to the power of d milliseconds.
func decadeText(d int) string {
	switch {
	case d < 0:
		return fmt.Sprintf("%g µs", math.Pow10(d+3))
	case d < 3:
		return fmt.Sprintf("%g ms", math.Pow10(d))
	}
	return fmt.Sprintf("%g s", math.Pow10(d-3))
}
