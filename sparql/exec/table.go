package exec

import (
	"context"

	"fincat/sparql/exec/idset"
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

func newTable(width int, key []int, mem *Memory) *table {
	return &table{rows: newBatch(width), key: key, acct: account{Of: mem}}
}

// fill reads an operator to its end, or until what is read should not all be in memory:
// then it reports that there may be more.
func (t *table) fill(ctx context.Context, e *Env, op operator) (more bool, err error) {
	for {
		if err := ctx.Err(); err != nil {
			return false, err
		}
		b, err := op.next(ctx)
		if b == nil || err != nil {
			return false, err
		}
		t.rows.appendAll(b)
		if err := t.acct.Set(t.rows.bytes()); err != nil {
			return false, err
		}
		if full(e, t.acct.Held+t.indexBytes()) {
			return true, nil
		}
	}
}

// clear takes all rows out.
func (t *table) clear() {
	t.rows, t.heads, t.links = newBatch(len(t.rows.cols)), nil, nil
	t.acct.Close()
}

func (t *table) slots() int {
	size := 16
	for size < 2*t.rows.n {
		size *= 2
	}
	return size
}

// indexBytes is what an index takes.
func (t *table) indexBytes() int64 {
	if len(t.key) == 0 {
		return 0
	}
	return int64(t.slots()+t.rows.n) * 4
}

// index makes the rows ready to be found by their key.
func (t *table) index() error {
	if len(t.key) == 0 {
		return nil
	}
	if err := t.acct.Add(t.indexBytes()); err != nil {
		return err
	}
	size := t.slots()
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
	h := uint64(idset.Seed)
	for _, c := range key {
		h = idset.Mix(h, cols[c][row])
	}
	return h
}

// first returns the first row of the table whose key equals that of a row of b, whose key
// columns are given, -1 when there is none. Without a key that is every row.
func (t *table) first(b *batch, key []int, row int) int32 {
	if len(t.key) == 0 {
		return min(0, int32(t.rows.n)-1)
	}
	return t.equal(b, key, row, t.heads[hashRow(b.cols, key, row)&t.mask])
}

// after returns the next such row after r.
func (t *table) after(b *batch, key []int, row int, r int32) int32 {
	if len(t.key) > 0 {
		return t.equal(b, key, row, t.links[r])
	}
	if r++; int(r) < t.rows.n {
		return r
	}
	return -1
}

// equal returns the first row of a chain, from r on, that has the key.
func (t *table) equal(b *batch, key []int, row int, r int32) int32 {
next:
	for ; r >= 0; r = t.links[r] {
		for i, c := range key {
			if b.cols[c][row] != t.rows.cols[t.key[i]][r] {
				continue next
			}
		}
		break
	}
	return r
}
