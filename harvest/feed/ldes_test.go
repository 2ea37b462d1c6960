package feed

import (
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"

	"fincat/sparql/shacl"
	"fincat/store"
	"fincat/vocab"
	"fincat/vocab/rdfio"
	"fincat/vocab/term"
)

// ldesPages walks through the stream and returns what each page says.
func ldesPages(t *testing.T, h http.Handler, accept string) map[string][]term.Quad {
	t.Helper()
	pages, next := map[string][]term.Quad{}, []string{string(base) + "feed/ldes"}
	for len(next) > 0 {
		address := next[0]
		next = next[1:]
		if pages[address] != nil {
			continue
		}
		w := get(h, address, "Accept", accept)
		if got := w.Header().Get("Content-Type"); got != accept {
			t.Fatalf("%s is %s, want %s", address, got, accept)
		}
		pages[address] = parse(t, w)
		for _, q := range pages[address] {
			if q.Predicate.Value() == vocab.TREENodeProperty {
				next = append(next, q.Object.Value())
			}
		}
	}
	return pages
}

// members replays the stream: the datasets it leaves, and how many members there are.
func members(pages map[string][]term.Quad) (alive []string, n int) {
	type member struct{ kind, object, at string }
	all := map[string]*member{}
	for _, quads := range pages {
		for _, q := range quads {
			s := q.Subject.Value()
			if !strings.Contains(s, "#") || !strings.HasPrefix(s, string(base)+"feed/ldes/") {
				continue
			}
			if all[s] == nil {
				all[s] = &member{}
			}
			switch o := q.Object.Value(); q.Predicate.Value() {
			case vocab.RDFType:
				all[s].kind = o
			case vocab.ASObjectProperty:
				all[s].object = o
			case vocab.ASPublished:
				all[s].at = o
			}
		}
	}
	newest := map[string]*member{}
	for _, m := range all {
		if m.object == "" {
			continue
		}
		n++
		if was := newest[m.object]; was == nil || was.at < m.at {
			newest[m.object] = m
		}
	}
	for iri, m := range newest {
		if m.kind != vocab.ASDelete {
			alive = append(alive, iri)
		}
	}
	slices.Sort(alive)
	return alive, n
}

func TestLDES(t *testing.T) {
	h, mux := newHandlerOver(t, manyDatasets(600))
	get(mux, "feed/ldes") // everything is created
	touch(t, h, "5")
	get(mux, "feed/ldes")
	gone := term.NewIRI(base.Graph("one", "6"))
	if _, err := h.Store.Commit(t.Context(), store.Change{Drop: []term.Term{gone}}); err != nil {
		t.Fatal(err)
	}
	var want []string
	for i := range 600 {
		if i != 6 {
			want = append(want, base.Dataset("one", fmt.Sprint(i)))
		}
	}
	slices.Sort(want)
	shapes := feedShapes(t)
	for _, accept := range []string{"text/turtle", "application/ld+json", "application/trig"} {
		pages := ldesPages(t, mux, accept)
		got, n := members(pages)
		if !slices.Equal(got, want) || n != 602 || len(pages) != 5 {
			t.Errorf("%s: %d pages with %d members leave %d datasets, want %d", accept, len(pages), n, len(got),
				len(want))
		}
		for address, quads := range pages {
			conforms(t, shapes, address, quads)
			for _, q := range quads {
				said := strings.HasPrefix(q.Subject.Value(), string(base)+"dataset/")
				trig, inGraph := accept == "application/trig", !q.Graph.IsZero()
				if !trig && inGraph || trig && said && !inGraph {
					t.Fatalf("%s as %s says %v", address, accept, q)
				}
			}
		}
	}
	if w := get(mux, "feed/ldes/7"); w.Code != http.StatusNotFound {
		t.Errorf("a page that does not exist: %d", w.Code)
	}
	if w := get(mux, "feed/ldes?page=1"); w.Code != http.StatusBadRequest {
		t.Errorf("a parameter: %d", w.Code)
	}
}

