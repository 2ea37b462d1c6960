package rdfio

import (
	"encoding/hex"
	"fmt"
	"strings"
	"unicode/utf8"

	"fincat/vocab/term"
)

// checker refuses quads that would not read back as they are.
type checker struct {
	f    Format
	last term.Quad // the last quad that passed
}

// quad returns q as it can be written; blank node labels that no syntax allows
// are replaced, which does not change the RDF dataset.
func (c *checker) quad(q term.Quad) (term.Quad, error) {
	if !c.f.Quads() && !q.Graph.IsZero() {
		return q, fmt.Errorf("%s has no named graphs: %s", c.f, q)
	}
	if !q.Valid() {
		return q, fmt.Errorf("not an RDF quad: %s", q)
	}
	relabel := false
	for _, t := range [...]struct{ now, last term.Term }{
		{q.Subject, c.last.Subject}, {q.Predicate, c.last.Predicate}, {q.Object, c.last.Object}, {q.Graph, c.last.Graph},
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
		return mapBlankNodes(q, writableLabel), nil
	}
	c.last = q
	return q, nil
}

// checkTerm reports whether t needs a new blank node label, or cannot be
// written at all.
func checkTerm(t term.Term) (relabel bool, err error) {
	switch t.Kind() {
	case term.IRI:
		return false, checkWritableIRI(t.Value())
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

func checkWritableIRI(s string) error {
	if schemeLength(s) == 0 {
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
		if n, problem := langLength([]byte("@" + tag)); problem != "" || n != len(tag)+1 || strings.Contains(tag, "--") {
			return fmt.Errorf("literal %q has the malformed language tag %q", t.Value(), tag)
		}
		return nil
	}
	if t.IsString() {
		return nil
	}
	if problem := badDatatype(t.Datatype()); problem != "" {
		return fmt.Errorf("literal %q: %s", t.Value(), problem)
	}
	return checkWritableIRI(t.Datatype())
}

const madeLabel = "x--" // begins the labels that writableLabel makes

// writableLabel gives a blank node whose label the syntaxes do not allow
// another one, never the same for two nodes.
func writableLabel(t term.Term) term.Term {
	if !t.IsBlankNode() {
		return t
	}
	label := t.Value()
	if !strings.HasPrefix(label, madeLabel) {
		b := make([]byte, 0, 64)
		b = append(append(b, "_:"...), label...)
		if n, problem := blankNodeLength(b); problem == "" && n == len(b) {
			return t
		}
	}
	return term.NewBlankNode(madeLabel + hex.EncodeToString([]byte(label)))
}
