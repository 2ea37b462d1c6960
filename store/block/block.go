package block

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/bits"
	"slices"
	"sort"

	"fincat/store/ids"
)

// A block holds up to blockRows quads of one order in segments of segmentRows,
// each decodable on its own. doc.go gives the bytes.
const (
	MaxRows     = 2048
	SegmentRows = 128
	blockPad    = 8 // zero bytes at the end, so that eight can be read anywhere
)

// Columns are quads by column, in the sequence of an order.
type Columns [4][]ids.ID

// Len returns the number of rows.
func (c *Columns) Len() int { return len(c[0]) }

// At returns row i.
func (c *Columns) At(i int) Key { return Key{c[0][i], c[1][i], c[2][i], c[3][i]} }

func (c *Columns) add(k Key) {
	for i := range c {
		c[i] = append(c[i], k[i])
	}
}

// Reset empties the columns and keeps their memory.
func (c *Columns) Reset() {
	for i := range c {
		c[i] = c[i][:0]
	}
}

// SearchN returns the index of the first row in [from, to) whose first n columns
// are not below those of k. It looks near from first, since seeks are mostly short.
func (c *Columns) SearchN(k *Key, n, from, to int) int {
	w := 1
	for from+w <= to && c.lessN(from+w-1, k, n) {
		from += w
		w *= 2
	}
	to = min(to, from+w-1)
	for from < to {
		if mid := int(uint(from+to) >> 1); c.lessN(mid, k, n) {
			from = mid + 1
		} else {
			to = mid
		}
	}
	return from
}

func (c *Columns) lessN(i int, k *Key, n int) bool {
	for col := range n {
		if v := c[col][i]; v != k[col] {
			return v < k[col]
		}
	}
	return false
}

// codec is the version of the codec that blocks and patches are written with. A
// block names its codec: a zero byte and the version come before it. Blocks of
// codec 0 have neither, and begin with their number of rows, which is not zero.
const codec = 1

// ErrNewerFormat means that a newer version of the program wrote the store.
var ErrNewerFormat = errors.New("store has a newer format")

// known refuses what is of a codec that this program does not know.
func known(what string, version byte) error {
	if version != codec {
		return fmt.Errorf(
			"%w: %s of codec %d, this program knows codecs up to %d",
			ErrNewerFormat,
			what,
			version,
			codec,
		)
	}
	return nil
}

// Append encodes rows [from, to) of c as a block.
func Append(b []byte, c *Columns, from, to int) []byte {
	return appendRows(append(b, 0, codec), c, from, to)
}

// appendRows is Append without the codec, for what names it elsewhere.
func appendRows(b []byte, c *Columns, from, to int) []byte {
	var prev Key
	n := to - from
	b = binary.AppendUvarint(b, uint64(n))
	// The directory stands before the rows, but its length shows only when they are
	// encoded: they leave room for the longest one and are moved to its end.
	at := len(b)
	rows := at + (n+SegmentRows-1)/SegmentRows*(1+len(prev))*binary.MaxVarintLen64
	b = slices.Grow(b, rows-at)[:rows]
	for i := from; i < to; i += SegmentRows {
		end := min(i+SegmentRows, to)
		size := len(b)
		for col := range c {
			b = appendColumn(b, c[col][i:end])
		}
		at += binary.PutUvarint(b[at:rows], uint64(len(b)-size))
		first := c.At(i)
		for col := range first {
			at += binary.PutUvarint(b[at:rows], zigzag(uint64(first[col]-prev[col])))
		}
		prev = first
	}
	b = append(b[:at], b[rows:]...)
	return append(b, make([]byte, blockPad)...)
}

