package feed

import (
	"compress/gzip"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"fincat/harvest/feed/atom"
	"fincat/harvest/feed/listing"
	"fincat/harvest/feed/pod"
	"fincat/sparql"
	"fincat/store"
	"fincat/vocab"
	"fincat/vocab/dcat"
	"fincat/vocab/rdfio"
	"fincat/vocab/term"
)

const prefixes = `
@base <https://data.example.tw/> .
@prefix dcat: <http://www.w3.org/ns/dcat#> .
@prefix dct: <http://purl.org/dc/terms/> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix foaf: <http://xmlns.com/foaf/0.1/> .
@prefix prov: <http://www.w3.org/ns/prov#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
`

// datasets returns a catalogue of n datasets, d0 changed last.
func datasets(n int) string {
	var b strings.Builder
	b.WriteString(prefixes)
	for i := range n {
		fmt.Fprintf(&b, `<graph/s/d%[1]d> { <dataset/s/d%[1]d> a dcat:Dataset ; dct:title "D%[1]d" .
  <record/s/d%[1]d> foaf:primaryTopic <dataset/s/d%[1]d> ; dct:modified "2026-01-01T00:%02[2]d:00Z"^^xsd:dateTime . }
`, i, 59-i)
	}
	return b.String()
}

// TestCatalogLinks checks the controls of every page: what is first, before it,
// next and last, in the document and in the header.
func TestCatalogLinks(t *testing.T) {
	for _, tt := range []struct{ total, size, pages int }{
		{0, 2, 1}, {1, 2, 1}, {2, 2, 1}, {3, 2, 2}, {4, 2, 2}, {5, 2, 3}, {3, 1, 3}, {3, 1000, 1},
	} {
		_, mux := newHandlerOver(t, datasets(tt.total))
		seen := 0
		for n := 1; n <= tt.pages; n++ {
			address := func(n int) string { // by the dataset before the page
				v := url.Values{"page_size": {fmt.Sprint(tt.size)}}
				if n > 1 {
					v.Set("after", base.Dataset("s", fmt.Sprint("d", (n-1)*tt.size-1)))
				}
				return string(base) + "catalog?" + v.Encode()
			}
			w := get(mux, fmt.Sprintf("catalog?page=%d&page_size=%d", n, tt.size), "Accept", "text/turtle")
			quads := parse(t, w)
			want := map[string][]string{
				vocab.HYDRAView: {address(n)}, vocab.HYDRAFirst: {address(1)}, vocab.HYDRALast: {address(tt.pages)},
				vocab.HYDRAPrevious: nil, vocab.HYDRANext: nil, vocab.HYDRATotalItems: {fmt.Sprint(tt.total)},
			}
			var link []string
			if n > 1 {
				want[vocab.HYDRAPrevious] = []string{address(n - 1)}
			}
			if n < tt.pages {
				want[vocab.HYDRANext] = []string{address(n + 1)}
				link = []string{"<" + address(n+1) + `>; rel="next"`}
			}
			for property, want := range want {
				if got := objects(quads, property); !slices.Equal(got, want) {
					t.Errorf("%+v, page %d: %s = %v, want %v", tt, n, property, got, want)
				}
			}
			if got := w.Header().Values("Link"); !slices.Equal(got, link) {
				t.Errorf("%+v, page %d: Link = %q, want %q", tt, n, got, link)
			}
			seen += len(objects(quads, vocab.DCATDatasetProperty))
		}
		if seen != tt.total {
			t.Errorf("%+v: the pages show %d datasets", tt, seen)
		}
		after := get(mux, fmt.Sprintf("catalog?page=%d&page_size=%d", tt.pages+1, tt.size), "Accept", "text/turtle")
		if after.Code != http.StatusNotFound || after.Header().Get("Link") != "" {
			t.Errorf("%+v: the page after the last = %d with Link %q", tt, after.Code, after.Header().Get("Link"))
		}
	}
}

