package text

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/blevesearch/bleve/v2/analysis"
	"github.com/blevesearch/bleve/v2/search/query"

	"fincat/sparql/algebra"
)

// maxQuery bounds a query text in bytes and maxDepth its brackets.
const (
	maxQuery = 4096
	maxDepth = 50
)

// A SyntaxError is a mistake in a query text.
type SyntaxError struct {
	Text    string // the whole query text
	Offset  int    // in bytes
	Message string // what is wrong and what would be right
}

// Unwrap makes the mistake one of the request, which its author should read about.
func (e *SyntaxError) Unwrap() error { return algebra.Requestf("%s", e.Error()) }

func (e *SyntaxError) Error() string {
	return fmt.Sprintf("text query %q, character %d: %s", e.Text, utf8.RuneCountInString(e.Text[:e.Offset])+1,
		e.Message)
}

// parse reads a query text in the style of Lucene's classic syntax:
//
//	query  = clause { [ "AND" | "OR" ] clause }
//	clause = [ "+" | "-" | "NOT" ] ( word | word "*" | '"' phrase '"' | "(" query ")" )
//
// Clauses without a sign are alternatives, as in Lucene; AND makes the clauses
// on both sides required. A backslash takes the next character as it is.
func parse(text string, analyser analysis.Analyzer) (query.Query, error) {
	p := &parser{text: text, analyser: analyser}
	if len(text) > maxQuery {
		return nil, p.fail(0, fmt.Sprintf("longer than %d bytes", maxQuery))
	}
	q, err := p.query(0)
	if err != nil {
		return nil, err
	}
	if p.pos < len(text) {
		return nil, p.fail(p.pos, "closing bracket without an opening one")
	}
	return q, nil
}

type parser struct {
	text     string
	pos      int
	analyser analysis.Analyzer // of the name wanted
}

func (p *parser) fail(at int, message string) error {
	return &SyntaxError{p.text, at, message}
}

// occur says how a clause takes part: may, must or must not match.
type occur int

const (
	should occur = iota
	must
	mustNot
)

type clause struct {
	occur occur
	query query.Query
}

func (p *parser) query(depth int) (query.Query, error) {
	if depth > maxDepth {
		return nil, p.fail(p.pos, fmt.Sprintf("brackets nested deeper than %d", maxDepth))
	}
	start := p.pos
	var clauses []clause
	and := false
	for p.skipSpace(); p.pos < len(p.text) && p.text[p.pos] != ')'; p.skipSpace() {
		if len(clauses) > 0 && p.operator(&and, clauses) {
			continue
		}
		c, err := p.clause(depth)
		if err != nil {
			return nil, err
		}
		if and && c.occur == should {
			c.occur = must
		}
		and = false
		clauses = append(clauses, c)
	}
	if and {
		return nil, p.fail(p.pos, "AND needs a word after it")
	}
	return p.combine(start, clauses)
}

// operator consumes AND or OR, and reports whether it did.
func (p *parser) operator(and *bool, clauses []clause) bool {
	at := p.pos
	switch word := p.word(); word {
	case "AND", "&&":
		*and = true
		if last := &clauses[len(clauses)-1]; last.occur == should {
			last.occur = must
		}
		return true
	case "OR", "||":
		return true
	}
	p.pos = at
	return false
}

func (p *parser) combine(at int, clauses []clause) (query.Query, error) {
	sets := [3][]query.Query{}
	for _, c := range clauses {
		sets[c.occur] = append(sets[c.occur], c.query)
	}
	switch {
	case len(clauses) == 0:
		return nil, p.fail(at, "no word to look for")
	case len(sets[must])+len(sets[should]) == 0:
		return nil, p.fail(at, "only excluded words; at least one must be wanted")
	case len(clauses) == 1:
		return clauses[0].query, nil
	}
	return query.NewBooleanQuery(sets[must], sets[should], sets[mustNot]), nil
}

