package store

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"reflect"

	"github.com/zeebo/xxh3"

	"fincat/store/block"
	"fincat/store/ids"
	"fincat/store/stats"
	"fincat/vocab/term"
)

// Fault is something Check found wrong.
type Fault struct {
	Where string // such as "POSG block 17" or "log entry 5"
	What  string
}

// String returns place and fault.
func (f Fault) String() string { return f.Where + ": " + f.What }

// Report is the outcome of a check.
type Report struct {
	Seq    uint64
	Quads  uint64
	Terms  uint64 // in the dictionary
	Blocks int
	Faults []Fault // the first maxFaults
	More   int     // further faults
}

// Clean reports whether nothing was found.
func (r *Report) Clean() bool { return len(r.Faults) == 0 }

const maxFaults = 100

// checker gathers faults.
type checker struct {
	s   *Store
	sn  *Snapshot
	r   Report
	sum [orders][2]uint64 // quads and the sum of their hashes
}

// Check verifies every invariant of the newest committed state: blocks decode,
// are sorted and hold what the list of blocks says; all orders hold the same
// quads; the dictionary leads from every term to its number and back; terms
// stand where RDF allows them; the statistics are those of the quads; the log
// is without gaps; nothing unused is left. Readers and writers go on meanwhile;
// folding waits. The error is one of reading at all; what is wrong is in the
// report.
func (s *Store) Check(ctx context.Context) (*Report, error) {
	s.fold.mu.Lock()
	defer s.fold.mu.Unlock()
	sn, err := s.Snapshot()
	if err != nil {
		return nil, fmt.Errorf("check: %w", err)
	}
	defer sn.Close()
	c := &checker{s: s, sn: sn}
	c.r.Seq = sn.Seq()
	steps := []func(context.Context) error{
		c.blocks,
		c.orders,
		c.dictionary,
		c.statistics,
		c.positions,
		c.log,
		c.unused,
	}
	for _, step := range steps {
		if err := step(ctx); err != nil {
			if !errors.Is(err, ErrCorrupt) {
				return &c.r, fmt.Errorf("check: %w", err)
			}
			c.fault("store", "%v", err)
		}
	}
	return &c.r, nil
}

func (c *checker) fault(where, what string, args ...any) {
	if len(c.r.Faults) >= maxFaults {
		c.r.More++
		return
	}
	c.r.Faults = append(c.r.Faults, Fault{where, fmt.Sprintf(what, args...)})
}

// blocks reads every block of the base on its own.
func (c *checker) blocks(ctx context.Context) error {
	for o := SPOG; o < lists; o++ {
		x := &c.sn.v.base.index[o]
		total := uint64(0)
		for i := range x.Blocks {
			if err := ctx.Err(); err != nil {
				return err
			}
			c.r.Blocks++
			ref := &x.Blocks[i]
			where := fmt.Sprintf("%v block %d", o, ref.ID)
			if x.Before[i] != total {
				c.fault(where, "%d quads come before it, the list says %d", total, x.Before[i])
			}
			total += ref.Quads()
			l := &block.Loaded{}
			if err := l.Read(c.sn.blocks.Get, ref, nil); err != nil {
				c.fault(where, "%v", err)
				continue
			}
			c.block(where, ref, l, x.End(i), i == 0)
		}
	}
	return nil
}

func (c *checker) block(where string, ref *block.Ref, l *block.Loaded, end block.Key, first bool) {
	var rows block.Columns
	if l.Block != nil {
		if err := l.Block.Decode(&rows, 0, l.Block.Segments(), 15); err != nil {
			c.fault(where, "%v", err)
			return
		}
	}
	for i := 1; i < rows.Len(); i++ {
		if a, b := rows.At(i-1), rows.At(i); !a.Less(&b) {
			c.fault(where, "row %d is not above the one before", i)
			return
		}
	}
	low := ref.First
	inside := func(k block.Key) bool { return (first || !k.Less(&low)) && k.Less(&end) }
	if n := rows.Len(); n > 0 && (rows.At(0) != ref.First || !inside(rows.At(n-1))) {
		c.fault(where, "has rows outside its range")
	}
	net := int32(0)
	for i := range l.Patch {
		p := &l.Patch[i]
		net += p.Sign()
		if !inside(p.Key) {
			c.fault(where, "has patches outside its range")
			return
		}
		at := rows.SearchN(&p.Key, 4, 0, rows.Len())
		if present := at < rows.Len() && rows.At(at) == p.Key; present == p.Add {
			c.fault(where, "patch %v %v, present %v", p.Key, p.Add, present)
		}
	}
	if net != ref.Net {
		c.fault(where, "patches make %+d quads, the list says %+d", net, ref.Net)
	}
}

