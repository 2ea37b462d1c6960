package link

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"github.com/zeebo/xxh3"
)

// A Kind is what a link says.
type Kind uint8

// The kinds of links.
const (
	Same    Kind = iota // the same dataset
	Edition             // another part of the same table: exactly one division differs
)

// Evidence is one reason for or against a link.
type Evidence struct {
	About string  `json:"about"` // such as title
	Level string  `json:"level"` // such as equal
	Bits  float64 `json:"bits"`  // for the link when positive
	Why   string  `json:"why"`
	Seen  string  `json:"seen,omitempty"` // what was seen, where that says more
}

// A comparison of two records.
type comparison struct {
	levels []seenLevel
	kind   Kind
	bits   float64
}

type seenLevel struct {
	level level
	seen  string
}

// pairContext says how many records of the sources of a pair have a key.
type pairContext interface {
	// shared returns the larger number of records that have the key in either of
	// two sources.
	shared(key uint64, a, b string) int
}

// compare compares two records; not ok when they cannot be linked whatever else
// agrees: their boards are different.
func (rd *reader) compare(a, b *features, in pairContext) (c comparison, ok bool) {
	owner := rd.orgs.related(a, b)
	m, ok := marketsOf(a, b, owner)
	if !ok {
		return c, false
	}
	if owner == ownerOther && a.owner.Org == "" && b.owner.Org == "" && sameFile(a, b) {
		owner = ownerUnknown // offices of one agency that call themselves 民政處 or 縣政府
	}
	title, seen := rd.titles(a, b, owner)
	c.see(title, seen)
	c.see(m, "")
	c.see(owner, "")
	if names(a, b) {
		c.see(declared, "")
	}
	if a.rec.group() == b.rec.group() {
		c.files(a, b)
	} else {
		c.places(a, b, in)
	}
	c.rest(a, b)
	c.sum(&rd.weights, a.rec.group() == b.rec.group())
	return c, true
}

func (c *comparison) see(l level, seen string) { c.levels = append(c.levels, seenLevel{l, seen}) }

// sum adds up the evidence for both kinds of links and keeps the better one.
func (c *comparison) sum(table *[levels]weight, within bool) {
	same, edition := weight{m: priorSame, u: 1 - priorSame}.bits(), weight{m: priorEdition, u: 1 - priorEdition}.bits()
	if within {
		same = weight{m: priorDuplicate, u: 1 - priorDuplicate}.bits()
	}
	parts := false
	for _, s := range c.levels {
		same += weightOf(table, Same, s.level).bits()
		edition += weightOf(table, Edition, s.level).bits()
		parts = parts || s.level == titlePart
	}
	c.kind, c.bits = Same, same
	if parts && !within && edition > same {
		c.kind, c.bits = Edition, edition
	}
}

func weightOf(table *[levels]weight, k Kind, l level) weight {
	if w, ok := editionWeights[l]; ok && k == Edition {
		return w
	}
	return table[l]
}

// evidence returns the reasons, the strongest first.
func (c *comparison) evidence(table *[levels]weight) []Evidence {
	var out []Evidence
	for _, s := range c.levels {
		w := weightOf(table, c.kind, s.level)
		out = append(out, Evidence{w.about, w.name, w.bits(), w.why, s.seen})
	}
	sortEvidence(out)
	return out
}

func sortEvidence(list []Evidence) {
	slices.SortStableFunc(list, func(a, b Evidence) int {
		return cmp.Or(cmp.Compare(math.Abs(b.Bits), math.Abs(a.Bits)), strings.Compare(a.About, b.About))
	})
}

// marketsOf compares boards. Different ones are a reason never to link.
func marketsOf(a, b *features, owner level) (level, bool) {
	x, y := a.market, b.market
	switch {
	case x != 0 && x == y:
		return marketSame, true
	case x != 0 && y != 0:
		return marketMore, x&y != 0
	case x == 0 && y == 0:
		i, j := implied[a.owner.Org], implied[b.owner.Org]
		return marketNone, i == 0 || j == 0 || i == j
	case y == 0:
		return oneMarket(a, b, owner)
	}
	return oneMarket(b, a, owner)
}

