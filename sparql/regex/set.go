package regex

import (
	"cmp"
	"slices"
	"sync"
	"unicode"
)

// set is a set of characters: the first and the last of each range, in order. Ranges
// neither overlap nor touch.
type set []rune

// rangesOf makes a set of ranges in any order.
func rangesOf(bounds []rune) set {
	type span struct{ lo, hi rune }
	spans := make([]span, 0, len(bounds)/2)
	for i := 0; i < len(bounds); i += 2 {
		spans = append(spans, span{bounds[i], bounds[i+1]})
	}
	slices.SortFunc(spans, func(a, b span) int { return cmp.Compare(a.lo, b.lo) })
	out := set{}
	for _, s := range spans {
		if n := len(out); n > 0 && s.lo <= out[n-1]+1 {
			out[n-1] = max(out[n-1], s.hi)
			continue
		}
		out = append(out, s.lo, s.hi)
	}
	return out
}

// tableSet makes a set of one of the tables of Unicode.
func tableSet(t *unicode.RangeTable) set {
	var bounds []rune
	add := func(lo, hi, stride rune) {
		if stride == 1 {
			bounds = append(bounds, lo, hi)
			return
		}
		for r := lo; r <= hi; r += stride {
			bounds = append(bounds, r, r)
		}
	}
	for _, r := range t.R16 {
		add(rune(r.Lo), rune(r.Hi), rune(r.Stride))
	}
	for _, r := range t.R32 {
		add(rune(r.Lo), rune(r.Hi), rune(r.Stride))
	}
	return rangesOf(bounds)
}

func union(sets ...set) set { return rangesOf(slices.Concat(sets...)) }

func (s set) negated() set {
	out, next := set{}, rune(0)
	for i := 0; i < len(s); i += 2 {
		if s[i] > next {
			out = append(out, next, s[i]-1)
		}
		next = s[i+1] + 1
	}
	if next <= unicode.MaxRune {
		out = append(out, next, unicode.MaxRune)
	}
	return out
}

// without returns what is in s and not in t.
func (s set) without(t set) set { return union(s.negated(), t).negated() }

func (s set) has(r rune) bool {
	lo, hi := 0, len(s)/2
	for lo < hi {
		switch mid := (lo + hi) / 2; {
		case r < s[2*mid]:
			hi = mid
		case r > s[2*mid+1]:
			lo = mid + 1
		default:
			return true
		}
	}
	return false
}

// foldable are the characters that have variants of case.
var foldable = sync.OnceValue(func() (out []rune) {
	for _, t := range []*unicode.RangeTable{unicode.L, unicode.M, unicode.N, unicode.S} {
		s := tableSet(t)
		for i := 0; i < len(s); i += 2 {
			for r := s[i]; r <= s[i+1]; r++ {
				if unicode.SimpleFold(r) != r {
					out = append(out, r)
				}
			}
		}
	}
	slices.Sort(out)
	return out
})

// folded adds the variants of case.
func (s set) folded() set {
	bounds := slices.Clone(s)
	all := foldable()
	for i := 0; i < len(s); i += 2 {
		from, _ := slices.BinarySearch(all, s[i])
		for _, r := range all[from:] {
			if r > s[i+1] {
				break
			}
			for v := unicode.SimpleFold(r); v != r; v = unicode.SimpleFold(v) {
				bounds = append(bounds, v, v)
			}
		}
	}
	return rangesOf(bounds)
}

// equalFold reports whether two characters are the same but for case.
func equalFold(a, b rune) bool {
	if a == b {
		return true
	}
	for v := unicode.SimpleFold(a); v != a; v = unicode.SimpleFold(v) {
		if v == b {
			return true
		}
	}
	return false
}
