package document

import (
	"encoding/hex"
	"fmt"
	"strings"
	"unicode/utf8"

	"fincat/vocab/term"
)

// FlushBytes is how much the writers gather before they write.
const FlushBytes = 64 << 10

// Checker refuses quads that would not read back as they are.
type Checker struct {
	syntax string    // such as "Turtle"
	graphs bool      // it has named graphs
	last   term.Quad // the last quad that passed
}

// NewChecker returns a checker for the quads of a document in a syntax.
func NewChecker(syntax string, graphs bool) Checker { return Checker{syntax: syntax, graphs: graphs} }

// Quad returns q as it can be written, or an [*UnfitError] that says why it cannot.
// Blank node labels that the syntaxes do not allow are replaced, which does not change
// what is said.
func (c *Checker) Quad(q term.Quad) (term.Quad, error) {
	out, err := c.quad(q)
	if err != nil {
		return q, &UnfitError{err}
	}
	return out, nil
}

func (c *Checker) quad(q term.Quad) (term.Quad, error) {
	if !c.graphs && !q.Graph.IsZero() {
		return q, fmt.Errorf("%s has no named graphs: %s", c.syntax, q)
	}
	if !q.Valid() {
		return q, fmt.Errorf("not an RDF quad: %s", q)
	}
	relabel := false
	for _, t := range [...]struct{ now, last term.Term }{
		{q.Subject, c.last.Subject}, {q.Predicate, c.last.Predicate}, {q.Object, c.last.Object},
		{q.Graph, c.last.Graph},
	} {
		if t.now == t.last || t.now.IsZero() {
			continue
		}
		r, err := checkTerm(t.now)
		if err != nil {
			return q, err
		}
		relabel = relabel || r
	}
	if relabel {
		return q.MapBlankNodes(writableLabel), nil
	}
	c.last = q
	return q, nil
}

// checkTerm reports whether t needs a new blank node label, or cannot be
// written at all.
func checkTerm(t term.Term) (relabel bool, err error) {
	switch t.Kind() {
	case term.IRI:
		return false, CheckWritableIRI(t.Value())
	case term.BlankNode:
		return writableLabel(t) != t, nil
	case term.Literal:
		return false, checkWritableLiteral(t)
	}
	v := t.Triple()
	for _, u := range [...]term.Term{v.Subject, v.Predicate, v.Object} {
		r, err := checkTerm(u)
		if err != nil {
			return false, err
		}
		relabel = relabel || r
	}
	return relabel, nil
}

// notInIRI marks the bytes that the IRIREF production excludes.
var notInIRI = func() (t [256]bool) {
	for c := range t {
		t[c] = c <= ' ' || c < utf8.RuneSelf && strings.ContainsRune("<>\"{}|^`\\", rune(c))
	}
	return t
}()

// CheckWritableIRI reports why an IRI cannot be written between angle brackets:
// it is relative, or has a character that the IRIREF production excludes.
func CheckWritableIRI(s string) error {
	if term.SchemeLength(s) == 0 {
		return fmt.Errorf("IRI <%s> is relative", s)
	}
	ascii := true
	for i := 0; i < len(s); i++ {
		if notInIRI[s[i]] {
			return fmt.Errorf("IRI <%s> contains %q", s, s[i])
		}
		ascii = ascii && s[i] < utf8.RuneSelf
	}
	if !ascii && !utf8.ValidString(s) {
		return fmt.Errorf("IRI %q is not UTF-8", s)
	}
	return nil
}

func checkWritableLiteral(t term.Term) error {
	if !utf8.ValidString(t.Value()) {
		return fmt.Errorf("literal %q is not UTF-8", t.Value())
	}
	if tag := t.Lang(); tag != "" {
		n, problem := LangLength([]byte("@" + tag))
		if problem != "" || n != len(tag)+1 || strings.Contains(tag, "--") {
			return fmt.Errorf("literal %q has the malformed language tag %q", t.Value(), tag)
		}
		return nil
	}
	if t.IsString() {
		return nil
	}
	if problem := BadDatatype(t.Datatype()); problem != "" {
		return fmt.Errorf("literal %q: %s", t.Value(), problem)
	}
	return CheckWritableIRI(t.Datatype())
}

const madeLabel = "x--" // begins the labels that writableLabel makes

// writableLabel returns t itself when the syntaxes allow its label. Otherwise it
// returns a blank node with another label, which is made of the old one so that no
// two nodes get the same.
func writableLabel(t term.Term) term.Term {
	if !t.IsBlankNode() {
		return t
	}
	label := t.Value()
	if !strings.HasPrefix(label, madeLabel) {
		b := make([]byte, 0, 64)
		b = append(append(b, "_:"...), label...)
		if n, problem := BlankNodeLength(b); problem == "" && n == len(b) {
			return t
		}
	}
	return term.NewBlankNode(madeLabel + hex.EncodeToString([]byte(label)))
}
