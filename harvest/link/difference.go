package link

import (
	"slices"
	"strings"
)

// titles compares the titles of two records and keeps the best level. Where the
// owner of one is not known, its titles are read as if it were that of the other.
func (rd *reader) titles(a, b *features, owner level) (level, string) {
	x, y := a.titles, b.titles
	if owner != ownerOther && a.owner.Org != b.owner.Org {
		if a.owner.certain() && !b.owner.certain() {
			y = rd.as(b, a.owner.Org)
		} else if b.owner.certain() && !a.owner.certain() {
			x = rd.as(a, b.owner.Org)
		}
	}
	best, seen := titleOther, ""
	for i := range x {
		for j := range y {
			if i > 0 && j > 0 {
				continue
			}
			if l, s := rd.x.difference(&x[i], &y[j]); l < best || i == 0 && j == 0 {
				best, seen = l, s
			}
		}
	}
	return best, seen
}

// as returns the titles of a record as they would be read if an organisation
// were its owner.
func (rd *reader) as(f *features, org string) []title {
	out := slices.Clone(f.titles)
	for i := range out {
		out[i].cut(f.rec.Titles[i], org, rd.orgs.names[org], rd.x)
	}
	return out
}

// difference says how two titles differ, and in which words.
func (x *lexiconIndex) difference(a, b *title) (level, string) {
	if a.whole == "" || b.whole == "" {
		return titleOther, ""
	}
	switch {
	case a.whole == b.whole && len([]rune(a.whole)) > 4:
		return titleEqual, ""
	case a.core == b.core && !x.telling(a.tokens):
		return titleShort, ""
	case a.core == b.core:
		return titleCore, ""
	}
	d := x.diff(a.tokens, b.tokens)
	if len(d.a)+len(d.b) == 0 {
		return titleCore, ""
	}
	seen := x.show(d.a) + "/" + x.show(d.b)
	va, vb := x.weigh(d.a), x.weigh(d.b)
	total := x.weigh(a.tokens).sum() + x.weigh(b.tokens).sum()
	agree := 1 - (va.sum()+vb.sum())/max(total, 1)
	switch {
	case va.told == 0 && vb.told == 0 && (va.soft == 0 || vb.soft == 0):
		switch {
		case agree < 0.5:
			return titleFar, seen
		case x.onlyForm(d.a) && x.onlyForm(d.b) && x.telling(a.tokens):
			return titleForm, seen
		}
		return titleOrder, seen
	case x.parts(d) && agree >= 0.3:
		return titlePart, seen
	case va.told == 0 || vb.told == 0:
		if agree < 0.5 {
			return titleFar, seen
		}
		return titleMore, seen
	case x.conflict(d):
		return titleOther, seen
	case agree >= 0.75:
		return titleClose, seen
	case agree >= 0.5:
		return titleFar, seen
	}
	return titleOther, seen
}

// onlyForm reports whether tokens are words for the form of a table only.
func (x *lexiconIndex) onlyForm(tokens []token) bool {
	return !slices.ContainsFunc(tokens, func(t token) bool {
		w, ok := x.word(t)
		return !ok || w.class != soft || w.dim != "form" && w.dim != "state"
	})
}

// telling reports whether tokens are enough to tell a dataset from those of other
// institutions: more than three characters.
func (x *lexiconIndex) telling(tokens []token) bool {
	n := 0
	for _, t := range tokens {
		if w, ok := x.word(t); ok {
			n += len([]rune(w.text))
		} else if t&tokenRun != 0 {
			n += 2
		} else {
			n++
		}
	}
	return n > 3
}

// A valued sums up tokens: those that tell datasets apart, and those that do not.
type valued struct{ told, soft float64 }

func (v valued) sum() float64 { return v.told + v.soft }