// TestCatalogNumbers checks the limits of what numbers are taken.
func TestCatalogNumbers(t *testing.T) {
	_, h := newTestHandler(t)
	for query, want := range map[string]int{
		"page=1": 200, "page=2": 200, "page=3": 404, "page=1000000": 404, "page=1000001": 400, "page=0": 400,
		"page=": 200, "page=1.0": 400, "page=-1": 400,
		"page_size=1": 200, "page_size=1000": 200, "page_size=1001": 400, "page_size=0": 400,
		"seq=1": 200, "seq=0": 400, "seq=-1": 400, "seq=x": 400, "seq=2": 410, "publisher=": 200,
	} {
		if w := get(h, "catalog?"+query, "Accept", "text/turtle"); w.Code != want {
			t.Errorf("catalog?%s = %d, want %d: %s", query, w.Code, want, w.Body)
		}
	}
}

// TestCatalogTrims checks what a page of the catalogue leaves out: the lists of
// everything, which its own datasets stand for.
func TestCatalogTrims(t *testing.T) {
	_, mux := newHandlerOver(t, datasets(3)+`<graph/catalog> { <catalog> dcat:dataset <dataset/x> ;
  dcat:record <record/x> ; dcat:service <service/x> ; dcat:resource <x> ; dct:title "T" . }`)
	quads := parse(t, get(mux, "catalog?page_size=1", "Accept", "text/turtle"))
	for property, want := range map[string][]string{
		vocab.DCATDatasetProperty: {base.Dataset("s", "d0")}, vocab.DCATRecord: nil, vocab.DCATService: nil,
		vocab.DCATResourceProperty: nil, vocab.DCTTitle: {"D0", "T"},
	} {
		if got := objects(quads, property); !slices.Equal(got, want) {
			t.Errorf("%s = %v, want %v", property, got, want)
		}
	}
}

func TestSitemapPages(t *testing.T) {
	for _, tt := range []struct{ total, many, pages int }{
		{0, 2, 1}, {1, 2, 1}, {2, 2, 1}, {3, 2, 2}, {4, 2, 2}, {5, 2, 3},
	} {
		h, mux := newHandlerOver(t, datasets(tt.total))
		h.many = tt.many
		type document struct {
			XMLName  xml.Name
			URLs     []sitemapURL `xml:"url"`
			Sitemaps []sitemapURL `xml:"sitemap"`
		}
		read := func(query string, status int) (d document) {
			t.Helper()
			w := get(mux, "sitemap.xml"+query)
			if w.Code != status {
				t.Fatalf("%+v: sitemap.xml%s = %d, want %d", tt, query, w.Code, status)
			}
			if err := xml.Unmarshal(w.Body.Bytes(), &d); status == http.StatusOK && err != nil {
				t.Fatal(err)
			}
			return d
		}
		first := read("", http.StatusOK)
		if index := first.XMLName.Local == "sitemapindex"; index != (tt.pages > 1) {
			t.Errorf("%+v: sitemap.xml is a %s", tt, first.XMLName.Local)
		}
		if got := len(first.Sitemaps); tt.pages > 1 && got != tt.pages {
			t.Errorf("%+v: the index has %d sitemaps", tt, got)
		}
		var locations []string
		for n := 1; n <= tt.pages; n++ {
			query := fmt.Sprintf("?page=%d", n)
			if tt.pages > 1 && first.Sitemaps[n-1].Loc != string(base)+"sitemap.xml"+query {
				t.Errorf("%+v: sitemap %d is %s", tt, n, first.Sitemaps[n-1].Loc)
			}
			for _, u := range read(query, http.StatusOK).URLs {
				locations = append(locations, u.Loc)
				if !strings.HasPrefix(u.LastMod, "2026-01-01T00:") {
					t.Errorf("%+v: %s changed at %q", tt, u.Loc, u.LastMod)
				}
			}
		}
		for i := range tt.total {
			if i >= len(locations) || locations[i] != base.Dataset("s", fmt.Sprint("d", i)) {
				t.Errorf("%+v: address %d of %v is not of d%d", tt, i, locations, i)
			}
		}
		if len(locations) != tt.total {
			t.Errorf("%+v: the sitemaps have %d addresses", tt, len(locations))
		}
		for _, query := range []string{"?page=0", "?page=-1", "?page=x", fmt.Sprintf("?page=%d", tt.pages+1)} {
			read(query, http.StatusNotFound)
		}
	}
}

