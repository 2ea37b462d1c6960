package dict

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"sync"
	"sync/atomic"

	"fincat/store/block"
	"fincat/store/ids"
)

// Table numbers the terms of a load. They are not in the tail: their texts
// go straight into blocks of terms, and their hashes stay here, in shards by
// the highest bits, each an open hash table that is written out, sorted, when
// it is full. All comes into force with the load's root. Until then nobody else
// sees these terms, except who adds the same one: the term then gets the same
// number, and is put into the tail, so that the commit's log entry has it.
type Table struct {
	d      *Terms
	whole  bool // the base has no terms but those put in here
	File   *os.File
	end    atomic.Int64 // of the file
	room   func(int) error
	shards [tableShards]tableShard

	// When all has been read, nothing changes any more. Terms asked for by others
	// are kept for when the load does not come about. dict.mu guards both.
	sealed bool
	lent   []Fresh
}

const (
	tableShardBits = 8
	tableShards    = 1 << tableShardBits
	tableEntry     = 24
	fenceEvery     = 128
)

// known marks the ID of a term that is in the base or the tail already.
const known ids.ID = 1 << (ids.PayloadBits - 1)

// hashEntry is a term of the table; a zero ID is a free slot.
type hashEntry struct {
	hash Hash
	id   ids.ID
}

func compareHashes(a, b hashEntry) int {
	if c := ids.Compare(ids.ID(a.hash.Hi), ids.ID(b.hash.Hi)); c != 0 {
		return c
	}
	return ids.Compare(ids.ID(a.hash.Lo), ids.ID(b.hash.Lo))
}

type tableShard struct {
	mu    sync.Mutex
	slots []hashEntry // by the bits of the hash below those of the shard, then the next free one
	n     int
	bits  int // len(slots) is 1<<bits
	most  int // the greatest value of bits
	runs  []hashRun
}

// hashRun is a part of a shard that has been written out.
type hashRun struct {
	at    int64 // place in the file
	n     int
	fence []uint64 // first 64 bits of the hash of every 128th entry
	bloom []uint64
}

// NewTable returns a table that takes up about so many bytes of memory, the rest in
// file.
func NewTable(d *Terms, file *os.File, bytes int64, room func(int) error) *Table {
	most := 4
	for tableShards*tableEntry<<(most+1) <= bytes {
		most++
	}
	t := &Table{d: d, File: file, room: room}
	for i := range t.shards {
		bits := min(6, most)
		t.shards[i].bits, t.shards[i].most = bits, most
		t.shards[i].slots = make([]hashEntry, 1<<bits)
	}
	return t
}

func (t *Table) shard(h Hash) *tableShard { return &t.shards[h.Hi>>(64-tableShardBits)] }

// slot returns where h is or would be put.
func (s *tableShard) slot(h Hash) *hashEntry {
	for i := int(h.Hi << tableShardBits >> (64 - s.bits)); ; i++ {
		e := &s.slots[i&(len(s.slots)-1)]
		if e.id == 0 || e.hash == h {
			return e
		}
	}
}

// put adds a term that is not in the table, or makes it known.
func (t *Table) put(s *tableShard, h Hash, id ids.ID) error {
	if s.n >= len(s.slots)/5*4 {
		if err := t.enlarge(s); err != nil {
			return err
		}
	}
	e := s.slot(h)
	if e.id == 0 {
		s.n++
	}
	*e = hashEntry{h, id}
	return nil
}

// enlarge makes room in a shard.
func (t *Table) enlarge(s *tableShard) error {
	if s.bits == s.most {
		return t.spill(s)
	}
	old := s.slots
	s.bits++
	s.slots = make([]hashEntry, 1<<s.bits)
	for _, e := range old {
		if e.id != 0 {
			*s.slot(e.hash) = e
		}
	}
	return nil
}

