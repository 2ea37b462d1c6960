package store

import (
	"fmt"
	"math/bits"
	"sync"
	"sync/atomic"

	"github.com/dgraph-io/badger/v4"
	"github.com/zeebo/xxh3"

	"fincat/vocab/term"
)

// dict is the dictionary: it numbers the terms that are not inline, per tag
// from 0. Numbers are given out in memory; a commit's new terms go into its
// log entry and from there, with the next fold, into blocks of terms and the
// terms order, the list of all hashes. Until then they are the tail. Loads
// number their terms themselves; see loadTable.
type dict struct {
	db     *badger.DB
	seed   uint64              // of the hash, random per store, so that nobody can prepare collisions
	texts  *cache[[]string]    // blocks of terms
	blocks *cache[*loaded]     // the store's, here of the terms order
	codec  termCodec           // packs blocks of terms
	recent [1 << 14]recentTerm // terms lately looked up; see slot

	base   atomic.Pointer[dictBase]
	filter atomic.Pointer[termFilter] // of the base, while a large commit gathers
	table  atomic.Pointer[loadTable]  // while a load runs
	top    [tagLimit]atomic.Uint64    // per tag, the end of the blocks of numbers given out
	blank  atomic.Uint64              // number of the next blank node

	mu   sync.RWMutex
	tail tail
}

// dictBase is the part of the dictionary that a base of the store holds.
type dictBase struct {
	terms *index
	next  [tagLimit]uint64 // numbers from here on that are not in the tail are not used
}

type termHash = xxh3.Uint128

// recentTerm is one entry of a direct-mapped cache, guarded by its own lock.
type recentTerm struct {
	mu   sync.Mutex
	hash termHash
	id   ID
}

func newDict(db *badger.DB, seed uint64, blocks *cache[*loaded], cacheBytes int) *dict {
	return &dict{db: db, seed: seed, blocks: blocks, texts: newCache[[]string](cacheBytes), tail: newTail()}
}

// hash returns the key of an encoded term; the tag is part of what is hashed.
func (d *dict) hash(t tag, text []byte) termHash {
	return xxh3.Hash128Seed(text, d.seed+uint64(t)*0x9E3779B97F4A7C15)
}

// hashKey is a term's entry in the terms order: its hash, and its ID with the
// tag moved to the lowest bits, where it takes less space.
func hashKey(h termHash, id ID) key {
	return key{ID(h.Hi), ID(h.Lo), ID(bits.RotateLeft64(uint64(id), 4))}
}

func hashKeyID(column ID) ID { return ID(bits.RotateLeft64(uint64(column), -4)) }

func (d *dict) slot(h termHash) *recentTerm { return &d.recent[h.Lo%uint64(len(d.recent))] }

// find returns the ID of the term with hash h, if it is in the tail or the base.
func (d *dict) find(h termHash) (ID, bool, error) {
	r := d.slot(h)
	r.mu.Lock()
	id, hit := r.id, r.hash == h && r.id != 0
	r.mu.Unlock()
	if hit {
		return id, true, nil
	}
	d.mu.RLock()
	id, ok := d.tail.ids[h]
	d.mu.RUnlock()
	if !ok {
		var err error
		if id, ok, err = d.findInBase(h); err != nil {
			return 0, false, err
		}
	}
	if ok {
		r.mu.Lock()
		r.hash, r.id = h, id
		r.mu.Unlock()
	}
	return id, ok, nil
}

// add returns the ID of an encoded term and numbers it when it is new.
func (d *dict) add(t tag, text []byte) (ID, error) {
	h := d.hash(t, text)
	for {
		moves := d.moves()
		id, ok, err := d.find(h)
		if ok || err != nil {
			return id, err
		}
		if id, ok, err = d.number(t, text, h, moves); ok || err != nil {
			return id, err
		}
	}
}

// number numbers a term that was found neither in the tail nor in the base; ok
// is false when terms have moved from one to the other since it was looked for.
func (d *dict) number(t tag, text []byte, h termHash, moves uint64) (id ID, ok bool, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if id, ok := d.tail.ids[h]; ok {
		return id, true, nil
	}
	if d.tail.moves != moves {
		return 0, false, nil
	}
	n := newTerm{hash: h, text: string(text)}
	table := d.table.Load()
	switch {
	case table == nil:
		n.id = d.take(t)
	case table.sealed:
		if n.id, ok, err = table.look(h); ok || err != nil {
			table.lent = append(table.lent, n)
			return n.id, ok, err
		}
		n.id = d.take(t)
	default:
		if n.id, n.adopted, err = table.adopt(t, h); err != nil {
			return 0, false, err
		}
	}
	d.tail.push(n)
	return n.id, true, nil
}

func (d *dict) moves() uint64 {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return d.tail.moves
}

