package harvest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sort"
	"strconv"
	"strings"

	"github.com/zeebo/xxh3"

	"fincat/harvest/history"
	"fincat/harvest/problem"
	"fincat/harvest/source"
	"fincat/store"
	"fincat/vocab"
	"fincat/vocab/dcat"
	"fincat/vocab/term"
)

// known is what the catalogue knows about a record of a source.
type known struct {
	id      store.ID // of the dcat:CatalogRecord; 0 when this run brought it
	digest  digest   // zero: none
	missing int32    // runs in a row in which the source did not show it
	removed bool     // it is a tombstone
	seen    bool     // in this run
}

// knownTable holds the state of every record of a source in less than 100 bytes
// for each, because a source may have half a million records. It does not keep
// their IRIs, which are in the store: a record is found by the hash of its IRI.
// The hash begins with a seed that differs from run to run, so that no source can
// choose identifiers whose hashes collide.
//
// The rows lie in chunks of a fixed size. A table that grows gets another chunk,
// and no row is ever moved: pointers to rows stay valid.
type knownTable struct {
	seed   uint64
	at     map[xxh3.Uint128]uint32 // number of the row, by the hash of the record's IRI
	chunks [][]known               // of chunkRows rows each
	n      int                     // rows in use
}

const chunkRows = 1024

func (t *knownTable) key(record string) xxh3.Uint128 { return xxh3.HashString128Seed(record, t.seed) }

// find returns the state of a record, nil when it is not known.
func (t *knownTable) find(record string) *known {
	if i, ok := t.at[t.key(record)]; ok {
		return t.row(int(i))
	}
	return nil
}

// add gives a record that is not known yet a row of its own.
func (t *knownTable) add(record string) *known {
	k := t.push()
	t.at[t.key(record)] = uint32(t.n - 1)
	return k
}

// push takes the next unused row.
func (t *knownTable) push() *known {
	if t.n%chunkRows == 0 {
		t.chunks = append(t.chunks, make([]known, chunkRows))
	}
	t.n++
	return t.row(t.n - 1)
}

func (t *knownTable) row(i int) *known { return &t.chunks[i/chunkRows][i%chunkRows] }

// all yields the records that the catalogue knew before this run, in the order
// of their IDs, and then those that the run brought.
func (t *knownTable) all(yield func(*known) bool) {
	for i := range t.n {
		if !yield(t.row(i)) {
			return
		}
	}
}

// byID returns the row of the record with an ID in the store, nil when there is
// none. It is for the time in which the table is filled: its rows are then sorted
// by ID. Rows that a run adds have no ID.
func (t *knownTable) byID(id store.ID) *known {
	i := sort.Search(t.n, func(i int) bool { return t.row(i).id >= id })
	if i < t.n && t.row(i).id == id {
		return t.row(i)
	}
	return nil
}

// knownRecords reads the state of every record of a source from the records'
// graphs. It stands there, and not in a table of its own, so that undoing a
// commit undoes the changes of state that the commit made.
func (h *Harvester) knownRecords(ctx context.Context, sourceID string) (*knownTable, error) {
	sn, err := h.store.Snapshot()
	if err != nil {
		return nil, err
	}
	defer sn.Close()
	r := reader{sn}
	t := &knownTable{seed: rand.Uint64(), at: map[xxh3.Uint128]uint32{}}
	var none term.Term
	catalog, isRecord := term.NewIRI(h.base.SourceCatalog(sourceID)), term.NewIRI(vocab.DCATRecord)
	for q, err := range r.ids(ctx, catalog, isRecord, none, none) {
		if err != nil {
			return nil, fmt.Errorf("read known records: %w", err)
		}
		if t.n > 0 && t.row(t.n-1).id >= q[2] {
			continue // two graphs name the same record
		}
		t.push().id = q[2]
		record, err := sn.Term(q[2])
		if err != nil {
			return nil, fmt.Errorf("read known records: %w", err)
		}
		t.at[t.key(record.Value())] = uint32(t.n - 1)
	}
	if t.n == 0 {
		return t, nil
	}
	for _, p := range []struct {
		property string
		set      func(k *known, value string)
	}{
		{vocab.FincatDigest, func(k *known, v string) { k.digest = parseDigest(v) }},
		{vocab.FincatMissingRuns, func(k *known, v string) {
			n, _ := strconv.ParseInt(v, 10, 32)
			k.missing = int32(n)
		}},
		{vocab.PROVInvalidatedAtTime, func(k *known, _ string) { k.removed = true }},
	} {
		for q, err := range r.ids(ctx, none, term.NewIRI(p.property), none, none) {
			if err != nil {
				return nil, fmt.Errorf("read known records: %w", err)
			}
			if k := t.byID(q[0]); k != nil {
				v, err := sn.Term(q[2])
				if err != nil {
					return nil, fmt.Errorf("read known records: %w", err)
				}
				p.set(k, v.Value())
			}
		}
	}
	return t, nil
}

