package link

import (
	"cmp"
	"context"
	"slices"

	"fincat/vocab/dcat"
)

// A Linker finds the links between records. It holds their features, so that a
// change of some records needs a look at these and their neighbours only.
type Linker struct {
	x  *index
	th Thresholds
}

// NewLinker returns a linker without records.
func NewLinker(dir *dcat.Directory, th Thresholds) *Linker {
	return &Linker{newIndex(&reader{newOrganisations(dir), newLexicon(), weights}), th}
}

// Put adds a record or replaces the one with its IRI.
func (l *Linker) Put(r *Record) { l.x.put(r) }

// Owner returns the institution that makes a dataset.
func (l *Linker) Owner(iri string) Owner {
	if n, ok := l.x.number[iri]; ok {
		return l.x.list[n].owner
	}
	return Owner{}
}

// Links returns all links, sorted by subject and object.
func (l *Linker) Links() []Link {
	out, _ := l.links(context.Background()) // ends early only with the context
	return out
}

func (l *Linker) links(ctx context.Context) ([]Link, error) {
	v := newViews(l.x, l.th)
	if err := v.all(ctx); err != nil {
		return nil, err
	}
	var out []Link
	for n := range l.x.list {
		if l.x.list[n] == nil {
			continue
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		for _, k := range l.linksOf(uint32(n), v) {
			if k.Subject == l.x.list[n].rec.IRI {
				out = append(out, k)
			}
		}
	}
	sortLinks(out)
	return out, nil
}

func sortLinks(list []Link) {
	slices.SortFunc(list, func(a, b Link) int {
		return cmp.Or(cmp.Compare(a.Subject, b.Subject), cmp.Compare(a.Object, b.Object))
	})
}

// linksOf returns the links of a record to which both sides consent.
func (l *Linker) linksOf(n uint32, v *views) []Link {
	var out []Link
	for _, mine := range v.of(n) {
		for _, theirs := range v.of(mine.to) {
			if theirs.to != n {
				continue
			}
			if s := join(mine, theirs); s != "" {
				out = append(out, l.link(mine, n, s))
			}
		}
	}
	return out
}

// link returns the link between a record and that of a verdict.
func (l *Linker) link(v verdict, n uint32, s State) Link {
	a, b := l.x.list[n].rec, l.x.list[v.to].rec
	if !before(a, b) {
		a, b = b, a
	}
	if d := l.x.decided.of(a.IRI, b.IRI); d != nil {
		return Link{Subject: a.IRI, Object: b.IRI, Kind: d.Kind, State: d.State, Confidence: 1}
	}
	c, _ := l.x.compare(n, v.to)
	if v.alone {
		c.see(alone, "")
		c.bits += l.x.rd.weights[alone].bits()
	}
	return Link{
		Subject: a.IRI, Object: b.IRI, Kind: c.kind, State: s,
		Confidence: probability(c.bits), Evidence: c.evidence(&l.x.rd.weights),
	}
}

// date returns when the later of the two records of a link last changed.
func (l *Linker) date(k Link) string {
	a, b := l.x.list[l.x.number[k.Subject]].rec, l.x.list[l.x.number[k.Object]].rec
	return max(a.Modified, b.Modified)
}

// views are what records make of their edges, each worked out once.
type views struct {
	x    *index
	th   Thresholds
	seen map[uint32][]verdict
}

func newViews(x *index, th Thresholds) *views { return &views{x, th, map[uint32][]verdict{}} }

// of returns the view of a record.
func (v *views) of(n uint32) []verdict {
	if list, ok := v.seen[n]; ok {
		return list
	}
	list := v.x.judge(n, v.x.edges(n), v.th)
	v.seen[n] = list
	return list
}

// all works out the views of all records. Each pair is compared once.
func (v *views) all(ctx context.Context) error {
	x := v.x
	edges := make([][]edge, len(x.list))
	for n := range x.list {
		if x.list[n] == nil {
			continue
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		for _, m := range x.neighbours(uint32(n)) {
			if m < uint32(n) {
				continue
			}
			if e, ok := x.edge(uint32(n), m); ok {
				edges[n] = append(edges[n], e)
				e.to = uint32(n)
				edges[m] = append(edges[m], e)
			}
		}
	}
	for n := range x.list {
		if err := ctx.Err(); err != nil {
			return err
		}
		if x.list[n] != nil {
			v.seen[uint32(n)] = x.judge(uint32(n), x.settled(uint32(n), edges[n]), v.th)
		}
	}
	return nil
}
