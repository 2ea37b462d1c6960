package events

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"iter"
	"maps"
	"os"
	"slices"

	"fincat/store"
)

const (
	frameChange = 'm'
	frameCursor = 'c'
	frameHead   = 9        // kind, length, checksum
	maxFrame    = 64 << 20 // bytes of one change
	head        = "fincat events 1\n"
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// writer adds the changes of one step.
type writer struct {
	l         *Log
	fragments []Fragment
	newest    map[string]bool
	latest    map[string]Latest
	memory    [][]byte
	file      *os.File
	out       *bufio.Writer
	open      bool
	made      bool   // files
	body      []byte // of a frame, to be used again
}

func (l *Log) writer() *writer {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return &writer{l: l, fragments: slices.Clone(l.fragments), newest: maps.Clone(l.newest),
		latest: map[string]Latest{}, memory: slices.Clone(l.memory)}
}

func (w *writer) all(ctx context.Context, to store.Cursor, changes iter.Seq2[Change, error]) error {
	for c, err := range changes {
		if err == nil {
			err = ctx.Err()
		}
		if err == nil {
			err = w.change(c)
		}
		if err != nil {
			return err
		}
	}
	at, err := to.AppendBinary(nil)
	if err != nil {
		return err
	}
	if err := w.room(len(w.fragments) == 0); err != nil {
		return err
	}
	return w.frame(frameCursor, at)
}

// room makes sure that the newest fragment is open; a new one is begun if need be.
func (w *writer) room(fresh bool) error {
	if fresh {
		if err := w.closeFile(); err != nil {
			return err
		}
		w.fragments = append(w.fragments, Fragment{Number: len(w.fragments) + 1})
		w.newest = map[string]bool{}
		w.made = true
	}
	if w.open {
		return nil
	}
	w.open = true
	f := &w.fragments[len(w.fragments)-1]
	if w.l.dir == "" {
		if fresh {
			w.memory = append(w.memory, nil)
		}
	} else {
		var err error
		if w.file, err = os.OpenFile(w.l.name(f.Number), os.O_CREATE|os.O_WRONLY, 0o600); err != nil {
			return err
		}
		if _, err = w.file.Seek(f.bytes, 0); err != nil {
			return err
		}
		w.out = bufio.NewWriterSize(w.file, 256<<10)
	}
	if fresh {
		return w.write([]byte(head))
	}
	return nil
}

func (w *writer) change(c Change) error {
	n := len(w.fragments)
	full := n == 0 || w.newest[c.IRI] || w.fragments[n-1].Changes >= fragmentChanges ||
		w.fragments[n-1].bytes >= fragmentBytes
	if err := w.room(full); err != nil {
		return err
	}
	if len(c.IRI) > 1<<16-1 {
		return fmt.Errorf("the IRI of a dataset has %d bytes: %.80s", len(c.IRI), c.IRI)
	}
	b := append(w.body[:0], make([]byte, 19)...)
	b[0] = byte(c.Kind)
	binary.BigEndian.PutUint64(b[1:], uint64(c.At.UnixNano()))
	binary.BigEndian.PutUint64(b[9:], c.Digest)
	binary.BigEndian.PutUint16(b[17:], uint16(len(c.IRI)))
	b = append(b, c.IRI...)
	if text := slices.Concat(c.Text, c.Was); len(text) > 0 { // one of them
		b = w.l.code.EncodeAll(text, b)
	}
	w.body = b
	if err := w.frame(frameChange, b); err != nil {
		return err
	}
	w.fragments[len(w.fragments)-1].add(c)
	w.newest[c.IRI] = true
	w.latest[c.IRI] = c.latest()
	return nil
}

func (f *Fragment) add(c Change) {
	if f.Changes == 0 {
		f.First = c.At
	}
	f.Changes, f.Last = f.Changes+1, c.At
}

func (w *writer) frame(kind byte, body []byte) error {
	if len(body) > maxFrame {
		return fmt.Errorf("a change of %d bytes is too large", len(body))
	}
	h := binary.BigEndian.AppendUint32([]byte{kind}, uint32(len(body)))
	h = binary.BigEndian.AppendUint32(h, crc32.Checksum(body, castagnoli))
	if err := w.write(h); err != nil {
		return err
	}
	return w.write(body)
}

func (w *writer) write(b []byte) error {
	f := &w.fragments[len(w.fragments)-1]
	f.bytes += int64(len(b))
	if w.l.dir == "" {
		m := &w.memory[f.Number-1]
		*m = append(*m, b...)
		return nil
	}
	_, err := w.out.Write(b)
	return err
}

// closeFile makes what was written to a file durable.
func (w *writer) closeFile() error {
	w.open = false
	if w.file == nil {
		return nil
	}
	err := errors.Join(w.out.Flush(), w.file.Sync(), w.file.Close())
	w.file = nil
	return err
}

// close makes all files durable. The file with the cursor is the last.
func (w *writer) close() error {
	if err := w.closeFile(); err != nil || !w.made || w.l.dir == "" {
		return err
	}
	d, err := os.Open(w.l.dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

func (w *writer) abandon() {
	if w.file != nil {
		_ = w.file.Close() // it is read again before anything is written
	}
}
