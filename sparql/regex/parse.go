package regex

import (
	"fmt"
	"slices"
	"strings"
)

// SyntaxError says why something is no regular expression, and where.
type SyntaxError struct {
	Pattern string
	At      int // character of the pattern, from 1; 0 when the flags are wrong
	Problem string
}

// Error says it in a line.
func (e *SyntaxError) Error() string {
	if e.At == 0 {
		return e.Problem
	}
	return fmt.Sprintf("regular expression %q: character %d: %s", shortened(e.Pattern), e.At, e.Problem)
}

// shortened is enough of a pattern to know it again.
func shortened(s string) string {
	if r := []rune(s); len(r) > 80 {
		return string(r[:80]) + "…"
	}
	return s
}

// LimitError says that an expression, or the work for it, is too large.
type LimitError struct {
	What  string
	Limit int64
}

// Error names the limit.
func (e *LimitError) Error() string { return fmt.Sprintf("more than %d %s", e.Limit, e.What) }

// Limits on what a pattern may be; the time of a match grows with it.
const (
	maxPatternBytes = 10_000
	maxNesting      = 500     // groups in groups
	maxRanges       = 200_000 // of all classes together
	maxRepeat       = 20_000
)

type op uint8

const (
	opEmpty op = iota
	opRune
	opSet
	opConcat
	opAlternate
	opRepeat
	opGroup // captures when its number is not 0
	opBackReference
	opStart
	opEnd
)

// node is a part of an expression.
type node struct {
	op       op
	r        rune
	set      set
	goName   string // how Go writes set, if shorter
	sub      []*node
	min, max int // of a repetition; max is -1 without a bound
	lazy     bool
	group    int
}

// options are the flags (F&O 3.1 §5.6.2).
type options struct{ dotAll, lines, fold, space, quote bool }

func readFlags(flags string) (o options, err error) {
	for _, f := range flags {
		switch f {
		case 's':
			o.dotAll = true
		case 'm':
			o.lines = true
		case 'i':
			o.fold = true
		case 'x':
			o.space = true
		case 'q':
			o.quote = true
		default:
			return o, &SyntaxError{Problem: fmt.Sprintf("regular expression flag %q is not one of s, m, i, x, q", f)}
		}
	}
	return o, nil
}

type parser struct {
	options
	pattern string
	in      []rune
	place   []int // of each character in the pattern
	at      int
	depth   int
	ranges  int
	groups  int    // that began
	ended   []bool // whether a group has ended, by its number
	behind  bool   // there is a back-reference
}

// parse reads a pattern.
func parse(pattern, flags string) (*parser, *node, error) {
	if len(pattern) > maxPatternBytes || len(flags) > maxPatternBytes {
		return nil, nil, &LimitError{What: "bytes for the pattern of a regular expression", Limit: maxPatternBytes}
	}
	o, err := readFlags(flags)
	if err != nil {
		return nil, nil, err
	}
	p := &parser{options: o, pattern: pattern, ended: []bool{false}}
	if o.quote {
		n := &node{op: opConcat}
		for _, r := range pattern {
			n.sub = append(n.sub, &node{op: opRune, r: r})
		}
		return p, n, nil
	}
	p.read()
	n, err := p.alternate()
	if err == nil && p.at < len(p.in) {
		err = p.fail(p.at, `")" without "("`)
	}
	return p, n, err
}

// read takes the characters of the pattern; the flag x removes space outside of classes.
func (p *parser) read() {
	class, escaped := 0, false
	at := 0
	for _, r := range p.pattern {
		at++
		if p.space && class == 0 && strings.ContainsRune(" \t\n\r", r) {
			continue
		}
		switch {
		case escaped:
			escaped = false
		case r == '\\':
			escaped = true
		case r == '[':
			class++
		case r == ']' && class > 0:
			class--
		}
		p.in, p.place = append(p.in, r), append(p.place, at)
	}
}

// fail returns an error about the character at a place.
func (p *parser) fail(at int, problem string, args ...any) error {
	place := len(p.place)
	switch {
	case at < len(p.place):
		place = p.place[at]
	case place > 0:
		place = p.place[place-1]
	}
	return &SyntaxError{Pattern: p.pattern, At: max(place, 1), Problem: fmt.Sprintf(problem, args...)}
}

