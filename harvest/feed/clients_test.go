package feed

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"fincat/harvest/feed/pod"
	"fincat/store"
	"fincat/vocab"
	"fincat/vocab/dcat"
	"fincat/vocab/rdfio"
	"fincat/vocab/term"
)

// TestAcceptHeaders asks as RDFLib and others do for each syntax that they read.
func TestAcceptHeaders(t *testing.T) {
	_, h := newTestHandler(t)
	for want, accepted := range map[string][]string{
		"application/rdf+xml": {"application/rdf+xml, */*;q=0.1",
			"application/rdf+xml,text/rdf+n3;q=0.9,application/xhtml+xml;q=0.5, */*;q=0.1"},
		"text/turtle": {"text/n3, */*;q=0.1", "text/turtle, application/x-turtle, */*;q=0.1", "TEXT/N3",
			"*/*"},
		"application/n-triples": {"text/plain, */*;q=0.1", "application/n-triples"},
		"application/trig":      {"application/trig, */*;q=0.1"},
		"application/n-quads":   {"application/n-quads", "text/x-nquads"},
		"application/ld+json":   {"application/ld+json, application/json;q=0.9, */*;q=0.1", "application/json"},
	} {
		for _, accept := range accepted {
			if got := get(h, "catalog", "Accept", accept).Header().Get("Content-Type"); got != want {
				t.Errorf("Accept: %s is answered with %s, want %s", accept, got, want)
			}
		}
	}
}

// TestUnknownParameters asks every route for what it does not have.
func TestUnknownParameters(t *testing.T) {
	_, h := newTestHandler(t)
	for _, path := range []string{"catalog", "catalog.jsonld", "describe.ttl", "data.json", "sitemap.xml",
		"feed/atom.xml", "feed/ldes", "feed/ldes/1", "dump.nq.gz", "context.jsonld", "api/v1/rest/dataset",
		"croissant.json"} {
		w := get(h, path+"?nothing=1")
		if w.Code != http.StatusBadRequest || !strings.Contains(w.Body.String(), "nothing") {
			t.Errorf("%s with an unknown parameter = %d %s", path, w.Code, w.Body)
		}
		if w := get(h, path+"?%zz"); w.Code != http.StatusBadRequest {
			t.Errorf("%s with a malformed query = %d", path, w.Code)
		}
	}
}

// TestContext reads a page with the context that is served in place of its own.
func TestContext(t *testing.T) {
	_, h := newTestHandler(t)
	var context, page map[string]any
	if err := json.Unmarshal(get(h, "context.jsonld").Body.Bytes(), &context); err != nil {
		t.Fatal(err)
	}
	body := get(h, "catalog.jsonld").Body.Bytes()
	if err := json.Unmarshal(body, &page); err != nil {
		t.Fatal(err)
	}
	page["@context"] = context["@context"]
	other, err := json.Marshal(page)
	if err != nil {
		t.Fatal(err)
	}
	read := func(doc []byte) []term.Quad {
		quads, err := rdfio.ReadAll(t.Context(), strings.NewReader(string(doc)),
			rdfio.ReadOptions{Format: rdfio.JSONLD})
		if err != nil {
			t.Fatal(err)
		}
		return quads
	}
	sameGraph(t, "a page with the served context", read(other), read(body))
	if turtle := get(h, "catalog.ttl").Body.Len(); len(body) > 2*turtle {
		t.Errorf("the page has %d bytes in JSON-LD and %d in Turtle", len(body), turtle)
	}
}

