package listing

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"fincat/store"
	"fincat/vocab"
	"fincat/vocab/dcat"
	"fincat/vocab/term"
)

// words are the IDs that the reading needs; one that the store does not have is
// [store.FirstLocal], which matches nothing.
type words struct {
	kind, dataset                        store.ID // rdf:type, dcat:Dataset
	publisher, creator, theme, title     store.ID
	keyword, licence, same, series       store.ID
	distribution, format                 store.ID
	topic, issued, modified, invalidated store.ID
	member, record, sector               store.ID
	bookkeeping                          [2]store.ID
}

// Bookkeeping are the properties of records that say how the catalogue deals with
// them; a change of these alone is none of the dataset.
var Bookkeeping = [...]string{vocab.FincatMissingRuns, vocab.FincatHeldBy}

func lookUp(sn *store.Snapshot) (*words, error) {
	w := &words{}
	for iri, into := range map[string]*store.ID{
		vocab.RDFType: &w.kind, vocab.DCATDataset: &w.dataset, vocab.DCTPublisher: &w.publisher,
		vocab.DCTCreator: &w.creator, vocab.DCATTheme: &w.theme, vocab.DCTTitle: &w.title,
		vocab.DCATDistributionProperty: &w.distribution, vocab.DCTFormat: &w.format,
		vocab.FOAFPrimaryTopic: &w.topic, vocab.DCTIssued: &w.issued, vocab.DCTModified: &w.modified,
		vocab.PROVInvalidatedAtTime: &w.invalidated, vocab.DCATDatasetProperty: &w.member, vocab.DCATRecord: &w.record,
		vocab.FincatSector: &w.sector, vocab.DCATKeyword: &w.keyword, vocab.DCTLicense: &w.licence,
		vocab.OWLSameAs: &w.same, vocab.DCATInSeries: &w.series,
		Bookkeeping[0]: &w.bookkeeping[0], Bookkeeping[1]: &w.bookkeeping[1],
	} {
		id, ok, err := sn.Lookup(term.NewIRI(iri))
		if err != nil {
			return nil, fmt.Errorf("look up %s: %w", iri, err)
		}
		if *into = store.FirstLocal; ok {
			*into = id
		}
	}
	return w, nil
}

// draft is a dataset as the store says it, in IDs.
type draft struct {
	id                                                   store.ID
	alive                                                bool // it is said to be a dataset
	sources, publishers, owners, themes, formats, titles []store.ID
	keywords, licences, same                             []store.ID
	statements, files                                    int
	created, modified, removed                           store.ID
	digest                                               uint64
	graphs                                               []store.ID // those of its record, then those beside them
	series                                               []Series
}

// reader reads drafts from a snapshot.
type reader struct {
	sn *store.Snapshot
	w  *words
}

// rows calls f with the quads that match p, in an order that suits it.
func (r *reader) rows(ctx context.Context, p store.Pattern, f func(s, p, o, g store.ID)) error {
	for b, err := range r.sn.Batches(ctx, p, store.ScanOptions{Order: store.OrderFor(p)}) {
		if err != nil {
			return err
		}
		for i := range b.N {
			f(b.S[i], b.P[i], b.O[i], b.G[i])
		}
	}
	return nil
}

// said files one statement about a dataset under what it says.
func (d *draft) said(w *words, p, o store.ID) {
	switch p {
	case w.publisher:
		d.publishers = append(d.publishers, o)
	case w.creator:
		d.owners = append(d.owners, o)
	case w.theme:
		d.themes = append(d.themes, o)
	case w.title:
		d.titles = append(d.titles, o)
	case w.keyword:
		d.keywords = append(d.keywords, o)
	case w.licence:
		d.licences = append(d.licences, o)
	}
}

// recorded files one statement about a dataset's record.
func (d *draft) recorded(w *words, p, o store.ID) {
	switch p {
	case w.issued:
		d.created = o
	case w.modified:
		d.modified = max(d.modified, o)
	case w.invalidated:
		d.removed = o
	}
}

