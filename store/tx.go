package store

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"

	"fincat/store/block"
	"fincat/store/dict"
	"fincat/store/kv"
	"fincat/vocab/term"
)

// Tx is a commit in the making, for changes that come as a stream. Operations
// count in their sequence: of several on one quad the last decides. Other
// commits may come in between; they are not blocked until [Tx.Commit]. A Tx is
// used by one goroutine at a time.
type Tx struct {
	s      *Store
	in     dict.Interner
	memo   dict.Memo
	ops    *block.Sorter[op]
	no     uint32
	drops  map[ID]uint32 // graph → number of the operation that empties it
	puts   map[string][]byte
	note   Note
	cause  string // of the context it was begun with
	expect *uint64
	done   bool
	left   bool
}

// op is one operation on one quad: the quad in SPOG sequence, and its number and
// kind, so that operations on one quad sort by number. Emptying a graph has the
// number of the operation that follows it, and comes before that.
type op [5]ID

type opKind uint8

const (
	opRemove opKind = iota
	opAdd
	opEmptied // the quad is there and its graph is being emptied
)

const opKinds = 4 // a power of two

func newOp(k block.Key, no uint32, kind opKind) op {
	return op{k[0], k[1], k[2], k[3], ID(no)*opKinds + (opKinds - 1 - ID(kind))}
}

func (o *op) key() block.Key { return block.Key(o[:4]) }
func (o *op) no() uint32     { return uint32(o[4] / opKinds) }
func (o *op) kind() opKind   { return opKind(opKinds - 1 - o[4]%opKinds) }

