package dump

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/zeebo/xxh3"

	"fincat/sparql/gate"
	"fincat/store"
	"fincat/vocab/term"
)

// File is a dump. It must not be closed: its space is free when nobody reads it any more.
type File struct {
	io.ReaderAt
	Seq    uint64    // of the commit
	Time   time.Time // of the commit
	Size   int64
	Digest [sha256.Size]byte

	members map[xxh3.Uint128]member
}

// member is where in a file a gzip member lies.
type member struct{ at, size int64 }

// Maker makes the dumps of one store. Its methods may be called at the same time.
type Maker struct {
	s         *store.Store
	turn      chan struct{}
	few, many int // bounds of a gzip member, in quads; it ends with a graph unless that is large

	mu     sync.Mutex
	newest *File
}

// New returns a maker. Files are made in the directory for temporary files, where they
// have no name.
func New(s *store.Store) *Maker {
	return &Maker{s: s, turn: make(chan struct{}, 1), few: 16_000, many: 64_000}
}

// makeLimit is how long the making of a file may take.
const makeLimit = 10 * time.Minute

// Get returns the dump of the newest commit, and makes it if need be. One that is begun is
// finished, so that it is there when its client comes again.
func (m *Maker) Get(ctx context.Context) (*File, error) {
	if f := m.current(); f != nil {
		return f, nil
	}
	type result struct {
		f   *File
		err error
	}
	done := make(chan result, 1)
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), makeLimit) // it is not one request's alone
		defer cancel()
		m.turn <- struct{}{}
		defer func() { <-m.turn }()
		f, err := m.current(), error(nil)
		if f == nil {
			f, err = m.make(ctx)
		}
		done <- result{f, err}
	}()
	var r result
	gate.From(ctx).Idle(func() {
		select {
		case r = <-done:
		case <-ctx.Done():
			r.err = context.Cause(ctx)
		}
	})
	return r.f, r.err
}

func (m *Maker) current() *File {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.newest != nil && m.newest.Seq == m.s.Seq() {
		return m.newest
	}
	return nil
}

// make makes the dump of the newest state.
func (m *Maker) make(ctx context.Context) (*File, error) {
	sn, err := m.s.Snapshot()
	if err != nil {
		return nil, err
	}
	defer sn.Close()
	file, err := os.CreateTemp("", "fincat-dump-*")
	if err != nil {
		return nil, fmt.Errorf("make the dump: %w", err)
	}
	defer os.Remove(file.Name()) // it stays as long as it is open
	m.mu.Lock()
	before := m.newest
	m.mu.Unlock()
	w := &writer{m: m, sn: sn, before: before, sum: sha256.New(),
		f: &File{ReaderAt: file, Seq: sn.Seq(), Time: sn.Time(), members: map[xxh3.Uint128]member{}}}
	w.out = bufio.NewWriterSize(io.MultiWriter(file, w.sum), 1<<20)
	if err := errors.Join(w.all(ctx), w.out.Flush()); err != nil {
		return nil, errors.Join(fmt.Errorf("make the dump: %w", err), file.Close())
	}
	w.f.Digest = [sha256.Size]byte(w.sum.Sum(nil))
	m.mu.Lock()
	defer m.mu.Unlock()
	m.newest = w.f
	return w.f, nil
}

// workers is how many members are made at a time.
const workers = 2

// writer writes one file.
type writer struct {
	m      *Maker
	sn     *store.Snapshot
	before *File
	f      *File
	out    *bufio.Writer
	sum    hash.Hash
	begun  []begun // members that are being made, oldest first
}

// begun is a member in the making, or in the file before.
type begun struct {
	key  xxh3.Uint128
	data chan []byte
	err  chan error
}