// sorted returns the entries of the table; the slots almost have their sequence.
func (s *tableShard) sorted() []hashEntry {
	out := make([]hashEntry, 0, s.n)
	start := slices.IndexFunc(
		s.slots,
		func(e hashEntry) bool { return e.id == 0 },
	) // what wraps round belongs to the end
	for i := range s.slots {
		if e := s.slots[(start+i)&(len(s.slots)-1)]; e.id != 0 {
			out = append(out, e)
		}
	}
	for i := 1; i < len(out); i++ {
		for j := i; j > 0 && compareHashes(out[j], out[j-1]) < 0; j-- {
			out[j], out[j-1] = out[j-1], out[j]
		}
	}
	return out
}

// spill writes a shard out and empties it.
func (t *Table) spill(s *tableShard) error {
	entries := s.sorted()
	r := hashRun{n: len(entries), bloom: make([]uint64, len(entries)/6+1)}
	b := make([]byte, 0, len(entries)*tableEntry)
	for i, e := range entries {
		if i%fenceEvery == 0 {
			r.fence = append(r.fence, e.hash.Hi)
		}
		b = binary.LittleEndian.AppendUint64(b, e.hash.Hi)
		b = binary.LittleEndian.AppendUint64(b, e.hash.Lo)
		b = binary.LittleEndian.AppendUint64(b, uint64(e.id))
		w, bits := r.bloomWord(e.hash)
		*w |= bits
	}
	if err := t.room(len(b)); err != nil {
		return err
	}
	r.at = t.end.Add(int64(len(b))) - int64(len(b))
	if _, err := t.File.WriteAt(b, r.at); err != nil {
		return fmt.Errorf("write temporary file: %w", err)
	}
	s.runs = append(s.runs, r)
	clear(s.slots)
	s.n = 0
	return nil
}

// Unload writes everything out, when only look needs it any more.
func (t *Table) Unload(ctx context.Context) error {
	for i := range t.shards {
		if err := ctx.Err(); err != nil {
			return err
		}
		t.d.mu.Lock()
		err := t.spill(&t.shards[i])
		t.shards[i].slots, t.shards[i].bits = make([]hashEntry, 1), 0
		t.d.mu.Unlock()
		if err != nil {
			return err
		}
	}
	return nil
}

// bloomWord returns the word of a run's Bloom filter and the bits that h sets.
func (r *hashRun) bloomWord(h Hash) (*uint64, uint64) {
	x := h.Lo
	return &r.bloom[x>>24%uint64(len(r.bloom))], 1<<(x&63) | 1<<(x>>6&63) | 1<<(x>>12&63) | 1<<(x>>18&63)
}

// find looks for h in what has been written out.
func (r *hashRun) find(f io.ReaderAt, h Hash) (ids.ID, bool, error) {
	if w, bits := r.bloomWord(h); *w&bits != bits {
		return 0, false, nil
	}
	i, _ := slices.BinarySearch(r.fence, h.Hi)
	var buf [fenceEvery * tableEntry]byte
	for i = max(i-1, 0); i < len(r.fence) && r.fence[i] <= h.Hi; i++ {
		n := min(fenceEvery, r.n-i*fenceEvery)
		b := buf[:n*tableEntry]
		if _, err := f.ReadAt(b, r.at+int64(i*len(buf))); err != nil {
			return 0, false, fmt.Errorf("read temporary file: %w", err)
		}
		for ; len(b) > 0; b = b[tableEntry:] {
			if e := decodeEntry(b); e.hash == h {
				return e.id, true, nil
			}
		}
	}
	return 0, false, nil
}

func decodeEntry(b []byte) hashEntry {
	return hashEntry{
		Hash{Hi: binary.LittleEndian.Uint64(b), Lo: binary.LittleEndian.Uint64(b[8:])},
		ids.ID(binary.LittleEndian.Uint64(b[16:])),
	}
}

// look looks for a term in the table and in what has been written out of it.
func (t *Table) look(h Hash) (ids.ID, bool, error) {
	s := t.shard(h)
	if e := s.slot(h); e.id != 0 {
		return e.id &^ known, true, nil
	}
	id, ok, err := s.findInRuns(t.File, h)
	return id &^ known, ok, err
}

