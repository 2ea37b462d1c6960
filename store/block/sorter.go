package block

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"fincat/store/ids"
)

// Temp makes temporary files.
type Temp struct {
	Dir  string
	Room func(bytes int) error // whether the disk has room
}

// SpillPattern matches the names of temporary files.
const SpillPattern = "spill-*.tmp"

// File makes a file that is gone when it is closed or the process ends.
func (t Temp) File() (*os.File, error) {
	f, err := os.CreateTemp(t.Dir, SpillPattern)
	if err != nil {
		return nil, fmt.Errorf("make temporary file: %w", err)
	}
	if err := os.Remove(f.Name()); err != nil {
		return nil, errors.Join(fmt.Errorf("unlink temporary file: %w", err), f.Close())
	}
	return f, nil
}

const (
	// spillRows is the size of a block in a temporary file: small, because one of
	// every run is in memory when they are merged.
	spillRows = 512
	minSorted = 16
)

// Sorter sorts rows that need not fit in memory: full buffers are sorted and
// written to a temporary file, in blocks, and merged in the end.
type Sorter[R row] struct {
	temp  Temp
	limit int  // rows in memory
	first bool // the rows come sorted but for their first column, and equal ones keep their sequence
	Buf   []R
	tmp   []R // for sorting
	file  *os.File
	size  int64
	runs  []int64 // where each run ends in the file
	cols  Columns
}

// NewSorter returns a sorter that keeps up to limit rows in memory. With first they
// come sorted but for their first column.
func NewSorter[R row](t Temp, limit int, first bool) *Sorter[R] {
	return &Sorter[R]{temp: t, limit: max(limit, minSorted), first: first}
}

// Add adds a row.
func (s *Sorter[R]) Add(r R) error {
	if len(s.Buf) == cap(s.Buf) {
		if len(s.Buf) >= s.limit {
			if err := s.spill(); err != nil {
				return err
			}
		} else if len(s.Buf) >= 1<<14 { // growing bit by bit would copy much
			s.Buf = append(make([]R, 0, min(s.limit, 8*len(s.Buf))), s.Buf...)
		}
	}
	s.Buf = append(s.Buf, r)
	return nil
}

// Len returns the number of rows in memory.
func (s *Sorter[R]) Len() int { return len(s.Buf) }

// Spilled reports whether there are rows that are not in memory.
func (s *Sorter[R]) Spilled() bool { return len(s.runs) > 0 }

func (s *Sorter[R]) sort() {
	if len(s.tmp) < len(s.Buf) {
		s.tmp = make([]R, len(s.Buf))
	}
	sortRows(s.Buf, s.tmp, 0, !s.first)
}

// spill sorts the buffer and writes it out.
func (s *Sorter[R]) spill() (err error) {
	if s.file == nil {
		if s.file, err = s.temp.File(); err != nil {
			return err
		}
	}
	var r R
	if err := s.temp.Room(4 * len(r) * len(s.Buf)); err != nil {
		return err
	}
	s.sort()
	const least, room = 128 << 10, 128<<10 + spillRows*64
	b := make([]byte, 0, room)
	for at := 0; at < len(s.Buf); {
		n := min(spillRows, len(s.Buf)-at)
		b = s.encode(b, s.Buf[at:at+n])
		if at += n; len(b) >= least || at == len(s.Buf) {
			if _, err := s.file.WriteAt(b, s.size); err != nil {
				return fmt.Errorf("write temporary file: %w", err)
			}
			s.size += int64(len(b))
			b = b[:0]
		}
	}
	s.runs = append(s.runs, s.size)
	s.Buf = s.Buf[:0]
	return nil
}

// encode appends rows as a block with its length before it; a fifth column
// stands alone in one more block.
func (s *Sorter[R]) encode(b []byte, rows []R) []byte {
	for from := 0; from < len(rows[0]); from += len(s.cols) {
		s.cols.Reset()
		for i := range rows {
			for c := range s.cols {
				v := ids.ID(0)
				if from+c < len(rows[i]) {
					v = rows[i][from+c]
				}
				s.cols[c] = append(s.cols[c], v)
			}
		}
		head := len(b)
		b = appendRows(append(b, 0, 0, 0, 0), &s.cols, 0, len(rows))
		binary.LittleEndian.PutUint32(b[head:], uint32(len(b)-head-4))
	}
	return b
}

// Close removes the temporary file and frees the memory.
func (s *Sorter[R]) Close() {
	if s.file != nil {
		s.file.Close()
	}
	s.Buf, s.tmp, s.file, s.runs, s.cols = nil, nil, nil, nil, Columns{}
}

// readers returns the sorted runs, in the sequence in which they came.
func (s *Sorter[R]) readers() []*rowReader[R] {
	s.sort()
	s.tmp, s.cols = nil, Columns{}
	var rs []*rowReader[R]
	from := int64(0)
	for _, to := range s.runs {
		file := io.NewSectionReader(s.file, from, to-from)
		rs = append(rs, &rowReader[R]{r: bufio.NewReaderSize(file, 32<<10)})
		from = to
	}
	return append(rs, &rowReader[R]{rows: s.Buf})
}

// rowReader reads a sorted run: a slice, or blocks.
type rowReader[R row] struct {
	rows  []R // what is left of the present block
	no    int // of the run
	r     *bufio.Reader
	raw   []byte
	block Block
	cols  Columns
	buf   []R
}

