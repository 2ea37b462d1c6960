package document

import (
	"strings"
	"unicode/utf8"

	"fincat/vocab/term"
)

// UnfitError says that a syntax cannot express a quad.
type UnfitError struct{ Err error }

// Error says which quad, and why.
func (e *UnfitError) Error() string { return e.Err.Error() }

// Unwrap returns the reason.
func (e *UnfitError) Unwrap() error { return e.Err }

// IsXMLChar is the production Char of XML 1.0 §2.2.
func IsXMLChar(r rune) bool {
	return r == '\t' || r == '\n' || r == '\r' ||
		r >= 0x20 && r <= 0xD7FF || r >= 0xE000 && r <= 0xFFFD || r >= 0x10000 && r <= utf8.MaxRune
}

// Legible is for [strings.Map]: U+FFFD stands for what is no character of a text,
// which are control characters except tabs and line breaks, and the code points that
// Unicode keeps free of characters (The Unicode Standard §23.7).
func Legible(r rune) rune {
	if !IsXMLChar(r) || r&0xFFFE == 0xFFFE || r >= 0xFDD0 && r <= 0xFDEF {
		return utf8.RuneError
	}
	return r
}

// ForXML returns a term that XML can carry: U+FFFD stands for the characters of a
// literal for which XML 1.0 has no place, not even as references.
func ForXML(t term.Term) term.Term {
	return Map(t, func(r rune) rune {
		if IsXMLChar(r) {
			return r
		}
		return utf8.RuneError
	})
}

// Map returns a term with other characters in its literals, also in those of a
// triple term.
func Map(t term.Term, f func(rune) rune) term.Term {
	switch {
	case t.IsTripleTerm():
		r := t.Triple()
		if o := Map(r.Object, f); o != r.Object {
			return term.NewTripleTerm(term.Triple{Subject: r.Subject, Predicate: r.Predicate, Object: o})
		}
		return t
	case !t.IsLiteral():
		return t
	}
	v := strings.Map(f, t.Value())
	switch {
	case v == t.Value():
		return t
	case t.Lang() != "":
		return term.NewDirLangString(v, t.Lang(), t.Direction())
	}
	return term.NewLiteral(v, t.Datatype())
}
