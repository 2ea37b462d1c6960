package store

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"reflect"

	"github.com/zeebo/xxh3"

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
	s.folding.Lock()
	defer s.folding.Unlock()
	sn, err := s.Snapshot()
	if err != nil {
		return nil, fmt.Errorf("check: %w", err)
	}
	defer sn.Close()
	c := &checker{s: s, sn: sn}
	c.r.Seq = sn.Seq()
	steps := []func(context.Context) error{c.blocks, c.orders, c.dictionary, c.statistics, c.positions, c.log, c.unused}
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
		for i := range x.blocks {
			if err := ctx.Err(); err != nil {
				return err
			}
			c.r.Blocks++
			ref := &x.blocks[i]
			where := fmt.Sprintf("%v block %d", o, ref.id)
			if x.before[i] != total {
				c.fault(where, "%d quads come before it, the list says %d", total, x.before[i])
			}
			total += ref.quads()
			l := &loaded{}
			if err := l.read(c.sn.txn, ref); err != nil {
				c.fault(where, "%v", err)
				continue
			}
			c.block(where, ref, l, x.end(i), i == 0)
		}
	}
	return nil
}

func (c *checker) block(where string, ref *blockRef, l *loaded, end key, first bool) {
	var rows columns
	if l.block != nil {
		if err := l.block.decode(&rows, 0, l.block.segments(), 15); err != nil {
			c.fault(where, "%v", err)
			return
		}
	}
	for i := 1; i < rows.len(); i++ {
		if a, b := rows.at(i-1), rows.at(i); !a.less(&b) {
			c.fault(where, "row %d is not above the one before", i)
			return
		}
	}
	low := ref.first
	inside := func(k key) bool { return (first || !k.less(&low)) && k.less(&end) }
	if n := rows.len(); n > 0 && (rows.at(0) != ref.first || !inside(rows.at(n-1))) {
		c.fault(where, "has rows outside its range")
	}
	net := int32(0)
	for i := range l.patch {
		p := &l.patch[i]
		net += p.sign()
		if !inside(p.key) {
			c.fault(where, "has patches outside its range")
			return
		}
		at := rows.searchN(&p.key, 4, 0, rows.len())
		if present := at < rows.len() && rows.at(at) == p.key; present == p.add {
			c.fault(where, "patch %v %v, present %v", p.key, p.add, present)
		}
	}
	if net != ref.net {
		c.fault(where, "patches make %+d quads, the list says %+d", net, ref.net)
	}
}

