package dict

import (
	"fmt"
	"iter"
	"math/bits"
	"sync"
	"sync/atomic"

	"github.com/zeebo/xxh3"

	"fincat/store/block"
	"fincat/store/ids"
	"fincat/vocab/term"
)

// Terms is the dictionary: it numbers the terms that are not inline, per tag
// from 0. Numbers are given out in memory; a commit's new terms go into its
// log entry and from there, with the next fold, into blocks of terms and the
// terms order, the list of all hashes. Until then they are the tail. Loads
// number their terms themselves; see Table.
type Terms struct {
	db     database
	Seed   uint64 // of the hash, random per store, so that nobody can prepare collisions
	texts  texts
	hashes hashes
	recent recentTerms // terms lately looked up

	table atomic.Pointer[Table]       // while a load runs
	top   [ids.TagLimit]atomic.Uint64 // per tag, the end of the blocks of numbers given out
	blank atomic.Uint64               // number of the next blank node

	mu   sync.RWMutex
	tail tail
}

// Base is the part of the dictionary that a base of the store holds.
type Base struct {
	Hashes *block.Index
	Next   [ids.TagLimit]uint64 // numbers from here on that are not in the tail are not used
}

// Hash is that of an encoded term.
type Hash = xxh3.Uint128

// recentTerms is a direct-mapped cache.
type recentTerms [1 << 14]recentTerm

// recentTerm is one entry of a direct-mapped cache, guarded by its own lock.
type recentTerm struct {
	mu   sync.Mutex
	hash Hash
	id   ids.ID
}

// database is where the dictionary reads, always the newest state: terms are only taken
// away while nobody has their IDs, and whoever has an ID may ask for its term.
type database interface {
	// Get returns the value of a key, nil when there is none.
	Get(key []byte) ([]byte, error)
	// Block returns the block or patch with a number.
	Block(number uint64) ([]byte, error)
	// Keys yields the keys with a prefix, from one on.
	Keys(prefix, from []byte) iter.Seq2[[]byte, error]
}

// New returns a dictionary without a base; see [Terms.Start]. Blocks of the terms order
// are cached together with those of quads, blocks of terms up to cacheBytes.
func New(db database, seed uint64, blocks *block.Cache[*block.Loaded], cacheBytes int) *Terms {
	return &Terms{
		db: db, Seed: seed, tail: newTail(),
		texts:  texts{db: db, cache: block.NewCache[[]string](cacheBytes)},
		hashes: hashes{blocks: block.Reader{Get: db.Block, Blocks: blocks}},
	}
}

// hash returns the key of an encoded term; the tag is part of what is hashed.
func (d *Terms) hash(t ids.Tag, text []byte) Hash {
	return xxh3.Hash128Seed(text, d.Seed+uint64(t)*0x9E3779B97F4A7C15)
}

// hashKey is a term's entry in the terms order: its hash, and its ID with the
// tag moved to the lowest bits, where it takes less space.
func hashKey(h Hash, id ids.ID) block.Key {
	return block.Key{ids.ID(h.Hi), ids.ID(h.Lo), ids.ID(bits.RotateLeft64(uint64(id), 4))}
}

func hashKeyID(column ids.ID) ids.ID { return ids.ID(bits.RotateLeft64(uint64(column), -4)) }

func (r *recentTerms) slot(h Hash) *recentTerm { return &r[h.Lo%uint64(len(r))] }