// TestLists reads the lists of all datasets in batches that end with the last
// dataset, before it and after it.
func TestLists(t *testing.T) {
	const total = 4
	var names []string
	for i := range total {
		names = append(names, fmt.Sprintf("s__d%d", i))
	}
	for batch := 1; batch <= total+1; batch++ {
		h, mux := newHandlerOver(t, datasets(total))
		h.batch, h.many = batch, batch
		if got := len(decode[pod.Catalog](t, mux, "data.json", http.StatusOK).Dataset); got != total {
			t.Errorf("batches of %d: data.json has %d datasets, want %d", batch, got, total)
		}
		for limit := range total + 2 {
			for start := range total + 2 {
				want := names[min(start, total):min(start+limit, total)]
				found := decode[struct {
					Result struct{ Results []ckanPackage }
				}](t, mux,
					fmt.Sprintf("api/3/action/package_search?rows=%d&start=%d", limit, start), http.StatusOK)
				got := []string{}
				for _, p := range found.Result.Results {
					got = append(got, p.Name)
				}
				if !slices.Equal(got, want) {
					t.Errorf("batches of %d: package_search of %d from %d = %v, want %v", batch, limit, start, got,
						want)
				}
				list := decode[struct{ Result []string }](t, mux,
					fmt.Sprintf("api/v1/rest/dataset?limit=%d&offset=%d", limit, start), http.StatusOK)
				if !slices.Equal(list.Result, want) {
					t.Errorf("batches of %d: rest/dataset of %d from %d = %v, want %v", batch, limit, start,
						list.Result, want)
				}
			}
		}
	}
}

func TestBounded(t *testing.T) {
	for _, tt := range []struct {
		in   string
		want int
		ok   bool
	}{
		{"", 7, true}, {"0", 0, true}, {"1", 1, true}, {"99", 99, true}, {"100", 100, true}, {"101", 100, true},
		{"-1", 0, false}, {"x", 0, false}, {"1.5", 0, false},
	} {
		got, err := bounded(tt.in, 7, 100)
		if got != tt.want || (err == nil) != tt.ok {
			t.Errorf("bounded(%q) = %d, %v, want %d, %v", tt.in, got, err, tt.want, tt.ok)
		}
	}
}

// TestAtomIsBounded checks that the feed has the newest datasets only.
func TestAtomIsBounded(t *testing.T) {
	for _, n := range []int{0, newestEntries, newestEntries + 1} {
		_, mux := newHandlerOver(t, datasets(n))
		var feed atom.Feed
		if err := xml.Unmarshal(get(mux, "feed/atom.xml").Body.Bytes(), &feed); err != nil {
			t.Fatal(err)
		}
		if len(feed.Entries) != min(n, newestEntries) {
			t.Errorf("of %d datasets the feed has %d", n, len(feed.Entries))
		}
		for i, e := range feed.Entries {
			if e.ID != base.Dataset("s", fmt.Sprint("d", i)) {
				t.Errorf("entry %d is %s", i, e.ID)
			}
		}
		if feed.ID != string(base)+"feed/atom.xml" || feed.Links[0].Href != feed.ID {
			t.Errorf("the feed is %s, its link %v", feed.ID, feed.Links)
		}
	}
	_, mux := newTestHandler(t)
	var feed atom.Feed
	if err := xml.Unmarshal(get(mux, "feed/atom.xml?source=two").Body.Bytes(), &feed); err != nil {
		t.Fatal(err)
	}
	if want := string(base) + "feed/atom.xml?source=two"; feed.ID != want || feed.Links[0].Href != want {
		t.Errorf("the filtered feed is %s, its link %v, want %s", feed.ID, feed.Links, want)
	}
}

