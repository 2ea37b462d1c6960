package words

import (
	_ "embed"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
)

//go:embed messages.tsv
var messages string

// message is a line of the table.
type message struct {
	english string // as fmt takes it
	chinese string
	needs   string // the longest piece of it without verbs
	literal int    // bytes without verbs
	form    *regexp.Regexp
	slots   int
}

// Table has the messages in both languages.
type Table struct {
	exact map[string]string
	forms []message // with arguments, the most telling first
}

var (
	verb = regexp.MustCompile(`%[0-9.]*[a-zA-Z]`)
	slot = regexp.MustCompile(`\{\d\}|\[\d\]|<\d>`)
)

// New returns the table of the program; it is read once.
var New = sync.OnceValues(func() (*Table, error) { return read(messages) })

// read reads a table.
func read(text string) (*Table, error) {
	t := &Table{exact: map[string]string{}}
	seen := map[string]bool{}
	for i, line := range strings.Split(text, "\n") {
		if line == "" || line[0] == '#' {
			continue
		}
		english, chinese, ok := strings.Cut(line, "\t")
		english, chinese = strings.TrimSpace(english), strings.TrimSpace(chinese)
		switch {
		case !ok || english == "" || chinese == "" || strings.Contains(chinese, "\t"):
			return nil, fmt.Errorf("messages.tsv, line %d: give the English and the Chinese text", i+1)
		case seen[english]:
			return nil, fmt.Errorf("messages.tsv, line %d: %q stands twice", i+1, english)
		}
		seen[english] = true
		if err := t.add(english, chinese); err != nil {
			return nil, fmt.Errorf("messages.tsv, line %d: %w", i+1, err)
		}
	}
	slices.SortStableFunc(t.forms, func(a, b message) int { return b.literal - a.literal })
	return t, nil
}

// add takes in a message.
func (t *Table) add(english, chinese string) error {
	pieces, verbs := verb.Split(english, -1), verb.FindAllString(english, -1)
	for n := range len(verbs) {
		if !slices.ContainsFunc(slot.FindAllString(chinese, -1), func(s string) bool { return place(s) == n }) {
			return fmt.Errorf("the Chinese text lacks argument %d", n+1)
		}
	}
	if len(verbs) == 0 {
		t.exact[english] = chinese
		return nil
	}
	m := message{english: english, chinese: chinese, slots: len(verbs)}
	var form strings.Builder
	form.WriteString("(?s)^")
	for i, p := range pieces {
		form.WriteString(regexp.QuoteMeta(p))
		m.literal += len(p)
		if len(p) > len(m.needs) {
			m.needs = p
		}
		if i < len(verbs) {
			form.WriteString(values[verbs[i][len(verbs[i])-1]])
		}
	}
	m.form = regexp.MustCompile(form.String() + "$")
	t.forms = append(t.forms, m)
	if head, ok := strings.CutSuffix(english, ": %s"); ok && len(verbs) == 1 && t.exact[head] == "" {
		t.exact[head] = slot.ReplaceAllString(strings.TrimSuffix(chinese, "："+slot.FindString(chinese)), "")
	}
	return nil
}

// values are what verbs make.
var values = map[byte]string{'d': `(-?\d+)`, 'f': `(-?[\d.]+)`, 'X': `([0-9A-F]+)`, 'q': `("(?:[^"\\]|\\.)*")`,
	's': `(.+?)`, 'v': `(.+?)`}

// place is which argument a slot takes, from 0.
func place(s string) int {
	n, _ := strconv.Atoi(s[1 : len(s)-1]) // the form of a slot says that it is a digit
	return n - 1
}

// Bounds of what is translated: messages are short.
const (
	maxText  = 20_000
	maxDepth = 6
)

// Chinese returns a text of the checks in Chinese, and the text itself where it is of no
// message. What a library says within a message is quoted where no words are known for it.
func (t *Table) Chinese(text string) string {
	out, _ := t.translate(text, maxDepth)
	return out
}

// sentence is what libraries say of a fault: several words in small letters.
var sentence = regexp.MustCompile(`(^|[ :])[a-z']{2,}[,:]? [a-z']{2,}`)

// quoted marks the words of a library as such, among Chinese ones; what is no sentence, such
// as a name, stays as it is.
func quoted(text string) string {
	if !sentence.MatchString(text) || strings.HasPrefix(text, "「") {
		return text
	}
	return "「" + text + "」"
}

// Both returns a text in Chinese with the English behind it; only once where it has no other
// Chinese form.
func (t *Table) Both(text string) string {
	if out, ok := t.translate(text, maxDepth); ok && out != text {
		return out + " " + text
	}
	return text
}

func (t *Table) translate(text string, depth int) (string, bool) {
	if out, ok := t.exact[text]; ok {
		return out, true
	}
	if depth == 0 || len(text) > maxText {
		return text, false
	}
	before, after, cut := strings.Cut(text, ": ")
	cut = cut && t.exact[before] != "" // of an indicator
	for i := range t.forms {
		m := &t.forms[i]
		if cut && m.literal <= len(before)+len(": ") { // forms that say more come before
			cut = false
			if rest, ok := t.translate(after, depth-1); ok {
				return t.exact[before] + "：" + rest, true
			}
		}
		if !strings.Contains(text, m.needs) {
			continue
		}
		if args := m.form.FindStringSubmatch(text); args != nil {
			if out, ok := t.fill(m, args[1:], depth-1); ok {
				return out, true
			}
		}
	}
	return text, false
}

// fill puts arguments into a message. An argument that is put in as it is has no message
// before it: "a.csv: Big5, declared UTF-8" is about a.csv.
func (t *Table) fill(m *message, args []string, depth int) (string, bool) {
	ok := true
	out := slot.ReplaceAllStringFunc(m.chinese, func(s string) string {
		n := place(s)
		if n >= len(args) {
			return s
		}
		if s[0] == '{' {
			ok = ok && (n > 0 || !strings.HasPrefix(m.english, "%s") || !strings.Contains(args[n], ": "))
			return args[n]
		}
		text, known := t.translate(args[n], depth)
		ok = ok && (known || s[0] == '[')
		if !known {
			text = quoted(text)
		}
		return text
	})
	return out, ok
}
