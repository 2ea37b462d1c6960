package history

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/zeebo/xxh3"

	"fincat/harvest/problem"
	"fincat/store"
	"fincat/vocab"
	"fincat/vocab/dcat"
	"fincat/vocab/term"
)

// The problems of a source stand in one graph as SHACL validation results. Each
// names the run that found it first (fincat:since) and, when a later run no
// longer found it, that run (fincat:until). What stays is therefore written
// once, and the problems of every run that is kept can be told.

// problemBatch is how many problems wait before they are written.
const problemBatch = 4096

var severities = map[problem.Severity]string{
	problem.Info: vocab.SHInfo, problem.Warning: vocab.SHWarning, problem.Violation: vocab.SHViolation,
}

// ProblemLog writes the problems of one run with the transaction of the run.
type ProblemLog struct {
	h           *History
	source, run string
	waiting     []problem.Problem
	open        map[uint64]openProblem // by the hash of what they say; nil: not read yet
}

// openProblem is a problem that the run before found.
type openProblem struct {
	id    store.ID // of the result; 0 when this run found it first
	again bool     // this run found it too
}

// ProblemLog returns the log for the problems of a run.
func (h *History) ProblemLog(sourceID, runID string) *ProblemLog {
	return &ProblemLog{h: h, source: sourceID, run: runID}
}

// Add takes up a problem. It waits until the next [ProblemLog.Write].
func (l *ProblemLog) Add(p problem.Problem) { l.waiting = append(l.waiting, p) }

// Full reports whether so many problems wait that they should be written.
func (l *ProblemLog) Full() bool { return len(l.waiting) >= problemBatch }

// Write puts the problems that wait into the transaction, those that the run
// before did not find.
func (l *ProblemLog) Write(ctx context.Context, tx *store.Tx) error {
	if len(l.waiting) == 0 {
		return nil
	}
	if err := l.readOpen(ctx); err != nil {
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
		if err := tx.Add(ctx, l.quads(p, hash)...); err != nil {
			return fmt.Errorf("write problem: %w", err)
		}
	}
	l.waiting = l.waiting[:0]
	return nil
}

