package atlas

import (
	"cmp"
	"math"
	"net/url"
	"slices"

	"fincat/cmd/fincat/chart"
	"fincat/harvest/feed/listing"
	"fincat/harvest/search"
	"fincat/sparql"
)

// How many organisations the first map shows one by one, and its table.
const (
	maxOrganisations = 80
	maxRows          = 800
)

// organisation is one of the first map.
type organisation struct {
	iri, kind string
	above     string // whom it belongs to, or who supervises it
	datasets  int
	linked    map[string]int // to others: datasets that are the same there
	publishes map[string]int // for others: datasets that these own
}

// organisationsOf lists all organisations with their datasets and how these are connected. It is kept as
// long as the table and not changed.
func (l *looking) organisationsOf() ([]*organisation, error) {
	if kept, ok := l.table.Notes.Load("atlas"); ok {
		return kept.([]*organisation), nil
	}
	all := map[string]*organisation{}
	get := func(iri string) *organisation {
		o := all[iri]
		if o == nil {
			o = &organisation{iri: iri, linked: map[string]int{}, publishes: map[string]int{}}
			all[iri] = o
		}
		return o
	}
	if err := l.directory(get); err != nil {
		return nil, err
	}
	found, err := l.table.Find(search.Query{})
	if err != nil {
		return nil, err
	}
	for _, c := range found.Counts[search.ByPublisher] {
		get(c.Value).datasets = c.N
	}
	for i, d := range l.table.List.Live {
		if i%4096 == 0 && l.ctx.Err() != nil {
			return nil, l.ctx.Err()
		}
		for _, p := range d.Publishers {
			for _, owner := range d.Owners {
				if owner != p {
					get(p).publishes[owner]++
				}
			}
		}
		for other, n := range l.counterparts(d) {
			for _, p := range d.Publishers {
				if p != other {
					get(p).linked[other] += n
				}
			}
		}
	}
	list := make([]*organisation, 0, len(all))
	for _, o := range all {
		list = append(list, o)
	}
	slices.SortFunc(list, func(a, b *organisation) int {
		return cmp.Or(cmp.Compare(b.datasets, a.datasets), cmp.Compare(a.iri, b.iri))
	})
	l.table.Notes.Store("atlas", list)
	return list, nil
}

// counterparts counts, by publisher, the datasets that links say to be the same as one.
func (l *looking) counterparts(d *listing.Dataset) map[string]int {
	if len(d.Same) == 0 {
		return nil
	}
	out := map[string]int{}
	for _, iri := range d.Same {
		if o := l.table.List.Find(iri); o != nil && !o.Removed {
			for _, p := range o.Publishers {
				out[p]++
			}
		}
	}
	return out
}

// directory asks for the organisations of the directory.
func (l *looking) directory(get func(iri string) *organisation) error {
	p := l.m.portal
	text, err := p.Queries.Text("hierarchy", nil)
	if err != nil {
		return err
	}
	res, err := p.Engine.Query(l.ctx, text, sparql.QueryOptions{Snapshot: l.sn})
	if err != nil {
		return err
	}
	defer res.Close()
	for row, err := range res.Solutions() {
		if err != nil {
			return err
		}
		o := get(row[0].Value())
		o.kind, o.above = l.param("orgkind", row[1].Value()), cmp.Or(o.above, row[2].Value())
	}
	return nil
}

// The picture of the first map: the commission in the middle, the bureaus around it, the others on
// a ring beyond, each by the bureau that supervises it.
const (
	innerRing, outerRing = 170.0, 400.0
	largest              = 26.0 // radius of a circle
)

// rank orders kinds of organisations from the middle outwards.
func rank(kind string) int {
	return slices.Index([]string{"commission", "bureau", "peripheral", "association", "advisory-group",
		"working-group", ""}, kind)
}

// drawn is a map that is kept as long as the table.
type drawn struct {
	picture picture
	rows    []row
}

// overview draws the first map.
func (l *looking) overview() error {
	all, err := l.organisationsOf()
	if err != nil {
		return err
	}
	l.v.Lead, l.v.Head = l.v.L.T("map.lead"), [3]string{"map.organisation", "map.datasets", "map.linked"}
	l.v.Links = []link{{Name: l.v.L.T("nav.orgs"), Href: l.v.Link("/organisations")},
		{Name: l.v.L.T("coverage"), Href: l.v.Link("/coverage")}}
	key := "atlas " + l.v.L.Param + " " + l.v.Lang
	if kept, ok := l.table.Notes.Load(key); ok {
		l.v.Picture, l.v.Rows = kept.(drawn).picture, kept.(drawn).rows
		return nil
	}
	shown := slices.Clone(all)
	slices.SortStableFunc(shown, func(a, b *organisation) int { // those of the directory first
		return cmp.Compare(min(1, rank(a.kind)/6), min(1, rank(b.kind)/6))
	})
	more := len(shown) - maxOrganisations
	shown = shown[:min(len(shown), maxOrganisations)]
	l.place(shown, more)
	for i, o := range all {
		if len(l.v.Rows) == maxRows {
			l.v.Rows = append(l.v.Rows, row{Name: l.v.L.N("map.more", len(all)-i), Href: l.everyPublisher()})
			break
		}
		if o.datasets > 0 || o.kind != "" {
			l.v.Rows = append(l.v.Rows, l.organisationRow(o))
		}
	}
	l.table.Notes.Store(key, drawn{l.v.Picture, l.v.Rows})
	return nil
}

