package search

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"fincat/harvest/feed/listing"
	"fincat/harvest/quality"
	"fincat/sparql/gate"
	"fincat/store"
	"fincat/store/follow"
	"fincat/vocab/dcat"
	"fincat/vocab/term"
)

// Options say what a [Follower] follows; all are needed.
type Options struct {
	Store   *store.Store
	Listing *listing.Follower
	Base    dcat.Base
}

// A Follower keeps the table up to date with the commit log of a store. Its methods may
// be called at the same time.
type Follower struct {
	o         Options
	rank      map[string]int // of badges, the best first
	following *follow.Following

	// Of the step under way; nobody else reads them.
	names   *names
	entries map[string]*Entry // by IRI, those alive
	live    []*Entry          // those of the newest listing's Live and Titled
	titled  []*Entry
	columns columns
	orgs    []string // folded names, by number in ByPublisher

	mu     sync.Mutex
	cursor store.Cursor
	newest *Table
}

// New returns a follower.
func New(o Options) (*Follower, error) {
	if o.Store == nil || o.Listing == nil || o.Base == "" {
		return nil, errors.New("search: store, listing and base are needed")
	}
	rules, err := quality.NewRules()
	if err != nil {
		return nil, err
	}
	f := &Follower{o: o, rank: map[string]int{}, names: newNames()}
	for i, b := range rules.Badges {
		f.rank[b.Badge] = i + 2
	}
	f.rank[quality.None] = 1
	f.following = follow.New(o.Store, f)
	return f, nil
}

// Following is what drives the follower.
func (f *Follower) Following() *follow.Following { return f.following }

// Name implements [follow.Follower].
func (f *Follower) Name() string { return "search" }

// Cursor implements [follow.Follower]. What is known is in memory.
func (f *Follower) Cursor(context.Context) (store.Cursor, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.cursor, nil
}

// manyGraphs is how many graphs that changed make it cheaper to read everything.
const manyGraphs = 10_000