// one reads a single dataset.
func (r *reader) one(ctx context.Context, id store.ID) (*draft, error) {
	d, w := &draft{id: id}, r.w
	var graphs, parts, records []store.ID
	err := r.rows(ctx, store.Pattern{S: id}, func(_, p, o, g store.ID) {
		switch {
		case p == w.kind && o == w.dataset:
			d.alive = true
			graphs = append(graphs, g)
			if g != store.DefaultGraph {
				d.graphs = append(d.graphs, g)
			}
		case p == w.distribution:
			parts = append(parts, o)
		case p == w.same:
			d.same = append(d.same, o)
		case p == w.series:
			d.series = append(d.series, Series{o, g})
		default:
			d.said(w, p, o)
		}
	})
	slices.Sort(parts)
	parts = slices.Compact(parts)
	d.files = len(parts)
	for _, part := range parts {
		if err == nil {
			err = r.rows(ctx, store.Pattern{S: part}, func(_, p, o, _ store.ID) {
				switch p {
				case w.format:
					d.formats = append(d.formats, o)
				case w.licence:
					d.licences = append(d.licences, o)
				}
			})
		}
	}
	if err == nil {
		err = r.rows(ctx, store.Pattern{P: w.member, O: id}, func(s, _, _, _ store.ID) {
			d.sources = append(d.sources, s)
		})
	}
	if err == nil {
		err = r.rows(ctx, store.Pattern{P: w.topic, O: id}, func(s, _, _, _ store.ID) { records = append(records, s) })
	}
	for _, record := range records {
		if err == nil {
			err = r.rows(ctx, store.Pattern{S: record}, func(_, p, o, _ store.ID) { d.recorded(w, p, o) })
		}
		if err == nil && !d.alive {
			err = r.rows(ctx, store.Pattern{P: w.record, O: record}, func(s, _, _, _ store.ID) {
				d.sources = append(d.sources, s)
			})
		}
	}
	for _, g := range d.graphs {
		own, fault := r.beside(g)
		if err = errors.Join(err, fault); own != store.Any {
			graphs, d.graphs = append(graphs, own), append(d.graphs, own)
		}
	}
	for _, g := range graphs {
		p := store.Pattern{G: g}
		if g == store.DefaultGraph {
			p.S = id
		}
		if err == nil {
			err = r.rows(ctx, p, func(s, p, o, _ store.ID) {
				d.digest += w.hash(s, p, o)
				d.statements++
			})
		}
	}
	if err == nil {
		err = r.placed(ctx, d, map[Series]uint64{})
	}
	return d, err
}

// placed leaves of the series of a dataset those that its own graphs do not put it in, and
// adds what is said of them to its digest. sums has that of each series which was read.
func (r *reader) placed(ctx context.Context, d *draft, sums map[Series]uint64) error {
	d.series = slices.DeleteFunc(d.series, func(s Series) bool {
		return slices.Contains(d.graphs, s.Graph) || len(d.graphs) == 0 && s.Graph == store.DefaultGraph
	})
	slices.SortFunc(d.series, func(a, b Series) int {
		return cmp.Or(cmp.Compare(a.ID, b.ID), cmp.Compare(a.Graph, b.Graph))
	})
	for _, s := range d.series {
		sum, ok := sums[s]
		if !ok {
			if err := r.rows(ctx, store.Pattern{S: s.ID, G: s.Graph}, func(s, p, o, _ store.ID) {
				sum += r.w.hash(s, p, o)
			}); err != nil {
				return err
			}
			sums[s] = sum
		}
		d.digest += sum + r.w.hash(d.id, r.w.series, s.ID)
	}
	return nil
}

// beside returns the catalogue's own graph beside that of a record, Any for none.
func (r *reader) beside(graph store.ID) (store.ID, error) {
	name, err := r.sn.Term(graph)
	if err != nil {
		return store.Any, err
	}
	own, _, err := r.sn.Lookup(term.NewIRI(dcat.OwnGraph(name.Value())))
	return own, err
}

