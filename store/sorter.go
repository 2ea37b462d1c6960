package store

import (
	"bufio"
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
)

// sorter sorts operations that need not fit in memory: full buffers are sorted
// and written to temporary files, in blocks, and merged in the end.
type sorter struct {
	dir   string
	room  func(int) error // whether the disk has room
	limit int             // operations in memory
	buf   []op
	tmp   []op // for sorting
	files []*os.File
}

func compareOps(a, b op) int {
	if c := compareKeys(a.key, b.key); c != 0 {
		return c
	}
	if a.no != b.no {
		return cmp.Compare(a.no, b.no)
	}
	return -cmp.Compare(a.kind, b.kind) // emptying comes before what has its number
}

const minSorted = 16

func (s *Store) newSorter() *sorter { return newSorter(s.spillDir(), s.room, s.o.FoldChanges) }

func newSorter(dir string, room func(int) error, limit int) *sorter {
	return &sorter{dir: dir, room: room, limit: max(limit, minSorted)}
}

func (s *sorter) add(o op) error {
	if len(s.buf) >= s.limit {
		if err := s.spill(); err != nil {
			return err
		}
	}
	if len(s.buf) == cap(s.buf) && len(s.buf) >= 1<<14 { // growing bit by bit would copy much
		s.buf = append(make([]op, 0, min(s.limit, 8*len(s.buf))), s.buf...)
	}
	s.buf = append(s.buf, o)
	return nil
}

func (s *sorter) sort() {
	if len(s.tmp) < len(s.buf) {
		s.tmp = make([]op, len(s.buf))
	}
	sortOps(s.buf, s.tmp)
}

// close removes the temporary files.
func (s *sorter) close() {
	for _, f := range s.files {
		f.Close()
	}
	s.buf, s.tmp, s.files = nil, nil, nil
}

// tempFile makes a file that is gone when it is closed or the process ends.
func tempFile(dir string) (*os.File, error) {
	f, err := os.CreateTemp(dir, spillPattern)
	if err != nil {
		return nil, fmt.Errorf("make temporary file: %w", err)
	}
	if err := os.Remove(f.Name()); err != nil {
		return nil, errors.Join(fmt.Errorf("unlink temporary file: %w", err), f.Close())
	}
	return f, nil
}

const spillPattern = "spill-*.tmp"

// spill sorts the buffer and writes it to a file.
func (s *sorter) spill() error {
	if err := s.room(opBytes / 2 * len(s.buf)); err != nil {
		return err
	}
	f, err := tempFile(s.dir)
	if err != nil {
		return err
	}
	s.files = append(s.files, f)
	s.sort()
	w := bufio.NewWriterSize(f, 1<<20)
	for at := 0; at < len(s.buf); at += blockRows {
		if _, err := w.Write(encodeOps(s.buf[at:min(at+blockRows, len(s.buf))])); err != nil {
			return fmt.Errorf("write temporary file: %w", err)
		}
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("write temporary file: %w", err)
	}
	s.buf = s.buf[:0]
	return nil
}

// encodeOps writes the length, then 1 and the keys as a block when all are plain
// additions; else 0, number and kind of each, and the block.
func encodeOps(ops []op) []byte {
	var c columns
	plain := true
	for i := range ops {
		c.add(ops[i].key)
		plain = plain && ops[i].no == 0 && ops[i].kind == opAdd
	}
	b := make([]byte, 4, 16*len(ops))
	if plain {
		b = append(b, 1)
	} else {
		b = binary.LittleEndian.AppendUint32(append(b, 0), uint32(len(ops)))
		for i := range ops {
			b = append(binary.LittleEndian.AppendUint32(b, ops[i].no), byte(ops[i].kind))
		}
	}
	b = appendBlock(b, &c, 0, len(ops))
	binary.LittleEndian.PutUint32(b, uint32(len(b)-4))
	return b
}

