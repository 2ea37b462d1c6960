package source

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"fincat/harvest/fetch"
)

// stream is a linked data event stream of n versions of datasets, per page on
// a page; each dataset has two versions.
type stream struct {
	n, datasets, per int
	extra            string // said of the stream

	mu    sync.Mutex
	asked []string
}

const streamHead = `@prefix tree: <https://w3id.org/tree#> . @prefix ldes: <https://w3id.org/ldes#> . @prefix dct: <http://purl.org/dc/terms/> .
@prefix dcat: <http://www.w3.org/ns/dcat#> . @prefix as: <https://www.w3.org/ns/activitystreams#> . @prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
`

var streamStart = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

func stamp(i int) string {
	return `"` + streamStart.Add(time.Duration(i)*time.Minute).Format(time.RFC3339) + `"^^xsd:dateTime`
}

func (f *stream) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asked = append(f.asked, r.URL.Path)
	w.Header().Set("Content-Type", "text/turtle")
	_, _ = io.WriteString(w, streamHead)
	stream := "<http://" + r.Host + "/#s>"
	if r.URL.Path == "/" {
		fmt.Fprintf(w, "%s a ldes:EventStream ; ldes:timestampPath dct:created ; ldes:versionOfPath "+
			"dct:isVersionOf ; tree:view </root>, </root2> . %s\n", stream, f.extra)
		return
	}
	if r.URL.Path == "/root" {
		for p := 0; p*f.per < f.n; p++ {
			fmt.Fprintf(w, "<> tree:relation [ a tree:LessThanRelation ; tree:path dct:created ; tree:value %s ; "+
				"tree:node </p%d> ] .\n", stamp((p+1)*f.per), p)
		}
		return
	}
	p, err := strconv.Atoi(strings.TrimPrefix(r.URL.Path, "/p"))
	if err != nil {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	for i := p * f.per; i < min(f.n, (p+1)*f.per); i++ {
		d := i % f.datasets
		fmt.Fprintf(w, "%s tree:member </d/%d#v%d> . </d/%d#v%d> a dcat:Dataset ; dct:isVersionOf </d/%d> ; "+
			"dct:created %s ; dct:title \"版本%d\" ; dcat:distribution [ dcat:accessURL </f%d> ] .\n", stream, d, i, d,
			i, d, stamp(i), i, i)
	}
}

// TestStream reads a stream whose members are spread over pages: of each
// dataset the newest version counts, and the next gathering begins where this
// one ended.
func TestStream(t *testing.T) {
	f := &stream{n: 400, datasets: 200, per: 50}
	srv := httptest.NewServer(f)
	defer srv.Close()
	late := 0
	gather := func(since time.Time, mark string) (titles []string, s *Session) {
		s = testSession(t, Config{URL: srv.URL + "/", Policy: fetch.Policy{Robots: "ignore"}},
			fetch.Options{AllowPrivate: true})
		s.Since, s.Found.Mark, f.asked = since, mark, nil
		for r, err := range gatherLDES(t.Context(), s) {
			if err != nil || r.Dataset == nil || len(r.Dataset.Distribution) != 1 {
				t.Fatalf("record %+v, %v", r, err)
			}
			if r.Late {
				late++
				continue
			}
			titles = append(titles, r.Dataset.Title[0].Value)
		}
		slices.Sort(titles)
		return titles, s
	}
	titles, s := gather(time.Time{}, "")
	if len(titles) != 200 || titles[0] != "版本200" || titles[199] != "版本399" || s.Found.Partial {
		t.Errorf("%d records, the first %s, want 200 from 版本200 on", len(titles), titles[0])
	}
	if len(f.asked) != 10 || slices.Contains(f.asked, "/root2") {
		t.Errorf("pages %q, want the stream, one view and 8 pages", f.asked)
	}
	if want := streamStart.Add(399 * time.Minute).Format(time.RFC3339); s.Found.Mark != want {
		t.Errorf("mark %s, want %s", s.Found.Mark, want)
	}
	f.n = 420
	titles, s = gather(time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC), s.Found.Mark)
	if len(titles) != 81 || titles[0] != "版本339" || !s.Found.Partial || len(f.asked) != 5 || late == 0 {
		t.Errorf("after the mark: %d records from %q, %d late, want 20 new ones and those of the hour before",
			len(titles), f.asked, late)
	}
	f.extra = `<http://` + srv.Listener.Addr().String() +
		`/#s> ldes:retentionPolicy [ a ldes:DurationAgoPolicy ; tree:value "P30D"^^xsd:duration ] .`
	_, s = gather(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), "")
	if len(s.Found.Problems) == 0 || s.Found.Problems[0].Rule != "retention" || !s.Found.Partial {
		t.Errorf("a stream that forgets: problems %v, partial %v", s.Found.Problems, s.Found.Partial)
	}
}

