package source

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"fincat/harvest/document"
	"fincat/harvest/fetch"
)

const turtlePrefixes = `@prefix dcat: <http://www.w3.org/ns/dcat#> . @prefix dct: <http://purl.org/dc/terms/> .
@prefix foaf: <http://xmlns.com/foaf/0.1/> . @prefix vcard: <http://www.w3.org/2006/vcard/ns#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> . @prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
<http://ex.org/d> a dcat:Dataset ; dct:title "T" ; dct:identifier "1" .
`

const podContext = `"@context":"https://project-open-data.cio.gov/v1.1/schema/catalog.jsonld"`

// TestMappings gathers small sources, each of which has what others' harvesters
// lose, invent or stumble over. A want is part of a triple or problem; one that
// begins with ! must not be there.
func TestMappings(t *testing.T) {
	script := `{"@context":"https://schema.org","@type":"Dataset","@id":"http://s.ex/1","name":"Wrapped"}`
	page := func(s string) string { return `<html><script type="application/ld+json">` + s + `</script></html>` }
	tests := []struct {
		name, kind, contentType, body string
		want                          []string
	}{
		{"a second value", "dcat", "text/turtle", turtlePrefixes + `<http://ex.org/d> dct:identifier "doi:10.1/abc" ;
			dct:license <https://creativecommons.org/licenses/by/4.0/>, <http://ex.org/lic/a> ;
			dct:accrualPeriodicity <http://publications.europa.eu/resource/authority/frequency/DAILY>, "每個營業日" .`,
			[]string{`identifier> "1"`, `identifier> "doi:10.1/abc"`, "licenses/by/4.0/>", "<http://ex.org/lic/a>",
				"frequency/DAILY>",
				`frequencyText> "每個營業日"@zh-Hant-TW`}},
		{"a second file", "dcat", "text/turtle", turtlePrefixes + `<http://ex.org/d> dcat:distribution <http://ex.org/r> .
			<http://ex.org/r> dcat:accessURL <http://ex.org/a1>, <http://ex.org/a2> ; dct:format "逗號分隔", "CSV" .`,
			[]string{"accessURL> <http://ex.org/a1>", "accessURL> <http://ex.org/a2>", `format> "逗號分隔"`,
				"file-type/CSV>",
				"sameAs> <http://ex.org/r>"}},
		{"nodes", "dcat", "text/turtle", turtlePrefixes + `<http://ex.org/d> dct:conformsTo [ dct:title "ISO 19115"@en ] ;
			dct:publisher [ foaf:name "P" ; foaf:homepage <http://p.ex/> ], <http://ex.org/org/2> . <http://ex.org/org/2> foaf:name "Two" .`,
			[]string{`title> "ISO 19115"@en`, `name> "P"`, "homepage> <http://p.ex/>",
				"publisher> <http://ex.org/org/2>",
				`<http://ex.org/org/2> <http://xmlns.com/foaf/0.1/name> "Two"`}},
		{"contacts", "dcat", "text/turtle", turtlePrefixes + `<http://ex.org/d> dcat:contactPoint <https://orcid.org/1>, <mailto:a@ex.org>,
			"Desk 3", [ vcard:hasEmail [ vcard:value <mailto:b@ex.org> ] ], [ vcard:fn "Desk"@en ; vcard:hasUID <urn:x:1> ] .`,
			[]string{"contactPoint> <https://orcid.org/1>", "hasEmail> <mailto:a@ex.org>", `fn> "Desk 3"`,
				"hasEmail> <mailto:b@ex.org>",
				"hasUID> <urn:x:1>", `fn> "Desk"@en`}},
		{"values that are none", "dcat", "text/turtle", turtlePrefixes + `<http://ex.org/d> a dcat:DatasetSeries ; dct:modified "soon" ;
			dct:issued "24/01/05" ; dcat:landingPage "www.ex.org/p", <javascript:void(0)> ; dcat:distribution [ dct:title "none" ;
			dcat:byteSize "5120.0"^^xsd:decimal ; dcat:mediaType "CSV" ; dcat:downloadURL "not a url" ] .
			<http://ex.org/s> a dcat:DataService ; dcat:servesDataset <http://ex.org/d> . <http://ex.org/s2> a dcat:DataService .`,
			[]string{`modified> "soon"`, `issued> "24/01/05"`, "warning: date: http://ex.org/d: ", "!1935",
				"dcat#DatasetSeries>",
				`landingPage> "www.ex.org/p"`, `landingPage> "javascript:void(0)"`,
				"warning: address: http://ex.org/d: ",
				`byteSize> "5120"^^`, "media-types/text/csv>", `downloadURL> "not a url"`, "(not a url)",
				"<http://ex.org/s> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> " +
					"<http://www.w3.org/ns/dcat#DataService>",
				"servesDataset> <https://data.example.tw/dataset/maps/", "info: left-over: : ", "(http://ex.org/s2)"}},
		{"keywords of a list", "dcat", "text/turtle", turtlePrefixes +
			`<http://ex.org/d> dcat:keyword "health, safety", "a、b" .`,
			[]string{`keyword> "health, safety"`, `keyword> "a、b"`}},
		{"a series of datasets", "dcat", "text/turtle", turtlePrefixes + `
			<http://ex.org/d> dcat:inSeries <http://ex.org/s> .
			<http://ex.org/s> a dcat:DatasetSeries ; dct:title "Editions" ; dct:identifier "s" ; dct:publisher
			[ foaf:name "P" ] ; dcat:seriesMember <http://ex.org/d>, <http://ex.org/e>, <http://ex.org/gone> ;
			dcat:inSeries <http://ex.org/all> . <http://ex.org/all> a dcat:DatasetSeries ; dct:title "All" .
			<http://ex.org/e> a dcat:Dataset ; dct:title "E" .`,
			[]string{"2 records, 0 failed", "inSeries> <http://ex.org/s>",
				`<http://ex.org/s> <http://purl.org/dc/terms/title> "Editions"`,
				`<http://ex.org/all> <http://purl.org/dc/terms/title> "All"`, `name> "P"`,
				"seriesMember> <http://ex.org/gone>",
				"!left-over", "!dataset/maps/s-"}},
		{"a series that is a dataset", "dcat", "text/turtle", turtlePrefixes + `
			<http://ex.org/d> dcat:inSeries <http://ex.org/s> .
			<http://ex.org/s> a dcat:DatasetSeries, dcat:Dataset ; dct:title "Editions" ; dct:identifier "s" .`,
			[]string{"2 records, 0 failed", "dataset/maps/s-"}},
		{"a series without datasets", "dcat", "text/turtle", turtlePrefixes +
			`<http://ex.org/s> a dcat:DatasetSeries ; dct:title "Editions" ; dct:identifier "s" .`,
			[]string{"2 records, 0 failed", "dataset/maps/s-"}},
		{"languages", "dcat", "text/turtle", turtlePrefixes + `<http://ex.org/d> dct:title "Titel"@de ; dct:accrualPeriodicity "each day" ;
			dcat:contactPoint [ vcard:fn "desk" ] .`, []string{`"Titel"@de`, `frequencyText> "each day" .`, `fn> "desk" .`}},
		{"an empty licence", "dcat", "application/ld+json", `{` + podContext +
			`,"@type":"dcat:Catalog","dataset":[{"@type":"dcat:Dataset",` +
			`"identifier":"1","title":"A","license":""},{"@type":"dcat:Dataset","identifier":"2","title":"B","license":"<p>free for all</p>"}]}`,
			[]string{"!dct:license", "!terms/license>", `rights> "free for all"`}},
		{"fields of data.json", "datajson", "",
			`{"dataset":[{"identifier":"1","title":"Staff list","accessLevel":"non-public",` +
				`"temporal":"2019/2020","language":["en-US"],"bureauCode":["020:00"],"license":"","landingPage":"javascript:x"}]}`,
			[]string{`title> "Staff list"@en-US`, `accessRights> "non-public"`, `temporal> "2019/2020"`,
				`language> "en-US"`,
				`datajson#bureauCode> "020:00"`, "!license>", "!landingPage> <", "(javascript:x)"}},
		{"data.json of version 1.0", "datajson", "",
			`[{"identifier":"2","title":"標題","accessURL":"http://ex.org/2.csv","format":"text/csv",` +
				`"webService":"http://ex.org/ws","modified":"2024/1/5 下午 03:04:05"}]`,
			[]string{"downloadURL> <http://ex.org/2.csv>", "accessURL> <http://ex.org/ws>", "2024-01-05T15:04:05"}},
		{"odd shapes of CKAN", "ckan", "",
			`{"success":true,"result":{"count":"2","results":[{"id":"1","title":{"de":"Titel","fr":"Titre"},` +
				`"organization":"Org","tags":["a","b"]},{"id":"2","title":"T","organization":[],"title_translated":"{\"de\":\"T\"}"}]}}`,
			[]string{`"Titel"@de`, `"Titre"@fr`, `name> "Org"`, `keyword> "a"`, `keyword> "b"`, `title> "T"@de`,
				"2 records, 0 failed",
				"warning: ckan-form: 1: "}},
		{"values of CKAN", "ckan", "",
			`{"success":true,"result":{"count":1,"results":[{"id":"1","title":"T","extras":[{"key":"spatial",` +
				`"value":"Taiwan"},{"key":"my key","value":"v"}],"resources":[{"id":"abc","url":"not a url","hash":"h","name":"n"}]}]}}`,
			[]string{`spatial> "Taiwan"`, `ckan#my%20key> "v"`, `ckan#hash> "h"`, `identifier> "abc"`,
				"distribution/maps/1/abc>", "(not a url)",
				`ckan#url> "not a url"`}},
		{"a wrapped script", "schemaorg", "text/html", page("//<![CDATA[\n" + script + "\n//]]>"),
			[]string{`"Wrapped"`}},
		{"a script in a comment", "schemaorg", "text/html", page("<!--\n" + script + "\n-->"), []string{`"Wrapped"`}},
		{"a script in comments", "schemaorg", "text/html", page("/*<![CDATA[*/ " + script + " /*]]>*/"),
			[]string{`"Wrapped"`}},
		{"all values of schema.org", "schemaorg", "application/ld+json",
			`{"@context":"https://schema.org","@type":"Dataset","@id":` +
				`"http://s.ex/1","name":"A","license":["https://creativecommons.org/licenses/by/4.0/","http://x.ex/lic"],"creator":{"@type":` +
				`"Person","name":"C"},"publisher":{"name":"P"},"temporalCoverage":"2019/2020","distribution":["http://s.ex/b.csv",` +
				`{"@type":"DataDownload","contentUrl":"http://s.ex/a.csv"}]}`,
			[]string{"terms/license> <https://creativecommons.org/licenses/by/4.0/>",
				"schema.org/license> <http://x.ex/lic>", `name> "C"`,
				`temporalCoverage> "2019/2020"`, "<http://s.ex/b.csv>", "<http://s.ex/a.csv>"}},
		{"a feed's own words", "rss", "",
			`<rss xmlns:x="http://x.ex/ns#"><channel><item><guid>1</guid><title>T</title><category>a, b</category>` +
				`<link>javascript:x</link><x:rating>5</x:rating></item></channel></rss>`,
			[]string{`keyword> "a, b"`, `<http://x.ex/ns#rating> "5"`, "!landingPage>", "(javascript:x)"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := gatherMapping(t, tt.kind, "/", map[string]mappingAnswer{"/": {tt.contentType, "", tt.body}})
			expect(t, got, tt.want...)
		})
	}
}

