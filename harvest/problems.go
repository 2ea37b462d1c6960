package harvest

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"strconv"
	"strings"

	"github.com/zeebo/xxh3"

	"fincat/harvest/source"
	"fincat/store"
	"fincat/vocab"
	"fincat/vocab/dcat"
	"fincat/vocab/term"
)

// The problems of a source stand in one graph as SHACL validation results. Each
// names the run that found it first (fincat:since) and, when a later run no
// longer found it, that run (fincat:until). What stays is therefore written
// once, and the problems of every run that is kept can be told.

const (
	maxProblems   = 1_000_000 // of one run
	shownProblems = 1000      // that a report holds itself
	problemBatch  = 4096      // that wait to be written
)

var severities = map[source.Severity]string{source.Info: vocab.SHInfo, source.Warning: vocab.SHWarning, source.Violation: vocab.SHViolation}

// problemLog takes up the problems of a run.
type problemLog struct {
	waiting []source.Problem
	open    map[uint64]openProblem // by the hash of what they say; nil: not read yet
}

// openProblem is a problem that the run before found.
type openProblem struct {
	id    store.ID // of the result; 0 when this run found it first
	again bool     // this run found it too
}

// problem notes a problem of the run.
func (r *run) problem(p source.Problem) {
	switch r.report.Found++; {
	case r.report.Found > maxProblems+1:
		return
	case r.report.Found == maxProblems+1:
		p = source.Problem{Severity: source.Warning, Place: source.Place{URL: r.cfg.URL}, Rule: "too-many-problems",
			Message: fmt.Sprintf("the run found more than %d problems; further ones are counted only", maxProblems), Remedy: "mend the first ones and harvest again"}
	}
	if len(r.report.Problems) < shownProblems {
		r.report.Problems = append(r.report.Problems, p)
	}
	if !r.o.DryRun {
		r.problems.waiting = append(r.problems.waiting, p)
	}
}

// writeProblems puts the problems that wait into the transaction, those that
// the run before did not find.
func (r *run) writeProblems(ctx context.Context) error {
	l := &r.problems
	if len(l.waiting) == 0 {
		return nil
	}
	if err := r.openProblems(ctx); err != nil {
		return err
	}
	for _, p := range l.waiting {
		hash := problemHash(p)
		if before, ok := l.open[hash]; ok {
			before.again = true
			l.open[hash] = before
			continue
		}
		l.open[hash] = openProblem{again: true}
		if err := r.tx.Add(ctx, r.problemQuads(p, hash)...); err != nil {
			return fmt.Errorf("write problem: %w", err)
		}
	}
	l.waiting = l.waiting[:0]
	return nil
}

// openProblems reads, once in a run, which problems the run before found.
func (r *run) openProblems(ctx context.Context) error {
	l := &r.problems
	if l.open != nil {
		return nil
	}
	l.open = map[uint64]openProblem{}
	return r.h.eachProblem(ctx, r.cfg.ID, func(sn *store.Snapshot, id store.ID, since, until string) error {
		if until != "" {
			return nil
		}
		t, err := sn.Term(id)
		if err != nil {
			return err
		}
		v := t.Value()
		hash, err := strconv.ParseUint(v[max(0, len(v)-16):], 16, 64)
		if err == nil {
			l.open[hash] = openProblem{id: id}
		}
		return nil
	})
}

// settleProblems ends the problems that this run no longer found, and forgets
// those that no run found which is kept.
func (r *run) settleProblems(ctx context.Context, kept []string) error {
	if err := r.writeProblems(ctx); err != nil {
		return err
	}
	if err := r.openProblems(ctx); err != nil {
		return err
	}
	ended := map[store.ID]bool{}
	for _, p := range r.problems.open {
		if !p.again {
			ended[p.id] = true
		}
	}
	graph, run := term.NewIRI(r.h.base.Graph("problems", r.cfg.ID)), term.NewIRI(r.h.base.Run(r.report.Run))
	return r.h.eachProblem(ctx, r.cfg.ID, func(sn *store.Snapshot, id store.ID, since, until string) error {
		switch {
		case until != "" && !foundByAny(kept, since, until):
			quads, err := problemOf(ctx, sn, id, graph)
			if err != nil {
				return err
			}
			return r.tx.Remove(ctx, quads...)
		case ended[id]:
			s, err := sn.Term(id)
			if err != nil {
				return err
			}
			return r.tx.Add(ctx, term.Quad{Subject: s, Predicate: term.NewIRI(vocab.FincatUntil), Object: run, Graph: graph})
		}
		return nil
	})
}

// foundByAny reports whether one of the runs is from since on and before until.
// Identifiers of one source's runs sort by time.
func foundByAny(runs []string, since, until string) bool {
	for _, run := range runs {
		if since <= run && run < until {
			return true
		}
	}
	return false
}

func problemHash(p source.Problem) uint64 {
	return xxh3.HashString(strings.Join([]string{string(p.Severity), p.Record, p.Rule, p.Value, p.Message, p.Remedy, p.Place.URL, p.Place.Locator}, "\x00"))
}