func TestOrigins(t *testing.T) {
	e := &entry{Dataset: &dcat.Dataset{IRI: "https://data.example.tw/dataset/s/a", Identifier: "https://e.tw/id"}}
	e.SameAs = []string{
		"http://e.tw/1", "https://e.tw/1", "https://e.tw/1", e.IRI, "urn:x:1", "https://e.tw/a b", "https://e.tw/a\tb",
		"https://e.tw/a\nb", "/relative", "",
	}
	if got, want := e.origins(), []string{"http://e.tw/1", "https://e.tw/1", "https://e.tw/id"}; !slices.Equal(got,
		want) {
		t.Errorf("origins = %q, want %q", got, want)
	}
	e.SameAs = nil
	for i := range maxOrigins + 5 {
		e.SameAs = append(e.SameAs, fmt.Sprintf("https://e.tw/%d", i))
	}
	if got := e.origins(); !slices.Equal(got, e.SameAs[:maxOrigins]) {
		t.Errorf("%d origins, want the first %d", len(got), maxOrigins)
	}
	e.SameAs = e.SameAs[:maxOrigins-1]
	if got := e.origins(); len(got) != maxOrigins || got[maxOrigins-1] != e.Identifier {
		t.Errorf("origins = %q, want %d of them, the identifier last", got, maxOrigins)
	}
}

// TestDescribeParts checks how far a description follows the parts of a resource.
func TestDescribeParts(t *testing.T) {
	var b strings.Builder
	b.WriteString(prefixes + "<graph/x> { <x> dct:title \"level 0\" ; dct:relation <x#1>, <y>, <xy>, <y#1> .\n" +
		"<y> dct:title \"another\" . <y#1> dct:title \"of another\" . <xy> dct:title \"no part\" . <x#1> " +
		"dct:relation <x> .\n")
	for i := 1; i <= maxDepth+2; i++ {
		fmt.Fprintf(&b, "<x#%d> dct:title \"level %d\" ; dct:relation <x#%d> .\n", i, i, i+1)
	}
	b.WriteString("<z> dct:relation [ dct:title \"blank\" ; dct:relation [ dct:title \"in blank\" ] ], <z#2>, " +
		"<z#3> .\n" +
		"<z#2> dct:title \"second\" . <z#3> dct:title \"third\" . }")
	h, _ := newHandlerOver(t, b.String())
	sn, err := h.Store.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	defer sn.Close()
	titles := func(iri string) []string {
		t.Helper()
		quads, err := Describe(t.Context(), sn, string(base)+iri)
		if err != nil {
			t.Fatal(err)
		}
		return objects(quads, vocab.DCTTitle)
	}
	var want []string
	for i := range maxDepth + 1 {
		want = append(want, fmt.Sprint("level ", i))
	}
	if got := titles("x"); !slices.Equal(got, want) {
		t.Errorf("titles of x and its parts = %q, want %q", got, want)
	}
	if got, want := titles("z"), []string{"blank", "in blank", "second", "third"}; !slices.Equal(got, want) {
		t.Errorf("titles of z and its parts = %q, want %q", got, want)
	}
	if got := titles("unknown"); got != nil {
		t.Errorf("titles of an unknown resource = %q", got)
	}
}

// TestDescribeGraphs checks that each statement is told with the graph that says
// it, and that a dataset is all that its graphs say.
func TestDescribeGraphs(t *testing.T) {
	h, _ := newHandlerOver(t, prefixes+`
<g1> { <x> dct:title "1" . } <g2> { <x> dct:title "2" . } <g3> { <x> dct:title "3" . }
<g4> { <d> a dcat:Dataset ; dct:title "4" . <other> dct:title "beside" . } <g5> { <d> a dcat:Dataset . } <g6> { <d> dct:title "6" . }
<e> a dcat:Dataset ; dct:title "in the default graph" .`)
	sn, err := h.Store.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	defer sn.Close()
	for iri, want := range map[string]string{
		"x": "1 g1, 2 g2, 3 g3", "d": "4 g4, beside g4", "e": "in the default graph ",
	} {
		quads, err := Describe(t.Context(), sn, string(base)+iri)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, q := range quads {
			if q.Predicate.Value() == vocab.DCTTitle {
				got = append(got, q.Object.Value()+" "+strings.TrimPrefix(q.Graph.Value(), string(base)))
			}
		}
		slices.Sort(got)
		if got := strings.Join(got, ", "); got != want {
			t.Errorf("%s is described as %q, want %q", iri, got, want)
		}
	}
}

