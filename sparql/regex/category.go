package regex

import (
	_ "embed"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"unicode"
)

// blockText has the blocks of Unicode 14 (Blocks.txt), names without spaces.
//
//go:embed blocks.txt
var blockText string

// formerBlocks are names of blocks that XML Schema 1.0 had from Unicode 3.1.
var formerBlocks = map[string][]string{
	"Greek":                    {"GreekandCoptic"},
	"CombiningMarksforSymbols": {"CombiningDiacriticalMarksforSymbols"},
	"CyrillicSupplementary":    {"CyrillicSupplement"},
	"PrivateUse": {"PrivateUseArea", "SupplementaryPrivateUseArea-A",
		"SupplementaryPrivateUseArea-B"},
	"CanadianAboriginalSyllabics": {"UnifiedCanadianAboriginalSyllabics"},
}

var blocks = sync.OnceValue(func() map[string]set {
	out := map[string]set{}
	for line := range strings.Lines(blockText) {
		bounds, name, _ := strings.Cut(strings.TrimSpace(line), " ")
		first, last, _ := strings.Cut(bounds, "-")
		lo, errLo := strconv.ParseUint(first, 16, 32)
		hi, errHi := strconv.ParseUint(last, 16, 32)
		if errLo != nil || errHi != nil {
			panic("blocks.txt: " + line)
		}
		out[name] = set{rune(lo), rune(hi)}
	}
	for name, now := range formerBlocks {
		var s set
		for _, n := range now {
			s = union(s, out[n])
		}
		out[name] = s
	}
	return out
})

// categories are the names that \p{…} knows (XML Schema 1.1 part 2, appendix G.4.2.2);
// those of surrogates are no characters.
const categories = " L Lu Ll Lt Lm Lo M Mn Mc Me N Nd Nl No " +
	"P Pc Pd Ps Pe Pi Pf Po Z Zs Zl Zp S Sm Sc Sk So C Cc Cf Co Cn "

// property returns the characters of \p{name}, and how Go writes them, if it can.
func property(name string) (s set, goName string, err error) {
	if block, ok := strings.CutPrefix(name, "Is"); ok {
		s, ok := blocks()[block]
		if !ok {
			return nil, "", fmt.Errorf("%q is no block of Unicode", block)
		}
		return s, "", nil
	}
	if name == "" || !strings.Contains(categories, " "+name+" ") {
		return nil, "", fmt.Errorf("%q is no category of Unicode; a block is written IsName", name)
	}
	return tableSet(unicode.Categories[name]), `\p{` + name + `}`, nil
}

// Name characters of XML 1.0, as the escapes \i and \c ask.
var (
	nameStart = rangesOf([]rune{
		'_', '_', ':', ':', 'A', 'Z', 'a', 'z', 0xC0, 0xD6, 0xD8, 0xF6, 0xF8, 0x2FF, 0x370, 0x37D, 0x37F, 0x1FFF,
		0x200C, 0x200D, 0x2070, 0x218F, 0x2C00, 0x2FEF, 0x3001, 0xD7FF, 0xF900, 0xFDCF, 0xFDF0, 0xFFFD,
		0x10000, 0xEFFFF,
	})
	nameChar = union(nameStart, set{'-', '.'}, set{'0', '9'}, set{0xB7, 0xB7}, set{0x300, 0x36F}, set{0x203F, 0x2040})
	space    = rangesOf([]rune{' ', ' ', '\t', '\n', '\r', '\r'})
	anyChar  = set{0, unicode.MaxRune}
	noBreak  = rangesOf([]rune{'\n', '\n', '\r', '\r'}).negated()
)

// wordGo is how Go writes \w: everything but punctuation, separators and others.
const wordGo = `\p{L}\p{M}\p{N}\p{S}`

var word = sync.OnceValue(func() set {
	return union(tableSet(unicode.L), tableSet(unicode.M), tableSet(unicode.N), tableSet(unicode.S))
})

// multi returns the characters of an escape of many, such as \d, and how Go writes them,
// if it can do so shorter.
func multi(c rune) (s set, goName string, ok bool) {
	switch unicode.ToLower(c) {
	case 's':
		s = space
	case 'i':
		s = nameStart
	case 'c':
		s = nameChar
	case 'd':
		s, goName = tableSet(unicode.Nd), `\p{Nd}`
		if c == 'D' {
			goName = `\P{Nd}`
		}
	case 'w':
		s, goName = word(), "["+wordGo+"]"
		if c == 'W' {
			goName = "[^" + wordGo + "]"
		}
	default:
		return nil, "", false
	}
	if unicode.IsUpper(c) {
		s = s.negated()
	}
	return s, goName, true
}