// take gives out a number of the tail; d.mu is held.
func (d *dict) take(t tag) ID {
	at := &d.tail.at[t]
	if *at%termBlock == 0 {
		*at = d.takeBlock(t)
	}
	*at++
	return makeID(t, *at-1)
}

// takeBlock gives out the numbers of one block of terms.
func (d *dict) takeBlock(t tag) (first uint64) { return d.top[t].Add(termBlock) - termBlock }

// next returns for every tag the first of the numbers that have not been given
// out, nor any above it.
func (d *dict) next() (next [tagLimit]uint64) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return d.nextHeld()
}

func (d *dict) nextHeld() (next [tagLimit]uint64) {
	for _, t := range dictTags {
		at := d.tail.at[t]
		if next[t] = d.top[t].Load(); at%termBlock != 0 && roundUp(at) == next[t] {
			next[t] = at
		}
	}
	next[tagBlank] = d.blank.Load()
	return next
}

func roundUp(n uint64) uint64 { return (n + termBlock - 1) / termBlock * termBlock }

// numberFrom has numbers given out from next on.
func (d *dict) numberFrom(next [tagLimit]uint64) {
	for _, t := range dictTags {
		d.tail.at[t] = next[t]
		d.top[t].Store(roundUp(next[t]))
	}
	d.blank.Store(next[tagBlank])
}

// text returns the encoded term of a dictionary ID.
func (d *dict) text(id ID) (string, error) {
	t, n := id.tag(), id.payload()
	d.mu.RLock()
	text := d.tail.text(id)
	d.mu.RUnlock()
	if text != "" {
		return text, nil
	}
	terms, err := d.termBlock(t, n/termBlock, int(n%termBlock))
	if err != nil {
		return "", err
	}
	if text := terms[n%termBlock]; text != "" {
		return d.long(id, text)
	}
	return "", fmt.Errorf("no term has ID %#x", uint64(id))
}

// blankNode gives out the number of a fresh blank node.
func (d *dict) blankNode() ID { return makeID(tagBlank, d.blank.Add(1)-1) }

// hasBlank reports whether the store has given out blank node id.
func (d *dict) hasBlank(id ID) bool { return id.payload() < d.blank.Load() }

// maxBlankJump bounds how far a label that is kept may raise the numbering.
const maxBlankJump = 1 << 32

// keepBlank takes a label of the store's form over from elsewhere, such as a dump.
func (d *dict) keepBlank(id ID) bool {
	n := id.payload()
	for {
		next := d.blank.Load()
		if n > next+maxBlankJump {
			return false
		}
		if n < next || d.blank.CompareAndSwap(next, n+1) {
			return true
		}
	}
}

// Lookup returns the ID of t; ok is false when no quad can contain it.
func (sn *Snapshot) Lookup(t term.Term) (id ID, ok bool, err error) {
	id, ok, err = sn.s.dict.lookup(t)
	if err != nil {
		return 0, false, fmt.Errorf("look up %v: %w", t, err)
	}
	return id, ok, nil
}

func (d *dict) lookup(t term.Term) (ID, bool, error) {
	if id, ok := Inline(t); ok {
		return id, true, nil
	}
	if t.IsBlankNode() {
		if id, ok := blankID(t.Value()); ok && d.hasBlank(id) {
			return id, true, nil
		}
	}
	var buf [256]byte
	tg, text, ok, err := encodeTerm(buf[:0], t, d.lookup)
	if !ok || err != nil {
		return 0, false, err
	}
	return d.find(d.hash(tg, text))
}

// Term returns the term of an ID; Any and DefaultGraph give the zero Term.
func (sn *Snapshot) Term(id ID) (term.Term, error) {
	t, err := sn.s.dict.term(id)
	if err != nil {
		return term.Term{}, fmt.Errorf("term of ID %#x: %w", uint64(id), err)
	}
	return t, nil
}

// Terms returns many terms: out[i] is that of ids[i].
func (sn *Snapshot) Terms(ids []ID, out []term.Term) error {
	for i, id := range ids {
		if i > 0 && id == ids[i-1] {
			out[i] = out[i-1]
			continue
		}
		t, err := sn.Term(id)
		if err != nil {
			return err
		}
		out[i] = t
	}
	return nil
}

func (d *dict) term(id ID) (term.Term, error) {
	if !id.tag().inDictionary() {
		t, ok := id.Inline()
		if !ok && id != Any {
			return t, fmt.Errorf("no term has ID %#x", uint64(id))
		}
		return t, nil
	}
	text, err := d.text(id)
	if err != nil {
		return term.Term{}, err
	}
	return decodeTerm(id.tag(), text, d.term)
}

// counter is an atomic number that only grows.
type counter struct{ n atomic.Uint64 }

func (c *counter) next() uint64 { return c.n.Add(1) }