// hash is that of one statement; a digest is the sum over them, in whatever sequence.
func (w *words) hash(s, p, o store.ID) uint64 {
	if p == w.bookkeeping[0] || p == w.bookkeeping[1] {
		return 0
	}
	x := uint64(s)*0x9E3779B97F4A7C15 ^ uint64(p)
	x = (x ^ x>>29) * 0xBF58476D1CE4E5B9
	x ^= uint64(o)
	x = (x ^ x>>32) * 0x94D049BB133111EB
	return x ^ x>>29
}

// step is what is done with the statements of a property.
type step struct {
	p store.ID
	f func(s, p, o, g store.ID)
}

// everything reads all datasets, property by property.
func (r *reader) everything(ctx context.Context) (map[store.ID]*draft, error) {
	w, all := r.w, map[store.ID]*draft{}
	draftOf := func(id store.ID) *draft {
		d := all[id]
		if d == nil {
			d = &draft{id: id}
			all[id] = d
		}
		return d
	}
	err := r.rows(ctx, store.Pattern{P: w.kind, O: w.dataset}, func(s, _, _, _ store.ID) {
		if s.Kind() == term.IRI {
			draftOf(s).alive = true
		}
	})
	records := map[store.ID]store.ID{}
	steps := []step{{w.topic, func(s, _, o, _ store.ID) { records[s] = o }},
		{w.invalidated, func(s, p, o, _ store.ID) {
			if topic := records[s]; topic.Kind() == term.IRI {
				draftOf(topic).recorded(w, p, o)
			}
		}}}
	for _, p := range []store.ID{w.issued, w.modified} {
		steps = append(steps, step{p, func(s, p, o, _ store.ID) {
			if d := all[records[s]]; d != nil {
				d.recorded(w, p, o)
			}
		}})
	}
	for _, p := range []store.ID{w.publisher, w.creator, w.theme, w.title, w.keyword, w.licence} {
		steps = append(steps, step{p, func(s, p, o, _ store.ID) {
			if d := all[s]; d != nil {
				d.said(w, p, o)
			}
		}})
	}
	steps = append(steps, step{w.same, func(s, _, o, _ store.ID) {
		if d := all[s]; d != nil {
			d.same = append(d.same, o)
		}
	}})
	steps = append(steps, step{w.series, func(s, _, o, g store.ID) {
		if d := all[s]; d != nil {
			d.series = append(d.series, Series{o, g})
		}
	}})
	steps = append(steps, step{w.member, func(s, _, o, _ store.ID) {
		if d := all[o]; d != nil {
			d.sources = append(d.sources, s)
		}
	}})
	steps = append(steps, step{w.record, func(s, _, o, _ store.ID) {
		if d := all[records[o]]; d != nil && !d.alive { // nothing else tells
			d.sources = append(d.sources, s)
		}
	}})
	for _, step := range steps {
		if err == nil {
			err = r.rows(ctx, store.Pattern{P: step.p}, step.f)
		}
	}
	if err == nil {
		err = r.parts(ctx, all)
	}
	if err == nil {
		err = r.digests(ctx, all)
	}
	sums := map[Series]uint64{}
	for _, d := range all {
		if err == nil && len(d.series) > 0 {
			err = r.placed(ctx, d, sums)
		}
	}
	return all, err
}

// parts gives each dataset the formats and licences of its distributions.
func (r *reader) parts(ctx context.Context, all map[store.ID]*draft) error {
	formats, err := r.values(ctx, r.w.format)
	if err != nil {
		return err
	}
	licences, err := r.values(ctx, r.w.licence)
	if err != nil {
		return err
	}
	var last [2]store.ID // several graphs may say the same
	return r.rows(ctx, store.Pattern{P: r.w.distribution}, func(s, _, o, _ store.ID) {
		if d := all[s]; d != nil && last != [2]store.ID{s, o} {
			last = [2]store.ID{s, o}
			d.files++
			d.formats, d.licences = union(d.formats, formats[o]), union(d.licences, licences[o])
		}
	})
}