func expect(t *testing.T, got string, want ...string) {
	t.Helper()
	for _, w := range want {
		absent, no := strings.CutPrefix(w, "!")
		if no && strings.Contains(got, absent) || !no && !strings.Contains(got, w) {
			t.Errorf("want %q in\n%s", w, got)
		}
	}
}

type mappingAnswer struct{ contentType, link, body string }

// gatherMapping returns the triples and problems of a source. The answer of / is
// that of every address without one.
func gatherMapping(t *testing.T, kind, at string, answers map[string]mappingAnswer) string {
	t.Helper()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a, ok := answers[r.URL.Path]
		if !ok {
			a, ok = answers["/"]
		}
		if !ok || r.URL.Path == "/robots.txt" {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", document.First(a.contentType, "application/octet-stream"))
		if a.link != "" {
			w.Header().Set("Link", a.link)
		}
		_, _ = w.Write([]byte(strings.ReplaceAll(a.body, "HOST", "http://"+r.Host))) // the client may have gone
	}))
	defer srv.Close()
	cfg := Config{ID: "maps", Kind: kind, URL: srv.URL + at}
	cfg.Rate.Every = 1
	nt, txt := gatherAll(t, fetch.Options{AllowPrivate: true}, cfg, time.Time{}, nil)
	return string(nt) + string(txt)
}

