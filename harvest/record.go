package harvest

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/zeebo/xxh3"

	"fincat/harvest/source"
	"fincat/vocab"
	"fincat/vocab/dcat"
	"fincat/vocab/term"
)

// fail notes why gathering ended early.
func (r *run) fail(err error) {
	r.report.Err, r.report.Status, r.report.Reason = err, Failed, err.Error()
	var e *source.Error
	if !errors.As(err, &e) {
		e = &source.Error{Place: source.Place{URL: r.cfg.URL}, Rule: "gather", Remedy: "harvest again", Err: err}
	}
	r.problem(e.Problem())
	r.h.log.Warn("source not gathered completely", "source", r.cfg.ID, "run", r.report.Run, "err", err)
}

// echo reports whether a record came from this catalogue: another one that
// harvested it shows it again, in whatever form. It is not taken as new.
func (r *run) echo(rec *source.Record) bool {
	if rec.Dataset == nil {
		return false
	}
	own := string(r.h.base) + "dataset/"
	return slices.ContainsFunc(append(slices.Clone(rec.Dataset.SameAs), rec.ID, rec.Dataset.IRI, rec.Dataset.Identifier), func(iri string) bool { return strings.HasPrefix(iri, own) })
}

// validate completes a record, checks it against the rules, and returns the
// triples of its dataset; nil when it is not taken over.
func (r *run) validate(rec *source.Record) []term.Triple {
	if rec.Dataset != nil {
		r.complete(rec)
		rec.Problems = append(rec.Problems, check(rec)...)
	}
	bad := rec.Dataset == nil
	for _, p := range rec.Problems {
		r.problem(p)
		bad = bad || p.Severity == source.Violation
	}
	if bad {
		r.report.Failed++
		r.keep(rec)
		return nil
	}
	return rec.Dataset.Triples()
}

// keep counts a record that is there but broken as seen: what the catalogue
// has of it stays.
func (r *run) keep(rec *source.Record) {
	r.anonymous = r.anonymous || rec.ID == ""
	if k := r.known.find(r.h.base.Record(r.cfg.ID, rec.ID)); k != nil {
		k.seen = true
	}
}

// complete fills in what the configuration and the directory know: publisher,
// owner, theme, licence, and the catalogue's own IRIs.
func (r *run) complete(rec *source.Record) {
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
	if d.Creator.IsZero() {
		var addresses []string
		for i := range d.Distribution {
			addresses = append(addresses, d.Distribution[i].AccessURL)
		}
		if o, ok := r.h.directory.Owner(dcat.Best(d.Title, dcat.ZHTW), addresses...); ok && r.h.base.Org(o.ID) != d.Publisher.IRI {
			d.Creator = o.Agent(r.h.base)
		}
	}
	if len(d.Theme) == 0 && r.cfg.Theme != "" {
		d.AddTheme(r.h.base, r.cfg.Theme)
	}
	if d.License == "" && r.cfg.License != "" {
		d.SetLicense(r.cfg.License)
	}
	d.Assign(r.h.base, r.cfg.ID, rec.ID)
}