// next reports whether a text comes next, and takes it.
func (p *parser) next(text string) bool {
	r := []rune(text)
	if len(p.in)-p.at < len(r) || !slices.Equal(p.in[p.at:p.at+len(r)], r) {
		return false
	}
	p.at += len(r)
	return true
}

func (p *parser) peek() rune {
	if p.at < len(p.in) {
		return p.in[p.at]
	}
	return -1
}

// alternate reads branches up to the end of a group.
func (p *parser) alternate() (*node, error) {
	if p.depth++; p.depth > maxNesting {
		return nil, &LimitError{What: "groups in groups for a regular expression", Limit: maxNesting}
	}
	defer func() { p.depth-- }()
	var branches []*node
	for {
		n, err := p.branch()
		if err != nil {
			return nil, err
		}
		branches = append(branches, n)
		if !p.next("|") {
			break
		}
	}
	if len(branches) == 1 {
		return branches[0], nil
	}
	return &node{op: opAlternate, sub: branches}, nil
}

func (p *parser) branch() (*node, error) {
	n := &node{op: opConcat}
	for p.at < len(p.in) && p.in[p.at] != '|' && p.in[p.at] != ')' {
		atom, err := p.atom()
		if err == nil {
			atom, err = p.quantified(atom)
		}
		if err != nil {
			return nil, err
		}
		n.sub = append(n.sub, atom)
	}
	return n, nil
}

// quantified reads the quantifier of an atom, if there is one.
func (p *parser) quantified(atom *node) (*node, error) {
	begin := p.at
	n := &node{op: opRepeat, sub: []*node{atom}, max: -1}
	switch {
	case p.next("?"):
		n.max = 1
	case p.next("*"):
	case p.next("+"):
		n.min = 1
	case p.peek() == '{':
		if err := p.counts(n); err != nil {
			return nil, err
		}
	default:
		return atom, nil
	}
	n.lazy = p.next("?")
	if c := p.peek(); c == '?' || c == '*' || c == '+' || c == '{' {
		return nil, p.fail(p.at, `the quantifier %q follows a quantifier: put what is before into a group "(…)"`, c)
	}
	if atom.op == opEmpty {
		return nil, p.fail(begin, "a quantifier without anything to repeat")
	}
	return n, nil
}

// counts reads {n}, {n,} and {n,m}.
func (p *parser) counts(n *node) error {
	begin := p.at
	p.at++
	number := func() (v int, ok bool) {
		for ; p.at < len(p.in) && p.in[p.at] >= '0' && p.in[p.at] <= '9'; p.at++ {
			v, ok = min(v*10+int(p.in[p.at]-'0'), maxRepeat+1), true
		}
		return v, ok
	}
	least, ok := number()
	n.min, n.max = least, least
	if ok && p.next(",") {
		var bounded bool
		if n.max, bounded = number(); !bounded {
			n.max = -1
		}
	}
	switch {
	case !ok || !p.next("}"):
		return p.fail(begin, `"{" is no quantifier {n}, {n,} or {n,m}; the character itself is written \{`)
	case n.max >= 0 && n.max < n.min:
		return p.fail(begin, "the quantifier's second number is less than its first")
	case max(n.min, n.max) > maxRepeat:
		return &LimitError{What: "repetitions in a regular expression", Limit: maxRepeat}
	}
	return nil
}

// atom reads a character, a class or a group.
func (p *parser) atom() (*node, error) {
	begin := p.at
	p.at++
	switch c := p.in[begin]; c {
	case '.':
		if p.dotAll {
			return &node{op: opSet, set: anyChar, goName: `(?s:.)`}, nil
		}
		return &node{op: opSet, set: noBreak, goName: `[^\n\r]`}, nil
	case '^':
		return &node{op: opStart}, nil
	case '$':
		return &node{op: opEnd}, nil
	case '(':
		return p.grouped(begin)
	case '[':
		s, err := p.class()
		return &node{op: opSet, set: s}, err
	case '\\':
		return p.escape(begin)
	case '?', '*', '+', '{':
		return nil, p.fail(begin, `a quantifier without anything to repeat; the character itself is written \%c`, c)
	case ']', '}':
		return nil, p.fail(begin, `%q must be written \%c`, c, c)
	default:
		return &node{op: opRune, r: c}, nil
	}
}

