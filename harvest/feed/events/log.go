package events

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/klauspost/compress/zstd"

	"fincat/store"
	"fincat/vocab/rdfio"
	"fincat/vocab/term"
)

// Kind says what happened.
type Kind byte

// The kinds of changes, those of Activity Streams.
const (
	Create Kind = 'C'
	Update Kind = 'U'
	Delete Kind = 'D'
)

// A Change is what happened to one dataset.
type Change struct {
	Kind   Kind
	IRI    string
	At     time.Time
	Digest uint64 // of what it says
	Text   []byte // what it says as N-Triples; none when it was deleted
	Was    []byte // of one that was deleted: what whoever writes wants to know of it later
}

// Quads reads what the dataset says, without graph names.
func (c *Change) Quads(ctx context.Context) ([]term.Quad, error) {
	quads, err := rdfio.ReadAll(ctx, bytes.NewReader(c.Text), rdfio.ReadOptions{Format: rdfio.NTriples})
	if err != nil {
		return nil, fmt.Errorf("feed log: %s: %w", c.IRI, err)
	}
	return quads, nil
}

// Latest is the newest change of a dataset.
type Latest struct {
	At      time.Time
	Digest  uint64
	Deleted bool
	Was     string // as in [Change]
}

// Fragment is a part of the stream.
type Fragment struct {
	Number      int // from 1, without gaps
	Changes     int
	First, Last time.Time // of its changes, which are in the sequence of time
	Full        bool      // it never changes

	bytes int64
}

// Bounds of a fragment.
const (
	fragmentChanges = 250
	fragmentBytes   = 1 << 20
)

// ErrNoFragment says that there is no fragment with a number.
var ErrNoFragment = errors.New("no such fragment")

// A Log keeps changes. Its methods may be called at the same time.
type Log struct {
	dir   string // "": in memory
	code  *zstd.Encoder
	plain *zstd.Decoder

	mu        sync.RWMutex
	cursor    store.Cursor
	latest    map[string]Latest
	fragments []Fragment
	newest    map[string]bool // datasets of the newest fragment
	memory    [][]byte        // files by number, when there is no directory
	writing   sync.Mutex
	broken    error // of a write after which the files must be read again
}

// Open opens the log in a directory and makes it if need be; "" is one in memory.
func Open(dir string) (*Log, error) {
	code, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1))
	if err != nil {
		return nil, err
	}
	plain, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(0), zstd.WithDecoderMaxMemory(maxFrame))
	if err != nil {
		return nil, err
	}
	l := &Log{dir: dir, code: code, plain: plain}
	l.forget()
	if dir == "" {
		return l, nil
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("feed log: %w", err)
	}
	if err := l.recover(); err != nil {
		return nil, fmt.Errorf("feed log: %w", err)
	}
	return l, nil
}

func (l *Log) forget() {
	l.cursor, l.latest, l.newest, l.fragments = store.Cursor{}, map[string]Latest{}, map[string]bool{}, nil
}

// Cursor returns the commit that the log has come to, the zero Cursor at the beginning.
func (l *Log) Cursor() store.Cursor {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.cursor
}

// Latest returns the newest change of a dataset.
func (l *Log) Latest(iri string) (Latest, bool) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	x, ok := l.latest[iri]
	return x, ok
}

// All yields the newest change of every dataset that the log knows, in no sequence.
func (l *Log) All() iter.Seq2[string, Latest] {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return maps.All(maps.Clone(l.latest))
}

// Fragments returns the fragments, oldest first.
func (l *Log) Fragments() []Fragment {
	l.mu.RLock()
	defer l.mu.RUnlock()
	out := slices.Clone(l.fragments)
	for i := range out {
		out[i].Full = i+1 < len(out)
	}
	return out
}

// Read returns the changes of a fragment, oldest first.
func (l *Log) Read(ctx context.Context, number int) (Fragment, []Change, error) {
	fragments := l.Fragments()
	if number < 1 || number > len(fragments) {
		return Fragment{}, nil, fmt.Errorf("%w: there are %d", ErrNoFragment, len(fragments))
	}
	f := fragments[number-1]
	data, err := l.content(f)
	if err != nil {
		return f, nil, err
	}
	changes := make([]Change, 0, f.Changes)
	for fr, err := range frames(data) {
		if err != nil {
			return f, nil, fmt.Errorf("feed log: fragment %d: %w", number, err)
		}
		if fr.kind != frameChange {
			continue
		}
		c, packed, err := parseChange(fr.body)
		if err == nil {
			err = l.complete(&c, packed)
		}
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return f, nil, fmt.Errorf("feed log: fragment %d: %w", number, err)
		}
		changes = append(changes, c)
	}
	return f, changes, nil
}

func (l *Log) content(f Fragment) ([]byte, error) {
	if l.dir == "" {
		l.mu.RLock()
		defer l.mu.RUnlock()
		return l.memory[f.Number-1][:f.bytes], nil
	}
	data, err := os.ReadFile(l.name(f.Number))
	if err == nil && int64(len(data)) < f.bytes {
		err = fmt.Errorf("%s has %d bytes, not %d", l.name(f.Number), len(data), f.bytes)
	}
	if err != nil {
		return nil, fmt.Errorf("feed log: %w", err)
	}
	return data[:f.bytes], nil
}

func (l *Log) unpack(packed []byte) ([]byte, error) {
	if len(packed) == 0 {
		return nil, nil
	}
	return l.plain.DecodeAll(packed, nil)
}

func (l *Log) name(number int) string {
	return filepath.Join(l.dir, fmt.Sprintf("%08d.events", number))
}

// Append adds changes, which come in the sequence of time, and moves the cursor. When it
// fails nothing of them is there. Reading goes on meanwhile.
func (l *Log) Append(ctx context.Context, to store.Cursor, changes iter.Seq2[Change, error]) error {
	l.writing.Lock()
	defer l.writing.Unlock()
	if l.broken != nil { // what is in the files is not what is in memory
		if err := l.reopen(); err != nil {
			return fmt.Errorf("feed log: %w", err)
		}
	}
	w := l.writer()
	err := w.all(ctx, to, changes)
	if err == nil {
		err = w.close()
	}
	if err != nil {
		w.abandon()
		l.broken = err
		return fmt.Errorf("feed log: %w", err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.cursor, l.fragments, l.newest, l.memory = to, w.fragments, w.newest, w.memory
	for iri, x := range w.latest {
		l.latest[iri] = x
	}
	return nil
}

// reopen reads the files again and takes away what a failed write left.
func (l *Log) reopen() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.dir != "" {
		if err := l.recover(); err != nil {
			return err
		}
	}
	l.broken = nil
	return nil
}
