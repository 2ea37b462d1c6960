package atlas

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"fincat/cmd/fincat/chart"
	"fincat/harvest/search"
	"fincat/store"
	"fincat/vocab"
	"fincat/vocab/term"
)

// maxDatasets is how many datasets a map shows one by one, and how many groups of them.
const maxDatasets = 60

// maxLinked is how many other organisations the map of one shows, and how many series and other
// datasets that its own are editions of.
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
	return l.datasets(found.Found)
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
	middle.Label, middle.Full, middle.Class, middle.Href = chart.Cut(v.Title, 16), v.Title, "k-centre", l.href(iri)
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
		name := chart.Cut(l.title(&part[0]), 12) + " – " + chart.Cut(l.title(&part[len(part)-1]), 12)
		l.group(i, n, name, len(part), question{publisher: q.publisher, theme: q.theme, first: q.first + i*size,
			count: len(part)}, size)
	}
}

// group adds a group of datasets, which leads to the map of these.
func (l *looking) group(i, n int, name string, datasets int, q question, greatest int) {
	g := around(i, n, 6+(largest-6)*math.Sqrt(float64(datasets)/float64(max(1, greatest))))
	g.Label, g.Full = chart.Cut(name, 16), name+" · "+l.v.L.N("search.total", datasets)
	g.Count, g.Class, g.Href = l.v.L.Number(datasets), "k-group", l.to("/map", q.values())
	key := fmt.Sprintf("group %d", i)
	l.v.Picture.add(key, g)
	l.v.Picture.connect(l.iri("org", q.publisher), key, "e-above", 1, "")
	l.v.Rows = append(l.v.Rows, row{Name: name, Href: g.Href, Count: g.Count})
}

// datasets shows datasets one by one, and inside of their ring the organisations that have the same
// ones, and the series and datasets that they are editions of.
func (l *looking) datasets(found []search.Found) error {
	p, centre := &l.v.Picture, l.v.Picture.Nodes[0]
	publishers, inner := l.publishers(found)
	related, err := l.editions(found)
	if err != nil {
		return err
	}
	inner = append(inner, l.whole(found, related)...)
	for i, n := range inner {
		at := radial(2*math.Pi*float64(i)/float64(len(inner))-math.Pi/2, innerRing, 12)
		at.below()
		at.Label, at.Full, at.Class = chart.Cut(l.name(n.iri), 12), l.name(n.iri), n.class
		at.Count, at.Href = l.v.L.Number(n.count), l.href(n.iri)
		p.add(n.iri, at)
	}
	for i := range found {
		title := l.title(&found[i])
		n := around(i, len(found), 7)
		n.Label, n.Full, n.Class, n.Href = chart.Cut(title, 16), title, "k-dataset", l.href(found[i].IRI)
		p.add(found[i].IRI, n)
		p.Edges = append(p.Edges, edge{Class: "e-above", Width: 1,
			Path: fmt.Sprintf("M%g %gL%g %g", centre.X, centre.Y, n.X, n.Y)})
	}
	for i := range found {
		x, title := &found[i], l.title(&found[i])
		r := row{Name: title, Href: l.href(x.IRI), Count: l.v.L.Number(1 + len(x.Others)), Note: x.Day()}
		for _, other := range most(publishers[i]) {
			r.Links = append(r.Links, link{Name: l.name(other), Href: l.href(other)})
			p.connect(x.IRI, other, "e-same", 1, title+" – "+l.name(other))
		}
		for _, to := range slices.Sorted(maps.Keys(related[i])) {
			class := related[i][to]
			r.Links = append(r.Links, link{Name: l.name(to), Href: l.href(to), Count: l.v.L.T("map." + class)})
			p.connect(x.IRI, to, class, 1, title+" → "+l.name(to)+": "+l.v.L.T("map."+class))
		}
		l.v.Rows = append(l.v.Rows, r)
	}
	l.v.Head[1] = "map.records"
	p.sort()
	return nil
}

// inside is a node inside of the ring of datasets.
type inside struct {
	iri, class string
	count      int // datasets that are connected with it
}

// publishers counts, for each dataset, who publishes a record of it, and lists those of most.
func (l *looking) publishers(found []search.Found) (of []map[string]int, inner []inside) {
	linked := map[string]int{}
	for i := range found {
		counts := map[string]int{}
		for _, d := range records(&found[i]) {
			for _, publisher := range d.Publishers {
				counts[publisher] = max(counts[publisher], 1)
			}
			for publisher, n := range l.counterparts(d.Dataset) {
				counts[publisher] = max(counts[publisher], n)
			}
		}
		for publisher := range counts {
			if _, centre := l.v.Picture.at[publisher]; centre {
				delete(counts, publisher)
				continue
			}
			linked[publisher]++
		}
		of = append(of, counts)
	}
	for _, iri := range most(linked)[:min(len(linked), maxLinked)] {
		inner = append(inner, inside{iri, "k-other", linked[iri]})
	}
	return of, inner
}

// records are all of a dataset's.
func records(x *search.Found) []*search.Entry { return append([]*search.Entry{x.Entry}, x.Others...) }

// editionOf are the properties that lead from an edition to what it is one of, with the class of
// the lines.
var editionOf = []struct{ property, class string }{
	{vocab.DCATInSeries, "e-series"}, {vocab.DCTIsVersionOf, "e-version"}, {vocab.DCATIsVersionOf, "e-version"},
}

// editions returns what each dataset is an edition of, with the class of the line to it. A dataset
// that is in the picture is named by the record that stands there.
func (l *looking) editions(found []search.Found) ([]map[string]string, error) {
	stands := map[string]string{}
	for i := range found {
		for _, d := range records(&found[i]) {
			stands[d.IRI] = found[i].IRI
		}
	}
	out := make([]map[string]string, len(found))
	for i := range found {
		out[i] = map[string]string{}
		for _, d := range records(&found[i]) {
			for _, of := range editionOf {
				list, err := l.objects(d.IRI, of.property)
				if err != nil {
					return nil, err
				}
				for _, to := range list {
					if to = cmp.Or(stands[to], to); to != found[i].IRI {
						out[i][to] = of.class
					}
				}
			}
		}
	}
	return out, nil
}

// objects are the resources that a property of a resource names.
func (l *looking) objects(iri, property string) (out []string, err error) {
	p, ok, err := l.sn.PatternOf(term.NewIRI(iri), term.NewIRI(property), term.Term{}, term.Term{})
	if err != nil || !ok {
		return nil, err
	}
	for q, err := range l.sn.Match(l.ctx, p, store.OrderFor(p)) {
		if err != nil {
			return nil, err
		}
		if q.Object.IsIRI() {
			out = append(out, q.Object.Value())
		}
	}
	return out, nil
}

// whole lists the series and datasets of which most datasets are editions, without those that are in
// the picture themselves.
func (l *looking) whole(found []search.Found, related []map[string]string) (out []inside) {
	counts, class := map[string]int{}, map[string]string{}
	for _, of := range related {
		for to, line := range of {
			counts[to]++
			class[to] = "k" + strings.TrimPrefix(line, "e")
		}
	}
	for i := range found {
		delete(counts, found[i].IRI)
	}
	for _, iri := range most(counts)[:min(len(counts), maxLinked)] {
		out = append(out, inside{iri, class[iri], counts[iri]})
	}
	return out
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