func (p *parser) grouped(begin int) (*node, error) {
	n := &node{op: opGroup}
	switch {
	case p.next("?:"):
	case p.peek() == '?':
		return nil, p.fail(begin, `"(?" begins no group of XPath but "(?:…)"; flags are the third argument, `+
			"and there is no looking ahead or behind")
	default:
		p.groups++
		n.group = p.groups
		p.ended = append(p.ended, false)
	}
	sub, err := p.alternate()
	if err != nil {
		return nil, err
	}
	if !p.next(")") {
		return nil, p.fail(begin, "the group does not end")
	}
	if n.group > 0 {
		p.ended[n.group] = true
	}
	n.sub = []*node{sub}
	return n, nil
}

// escape reads what a backslash outside of a class begins.
func (p *parser) escape(begin int) (*node, error) {
	if c := p.peek(); c >= '1' && c <= '9' {
		return p.backReference(begin)
	}
	r, s, goName, err := p.escaped(begin)
	if err != nil {
		return nil, err
	}
	if s == nil {
		return &node{op: opRune, r: r}, nil
	}
	return &node{op: opSet, set: s, goName: goName}, nil
}

// backReference reads \N; it takes as many digits as there are groups for.
func (p *parser) backReference(begin int) (*node, error) {
	n := int(p.in[p.at] - '0')
	for p.at++; p.peek() >= '0' && p.peek() <= '9'; p.at++ {
		more := n*10 + int(p.peek()-'0')
		if more > p.groups || !p.ended[more] {
			break
		}
		n = more
	}
	if n > p.groups || !p.ended[n] {
		return nil, p.fail(begin, `the back-reference \%d is to a group that has not ended before it`, n)
	}
	p.behind = true
	return &node{op: opBackReference, group: n}, nil
}

// escaped reads the character, or the set of them, that a backslash begins.
func (p *parser) escaped(begin int) (r rune, s set, goName string, err error) {
	if p.at >= len(p.in) {
		return 0, nil, "", p.fail(begin, `a "\" at the end; the character itself is written \\`)
	}
	c := p.in[p.at]
	p.at++
	switch c {
	case 'n':
		return '\n', nil, "", nil
	case 'r':
		return '\r', nil, "", nil
	case 't':
		return '\t', nil, "", nil
	case '\\', '|', '.', '?', '*', '+', '(', ')', '{', '}', '-', '[', ']', '^', '$':
		return c, nil, "", nil
	case '/': // not in XPath, but common and without another meaning
		return c, nil, "", nil
	case 'p', 'P':
		s, goName, err = p.property(begin, c == 'P')
	default:
		var ok bool
		if s, goName, ok = multi(c); !ok {
			return 0, nil, "", p.fail(begin, `"\%c" is no escape of XPath's regular expressions`, c)
		}
	}
	if err == nil {
		err = p.count(len(s) / 2)
	}
	return 0, s, goName, err
}

// count adds up the ranges of the classes.
func (p *parser) count(ranges int) error {
	if p.ranges += ranges; p.ranges > maxRanges {
		return &LimitError{What: "ranges of characters for a regular expression", Limit: maxRanges}
	}
	return nil
}

func (p *parser) property(begin int, negated bool) (set, string, error) {
	if !p.next("{") {
		return nil, "", p.fail(begin, `\p without a category or block in braces, such as \p{Lu} or \p{IsGreek}`)
	}
	end := slices.Index(p.in[p.at:], '}')
	if end < 0 {
		return nil, "", p.fail(begin, `\p{ without "}"`)
	}
	name := string(p.in[p.at : p.at+end])
	p.at += end + 1
	s, goName, err := property(name)
	if err != nil {
		return nil, "", p.fail(begin, "%v", err)
	}
	if negated {
		s, goName = s.negated(), strings.Replace(goName, `\p`, `\P`, 1)
	}
	return s, goName, nil
}
