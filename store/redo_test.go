package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"fincat/store/block"
	"fincat/store/stats"
	"fincat/vocab/term"
)

// inGraph returns a quad of a graph of its own.
func inGraph(s, graph string) term.Quad {
	q := quad(s, "p", "o")
	q.Graph = term.NewIRI("http://e/" + graph)
	return q
}

// TestCommitGraphs commits to several graphs in turn, whose names were numbered in
// another sequence: the commit and the log name each once, sorted.
func TestCommitGraphs(t *testing.T) {
	s := openTest(t, Options{})
	c := commit(t, s, Change{Add: []term.Quad{
		inGraph("s1", "z"), inGraph("s2", "m"), inGraph("s3", "z"), inGraph("s4", "a"), inGraph("s5", "m"),
	}})
	want := []term.Term{term.NewIRI("http://e/a"), term.NewIRI("http://e/m"), term.NewIRI("http://e/z")}
	if !slices.Equal(c.Graphs, want) {
		t.Errorf("Commit names graphs %v, want %v", c.Graphs, want)
	}
	for c, err := range s.Log(t.Context(), 0) {
		if err != nil || !slices.Equal(c.Graphs, want) {
			t.Errorf("Log names graphs %v, %v, want %v", c.Graphs, err, want)
		}
	}
}

// TestEntryTerms looks at the terms that log entries bring: each its own, and none that
// an entry before it has. The numbering goes on where it was after opening again.
func TestEntryTerms(t *testing.T) {
	dir := t.TempDir()
	s := openTest(t, Options{Dir: dir})
	brought := func(seq uint64) int {
		sn, err := s.Snapshot()
		if err != nil {
			t.Fatal(err)
		}
		defer sn.Close()
		h, err := readHeader(sn.txn, seq)
		if err != nil {
			t.Fatal(err)
		}
		terms, err := readNewTerms(sn.txn, h)
		if err != nil {
			t.Fatal(err)
		}
		return len(terms)
	}
	for i := range 3 {
		commit(t, s, Change{Add: []term.Quad{inGraph(fmt.Sprint("a", i), "g")}})
		commit(t, s, Change{Remove: []term.Quad{inGraph(fmt.Sprint("a", i), "g")}})
		if a, b := brought(s.Seq()-1), brought(s.Seq()); a != []int{3, 1, 1}[i] || b != 0 {
			t.Errorf("round %d: %d terms come with new quads, %d with old ones", i, a, b)
		}
		next := s.dict.Next()
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		s = openTest(t, Options{Dir: dir})
		if s.dict.Next() != next {
			t.Errorf("round %d: the numbering is %v, was %v", i, s.dict.Next(), next)
		}
		mustCheck(t, s)
	}
}

// TestCommitForced looks at what a commit leaves for the case of a power cut: with
// Always the newest commit is noted when Commit returns, otherwise it is not waited for.
func TestCommitForced(t *testing.T) {
	for _, sync := range []SyncMode{Always, Interval} {
		s := openTest(t, Options{Dir: t.TempDir(), Sync: sync, SyncInterval: time.Hour})
		for i := range 3 {
			forced := 0
			s.db.WatchSync(func(*os.File) func() {
				forced++
				return func() {}
			})
			c := commit(t, s, Change{Add: []term.Quad{quad(fmt.Sprint(i), "p", "o")}})
			s.db.WatchSync(nil)
			if noted := s.db.Reaches(c.Seq-1) != nil; noted != (sync == Always) || (forced > 0) != (sync == Always) {
				t.Errorf("sync %v: commit %d is noted: %v, forced %d times", sync, c.Seq, noted, forced)
			}
		}
	}
}

