package harvest

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"fincat/harvest/history"
	"fincat/harvest/source"
	"fincat/vocab"
	"fincat/vocab/term"
)

// listing is how a source of a kind shows its records.
type listing struct {
	kind, url, more string
	document        func(base, request string, n int) (contentType, body string)
}

// lists are sources of every kind that show n datasets, by path and query.
var lists = []listing{
	{"openapi", "/api.json", "", func(_, _ string, n int) (string, string) {
		return "application/json",
			`{"openapi":"3.0.1","info":{"title":"API","version":"1"},"servers":[{"url":"https://api.example.tw"}],"paths":{` +
				list(n, ",", `"/t%d":{"get":{"summary":"Table %d","responses":{"200":{"description":"ok"}}}}`) + `}}`
	}},
	{"datagovtw", "/export", "", func(_, _ string, n int) (string, string) {
		return "application/json", `{"datasets":[` +
			list(n, ",", `{"id":"%d","name":"資料集%d","urls":["https://files.example.tw/a.csv"]}`) + `]}`
	}},
	{"dcat", "/catalog.ttl", "", func(_, _ string, n int) (string, string) {
		return "text/turtle", "@prefix dcat: <http://www.w3.org/ns/dcat#> . @prefix dct: " +
			"<http://purl.org/dc/terms/> .\n<https://e.tw/c> a dcat:Catalog .\n" +
			list(n, "\n", `<https://e.tw/d/%d> a dcat:Dataset ; dct:title "Title %d" .`)
	}},
	{"ldes", "/feed", "", func(base, _ string, n int) (string, string) {
		return "text/turtle", "@prefix tree: <https://w3id.org/tree#> . @prefix ldes: <https://w3id.org/ldes#> . " +
			"@prefix dcat: <http://www.w3.org/ns/dcat#> . @prefix dct: <http://purl.org/dc/terms/> .\n<#s> a " +
			"ldes:EventStream ; tree:view <> . <> a tree:Node .\n" +
			list(n, "\n", `<#s> tree:member <https://e.tw/m/%d> . <https://e.tw/m/%[1]d> a dcat:Dataset ; dct:title "Title %[1]d" .`)
	}},
	{"ckan", "", "", func(_, request string, n int) (string, string) {
		if !strings.HasPrefix(request, "/api/3/action/package_search") {
			return "", ""
		}
		return "application/json", fmt.Sprintf(`{"success":true,"result":{"count":%d,"results":[%s]}}`, n,
			list(n, ",", `{"id":"i%d","name":"n%[1]d","title":"Title %[1]d","state":"active"}`))
	}},
	{"datajson", "/data.json", "", func(_, _ string, n int) (string, string) {
		return "application/json", `{"conformsTo":"https://project-open-data.cio.gov/v1.1/schema","dataset":[` +
			list(n, ",", `{"identifier":"i%d","title":"Title %d","accessLevel":"public"}`) + `]}`
	}},
	{"html", "/list.html", ", html: {record: li, fields: {title: a, identifier: 'a@href', landingPage: 'a@href'}}",
		func(_, _ string, n int) (string, string) {
			return "text/html", "<!doctype html><title>List</title><ul>" +
				list(n, "", `<li><a href="/d/%d">Title %d</a></li>`) + "</ul>"
		}},
	{"schemaorg", "/page.html", "", func(_, _ string, n int) (string, string) {
		return "text/html", `<!doctype html><title>Page</title><script type="application/ld+json">{"@context":"https://schema.org/","@graph":[` + list(n, ",", `{"@type":"Dataset","@id":"https://e.tw/d/%d","name":"Title %d"}`) + `]}</script>`
	}},
	{"sitemap", "/sitemap.xml", "", func(base, request string, n int) (string, string) {
		if id, ok := strings.CutPrefix(request, "/d/"); ok {
			return "text/html", `<!doctype html><title>Page</title><script type="application/ld+json">{"@context":"https://schema.org/","@type":"Dataset","@id":"` + base + `/d/` + id + `","name":"Title ` + id + `"}</script>`
		}
		return "application/xml", `<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">` +
			strings.ReplaceAll(list(n, "", `<url><loc>BASE/d/%d</loc></url>`), "BASE", base) + `</urlset>`
	}},
	{"rss", "/feed.xml", "", func(_, _ string, n int) (string, string) {
		return "application/rss+xml", `<rss version="2.0"><channel><title>Feed</title>` +
			list(n, "", `<item><guid>g%d</guid><title>Title %d</title></item>`) + `</channel></rss>`
	}},
	{"oaipmh", "/oai", "", func(base, request string, n int) (string, string) {
		head := `<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><responseDate>2026-03-01T00:00:00Z</responseDate><request>` + base + `/oai</request>`
		switch {
		case strings.Contains(request, "verb=Identify"):
			return "text/xml", head + `<Identify><repositoryName>R</repositoryName><baseURL>` + base +
				`/oai</baseURL><protocolVersion>2.0</protocolVersion><adminEmail>a@e.tw</adminEmail><earliestDatestamp>2020-01-01</earliestDatestamp><deletedRecord>no</deletedRecord><granularity>YYYY-MM-DD</granularity></Identify></OAI-PMH>`
		case strings.Contains(request, "verb=ListMetadataFormats"):
			return "text/xml", head +
				`<ListMetadataFormats><metadataFormat><metadataPrefix>oai_dc</metadataPrefix><schema>http://www.openarchives.org/OAI/2.0/oai_dc.xsd</schema><metadataNamespace>http://www.openarchives.org/OAI/2.0/oai_dc/</metadataNamespace></metadataFormat></ListMetadataFormats></OAI-PMH>`
		case n == 0:
			return "text/xml", head + `<error code="noRecordsMatch">none</error></OAI-PMH>`
		}
		return "text/xml", head + `<ListRecords>` +
			list(n, "", `<record><header><identifier>oai:e.tw:%d</identifier><datestamp>2026-01-01</datestamp></header><metadata><oai_dc:dc xmlns:oai_dc="http://www.openarchives.org/OAI/2.0/oai_dc/" xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>Title %d</dc:title></oai_dc:dc></metadata></record>`) + `</ListRecords></OAI-PMH>`
	}},
	{"sparql", "/sparql", `, sparql: {query: "SELECT * {?s ?p ?o}", columns: {identifier: id, title: title}}`,
		func(_, _ string, n int) (string, string) {
			return "application/sparql-results+json", `{"head":{"vars":["id","title"]},"results":{"bindings":[` +
				list(n, ",", `{"id":{"type":"literal","value":"i%d"},"title":{"type":"literal","value":"Title %d"}}`) + `]}}`
		}},
	{"table", "/list.csv", ", table: {format: csv, columns: {identifier: id, title: name}}",
		func(_, _ string, n int) (string, string) {
			return "text/csv", "id,name\n" + list(n, "\n", "i%d,Title %d") + "\n"
		}},
}