// problemQuads describes a problem that this run found first.
func (r *run) problemQuads(p source.Problem, hash uint64) []term.Quad {
	s := fmt.Sprintf("%sproblem/%s/%016x", r.h.base, r.report.Run, hash)
	focus := r.h.base.SourceCatalog(r.cfg.ID)
	var out []term.Triple
	if p.Record != "" {
		focus = r.h.base.Dataset(r.cfg.ID, p.Record)
		out = append(out, triple(s, vocab.DCTIdentifier, term.NewString(p.Record)))
	}
	out = append(out,
		link(s, vocab.RDFType, vocab.SHValidationResult), link(s, vocab.SHResultSeverity, severities[p.Severity]),
		link(s, vocab.SHFocusNode, focus), link(s, vocab.FincatSource, r.h.base.SourceCatalog(r.cfg.ID)),
		link(s, vocab.FincatSince, r.h.base.Run(r.report.Run)),
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
	quads := inGraph(out)
	for i := range quads {
		quads[i].Graph = term.NewIRI(r.h.base.Graph("problems", r.cfg.ID))
	}
	return quads
}

// eachProblem calls f with every problem of a source, and the runs from which
// on and up to which it was found, by identifier.
func (h *Harvester) eachProblem(ctx context.Context, sourceID string, f func(sn *store.Snapshot, id store.ID, since, until string) error) error {
	sn, err := h.store.Snapshot()
	if err != nil {
		return err
	}
	defer sn.Close()
	r := reader{sn}
	graph, runs := term.NewIRI(h.base.Graph("problems", sourceID)), h.base.Run("")
	interval := map[store.ID]string{} // identifiers of the few runs, read once
	run := func(id store.ID) (string, error) {
		if v, ok := interval[id]; ok {
			return v, nil
		}
		t, err := sn.Term(id)
		if err == nil {
			interval[id] = strings.Clone(strings.TrimPrefix(t.Value(), runs))
		}
		return interval[id], err
	}
	untils := map[store.ID]store.ID{}
	for q, err := range r.ids(ctx, term.Term{}, term.NewIRI(vocab.FincatUntil), term.Term{}, graph) {
		if err != nil {
			return fmt.Errorf("read problems: %w", err)
		}
		untils[q[0]] = q[2]
	}
	for q, err := range r.ids(ctx, term.Term{}, term.NewIRI(vocab.FincatSince), term.Term{}, graph) {
		if err != nil {
			return fmt.Errorf("read problems: %w", err)
		}
		since, err := run(q[2])
		until := ""
		if u := untils[q[0]]; err == nil && u != 0 {
			until, err = run(u)
		}
		if err != nil {
			return fmt.Errorf("read problems: %w", err)
		}
		if err := f(sn, q[0], since, until); err != nil {
			return err
		}
	}
	return nil
}

// problemOf returns the quads of a problem.
func problemOf(ctx context.Context, sn *store.Snapshot, id store.ID, graph term.Term) ([]term.Quad, error) {
	s, err := sn.Term(id)
	if err != nil {
		return nil, err
	}
	var out []term.Quad
	for q, err := range (reader{sn}).ids(ctx, s, term.Term{}, term.Term{}, graph) {
		if err != nil {
			return nil, err
		}
		var t [3]term.Term
		if err := sn.Terms(q[:3], t[:]); err != nil {
			return nil, err
		}
		out = append(out, term.Quad{Subject: t[0], Predicate: t[1], Object: t[2], Graph: graph})
	}
	return out, nil
}

// Found is a problem that a run found.
type Found struct {
	Source string `json:"source"`
	Run    string `json:"run"`
	source.Problem
}

// Problems yields the problems that a run found, all of them, one after the
// other. The run may be any that is kept.
func (h *Harvester) Problems(ctx context.Context, runID string) iter.Seq2[Found, error] {
	return func(yield func(Found, error) bool) {
		rep, err := h.RunByID(ctx, runID)
		if err != nil {
			yield(Found{}, err)
			return
		}
		graph := term.NewIRI(h.base.Graph("problems", rep.Source))
		err = h.eachProblem(ctx, rep.Source, func(sn *store.Snapshot, id store.ID, since, until string) error {
			if runID < since || until != "" && runID >= until || !rep.Wrote() {
				return nil
			}
			quads, err := problemOf(ctx, sn, id, graph)
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

// readProblem turns the quads of a problem back into what they were made from.
func readProblem(quads []term.Quad) (p source.Problem) {
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
	c := csv.NewWriter(w)
	if err := c.Write([]string{"severity", "record", "place", "rule", "value", "message", "remedy", "source", "run", "url", "locator"}); err != nil {
		return err
	}
	for p, err := range problems {
		if err != nil {
			c.Flush()
			return err
		}
		if err := c.Write([]string{string(p.Severity), p.Record, p.Place.String(), p.Rule, p.Value, p.Message, p.Remedy, p.Source, p.Run, p.Place.URL, p.Place.Locator}); err != nil {
			return err
		}
	}
	c.Flush()
	return c.Error()
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