// TestSeriesAreTold asks that members of a series that the catalogue makes are told anew, in
// the stream and over OAI-PMH, with the series and whom to ask about it.
func TestSeriesAreTold(t *testing.T) {
	h, mux := newTestHandler(t)
	get(mux, "feed/ldes")
	const series = `@base <https://data.example.tw/> . @prefix dcat: <http://www.w3.org/ns/dcat#> .
@prefix dct: <http://purl.org/dc/terms/> . @prefix vcard: <http://www.w3.org/2006/vcard/ns#> .
<graph/series/x> { <series/x> a dcat:DatasetSeries ; dct:title "Series" ; dct:description "Editions" ;
  dct:publisher <org/cdic> ; dcat:contactPoint <contact> .
  <dataset/one/a> dcat:inSeries <series/x> . <dataset/one/b> dcat:inSeries <series/x> . }
<graph/catalog> { <contact> a vcard:Kind ; vcard:fn "desk" ; vcard:hasEmail <mailto:desk@example.tw> . }
<graph/org> { <org/cdic> a <http://xmlns.com/foaf/0.1/Agent> . }`
	quads, err := rdfio.ReadAll(t.Context(), strings.NewReader(series), rdfio.ReadOptions{Format: rdfio.TriG})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.Store.Commit(t.Context(), store.Change{Add: quads}); err != nil {
		t.Fatal(err)
	}
	pages := ldesPages(t, mux, "application/trig")
	if _, n := members(pages); n != 5 {
		t.Errorf("%d members, want three that are created and two that are changed", n)
	}
	shapes := feedShapes(t)
	for address, quads := range pages {
		conforms(t, shapes, address, quads)
	}
	for _, id := range []string{"a", "b"} {
		var told []term.Quad
		for _, quads := range pages {
			for _, m := range quads {
				if m.Predicate.Value() == vocab.RDFType && m.Object.Value() == vocab.ASUpdate &&
					slices.ContainsFunc(quads, func(q term.Quad) bool {
						return q.Subject == m.Subject && q.Object.Value() == base.Dataset("one", id)
					}) {
					for _, q := range quads {
						if q.Graph == m.Subject {
							told = append(told, q)
						}
					}
				}
			}
		}
		record := askOAI(t, mux, "verb=GetRecord&metadataPrefix=dcat_rdf&identifier=oai:data.example.tw:one/"+id)
		over, err := rdfio.ReadAll(t.Context(), strings.NewReader(record.One[0].Metadata.Inner),
			rdfio.ReadOptions{Format: rdfio.RDFXML})
		if err != nil {
			t.Fatal(err)
		}
		for feed, quads := range map[string][]term.Quad{"the stream": told, "OAI-PMH": over} {
			for _, want := range []string{"one/" + id + "> <" + vocab.DCATInSeries, vocab.DCATDatasetSeries,
				"org/cdic> <" + vocab.FOAFName, "mailto:desk@example.tw"} {
				if !slices.ContainsFunc(quads, func(q term.Quad) bool { return strings.Contains(q.String(), want) }) {
					t.Errorf("%s says nothing of %s of %s", feed, want, id)
				}
			}
			for _, bad := range profiled(t, triples(quads), "dcat-ap") {
				if strings.HasPrefix(bad, "series/x") || strings.HasSuffix(bad, "inSeries") {
					t.Errorf("%s, %s: %s", feed, id, bad)
				}
			}
		}
	}
}

