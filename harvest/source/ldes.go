package source

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/zeebo/xxh3"

	"fincat/vocab"
	"fincat/vocab/dcat"
	"fincat/vocab/term"
)

// ldesKind reads linked data event streams by the TREE hypermedia
// specification, DCAT-AP feeds among them. Members are activities (as:Create,
// as:Update, as:Delete) about datasets, versions of datasets, or datasets
// themselves; of several about one dataset the newest counts. After a complete
// gathering, only what is newer than the last member seen is read, as far as
// relations tell where that is. The newest members wait in a file until the
// stream has ended; memory holds where they stand there.
func ldesKind() Kind { return Kind{Name: "ldes", Gather: gatherLDES, Volatile: dcatVolatile()} }

// ldesOverlap is how much of the time before the last gathering is read again,
// because the source's clock is not ours.
const ldesOverlap = time.Hour

// ldes is one gathering of a stream.
type ldes struct {
	s          *Session
	since      time.Time
	newestAt   time.Time // of all members
	versionOf  string    // property that names the dataset of a version
	timestamps []string
	deleted    map[string]bool       // classes of members that delete
	declared   bool                  // the stream says which property has the time
	newest     map[uint64]ldesMember // by the dataset's IRI, hashed
	spool      *spool
	seen       map[string]bool // pages
	next       []string
	stream     bool // a page named a member or a relation
}

// ldesMember is the newest member about one dataset.
type ldesMember struct {
	at int64 // nanoseconds since 1970; the least when it has no time
	in section
}

func gatherLDES(ctx context.Context, s *Session) iter.Seq2[*Record, error] {
	return func(yield func(*Record, error) bool) {
		l := &ldes{s: s, versionOf: vocab.DCTIsVersionOf, newest: map[uint64]ldesMember{}, seen: map[string]bool{},
			timestamps: []string{vocab.ASPublished, vocab.PROVGeneratedAtTime, vocab.DCTModified, vocab.DCTCreated},
			deleted:    map[string]bool{vocab.ASDelete: true, vocab.ASRemove: true}}
		if !s.since.IsZero() {
			l.since = s.since.Add(-ldesOverlap)
			s.Partial = true
		}
		var err error
		if l.spool, err = newSpool(); err != nil {
			yield(nil, fail(Place{URL: s.Config.URL}, "spool", "look at the space and rights of the directory for temporary files", "%w", err))
			return
		}
		defer l.spool.close()
		if err := l.gather(ctx, yield); err != nil && !errors.Is(err, errStopped) {
			yield(nil, err)
		}
	}
}

func (l *ldes) gather(ctx context.Context, yield func(*Record, error) bool) error {
	l.visit(l.s.Config.URL)
	for len(l.next) > 0 {
		address := l.next[0]
		l.next = l.next[1:]
		if err := l.page(ctx, address); err != nil {
			return err
		}
	}
	if !l.stream {
		return fail(Place{URL: l.s.Config.URL}, "ldes", "set url to the stream or to its first page", "the document has neither members nor relations of a stream")
	}
	members := make([]section, 0, len(l.newest))
	for _, m := range l.newest {
		members = append(members, m.in)
	}
	slices.SortFunc(members, func(a, b section) int { return cmp.Compare(a.from, b.from) })
	for _, at := range members {
		rec, err := l.read(ctx, at)
		if err != nil {
			return err
		}
		if rec != nil && !yield(rec, nil) {
			return errStopped
		}
	}
	if l.declared && !l.newestAt.IsZero() {
		l.s.Mark = l.newestAt.UTC().Format(time.RFC3339Nano)
	}
	return nil
}

// visit puts a page on the list unless it was there before.
func (l *ldes) visit(address string) {
	address, _, _ = strings.Cut(address, "#")
	if address != "" && !l.seen[address] {
		l.seen[address] = true
		l.next = append(l.next, address)
	}
}

func (l *ldes) page(ctx context.Context, address string) error {
	r, err := l.s.GetAccept(ctx, address, acceptRDF)
	if err != nil {
		return err
	}
	quads, err := l.s.quads(ctx, r)
	if err != nil {
		return err
	}
	first := len(l.seen) == 1
	l.seen[r.URL] = true
	g := graphOf(quads)
	l.settings(g)
	members := map[term.Term]bool{}
	for _, stream := range g.Subjects(vocab.TREEMember) {
		l.stream = true
		for _, m := range g.Objects(stream, vocab.TREEMember) {
			members[m] = true
		}
	}
	in := describing{g: g, members: members, records: catalogRecords(g), byGraph: map[term.Term][]term.Quad{}, bySubject: map[term.Term][]term.Quad{}}
	for _, q := range quads {
		in.bySubject[q.Subject] = append(in.bySubject[q.Subject], q)
		if !q.Graph.IsZero() {
			in.byGraph[q.Graph] = append(in.byGraph[q.Graph], q)
		}
	}
	var page contents
	for _, m := range slices.SortedFunc(maps.Keys(members), term.Compare) {
		page.add(m.String())
		if err := l.member(g, m, r.URL, in); err != nil {
			return err
		}
	}
	if first {
		l.view(g, r.URL)
	}
	l.relations(g)
	return l.s.freshContents(address, page)
}

