package store

import (
	"context"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"fincat/store/block"
	"fincat/store/dict"
	"fincat/store/ids"
	"fincat/store/kv"
	"fincat/store/stats"
	"fincat/vocab/term"
)

// A commit is durable when its log entry is: the changed quads and new terms in
// parts of their own and then the header, which marks the commit as done. Small
// entries are one Badger transaction; of large ones the header is written last,
// so that an entry without header is one that never happened.

const (
	partChanges = 2 << 10   // changed quads in a part, so that it fits where a block does
	partBytes   = 256 << 10 // of new terms in a part
	smallEntry  = 512 << 10 // written in one transaction; below Badger's limit in memory too
)

// logWriter writes the log entries of commits, those together that come together.
type logWriter struct {
	s     *Store
	flush sync.Mutex // held while commits are written
	qmu   sync.Mutex // guards queue
	queue []*entry
}

// entry is a commit on its way to disk.
type entry struct {
	header logHeader
	parts  []kv.Pair // changes and new terms
	marker []kv.Pair // header and named values; written last, in one transaction
	view   *view
	done   bool
	err    error
}

func size(kvs []kv.Pair) (n int) {
	for _, e := range kvs {
		n += len(e.K) + len(e.V) + 32
	}
	return n
}

// enqueue makes changes the newest state and puts the log entry into the
// queue; s.w is held.
func (s *Store) enqueue(
	ctx context.Context,
	changes []block.Change,
	stats *stats.Delta,
	tx *Tx,
) (Commit, *entry, error) {
	h := logHeader{seq: s.pending.seq + 1, time: s.tick(), note: tx.note, stats: stats}
	for i := range changes {
		if changes[i].Add {
			h.added++
		} else {
			h.removed++
		}
		h.graphs = append(h.graphs, changes[i].Key[3])
	}
	slices.Sort(h.graphs)
	h.graphs = slices.Compact(h.graphs)
	if err := ctx.Err(); err != nil { // from here on the commit happens
		return Commit{}, nil, err
	}
	e := &entry{}
	e.parts = changeParts(h.seq, changes)
	h.parts = uint32(len(e.parts))
	fresh := s.dict.Unlogged()
	h.next = fresh.Next
	newParts := termParts(h.seq, fresh.Terms)
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
	s.dict.SetLogged(len(fresh.Terms))
	s.logged = fresh.Next
	h.noteIn(&s.history)
	s.writer.qmu.Lock()
	s.writer.queue = append(s.writer.queue, e)
	s.writer.qmu.Unlock()
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
	c := Commit{Seq: h.seq, Time: h.time, Added: h.added, Removed: h.removed, Note: h.note}
	for _, g := range h.graphs {
		t, err := s.dict.Term(g)
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
func (lw *logWriter) write(e *entry) error {
	lw.flush.Lock()
	defer lw.flush.Unlock()
	if !e.done {
		lw.writeQueue()
	}
	return e.err
}

// writeQueue writes what is in the queue; s.writer.flush is held.
func (lw *logWriter) writeQueue() {
	lw.qmu.Lock()
	batch := lw.queue
	lw.queue = nil
	lw.qmu.Unlock()
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
		err := lw.failure()
		if err == nil {
			err = lw.writeEntries(batch[:n], bytes)
		}
		for _, e := range batch[:n] {
			e.done, e.err = true, err
		}
		batch = batch[n:]
	}
}

func (lw *logWriter) failure() error {
	lw.s.mu.Lock()
	defer lw.s.mu.Unlock()
	return lw.s.broken
}

// writeEntries writes entries that fit into one transaction, or a single large
// one, and publishes the last. An error leaves the store without further
// commits until it is opened again, since what is on disk is not known.
func (lw *logWriter) writeEntries(batch []*entry, bytes int) (err error) {
	ts := lw.s.db.NextTime()
	if len(batch) == 1 && bytes > smallEntry {
		err = lw.s.db.WriteAll(ts, batch[0].parts)
		if err == nil { // the marker may go to another of Badger's logs
			err = lw.s.db.Sync()
		}
		if err == nil {
			err = lw.s.db.Write(ts, batch[0].marker)
		}
	} else {
		var all []kv.Pair
		for _, e := range batch {
			all = append(append(all, e.parts...), e.marker...)
		}
		err = lw.s.db.Write(ts, all)
	}
	last := batch[len(batch)-1]
	if err == nil && lw.s.o.Sync == Always {
		err = lw.s.db.SyncUpTo(last.header.seq)
	}
	if err != nil {
		err = fmt.Errorf("write log entry %d: %w", last.header.seq, err)
		lw.s.mu.Lock()
		lw.s.broken = err
		lw.s.mu.Unlock()
		return err
	}
	lw.s.publish(last.view, ts)
	if runsLen(last.view.active) >= lw.s.fold.foldAt(last.view) || lw.s.dict.TailFull() {
		lw.s.fold.wakeFolder()
	}
	return nil
}

// changeParts cuts changes, sorted in SPOG, into the parts of a log entry.
func changeParts(seq uint64, changes []block.Change) (parts []kv.Pair) {
	for i := 0; i < len(changes); i += partChanges {
		end := min(i+partChanges, len(changes))
		parts = append(
			parts,
			kv.Pair{K: partKey(keyLog, seq, uint32(len(parts)+1)), V: block.EncodePatch(changes[i:end])},
		)
	}
	return parts
}

// termParts cuts the encoding of new terms up.
func termParts(seq uint64, terms []dict.Fresh) (parts []kv.Pair) {
	for b := dict.EncodeTerms(terms); len(b) > 0; b = b[min(partBytes, len(b)):] {
		part := b[:min(partBytes, len(b))]
		parts = append(parts, kv.Pair{K: partKey(keyNew, seq, uint32(len(parts))), V: part})
	}
	return parts
}

// logHeader is the marker of a commit.
type logHeader struct {
	seq             uint64
	time            time.Time
	added, removed  uint64
	parts, newParts uint32
	next            [ids.TagLimit]uint64 // the dictionary's numbering after the commit
	graphs          []ID
	note            Note
	stats           *stats.Delta
}

// The first byte of a header: all of it follows, or the number of parts it
// stands in.
const (
	headerWhole  = 1
	headerParted = 2
)

// headerParts returns the key of the header and, when it is long, the parts
// that have to be written before.
func headerParts(h *logHeader) (head kv.Pair, parts []kv.Pair) {
	k, b := partKey(keyLog, h.seq, 0), h.encode()
	if len(b) <= partBytes {
		return kv.Pair{K: k, V: b}, nil
	}
	for len(b) > 0 {
		n := min(len(b), partBytes)
		parts = append(parts, kv.Pair{K: partKey(keyHead, h.seq, uint32(len(parts))), V: b[:n:n]})
		b = b[n:]
	}
	return kv.Pair{K: k, V: binary.AppendUvarint([]byte{headerParted}, uint64(len(parts)))}, parts
}

func (h *logHeader) encode() []byte {
	b := []byte{headerWhole}
	b = block.AppendVarint(b, h.time.UnixNano())
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
	pairs := h.note.pairs()
	b = binary.AppendUvarint(b, uint64(len(pairs)))
	for _, p := range pairs {
		b = block.AppendString(block.AppendString(b, p[0]), p[1])
	}
	return h.stats.Append(b)
}

func decodeHeader(seq uint64, data []byte) (h logHeader, err error) {
	bad := func() (logHeader, error) {
		return logHeader{}, block.Corrupt(fmt.Sprintf("header of log entry %d", seq))
	}
	if len(data) == 0 || data[0] != headerWhole {
		return bad()
	}
	r := block.Decoder{B: data[1:]}
	h.seq = seq
	h.time = time.Unix(0, r.Varint()).UTC()
	h.added, h.removed = r.Uvarint(), r.Uvarint()
	h.parts, h.newParts = uint32(r.Uvarint()), uint32(r.Uvarint())
	for i := range h.next {
		h.next[i] = r.Uvarint()
	}
	last := ID(0)
	for n := r.Uvarint(); n > 0 && !r.Bad; n-- {
		last += ID(r.Uvarint())
		h.graphs = append(h.graphs, last)
	}
	for n := r.Uvarint(); n > 0 && !r.Bad; n-- {
		k := r.String()
		if err := h.note.set(k, r.String()); err != nil {
			return bad()
		}
	}
	h.stats = stats.Decode(&r)
	if r.Bad {
		return bad()
	}
	return h, nil
}