// find returns the ID of the term with hash h, if it is in the tail or the base.
func (d *Terms) find(h Hash) (ids.ID, bool, error) {
	r := d.recent.slot(h)
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
		if id, ok, err = d.hashes.find(h); err != nil {
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

// Add returns the ID of an encoded term and numbers it when it is new.
func (d *Terms) Add(t ids.Tag, text []byte) (ids.ID, error) {
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
func (d *Terms) number(t ids.Tag, text []byte, h Hash, moves uint64) (id ids.ID, ok bool, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if id, ok := d.tail.ids[h]; ok {
		return id, true, nil
	}
	if d.tail.moves != moves {
		return 0, false, nil
	}
	n := Fresh{hash: h, text: d.tail.keep(text)}
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

func (d *Terms) moves() uint64 {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return d.tail.moves
}

// take gives out a number of the tail; d.mu is held.
func (d *Terms) take(t ids.Tag) ids.ID {
	at := &d.tail.at[t]
	if *at%termBlock == 0 {
		*at = d.takeBlock(t)
	}
	*at++
	return ids.New(t, *at-1)
}

// takeBlock gives out the numbers of one block of terms.
func (d *Terms) takeBlock(t ids.Tag) (first uint64) { return d.top[t].Add(termBlock) - termBlock }

// Next returns for every tag the first of the numbers that have not been given
// out, nor any above it.
func (d *Terms) Next() (next [ids.TagLimit]uint64) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return d.nextHeld()
}

func (d *Terms) nextHeld() (next [ids.TagLimit]uint64) {
	for _, t := range ids.DictionaryTags {
		at := d.tail.at[t]
		if next[t] = d.top[t].Load(); at%termBlock != 0 && roundUp(at) == next[t] {
			next[t] = at
		}
	}
	next[ids.TagBlank] = d.blank.Load()
	return next
}

func roundUp(n uint64) uint64 { return (n + termBlock - 1) / termBlock * termBlock }

// numberFrom has numbers given out from next on.
func (d *Terms) numberFrom(next [ids.TagLimit]uint64) {
	for _, t := range ids.DictionaryTags {
		d.tail.at[t] = next[t]
		d.top[t].Store(roundUp(next[t]))
	}
	d.blank.Store(next[ids.TagBlank])
}

// text returns the encoded term of a dictionary ID.
func (d *Terms) text(id ids.ID) (string, error) {
	t, n := id.Tag(), id.Payload()
	d.mu.RLock()
	text := d.tail.text(id)
	d.mu.RUnlock()
	if text != "" {
		return text, nil
	}
	terms, err := d.texts.termBlock(t, n/termBlock, int(n%termBlock))
	if err != nil {
		return "", err
	}
	if text := terms[n%termBlock]; text != "" {
		return d.texts.long(id, text)
	}
	return "", fmt.Errorf("no term has ID %#x", uint64(id))
}

// Start puts the base in force that a store has when it is opened.
func (d *Terms) Start(b *Base) {
	d.hashes.base.Store(b)
	d.numberFrom(b.Next)
}

// BaseNext returns for every tag the number that the terms of the base are below.
func (d *Terms) BaseNext() [ids.TagLimit]uint64 { return d.hashes.base.Load().Next }

// CacheBytes returns the size of the cached blocks of terms.
func (d *Terms) CacheBytes() int { return d.texts.cache.BytesUsed() }

// Forget empties the caches, so that terms are read from the database again.
func (d *Terms) Forget() {
	d.texts.cache.Clear()
	d.hashes.blocks.Blocks.Clear()
	for i := range d.recent {
		r := &d.recent[i]
		r.mu.Lock()
		r.id = 0
		r.mu.Unlock()
	}
}

// Loading reports whether a load numbers terms itself.
func (d *Terms) Loading() bool { return d.table.Load() != nil }

// Filtering reports whether there is a filter of the terms in the base.
func (d *Terms) Filtering() bool { return d.hashes.filter.Load() != nil }

// BlankNode gives out the number of a fresh blank node.
func (d *Terms) BlankNode() ids.ID { return ids.New(ids.TagBlank, d.blank.Add(1)-1) }

// HasBlank reports whether the store has given out blank node id.
func (d *Terms) HasBlank(id ids.ID) bool { return id.Payload() < d.blank.Load() }

// maxBlankJump bounds how far a label that is kept may raise the numbering.
const maxBlankJump = 1 << 32

// keepBlank takes a label of the store's form over from elsewhere, such as a dump.
func (d *Terms) keepBlank(id ids.ID) bool {
	n := id.Payload()
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

// Lookup returns the ID of a term; ok is false when no quad can contain it.
func (d *Terms) Lookup(t term.Term) (ids.ID, bool, error) {
	if id, ok := ids.Inline(t); ok {
		return id, true, nil
	}
	if t.IsBlankNode() {
		if id, ok := ids.Blank(t.Value()); ok && d.HasBlank(id) {
			return id, true, nil
		}
	}
	var buf [256]byte
	tg, text, ok, err := encodeTerm(buf[:0], t, d.Lookup)
	if !ok || err != nil {
		return 0, false, err
	}
	return d.find(d.hash(tg, text))
}

// Term returns the term of an ID; Any and DefaultGraph give the zero Term.
func (d *Terms) Term(id ids.ID) (term.Term, error) {
	if !id.Tag().InDictionary() {
		t, ok := id.Inline()
		if !ok && id != ids.Any {
			return t, fmt.Errorf("no term has ID %#x", uint64(id))
		}
		return t, nil
	}
	text, err := d.text(id)
	if err != nil {
		return term.Term{}, err
	}
	return decodeTerm(id.Tag(), text, d.Term)
}

// LookupQuad returns the IDs of a quad in SPOG; ok is false when it is in no store.
func (d *Terms) LookupQuad(q term.Quad) (k block.Key, ok bool, err error) {
	for i, t := range [4]term.Term{q.Subject, q.Predicate, q.Object, q.Graph} {
		if k[i], ok, err = d.Lookup(t); !ok || err != nil {
			return k, false, err
		}
	}
	return k, q.Valid(), nil
}

// Count returns how many terms the dictionary has.
func (d *Terms) Count() uint64 {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return d.hashes.base.Load().Hashes.Quads() + uint64(len(d.tail.terms))
}
