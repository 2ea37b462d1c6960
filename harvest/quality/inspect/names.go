package inspect

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Described is one name of a description, with all that it may be called in the file.
type Described struct {
	Text  string
	forms []string // folded
}

// Description is what 主要欄位說明 says of the columns of a file.
type Description struct {
	Names []Described
	Prose bool // it is sentences, or cut off, rather than names
	None  bool // it says nothing
}

var (
	nothing = regexp.MustCompile(`^[\s(（【\[]*(無|空白|暫無|無說明|n/?a|none|null|-+|文本語料|文本資料|檔案資料)?[\s)）】\]]*$`)
	cutOff  = regexp.MustCompile(`(\.\.\.|…)\s*(詳內)?\s*[)）]?\s*$`)
)

// Describe reads a description: names that stand between 、 , ， ; ； and line
// breaks outside of brackets, each as 英文(中文) or 中文(英文).
func Describe(text string) Description {
	text = strings.TrimSpace(strings.ReplaceAll(text, "\uFEFF", ""))
	d := Description{None: nothing.MatchString(strings.ToLower(text))}
	if text == "" || d.None {
		return d
	}
	items := split(text, "、,，;；\n\r")
	for _, item := range items {
		if item = strings.TrimSpace(item); Fold(item) != "" {
			d.Names = append(d.Names, Described{item, forms(item)})
		}
	}
	d.Prose = cutOff.MatchString(text) || strings.ContainsAny(text, "。！？") || wordy(items)
	return d
}

// wordy reports whether a description is a sentence: it is long and names nothing.
func wordy(items []string) bool {
	long := 0
	for _, item := range items {
		outer, _ := brackets(item)
		if n := utf8.RuneCountInString(outer); n > 25 && strings.ContainsFunc(outer, func(r rune) bool {
			return unicode.Is(unicode.Han, r)
		}) || n > 20 && strings.ContainsAny(outer, "的為於及") {
			long++
		}
	}
	return long > 0 && long*2 >= len(items)
}

// pairOf gives each opening bracket its closing one.
var pairOf = map[rune]rune{'(': ')', '（': '）', '[': ']', '【': '】', '［': '］', '〔': '〕', '{': '}', '「': '」'}

func closes(r rune) bool {
	for _, c := range pairOf {
		if r == c {
			return true
		}
	}
	return false
}

// split cuts a text at separators that stand outside of brackets. A bracket that is never
// closed holds nothing together.
func split(text, at string) []string {
	var out []string
	depth, start := 0, 0
	open := balanced(text)
	for i, r := range text {
		switch {
		case open && pairOf[r] != 0:
			depth++
		case open && closes(r):
			depth = max(0, depth-1)
		case depth == 0 && strings.ContainsRune(at, r):
			out = append(out, text[start:i])
			start = i + utf8.RuneLen(r)
		}
	}
	return append(out, text[start:])
}

// balanced reports whether as many brackets are closed as are opened.
func balanced(text string) bool {
	n := 0
	for _, r := range text {
		if pairOf[r] != 0 {
			n++
		} else if closes(r) {
			n--
		}
	}
	return n == 0
}

// brackets returns a name without what its brackets hold, and what they hold.
func brackets(name string) (outer string, inner []string) {
	var out strings.Builder
	depth, start := 0, 0
	for i, r := range name {
		switch {
		case pairOf[r] != 0:
			if depth++; depth == 1 {
				start = i + utf8.RuneLen(r)
			}
		case closes(r) && depth > 0:
			if depth--; depth == 0 {
				inner = append(inner, name[start:i])
			}
		case depth == 0:
			out.WriteRune(r)
		}
	}
	return strings.TrimSpace(out.String()), inner
}

// forms returns what a described name may be in the file, folded.
func forms(name string) []string {
	outer, inner := brackets(name)
	var out []string
	for _, f := range append([]string{name, outer, withoutLast(name)}, inner...) {
		if f = Fold(f); f != "" {
			out = append(out, f)
			if bare := unquoted(f); bare != f {
				out = append(out, bare)
			}
		}
	}
	return out
}

// unquoted returns a name without the quotes of the line that a description has copied.
func unquoted(name string) string {
	for _, q := range []string{`"`, "'"} {
		if n := len(name); n > 2 && strings.HasPrefix(name, q) && strings.HasSuffix(name, q) {
			return name[1 : n-1]
		}
	}
	return name
}

// withoutLast returns a name without its last brackets, where it has others that may be part
// of it: 賠款率(%)(百分比).
func withoutLast(name string) string {
	name = strings.TrimSpace(name)
	depth, start := 0, 0
	for i, r := range name {
		switch {
		case pairOf[r] != 0:
			if depth++; depth == 1 {
				start = i
			}
		case closes(r) && depth > 0:
			if depth--; depth == 0 && i+utf8.RuneLen(r) == len(name) {
				return strings.TrimSpace(name[:start])
			}
		}
	}
	return name
}

// Fold is how names are compared: in one width of characters, without blanks and marks
// that nobody sees, in small letters.
func Fold(name string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
			return -1
		}
		return unicode.ToLower(r)
	}, norm.NFKC.String(name))
}

// Missing returns the described names that a file does not have, given those that it has.
func (d Description) Missing(names []string) []string {
	have := folded(names)
	var out []string
	for _, n := range d.Names {
		if !n.in(have) {
			out = append(out, n.Text)
		}
	}
	if len(out) > 0 && len(d.Names) == 1 { // names with nothing but blanks between them
		words := strings.Fields(d.Names[0].Text)
		for _, w := range words {
			if !have[Fold(w)] {
				return out
			}
		}
		if len(words) > 1 {
			return nil
		}
	}
	return out
}

// Extra returns the names of a file that are not described.
func (d Description) Extra(names []string) []string {
	described := map[string]bool{}
	for _, n := range d.Names {
		for _, f := range n.forms {
			described[f] = true
		}
	}
	var out []string
	for _, n := range names {
		if f := Fold(n); f != "" && !described[f] {
			out = append(out, n)
		}
	}
	return out
}

// matches counts the described names that are among cells.
func (d Description) matches(cells []string) int {
	have := folded(cells)
	n := 0
	for _, name := range d.Names {
		if name.in(have) {
			n++
		}
	}
	return n
}

func (d Described) in(have map[string]bool) bool {
	for _, f := range d.forms {
		if have[f] {
			return true
		}
	}
	return false
}

func folded(names []string) map[string]bool {
	have := map[string]bool{}
	for _, n := range names {
		if f := Fold(n); f != "" {
			have[f] = true
		}
	}
	return have
}