// everyPublisher is the page that lists all publishers of datasets.
func (l *looking) everyPublisher() string { return l.to("/search", url.Values{"more": {"publisher"}}) }

func (l *looking) organisationRow(o *organisation) row {
	q := question{publisher: l.param("org", o.iri)}
	r := row{Name: l.name(o.iri), Href: l.href(o.iri), Count: l.v.L.Number(o.datasets)}
	if o.datasets > 0 {
		r.CountHref = l.to("/map", q.values())
	}
	if o.kind != "" {
		r.Note = l.v.L.T("kind." + o.kind)
	}
	for _, of := range []struct {
		counts map[string]int
		text   string
	}{{o.linked, "map.same"}, {o.publishes, "map.for"}} {
		for _, other := range most(of.counts) {
			r.Links = append(r.Links, link{Name: l.name(other), Href: l.href(other),
				Count: l.v.L.N(of.text, of.counts[other])})
		}
	}
	return r
}

// most lists the keys of counts, the greatest first.
func most(counts map[string]int) []string {
	keys := make([]string, 0, len(counts))
	for k := range counts {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b string) int {
		return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(a, b))
	})
	return keys
}

// place puts the organisations into the picture.
func (l *looking) place(shown []*organisation, more int) {
	greatest := 1
	for _, o := range shown {
		greatest = max(greatest, o.datasets)
	}
	p, groups, bureaus := &l.v.Picture, map[string][]*organisation{}, []string{}
	for _, o := range shown {
		switch o.kind {
		case "commission":
			p.add(o.iri, l.node(o, 0, 0, greatest, false))
		case "bureau":
			bureaus = append(bureaus, o.iri)
			groups[o.iri] = append([]*organisation{nil}, groups[o.iri]...) // a slot of its own
		default:
			groups[o.above] = append(groups[o.above], o)
		}
	}
	slices.Sort(bureaus)
	var others []*organisation // of no bureau
	for above, list := range groups {
		if !slices.Contains(bureaus, above) {
			others = append(others, list...)
		}
	}
	slices.SortFunc(others, func(a, b *organisation) int { return cmp.Compare(a.iri, b.iri) })
	slots := len(others) + min(1, max(0, more))
	for _, b := range bureaus {
		slots += len(groups[b])
	}
	at := 0
	angle := func(slot float64) float64 { return 2*math.Pi*slot/float64(max(1, slots)) - math.Pi/2 }
	for _, b := range bureaus {
		list := groups[b]
		middle := angle(float64(at) + float64(len(list)-1)/2)
		i := slices.IndexFunc(shown, func(o *organisation) bool { return o.iri == b })
		p.add(b, l.node(shown[i], middle, innerRing, greatest, false))
		slices.SortFunc(list[1:], func(a, b *organisation) int {
			return cmp.Or(cmp.Compare(rank(a.kind), rank(b.kind)), cmp.Compare(a.iri, b.iri))
		})
		for _, o := range list[1:] {
			p.add(o.iri, l.node(o, angle(float64(at)+.5), outerRing, greatest, true))
			at++
		}
		at++
	}
	for _, o := range others {
		p.add(o.iri, l.node(o, angle(float64(at)+.5), outerRing, greatest, true))
		at++
	}
	if more > 0 {
		rest := radial(angle(float64(at)+.5), outerRing, 10)
		rest.Label, rest.Class = l.v.L.N("map.more", more), "k-more"
		rest.Full, rest.Href = rest.Label, l.everyPublisher()
		p.add("", rest)
	}
	l.connect(shown)
}

// node is an organisation in the picture; those on the outer ring have their names beyond it.
func (l *looking) node(o *organisation, angle, ring float64, greatest int, beyond bool) node {
	n := radial(angle, ring, 6+(largest-6)*math.Sqrt(float64(o.datasets)/float64(greatest)))
	if !beyond {
		n.below()
	}
	name := l.name(o.iri)
	n.Label, n.Full = chart.Cut(name, 14), name+" · "+l.v.L.N("search.total", o.datasets)
	n.Class, n.Href = "k-"+cmp.Or(o.kind, "other"), l.href(o.iri)
	if o.datasets > 0 {
		n.Count, n.Href = l.v.L.Number(o.datasets), l.to("/map", question{publisher: l.param("org", o.iri)}.values())
	}
	return n
}

// connect draws what connects the organisations, each pair once.
func (l *looking) connect(shown []*organisation) {
	p := &l.v.Picture
	for _, o := range shown {
		p.connect(o.iri, o.above, "e-above", 1, "")
	}
	for _, o := range shown {
		for other, n := range o.publishes {
			p.connect(o.iri, other, "e-for", n, l.name(o.iri)+" → "+l.name(other)+": "+l.v.L.N("map.for", n))
		}
	}
	for _, o := range shown {
		for other, n := range o.linked {
			if o.iri < other {
				p.connect(o.iri, other, "e-same", n, l.name(o.iri)+" – "+l.name(other)+": "+l.v.L.N("map.same", n))
			}
		}
	}
	p.sort()
}
