package exec

import (
	"context"
	"fmt"
	"iter"
	"sync/atomic"
	"time"

	"fincat/sparql/exec/memory"
	"fincat/sparql/exec/spill"
	"fincat/sparql/plan"
	"fincat/sparql/value"
	"fincat/store"
	"fincat/vocab/term"
)

// Services answers SERVICE: a query is sent to an endpoint and its solutions
// come back as they arrive. vars names the columns.
type Services interface {
	Select(
		ctx context.Context,
		endpoint, query string,
	) (vars []string, solutions iter.Seq2[[]term.Term, error], err error)
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

// Memory is the budget of one query.
type Memory = memory.Budget

// SharedMemory is the budget of all queries together.
type SharedMemory = memory.Shared

// LimitError says that a query was stopped because it asked for more than it
// may have.
type LimitError = value.LimitError

type account = memory.Account

// Env is what the operators of one query share. An Env serves one run and one
// goroutine.
type Env struct {
	Source   Source
	Now      time.Time
	Base     string // for the IRI function
	Memory   *Memory
	Spill    *spill.Space //  nil: what does not fit in Memory is an error
	Services Services     // nil: SERVICE is an error
	Text     TextIndex    // nil: text:query is an error
	// Turn, when not nil, is called between pieces of work and may wait, so that
	// other queries have their turn.
	Turn func(context.Context) error
	// Actual, when not nil, collects what every operator did.
	Actual map[plan.Node]*plan.Actual

	scope  value.Scope
	dict   *dictionary
	seeds  map[*plan.Seed]*batch
	tables map[*plan.HashJoin]*table // build sides kept for the next run below Apply
	// sequenced are the nodes whose sequence an operator above relies on.
	sequenced map[plan.Node]bool
	param     store.ID // the graph a GraphLoop is at
	bnodes    map[bnodeKey]term.Term
	// solution is the number of the solution for which BNODE is evaluated, and
	// blankErr that there was no memory for another label.
	solution store.ID
	blankErr error
	number   store.ID           // solutions numbered so far
	wide     map[plan.Node]bool // nodes with many columns that were accounted for
	halt     *atomic.Bool       // set when the run has to end
	// scratch is what the texts made for the expression at hand take.
	scratch int64
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
	e.dict = &dictionary{source: e.Source, ids: map[term.Term]store.ID{}, blank: blank, mem: e.Memory}
	e.halt = &atomic.Bool{}
	e.scope = value.Scope{Base: e.Base, Now: e.Now, Blank: e.blank, Grow: e.growScratch, Stopped: e.halt.Load}
	e.seeds = map[*plan.Seed]*batch{}
	e.tables = map[*plan.HashJoin]*table{}
	e.bnodes = map[bnodeKey]term.Term{}
	return &e
}

// pause is between two pieces of work: it ends the query when its context has ended.
func (e *Env) pause(ctx context.Context) error {
	if err := ctx.Err(); err != nil || e.Turn == nil {
		return err
	}
	return e.Turn(ctx)
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
	source Source
	local  []term.Term
	ids    map[term.Term]store.ID
	blank  string
	fresh  func() term.Term
	blanks int
	mem    *Memory
	plain  []store.ID
	bytes  int64 // of the texts of the terms decoded last
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
	id, ok, err := d.source.Lookup(t)
	if err != nil {
		return 0, fmt.Errorf("look up %v: %w", t, err)
	}
	if !ok {
		id = d.add(t)
	}
	if err := d.mem.Grow(128 + TermBytes(t)); err != nil {
		return 0, err
	}
	d.ids[t] = id
	return id, nil
}

// TermBytes is the size of the texts of a term.
func TermBytes(t term.Term) int64 {
	n := len(t.Value()) + len(t.Lang())
	if d := len(t.Datatype()); d > 64 { // not one of the usual ones, which are constants
		n += d
	}
	return int64(n)
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

// decodedTogether is how many terms are decoded before somebody asks how large they
// are, and largeTexts what their texts may have without being accounted for.
const (
	decodedTogether = 128
	largeTexts      = 64 << 10
)

// terms decodes many IDs. What their texts take has to be there, whatever the store
// holds.
func (d *dictionary) terms(ids []store.ID, out []term.Term) error {
	held := int64(0)
	d.bytes = 0
	defer func() { d.mem.Shrink(held) }()
	for from := 0; from < len(ids); from += decodedTogether {
		to := min(from+decodedTogether, len(ids))
		if err := d.together(ids[from:to], out[from:to]); err != nil {
			return err
		}
		n := int64(0)
		for i := range out[from:to] {
			n += int64(len(out[from+i].Value()))
		}
		d.bytes += n
		if n > largeTexts {
			held += n
			if err := d.mem.Grow(n); err != nil {
				return err
			}
		}
	}
	return nil
}

// together decodes a few IDs at once.
func (d *dictionary) together(ids []store.ID, out []term.Term) error {
	local := false
	for _, id := range ids {
		if id >= store.FirstLocal {
			local = true
			break
		}
	}
	if !local {
		return d.source.Terms(ids, out)
	}
	d.plain = append(d.plain[:0], ids...)
	for i, id := range d.plain {
		if id >= store.FirstLocal {
			d.plain[i] = 0
		}
	}
	if err := d.source.Terms(d.plain, out); err != nil {
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
