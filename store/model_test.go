package store

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"fincat/store/block"
	"fincat/vocab/term"
)

// model is the plain set of quads the store is compared with.
type model map[term.Quad]bool

func modelTerms() (subjects, predicates, objects, graphs []term.Term) {
	for i := range 12 {
		subjects = append(subjects, term.NewIRI(fmt.Sprintf("https://example.tw/dataset/%d", i)))
		objects = append(
			objects,
			subjects[i],
			term.NewString(fmt.Sprintf("標題 %d", i)),
			term.NewLiteral(
				fmt.Sprint(i),
				"http://www.w3.org/2001/XMLSchema#integer",
			),
			term.NewLangString("金融", "zh-Hant-TW"),
		)
	}
	objects = append(
		objects,
		term.NewTripleTerm(
			term.Triple{
				Subject:   subjects[0],
				Predicate: term.NewIRI("http://purl.org/dc/terms/p0"),
				Object:    objects[1],
			},
		),
	)
	for i := range 5 {
		predicates = append(predicates, term.NewIRI(fmt.Sprintf("http://purl.org/dc/terms/p%d", i)))
	}
	graphs = append(graphs, term.Term{})
	for i := range 6 {
		graphs = append(graphs, term.NewIRI(fmt.Sprintf("https://example.tw/graph/%d", i)))
	}
	return
}

// modelRun makes random changes to a store and a model alike.
type modelRun struct {
	t       *testing.T
	rng     *rand.Rand
	s       *Store
	m       model
	s1      []term.Term
	p1      []term.Term
	o1      []term.Term
	g1      []term.Term
	history map[uint64]model // as of the commits that are remembered
	oldest  uint64           // of them; states before a load cannot be looked back at
	values  map[string]string
	done    map[string]int // steps by name
}

func newModelRun(t *testing.T, s *Store, seed uint64) *modelRun {
	r := &modelRun{t: t, rng: rand.New(rand.NewPCG(seed, 1)), s: s, m: model{}, history: map[uint64]model{0: {}},
		values: map[string]string{}, done: map[string]int{}}
	r.s1, r.p1, r.o1, r.g1 = modelTerms()
	return r
}

func pick(rng *rand.Rand, ts []term.Term) term.Term { return ts[rng.IntN(len(ts))] }

func (r *modelRun) quad() term.Quad {
	return term.Quad{
		Subject:   pick(r.rng, r.s1),
		Predicate: pick(r.rng, r.p1),
		Object:    pick(r.rng, r.o1),
		Graph:     pick(r.rng, r.g1),
	}
}

func (r *modelRun) quads(n int) (qs []term.Quad) {
	for range r.rng.IntN(n + 1) {
		qs = append(qs, r.quad())
	}
	return qs
}

// step makes a random commit.
func (r *modelRun) step() {
	var c Change
	next := maps.Clone(r.m)
	dropGraph := func(g term.Term) {
		maps.DeleteFunc(next, func(q term.Quad, _ bool) bool { return q.Graph == g })
	}
	if r.rng.IntN(8) == 0 {
		c.Drop = []term.Term{pick(r.rng, r.g1)}
		dropGraph(c.Drop[0])
	}
	if r.rng.IntN(3) == 0 {
		g := pick(r.rng, r.g1)
		c.Replace = map[term.Term][]term.Quad{g: r.quads(20)}
		dropGraph(g)
		for _, q := range c.Replace[g] {
			q.Graph = g
			next[q] = true
		}
	}
	c.Remove, c.Add = r.quads(60), r.quads(70)
	for _, q := range c.Remove {
		delete(next, q)
	}
	for _, q := range c.Add {
		next[q] = true
	}
	if r.rng.IntN(4) == 0 {
		k, v := fmt.Sprint("name/", r.rng.IntN(5)), fmt.Sprint(r.rng.Int())
		c.Put = map[string][]byte{k: []byte(v)}
		r.values[k] = v
	}
	got, err := r.s.Commit(context.Background(), c)
	if err != nil {
		r.t.Fatalf("Commit: %v", err)
	}
	r.committed(got, next)
}

