package store

import (
	"bufio"
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
)

// spillRows is the size of a block in a temporary file: small, because one of
// every run is in memory when they are merged.
const spillRows = 512

// keySorter sorts keys that need not fit in memory: full buffers are sorted and
// written to a temporary file, in blocks, and merged in the end.
type keySorter struct {
	dir   string
	room  func(int) error
	limit int  // keys in memory
	first bool // the keys come sorted but for their first column
	buf   []key
	tmp   []key // for sorting
	file  *os.File
	size  int64
	runs  []int64 // where each run ends
	cols  columns
}

func newKeySorter(s *Store, limit int, first bool) *keySorter {
	return &keySorter{dir: s.spillDir(), room: s.room, limit: max(limit, minSorted), first: first}
}

func (s *keySorter) add(k key) error {
	if len(s.buf) == cap(s.buf) {
		if len(s.buf) >= s.limit {
			if err := s.spill(); err != nil {
				return err
			}
		} else { // growing bit by bit would copy much
			s.buf = append(make([]key, 0, min(s.limit, max(4*len(s.buf), 1<<10))), s.buf...)
		}
	}
	s.buf = append(s.buf, k)
	return nil
}

func (s *keySorter) len() int { return len(s.buf) }

func (s *keySorter) spilled() bool { return len(s.runs) > 0 }

func (s *keySorter) sort() {
	if len(s.tmp) < len(s.buf) {
		s.tmp = make([]key, len(s.buf))
	}
	sortKeys(s.buf, s.tmp, 0, !s.first)
}

// spill sorts the buffer and writes it out.
func (s *keySorter) spill() (err error) {
	if s.file == nil {
		if s.file, err = tempFile(s.dir); err != nil {
			return err
		}
	}
	if err := s.room(8 * len(s.buf)); err != nil {
		return err
	}
	s.sort()
	var b []byte
	for at := 0; at < len(s.buf); {
		n := min(spillRows, len(s.buf)-at)
		from := len(b)
		b = append(b, 0, 0, 0, 0)
		s.cols.reset()
		for i := range s.buf[at : at+n] {
			s.cols.add(s.buf[at+i])
		}
		b = appendBlock(b, &s.cols, 0, n)
		binary.LittleEndian.PutUint32(b[from:], uint32(len(b)-from-4))
		if at += n; len(b) >= 1<<20 || at == len(s.buf) {
			if _, err := s.file.WriteAt(b, s.size); err != nil {
				return fmt.Errorf("write temporary file: %w", err)
			}
			s.size += int64(len(b))
			b = b[:0]
		}
	}
	s.runs = append(s.runs, s.size)
	s.buf = s.buf[:0]
	return nil
}

// close removes the temporary file and frees the memory.
func (s *keySorter) close() {
	if s.file != nil {
		s.file.Close()
	}
	s.buf, s.tmp, s.file, s.cols = nil, nil, nil, columns{}
}

// readers returns the sorted runs, in the sequence in which they came.
func (s *keySorter) readers() []*keyReader {
	s.sort()
	s.tmp, s.cols = nil, columns{}
	var rs []*keyReader
	from := int64(0)
	for _, to := range s.runs {
		rs = append(rs, &keyReader{r: bufio.NewReaderSize(io.NewSectionReader(s.file, from, to-from), 32<<10)})
		from = to
	}
	return append(rs, &keyReader{keys: s.buf})
}

// keyReader reads a sorted run: a slice, or blocks.
type keyReader struct {
	keys  []key // what is left of the present block
	no    int   // of the run
	r     *bufio.Reader
	raw   []byte
	block block
	cols  columns
	buf   []key
}

// fill makes keys non-empty unless the run has ended.
func (r *keyReader) fill() error {
	if len(r.keys) > 0 || r.r == nil {
		return nil
	}
	var head [4]byte
	if _, err := io.ReadFull(r.r, head[:]); errors.Is(err, io.EOF) {
		return nil
	} else if err != nil {
		return fmt.Errorf("read temporary file: %w", err)
	}
	n := int(binary.LittleEndian.Uint32(head[:]))
	r.raw = slices.Grow(r.raw[:0], n)[:n]
	if _, err := io.ReadFull(r.r, r.raw); err != nil {
		return fmt.Errorf("read temporary file: %w", err)
	}
	if err := r.block.parse(r.raw); err != nil {
		return err
	}
	r.cols.reset()
	if err := r.block.decode(&r.cols, 0, r.block.segments(), 15); err != nil {
		return err
	}
	r.buf = slices.Grow(r.buf[:0], r.block.rows)[:r.block.rows]
	c0, c1, c2, c3 := r.cols[0], r.cols[1], r.cols[2], r.cols[3]
	for i := range r.buf {
		r.buf[i] = key{c0[i], c1[i], c2[i], c3[i]}
	}
	r.keys = r.buf
	return nil
}