// list repeats a form with the numbers from 1 to n.
func list(n int, sep, form string) string {
	var out []string
	for i := 1; i <= n; i++ {
		args := []any{i, i}
		if strings.Count(form, "%d") < 2 {
			args = args[:1]
		}
		out = append(out, fmt.Sprintf(form, args...))
	}
	return strings.Join(out, sep)
}

// datasets counts the datasets in the store.
func datasets(t *testing.T, h *Harvester) (n int) {
	t.Helper()
	sn, err := h.store.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	defer sn.Close()
	for _, err := range (reader{sn}).ids(t.Context(), term.Term{}, term.NewIRI(vocab.RDFType),
		term.NewIRI(vocab.DCATDataset), term.Term{}) {
		if err != nil {
			t.Fatal(err)
		}
		n++
	}
	return n
}

// TestNothingRemoved lets a source of each kind answer with nothing, an error
// page, a failure, no records, and half its records, again and again: no record
// is removed without approval, and all are found again afterwards.
func TestNothingRemoved(t *testing.T) {
	if got := len(lists); got != len(source.KindNames()) {
		t.Errorf("%d kinds are tested, want %d", got, len(source.KindNames()))
	}
	const n = 8
	for _, l := range lists {
		t.Run(l.kind, func(t *testing.T) {
			v := newShrinking(t, l)
			v.shows(n)
			if rep := mustRun(t, v.h, "bb"); rep.New != n {
				t.Fatalf("first run: %s, want %d new; %v", rep, n, rep.Problems)
			}
			contentType, _ := l.document(v.base, l.url, n)
			for _, bad := range []struct {
				name  string
				set   func()
				holds bool
			}{
				{"nothing", func() { v.answers(200, contentType, "") }, false},
				{"error page", func() {
					v.answers(200, "text/html",
						"<!DOCTYPE html><html><title>Maintenance</title><body><p>系統維護中</p></body></html>")
				}, false},
				{"failure", func() { v.answers(500, "text/plain", "fault") }, false},
				{"no records", func() { v.shows(0) }, false},
				{"half the records", func() { v.shows(n / 2) }, true},
			} {
				bad.set()
				v.keeps(bad.name, n, bad.holds)
				v.shows(n)
				if rep := mustRun(t, v.h, "bb"); rep.Unchanged != n && (!rep.Partial || rep.New+rep.Changed > 0) {
					t.Errorf("after %s: %s", bad.name, rep)
				}
			}
			if slices.Contains([]string{"rss", "ldes"}, l.kind) {
				return // streams of changes: what they do not show is not missing
			}
			v.shows(n / 2)
			rep := v.fourRuns()
			got, err := v.h.Approve(t.Context(), rep.Run)
			if left := datasets(t, v.h); err != nil || got.Removed != n/2 || left != n/2 {
				t.Errorf("Approve = %v, %v; %d datasets are left", got, err, left)
			}
		})
	}
}