// Advance implements [follow.Follower].
func (f *Follower) Advance(ctx context.Context, st *follow.Step) error {
	graphs, all, err := st.Changed(ctx, manyGraphs)
	if err != nil {
		return err
	}
	list, err := f.o.Listing.At(ctx, st.Snapshot)
	if err != nil {
		return err
	}
	if all || f.entries == nil || f.wasteful() {
		f.names, f.entries, f.orgs = newNames(), map[string]*Entry{}, nil
		f.live, f.titled, f.columns = nil, nil, newColumns()
	}
	named, unknown, err := renamed(ctx, st)
	if err != nil {
		return err
	}
	next, err := f.table(ctx, st.Snapshot, list, graphs, named, unknown)
	if err != nil {
		f.entries = nil // what is there may be of neither state
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.newest != nil {
		next.inherit(f.newest, named, unknown)
	}
	f.newest, f.cursor = next, st.To()
	return nil
}

// wasteful reports whether many values are no dataset's any more.
func (f *Follower) wasteful() bool {
	n := 0
	for _, list := range f.names.values {
		n += len(list)
	}
	return n > 10_000 && n > 2*len(f.entries)
}

// table makes the table of a state, in which some graphs changed since the one before, and some
// resources, or all, may be named otherwise.
func (f *Follower) table(ctx context.Context, sn *store.Snapshot, list *listing.Listing, graphs []term.Term,
	named []string, all bool) (*Table, error) {
	stale := f.stale(graphs)
	var missing []*listing.Dataset
	known := f.along(f.live, list.Live)
	for i, d := range list.Live {
		if e := known[i]; e == nil || e.Dataset != d && e.Digest != d.Digest || stale[d.IRI] {
			missing = append(missing, d)
		} else if e.Dataset != d {
			with := *e // the record is the same, its links or times are not
			with.Dataset = d
			with.place(d, f.names)
			f.keep(&with)
		}
	}
	read, err := f.read(ctx, sn, missing)
	if err != nil {
		return nil, err
	}
	for _, e := range read {
		f.keep(e)
	}
	if len(f.entries) > len(list.Live) {
		for iri := range f.entries {
			if d := list.Find(iri); d == nil || d.Removed {
				f.entries[iri].gone = true
				delete(f.entries, iri)
			}
		}
	}
	if err := f.name(ctx, sn, named, all); err != nil {
		return nil, err
	}
	f.compact()
	f.live, f.titled = f.along(f.live, list.Live), f.along(f.titled, list.Titled)
	return newTable(f, list), nil
}

// along returns the entries of a list of datasets, nil for those that have none. Most are found
// where they were in the list before, without a look into the map, which takes longer.
func (f *Follower) along(before []*Entry, list []*listing.Dataset) []*Entry {
	out := make([]*Entry, len(list))
	for i, d := range list {
		for len(before) > 0 && before[0].gone {
			before = before[1:]
		}
		if len(before) > 1 && before[0].Dataset != d && before[1].Dataset == d && !before[1].gone {
			before = before[1:]
		}
		if len(before) > 0 && before[0].Dataset == d {
			out[i], before = before[0], before[1:]
			continue
		}
		out[i] = f.entries[d.IRI]
		if len(before) > 0 && out[i] == before[0] {
			before = before[1:]
		}
	}
	return out
}

// keep puts an entry in place of the one before, in a slot of its own.
func (f *Follower) keep(e *Entry) {
	if was := f.entries[e.IRI]; was != nil {
		was.gone = true
	}
	f.entries[e.IRI] = e
	e.slot, e.gone = f.columns.add(e), false
}

// compact gives the entries new slots when most slots are no entry's any more.
func (f *Follower) compact() {
	if len(f.columns.entries) < 2*len(f.entries)+blockSlots {
		return
	}
	f.columns = newColumns()
	for _, iri := range slices.Sorted(maps.Keys(f.entries)) {
		e := f.entries[iri]
		e.slot = f.columns.add(e)
	}
}

// stale returns the datasets whose entries changed graphs may touch besides their records.
func (f *Follower) stale(graphs []term.Term) map[string]bool {
	datasets := map[string]bool{}
	checked := string(f.o.Base) + "graph/quality/"
	for _, g := range graphs {
		if path, ok := strings.CutPrefix(g.Value(), checked); ok {
			datasets[string(f.o.Base)+"dataset/"+path] = true
			continue
		}
		if dataset, _, ok := f.o.Base.DatasetOf(g.Value()); ok {
			datasets[dataset] = true
			continue
		}
		if g.IsZero() { // anything may be said in the default graph
			for iri, e := range f.entries {
				if len(e.Graphs) == 0 {
					datasets[iri] = true
				}
			}
		}
	}
	return datasets
}

// read reads the entries of some datasets, as many at a time as there are processors.
func (f *Follower) read(ctx context.Context, sn *store.Snapshot, list []*listing.Dataset) ([]*Entry, error) {
	rd, err := newReading(sn, f.o.Base)
	if err != nil {
		return nil, err
	}
	out := make([]*Entry, len(list))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(runtime.GOMAXPROCS(0))
	const part = 256
	for begin := 0; begin < len(list); begin += part {
		g.Go(func() error {
			for i := begin; i < min(begin+part, len(list)); i++ {
				e, err := rd.entry(ctx, list[i], f.names)
				if err != nil {
					return fmt.Errorf("read %s for the search: %w", list[i].IRI, err)
				}
				out[i] = e
			}
			return ctx.Err()
		})
	}
	return out, g.Wait()
}

// name reads the names of organisations: of those that are new or may be named otherwise, or of all.
func (f *Follower) name(ctx context.Context, sn *store.Snapshot, some []string, all bool) error {
	orgs := f.names.all()[ByPublisher]
	next := make([]string, len(orgs))
	copy(next, f.orgs)
	var properties []store.ID
	for _, p := range nameProperties {
		id, ok, err := sn.Lookup(term.NewIRI(p))
		if err != nil {
			return err
		}
		if ok {
			properties = append(properties, id)
		}
	}
	for i, org := range orgs {
		if i < len(f.orgs) && !all && !slices.Contains(some, org) {
			continue
		}
		lines := []string{Fold(org[strings.LastIndexByte(org, '/')+1:])}
		id, ok, err := sn.Lookup(term.NewIRI(org))
		for _, p := range properties {
			if !ok || err != nil {
				break
			}
			pattern := store.Pattern{S: id, P: p}
			for b, fault := range sn.Batches(ctx, pattern, store.ScanOptions{Order: store.OrderFor(pattern)}) {
				if err = fault; err != nil {
					break
				}
				for i := range b.N {
					t, fault := sn.Term(b.O[i])
					if err = fault; err == nil && t.IsLiteral() {
						lines = append(lines, Fold(t.Value()))
					}
				}
			}
		}
		if err != nil {
			return fmt.Errorf("read the names of %s: %w", org, err)
		}
		next[i] = strings.Join(lines, "\n")
	}
	if !slices.Equal(f.orgs, next) { // else what is known of them stays
		f.orgs = next
	}
	return nil
}

// tries is how often a state is looked for that goes with the newest table, while commits come
// faster than they are asked about.
const tries = 8

// Current returns the newest state of the store and its table, which after some tries may be of
// a commit or two later. The snapshot must be closed.
func (f *Follower) Current(ctx context.Context) (*store.Snapshot, *Table, error) {
	for i := 1; ; i++ {
		sn, err := f.o.Store.Snapshot()
		if err != nil {
			return nil, nil, err
		}
		seq := sn.Seq()
		ticket := gate.From(ctx)
		ticket.Idle(func() { err = f.following.Reach(ctx, seq) })
		if err == nil { // the work begins here
			err = ticket.Turn(ctx)
		}
		f.mu.Lock()
		t := f.newest
		f.mu.Unlock()
		switch {
		case err != nil:
		case t == nil: // no commit was there to be followed
			t, err = f.build(ctx, sn)
		case t.List.Seq > seq && i < tries: // a newer commit has been followed meanwhile
			t, err = nil, ctx.Err()
		}
		if err == nil && t != nil {
			return sn, t, nil
		}
		sn.Close()
		if err != nil {
			return nil, nil, fmt.Errorf("search the datasets: %w", err)
		}
	}
}

// build makes the table of a state by itself.
func (f *Follower) build(ctx context.Context, sn *store.Snapshot) (*Table, error) {
	list, err := f.o.Listing.At(ctx, sn)
	if err != nil {
		return nil, err
	}
	alone := &Follower{o: f.o, rank: f.rank, names: newNames(), entries: map[string]*Entry{}, columns: newColumns()}
	return alone.table(ctx, sn, list, nil, nil, true)
}
