package link

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"fincat/store"
	"fincat/store/follow"
	"fincat/vocab"
	"fincat/vocab/term"
)

// A writer works out the graphs of links and writes those that differ from what
// is there.
type writer struct {
	f       *Follower
	c       *catalogue
	tx      *store.Tx // nil: the store is open for reading only
	differs bool      // the transaction changes something
}

// everything finds all links anew.
func (w *writer) everything(ctx context.Context, th Thresholds) error {
	f := w.f
	f.l = NewLinker(f.dir, th)
	f.replaced = map[string]string{}
	err := w.c.each(ctx, func(s seenRecord) error {
		f.take(s)
		return ctx.Err()
	})
	if err != nil {
		return fmt.Errorf("read records: %w", err)
	}
	if f.l.x.decided, err = w.decisions(ctx); err != nil {
		return err
	}
	links, err := f.l.links(ctx)
	if err != nil {
		return err
	}
	bySubject := map[string][]Link{}
	for _, l := range links {
		bySubject[l.Subject] = append(bySubject[l.Subject], l)
	}
	datasets, err := w.there(ctx)
	if err != nil {
		return err
	}
	datasets = slices.AppendSeq(datasets, maps.Keys(f.l.x.number))
	return w.compare(ctx, datasets, func(d string) []Link { return bySubject[d] })
}

// take takes in what a graph says now, and forgets what it said before.
func (f *Follower) take(s seenRecord) {
	if s.replacedBy != "" && s.replacedBy != s.dataset {
		f.replaced[s.dataset] = s.replacedBy
	} else {
		delete(f.replaced, s.dataset)
	}
	if s.record == nil {
		f.l.x.remove(s.dataset)
		return
	}
	f.l.Put(s.record)
	s.record.Text, s.record.Fields, s.record.Addresses = "", nil, nil // not needed any more
}

// decisions reads what people decided.
func (w *writer) decisions(ctx context.Context) (*decisions, error) {
	list, err := readMappings(ctx, w.c.sn, string(w.c.base)+"decision/")
	if err != nil {
		return nil, fmt.Errorf("read decisions: %w", err)
	}
	return decisionsOf(list, w.f.replaced), nil
}

// graph returns what the graph of a dataset is to say.
func (w *writer) graph(r *Record, links []Link) []term.Triple {
	s := &statements{}
	base := w.c.base
	s.owner(base, r.IRI, w.f.l.Owner(r.IRI))
	for _, l := range links {
		d := w.f.l.x.decided.of(l.Subject, l.Object)
		switch {
		case d == nil:
			s.mapping(base, l, w.f.l.date(l))
		case orderedPair(d.Subject, d.Object) != orderedPair(l.Subject, l.Object): // renamed since
			m := *d
			m.Subject, m.Object = l.Subject, l.Object
			s.axiom(mappingIRI(base, l.Subject, l.Object), m)
		}
		if l.State == Accepted || l.State == Confirmed {
			s.relation(l.Subject, l.Object, l.Kind)
		}
	}
	x := w.f.l.x
	for _, partner := range x.decided.partners[r.IRI] { // refused before a rename
		d := x.decided.of(r.IRI, partner)
		n, ok := x.number[partner]
		if ok && d.State == Refused && before(r, x.list[n].rec) &&
			orderedPair(d.Subject, d.Object) != orderedPair(r.IRI, partner) {
			m := *d
			m.Subject, m.Object = r.IRI, partner
			s.axiom(mappingIRI(base, r.IRI, partner), m)
		}
	}
	return s.sorted()
}

// there returns the datasets that have a graph of links.
func (w *writer) there(ctx context.Context) ([]string, error) {
	prefix := string(w.c.base) + "graph/link/"
	var out []string
	for id, err := range w.c.sn.Graphs() {
		if err = errors.Join(err, ctx.Err()); err != nil {
			return nil, err
		}
		t, err := w.c.sn.Term(id)
		if err != nil {
			return nil, err
		}
		if rest, ok := strings.CutPrefix(t.Value(), prefix); ok {
			out = append(out, string(w.c.base)+"dataset/"+rest)
		}
	}
	return out, nil
}

// compare puts the graphs of some datasets right that are not as they should be, one
// after the other; links gives those of which a dataset is the subject.
func (w *writer) compare(ctx context.Context, datasets []string, links func(dataset string) []Link) error {
	x := w.f.l.x
	slices.Sort(datasets)
	for _, d := range slices.Compact(datasets) {
		var want []term.Triple
		if n, ok := x.number[d]; ok {
			want = w.graph(x.list[n].rec, links(d))
		}
		g := term.NewIRI(linkGraph(w.c.base, d))
		have, err := follow.Triples(ctx, w.c.sn, g)
		if err != nil {
			return fmt.Errorf("read the links of %s: %w", d, err)
		}
		if slices.Equal(have, want) {
			continue
		}
		if w.differs = true; w.tx == nil {
			continue
		}
		quads := make([]term.Quad, len(want))
		for i, t := range want {
			quads[i] = t.In(g)
		}
		if len(want) == 0 {
			err = w.tx.DropGraph(g)
		} else {
			err = w.tx.ReplaceGraph(ctx, g, quads)
		}
		if err != nil {
			return fmt.Errorf("write the links of %s: %w", d, err)
		}
	}
	return nil
}