// readOpen reads, once in a run, which problems the run before found.
func (l *ProblemLog) readOpen(ctx context.Context) error {
	if l.open != nil {
		return nil
	}
	l.open = map[uint64]openProblem{}
	return l.h.eachProblem(ctx, l.source, func(sn *store.Snapshot, id store.ID, _, until string) error {
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

// Reach is how much of a source a run looked at, and with that which problems
// it can have ended by not finding them.
type Reach struct {
	Failed  bool // the gathering ended early
	Partial bool // only some of the records came
	// Shown reports whether a record came, by its identifier.
	Shown func(record string) bool
	// Unvalidated reports whether a record came unchanged and was not validated
	// against the source's profile again; nil: none.
	Unvalidated func(record string) bool
}

// ProfileRule begins the rules of problems that the validation against a profile found.
const ProfileRule = "profile-"

// ends reports whether a run ends a problem that it did not find. A problem of a
// record stays until the record came without it.
func (r Reach) ends(record, again, rule string) bool {
	switch {
	case strings.HasPrefix(rule, ProfileRule) && r.Unvalidated != nil && r.Unvalidated(record):
		return false
	case r.Partial && record == "" && strings.HasSuffix(rule, "-unknown"): // of records that did not come
		return false
	case !r.Failed && !r.Partial:
		return true
	case record != "" && r.Shown(record):
		return true
	case r.Failed:
		return record == "" && again == ""
	}
	return record == "" || again != "" // what is asked for again was asked for
}

// Settle writes what waits, ends the problems that this run no longer found, and
// forgets those that none of the runs found which are kept.
func (l *ProblemLog) Settle(ctx context.Context, tx *store.Tx, kept []string, reach Reach) error {
	if err := l.Write(ctx, tx); err != nil {
		return err
	}
	if err := l.readOpen(ctx); err != nil {
		return err
	}
	ended := map[store.ID]bool{}
	for _, p := range l.open {
		if !p.again {
			ended[p.id] = true
		}
	}
	if err := l.keepUnreached(ctx, ended, reach); err != nil {
		return err
	}
	graph, run := l.h.problemGraph(l.source), term.NewIRI(l.h.base.Run(l.run))
	return l.h.eachProblem(ctx, l.source, func(sn *store.Snapshot, id store.ID, since, until string) error {
		forgotten := until != "" && !foundByAny(kept, since, until)
		if !forgotten && !ended[id] {
			return nil
		}
		s, err := sn.Term(id)
		if err != nil {
			return err
		}
		if !forgotten {
			q := term.Quad{Subject: s, Predicate: term.NewIRI(vocab.FincatUntil), Object: run, Graph: graph}
			return tx.Add(ctx, q)
		}
		quads, err := quadsOf(ctx, sn, s, graph)
		if err != nil {
			return err
		}
		return tx.Remove(ctx, quads...)
	})
}

// keepUnreached takes out of a set of problems those that the run cannot have
// ended.
func (l *ProblemLog) keepUnreached(ctx context.Context, ended map[store.ID]bool, reach Reach) error {
	if len(ended) == 0 || !reach.Failed && !reach.Partial && reach.Unvalidated == nil {
		return nil
	}
	sn, err := l.h.store.Snapshot()
	if err != nil {
		return err
	}
	defer sn.Close()
	record, again, rule := map[store.ID]string{}, map[store.ID]string{}, map[store.ID]string{}
	for p, m := range map[string]map[store.ID]string{
		vocab.DCTIdentifier: record, vocab.FincatAgain: again, vocab.FincatRule: rule,
	} {
		err := eachObject(ctx, sn, p, l.h.problemGraph(l.source), func(s, o store.ID) error {
			if !ended[s] {
				return nil
			}
			t, err := sn.Term(o)
			m[s] = t.Value()
			return err
		})
		if err != nil {
			return err
		}
	}
	for id := range ended {
		if !reach.ends(record[id], again[id], rule[id]) {
			delete(ended, id)
		}
	}
	return nil
}

// Again returns what a source has to be asked for again: what the problems name
// that no run has ended, sorted.
func (h *History) Again(ctx context.Context, sourceID string) ([]string, error) {
	sn, err := h.store.Snapshot()
	if err != nil {
		return nil, err
	}
	defer sn.Close()
	graph, closed := h.problemGraph(sourceID), map[store.ID]bool{}
	err = eachObject(ctx, sn, vocab.FincatUntil, graph, func(s, _ store.ID) error {
		closed[s] = true
		return nil
	})
	if err != nil {
		return nil, err
	}
	var out []string
	err = eachObject(ctx, sn, vocab.FincatAgain, graph, func(s, o store.ID) error {
		if closed[s] {
			return nil
		}
		t, err := sn.Term(o)
		out = append(out, t.Value())
		return err
	})
	slices.Sort(out)
	return slices.Compact(out), err
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

func problemHash(p problem.Problem) uint64 {
	return xxh3.HashString(strings.Join([]string{
		string(p.Severity), p.Record, p.Rule, p.Value, p.Message, p.Remedy, p.Place.URL, p.Place.Locator,
	}, "\x00"))
}

// problemGraph returns the name of the graph with the problems of a source.
func (h *History) problemGraph(sourceID string) term.Term {
	return term.NewIRI(h.base.Graph("problems", sourceID))
}

// quads describes a problem that this run found first.
func (l *ProblemLog) quads(p problem.Problem, hash uint64) []term.Quad {
	base, graph := l.h.base, l.h.problemGraph(l.source)
	s := term.NewIRI(fmt.Sprintf("%sproblem/%s/%016x", base, l.run, hash))
	var out []term.Quad
	add := func(p string, o term.Term) {
		out = append(out, term.Quad{Subject: s, Predicate: term.NewIRI(p), Object: o, Graph: graph})
	}
	english := func(v string) term.Term { return dcat.Text{Value: v, Lang: "en"}.Term() }
	focus := base.SourceCatalog(l.source)
	if p.Record != "" {
		focus = base.Dataset(l.source, p.Record)
		add(vocab.DCTIdentifier, term.NewString(p.Record))
	}
	add(vocab.RDFType, term.NewIRI(vocab.SHValidationResult))
	add(vocab.SHResultSeverity, term.NewIRI(severities[p.Severity]))
	add(vocab.SHFocusNode, term.NewIRI(focus))
	add(vocab.FincatSource, term.NewIRI(base.SourceCatalog(l.source)))
	add(vocab.FincatSince, term.NewIRI(base.Run(l.run)))
	add(vocab.SHResultMessage, english(p.Message))
	add(vocab.FincatRule, term.NewString(p.Rule))
	add(vocab.FincatRemedy, english(p.Remedy))
	add(vocab.FincatPlace, term.NewString(p.Place.String()))
	if u, ok := dcat.EncodeIRI(p.Place.URL); ok {
		add(vocab.DCTSource, term.NewIRI(u))
	}
	if p.Again != "" {
		add(vocab.FincatAgain, term.NewString(p.Again))
	}
	if p.Value != "" {
		add(vocab.SHValue, term.NewString(p.Value))
	}
	return out
}
