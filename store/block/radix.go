package block

import (
	"cmp"
	"slices"

	"fincat/store/ids"
)

// row is what is sorted: the key of a quad, or that key with a fifth number, which
// gives several changes of the same quad their sequence.
type row interface{ ~[4]ids.ID | ~[5]ids.ID }

func compareRows[R row](a, b *R) int {
	for i := range len(*a) {
		if x, y := (*a)[i], (*b)[i]; x != y {
			return cmp.Compare(x, y)
		}
	}
	return 0
}

const smallSort = 48

// sortRows sorts rows by a column and, with more, by those after it. It is a
// radix sort: rows are distributed by those bytes of the column that are not the
// same in all rows, then groups with equal values are sorted by the next column,
// small groups by comparing. Without more, rows with equal values keep their
// sequence. Rows that are sorted already, which is common when they come from another
// order of the index, are compared once and left as they are. tmp is at least as long as
// rows; what it holds afterwards has no meaning.
func sortRows[R row](rows, tmp []R, col int, more bool) {
	if len(rows) == 0 || col == len(rows[0]) {
		return
	}
	if len(rows) <= smallSort {
		if more {
			slices.SortFunc(rows, func(a, b R) int { return compareRows(&a, &b) })
		} else {
			slices.SortStableFunc(rows, func(a, b R) int { return cmp.Compare(a[col], b[col]) })
		}
		return
	}
	first, vary, sorted := rows[0][col], ids.ID(0), true
	for i := 1; i < len(rows); i++ {
		a, b := rows[i-1][col], rows[i][col]
		vary |= b ^ first
		sorted = sorted && (a < b || a == b && (!more || compareRows(&rows[i-1], &rows[i]) <= 0))
	}
	switch {
	case sorted:
		return
	case vary == 0:
		sortRows(rows, tmp, col+1, more)
		return
	case vary>>56 != 0 && vary<<8 != 0: // the tag decides which bytes of the rest vary
		ends := distribute(rows, tmp, col, 56)
		copy(rows, tmp[:len(rows)])
		from := 0
		for _, end := range ends {
			if end > from {
				sortRows(rows[from:end], tmp[from:end], col, more)
			}
			from = end
		}
		return
	}
	a, b := rows, tmp[:len(rows)]
	for shift := 0; shift < 64; shift += 8 {
		if vary>>shift&0xFF != 0 {
			distribute(a, b, col, shift)
			a, b = b, a
		}
	}
	if &a[0] != &rows[0] {
		copy(rows, a)
	}
	for from := 0; more && from < len(rows); {
		to := from + 1
		for to < len(rows) && rows[to][col] == rows[from][col] {
			to++
		}
		if to-from > 1 {
			sortRows(rows[from:to], tmp[from:to], col+1, true)
		}
		from = to
	}
}

// distribute moves a into b by one byte of a column, keeping the sequence of
// equals, and returns where each byte's share ends.
func distribute[R row](a, b []R, col, shift int) (ends [256]int) {
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