// committed compares what a commit says with what it should have done.
func (r *modelRun) committed(got Commit, next model) {
	r.t.Helper()
	var added, removed uint64
	for q := range next {
		if !r.m[q] {
			added++
		}
	}
	for q := range r.m {
		if !next[q] {
			removed++
		}
	}
	if got.Added != added || got.Removed != removed {
		r.t.Fatalf("Commit %d: added %d removed %d, want %d and %d", got.Seq, got.Added, got.Removed, added, removed)
	}
	r.m = next
	r.history[got.Seq] = next
	for r.oldest+300 < got.Seq {
		delete(r.history, r.oldest)
		r.oldest++
	}
}

// check compares a snapshot with a model: every order, patterns, counts, seeks,
// probes and statistics.
func (r *modelRun) check(sn *Snapshot, m model) {
	r.t.Helper()
	for o := SPOG; o < orders; o++ {
		r.checkScan(sn, m, Pattern{}, o)
	}
	for range 12 {
		r.checkScan(sn, m, r.pattern(sn, m), Order(r.rng.IntN(orders)))
	}
	r.checkProbe(sn, m, Order(r.rng.IntN(orders)), 1+r.rng.IntN(4))
	r.checkStats(sn, m)
	r.checkGraph(sn, m)
}

// checkGraph compares the count of one graph.
func (r *modelRun) checkGraph(sn *Snapshot, m model) {
	r.t.Helper()
	g := pick(r.rng, r.g1)
	var want uint64
	for q := range m {
		if q.Graph == g {
			want++
		}
	}
	if got, _, err := sn.Count(Pattern{G: r.id(sn, g)}); err != nil || got != want {
		r.t.Fatalf("Count of %v at %d = %d, %v, want %d", g, sn.Seq(), got, err, want)
	}
}

func (r *modelRun) id(sn *Snapshot, t term.Term) ID {
	id, ok, err := sn.Lookup(t)
	if err != nil {
		r.t.Fatalf("Lookup(%v): %v", t, err)
	}
	if !ok {
		return ID(7)
	}
	return id
}

func (r *modelRun) key(sn *Snapshot, q term.Quad) block.Key {
	return block.Key{r.id(sn, q.Subject), r.id(sn, q.Predicate), r.id(sn, q.Object), r.id(sn, q.Graph)}
}

func (r *modelRun) pattern(sn *Snapshot, m model) Pattern {
	k := r.key(sn, r.quad())
	for i := range k {
		if r.rng.IntN(2) == 0 {
			k[i] = Any
		}
	}
	return Pattern{S: k[0], P: k[1], O: k[2], G: k[3]}
}

func (r *modelRun) want(sn *Snapshot, m model, p Pattern, o Order) (want []block.Key) {
	pk := p.Key()
	for q := range m {
		k := r.key(sn, q)
		match := true
		for i := range k {
			match = match && (pk[i] == Any || pk[i] == k[i])
		}
		if match {
			want = append(want, k.In(o))
		}
	}
	slices.SortFunc(want, block.CompareKeys)
	return want
}

func readScan(t *testing.T, sc *Scan, o Order) (got []block.Key) {
	t.Helper()
	var b Batch
	for {
		ok, err := sc.Next(context.Background(), &b)
		if err != nil {
			t.Fatalf("Next: %v", err)
		}
		if !ok {
			return got
		}
		for i := range b.N {
			got = append(got, block.Key{b.S[i], b.P[i], b.O[i], b.G[i]}.In(o))
		}
	}
}

