package harvest

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	"fincat/harvest/codelist"
	"fincat/harvest/document"
	"fincat/harvest/fetch"
	"fincat/harvest/history"
	"fincat/harvest/mapping"
	"fincat/harvest/problem"
	"fincat/harvest/source"
	"fincat/store/follow"
	"fincat/vocab/term"
)

// Lists returns the configured code lists as the sources that the schedule and the
// history take them for.
func (c *Config) Lists() (out []source.Config) {
	for _, l := range c.CodeLists {
		out = append(out, source.Config{ID: l.ID, Kind: "code-list", URL: cmp.Or(l.URL, l.File), Title: l.Title,
			Publisher: l.Publisher, Schedule: l.Schedule, Timezone: l.Timezone, Jitter: l.Jitter,
			Paused: l.Paused, Policy: l.Policy, RemovalLimit: l.RemovalLimit})
	}
	return out
}

// Harvested returns the sources and code lists, in this order.
func (c *Config) Harvested() []source.Config {
	return append(c.Sources[:len(c.Sources):len(c.Sources)], c.Lists()...)
}

// list returns a code list.
func (c *Config) list(id string) (codelist.Config, bool) {
	for _, l := range c.CodeLists {
		if l.ID == id {
			return l, true
		}
	}
	return codelist.Config{}, false
}

// Has reports whether there is a source or code list of that name.
func (c *Config) Has(id string) bool {
	_, isSource := c.Source(id)
	_, isList := c.list(id)
	return isSource || isList
}

// runList reads a code list and replaces its graph where it differs: a run like that of a
// source, whose records are the entities. A list that cannot be read, or lacks more
// entities than removal_limit allows, changes nothing.
func (h *Harvester) runList(ctx context.Context, list codelist.Config, o RunOptions) (*history.Report, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	r, err := startList(ctx, cancel, h, list, o)
	if err != nil {
		return nil, err
	}
	defer h.notify(ctx, r.report)
	defer h.end(list.ID)
	l, err := r.readList(ctx, list)
	if ctx.Err() != nil {
		return r.abort(ctx, ctx.Err())
	}
	graph := term.NewIRI(h.base.CodeListGraph(list.ID))
	var content []term.Triple
	if err == nil {
		for _, p := range l.Problems {
			r.problem(p)
		}
		r.report.Failed = l.Left
		content = l.Triples(h.base)
		err = r.compareList(ctx, graph, content)
	}
	if err != nil {
		r.fail(err)
	}
	if err := r.commitList(ctx, graph, content); err != nil {
		return r.abort(ctx, err)
	}
	return r.report, nil
}

// startList reserves the list and records the run as running.
func startList(ctx context.Context, cancel context.CancelCauseFunc, h *Harvester, list codelist.Config,
	o RunOptions) (r *run, err error) {
	rep := &history.Report{Source: list.ID, Start: h.now(), Status: history.Running, DryRun: o.DryRun, Full: true,
		Process: h.process, Author: cmp.Or(o.Author, h.author)}
	r = &run{h: h, o: o, report: rep, cfg: source.Config{ID: list.ID, URL: cmp.Or(list.URL, list.File),
		RemovalLimit: list.RemovalLimit}}
	if !o.DryRun {
		if err = h.EndInterrupted(ctx); err != nil {
			return nil, err
		}
	}
	if rep.Run, err = h.history.NewID(list.ID, rep.Start); err != nil {
		return nil, err
	}
	r.problems = h.history.ProblemLog(list.ID, rep.Run)
	if r.activity, err = h.begin(list.ID, rep.Run, cancel); err != nil {
		return nil, err
	}
	if r.past, err = h.history.RunsOf(ctx, list.ID); err == nil && !o.DryRun {
		err = h.prepare(ctx, rep)
		r.recorded = err == nil
	}
	if err != nil {
		h.end(list.ID)
		return nil, err
	}
	if o.Begun != nil {
		o.Begun(rep.Run)
	}
	return r, nil
}

// readList fetches a list, or reads its file.
func (r *run) readList(ctx context.Context, list codelist.Config) (*codelist.List, error) {
	policy := list.WithDefaults()
	if list.File != "" {
		body, err := readFile(list.File, policy.MaxBytes)
		if err != nil {
			return nil, problem.Errorf(problem.Place{URL: list.File}, "file", "correct file: of the code list",
				"%w", err)
		}
		d, err := document.New(&fetch.Response{URL: list.File, Body: body}, policy.MaxBytes)
		if err != nil {
			return nil, err
		}
		return codelist.Read(ctx, list, d)
	}
	s, err := r.h.client.Session(fetch.SessionOptions{Policy: policy, Origin: list.URL, Scope: list.ID,
		Full: r.o.Full, Offline: r.o.Replay})
	if err != nil {
		return nil, fmt.Errorf("code list %s: %w", list.ID, err)
	}
	defer s.Close()
	f, err := s.Stream(ctx, list.URL, fetch.Request{Accept: "text/csv, application/json, */*;q=0.5"})
	if err != nil {
		return nil, err
	}
	f.Notice = r.problem
	r.report.Fetched = s.Fetched()
	return codelist.Read(ctx, list, &document.Document{Document: f})
}

