package void

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"fincat/store"
	"fincat/store/follow"
	"fincat/vocab"
	"fincat/vocab/dcat"
	"fincat/vocab/rdfio"
	"fincat/vocab/term"
)

const base = dcat.Base("https://data.example.tw/")

// data has members of two classes, one of which has its class in another graph than a title, and
// a triple that stands in two graphs.
const data = `@prefix : <http://e/> .
:g1 { :a a :A ; :p 1, 2 ; :q "x" . :b a :A, :B ; :p 1 . }
:g2 { :a :q "x" ; :r "y" . :c :p 3 . [] a :B . }
`

func open(t *testing.T, trig string) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	add(t, s, trig)
	return s
}

func add(t *testing.T, s *store.Store, trig string) {
	t.Helper()
	quads, err := rdfio.ReadAll(t.Context(), strings.NewReader(trig), rdfio.ReadOptions{Format: rdfio.TriG})
	if err == nil {
		_, err = s.Commit(t.Context(), store.Change{Add: quads})
	}
	if err != nil {
		t.Fatal(err)
	}
}

// partitions writes class partitions as "class members: property triples, ...".
func partitions(quads []term.Quad) (out []string) {
	value := func(s term.Term, p string) string {
		for _, q := range quads {
			if q.Subject == s && q.Predicate.Value() == p {
				return strings.TrimPrefix(strings.TrimPrefix(q.Object.Value(), "http://e/"), vocab.RDFNS)
			}
		}
		return ""
	}
	for _, q := range quads {
		if q.Predicate.Value() != vocab.VOIDClassPartition {
			continue
		}
		var of []string
		for _, p := range quads {
			if p.Subject == q.Object && p.Predicate.Value() == vocab.VOIDPropertyPartition {
				of = append(of, value(p.Object, vocab.VOIDProperty)+" "+value(p.Object, vocab.VOIDTriples))
			}
		}
		slices.Sort(of)
		out = append(out, fmt.Sprintf("%s %s: %s", value(q.Object, vocab.VOIDClass),
			value(q.Object, vocab.VOIDEntities), strings.Join(of, ", ")))
	}
	slices.Sort(out)
	return out
}

func TestDescribe(t *testing.T) {
	s := open(t, data)
	sn, err := s.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	defer sn.Close()
	dataset := term.NewIRI(base.Void())
	quads, err := Describe(t.Context(), sn, dataset)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"A 2: p 3, q 1, r 1, type 3", "B 2: p 1, type 3"}
	if got := partitions(quads); !slices.Equal(got, want) {
		t.Errorf("classes %q, want %q", got, want)
	}
	for property, n := range map[string]string{vocab.VOIDTriples: "10", vocab.VOIDEntities: "3",
		vocab.VOIDClasses: "2", vocab.VOIDProperties: "4"} {
		if !slices.ContainsFunc(quads, func(q term.Quad) bool {
			return q.Subject == dataset && q.Predicate.Value() == property && q.Object.Value() == n
		}) {
			t.Errorf("%s is not %s", property, n)
		}
	}
}

// TestFollower keeps the graph as the data are: it is written anew for a class or property that
// it lacks, and by nothing else, itself included.
func TestFollower(t *testing.T) {
	// The records of a catalogue; what else there is, is not described.
	in := func(n int, turtle string) string {
		return fmt.Sprintf("@prefix : <http://e/> . <%s> { %s }\n", base.Graph("s", fmt.Sprint(n)), turtle)
	}
	s := open(t, in(1, `:a a :A ; :p 1, 2 ; :q "x" . :b a :A, :B ; :p 1 . :set a <`+vocab.DCATDataset+`> .`)+
		`<http://e/other> { <http://e/a> <http://e/z> 1 . }`)
	at := dcat.Base("")
	f := follow.New(s, NewFollower(s, func() (dcat.Base, error) { return at, nil }))
	read := func() []string {
		t.Helper()
		if err := f.Reach(t.Context(), s.Seq()); err != nil {
			t.Fatal(err)
		}
		return partitions(graph(t, s))
	}
	if got := read(); len(got) > 0 {
		t.Errorf("without a base: %q", got)
	}
	at = base
	add(t, s, in(2, `:d a :A ; :p 9 .`))
	set := vocab.DCATDataset + " 1: type 1"
	want := []string{"A 3: p 4, q 1, type 4", "B 1: p 1, type 2", set}
	if got := read(); !slices.Equal(got, want) {
		t.Errorf("first: %q, want %q", got, want)
	}
	seq := s.Seq()
	add(t, s, in(3, `:e a :A ; :p 10 .`)+"<http://e/other> { <http://e/a> a <http://e/Z> . }") // nothing new
	if got := read(); !slices.Equal(got, want) || s.Seq() != seq+1 {
		t.Errorf("nothing new: %q after %d commits", got, s.Seq()-seq)
	}
	add(t, s, in(3, `:e :r 10 . :f a :C .`))
	want = []string{"A 4: p 5, q 1, r 1, type 5", "B 1: p 1, type 2", "C 1: type 1", set}
	if got := read(); !slices.Equal(got, want) {
		t.Errorf("a new class: %q, want %q", got, want)
	}
	seq = s.Seq()
	again := follow.New(s, NewFollower(s, func() (dcat.Base, error) { return base, nil })) // a new start
	if err := again.Reach(t.Context(), s.Seq()); err != nil || s.Seq() != seq {
		t.Errorf("a new start made %d commits: %v", s.Seq()-seq, err)
	}
	add(t, s, in(4, `:e2 a :C . :more a <`+vocab.DCATDataset+`> .`))
	if got := read(); !slices.Contains(got, "C 2: type 2") {
		t.Errorf("grown by more than a fifth: %q", got)
	}
}

// graph returns the description in a store.
func graph(t *testing.T, s *store.Store) (out []term.Quad) {
	t.Helper()
	sn, err := s.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	defer sn.Close()
	for q, err := range quads(t.Context(), sn, term.NewIRI(base.VoidGraph())) {
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, q)
	}
	return out
}

func quads(ctx context.Context, sn *store.Snapshot, graph term.Term) func(func(term.Quad, error) bool) {
	return func(yield func(term.Quad, error) bool) {
		id, ok, err := sn.Lookup(graph)
		if err != nil || !ok {
			return
		}
		for b, err := range sn.Batches(ctx, store.Pattern{G: id}, store.ScanOptions{Order: store.GSPO}) {
			if err != nil {
				yield(term.Quad{}, err)
				return
			}
			for i := range b.N {
				terms := make([]term.Term, 3)
				if err := sn.Terms([]store.ID{b.S[i], b.P[i], b.O[i]}, terms); err != nil {
					yield(term.Quad{}, err)
					return
				}
				if !yield(term.Quad{Subject: terms[0], Predicate: terms[1], Object: terms[2]}, nil) {
					return
				}
			}
		}
	}
}