// TestDeletionsAreTold asks for what has changed since a time.
func TestDeletionsAreTold(t *testing.T) {
	h, mux := newTestHandler(t)
	get(mux, "catalog")
	gone := base.Dataset("two", "c")
	drop := store.Change{Drop: []term.Term{term.NewIRI(base.Graph("two", "c"))}}
	if _, err := h.Store.Commit(t.Context(), drop); err != nil {
		t.Fatal(err)
	}
	for query, want := range map[string]bool{"": false, "?modified_since=2026-10-01": true,
		"?modified_since=2026-10-01&source=two": true, "?modified_since=2026-10-01&source=one": false,
		"?modified_since=" + url.QueryEscape(time.Now().Add(time.Hour).UTC().Format(time.RFC3339)): false} {
		quads := parse(t, get(mux, "catalog.nt"+query))
		told := slices.ContainsFunc(quads, func(q term.Quad) bool {
			return q.Subject.Value() == base.Record("two", "c") && q.Predicate.Value() == vocab.PROVInvalidatedAtTime
		})
		listed := slices.ContainsFunc(quads, func(q term.Quad) bool {
			return q.Predicate.Value() == vocab.DCATDatasetProperty && q.Object.Value() == gone
		})
		if told != want || listed {
			t.Errorf("catalog%s tells the deletion: %v, want %v; lists the dataset: %v", query, told, want, listed)
		}
	}
}

// seen counts how often each feed shows each dataset.
type seen map[string]map[string]int

// TestEveryFeedWhileCommitting reads all feeds to their ends while datasets come, change
// and go: each dataset that was there all the time is in each of them exactly once, and in
// the end all feeds have the same.
func TestEveryFeedWhileCommitting(t *testing.T) {
	h, mux := newHandlerOver(t, manyDatasets(120))
	get(mux, "feed/ldes")
	ctx, stop := context.WithCancel(t.Context())
	var busy sync.WaitGroup
	busy.Go(func() {
		for i := 0; ctx.Err() == nil; i++ {
			touch(t, h, "50")
			touch(t, h, fmt.Sprint("new", i%20))
			gone := term.NewIRI(base.Graph("one", fmt.Sprint("new", (i+10)%20)))
			if _, err := h.Store.Commit(t.Context(), store.Change{Drop: []term.Term{gone}}); err != nil {
				t.Error(err)
			}
		}
	})
	during := readFeeds(t, mux)
	stop()
	busy.Wait()
	for feed, datasets := range during {
		for i := range 120 {
			if n := datasets[base.Dataset("one", fmt.Sprint(i))]; n != 1 {
				t.Errorf("while commits go on %s shows dataset %d %d times", feed, i, n)
			}
		}
	}
	var want []string
	for feed, datasets := range readFeeds(t, mux) {
		var got []string
		for iri, n := range datasets {
			if got = append(got, iri); n != 1 {
				t.Errorf("%s shows %s %d times", feed, iri, n)
			}
		}
		slices.Sort(got)
		if want == nil {
			want = got
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s has %d datasets, others %d", feed, len(got), len(want))
		}
	}
}

// readFeeds reads every feed to its end.
func readFeeds(t *testing.T, h http.Handler) seen {
	t.Helper()
	out := seen{}
	count := func(feed, iri string) {
		if out[feed] == nil {
			out[feed] = map[string]int{}
		}
		out[feed][iri]++
	}
	for _, syntax := range []string{"ttl", "jsonld"} {
		for _, page := range walk(t, h, "catalog."+syntax+"?page_size=20", nil) {
			for _, id := range page {
				count("catalog."+syntax, string(base)+"dataset/"+id)
			}
		}
	}
	for query := "verb=ListRecords&metadataPrefix=oai_dc"; query != ""; {
		a := askOAI(t, h, query)
		for _, r := range a.Records {
			if r.Header.Status == "" {
				count("oai", base.Dataset("one", strings.TrimPrefix(r.Header.Identifier, "oai:data.example.tw:one/")))
			}
		}
		if query = ""; a.Token.Value != "" {
			query = "verb=ListRecords&resumptionToken=" + a.Token.Value
		}
	}
	alive, _ := members(ldesPages(t, h, "text/turtle"))
	for _, iri := range alive {
		count("ldes", iri)
	}
	for _, d := range decode[pod.Catalog](t, h, "data.json", http.StatusOK).Dataset {
		count("data.json", d.Identifier)
	}
	for _, id := range decode[struct{ Result []string }](t, h, "api/v1/rest/dataset", http.StatusOK).Result {
		count("rest/dataset", string(base)+"dataset/"+strings.Replace(id, "__", "/", 1))
	}
	return out
}