// TestLargeEntry commits what does not fit into one transaction: all of it but the
// marker is forced to disk before the marker is written.
func TestLargeEntry(t *testing.T) {
	dir := t.TempDir()
	s := openTest(t, Options{Dir: dir})
	q := quad("a", "p", strings.Repeat("銀行", smallEntry/6+1)+fmt.Sprint(time.Now()))
	before := false
	s.db.WatchSync(func(*os.File) func() {
		txn := s.db.Newest()
		defer txn.Discard()
		part, err := txn.Get(partKey(keyNew, 1, 0))
		head, err2 := txn.Get(partKey(keyLog, 1, 0))
		if err != nil || err2 != nil {
			t.Error(err, err2)
		}
		before = before || part != nil && head == nil
		return func() {}
	})
	commit(t, s, Change{Add: []term.Quad{q}})
	s.db.WatchSync(nil)
	if !before {
		t.Error("the marker was written before the terms were forced to disk")
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = openTest(t, Options{Dir: dir})
	if got := allQuads(t, s); len(got) != 1 || got[0] != q {
		t.Errorf("%d quads after opening, want the large one", len(got))
	}
}

// queued puts commits of about so many bytes into the queue without writing them.
func queued(t *testing.T, s *Store, bytes ...int) (out []*entry) {
	t.Helper()
	for i, n := range bytes {
		tx, err := s.Begin(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		q := quad(fmt.Sprint("queued", i), "p", strings.Repeat(string(rune('a'+i)), n))
		if err := tx.Add(t.Context(), q); err != nil {
			t.Fatal(err)
		}
		_, e, err := tx.prepare(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, e)
		tx.Rollback()
	}
	return out
}

// TestQueue writes commits that came together, of which not all fit into one
// transaction: whoever comes first writes all, each once, and none when the store has
// failed before.
func TestQueue(t *testing.T) {
	o := Options{Dir: t.TempDir()}
	s, err := Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	big := smallEntry / 5 * 2
	es := queued(t, s, 10, 20, big, big, big, 30, smallEntry, 10, big, big)
	began := s.db.Time()
	if err := s.writer.write(es[4]); err != nil {
		t.Fatal(err)
	}
	for i, e := range es {
		if !e.done || e.err != nil {
			t.Errorf("entry %d is done: %v, %v", i, e.done, e.err)
		}
		if err := s.writer.write(e); err != nil {
			t.Errorf("write of entry %d, once more = %v", i, err)
		}
	}
	// Two that are small with two big ones, a big and a small one, the large one alone,
	// and the rest together.
	if n := s.db.Time() - began; n != 4 {
		t.Errorf("%d steps, want 4", n)
	}
	if s.Seq() != uint64(len(es)) || len(allQuads(t, s)) != len(es) {
		t.Errorf("%d quads at commit %d, want %d", len(allQuads(t, s)), s.Seq(), len(es))
	}
	more := queued(t, s, 40, 50)
	failed := errors.New("the disk is gone")
	s.mu.Lock()
	s.broken = failed
	s.mu.Unlock()
	for i, e := range more {
		if err := s.writer.write(e); !errors.Is(err, failed) || !e.done {
			t.Errorf("write of entry %d after a failure = %v, want %v", i, err, failed)
		}
	}
	if _, err := s.Commit(t.Context(), Change{Add: []term.Quad{quad("x", "p", "o")}}); !errors.Is(err, ErrFailed) {
		t.Errorf("Commit after a failure = %v, want ErrFailed", err)
	}
	if err := s.Close(); !errors.Is(err, failed) {
		t.Errorf("Close after a failure = %v, want %v", err, failed)
	}
	s = openTest(t, o)
	if n := len(allQuads(t, s)); n != len(es) {
		t.Errorf("%d quads after opening, want %d", n, len(es))
	}
	mustCheck(t, s)
}

// TestEnqueueRefused has a commit fail at the last moment: the newest state stays.
func TestEnqueueRefused(t *testing.T) {
	s := openTest(t, Options{})
	commit(t, s, Change{Add: []term.Quad{quad("s", "p", "o")}})
	ctx, stop := context.WithCancel(t.Context())
	stop()
	key := func(graph ID) []block.Change { return []block.Change{{Key: block.Key{1, 1, 1, graph}, Add: true}} }
	unknown := ID(1)<<40 + 12345
	for name, f := range map[string]func(tx *Tx) error{
		"cancelled": func(tx *Tx) error {
			_, _, err := s.enqueue(ctx, key(0), stats.NewDelta(), tx)
			if err == nil || !errors.Is(err, context.Canceled) {
				return nil
			}
			return err
		},
		"a graph without name": func(tx *Tx) error {
			_, _, err := s.enqueue(t.Context(), key(unknown), stats.NewDelta(), tx)
			return err
		},
	} {
		tx, err := s.Begin(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		s.w.Lock()
		seq := s.pending.seq
		if err := f(tx); err == nil || s.pending.seq != seq || len(s.writer.queue) != 0 {
			t.Errorf("%s: %v at commit %d with %d in the queue, want an error at %d",
				name, err, s.pending.seq, len(s.writer.queue), seq)
		}
		s.w.Unlock()
		tx.Rollback()
	}
}

// TestTick commits by a clock that stands still or goes back: times rise all the same.
func TestTick(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	s := openTest(t, Options{Now: func() time.Time { return now }})
	var last time.Time
	for i, step := range []time.Duration{time.Hour, 0, 0, -time.Minute, 1} {
		now = now.Add(step)
		c := commit(t, s, Change{Add: []term.Quad{quad(fmt.Sprint(i), "p", "o")}})
		if !c.Time.After(last) || step == time.Hour && !c.Time.Equal(now) {
			t.Errorf("commit %d is of %v by the clock %v, the one before of %v", c.Seq, c.Time, now, last)
		}
		last = c.Time
	}
}

// TestFoldWhenFull commits just so many changes as call for a fold, and one less.
func TestFoldWhenFull(t *testing.T) {
	const limit = 64 / 8 // in a small store an eighth of FoldChanges
	for n, want := range map[int]bool{limit - 1: false, limit: true} {
		s := openTest(t, Options{FoldChanges: 64})
		var qs []term.Quad
		for i := range n {
			qs = append(qs, quad(fmt.Sprint(i), "p", "o"))
		}
		commit(t, s, Change{Add: qs})
		folded := func() bool {
			s.mu.Lock()
			defer s.mu.Unlock()
			return s.view.base.seq > 0
		}
		end := time.Now().Add(10 * time.Second)
		if !want {
			end = time.Now().Add(50 * time.Millisecond)
		}
		for !folded() && time.Now().Before(end) {
			time.Sleep(time.Millisecond)
		}
		if got := folded(); got != want {
			t.Errorf("%d changes are folded: %v, want %v", n, got, want)
		}
	}
}

// TestValuesAlone commits a named value and no quads: there is nothing to merge in when
// the store is read.
func TestValuesAlone(t *testing.T) {
	s := openTest(t, Options{})
	commit(t, s, Change{Put: map[string][]byte{"k": []byte("v")}})
	if n := len(s.view.active); n != 0 {
		t.Errorf("%d runs after a commit without quads, want none", n)
	}
}

// TestChangeParts cuts changes up at the size of a part, and reads them back.
func TestChangeParts(t *testing.T) {
	for n, want := range map[int]int{0: 0, 1: 1, partChanges: 1, partChanges + 1: 2, 2 * partChanges: 2} {
		cs := make([]block.Change, n)
		for i := range cs {
			cs[i] = block.Change{Key: block.Key{ID(i + 1), 1, 1, 1}, Add: i%2 == 0}
		}
		parts := changeParts(9, cs)
		var back []block.Change
		for i, p := range parts {
			seq, part, ok := logSeq(p.K)
			if !ok || seq != 9 || part != uint32(i+1) {
				t.Errorf("part %d of %d changes has key % x", i, n, p.K)
			}
			some, err := block.DecodePatch(p.V)
			if err != nil {
				t.Fatal(err)
			}
			back = append(back, some...)
		}
		if len(parts) != want || !slices.Equal(back, cs) {
			t.Errorf("%d changes in %d parts read back as %d, want %d parts", n, len(parts), len(back), want)
		}
	}
}

// TestHeaderParts encodes headers as long as one part, and longer, and reads them back;
// one that ends early or is otherwise wrong is damaged.
func TestHeaderParts(t *testing.T) {
	header := func(author int) *logHeader {
		return &logHeader{seq: 5, time: time.Unix(7, 0).UTC(), added: 3, parts: 1, graphs: []ID{2, 9, 30},
			note: Note{Author: strings.Repeat("a", author), Undo: 7}, stats: stats.NewDelta()}
	}
	room := partBytes - len(header(70_000).encode()) + 70_000 // the length of an author with which the part is full
	for author, want := range map[int]int{1: 0, room: 0, room + 1: 2, room + partBytes + 1: 3} {
		head, parts := headerParts(header(author))
		data := head.V
		if len(parts) > 0 {
			if data[0] != headerParted || data[1] != byte(len(parts)) || len(data) != 2 {
				t.Errorf("the marker of %d parts is % x", len(parts), data)
			}
			data = nil
		}
		for i, p := range parts {
			if seq, part, ok := logSeq(p.K); !ok || seq != 5 || part != uint32(i) || len(p.V) > partBytes {
				t.Errorf("part %d of a header has key % x and %d bytes", i, p.K, len(p.V))
			}
			data = append(data, p.V...)
		}
		h, err := decodeHeader(5, data)
		if err != nil || len(parts) != want || h.note != header(author).note ||
			!slices.Equal(h.graphs, []ID{2, 9, 30}) {
			t.Errorf("header with an author of %d bytes in %d parts: %v, want %d parts", author, len(parts), err, want)
		}
	}
	whole := header(3).encode()
	for n := range whole {
		if _, err := decodeHeader(5, whole[:n]); !errors.Is(err, ErrCorrupt) {
			t.Errorf("decodeHeader of %d bytes of %d = %v, want ErrCorrupt", n, len(whole), err)
		}
	}
	for at, b := range map[int]byte{0: headerParted, slices.Index(whole, '7'): 'x'} {
		data := slices.Clone(whole)
		data[at] = b
		if _, err := decodeHeader(5, data); !errors.Is(err, ErrCorrupt) {
			t.Errorf("decodeHeader with %q in place of %q = %v, want ErrCorrupt", b, whole[at], err)
		}
	}
}