// weigh sums up tokens. A character of content counts 1.
func (x *lexiconIndex) weigh(tokens []token) (v valued) {
	for _, t := range tokens {
		switch w, ok := x.word(t); {
		case ok && w.class == soft:
			v.soft += 0.5
		case ok:
			v.told += max(2, float64(len([]rune(w.text))))
		case t&(tokenRun|tokenNumber) != 0:
			v.told += 2
		default:
			v.told++
		}
	}
	return v
}

// A tokenDiff holds what only one of two titles has.
type tokenDiff struct {
	a, b []token
}

// diff returns the tokens that only one title has, in the longest common
// sequence or elsewhere. What stands in another order becomes a word that does not
// tell datasets apart.
func (x *lexiconIndex) diff(a, b []token) tokenDiff {
	var d tokenDiff
	d.a, d.b = sequenceDiff(a, b)
	reordered := false
	for i := 0; i < len(d.a); {
		if j := slices.Index(d.b, d.a[i]); j >= 0 {
			d.a, d.b = slices.Delete(d.a, i, i+1), slices.Delete(d.b, j, j+1)
			reordered = true
			continue
		}
		i++
	}
	if reordered {
		d.a = append(d.a, x.order)
	}
	return d
}

// sequenceDiff returns what is not in a longest common sequence of a and b.
func sequenceDiff(a, b []token) (onlyA, onlyB []token) {
	for len(a) > 0 && len(b) > 0 && a[0] == b[0] {
		a, b = a[1:], b[1:]
	}
	for len(a) > 0 && len(b) > 0 && a[len(a)-1] == b[len(b)-1] {
		a, b = a[:len(a)-1], b[:len(b)-1]
	}
	width := len(b) + 1
	best := make([]uint8, (len(a)+1)*width)
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if a[i] == b[j] {
				best[i*width+j] = best[(i+1)*width+j+1] + 1
			} else {
				best[i*width+j] = max(best[(i+1)*width+j], best[i*width+j+1])
			}
		}
	}
	i, j := 0, 0
	for i < len(a) && j < len(b) {
		switch {
		case a[i] == b[j]:
			i, j = i+1, j+1
		case best[(i+1)*width+j] >= best[i*width+j+1]:
			onlyA, i = append(onlyA, a[i]), i+1
		default:
			onlyB, j = append(onlyB, b[j]), j+1
		}
	}
	return append(onlyA, a[i:]...), append(onlyB, b[j:]...)
}

// parts reports whether titles differ in exactly one dimension, in which both
// name a part.
func (x *lexiconIndex) parts(d tokenDiff) bool {
	a, okA := x.dimension(d.a)
	b, okB := x.dimension(d.b)
	return okA && okB && a == b && a != ""
}

// conflict reports whether titles name different parts of one dimension, beside
// other differences.
func (x *lexiconIndex) conflict(d tokenDiff) bool {
	return slices.ContainsFunc(d.a, func(s token) bool {
		a, ok := x.word(s)
		return ok && a.class == part && slices.ContainsFunc(d.b, func(t token) bool {
			b, ok := x.word(t)
			return ok && b.class == part && a.dim == b.dim
		})
	})
}

// dimension returns the only dimension of the tokens that tell anything.
func (x *lexiconIndex) dimension(tokens []token) (dim string, ok bool) {
	for _, t := range tokens {
		w, isWord := x.word(t)
		d := w.dim
		switch {
		case isWord && w.class == soft:
			continue
		case isWord && w.class == part:
		case !isWord && t&tokenNumber != 0:
			d = "period"
		default:
			return "", false
		}
		if dim != "" && dim != d {
			return "", false
		}
		dim = d
	}
	return dim, true
}

// show writes tokens for people.
func (x *lexiconIndex) show(tokens []token) string {
	var b strings.Builder
	for _, t := range tokens {
		if w, ok := x.word(t); ok {
			b.WriteString(w.text)
		} else if t&(tokenRun|tokenNumber) != 0 {
			b.WriteString("…")
		} else {
			b.WriteRune(rune(t))
		}
	}
	return b.String()
}
