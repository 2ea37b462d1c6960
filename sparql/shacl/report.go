package shacl

import (
	"fmt"
	"io"
	"iter"

	"fincat/vocab"
	"fincat/vocab/rdfio"
	"fincat/vocab/term"
)

// Report returns results as an RDF validation report (SHACL §3.6): its triples
// come as the results do, and sh:conforms last.
func Report(found iter.Seq2[Result, error]) iter.Seq2[term.Quad, error] {
	return func(yield func(term.Quad, error) bool) {
		w := reporter{yield: yield, report: term.NewBlankNode("report")}
		conforms := true
		for r, err := range found {
			if err != nil {
				yield(term.Quad{}, err)
				return
			}
			conforms = false
			if w.result(&r); w.done {
				return
			}
		}
		w.add(
			triple(w.report, vocab.RDFType, term.NewIRI(vocab.SHValidationReport)),
			triple(w.report, vocab.SHConforms, term.NewLiteral(fmt.Sprint(conforms), vocab.XSDBoolean)),
		)
	}
}

type reporter struct {
	yield  func(term.Quad, error) bool
	report term.Term
	nodes  int
	done   bool
}

func (w *reporter) add(ts ...term.Triple) {
	for _, t := range ts {
		if !w.done && !w.yield(t.In(term.Term{}), nil) {
			w.done = true
		}
	}
}

func (w *reporter) fresh() term.Term {
	w.nodes++
	return term.NewBlankNode(fmt.Sprintf("r%d", w.nodes))
}

func (w *reporter) result(r *Result) {
	node := w.fresh()
	w.add(
		triple(w.report, vocab.SHResult, node),
		triple(node, vocab.RDFType, term.NewIRI(vocab.SHValidationResult)),
		triple(node, vocab.SHFocusNode, r.Focus),
		triple(node, vocab.SHResultSeverity, r.Severity),
		triple(node, vocab.SHSourceConstraintComponent, r.Component),
		triple(node, vocab.SHSourceShape, r.Shape),
	)
	switch {
	case !r.predicate.IsZero():
		w.add(triple(node, vocab.SHResultPath, r.predicate))
	case r.path != nil:
		at, ts := r.path.triples(nil, w.fresh)
		w.add(triple(node, vocab.SHResultPath, at))
		w.add(ts...)
	}
	if !r.Value.IsZero() {
		w.add(triple(node, vocab.SHValue, r.Value))
	}
	if !r.Constraint.IsZero() {
		w.add(triple(node, vocab.SHSourceConstraint, r.Constraint))
	}
	if r.Place != "" {
		w.add(triple(node, vocab.FincatPlace, term.NewString(r.Place)))
	}
	if r.Origin != "" {
		w.add(triple(node, vocab.FincatOrigin, term.NewString(r.Origin)))
	}
	for _, m := range r.Messages {
		w.add(triple(node, vocab.SHResultMessage, m))
	}
}

// manyResults is from where on a report is written as it comes, so that it need
// not be held in memory: not nested, and unsorted.
const manyResults = 20_000

// WriteReport writes results as an RDF validation report. Up to some ten
// thousand results are sorted and nested as a person would write them.
func WriteReport(w io.Writer, f rdfio.Format, found iter.Seq2[Result, error]) error {
	stream := false
	var out rdfio.Writer
	for q, err := range Report(Sorted(found, manyResults, func() { stream = true })) {
		if err == nil && out == nil {
			out, err = rdfio.NewWriter(w, f, rdfio.WriteOptions{Stream: stream})
		}
		if err == nil {
			err = out.Write(q)
		}
		if err != nil {
			return err
		}
	}
	return out.Close()
}