// orders reads every order whole and compares what they hold.
func (c *checker) orders(ctx context.Context) error {
	for o := SPOG; o < orders; o++ {
		sc := c.sn.scan(o, block.Key{}, 0, 15, false)
		var b Batch
		var last block.Key
		var buf [32]byte
		for {
			ok, err := sc.Next(ctx, &b)
			if err != nil {
				if errors.Is(err, ErrCorrupt) {
					c.fault(o.String(), "%v", err)
					break
				}
				return err
			}
			if !ok {
				break
			}
			for i := range b.N {
				k := block.Key{b.S[i], b.P[i], b.O[i], b.G[i]}
				for p, id := range k {
					binary.LittleEndian.PutUint64(buf[8*p:], uint64(id))
				}
				c.sum[o][0]++
				c.sum[o][1] += xxh3.Hash(buf[:])
				if k = k.In(o); !last.Less(&k) {
					c.fault(o.String(), "%v does not come after %v", k, last)
				}
				last = k
			}
		}
		if c.sum[o] != c.sum[SPOG] {
			c.fault(o.String(), "holds other quads than SPOG: %d, %d", c.sum[o][0], c.sum[SPOG][0])
		}
		if n, _, err := c.sn.Count(Pattern{}); err != nil || n != c.sum[o][0] {
			c.fault(o.String(), "has %d quads, counted are %d (%v)", c.sum[o][0], n, err)
		}
	}
	c.r.Quads = c.sum[SPOG][0]
	return nil
}

// statistics counts everything anew.
func (c *checker) statistics(ctx context.Context) error {
	want := stats.NewDelta()
	err := c.groups(ctx, SPOG, 1, func(rows []block.Key) {
		var t stats.Tally
		for _, k := range rows {
			t.Add(k[1], 1)
		}
		want.Subject(nil, t)
	})
	if err != nil {
		return err
	}
	for _, g := range []struct {
		o Order
		n int
		f func(k block.Key)
	}{
		{POSG, 2, func(k block.Key) { want.AddPredicate(k[0], stats.PredicateChange{Objects: 1}) }},
		{OSPG, 1, func(block.Key) { want.Objects++ }},
		{GSPO, 1, func(block.Key) { want.Graphs++ }},
	} {
		if err := c.groups(ctx, g.o, g.n, func(rows []block.Key) { g.f(rows[0]) }); err != nil {
			return err
		}
	}
	c.compare(c.sn.Stats(), want.Counts())
	return nil
}

// compare reports how statistics differ from what they should be.
func (c *checker) compare(got, want *Stats) {
	a := [5]uint64{got.Quads, got.Subjects, got.Objects, got.Graphs, got.Predicates}
	if b := [5]uint64{want.Quads, want.Subjects, want.Objects, want.Graphs, want.Predicates}; a != b {
		c.fault("statistics", "quads, subjects, objects, graphs, predicates are %d, should be %d", a, b)
	}
	for _, p := range want.ByPredicate() {
		if g := got.Predicate(p.Predicate); g != p {
			c.fault("statistics", "of predicate %#x are %v, should be %v", uint64(p.Predicate), g, p)
			break
		}
	}
	if got.SetsComplete && !reflect.DeepEqual(got.CharacteristicSets(), want.CharacteristicSets()) {
		c.fault(
			"statistics",
			"there are %d characteristic sets, should be %d, or their counts differ",
			len(got.CharacteristicSets()),
			len(want.CharacteristicSets()),
		)
	}
}

// groups calls f with the quads of an order that agree in the first n
// positions; of long groups it passes the first of every run of rows only when
// n is not that of subjects.
func (c *checker) groups(ctx context.Context, o Order, n int, f func([]block.Key)) error {
	sc := c.sn.cursor(o, block.Key{}, 0, 15, false)
	defer sc.Close()
	var rows []block.Key
	for i := 0; ; i++ {
		if i%4096 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		k, ok, err := sc.Peek()
		if err != nil {
			return err
		}
		if len(rows) > 0 && (!ok || !samePrefix(k, rows[0], n)) {
			f(rows)
			rows = rows[:0]
		}
		if !ok {
			return nil
		}
		if o == SPOG || len(rows) == 0 {
			rows = append(rows, k)
		}
		sc.At++
	}
}