// opReader reads a sorted run: a slice, or a file of encoded operations.
type opReader struct {
	ops  []op // what is left of the present block
	r    *bufio.Reader
	raw  []byte
	cols columns
	buf  []op
}

// fill makes ops non-empty unless the run has ended.
func (r *opReader) fill() error {
	if len(r.ops) > 0 || r.r == nil {
		return nil
	}
	var head [4]byte
	if _, err := io.ReadFull(r.r, head[:]); err != nil {
		if errors.Is(err, io.EOF) {
			return nil
		}
		return fmt.Errorf("read temporary file: %w", err)
	}
	n := int(binary.LittleEndian.Uint32(head[:]))
	r.raw = slices.Grow(r.raw[:0], n)[:n]
	if _, err := io.ReadFull(r.r, r.raw); err != nil {
		return fmt.Errorf("read temporary file: %w", err)
	}
	return r.decode()
}

func (r *opReader) decode() error {
	data, heads := r.raw[1:], []byte(nil)
	if r.raw[0] == 0 {
		n := 5 * int(binary.LittleEndian.Uint32(data))
		heads, data = data[4:4+n], data[4+n:]
	}
	b, err := parseBlock(data)
	if err != nil {
		return err
	}
	r.cols.reset()
	if err := b.decode(&r.cols, 0, b.segments(), 15); err != nil {
		return err
	}
	r.buf = r.buf[:0]
	for i := range b.rows {
		o := op{key: r.cols.at(i), kind: opAdd}
		if heads != nil {
			o.no, o.kind = binary.LittleEndian.Uint32(heads[5*i:]), opKind(heads[5*i+4])
		}
		r.buf = append(r.buf, o)
	}
	r.ops = r.buf
	return nil
}

// merger gives out the operations of several sorted runs in one sequence.
type merger struct {
	heap []*opReader // by first operation
}

// newMerger takes sorters over that have got all their operations.
func newMerger(sorters ...*sorter) (*merger, error) {
	m := &merger{}
	for _, s := range sorters {
		rs, err := s.readers()
		if err != nil {
			return nil, err
		}
		for _, r := range rs {
			if err := r.fill(); err != nil {
				return nil, err
			}
			if len(r.ops) > 0 {
				m.heap = append(m.heap, r)
			}
		}
	}
	for i := len(m.heap)/2 - 1; i >= 0; i-- {
		m.down(i)
	}
	return m, nil
}

// peek returns the next operation, nil at the end. It is valid until pop.
func (m *merger) peek() *op {
	if len(m.heap) == 0 {
		return nil
	}
	return &m.heap[0].ops[0]
}

// pop passes the next operation.
func (m *merger) pop() error {
	r := m.heap[0]
	r.ops = r.ops[1:]
	if len(r.ops) == 0 {
		if err := r.fill(); err != nil {
			return err
		}
		if len(r.ops) == 0 {
			n := len(m.heap) - 1
			m.heap[0] = m.heap[n]
			m.heap = m.heap[:n]
		}
	}
	m.down(0)
	return nil
}

func (m *merger) down(i int) {
	for {
		c := 2*i + 1
		if c >= len(m.heap) {
			return
		}
		if c+1 < len(m.heap) && compareOps(m.heap[c+1].ops[0], m.heap[c].ops[0]) < 0 {
			c++
		}
		if compareOps(m.heap[i].ops[0], m.heap[c].ops[0]) <= 0 {
			return
		}
		m.heap[i], m.heap[c] = m.heap[c], m.heap[i]
		i = c
	}
}

// readers returns the sorted runs.
func (s *sorter) readers() ([]*opReader, error) {
	s.sort()
	rs := []*opReader{{ops: s.buf}}
	for _, f := range s.files {
		if _, err := f.Seek(0, io.SeekStart); err != nil {
			return nil, fmt.Errorf("read temporary file: %w", err)
		}
		rs = append(rs, &opReader{r: bufio.NewReaderSize(f, 32<<10)})
	}
	return rs, nil
}
