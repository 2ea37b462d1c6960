package exec

import (
	"context"

	"fincat/store"
)

// table is a hash table over the solutions of one side of a join. Rows of one
// key are chained in their original order.
type table struct {
	rows  batch
	key   []int
	mask  uint64
	heads []int32 // -1 ends a chain
	links []int32
	acct  account
}

// buildTable reads an operator to its end.
func buildTable(ctx context.Context, op operator, width int, key []int, mem *Memory) (*table, error) {
	t := &table{rows: newBatch(width), key: key, acct: account{mem: mem}}
	err := drain(ctx, op, func(b *batch) error {
		t.rows.appendAll(b)
		return t.acct.set(t.rows.bytes())
	})
	if err == nil && len(key) > 0 {
		err = t.index()
	}
	if err != nil {
		t.acct.close()
		return nil, err
	}
	return t, nil
}

func (t *table) index() error {
	size := 16
	for size < 2*t.rows.n {
		size *= 2
	}
	if err := t.acct.add(int64(size+t.rows.n) * 4); err != nil {
		return err
	}
	t.mask = uint64(size - 1)
	t.heads = make([]int32, size)
	for i := range t.heads {
		t.heads[i] = -1
	}
	t.links = make([]int32, t.rows.n)
	for i := t.rows.n - 1; i >= 0; i-- {
		h := hashRow(t.rows.cols, t.key, i) & t.mask
		t.links[i] = t.heads[h]
		t.heads[h] = int32(i)
	}
	return nil
}

// hashRow mixes the IDs of some columns of a row.
func hashRow(cols [][]store.ID, key []int, row int) uint64 {
	h := uint64(0x9E3779B97F4A7C15)
	for _, c := range key {
		h ^= uint64(cols[c][row])
		h *= 0xD6E8FEB86659FD93
		h ^= h >> 32
	}
	return h
}

// each calls f with every row of the table whose key equals that of a row of
// b, whose key columns are given; without a key that is every row.
func (t *table) each(b *batch, key []int, row int, f func(r int32)) {
	if len(t.key) == 0 {
		for r := range t.rows.n {
			f(int32(r))
		}
		return
	}
next:
	for r := t.heads[hashRow(b.cols, key, row)&t.mask]; r >= 0; r = t.links[r] {
		for i, c := range key {
			if b.cols[c][row] != t.rows.cols[t.key[i]][r] {
				continue next
			}
		}
		f(r)
	}
}

// idSet is a set of rows of IDs of one width.
type idSet struct {
	width int
	ids   []store.ID
	mask  uint64
	slots []int32 // index of row plus one
	n     int
	acct  account
}

func newIDSet(width int, mem *Memory) *idSet {
	return &idSet{width: width, mask: 63, slots: make([]int32, 64), acct: account{mem: mem}}
}

// add puts a row in and returns its index and whether it is new.
func (s *idSet) add(cols [][]store.ID, row int) (int, bool, error) {
	h := uint64(0x9E3779B97F4A7C15)
	for _, c := range cols {
		h ^= uint64(c[row])
		h *= 0xD6E8FEB86659FD93
		h ^= h >> 32
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
		return int(s.slots[i] - 1), false, nil
	}
	for _, c := range cols {
		s.ids = append(s.ids, c[row])
	}
	s.n++
	s.slots[i] = int32(s.n)
	if 2*s.n > len(s.slots) {
		s.grow()
	}
	err := s.acct.set(int64(cap(s.ids))*8 + int64(len(s.slots))*4)
	return s.n - 1, true, err
}

func (s *idSet) grow() {
	s.slots = make([]int32, 2*len(s.slots))
	s.mask = uint64(len(s.slots) - 1)
	for n := range s.n {
		h := uint64(0x9E3779B97F4A7C15)
		for _, id := range s.ids[n*s.width : (n+1)*s.width] {
			h ^= uint64(id)
			h *= 0xD6E8FEB86659FD93
			h ^= h >> 32
		}
		i := h & s.mask
		for s.slots[i] != 0 {
			i = (i + 1) & s.mask
		}
		s.slots[i] = int32(n + 1)
	}
}

// row returns the IDs of row n.
func (s *idSet) row(n int) []store.ID { return s.ids[n*s.width : (n+1)*s.width] }
