package w3ctest

import (
	"fmt"

	"fincat/vocab"
	"fincat/vocab/term"
)

// SameReport returns an error that shows the differences when a SHACL
// validation report is not the one that an entry expects. What a report says of
// shapes and nodes of the data does not count, and messages do only where the
// expected report has some.
func SameReport(report []term.Quad, e Entry) error {
	want := reportOf(e.Graph, e.Result, true)
	messages := false
	for _, q := range want {
		messages = messages || q.Predicate.Value() == vocab.SHResultMessage
	}
	g := NewGraph(report)
	found := g.Subjects(vocab.RDFType, term.NewIRI(vocab.SHValidationReport))
	if len(found) != 1 {
		return fmt.Errorf("there are %d validation reports, want 1", len(found))
	}
	return SameQuads(reportOf(g, found[0], messages), want)
}

// reportOf returns the triples of a report, its results and their paths.
func reportOf(g *Graph, report term.Term, messages bool) (out []term.Quad) {
	keep := func(node term.Term, properties ...string) {
		for _, p := range properties {
			for _, o := range g.Objects(node, p) {
				out = append(out, term.Triple{Subject: node, Predicate: term.NewIRI(p), Object: o}.In(term.Term{}))
			}
		}
	}
	keep(report, vocab.RDFType, vocab.SHConforms, vocab.SHResult)
	for _, r := range g.Objects(report, vocab.SHResult) {
		keep(r, vocab.RDFType, vocab.SHFocusNode, vocab.SHValue, vocab.SHResultPath, vocab.SHResultSeverity,
			vocab.SHSourceConstraintComponent, vocab.SHSourceConstraint, vocab.SHSourceShape)
		if messages {
			keep(r, vocab.SHResultMessage)
		}
		out = append(out, pathOf(g, g.Object(r, vocab.SHResultPath), 0)...)
	}
	return out
}

// pathOf returns what a graph says of the blank nodes of a property path.
func pathOf(g *Graph, node term.Term, depth int) (out []term.Quad) {
	if !node.IsBlankNode() || depth > 100 {
		return nil
	}
	for _, t := range g.bySubject[node] {
		out = append(out, t.In(term.Term{}))
		out = append(out, pathOf(g, t.Object, depth+1)...)
	}
	return out
}