func (p *parser) clause(depth int) (clause, error) {
	c := clause{}
	switch p.text[p.pos] {
	case '+':
		c.occur = must
		p.pos++
	case '-', '!':
		c.occur = mustNot
		p.pos++
	default:
		at := p.pos
		if p.word() == "NOT" {
			c.occur = mustNot
			p.skipSpace()
		} else {
			p.pos = at
		}
	}
	if p.pos == len(p.text) {
		return c, p.fail(p.pos, "a word, a phrase in quotes or a bracket must follow")
	}
	q, err := p.operand(depth)
	c.query = q
	return c, err
}

func (p *parser) operand(depth int) (query.Query, error) {
	start := p.pos
	switch p.text[p.pos] {
	case '(':
		p.pos++
		q, err := p.query(depth + 1)
		if err != nil {
			return nil, err
		}
		if p.pos == len(p.text) {
			return nil, p.fail(start, "bracket is not closed")
		}
		p.pos++
		return q, nil
	case '"':
		phrase, ok := p.quoted()
		if !ok {
			return nil, p.fail(start, "quotation mark is not closed")
		}
		return p.phrase(start, phrase)
	}
	word := p.word()
	if word == "" {
		return nil, p.fail(start, "a word must follow; write \\ before a character that stands for itself")
	}
	if p.pos < len(p.text) && p.text[p.pos] == '*' {
		p.pos++
		return p.prefix(start, word)
	}
	return p.phrase(start, word)
}

// phrase matches the words of s next to each other and in order, which for a
// run of Chinese means: s occurs in the literal.
func (p *parser) phrase(at int, s string) (query.Query, error) {
	switch tokens := p.analyser.Analyze([]byte(s)); len(tokens) {
	case 0:
		return nil, p.fail(at, fmt.Sprintf("%q has no letter or digit to look for", s))
	case 1: // needs no positions
		q := query.NewTermQuery(string(tokens[0].Term))
		q.SetField(fieldText)
		return q, nil
	}
	q := query.NewMatchPhraseQuery(s)
	q.SetField(fieldText)
	q.Analyzer = wanted
	return q, nil
}

// prefix matches words that begin with s. Chinese has no word ends, so there
// the star changes nothing.
func (p *parser) prefix(at int, s string) (query.Query, error) {
	tokens := p.analyser.Analyze([]byte(s))
	if len(tokens) != 1 || isCJK(tokens[0]) {
		return p.phrase(at, s)
	}
	q := query.NewPrefixQuery(string(tokens[0].Term))
	q.SetField(fieldText)
	return q, nil
}

func (p *parser) skipSpace() {
	for p.pos < len(p.text) {
		r, n := utf8.DecodeRuneInString(p.text[p.pos:])
		if !isSpace(r) {
			return
		}
		p.pos += n
	}
}

// isSpace knows the ideographic space, which Chinese input methods type.
func isSpace(r rune) bool { return r == ' ' || r == '\t' || r == '\n' || r == '\r' || r == '\u3000' }

// word consumes up to a blank or a character of the syntax.
func (p *parser) word() string {
	var b strings.Builder
	for p.pos < len(p.text) {
		r, n := utf8.DecodeRuneInString(p.text[p.pos:])
		if isSpace(r) || strings.ContainsRune(`()"*`, r) {
			break
		}
		if r == '\\' && p.pos+n < len(p.text) {
			p.pos += n
			r, n = utf8.DecodeRuneInString(p.text[p.pos:])
		}
		b.WriteRune(r)
		p.pos += n
	}
	return b.String()
}

// quoted consumes a phrase in quotation marks; ok is false when it has no end.
func (p *parser) quoted() (s string, ok bool) {
	var b strings.Builder
	for p.pos++; p.pos < len(p.text); p.pos++ {
		switch c := p.text[p.pos]; {
		case c == '"':
			p.pos++
			return b.String(), true
		case c == '\\' && p.pos+1 < len(p.text):
			p.pos++
			b.WriteByte(p.text[p.pos])
		default:
			b.WriteByte(c)
		}
	}
	return "", false
}
