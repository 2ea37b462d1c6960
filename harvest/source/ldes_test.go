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
	io.WriteString(w, streamHead)
	stream := "<http://" + r.Host + "/#s>"
	if r.URL.Path == "/" {
		fmt.Fprintf(w, "%s a ldes:EventStream ; ldes:timestampPath dct:created ; ldes:versionOfPath dct:isVersionOf ; tree:view </root>, </root2> . %s\n", stream, f.extra)
		return
	}
	if r.URL.Path == "/root" {
		for p := 0; p*f.per < f.n; p++ {
			fmt.Fprintf(w, "<> tree:relation [ a tree:LessThanRelation ; tree:path dct:created ; tree:value %s ; tree:node </p%d> ] .\n", stamp((p+1)*f.per), p)
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
		fmt.Fprintf(w, "%s tree:member </d/%d#v%d> . </d/%d#v%d> a dcat:Dataset ; dct:isVersionOf </d/%d> ; dct:created %s ; dct:title \"版本%d\" ; dcat:distribution [ dcat:accessURL </f%d> ] .\n", stream, d, i, d, i, d, stamp(i), i, i)
	}
}

// TestStream reads a stream whose members are spread over pages: of each
// dataset the newest version counts, and the next gathering begins where this
// one ended.
func TestStream(t *testing.T) {
	f := &stream{n: 400, datasets: 200, per: 50}
	srv := httptest.NewServer(f)
	defer srv.Close()
	gather := func(since time.Time, mark string) (titles []string, s *Session) {
		s = testSession(t, Config{URL: srv.URL + "/", Robots: "ignore"}, Options{AllowPrivate: true, Base: "https://data.example.tw/"})
		s.since, s.Mark, f.asked = since, mark, nil
		for r, err := range gatherLDES(t.Context(), s) {
			if err != nil || r.Dataset == nil || len(r.Dataset.Distribution) != 1 {
				t.Fatalf("record %+v, %v", r, err)
			}
			titles = append(titles, r.Dataset.Title[0].Value)
		}
		slices.Sort(titles)
		return titles, s
	}
	titles, s := gather(time.Time{}, "")
	if len(titles) != 200 || titles[0] != "版本200" || titles[199] != "版本399" || s.Partial {
		t.Errorf("%d records, the first %s, want 200 from 版本200 on", len(titles), titles[0])
	}
	if len(f.asked) != 10 || slices.Contains(f.asked, "/root2") {
		t.Errorf("pages %q, want the stream, one view and 8 pages", f.asked)
	}
	if want := streamStart.Add(399 * time.Minute).Format(time.RFC3339); s.Mark != want {
		t.Errorf("mark %s, want %s", s.Mark, want)
	}
	f.n = 420
	titles, s = gather(time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC), s.Mark)
	if len(titles) != 21 || titles[0] != "版本399" || !s.Partial || len(f.asked) != 4 {
		t.Errorf("after the mark: %d records from %q, want 20 new ones and the last one seen", len(titles), f.asked)
	}
	f.extra = `<http://` + srv.Listener.Addr().String() + `/#s> ldes:retentionPolicy [ a ldes:DurationAgoPolicy ; tree:value "P30D"^^xsd:duration ] .`
	_, s = gather(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), "")
	if len(s.Problems) == 0 || s.Problems[0].Rule != "retention" || !s.Partial {
		t.Errorf("a stream that forgets: problems %v, partial %v", s.Problems, s.Partial)
	}
}

// TestStreamMemory checks that the members of a long stream are not held: what
// is in memory while the last records come does not grow with their content.
func TestStreamMemory(t *testing.T) {
	f := &stream{n: 20_000, datasets: 10_000, per: 1000}
	srv := httptest.NewServer(f)
	defer srv.Close()
	s := testSession(t, Config{URL: srv.URL + "/", Robots: "ignore"}, Options{AllowPrivate: true, Base: "https://data.example.tw/"})
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
