package harvest

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/zeebo/xxh3"

	"fincat/harvest/history"
	"fincat/harvest/mapping"
	"fincat/harvest/problem"
	"fincat/harvest/source"
	"fincat/vocab"
	"fincat/vocab/dcat"
	"fincat/vocab/document"
	"fincat/vocab/term"
)

const (
	maxProblems   = 1_000_000 // of one run
	shownProblems = 1000      // that a report holds itself
)

// problem notes a problem of the run.
func (r *run) problem(p problem.Problem) {
	p = p.Bounded()
	switch r.report.Found++; {
	case r.report.Found > maxProblems+1:
		return
	case r.report.Found == maxProblems+1:
		p = problem.Problem{
			Severity: problem.Warning, Place: problem.Place{URL: r.cfg.URL}, Rule: "too-many-problems",
			Message: fmt.Sprintf("the run found more than %d problems; further ones are counted only", maxProblems),
			Remedy:  "mend the first ones and harvest again",
		}
	}
	if len(r.report.Problems) < shownProblems {
		r.report.Problems = append(r.report.Problems, p)
	}
	if !r.o.DryRun {
		r.problems.Add(p)
	}
}

// fail notes why gathering ended early.
func (r *run) fail(err error) {
	var e *problem.Error
	if !errors.As(err, &e) {
		e = &problem.Error{Place: problem.Place{URL: r.cfg.URL}, Rule: "gather", Remedy: "harvest again", Err: err}
		err = e
	}
	r.report.Err, r.report.Status, r.report.Reason = err, history.Failed, e.Error()
	r.problem(e.Problem())
	r.h.log.Warn("source not gathered completely", "source", r.cfg.ID, "run", r.report.Run, "err", err)
}

// echo reports whether a record came from this catalogue: another one that
// harvested it shows it again, in whatever form. It is not taken as new.
func (r *run) echo(rec *mapping.Record) bool {
	if rec.Dataset == nil {
		return false
	}
	own := string(r.h.base) + "dataset/"
	names := append(slices.Clone(rec.Dataset.SameAs), rec.ID, rec.Dataset.IRI, rec.Dataset.Identifier)
	return slices.ContainsFunc(names, func(iri string) bool { return strings.HasPrefix(iri, own) })
}

// validate completes a record, checks it against the rules, and returns the
// triples of its dataset; nil when it is not taken over.
func (r *run) validate(rec *mapping.Record) []term.Triple {
	var triples []term.Triple
	if rec.Dataset != nil {
		r.complete(rec)
		triples = legible(rec, rec.Dataset.Triples())
		rec.Problems = append(rec.Problems, check(rec)...)
	}
	bad := rec.Dataset == nil || slices.ContainsFunc(rec.Problems, func(p problem.Problem) bool {
		return p.Severity == problem.Violation
	})
	for i := range rec.Problems {
		rec.Problems[i] = rec.Problems[i].Bounded()
		p := rec.Problems[i]
		if bad && p.Severity == problem.Violation {
			p.Again = rec.Again
		}
		r.problem(p)
	}
	if bad {
		if r.report.Failed++; rec.Again == "" {
			r.report.Unasked++
		}
		r.keep(rec)
		return nil
	}
	return triples
}

// legible takes characters out of literals that are none: control characters and
// the code points that Unicode keeps free of characters. Programs that read XML
// refuse whole documents for one of them.
func legible(rec *mapping.Record, triples []term.Triple) []term.Triple {
	var first term.Term
	for i, t := range triples {
		if o := document.Map(t.Object, document.Legible); o != t.Object {
			if first.IsZero() {
				first = o
			}
			triples[i].Object = o
		}
	}
	if !first.IsZero() {
		rec.Problems = append(rec.Problems, problem.Problem{Severity: problem.Warning, Record: rec.ID,
			Place: rec.Place, Rule: "characters", Value: first.Value(),
			Message: "the text has control characters or code points that are no characters; U+FFFD stands for them",
			Remedy:  "ask the source's owner to take them out"})
	}
	return triples
}

// keep counts a record that is there but broken as seen: what the catalogue
// has of it stays.
func (r *run) keep(rec *mapping.Record) {
	r.anonymous = r.anonymous || rec.ID == ""
	if k := r.known.find(r.h.base.Record(r.cfg.ID, rec.ID)); k != nil {
		k.seen = true
	}
	r.came(rec.ID)
}

// came notes that a record came which may not be in the table of known records.
func (r *run) came(id string) {
	if r.failed == nil {
		r.failed = map[uint64]bool{}
	}
	r.failed[xxh3.HashString(id)] = true
}

// shown reports whether a record came in this run, in whatever state.
func (r *run) shown(id string) bool {
	k := r.known.find(r.h.base.Record(r.cfg.ID, id))
	return k != nil && k.seen || r.failed[xxh3.HashString(id)]
}

