package listing

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/zeebo/xxh3"

	"fincat/harvest/feed/events"
	"fincat/store"
	"fincat/store/follow"
	"fincat/vocab/dcat"
	"fincat/vocab/term"
)

// manyDatasets is how many that may have changed make it cheaper to read all.
const manyDatasets = 5000

// read reads the listing of a snapshot, without times of change and not sorted by them.
func (f *Follower) read(ctx context.Context, sn *store.Snapshot, n *naming) (*Listing, error) {
	w, err := lookUp(sn)
	if err != nil {
		return nil, err
	}
	r := reader{sn, w}
	drafts, err := r.everything(ctx)
	if err != nil {
		return nil, err
	}
	l := &Listing{Seq: sn.Seq()}
	if l.All, err = n.datasets(ctx, sn, slices.Collect(maps.Values(drafts))); err != nil {
		return nil, err
	}
	l.Sectors, err = r.sectors(ctx, n)
	return l, err
}

// sectors returns the organisations of each sector.
func (r *reader) sectors(ctx context.Context, n *naming) (map[string][]string, error) {
	ids := map[store.ID][]store.ID{}
	err := r.rows(ctx, store.Pattern{P: r.w.sector}, func(s, _, o, _ store.ID) { ids[o] = append(ids[o], s) })
	if err != nil {
		return nil, err
	}
	out := map[string][]string{}
	for sector, orgs := range ids {
		t, err := r.sn.Term(sector)
		if err != nil {
			return nil, err
		}
		if out[t.Value()], err = n.list(r.sn, orgs); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// sort makes the lists that follow from All.
func (l *Listing) sort() {
	l.Live = make([]*Dataset, 0, len(l.All))
	for _, d := range l.All {
		if !d.Removed {
			l.Live = append(l.Live, d)
		}
	}
	l.Recent = slices.SortedFunc(slices.Values(l.Live), byTime)
	l.Titled = slices.SortedFunc(slices.Values(l.Live), byTitle)
	l.group()
}

// first makes the listing after a start. Datasets that have not changed since the cursor
// of the log keep the times that it has for them.
func (f *Follower) first(ctx context.Context, sn *store.Snapshot) (*Listing, error) {
	log, err := f.log()
	if err != nil {
		return nil, err
	}
	l, err := f.read(ctx, sn, f.naming)
	if err != nil {
		return nil, err
	}
	clear(f.pending)
	for _, x := range log.All() {
		if x.At.After(f.last) {
			f.last = x.At
		}
	}
	touched := map[string]bool{}
	begin, all := log.Cursor() == (store.Cursor{}), true
	if !begin {
		if touched, all, err = f.since(ctx, sn, log.Cursor()); err != nil {
			return nil, err
		}
	}
	f.now()
	for _, d := range l.All { // a log of earlier versions says nothing of series
		if err := f.settle(ctx, sn, d, log, all || touched[d.IRI] || len(d.Series) > 0, begin); err != nil {
			return nil, err
		}
	}
	f.lost(l, log)
	if err := f.remember(ctx, sn, l, log); err != nil {
		return nil, fmt.Errorf("what was removed: %w", err)
	}
	l.sort()
	return l, nil
}

// since returns the datasets that changed after a cursor; all when that
// cannot be told.
func (f *Follower) since(ctx context.Context, sn *store.Snapshot,
	at store.Cursor) (map[string]bool, bool, error) {
	gap, err := sn.Gap(at, false)
	if err != nil || gap {
		return nil, true, err
	}
	var seqs []uint64
	for c, err := range sn.Log(ctx, at.Seq) {
		if err != nil {
			return nil, true, err
		}
		seqs = append(seqs, c.Seq)
	}
	w, err := lookUp(sn)
	if err != nil {
		return nil, false, err
	}
	ids, _, err := reader{sn, w}.touched(ctx, seqs)
	if err != nil || ids == nil {
		return nil, true, err
	}
	out := map[string]bool{}
	for id := range ids {
		t, err := sn.Term(id)
		if err != nil {
			return nil, false, err
		}
		out[t.Value()] = true
	}
	return out, false, nil
}

// settle compares a dataset, as it was read after a start, with the log.
func (f *Follower) settle(ctx context.Context, sn *store.Snapshot, d *Dataset, log *events.Log,
	touched, begin bool) error {
	x, known := log.Latest(d.IRI)
	d.Changed = x.At
	switch {
	case begin || !known && d.Removed:
		d.Changed = d.Modified
	case d.Removed:
		if !x.Deleted {
			d.Changed = f.now()
			f.pend(d, events.Delete)
		}
		return nil
	case !known || x.Deleted:
		d.Changed = f.now()
	case touched:
		says, err := f.o.Describe(ctx, sn, []*Dataset{d})
		if err != nil || xxh3.Hash(says[0]) == x.Digest {
			return err
		}
		d.Changed = f.now()
		f.pend(d, events.Update)
		return nil
	default:
		return nil
	}
	if d.Changed.IsZero() || d.Changed.After(f.last) {
		d.Changed = f.last
	}
	if !d.Removed {
		f.pend(d, events.Create)
	}
	return nil
}

// lost adds the datasets that only the log still knows: they have been deleted.
func (f *Follower) lost(l *Listing, log *events.Log) {
	var gone []*Dataset
	for iri, x := range log.All() {
		if l.Find(iri) != nil {
			continue
		}
		d := &Dataset{IRI: iri, Removed: true, Changed: x.At, Modified: x.At, Sources: sourceOf(iri)}
		if !x.Deleted {
			d.Changed = f.now()
			d.Modified = d.Changed
			f.pend(d, events.Delete)
		}
		gone = append(gone, d)
	}
	l.All = append(l.All, gone...)
	slices.SortFunc(l.All, byIRI)
}

// sourceOf returns the catalogue of the source that the IRI of a dataset names. Where the log
// keeps nothing, nothing else is known any more of one that went without leaving a record.
func sourceOf(iri string) []string {
	before, path, ok := strings.Cut(iri, "/dataset/")
	if source, _, named := strings.Cut(path, "/"); ok && named {
		return []string{dcat.Base(before + "/").SourceCatalog(source)}
	}
	return nil
}

// next makes the listing that a step leads to.
func (f *Follower) next(ctx context.Context, st *follow.Step, before *Listing) (*Listing, error) {
	w, err := lookUp(st.Snapshot)
	if err != nil {
		return nil, err
	}
	r := reader{st.Snapshot, w}
	var ids map[store.ID]bool
	sectors := before.Sectors
	if !st.Rebuild {
		var seqs []uint64
		for c, err := range st.Commits(ctx) {
			if err != nil {
				return nil, err
			}
			seqs = append(seqs, c.Seq)
		}
		var supervised bool
		if ids, supervised, err = r.touched(ctx, seqs); err != nil {
			return nil, err
		}
		if supervised {
			if sectors, err = r.sectors(ctx, f.naming); err != nil {
				return nil, err
			}
		}
	}
	if ids == nil {
		return f.anew(ctx, st.Snapshot, before)
	}
	var drafts []*draft
	for id := range ids {
		d, err := r.one(ctx, id)
		if err != nil {
			return nil, err
		}
		drafts = append(drafts, d)
	}
	list, err := f.naming.datasets(ctx, st.Snapshot, drafts)
	if err != nil {
		return nil, err
	}
	changed := list[:0]
	for _, d := range list {
		if f.compare(before.Find(d.IRI), d) {
			changed = append(changed, d)
		}
	}
	return before.with(st.To(), changed, sectors), nil
}

// anew reads everything and compares it with the listing before.
func (f *Follower) anew(ctx context.Context, sn *store.Snapshot, before *Listing) (*Listing, error) {
	f.naming = newNaming()
	l, err := f.read(ctx, sn, f.naming)
	if err != nil {
		return nil, err
	}
	var gone []*Dataset
	for _, was := range before.All {
		if l.Find(was.IRI) == nil {
			d := *was
			d.Removed = true
			f.compare(was, &d)
			gone = append(gone, &d)
		}
	}
	for _, d := range l.All {
		f.compare(before.Find(d.IRI), d)
	}
	l.All = append(l.All, gone...)
	slices.SortFunc(l.All, byIRI)
	l.sort()
	return l, nil
}

// compare gives a dataset its time of change, notes it for the log, and reports whether
// it belongs in place of the one before.
func (f *Follower) compare(was, d *Dataset) bool {
	switch {
	case was == nil && d.Removed:
		d.Changed = f.now()
		return !d.Modified.IsZero() // there is a record that says so
	case d.Removed && was.Removed:
		*d = Dataset{IRI: d.IRI, Removed: true, Created: d.Created, Modified: d.Modified, Changed: was.Changed}
		if d.inherit(was); d.Modified.IsZero() {
			d.Modified = was.Modified
		}
		return true
	case was != nil && !d.Removed && !was.Removed && d.Digest == was.Digest:
		d.Changed = was.Changed
		return true
	}
	d.Changed = f.now()
	switch {
	case d.Removed:
		d.inherit(was)
		if d.Modified.IsZero() || d.Modified.Equal(was.Modified) {
			d.Modified = d.Changed
		}
		f.pend(d, events.Delete)
	case was == nil || was.Removed:
		f.pend(d, events.Create)
	default:
		f.pend(d, events.Update)
	}
	return true
}

// touched returns the datasets about which commits may have changed something, and
// whether they changed which organisation is in which sector; nil when there are so many
// changes, or they are not known, that all have to be read.
func (r reader) touched(ctx context.Context, seqs []uint64) (ids map[store.ID]bool, sectors bool, err error) {
	ids = map[store.ID]bool{}
	graphs := map[store.ID]bool{}
	w, n := r.w, 0
	for _, seq := range seqs {
		for c, err := range r.sn.Changes(ctx, seq) {
			if errors.Is(err, store.ErrHistory) {
				return nil, true, nil
			}
			if err != nil {
				return nil, false, err
			}
			if n++; n > 1_000_000 || len(ids)+len(graphs) > 2*manyDatasets {
				return nil, true, nil
			}
			switch {
			case c.P == w.bookkeeping[0], c.P == w.bookkeeping[1]:
				continue
			case c.P == w.kind && c.O == w.dataset, c.P == w.creator, c.P == w.publisher, c.P == w.same,
				c.P == w.series:
				ids[c.S] = true
			case c.P == w.topic, c.P == w.member:
				ids[c.O] = true
			case c.P == w.sector:
				sectors = true
			}
			if c.G != store.DefaultGraph {
				graphs[c.G] = true
				continue
			}
			ids[c.S] = true
			for _, p := range []store.ID{w.distribution, w.series} {
				if err := r.rows(ctx, store.Pattern{P: p, O: c.S}, func(s, _, _, _ store.ID) {
					ids[s] = true
				}); err != nil {
					return nil, false, err
				}
			}
		}
	}
	for g := range graphs {
		if err := r.described(ctx, g, ids); err != nil {
			return nil, false, err
		}
	}
	if len(ids) > manyDatasets {
		return nil, true, nil
	}
	maps.DeleteFunc(ids, func(id store.ID, _ bool) bool { return id.Kind() != term.IRI })
	return ids, sectors, ctx.Err()
}

// described adds the datasets that a graph, or the record's graph that it is beside,
// describes or puts in a series.
func (r reader) described(ctx context.Context, g store.ID, ids map[store.ID]bool) error {
	name, err := r.sn.Term(g)
	if err != nil {
		return err
	}
	if record, ok := dcat.OwnGraphOf(name.Value()); ok {
		if g, ok, err = r.sn.Lookup(term.NewIRI(record)); err != nil || !ok {
			return err
		}
	}
	add := func(s, _, _, _ store.ID) { ids[s] = true }
	return errors.Join(r.rows(ctx, store.Pattern{P: r.w.kind, O: r.w.dataset, G: g}, add),
		r.rows(ctx, store.Pattern{P: r.w.series, G: g}, add))
}