func (r *modelRun) checkScan(sn *Snapshot, m model, p Pattern, o Order) {
	r.t.Helper()
	want := r.want(sn, m, p, o)
	sc, err := sn.Scan(p, ScanOptions{Order: o})
	if err != nil {
		r.t.Fatalf("Scan: %v", err)
	}
	if got := readScan(r.t, sc, o); !slices.Equal(got, want) {
		r.t.Fatalf("Scan(%v, %v) at %d = %d quads, want %d", p, o, sn.Seq(), len(got), len(want))
	}
	n, exact, err := sn.Count(p)
	if err != nil || !exact || n != uint64(len(want)) {
		r.t.Fatalf("Count(%v) = %d, %v, %v, want %d", p, n, exact, err, len(want))
	}
	r.checkSeek(sn, p, o, want)
	if o <= OSPG {
		sc, _ := sn.Scan(p, ScanOptions{Order: o, Distinct: true})
		same := func(a, b block.Key) bool { return a[0] == b[0] && a[1] == b[1] && a[2] == b[2] }
		if got, want := readScan(r.t, sc, o), slices.CompactFunc(slices.Clone(want), same); !slices.Equal(got, want) {
			r.t.Fatalf("distinct Scan(%v, %v) = %d quads, want %d", p, o, len(got), len(want))
		}
	}
}

// checkSeek leaps through a scan that decodes a single column.
func (r *modelRun) checkSeek(sn *Snapshot, p Pattern, o Order, want []block.Key) {
	r.t.Helper()
	col := r.rng.IntN(4)
	sc, err := sn.Scan(p, ScanOptions{Order: o, Columns: 1 << o.Positions()[col]})
	if err != nil {
		r.t.Fatalf("Scan: %v", err)
	}
	defer sc.Close()
	at := 0
	for at < len(want) {
		target := want[r.rng.IntN(len(want))]
		for i := 1 + r.rng.IntN(4); i < 4; i++ {
			target[i] = 0
		}
		if err := sc.Seek(target); err != nil {
			r.t.Fatalf("Seek: %v", err)
		}
		for at < len(want) && want[at].Less(&target) {
			at++
		}
		var b Batch
		ok, err := sc.Next(context.Background(), &b)
		if err != nil || ok != (at < len(want)) {
			r.t.Fatalf("Next after Seek(%v) in %v %v = %v, %v, want %v", target, p, o, ok, err, at < len(want))
		}
		if ok {
			if got := *b.columns()[o.Positions()[col]]; got[0] != want[at][col] {
				r.t.Fatalf("Seek(%v) in %v found %v, want %v", target, o, got[0], want[at][col])
			}
			at += b.N
		}
	}
}

func (r *modelRun) checkProbe(sn *Snapshot, m model, o Order, k int) {
	r.t.Helper()
	var keys []block.Key
	for range 20 {
		kk := r.key(sn, r.quad()).In(o)
		for i := k; i < 4; i++ {
			kk[i] = 0
		}
		keys = append(keys, kk)
	}
	slices.SortFunc(keys, block.CompareKeys)
	cols := make([][]ID, k)
	for _, kk := range keys {
		for c := range cols {
			cols[c] = append(cols[c], kk[c])
		}
	}
	var out Matches
	opt := ScanOptions{Distinct: o <= OSPG && r.rng.IntN(2) == 0}
	if err := sn.Probe(context.Background(), o, k, cols, opt, &out); err != nil {
		r.t.Fatalf("Probe: %v", err)
	}
	if out.N > 1 {
		few := opt
		few.Most = 1 + r.rng.IntN(out.N-1)
		if err := sn.Probe(context.Background(), o, k, cols, few, &Matches{}); !errors.Is(err, ErrMany) {
			r.t.Fatalf("Probe for at most %d of %d matches: %v", few.Most, out.N, err)
		}
	}
	same := func(a, b block.Key) bool { return opt.Distinct && a[0] == b[0] && a[1] == b[1] && a[2] == b[2] }
	at := 0
	for i, kk := range keys {
		q := kk.Quad(o)
		for _, w := range slices.CompactFunc(r.want(sn, m, Pattern{S: q[0], P: q[1], O: q[2], G: q[3]}, o), same) {
			if at >= out.N || out.Row[at] != int32(i) ||
				(block.Key{out.S[at], out.P[at], out.O[at], out.G[at]}).In(o) != w {
				r.t.Fatalf("Probe(%v, %d): match %d is wrong", o, k, at)
			}
			at++
		}
	}
	if at != out.N {
		r.t.Fatalf("Probe(%v, %d) = %d matches, want %d", o, k, out.N, at)
	}
}