// Begin starts a commit.
func (s *Store) Begin(ctx context.Context) (*Tx, error) {
	if s.o.ReadOnly {
		return nil, ErrReadOnly
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s.users.enter()
	tx := &Tx{s: s, in: dict.Interner{Terms: s.dict}, drops: make(map[ID]uint32), puts: make(map[string][]byte)}
	tx.ops, tx.cause = s.newSorter(), Cause(ctx)
	return tx, nil
}

// Expect makes the commit fail with [ErrConflict] unless seq is the newest
// sequence number when it comes to be applied.
func (tx *Tx) Expect(seq uint64) { tx.expect = &seq }

// Note sets what the log keeps about the commit.
func (tx *Tx) Note(n Note) {
	if n.Author != "" && n.Cause == "" {
		n.Cause = tx.cause
	}
	tx.note = n
}

// KeepBlankNodes has the meaning of the field of [Change], from here on.
func (tx *Tx) KeepBlankNodes(keep bool) { tx.in.Keep, tx.memo = keep, dict.Memo{} }

// Add adds quads.
func (tx *Tx) Add(ctx context.Context, quads ...term.Quad) error {
	for i, q := range quads {
		if i%4096 == 0 {
			if err := tx.s.fold.waitForTail(ctx); err != nil {
				return err
			}
		}
		if tx.done {
			return ErrClosed
		}
		k, err := tx.memo.Quad(&tx.in, q)
		if err != nil {
			return err
		}
		if err := tx.op(k, opAdd); err != nil {
			return err
		}
	}
	return nil
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
		k, ok, err := tx.s.dict.LookupQuad(q)
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

// RemoveBatch removes quads given by the IDs of a snapshot of the store; those
// that are not there do not matter.
func (tx *Tx) RemoveBatch(ctx context.Context, b *Batch) error {
	if tx.done {
		return ErrClosed
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	for i := range b.N {
		if err := tx.op(block.Key{b.S[i], b.P[i], b.O[i], b.G[i]}, opRemove); err != nil {
			return err
		}
	}
	return nil
}

// DropGraph removes all quads of a graph; the zero Term is the default graph.
func (tx *Tx) DropGraph(g term.Term) error {
	if tx.done {
		return ErrClosed
	}
	id, ok, err := tx.s.dict.Lookup(g)
	if err != nil {
		return fmt.Errorf("drop graph %v: %w", g, err)
	}
	if ok {
		tx.drops[id] = tx.no
	}
	return nil
}

// ReplaceGraph makes quads the whole content of a graph; their own graph names
// are ignored.
func (tx *Tx) ReplaceGraph(ctx context.Context, g term.Term, quads []term.Quad) error {
	if !g.IsZero() && !g.IsIRI() && !g.IsBlankNode() {
		return fmt.Errorf("replace graph %v: only an IRI or a blank node names a graph", g)
	}
	if err := tx.DropGraph(g); err != nil {
		return err
	}
	// A label that names a graph is the store's own.
	graph, err := tx.memo.ID(&dict.Interner{Terms: tx.s.dict, Keep: true}, g)
	if err != nil {
		return fmt.Errorf("replace graph %v: %w", g, err)
	}
	for i, q := range quads {
		if i%4096 == 0 {
			if err := tx.s.fold.waitForTail(ctx); err != nil {
				return err
			}
		}
		q.Graph = term.Term{}
		k, err := tx.memo.Quad(&tx.in, q)
		if err != nil {
			return fmt.Errorf("replace graph %v: %w", g, err)
		}
		k[3] = graph
		if err := tx.op(k, opAdd); err != nil {
			return err
		}
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
	tx.ops.Close()
	tx.drops, tx.puts = nil, nil
	if !tx.left {
		tx.left = true
		tx.s.users.leave()
	}
}

func (tx *Tx) op(k block.Key, kind opKind) error {
	if tx.no == math.MaxUint32 {
		return errors.New("too many operations in one commit")
	}
	if tx.no++; tx.no%(1<<16) == 0 && tx.s.dict.TailFull() {
		tx.s.fold.wakeFolder()
	}
	return tx.ops.Add(newOp(k, tx.no-1, kind))
}

// NewBlankNode returns a blank node that nothing else in the store uses, for
// callers that commit with KeepBlankNodes.
func (s *Store) NewBlankNode() term.Term {
	t, _ := s.dict.BlankNode().Inline()
	return t
}

// newSorter returns a sorter of as many operations as are kept in memory.
func (s *Store) newSorter() *block.Sorter[op] {
	return block.NewSorter[op](s.db.Temp(), s.o.FoldChanges, false)
}

// errLarge means that a commit does not fit in memory.
var errLarge = errors.New("large commit")

// Commit applies the transaction and waits until it is durable.
func (tx *Tx) Commit(ctx context.Context) (Commit, error) {
	if tx.done {
		return Commit{}, ErrClosed
	}
	defer tx.Rollback()
	c, err := tx.commit(ctx)
	if err != nil {
		return Commit{}, fmt.Errorf("commit: %w", err)
	}
	return c, nil
}

func (tx *Tx) commit(ctx context.Context) (Commit, error) {
	if tx.ops.Spilled() {
		return tx.commitLarge(ctx)
	}
	c, e, err := tx.prepare(ctx)
	switch {
	case errors.Is(err, errLarge):
		return tx.commitLarge(ctx)
	case err == nil && e != nil:
		err = tx.s.writer.write(e)
	}
	return c, err
}

func (tx *Tx) commitLarge(ctx context.Context) (Commit, error) {
	if err := tx.s.fold.lockLoading(ctx); err != nil {
		return Commit{}, err
	}
	defer tx.s.fold.unlockLoading()
	b := &bulk{s: tx.s, logged: true, limit: tx.s.o.FoldChanges / 2, report: func(Stage, uint64) {}}
	emptied := tx.s.newSorter()
	defer emptied.Close()
	return tx.commitBulk(ctx, b, func(sn *Snapshot) (candidateSource, error) {
		if err := tx.empty(ctx, sn, emptied); err != nil {
			return nil, err
		}
		m, err := block.NewMerger(tx.ops, emptied)
		return opCandidates{tx, m}, err
	})
}

// prepare works the commit out against the newest state and puts it into the
// queue; the entry is nil when there is nothing to write.
func (tx *Tx) prepare(ctx context.Context) (Commit, *entry, error) {
	s := tx.s
	if err := s.fold.waitForFold(ctx); err != nil {
		return Commit{}, nil, err
	}
	s.w.Lock()
	defer s.w.Unlock()
	if err := tx.admissible(64 * tx.ops.Len()); err != nil {
		return Commit{}, nil, err
	}
	sn := s.latest()
	defer sn.txn.Discard()
	candidates, err := tx.candidates(ctx, sn)
	if err != nil {
		return Commit{}, nil, err
	}
	changes, stats, err := effects(ctx, sn, candidates)
	if err != nil {
		return Commit{}, nil, err
	}
	if len(changes) == 0 && len(tx.puts) == 0 && tx.note.slight() {
		return Commit{Seq: s.pending.seq, Time: s.pending.time}, nil, nil
	}
	return s.enqueue(ctx, changes, stats, tx)
}

// admissible reports why the commit cannot be made; s.w is held.
func (tx *Tx) admissible(bytes int) error {
	s := tx.s
	s.mu.Lock()
	closed, broken := s.closed, s.broken
	s.mu.Unlock()
	switch {
	case closed:
		return ErrClosed
	case broken != nil:
		return fmt.Errorf("%w: %w", ErrFailed, broken)
	case tx.expect != nil && *tx.expect != s.pending.seq:
		return fmt.Errorf("%w: expected commit %d, newest is %d", ErrConflict, *tx.expect, s.pending.seq)
	}
	return s.db.Room(bytes)
}

// candidates sorts the operations and leaves the last of each quad, without
// those that are known to change nothing. The error is errLarge when a commit
// had better not be worked out in memory.
func (tx *Tx) candidates(ctx context.Context, sn *Snapshot) ([]block.Change, error) {
	emptied := tx.s.newSorter()
	defer emptied.Close()
	if err := tx.empty(ctx, sn, emptied); err != nil {
		return nil, err
	}
	if tx.ops.Spilled() || emptied.Spilled() {
		return nil, errLarge
	}
	return tx.merged(ctx, emptied)
}

// merged returns the candidates of the operations so far and those that empty
// graphs. It leaves the operations as they are.
func (tx *Tx) merged(ctx context.Context, emptied *block.Sorter[op]) (out []block.Change, err error) {
	m, err := block.NewMerger(tx.ops, emptied)
	if err != nil {
		return nil, err
	}
	for n := 0; m.Peek() != nil; n++ {
		if n%4096 == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		c, ok, err := tx.nextCandidate(m)
		if err != nil {
			return nil, err
		}
		if ok {
			out = append(out, c)
		}
	}
	return out, nil
}

// empty turns the dropping of graphs into operations.
func (tx *Tx) empty(ctx context.Context, sn *Snapshot, out *block.Sorter[op]) error {
	for _, g := range slices.Sorted(maps.Keys(tx.drops)) {
		sc := sn.scan(GSPO, block.Key{g}, 1, 15, true)
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
				o := newOp(block.Key{b.S[i], b.P[i], b.O[i], b.G[i]}, tx.drops[g], opEmptied)
				if err := out.Add(o); err != nil {
					return err
				}
			}
		}
		sc.Close()
	}
	return nil
}

// marker returns what makes the commit happen, to be written in one
// transaction, and what has to be written before.
func (tx *Tx) marker(h *logHeader) (marker, parts []kv.Pair, err error) {
	head, parts := headerParts(h)
	marker = append(marker, head)
	for k, v := range tx.puts {
		marker = append(marker, kv.Pair{K: append([]byte{keyValue}, k...), V: v})
	}
	if n := size(marker); n > smallEntry {
		return nil, nil, fmt.Errorf("named values of a commit have %d bytes, the limit is %d", n, smallEntry)
	}
	return marker, parts, nil
}
