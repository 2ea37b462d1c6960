package exec

import (
	"context"
	"fmt"
	"iter"
	"sync/atomic"
	"time"

	"fincat/sparql/plan"
	"fincat/store"
	"fincat/vocab/term"
)

// LimitError says that a query was stopped because it asked for more than it
// may have.
type LimitError struct {
	What  string // what ran out, such as "memory"
	Limit int64  // in What's unit: bytes or solutions
}

// Error names the limit.
func (e *LimitError) Error() string {
	return fmt.Sprintf("query needs more than its limit of %d %s", e.Limit, e.What)
}

// Memory is the budget of one query. Operators take from it what they hold and
// give it back when they end.
type Memory struct {
	Limit int64 // bytes; zero or less is no limit
	used  atomic.Int64
	peak  atomic.Int64
}

// Grow takes n bytes for the holder of the budget.
func (m *Memory) Grow(n int64) error { return m.grow(n) }

// grow takes n bytes, or fails when they are not there.
func (m *Memory) grow(n int64) error {
	used := m.used.Add(n)
	if m.Limit > 0 && used > m.Limit {
		return &LimitError{What: "bytes of memory", Limit: m.Limit}
	}
	if used > m.peak.Load() {
		m.peak.Store(used)
	}
	return nil
}

func (m *Memory) shrink(n int64) { m.used.Add(-n) }

// Peak returns the most bytes that were held at once.
func (m *Memory) Peak() int64 { return m.peak.Load() }

// Services answers SERVICE: a query is sent to an endpoint and its solutions
// come back as they arrive. vars names the columns.
type Services interface {
	Select(ctx context.Context, endpoint, query string) (vars []string, solutions iter.Seq2[[]term.Term, error], err error)
}

// TextIndex is a full-text index over the literals of the store.
type TextIndex interface {
	// Search yields the literals that match, best first, each once. It first
	// waits until everything up to commit seq is indexed.
	Search(ctx context.Context, seq uint64, q TextQuery) iter.Seq2[TextMatch, error]
}

// TextQuery is what to search for.
type TextQuery struct {
	Text  string
	Lang  string // a language range; empty: any
	Limit int    // 0: that of the index
}

// TextMatch is a literal that was found.
type TextMatch struct {
	Literal term.Term
	Score   float64
}

// Env is what the operators of one query share. An Env serves one run and one
// goroutine.
type Env struct {
	Snapshot *store.Snapshot
	Now      time.Time
	Base     string // for the IRI function
	Memory   *Memory
	Services Services  // nil: SERVICE is an error
	Text     TextIndex // nil: text:query is an error
	// Actual, when not nil, collects what every operator did.
	Actual map[plan.Node]*plan.Actual

	dict   *dictionary
	regexs regexCache
	seeds  map[*plan.Seed]*batch
	tables map[*plan.HashJoin]*table // build sides kept for the next run below Apply
	param  store.ID                  // the graph a GraphLoop is at
	bnodes map[bnodeKey]Value
	number store.ID // solutions numbered so far
}

type bnodeKey struct {
	solution store.ID
	label    string
}

// NewEnv completes e for a run. blank is put before the label of every blank
// node the query makes, to keep it apart from all others.
func NewEnv(e Env, blank string) *Env {
	if e.Memory == nil {
		e.Memory = &Memory{}
	}
	e.dict = &dictionary{snap: e.Snapshot, ids: map[term.Term]store.ID{}, blank: blank, mem: e.Memory}
	e.regexs = regexCache{}
	e.seeds = map[*plan.Seed]*batch{}
	e.tables = map[*plan.HashJoin]*table{}
	e.bnodes = map[bnodeKey]Value{}
	return &e
}

// ID returns the ID of a term in this query: that of the store, or a local one.
func (e *Env) ID(t term.Term) (store.ID, error) { return e.dict.id(t) }

// UseBlankNodes makes the query take its blank nodes from fresh.
func (e *Env) UseBlankNodes(fresh func() term.Term) { e.dict.fresh = fresh }

// NewBlankNode returns a blank node that is nowhere else.
func (e *Env) NewBlankNode() term.Term { return e.dict.newBlank() }

// dictionary gives the terms that a query makes IDs of its own, so that a term
// has one ID in a query wherever it comes from.
type dictionary struct {
	snap   *store.Snapshot
	local  []term.Term
	ids    map[term.Term]store.ID
	blank  string
	fresh  func() term.Term
	blanks int
	mem    *Memory
	plain  []store.ID
}

func (d *dictionary) id(t term.Term) (store.ID, error) {
	if t.IsZero() {
		return 0, nil
	}
	if id, ok := store.Inline(t); ok {
		return id, nil
	}
	if id, ok := d.ids[t]; ok {
		return id, nil
	}
	id, ok, err := d.snap.Lookup(t)
	if err != nil {
		return 0, fmt.Errorf("look up %v: %w", t, err)
	}
	if !ok {
		id = d.add(t)
	}
	if err := d.mem.grow(128 + int64(len(t.Value()))); err != nil {
		return 0, err
	}
	d.ids[t] = id
	return id, nil
}

func (d *dictionary) add(t term.Term) store.ID {
	d.local = append(d.local, t)
	return store.FirstLocal + store.ID(len(d.local)-1)
}

func (d *dictionary) newBlank() term.Term {
	d.blanks++
	t := term.NewBlankNode(fmt.Sprintf("%s%d", d.blank, d.blanks))
	if d.fresh != nil {
		t = d.fresh()
	}
	d.ids[t] = d.add(t)
	return t
}

// terms decodes many IDs at once.
func (d *dictionary) terms(ids []store.ID, out []term.Term) error {
	local := false
	for _, id := range ids {
		if id >= store.FirstLocal {
			local = true
			break
		}
	}
	if !local {
		return d.snap.Terms(ids, out)
	}
	d.plain = append(d.plain[:0], ids...)
	for i, id := range d.plain {
		if id >= store.FirstLocal {
			d.plain[i] = 0
		}
	}
	if err := d.snap.Terms(d.plain, out); err != nil {
		return err
	}
	for i, id := range ids {
		if id >= store.FirstLocal {
			out[i] = d.local[id-store.FirstLocal]
		}
	}
	return nil
}

// kindOf returns the kind of term an ID stands for.
func (d *dictionary) kindOf(id store.ID) term.Kind {
	if id >= store.FirstLocal {
		return d.local[id-store.FirstLocal].Kind()
	}
	return id.Kind()
}
