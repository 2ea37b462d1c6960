package listing

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/url"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"fincat/harvest/feed/events"
	"fincat/harvest/queries"
	"fincat/store"
	"fincat/vocab/dcat"
	"fincat/vocab/rdfio"
	"fincat/vocab/term"
)

const base = dcat.Base("https://data.example.tw/")

// describe is what the graphs of datasets say.
func describe(ctx context.Context, sn *store.Snapshot, list []*Dataset) (out [][]byte, err error) {
	for _, d := range list {
		var says []byte
		for _, g := range d.Graphs {
			for q, err := range sn.Match(ctx, store.Pattern{G: g}, store.GSPO) {
				if err != nil {
					return nil, err
				}
				if !slices.Contains(Bookkeeping[:], q.Predicate.Value()) {
					says = append(q.Triple().In(term.Term{}).Append(says), '\n')
				}
			}
		}
		out = append(out, says)
	}
	return out, nil
}

// clock is one that a test moves.
type clock struct{ t time.Time }

func (c *clock) now() time.Time {
	c.t = c.t.Add(time.Second)
	return c.t
}

func open(t *testing.T, s *store.Store, dir string, c *clock) *Follower {
	t.Helper()
	f, err := Open(Options{Store: s, Dir: dir, Describe: describe, Now: c.now})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func openStore(t *testing.T, o store.Options) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// record is the graph of a record, with a publisher, a format and a title by number.
func record(t *testing.T, id string, v int) (term.Term, []term.Quad) {
	t.Helper()
	text := fmt.Sprintf(`@base <%[1]s> .
@prefix dcat: <http://www.w3.org/ns/dcat#> . @prefix dct: <http://purl.org/dc/terms/> .
@prefix foaf: <http://xmlns.com/foaf/0.1/> . @prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
<dataset/%[2]s> a dcat:Dataset ; dct:title "Title %[3]d" , "標題 %[3]d 股票" ;
 dct:publisher <org/%[4]d> ; dcat:theme <theme/%[4]d> ;
 dcat:distribution <distribution/%[2]s/1> . <distribution/%[2]s/1> a dcat:Distribution ; dct:format <format/%[4]d> .
<catalog/one> dcat:dataset <dataset/%[2]s> . <catalog> dcat:dataset <dataset/%[2]s> .
<record/%[2]s> foaf:primaryTopic <dataset/%[2]s> ; dct:issued "2025-01-01T00:00:00Z"^^xsd:dateTime ;
 dct:modified "2025-01-02T00:00:%02[3]dZ"^^xsd:dateTime .`, base, id, v%60, v%3)
	return term.NewIRI(base.Graph("one", strings.TrimPrefix(id, "one/"))), read(t, text)
}

func tombstone(t *testing.T, id string) (term.Term, []term.Quad) {
	t.Helper()
	text := fmt.Sprintf(`@base <%s> . <record/%[2]s> <http://xmlns.com/foaf/0.1/primaryTopic> <dataset/%[2]s> ;
 <http://www.w3.org/ns/prov#invalidatedAtTime> "2026-05-05T00:00:00Z"^^<http://www.w3.org/2001/XMLSchema#dateTime> .`,
		base, id)
	return term.NewIRI(base.Graph("one", strings.TrimPrefix(id, "one/"))), read(t, text)
}

func read(t *testing.T, turtle string) []term.Quad {
	t.Helper()
	quads, err := rdfio.ReadAll(t.Context(), strings.NewReader(turtle), rdfio.ReadOptions{Format: rdfio.Turtle})
	if err != nil {
		t.Fatal(err)
	}
	return quads
}

func commit(t *testing.T, s *store.Store, c store.Change) {
	t.Helper()
	if _, err := s.Commit(t.Context(), c); err != nil {
		t.Fatal(err)
	}
}

// put replaces a record's graph.
func put(t *testing.T, s *store.Store, id string, v int) {
	t.Helper()
	g, quads := record(t, id, v)
	commit(t, s, store.Change{Replace: map[term.Term][]term.Quad{g: quads}})
}

func current(t *testing.T, f *Follower) *Listing {
	t.Helper()
	sn, l, err := f.Current(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer sn.Close()
	if l.Seq > sn.Seq() {
		t.Fatalf("the listing of commit %d goes with the state of %d", l.Seq, sn.Seq())
	}
	return l
}

// names are the IRIs of datasets with how much their records say.
func names(list []*Dataset) (out []string) {
	for _, d := range list {
		out = append(out, fmt.Sprint(d.IRI, d.Statements))
	}
	return out
}

// line is everything about a dataset but its digest and time of change.
func line(d *Dataset) string {
	return fmt.Sprint(d.IRI, d.Removed, d.Sources, d.Publishers, d.Owners, d.Themes, d.Formats, d.Created,
		d.titles, d.Files)
}

// checkListing compares a listing with one that is read anew, and its lists with each
// other.
func checkListing(t *testing.T, f *Follower, l *Listing) {
	t.Helper()
	sn, err := f.o.Store.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	defer sn.Close()
	fresh, err := f.read(t.Context(), sn, newNaming())
	if err != nil {
		t.Fatal(err)
	}
	fresh.sort()
	var got, want []string
	for _, d := range l.Live {
		got = append(got, fmt.Sprint(line(d), d.Digest, d.Graphs, d.Series, names(l.Together(d))))
	}
	for _, d := range fresh.All {
		if !d.Removed {
			want = append(want, fmt.Sprint(line(d), d.Digest, d.Graphs, d.Series, names(fresh.Together(d))))
		} else if is := l.Find(d.IRI); is == nil || !is.Removed {
			t.Errorf("%s was removed, the listing has %+v", d.IRI, is)
		}
	}
	if !slices.Equal(got, want) {
		t.Fatalf("followed:\n%s\nread:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if !slices.IsSortedFunc(l.All, byIRI) || !slices.IsSortedFunc(l.Live, byIRI) ||
		!slices.IsSortedFunc(l.Recent, byTime) || len(l.Recent) != len(l.Live) ||
		!slices.IsSortedFunc(l.Titled, byTitle) || len(l.Titled) != len(l.Live) {
		t.Errorf("lists of %d, %d and %d are not sorted", len(l.All), len(l.Live), len(l.Recent))
	}
}

// state is what the log makes of the changes: the datasets and when each changed.
func state(t *testing.T, f *Follower) map[string]string {
	t.Helper()
	log, err := f.Log(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	out, last := map[string]string{}, time.Time{}
	for _, fr := range log.Fragments() {
		_, changes, err := log.Read(t.Context(), fr.Number)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range changes {
			before, ok := out[c.IRI]
			alive := ok && before != "gone"
			if alive != (c.Kind != events.Create) || c.At.Before(last) ||
				(c.Kind == events.Delete) != (len(c.Text) == 0) {
				t.Fatalf("%c %s at %v after %q at %v", c.Kind, c.IRI, c.At, before, last)
			}
			if last = c.At; c.Kind == events.Delete {
				out[c.IRI] = "gone"
			} else {
				out[c.IRI] = fmt.Sprint(c.At, c.Digest)
			}
		}
	}
	return out
}

// TestFollowAnything makes random commits, restarts, trimmed logs and steps over many
// commits, and compares what was followed with the store and with what the log says.
func TestFollowAnything(t *testing.T) {
	s := openStore(t, store.Options{History: -1})
	rng := rand.New(rand.NewPCG(1, 2))
	dir, c := filepath.Join(t.TempDir(), "feed"), &clock{time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)}
	f := open(t, s, dir, c)
	for i := range 250 {
		id := fmt.Sprint("one/", rng.IntN(12))
		switch rng.IntN(16) {
		case 0:
			g, quads := tombstone(t, id)
			commit(t, s, store.Change{Replace: map[term.Term][]term.Quad{g: quads}})
		case 1:
			commit(t, s, store.Change{Drop: []term.Term{term.NewIRI(string(base) + "graph/" + id)}})
		case 2:
			f = open(t, s, dir, c)
		case 7, 8:
			links := read(t, same(id, fmt.Sprint("one/", rng.IntN(12))))
			change := store.Change{Add: links}
			if rng.IntN(2) == 0 {
				change = store.Change{Remove: links}
			}
			commit(t, s, change)
		case 6:
			own := dcat.OwnGraph(string(base) + "graph/" + id)
			quads := read(t, fmt.Sprintf("<http://e/%d> <http://e/p> <http://e/o> .", rng.IntN(3)))
			commit(t, s, store.Change{Replace: map[term.Term][]term.Quad{term.NewIRI(own): quads}})
		case 3:
			if _, err := s.Compact(t.Context()); err != nil {
				t.Fatal(err)
			}
		case 9, 10:
			name := rng.IntN(2)
			quads := read(t, series(name, rng.IntN(3), id, fmt.Sprint("one/", rng.IntN(12))))
			commit(t, s, store.Change{Replace: map[term.Term][]term.Quad{
				term.NewIRI(base.SeriesGraph(fmt.Sprint(name))): quads}})
		case 11: // what is said of a series outside of its graph
			commit(t, s, store.Change{Add: read(t, series(rng.IntN(2), rng.IntN(3), id, id))})
		case 4:
			commit(t, s, store.Change{Add: read(t, owner(id))})
		case 5:
			commit(t, s, store.Change{Remove: read(t, owner(id))})
		default:
			put(t, s, id, rng.IntN(5))
		}
		if rng.IntN(3) > 0 {
			continue
		}
		l := current(t, f)
		checkListing(t, f, l)
		told := state(t, f)
		for _, d := range l.Live {
			if want := told[d.IRI]; !strings.HasPrefix(want, d.Changed.String()) {
				t.Fatalf("round %d: %s changed at %v, the log says %s", i, d.IRI, d.Changed, want)
			}
		}
		for iri, was := range told {
			if d := l.Find(iri); d == nil || d.Removed != (was == "gone") {
				t.Fatalf("round %d: the log says %s of %s, the listing %+v", i, was, iri, d)
			}
		}
	}
}

// owner says outside its record who owns a dataset.
func owner(id string) string {
	return fmt.Sprintf("<%sdataset/%s> <http://purl.org/dc/terms/creator> <%[1]sorg/9> .", base, id)
}

// same says outside their records that two datasets are the same.
func same(a, b string) string {
	return fmt.Sprintf("<%[1]sdataset/%[2]s> <http://www.w3.org/2002/07/owl#sameAs> <%[1]sdataset/%[3]s> . "+
		"<%[1]sdataset/%[3]s> <http://www.w3.org/2002/07/owl#sameAs> <%[1]sdataset/%[2]s> .", base, a, b)
}

// series puts two datasets in a series with a title.
func series(name, title int, a, b string) string {
	return fmt.Sprintf("<%[1]sseries/%[2]d> <http://purl.org/dc/terms/title> \"%[3]d\" . <%[1]sdataset/%[4]s> "+
		"<http://www.w3.org/ns/dcat#inSeries> <%[1]sseries/%[2]d> . <%[1]sdataset/%[5]s> "+
		"<http://www.w3.org/ns/dcat#inSeries> <%[1]sseries/%[2]d> .", base, name, title, a, b)
}

// TestTogether links datasets in a row, and looks at what stands for them.
func TestTogether(t *testing.T) {
	s := openStore(t, store.Options{})
	f := open(t, s, "", &clock{time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)})
	for i := range 5 {
		put(t, s, fmt.Sprint("one/", i), i)
	}
	current(t, f)
	own := term.NewIRI(dcat.OwnGraph(base.Graph("one", "2")))
	richer := read(t, "<http://e/1> <http://e/p> 1, 2 .")
	commit(t, s, store.Change{Replace: map[term.Term][]term.Quad{own: richer}})
	commit(t, s, store.Change{Add: read(t, same("one/1", "one/2")+same("one/2", "one/3"))})
	l := current(t, f)
	ends := func(list []*Dataset) string {
		var out []string
		for _, d := range list {
			out = append(out, d.IRI[len(d.IRI)-1:])
		}
		return strings.Join(out, " ")
	}
	if got := l.Live[0].Sources; !slices.Equal(got, []string{base.SourceCatalog("one")}) {
		t.Errorf("the sources of a dataset are %q", got)
	}
	for got, want := range map[string]string{
		ends(l.Merged(l.Live)): "0 2 4", ends(l.Together(l.Find(base.Dataset("one", "3")))): "2 1 3",
		ends(l.Together(l.Live[0])): "0",
	} {
		if got != want {
			t.Errorf("together: %s, want %s", got, want)
		}
	}
	without := slices.DeleteFunc(slices.Clone(l.Live), func(d *Dataset) bool { return strings.HasSuffix(d.IRI, "2") })
	if got := ends(l.Merged(without)); got != "0 1 4" {
		t.Errorf("without the one that says most: %s", got)
	}
	commit(t, s, store.Change{Drop: []term.Term{term.NewIRI(base.Graph("one", "2"))}})
	if got := ends(current(t, f).Merged(current(t, f).Live)); got != "0 1 3 4" {
		t.Errorf("after the middle one went: %s", got)
	}
}

// TestChangeTimes looks at when datasets count as changed.
func TestChangeTimes(t *testing.T) {
	s := openStore(t, store.Options{})
	c := &clock{time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)}
	put(t, s, "one/a", 1)
	put(t, s, "one/b", 2)
	f := open(t, s, "", c)
	l := current(t, f)
	a, b := base.Dataset("one", "a"), base.Dataset("one", "b")
	if got := l.Find(a).Changed; !got.Equal(time.Date(2025, 1, 2, 0, 0, 1, 0, time.UTC)) {
		t.Errorf("what was there before changed at %v, want the time of its record", got)
	}
	then := l.Find(b).Changed
	commit(t, s, store.Change{Add: []term.Quad{{Subject: term.NewIRI(base.Record("one", "a")),
		Predicate: term.NewIRI(Bookkeeping[0]), Object: term.NewString("1"),
		Graph: term.NewIRI(base.Graph("one", "a"))}}})
	if got := current(t, f).Find(a).Changed; !got.Equal(l.Find(a).Changed) {
		t.Errorf("bookkeeping changes a dataset at %v", got)
	}
	put(t, s, "one/a", 7)
	before := current(t, f)
	if got := before.Find(a).Changed; !got.After(then) || got.Before(c.t.Add(-time.Minute)) {
		t.Errorf("what changes now changed at %v", got)
	}
	if got := before.Find(b).Changed; !got.Equal(then) {
		t.Errorf("what did not change changed at %v, want %v", got, then)
	}
	if got := before.Recent[0].IRI; got != a {
		t.Errorf("%s changed last, want %s", got, a)
	}
	g, quads := tombstone(t, "one/b")
	commit(t, s, store.Change{Replace: map[term.Term][]term.Quad{g: quads}})
	after := current(t, f)
	if d := after.Find(b); d == nil || !d.Removed || !d.Changed.After(then) || len(after.Live) != 1 ||
		len(after.All) != 2 {
		t.Errorf("what was removed is %+v", d)
	}
	if d := before.Find(b); d.Removed || len(before.Live) != 2 {
		t.Error("an earlier listing has changed")
	}
}

// TestRemovedBelong asks that what was removed belongs where it did before, also after a start:
// whether a follower saw it go, or it went while none was there, or left a record, or came with
// an owner that a link has found.
func TestRemovedBelong(t *testing.T) {
	s, dir := openStore(t, store.Options{}), filepath.Join(t.TempDir(), "feed")
	c := &clock{time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)}
	ids := []string{"a", "b", "c", "d"}
	for _, id := range ids {
		put(t, s, "one/"+id, 1)
		commit(t, s, store.Change{Add: read(t, owner("one/"+id))})
	}
	drop := func(id string) {
		t.Helper()
		commit(t, s, store.Change{Drop: []term.Term{term.NewIRI(base.Graph("one", id))},
			Remove: read(t, owner("one/"+id))})
	}
	look := func(when string, f *Follower, gone ...string) {
		t.Helper()
		l := current(t, f)
		for _, id := range ids {
			d := l.Find(base.Dataset("one", id))
			if d == nil || d.Removed != slices.Contains(gone, id) {
				t.Fatalf("%s: %s is %+v", when, id, d)
			}
			want := fmt.Sprint([]string{base.SourceCatalog("one")}, []string{base.Org("1")}, []string{base.Org("9")},
				[]string{string(base) + "theme/1"}, []string{string(base) + "format/1"})
			if got := fmt.Sprint(d.Sources, d.Publishers, d.Owners, d.Themes, d.Formats); got != want {
				t.Errorf("%s: %s is of %s, want %s", when, id, got, want)
			}
		}
	}
	f := open(t, s, dir, c)
	look("first", f)
	drop("a")
	look("one went", f, "a")
	look("after a start", open(t, s, dir, c), "a")
	drop("b")
	g, quads := tombstone(t, "one/c")
	commit(t, s, store.Change{Replace: map[term.Term][]term.Quad{g: quads}, Remove: read(t, owner("one/c"))})
	look("two went while nobody looked", open(t, s, dir, c), "a", "b", "c")
	look("after another start", open(t, s, dir, c), "a", "b", "c")
	f = open(t, s, dir, c)
	put(t, s, "one/b", 1)
	commit(t, s, store.Change{Add: read(t, owner("one/b"))})
	look("one came back", f, "a", "c")
	look("and a start", open(t, s, dir, c), "a", "c")
}

// TestManyRemovedBelong has more removed at once, while nobody looks, than are looked back at.
func TestManyRemovedBelong(t *testing.T) {
	s, dir := openStore(t, store.Options{}), filepath.Join(t.TempDir(), "feed")
	c := &clock{time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)}
	all, gone := map[term.Term][]term.Quad{}, []term.Term{}
	for i := range manyDatasets + 1 {
		g, quads := record(t, fmt.Sprint("one/", i), i)
		all[g], gone = quads, append(gone, g)
	}
	commit(t, s, store.Change{Replace: all})
	current(t, open(t, s, dir, c))
	commit(t, s, store.Change{Drop: gone})
	for range 2 {
		for i, d := range current(t, open(t, s, dir, c)).All {
			n, _ := strings.CutPrefix(d.IRI, string(base)+"dataset/one/")
			number, err := strconv.Atoi(n)
			if err != nil {
				t.Fatal(err)
			}
			of := fmt.Sprint(number % 3)
			want := fmt.Sprint(true, []string{base.SourceCatalog("one")}, []string{base.Org(of)},
				[]string{string(base) + "theme/" + of}, []string{string(base) + "format/" + of})
			if got := fmt.Sprint(d.Removed, d.Sources, d.Publishers, d.Themes, d.Formats); got != want {
				t.Fatalf("number %d, %s, is of %s, want %s", i, d.IRI, got, want)
			}
		}
	}
}