// recordOf returns the IRI of a record that the catalogue knew before.
func (h *Harvester) recordOf(k *known) (string, error) {
	sn, err := h.store.Snapshot()
	if err != nil {
		return "", err
	}
	defer sn.Close()
	t, err := sn.Term(k.id)
	if err != nil {
		return "", fmt.Errorf("read known record: %w", err)
	}
	return t.Value(), nil
}

// sibling returns what belongs to a record and is named as it is, but for the
// first segment of the path: its dataset, its distributions, its graph.
func sibling(base dcat.Base, record, what string) string {
	return string(base) + what + "/" + strings.TrimPrefix(record, string(base)+"record/")
}

// missingQuad says in how many runs in a row a record was missing.
func (r *run) missingQuad(record string, n int32) term.Quad {
	return term.Quad{Subject: term.NewIRI(record), Predicate: term.NewIRI(vocab.FincatMissingRuns),
		Object: term.NewLiteral(strconv.Itoa(int(n)), vocab.XSDInteger),
		Graph:  term.NewIRI(sibling(r.h.base, record, "graph"))}
}

// settleMissing counts the records that the source no longer shows, and removes
// those that were missing for long enough. When that would be a larger share of
// the source's records than removal_limit, none is removed: all wait for approval.
//
// Nothing counts as missing when the gathering is incomplete. Nor does it when a
// broken record had no identifier, because it could be any of those that seem to
// be missing.
func (r *run) settleMissing(ctx context.Context) error {
	alive := r.expected // before this run: records that it brings do not make room for removals
	nothing := !r.known.shown() && len(r.failed) == r.withdrawn && r.echoes+r.session.Echoes() == 0
	if r.report.Err == nil && nothing && (alive == 0 || !r.session.Found.Partial) {
		r.fail(emptySource(r.cfg.URL, alive, r.session.Filtered()))
	}
	if r.report.Err == nil && !r.session.Found.Partial && !r.anonymous {
		if err := r.settleRenames(ctx); err != nil {
			return err
		}
		if err := r.countMissing(ctx); err != nil {
			return err
		}
		r.warnMissing(alive)
	}
	// A share such as 29 of 100 is exactly the number that 0.29 is read as; 0.29
	// times 100 is less than 29.
	share := float64(len(r.gone)) / float64(alive)
	if r.report.Err != nil || share > removalLimit(&r.h.config.Harvest, &r.cfg) {
		r.report.Held = len(r.gone)
	} else {
		r.report.Removed = len(r.gone)
	}
	for _, k := range r.gone {
		record, err := r.h.recordOf(k)
		if err != nil {
			return err
		}
		if r.report.Held > 0 {
			r.change(sibling(r.h.base, record, "dataset"), "held", "")
			if err := r.hold(ctx, record, k); err != nil {
				return err
			}
			continue
		}
		r.change(sibling(r.h.base, record, "dataset"), "removed", "")
		if err := r.h.tombstone(ctx, r.tx, record, r.report); err != nil {
			return err
		}
	}
	return nil
}

// warnMissing says so when more of a source is missing than one run may remove.
// Somebody can then look before the removals are due.
func (r *run) warnMissing(alive int) {
	missing := r.report.Missing
	if missing == 0 || float64(missing)/float64(alive) <= removalLimit(&r.h.config.Harvest, &r.cfg) {
		return
	}
	p := problem.Problem{Severity: problem.Warning, Place: problem.Place{URL: r.cfg.URL}, Rule: "mass-missing",
		Value: strconv.Itoa(missing),
		Message: fmt.Sprintf("missing, of %s: %d, which is more than removal_limit; they stay until this was so in %s",
			problem.Count(alive, "record"), missing,
			problem.Count(tombstoneAfter(&r.h.config.Harvest, &r.cfg), "run")),
		Remedy: "look at the source; tell its owner if it has lost them"}
	r.problem(p)
	r.report.Reason = fmt.Sprintf("%s: %s (%s)", p.Place, p.Message, p.Remedy)
}

// shown reports whether the source showed any record in this run.
func (t *knownTable) shown() bool {
	for k := range t.all {
		if k.seen {
			return true
		}
	}
	return false
}

// removalLimit is the share of a source's records that one run may remove.
func removalLimit(s *Settings, c *source.Config) float64 {
	if c.RemovalLimit != nil {
		return *c.RemovalLimit
	}
	return *s.RemovalLimit
}

// tombstoneAfter is in how many runs a record has to be missing.
func tombstoneAfter(s *Settings, c *source.Config) int {
	if c.TombstoneAfter != nil {
		return *c.TombstoneAfter
	}
	return s.TombstoneAfter
}

// hold marks a record whose removal waits for the approval of this run. A record
// that the source itself called deleted is marked as missing for as many runs as
// lead to a removal, so that later runs treat both alike.
func (r *run) hold(ctx context.Context, record string, k *known) error {
	if r.o.DryRun {
		return nil
	}
	before, err := r.heldQuads(ctx, record)
	if err != nil {
		return err
	}
	now := []term.Quad{r.heldQuad(record, term.NewIRI(r.h.base.Run(r.report.Run)))}
	if after := int32(tombstoneAfter(&r.h.config.Harvest, &r.cfg)); k.missing < after {
		before, now = append(before, r.missingQuad(record, k.missing)), append(now, r.missingQuad(record, after))
		k.missing = after
	}
	if err := r.tx.Remove(ctx, before...); err != nil {
		return err
	}
	return r.tx.Add(ctx, now...)
}