// TestStreamMemory checks that the members of a long stream are not held: what
// is in memory while the last records come does not grow with their content.
func TestStreamMemory(t *testing.T) {
	f := &stream{n: 20_000, datasets: 10_000, per: 1000}
	srv := httptest.NewServer(f)
	defer srv.Close()
	s := testSession(t, Config{URL: srv.URL + "/", Policy: fetch.Policy{Robots: "ignore"}},
		fetch.Options{AllowPrivate: true})
	var before, during runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	n := 0
	for _, err := range gatherLDES(t.Context(), s) {
		if err != nil {
			t.Fatal(err)
		}
		if n++; n == 9_000 {
			runtime.GC()
			runtime.ReadMemStats(&during)
		}
	}
	if n != 10_000 {
		t.Errorf("%d records, want 10000", n)
	}
	held := int64(during.HeapAlloc) - int64(before.HeapAlloc)
	if t.Logf("%d kB in memory for 10,000 datasets", held>>10); held > 4<<20 {
		t.Errorf("%d kB in memory for 10,000 datasets, want less than 4 MB", held>>10)
	}
}

// TestStreamLeftOver checks that what a page describes beside its members comes with
// them if it is about them, and is named otherwise.
func TestStreamLeftOver(t *testing.T) {
	const page = `<> a ldes:EventStream ; tree:view <> ; tree:member </d/1>, </activity>, </service/member> ;
	dct:publisher </org> .
</org> dct:title "of the stream" .
</d/1> a dcat:Dataset ; dct:title "資料一" ; dct:publisher [ dct:title "hung on" ] .
</activity> a as:Create ; as:object </d/2> ; as:published "2026-01-01T00:00:00Z"^^xsd:dateTime .
</activity> { </d/2> a dcat:Dataset ; dct:title "資料二" . </lost/in-graph> dct:title "x" . }
</service/one> a dcat:DataService ; dcat:servesDataset </d/1> ; dct:title "service one" ;
	dcat:endpointURL </api> ; dct:creator [ dct:title "of service one" ] .
</service/two> a dcat:DataService ; dcat:servesDataset </d/2> ; dct:title "service two" .
</record> a dcat:CatalogRecord ; <http://xmlns.com/foaf/0.1/primaryTopic> </d/2> ; dct:source </about-two> .
</service/member> a dcat:DataService ; dct:title "serves nothing" .
</lost/dataset> a dcat:Dataset ; dct:title "no member" .
</lost/node> dct:title "x" ; dct:relation [ dct:title "y" ] .
`
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/trig")
		_, _ = io.WriteString(w, streamHead+page)
	}))
	defer srv.Close()
	nt, problems := gatherAll(t, fetch.Options{AllowPrivate: true}, Config{ID: "a", Kind: "ldes", URL: srv.URL + "/",
		Policy: fetch.Policy{Robots: "ignore"}}, time.Time{}, nil)
	for _, want := range []string{"資料一", "資料二", "hung on", "service one", "/api>", "of service one", "service two",
		"/about-two>"} {
		if !strings.Contains(string(nt), want) {
			t.Errorf("%q is not among\n%s", want, nt)
		}
	}
	for _, want := range []string{"/service/member", "/lost/in-graph", "/lost/dataset", "/lost/node"} {
		if !strings.Contains(string(problems), want) {
			t.Errorf("%q is not named in\n%s", want, problems)
		}
	}
	for _, absent := range []string{"/org ", "/service/one", "/service/two", "/record", "/activity", "/d/1", "/d/2"} {
		if strings.Contains(string(problems), absent) {
			t.Errorf("%q is named in\n%s", absent, problems)
		}
	}
}

// TestStreamLaterPages asserts that what later pages say of the stream and of a catalogue
// is kept, and that what they say of themselves and of others is named.
func TestStreamLaterPages(t *testing.T) {
	pages := map[string]string{"/": `<#s> a ldes:EventStream ; tree:member </d/1> ; tree:view <> .
<> tree:relation [ a tree:Relation ; tree:node </2> ] . </d/1> a dcat:Dataset ; dct:title "資料一" .`,
		"/2": `<#s> a ldes:EventStream ; tree:member </d/2> .
</2> a tree:Node ; dct:title "page two" ; tree:relation [ a tree:Relation ; tree:node </3> ; dct:title "relation" ] .
</d/2> a dcat:Dataset ; dct:title "資料二" .`,
		"/3": `</#s> tree:member </d/3> ; dct:rights "late rights" ; dct:publisher </org> . </org> dct:title "late org" .
</c> a dcat:Catalog ; dct:spatial "late place" . </lost> dct:title "x" . </d/3> a dcat:Dataset ; dct:title "資料三" .`}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/turtle")
		_, _ = io.WriteString(w, strings.ReplaceAll(streamHead+pages[r.URL.Path], "<#s>", "</#s>"))
	}))
	defer srv.Close()
	s := testSession(t, Config{URL: srv.URL + "/", Policy: fetch.Policy{Robots: "ignore"}},
		fetch.Options{AllowPrivate: true})
	n := 0
	for r, err := range gatherLDES(t.Context(), s) {
		if err != nil || r.Dataset == nil {
			t.Fatalf("record %+v, %v", r, err)
		}
		n++
	}
	told, named := fmt.Sprint(s.Found.Catalog), fmt.Sprint(s.Found.Problems)
	for _, want := range []string{"late rights", "late org", "late place"} {
		if n != 3 || !strings.Contains(told, want) {
			t.Errorf("%d records; %q is not among %s", n, want, told)
		}
	}
	for _, want := range []string{"/2 ", "_:", "/lost"} {
		if !strings.Contains(named, want) {
			t.Errorf("%q is not named in %s", want, named)
		}
	}
}