func samePrefix(a, b block.Key, n int) bool {
	for i := range n {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

// positions looks at the distinct terms of each position.
func (c *checker) positions(ctx context.Context) error {
	for pos, o := range [4]Order{SPOG, POSG, OSPG, GSPO} {
		n := 0
		for id, err := range c.sn.leading(o, block.Key{}, 0) {
			if err != nil {
				return err
			}
			if n++; n%1024 == 0 && ctx.Err() != nil {
				return ctx.Err()
			}
			t, err := c.sn.Term(id)
			if err != nil {
				c.fault(fmt.Sprintf("term %#x", uint64(id)), "%v", err)
				continue
			}
			q := term.Quad{Subject: term.NewIRI("s"), Predicate: term.NewIRI("p"), Object: term.NewIRI("o")}
			*[4]*term.Term{&q.Subject, &q.Predicate, &q.Object, &q.Graph}[pos] = t
			if !q.Valid() {
				c.fault(fmt.Sprintf("term %#x", uint64(id)), "%v stands in position %c", t, "SPOG"[pos])
			}
			if id.Tag() == ids.TagBlank && !c.s.dict.HasBlank(id) {
				c.fault(fmt.Sprintf("term %#x", uint64(id)), "is a blank node that was not given out")
			}
		}
	}
	return nil
}

// dictionary follows every term to its number and back.
func (c *checker) dictionary(ctx context.Context) (err error) {
	c.r.Terms, err = c.s.dict.Check(ctx, c.s.fold.erase, c.fault)
	return err
}

// log reads all entries and compares them with the state.
func (c *checker) log(ctx context.Context) error {
	newest := c.sn.Seq()
	for seq := c.s.history.Oldest(newest); seq <= newest; seq++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		where := fmt.Sprintf("log entry %d", seq)
		h, err := readHeader(c.sn.txn, seq)
		if err != nil {
			c.fault(where, "%v", err)
			continue
		}
		var added, removed uint64
		for cs, err := range readChanges(c.sn.txn, h) {
			if err != nil {
				c.fault(where, "%v", err)
			}
			for i := range cs {
				if cs[i].Add {
					added++
				} else {
					removed++
				}
			}
		}
		if h.parts > 0 && (added != h.added || removed != h.removed) {
			c.fault(where, "has +%d -%d quads, should have +%d -%d", added, removed, h.added, h.removed)
		}
	}
	return nil
}

// unused looks for blocks, manifests and log entries that nothing refers to.
func (c *checker) unused(ctx context.Context) error {
	used := make(map[uint64]bool)
	for o := range c.sn.v.base.index {
		for _, ref := range c.sn.v.base.index[o].Blocks {
			used[ref.ID] = true
			for _, p := range ref.Patches {
				used[p.ID] = true
			}
		}
	}
	for _, id := range c.s.fold.orphans {
		used[id] = true
	}
	gen := c.sn.v.base.gen
	// What the present base made useless is deleted after it came into force.
	now := c.s.db.Newest()
	defer now.Discard()
	for _, prefix := range []byte{keyBlock, keyManifest, keyLog, keyNew, keyHead} {
		txn := c.sn.txn
		if prefix == keyBlock || prefix == keyManifest {
			txn = now
		}
		err := txn.Each([]byte{prefix}, nil, false, func(k, _ []byte) error {
			switch n := binary.BigEndian.Uint64(k[1:]); {
			case prefix == keyBlock && !used[n]:
				c.fault(fmt.Sprintf("block %d", n), "is not used")
			case prefix == keyManifest && n != gen && !c.s.fold.leftovers:
				c.fault(fmt.Sprintf("manifest %d", n), "is not used")
			case (prefix == keyLog || prefix == keyNew || prefix == keyHead) && n > c.sn.Seq():
				c.fault(fmt.Sprintf("log entry %d", n), "is newer than the newest commit")
			}
			return ctx.Err()
		})
		if err != nil {
			return err
		}
	}
	return nil
}
