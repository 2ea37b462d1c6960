package idset

import (
	"fincat/sparql/exec/memory"
	"fincat/store"
)

// Set is a set of rows of IDs of one width.
type Set struct {
	width int
	ids   []store.ID
	mask  uint64
	slots []int32 // index of row plus one
	n     int
	acct  memory.Account
}

// New returns an empty set.
func New(width int, mem *memory.Budget) *Set {
	return &Set{width: width, mask: 63, slots: make([]int32, 64), acct: memory.Account{Of: mem}}
}

// Find returns the index of a row, -1 when it is not there, and the slot where it is or
// would be.
func (s *Set) Find(cols [][]store.ID, row int) (n int, slot uint64) {
	h := uint64(Seed)
	for _, c := range cols {
		h = Mix(h, c[row])
	}
	i := h & s.mask
search:
	for ; s.slots[i] != 0; i = (i + 1) & s.mask {
		at := int(s.slots[i]-1) * s.width
		for k, c := range cols {
			if s.ids[at+k] != c[row] {
				continue search
			}
		}
		return int(s.slots[i] - 1), i
	}
	return -1, i
}

// Add puts a row in and returns its index and whether it is new.
func (s *Set) Add(cols [][]store.ID, row int) (int, bool, error) {
	n, i := s.Find(cols, row)
	if n >= 0 {
		return n, false, nil
	}
	for _, c := range cols {
		s.ids = append(s.ids, c[row])
	}
	s.n++
	s.slots[i] = int32(s.n)
	if 2*s.n > len(s.slots) {
		s.grow()
	}
	err := s.acct.Set(int64(cap(s.ids))*8 + int64(len(s.slots))*4)
	return s.n - 1, true, err
}

func (s *Set) grow() {
	s.slots = make([]int32, 2*len(s.slots))
	s.mask = uint64(len(s.slots) - 1)
	for n := range s.n {
		h := uint64(Seed)
		for _, id := range s.ids[n*s.width : (n+1)*s.width] {
			h = Mix(h, id)
		}
		i := h & s.mask
		for s.slots[i] != 0 {
			i = (i + 1) & s.mask
		}
		s.slots[i] = int32(n + 1)
	}
}

// Row returns the IDs of row n.
func (s *Set) Row(n int) []store.ID { return s.ids[n*s.width : (n+1)*s.width] }

// Len returns how many rows there are.
func (s *Set) Len() int { return s.n }

// Held returns how many bytes the set takes.
func (s *Set) Held() int64 { return s.acct.Held }

// Close gives the memory back.
func (s *Set) Close() { s.acct.Close() }

// Seed is the hash of no IDs.
const Seed = 0x9E3779B97F4A7C15

// Mix takes one more ID into a hash.
func Mix(h uint64, id store.ID) uint64 {
	h ^= uint64(id)
	h *= 0xD6E8FEB86659FD93
	return h ^ h>>32
}

// IDs returns the rows, one after the other; they are not to be changed.
func (s *Set) IDs() []store.ID { return s.ids }
