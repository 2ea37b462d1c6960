package store

import (
	"context"
	"encoding/binary"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/dgraph-io/badger/v4"

	"fincat/vocab/term"
)

// A commit is durable when its log entry is: the changed quads and new terms in
// parts of their own and then the header, which marks the commit as done. Small
// entries are one Badger transaction; of large ones the header is written last,
// so that an entry without header is one that never happened.

const (
	partChanges = 16 << 10  // changed quads in a part
	partBytes   = 256 << 10 // of new terms in a part
	smallEntry  = 512 << 10 // written in one transaction; below Badger's limit in memory too
)

type kv struct{ k, v []byte } // v nil: delete

// entry is a commit on its way to disk.
type entry struct {
	header logHeader
	parts  []kv // changes and new terms
	marker []kv // header and named values; written last, in one transaction
	view   *view
	done   bool
	err    error
}

func size(kvs []kv) (n int) {
	for _, e := range kvs {
		n += len(e.k) + len(e.v) + 32
	}
	return n
}

// enqueue makes changes the newest state and puts the log entry into the
// queue; s.w is held.
func (s *Store) enqueue(ctx context.Context, changes []change, stats *statsDelta, tx *Tx) (Commit, *entry, error) {
	h := logHeader{seq: s.pending.seq + 1, time: s.tick(), note: tx.note, stats: stats}
	for i := range changes {
		if changes[i].add {
			h.added++
		} else {
			h.removed++
		}
		h.graphs = append(h.graphs, changes[i].key[3])
	}
	slices.Sort(h.graphs)
	h.graphs = slices.Compact(h.graphs)
	if err := ctx.Err(); err != nil { // from here on the commit happens
		return Commit{}, nil, err
	}
	e := &entry{}
	e.parts = changeParts(h.seq, changes)
	h.parts = uint32(len(e.parts))
	fresh := s.dict.unlogged()
	h.next = fresh.next
	newParts := termParts(h.seq, fresh.terms)
	h.newParts = uint32(len(newParts))
	e.parts = append(e.parts, newParts...)
	marker, more, err := tx.marker(&h)
	if err != nil {
		return Commit{}, nil, err
	}
	e.marker, e.parts = marker, append(e.parts, more...)
	c, err := s.commitOf(h)
	if err != nil {
		return Commit{}, nil, err
	}
	e.header = h
	v := *s.pending
	v.seq, v.time, v.stats = h.seq, h.time, &lazyStats{}
	if len(changes) > 0 {
		v.active = pushRun(v.active, newRun(changes, stats))
	}
	e.view = &v
	s.pending = &v
	s.dict.setLogged(len(fresh.terms))
	s.logged = fresh.next
	s.history.add(h.seq, h.time)
	s.qmu.Lock()
	s.queue = append(s.queue, e)
	s.qmu.Unlock()
	return c, e, nil
}

// tick returns the time of the next commit, later than that of the newest; s.w is held.
func (s *Store) tick() time.Time {
	t := s.now()
	if !t.After(s.pending.time) {
		t = s.pending.time.Add(1)
	}
	return t
}

// commitOf turns a header into what callers see.
func (s *Store) commitOf(h logHeader) (Commit, error) {
	c := Commit{Seq: h.seq, Time: h.time, Added: h.added, Removed: h.removed, Note: maps.Clone(h.note)}
	for _, g := range h.graphs {
		t, err := s.dict.term(g)
		if err != nil {
			return Commit{}, fmt.Errorf("graph of commit %d: %w", h.seq, err)
		}
		if t.IsIRI() { // its text shares the memory of a whole block of terms
			t = term.NewIRI(strings.Clone(t.Value()))
		}
		c.Graphs = append(c.Graphs, t)
	}
	slices.SortFunc(c.Graphs, term.Compare)
	return c, nil
}

// write waits until e is on disk. Whoever comes first writes the whole queue,
// so that commits that arrive together share one forced write.
func (s *Store) write(e *entry) error {
	s.flush.Lock()
	defer s.flush.Unlock()
	if !e.done {
		s.writeQueue()
	}
	return e.err
}

// writeQueue writes what is in the queue; s.flush is held.
func (s *Store) writeQueue() {
	s.qmu.Lock()
	batch := s.queue
	s.queue = nil
	s.qmu.Unlock()
	for len(batch) > 0 {
		n, bytes := 1, size(batch[0].parts)+size(batch[0].marker)
		for n < len(batch) {
			more := size(batch[n].parts) + size(batch[n].marker)
			if bytes+more > smallEntry {
				break
			}
			bytes += more
			n++
		}
		err := s.failure()
		if err == nil {
			err = s.writeEntries(batch[:n], bytes)
		}
		for _, e := range batch[:n] {
			e.done, e.err = true, err
		}
		batch = batch[n:]
	}
}

