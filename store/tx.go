package store

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"

	"fincat/vocab/term"
)

// Tx is a commit in the making, for changes that come as a stream. Operations
// count in their sequence: of several on one quad the last decides. Other
// commits may come in between; they are not blocked until [Tx.Commit]. A Tx is
// used by one goroutine at a time.
type Tx struct {
	s         *Store
	ops       []op
	drops     map[ID]uint32 // graph → number of the operation that empties it
	labels    map[string]ID // blank nodes of this commit
	puts      map[string][]byte
	note      map[string]string
	expect    *uint64
	keepBlank bool
	done      bool
}

// op is one operation on one quad, in SPOG sequence.
type op struct {
	key  key
	no   uint32
	kind opKind
}

type opKind uint8

const (
	opRemove opKind = iota
	opAdd
	opEmptied // the quad is there and its graph is being emptied
)

// Begin starts a commit.
func (s *Store) Begin(ctx context.Context) (*Tx, error) {
	if s.o.ReadOnly {
		return nil, ErrReadOnly
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return &Tx{s: s, drops: make(map[ID]uint32), labels: make(map[string]ID), puts: make(map[string][]byte)}, nil
}

// Expect makes the commit fail with [ErrConflict] unless seq is the newest
// sequence number when it comes to be applied.
func (tx *Tx) Expect(seq uint64) { tx.expect = &seq }

// Note adds to what the log keeps about the commit.
func (tx *Tx) Note(key, value string) {
	if tx.note == nil {
		tx.note = make(map[string]string)
	}
	tx.note[key] = value
}

// KeepBlankNodes has the meaning of the field of [Change], from here on.
func (tx *Tx) KeepBlankNodes(keep bool) { tx.keepBlank = keep }

// Add adds quads.
func (tx *Tx) Add(ctx context.Context, quads ...term.Quad) error {
	for i, q := range quads {
		if i%4096 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		if err := tx.add(q); err != nil {
			return err
		}
	}
	return nil
}

func (tx *Tx) add(q term.Quad) error {
	if tx.done {
		return ErrClosed
	}
	if !q.Valid() {
		return fmt.Errorf("%w: %v", ErrTerm, q)
	}
	var k key
	for i, t := range [4]term.Term{q.Subject, q.Predicate, q.Object, q.Graph} {
		id, err := tx.intern(t)
		if err != nil {
			return fmt.Errorf("add %v: %w", q, err)
		}
		k[i] = id
	}
	return tx.op(k, opAdd)
}

// Remove removes quads; those that are not there do not matter.
func (tx *Tx) Remove(ctx context.Context, quads ...term.Quad) error {
	for i, q := range quads {
		if i%4096 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		if tx.done {
			return ErrClosed
		}
		k, ok, err := tx.s.dict.lookupQuad(q)
		if err != nil {
			return fmt.Errorf("remove %v: %w", q, err)
		}
		if ok {
			if err := tx.op(k, opRemove); err != nil {
				return err
			}
		}
	}
	return nil
}

// DropGraph removes all quads of a graph; the zero Term is the default graph.
func (tx *Tx) DropGraph(g term.Term) error {
	if tx.done {
		return ErrClosed
	}
	id, ok, err := tx.s.dict.lookup(g)
	if err != nil {
		return fmt.Errorf("drop graph %v: %w", g, err)
	}
	if ok {
		tx.drops[id] = uint32(len(tx.ops))
	}
	return nil
}

// ReplaceGraph makes quads the whole content of a graph; their own graph names
// are ignored.
func (tx *Tx) ReplaceGraph(ctx context.Context, g term.Term, quads []term.Quad) error {
	if err := tx.DropGraph(g); err != nil {
		return err
	}
	var graph ID
	var err error
	if keep := tx.keepBlank; g.IsBlankNode() { // a label that names a graph is the store's own
		tx.keepBlank = true
		graph, err = tx.intern(g)
		tx.keepBlank = keep
	} else {
		graph, err = tx.intern(g)
	}
	if err != nil {
		return fmt.Errorf("replace graph %v: %w", g, err)
	}
	for i, q := range quads {
		if i%4096 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		q.Graph = term.Term{}
		if err := tx.add(q); err != nil {
			return fmt.Errorf("replace graph %v: %w", g, err)
		}
		tx.ops[len(tx.ops)-1].key[3] = graph
	}
	return nil
}

// maxValue bounds named values, so that they fit into one transaction.
const maxValue = 400 << 10

// Put sets a named value; nil deletes it.
func (tx *Tx) Put(key string, value []byte) error {
	if tx.done {
		return ErrClosed
	}
	if len(key) > 1000 || len(value) > maxValue {
		return fmt.Errorf("named value %.40q has %d bytes, the limit is %d", key, len(value), maxValue)
	}
	tx.puts[key] = slices.Clone(value)
	return nil
}

// Rollback gives the commit up; after Commit it does nothing.
func (tx *Tx) Rollback() {
	tx.done = true
	tx.ops, tx.drops, tx.labels, tx.puts = nil, nil, nil, nil
}

func (tx *Tx) op(k key, kind opKind) error {
	tx.ops = append(tx.ops, op{k, uint32(len(tx.ops)), kind})
	return nil
}

// intern returns the ID of a term, numbering it when it is new.
func (tx *Tx) intern(t term.Term) (ID, error) {
	if id, ok := Inline(t); ok {
		return id, nil
	}
	d := tx.s.dict
	if t.IsBlankNode() {
		if !tx.keepBlank {
			id, ok := tx.labels[t.Value()]
			if !ok {
				id = d.blankNode()
				tx.labels[t.Value()] = id
			}
			return id, nil
		}
		if id, ok := blankID(t.Value()); ok && d.keepBlank(id) {
			return id, nil
		}
	}
	tg, text, _, err := encodeTerm(t, func(part term.Term) (ID, bool, error) {
		id, err := tx.intern(part)
		return id, err == nil, err
	})
	if err != nil {
		return 0, err
	}
	return d.add(tg, text)
}

func (d *dict) lookupQuad(q term.Quad) (k key, ok bool, err error) {
	for i, t := range [4]term.Term{q.Subject, q.Predicate, q.Object, q.Graph} {
		if k[i], ok, err = d.lookup(t); !ok || err != nil {
			return k, false, err
		}
	}
	return k, q.Valid(), nil
}

// NewBlankNode returns a blank node that nothing else in the store uses, for
// callers that commit with KeepBlankNodes.
func (s *Store) NewBlankNode() term.Term {
	t, _ := s.dict.blankNode().Inline()
	return t
}

// Commit applies the transaction and waits until it is durable.
func (tx *Tx) Commit(ctx context.Context) (Commit, error) {
	if tx.done {
		return Commit{}, ErrClosed
	}
	defer tx.Rollback()
	c, e, err := tx.prepare(ctx)
	if err == nil && e != nil {
		err = tx.s.write(e)
	}
	if err != nil {
		return Commit{}, fmt.Errorf("commit: %w", err)
	}
	return c, nil
}

// prepare works the commit out against the newest state and puts it into the
// queue; the entry is nil when there is nothing to write.
func (tx *Tx) prepare(ctx context.Context) (Commit, *entry, error) {
	s := tx.s
	if err := s.waitForFold(ctx); err != nil {
		return Commit{}, nil, err
	}
	s.w.Lock()
	defer s.w.Unlock()
	if err := s.writable(); err != nil {
		return Commit{}, nil, err
	}
	if tx.expect != nil && *tx.expect != s.pending.seq {
		return Commit{}, nil, fmt.Errorf("%w: expected commit %d, newest is %d", ErrConflict, *tx.expect, s.pending.seq)
	}
	if err := s.room(64 * len(tx.ops)); err != nil {
		return Commit{}, nil, err
	}
	sn := s.latest()
	defer sn.txn.Discard()
	candidates, err := tx.candidates(ctx, sn)
	if err != nil {
		return Commit{}, nil, err
	}
	changes, stats, err := sn.effects(ctx, candidates)
	if err != nil {
		return Commit{}, nil, err
	}
	if len(changes) == 0 && len(tx.puts) == 0 && len(tx.note) == 0 {
		return Commit{Seq: s.pending.seq, Time: s.pending.time}, nil, nil
	}
	return s.enqueue(ctx, changes, stats, tx)
}

// writable reports why the store takes no commits; s.w is held.
func (s *Store) writable() error {
	s.mu.Lock()
	closed, broken := s.closed, s.broken
	s.mu.Unlock()
	if closed {
		return ErrClosed
	}
	if broken != nil {
		return fmt.Errorf("%w: %w", ErrFailed, broken)
	}
	return nil
}

// candidates sorts the operations and leaves the last of each quad, without
// those that are known to change nothing.
func (tx *Tx) candidates(ctx context.Context, sn *Snapshot) ([]change, error) {
	if err := tx.empty(ctx, sn); err != nil {
		return nil, err
	}
	ops := tx.ops
	slices.SortFunc(ops, func(a, b op) int {
		if c := compareKeys(a.key, b.key); c != 0 {
			return c
		}
		if a.no != b.no {
			return cmp.Compare(a.no, b.no)
		}
		return -cmp.Compare(a.kind, b.kind) // emptying comes before what has its number
	})
	var out []change
	for i := 0; i < len(ops); {
		present := false
		last := ops[i]
		for ; i < len(ops) && ops[i].key == last.key; i++ {
			if ops[i].kind == opEmptied {
				present = true
			}
			last = ops[i]
		}
		no, dropped := tx.drops[last.key[3]]
		add := last.kind == opAdd && !(dropped && last.no < no)
		if add && present {
			continue
		}
		out = append(out, change{key: last.key, add: add})
	}
	return out, nil
}

// empty turns the dropping of graphs into operations.
func (tx *Tx) empty(ctx context.Context, sn *Snapshot) error {
	for _, g := range slices.Sorted(maps.Keys(tx.drops)) {
		sc := sn.scanKeys(GSPO, key{g}, 1, 15, true)
		var b Batch
		for {
			ok, err := sc.Next(ctx, &b)
			if err != nil {
				return fmt.Errorf("empty graph: %w", err)
			}
			if !ok {
				break
			}
			for i := range b.N {
				tx.ops = append(tx.ops, op{key{b.S[i], b.P[i], b.O[i], b.G[i]}, tx.drops[g], opEmptied})
			}
		}
		sc.Close()
	}
	return nil
}