// heldQuads returns what says that the removal of a record waits.
func (r *run) heldQuads(ctx context.Context, record string) ([]term.Quad, error) {
	sn, err := r.h.store.Snapshot()
	if err != nil {
		return nil, err
	}
	defer sn.Close()
	by, err := reader{sn}.value(ctx, record, vocab.FincatHeldBy)
	if err != nil || by.IsZero() {
		return nil, err
	}
	return []term.Quad{r.heldQuad(record, by)}, nil
}

// heldQuad says that the removal of a record waits for the approval of a run.
func (r *run) heldQuad(record string, by term.Term) term.Quad {
	return triple(record, vocab.FincatHeldBy, by).In(term.NewIRI(sibling(r.h.base, record, "graph")))
}

// countMissing counts one more run for each record that the source does not show,
// and collects those that are due for removal.
func (r *run) countMissing(ctx context.Context) error {
	after := tombstoneAfter(&r.h.config.Harvest, &r.cfg)
	for k := range r.known.all {
		if k.seen || k.removed {
			continue
		}
		record, err := r.h.recordOf(k)
		if err != nil {
			return err
		}
		k.missing++
		if int(k.missing) >= after {
			r.gone = append(r.gone, k)
		} else {
			r.report.Missing++
			r.change(sibling(r.h.base, record, "dataset"), "missing", "")
		}
		if r.o.DryRun {
			continue
		}
		if err := r.tx.Remove(ctx, r.missingQuad(record, k.missing-1)); err != nil {
			return err
		}
		if err := r.tx.Add(ctx, r.missingQuad(record, k.missing)); err != nil {
			return err
		}
	}
	return nil
}

// tombstone replaces a record's graph by the statement that it is gone. The
// record's first-seen date stays.
func (h *Harvester) tombstone(ctx context.Context, tx *store.Tx, record string, rep *history.Report) error {
	if rep.DryRun {
		return nil
	}
	issued, digest, err := h.recordDates(ctx, record)
	if err != nil {
		return err
	}
	iri := term.NewIRI
	s := iri(record)
	quads := []term.Quad{
		{Subject: iri(h.base.SourceCatalog(rep.Source)), Predicate: iri(vocab.DCATRecord), Object: s},
		{Subject: s, Predicate: iri(vocab.RDFType), Object: iri(vocab.DCATCatalogRecord)},
		{Subject: s, Predicate: iri(vocab.FOAFPrimaryTopic), Object: iri(sibling(h.base, record, "dataset"))},
		{Subject: s, Predicate: iri(vocab.DCTConformsTo), Object: iri(dcat.DCAT3)},
		{Subject: s, Predicate: iri(vocab.ADMSStatus), Object: iri(dcat.RecordDeleted)},
		{Subject: s, Predicate: iri(vocab.DCTModified), Object: dcat.Time(rep.Start)},
		{Subject: s, Predicate: iri(vocab.PROVInvalidatedAtTime), Object: dcat.Time(rep.Start)},
		{Subject: s, Predicate: iri(vocab.PROVWasInvalidatedBy), Object: iri(h.base.Run(rep.Run))},
	}
	for p, o := range map[string]term.Term{vocab.DCTIssued: issued, vocab.FincatDigest: digest} {
		if !o.IsZero() {
			quads = append(quads, term.Quad{Subject: s, Predicate: iri(p), Object: o})
		}
	}
	return replace(ctx, tx, sibling(h.base, record, "graph"), quads, nil)
}

// recordDates returns when a record was first seen and its digest.
func (h *Harvester) recordDates(ctx context.Context, record string) (issued, digest term.Term, err error) {
	sn, err := h.store.Snapshot()
	if err != nil {
		return issued, digest, err
	}
	defer sn.Close()
	if issued, err = (reader{sn}).value(ctx, record, vocab.DCTIssued); err != nil {
		return issued, digest, err
	}
	digest, err = reader{sn}.value(ctx, record, vocab.FincatDigest)
	return issued, digest, err
}

// emptySource is the error of a source that shows nothing, or nothing but what
// the filter leaves out.
func emptySource(address string, known, filtered int) error {
	e := &problem.Error{
		Place:  problem.Place{URL: address},
		Rule:   "empty",
		Err:    errors.New("the source shows no record"),
		Remedy: "look at the address; if the source is empty for good, remove it from the configuration",
	}
	if known > 0 {
		e.Err = fmt.Errorf("the source shows no record, but the catalogue has %d of it", known)
	}
	if filtered > 0 {
		e.Err = fmt.Errorf("the filter leaves out all %s of the source", problem.Count(filtered, "record"))
		e.Remedy = "compare the filter with the values in the source"
	}
	return e
}