// TestRemoteContext reads JSON-LD whose context stands at an address of the
// source, named by the document or by a Link header.
func TestRemoteContext(t *testing.T) {
	contextDocument := mappingAnswer{"application/ld+json", "",
		`{"@context":{"dcat":"http://www.w3.org/ns/dcat#","dct":"http://purl.org/dc/terms/"}}`}
	const dataset = `"@id":"http://ex.org/d","@type":"dcat:Dataset","dct:title":"By context"}`
	for name, a := range map[string]mappingAnswer{
		"named": {"application/ld+json", "", `{"@context":"HOST/ctx",` + dataset},
		"linked": {"application/json",
			`</ctx>; rel="http://www.w3.org/ns/json-ld#context"; type="application/ld+json"`,
			`{` + dataset},
	} {
		got := gatherMapping(t, "dcat", "/c", map[string]mappingAnswer{"/c": a, "/ctx": contextDocument})
		expect(t, got, `title> "By context"`)
		if t.Failed() {
			t.Fatal(name)
		}
	}
	got := gatherMapping(t, "dcat", "/c", map[string]mappingAnswer{
		"/c": {"application/ld+json", "", `{"@context":"HOST/none",` + dataset}, "/none": {"text/html", "", "<html>"}})
	expect(t, got, "error: ", "/none")
}

// TestDistributionIRIs puts a file before the others: they keep their IRIs.
func TestDistributionIRIs(t *testing.T) {
	list := func(files ...string) (iris []string) {
		var b strings.Builder
		b.WriteString(`[{"identifier":"1","title":"T","distribution":[`)
		for i, f := range files {
			if i > 0 {
				b.WriteByte(',')
			}
			b.WriteString(`{"downloadURL":"http://ex.org/` + f + `"}`)
		}
		got := gatherMapping(t, "datajson", "/", map[string]mappingAnswer{"/": {"", "", b.String() + "]}]"}})
		for line := range strings.Lines(got) {
			if s, ok := strings.CutPrefix(line, "<https://data.example.tw/distribution/"); ok &&
				strings.Contains(line, "downloadURL>") {
				iris = append(iris, s)
			}
		}
		return iris
	}
	before, after := list("a.csv", "b.csv", "c"), list("new.csv", "a.csv", "b.csv", "c")
	if len(before) != 3 || len(after) != 4 {
		t.Fatalf("%d and %d distributions", len(before), len(after))
	}
	for _, iri := range before {
		if !slices.Contains(after, iri) {
			t.Errorf("%s is no longer among %v", iri, after)
		}
	}
}
