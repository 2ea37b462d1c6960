package memento

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"fincat/sparql/gate"
	"fincat/store"
	"fincat/vocab"
	"fincat/vocab/dcat"
	"fincat/vocab/term"
)

// entry is what is remembered of a log entry. Graphs of very large commits are not.
type entry struct {
	store.Commit
	graphs []store.ID
	many   bool // the log has the graphs
}

const (
	// maxGraphs is how many graphs of a commit are remembered.
	maxGraphs = 10_000
	// maxScanned is how many changes are looked at for one answer about the versions of a
	// resource that has no graph of its own.
	maxScanned = 1_000_000
)

// Version is a state of a resource: that which a commit made.
type Version struct {
	store.Commit // without graphs
	// Older says that it is as it was before the first commit that is kept: when it came to
	// be so is not known any more.
	Older bool
}

// Versions are the states of a resource, the newest first.
type Versions struct {
	List []Version
	Next uint64 // the commit before which there are more to be asked for; 0: there are none
}

// log returns the kept entries up to the commit of sn, the oldest first. Those that were read
// once are remembered.
func (h *Handler) log(ctx context.Context, sn *store.Snapshot) ([]entry, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	reach := h.Store.Past().Reach()
	if n := len(h.entries); n > 0 {
		last := h.entries[n-1]
		if t, ok := h.Store.Past().Time(last.Seq); !ok || !t.Equal(last.Time) {
			h.entries = nil // another store has taken its place
		}
	}
	h.entries = h.entries[min(len(h.entries), older(h.entries, reach)):]
	next := reach
	if n := len(h.entries); n > 0 {
		next = h.entries[n-1].Seq + 1
	}
	for seq := max(next, 1); seq <= sn.Seq(); seq++ {
		c, graphs, err := sn.Entry(seq)
		if errors.Is(err, store.ErrHistory) && len(h.entries) == 0 {
			continue // the newest commit when nothing is kept
		}
		if err == nil { // nobody gives his place to others here, who may wait for the lock
			err = ctx.Err()
		}
		if err != nil {
			return nil, fmt.Errorf("read the log: %w", err)
		}
		e := entry{Commit: c, graphs: graphs, many: len(graphs) > maxGraphs}
		if e.many {
			e.graphs = nil
		}
		h.entries = append(h.entries, e)
	}
	n := len(h.entries)
	for n > 0 && h.entries[n-1].Seq > sn.Seq() {
		n--
	}
	return h.entries[:n:n], nil
}

// older counts the entries before a commit.
func older(entries []entry, seq uint64) int {
	n, _ := slices.BinarySearchFunc(entries, seq, func(e entry, seq uint64) int {
		return int(min(max(int64(e.Seq)-int64(seq), -1), 1))
	})
	return n
}

// Versions returns the versions of a resource before a commit, 0 for the newest ones: as many
// as limit and as can be found within bounds. The whole catalogue, whose IRI or address
// is none of a resource, has a version of every commit.
func (h *Handler) Versions(ctx context.Context, sn *store.Snapshot, iri string, before uint64,
	limit int) (v Versions, err error) {
	f := &finder{ctx: ctx, sn: sn, left: maxScanned, all: h.whole(iri)}
	if !f.all {
		err = f.subject(h.Base, iri)
	}
	if err != nil {
		return v, err
	}
	all, v, err := h.find(f, before, limit)
	if err != nil || v.Next > 0 || len(all) == 0 || f.all {
		return v, err
	}
	// What no kept commit made was there before the first one.
	n, made := len(v.List), false
	if n > 0 {
		if _, made, err = f.changes(v.List[n-1].Seq); err != nil || made {
			return v, err
		}
	}
	switch first := all[0].Commit; {
	case n > 0 && v.List[n-1].Seq == first.Seq:
		v.List[n-1].Older = true
	case n > 0 || f.known:
		v.List = append(v.List, Version{first, true})
	}
	return v, nil
}