// complete fills in what the configuration knows and the record does not say:
// publisher, theme, licence, and the catalogue's own IRIs. Who owns the data is
// not among it: package link works that out, into graphs of its own.
func (r *run) complete(rec *mapping.Record) {
	d := rec.Dataset
	if d.Publisher.IsZero() && r.cfg.Publisher != "" {
		d.Publisher = dcat.Agent{IRI: r.h.base.Org(r.cfg.Publisher)}
	}
	for i := range d.Distribution {
		if dist := &d.Distribution[i]; dist.Format == "" && dist.MediaType == "" {
			dist.SetFormat(dcat.Extension(dist.AccessURL))
		}
	}
	for _, a := range []*dcat.Agent{&d.Publisher, &d.Creator} {
		if a.IRI == "" && len(a.Name) > 0 {
			a.IRI = r.h.base.Agent(dcat.Best(a.Name, dcat.ZHTW))
		}
	}
	if len(d.Theme) == 0 && r.cfg.Theme != "" {
		d.AddTheme(r.h.base, r.cfg.Theme)
	}
	if d.License == "" && r.cfg.License != "" {
		d.SetLicense(r.cfg.License)
	}
	r.words.Apply(d)
	d.Assign(r.h.base, r.cfg.ID, rec.ID)
}

// check applies the rules that every record must keep.
func check(rec *mapping.Record) []problem.Problem {
	d := rec.Dataset
	var out []problem.Problem
	add := func(sev source.Severity, rule, message, remedy string) {
		out = append(out, problem.Problem{Severity: sev, Record: rec.ID, Place: rec.Place, Rule: rule,
			Message: message, Remedy: remedy})
	}
	if dcat.Best(d.Title, dcat.ZHTW) == "" {
		add(problem.Violation, "title-missing", "the dataset has no title", "ask the source's owner to add one")
	}
	if len(d.Distribution) == 0 && !d.IsSeries() {
		add(problem.Info, "distribution-missing", "the dataset has no distribution",
			"ask the source's owner where the data is")
	}
	if d.Publisher.IsZero() {
		add(problem.Warning, "publisher-missing", "nobody is named as publisher", "set publisher of the source")
	}
	return out
}

// digest is the hash of a record's content; zero means that there is none.
type digest [16]byte

func (d digest) isZero() bool   { return d == digest{} }
func (d digest) String() string { return hex.EncodeToString(d[:]) }

// parseDigest reads what String wrote. Of anything else it makes a digest that
// no content has.
func parseDigest(s string) (d digest) {
	if n, err := hex.Decode(d[:], []byte(s[:min(len(s), 2*len(d))])); err != nil || n < len(d) {
		return digest{0: 1}
	}
	return d
}

// digestOf returns the hash of a record's content without what is volatile: what
// the kind of source names, and when another catalogue changed its record. The
// triples are sorted and free of blank nodes, so equal content gives equal
// digests.
func digestOf(triples []term.Triple, volatile []string) digest {
	h := xxh3.New()
	buf := make([]byte, 0, 512)
	for i, t := range triples {
		p := t.Predicate.Value()
		if slices.Contains(volatile, p) ||
			(p == vocab.DCTModified || p == vocab.ADMSStatus) && dcat.IsRecord(sameSubject(triples, i)) {
			continue
		}
		buf = append(t.In(term.Term{}).Append(buf[:0]), '\n')
		_, _ = h.Write(buf) // never fails
	}
	return h.Sum128().Bytes()
}

// sameSubject returns the triples around one that have its subject.
func sameSubject(triples []term.Triple, i int) []term.Triple {
	from, to := i, i+1
	for from > 0 && triples[from-1].Subject == triples[i].Subject {
		from--
	}
	for to < len(triples) && triples[to].Subject == triples[i].Subject {
		to++
	}
	return triples[from:to]
}

// compare decides what a record is (new, changed, unchanged, seen before in
// this run) and puts what changed into the transaction.
func (r *run) compare(ctx context.Context, rec *mapping.Record, content []term.Triple) error {
	iri := r.h.base.Record(r.cfg.ID, rec.ID)
	k := r.known.find(iri)
	sum := digestOf(content, r.kind.Volatile)
	var own []term.Triple // only what is written needs it
	if k == nil || !k.seen && (k.digest != sum || k.removed) && (!rec.Late || k.digest.isZero()) {
		own = r.h.additions(rec.Dataset, content)
		if ok, err := r.conforms(ctx, rec, content, own); !ok || err != nil {
			return err
		}
	}
	if k == nil {
		k = r.known.add(iri)
	}
	if k.seen {
		r.duplicate(rec, k, sum)
		return nil
	}
	was := k.digest
	if rec.Late && !was.isZero() {
		k.seen = true
		r.report.Unchanged++
		return nil
	}
	k.seen, k.digest = true, sum
	title := dcat.Best(rec.Dataset.Title, dcat.ZHTW)
	switch {
	case was == sum && !k.removed:
		r.report.Unchanged++
		return r.present(ctx, iri, k)
	case was.isZero() || k.removed:
		r.report.New++
		r.change(rec.Dataset.IRI, "new", title)
		r.arrived(iri, title, k.removed, content)
	default:
		r.report.Changed++
		r.change(rec.Dataset.IRI, "changed", title)
	}
	if r.o.DryRun {
		return nil
	}
	firstSeen := dcat.Time(r.report.Start)
	if !was.isZero() {
		issued, _, err := r.h.recordDates(ctx, iri)
		if err != nil {
			return fmt.Errorf("record %s: %w", rec.ID, err)
		}
		if !issued.IsZero() {
			firstSeen = issued
		}
	}
	quads := r.recordQuads(appendQuads(r.quads[:0], content), rec, iri, k, firstSeen)
	n := len(quads)
	quads = appendQuads(quads, own)
	if err := replace(ctx, r.tx, r.h.base.Graph(r.cfg.ID, rec.ID), quads[:n], quads[n:]); err != nil {
		return fmt.Errorf("record %s: %w", rec.ID, err)
	}
	if cap(quads) <= maxQuads {
		r.quads = quads
	}
	return nil
}

