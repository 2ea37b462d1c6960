package series

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/zeebo/xxh3"

	"fincat/harvest/link"
	"fincat/store"
	"fincat/store/follow"
	"fincat/vocab"
	"fincat/vocab/dcat"
	"fincat/vocab/term"
)

// Name is the name of the follower.
const Name = "series"

const rulesState = 2

// Least is how many editions make a series.
const Least = 3

// A Follower keeps the series of a store up to date; it implements [follow.Follower].
type Follower struct {
	follow.Graphs
}

// NewFollower returns a follower of a store; base returns that of the store's IRIs, ""
// while nothing was harvested.
func NewFollower(s *store.Store, base func() (dcat.Base, error)) *Follower {
	return &Follower{Graphs: follow.Graphs{Store: s, Base: base, Follower: Name, Rules: rulesState}}
}

// Advance implements [follow.Follower].
func (f *Follower) Advance(ctx context.Context, st *follow.Step) error {
	base, graphs, all, err := f.Begin(ctx, st)
	if err != nil || base == "" {
		return err
	}
	concerns := func(g term.Term) bool {
		v, prefix := g.Value(), base.SeriesGraph("")
		return link.Counts(base, g) || v == base.CatalogGraph() || len(v) > len(prefix) && v[:len(prefix)] == prefix
	}
	if !all && !slices.ContainsFunc(graphs, concerns) {
		f.Pass(st.To())
		return nil
	}
	want, err := everything(ctx, st.Snapshot, base)
	if err != nil {
		return fmt.Errorf("find series: %w", err)
	}
	return f.Write(ctx, st.Snapshot, want, st.Rebuild)
}

// everything works out the graphs of all series.
func everything(ctx context.Context, sn *store.Snapshot, base dcat.Base) (map[term.Term][]term.Triple, error) {
	dir, err := dcat.NewDirectory()
	if err != nil {
		return nil, err
	}
	want := map[term.Term][]term.Triple{}
	before, err := follow.Beginning(ctx, sn, base.SeriesGraph(""))
	if err != nil {
		return nil, err
	}
	for _, g := range before {
		want[g] = nil
	}
	list, err := link.Mappings(ctx, sn, base)
	if err != nil {
		return nil, err
	}
	list = slices.DeleteFunc(list, func(m *link.Mapping) bool {
		return m.State != link.Accepted && m.State != link.Confirmed
	})
	contacts, err := objects(ctx, sn, base.Catalog(), vocab.DCATContactPoint)
	if err != nil {
		return nil, err
	}
	titles, err := link.Titles(ctx, sn, list)
	if err != nil {
		return nil, err
	}
	for _, s := range find(list, titles) {
		said, err := elsewhere(ctx, sn, base, s.members)
		if err != nil {
			return nil, err
		}
		if s.members = said; s.count() < Least {
			continue
		}
		id := fmt.Sprintf("%032x", xxh3.HashString128(s.stem).Bytes())
		want[term.NewIRI(base.SeriesGraph(id))] = s.triples(base, base.Series(id),
			s.publisher(ctx, sn, base, dir), contacts)
	}
	return want, nil
}

// objects returns what a property of a resource leads to.
func objects(ctx context.Context, sn *store.Snapshot, subject, property string) (out []term.Term, err error) {
	p, ok, err := sn.PatternOf(term.NewIRI(subject), term.NewIRI(property), term.Term{}, term.Term{})
	if err != nil || !ok {
		return nil, err
	}
	for q, err := range sn.Match(ctx, p, store.OrderFor(p)) {
		if err != nil {
			return nil, err
		}
		out = append(out, q.Object)
	}
	return out, nil
}

// elsewhere returns those members that are not in a series by their own source already.
func elsewhere(ctx context.Context, sn *store.Snapshot, base dcat.Base, members []string) (out []string, err error) {
	for _, m := range members {
		p, ok, err := sn.PatternOf(term.NewIRI(m), term.NewIRI(vocab.DCATInSeries), term.Term{}, term.Term{})
		if err != nil {
			return nil, err
		}
		own := false
		if ok {
			for q, err := range sn.Match(ctx, p, store.OrderFor(p)) {
				if err != nil {
					return nil, err
				}
				_, _, record := base.DatasetOf(q.Graph.Value())
				own = own || record
			}
		}
		if !own {
			out = append(out, m)
		}
	}
	return out, nil
}

// A group is a series to be.
type group struct {
	stem    string
	members []string          // datasets, sorted
	class   map[string]string // of the members: the first of the records of one dataset
}

// count returns how many datasets the members are.
func (g *group) count() int {
	seen := map[string]bool{}
	for _, m := range g.members {
		seen[g.class[m]] = true
	}
	return len(seen)
}

