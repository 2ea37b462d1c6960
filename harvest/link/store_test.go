package link

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"fincat/store"
	"fincat/store/follow"
	"fincat/vocab"
	"fincat/vocab/dcat"
	"fincat/vocab/term"
)

const testBase = dcat.Base("http://cat.example/")

func openStore(t testing.TB, dir string) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), store.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func newTestFollower(t testing.TB, s *store.Store) *Follower {
	t.Helper()
	f, err := NewFollower(Options{Store: s, Base: func() (dcat.Base, error) { return testBase, nil }})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// quadsOf returns the graph of a record as a harvest writes it.
func quadsOf(r *Record) (graph term.Term, quads []term.Quad) {
	d := &dcat.Dataset{
		Identifier: r.ID, Title: dcat.Texts(r.Titles...), Description: dcat.Texts(r.Text), License: r.Licence,
	}
	if r.Publisher != "" {
		d.Publisher = dcat.Agent{IRI: testBase.Org(r.Publisher)}
	} else if r.Name != "" {
		d.Publisher = dcat.Agent{IRI: testBase.Agent(r.Name), Name: dcat.Texts(r.Name)}
	}
	for _, a := range r.Addresses {
		fields := dcat.Texts(strings.Join(r.Fields, "、"))
		d.Distribution = append(d.Distribution, dcat.Distribution{AccessURL: a, Fields: fields})
	}
	if r.Portal != "" {
		d.LandingPage = []string{"https://data.gov.tw/dataset/" + r.Portal}
	}
	d.Assign(testBase, r.Source, r.ID)
	graph = term.NewIRI(testBase.Graph(r.Source, r.ID))
	record := term.NewIRI(testBase.Record(r.Source, r.ID))
	for _, t := range d.Triples() {
		quads = append(quads, t.In(graph))
	}
	modified := r.Modified
	if modified == "" {
		modified = "2026-03-01T00:00:00Z"
	}
	for p, o := range map[string]term.Term{
		vocab.RDFType: term.NewIRI(vocab.DCATCatalogRecord), vocab.FOAFPrimaryTopic: term.NewIRI(d.IRI),
		vocab.DCTModified: term.NewLiteral(modified, vocab.XSDDateTime),
	} {
		quads = append(quads, term.Quad{Subject: record, Predicate: term.NewIRI(p), Object: o, Graph: graph})
	}
	return graph, quads
}

// tombstone returns the graph of a record that has gone, or was renamed.
func tombstone(r *Record, replacedBy string) (graph term.Term, quads []term.Quad) {
	graph = term.NewIRI(testBase.Graph(r.Source, r.ID))
	dataset, record := term.NewIRI(testBase.Dataset(r.Source, r.ID)), term.NewIRI(testBase.Record(r.Source, r.ID))
	add := func(s term.Term, p string, o term.Term) {
		quads = append(quads, term.Quad{Subject: s, Predicate: term.NewIRI(p), Object: o, Graph: graph})
	}
	add(record, vocab.FOAFPrimaryTopic, dataset)
	add(record, vocab.PROVInvalidatedAtTime, term.NewLiteral("2026-03-02T00:00:00Z", vocab.XSDDateTime))
	if replacedBy != "" {
		add(dataset, vocab.DCTIsReplacedBy, term.NewIRI(replacedBy))
	}
	return graph, quads
}

func commit(t testing.TB, s *store.Store, c store.Change) store.Commit {
	t.Helper()
	done, err := s.Commit(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	return done
}

// write commits records as they are now.
func write(t testing.TB, s *store.Store, records ...*Record) store.Commit {
	t.Helper()
	c := store.Change{Replace: map[term.Term][]term.Quad{}}
	for _, r := range records {
		g, quads := quadsOf(r)
		c.Replace[g] = quads
	}
	return commit(t, s, c)
}

// graphsOf returns what the graphs below a prefix hold, as sorted lines.
func graphsOf(t testing.TB, s *store.Store, prefix string) []string {
	t.Helper()
	sn, err := s.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	defer sn.Close()
	return graphsIn(t, sn, prefix)
}

// graphsIn is graphsOf for a snapshot.
func graphsIn(t testing.TB, sn *store.Snapshot, prefix string) []string {
	t.Helper()
	var out []string
	for q, err := range sn.Match(t.Context(), store.Pattern{}, store.GSPO) {
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(q.Graph.Value(), string(testBase)+"graph/"+prefix) {
			out = append(out, q.String())
		}
	}
	slices.Sort(out)
	return out
}

// sample returns records of the exchanges and of the portal.
func sample(t testing.TB, every int) (sources, portal []*Record) {
	t.Helper()
	for i, r := range sourceRecords(t) {
		if i%every == 0 {
			sources = append(sources, r)
		}
	}
	for i, r := range portalRecords(t) {
		if (r.Publisher == "securities-futures-bureau" || r.Publisher == "banking-bureau") && i%2 == 0 || i%200 == 0 {
			portal = append(portal, r)
		}
	}
	return sources, portal
}

// difference shows the first lines that only one of two lists has.
func difference(want, got []string) string {
	var b strings.Builder
	n := 0
	for _, x := range []struct {
		sign     string
		from, to []string
	}{{"-", want, got}, {"+", got, want}} {
		for _, l := range x.from {
			if _, ok := slices.BinarySearch(x.to, l); !ok && n < 20 {
				fmt.Fprintln(&b, x.sign, l)
				n++
			}
		}
	}
	return b.String()
}

// TestRebuildEqualsFollowing changes records, names and decisions at random. The
// links that following the changes leaves behind must be those that come of
// finding all links anew, to the last byte.
func TestRebuildEqualsFollowing(t *testing.T) {
	sources, portal := sample(t, 3)
	for _, seed := range []uint64{1, 2} {
		rnd := rand.New(rand.NewPCG(seed, 7))
		s := openStore(t, t.TempDir())
		live := slices.Concat(sources, portal)
		for i, r := range live {
			c := *r
			live[i] = &c
		}
		write(t, s, live...)
		f := newTestFollower(t, s)
		following := follow.NewFollowers(s, follow.New(s, f))
		follow := func() {
			t.Helper()
			if err := following.CatchUp(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		follow()
		linker := f.l
		var gone []*Record
		var commits []uint64
		for step := range 30 {
			what := change(t, s, rnd, &live, &gone, &commits)
			seq := s.Seq()
			follow()
			if f.l != linker {
				t.Fatalf("seed %d, step %d (%s): all links were found anew", seed, step, what)
			}
			if wrong := notAsAnew(t, s); wrong != "" {
				t.Fatalf("seed %d, step %d (%s at commit %d): following and finding anew differ:\n%s",
					seed, step, what, seq, wrong)
			}
		}
	}
}

// notAsAnew finds all links anew and says in which graphs the store differs.
func notAsAnew(t *testing.T, s *store.Store) string {
	t.Helper()
	sn, err := s.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	defer sn.Close()
	f := newTestFollower(t, s)
	c, err := newCatalogue(sn, testBase, f.dir, readProperties)
	if err != nil {
		t.Fatal(err)
	}
	tx, err := s.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()
	w := &writer{f: f, c: c, tx: tx}
	if err := w.everything(t.Context(), DefaultThresholds); err != nil {
		t.Fatal(err)
	}
	have := graphsOf(t, s, "link/")
	if len(have) == 0 {
		t.Fatal("there are no links")
	}
	if !w.differs {
		return ""
	}
	anew, err := tx.Snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer anew.Close()
	return "some differ: " + difference(graphsIn(t, anew, "link/"), have)
}

// change does one thing to the store that can change links.
func change(t *testing.T, s *store.Store, rnd *rand.Rand, live, gone *[]*Record, commits *[]uint64) string {
	t.Helper()
	pick := func() int { return rnd.IntN(len(*live)) }
	switch n := rnd.IntN(7); n {
	case 0: // titles are exchanged
		a, b := (*live)[pick()], (*live)[pick()]
		a.Titles, b.Titles = b.Titles, a.Titles
		write(t, s, a, b)
		return "titles exchanged"
	case 1: // addresses are lost, or several records have the same
		a, b := (*live)[pick()], (*live)[pick()]
		a.Addresses = b.Addresses
		write(t, s, a)
		return "addresses taken over"
	case 2:
		for range 3 {
			i := pick()
			r := (*live)[i]
			g, quads := tombstone(r, "")
			*commits = append(*commits, commit(t, s, store.Change{Replace: map[term.Term][]term.Quad{g: quads}}).Seq)
			*live, *gone = slices.Delete(*live, i, i+1), append(*gone, r)
		}
		return "removed"
	case 3:
		if len(*gone) > 0 {
			r := (*gone)[0]
			*gone, *live = (*gone)[1:], append(*live, r)
			write(t, s, r)
		}
		return "back again"
	case 4: // another identifier
		r := (*live)[pick()]
		old := *r
		r.ID = fmt.Sprintf("%s-%d", r.ID, rnd.IntN(1000))
		if r.Portal != "" {
			r.ID = fmt.Sprint(900000 + rnd.IntN(100000))
			r.Portal = r.ID
		}
		g, quads := tombstone(&old, testBase.Dataset(r.Source, r.ID))
		h, now := quadsOf(r)
		commit(t, s, store.Change{Replace: map[term.Term][]term.Quad{g: quads, h: now}})
		return "renamed"
	case 5: // a person decides about a link, or about any two
		list := mappings(t, s)
		a, b := list[rnd.IntN(len(list))].Subject, list[rnd.IntN(len(list))].Object
		if rnd.IntN(2) == 0 {
			m := list[rnd.IntN(len(list))]
			a, b = m.Subject, m.Object
		}
		st := Confirmed
		if rnd.IntN(2) == 0 {
			st = Refused
		}
		at := fmt.Sprintf("2026-04-01T00:00:%02dZ", rnd.IntN(60))
		decide(t, s, Decision{Subject: a, Object: b, State: st, By: "amy", Why: "read both", At: at})
		return fmt.Sprintf("%s %s %s", st, a, b)
	default: // a removal is taken back
		if len(*commits) == 0 {
			return "nothing"
		}
		seq := (*commits)[len(*commits)-1]
		*commits = (*commits)[:len(*commits)-1]
		if _, err := s.Undo(t.Context(), seq, ""); err != nil {
			return "nothing to undo"
		}
		return "undone"
	}
}

func mappings(t testing.TB, s *store.Store) []*Mapping {
	t.Helper()
	sn, err := s.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	defer sn.Close()
	list, err := Mappings(t.Context(), sn, testBase)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func decide(t testing.TB, s *store.Store, d Decision) {
	t.Helper()
	var contradiction *ContradictionError // as people may try
	if _, err := Decide(t.Context(), s, testBase, d); err != nil && !errors.As(err, &contradiction) {
		t.Fatal(err)
	}
}
