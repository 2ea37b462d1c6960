package store

import "slices"

// sortOps sorts operations by column: by the bytes of the first column that
// vary, then groups of equal values by the next, small groups by comparing.
// What is in sequence already, as much of what comes from other orders is,
// costs one look. tmp is at least as long as ops.
func sortOps(ops, tmp []op) { sortColumn(ops, tmp, 0) }

const smallSort = 48

func sortColumn(ops, tmp []op, col int) {
	if len(ops) <= smallSort || col == 4 {
		slices.SortFunc(ops, compareOps)
		return
	}
	first, vary, sorted := ops[0].key[col], ID(0), true
	for i := 1; i < len(ops); i++ {
		vary |= ops[i].key[col] ^ first
		sorted = sorted && compareOps(ops[i-1], ops[i]) <= 0
	}
	switch {
	case sorted:
		return
	case vary == 0:
		sortColumn(ops, tmp, col+1)
		return
	case vary>>56 != 0 && vary<<8 != 0: // the tag decides which bytes of the rest vary
		ends := distribute(ops, tmp, col, 56)
		copy(ops, tmp[:len(ops)])
		from := 0
		for _, end := range ends {
			if end > from {
				sortColumn(ops[from:end], tmp[from:end], col)
			}
			from = end
		}
		return
	}
	a, b := ops, tmp[:len(ops)]
	for shift := 0; shift < 64; shift += 8 {
		if vary>>shift&0xFF != 0 {
			distribute(a, b, col, shift)
			a, b = b, a
		}
	}
	if &a[0] != &ops[0] {
		copy(ops, a)
	}
	for from := 0; from < len(ops); {
		to := from + 1
		for to < len(ops) && ops[to].key[col] == ops[from].key[col] {
			to++
		}
		if to-from > 1 {
			sortColumn(ops[from:to], tmp[from:to], col+1)
		}
		from = to
	}
}

// distribute moves a into b by one byte of a column, keeping the sequence of
// equals, and returns where each byte's share ends.
func distribute(a, b []op, col, shift int) (ends [256]int) {
	for i := range a {
		ends[byte(a[i].key[col]>>shift)]++
	}
	sum := 0
	for i, n := range ends {
		ends[i] = sum
		sum += n
	}
	for i := range a {
		at := &ends[byte(a[i].key[col]>>shift)]
		b[*at] = a[i]
		*at++
	}
	return ends
}
