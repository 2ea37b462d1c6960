package value

import (
	"math/rand/v2"
	"time"

	"fincat/vocab/term"
)

// Scope is what some functions know beside their arguments. One query has one
// scope, which serves one goroutine. The zero Scope serves every function that
// depends on its arguments alone.
type Scope struct {
	Base string    // the base IRI, for IRI
	Now  time.Time // the time of the query, for NOW
	// Blank returns a new blank node, for BNODE. With a label it returns the
	// node that the solution at hand has for it.
	Blank func(label string, labelled bool) term.Term

	// Grow is asked before a text of n bytes is made; its error ends the
	// evaluation. nil: there is no budget.
	Grow func(n int64) error
	// Stopped reports whether nobody waits for the value any more. It is asked
	// where one function works long. nil: somebody does.
	Stopped func() bool

	regexes regexCache
	now     Value
	err     error
}

// fnIRI is IRI (SPARQL 1.1 §17.4.2.8): a string is resolved against the base.
func fnIRI(s *Scope, a []Value) Value {
	switch v := a[0]; v.kind {
	case kIRI:
		return v
	case kString:
		if !s.room(int64(len(s.Base) + len(v.text()))) {
			return Value{}
		}
		iri, err := term.ResolveIRI(s.Base, v.text())
		if err != nil {
			return Value{}
		}
		return IRI(iri)
	}
	return Value{}
}

// fnBNode is BNODE (SPARQL 1.1 §17.4.2.9).
func fnBNode(s *Scope, a []Value) Value {
	if len(a) == 0 {
		return Of(s.Blank("", false))
	}
	if a[0].kind != kString {
		return Value{}
	}
	return Of(s.Blank(a[0].text(), true))
}

// fnNow is NOW (SPARQL 1.1 §17.4.5.1): the same value in the whole query.
func fnNow(s *Scope, _ []Value) Value {
	if s.now.IsError() {
		s.now = DateTime(s.Now)
	}
	return s.now
}

func fnRand(*Scope, []Value) Value { return Double(rand.Float64()) }

func fnUUID(*Scope, []Value) Value { return IRI("urn:uuid:" + newUUID()) }

func fnStrUUID(*Scope, []Value) Value { return String(newUUID()) }
