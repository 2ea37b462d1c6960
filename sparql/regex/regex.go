package regex

import (
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"unicode/utf8"
)

// ErrStopped means that nobody waited for the match any more.
var ErrStopped = errors.New("the match was stopped")

// Limits on the work for one expression.
const (
	// maxInstructions is how many instructions a pattern may compile to; repeat counts such
	// as {1,500} multiply them.
	maxInstructions = 20_000
	// maxReplaceSteps is the greatest product of instructions and bytes for all matches in
	// one text, which Go's matcher cannot be stopped at.
	maxReplaceSteps = 1 << 23
	// maxMatchBytes is what the places of the matches in one text may take.
	maxMatchBytes = 8 << 20
	// stoppableSteps is the product from which a text is read in a way that can be stopped,
	// and is slower.
	stoppableSteps = 1 << 20
)

// Regex is a compiled regular expression. Several goroutines may use it.
type Regex struct {
	quick  *regexp.Regexp // nil: only the program can do it
	slow   *program       // nil: it is never needed
	size   int            // about how many instructions
	groups int
	starts bool // it asks what is before the place of a match
	lines  bool // a "^" that stands for the beginnings of lines
}

// Check reports why a pattern with its flags is no regular expression, or too large for one:
// a [*SyntaxError] or a [*LimitError].
func Check(pattern, flags string) error {
	_, n, err := parse(pattern, flags)
	if err == nil && n.instructions() > maxInstructions {
		err = &LimitError{What: "instructions for a regular expression", Limit: maxInstructions}
	}
	return err
}

// Compile makes an expression of a pattern and its flags. The error is a [*SyntaxError] or a
// [*LimitError].
func Compile(pattern, flags string) (*Regex, error) {
	p, n, err := parse(pattern, flags)
	if err != nil {
		return nil, err
	}
	re := &Regex{size: n.instructions(), groups: p.groups, starts: n.has(opStart)}
	if re.size > maxInstructions {
		return nil, &LimitError{What: "instructions for a regular expression", Limit: maxInstructions}
	}
	re.lines = p.lines && re.starts
	if !p.behind {
		re.quick = goRegexp(n, p.options)
	}
	if re.quick == nil || re.lines {
		re.slow = compileProgram(n, p)
	}
	return re, nil
}

// Size is about how many instructions the expression has.
func (re *Regex) Size() int { return re.size }

// Groups is how many groups the expression captures.
func (re *Regex) Groups() int { return re.groups }

// Match reports whether a part of a text matches. The error is [ErrStopped], once stopped
// says so, or a [*LimitError]. stopped may be nil.
func (re *Regex) Match(text string, stopped func() bool) (bool, error) {
	switch {
	case !re.quickly(text):
		m, err := re.slow.find(text, 0, &work{stopped: stopped})
		return m != nil, err
	case re.size*len(text) <= stoppableSteps || stopped == nil:
		return re.quick.MatchString(text), nil
	}
	r := &stoppableReader{text: text, stopped: stopped}
	matched := re.quick.MatchReader(r)
	if r.ended {
		return false, ErrStopped
	}
	return matched, nil
}

// quickly reports whether Go's matcher finds in a text what XPath says. For XPath no line
// begins after a newline at the end.
func (re *Regex) quickly(text string) bool {
	return re.quick != nil && (!re.lines || !strings.HasSuffix(text, "\n"))
}

// All returns a function that gives the places of the matches in a text one after the other,
// as [regexp.Regexp.FindStringSubmatchIndex] does; nil at the end. Errors are those of
// [Regex.Match]. The expression must not match the empty text.
func (re *Regex) All(text string, stopped func() bool) func() ([]int, error) {
	if !re.quickly(text) {
		at, w := 0, &work{stopped: stopped}
		return func() ([]int, error) {
			m, err := re.slow.find(text, at, w)
			if m != nil {
				at = m[1]
			}
			return m, err
		}
	}
	if re.size*len(text) > maxReplaceSteps {
		return func() ([]int, error) {
			return nil, &LimitError{What: "steps for REPLACE of one text", Limit: maxReplaceSteps}
		}
	}
	if re.starts { // what is before a place matters, so that all are found at once
		return re.atOnce(text)
	}
	at := 0
	return func() ([]int, error) {
		m := re.quick.FindStringSubmatchIndex(text[at:])
		if m == nil {
			return nil, nil
		}
		for i := range m {
			if m[i] >= 0 {
				m[i] += at
			}
		}
		at = m[1]
		return m, nil
	}
}