// view follows the first of the views that the first page names, unless it is
// one itself: each view has all members.
func (l *ldes) view(g *dcat.Graph, page string) {
	var views []string
	for _, stream := range g.Subjects(vocab.TREEView) {
		l.stream = true
		for _, v := range g.Objects(stream, vocab.TREEView) {
			address, _, _ := strings.Cut(v.Value(), "#")
			views = append(views, address)
		}
	}
	if len(views) > 0 && !slices.Contains(views, page) && !slices.Contains(views, l.s.Config.URL) {
		l.visit(slices.Min(views))
	}
}

// describing finds what a page says about a member.
type describing struct {
	g                  *dcat.Graph
	members            map[term.Term]bool
	records            map[term.Term]term.Term // catalogue record by dataset
	byGraph, bySubject map[term.Term][]term.Quad
}

// member returns the quads of the member's graph and what the page says of the
// activity, or everything that hangs on the member, other members aside.
func (d describing) member(m term.Term) []term.Quad {
	if own := d.byGraph[m]; own != nil {
		return append(slices.Clone(own), aboutActivity(d.g, m)...)
	}
	var out []term.Quad
	seen := map[term.Term]bool{m: true}
	for list := []term.Term{m}; len(list) > 0; list = list[1:] {
		out = append(out, d.bySubject[list[0]]...)
		for _, q := range d.bySubject[list[0]] {
			if o := q.Object; !o.IsLiteral() && !seen[o] && !d.members[o] && q.Predicate.Value() != vocab.TREEMember && q.Predicate.Value() != vocab.TREERelationProperty {
				seen[o] = true
				list = append(list, o)
			}
		}
	}
	for node := range seen {
		if rec, ok := d.records[node]; ok && !seen[rec] {
			out = append(out, d.bySubject[rec]...)
		}
	}
	return out
}

// aboutActivity returns what the page says about a member outside its graph.
func aboutActivity(g *dcat.Graph, m term.Term) []term.Quad {
	var out []term.Quad
	for _, p := range []string{vocab.RDFType, vocab.ASObjectProperty, vocab.ASPublished, vocab.DCTIsVersionOf, vocab.DCTModified, vocab.PROVGeneratedAtTime} {
		for _, o := range g.Objects(m, p) {
			out = append(out, term.Quad{Subject: m, Predicate: term.NewIRI(p), Object: o})
		}
	}
	return out
}

// settings takes over what the stream declares of its members.
func (l *ldes) settings(g *dcat.Graph) {
	for _, s := range g.Subjects(vocab.LDESVersionOfPath) {
		l.versionOf = g.Value(s, vocab.LDESVersionOfPath)
	}
	for _, s := range g.Subjects(vocab.LDESTimestampPath) {
		if p := g.Value(s, vocab.LDESTimestampPath); p != "" {
			l.declared = true
			if p != l.timestamps[0] {
				l.timestamps = append([]string{p}, l.timestamps...)
			}
			if at, ok := instant(l.s.Mark); ok && l.s.Partial { // the source's own clock, so nothing has to be read again
				l.since = at
			}
		}
	}
	for _, s := range g.Subjects(vocab.LDESVersionDeleteObject) {
		for _, o := range g.Objects(s, vocab.LDESVersionDeleteObject) {
			l.deleted[o.Value()] = true
		}
	}
	l.retention(g)
}

// retention looks at how long members stay in the stream. A stream that lets
// go of old ones does not tell all datasets, so none is missing; and when the
// last gathering is longer ago, what came between may be gone, which is said.
func (l *ldes) retention(g *dcat.Graph) {
	for _, policy := range g.Instances(vocab.LDESDurationAgoPolicy) {
		kept, ok := span(first(g.Value(policy, vocab.TREEValue), g.Value(policy, vocab.LDESDuration)))
		if !ok {
			continue
		}
		if !l.s.since.IsZero() && l.s.client.o.Now().Sub(l.s.since) > kept {
			l.s.Problems = append(l.s.Problems, Problem{Severity: Warning, Place: Place{URL: l.s.Config.URL}, Rule: "retention", Value: kept.String(), Message: "the stream keeps its members for a shorter time than has passed since the last harvest: changes may have been lost", Remedy: "harvest the source more often"})
		}
		l.s.Partial = true
	}
}

// span reads an xsd:duration of days and times.
func span(lexical string) (time.Duration, bool) {
	m := spanPattern.FindStringSubmatch(strings.TrimSpace(lexical))
	if m == nil {
		return 0, false
	}
	var d time.Duration
	for i, unit := range []time.Duration{365 * 24 * time.Hour, 30 * 24 * time.Hour, 24 * time.Hour, time.Hour, time.Minute, time.Second} {
		n, _ := strconv.Atoi(m[i+1])
		d += time.Duration(min(n, 1000)) * unit
	}
	return d, d > 0
}