func (s *tableShard) findInRuns(f io.ReaderAt, h Hash) (ids.ID, bool, error) {
	for i := range s.runs {
		if id, ok, err := s.runs[i].find(f, h); ok || err != nil {
			return id, ok, err
		}
	}
	return 0, false, nil
}

// find is look for a load's workers; the base is looked into too, and what is
// found elsewhere is put into the table.
func (t *Table) find(s *tableShard, h Hash) (ids.ID, bool, error) {
	if e := s.slot(h); e.id != 0 {
		return e.id, true, nil
	}
	id, ok, err := s.findInRuns(t.File, h)
	if err != nil {
		return 0, false, err
	}
	if ok {
		return id, true, t.put(s, h, id)
	}
	if t.whole {
		return 0, false, nil
	}
	id, ok, err = t.d.hashes.find(h)
	if !ok || err != nil {
		return 0, false, err
	}
	return id | known, true, t.put(s, h, id|known)
}

// adopt returns the number of a term that is to be put into the tail, and
// whether the load has numbered it; d.mu is held.
func (t *Table) adopt(tg ids.Tag, h Hash) (id ids.ID, loaded bool, err error) {
	s := t.shard(h)
	s.mu.Lock()
	defer s.mu.Unlock()
	id, loaded, err = t.find(s, h)
	if err != nil {
		return 0, false, err
	}
	if id &^= known; !loaded {
		id = t.d.take(tg)
	}
	return id, loaded, t.put(s, h, id|known)
}

// Attach gives the dictionary a table, with the terms of the tail in it. No
// base is made until detach.
func (d *Terms) Attach(t *Table) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	for i := range d.tail.terms {
		e := &d.tail.terms[i]
		if err := t.put(t.shard(e.hash), e.hash, e.id|known); err != nil {
			return err
		}
	}
	t.whole = len(d.hashes.base.Load().Hashes.Blocks) == 0
	d.table.Store(t)
	d.hashes.filter.Store(nil) // it would not get the terms of the load
	return nil
}

// Detach ends the numbering of a load. If it failed, the terms that others have
// got from it become the tail's.
func (d *Terms) Detach(failed bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	t := d.table.Swap(nil)
	if t == nil || !failed {
		return
	}
	for i := range d.tail.terms {
		d.tail.terms[i].adopted = false
	}
	for _, n := range t.lent {
		if d.tail.ids[n.hash] == 0 {
			d.tail.push(n)
		}
	}
}

// entries merges a shard's table and what has been written out of it, leaving
// out what is known.
func (t *Table) entries(s *tableShard) ([]hashEntry, error) {
	all := s.sorted()
	if len(s.runs) > 0 {
		for _, r := range s.runs {
			b := make([]byte, r.n*tableEntry)
			if _, err := t.File.ReadAt(b, r.at); err != nil && !errors.Is(err, io.EOF) {
				return nil, fmt.Errorf("read temporary file: %w", err)
			}
			for ; len(b) > 0; b = b[tableEntry:] {
				all = append(all, decodeEntry(b))
			}
		}
		slices.SortFunc(all, compareHashes)
	}
	out := all[:0]
	for i := 0; i < len(all); {
		e := all[i]
		for i++; i < len(all) && all[i].hash == e.hash; i++ { // read back, or known by now
			e.id |= all[i].id & known
		}
		if e.id&known == 0 {
			out = append(out, e)
		}
	}
	return out, nil
}

// TableSource gives out the new terms of a table as changes of the terms order.
type TableSource struct {
	Table *Table
	next  int
	block.SliceSource
}

// Below implements [block.Source].
func (s *TableSource) Below(hi *block.Key, n int, out []block.Change) ([]block.Change, error) {
	for from := len(out); ; {
		var err error
		if out, err = s.SliceSource.Below(hi, n-(len(out)-from), out); err != nil || len(s.Changes) > 0 ||
			s.next == tableShards {
			return out, err
		}
		es, err := s.Table.entries(&s.Table.shards[s.next])
		if err != nil {
			return out, err
		}
		s.next++
		s.Changes = make([]block.Change, len(es))
		for i, e := range es {
			s.Changes[i] = block.Change{Key: hashKey(e.hash, e.id), Add: true}
		}
	}
}

