package search

import (
	"strings"
	"unicode"

	"github.com/zeebo/xxh3"
)

// fold is how texts and words are compared: rune by rune, so that a place in the one is
// the same place in the other.
func fold(r rune) rune {
	switch {
	case r >= '！' && r <= '～': // full width
		r -= '！' - '!'
	case r == '\u3000':
		return ' '
	case r == '台':
		return '臺'
	}
	if unicode.IsSpace(r) || r < ' ' {
		return ' '
	}
	return unicode.ToLower(r)
}

// Fold returns a text as it is compared.
func Fold(s string) string { return strings.Map(fold, strings.ToValidUTF8(s, "\uFFFD")) }

// ideographic reports whether a character needs no blank between words: Chinese, and what
// else stands in that part of Unicode.
func ideographic(r rune) bool { return r >= 0x2E80 && (unicode.IsLetter(r) || unicode.IsNumber(r)) }

// spelt reports whether a character is part of a word that has a beginning and an end.
func spelt(r rune) bool { return r < 0x2E80 && (unicode.IsLetter(r) || unicode.IsNumber(r)) }

// A signature is a set of hashes of what a text has, in which what it does not have is
// seldom found: so many bits.
const signatureBits = 4096

func bit(s string) uint16 { return uint16(xxh3.HashString(s) % signatureBits) }

// sign tells set the bits of a folded text: of pairs of ideographs; of other words those of
// the whole, and of how they begin.
func sign(text string, set func(uint16)) {
	var last rune
	at, begin := 0, -1 // of the last ideograph; of the word
	for i, r := range text {
		if spelt(r) {
			if begin < 0 {
				begin = i
			}
		} else if begin >= 0 {
			signWord(text[begin:i], set)
			begin = -1
		}
		if ideographic(r) && ideographic(last) {
			set(bit(text[at : i+len(string(r))]))
		}
		last, at = r, i
	}
	if begin >= 0 {
		signWord(text[begin:], set)
	}
}

func signWord(w string, set func(uint16)) {
	set(bit(w))
	n := 0
	for i := range w {
		if n++; n == 3 || n == 4 {
			set(bit(w[:i]))
		}
	}
}

// beginning is how much of the beginning of a word the signature has; a single character is
// too little.
func beginning(w string) (string, bool) {
	n := 0
	for i := range w {
		if n++; n == 4 {
			return w[:i], true
		}
	}
	return w, n > 1
}

// word is one that a query looks for.
type word struct {
	text       string
	begin, end bool // it must stand at the beginning, or end, of a word
	bits       []uint16
}

// newWord prepares a word for [word.in].
func newWord(s string) word {
	s = strings.Join(strings.Fields(Fold(s)), " ")
	w := word{text: s}
	var runes = []rune(s)
	if len(runes) == 0 {
		return w
	}
	w.begin = spelt(runes[0])
	w.end = spelt(runes[len(runes)-1]) && strings.ContainsFunc(s, unicode.IsDigit)
	var g []uint16
	for i := 1; i < len(runes); i++ {
		if ideographic(runes[i-1]) && ideographic(runes[i]) {
			g = append(g, bit(string(runes[i-1:i+1])))
		}
	}
	for i := 0; i < len(runes); {
		j := i
		for j < len(runes) && spelt(runes[j]) {
			j++
		}
		if j == i {
			i++
			continue
		}
		switch run := string(runes[i:j]); {
		case j < len(runes) || w.end:
			g = append(g, bit(run))
		default:
			if b, ok := beginning(run); ok {
				g = append(g, bit(b))
			}
		}
		i = j
	}
	w.bits = g
	return w
}

// in returns where the word first stands in a folded text, -1 for nowhere.
func (w *word) in(text string) int { return w.next(text, 0) }

// next returns where the word first stands from a place of a folded text on.
func (w *word) next(text string, from int) int {
	for {
		i := strings.Index(text[from:], w.text)
		if i < 0 {
			return -1
		}
		i += from
		if w.fits(text, i) {
			return i
		}
		from = i + 1
	}
}

// fits reports whether the word that stands at a place of a text begins and ends there.
func (w *word) fits(text string, i int) bool {
	if w.begin && i > 0 {
		if r := lastRune(text[:i]); spelt(r) {
			return false
		}
	}
	if w.end && i+len(w.text) < len(text) {
		if r := firstRune(text[i+len(w.text):]); spelt(r) {
			return false
		}
	}
	return true
}

func firstRune(s string) rune {
	for _, r := range s {
		return r
	}
	return 0
}

func lastRune(s string) rune {
	i := len(s) - 1
	for i > 0 && s[i]&0xC0 == 0x80 {
		i--
	}
	return firstRune(s[i:])
}