// TestEarlierStates asks for listings of states that are not the newest.
func TestEarlierStates(t *testing.T) {
	s := openStore(t, store.Options{})
	c := &clock{time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)}
	f := open(t, s, "", c)
	put(t, s, "one/a", 1)
	first, _ := s.Snapshot()
	defer first.Close()
	current(t, f)
	commit(t, s, store.Change{Put: map[string][]byte{"x": []byte("y")}}) // changes no graph
	same, _ := s.Snapshot()
	defer same.Close()
	put(t, s, "one/b", 1)
	passed, _ := s.Snapshot()
	defer passed.Close()
	put(t, s, "one/c", 1)
	current(t, f)
	for i, sn := range []*store.Snapshot{first, same, passed} {
		l, err := f.At(t.Context(), sn)
		if want := max(1, i); err != nil || len(l.Live) != want {
			t.Errorf("the listing of commit %d is %+v, %v, want %d datasets", sn.Seq(), l, err, want)
		}
	}
}

func TestFiltered(t *testing.T) {
	s := openStore(t, store.Options{})
	for i := range 6 {
		put(t, s, fmt.Sprint("one/", i), i)
	}
	commit(t, s, store.Change{Add: read(t, fmt.Sprintf(`@base <%s> . <org/1> <https://w3id.org/fincat/ns#sector> <sector/x> .
		<dataset/one/0> <http://purl.org/dc/terms/creator> <org/1> .`, base))})
	f := open(t, s, "", &clock{time.Now()})
	l := current(t, f)
	tests := []struct{ query, want string }{
		{"", "0 1 2 3 4 5"}, {"publisher=1", "0 1 4"}, {"sector=x", "0 1 4"}, {"sector=y", ""}, {"theme=2", "2 5"},
		{"source=one", "0 1 2 3 4 5"}, {"source=two", ""}, {"format=" + string(base) + "format/0", "0 3"},
		{"q=TITLE 3", "3"}, {"q=股票 3", "3"}, {"q=title 股票", ""}, {"modified_since=2025-01-02T00:00:04Z", "4 5"},
		{"publisher=1&q=4", "4"},
	}
	for _, tt := range tests {
		v, err := url.ParseQuery(tt.query)
		if err != nil {
			t.Fatal(err)
		}
		filter, err := queries.ParseFilter(base, v)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, d := range l.Filtered(l.Live, filter) {
			got = append(got, strings.TrimPrefix(d.IRI, string(base)+"dataset/one/"))
		}
		if strings.Join(got, " ") != tt.want {
			t.Errorf("%s selects %v, want %s", tt.query, got, tt.want)
		}
	}
}