// python runs a program of the interpreter in the path, if it has a package.
func python(t *testing.T, needs, program string, args ...string) string {
	t.Helper()
	if err := exec.CommandContext(t.Context(), "python3", "-c", "import "+needs).Run(); err != nil {
		t.Skipf("python3 with %s is not installed: pip install %s", needs, needs)
	}
	args = append([]string{"-c", program}, args...)
	out, err := exec.CommandContext(t.Context(), "python3", args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return strings.TrimSpace(string(out))
}

// served is a handler behind an address with which its IRIs begin.
func served(t *testing.T, datasets int) string {
	t.Helper()
	return serving(t, manyDatasets(datasets))
}

func serving(t *testing.T, document string) string {
	t.Helper()
	srv := httptest.NewUnstartedServer(nil)
	t.Cleanup(srv.Close)
	address := "http://" + srv.Listener.Addr().String() + "/"
	_, mux := newHandlerAt(t, dcat.Base(address), strings.ReplaceAll(document, string(base), address))
	srv.Config.Handler = mux
	srv.Start()
	return address
}

// TestRDFLib has RDFLib walk through the catalogue in each syntax that it reads.
func TestRDFLib(t *testing.T) {
	address := served(t, 25)
	const program = `
import sys, rdflib
from rdflib.namespace import DCAT
hydra = rdflib.Namespace("http://www.w3.org/ns/hydra/core#")
for f in ["turtle", "xml", "json-ld", "nt", "n3"]:
    page, found = sys.argv[1] + "catalog", []
    while page:
        g = rdflib.Graph().parse(page, format=f)
        found += list(g.subjects(rdflib.RDF.type, DCAT.Dataset))
        page = next((str(o) for o in g.objects(None, hydra.next)), None)
    print(f, len(found), len(set(found)))
`
	want := ""
	for _, f := range []string{"turtle", "xml", "json-ld", "nt", "n3"} {
		want += f + " 25 25\n"
	}
	if got := python(t, "rdflib", program, address); got != strings.TrimSpace(want) {
		t.Errorf("RDFLib finds\n%s\nwant\n%s", got, want)
	}
}

// TestSickle has Sickle harvest over OAI-PMH.
func TestSickle(t *testing.T) {
	address := served(t, 250)
	const program = `
import sys
from sickle import Sickle
s = Sickle(sys.argv[1] + "oai")
print(s.Identify().granularity, len(list(s.ListSets())), len(list(s.ListMetadataFormats())))
for p in ["oai_dc", "dcat_rdf", "oai_datacite"]:
    ids = [r.header.identifier for r in s.ListRecords(metadataPrefix=p)]
    print(p, len(ids), len(set(ids)))
print(len(list(s.ListIdentifiers(metadataPrefix="oai_dc", set="source:one"))))
print(s.GetRecord(identifier=ids[0], metadataPrefix="oai_dc").metadata["title"])
`
	want := "YYYY-MM-DDThh:mm:ssZ 1 4\noai_dc 250 250\ndcat_rdf 250 250\noai_datacite 250 250\n250\n['0']"
	if got := python(t, "sickle", program, address); got != want {
		t.Errorf("Sickle finds\n%s\nwant\n%s", got, want)
	}
}

// TestLDESClient has ldes-client, the client of those who wrote the specification, replicate the
// stream, also after a change and a deletion. It fetches no shape from elsewhere.
func TestLDESClient(t *testing.T) {
	root, err := exec.CommandContext(t.Context(), "npm", "root", "--global").Output()
	client := filepath.Join(strings.TrimSpace(string(root)), "ldes-client", "dist", "lib", "client.js")
	if _, missing := os.Stat(client); err != nil || missing != nil {
		t.Skip("ldes-client is not installed: npm install --global ldes-client")
	}
	srv := httptest.NewUnstartedServer(nil)
	t.Cleanup(srv.Close)
	here := dcat.Base("http://" + srv.Listener.Addr().String() + "/")
	h, mux := newHandlerAt(t, here, strings.ReplaceAll(manyDatasets(300), string(base), string(here)))
	srv.Config.Handler = mux
	srv.Start()
	get(mux, "feed/ldes")
	g := term.NewIRI(here.Graph("one", "5"))
	more := term.Quad{Subject: term.NewIRI(here.Dataset("one", "5")), Predicate: term.NewIRI(vocab.DCTTitle),
		Object: term.NewString("more"), Graph: g}
	for _, c := range []store.Change{{Add: []term.Quad{more}},
		{Drop: []term.Term{term.NewIRI(here.Graph("one", "7"))}}} {
		if _, err := h.Store.Commit(t.Context(), c); err != nil {
			t.Fatal(err)
		}
		get(mux, "feed/ldes")
	}
	const program = `
import { pathToFileURL } from "node:url";
const { replicateLDES } = await import(pathToFileURL(process.argv[1]));
const as = "https://www.w3.org/ns/activitystreams#", newest = new Map();
let members = 0, titled = 0;
for await (const m of replicateLDES({ url: process.argv[2] }).stream()) {
  const mine = m.quads.filter((q) => q.subject.value === m.id.value);
  const of = (p) => mine.find((q) => q.predicate.value.endsWith(p))?.object.value;
  const object = of(as + "object"), at = of(as + "published");
  members++;
  if (m.quads.some((q) => q.subject.value === object && q.predicate.value.endsWith("/title"))) titled++;
  if (!newest.has(object) || newest.get(object).at < at) newest.set(object, { at, type: of("#type") });
}
const alive = [...newest.values()].filter((x) => x.type !== as + "Delete").length;
console.log(members, titled, alive, newest.size);
`
	out, err := exec.CommandContext(t.Context(), "node", "--input-type=module", "-e", program, client,
		string(here)+"feed/ldes").Output()
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	if !slices.Contains(lines, "302 301 299 300") || err != nil {
		t.Errorf("ldes-client finds %q, %v, want 302 members, 301 with a title, of 300 datasets, 299 of which "+
			"are left", lines, err)
	}
}

// TestCKANAPI has ckanapi call each action, with POST as it does by itself and with GET.
func TestCKANAPI(t *testing.T) {
	document := manyDatasets(25)
	for i := range 25 {
		document += fmt.Sprintf("<graph/one/%[1]d> { <dataset/one/%[1]d> dct:publisher <org/twse> . }\n", i)
	}
	address := serving(t, document)
	const program = `
import sys, ckanapi
for get in [False, True]:
    c = ckanapi.RemoteCKAN(sys.argv[1].rstrip("/"), get_only=get)
    names, start = [], 0
    while True:
        found = c.action.package_search(q="*:*", rows=10, start=start, sort="name asc")
        if not found["results"]:
            break
        names += [p["name"] for p in found["results"]]
        start += 10
    print(len(names), len(set(names)), names == sorted(names), names == c.action.package_list())
    one = c.action.package_show(id=names[3])
    print(one["name"] == names[3], len(c.action.current_package_list_with_resources(limit=7)))
    orgs = c.action.organization_list(all_fields=True)
    print([(o["name"], o["package_count"]) for o in orgs])
    print(c.action.organization_show(id=orgs[0]["name"])["name"], c.action.status_show()["ckan_version"])
    found = c.call_action("package_search", {"rows": 0, "facet.field": '["organization"]'})
    print(found["facets"]["organization"], c.action.tag_list(), len(c.action.license_list()) > 5, c.action.group_list())
    for call, fault in [(lambda: c.action.package_show(id="x"), ckanapi.NotFound),
                        (lambda: c.action.package_search(fq="x:y"), ckanapi.SearchQueryError),
                        (lambda: c.action.package_search(rows="x"), ckanapi.ValidationError)]:
        try:
            call()
            print("no fault")
        except fault:
            pass
`
	want := strings.Repeat(`25 25 True True
True 7
[('twse', 25)]
twse 2.10.0
{'twse': 25} [] True []
`, 2)
	if got := python(t, "ckanapi", program, address); got != strings.TrimSpace(want) {
		t.Errorf("ckanapi finds\n%s\nwant\n%s", got, want)
	}
}