// find returns the groups of editions, by stem: that of the end of their titles, or, for those
// that are in no series by that, of their beginning.
func find(list []*link.Mapping, titles map[string]string) []group {
	p := parts{same: newSets(), connected: newSets(), of: map[[2]string]*group{}, series: map[string]*group{}}
	for _, m := range list {
		if titles[m.Subject] == "" || titles[m.Object] == "" {
			continue // a record that is gone
		}
		p.connected.join(m.Subject, m.Object)
		if m.Kind == link.Same {
			p.same.join(m.Subject, m.Object)
		}
	}
	taken, front := map[string]bool{}, link.Front()
	for _, stem := range []func(string) string{stem, func(t string) string { return frontStem(t, front) }} {
		for _, dataset := range slices.Sorted(maps.Keys(p.connected)) {
			if s := stem(titles[dataset]); s != "" && !taken[dataset] {
				p.add(dataset, s)
			}
		}
		p.choose()
		for _, g := range p.series {
			for _, dataset := range g.members {
				taken[dataset] = true
			}
		}
	}
	var out []group
	for _, s := range slices.Sorted(maps.Keys(p.series)) {
		slices.Sort(p.series[s].members)
		out = append(out, *p.series[s])
	}
	return out
}

// parts are the datasets that links connect, by what their titles have in common.
type parts struct {
	same, connected sets
	of              map[[2]string]*group // by the first of the connected ones, and stem
	series          map[string]*group    // those chosen, by stem
}

func (p *parts) add(dataset, stem string) {
	key := [2]string{p.connected.of(dataset), stem}
	if p.of[key] == nil {
		p.of[key] = &group{stem: stem, class: map[string]string{}}
	}
	g := p.of[key]
	g.members = append(g.members, dataset)
	g.class[dataset] = p.same.of(dataset)
}

// choose chooses the groups that are series. Two groups of one stem that no link connects are
// not one table: the one that was chosen before is the series, else that with more members.
func (p *parts) choose() {
	chosen := map[string]*group{}
	for _, key := range slices.SortedFunc(maps.Keys(p.of), func(a, b [2]string) int {
		return slices.Compare(a[:], b[:])
	}) {
		g := p.of[key]
		if was := chosen[g.stem]; g.count() >= Least && (was == nil || len(g.members) > len(was.members)) {
			chosen[g.stem] = g
		}
	}
	for stem, g := range chosen {
		if p.series[stem] == nil {
			p.series[stem] = g
		}
	}
}

// publisher returns the institution that makes all members, the zero Organization when it
// is not known or not one of the directory.
func (g *group) publisher(ctx context.Context, sn *store.Snapshot, base dcat.Base,
	dir *dcat.Directory) (out dcat.Organization) {
	var org term.Term
	for _, m := range g.members {
		owners, err := objects(ctx, sn, m, vocab.DCTCreator)
		for _, o := range owners {
			if err != nil || !org.IsZero() && org != o {
				return out
			}
			org = o
		}
	}
	if id, ok := strings.CutPrefix(org.Value(), string(base)+"org/"); ok {
		out, _ = dir.ByID(id)
	}
	return out
}

// triples describes the series, sorted. Whom to ask about it is whom to ask about the
// catalogue, which found it.
func (g *group) triples(base dcat.Base, series string, o dcat.Organization, contacts []term.Term) (out []term.Triple) {
	s := term.NewIRI(series)
	say := func(p string, o term.Term) {
		out = append(out, term.Triple{Subject: s, Predicate: term.NewIRI(p), Object: o})
	}
	say(vocab.RDFType, term.NewIRI(vocab.DCATDatasetSeries))
	say(vocab.DCTTitle, dcat.ZH(g.stem).Term())
	say(vocab.DCTDescription, dcat.ZH("同一資料表「"+g.stem+"」依期間或類別分開提供的各資料集。").Term())
	say(vocab.DCTDescription, dcat.Text{Value: "Datasets that are editions of one table, by period or class.",
		Lang: "en"}.Term())
	if o.ID != "" {
		say(vocab.DCTPublisher, term.NewIRI(base.Org(o.ID)))
	}
	for _, c := range contacts {
		say(vocab.DCATContactPoint, c)
	}
	for _, m := range g.members {
		out = append(out, term.Triple{Subject: term.NewIRI(m), Predicate: term.NewIRI(vocab.DCATInSeries), Object: s})
	}
	slices.SortFunc(out, term.CompareTriples)
	return out
}

// sets are disjoint sets of names, each named by its first member.
type sets map[string]string

func newSets() sets { return sets{} }

// of returns the name of the set that has a name.
func (s sets) of(name string) string {
	root := name
	for s[root] != "" && s[root] != root {
		root = s[root]
	}
	for s[name] != "" && s[name] != root {
		name, s[name] = s[name], root
	}
	return root
}

// join makes one set of those of two names.
func (s sets) join(a, b string) {
	for _, name := range []string{a, b} {
		if s[name] == "" {
			s[name] = name
		}
	}
	x, y := s.of(a), s.of(b)
	s[max(x, y)] = min(x, y)
}