// appendColumn encodes the values after the first as differences to the value
// before, zigzag, in one of four widths that suit the column.
func appendColumn(b []byte, v []ids.ID) []byte {
	var diffs [SegmentRows]uint64
	var need [SegmentRows]uint8
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

// Block is an encoded block whose directory has been read.
type Block struct {
	data   []byte
	Rows   int
	firsts []Key    // first quad of each segment
	starts []uint32 // byte offset of each segment, and the end
}

// Segments returns the number of segments.
func (b *Block) Segments() int { return len(b.firsts) }

// segmentLen returns the number of rows of a segment.
func (b *Block) segmentLen(seg int) int { return min(SegmentRows, b.Rows-seg*SegmentRows) }

// parse reads a block's directory into the memory of an earlier block. It keeps
// data.
func (b *Block) parse(data []byte) error {
	if len(data) < 2 || data[0] != 0 {
		return b.parseRows(data, 0)
	}
	if err := known("block", data[1]); err != nil {
		return err
	}
	return b.parseRows(data, 2)
}

// parseRows reads what appendRows wrote, which begins at a place of data.
func (b *Block) parseRows(data []byte, at int) error {
	bad := func() error { return Corrupt("block directory") }
	n, w := binary.Uvarint(data[at:])
	p := at + w
	if w <= 0 || n == 0 || n > 1<<20 {
		return bad()
	}
	segs := (int(n) + SegmentRows - 1) / SegmentRows
	if segs*5 > len(data) {
		return bad()
	}
	b.data, b.Rows = data, int(n)
	b.firsts, b.starts = slices.Grow(b.firsts[:0], segs)[:segs], slices.Grow(b.starts[:0], segs+1)[:segs+1]
	var prev Key
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
			prev[col] += ids.ID(unzigzag(d))
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

// Find returns the segment that contains k or would: the last one whose first
// quad is not above k, or 0.
func (b *Block) Find(k *Key) int {
	i := sort.Search(len(b.firsts), func(i int) bool { return k.Less(&b.firsts[i]) })
	return max(i-1, 0)
}

// Decode appends the wanted columns (a bit for each) of segments [from, to) to
// c; the other columns are left alone.
func (b *Block) Decode(c *Columns, from, to int, want uint8) error {
	return b.decodeRows(c, from, to, want, math.MaxInt)
}

// decodeRows is decode for at most the first limit rows of the segments.
func (b *Block) decodeRows(c *Columns, from, to int, want uint8, limit int) error {
	for s := from; s < to && limit > 0; s++ {
		p, end := int(b.starts[s]), int(b.starts[s+1])
		n := min(b.segmentLen(s), limit)
		limit -= n
		for col := range c {
			if p >= end {
				return Corrupt("block segment")
			}
			size := 1
			if b.data[p] != 0 {
				if p+5 > end {
					return Corrupt("block column")
				}
				size = 3 + int(b.data[p+1]) + int(b.data[p+2])<<8
			}
			if p+size > end {
				return Corrupt("block column")
			}
			if want>>col&1 == 1 {
				at := len(c[col])
				c[col] = grow(c[col], n)
				if !decodeColumn(c[col][at:], b.segmentLen(s), b.data[p:], size, b.firsts[s][col]) {
					return Corrupt("block column")
				}
			}
			p += size
		}
		if p != end {
			return Corrupt("block segment")
		}
	}
	return nil
}

// Column decodes one column of a segment into out.
func (b *Block) Column(out []ids.ID, seg, col int) ([]ids.ID, error) {
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
	return nil, Corrupt("block column")
}

func grow(s []ids.ID, n int) []ids.ID {
	if len(s)+n <= cap(s) {
		return s[:len(s)+n]
	}
	t := make([]ids.ID, len(s)+n, max(2*len(s), len(s)+n))
	copy(t, s)
	return t
}

// decodeColumn fills out with the first values of a column of rows values, which
// takes up the first size bytes of in; in has blockPad bytes more at least.
func decodeColumn(out []ids.ID, rows int, in []byte, size int, first ids.ID) bool {
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
			rest[0], rest[1], rest[2], rest[3] = ids.ID(v), ids.ID(v), ids.ID(v), ids.ID(v)
			rest = rest[4:]
			continue
		}
		d := (*[40]byte)(data[p:]) // masks of 31 change nothing, but spare checks
		v += unzigzag(binary.LittleEndian.Uint64(d[:]) & masks[c&3])
		rest[0] = ids.ID(v)
		q := uint(widths[c&3])
		v += unzigzag(binary.LittleEndian.Uint64(d[q&31:]) & masks[c>>2&3])
		rest[1] = ids.ID(v)
		q += uint(widths[c>>2&3])
		v += unzigzag(binary.LittleEndian.Uint64(d[q&31:]) & masks[c>>4&3])
		rest[2] = ids.ID(v)
		q += uint(widths[c>>4&3])
		v += unzigzag(binary.LittleEndian.Uint64(d[q&31:]) & masks[c>>6])
		rest[3] = ids.ID(v)
		p += int(q + uint(widths[c>>6]))
		rest = rest[4:]
	}
	p += decodeRest(rest, control, data[p:], v, &widths, &masks)
	return p == size-head || len(out) < rows && p >= 0 && p < size-head
}

// decodeRest is decodeColumn's loop with a check for every value. It returns the
// bytes used, -1<<30 for an error.
func decodeRest(rest []ids.ID, control, data []byte, v uint64, widths *[4]uint8, masks *[4]uint64) int {
	p := 0
	for i := range rest {
		if p+8 > len(data) {
			return -1 << 30
		}
		k := control[i/4] >> (2 * (i % 4)) & 3
		v += unzigzag(binary.LittleEndian.Uint64(data[p:]) & masks[k])
		p += int(widths[k])
		rest[i] = ids.ID(v)
	}
	return p
}
