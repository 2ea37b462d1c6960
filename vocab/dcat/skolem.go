package dcat

import (
	"fmt"
	"slices"
	"strings"

	"github.com/zeebo/xxh3"

	"fincat/vocab/term"
)

func hash(s string) string { return fmt.Sprintf("%012x", xxh3.HashString(s)>>16) }

// Limits of describing blank nodes, against cycles and nodes shared by many:
// beyond them descriptions count as equal.
const (
	maxBlankDepth = 16
	maxBlankSteps = 4096
)

// nameBlankNodes gives every blank node the IRI base#node-HASH, the hash being
// that of what the node says, so that labels of a document do not matter.
func nameBlankNodes(triples []term.Triple, base string) []term.Triple {
	bySubject := map[term.Term][]term.Triple{}
	blank := false
	for _, t := range triples {
		if t.Subject.IsBlankNode() {
			bySubject[t.Subject] = append(bySubject[t.Subject], t)
		}
		blank = blank || t.Subject.IsBlankNode() || t.Object.IsBlankNode()
	}
	if !blank {
		return triples
	}
	names := map[term.Term]term.Term{}
	name := func(t term.Term) term.Term {
		if !t.IsBlankNode() {
			return t
		}
		if _, ok := names[t]; !ok {
			names[t] = term.NewIRI(base + "#node-" + hash((&describer{bySubject: bySubject}).describe(t, 0)))
		}
		return names[t]
	}
	out := make([]term.Triple, len(triples))
	for i, t := range triples {
		out[i] = term.Triple{Subject: name(t.Subject), Predicate: t.Predicate, Object: name(t.Object)}
	}
	return out
}

type describer struct {
	bySubject map[term.Term][]term.Triple
	steps     int
}

func (d *describer) describe(t term.Term, depth int) string {
	if !t.IsBlankNode() {
		return t.String()
	}
	if d.steps++; depth == maxBlankDepth || d.steps > maxBlankSteps {
		return "_"
	}
	lines := make([]string, 0, len(d.bySubject[t]))
	for _, tr := range d.bySubject[t] {
		lines = append(lines, tr.Predicate.Value()+" "+d.describe(tr.Object, depth+1))
	}
	slices.Sort(lines)
	return "[" + strings.Join(lines, ";") + "]"
}