// commit writes what differs, together with the cursor. A store that is open for
// reading only keeps the links that it has.
func (w *writer) commit(ctx context.Context, to store.Cursor) error {
	kept, err := w.f.kept()
	if err != nil {
		return err
	}
	now := state{rules, to, w.f.l.th}
	same := kept.rules == rules && kept.th == now.th
	if w.tx == nil || !w.differs && same {
		return nil
	}
	if err := w.tx.Put(stateKey, now.encode()); err != nil {
		return err
	}
	w.tx.Note(store.Note{Follower: Name})
	_, err = w.tx.Commit(ctx)
	return err
}

// some finds the links anew that changed graphs can have changed.
func (w *writer) some(ctx context.Context, graphs []term.Term) error {
	f, x := w.f, w.f.l.x
	touched := map[string]bool{}
	for _, g := range graphs {
		if rest, ok := strings.CutPrefix(g.Value(), string(w.c.base)+"graph/link/"); ok {
			touched[string(w.c.base)+"dataset/"+rest] = true
			continue
		}
		dataset, _, ok := w.c.base.DatasetOf(g.Value())
		if !ok {
			continue
		}
		s, err := w.c.one(ctx, g)
		if err != nil {
			return fmt.Errorf("read %s: %w", g.Value(), err)
		}
		touched[dataset] = true
		x.around(dataset, touched)
		f.take(s)
		x.around(dataset, touched)
	}
	decided, err := w.decisions(ctx)
	if err != nil {
		return err
	}
	changed := changedDecisions(x.decided, decided)
	for _, d := range []*decisions{x.decided, decided} {
		x.decided = d
		v := newViews(x, f.l.th)
		for pair := range changed { // what is the same as they, and what may be: see keepApart
			for _, iri := range pair {
				for other := range d.confirmed(iri) {
					touched[other] = true
					if n, ok := x.number[other]; ok {
						for _, e := range v.of(n) {
							touched[x.list[e.to].rec.IRI] = true
						}
					}
				}
			}
		}
	}
	return w.around(ctx, touched)
}

// changedDecisions yields the pairs about which two sets of decisions differ.
func changedDecisions(a, b *decisions) map[[2]string]bool {
	out := map[[2]string]bool{}
	for _, p := range []struct{ from, to *decisions }{{a, b}, {b, a}} {
		for pair, m := range p.from.byPair {
			n := p.to.byPair[pair]
			if n == nil || !n.equal(m) {
				out[pair] = true
			}
		}
	}
	return out
}

// equal reports whether two decisions say the same in all respects.
func (m *Mapping) equal(n *Mapping) bool {
	return m.IRI == n.IRI && m.Subject == n.Subject && m.Object == n.Object &&
		m.Kind == n.Kind && m.State == n.State && m.Author == n.Author && m.Date == n.Date && m.Comment == n.Comment
}

// around works out the graphs of all datasets whose links can differ because
// those of the touched datasets do.
func (w *writer) around(ctx context.Context, touched map[string]bool) error {
	x := w.f.l.x
	v := newViews(x, w.f.l.th)
	subjects := maps.Clone(touched)
	for iri := range touched {
		if err := ctx.Err(); err != nil {
			return err
		}
		if n, ok := x.number[iri]; ok {
			for _, d := range v.of(n) {
				subjects[x.list[d.to].rec.IRI] = true
			}
		}
		if err := w.subjectsOf(ctx, iri, subjects); err != nil {
			return err
		}
	}
	return w.compare(ctx, slices.Collect(maps.Keys(subjects)), func(iri string) (links []Link) {
		for _, l := range w.f.l.linksOf(x.number[iri], v) {
			if l.Subject == iri {
				links = append(links, l)
			}
		}
		sortLinks(links)
		return links
	})
}

// subjectsOf adds the subjects of the links that a dataset is the object of.
func (w *writer) subjectsOf(ctx context.Context, iri string, subjects map[string]bool) error {
	for _, p := range []string{vocab.OWLSameAs, vocab.DCTIsVersionOf, vocab.OWLAnnotatedTarget} {
		pat, ok, err := w.c.sn.PatternOf(term.Term{}, term.NewIRI(p), term.NewIRI(iri), term.Term{})
		if err != nil {
			return err
		}
		if !ok {
			continue
		}
		for q, err := range w.c.sn.Match(ctx, pat, store.POSG) {
			if err != nil {
				return err
			}
			if rest, ok := strings.CutPrefix(q.Graph.Value(), string(w.c.base)+"graph/link/"); ok {
				subjects[string(w.c.base)+"dataset/"+rest] = true
			}
		}
	}
	return nil
}
