package algebra

import (
	"slices"
	"strconv"
	"strings"

	"fincat/vocab"
	"fincat/vocab/term"
)

// TextQuery is the property function of full-text search, named as in Apache
// Jena: ?s text:query "words", ?s text:query (property "words" limit), and
// (?s ?score ?literal) text:query (…).
const TextQuery = "http://jena.apache.org/text#query"

// TextSearch is a full-text search. Its solutions are the triples of the active
// graph whose object is a literal that the full-text index finds for Query, so
// a subject comes once for each of them.
type TextSearch struct {
	Subject    Node
	Properties []Term // which the predicate may be; none: any
	Query      Node   // a Var or a Term; a solution without a value for the Var finds nothing
	Lang       string // a language range; empty: any
	Limit      int    // how many literals are found at most; 0: as many as the index gives
	// Score and Literal are bound to the score and to the literal; empty when
	// the query does not ask for them.
	Score, Literal Var
}

func (*TextSearch) op() {}

// vars returns the variables of the search in order.
func (o *TextSearch) vars() []Var {
	var s varSet
	s.addNode(o.Subject)
	s.addNode(o.Query)
	for _, v := range []Var{o.Score, o.Literal} {
		if v != "" {
			s.add(v)
		}
	}
	return s.list
}

func isPredicate(t TriplePattern, iri string) bool { return t.Predicate == Node(iriTerm(iri)) }

// joinPatterns joins g with a basic graph pattern, of which the patterns of
// text:query and of the lists in its arguments become searches.
func (t *translator) joinPatterns(g Op, bgp *BGP) Op {
	isSearch := func(p TriplePattern) bool { return isPredicate(p, TextQuery) }
	if !t.o.Text || t.remote > 0 || !slices.ContainsFunc(bgp.Patterns, isSearch) {
		return join(g, bgp)
	}
	used := map[int]bool{}
	var searches []Op
	for i, p := range bgp.Patterns {
		if isSearch(p) {
			used[i] = true
			subjects, arguments := listMembers(
				bgp.Patterns,
				p.Subject,
				used,
			), listMembers(
				bgp.Patterns,
				p.Object,
				used,
			)
			searches = append(searches, textSearch(subjects, arguments))
		}
	}
	rest := &BGP{}
	for i, p := range bgp.Patterns {
		if !used[i] {
			rest.Patterns = append(rest.Patterns, p)
		}
	}
	g = join(g, rest)
	for _, s := range searches {
		g = join(g, s)
	}
	return g
}

// listMembers returns the members of an RDF list written in a pattern, or the
// node itself when it is no blank node. The patterns of the list are used.
func listMembers(patterns []TriplePattern, n Node, used map[int]bool) []Node {
	find := func(subject Node, predicate string) (Node, bool) {
		for i, t := range patterns {
			if t.Subject == subject && isPredicate(t, predicate) {
				used[i] = true
				return t.Object, true
			}
		}
		return nil, false
	}
	if v, isVar := n.(Var); !isVar || !v.Hidden() {
		return []Node{n}
	}
	var out []Node
	for range patterns { // more than enough, also for a list that ends in itself
		first, ok := find(n, vocab.RDFFirst)
		if !ok {
			break
		}
		out = append(out, first)
		if n, ok = find(n, vocab.RDFRest); !ok {
			break
		}
	}
	if len(out) == 0 {
		panic(Requestf("text:query: the argument is neither a list nor a variable or literal"))
	}
	return out
}

// textSearch reads the arguments of text:query: ?s or (?s ?score? ?literal?),
// and property* 'query' limit? 'lang:tag'?.
func textSearch(subjects, arguments []Node) *TextSearch {
	if len(subjects) > 3 {
		panic(
			Requestf(
				"text:query: the subject list takes a subject, a score and a literal, not %d members",
				len(subjects),
			),
		)
	}
	o := &TextSearch{Subject: subjects[0]}
	for i, n := range subjects[1:] {
		v, ok := n.(Var)
		switch {
		case !ok:
			panic(Requestf("text:query: score and literal must be variables, not %s", nodeString(n)))
		case i == 0:
			o.Score = v
		default:
			o.Literal = v
		}
	}
	if o.Score != "" && o.Score == o.Literal {
		panic(Requestf("text:query: score and literal must be two variables, not both %v", o.Score))
	}
	for _, n := range arguments {
		o.argument(n)
	}
	if o.Query == nil {
		panic(Requestf("text:query: no query string among the arguments"))
	}
	return o
}

// argument takes one argument in, by its kind.
func (o *TextSearch) argument(n Node) {
	if v, ok := n.(Var); ok && o.Query == nil {
		o.Query = v
		return
	}
	t, _ := n.(Term)
	number, err := strconv.Atoi(t.Value())
	tag, isLang := strings.CutPrefix(t.Value(), "lang:")
	switch {
	case t.IsIRI() && o.Query == nil:
		o.Properties = append(o.Properties, t)
	case (t.IsString() || t.Lang() != "") && o.Query == nil:
		o.Query = t
	case t.IsLiteral() && err == nil && number > 0:
		o.Limit = number
	case t.IsString() && isLang:
		o.Lang = tag
	default:
		panic(Requestf("text:query: unexpected argument %s", nodeString(n)))
	}
}

// textSearch writes a search: subject, properties, query, then what else it says.
func (p *printer) textSearch(o *TextSearch) {
	p.WriteString("(textsearch " + nodeString(o.Subject) + " (")
	for i, t := range o.Properties {
		if i > 0 {
			p.WriteByte(' ')
		}
		p.WriteString(t.String())
	}
	p.WriteString(") " + nodeString(o.Query))
	if o.Lang != "" {
		p.WriteString(" lang " + term.NewString(o.Lang).String())
	}
	if o.Limit > 0 {
		p.WriteString(" limit " + strconv.Itoa(o.Limit))
	}
	if o.Score != "" {
		p.WriteString(" score " + o.Score.String())
	}
	if o.Literal != "" {
		p.WriteString(" literal " + o.Literal.String())
	}
	p.WriteByte(')')
}
