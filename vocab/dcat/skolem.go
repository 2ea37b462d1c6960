package dcat

import (
	"fmt"
	"slices"
	"strings"

	"github.com/zeebo/xxh3"

	"fincat/vocab"
	"fincat/vocab/term"
)

func hash(s string) string { return fmt.Sprintf("%012x", xxh3.HashString(s)>>16) }

// Limits of describing blank nodes, against cycles and nodes shared by many:
// beyond them descriptions count as equal.
const (
	maxBlankDepth = 16
	maxBlankSteps = 4096
)

// NameBlankNodes gives every blank node the IRI base#node-HASH, the hash being
// that of what the node says, so that labels of a document do not matter.
func NameBlankNodes(triples []term.Triple, base string) []term.Triple {
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

// IsRecord reports whether the statements about a subject are those of a catalogue
// record. When such a record was last changed says nothing of the dataset.
func IsRecord(about []term.Triple) bool {
	return slices.ContainsFunc(about, func(t term.Triple) bool {
		return t.Predicate.Value() == vocab.FOAFPrimaryTopic
	})
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
	about := d.bySubject[t]
	lines := make([]string, 0, len(about))
	for _, tr := range about {
		if tr.Predicate.Value() == vocab.DCTModified && IsRecord(about) {
			continue // so that the node keeps its name when the other catalogue looks at the dataset again
		}
		lines = append(lines, tr.Predicate.Value()+" "+d.describe(tr.Object, depth+1))
	}
	slices.Sort(lines)
	return "[" + strings.Join(lines, ";") + "]"
}
