package atlas

import (
	"fmt"
	"math"
	"strings"

	"fincat/harvest/search"
)

// maxDatasets is how many datasets a map shows one by one, and how many groups of them.
const maxDatasets = 60

// maxLinked is how many other organisations the map of one shows.
const maxLinked = 12

// organisation draws the map of one: its datasets, or groups of them, and the organisations that have
// the same ones.
func (l *looking) organisation(q question) error {
	iri := l.iri("org", q.publisher)
	query := search.Query{Order: search.ByTitle, First: q.first}
	query.Chosen[search.ByPublisher] = []string{iri}
	if q.theme != "" {
		query.Chosen[search.ByTheme] = []string{l.iri("theme", q.theme)}
	}
	count, err := l.table.Find(query)
	if err != nil {
		return err
	}
	total := max(0, count.Total-q.first)
	if q.count > 0 {
		total = min(total, q.count)
	}
	if count.Total == 0 {
		return fmt.Errorf("%w: %s", errParameters, l.v.L.T("search.none"))
	}
	l.describe(iri, q, total)
	themes := count.Counts[search.ByTheme]
	if q.theme == "" && q.count == 0 && total > maxDatasets && len(themes) > 1 {
		l.themes(q, themes)
		return nil
	}
	query.Most = total
	found, err := l.table.Find(query)
	if err != nil {
		return err
	}
	if len(found.Found) > maxDatasets {
		l.parts(q, found.Found)
		return nil
	}
	l.datasets(found.Found)
	return nil
}

// describe puts the organisation in the middle and says what the map is about.
func (l *looking) describe(iri string, q question, total int) {
	v := l.v
	v.Title = l.name(iri)
	v.Lead = v.L.N("search.total", total)
	v.Crumbs = []link{{Name: v.L.T("nav.map"), Href: v.Link("/map")}}
	if q.theme != "" || q.count > 0 {
		v.Crumbs = append(v.Crumbs, link{Name: v.Title, Href: l.to("/map", question{publisher: q.publisher}.values())})
	}
	if q.theme != "" {
		theme := l.name(l.iri("theme", q.theme))
		v.Lead = theme + " · " + v.Lead
		if q.count > 0 {
			v.Crumbs = append(v.Crumbs, link{Name: theme,
				Href: l.to("/map", question{publisher: q.publisher, theme: q.theme}.values())})
		}
	}
	chosen := question{publisher: q.publisher, theme: q.theme}
	v.Links = []link{{Name: v.L.T("map.about"), Href: l.href(iri)},
		{Name: v.L.T("map.search"), Href: l.to("/search", chosen.values())}}
	v.Head = [3]string{"map.dataset", "map.datasets", "map.linked"}
	middle := radial(0, 0, largest)
	middle.below()
	middle.Label, middle.Full, middle.Class, middle.Href = clip(v.Title, 16), v.Title, "k-centre", l.href(iri)
	v.Picture.add(iri, middle)
}

// around is a node of the ring, the i-th of n.
func around(i, n int, r float64) node {
	return radial(2*math.Pi*(float64(i)+.5)/float64(n)-math.Pi/2, outerRing-40, r)
}

// themes shows a group for each theme.
func (l *looking) themes(q question, counts []search.Count) {
	l.v.Head[0] = "facet.theme"
	if len(counts) > maxDatasets {
		counts = counts[:maxDatasets]
	}
	for i, c := range counts {
		q.theme = l.param("theme", c.Value)
		l.group(i, len(counts), l.name(c.Value), c.N, q, counts[0].N)
	}
}

// parts shows groups of datasets that follow each other by title.
func (l *looking) parts(q question, found []search.Found) {
	size := max(maxDatasets, (len(found)+maxDatasets-1)/maxDatasets)
	n := (len(found) + size - 1) / size
	for i := range n {
		part := found[i*size : min(len(found), (i+1)*size)]
		name := clip(l.title(&part[0]), 12) + " – " + clip(l.title(&part[len(part)-1]), 12)
		l.group(i, n, name, len(part), question{publisher: q.publisher, theme: q.theme, first: q.first + i*size,
			count: len(part)}, size)
	}
}

// group adds a group of datasets, which leads to the map of these.
func (l *looking) group(i, n int, name string, datasets int, q question, greatest int) {
	g := around(i, n, 6+(largest-6)*math.Sqrt(float64(datasets)/float64(max(1, greatest))))
	g.Label, g.Full = clip(name, 16), name+" · "+l.v.L.N("search.total", datasets)
	g.Count, g.Class, g.Href = l.v.L.Number(datasets), "k-group", l.to("/map", q.values())
	key := fmt.Sprintf("group %d", i)
	l.v.Picture.add(key, g)
	l.v.Picture.connect(l.iri("org", q.publisher), key, "e-above", 1, "")
	l.v.Rows = append(l.v.Rows, row{Name: name, Href: g.Href, Count: g.Count})
}

// datasets shows datasets one by one, and the organisations that have the same ones.
func (l *looking) datasets(found []search.Found) {
	p, linked := &l.v.Picture, map[string]int{}
	var others []map[string]int
	for i := range found {
		counts := map[string]int{}
		for _, d := range append([]*search.Entry{found[i].Entry}, found[i].Others...) {
			for _, publisher := range d.Publishers {
				if _, centre := p.at[publisher]; !centre {
					counts[publisher] = max(counts[publisher], 1)
				}
			}
			for publisher, n := range l.counterparts(d.Dataset) {
				if _, centre := p.at[publisher]; !centre {
					counts[publisher] = max(counts[publisher], n)
				}
			}
		}
		for publisher := range counts {
			linked[publisher]++
		}
		others = append(others, counts)
	}
	centre := l.v.Picture.Nodes[0]
	shown := most(linked)
	shown = shown[:min(len(shown), maxLinked)]
	for i, iri := range shown {
		n := radial(2*math.Pi*float64(i)/float64(len(shown))-math.Pi/2, innerRing, 12)
		n.below()
		n.Label, n.Full, n.Class = clip(l.name(iri), 12), l.name(iri), "k-other"
		n.Count, n.Href = l.v.L.Number(linked[iri]), l.href(iri)
		p.add(iri, n)
	}
	for i := range found {
		x, title := &found[i], l.title(&found[i])
		n := around(i, len(found), 7)
		n.Label, n.Full, n.Class, n.Href = clip(title, 16), title, "k-dataset", l.href(x.IRI)
		p.add(x.IRI, n)
		r := row{Name: title, Href: n.Href, Count: l.v.L.Number(1 + len(x.Others)), Note: x.Day()}
		for _, other := range most(others[i]) {
			r.Links = append(r.Links, link{Name: l.name(other), Href: l.href(other)})
			p.connect(x.IRI, other, "e-same", 1, title+" – "+l.name(other))
		}
		p.Edges = append(p.Edges, edge{Class: "e-above", Width: 1,
			Path: fmt.Sprintf("M%g %gL%g %g", centre.X, centre.Y, n.X, n.Y)})
		l.v.Rows = append(l.v.Rows, r)
	}
	l.v.Head[1] = "map.records"
	p.sort()
}

// title is that of a dataset in the language of the page.
func (l *looking) title(x *search.Found) string {
	best := -1
	for i, t := range x.Titles {
		if best < 0 || l.v.L.Prefers(t.Lang(), x.Titles[best].Lang()) {
			best = i
		}
	}
	if best < 0 || strings.TrimSpace(x.Titles[best].Value()) == "" {
		return l.names.Short(x.IRI)
	}
	return x.Titles[best].Value()
}
