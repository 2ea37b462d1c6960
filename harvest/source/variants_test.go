package source

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"fincat/harvest/fetch"
)

const variantHead = `@prefix tree: <https://w3id.org/tree#> . @prefix ldes: <https://w3id.org/ldes#> . @prefix dct: <http://purl.org/dc/terms/> .
@prefix dcat: <http://www.w3.org/ns/dcat#> . @prefix as: <https://www.w3.org/ns/activitystreams#> . @prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix owl: <http://www.w3.org/2002/07/owl#> . @prefix foaf: <http://xmlns.com/foaf/0.1/> . @prefix : <http://e.tw/> . :s a ldes:EventStream .
`

// TestVariants gives lists in pages and streams in forms that the recorded ones do not
// have: every marked value comes out or is named, and nothing else is made of it.
func TestVariants(t *testing.T) {
	html := func(body string) [2]string { return [2]string{"text/html; charset=utf-8", "<html><body>" + body} }
	trig := func(body string) [2]string { return [2]string{"application/trig", variantHead + body} }
	versions := ":s ldes:versionOfPath dct:isVersionOf ; ldes:timestampPath dct:modified ; tree:member :v1, :v2 . "
	tests := []struct {
		name         string
		answers      map[string][2]string
		want, absent []string
	}{
		{"the list and the page say different things", map[string][2]string{
			"/": html(`<li><b class=t>mk1x</b><i class=d>mk2x</i><i class=m>mk3x</i><a class=l href=/d></a></li>`),
			"/d": html(`<p class=t>mk4x</p><p class=d>mk5x</p><p class=d>mk6x</p><p class=m>2025-01-01</p>` +
				`<a class=f href=/mk7x.csv>`)}, []string{`title> "mk4x"`, `modified> "2025-01-01"`},
			[]string{"warning: date"}},
		{"the same on both", map[string][2]string{"/": html(`<li><b class=t>mk1x</b><a class=l href=/d></a></li>`),
			"/d": html(`<p class=t>mk1x</p>`)}, nil, []string{"field/html"}},
		{"two of everything", map[string][2]string{
			"/": html(`<li><b class=t>mk1x</b><i class=p>mk2x</i><i class=p>mk3x</i><i class=m>2026-01-02</i>` +
				`<i class=m>mk4x</i><i class=d>mk5x</i><i class=d>mk6x</i><a class=f href=/mk7x></a>` +
				`<a class=f href=/mk8x></a>`)},
			[]string{`name> "mk2x"`, "date"}, []string{`mk2x\nmk3x`}},
		{"two titles and paragraphs", map[string][2]string{
			"/": html(`<li><b class=t>mk1x<br>
 one</b><b class=t>mk2x</b><i class=d>mk3x</i><i class=d>mk4x<br>
mk5x</i></li>`)},
			[]string{`title> "mk1x one"`, `title> "mk2x"`, `description> "mk3x\nmk4x\nmk5x"`}, []string{"field/html"}},
		{"a detail page of another kind", map[string][2]string{
			"/": html(`<li><b class=t>mk1x</b><a class=l href=/d></a></li>`), "/d": {"application/pdf", "%PDF-1.4"}},
			[]string{"selector", "html.detail"}, nil},
		{"programs and no addresses", map[string][2]string{
			"/": html(`<li><b class=t>mk1x</b><a class=f href="javascript:mk2x()"></a>` +
				`<a class=l href="http://[mk3x"></a></li>`)},
			[]string{"address"}, []string{"<javascript"}},

		{"a version with other names", map[string][2]string{"/": trig(versions + `:v1 a dcat:Dataset ; dct:title "mk1x",
			"mk2x" ; dct:isVersionOf :mk3x, :mk4x ; owl:sameAs :mk5x, :mk6x ; dct:modified "2026-01-01T00:00:00Z" .`)},
			[]string{"sameAs> <http://e.tw/mk3x>", "sameAs> <http://e.tw/mk5x>"},
			[]string{"sameAs> <http://e.tw/v1>"}},
		{"an activity with words", map[string][2]string{"/": trig(`:s tree:member :a . :a a as:Create ; as:object :d ;
			as:published "2026-01-01T00:00:00Z"^^xsd:dateTime ; as:summary "mk1x" ; as:actor :mk2x . :a { :d a dcat:Dataset ;
			dct:title "mk3x" ; dcat:contactPoint [ foaf:name "mk4x" ] . }`)}, nil, []string{"2026-01-01T00:00:00Z"}},
		{"an activity about two", map[string][2]string{"/": trig(`:s tree:member :a . :a a as:Update ; as:object :d1, :d2 .
			:d1 a dcat:Dataset ; dct:title "mk1x" . :d2 a dcat:Dataset ; dct:title "mk2x" .`)}, []string{"2 records"}, nil},
		{"nodes outside the member's graph", map[string][2]string{"/": trig(`:s tree:member :m . :m { :m a dcat:Dataset ;
			dct:title "mk1x" ; dct:publisher :p ; dcat:distribution :f . } :p foaf:name "mk2x" . :f dcat:accessURL :mk3x .
			:r a dcat:CatalogRecord ; foaf:primaryTopic :m ; dct:source "mk4x" .`)}, nil, nil},
		{"an older version in another graph", map[string][2]string{"/": trig(versions + `:v1 { :v1 a dcat:Dataset ;
			dct:isVersionOf :d ; dct:title "old" ; dcat:distribution :f ; dct:modified "2026-01-01" . :f dct:title "older" . }
			:v2 { :v2 a dcat:Dataset ; dct:isVersionOf :d ; dct:title "mk1x" ; dcat:distribution :f ;
			dct:modified "2026-02-01" . :f dct:title "mk2x" . }`)}, nil, []string{"old"}},
		{"times as people write them", map[string][2]string{"/": trig(versions + `:v1 a dcat:Dataset ;
			dct:isVersionOf :d ;
			dct:title "old" ; dct:modified "2026/1/5" . :v2 a dcat:Dataset ; dct:isVersionOf :d ; dct:title "mk1x" ;
			dct:modified "2026/2/5" .`)}, nil, []string{"old"}},
		{"times that are none", map[string][2]string{"/": trig(versions + `:v1 a dcat:Dataset ;
			dct:isVersionOf :d ;
			dct:title "mk1x" ; dct:modified "mk2x" .`)}, []string{"a time that cannot be read"}, nil},
		{"two versions of one time", map[string][2]string{"/": trig(versions + `:v1 a dcat:Dataset ;
			dct:isVersionOf :d ;
			dct:title "mk1x" ; dct:modified "2026-01-01" . :v2 a dcat:Dataset ; dct:isVersionOf :d ; dct:title "second" ;
			dct:modified "2026-01-01" .`)}, []string{"duplicate", "http://e.tw/v2"}, nil},
		{"members that are no datasets", map[string][2]string{"/": trig(`:s tree:member :mk1x, :mk2x . :mk1x a dcat:Dataset ;
			dct:title "t" . :mk2x a dcat:DataService ; dct:title "service" .`)}, []string{"no-dataset", "1 member"}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				a, ok := tt.answers[r.URL.Path]
				if !ok {
					w.WriteHeader(http.StatusNotFound)
					return
				}
				w.Header().Set("Content-Type", a[0])
				fmt.Fprint(w, a[1])
			}))
			defer srv.Close()
			cfg := Config{ID: "a", Kind: "ldes", URL: srv.URL + "/",
				Policy: fetch.Policy{Robots: "ignore", Retries: 1}}
			if strings.HasPrefix(tt.answers["/"][0], "text/html") {
				cfg.Kind, cfg.HTML = "html", &HTML{Record: "li", Fields: map[string]string{"title": ".t",
					"description": ".d", "downloadURL": ".f@href", "landingPage": ".l@href", "publisher": ".p",
					"modified": ".m"}}
				if _, ok := tt.answers["/d"]; ok {
					cfg.HTML.Detail = map[string]string{"title": "p.t", "description": "p.d", "modified": "p.m",
						"downloadURL": "a.f@href"}
				}
			}
			nt, txt := gatherAll(t, fetch.Options{AllowPrivate: true}, cfg, time.Time{}, nil)
			all, sent := string(nt)+string(txt), fmt.Sprint(tt.answers)
			for _, want := range slices.Concat(tt.want, markPattern.FindAllString(sent, -1)) {
				if !strings.Contains(all, want) {
					t.Errorf("%q is not among:\n%s", want, all)
				}
			}
			for _, absent := range tt.absent {
				if strings.Contains(all, absent) {
					t.Errorf("%q is among:\n%s", absent, all)
				}
			}
		})
	}
}

// TestTooMuchHangsOn checks that what is left out of a record because too much hangs on
// its dataset is named.
func TestTooMuchHangsOn(t *testing.T) {
	body := variantHead + `:d a dcat:Dataset ; dct:title "t" ; :p :end`
	for i := range 3000 {
		body += fmt.Sprintf(", [ :q %d ]", i)
	}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/turtle")
		fmt.Fprint(w, body+" .")
	}))
	defer srv.Close()
	_, txt := gatherAll(t, fetch.Options{AllowPrivate: true}, Config{ID: "a", Kind: "dcat", URL: srv.URL + "/",
		Policy: fetch.Policy{Robots: "ignore", Retries: 1}}, time.Time{}, nil)
	if !strings.Contains(string(txt), "more hangs on the dataset than is carried") {
		t.Errorf("nothing says that something is left out:\n%s", txt)
	}
}
