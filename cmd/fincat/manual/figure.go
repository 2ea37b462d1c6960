package manual

import (
	"fmt"
	"html"
	"math"
	"strings"
)

// figureKind is the kind of a block whose lines are relations of the data model, such as
// "dcat:Dataset | dcat:distribution | dcat:Distribution". It is drawn, and shown as a table.
const figureKind = "figure"

// nodes are the places of the classes in the picture, and what they are called.
var nodes = map[string]struct {
	x, y   float64
	zh, en string
}{
	"dcat:Catalog":           {110, 50, "來源的目錄", "Catalogue of a source"},
	"dcat:DatasetSeries":     {410, 50, "資料集系列", "Dataset series"},
	"foaf:Organization":      {710, 50, "機構", "Organisation"},
	"dcat:CatalogRecord":     {110, 200, "蒐集紀錄", "Record of the harvest"},
	"dcat:Dataset":           {410, 200, "資料集", "Dataset"},
	"dcat:Distribution":      {710, 200, "資料資源", "Distribution"},
	"fincat:Run":             {110, 350, "蒐集作業", "Run"},
	"dqv:QualityMeasurement": {410, 350, "品質量測", "Quality measurement"},
	"dcat:DataService":       {710, 350, "資料服務", "Data service"},
	"skos:Concept":           {1010, 350, "識別代碼", "Identifier it has"},
	"sssom:Mapping":          {110, 500, "鏈結與證據", "Link with evidence"},
	"csvw:Schema":            {710, 500, "資料表結構", "Table schema"},
	"csvw:Column":            {1010, 500, "欄位", "Column"},
}

// Half the size of a node, and the size of the picture.
const (
	halfWidth, halfHeight     = 90.0, 30.0
	figureWidth, figureHeight = 1120, 550
)

// Relations returns the relations that the lines of a figure name.
func Relations(text string) (out [][3]string, err error) {
	for line := range strings.Lines(text) {
		parts := strings.Split(strings.TrimSpace(line), " | ")
		if len(parts) != 3 {
			return nil, fmt.Errorf("figure: %q is no relation", line)
		}
		for _, end := range []string{parts[0], parts[2]} {
			if _, ok := nodes[end]; !ok {
				return nil, fmt.Errorf("figure: %s has no place", end)
			}
		}
		out = append(out, [3]string(parts))
	}
	return out, nil
}

// figure draws relations.
func (b *blocks) figure(text string) (string, error) {
	list, err := Relations(text)
	if err != nil {
		return "", err
	}
	var out, rows strings.Builder
	title := html.EscapeString(b.T("figure.title"))
	fmt.Fprintf(&out, "<figure class=\"model\"><div class=\"scroll\" tabindex=\"0\"><svg viewBox=\"0 0 %d %d\" "+
		"role=\"img\" aria-label=\"%s\"><defs><marker id=\"arrow\" viewBox=\"0 0 8 8\" refX=\"8\" refY=\"4\" "+
		"markerWidth=\"8\" markerHeight=\"8\" orient=\"auto\"><path d=\"M0 0L8 4L0 8z\"/></marker></defs>\n",
		figureWidth, figureHeight, title)
	seen := map[string]bool{}
	labels := ""
	for _, r := range list {
		line, label := edge(r)
		out.WriteString(line)
		labels += label
		fmt.Fprintf(&rows, "<tr><td>%s</td><td><code>%s</code></td><td>%s</td></tr>\n", b.named(r[0]), r[1],
			b.named(r[2]))
	}
	for _, r := range list {
		for _, name := range []string{r[0], r[2]} {
			if !seen[name] {
				seen[name] = true
				out.WriteString(b.node(name))
			}
		}
	}
	out.WriteString(labels)
	fmt.Fprintf(&out, "</svg></div><figcaption>%s</figcaption></figure>\n<div class=\"scroll\" tabindex=\"0\"><table>"+
		"<thead><tr><th scope=\"col\">%s</th><th scope=\"col\">%s</th><th scope=\"col\">%s</th></tr></thead>"+
		"<tbody>\n%s</tbody></table></div>\n", title, html.EscapeString(b.T("figure.from")),
		html.EscapeString(b.T("figure.by")), html.EscapeString(b.T("figure.to")), rows.String())
	return out.String(), nil
}

// label is what a class is called.
func (b *blocks) label(name string) string {
	if b.lang == "zh" {
		return nodes[name].zh
	}
	return nodes[name].en
}

func (b *blocks) named(name string) string {
	return html.EscapeString(b.label(name)) + " <code>" + name + "</code>"
}

func (b *blocks) node(name string) string {
	n := nodes[name]
	return fmt.Sprintf("<g><rect x=\"%g\" y=\"%g\" width=\"%g\" height=\"%g\" rx=\"8\"/><text x=\"%g\" y=\"%g\">%s"+
		"</text><text class=\"of\" x=\"%g\" y=\"%g\">%s</text></g>\n", n.x-halfWidth, n.y-halfHeight, 2*halfWidth,
		2*halfHeight, n.x, n.y-4, html.EscapeString(b.label(name)), n.x, n.y+17, name)
}

// edge draws one relation, and its label; one of a class with itself is an arc above its corner.
func edge(r [3]string) (line, label string) {
	from, to := nodes[r[0]], nodes[r[2]]
	if r[0] == r[2] {
		x, y := from.x+halfWidth, from.y-halfHeight
		return fmt.Sprintf("<path d=\"M%g %gC%g %g %g %g %g %g\" marker-end=\"url(#arrow)\"/>\n", x-30, y, x-30, y-40,
			x+50, y-30, x, y+12), by(x+44, y-24, r[1])
	}
	x1, y1 := border(from.x, from.y, to.x, to.y)
	x2, y2 := border(to.x, to.y, from.x, from.y)
	return fmt.Sprintf("<path d=\"M%g %gL%g %g\" marker-end=\"url(#arrow)\"/>\n", round(x1), round(y1), round(x2),
		round(y2)), by((x1+x2)/2, (y1+y2)/2-5, r[1])
}

// by is the label of a line.
func by(x, y float64, property string) string {
	return fmt.Sprintf("<text class=\"by\" x=\"%g\" y=\"%g\">%s</text>\n", round(x), round(y), property)
}

// border is where the line from a node at x, y towards another point leaves the node.
func border(x, y, toX, toY float64) (float64, float64) {
	dx, dy := toX-x, toY-y
	scale := min(halfWidth/math.Max(math.Abs(dx), 1e-9), halfHeight/math.Max(math.Abs(dy), 1e-9))
	return x + dx*scale, y + dy*scale
}

func round(x float64) float64 { return math.Round(x*10) / 10 }