// TestDescribeIsBounded checks that a description ends with its bound, neither
// before nor after.
func TestDescribeIsBounded(t *testing.T) {
	for _, n := range []int{maxDescription - 1, maxDescription, maxDescription + 1} {
		h, _ := newHandlerOver(t, prefixes)
		quads := make([]term.Quad, n)
		for i := range quads {
			quads[i] = term.Quad{
				Subject: term.NewIRI(string(base) + "x"), Predicate: term.NewIRI(vocab.DCTTitle),
				Object: term.NewString(fmt.Sprint(i)), Graph: term.NewIRI(string(base) + "g"),
			}
		}
		if _, err := h.Store.Commit(t.Context(), store.Change{Add: quads}); err != nil {
			t.Fatal(err)
		}
		sn, err := h.Store.Snapshot()
		if err != nil {
			t.Fatal(err)
		}
		got, err := Describe(t.Context(), sn, string(base)+"x")
		if err != nil || len(got) != min(n, maxDescription) {
			t.Errorf("of %d quads %d are told, %v, want %d", n, len(got), err, min(n, maxDescription))
		}
		sn.Close()
	}
}

// TestMoved answers for datasets that are no longer under their IRI.
func TestMoved(t *testing.T) {
	_, mux := newHandlerOver(t, prefixes+`
<graph/s/new> { <dataset/s/new> a dcat:Dataset ; dct:title "New" . }
<graph/s/old> { <record/s/old> prov:invalidatedAtTime "2026-01-01" . <dataset/s/old> dct:isReplacedBy <dataset/s/new> . }
<graph/s/gone> { <record/s/gone> prov:invalidatedAtTime "2026-01-01" . }
<graph/s/away> { <record/s/away> prov:invalidatedAtTime "2026-01-01" .
  <dataset/s/away> dct:isReplacedBy <https://elsewhere.example/x> . }
<graph/s/named> { <dataset/s/named> dct:isReplacedBy <dataset/s/new> . <record/s/named> dct:title "not removed" . }
<graph/org> { <org/x> dct:title "X" ; prov:invalidatedAtTime "2026-01-01" . }`)
	for target, want := range map[string]struct {
		status   int
		location string
	}{
		"dataset/s/new":         {200, ""},
		"dataset/s/old":         {301, "/dataset/s/new"},
		"dataset/s/old?lang=en": {301, "/dataset/s/new?lang=en"},
		"dataset/s/gone":        {410, ""},
		"dataset/s/away":        {200, ""}, // to a place that is not ours nobody is led
		"dataset/s/named":       {200, ""},
		"dataset/s/never":       {404, ""},
		"org/x":                 {200, ""},
	} {
		w := get(mux, target, "Accept", "text/turtle")
		if w.Code != want.status || w.Header().Get("Location") != want.location {
			t.Errorf("GET %s = %d to %q, want %+v", target, w.Code, w.Header().Get("Location"), want)
		}
		if w.Code == 301 && (w.Header().Get("Cache-Control") != "no-cache" ||
			w.Header().Get("Access-Control-Allow-Origin") != "*") {
			t.Errorf("GET %s has the header %v", target, w.Header())
		}
		if w.Code == 410 && !strings.Contains(w.Body.String(), string(base)+"record/s/gone") {
			t.Errorf("GET %s does not name the record: %s", target, w.Body)
		}
	}
}