var spanPattern = regexp.MustCompile(`^P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$`)

// relations follows those that may lead to members that are new.
func (l *ldes) relations(g *dcat.Graph) {
	for _, s := range g.Subjects(vocab.TREERelationProperty) {
		l.stream = true
		for _, rel := range g.Objects(s, vocab.TREERelationProperty) {
			if !l.isOld(g, rel) {
				l.visit(g.Value(rel, vocab.TREENodeProperty))
			}
		}
	}
}

// isOld reports whether a relation says that all members behind it are older
// than what is wanted.
func (l *ldes) isOld(g *dcat.Graph, rel term.Term) bool {
	upper := false
	for _, t := range g.Objects(rel, vocab.RDFType) {
		switch t.Value() {
		case vocab.TREELessThanRelation, vocab.TREELessThanOrEqualToRelation, vocab.TREEEqualToRelation:
			upper = true
		}
	}
	if !upper || !slices.Contains(l.timestamps, g.Value(rel, vocab.TREEPath)) {
		return false
	}
	at, ok := instant(g.Value(rel, vocab.TREEValue))
	return ok && at.Before(l.since)
}

// member keeps a member if it is the newest about its dataset.
func (l *ldes) member(g *dcat.Graph, m term.Term, page string, in describing) error {
	var at time.Time
	stamp := int64(math.MinInt64)
	for _, p := range l.timestamps {
		if t, ok := instant(g.Value(m, p)); ok {
			at, stamp = t, t.UnixNano()
			break
		}
	}
	if !at.IsZero() && at.Before(l.since) {
		return nil
	}
	if at.After(l.newestAt) {
		l.newestAt = at
	}
	about, _ := l.about(g, m)
	key := xxh3.HashString(about.String())
	if old, ok := l.newest[key]; ok && old.at >= stamp {
		return nil
	}
	quads := in.member(m)
	if !l.isDataset(graphOf(quads), m) {
		return nil
	}
	head := []term.Quad{{Subject: m, Predicate: term.NewIRI(vocab.TREEMember), Object: term.NewString(page)}} // which member this is, and of which page
	kept, err := l.spool.write(append(head, quads...))
	if err != nil {
		return fail(Place{URL: page}, "spool", "look at the space of the directory for temporary files", "%w", err)
	}
	l.newest[key] = ldesMember{stamp, kept}
	return nil
}

// about returns what a member is about, and the subject that describes it.
func (l *ldes) about(g *dcat.Graph, m term.Term) (about, subject term.Term) {
	if o := g.Objects(m, vocab.ASObjectProperty); len(o) > 0 {
		return o[0], o[0]
	}
	if o := g.Objects(m, l.versionOf); len(o) > 0 {
		return o[0], m
	}
	return m, m
}

func (l *ldes) deletes(g *dcat.Graph, m term.Term) bool {
	return slices.ContainsFunc(g.Objects(m, vocab.RDFType), func(t term.Term) bool { return l.deleted[t.Value()] })
}

// isDataset reports whether a member is about a dataset, or deletes something.
func (l *ldes) isDataset(g *dcat.Graph, m term.Term) bool {
	_, subject := l.about(g, m)
	return l.deletes(g, m) || slices.Contains(g.Datasets(), subject)
}

// read maps a member that was kept; nil when the filter leaves it out.
func (l *ldes) read(ctx context.Context, at section) (*Record, error) {
	quads, err := l.spool.read(ctx, at)
	if err != nil {
		return nil, fail(Place{URL: l.s.Config.URL}, "spool", "harvest again", "%w", err)
	}
	g, m := graphOf(quads[1:]), quads[0].Subject
	place := Place{quads[0].Object.Value(), m.String()}
	about, subject := l.about(g, m)
	id := first(sourceNumber(about.Value()), about.Value())
	switch {
	case !about.IsIRI():
		return broken(fmt.Sprint(place), place, "identifier-missing", g.Value(subject, vocab.DCTTitle), "the member is about a dataset without an IRI, so it could not be found again", "give the dataset an IRI"), nil
	case l.deletes(g, m):
		return &Record{ID: id, Place: place, Deleted: true}, nil
	}
	rec := l.s.fromGraph(g, subject, catalogRecords(g)[subject], place.URL)
	if rec != nil {
		rec.ID, rec.Place = id, place
		if rec.Dataset != nil && subject != about {
			rec.Dataset.SameAs = []string{about.Value()}
		}
	}
	return rec, nil
}

// instant reads an xsd:dateTime; one without a time zone counts as UTC.
func instant(lexical string) (time.Time, bool) {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999", time.DateOnly} {
		if t, err := time.Parse(layout, strings.TrimSpace(lexical)); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}
