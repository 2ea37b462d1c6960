package harvest

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"

	"github.com/zeebo/xxh3"

	"fincat/harvest/source"
	"fincat/vocab"
	"fincat/vocab/dcat"
	"fincat/vocab/term"
)

var severities = map[source.Severity]string{source.Info: vocab.SHInfo, source.Warning: vocab.SHWarning, source.Violation: vocab.SHViolation}

// problemTriples returns the problems of the run as SHACL validation results.
// A problem's IRI is made from what it says, so that one that stays is not
// written again with every run.
func (r *run) problemTriples() []term.Triple {
	var out []term.Triple
	for _, p := range r.report.Problems {
		key := strings.Join([]string{p.Record, p.Rule, p.Value, p.Message, p.Place.URL}, "\x00")
		s := fmt.Sprintf("%sproblem/%s/%016x", r.h.base, r.cfg.ID, xxh3.HashString(key))
		focus := r.h.base.SourceCatalog(r.cfg.ID)
		if p.Record != "" {
			focus = r.h.base.Dataset(r.cfg.ID, p.Record)
			out = append(out, triple(s, vocab.DCTIdentifier, term.NewString(p.Record)))
		}
		out = append(out,
			link(s, vocab.RDFType, vocab.SHValidationResult), link(s, vocab.SHResultSeverity, severities[p.Severity]),
			link(s, vocab.SHFocusNode, focus), link(s, vocab.FincatSource, r.h.base.SourceCatalog(r.cfg.ID)),
			triple(s, vocab.SHResultMessage, dcat.Text{Value: p.Message, Lang: "en"}.Term()),
			triple(s, vocab.FincatRule, term.NewString(p.Rule)),
			triple(s, vocab.FincatRemedy, dcat.Text{Value: p.Remedy, Lang: "en"}.Term()),
			triple(s, vocab.FincatPlace, term.NewString(p.Place.String())))
		if u, ok := dcat.EncodeIRI(p.Place.URL); ok {
			out = append(out, link(s, vocab.DCTSource, u))
		}
		if p.Value != "" {
			out = append(out, triple(s, vocab.SHValue, term.NewString(p.Value)))
		}
	}
	slices.SortFunc(out, term.CompareTriples)
	return slices.Compact(out)
}

// Problems yields the problems that the newest run of a source found, all of
// them, by record.
func (h *Harvester) Problems(ctx context.Context, sourceID string) iter.Seq2[source.Problem, error] {
	return func(yield func(source.Problem, error) bool) {
		sn, err := h.store.Snapshot()
		if err != nil {
			yield(source.Problem{}, err)
			return
		}
		defer sn.Close()
		triples, err := reader{sn}.triples(ctx, term.NewIRI(h.base.Graph("problems", sourceID)))
		if err != nil {
			yield(source.Problem{}, fmt.Errorf("read problems: %w", err))
			return
		}
		g := dcat.NewGraph(triples)
		var out []source.Problem
		for _, s := range g.Instances(vocab.SHValidationResult) {
			p := source.Problem{Record: g.Value(s, vocab.DCTIdentifier), Rule: g.Value(s, vocab.FincatRule), Value: g.Value(s, vocab.SHValue),
				Message: g.Value(s, vocab.SHResultMessage), Remedy: g.Value(s, vocab.FincatRemedy)}
			for sev, iri := range severities {
				if g.Value(s, vocab.SHResultSeverity) == iri {
					p.Severity = sev
				}
			}
			p.Place.URL = g.Value(s, vocab.DCTSource)
			p.Place.Locator = strings.TrimPrefix(strings.TrimPrefix(g.Value(s, vocab.FincatPlace), p.Place.URL), "#")
			out = append(out, p)
		}
		slices.SortStableFunc(out, func(a, b source.Problem) int { return strings.Compare(a.Record, b.Record) })
		for _, p := range out {
			if !yield(p, nil) {
				return
			}
		}
	}
}

// WriteProblems writes problems as "csv" or as "json", an array.
func WriteProblems(w io.Writer, format string, problems iter.Seq2[source.Problem, error]) error {
	if format == "json" {
		return writeProblemsJSON(w, problems)
	}
	c := csv.NewWriter(w)
	if err := c.Write([]string{"severity", "record", "place", "rule", "value", "message", "remedy"}); err != nil {
		return err
	}
	for p, err := range problems {
		if err != nil {
			return err
		}
		if err := c.Write([]string{string(p.Severity), p.Record, p.Place.String(), p.Rule, p.Value, p.Message, p.Remedy}); err != nil {
			return err
		}
	}
	c.Flush()
	return c.Error()
}

func writeProblemsJSON(w io.Writer, problems iter.Seq2[source.Problem, error]) error {
	sep := "[\n"
	for p, err := range problems {
		if err != nil {
			return err
		}
		b, err := json.Marshal(p)
		if err != nil {
			return err
		}
		if _, err := fmt.Fprintf(w, "%s%s", sep, b); err != nil {
			return err
		}
		sep = ",\n"
	}
	if sep == "[\n" {
		_, err := io.WriteString(w, "[]\n")
		return err
	}
	_, err := io.WriteString(w, "\n]\n")
	return err
}
