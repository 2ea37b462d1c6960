package codelist

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A finder finds the entities that a text names. The zero value finds none.
type finder struct {
	names map[[shortestName]rune][]name // by their beginning, the longest first
	codes map[string][]int              // a 統一編號, an ISIN, an LEI → entities
	short map[string][]int              // a code that means something beside a short name only
	// named are the entities by the name that is left without the form of company: lists
	// that know one and lists that leave it out mean the same.
	named map[string][]int
	list  []*entity
}

// A name is one of an entity.
type name struct {
	text []rune
	bare string
}

// newFinder prepares to find entities. list is sorted.
func newFinder(list []*entity) *finder {
	f := &finder{names: map[[shortestName]rune][]name{}, codes: map[string][]int{}, short: map[string][]int{},
		named: map[string][]int{}, list: list}
	for i, e := range list {
		for _, id := range e.identifiers {
			switch id.Kind {
			case "tax-id", "isin", "lei":
				f.codes[id.Value] = append(f.codes[id.Value], i)
			default:
				f.short[id.Value] = append(f.short[id.Value], i)
			}
		}
		if !e.organisation {
			continue // a share's name is its company's, shortened
		}
		for _, n := range e.names {
			if n == bare(n) && !legal(n) {
				continue
			}
			f.addName(n, i)
			if legal(bare(n)) {
				f.addName(bare(n), i)
			}
		}
	}
	for _, l := range f.names {
		slices.SortStableFunc(l, func(a, b name) int { return len(b.text) - len(a.text) })
	}
	return f
}

func (f *finder) addName(s string, entity int) {
	text := []rune(s)
	if len(text) < shortestName {
		return
	}
	key, b := [shortestName]rune(text), bare(s)
	f.names[key] = append(f.names[key], name{text, b})
	if !slices.Contains(f.named[b], entity) {
		f.named[b] = append(f.named[b], entity)
	}
}

// endings are those of names that can be nothing but the name of an institution, also
// where the form of the company is left out.
var endings = strings.Fields("銀行 信用合作社 農會 漁會 金融控股 證券金融 票券金融 人壽保險 產物保險 證券投資信託")

// legal reports whether a name tells by its end that it is one.
func legal(s string) bool {
	return slices.ContainsFunc(endings, func(e string) bool { return strings.HasSuffix(s, e) })
}

// maxFound is how many entities of a text are kept.
const maxFound = 50

// find returns the entities that a text names, by their place in the list, sorted.
func (f *finder) find(text string) []int {
	if len(f.list) == 0 || text == "" {
		return nil
	}
	folded := foldText(text)
	runes := []rune(folded)
	found := map[int]bool{}
	for i := 0; i+shortestName <= len(runes) && len(found) < maxFound; {
		i += f.nameAt(runes, i, found)
	}
	f.words(folded, found)
	var out []int
	for i := range found {
		out = append(out, i)
	}
	slices.Sort(out)
	return out[:min(len(out), maxFound)]
}

// nameAt looks for the longest name at a place, and returns how far to go on.
func (f *finder) nameAt(text []rune, at int, found map[int]bool) int {
	rest := text[at:]
	longest := 0
	for _, n := range f.names[[shortestName]rune(rest)] {
		switch {
		case len(n.text) < longest:
			return longest
		case len(n.text) > len(rest) || !slices.Equal(rest[:len(n.text)], n.text):
		case isWord(rest[len(n.text):]):
		default:
			longest = len(n.text)
			for _, i := range f.named[n.bare] {
				found[i] = true
			}
		}
	}
	return max(longest, 1)
}

// following make another word of a name before them, as in 銀行業 and 銀行公會.
var following = strings.Fields("業 間 界 法 同業 公會 學會 協會 集團")

// isWord reports whether what stands behind a name makes another word of it.
func isWord(rest []rune) bool {
	return slices.ContainsFunc(following, func(w string) bool {
		return strings.HasPrefix(string(rest[:min(len(rest), 2)]), w)
	})
}

// words looks for codes, which stand between characters that codes do not have.
func (f *finder) words(folded string, found map[int]bool) {
	upper := strings.ToUpper(folded)
	from := -1
	for i, r := range upper + " " {
		if r < utf8.RuneSelf && (unicode.IsDigit(r) || unicode.IsUpper(r)) {
			if from < 0 {
				from = i
			}
			continue
		}
		if from >= 0 {
			f.word(upper, from, i, found)
		}
		from = -1
	}
}

// word looks at one code. Short ones, such as 2330, count only beside the short name of
// what they stand for.
func (f *finder) word(text string, from, to int, found map[int]bool) {
	code := text[from:to]
	for _, i := range f.codes[code] {
		found[i] = true
	}
	for _, i := range f.short[code] {
		for _, alias := range append(f.list[i].aliases, f.list[i].names...) {
			alias = strings.ToUpper(alias)
			before := strings.TrimRight(text[:from], "([{:-/,、")
			after := strings.TrimLeft(text[to:], ")]}:-/,、")
			beside := strings.HasSuffix(before, alias) || strings.HasPrefix(after, alias)
			if beside && utf8.RuneCountInString(alias) > 1 {
				found[i] = true
			}
		}
	}
}