// orders reads every order whole and compares what they hold.
func (c *checker) orders(ctx context.Context) error {
	for o := SPOG; o < orders; o++ {
		sc := c.sn.scanKeys(o, key{}, 0, 15, false)
		var b Batch
		var last key
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
				k := key{b.S[i], b.P[i], b.O[i], b.G[i]}
				for p, id := range k {
					binary.LittleEndian.PutUint64(buf[8*p:], uint64(id))
				}
				c.sum[o][0]++
				c.sum[o][1] += xxh3.Hash(buf[:])
				if k = k.in(o); !last.less(&k) {
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
	want := newStatsDelta()
	err := c.groups(ctx, SPOG, 1, func(rows []key) {
		var t tally
		for _, k := range rows {
			t.add(k[1], 1)
		}
		want.subject(nil, t)
	})
	if err != nil {
		return err
	}
	for _, g := range []struct {
		o Order
		n int
		f func(k key)
	}{
		{POSG, 2, func(k key) { want.addPredicate(k[0], predicateDelta{objects: 1}) }},
		{OSPG, 1, func(key) { want.objects++ }},
		{GSPO, 1, func(key) { want.graphs++ }},
	} {
		if err := c.groups(ctx, g.o, g.n, func(rows []key) { g.f(rows[0]) }); err != nil {
			return err
		}
	}
	c.compare(c.sn.Stats(), want.stats())
	return nil
}

// compare reports how statistics differ from what they should be.
func (c *checker) compare(got, want *Stats) {
	a := [5]uint64{got.Quads, got.Subjects, got.Objects, got.Graphs, got.Predicates}
	if b := [5]uint64{want.Quads, want.Subjects, want.Objects, want.Graphs, want.Predicates}; a != b {
		c.fault("statistics", "quads, subjects, objects, graphs, predicates are %d, should be %d", a, b)
	}
	for _, p := range want.predicates {
		if g := got.Predicate(p.Predicate); g != p {
			c.fault("statistics", "of predicate %#x are %v, should be %v", uint64(p.Predicate), g, p)
			break
		}
	}
	if got.SetsComplete && !reflect.DeepEqual(got.sets, want.sets) {
		c.fault("statistics", "there are %d characteristic sets, should be %d, or their counts differ", len(got.sets), len(want.sets))
	}
}

// groups calls f with the quads of an order that agree in the first n
// positions; of long groups it passes the first of every run of rows only when
// n is not that of subjects.
func (c *checker) groups(ctx context.Context, o Order, n int, f func([]key)) error {
	sc := c.sn.scanKeys(o, key{}, 0, 15, false)
	defer sc.Close()
	var rows []key
	for i := 0; ; i++ {
		if i%4096 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		k, ok, err := sc.peek()
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
		sc.at++
	}
}

func samePrefix(a, b key, n int) bool {
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
		for id, err := range c.sn.leading(o, key{}, 0) {
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
			if id.tag() == tagBlank && !c.s.dict.hasBlank(id) {
				c.fault(fmt.Sprintf("term %#x", uint64(id)), "is a blank node that was not given out")
			}
		}
	}
	return nil
}

// dictionary follows every term to its number and back.
func (c *checker) dictionary(ctx context.Context) error {
	d := c.s.dict
	b := d.base.Load()
	for _, t := range dictTags {
		for block := uint64(0); block*termBlock < b.next[t]; block++ {
			if err := ctx.Err(); err != nil {
				return err
			}
			where := fmt.Sprintf("dictionary %d block %d", t, block)
			terms, err := d.readTerms(t, block)
			if err != nil {
				c.fault(where, "%v", err)
				continue
			}
			terms = terms[:min(uint64(len(terms)), b.next[t]-block*termBlock)]
			c.r.Terms += c.terms(where, makeID(t, block*termBlock), terms)
		}
	}
	if n := b.terms.quads(); n != c.r.Terms {
		c.fault("dictionary", "has %d terms, the list of hashes has %d", c.r.Terms, n)
	}
	d.mu.RLock()
	defer d.mu.RUnlock()
	c.r.Terms += uint64(len(d.tail.terms))
	for i := range d.tail.terms {
		n := &d.tail.terms[i]
		if id := d.tail.ids[n.hash]; id != n.id || n.hash != d.hash(n.id.tag(), []byte(n.text)) || d.tail.text(id) != n.text {
			c.fault("dictionary", "term %#x in memory has ID %#x", uint64(n.id), uint64(id))
		}
	}
	return nil
}

// terms follows the terms of a block, and returns how many there are: numbers
// may have none.
func (c *checker) terms(where string, first ID, terms []string) (count uint64) {
	d := c.s.dict
	for i, text := range terms {
		if text == "" {
			continue
		}
		count++
		id := first + ID(i)
		text, err := d.long(id, text)
		if err == nil {
			_, err = decodeTerm(id.tag(), text, d.term)
		}
		if err != nil {
			c.fault(where, "term %d: %v", i, err)
			continue
		}
		got, ok, err := d.findInBase(d.hash(id.tag(), []byte(text)))
		if err != nil || !ok || got != id {
			c.fault(where, "term %d is found under %#x (%v, %v)", i, uint64(got), ok, err)
		}
	}
	return count
}

// log reads all entries and compares them with the state.
func (c *checker) log(ctx context.Context) error {
	newest := c.sn.Seq()
	for seq := c.s.history.oldest(newest); seq <= newest; seq++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		where := fmt.Sprintf("log entry %d", seq)
		h, err := c.sn.header(seq)
		if err != nil {
			c.fault(where, "%v", err)
			continue
		}
		var added, removed uint64
		for cs, err := range c.sn.changes(h) {
			if err != nil {
				c.fault(where, "%v", err)
			}
			for i := range cs {
				if cs[i].add {
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
		for _, ref := range c.sn.v.base.index[o].blocks {
			used[ref.id] = true
			for _, p := range ref.patches {
				used[p.id] = true
			}
		}
	}
	for _, id := range c.s.orphans {
		used[id] = true
	}
	gen := c.sn.v.base.gen
	// What the present base made useless is deleted after it came into force.
	now := c.s.db.NewTransactionAt(math.MaxUint64, false)
	defer now.Discard()
	for _, prefix := range []byte{keyBlock, keyManifest, keyLog, keyNew, keyHead} {
		txn := c.sn.txn
		if prefix == keyBlock || prefix == keyManifest {
			txn = now
		}
		err := each(txn, []byte{prefix}, nil, false, func(k, _ []byte) error {
			switch n := binary.BigEndian.Uint64(k[1:]); {
			case prefix == keyBlock && !used[n]:
				c.fault(fmt.Sprintf("block %d", n), "is not used")
			case prefix == keyManifest && n != gen && !c.s.leftovers:
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
