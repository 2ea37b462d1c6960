package harvest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"fincat/harvest/source"
	"fincat/store"
	"fincat/vocab"
	"fincat/vocab/dcat"
	"fincat/vocab/term"
)

func emptySource(address string, known int) error {
	return &source.Error{Place: source.Place{URL: address}, Rule: "empty", Err: fmt.Errorf("the source shows no record, but %d are known", known),
		Remedy: "look at the address; if the source is empty for good, remove it from the configuration"}
}

// newRunID returns an identifier that sorts by time and says which source ran.
// Further runs within a second get a fraction, which sorts between the seconds.
func (h *Harvester) newRunID(sourceID string, at time.Time) (string, error) {
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

// prepare marks the run as running, and puts the organisations, the concept
// schemes and the catalogue's own description into the store where they differ
// from what is there.
func (h *Harvester) prepare(ctx context.Context, rep *Report) error {
	c := store.Change{Replace: h.runGraph(rep), Note: map[string]string{"run": rep.Run, "source": rep.Source, "step": "start"}}
	h.mu.Lock()
	ready := h.ready
	h.mu.Unlock()
	if !ready {
		for graph, triples := range map[string][]term.Triple{
			h.base.OrgGraph(): h.directory.Triples(h.base), h.base.SchemesGraph(): dcat.Schemes(h.base), h.base.CatalogGraph(): h.catalogTriples(),
		} {
			c.Replace[term.NewIRI(graph)] = inGraph(triples)
		}
	}
	if _, err := h.store.Commit(ctx, c); err != nil {
		return fmt.Errorf("record the run's start: %w", err)
	}
	h.mu.Lock()
	h.ready = true
	h.mu.Unlock()
	return nil
}

// triple is a short way to write many.
func triple(s, p string, o term.Term) term.Triple {
	return term.Triple{Subject: term.NewIRI(s), Predicate: term.NewIRI(p), Object: o}
}

func link(s, p, o string) term.Triple { return triple(s, p, term.NewIRI(o)) }

// catalogTriples describes the whole catalogue.
func (h *Harvester) catalogTriples() []term.Triple {
	c := h.base.Catalog()
	out := []term.Triple{
		link(c, vocab.RDFType, vocab.DCATCatalog),
		triple(c, vocab.DCTTitle, dcat.ZH("臺灣金融開放資料目錄").Term()),
		triple(c, vocab.DCTTitle, dcat.Text{Value: "Catalogue of Taiwan's financial open data", Lang: "en"}.Term()),
		triple(c, vocab.DCTDescription, dcat.ZH("金融監督管理委員會、所屬機關、周邊機構及公會開放資料之詮釋資料").Term()),
		triple(c, vocab.DCTDescription, dcat.Text{Value: "Metadata of the open data of the Financial Supervisory Commission, its bureaus, the peripheral institutions and the industry associations", Lang: "en"}.Term()),
		link(c, vocab.DCTPublisher, h.base.Org("fsc")),
		link(c, vocab.DCTLanguage, dcat.LanguageZH),
		link(c, vocab.DCATThemeTaxonomy, h.base.Scheme("theme")),
		link(c, vocab.FOAFHomepage, string(h.base)),
	}
	for _, s := range h.config.Sources {
		out = append(out, link(c, vocab.DCATCatalogProperty, h.base.SourceCatalog(s.ID)))
	}
	return out
}

// sourceTriples describes a source's catalogue and data service.
func (r *run) sourceTriples() []term.Triple {
	c, s := r.h.base.SourceCatalog(r.cfg.ID), r.session
	title := dcat.Texts(r.cfg.Title)
	if len(title) == 0 {
		title = s.Title
	}
	if len(title) == 0 {
		title = []dcat.Text{{Value: r.cfg.ID}}
	}
	out := []term.Triple{
		link(c, vocab.RDFType, vocab.DCATCatalog), triple(c, vocab.DCTIdentifier, term.NewString(r.cfg.ID)),
		triple(c, vocab.FincatKind, term.NewString(r.cfg.Kind)), link(r.h.base.Catalog(), vocab.DCATCatalogProperty, c),
	}
	for _, t := range title {
		out = append(out, triple(c, vocab.DCTTitle, t.Term()))
	}
	for _, t := range s.Description {
		out = append(out, triple(c, vocab.DCTDescription, t.Term()))
	}
	publisher := dcat.Agent{}
	if r.cfg.Publisher != "" {
		publisher.IRI = r.h.base.Org(r.cfg.Publisher)
		out = append(out, link(c, vocab.DCTPublisher, publisher.IRI))
	}
	if u, ok := dcat.EncodeIRI(r.cfg.URL); ok {
		out = append(out, link(c, vocab.DCTSource, u))
	}
	if s.Service != nil {
		s.Service.IRI = r.h.base.Service(r.cfg.ID)
		if s.Service.Publisher.IsZero() {
			s.Service.Publisher = publisher
		}
		out = append(out, link(c, vocab.DCATService, s.Service.IRI))
		out = append(out, s.Service.Triples()...)
	}
	return out
}

// commit writes everything the run found in one step.
func (r *run) commit(ctx context.Context) error {
	rep := r.report
	rep.End, rep.Fetched, rep.Partial, rep.Mark = r.h.now(), r.session.Fetched, r.session.Partial, r.session.Mark
	for _, p := range r.session.Problems {
		r.problem(p)
	}
	switch {
	case rep.Status == Failed:
	case rep.Held > 0:
		rep.Status = Held
	default:
		rep.Status = Done
	}
	if r.o.DryRun {
		return nil
	}
	kept, err := r.prune()
	if err != nil {
		return err
	}
	if err := r.settleProblems(ctx, kept); err != nil {
		return err
	}
	if rep.Err == nil {
		if err := r.tx.ReplaceGraph(ctx, term.NewIRI(r.h.base.SourceGraph(r.cfg.ID)), inGraph(r.sourceTriples())); err != nil {
			return err
		}
	}
	for name, quads := range r.h.runGraph(rep) {
		if err := r.tx.ReplaceGraph(ctx, name, quads); err != nil {
			return err
		}
	}
	r.tx.Note("run", rep.Run)
	r.tx.Note("source", rep.Source)
	c, err := r.tx.Commit(ctx)
	if err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	rep.Seq = c.Seq
	return nil
}

// prune forgets the runs of the source that are too old, and returns those that
// are kept. The newest keep_runs stay, those younger than keep_history, and the
// newest one that gathered everything.
func (r *run) prune() (kept []string, err error) {
	set := r.h.config.Harvest
	complete := false
	for i, past := range r.past {
		whole := !complete && !past.Partial && (past.Status == Done || past.Status == Held)
		complete = complete || whole
		if whole || i+1 < set.KeepRuns || r.report.Start.Sub(past.Start) <= time.Duration(set.KeepHistory) {
			kept = append(kept, past.Run)
			continue
		}
		if err := r.tx.DropGraph(term.NewIRI(r.h.base.RunGraph(past.Run))); err != nil {
			return nil, fmt.Errorf("forget run %s: %w", past.Run, err)
		}
	}
	return kept, nil
}

var counters = []struct {
	property string
	of       func(*Report) *int
}{
	{vocab.FincatNew, func(r *Report) *int { return &r.New }},
	{vocab.FincatChanged, func(r *Report) *int { return &r.Changed }},
	{vocab.FincatUnchanged, func(r *Report) *int { return &r.Unchanged }},
	{vocab.FincatRenamed, func(r *Report) *int { return &r.Renamed }},
	{vocab.FincatMissing, func(r *Report) *int { return &r.Missing }},
	{vocab.FincatRemoved, func(r *Report) *int { return &r.Removed }},
	{vocab.FincatFailed, func(r *Report) *int { return &r.Failed }},
	{vocab.FincatHeld, func(r *Report) *int { return &r.Held }},
	{vocab.FincatProblems, func(r *Report) *int { return &r.Found }},
}

const maxUsed = 100 // addresses that a run's graph names

// startTime is exact to the millisecond, since a run that was interrupted leads
// to what was received after its start, not to what the run before received in
// the same second.
func startTime(t time.Time) term.Term {
	return term.NewLiteral(t.UTC().Format("2006-01-02T15:04:05.999Z07:00"), vocab.XSDDateTime)
}

// runGraph returns the graph that describes a run.
func (h *Harvester) runGraph(rep *Report) map[term.Term][]term.Quad {
	s := h.base.Run(rep.Run)
	out := []term.Triple{
		link(s, vocab.RDFType, vocab.PROVActivity), link(s, vocab.RDFType, vocab.FincatRun),
		triple(s, vocab.DCTIdentifier, term.NewString(rep.Run)),
		link(s, vocab.FincatSource, h.base.SourceCatalog(rep.Source)),
		triple(s, vocab.PROVStartedAtTime, startTime(rep.Start)),
		triple(s, vocab.FincatStatus, term.NewString(string(rep.Status))),
	}
	if !rep.End.IsZero() {
		out = append(out, triple(s, vocab.PROVEndedAtTime, dcat.Time(rep.End)))
	}
	if rep.Reason != "" {
		out = append(out, triple(s, vocab.FincatReason, term.NewString(rep.Reason)))
	}
	if rep.Partial {
		out = append(out, triple(s, vocab.FincatPartial, term.NewLiteral("true", vocab.XSDBoolean)))
	}
	if rep.Mark != "" {
		out = append(out, triple(s, vocab.FincatMark, term.NewString(rep.Mark)))
	}
	if rep.Process != "" {
		out = append(out, triple(s, vocab.FincatProcess, term.NewString(rep.Process)))
	}
	if rep.Status != Running {
		for _, c := range counters {
			out = append(out, triple(s, c.property, term.NewLiteral(strconv.Itoa(*c.of(rep)), vocab.XSDInteger)))
		}
	} else if !rep.Heartbeat.IsZero() {
		out = append(out, triple(s, vocab.FincatHeartbeat, dcat.Time(rep.Heartbeat)), triple(s, vocab.FincatStage, term.NewString(string(rep.Stage))),
			triple(s, vocab.FincatTotal, term.NewLiteral(strconv.Itoa(rep.Records), vocab.XSDInteger)))
	}
	for i, f := range rep.Fetched {
		if u, ok := dcat.EncodeIRI(f); ok && i < maxUsed {
			out = append(out, link(s, vocab.PROVUsed, u))
		}
	}
	return map[term.Term][]term.Quad{term.NewIRI(h.base.RunGraph(rep.Run)): inGraph(out)}
}

// Runs returns all runs, the newest first.
func (h *Harvester) Runs(ctx context.Context) ([]*Report, error) {
	return h.runsBy(ctx, vocab.RDFType, term.NewIRI(vocab.FincatRun))
}

// RunsOf returns the runs of one source, the newest first.
func (h *Harvester) RunsOf(ctx context.Context, sourceID string) ([]*Report, error) {
	return h.runsBy(ctx, vocab.FincatSource, term.NewIRI(h.base.SourceCatalog(sourceID)))
}

// LastRun returns the newest run of a source that has ended, nil when there is
// none.
func (h *Harvester) LastRun(ctx context.Context, sourceID string) (*Report, error) {
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

// since returns from when on a source has to tell what changed: the start of
// its last good run; runs is its history, the newest first. It is zero, for
// everything, when the last run that asked for everything is older than
// full_every, because changes alone do not tell what is gone.
func (h *Harvester) since(runs []*Report, cfg source.Config) time.Time {
	every := time.Duration(cfg.WithDefaults().FullEvery)
	var since time.Time
	for _, r := range runs {
		if r.Status == Undone { // what it wrote is to be harvested again
			return time.Time{}
		}
		if r.Status != Done && r.Status != Held {
			continue
		}
		if since.IsZero() {
			since = r.Start
		}
		if !r.Partial {
			if h.now().Sub(r.Start) < every {
				return since
			}
			break
		}
	}
	return time.Time{}
}

// mark returns how far the last good run came, in the source's own terms.
func (h *Harvester) mark(runs []*Report) string {
	for _, r := range runs {
		if r.Status == Done || r.Status == Held {
			return r.Mark
		}
	}
	return ""
}

// resume returns from when on documents that were received still count: since
// the start of the runs that were interrupted, one after the other, just before
// now, but no longer ago than resume_within. It is zero when the last run came
// to an end of its own.
func (h *Harvester) resume(runs []*Report) time.Time {
	var from time.Time
	for _, r := range runs {
		if r.Status != Interrupted {
			break
		}
		from = r.Start
	}
	within := time.Duration(*h.config.Harvest.ResumeWithin)
	if from.IsZero() || within == 0 {
		return time.Time{}
	}
	if earliest := h.now().Add(-within); from.Before(earliest) {
		return earliest
	}
	return from
}

// runsBy returns the runs with a property, the newest first.
func (h *Harvester) runsBy(ctx context.Context, p string, o term.Term) ([]*Report, error) {
	sn, err := h.store.Snapshot()
	if err != nil {
		return nil, err
	}
	defer sn.Close()
	r := reader{sn}
	var out []*Report
	var none term.Term
	for q, err := range r.ids(ctx, none, term.NewIRI(p), o, none) {
		if err != nil {
			return nil, fmt.Errorf("list runs: %w", err)
		}
		s, err := sn.Term(q[0])
		if err != nil {
			return nil, fmt.Errorf("list runs: %w", err)
		}
		if !strings.HasPrefix(s.Value(), string(h.base)+"run/") {
			continue // a problem of the source
		}
		rep, err := h.readRun(ctx, r, s)
		if err != nil {
			return nil, err
		}
		out = append(out, rep)
	}
	slices.SortFunc(out, func(a, b *Report) int {
		return cmp.Or(b.Start.Compare(a.Start), strings.Compare(b.Run, a.Run))
	})
	return out, nil
}

// RunByID returns one run.
func (h *Harvester) RunByID(ctx context.Context, id string) (*Report, error) {
	sn, err := h.store.Snapshot()
	if err != nil {
		return nil, err
	}
	defer sn.Close()
	rep, err := h.readRun(ctx, reader{sn}, term.NewIRI(h.base.Run(id)))
	if err == nil && rep.Source == "" {
		err = fmt.Errorf("run %q: %w", id, ErrUnknown)
	}
	return rep, err
}

func (h *Harvester) readRun(ctx context.Context, r reader, s term.Term) (*Report, error) {
	id := strings.TrimPrefix(s.Value(), string(h.base)+"run/")
	triples, err := r.triples(ctx, term.NewIRI(h.base.RunGraph(id)))
	if err != nil {
		return nil, fmt.Errorf("read run %s: %w", id, err)
	}
	rep := &Report{Run: id}
	for _, t := range triples {
		v := t.Object.Value()
		switch t.Predicate.Value() {
		case vocab.FincatSource:
			rep.Source = strings.TrimPrefix(v, string(h.base)+"catalog/")
		case vocab.FincatStatus:
			rep.Status = Status(v)
		case vocab.FincatPartial:
			rep.Partial = v == "true"
		case vocab.FincatReason:
			rep.Reason = v
		case vocab.FincatMark:
			rep.Mark = v
		case vocab.FincatProcess:
			rep.Process = v
		case vocab.FincatHeartbeat:
			rep.Heartbeat, _ = time.Parse(time.RFC3339, v)
		case vocab.FincatStage:
			rep.Stage = Stage(v)
		case vocab.FincatTotal:
			rep.Records, _ = strconv.Atoi(v)
		case vocab.PROVStartedAtTime:
			rep.Start, _ = time.Parse(time.RFC3339, v)
		case vocab.PROVEndedAtTime:
			rep.End, _ = time.Parse(time.RFC3339, v)
		case vocab.PROVUsed:
			rep.Fetched = append(rep.Fetched, v)
		}
		for _, c := range counters {
			if c.property == t.Predicate.Value() {
				*c.of(rep), _ = strconv.Atoi(v)
			}
		}
	}
	if rep.Status == Running && !h.runs(rep.Run) {
		rep.Status, rep.Reason = Interrupted, interruption(rep)
	}
	if rep.Reason != "" {
		rep.Err = errors.New(rep.Reason)
	}
	return rep, nil
}

// endInterrupted ends the runs that the store knows as running: their process
// is gone, because only one process at a time can hold the store.
func (h *Harvester) endInterrupted(ctx context.Context) error {
	ids, err := h.runsWith(ctx, Running)
	if err != nil {
		return err
	}
	for _, id := range ids {
		rep, err := h.RunByID(ctx, id)
		if err != nil {
			return err
		}
		rep.End = h.now() // its state is known from there being no such run
		err = h.record(ctx, rep, "end")
		if errors.Is(err, store.ErrReadOnly) {
			return nil
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// interruption says why a run that is still marked as running has ended.
func interruption(rep *Report) string {
	who, seen := cmp.Or(rep.Process, "its process"), "it was last seen when it started"
	if !rep.Heartbeat.IsZero() {
		seen = fmt.Sprintf("it was last seen at %s, %s after %d records", rep.Heartbeat.Format(time.RFC3339), rep.Stage, rep.Records)
	}
	return who + " ended before the run did; " + seen + "; nothing of the run was written, the next one goes on with the documents that are kept"
}

// runsWith returns the identifiers of the runs in a state.
func (h *Harvester) runsWith(ctx context.Context, status Status) ([]string, error) {
	sn, err := h.store.Snapshot()
	if err != nil {
		return nil, err
	}
	defer sn.Close()
	var out []string
	var none term.Term
	for q, err := range (reader{sn}).ids(ctx, none, term.NewIRI(vocab.FincatStatus), term.NewString(string(status)), none) {
		if err != nil {
			return nil, err
		}
		s, err := sn.Term(q[0])
		if err != nil {
			return nil, err
		}
		out = append(out, strings.TrimPrefix(s.Value(), string(h.base)+"run/"))
	}
	return out, nil
}
