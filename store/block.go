package store

import (
	"encoding/binary"
	"math"
	"math/bits"
	"slices"
	"sort"
)

// A block holds up to blockRows quads of one order in segments of segmentRows,
// each decodable on its own. doc.go gives the bytes.
const (
	blockRows   = 2048
	segmentRows = 128
	blockPad    = 8 // zero bytes at the end, so that eight can be read anywhere
)

// columns are quads by column, in the sequence of an order.
type columns [4][]ID

func (c *columns) len() int { return len(c[0]) }

func (c *columns) at(i int) key { return key{c[0][i], c[1][i], c[2][i], c[3][i]} }

func (c *columns) add(k key) {
	for i := range c {
		c[i] = append(c[i], k[i])
	}
}

func (c *columns) reset() {
	for i := range c {
		c[i] = c[i][:0]
	}
}

func zigzag(v uint64) uint64   { return v<<1 ^ uint64(int64(v)>>63) }
func unzigzag(v uint64) uint64 { return v>>1 ^ -(v & 1) }

// appendBlock encodes rows [from, to) of c.
func appendBlock(b []byte, c *columns, from, to int) []byte {
	n := to - from
	b = binary.AppendUvarint(b, uint64(n))
	bodies := make([]byte, 0, 8*n+64)
	var prev key
	for i := from; i < to; i += segmentRows {
		end := min(i+segmentRows, to)
		size := len(bodies)
		for col := range c {
			bodies = appendColumn(bodies, c[col][i:end])
		}
		b = binary.AppendUvarint(b, uint64(len(bodies)-size))
		first := c.at(i)
		for col := range first {
			b = binary.AppendUvarint(b, zigzag(uint64(first[col]-prev[col])))
		}
		prev = first
	}
	b = slices.Grow(b, len(bodies)+blockPad)
	b = append(b, bodies...)
	return append(b, make([]byte, blockPad)...)
}

// appendColumn encodes the values after the first as differences to the value
// before, zigzag, in one of four widths that suit the column.
func appendColumn(b []byte, v []ID) []byte {
	var diffs [segmentRows]uint64
	var need [segmentRows]uint8
	var count [9]int
	for i := range len(v) - 1 {
		d := zigzag(uint64(v[i+1] - v[i]))
		diffs[i], need[i] = d, uint8((bits.Len64(d)+7)/8)
		count[need[i]]++
	}
	n := len(v) - 1
	if count[0] == n {
		return append(b, 0)
	}
	w := chooseWidths(&count)
	var choice [9]uint8
	for k := 3; k >= 0; k-- {
		for need := range int(w[k]) + 1 {
			choice[need] = uint8(k)
		}
	}
	head := len(b)
	b = slices.Grow(b, 5+(n+3)/4+8*n+8)
	b = append(b, 1, 0, 0, w[0]|w[1]<<4, w[2]|w[3]<<4)
	control := b[head+5 : head+5+(n+3)/4]
	clear(control)
	data := b[head+5+len(control) : cap(b)]
	p := 0
	for i, d := range diffs[:n] {
		k := choice[need[i]]
		control[i/4] |= k << (2 * (i % 4))
		binary.LittleEndian.PutUint64(data[p:], d)
		p += int(w[k])
	}
	size := 2 + len(control) + p
	b = b[:head+3+size]
	b[head+1], b[head+2] = byte(size), byte(size>>8)
	return b
}

// chooseWidths picks the four byte widths, ascending, that need the fewest
// bytes: those that occur, when they are no more than four, else the best four
// of them.
func chooseWidths(count *[9]int) (best [4]byte) {
	var widths, below [9]int // those that occur; how many values need no more than each
	n, sum := 0, 0
	for w, c := range count {
		if sum += c; c > 0 {
			widths[n], below[n] = w, sum
			n++
		}
	}
	for i := range best {
		best[i] = byte(widths[min(i, n-1)])
	}
	if n <= 4 {
		return best
	}
	least := 1 << 30
	for a := range n - 3 {
		for b := a + 1; b < n-2; b++ {
			for c := b + 1; c < n-1; c++ {
				cost := below[a]*widths[a] + (below[b]-below[a])*widths[b] +
					(below[c]-below[b])*widths[c] + (sum-below[c])*widths[n-1]
				if cost < least {
					least, best = cost, [4]byte{byte(widths[a]), byte(widths[b]), byte(widths[c]), byte(widths[n-1])}
				}
			}
		}
	}
	return best
}

// block is an encoded block whose directory has been read.
type block struct {
	data   []byte
	rows   int
	firsts []key    // first quad of each segment
	starts []uint32 // byte offset of each segment, and the end
}

func (b *block) segments() int { return len(b.firsts) }

// segmentLen returns the number of rows of a segment.
func (b *block) segmentLen(seg int) int { return min(segmentRows, b.rows-seg*segmentRows) }

// parseBlock reads a block's directory. It keeps data.
func parseBlock(data []byte) (*block, error) {
	b := &block{}
	return b, b.parse(data)
}

// parse is parseBlock into the memory of an earlier block.
func (b *block) parse(data []byte) error {
	bad := func() error { return corrupt("block directory") }
	n, p := binary.Uvarint(data)
	if p <= 0 || n == 0 || n > 1<<20 {
		return bad()
	}
	segs := (int(n) + segmentRows - 1) / segmentRows
	if segs*5 > len(data) {
		return bad()
	}
	b.data, b.rows = data, int(n)
	b.firsts, b.starts = slices.Grow(b.firsts[:0], segs)[:segs], slices.Grow(b.starts[:0], segs+1)[:segs+1]
	var prev key
	offset := uint64(0)
	for s := range segs {
		size, w := binary.Uvarint(data[p:])
		if w <= 0 || size > uint64(len(data)) {
			return bad()
		}
		p += w
		b.starts[s] = uint32(offset)
		offset += size
		for col := range prev {
			d, w := binary.Uvarint(data[p:])
			if w <= 0 {
				return bad()
			}
			p += w
			prev[col] += ID(unzigzag(d))
		}
		b.firsts[s] = prev
	}
	if uint64(p)+offset+blockPad != uint64(len(data)) {
		return bad()
	}
	b.starts[segs] = uint32(offset)
	for s := range b.starts {
		b.starts[s] += uint32(p)
	}
	return nil
}