// check applies the rules that every record must keep.
func check(rec *source.Record) []source.Problem {
	d := rec.Dataset
	var out []source.Problem
	add := func(sev source.Severity, rule, message, remedy string) {
		out = append(out, source.Problem{Severity: sev, Record: rec.ID, Place: rec.Place, Rule: rule, Message: message, Remedy: remedy})
	}
	if dcat.Best(d.Title, dcat.ZHTW) == "" {
		add(source.Violation, "title-missing", "the dataset has no title", "ask the source's owner to add one")
	}
	if len(d.Distribution) == 0 {
		add(source.Info, "distribution-missing", "the dataset has no distribution", "ask the source's owner where the data is")
	}
	if d.Publisher.IsZero() {
		add(source.Warning, "publisher-missing", "nobody is named as publisher", "set publisher of the source")
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

// digestOf returns the hash of a record's content without what is volatile. The
// triples are sorted and free of blank nodes, so equal content gives equal
// digests.
func digestOf(triples []term.Triple, volatile []string) digest {
	h := xxh3.New()
	buf := make([]byte, 0, 512)
	for _, t := range triples {
		if slices.Contains(volatile, t.Predicate.Value()) {
			continue
		}
		buf = append(t.In(term.Term{}).Append(buf[:0]), '\n')
		h.Write(buf) // never fails
	}
	return h.Sum128().Bytes()
}

// compare decides what a record is (new, changed, unchanged, seen before in
// this run) and puts what changed into the transaction.
func (r *run) compare(ctx context.Context, rec *source.Record, content []term.Triple) error {
	iri := r.h.base.Record(r.cfg.ID, rec.ID)
	k := r.known.find(iri)
	if k == nil {
		k = r.known.add(iri)
	}
	sum := digestOf(content, r.kind.Volatile)
	if k.seen {
		r.duplicate(rec, k, sum)
		return nil
	}
	was := k.digest
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
	quads := append(inGraph(content), r.recordQuads(rec, iri, k, firstSeen)...)
	if err := r.tx.ReplaceGraph(ctx, term.NewIRI(r.h.base.Graph(r.cfg.ID, rec.ID)), quads); err != nil {
		return fmt.Errorf("record %s: %w", rec.ID, err)
	}
	return nil
}

func (r *run) change(iri, what, title string) {
	r.tell(RecordChange{Record: iri, What: what, Title: title})
}

func (r *run) tell(c RecordChange) {
	if r.o.Changed != nil {
		r.o.Changed(c)
	}
}

// duplicate reports a second record with an identifier that this run has seen.
// The rule is that the first one counts.
func (r *run) duplicate(rec *source.Record, k *known, sum digest) {
	p := source.Problem{Severity: source.Info, Record: rec.ID, Place: rec.Place, Rule: "duplicate", Value: rec.ID,
		Message: "the source lists the record twice, with the same content", Remedy: "nothing; the source could list it once"}
	if sum != k.digest {
		p.Severity, p.Message, p.Remedy = source.Warning, "another record of the source has this identifier; the first one was taken", "ask the source's owner to give each dataset an identifier of its own"
	}
	r.problem(p)
}

// deleted notes that the source says a record is gone: no waiting is needed.
func (r *run) deleted(rec *source.Record) {
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

// recordQuads returns the dcat:CatalogRecord of a new or changed record.
func (r *run) recordQuads(rec *source.Record, record string, k *known, firstSeen term.Term) []term.Quad {
	s, d := term.NewIRI(record), term.NewIRI(rec.Dataset.IRI)
	catalog := term.NewIRI(r.h.base.SourceCatalog(r.cfg.ID))
	iri := func(v string) term.Term { return term.NewIRI(v) }
	out := []term.Quad{
		{Subject: catalog, Predicate: iri(vocab.DCATDatasetProperty), Object: d},
		{Subject: catalog, Predicate: iri(vocab.DCATRecord), Object: s},
		{Subject: s, Predicate: iri(vocab.RDFType), Object: iri(vocab.DCATCatalogRecord)},
		{Subject: s, Predicate: iri(vocab.FOAFPrimaryTopic), Object: d},
		{Subject: s, Predicate: iri(vocab.DCTIssued), Object: firstSeen},
		{Subject: s, Predicate: iri(vocab.DCTModified), Object: dcat.Time(r.report.Start)},
		{Subject: s, Predicate: iri(vocab.FincatDigest), Object: term.NewString(k.digest.String())},
		{Subject: s, Predicate: iri(vocab.PROVWasGeneratedBy), Object: iri(r.h.base.Run(r.report.Run))},
	}
	if u, ok := dcat.EncodeIRI(rec.Place.URL); ok {
		out = append(out, term.Quad{Subject: s, Predicate: iri(vocab.PROVHadPrimarySource), Object: iri(u)})
	}
	if rec.Place.Locator != "" {
		out = append(out, term.Quad{Subject: s, Predicate: iri(vocab.FincatPlace), Object: term.NewString(rec.Place.String())})
	}
	return out
}

func inGraph(triples []term.Triple) []term.Quad {
	out := make([]term.Quad, len(triples), len(triples)+12)
	for i, t := range triples {
		out[i] = t.In(term.Term{})
	}
	return out
}
