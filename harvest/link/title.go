package link

import (
	"encoding/binary"
	"hash/fnv"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"fincat/vocab/dcat"
)

// A token is a character of a title, a word of the lexicon, or a run of letters
// or digits.
type token uint32

const (
	tokenWord   token = 1 << 24 // and the word's number in the lexicon
	tokenRun    token = 1 << 25 // and a hash of the letters
	tokenNumber token = 1 << 26 // and a hash of the digits
	tokenHash         = 1<<24 - 1
)

// A title as it is compared.
type title struct {
	whole  string   // folded, without punctuation
	names  []string // what stands in brackets, which may name the owner
	tokens []token  // of the core: without owner, board, path before the last ">" and noise
	market market   // boards that the title names
	core   string   // the tokens as a key, for finding equal ones
	crumb  bool     // a path before the last ">" was left out
}

// fold makes text comparable: compatibility characters, lower case, 臺 for 台.
func fold(s string) string {
	return variants.Replace(strings.ToLower(norm.NFKC.String(s)))
}

// variants are characters that are written in two ways.
var variants = strings.NewReplacer("台", "臺", "周", "週", "裏", "裡", "僞", "偽", "鑑", "鑒", "佔", "占")

// titleNames returns the names under which titles speak of an organisation.
func titleNames(o dcat.Organization) []string {
	var out []string
	for _, n := range append([]string{o.NameZH}, o.Aliases...) {
		n = letters(fold(n))
		out = append(out, n)
		for _, front := range []string{"財團法人", "中華民國", "有限責任"} {
			if rest, ok := strings.CutPrefix(n, front); ok {
				n = rest
				out = append(out, n)
			}
		}
		if rest, ok := strings.CutSuffix(n, "股份有限公司"); ok {
			out = append(out, rest, rest+"公司")
		}
	}
	slices.SortFunc(out, func(a, b string) int {
		if len(a) != len(b) {
			return len(b) - len(a)
		}
		return strings.Compare(a, b)
	})
	return slices.Compact(out)
}

// letters leaves only letters and digits.
func letters(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return -1
	}, s)
}

// readTitle folds a title and finds the boards that it names.
func readTitle(s string) title {
	s = fold(s)
	t := title{whole: letters(s), names: bracketed(s)}
	rest := s
	for _, w := range marketWords {
		if strings.Contains(rest, w.text) {
			t.market |= w.m
			rest = strings.ReplaceAll(rest, w.text, " ")
		}
	}
	return t
}

// named reports whether a name at the end of the title stands apart from it.
func (t *title) named(n string) bool { return slices.Contains(t.names, n) }

// bracketed returns what stands in brackets, and what follows the last "_" or "-".
func bracketed(s string) []string {
	var out []string
	for _, open := range []string{"(", "[", "【", "〔", "「"} {
		if _, in, ok := strings.Cut(s, open); ok {
			if i := strings.IndexAny(in, ")]】〕」"); i > 0 {
				out = append(out, strings.TrimSpace(in[:i]))
			}
		}
	}
	if i := strings.LastIndexAny(s, "_-"); i > 0 {
		out = append(out, letters(s[i+1:]))
	}
	return out
}

// selfWords are how an institution speaks of itself.
var selfWords = []string{"本公司", "本會", "本中心", "本局", "本行", "本所", "本院", "本基金"}

// impliedWords are the words, beside its names, that the owner makes superfluous.
var impliedWords = map[string][]string{"taifex": {"期貨市場"}, "tpex": {"櫃買"}}

// cut cuts the core of a title of an owner into tokens.
func (t *title) cut(s string, owner string, names []string, x *lexiconIndex) {
	s = fold(s)
	for _, sep := range []string{">", "›", "»"} {
		if i := strings.LastIndex(s, sep); i >= 0 && strings.TrimSpace(s[i+len(sep):]) != "" {
			s, t.crumb = s[i+len(sep):], true
		}
	}
	for _, w := range marketWords {
		s = strings.ReplaceAll(s, w.text, " ")
	}
	for _, w := range impliedWords[owner] {
		s = strings.ReplaceAll(s, w, " ")
	}
	for _, w := range selfWords {
		s = strings.ReplaceAll(s, w, " ")
	}
	for _, n := range names {
		if len(n) >= 9 {
			s = strings.ReplaceAll(s, n, " ")
		}
	}
	t.tokens = x.tokens(everyOne.Replace(numerals(unrepeated(s))))
	if len(t.tokens) == 0 && len(names) > 0 { // the name of the owner is all there is
		t.tokens = x.tokens(numerals(t.whole))
	}
	t.core = key(t.tokens)
}