func (r *modelRun) checkStats(sn *Snapshot, m model) {
	r.t.Helper()
	type pair [2]term.Term
	subjects, objects, graphs := map[term.Term]map[term.Term]bool{}, map[term.Term]bool{}, map[term.Term]bool{}
	ps, po, pq := map[pair]bool{}, map[pair]bool{}, map[term.Term]uint64{}
	for q := range m {
		if subjects[q.Subject] == nil {
			subjects[q.Subject] = map[term.Term]bool{}
		}
		subjects[q.Subject][q.Predicate] = true
		objects[q.Object], graphs[q.Graph] = true, true
		ps[pair{q.Predicate, q.Subject}], po[pair{q.Predicate, q.Object}] = true, true
		pq[q.Predicate]++
	}
	st := sn.Stats()
	got := [5]uint64{st.Quads, st.Subjects, st.Objects, st.Predicates, st.Graphs}
	want := [5]uint64{
		uint64(len(m)),
		uint64(len(subjects)),
		uint64(len(objects)),
		uint64(len(pq)),
		uint64(len(graphs)),
	}
	if got != want {
		r.t.Fatalf("Stats at %d = %v, want %v", sn.Seq(), got, want)
	}
	for p, n := range pq {
		w := PredicateStats{Predicate: r.id(sn, p), Quads: n}
		for k := range ps {
			w.Subjects += b2n(k[0] == p)
		}
		for k := range po {
			w.Objects += b2n(k[0] == p)
		}
		if g := st.Predicate(w.Predicate); g != w {
			r.t.Fatalf("Stats of %v = %+v, want %+v", p, g, w)
		}
	}
	sets := map[string]uint64{}
	for _, preds := range subjects {
		var ids []ID
		for p := range preds {
			ids = append(ids, r.id(sn, p))
		}
		slices.Sort(ids)
		sets[fmt.Sprint(ids)]++
	}
	if len(st.CharacteristicSets()) != len(sets) {
		r.t.Fatalf("%d characteristic sets, want %d", len(st.CharacteristicSets()), len(sets))
	}
	for _, cs := range st.CharacteristicSets() {
		if w := sets[fmt.Sprint(cs.Predicates)]; cs.Subjects != w {
			r.t.Fatalf("set %v has %d subjects, want %d", cs.Predicates, cs.Subjects, w)
		}
	}
	n := 0
	for _, err := range sn.Graphs() {
		if err != nil {
			r.t.Fatalf("Graphs: %v", err)
		}
		n++
	}
	if n != len(graphs) {
		r.t.Fatalf("Graphs yields %d, want %d", n, len(graphs))
	}
}

func b2n(b bool) uint64 {
	if b {
		return 1
	}
	return 0
}

func TestUndo(t *testing.T) {
	s, err := Open(context.Background(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	r := newModelRun(t, s, 3)
	for range 10 {
		r.step()
	}
	for seq := s.Seq(); seq > 4; seq-- {
		if seq <= 10 {
			if _, err := s.Undo(context.Background(), seq, "alice"); err != nil {
				t.Fatalf("Undo(%d): %v", seq, err)
			}
			sn, _ := s.Snapshot()
			r.check(sn, r.history[seq-1])
			sn.Close()
		}
	}
}

func TestReopen(t *testing.T) {
	dir := t.TempDir()
	var r *modelRun
	for round := range 4 {
		s, err := Open(context.Background(), Options{Dir: dir, Sync: Interval})
		if err != nil {
			t.Fatal(err)
		}
		s.fold.shape = block.Shape{Rows: 200, Changes: 20, Patches: 3, Chunk: 64}
		if r == nil {
			r = newModelRun(t, s, 2)
		}
		r.s = s
		for range 20 {
			sn, err := s.Snapshot()
			if err != nil {
				t.Fatal(err)
			}
			r.check(sn, r.m)
			sn.Close()
			r.step()
			if r.rng.IntN(10) == 0 {
				if err := s.Fold(context.Background()); err != nil {
					t.Fatalf("Fold: %v", err)
				}
			}
		}
		if err := s.Close(); err != nil {
			t.Fatalf("close in round %d: %v", round, err)
		}
	}
}