// oneMarket compares the board that a names with b, which names none. What is
// said of no board is mostly said of the main one.
func oneMarket(a, b *features, owner level) (level, bool) {
	switch i := implied[b.owner.Org]; {
	case i == a.market:
		return marketImplied, true
	case i != 0 && i&a.market == 0 && a.market != public:
		return marketMore, false
	case i == 0 && a.market == listed && implied[a.owner.Org] == listed && !b.owner.certain() && owner != ownerOther:
		return marketOmitted, true
	}
	return marketMore, true
}

// names reports whether one record names the other, or both the same third.
func names(a, b *features) bool {
	switch {
	case a.self != "" && (a.self == b.self || slices.Contains(b.declared, a.self)):
		return true
	case b.self != "" && slices.Contains(a.declared, b.self):
		return true
	}
	return slices.ContainsFunc(a.declared, func(k string) bool { return slices.Contains(b.declared, k) })
}

// few is how many records of a source may share a code or address that still
// says something.
const few = 3

// places compares addresses and codes of records of different sources.
func (c *comparison) places(a, b *features, in pairContext) {
	best, seen := levels, ""
	for _, x := range a.addresses {
		for _, y := range b.addresses {
			if x.whole == "" || x.whole != y.whole {
				continue
			}
			if n := in.shared(addressKey(x.whole), a.rec.group(), b.rec.group()); n <= 1 {
				best, seen = addressOnly, x.whole
			} else if n <= few && best == levels {
				best, seen = addressFew, x.whole
			}
		}
	}
	if best != levels {
		c.see(best, seen)
	}
	if best == addressOnly {
		return // the code is part of the address
	}
	code, seenCode := levels, ""
	for _, x := range a.addresses {
		for _, k := range x.codes {
			for _, hash := range a.codeKeys(x, k) {
				if !b.hasCode(hash, k) {
					continue
				}
				if n := in.shared(hash, a.rec.group(), b.rec.group()); n <= 1 {
					code, seenCode = codeOnly, k
				} else if n <= few && code == levels {
					code, seenCode = codeFew, k
				}
			}
		}
	}
	if code != levels && best == levels {
		c.see(code, seenCode)
	} else if code == codeOnly {
		c.levels[len(c.levels)-1] = seenLevel{code, seenCode}
	}
}

// sameFile reports whether an address of two records is the same.
func sameFile(a, b *features) bool {
	return slices.ContainsFunc(a.addresses, func(x address) bool {
		return x.whole != "" && slices.ContainsFunc(b.addresses, func(y address) bool { return x.whole == y.whole })
	})
}

// hasCode reports whether a record has the code under this key.
func (f *features) hasCode(hash uint64, code string) bool {
	if _, ok := slices.BinarySearch(f.exact, hash); !ok {
		return false
	}
	return slices.ContainsFunc(f.addresses, func(a address) bool { return slices.Contains(a.codes, code) })
}

// files compares the addresses of records of one source.
func (c *comparison) files(a, b *features) {
	set := func(f *features) []string {
		var out []string
		for _, x := range f.addresses {
			if x.whole != "" {
				out = append(out, x.whole)
			}
		}
		slices.Sort(out)
		return slices.Compact(out)
	}
	x, y := set(a), set(b)
	switch {
	case len(x) == 0 || len(y) == 0:
	case slices.Equal(x, y):
		c.see(addressesEqual, x[0])
	case slices.ContainsFunc(x, func(s string) bool { return slices.Contains(y, s) }):
		c.see(addressesShared, "")
	default:
		c.see(addressesOther, "")
	}
}

// rest compares columns, frequency and description.
func (c *comparison) rest(a, b *features) {
	if len(a.fields) >= 3 && len(b.fields) >= 3 {
		both := 0
		for _, k := range a.fields {
			if _, ok := slices.BinarySearch(b.fields, k); ok {
				both++
			}
		}
		switch n := len(a.fields) + len(b.fields) - both; {
		case 5*both >= 4*n:
			c.see(fieldsSame, "")
		case 2*both >= n:
			c.see(fieldsHalf, "")
		case 10*both <= n:
			c.see(fieldsOther, "")
		}
	}
	if x, y := a.rec.Frequency, b.rec.Frequency; x != "" && y != "" {
		if x == y {
			c.see(frequencySame, "")
		} else {
			c.see(frequencyOther, "")
		}
	}
	if a.text != (xxh3.Uint128{}) && a.text == b.text {
		c.see(textSame, "")
	}
}
