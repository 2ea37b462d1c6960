package source

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
	"time"

	"fincat/vocab"
	"fincat/vocab/dcat"
	"fincat/vocab/term"
)

// ldesKind reads linked data event streams by the TREE hypermedia
// specification, DCAT-AP feeds among them. Members are activities (as:Create,
// as:Update, as:Delete) about datasets, versions of datasets, or datasets
// themselves; of several about one dataset the newest counts. After a complete
// gathering, only what is newer is read, as far as relations tell where that
// is. The newest members are kept in memory until the stream ends.
func ldesKind() Kind { return Kind{Name: "ldes", Gather: gatherLDES, Volatile: dcatVolatile()} }

// ldesOverlap is how much of the time before the last gathering is read again,
// because the source's clock is not ours.
const ldesOverlap = time.Hour

// ldes is one gathering of a stream.
type ldes struct {
	s          *Session
	since      time.Time
	versionOf  string // property that names the dataset of a version
	timestamps []string
	newest     map[string]ldesMember // by record
	seen       map[string]bool       // pages
	next       []string
	stream     bool // a page named a member or a relation
}

// ldesMember is the newest member about one dataset; a nil record is one that
// the filter leaves out.
type ldesMember struct {
	at     time.Time
	record *Record
}

func gatherLDES(ctx context.Context, s *Session) iter.Seq2[*Record, error] {
	return func(yield func(*Record, error) bool) {
		l := &ldes{s: s, versionOf: vocab.DCTIsVersionOf, newest: map[string]ldesMember{}, seen: map[string]bool{},
			timestamps: []string{vocab.ASPublished, vocab.PROVGeneratedAtTime, vocab.DCTModified, vocab.DCTCreated}}
		if !s.since.IsZero() {
			l.since = s.since.Add(-ldesOverlap)
			s.Partial = true
		}
		l.visit(s.Config.URL)
		for len(l.next) > 0 {
			address := l.next[0]
			l.next = l.next[1:]
			if err := l.page(ctx, address); err != nil {
				yield(nil, err)
				return
			}
		}
		if !l.stream {
			yield(nil, fail(Place{URL: s.Config.URL}, "ldes", "set url to the stream or to its first page", "the document has neither members nor relations of a stream"))
			return
		}
		for _, id := range slices.Sorted(maps.Keys(l.newest)) {
			if rec := l.newest[id].record; rec != nil && !yield(rec, ctx.Err()) {
				return
			}
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

func (l *ldes) page(ctx context.Context, address string) error {
	r, err := l.s.GetAccept(ctx, address, acceptRDF)
	if err != nil {
		return err
	}
	quads, err := l.s.quads(ctx, r)
	if err != nil {
		return err
	}
	l.seen[r.URL] = true
	g := graphOf(quads)
	l.settings(g)
	byGraph := map[term.Term][]term.Quad{}
	for _, q := range quads {
		if !q.Graph.IsZero() {
			byGraph[q.Graph] = append(byGraph[q.Graph], q)
		}
	}
	var page contents
	for _, stream := range g.Subjects(vocab.TREEMember) {
		l.stream = true
		for _, m := range g.Objects(stream, vocab.TREEMember) {
			page.add(m.String())
			own := g
			if quads := byGraph[m]; quads != nil { // the member is what its graph says
				own = graphOf(append(quads, aboutActivity(g, m)...))
			}
			l.member(own, m, r.URL)
		}
	}
	for _, stream := range g.Subjects(vocab.TREEView) {
		l.stream = true
		for _, v := range g.Objects(stream, vocab.TREEView) {
			l.visit(v.Value())
		}
	}
	l.relations(g)
	return l.s.freshContents(address, page)
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

// settings takes over the paths that the stream declares.
func (l *ldes) settings(g *dcat.Graph) {
	for _, s := range g.Subjects(vocab.LDESVersionOfPath) {
		l.versionOf = g.Value(s, vocab.LDESVersionOfPath)
	}
	for _, s := range g.Subjects(vocab.LDESTimestampPath) {
		if p := g.Value(s, vocab.LDESTimestampPath); p != "" && p != l.timestamps[0] {
			l.timestamps = append([]string{p}, l.timestamps...)
		}
	}
}

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
func (l *ldes) member(g *dcat.Graph, m term.Term, page string) {
	var at time.Time
	for _, p := range l.timestamps {
		if t, ok := instant(g.Value(m, p)); ok {
			at = t
			break
		}
	}
	if !at.IsZero() && at.Before(l.since) {
		return
	}
	rec, id := l.record(g, m, Place{page, m.String()})
	if id == "" {
		return
	}
	if old, ok := l.newest[id]; ok && !old.at.Before(at) {
		return
	}
	l.newest[id] = ldesMember{at, rec}
}

// record maps a member. The identifier is empty when the member is about
// something other than a dataset.
func (l *ldes) record(g *dcat.Graph, m term.Term, place Place) (rec *Record, id string) {
	types := map[string]bool{}
	for _, t := range g.Objects(m, vocab.RDFType) {
		types[t.Value()] = true
	}
	about, subject := m, m
	if o := g.Objects(m, vocab.ASObjectProperty); len(o) > 0 {
		about, subject = o[0], o[0]
	} else if o := g.Objects(m, l.versionOf); len(o) > 0 {
		about = o[0]
	}
	id = first(sourceNumber(about.Value()), about.Value())
	if types[vocab.ASDelete] || types[vocab.ASRemove] {
		return &Record{ID: id, Place: place, Deleted: true}, id
	}
	if !slices.Contains(g.Datasets(), subject) {
		return nil, ""
	}
	if !about.IsIRI() {
		id = fmt.Sprint(place)
		return broken(id, place, "identifier-missing", g.Value(subject, vocab.DCTTitle), "the member is about a dataset without an IRI, so it could not be found again", "give the dataset an IRI"), id
	}
	rec = l.s.fromGraph(g, subject, catalogRecords(g)[subject], place.URL)
	if rec != nil {
		rec.ID, rec.Place = id, place
		if rec.Dataset != nil && subject != about {
			rec.Dataset.SameAs = []string{about.Value()}
		}
	}
	return rec, id
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
