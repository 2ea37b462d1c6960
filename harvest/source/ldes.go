package source

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"math"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/zeebo/xxh3"

	"fincat/harvest/document"
	"fincat/harvest/mapping"
	"fincat/harvest/problem"
	"fincat/vocab"
	"fincat/vocab/dcat"
	"fincat/vocab/term"
)

// ldesKind reads linked data event streams by the TREE hypermedia
// specification, DCAT-AP feeds among them. Members are activities (as:Create,
// as:Update, as:Delete) about datasets, versions of datasets, or datasets
// themselves; of several about one dataset the newest counts. After a complete
// gathering, only what is newer than the last member seen is read, as far as
// relations tell where that is, and what may have come late: an hour's members
// before that one, and older ones about datasets that nobody knows yet. The newest members wait in a file until the
// stream has ended; memory holds only where in the file each one stands.
func ldesKind() Kind { return Kind{Name: "ldes", Gather: gatherLDES, Volatile: dcatVolatile()} }

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
	spool      *document.Spool
	seen       map[string]bool // pages
	next       []string
	start      string // the first page
	stream     bool   // a page named a member or a relation

	foreign, undated, ties tally
}

// tally is how often something was seen, and where first.
type tally struct {
	n            int
	first, value string
}

func (t *tally) add(first, value string) {
	if t.n++; t.n == 1 {
		t.first, t.value = first, value
	}
}

// lateness is how much older than the newest member one may be that comes after it.
const lateness = time.Hour

// ldesMember is the newest member about one dataset.
type ldesMember struct {
	at  int64  // nanoseconds since 1970; the least when it has no time
	who uint64 // hash of the member's name
	in  document.Section
}

func gatherLDES(ctx context.Context, s *Session) iter.Seq2[*mapping.Record, error] {
	return func(yield func(*mapping.Record, error) bool) {
		l := &ldes{s: s, versionOf: vocab.DCTIsVersionOf, newest: map[uint64]ldesMember{}, seen: map[string]bool{},
			timestamps: []string{vocab.ASPublished, vocab.PROVGeneratedAtTime, vocab.DCTModified, vocab.DCTCreated},
			deleted:    map[string]bool{vocab.ASDelete: true, vocab.ASRemove: true}}
		if !s.Since.IsZero() {
			l.since = s.Since
			s.Found.Partial = true
		}
		var err error
		if l.spool, err = document.NewSpool(); err != nil {
			yield(nil, fail(Place{URL: s.Config.URL}, "spool",
				"look at the space and rights of the directory for temporary files", "%w", err))
			return
		}
		defer l.spool.Close()
		if err := l.gather(ctx, yield); err != nil && !errors.Is(err, errStopped) {
			yield(nil, err)
		}
	}
}

func (l *ldes) gather(ctx context.Context, yield func(*mapping.Record, error) bool) error {
	l.visit(l.s.Config.URL)
	l.start = l.next[0]
	for len(l.next) > 0 {
		address := l.next[0]
		l.next = l.next[1:]
		if err := l.page(ctx, address); err != nil {
			return err
		}
	}
	l.told()
	if !l.stream {
		return fail(Place{URL: l.s.Config.URL}, "ldes", "set url to the stream or to its first page",
			"the document has neither members nor relations of a stream")
	}
	members := slices.SortedFunc(maps.Values(l.newest), func(a, b ldesMember) int {
		return cmp.Compare(a.in.From, b.in.From)
	})
	for _, m := range members {
		rec, err := l.read(ctx, m)
		if err != nil {
			return err
		}
		if rec != nil && !yield(rec, nil) {
			return errStopped
		}
	}
	if l.declared && !l.newestAt.IsZero() {
		l.s.Found.Mark = l.newestAt.UTC().Format(time.RFC3339Nano)
	}
	return nil
}

// told reports what the stream has that no record tells of.
func (l *ldes) told() {
	for _, p := range []struct {
		tally
		severity              Severity
		rule, message, remedy string
	}{
		{l.foreign, Info, "no-dataset", "of other things than datasets, and not taken over: ",
			"nothing, if these are the stream's other members; otherwise state the type dcat:Dataset"},
		{l.undated, Warning, "date", "with a time that cannot be read, so that the order is not known: ",
			"write times as xsd:dateTime"},
		{l.ties, Warning, "duplicate", "with the time of another one about the same dataset, which counts: ",
			"give each version a time of its own"},
	} {
		if p.n > 0 {
			l.s.notice(Problem{Severity: p.severity, Place: placeAt(l.s.Config.URL, p.first), Rule: p.rule,
				Value: p.value, Message: p.message + problem.Count(p.n, "member"), Remedy: p.remedy})
		}
	}
}