func (w *writer) all(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var rows [][4]store.ID
	for b, err := range w.sn.Batches(ctx, store.Pattern{}, store.ScanOptions{Order: store.GSPO}) {
		if err != nil {
			return err
		}
		for i := range b.N {
			row := [4]store.ID{b.S[i], b.P[i], b.O[i], b.G[i]}
			if n := len(rows); n >= w.m.many || n >= w.m.few && row[3] != rows[n-1][3] && ends(rows[n-1][3]) {
				if err := w.member(ctx, rows); err != nil {
					return err
				}
				rows = nil
			}
			rows = append(rows, row)
		}
	}
	if len(rows) > 0 || w.f.Size == 0 && len(w.begun) == 0 { // an empty file is no gzip file
		if err := w.member(ctx, rows); err != nil {
			return err
		}
	}
	for len(w.begun) > 0 {
		if err := w.finish(); err != nil {
			return err
		}
	}
	return nil
}

// ends reports whether a member may end with a graph. It depends on the graph alone, so
// that members after one that has changed stay the same.
func ends(g store.ID) bool { return uint64(g)*0x9E3779B97F4A7C15>>59 == 0 }

// member begins to make the member of some quads.
func (w *writer) member(ctx context.Context, rows [][4]store.ID) error {
	h := xxh3.New()
	var b []byte
	for part := range slices.Chunk(rows, 1024) {
		b = b[:0]
		for _, row := range part {
			for _, id := range row {
				b = append(b, byte(id), byte(id>>8), byte(id>>16), byte(id>>24), byte(id>>32), byte(id>>40),
					byte(id>>48), byte(id>>56))
			}
		}
		_, _ = h.Write(b) // never fails
	}
	x := begun{key: h.Sum128(), data: make(chan []byte, 1), err: make(chan error, 1)}
	w.begun = append(w.begun, x)
	go func() {
		data, err := w.data(ctx, x.key, rows)
		x.data <- data
		x.err <- err
	}()
	if len(w.begun) <= workers {
		return nil
	}
	return w.finish()
}

// finish writes the oldest member that is being made.
func (w *writer) finish() error {
	x := w.begun[0]
	w.begun = w.begun[1:]
	data := <-x.data
	if err := <-x.err; err != nil {
		return err
	}
	w.f.members[x.key] = member{w.f.Size, int64(len(data))}
	w.f.Size += int64(len(data))
	_, err := w.out.Write(data)
	return err
}

// data returns a member: that of the file before, or a new one.
func (w *writer) data(ctx context.Context, key xxh3.Uint128, rows [][4]store.ID) ([]byte, error) {
	if w.before != nil {
		if at, ok := w.before.members[key]; ok {
			data := make([]byte, at.size)
			_, err := w.before.ReadAt(data, at.at)
			return data, err
		}
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	words, err := w.words(rows)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	z, err := gzip.NewWriterLevel(&out, gzip.BestSpeed)
	if err != nil {
		return nil, err
	}
	var text []byte
	for _, row := range rows {
		for _, id := range row {
			if id != store.DefaultGraph {
				text = append(append(text, words[id]...), ' ')
			}
		}
		text = append(text, '.', '\n')
		if len(text) > 64<<10 {
			if _, err := z.Write(text); err != nil {
				return nil, err
			}
			text = text[:0]
		}
	}
	if _, err := z.Write(text); err != nil {
		return nil, err
	}
	err = z.Close()
	return out.Bytes(), err
}

// words returns the terms of quads as N-Quads have them.
func (w *writer) words(rows [][4]store.ID) (map[store.ID][]byte, error) {
	words := make(map[store.ID][]byte, len(rows))
	var ids []store.ID
	for _, row := range rows {
		for _, id := range row {
			if _, ok := words[id]; !ok {
				words[id] = nil
				ids = append(ids, id)
			}
		}
	}
	slices.Sort(ids)
	terms := make([]term.Term, len(ids))
	if err := w.sn.Terms(ids, terms); err != nil {
		return nil, err
	}
	var all []byte
	ends := make([]int, len(ids))
	for i, t := range terms {
		if !t.IsZero() {
			all = t.Append(all)
		}
		ends[i] = len(all)
	}
	from := 0
	for i, id := range ids {
		words[id] = all[from:ends[i]]
		from = ends[i]
	}
	return words, nil
}