func readFile(name string, limit fetch.Size) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	body, err := io.ReadAll(io.LimitReader(f, int64(limit)+1))
	if err == nil && int64(len(body)) > int64(limit) {
		err = fmt.Errorf("the file has more than %d bytes, which max_bytes allows", limit)
	}
	return body, err
}

// previewList reads a list and returns its first entries as records without a dataset,
// with the problems of the list at the first one.
func (h *Harvester) previewList(ctx context.Context, list codelist.Config, n int) ([]*mapping.Record, error) {
	r := &run{h: h, cfg: source.Config{URL: cmp.Or(list.URL, list.File)}, o: RunOptions{DryRun: true},
		report: &history.Report{}}
	l, err := r.readList(ctx, list)
	if err != nil {
		return nil, err
	}
	var out []*mapping.Record
	for _, e := range l.Entries[:min(n, len(l.Entries))] {
		out = append(out, &mapping.Record{ID: e.String(), Place: problem.Place{URL: r.cfg.URL}})
	}
	out[0].Problems = append(r.report.Problems, l.Problems[:min(len(l.Problems), shownProblems)]...)
	return out, nil
}

// compareList counts what differs from the list that the store has.
func (r *run) compareList(ctx context.Context, graph term.Term, content []term.Triple) error {
	sn, err := r.h.store.Snapshot()
	if err != nil {
		return err
	}
	defer sn.Close()
	before, err := follow.Triples(ctx, sn, graph)
	if err != nil {
		return err
	}
	was, is := byEntity(before, r.h.base.Entities()), byEntity(content, r.h.base.Entities())
	rep := r.report
	for iri, text := range is {
		switch old, ok := was[iri]; {
		case !ok:
			rep.New++
			r.change(iri, "new", "")
		case old != text:
			rep.Changed++
			r.change(iri, "changed", "")
		default:
			rep.Unchanged++
		}
	}
	var gone []string
	for iri := range was {
		if _, ok := is[iri]; !ok {
			gone = append(gone, iri)
		}
	}
	limit := removalLimit(&r.h.config.Harvest, &r.cfg)
	if share := float64(len(gone)) / float64(max(1, len(was))); share > limit {
		rep.New, rep.Changed, rep.Unchanged = 0, 0, 0
		return problem.Errorf(problem.Place{URL: r.cfg.URL}, "removal-limit",
			"look at the list; if it is right, harvest once with removal_limit: 1 of this code list",
			"of %d entities %d are gone, which is more than removal_limit; the list stays as it was", len(was),
			len(gone))
	}
	rep.Removed = len(gone)
	for _, iri := range gone {
		r.change(iri, "removed", "")
	}
	return nil
}

// byEntity puts what a list says of each entity into one text.
func byEntity(triples []term.Triple, prefix string) map[string]string {
	texts := map[string]*strings.Builder{}
	for _, t := range triples {
		iri, _, _ := strings.Cut(t.Subject.Value(), "#")
		if !strings.HasPrefix(iri, prefix) {
			continue
		}
		if texts[iri] == nil {
			texts[iri] = &strings.Builder{}
		}
		texts[iri].WriteString(t.String() + "\n")
	}
	out := make(map[string]string, len(texts))
	for iri, b := range texts {
		out[iri] = b.String()
	}
	return out
}

// commitList writes the run, and the list unless it could not be read.
func (r *run) commitList(ctx context.Context, graph term.Term, content []term.Triple) (err error) {
	rep := r.report
	rep.Ended(r.h.now())
	if rep.Status != history.Failed {
		rep.Status = history.Done
	}
	if r.o.DryRun {
		return nil
	}
	if r.tx, err = r.h.store.Begin(ctx); err != nil {
		return err
	}
	defer r.tx.Rollback()
	kept, err := r.prune()
	if err != nil {
		return err
	}
	reach := history.Reach{Failed: rep.Err != nil, Shown: func(string) bool { return false }}
	if err := r.problems.Settle(ctx, r.tx, kept, reach); err != nil {
		return err
	}
	graphs := r.h.history.Graph(rep)
	if rep.Status == history.Done {
		graphs[graph] = inGraph(content)
	}
	for name, quads := range graphs {
		if err := r.tx.ReplaceGraph(ctx, name, quads); err != nil {
			return err
		}
	}
	r.tx.Note(rep.Note(history.StepResult))
	c, err := r.tx.Commit(ctx)
	if err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	rep.Seq = c.Seq
	return nil
}