func (re *Regex) atOnce(text string) func() ([]int, error) {
	most := maxMatchBytes / (24 + 16*(re.groups+1))
	all := re.quick.FindAllStringSubmatchIndex(text, most+1)
	return func() (m []int, err error) {
		switch {
		case len(all) > most:
			err = &LimitError{What: "matches for REPLACE of one text", Limit: int64(most)}
		case len(all) > 0:
			m, all = all[0], all[1:]
			most--
		}
		return m, err
	}
}

// instructions returns about how many instructions an expression compiles to.
func (n *node) instructions() int {
	size := 1
	for _, sub := range n.sub {
		size += sub.instructions()
	}
	if n.op == opRepeat {
		size *= max(n.min, n.max, 1)
	}
	return min(size, 1<<40)
}

func (n *node) has(o op) bool {
	if n.op == o {
		return true
	}
	for _, sub := range n.sub {
		if sub.has(o) {
			return true
		}
	}
	return false
}

// goRegexp writes an expression as Go has it; nil when it cannot be.
func goRegexp(n *node, o options) *regexp.Regexp {
	var b strings.Builder
	if o.fold {
		b.WriteString("(?i)")
	}
	n.writeGo(&b, o)
	re, err := regexp.Compile(b.String())
	if err != nil { // for Go there are too many repetitions
		return nil
	}
	return re
}

func (n *node) writeGo(b *strings.Builder, o options) {
	switch n.op {
	case opRune:
		b.WriteString(regexp.QuoteMeta(string(n.r)))
	case opSet:
		n.writeSet(b, o.fold)
	case opConcat, opAlternate:
		for i, sub := range n.sub {
			if i > 0 && n.op == opAlternate {
				b.WriteByte('|')
			}
			sub.writeGo(b, o)
		}
	case opGroup:
		b.WriteByte('(')
		if n.group == 0 {
			b.WriteString("?:")
		}
		n.sub[0].writeGo(b, o)
		b.WriteByte(')')
	case opRepeat:
		n.writeRepeat(b, o)
	case opStart:
		b.WriteString(anchor(o.lines, "^"))
	case opEnd:
		b.WriteString(anchor(o.lines, "$"))
	}
}

func anchor(lines bool, a string) string {
	if lines {
		return "(?m:" + a + ")"
	}
	return a
}

func (n *node) writeRepeat(b *strings.Builder, o options) {
	b.WriteString("(?:")
	n.sub[0].writeGo(b, o)
	b.WriteByte(')')
	switch {
	case n.max < 0 && n.min == 0:
		b.WriteByte('*')
	case n.max < 0 && n.min == 1:
		b.WriteByte('+')
	case n.max < 0:
		fmt.Fprintf(b, "{%d,}", n.min)
	default:
		fmt.Fprintf(b, "{%d,%d}", n.min, n.max)
	}
	if n.lazy {
		b.WriteByte('?')
	}
}

// writeSet writes a set, which has its variants of case already.
func (n *node) writeSet(b *strings.Builder, fold bool) {
	if fold {
		b.WriteString("(?-i:")
		defer b.WriteByte(')')
	}
	switch {
	case n.goName != "":
		b.WriteString(n.goName)
	case len(n.set) == 0:
		b.WriteString(`[^\x00-\x{10FFFF}]`)
	default:
		b.WriteByte('[')
		for i := 0; i < len(n.set); i += 2 {
			fmt.Fprintf(b, `\x{%X}-\x{%X}`, n.set[i], n.set[i+1])
		}
		b.WriteByte(']')
	}
}

// stoppableReader gives the characters of a text to a matcher, and ends early when nobody
// waits for the match any more.
type stoppableReader struct {
	text    string
	at      int
	read    int
	stopped func() bool
	ended   bool
}

// ReadRune implements io.RuneReader.
func (r *stoppableReader) ReadRune() (rune, int, error) {
	if r.read++; r.read%256 == 0 && r.stopped() {
		r.ended = true
	}
	if r.ended || r.at >= len(r.text) {
		return 0, 0, io.EOF
	}
	c, n := utf8.DecodeRuneInString(r.text[r.at:])
	r.at += n
	return c, n, nil
}