// Worker is one worker's part of a load's dictionary: blocks of terms that
// it fills with the new terms it meets.
type Worker struct {
	t      *Table
	set    setter
	open   [ids.TagLimit]openBlock
	full   []ids.Tag // of the blocks that are to be written
	recent []hashEntry
}

// openBlock is a block of terms being filled, in the form of termCodec.encode.
type openBlock struct {
	first        uint64
	n            int
	heads, tails []byte
	last         []byte
	b            []byte
}

const workerRecent = 1 << 14

// NewWorker returns a worker's part, which writes through set.
func NewWorker(t *Table, set setter) *Worker {
	return &Worker{t: t, set: set, recent: make([]hashEntry, workerRecent)}
}

// Add returns the ID of a term and numbers it when it is new.
func (l *Worker) Add(t ids.Tag, text []byte) (ids.ID, error) {
	h := l.t.d.hash(t, text)
	r := &l.recent[h.Lo%workerRecent]
	if r.hash == h && r.id != 0 {
		return r.id, nil
	}
	id, err := l.find(t, h, text)
	if err == nil && len(l.full) > 0 {
		err = l.flush()
	}
	if err != nil {
		return 0, err
	}
	*r = hashEntry{h, id}
	return id, nil
}

func (l *Worker) find(t ids.Tag, h Hash, text []byte) (ids.ID, error) {
	s := l.t.shard(h)
	s.mu.Lock()
	defer s.mu.Unlock()
	id, ok, err := l.t.find(s, h)
	if ok || err != nil {
		return id &^ known, err
	}
	if id, err = l.number(t, text); err == nil {
		err = l.t.put(s, h, id)
	}
	return id, err
}

// number appends a term to the block being filled.
func (l *Worker) number(t ids.Tag, text []byte) (ids.ID, error) {
	o := &l.open[t]
	if o.n == 0 {
		o.first = l.t.d.takeBlock(t)
	}
	id := ids.New(t, o.first+uint64(o.n))
	if len(text) > longTerm {
		packed, err := l.t.d.texts.packed(l.set, id, string(text))
		if err != nil {
			return 0, err
		}
		text = []byte(packed)
	}
	o.add(text)
	if o.n == termBlock {
		l.full = append(l.full, t)
	}
	return id, nil
}

func (o *openBlock) add(text []byte) {
	n := 0
	for n < len(text) && n < len(o.last) && text[n] == o.last[n] {
		n++
	}
	o.heads = binary.AppendUvarint(o.heads, uint64(n))
	o.heads = binary.AppendUvarint(o.heads, uint64(len(text)-n))
	o.tails = append(o.tails, text[n:]...)
	o.last = append(o.last[:0], text...)
	o.n++
}

// flush writes the blocks that are full.
func (l *Worker) flush() error {
	if err := l.t.d.texts.codec.start(); err != nil {
		return err
	}
	for _, t := range l.full {
		o := &l.open[t]
		o.b = binary.AppendUvarint(o.b[:0], uint64(o.n))
		o.b = append(append(o.b, o.heads...), o.tails...)
		if err := l.set(dictKey(t, o.first/termBlock), l.t.d.texts.codec.pack(o.b)); err != nil {
			return fmt.Errorf("write terms: %w", err)
		}
		o.n, o.heads, o.tails, o.last = 0, o.heads[:0], o.tails[:0], o.last[:0]
	}
	l.full = l.full[:0]
	return nil
}

// Close writes the blocks that are not full.
func (l *Worker) Close(ctx context.Context) error {
	for _, t := range ids.DictionaryTags {
		if l.open[t].n > 0 {
			l.full = append(l.full, t)
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return l.flush()
}