// keyMerger gives out the keys of several sorted runs in one sequence. Equal
// keys, or with first those whose first columns are equal, come in the sequence
// of the runs.
type keyMerger struct {
	first bool
	heap  []*keyReader // by first key
}

func newKeyMerger(sorters ...*keySorter) (*keyMerger, error) {
	m := &keyMerger{}
	for _, s := range sorters {
		m.first = s.first
		for _, r := range s.readers() {
			r.no = len(m.heap)
			if err := r.fill(); err != nil {
				return nil, err
			}
			if len(r.keys) > 0 {
				m.heap = append(m.heap, r)
			}
		}
	}
	for i := len(m.heap)/2 - 1; i >= 0; i-- {
		m.down(i)
	}
	return m, nil
}

// less says whether a's next key comes before b's.
func (m *keyMerger) less(a, b *keyReader) bool {
	x, y := &a.keys[0], &b.keys[0]
	if x[0] != y[0] {
		return x[0] < y[0]
	}
	if !m.first {
		if c := compareKeys(*x, *y); c != 0 {
			return c < 0
		}
	}
	return a.no < b.no
}

func (m *keyMerger) down(i int) {
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

// next appends at least one key to out, and about n, unless there are none left.
func (m *keyMerger) next(out []key, n int) ([]key, error) {
	for end := len(out) + n; len(out) < end && len(m.heap) > 0; {
		r := m.heap[0]
		k := len(r.keys)
		if len(m.heap) > 1 {
			second := m.heap[1]
			if len(m.heap) > 2 && m.less(m.heap[2], second) {
				second = m.heap[2]
			}
			k = m.ahead(r, second)
		}
		k = min(k, end-len(out))
		out = append(out, r.keys[:k]...)
		if r.keys = r.keys[k:]; len(r.keys) == 0 {
			if err := r.fill(); err != nil {
				return out, err
			}
			if len(r.keys) == 0 {
				last := len(m.heap) - 1
				m.heap[0] = m.heap[last]
				m.heap = m.heap[:last]
			}
		}
		m.down(0)
	}
	return out, nil
}

// ahead returns how many keys of r come before the next one of s; the first does.
func (m *keyMerger) ahead(r, s *keyReader) int {
	limit, n := &s.keys[0], 1
	for n < len(r.keys) {
		k := &r.keys[n]
		if k[0] > limit[0] {
			break
		}
		if k[0] == limit[0] {
			if m.first {
				if r.no > s.no {
					break
				}
			} else if c := compareKeys(*k, *limit); c > 0 || c == 0 && r.no > s.no {
				break
			}
		}
		n++
	}
	return n
}

// sortKeys sorts keys by a column and, with more, by those after it: by the
// bytes of the column that vary, small groups by comparing. Equal keys keep
// their sequence. tmp is at least as long as keys.
func sortKeys(keys, tmp []key, col int, more bool) {
	if len(keys) <= smallSort || col == 4 {
		if more {
			slices.SortFunc(keys, compareKeys)
		} else {
			insertKeys(keys, col)
		}
		return
	}
	first, vary, sorted := keys[0][col], ID(0), true
	for i := 1; i < len(keys); i++ {
		vary |= keys[i][col] ^ first
		sorted = sorted && (keys[i-1][col] < keys[i][col] || keys[i-1][col] == keys[i][col] && (!more || !keys[i].less(&keys[i-1])))
	}
	switch {
	case sorted:
		return
	case vary == 0:
		sortKeys(keys, tmp, col+1, more)
		return
	case vary>>56 != 0 && vary<<8 != 0: // the tag decides which bytes of the rest vary
		ends := distributeKeys(keys, tmp, col, 56)
		copy(keys, tmp[:len(keys)])
		from := 0
		for _, end := range ends {
			if end > from {
				sortKeys(keys[from:end], tmp[from:end], col, more)
			}
			from = end
		}
		return
	}
	a, b := keys, tmp[:len(keys)]
	for shift := 0; shift < 64; shift += 8 {
		if vary>>shift&0xFF != 0 {
			distributeKeys(a, b, col, shift)
			a, b = b, a
		}
	}
	if &a[0] != &keys[0] {
		copy(keys, a)
	}
	for from := 0; more && from < len(keys); {
		to := from + 1
		for to < len(keys) && keys[to][col] == keys[from][col] {
			to++
		}
		if to-from > 1 {
			sortKeys(keys[from:to], tmp[from:to], col+1, true)
		}
		from = to
	}
}

// insertKeys sorts a few keys by one column, keeping the sequence of equals.
func insertKeys(keys []key, col int) {
	slices.SortStableFunc(keys, func(a, b key) int { return cmp.Compare(a[col], b[col]) })
}

// distributeKeys moves a into b by one byte of a column, keeping the sequence of
// equals, and returns where each byte's share ends.
func distributeKeys(a, b []key, col, shift int) (ends [256]int) {
	for i := range a {
		ends[byte(a[i][col]>>shift)]++
	}
	sum := 0
	for i, n := range ends {
		ends[i] = sum
		sum += n
	}
	for i := range a {
		at := &ends[byte(a[i][col]>>shift)]
		b[*at] = a[i]
		*at++
	}
	return ends
}

// changeSorter sorts the changes of one order by their first column, the others
// of which come sorted. A quad is in one change only.
type changeSorter struct {
	s              *Store
	limit          int
	adds, removals *keySorter
}

func newChangeSorter(s *Store, limit int) *changeSorter {
	return &changeSorter{s: s, limit: limit, adds: newKeySorter(s, limit, true)}
}

// take adds changes of one order, to be sorted in another.
func (s *changeSorter) take(cs []change, from, to Order) error {
	var at [4]int // where each position of the one is in the other
	for i, p := range positions[to] {
		at[i] = slices.Index(positions[from][:], p)
	}
	for i := range cs {
		q := &cs[i].key
		k := key{q[at[0]&3], q[at[1]&3], q[at[2]&3], q[at[3]&3]}
		var err error
		if cs[i].add {
			err = s.adds.add(k)
		} else {
			if s.removals == nil {
				s.removals = newKeySorter(s.s, s.limit, true)
			}
			err = s.removals.add(k)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *changeSorter) close() {
	s.adds.close()
	if s.removals != nil {
		s.removals.close()
	}
}

// each passes the sorted changes on in chunks, which come from chunk.
func (s *changeSorter) each(ctx context.Context, chunk func() *sharedChunk, emit func(*sharedChunk) error) error {
	m, err := newKeyMerger(s.adds)
	if err != nil {
		return err
	}
	n := s.s.shape.chunk
	src := changeSource(&keySource{m: m, add: true})
	if s.removals != nil {
		r, err := newKeyMerger(s.removals)
		if err != nil {
			return err
		}
		src = &pairSource{a: src, b: &keySource{m: r}}
	}
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		c := chunk()
		if c.cs, err = src.below(&maxKey, n, c.cs); err != nil {
			return err
		}
		if len(c.cs) == 0 {
			return nil
		}
		if err := emit(c); err != nil {
			return err
		}
	}
}

// keySource makes a merger a changeSource of additions or removals.
type keySource struct {
	m    *keyMerger
	add  bool
	keys []key
	at   int
}

func (s *keySource) below(hi *key, n int, out []change) ([]change, error) {
	for ; n > 0; n-- {
		if s.at == len(s.keys) {
			var err error
			s.at = 0
			if s.keys, err = s.m.next(s.keys[:0], blockRows); err != nil || len(s.keys) == 0 {
				return out, err
			}
		}
		k := &s.keys[s.at]
		if !k.less(hi) {
			break
		}
		out = append(out, change{key: *k, add: s.add})
		s.at++
	}
	return out, nil
}

// pairSource joins two changeSources; changes of one quad cancel out.
type pairSource struct {
	a, b       changeSource
	as, bs     []change // taken from them and not given out
	bufA, bufB []change
}

func (s *pairSource) below(hi *key, n int, out []change) (_ []change, err error) {
	for from := len(out); len(out)-from < n; {
		if len(s.as) == 0 {
			if s.bufA, err = s.a.below(hi, blockRows, s.bufA[:0]); err != nil {
				return out, err
			}
			s.as = s.bufA
		}
		if len(s.bs) == 0 {
			if s.bufB, err = s.b.below(hi, blockRows, s.bufB[:0]); err != nil {
				return out, err
			}
			s.bs = s.bufB
		}
		k := 0
		switch {
		case len(s.as) == 0 && len(s.bs) == 0:
			return out, nil
		case len(s.bs) == 0:
			k = min(len(s.as), n-(len(out)-from))
			out, s.as = append(out, s.as[:k]...), s.as[k:]
		case len(s.as) == 0:
			k = min(len(s.bs), n-(len(out)-from))
			out, s.bs = append(out, s.bs[:k]...), s.bs[k:]
		case s.as[0].key == s.bs[0].key:
			s.as, s.bs = s.as[1:], s.bs[1:]
		case s.as[0].key.less(&s.bs[0].key):
			out, s.as = append(out, s.as[0]), s.as[1:]
		default:
			out, s.bs = append(out, s.bs[0]), s.bs[1:]
		}
	}
	return out, nil
}