func (s *Store) failure() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.broken
}

// writeEntries writes entries that fit into one transaction, or a single large
// one, and publishes the last. An error leaves the store without further
// commits until it is opened again, since what is on disk is not known.
func (s *Store) writeEntries(batch []*entry, bytes int) (err error) {
	ts := s.ts.next()
	if len(batch) == 1 && bytes > smallEntry {
		err = s.writeAll(ts, batch[0].parts)
		if err == nil { // the marker may go to another of Badger's logs
			err = s.sync()
		}
		if err == nil {
			err = s.writeOnce(ts, batch[0].marker)
		}
	} else {
		var all []kv
		for _, e := range batch {
			all = append(append(all, e.parts...), e.marker...)
		}
		err = s.writeOnce(ts, all)
	}
	last := batch[len(batch)-1]
	if err == nil && s.o.Sync == Always {
		err = s.syncUpTo(last.header.seq)
	}
	if err != nil {
		err = fmt.Errorf("write log entry %d: %w", last.header.seq, err)
		s.mu.Lock()
		s.broken = err
		s.mu.Unlock()
		return err
	}
	s.publish(last.view, ts)
	if runsLen(last.view.active) >= s.foldAt(last.view) || s.dict.tailFull() {
		s.wakeFolder()
	}
	return nil
}

// writeOnce writes pairs as one transaction.
func (s *Store) writeOnce(ts uint64, kvs []kv) error {
	txn := s.db.NewTransactionAt(ts, true)
	defer txn.Discard()
	for _, e := range kvs {
		var err error
		if e.v == nil {
			err = txn.Delete(e.k)
		} else {
			err = txn.Set(e.k, e.v)
		}
		if err != nil {
			return err
		}
	}
	return txn.CommitAt(ts, nil)
}

// writeAll writes pairs in as many transactions as needed.
func (s *Store) writeAll(ts uint64, kvs []kv) error {
	w := s.newBatch(ts)
	defer w.cancel()
	for _, e := range kvs {
		if err := w.put(e.k, e.v); err != nil {
			return err
		}
	}
	return w.flush()
}

// batch writes any number of pairs, in transactions as Badger's limits want it.
// Badger's StreamWriter, which writes tables directly, would save the log, the
// memtable and a compaction, about a tenth of a load's processor time; but it
// holds up all other writes and works only on an empty memtable, so that a load
// could use it for part of its blocks at best.
type batch struct {
	s     *Store
	wb    *badger.WriteBatch
	bytes atomic.Int64 // since the disk was looked at
}

func (s *Store) newBatch(ts uint64) *batch {
	return &batch{s: s, wb: s.db.NewWriteBatchAt(ts)}
}

func (b *batch) put(k, v []byte) error {
	if b.bytes.Add(int64(len(k)+len(v))) > b.s.roomEvery {
		b.bytes.Store(0)
		if err := b.s.room(0); err != nil {
			return err
		}
	}
	if v == nil {
		return b.wb.Delete(k)
	}
	return b.wb.Set(k, v)
}

func (b *batch) flush() error { return b.wb.Flush() }
func (b *batch) cancel()      { b.wb.Cancel() }

// changeParts cuts changes, sorted in SPOG, into the parts of a log entry.
func changeParts(seq uint64, changes []change) (parts []kv) {
	for i := 0; i < len(changes); i += partChanges {
		end := min(i+partChanges, len(changes))
		parts = append(parts, kv{partKey(keyLog, seq, uint32(len(parts)+1)), encodePatch(changes[i:end])})
	}
	return parts
}

// termParts turns new terms into one stream of bytes and cuts it up.
func termParts(seq uint64, terms []newTerm) (parts []kv) {
	var b []byte
	for len(terms) > 0 {
		n := 1
		for n < len(terms) && terms[n].id == terms[0].id+ID(n) {
			n++
		}
		b = binary.AppendUvarint(append(b, byte(terms[0].id.tag())), terms[0].id.payload())
		b = binary.AppendUvarint(b, uint64(n))
		for i := range terms[:n] {
			b = append(binary.AppendUvarint(b, uint64(len(terms[i].text))), terms[i].text...)
		}
		terms = terms[n:]
	}
	for ; len(b) > 0; b = b[min(partBytes, len(b)):] {
		part := b[:min(partBytes, len(b))]
		parts = append(parts, kv{partKey(keyNew, seq, uint32(len(parts))), part})
	}
	return parts
}