// shrinking is a source that shows fewer records than before, or nothing at all.
type shrinking struct {
	t      *testing.T
	h      *Harvester
	list   listing
	base   string
	answer atomic.Pointer[func(request string) (status int, contentType, body string)]
}

func newShrinking(t *testing.T, l listing) *shrinking {
	t.Helper()
	v := &shrinking{t: t, list: l}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/robots.txt" {
			http.NotFound(w, r)
			return
		}
		status, contentType, body := (*v.answer.Load())(r.URL.RequestURI())
		w.Header().Set("Content-Type", contentType)
		w.WriteHeader(status)
		fmt.Fprint(w, body)
	}))
	t.Cleanup(srv.Close)
	v.base = srv.URL
	cfg, err := ParseConfig(strings.NewReader(fmt.Sprintf("base: %s\nharvest: {allow_private_addresses: "+
		"true}\nsources: [{id: bb, kind: %s, url: '%s%s', rate: 1000/s, retries: 1, full_every: 1ns%s}]\n",
		testBase, l.kind, v.base, l.url, l.more)))
	if err != nil {
		t.Fatal(err)
	}
	v.h = newHarvester(t, openStore(t), cfg)
	return v
}

// shows has the source show n records from now on.
func (v *shrinking) shows(n int) {
	answer := func(request string) (int, string, string) {
		contentType, body := v.list.document(v.base, request, n)
		if contentType == "" {
			return 404, "text/plain", "no"
		}
		return 200, contentType, body
	}
	v.answer.Store(&answer)
}

// answers has the source answer everything alike from now on.
func (v *shrinking) answers(status int, contentType, body string) {
	answer := func(string) (int, string, string) { return status, contentType, body }
	v.answer.Store(&answer)
}

// fourRuns runs four times, since tombstones come after three runs.
func (v *shrinking) fourRuns() (rep *history.Report) {
	for range 4 {
		rep = mustRun(v.t, v.h, "bb")
	}
	return rep
}

// keeps wants all n datasets to be left after four runs. A source that shows half of
// its records holds; one that shows nothing is never done.
func (v *shrinking) keeps(name string, n int, holds bool) {
	v.t.Helper()
	var rep *history.Report
	for range 4 {
		rep = mustRun(v.t, v.h, "bb")
		if rep.Removed > 0 || !holds && rep.Status == history.Done && !rep.Partial {
			v.t.Errorf("%s: %s, %s", name, rep.Status, rep)
		}
	}
	if got := datasets(v.t, v.h); got != n {
		v.t.Fatalf("%s: %d datasets are left, want %d", name, got, n)
	}
	if holds && rep.Status != history.Held && !rep.Partial {
		v.t.Errorf("%s: %s, %s, want %d held", name, rep.Status, rep, n/2)
	}
}