func (r *run) change(iri, what, title string) {
	r.tell(history.RecordChange{Record: iri, What: what, Title: title})
}

func (r *run) tell(c history.RecordChange) {
	if r.o.Changed != nil {
		r.o.Changed(c)
	}
}

// duplicate reports a second record with an identifier that this run has seen.
// The rule is that the first one counts.
func (r *run) duplicate(rec *mapping.Record, k *known, sum digest) {
	p := problem.Problem{Severity: problem.Info, Record: rec.ID, Place: rec.Place, Rule: "duplicate", Value: rec.ID,
		Message: "the source lists the record twice, with the same content",
		Remedy:  "nothing; the source could list it once"}
	if sum != k.digest {
		p.Severity, p.Message, p.Remedy = problem.Warning,
			"another record of the source has this identifier; the first one was taken",
			"ask the source's owner to give each dataset an identifier of its own"
	}
	r.problem(p)
}

// deleted notes that the source says a record is gone: no waiting is needed.
func (r *run) deleted(rec *mapping.Record) {
	before := len(r.failed)
	r.came(rec.ID)
	r.withdrawn += len(r.failed) - before
	k := r.known.find(r.h.base.Record(r.cfg.ID, rec.ID))
	if k != nil && !k.seen && !k.removed {
		k.seen = true
		r.gone = append(r.gone, k)
	}
}

// present takes back that a record was missing, and that its removal waits.
func (r *run) present(ctx context.Context, record string, k *known) error {
	if k.missing == 0 || r.o.DryRun {
		return nil
	}
	held, err := r.heldQuads(ctx, record)
	if err != nil {
		return err
	}
	return r.tx.Remove(ctx, append(held, r.missingQuad(record, k.missing))...)
}

// maxQuads is the most room for quads that is kept from one record to the next.
const maxQuads = 4096

// recordQuads appends the dcat:CatalogRecord of a new or changed record.
func (r *run) recordQuads(out []term.Quad, rec *mapping.Record, record string, k *known,
	firstSeen term.Term) []term.Quad {
	s, d := term.NewIRI(record), term.NewIRI(rec.Dataset.IRI)
	catalog := term.NewIRI(r.h.base.SourceCatalog(r.cfg.ID))
	iri := func(v string) term.Term { return term.NewIRI(v) }
	status := dcat.RecordCreated
	if !firstSeen.IsZero() && firstSeen != dcat.Time(r.report.Start) {
		status = dcat.RecordUpdated
	}
	out = append(out,
		term.Quad{Subject: catalog, Predicate: iri(vocab.DCATDatasetProperty), Object: d},
		term.Quad{Subject: catalog, Predicate: iri(vocab.DCATRecord), Object: s},
		term.Quad{Subject: s, Predicate: iri(vocab.RDFType), Object: iri(vocab.DCATCatalogRecord)},
		term.Quad{Subject: s, Predicate: iri(vocab.FOAFPrimaryTopic), Object: d},
		term.Quad{Subject: s, Predicate: iri(vocab.DCTConformsTo), Object: iri(dcat.DCAT3)},
		term.Quad{Subject: s, Predicate: iri(vocab.ADMSStatus), Object: iri(status)},
		term.Quad{Subject: s, Predicate: iri(vocab.DCTIssued), Object: firstSeen},
		term.Quad{Subject: s, Predicate: iri(vocab.DCTModified), Object: dcat.Time(r.report.Start)},
		term.Quad{Subject: s, Predicate: iri(vocab.FincatDigest), Object: term.NewString(k.digest.String())},
		term.Quad{Subject: s, Predicate: iri(vocab.PROVWasGeneratedBy), Object: iri(r.h.base.Run(r.report.Run))},
	)
	if u, ok := dcat.EncodeIRI(rec.Place.URL); ok {
		out = append(out, term.Quad{Subject: s, Predicate: iri(vocab.PROVHadPrimarySource), Object: iri(u)})
	}
	if rec.Place.Locator != "" {
		out = append(out, term.Quad{Subject: s, Predicate: iri(vocab.FincatPlace),
			Object: term.NewString(rec.Place.String())})
	}
	return out
}