// visit puts a page on the list unless it was there before.
func (l *ldes) visit(address string) {
	address, _, _ = strings.Cut(address, "#")
	if address != "" && !l.seen[address] {
		l.seen[address] = true
		l.next = append(l.next, address)
	}
}

// isGone reports whether a server answered that a page was removed for good.
func isGone(err error) bool {
	var e *Error
	return errors.As(err, &e) && e.Status == http.StatusGone
}

func (l *ldes) page(ctx context.Context, address string) error {
	r, err := l.s.Get(ctx, address, acceptRDF)
	if isGone(err) && address != l.start {
		// By the specification of LDES, a page that its owner removed counts as one
		// without members and relations. The stream then no longer names every
		// dataset, so that one which does not come is not missing.
		l.s.Found.Partial = true
		return nil
	}
	if err != nil {
		return err
	}
	quads, err := l.s.quads(ctx, r)
	if err != nil {
		return err
	}
	first := len(l.seen) == 1
	l.seen[r.URL] = true
	g := mapping.GraphOf(quads)
	l.settings(g)
	members := map[term.Term]bool{}
	for _, stream := range g.Subjects(vocab.TREEMember) {
		l.stream = true
		for _, m := range g.Objects(stream, vocab.TREEMember) {
			members[m] = true
		}
	}
	l.describeStream(g)
	in := describing{members: members, beside: besideDatasets(g), byGraph: map[term.Term][]term.Quad{},
		bySubject: map[term.Term][]term.Quad{}, told: map[term.Term]bool{}}
	for _, q := range quads {
		in.bySubject[q.Subject] = append(in.bySubject[q.Subject], q)
		if members[q.Graph] {
			in.byGraph[q.Graph] = append(in.byGraph[q.Graph], q)
		}
	}
	var page document.Contents
	for _, m := range slices.SortedFunc(maps.Keys(members), term.Compare) {
		page.Add(m.String())
		if err := l.member(g, m, r.URL, in); err != nil {
			return err
		}
	}
	if first {
		l.view(g, r.URL)
	}
	l.s.reportLeftOver(r.URL, in.untold(g))
	l.relations(g)
	return l.s.pages.FreshContents(address, page)
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
	members            map[term.Term]bool
	beside             map[term.Term][]term.Term // catalogue records and data services by dataset
	byGraph, bySubject map[term.Term][]term.Quad
	told               map[term.Term]bool // subjects that came out with the stream or a member
}

// member returns what the member's graph says, and everything that hangs on that and
// on the member, other members aside and what stands in their graphs: these may be
// other versions.
func (d describing) member(m term.Term) []term.Quad {
	var out []term.Quad
	var list []term.Term
	seen := map[term.Term]bool{}
	visit := func(t term.Term) {
		if !seen[t] && !t.IsLiteral() && (t == m || !d.members[t]) {
			seen[t] = true
			list = append(list, t)
		}
	}
	visit(m)
	for _, q := range d.byGraph[m] {
		visit(q.Subject)
	}
	for ; len(list) > 0; list = list[1:] {
		for _, q := range d.bySubject[list[0]] {
			if q.Graph != m && d.members[q.Graph] {
				continue
			}
			out = append(out, q)
			if !slices.Contains(apartInStream, q.Predicate.Value()) {
				visit(q.Object)
			}
		}
		for _, about := range d.beside[list[0]] {
			visit(about)
		}
	}
	return out
}

// apartInStream are the properties that lead from what hangs on one member to others.
var apartInStream = []string{vocab.TREEMember, vocab.TREERelationProperty, vocab.DCATServesDataset,
	vocab.FOAFPrimaryTopic, vocab.DCATDatasetProperty}

// besideDatasets finds the catalogue records and data services about each dataset of
// a page.
func besideDatasets(g *dcat.Graph) map[term.Term][]term.Term {
	m := map[term.Term][]term.Term{}
	for _, p := range []string{vocab.FOAFPrimaryTopic, vocab.DCATServesDataset} {
		for _, s := range g.Subjects(p) {
			for _, d := range g.Objects(s, p) {
				m[d] = append(m[d], s)
			}
		}
	}
	return m
}

