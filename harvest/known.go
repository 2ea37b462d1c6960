package harvest

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"fincat/store"
	"fincat/vocab"
	"fincat/vocab/dcat"
	"fincat/vocab/term"
)

// known is what the catalogue knows about a record of a source.
type known struct {
	record  string // IRI of the dcat:CatalogRecord
	digest  string
	missing int  // runs in a row in which the source did not show it
	removed bool // it is a tombstone
	seen    bool // in this run
}

// knownRecords reads the state of every record of a source. It stands in the
// records' graphs, so that taking back a commit takes back the state with it.
// The strings are copied: those of a term share the memory of a whole block of
// the dictionary, and would keep nearly all of it in memory during the run.
func (h *Harvester) knownRecords(ctx context.Context, sourceID string) (map[string]*known, error) {
	sn, err := h.store.Snapshot()
	if err != nil {
		return nil, err
	}
	defer sn.Close()
	r := reader{sn}
	var none term.Term
	byID := map[store.ID]*known{}
	for q, err := range r.ids(ctx, term.NewIRI(h.base.SourceCatalog(sourceID)), term.NewIRI(vocab.DCATRecord), none, none) {
		if err != nil {
			return nil, fmt.Errorf("read known records: %w", err)
		}
		byID[q[2]] = &known{}
	}
	if len(byID) == 0 {
		return map[string]*known{}, nil
	}
	for _, p := range []struct {
		property string
		set      func(k *known, value string)
	}{
		{vocab.FincatDigest, func(k *known, v string) { k.digest = strings.Clone(v) }},
		{vocab.FincatMissingRuns, func(k *known, v string) { k.missing, _ = strconv.Atoi(v) }},
		{vocab.PROVInvalidatedAtTime, func(k *known, _ string) { k.removed = true }},
	} {
		for q, err := range r.ids(ctx, none, term.NewIRI(p.property), none, none) {
			if err != nil {
				return nil, fmt.Errorf("read known records: %w", err)
			}
			if k := byID[q[0]]; k != nil {
				t, err := sn.Term(q[2])
				if err != nil {
					return nil, err
				}
				p.set(k, t.Value())
			}
		}
	}
	out := make(map[string]*known, len(byID))
	for id, k := range byID {
		t, err := sn.Term(id)
		if err != nil {
			return nil, err
		}
		k.record = strings.Clone(t.Value())
		out[k.record] = k
	}
	return out, nil
}

// names of a record that differ in their first path segment only.
func (h *Harvester) sibling(record, what string) string {
	return string(h.base) + what + "/" + strings.TrimPrefix(record, string(h.base)+"record/")
}

func (r *run) missingQuad(k *known, n int) term.Quad {
	return term.Quad{Subject: term.NewIRI(k.record), Predicate: term.NewIRI(vocab.FincatMissingRuns),
		Object: term.NewLiteral(strconv.Itoa(n), vocab.XSDInteger), Graph: term.NewIRI(r.h.sibling(k.record, "graph"))}
}

// settleMissing counts what the source no longer shows and removes what was
// missing long enough, unless that is more than the limit allows. After an
// incomplete gathering nothing counts as missing, nor when a broken record did not
// even have an identifier: it could be any of them.
func (r *run) settleMissing(ctx context.Context) error {
	alive, shown := 0, 0
	for _, k := range r.known {
		if k.digest != "" && !k.removed {
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
		for _, k := range r.gone {
			r.change(r.h.sibling(k.record, "dataset"), "held", "")
		}
		return nil
	}
	for _, k := range r.gone {
		r.report.Removed++
		r.change(r.h.sibling(k.record, "dataset"), "removed", "")
		if err := r.h.tombstone(ctx, r.tx, k.record, r.report); err != nil {
			return err
		}
	}
	return nil
}

func (r *run) countMissing(ctx context.Context) error {
	after := r.h.config.Harvest.TombstoneAfter
	if r.cfg.TombstoneAfter != nil {
		after = *r.cfg.TombstoneAfter
	}
	for _, k := range sortedKnown(r.known) {
		if k.seen || k.removed {
			continue
		}
		k.missing++
		if k.missing >= after {
			r.gone = append(r.gone, k)
		} else {
			r.report.Missing++
			r.change(r.h.sibling(k.record, "dataset"), "missing", "")
		}
		if r.o.DryRun {
			continue
		}
		if err := r.tx.Remove(ctx, r.missingQuad(k, k.missing-1)); err != nil {
			return err
		}
		if err := r.tx.Add(ctx, r.missingQuad(k, k.missing)); err != nil {
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