// TestLDESCaching asks that full pages never change, and others tell when they do.
func TestLDESCaching(t *testing.T) {
	h, mux := newHandlerOver(t, manyDatasets(300))
	full, newest, root := get(mux, "feed/ldes/1"), get(mux, "feed/ldes/2"), get(mux, "feed/ldes")
	if got := full.Header().Get("Cache-Control"); !strings.Contains(got, "immutable") ||
		!strings.Contains(got, "public") {
		t.Errorf("a full page: Cache-Control %q", got)
	}
	if got := newest.Header().Get("Cache-Control"); got != "no-cache" || newest.Header().Get("ETag") == "" {
		t.Errorf("the newest page: Cache-Control %q, ETag %q", got, newest.Header().Get("ETag"))
	}
	for path, w := range map[string]http.Header{"feed/ldes/1": full.Header(), "feed/ldes": root.Header()} {
		if again := get(mux, path, "If-None-Match", w.Get("ETag")); again.Code != http.StatusNotModified {
			t.Errorf("%s with its tag: %d", path, again.Code)
		}
	}
	touch(t, h, "new")
	if again := get(mux, "feed/ldes/2", "If-None-Match", newest.Header().Get("ETag")); again.Code != http.StatusOK {
		t.Errorf("the newest page after a change: %d", again.Code)
	}
	if again := get(mux, "feed/ldes/1"); again.Body.String() != full.Body.String() ||
		again.Header().Get("ETag") != full.Header().Get("ETag") {
		t.Error("a full page has changed")
	}
}

// TestLDESGroups has more fragments than the root names one by one.
func TestLDESGroups(t *testing.T) {
	h, mux := newHandlerOver(t, manyDatasets(3))
	for range groupFragments + 5 { // the same dataset again does not fit into a fragment
		touch(t, h, "1")
		get(mux, "feed/ldes")
	}
	pages := ldesPages(t, mux, "text/turtle")
	alive, n := members(pages)
	if pages[string(base)+"feed/ldes/group/1"] == nil || len(alive) != 3 || n != groupFragments+7 {
		t.Errorf("%d pages with %d members leave %v", len(pages), n, alive)
	}
	if w := get(mux, "feed/ldes/group/1"); !strings.Contains(w.Header().Get("Cache-Control"), "immutable") {
		t.Errorf("a group is not immutable: %v", w.Header())
	}
	if w := get(mux, "feed/ldes/group/2"); w.Code != http.StatusNotFound {
		t.Errorf("a group that is not full: %d", w.Code)
	}
}

func feedShapes(t *testing.T) *shacl.Shapes {
	t.Helper()
	f, err := os.Open("testdata/feed-shapes.ttl")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	quads, err := rdfio.ReadAll(t.Context(), f, rdfio.ReadOptions{Format: rdfio.Turtle})
	if err != nil {
		t.Fatal(err)
	}
	shapes, err := shacl.Compile(quads, nil)
	if err != nil {
		t.Fatal(err)
	}
	return shapes
}

// conforms validates a document.
func conforms(t *testing.T, shapes *shacl.Shapes, what string, quads []term.Quad) {
	t.Helper()
	for _, r := range violations(t, shapes, quads) {
		t.Errorf("%s: %+v", what, r)
	}
}

// violations returns what the shapes find wrong with a document.
func violations(t *testing.T, shapes *shacl.Shapes, quads []term.Quad) (out []shacl.Result) {
	t.Helper()
	s, err := store.Open(t.Context(), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := s.Commit(t.Context(), store.Change{Add: quads}); err != nil {
		t.Fatal(err)
	}
	sn, err := s.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	defer sn.Close()
	for r, err := range shacl.Validate(t.Context(), sn, shapes, shacl.Options{}) {
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, r)
	}
	return out
}

// TestFeedShapes makes sure that the shapes find what is wrong.
func TestFeedShapes(t *testing.T) {
	shapes := feedShapes(t)
	quads, err := rdfio.ReadAll(t.Context(), strings.NewReader(`@prefix as: <https://www.w3.org/ns/activitystreams#> .
<http://e/1> a as:Create ; as:object <http://e/d> . <http://e/2> a as:Delete ; as:object "x" ; as:published "now" .
<http://e/n> <https://w3id.org/tree#relation> <http://e/r> .`), rdfio.ReadOptions{Format: rdfio.Turtle})
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]int{}
	for _, r := range violations(t, shapes, quads) {
		found[r.Focus.Value()]++
	}
	if found["http://e/1"] < 2 || found["http://e/2"] < 2 || found["http://e/n"] < 2 {
		t.Errorf("the shapes find %v", found)
	}
}