// values returns what each subject has for a property.
func (r *reader) values(ctx context.Context, property store.ID) (map[store.ID][]store.ID, error) {
	out, shared := map[store.ID][]store.ID{}, map[store.ID][]store.ID{}
	err := r.rows(ctx, store.Pattern{P: property}, func(s, _, o, _ store.ID) {
		if before, ok := out[s]; ok {
			out[s] = append(slices.Clip(before), o)
			return
		}
		if shared[o] == nil { // nearly every subject has one
			shared[o] = []store.ID{o}
		}
		out[s] = shared[o]
	})
	return out, err
}

// union adds to a list what it does not have.
func union(list, more []store.ID) []store.ID {
	for _, id := range more {
		if !slices.Contains(list, id) {
			list = append(list, id)
		}
	}
	return list
}

// graph is one that describes no dataset itself.
type graph struct {
	id  store.ID
	sum uint64
	n   int // statements
}

// digests adds up what the graphs of the datasets say, and those beside them; of the
// default graph, what has a dataset as its subject.
func (r *reader) digests(ctx context.Context, all map[store.ID]*draft) error {
	var at, subject store.ID
	var sum uint64
	var n int
	var here []*draft // datasets of the graph, or of the subject in the default graph
	var others []graph
	records := map[store.ID][]*draft{}
	settle := func() {
		for _, d := range here {
			d.digest += sum
			d.statements += n
			if at != store.DefaultGraph {
				d.graphs = append(d.graphs, at)
			}
		}
		switch {
		case at == store.DefaultGraph:
		case len(here) > 0:
			records[at] = slices.Clone(here)
		case at != store.Any:
			others = append(others, graph{at, sum, n})
		}
		sum, n, here = 0, 0, here[:0]
	}
	for b, err := range r.sn.Batches(ctx, store.Pattern{}, store.ScanOptions{Order: store.GSPO}) {
		if err != nil {
			return err
		}
		for i := range b.N {
			s, p, o, g := b.S[i], b.P[i], b.O[i], b.G[i]
			if g != at || g == store.DefaultGraph && s != subject {
				settle()
				at, subject = g, s
			}
			sum, n = sum+r.w.hash(s, p, o), n+1
			if p == r.w.kind && o == r.w.dataset && all[s] != nil {
				here = append(here, all[s])
			}
		}
	}
	settle()
	return r.besides(records, others)
}

// besides adds the catalogue's own graphs to the datasets of the records beside them.
func (r *reader) besides(records map[store.ID][]*draft, others []graph) error {
	names := make(map[string]graph, len(others)) // of records' graphs
	for part := range slices.Chunk(others, batchTerms) {
		terms, err := r.terms(len(part), func(i int) store.ID { return part[i].id })
		if err != nil {
			return err
		}
		for i, t := range terms {
			if record, ok := dcat.OwnGraphOf(t.Value()); ok {
				names[strings.Clone(record)] = part[i] // a term holds those that were read with it
			}
		}
	}
	if len(names) == 0 {
		return nil
	}
	for part := range slices.Chunk(slices.Sorted(maps.Keys(records)), batchTerms) {
		terms, err := r.terms(len(part), func(i int) store.ID { return part[i] })
		if err != nil {
			return err
		}
		for i, t := range terms {
			own, ok := names[t.Value()]
			for _, d := range records[part[i]] {
				if ok {
					d.digest += own.sum
					d.statements += own.n
					d.graphs = append(d.graphs, own.id)
				}
			}
		}
	}
	return nil
}

func (r *reader) terms(n int, id func(int) store.ID) ([]term.Term, error) {
	ids, terms := make([]store.ID, n), make([]term.Term, n)
	for i := range ids {
		ids[i] = id(i)
	}
	return terms, r.sn.Terms(ids, terms)
}