// everyOne writes 每1月 as 每月.
var everyOne = strings.NewReplacer("每1日", "每日", "每1週", "每週", "每1月", "每月", "每1季", "每季", "每1年", "每年")

// unrepeated writes 股價指數類(指數期貨) as 股價指數期貨類: what is in brackets after a class
// often repeats the end of its name.
func unrepeated(s string) string {
	class, rest, ok := strings.Cut(s, "類(")
	in, tail, closed := strings.Cut(rest, ")")
	if !ok || !closed {
		return s
	}
	inner := []rune(in)
	for n := len(inner); n > 1; n-- {
		if strings.HasSuffix(class, string(inner[:n])) {
			return class + string(inner[n:]) + "類" + tail
		}
	}
	return s
}

const maxTokens = 120 // of a title; what is longer is no title

// tokens cuts folded text up, without the words that stand in any title.
func (x *lexiconIndex) tokens(s string) []token {
	var out []token
	r := []rune(s)
	for i := 0; i < len(r) && len(out) < maxTokens; {
		n, isWord := 0, 0
		for k := min(x.longest, len(r)-i); k > 0; k-- {
			if w, ok := x.byText[string(r[i:i+k])]; ok && !cutsRun(r, i, i+k) {
				n, isWord = k, w
				break
			}
		}
		switch c := r[i]; {
		case n > 0:
			if x.words[isWord].class != noise {
				out = append(out, tokenWord|token(x.words[isWord].same))
			}
			i += n
		case isASCIIDigit(c):
			k := i
			for k < len(r) && isASCIIDigit(r[k]) {
				k++
			}
			out = append(out, tokenNumber|hashed(strings.TrimLeft(string(r[i:k]), "0")))
			i = k
		case isASCIILetter(c):
			k := i
			for k < len(r) && isASCIILetter(r[k]) {
				k++
			}
			out = append(out, tokenRun|hashed(string(r[i:k])))
			i = k
		case unicode.IsLetter(c) || c == '%':
			out = append(out, token(c))
			i++
		default:
			i++
		}
	}
	return out
}

func isASCIIDigit(c rune) bool  { return '0' <= c && c <= '9' }
func isASCIILetter(c rune) bool { return 'a' <= c && c <= 'z' }

// cutsRun reports whether a word of letters or digits is only a piece of a
// longer run.
func cutsRun(r []rune, from, to int) bool {
	inRun := func(a, b rune) bool {
		return isASCIILetter(a) && isASCIILetter(b) || isASCIIDigit(a) && isASCIIDigit(b)
	}
	return from > 0 && inRun(r[from-1], r[from]) || to < len(r) && inRun(r[to-1], r[to])
}

func hashed(s string) token {
	h := fnv.New32a()
	h.Write([]byte(s))
	return token(h.Sum32() & tokenHash)
}

// key returns a text that is equal for equal tokens.
func key(tokens []token) string {
	b := make([]byte, 0, 4*len(tokens))
	for _, t := range tokens {
		b = binary.BigEndian.AppendUint32(b, uint32(t))
	}
	return string(b)
}

// word returns the word of the lexicon that a token is.
func (x *lexiconIndex) word(t token) (word, bool) {
	if t&tokenWord == 0 || t&(tokenRun|tokenNumber) != 0 {
		return word{}, false
	}
	return x.words[t&tokenHash], true
}

// numerals writes the Chinese numerals of more than one character, and those
// before a counter, with digits.
func numerals(s string) string {
	const digits = "零一二三四五六七八九"
	r := []rune(s)
	var b strings.Builder
	for i := 0; i < len(r); {
		k, value, digit, tens := i, 0, -1, false
		for k < len(r) {
			if d := strings.IndexRune(digits, r[k]); d >= 0 {
				if digit >= 0 {
					break // a row of digits, such as 二三
				}
				if digit = d / len("零"); digit == 0 {
					digit = -1 // 一百零三: only a place is left out
				}
			} else if u, ok := map[rune]int{'十': 10, '百': 100}[r[k]]; ok {
				value, digit, tens = value+max(digit, 1)*u, -1, true
			} else {
				break
			}
			k++
		}
		if !tens {
			b.WriteRune(r[i])
			i++
			continue
		}
		value += max(digit, 0)
		b.WriteString(strconv.Itoa(value))
		i = k
	}
	return b.String()
}
