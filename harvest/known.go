package harvest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sort"
	"strconv"
	"strings"

	"github.com/zeebo/xxh3"

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

// knownTable holds the state of every record of a source, in less than 100 bytes for
// each: a source of half a million records must fit. Records are found by the
// hash of their IRI under a seed of the run; the IRI itself is in the store.
type knownTable struct {
	seed uint64
	at   map[xxh3.Uint128]uint32
	rows [][]known // of knownRows each, so that what find returns stays where it is
	n    int
}

const knownRows = 1024

func (t *knownTable) key(record string) xxh3.Uint128 { return xxh3.HashString128Seed(record, t.seed) }

// find returns the state of a record, nil when it is not known.
func (t *knownTable) find(record string) *known {
	if i, ok := t.at[t.key(record)]; ok {
		return t.row(int(i))
	}
	return nil
}

// add makes a record known.
func (t *knownTable) add(record string) *known {
	k := t.push()
	t.at[t.key(record)] = uint32(t.n - 1)
	return k
}

func (t *knownTable) push() *known {
	if t.n%knownRows == 0 {
		t.rows = append(t.rows, make([]known, knownRows))
	}
	t.n++
	return t.row(t.n - 1)
}

func (t *knownTable) row(i int) *known { return &t.rows[i/knownRows][i%knownRows] }

// all yields the records that the catalogue knew before, the oldest first, and
// then those that came since.
func (t *knownTable) all(yield func(*known) bool) {
	for i := range t.n {
		if !yield(t.row(i)) {
			return
		}
	}
}

// byID returns the row of a record's ID; those of the catalogue are sorted.
func (t *knownTable) byID(id store.ID) *known {
	i := sort.Search(t.n, func(i int) bool { return t.row(i).id >= id })
	if i < t.n && t.row(i).id == id {
		return t.row(i)
	}
	return nil
}

// knownRecords reads the state of every record of a source. It stands in the
// records' graphs, so that taking back a commit takes back the state with it.
func (h *Harvester) knownRecords(ctx context.Context, sourceID string) (*knownTable, error) {
	sn, err := h.store.Snapshot()
	if err != nil {
		return nil, err
	}
	defer sn.Close()
	r := reader{sn}
	t := &knownTable{seed: rand.Uint64(), at: map[xxh3.Uint128]uint32{}}
	var none term.Term
	for q, err := range r.ids(ctx, term.NewIRI(h.base.SourceCatalog(sourceID)), term.NewIRI(vocab.DCATRecord), none, none) {
		if err != nil {
			return nil, fmt.Errorf("read known records: %w", err)
		}
		if t.n > 0 && t.row(t.n-1).id >= q[2] {
			continue // in two graphs
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
		{vocab.FincatMissingRuns, func(k *known, v string) { n, _ := strconv.ParseInt(v, 10, 32); k.missing = int32(n) }},
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

// names of a record that differ in their first path segment only.
func (h *Harvester) sibling(record, what string) string {
	return string(h.base) + what + "/" + strings.TrimPrefix(record, string(h.base)+"record/")
}

func (r *run) missingQuad(record string, n int32) term.Quad {
	return term.Quad{Subject: term.NewIRI(record), Predicate: term.NewIRI(vocab.FincatMissingRuns),
		Object: term.NewLiteral(strconv.Itoa(int(n)), vocab.XSDInteger), Graph: term.NewIRI(r.h.sibling(record, "graph"))}
}

// settleMissing counts what the source no longer shows and removes what was
// missing long enough, unless that is more than the limit allows. After an
// incomplete gathering nothing counts as missing, nor when a broken record did not
// even have an identifier: it could be any of them.
func (r *run) settleMissing(ctx context.Context) error {
	alive, shown := 0, 0
	for k := range r.known.all {
		if !k.digest.isZero() && !k.removed {
			alive++
		}
		if k.seen {
			shown++
		}
	}
	if r.report.Err == nil && shown == 0 && alive > 0 && !r.session.Partial {
		r.fail(emptySource(r.cfg.URL, alive))
	}
	if r.report.Err == nil && !r.session.Partial && !r.anonymous {
		if err := r.settleRenames(ctx); err != nil {
			return err
		}
		if err := r.countMissing(ctx); err != nil {
			return err
		}
	}
	limit := *r.h.config.Harvest.RemovalLimit
	if r.cfg.RemovalLimit != nil {
		limit = *r.cfg.RemovalLimit
	}
	if len(r.gone) > 0 && (r.report.Err != nil || float64(len(r.gone)) > limit*float64(alive)) {
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
			r.change(r.h.sibling(record, "dataset"), "held", "")
			if err := r.hold(ctx, record, k); err != nil {
				return err
			}
			continue
		}
		r.change(r.h.sibling(record, "dataset"), "removed", "")
		if err := r.h.tombstone(ctx, r.tx, record, r.report); err != nil {
			return err
		}
	}
	return nil
}

// tombstoneAfter is in how many runs a record has to be missing.
func (r *run) tombstoneAfter() int {
	if r.cfg.TombstoneAfter != nil {
		return *r.cfg.TombstoneAfter
	}
	return r.h.config.Harvest.TombstoneAfter
}

// hold marks a record whose removal waits for the approval of this run. One
// that the source itself called deleted counts as missing long enough.
func (r *run) hold(ctx context.Context, record string, k *known) error {
	if r.o.DryRun {
		return nil
	}
	before, err := r.heldQuads(ctx, record)
	if err != nil {
		return err
	}
	now := []term.Quad{triple(record, vocab.FincatHeldBy, term.NewIRI(r.h.base.Run(r.report.Run))).In(term.NewIRI(r.h.sibling(record, "graph")))}
	if after := int32(r.tombstoneAfter()); k.missing < after {
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
	return []term.Quad{triple(record, vocab.FincatHeldBy, by).In(term.NewIRI(r.h.sibling(record, "graph")))}, nil
}

func (r *run) countMissing(ctx context.Context) error {
	after := r.tombstoneAfter()
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
			r.change(r.h.sibling(record, "dataset"), "missing", "")
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
func (h *Harvester) tombstone(ctx context.Context, tx *store.Tx, record string, rep *Report) error {
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
		{Subject: s, Predicate: iri(vocab.FOAFPrimaryTopic), Object: iri(h.sibling(record, "dataset"))},
		{Subject: s, Predicate: iri(vocab.DCTModified), Object: dcat.Time(rep.Start)},
		{Subject: s, Predicate: iri(vocab.PROVInvalidatedAtTime), Object: dcat.Time(rep.Start)},
		{Subject: s, Predicate: iri(vocab.PROVWasInvalidatedBy), Object: iri(h.base.Run(rep.Run))},
	}
	for p, o := range map[string]term.Term{vocab.DCTIssued: issued, vocab.FincatDigest: digest} {
		if !o.IsZero() {
			quads = append(quads, term.Quad{Subject: s, Predicate: iri(p), Object: o})
		}
	}
	return tx.ReplaceGraph(ctx, iri(h.sibling(record, "graph")), quads)
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
