package store

import (
	"encoding/binary"
	"fmt"
	"math"
	"sync"
	"sync/atomic"

	"github.com/dgraph-io/badger/v4"
	"github.com/zeebo/xxh3"

	"fincat/vocab/term"
)

// dict is the dictionary: it numbers the terms that are not inline, per tag
// from 0. Numbers are given out in memory; a commit's new terms go into its
// log entry and from there, with the next fold, into hash keys and blocks of
// terms. Until then they are the tail.
type dict struct {
	db     *badger.DB
	seed   uint64 // of the hash, random per store, so that nobody can prepare collisions
	blocks *cache[[]string]
	codec  termCodec

	recent [1 << 14]recentTerm // terms lately looked up; see slot

	mu   sync.RWMutex
	next [tagLimit]uint64 // next number
	low  [tagLimit]uint64 // numbers below are in Badger
	tail [tagLimit][]string
	ids  map[termHash]ID // of the tail

	tailBytes int

	table    atomic.Pointer[idTable] // while a load runs
	flushing sync.Mutex              // held while the tail is written
}

type termHash = xxh3.Uint128

// recentTerm is one entry of a direct-mapped cache, guarded by its own lock.
type recentTerm struct {
	mu   sync.Mutex
	hash termHash
	id   ID
}

func newDict(db *badger.DB, seed uint64, cacheBytes int) *dict {
	return &dict{db: db, seed: seed, blocks: newCache[[]string](cacheBytes), ids: make(map[termHash]ID)}
}

// hash returns the key of an encoded term; the tag is part of what is hashed.
func (d *dict) hash(t tag, text []byte) termHash {
	return xxh3.Hash128Seed(text, d.seed+uint64(t)*0x9E3779B97F4A7C15)
}

func termKey(h termHash) []byte {
	b := make([]byte, 0, 17)
	b = binary.BigEndian.AppendUint64(append(b, keyTerm), h.Hi)
	return binary.BigEndian.AppendUint64(b, h.Lo)
}

func (d *dict) slot(h termHash) *recentTerm { return &d.recent[h.Lo%uint64(len(d.recent))] }

// find returns the ID of the term with hash h.
func (d *dict) find(t tag, h termHash) (ID, bool, error) {
	r := d.slot(h)
	r.mu.Lock()
	id, hit := r.id, r.hash == h && r.id != 0
	r.mu.Unlock()
	if hit {
		return id, true, nil
	}
	id, ok, complete := d.inMemory(t, h)
	if !ok && !complete {
		var err error
		if id, ok, err = d.read(h); err != nil {
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

// inMemory looks h up in the tail and the table of a load; complete says that
// Badger need not be asked.
func (d *dict) inMemory(t tag, h termHash) (id ID, ok, complete bool) {
	if table := d.table.Load(); table != nil {
		if id, ok = table.get(h); ok || table.complete.Load() {
			return id, ok, true
		}
	}
	d.mu.RLock()
	defer d.mu.RUnlock()
	id, ok = d.ids[h]
	return id, ok, d.low[t] == 0
}

func (d *dict) read(h termHash) (ID, bool, error) {
	txn := d.db.NewTransactionAt(math.MaxUint64, false)
	defer txn.Discard()
	v, err := get(txn, termKey(h))
	if err != nil || v == nil {
		return 0, false, err
	}
	id, err := decodeTermValue(v)
	if err != nil {
		return 0, false, err
	}
	d.mu.RLock()
	defer d.mu.RUnlock()
	return id, id.payload() < d.low[id.tag()], nil
}

// add returns the ID of an encoded term and numbers it when it is new.
func (d *dict) add(t tag, text []byte) (ID, error) {
	h := d.hash(t, text)
	id, ok, err := d.find(t, h)
	if ok || err != nil {
		return id, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if id, ok := d.ids[h]; ok {
		return id, nil
	}
	if table := d.table.Load(); table != nil {
		if id, ok := table.get(h); ok {
			return id, nil
		}
	}
	id = makeID(t, d.next[t])
	d.next[t]++
	d.push(t, string(text), h, id)
	return id, nil
}

// termOverhead is about what a term in the tail costs beside its bytes.
const termOverhead = 80

// push puts a numbered term into the tail; d.mu is held.
func (d *dict) push(t tag, text string, h termHash, id ID) {
	d.tail[t] = append(d.tail[t], text)
	d.ids[h] = id
	d.tailBytes += len(text) + termOverhead
	if table := d.table.Load(); table != nil {
		table.put(h, id)
	}
}

// text returns the encoded term of a dictionary ID.
func (d *dict) text(id ID) (string, error) {
	t, n := id.tag(), id.payload()
	d.mu.RLock()
	if n >= d.low[t] {
		defer d.mu.RUnlock()
		if i := n - d.low[t]; i < uint64(len(d.tail[t])) {
			return d.tail[t][i], nil
		}
		return "", fmt.Errorf("no term has ID %#x", uint64(id))
	}
	d.mu.RUnlock()
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
func (d *dict) blankNode() ID {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.next[tagBlank]++
	return makeID(tagBlank, d.next[tagBlank]-1)
}

// hasBlank reports whether the store has given out blank node id.
func (d *dict) hasBlank(id ID) bool {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return id.payload() < d.next[tagBlank]
}

// maxBlankJump bounds how far a label that is kept may raise the numbering.
const maxBlankJump = 1 << 32

// keepBlank takes a label of the store's form over from elsewhere, such as a dump.
func (d *dict) keepBlank(id ID) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	n := id.payload()
	if n > d.next[tagBlank]+maxBlankJump {
		return false
	}
	d.next[tagBlank] = max(d.next[tagBlank], n+1)
	return true
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
	return d.find(tg, d.hash(tg, text))
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
