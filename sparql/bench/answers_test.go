package bench_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"fincat/sparql/bench"
	"fincat/sparql/bench/catalogue"
	"fincat/sparql/enginetest"
	"fincat/sparql/protocol"
	"fincat/sparql/syntax"
	"fincat/store"
	"fincat/vocab"
	"fincat/vocab/term"
)

const queryDir = "../../testdata/bench"

// made returns a small catalogue and an endpoint that serves it.
func made(t *testing.T, datasets int) ([]term.Quad, string, *store.Store) {
	t.Helper()
	all, err := catalogue.Quads(catalogue.Options{Datasets: datasets, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	var quads []term.Quad
	for q, err := range all {
		if err != nil {
			t.Fatal(err)
		}
		quads = append(quads, q)
	}
	st, err := store.Open(t.Context(), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { st.Close() })
	if _, err := st.Commit(t.Context(), store.Change{Add: quads}); err != nil {
		t.Fatal(err)
	}
	h, err := protocol.NewHandler(protocol.Options{Engine: enginetest.Engine(t, st), Store: st,
		Authorize: func(*http.Request) (string, error) { return "tester", nil }})
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return quads, s.URL, st
}

// graph finds the objects of subjects and predicates, and the other way round.
type graph struct{ objects, subjects map[[2]string][]string }

func graphOf(quads []term.Quad) graph {
	g := graph{map[[2]string][]string{}, map[[2]string][]string{}}
	for _, q := range quads {
		s, p, o := q.Subject.Value(), q.Predicate.Value(), q.Object.String()
		if q.Object.IsIRI() {
			o = q.Object.Value()
		}
		g.objects[[2]string{s, p}] = append(g.objects[[2]string{s, p}], o)
		g.subjects[[2]string{p, o}] = append(g.subjects[[2]string{p, o}], s)
	}
	return g
}

func (g graph) get(s, p string) []string { return g.objects[[2]string{s, p}] }
func (g graph) of(p, o string) []string  { return g.subjects[[2]string{p, o}] }
func (g graph) has(s, p, o string) bool  { return slices.Contains(g.get(s, p), o) }

// reach returns how many nodes are reached from one over predicates, by steps of at least one.
func (g graph) reach(from string, predicates ...string) map[string]bool {
	seen, todo := map[string]bool{}, []string{from}
	for len(todo) > 0 {
		at := todo[0]
		todo = todo[1:]
		for _, p := range predicates {
			for _, next := range g.get(at, p) {
				if !seen[next] {
					seen[next] = true
					todo = append(todo, next)
				}
			}
		}
	}
	return seen
}

// counts are the answers to some of the queries, found by plain loops over the statements:
// how many solutions there are, or the number that is the only one.
func counts(quads []term.Quad, datasets int) map[string]int {
	g, out := graphOf(quads), map[string]int{}
	ds := g.of(vocab.RDFType, vocab.DCATDataset)
	people := g.of(vocab.RDFType, vocab.FOAFPerson)
	id := func(kind string, i int) string { return catalogue.Base + kind + "/" + strconv.Itoa(i) }
	out["count-all"] = len(quads)
	subjects := map[string]bool{}
	for _, q := range quads {
		subjects[q.Subject.Value()] = true
	}
	out["count-subjects"] = len(subjects)
	out["exists-hub"] = len(g.of(vocab.FOAFKnows, id("person", 0)))
	for _, s := range g.of(vocab.RDFType, vocab.DCATDataService) {
		out["catalogue-services"] += len(g.get(s, vocab.DCATServesDataset))
	}
	out["path-long-chain"] = countAbove(g, datasets)
	for _, d := range ds {
		if len(g.get(d, vocab.DCTLicense)) == 0 {
			out["catalogue-no-licence"]++
		}
		if len(g.get(d, vocab.DCTDescription)) == 0 {
			out["optional-unbound"]++
		}
		if len(g.of(vocab.DCTSource, d)) > 0 && len(g.get(d, vocab.DCTSource)) == 0 {
			out["exists-two"]++
		}
		for _, c := range g.get(d, vocab.DCTCreator) {
			if g.has(c, vocab.ORGSubOrganizationOf, g.get(d, vocab.DCTPublisher)[0]) {
				out["catalogue-owner"]++
			}
		}
		if len(g.of(vocab.DCATServesDataset, d)) == 0 && len(g.get(d, vocab.DCATInSeries)) == 0 {
			out["exists-minus"]++
		}
		if len(g.get(d, vocab.DQVHasQualityMeasurement)) > 0 {
			out["latest-by-not-exists"]++
			out["latest-by-subquery"]++
		}
		if g.reach(d, vocab.DCTRelation, vocab.DCTSource)[d] {
			out["path-cycle"]++
		}
		for _, title := range g.get(d, vocab.DCTTitle) {
			if strings.Contains(strings.ToLower(title), "insurance") {
				out["text-contains"]++
			}
		}
		for _, r := range g.get(d, vocab.DCTRelation) {
			if g.has(r, vocab.DCTSource, d) {
				out["cycle-relation"]++
			}
		}
		out["star-many-values"] += len(g.get(d, vocab.DCATKeyword)) * len(g.get(d, vocab.DCATTheme)) *
			len(g.get(d, vocab.DCATDistributionProperty))
	}
	for _, a := range people {
		common := false
		for _, b := range g.get(a, vocab.FOAFKnows) {
			if g.has(b, vocab.FOAFKnows, a) {
				out["cycle-mutual"]++
			}
			for _, c := range g.get(b, vocab.FOAFKnows) {
				if g.has(a, vocab.FOAFKnows, c) {
					out["cycle-triangle"]++
				}
				if g.has(c, vocab.FOAFKnows, a) {
					out["cycle-directed"]++
				}
			}
			for _, d := range g.get(a, vocab.FOAFInterest) {
				if g.has(b, vocab.FOAFInterest, d) {
					out["cycle-skewed"]++
					common = true
				}
				for _, e := range g.get(b, vocab.FOAFInterest) {
					if g.has(d, vocab.DCTSource, e) {
						out["cycle-square"]++
					}
				}
			}
			for _, o := range g.get(a, vocab.ORGMemberOf) {
				if g.has(b, vocab.ORGMemberOf, o) {
					out["cycle-colleagues"]++
				}
			}
		}
		if !common {
			out["exists-not"]++
		}
	}
	out["path-reach"] = len(g.reach(id("dataset", 4), vocab.DCTRelation, vocab.DCTSource))
	if !g.reach(id("dataset", 4), vocab.DCTRelation, vocab.DCTSource)[id("dataset", 4)] {
		out["path-reach"]++ // a path of no steps
	}
	return out
}

// countAbove counts the datasets from which the chain leads to number 7: every tenth.
func countAbove(g graph, datasets int) (n int) {
	seven := catalogue.Base + "dataset/7"
	for i := range datasets {
		if g.reach(catalogue.Base+"dataset/"+strconv.Itoa(i), vocab.DCTReplaces)[seven] {
			n++
		}
	}
	return n
}

// TestAnswers asks the queries over HTTP and holds the answers to what plain loops find.
func TestAnswers(t *testing.T) {
	const datasets = 230
	quads, url, _ := made(t, datasets)
	queries, err := bench.Queries(os.DirFS(queryDir), "")
	if err != nil {
		t.Fatal(err)
	}
	texts := map[string]string{}
	for _, q := range queries {
		texts[q.Name] = q.Text
	}
	client := protocol.NewClient(protocol.ClientOptions{AllowPrivate: true})
	want := counts(quads, datasets)
	if len(want) < 20 {
		t.Fatalf("only %d answers are known", len(want))
	}
	for name, n := range want {
		if n == 0 {
			t.Errorf("%s: the catalogue has nothing to find", name)
		}
		a, err := client.Query(t.Context(), protocol.Request{Endpoint: url + "/sparql", Query: texts[name]})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		got, single := 0, -1
		for s, err := range a.Results.Solutions() {
			if err != nil {
				t.Fatal(err)
			}
			got++
			if v, err := strconv.Atoi(s[0].Value()); err == nil && len(s) == 1 && s[0].Datatype() == vocab.XSDInteger {
				single = v
			}
		}
		a.Close()
		if single >= 0 && got == 1 {
			got = single
		}
		if got != n {
			t.Errorf("%s: %d, want %d", name, got, n)
		}
	}
}

// TestSet asks of the set that it is large, valid, and covers what it is for, and that an
// endpoint agrees with itself about it; updates leave the store as it was.
func TestSet(t *testing.T) {
	queries, err := bench.Queries(os.DirFS(queryDir), "")
	if err != nil {
		t.Fatal(err)
	}
	kinds, updates := map[string]int{}, 0
	for _, q := range queries {
		kind, _, _ := strings.Cut(q.Name, "-")
		kinds[kind]++
		asked := q.Text
		if q.IsUpdate() {
			updates++
			asked = q.Check
			for _, text := range []string{q.Text, q.Undo} {
				if _, err := syntax.ParseUpdate(text, syntax.Options{}); err != nil {
					t.Errorf("%s: %v", q.Name, err)
				}
			}
		}
		if _, err := syntax.ParseQuery(asked, syntax.Options{}); err != nil {
			t.Errorf("%s: %v", q.Name, err)
		}
		if !strings.HasPrefix(q.Text, "# ") {
			t.Errorf("%s does not say what it asks", q.Name)
		}
	}
	for _, kind := range []string{"catalogue", "cycle", "star", "optional", "exists", "latest", "path", "text",
		"values", "order", "count", "group", "update"} {
		if kinds[kind] < 3 {
			t.Errorf("%d queries of the kind %s", kinds[kind], kind)
		}
	}
	if len(queries)-updates < 60 || updates < 5 {
		t.Errorf("%d queries and %d updates", len(queries)-updates, updates)
	}
	_, url, st := made(t, 60)
	before := contents(t, st)
	report, err := bench.Run(t.Context(), bench.Options{
		Client:  protocol.NewClient(protocol.ClientOptions{AllowPrivate: true, Timeout: time.Minute}),
		Timeout: time.Minute, Queries: queries, WarmUp: 1, Rounds: 1,
		Endpoints: []bench.Endpoint{{url + "/sparql", url + "/update"}, {url + "/sparql", url + "/update"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if report.Differing+report.Failing+report.TimedOut > 0 || report.Ratio <= 0 {
		t.Errorf("an endpoint disagrees with itself: %d, %d fail, %d time out, ratio %v", report.Differing,
			report.Failing, report.TimedOut, report.Ratio)
	}
	for _, q := range report.Queries {
		for _, run := range q.Runs {
			if run.Error != "" || run.Cold <= 0 || run.Median <= 0 {
				t.Errorf("%s: %+v", q.Name, run)
			}
		}
		if q.Update && q.Runs[0].Results == 0 {
			t.Errorf("%s: nothing shows what it did", q.Name)
		}
	}
	if after := contents(t, st); !slices.Equal(after, before) {
		t.Errorf("the updates leave %d quads where there were %d", len(after), len(before))
	}
}

// contents returns all quads of a store.
func contents(t *testing.T, st *store.Store) (out []term.Quad) {
	t.Helper()
	snapshot, err := st.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	defer snapshot.Close()
	for q, err := range snapshot.Match(t.Context(), store.Pattern{}, store.SPOG) {
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, q)
	}
	return out
}
