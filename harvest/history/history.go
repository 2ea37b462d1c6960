package history

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"fincat/harvest/problem"
	"fincat/store"
	"fincat/vocab"
	"fincat/vocab/dcat"
	"fincat/vocab/term"
)

// ErrUnknown says that there is no such run in the history.
var ErrUnknown = errors.New("not found")

// Options say whose history is read.
type Options struct {
	Store *store.Store
	Base  dcat.Base // where the IRIs of the catalogue start
	// Running returns the identifiers of the runs that this process is making;
	// default: it makes none.
	Running func() []string
}

// History reads the runs of a store. It is safe for concurrent use.
type History struct {
	store   *store.Store
	base    dcat.Base
	running func() []string
}

// New returns the history of a store.
func New(o Options) *History {
	if o.Running == nil {
		o.Running = func() []string { return nil }
	}
	return &History{store: o.Store, base: o.Base, running: o.Running}
}

// Runs returns all runs, the newest first.
func (h *History) Runs(ctx context.Context) ([]*Report, error) {
	return h.runsWith(ctx, vocab.RDFType, term.NewIRI(vocab.FincatRun))
}

// RunsOf returns the runs of one source, the newest first.
func (h *History) RunsOf(ctx context.Context, sourceID string) ([]*Report, error) {
	return h.runsWith(ctx, vocab.FincatSource, term.NewIRI(h.base.SourceCatalog(sourceID)))
}

// Recorded returns the runs whose graphs give them a state, the newest first.
// That of [Running] may be told as [Interrupted].
func (h *History) Recorded(ctx context.Context, status Status) ([]*Report, error) {
	return h.runsWith(ctx, vocab.FincatStatus, term.NewString(string(status)))
}

// LastRun returns the newest run of a source that has ended, nil when there is
// none.
func (h *History) LastRun(ctx context.Context, sourceID string) (*Report, error) {
	runs, err := h.RunsOf(ctx, sourceID)
	if err != nil {
		return nil, err
	}
	for _, r := range runs {
		if r.Status != Running {
			return r, nil
		}
	}
	return nil, nil
}

// RunByID returns one run. The error is [ErrUnknown] when the history does not
// have it.
func (h *History) RunByID(ctx context.Context, id string) (*Report, error) {
	before := h.running()
	sn, err := h.store.Snapshot()
	if err != nil {
		return nil, err
	}
	defer sn.Close()
	rep, err := h.readRun(ctx, sn, id, before)
	if err == nil && rep.Source == "" {
		err = fmt.Errorf("run %q: %w", id, ErrUnknown)
	}
	return rep, err
}

// runsWith returns the runs with a property, the newest first.
func (h *History) runsWith(ctx context.Context, p string, o term.Term) ([]*Report, error) {
	before := h.running()
	sn, err := h.store.Snapshot()
	if err != nil {
		return nil, err
	}
	defer sn.Close()
	pat, ok, err := sn.PatternOf(term.Term{}, term.NewIRI(p), o, term.Term{})
	if err != nil || !ok {
		return nil, err
	}
	var out []*Report
	for b, err := range sn.Batches(ctx, pat, store.ScanOptions{Order: store.OrderFor(pat)}) {
		if err != nil {
			return nil, fmt.Errorf("list runs: %w", err)
		}
		for _, s := range b.S[:b.N] {
			t, err := sn.Term(s)
			if err != nil {
				return nil, fmt.Errorf("list runs: %w", err)
			}
			id, ok := strings.CutPrefix(t.Value(), h.base.Run(""))
			if !ok {
				continue // a problem of the source
			}
			rep, err := h.readRun(ctx, sn, id, before)
			if err != nil {
				return nil, err
			}
			out = append(out, rep)
		}
	}
	slices.SortFunc(out, func(a, b *Report) int {
		return cmp.Or(b.Start.Compare(a.Start), strings.Compare(b.Run, a.Run))
	})
	return out, nil
}

// readRun reads a run from its graph. A run that is recorded as running but is
// not made by this process was interrupted. Runs begin and end while they are
// read here: one counts as being made when it was before the snapshot was taken,
// the time of before, or is now.
func (h *History) readRun(ctx context.Context, sn *store.Snapshot, id string, before []string) (*Report, error) {
	quads, err := quadsOf(ctx, sn, term.Term{}, term.NewIRI(h.base.RunGraph(id)))
	if err != nil {
		return nil, fmt.Errorf("read run %s: %w", id, err)
	}
	rep := h.report(id, quads)
	if rep.Status == Running && !slices.Contains(before, id) && !slices.Contains(h.running(), id) {
		rep.Status, rep.Reason = Interrupted, interruption(rep)
	}
	if rep.Reason != "" {
		rep.Err = errors.New(rep.Reason)
	}
	return rep, nil
}

// interruption says why a run that is still marked as running has ended.
func interruption(rep *Report) string {
	who, seen := cmp.Or(rep.Process, "its process"), "it was last seen when it started"
	if !rep.Heartbeat.IsZero() {
		seen = fmt.Sprintf("it was last seen at %s, %s after %s",
			rep.Heartbeat.Format(time.RFC3339), rep.Stage, problem.Count(rep.Records, "record"))
	}
	return who + " ended before the run did; " + seen +
		"; nothing of the run was written, the next one goes on with the documents that are kept"
}

// quadsOf returns the quads of a graph that have a subject, all of them when
// that is zero.
func quadsOf(ctx context.Context, sn *store.Snapshot, subject, graph term.Term) (out []term.Quad, err error) {
	pat, ok, err := sn.PatternOf(subject, term.Term{}, term.Term{}, graph)
	if err != nil || !ok {
		return nil, err
	}
	for q, err := range sn.Match(ctx, pat, store.OrderFor(pat)) {
		if err != nil {
			return nil, err
		}
		out = append(out, q)
	}
	return out, nil
}

// NewID returns an identifier for a run of a source that starts at a time. It
// sorts by time and says which source ran. Further runs within a second get a
// fraction, which sorts between the seconds.
func (h *History) NewID(sourceID string, at time.Time) (string, error) {
	sn, err := h.store.Snapshot()
	if err != nil {
		return "", err
	}
	defer sn.Close()
	for n := 0; ; n++ {
		id := at.UTC().Add(time.Duration(n/1000) * time.Second).Format("20060102T150405")
		if n%1000 > 0 {
			id += fmt.Sprintf(".%03d", n%1000)
		}
		id += "-" + sourceID
		_, taken, err := sn.Lookup(term.NewIRI(h.base.Run(id)))
		if err != nil || !taken {
			return id, err
		}
	}
}