// fill makes rows non-empty unless the run has ended.
func (r *rowReader[R]) fill() error {
	if len(r.rows) > 0 || r.r == nil {
		return nil
	}
	if more, err := r.read(); !more || err != nil {
		return err
	}
	r.buf = slices.Grow(r.buf[:0], r.block.Rows)[:r.block.Rows]
	c0, c1, c2, c3 := r.cols[0], r.cols[1], r.cols[2], r.cols[3]
	for i := range r.buf {
		x := &r.buf[i]
		(*x)[0], (*x)[1], (*x)[2], (*x)[3] = c0[i], c1[i], c2[i], c3[i]
	}
	if last := len(r.cols); last < len(r.buf[0]) {
		if more, err := r.read(); err != nil || !more || r.block.Rows != len(r.buf) {
			return errors.Join(err, Corrupt("temporary file"))
		}
		for i, v := range r.cols[0] {
			r.buf[i][last] = v
		}
	}
	r.rows = r.buf
	return nil
}

// read decodes the next block; it returns false at the end.
func (r *rowReader[R]) read() (bool, error) {
	var head [4]byte
	if _, err := io.ReadFull(r.r, head[:]); errors.Is(err, io.EOF) {
		return false, nil
	} else if err != nil {
		return false, fmt.Errorf("read temporary file: %w", err)
	}
	n := int(binary.LittleEndian.Uint32(head[:]))
	r.raw = slices.Grow(r.raw[:0], n)[:n]
	if _, err := io.ReadFull(r.r, r.raw); err != nil {
		return false, fmt.Errorf("read temporary file: %w", err)
	}
	if err := r.block.parseRows(r.raw, 0); err != nil {
		return false, err
	}
	r.cols.Reset()
	return true, r.block.Decode(&r.cols, 0, r.block.Segments(), 15)
}

// Merger gives out the rows of several sorted runs in one sequence. Equal rows,
// or with first those whose first columns are equal, come in the sequence of the
// runs.
type Merger[R row] struct {
	first bool
	heap  []*rowReader[R] // by next row
}

// NewMerger takes sorters over that have got all their rows.
func NewMerger[R row](sorters ...*Sorter[R]) (*Merger[R], error) {
	m := &Merger[R]{}
	for _, s := range sorters {
		m.first = s.first
		for _, r := range s.readers() {
			r.no = len(m.heap)
			if err := r.fill(); err != nil {
				return nil, err
			}
			if len(r.rows) > 0 {
				m.heap = append(m.heap, r)
			}
		}
	}
	for i := len(m.heap)/2 - 1; i >= 0; i-- {
		m.down(i)
	}
	return m, nil
}

// less says whether a's next row comes before b's.
func (m *Merger[R]) less(a, b *rowReader[R]) bool {
	x, y := &a.rows[0], &b.rows[0]
	if (*x)[0] != (*y)[0] {
		return (*x)[0] < (*y)[0]
	}
	if !m.first {
		if c := compareRows(x, y); c != 0 {
			return c < 0
		}
	}
	return a.no < b.no
}

func (m *Merger[R]) down(i int) {
	for {
		c := 2*i + 1
		if c >= len(m.heap) {
			return
		}
		if c+1 < len(m.heap) && m.less(m.heap[c+1], m.heap[c]) {
			c++
		}
		if m.less(m.heap[i], m.heap[c]) {
			return
		}
		m.heap[i], m.heap[c] = m.heap[c], m.heap[i]
		i = c
	}
}

// Peek returns the next row, nil at the end. It is valid until the next call.
func (m *Merger[R]) Peek() *R {
	if len(m.heap) == 0 {
		return nil
	}
	return &m.heap[0].rows[0]
}

// Pop passes the next row.
func (m *Merger[R]) Pop() error { return m.pass(1) }

// pass passes the next n rows, which one run has.
func (m *Merger[R]) pass(n int) error {
	r := m.heap[0]
	if r.rows = r.rows[n:]; len(r.rows) == 0 {
		if err := r.fill(); err != nil {
			return err
		}
		if len(r.rows) == 0 {
			last := len(m.heap) - 1
			m.heap[0] = m.heap[last]
			m.heap = m.heap[:last]
		}
	}
	m.down(0)
	return nil
}

// Next appends at least one row to out, and about n, unless there are none left.
func (m *Merger[R]) Next(out []R, n int) ([]R, error) {
	for end := len(out) + n; len(out) < end && len(m.heap) > 0; {
		r := m.heap[0]
		k := len(r.rows)
		if len(m.heap) > 1 {
			second := m.heap[1]
			if len(m.heap) > 2 && m.less(m.heap[2], second) {
				second = m.heap[2]
			}
			k = m.ahead(r, second)
		}
		k = min(k, end-len(out))
		out = append(out, r.rows[:k]...)
		if err := m.pass(k); err != nil {
			return out, err
		}
	}
	return out, nil
}

// ahead returns how many rows of r come before the next one of s; the first does.
func (m *Merger[R]) ahead(r, s *rowReader[R]) int {
	limit, n := &s.rows[0], 1
	for n < len(r.rows) {
		k := &r.rows[n]
		if (*k)[0] > (*limit)[0] {
			break
		}
		if (*k)[0] == (*limit)[0] {
			if m.first {
				if r.no > s.no {
					break
				}
			} else if c := compareRows(k, limit); c > 0 || c == 0 && r.no > s.no {
				break
			}
		}
		n++
	}
	return n
}
