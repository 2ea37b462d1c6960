package solr

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Limits of a query.
const (
	maxLength  = 16 << 10 // bytes
	maxClauses = 1000
	maxDepth   = 20
)

// Error says where a query cannot be read.
type Error struct {
	At     int // character, counted from 1
	Reason string
}

func (e *Error) Error() string { return fmt.Sprintf("at character %d: %s", e.At, e.Reason) }

// Parse reads a query. Relative times count from now. The empty query and *:* select
// everything. An error is an [*Error].
func Parse(text string, schema Schema, now time.Time) (Query, error) {
	p := &parser{text: text, schema: schema, now: now}
	switch {
	case len(text) > maxLength:
		return Query{}, p.fail(0, "the query has %d bytes, at most %d are read", len(text), maxLength)
	case !utf8.ValidString(text):
		return Query{}, p.fail(0, "the query is not UTF-8")
	}
	if p.space(); p.at == len(p.text) {
		return Query{}, nil
	}
	n, err := p.either("", 0)
	if err == nil && p.at < len(p.text) {
		err = p.fail(p.at, "there is nothing that this parenthesis closes")
	}
	if err != nil {
		return Query{}, err
	}
	if _, all := n.(everything); all {
		return Query{}, nil
	}
	return Query{n}, nil
}

// parser reads a query from left to right.
type parser struct {
	text    string
	at      int // byte
	clauses int
	schema  Schema
	now     time.Time
}

func (p *parser) fail(at int, format string, args ...any) error {
	return &Error{utf8.RuneCountInString(p.text[:at]) + 1, fmt.Sprintf(format, args...)}
}

func (p *parser) space() {
	p.at += len(p.text[p.at:]) - len(strings.TrimLeftFunc(p.text[p.at:], unicode.IsSpace))
}

// take consumes a piece of text if it comes next.
func (p *parser) take(s string) bool {
	if !strings.HasPrefix(p.text[p.at:], s) {
		return false
	}
	p.at += len(s)
	return true
}

// word consumes an operator that is a word, or its sign.
func (p *parser) word(word, sign string) bool {
	if p.take(sign) {
		return true
	}
	rest, ok := strings.CutPrefix(p.text[p.at:], word)
	if ok = ok && ends(rest); ok {
		p.at += len(word)
	}
	return ok
}

// ends reports whether a word is over where rest begins.
func ends(rest string) bool {
	r, _ := utf8.DecodeRuneInString(rest)
	return rest == "" || r == '(' || unicode.IsSpace(r)
}

// alternative reports whether OR comes next.
func (p *parser) alternative() bool {
	rest, ok := strings.CutPrefix(p.text[p.at:], "OR")
	return ok && ends(rest) || strings.HasPrefix(p.text[p.at:], "||")
}

// either reads clauses up to the end or a closing parenthesis; field is that of the group.
func (p *parser) either(field string, depth int) (node, error) {
	if depth > maxDepth {
		return nil, p.fail(p.at, "parentheses are nested more than %d deep", maxDepth)
	}
	var any disjunction
	for {
		n, err := p.both(field, depth)
		if err != nil {
			return nil, err
		}
		any = append(any, n)
		if p.space(); !p.word("OR", "||") {
			break
		}
	}
	if len(any) == 1 {
		return any[0], nil
	}
	return any, nil
}

// both reads clauses that must all hold.
func (p *parser) both(field string, depth int) (node, error) {
	var all conjunction
	for {
		n, err := p.clause(field, depth)
		if err != nil {
			return nil, err
		}
		all = append(all, n)
		p.space()
		if p.word("AND", "&&") {
			continue
		}
		if p.at == len(p.text) || p.text[p.at] == ')' || p.alternative() {
			break
		}
	}
	if len(all) == 1 {
		return all[0], nil
	}
	return all, nil
}

// clause reads one clause with its sign.
func (p *parser) clause(field string, depth int) (node, error) {
	if p.clauses++; p.clauses > maxClauses {
		return nil, p.fail(p.at, "the query has more than %d clauses", maxClauses)
	}
	p.space()
	not := false
	switch {
	case p.word("NOT", "!"), p.take("-"):
		not = true
		p.space()
	case p.take("+"):
		p.space()
	}
	n, err := p.positive(field, depth)
	if err != nil {
		return nil, err
	}
	if p.at < len(p.text) && strings.IndexByte("^~", p.text[p.at]) >= 0 {
		return nil, p.fail(p.at, "%q is not understood: nothing is ranked", p.text[p.at:p.at+1])
	}
	if not {
		return negation{n}, nil
	}
	return n, nil
}

// positive reads a clause after its sign: a group, or a value with or without a field.
func (p *parser) positive(field string, depth int) (node, error) {
	if p.take("*:*") {
		return everything{}, nil
	}
	begin := p.at
	if p.at < len(p.text) && strings.IndexByte(`("[{`, p.text[p.at]) >= 0 {
		return p.value(field, begin, depth)
	}
	name, _, err := p.bare()
	if err != nil {
		return nil, err
	}
	if name == "" || !p.take(":") {
		p.at = begin
		return p.value(field, begin, depth)
	}
	if _, ok := p.schema[name]; !ok {
		return nil, p.fail(begin, "there is no field %q; there are %s", name, strings.Join(p.fields(), ", "))
	}
	return p.value(name, begin, depth)
}