// untold returns the subjects of a page that came out neither with the stream nor with
// a member, and say more than how to go through the pages.
func (d describing) untold(g *dcat.Graph) []term.Term {
	out := slices.DeleteFunc(g.Untold(), func(s term.Term) bool {
		return d.told[s] || isPaging(g, s) ||
			!slices.ContainsFunc(g.About(s), func(t term.Triple) bool { return !isControl(t) })
	})
	slices.SortFunc(out, term.Compare)
	return out
}

// describeStream keeps what a page says about the stream and the catalogues in it, and
// what hangs on them.
func (l *ldes) describeStream(g *dcat.Graph) {
	l.s.describe(g)
	streams := slices.Concat(g.Instances(vocab.LDESEventStream), g.Subjects(vocab.TREEMember),
		g.Subjects(vocab.TREEView))
	slices.SortFunc(streams, term.Compare)
	for _, stream := range slices.Compact(streams) {
		l.s.describeOwn(g, stream, vocab.LDESEventStream)
	}
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
			if at, ok := instant(l.s.Found.Mark); ok &&
				l.s.Found.Partial { // the source's own clock
				l.since = at.Add(-lateness)
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

// retention looks at how long members stay in the stream. When old ones are
// dropped, the stream no longer names every dataset, so that one which does not
// come is not missing. When the last gathering is longer ago than members stay,
// changes may have come and gone in between, which is reported.
func (l *ldes) retention(g *dcat.Graph) {
	for _, policy := range g.Instances(vocab.LDESDurationAgoPolicy) {
		kept, ok := span(document.First(g.Value(policy, vocab.TREEValue), g.Value(policy, vocab.LDESDuration)))
		if !ok {
			continue
		}
		if !l.s.Since.IsZero() && l.s.client.Now().Sub(l.s.Since) > kept {
			l.s.Found.Problems = append(l.s.Found.Problems, Problem{Severity: Warning,
				Place: Place{URL: l.s.Config.URL}, Rule: "retention", Value: kept.String(),

				Message: "the stream keeps its members for a shorter time than has passed since the last harvest: " +
					"changes may have been lost", Remedy: "harvest the source more often"})
		}
		l.s.Found.Partial = true
	}
}

// span reads an xsd:duration of days and times.
func span(lexical string) (time.Duration, bool) {
	m := spanPattern.FindStringSubmatch(strings.TrimSpace(lexical))
	if m == nil {
		return 0, false
	}
	var d time.Duration
	for i, unit := range []time.Duration{365 * 24 * time.Hour, 30 * 24 * time.Hour, 24 * time.Hour, time.Hour,
		time.Minute, time.Second} {
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

// member keeps a member if it is the newest about its datasets.
func (l *ldes) member(g *dcat.Graph, m term.Term, page string, in describing) error {
	var at time.Time
	stamp := int64(math.MinInt64)
	unread := ""
	for _, p := range l.timestamps {
		v := g.Value(m, p)
		t, ok := instant(v)
		if ok {
			at, stamp, unread = t, t.UnixNano(), ""
			break
		}
		unread = document.First(unread, v)
	}
	if unread != "" {
		l.undated.add(m.String(), unread)
	}
	if at.After(l.newestAt) {
		l.newestAt = at
	}
	quads := in.member(m)
	own := mapping.GraphOf(quads)
	in.told[m] = in.told[m] || len(g.Objects(m, vocab.ASObjectProperty)) > 0
	for _, of := range l.about(g, m) {
		if l.isDataset(own, m, of.subject) {
			for _, q := range quads {
				in.told[q.Subject] = true
			}
		}
		key, who := xxh3.HashString(of.about.String()), xxh3.HashString(m.String())
		old, ok := l.newest[key]
		switch {
		case ok && old.at == stamp && old.who != who:
			l.ties.add(m.String(), of.about.Value())
			continue
		case ok && old.at >= stamp:
			continue
		case !l.isDataset(own, m, of.subject):
			l.foreign.add(m.String(), of.about.Value())
			continue
		}
		head := []term.Quad{ // which member this is, of which page, and what it is about
			{Subject: m, Predicate: term.NewIRI(vocab.TREEMember), Object: term.NewString(page)},
			{Subject: of.about, Predicate: term.NewIRI(vocab.ASObjectProperty), Object: of.subject},
		}
		kept, err := l.spool.Write(append(head, quads...))
		if err != nil {
			return fail(Place{URL: page}, "spool", "look at the space of the directory for temporary files", "%w", err)
		}
		l.newest[key] = ldesMember{stamp, who, kept}
	}
	return nil
}

// spoken is what a member is about, and the subject that describes it.
type spoken struct{ about, subject term.Term }

// about returns what a member is about: an activity may have several objects.
func (l *ldes) about(g *dcat.Graph, m term.Term) (out []spoken) {
	for _, o := range g.Objects(m, vocab.ASObjectProperty) {
		out = append(out, spoken{o, o})
	}
	if len(out) > 0 {
		return out
	}
	if o := g.Objects(m, l.versionOf); len(o) > 0 {
		return []spoken{{o[0], m}}
	}
	return []spoken{{m, m}}
}

func (l *ldes) deletes(g *dcat.Graph, m term.Term) bool {
	return slices.ContainsFunc(g.Objects(m, vocab.RDFType), func(t term.Term) bool { return l.deleted[t.Value()] })
}

// isDataset reports whether a member is about a dataset, or deletes something.
func (l *ldes) isDataset(g *dcat.Graph, m, subject term.Term) bool {
	return l.deletes(g, m) || slices.Contains(g.Datasets(), subject)
}

// read maps a member that was kept; nil when the filter leaves it out.
func (l *ldes) read(ctx context.Context, kept ldesMember) (*mapping.Record, error) {
	quads, err := l.spool.Read(ctx, kept.in)
	if err != nil {
		return nil, fail(Place{URL: l.s.Config.URL}, "spool", "harvest again", "%w", err)
	}
	g, m := mapping.GraphOf(quads[2:]), quads[0].Subject
	late := kept.at != math.MinInt64 && time.Unix(0, kept.at).Before(l.since)
	place := placeAt(quads[0].Object.Value(), m.String())
	about, subject := quads[1].Subject, quads[1].Object
	id := document.First(mapping.SourceNumber(about.Value()), about.Value())
	switch {
	case !about.IsIRI():
		return mapping.Broken(fmt.Sprint(place), place, "identifier-missing", g.Value(subject, vocab.DCTTitle),
				"the member is about a dataset without an IRI, so it could not be found again",
				"give the dataset an IRI"),
			nil
	case l.deletes(g, m) && late:
		return nil, nil
	case l.deletes(g, m):
		return &mapping.Record{ID: id, Place: place, Deleted: true}, nil
	}
	rec := l.s.FromGraph(g, subject, place.URL)
	if rec != nil {
		rec.ID, rec.Place, rec.Late = id, place, late
		if d := rec.Dataset; d != nil {
			if subject != about { // the version is not the dataset
				d.SameAs = slices.DeleteFunc(d.SameAs, func(iri string) bool {
					return iri == about.Value() || iri == subject.Value()
				})
				d.SameAs = append([]string{about.Value()}, d.SameAs...)
			}
			d.Extra = append(d.Extra, l.ofActivity(g, m, subject)...)
			if len(g.Objects(m, vocab.ASObjectProperty)) < 2 { // else the rest is of the others
				l.s.reportLeftOver(place.URL, slices.DeleteFunc(g.Untold(), func(t term.Term) bool {
					return t == m || isPaging(g, t)
				}))
			}
		}
	}
	return rec, nil
}

// ofActivity returns what a stream says of the activity that changed a dataset besides
// what it did and when.
func (l *ldes) ofActivity(g *dcat.Graph, m, subject term.Term) []term.Triple {
	if m == subject {
		return nil
	}
	known := append([]string{vocab.RDFType, vocab.ASObjectProperty, l.versionOf}, l.timestamps...)
	out := g.Rest(m, func(t term.Triple) bool { return slices.Contains(known, t.Predicate.Value()) }, subject)
	if len(out) == 0 {
		return nil
	}
	for i := range out {
		if out[i].Subject.Value() == "" {
			out[i].Subject = m
		}
	}
	is := term.NewIRI(vocab.ASObjectProperty)
	return append(out, term.Triple{Subject: m, Predicate: is, Object: term.NewIRI("")})
}

// instant reads an xsd:dateTime, or a date as people write it; one without a time
// zone counts as UTC.
func instant(lexical string) (time.Time, bool) {
	if at, ok := exactly(lexical); ok {
		return at, true
	}
	t, ok := dcat.ParseDate(lexical)
	if !ok {
		return time.Time{}, false
	}
	return exactly(t.Value())
}

func exactly(lexical string) (time.Time, bool) {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999", time.DateOnly} {
		if t, err := time.Parse(layout, strings.TrimSpace(lexical)); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}