// naming turns drafts into datasets. It keeps the names and lists that many share.
type naming struct {
	names map[store.ID]string
	lists map[string][]string
}

func newNaming() *naming { return &naming{map[store.ID]string{}, map[string][]string{}} }

// batchTerms is how many terms are read at a time.
const batchTerms = 4096

// datasets returns the datasets of drafts, without times of change, sorted by IRI.
func (n *naming) datasets(ctx context.Context, sn *store.Snapshot, drafts []*draft) ([]*Dataset, error) {
	slices.SortFunc(drafts, func(a, b *draft) int { return cmp.Compare(a.id, b.id) })
	out := make([]*Dataset, 0, len(drafts))
	for part := range slices.Chunk(drafts, batchTerms/4) {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		var ids []store.ID
		for _, d := range part {
			ids = append(append(ids, d.id, d.created, d.modified, d.removed), d.titles...)
		}
		terms := make([]term.Term, len(ids))
		if err := sn.Terms(ids, terms); err != nil {
			return nil, err
		}
		for _, d := range part {
			x := &Dataset{IRI: strings.Clone(terms[0].Value()), Created: instant(terms[1]),
				Modified: instant(terms[2]), Removed: !d.alive, Digest: d.digest, ID: d.id,
				Graphs: slices.Clip(d.graphs), Statements: d.statements, Files: d.files,
				Series: slices.Clip(d.series)}
			if x.Removed {
				x.Modified = instant(terms[3])
			}
			x.titles = titles(terms[4 : 4+len(d.titles)])
			terms = terms[4+len(d.titles):]
			for _, l := range []struct {
				into *[]string
				ids  []store.ID
			}{{&x.Sources, d.sources}, {&x.Publishers, d.publishers}, {&x.Owners, d.owners}, {&x.Themes, d.themes},
				{&x.Formats, d.formats}, {&x.Licences, d.licences}, {&x.Keywords, d.keywords},
				{&x.Same, d.same}} {
				var err error
				if *l.into, err = n.list(sn, l.ids); err != nil {
					return nil, err
				}
			}
			x.Sources = n.sources(x)
			out = append(out, x)
		}
	}
	slices.SortFunc(out, byIRI)
	return out, nil
}

func titles(terms []term.Term) string {
	var lines []string
	for _, t := range terms {
		if s := strings.ToLower(t.Value()); !slices.Contains(lines, s) {
			lines = append(lines, strings.ReplaceAll(s, "\n", " "))
		}
	}
	return strings.Join(lines, "\n")
}

// instant is the time that a literal says, zero for anything else.
func instant(t term.Term) time.Time {
	for _, layout := range []string{time.RFC3339Nano, time.DateOnly} {
		if at, err := time.Parse(layout, t.Value()); err == nil {
			return at.UTC()
		}
	}
	return time.Time{}
}

// list returns the names of IDs, sorted, each once; equal lists are one.
func (n *naming) list(sn *store.Snapshot, ids []store.ID) ([]string, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	out := make([]string, len(ids))
	for i, id := range ids {
		s, ok := n.names[id]
		if !ok {
			t, err := sn.Term(id)
			if err != nil {
				return nil, err
			}
			s = strings.Clone(t.Value())
			n.names[id] = s
		}
		out[i] = s
	}
	slices.Sort(out)
	return n.shared(slices.Compact(out)), nil
}

// shared returns a list that is equal, one for all that are.
func (n *naming) shared(list []string) []string {
	key := strings.Join(list, "\n")
	if l, ok := n.lists[key]; ok {
		return l
	}
	n.lists[key] = list
	return list
}

// sources returns the catalogues that name a dataset without the whole catalogue, which
// names all of them.
func (n *naming) sources(d *Dataset) []string {
	before, _, ok := strings.Cut(d.IRI, "/dataset/")
	i := slices.Index(d.Sources, dcat.Base(before+"/").Catalog())
	if !ok || i < 0 {
		return d.Sources
	}
	return n.shared(slices.Delete(slices.Clone(d.Sources), i, i+1))
}