func (p *parser) fields() []string {
	names := slices.Sorted(maps.Keys(p.schema))
	return slices.DeleteFunc(names, func(name string) bool { return name == "" })
}

// value reads what a field is compared with.
func (p *parser) value(field string, begin, depth int) (node, error) {
	switch {
	case p.take("("):
		n, err := p.either(field, depth+1)
		if err != nil {
			return nil, err
		}
		if p.space(); !p.take(")") {
			return nil, p.fail(begin, "a parenthesis is not closed")
		}
		return n, nil
	case p.take("["), p.take("{"):
		return p.span(field, begin)
	case p.take(`"`):
		text, err := p.quoted(begin)
		if err != nil {
			return nil, err
		}
		return p.compare(field, text, false, begin)
	}
	text, prefix, err := p.bare()
	switch {
	case err != nil:
		return nil, err
	case text == "" && !prefix && p.at < len(p.text):
		return nil, p.fail(p.at, "%q stands where a value should", p.text[p.at:p.at+1])
	case text == "" && !prefix:
		return nil, p.fail(p.at, "the query ends where a value should stand")
	case slices.Contains([]string{"AND", "OR", "NOT"}, p.text[begin:p.at]):
		return nil, p.fail(begin, "%s stands where a value should", text)
	}
	return p.compare(field, text, prefix, begin)
}

// compare returns the node that compares a field with one value.
func (p *parser) compare(field, text string, prefix bool, begin int) (node, error) {
	kind := p.schema[field]
	switch {
	case kind == Time && prefix && text == "":
		return period{field: field}, nil
	case kind == Time:
		at, err := instant(text, p.now)
		if err != nil || prefix {
			return nil, p.fail(begin, "%s: %q is no time; a period is written [2026-01-31T00:00:00Z TO *]", field,
				text)
		}
		return period{field: field, from: at, to: at}, nil
	case kind == Text:
		text = strings.ToLower(text)
	}
	return term{field: field, text: text, kind: kind, prefix: prefix}, nil
}

// span reads a range after its opening bracket.
func (p *parser) span(field string, begin int) (node, error) {
	open := p.text[p.at-1] == '{'
	end := strings.IndexAny(p.text[p.at:], "]}")
	if end < 0 {
		return nil, p.fail(begin, "a range is not closed")
	}
	inner := p.text[p.at : p.at+end]
	shut := p.text[p.at+end] == '}'
	p.at += end + 1
	from, to, ok := strings.Cut(inner, " TO ")
	from, to = strings.TrimSpace(from), strings.TrimSpace(to)
	if !ok || from == "" || to == "" {
		return nil, p.fail(begin, "a range is written [from TO to], with * for no bound")
	}
	from, to = bound(from), bound(to)
	switch p.schema[field] {
	case Exact:
		return between{field, from, to, open, shut}, nil
	case Time:
	default:
		return nil, p.fail(begin, "texts have no range")
	}
	n := period{field: field, open: open, shut: shut}
	var err error
	if from != "" {
		n.from, err = instant(from, p.now)
	}
	if to != "" && err == nil {
		n.to, err = instant(to, p.now)
	}
	if err != nil {
		return nil, p.fail(begin, "%s: %v", field, err)
	}
	return n, nil
}

// bound is a bound of a range without its quotation marks, "" for none.
func bound(s string) string {
	if s == "*" {
		return ""
	}
	return strings.Trim(s, `"`)
}

// quoted reads a phrase after its opening quotation mark.
func (p *parser) quoted(begin int) (string, error) {
	var b strings.Builder
	for p.at < len(p.text) {
		c := p.text[p.at]
		p.at++
		switch {
		case c == '"':
			return b.String(), nil
		case c == '\\' && p.at < len(p.text):
			c = p.text[p.at]
			p.at++
		}
		b.WriteByte(c)
	}
	return "", p.fail(begin, "a quotation mark is not closed")
}

// bare reads a term; prefix says that it ends with a star, which is left out.
func (p *parser) bare() (text string, prefix bool, err error) {
	var b strings.Builder
	for p.at < len(p.text) {
		c, size := utf8.DecodeRuneInString(p.text[p.at:])
		if strings.ContainsRune("()\"[]{}:^~", c) || unicode.IsSpace(c) {
			break
		}
		switch {
		case prefix || c == '?':
			return "", false, p.fail(p.at, "a star may stand at the end of a term only; there is no other wildcard")
		case c == '*':
			prefix = true
			p.at++
			continue
		case c == '\\' && p.at+1 == len(p.text):
			return "", false, p.fail(p.at, "the backslash at the end has nothing to escape")
		case c == '\\':
			p.at++
			c, size = utf8.DecodeRuneInString(p.text[p.at:])
		}
		p.at += size
		b.WriteRune(c)
	}
	return b.String(), prefix, nil
}
