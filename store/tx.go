package store

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"

	"fincat/vocab/term"
)

// Tx is a commit in the making, for changes that come as a stream. Operations
// count in their sequence: of several on one quad the last decides. Other
// commits may come in between; they are not blocked until [Tx.Commit]. A Tx is
// used by one goroutine at a time.
type Tx struct {
	s      *Store
	in     interner
	ops    *sorter
	no     uint32
	drops  map[ID]uint32 // graph → number of the operation that empties it
	puts   map[string][]byte
	note   map[string]string
	expect *uint64
	done   bool
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
	tx := &Tx{s: s, in: interner{d: s.dict}, drops: make(map[ID]uint32), puts: make(map[string][]byte)}
	tx.ops = s.newSorter()
	return tx, nil
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
func (tx *Tx) KeepBlankNodes(keep bool) { tx.in.keep = keep }

// Add adds quads.
func (tx *Tx) Add(ctx context.Context, quads ...term.Quad) error {
	var m memo
	for i, q := range quads {
		if i%4096 == 0 {
			if err := tx.s.waitForTail(ctx); err != nil {
				return err
			}
		}
		if tx.done {
			return ErrClosed
		}
		k, err := m.quad(&tx.in, q)
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
		if err := tx.op(key{b.S[i], b.P[i], b.O[i], b.G[i]}, opRemove); err != nil {
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
	id, ok, err := tx.s.dict.lookup(g)
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
	if err := tx.DropGraph(g); err != nil {
		return err
	}
	keep := tx.in.keep || g.IsBlankNode() // a label that names a graph is the store's own
	graph, err := (&interner{d: tx.s.dict, keep: keep}).id(g, tx.s.dict.add)
	if err != nil {
		return fmt.Errorf("replace graph %v: %w", g, err)
	}
	var m memo
	for i, q := range quads {
		if i%4096 == 0 {
			if err := tx.s.waitForTail(ctx); err != nil {
				return err
			}
		}
		q.Graph = term.Term{}
		k, err := m.quad(&tx.in, q)
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
	tx.ops.close()
	tx.drops, tx.puts = nil, nil
}

func (tx *Tx) op(k key, kind opKind) error {
	if tx.no == math.MaxUint32 {
		return errors.New("too many operations in one commit")
	}
	if tx.no++; tx.no%(1<<16) == 0 && tx.s.dict.tailFull() {
		tx.s.wakeFolder()
	}
	return tx.ops.add(op{k, tx.no - 1, kind})
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
	if len(tx.ops.files) > 0 {
		return tx.commitLarge(ctx)
	}
	c, e, err := tx.prepare(ctx)
	switch {
	case errors.Is(err, errLarge):
		return tx.commitLarge(ctx)
	case err == nil && e != nil:
		err = tx.s.write(e)
	}
	return c, err
}

func (tx *Tx) commitLarge(ctx context.Context) (Commit, error) {
	if err := tx.s.lockLoading(ctx); err != nil {
		return Commit{}, err
	}
	defer tx.s.unlockLoading()
	b := &bulk{s: tx.s, logged: true, limit: tx.s.o.FoldChanges / 2, report: func(Stage, uint64) {}}
	emptied := tx.s.newSorter()
	defer emptied.close()
	return tx.commitBulk(ctx, b, func(sn *Snapshot) (candidateSource, error) {
		if err := tx.empty(ctx, sn, emptied); err != nil {
			return nil, err
		}
		m, err := newMerger(tx.ops, emptied)
		return opCandidates{tx, m}, err
	})
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
	if err := tx.admissible(64 * len(tx.ops.buf)); err != nil {
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
	return s.room(bytes)
}

// candidates sorts the operations and leaves the last of each quad, without
// those that are known to change nothing. The error is errLarge when a commit
// had better not be worked out in memory.
func (tx *Tx) candidates(ctx context.Context, sn *Snapshot) ([]change, error) {
	emptied := tx.s.newSorter()
	defer emptied.close()
	if err := tx.empty(ctx, sn, emptied); err != nil {
		return nil, err
	}
	if len(tx.ops.files)+len(emptied.files) > 0 {
		return nil, errLarge
	}
	return tx.merged(ctx, emptied)
}

// merged returns the candidates of the operations so far and those that empty
// graphs. It leaves the operations as they are.
func (tx *Tx) merged(ctx context.Context, emptied *sorter) (out []change, err error) {
	m, err := newMerger(tx.ops, emptied)
	if err != nil {
		return nil, err
	}
	for n := 0; m.peek() != nil; n++ {
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
func (tx *Tx) empty(ctx context.Context, sn *Snapshot, out *sorter) error {
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
				o := op{key{b.S[i], b.P[i], b.O[i], b.G[i]}, tx.drops[g], opEmptied}
				if err := out.add(o); err != nil {
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
func (tx *Tx) marker(h *logHeader) (marker, parts []kv, err error) {
	head, parts := headerParts(h)
	marker = append(marker, head)
	for k, v := range tx.puts {
		marker = append(marker, kv{append([]byte{keyValue}, k...), v})
	}
	if n := size(marker); n > smallEntry {
		return nil, nil, fmt.Errorf("named values of a commit have %d bytes, the limit is %d", n, smallEntry)
	}
	return marker, parts, nil
}
