package history

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"

	"fincat/harvest/problem"
	"fincat/store"
	"fincat/vocab"
	"fincat/vocab/sheet"
	"fincat/vocab/term"
)

// Found is a problem that a run found.
type Found struct {
	Source string `json:"source"`
	Run    string `json:"run"`
	problem.Problem
}

// Problems yields the problems that a run found, all of them, one after the
// other. The run may be any that is kept.
func (h *History) Problems(ctx context.Context, runID string) iter.Seq2[Found, error] {
	return func(yield func(Found, error) bool) {
		rep, err := h.RunByID(ctx, runID)
		if err != nil {
			yield(Found{}, err)
			return
		}
		graph := h.problemGraph(rep.Source)
		err = h.eachProblem(ctx, rep.Source, func(sn *store.Snapshot, id store.ID, since, until string) error {
			if runID < since || until != "" && runID >= until || !rep.Wrote() {
				return nil
			}
			s, err := sn.Term(id)
			if err != nil {
				return err
			}
			quads, err := quadsOf(ctx, sn, s, graph)
			if err == nil && !yield(Found{rep.Source, runID, readProblem(quads)}, nil) {
				err = errEnough
			}
			return err
		})
		if err != nil && !errors.Is(err, errEnough) {
			yield(Found{}, fmt.Errorf("problems of %s: %w", runID, err))
		}
	}
}

// eachProblem calls f with every problem of a source, and the runs from which
// on and up to which it was found, by identifier. The last is empty when the
// newest run found it too.
func (h *History) eachProblem(ctx context.Context, sourceID string,
	f func(sn *store.Snapshot, id store.ID, since, until string) error) error {
	sn, err := h.store.Snapshot()
	if err != nil {
		return err
	}
	defer sn.Close()
	graph, runs := h.problemGraph(sourceID), map[store.ID]string{}
	run := func(id store.ID) (string, error) { // there are few, each is read once
		if v, ok := runs[id]; ok {
			return v, nil
		}
		t, err := sn.Term(id)
		if err == nil {
			runs[id] = strings.Clone(strings.TrimPrefix(t.Value(), h.base.Run("")))
		}
		return runs[id], err
	}
	untils := map[store.ID]store.ID{}
	err = eachObject(ctx, sn, vocab.FincatUntil, graph, func(s, o store.ID) error {
		untils[s] = o
		return nil
	})
	if err != nil {
		return fmt.Errorf("read problems: %w", err)
	}
	return eachObject(ctx, sn, vocab.FincatSince, graph, func(s, o store.ID) error {
		since, err := run(o)
		until := ""
		if u := untils[s]; err == nil && u != 0 {
			until, err = run(u)
		}
		if err != nil {
			return fmt.Errorf("read problems: %w", err)
		}
		return f(sn, s, since, until)
	})
}

// eachObject calls f with the subjects and objects of a property in a graph.
func eachObject(ctx context.Context, sn *store.Snapshot, p string, graph term.Term,
	f func(s, o store.ID) error) error {
	pat, ok, err := sn.PatternOf(term.Term{}, term.NewIRI(p), term.Term{}, graph)
	if err != nil || !ok {
		return err
	}
	for b, err := range sn.Batches(ctx, pat, store.ScanOptions{Order: store.OrderFor(pat)}) {
		if err != nil {
			return fmt.Errorf("read problems: %w", err)
		}
		for i := range b.N {
			if err := f(b.S[i], b.O[i]); err != nil {
				return err
			}
		}
	}
	return nil
}

// readProblem turns the quads of a problem back into what they were made from.
func readProblem(quads []term.Quad) (p problem.Problem) {
	for _, q := range quads {
		v := q.Object.Value()
		switch q.Predicate.Value() {
		case vocab.DCTIdentifier:
			p.Record = v
		case vocab.FincatRule:
			p.Rule = v
		case vocab.SHValue:
			p.Value = v
		case vocab.SHResultMessage:
			p.Message = v
		case vocab.FincatAgain:
			p.Again = v
		case vocab.FincatRemedy:
			p.Remedy = v
		case vocab.DCTSource:
			p.Place.URL = v
		case vocab.FincatPlace:
			p.Place.Locator = v
		case vocab.SHResultSeverity:
			for sev, iri := range severities {
				if iri == v {
					p.Severity = sev
				}
			}
		}
	}
	if p.Place.URL == "" {
		p.Place.URL, p.Place.Locator, _ = strings.Cut(p.Place.Locator, "#")
	}
	p.Place.Locator = strings.TrimPrefix(strings.TrimPrefix(p.Place.Locator, p.Place.URL), "#")
	return p
}

// WriteProblems writes problems as "csv" or as "json", an array, as they come.
func WriteProblems(w io.Writer, format string, problems iter.Seq2[Found, error]) error {
	if format == "json" {
		return writeProblemsJSON(w, problems)
	}
	c := sheet.NewWriter(w, "severity", "record", "place", "rule", "value", "message", "remedy", "source", "run",
		"url", "locator")
	for p, err := range problems {
		if err == nil {
			err = c.Write(string(p.Severity), p.Record, p.Place.String(), p.Rule, p.Value, p.Message, p.Remedy,
				p.Source, p.Run, p.Place.URL, p.Place.Locator)
		}
		if err != nil {
			return errors.Join(err, c.Close())
		}
	}
	return c.Close()
}

func writeProblemsJSON(w io.Writer, problems iter.Seq2[Found, error]) error {
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
