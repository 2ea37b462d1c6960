package quality

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"fincat/store"
	"fincat/store/follow"
	"fincat/vocab/dcat"
	"fincat/vocab/term"
)

// Name is the name of the follower, and of the commits of checks.
const Name = "quality"

// cursorKey names the value in which the store keeps how far the follower has come.
const cursorKey = "fincat/quality"

// A Follower has the measurements of a dataset go when the dataset goes, and come back with
// it, for what was found is kept; it implements [follow.Follower]. Changed, which may be nil,
// is told which datasets have changed, so that they can be looked at again.
type Follower struct {
	store   *store.Store
	base    func() (dcat.Base, error) // of the store's IRIs; "" while nothing was harvested
	changed func(datasets []string)
	began   uint64 // the newest commit when the follower was made

	mu     sync.Mutex
	passed store.Cursor // what changed nothing needs no commit
}

// NewFollower returns a follower of a store.
func NewFollower(s *store.Store, base func() (dcat.Base, error), changed func(datasets []string)) *Follower {
	return &Follower{store: s, base: base, changed: changed, began: s.Seq()}
}

// Name implements [follow.Follower].
func (f *Follower) Name() string { return Name }

// Cursor implements [follow.Follower].
func (f *Follower) Cursor(context.Context) (store.Cursor, error) {
	b, ok, err := f.store.Get(cursorKey)
	if err != nil {
		return store.Cursor{}, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	var kept store.Cursor
	if ok {
		if kept, err = store.ParseCursor(b); err != nil {
			return kept, fmt.Errorf("the state of the measurements: %w", err)
		}
	}
	if f.passed.Seq > kept.Seq {
		return f.passed, nil
	}
	return kept, nil
}

// pass notes how far the follower has come.
func (f *Follower) pass(to store.Cursor) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.passed = to
}

// manyGraphs is how many changed graphs make a pass over all measurements cheaper.
const manyGraphs = 4000

// Advance implements [follow.Follower].
func (f *Follower) Advance(ctx context.Context, st *follow.Step) error {
	base, err := f.base()
	if err != nil {
		return err
	}
	if base == "" { // nothing was harvested, so nothing was measured
		f.pass(st.To())
		return nil
	}
	graphs, all, err := st.Changed(ctx, manyGraphs)
	if err != nil {
		return err
	}
	datasets := datasetsOf(base, graphs)
	told := datasets
	if st.Rebuild && st.From.Seq == 0 && f.changed != nil {
		told, err = f.sinceBegun(ctx, st.Snapshot, base)
	}
	if all && err == nil {
		datasets, err = f.known(ctx)
	}
	if err == nil {
		err = f.settle(ctx, st.Snapshot, base, datasets, all)
	}
	if err != nil {
		return err
	}
	f.pass(st.To())
	if f.changed != nil && len(told) > 0 {
		f.changed(told)
	}
	return nil
}

// datasetsOf returns the datasets that graphs are about.
func datasetsOf(base dcat.Base, graphs []term.Term) (out []string) {
	for _, g := range graphs {
		if dataset, _, ok := base.DatasetOf(g.Value()); ok {
			out = append(out, dataset)
		}
	}
	return out
}

// sinceBegun returns the datasets that have changed since the follower was made, none when
// these are too many: its first step takes all there is for new, and may come late.
func (f *Follower) sinceBegun(ctx context.Context, sn *store.Snapshot, base dcat.Base) ([]string, error) {
	seen := map[term.Term]bool{}
	for c, err := range sn.Log(ctx, f.began) {
		if errors.Is(err, store.ErrHistory) {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		if c.Note.Follower == Name {
			continue
		}
		for _, g := range c.Graphs {
			seen[g] = true
		}
		if len(seen) > manyGraphs {
			return nil, nil
		}
	}
	return datasetsOf(base, slices.Collect(maps.Keys(seen))), nil
}

// known returns the datasets of which something was found.
func (f *Follower) known(ctx context.Context) (out []string, err error) {
	for key, err := range f.store.List(stateKey) {
		if err = errors.Join(err, ctx.Err()); err != nil {
			return nil, err
		}
		out = append(out, strings.TrimPrefix(key, stateKey))
	}
	return out, nil
}

// settle drops the measurements of datasets that are gone, and writes those again of
// datasets that are back.
func (f *Follower) settle(ctx context.Context, sn *store.Snapshot, base dcat.Base, datasets []string, all bool) error {
	c := &catalogue{sn, base}
	change := store.Change{Replace: map[term.Term][]term.Quad{}, Note: store.Note{Follower: Name}}
	for _, dataset := range datasets {
		if err := ctx.Err(); err != nil {
			return err
		}
		s, err := readState(sn, dataset)
		if err != nil {
			return err
		}
		if s == nil {
			continue
		}
		g := term.NewIRI(graphOf(base, dataset))
		have, err := follow.Triples(ctx, sn, g)
		if err != nil {
			return err
		}
		d, err := c.dataset(ctx, string(base)+"graph/"+strings.TrimPrefix(dataset, string(base)+"dataset/"))
		switch {
		case err != nil:
			return err
		case d == nil && len(have) > 0:
			change.Drop = append(change.Drop, g)
		case d != nil && len(have) == 0:
			for _, t := range s.triples(base) {
				change.Replace[g] = append(change.Replace[g], t.In(g))
			}
		}
	}
	if len(change.Drop)+len(change.Replace) == 0 && (!all || len(datasets) == 0) {
		return nil
	}
	b, err := sn.Cursor().AppendBinary(nil)
	if err != nil {
		return err
	}
	change.Put = map[string][]byte{cursorKey: b}
	if _, err = f.store.Commit(ctx, change); errors.Is(err, store.ErrReadOnly) {
		return nil
	}
	return err
}

// Recheck looks at datasets again, as soon as their hosts allow; those that are gone, and
// those whose records are as they were at the last check, are passed over.
func (r *Runner) Recheck(ctx context.Context, datasets []string) (*Report, error) {
	list := slices.Clone(datasets)
	slices.Sort(list)
	work, err := r.gatherChanged(ctx, slices.Compact(list))
	if err != nil || len(work) == 0 {
		return &Report{Badges: map[string]int{}}, err
	}
	at := r.o.Now()
	now := run{ID: fmt.Sprintf("%s-%d-changed", at.UTC().Format("20060102T150405"), r.o.Store.Seq()), Started: at}
	return r.round(ctx, work, now, nil)
}

// gatherChanged returns the work on datasets that are there.
func (r *Runner) gatherChanged(ctx context.Context, datasets []string) ([]*job, error) {
	sn, err := r.o.Store.Snapshot()
	if err != nil {
		return nil, err
	}
	defer sn.Close()
	c := &catalogue{sn, r.o.Base}
	var out []*job
	for _, dataset := range datasets {
		rest, ok := strings.CutPrefix(dataset, string(r.o.Base)+"dataset/")
		if !ok {
			continue
		}
		d, err := c.dataset(ctx, string(r.o.Base)+"graph/"+rest)
		if err != nil {
			return nil, err
		}
		if d != nil {
			j, err := newJob(sn, d)
			if err != nil {
				return nil, err
			}
			if j.before == nil || d.digest == "" || j.before.About != d.digest {
				out = append(out, j)
			}
		}
	}
	return out, nil
}