// find returns the segment that contains k or would: the last one whose first
// quad is not above k, or 0.
func (b *block) find(k *key) int {
	i := sort.Search(len(b.firsts), func(i int) bool { return k.less(&b.firsts[i]) })
	return max(i-1, 0)
}

// decode appends the wanted columns (a bit for each) of segments [from, to) to
// c; the other columns are left alone.
func (b *block) decode(c *columns, from, to int, want uint8) error {
	return b.decodeRows(c, from, to, want, math.MaxInt)
}

// decodeRows is decode for at most the first limit rows of the segments.
func (b *block) decodeRows(c *columns, from, to int, want uint8, limit int) error {
	for s := from; s < to && limit > 0; s++ {
		p, end := int(b.starts[s]), int(b.starts[s+1])
		n := min(b.segmentLen(s), limit)
		limit -= n
		for col := range c {
			if p >= end {
				return corrupt("block segment")
			}
			size := 1
			if b.data[p] != 0 {
				if p+5 > end {
					return corrupt("block column")
				}
				size = 3 + int(b.data[p+1]) + int(b.data[p+2])<<8
			}
			if p+size > end {
				return corrupt("block column")
			}
			if want>>col&1 == 1 {
				at := len(c[col])
				c[col] = grow(c[col], n)
				if !decodeColumn(c[col][at:], b.segmentLen(s), b.data[p:], size, b.firsts[s][col]) {
					return corrupt("block column")
				}
			}
			p += size
		}
		if p != end {
			return corrupt("block segment")
		}
	}
	return nil
}

// column decodes one column of a segment into out.
func (b *block) column(out []ID, seg, col int) ([]ID, error) {
	p, end := int(b.starts[seg]), int(b.starts[seg+1])
	for c := 0; p < end; c++ {
		size := 1
		if b.data[p] != 0 {
			if p+5 > end {
				break
			}
			size = 3 + int(b.data[p+1]) + int(b.data[p+2])<<8
		}
		if p+size > end {
			break
		}
		if c == col {
			out = out[:b.segmentLen(seg)]
			if !decodeColumn(out, len(out), b.data[p:], size, b.firsts[seg][col]) {
				break
			}
			return out, nil
		}
		p += size
	}
	return nil, corrupt("block column")
}

func grow(s []ID, n int) []ID {
	if len(s)+n <= cap(s) {
		return s[:len(s)+n]
	}
	t := make([]ID, len(s)+n, max(2*len(s), len(s)+n))
	copy(t, s)
	return t
}

// decodeColumn fills out with the first values of a column of rows values, which
// takes up the first size bytes of in; in has blockPad bytes more at least.
func decodeColumn(out []ID, rows int, in []byte, size int, first ID) bool {
	if in[0] == 0 {
		for i := range out {
			out[i] = first
		}
		return true
	}
	widths := [4]uint8{in[3] & 15, in[3] >> 4, in[4] & 15, in[4] >> 4}
	var masks [4]uint64
	for i, w := range widths {
		if w > 8 {
			return false
		}
		masks[i] = 1<<(8*w) - 1
	}
	head := 5 + (rows+2)/4
	if len(out) == 0 || size < head {
		return false
	}
	control, data := in[5:head], in[head:]
	out[0] = first
	v, p, rest := uint64(first), 0, out[1:]
	for len(rest) >= 4 && len(control) > 0 && p+40 <= len(data) {
		c := control[0]
		control = control[1:]
		if c == 0 && widths[0] == 0 { // often: the value stays
			rest[0], rest[1], rest[2], rest[3] = ID(v), ID(v), ID(v), ID(v)
			rest = rest[4:]
			continue
		}
		d := (*[40]byte)(data[p:]) // masks of 31 change nothing, but spare checks
		v += unzigzag(binary.LittleEndian.Uint64(d[:]) & masks[c&3])
		rest[0] = ID(v)
		q := uint(widths[c&3])
		v += unzigzag(binary.LittleEndian.Uint64(d[q&31:]) & masks[c>>2&3])
		rest[1] = ID(v)
		q += uint(widths[c>>2&3])
		v += unzigzag(binary.LittleEndian.Uint64(d[q&31:]) & masks[c>>4&3])
		rest[2] = ID(v)
		q += uint(widths[c>>4&3])
		v += unzigzag(binary.LittleEndian.Uint64(d[q&31:]) & masks[c>>6])
		rest[3] = ID(v)
		p += int(q + uint(widths[c>>6]))
		rest = rest[4:]
	}
	p += decodeRest(rest, control, data[p:], v, &widths, &masks)
	return p == size-head || len(out) < rows && p >= 0 && p < size-head
}

// decodeRest is decodeColumn's loop with a check for every value. It returns the
// bytes used, -1<<30 for an error.
func decodeRest(rest []ID, control, data []byte, v uint64, widths *[4]uint8, masks *[4]uint64) int {
	p := 0
	for i := range rest {
		if p+8 > len(data) {
			return -1 << 30
		}
		k := control[i/4] >> (2 * (i % 4)) & 3
		v += unzigzag(binary.LittleEndian.Uint64(data[p:]) & masks[k])
		p += int(widths[k])
		rest[i] = ID(v)
	}
	return p
}