// decodeTerms reads what termParts wrote, its parts joined again.
func decodeTerms(b []byte) (terms []newTerm, err error) {
	bad := corrupt("new terms of a log entry")
	for len(b) > 0 {
		t := tag(b[0])
		r := reader{b: b[1:]}
		first, n := r.uvarint(), r.uvarint()
		if !t.inDictionary() || first+n > payloadMask {
			return nil, bad
		}
		for i := range n {
			text := r.string()
			if r.bad || text == "" {
				return nil, bad
			}
			terms = append(terms, newTerm{id: makeID(t, first+i), text: text})
		}
		b = r.b
	}
	return terms, nil
}

// reader reads the integers and strings of a log entry.
type reader struct {
	b   []byte
	bad bool
}

func (r *reader) uvarint() uint64 {
	v, n := binary.Uvarint(r.b)
	if n <= 0 {
		r.b, r.bad = nil, true
		return 0
	}
	r.b = r.b[n:]
	return v
}

func (r *reader) varint() int64 {
	return int64(unzigzag(r.uvarint()))
}

func (r *reader) string() string {
	n := r.uvarint()
	if n > uint64(len(r.b)) {
		r.b, r.bad = nil, true
		return ""
	}
	s := string(r.b[:n])
	r.b = r.b[n:]
	return s
}

func appendString(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

func appendVarint(b []byte, v int64) []byte { return binary.AppendUvarint(b, zigzag(uint64(v))) }

// logHeader is the marker of a commit.
type logHeader struct {
	seq             uint64
	time            time.Time
	added, removed  uint64
	parts, newParts uint32
	next            [tagLimit]uint64 // the dictionary's numbering after the commit
	graphs          []ID
	note            map[string]string
	stats           *statsDelta
}

// The first byte of a header: all of it follows, or the number of parts it
// stands in.
const (
	headerWhole  = 1
	headerParted = 2
)

// headerParts returns the key of the header and, when it is long, the parts
// that have to be written before.
func headerParts(h *logHeader) (head kv, parts []kv) {
	k, b := partKey(keyLog, h.seq, 0), h.encode()
	if len(b) <= partBytes {
		return kv{k, b}, nil
	}
	for len(b) > 0 {
		n := min(len(b), partBytes)
		parts = append(parts, kv{partKey(keyHead, h.seq, uint32(len(parts))), b[:n:n]})
		b = b[n:]
	}
	return kv{k, binary.AppendUvarint([]byte{headerParted}, uint64(len(parts)))}, parts
}

func (h *logHeader) encode() []byte {
	b := []byte{headerWhole}
	b = appendVarint(b, h.time.UnixNano())
	for _, n := range []uint64{h.added, h.removed, uint64(h.parts), uint64(h.newParts)} {
		b = binary.AppendUvarint(b, n)
	}
	for _, n := range h.next {
		b = binary.AppendUvarint(b, n)
	}
	b = binary.AppendUvarint(b, uint64(len(h.graphs)))
	last := ID(0)
	for _, g := range h.graphs {
		b = binary.AppendUvarint(b, uint64(g-last))
		last = g
	}
	b = binary.AppendUvarint(b, uint64(len(h.note)))
	for _, k := range slices.Sorted(maps.Keys(h.note)) {
		b = appendString(appendString(b, k), h.note[k])
	}
	return h.stats.append(b)
}

func decodeHeader(seq uint64, data []byte) (h logHeader, err error) {
	bad := corrupt(fmt.Sprintf("header of log entry %d", seq))
	if len(data) == 0 || data[0] != headerWhole {
		return h, bad
	}
	r := reader{b: data[1:]}
	h.seq = seq
	h.time = time.Unix(0, r.varint()).UTC()
	h.added, h.removed = r.uvarint(), r.uvarint()
	h.parts, h.newParts = uint32(r.uvarint()), uint32(r.uvarint())
	for i := range h.next {
		h.next[i] = r.uvarint()
	}
	last := ID(0)
	for n := r.uvarint(); n > 0 && !r.bad; n-- {
		last += ID(r.uvarint())
		h.graphs = append(h.graphs, last)
	}
	for n := r.uvarint(); n > 0 && !r.bad; n-- {
		if h.note == nil {
			h.note = make(map[string]string)
		}
		k := r.string()
		h.note[k] = r.string()
	}
	h.stats = r.stats()
	if r.bad {
		return h, bad
	}
	return h, nil
}