func TestDump(t *testing.T) {
	h, mux := newTestHandler(t)
	w := get(mux, "dump.nq.gz")
	tag := w.Header().Get("ETag")
	for name, want := range map[string]string{
		"Content-Type": "application/gzip", "Cache-Control": "no-cache",
		"Content-Disposition": `attachment; filename="dump.nq.gz"`,
	} {
		if got := w.Header().Get(name); got != want {
			t.Errorf("%s = %q, want %q", name, got, want)
		}
	}
	if _, err := http.ParseTime(w.Header().Get("Last-Modified")); err != nil {
		t.Error(err)
	}
	z, err := gzip.NewReader(w.Body)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	got, err := rdfio.ReadAll(t.Context(), strings.NewReader(string(text)), rdfio.ReadOptions{Format: rdfio.NQuads})
	want, err2 := rdfio.ReadAll(t.Context(), strings.NewReader(catalogue), rdfio.ReadOptions{Format: rdfio.TriG})
	if err := errors.Join(err, err2); err != nil || len(got) != len(want) {
		t.Errorf("the dump has %d quads, %v, want %d", len(got), err, len(want))
	}
	strong := strings.TrimPrefix(tag, "W/")
	for known, want := range map[string]int{
		tag: 304, strong: 304, `"a", ` + tag: 304, "*": 304, "": 200, `"a"`: 200, `W/"a", "b"`: 200,
	} {
		w := get(mux, "dump.nq.gz", "If-None-Match", known)
		if w.Code != want || (w.Body.Len() > 0) != (want == 200) {
			t.Errorf("with If-None-Match %s the dump = %d, %d bytes, want %d", known, w.Code, w.Body.Len(), want)
		}
	}
	head := httptest.NewRecorder()
	h.Dump(head, httptest.NewRequest(http.MethodHead, "/dump.nq.gz", nil))
	if head.Code != http.StatusOK || head.Body.Len() != 0 || head.Header().Get("ETag") != tag {
		t.Errorf("HEAD = %d, %d bytes, ETag %q", head.Code, head.Body.Len(), head.Header().Get("ETag"))
	}
	// A dump that breaks off must not look complete.
	defer func() {
		if err, _ := recover().(error); !errors.Is(err, http.ErrAbortHandler) {
			t.Errorf("a dump whose client has gone ends with %v", err)
		}
	}()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	h.Dump(httptest.NewRecorder(), httptest.NewRequestWithContext(ctx, http.MethodGet, "/dump.nq.gz", nil))
}

// TestFail checks which status an error becomes. A request that is over is answered too:
// a feed that nobody wrote would be an empty one with status 200.
func TestFail(t *testing.T) {
	h, _ := newTestHandler(t)
	for _, tt := range []struct {
		err  error
		want int
	}{
		{errors.New("broken"), 500}, {fmt.Errorf("query: %w", sparql.ErrTimeout), 504},
		{fmt.Errorf("query: %w", context.DeadlineExceeded), 504},
	} {
		w := httptest.NewRecorder()
		h.fail(w, httptest.NewRequest(http.MethodGet, "/", nil), tt.err)
		if w.Code != tt.want || strings.Contains(w.Body.String(), "query:") {
			t.Errorf("fail(%v) = %d %s, want %d without the reason", tt.err, w.Code, w.Body, tt.want)
		}
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	late, cancel := context.WithDeadline(t.Context(), time.Now())
	defer cancel()
	for ctx, want := range map[context.Context]int{gone: 503, late: 504} {
		w := httptest.NewRecorder()
		h.fail(w, httptest.NewRequestWithContext(ctx, http.MethodGet, "/", nil), errors.New("broken"))
		if w.Code != want || w.Body.Len() == 0 {
			t.Errorf("a request that is over (%v) is answered %d %s, want %d", ctx.Err(), w.Code, w.Body, want)
		}
	}
}

func TestPageAddress(t *testing.T) {
	p := &page{params: url.Values{"q": {"a b"}}, path: "catalog.ttl", size: 10, seq: 7,
		items: []*listing.Dataset{{IRI: "http://e/1"}, {IRI: "http://e/2"}}}
	if got, want := p.collection(string(base)), string(base)+"catalog?q=a+b"; got != want {
		t.Errorf("collection = %s, want %s", got, want)
	}
	if got, want := p.address(string(base), 2), string(base)+
		"catalog.ttl?after=http%3A%2F%2Fe%2F2&page_size=10&q=a+b&seq=7"; got != want {
		t.Errorf("address = %s, want %s", got, want)
	}
}