// Recent returns the newest versions of a dataset, as far as they can be told from which graphs
// the commits changed, and the first state that is kept.
func (h *Handler) Recent(ctx context.Context, sn *store.Snapshot, iri string, limit int) (v Versions,
	first store.Commit, err error) {
	f := &finder{ctx: ctx, sn: sn}
	if err = f.subject(h.Base, iri); err != nil || len(f.graphs) == 0 {
		return v, first, err
	}
	all, v, err := h.find(f, 0, limit)
	if len(all) > 0 {
		first = all[0].Commit
	}
	return v, first, err
}

// find goes through the entries before a commit, 0 for all, from the newest on.
func (h *Handler) find(f *finder, before uint64, limit int) (all []entry, v Versions, err error) {
	if all, err = h.log(f.ctx, f.sn); err != nil {
		return nil, v, err
	}
	for i := len(all) - 1; i >= 0; i-- {
		if before > 0 && all[i].Seq >= before {
			continue
		}
		if len(v.List) == limit || f.left < 0 {
			v.Next = all[i].Seq + 1
			break
		}
		touched, err := f.touched(&all[i])
		if err != nil {
			return nil, v, err
		}
		if touched {
			v.List = append(v.List, Version{Commit: all[i].Commit})
		}
	}
	return all, v, nil
}

// whole reports whether an address is about the whole catalogue.
func (h *Handler) whole(address string) bool {
	path, ok := strings.CutPrefix(address, string(h.Base))
	path, _, _ = strings.Cut(path, "?")
	first, _, _ := strings.Cut(path, ".")
	return ok && (first == "catalog" || first == "describe" || path == "sparql" || path == "sparql/")
}

// finder finds the commits that changed a resource.
type finder struct {
	ctx    context.Context
	sn     *store.Snapshot
	all    bool // every commit did
	id     store.ID
	is     store.ID   // rdf:type
	graphs []store.ID // of its own, if it has some: those of a dataset
	known  bool       // the catalogue says something of it now
	left   int        // changes that may still be looked at
}

func (f *finder) subject(base dcat.Base, iri string) (err error) {
	var names []string
	if path, ok := strings.CutPrefix(iri, string(base)+"dataset/"); ok {
		graph := string(base) + "graph/" + path
		names = []string{graph, dcat.OwnGraph(graph)}
	}
	for _, name := range names {
		id, ok, err := f.sn.Lookup(term.NewIRI(name))
		if err != nil {
			return err
		}
		if ok {
			f.graphs = append(f.graphs, id)
		}
	}
	if f.is, _, err = f.sn.Lookup(term.NewIRI(vocab.RDFType)); err != nil {
		return err
	}
	id, ok, err := f.sn.Lookup(term.NewIRI(iri))
	if err != nil || !ok {
		return err
	}
	f.id = id
	n, _, err := f.sn.Count(store.Pattern{S: id})
	f.known = n > 0
	return err
}

// touched reports whether a commit changed the resource.
func (f *finder) touched(e *entry) (touched bool, err error) {
	switch {
	case e.Added+e.Removed == 0:
		return false, nil
	case f.all:
		return true, nil
	case len(f.graphs) > 0:
		graphs := e.graphs
		if e.many {
			_, graphs, err = f.sn.Entry(e.Seq)
		}
		in := func(g store.ID) bool { _, ok := slices.BinarySearch(graphs, g); return ok }
		return slices.ContainsFunc(f.graphs, in), err
	}
	touched, _, err = f.changes(e.Seq)
	return touched, err
}

// changes looks through the changes of a commit: whether some are about the resource, and
// whether it says what the resource is, which is new then.
func (f *finder) changes(seq uint64) (touched, made bool, err error) {
	if f.id == 0 {
		return false, false, nil
	}
	n := 0
	for c, err := range f.sn.Changes(f.ctx, seq) {
		if errors.Is(err, store.ErrHistory) { // a bulk load, which is the first of what is kept
			return touched, false, nil
		}
		if n++; err == nil && n%4096 == 0 {
			err = gate.From(f.ctx).Turn(f.ctx)
		}
		if err != nil {
			return false, false, err
		}
		if c.S > f.id {
			break // they are sorted
		}
		if c.S == f.id {
			touched, made = true, made || c.Added && c.P == f.is
		}
	}
	f.left -= n
	return touched, made, nil
}
