package block

import "encoding/binary"

// Decoder reads the integers and strings of a log entry.
type Decoder struct {
	B   []byte
	Bad bool
}

// Uvarint reads an unsigned integer.
func (r *Decoder) Uvarint() uint64 {
	v, n := binary.Uvarint(r.B)
	if n <= 0 {
		r.B, r.Bad = nil, true
		return 0
	}
	r.B = r.B[n:]
	return v
}

// Varint reads a signed integer.
func (r *Decoder) Varint() int64 {
	return int64(unzigzag(r.Uvarint()))
}

func (r *Decoder) String() string {
	n := r.Uvarint()
	if n > uint64(len(r.B)) {
		r.B, r.Bad = nil, true
		return ""
	}
	s := string(r.B[:n])
	r.B = r.B[n:]
	return s
}

// AppendString appends a string with its length before it.
func AppendString(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

// AppendVarint appends a signed integer.
func AppendVarint(b []byte, v int64) []byte { return binary.AppendUvarint(b, zigzag(uint64(v))) }

func zigzag(v uint64) uint64   { return v<<1 ^ uint64(int64(v)>>63) }
func unzigzag(v uint64) uint64 { return v>>1 ^ -(v & 1) }
