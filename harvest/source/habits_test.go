package source

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"fincat/harvest/fetch"
)

// answered is an answer of a test's server.
type answered struct {
	status       int // 0: 200
	header, body string
}

// gathered is what came of a gathering.
type gathered struct {
	ids      []string // of the records that can be taken over
	broken   []string // rules of those that cannot
	problems []string // rules of those of the source
	rule     string   // of the error that ended it
	err      error
	session  *Session
}

// gatherFrom gathers from a server that answers by path and query; in answers,
// HOST stands for its address.
func gatherFrom(t *testing.T, cfg Config, o Options, answers map[string]answered) (g gathered) {
	t.Helper()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a, ok := answers[r.URL.RequestURI()]
		if !ok {
			if a, ok = answers[r.URL.Path]; !ok {
				http.NotFound(w, r)
				return
			}
		}
		host := strings.NewReplacer("HOST", "http://"+r.Host)
		for line := range strings.SplitSeq(host.Replace(a.header), "\n") {
			if name, v, ok := strings.Cut(line, ": "); ok {
				w.Header().Set(name, v)
			}
		}
		if a.status != 0 {
			w.WriteHeader(a.status)
		}
		fmt.Fprint(w, host.Replace(a.body))
	}))
	defer srv.Close()
	client, err := fetch.NewClient(fetch.Options{AllowPrivate: true})
	if err != nil {
		t.Fatal(err)
	}
	o.Client, o.Base = client, "https://data.example.tw/"
	cfg.ID, cfg.URL, cfg.Rate.Every, cfg.Retries = "a", srv.URL+cfg.URL, time.Microsecond, 1
	s, err := NewSession(cfg, o)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	kind, _ := KindByName(cfg.Kind)
	for rec, err := range kind.Gather(t.Context(), s) {
		var e *Error
		switch {
		case errors.As(err, &e):
			g.rule, g.err = e.Rule, e
			if e.Remedy == "" || e.Place.URL == "" {
				t.Errorf("error %v has no place or no remedy", e)
			}
		case err != nil:
			t.Errorf("%v is no *Error", err)
		case rec.Dataset != nil:
			g.ids = append(g.ids, strings.TrimPrefix(rec.ID, srv.URL))
		case len(rec.Problems) > 0:
			g.broken = append(g.broken, rec.Problems[0].Rule)
		}
	}
	for _, p := range s.Found.Problems {
		g.problems = append(g.problems, p.Rule)
	}
	g.session = s
	return g
}

const (
	turtle   = "Content-Type: text/turtle"
	jsonType = "Content-Type: application/json"
	xmlType  = "Content-Type: application/xml"
	prefixes = "@prefix dcat: <http://www.w3.org/ns/dcat#> . @prefix dct: <http://purl.org/dc/terms/> . " +
		"@prefix hydra: <http://www.w3.org/ns/hydra/core#> . @prefix tree: <https://w3id.org/tree#> . " +
		"@prefix ldes: <https://w3id.org/ldes#> .\n"
	oneDataset = `<https://e.example/1> a dcat:Dataset ; dct:title "一" .`
	oaiHead    = `<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/">`
	oaiOne     = `<record><header><identifier>i</identifier></header>` +
		`<metadata><dc><title>t</title></dc></metadata></record>`
	cswHead = `<csw:GetRecordsResponse xmlns:csw="http://www.opengis.net/cat/csw/2.0.2" ` +
		`xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:dcat="http://www.w3.org/ns/dcat#" ` +
		`xmlns:dct="http://purl.org/dc/terms/"><csw:SearchStatus/>`
	cswTail = `</csw:SearchResults></csw:GetRecordsResponse>`
)

func cswDataset(n int) string {
	return fmt.Sprintf(`<dcat:Dataset rdf:about="https://e.example/%d"><dct:title>t</dct:title></dcat:Dataset>`, n)
}

// TestSilentSuccess gives sources that show nothing, or less than they announce:
// each says so.
func TestSilentSuccess(t *testing.T) {
	tests := []struct {
		name, kind, url string
		answers         map[string]answered
		records         int
		rule            string // of the error; "" for none
		says            string // in it
	}{
		{"JSON error", "dcat", "/c", map[string]answered{"/c": {0, jsonType, `{"error":"not authorised"}`}}, 0,
			"empty", "not authorised"},
		{"names only", "dcat", "/c", map[string]answered{"/c": {0, turtle, prefixes +
			`<https://e.example/c> a dcat:Catalog ; dcat:dataset <https://e.example/1>, <https://e.example/2> .`}}, 0,
			"empty", "only names 2"},
		{"namespace with https", "dcat", "/c", map[string]answered{"/c": {0, turtle,
			`<https://e.example/1> a <https://www.w3.org/ns/dcat#Dataset> .`}}, 0, "namespace", "https"},
		{"comment", "dcat", "/c", map[string]answered{"/c": {0, turtle, "# later"}}, 0, "empty", "no statement"},
		{"another class", "dcat", "/c", map[string]answered{"/c": {0, turtle, prefixes +
			`<https://e.example/1> a dcat:Catalog .`}}, 0, "empty", "no dcat:Dataset"},
		{"fewer than hydra:totalItems", "dcat", "/c", map[string]answered{"/c": {0, turtle, prefixes + oneDataset +
			`<> a hydra:Collection ; hydra:totalItems 2 .`}}, 1, "incomplete", "announces 2"},
		{"as many as hydra:totalItems", "dcat", "/c", map[string]answered{"/c": {0, turtle, prefixes + oneDataset +
			`<> a hydra:Collection ; hydra:totalItems 1 ; hydra:next <> .`}}, 1, "", ""},
		{"its own next page", "dcat", "/c", map[string]answered{"/c": {0, turtle, prefixes + oneDataset +
			`<> a hydra:Collection ; hydra:next <> .`}}, 1, "repeated-page", "names itself"},
		{"its own next page, in the header", "dcat", "/c", map[string]answered{"/c": {0, turtle +
			"\nLink: <HOST/c>; rel=next", prefixes + oneDataset}}, 1, "repeated-page", ""},
		{"its own next page", "rss", "/f", map[string]answered{"/f": {0, xmlType,
			`<feed xmlns="http://www.w3.org/2005/Atom"><link rel="next" href="HOST/f"/>` +
				`<entry><id>1</id><title>t</title></entry></feed>`}}, 1, "repeated-page", ""},
		{"completeListSize", "oaipmh", "/oai?metadataPrefix=oai_dc", map[string]answered{
			"/oai?verb=Identify": {0, xmlType, oaiHead + "<Identify/></OAI-PMH>"},
			"/oai?metadataPrefix=oai_dc&verb=ListRecords": {0, xmlType, oaiHead + "<ListRecords>" + oaiOne +
				`<resumptionToken completeListSize="2"/></ListRecords></OAI-PMH>`}}, 1, "incomplete", "announces 2"},
		{"count as text", "ckan", "/", map[string]answered{"/api/3/action/package_search": {0, jsonType,
			`{"success":true,"result":{"count":"1","results":[{"id":"1","title":"t"}]}}`}}, 1, "", ""},
		{"count of data.json", "datajson", "/d", map[string]answered{"/d": {0, jsonType,
			`{"count":3,"dataset":[{"identifier":"1","title":"t"}]}`}}, 1, "incomplete", "announces 3"},
		{"CSW that hits only", "dcat", "/c", map[string]answered{"/c": {0, xmlType, cswHead +
			`<csw:SearchResults numberOfRecordsMatched="6">` + cswTail}}, 0, "csw", "6 records"},
		{"CSW with ISO 19115-3", "dcat", "/c", map[string]answered{"/c": {0, xmlType, cswHead +
			`<csw:SearchResults numberOfRecordsMatched="1">` +
			`<m:MD_Metadata xmlns:m="http://standards.iso.org/iso/19115/-3/mdb/2.0"/>` + cswTail}}, 0, "csw",
			"MD_Metadata of http://standards.iso.org"},
		{"CSW that refuses", "dcat", "/c", map[string]answered{"/c": {0, xmlType,
			`<ows:ExceptionReport xmlns:ows="http://www.opengis.net/ows">` +
				`<ows:Exception exceptionCode="MissingParameterValue">` +
				`<ows:ExceptionText>no request</ows:ExceptionText></ows:Exception></ows:ExceptionReport>`}}, 0, "csw",
			"no request"},
		{"CSW with DCAT", "dcat", "/c?request=GetRecords", map[string]answered{
			"/c?request=GetRecords": {0, xmlType, cswHead +
				`<csw:SearchResults numberOfRecordsMatched="3" nextRecord="3">` + cswDataset(1) +
				"<rdf:RDF>" + cswDataset(2) + "</rdf:RDF>" + cswTail},
			"/c?request=GetRecords&startPosition=3": {0, xmlType, cswHead +
				`<csw:SearchResults numberOfRecordsMatched="3" nextRecord="0">` + cswDataset(3) +
				cswTail}}, 3, "", ""},
		{"CSW with less DCAT", "dcat", "/c", map[string]answered{"/c": {0, xmlType, cswHead +
			`<csw:SearchResults numberOfRecordsMatched="2">` + cswDataset(1) + cswTail}}, 1, "incomplete",
			"announces 2"},
	}
	for _, tt := range tests {
		t.Run(tt.kind+", "+tt.name, func(t *testing.T) {
			g := gatherFrom(t, Config{Kind: tt.kind, URL: tt.url}, Options{}, tt.answers)
			if g.rule != tt.rule || len(g.ids) != tt.records ||
				tt.rule != "" && !strings.Contains(g.err.Error(), tt.says) {
				t.Errorf("%d records, %v, want %d and rule %q with %q", len(g.ids), g.err, tt.records, tt.rule,
					tt.says)
			}
		})
	}
}

// TestBareNames checks that datasets are reported which a catalogue names beside
// those that it describes.
func TestBareNames(t *testing.T) {
	g := gatherFrom(t, Config{Kind: "dcat", URL: "/c"}, Options{}, map[string]answered{"/c": {0, turtle, prefixes +
		oneDataset + `<https://e.example/c> a dcat:Catalog ; ` +
		`dcat:dataset <https://e.example/1>, <https://e.example/2> .`}})
	if len(g.ids) != 1 || g.err != nil || !slices.Equal(g.problems, []string{"not-described"}) {
		t.Errorf("%v, %v, problems %v", g.ids, g.err, g.problems)
	}
}

// TestHabits gives sources that do as others do.
func TestHabits(t *testing.T) {
	pod := func(id, more string) string {
		return fmt.Sprintf(`{%s"dataset":[{"identifier":%q,"title":"t"}]}`, more, id)
	}
	plain := `{"@id":"https://e.example/1","@type":"dcat:Dataset","dct:title":"一"}`
	words := `{"@context":{"dcat":"http://www.w3.org/ns/dcat#","dct":"http://purl.org/dc/terms/"}}`
	shown := func(id string) string {
		return fmt.Sprintf(`{"success":true,"result":{"id":%q,"title":"t"}}`, id)
	}
	tests := []struct {
		name, kind, url string
		answers         map[string]answered
		ids, broken     []string
		problems        []string
	}{
		{"data.json in pages", "datajson", "/1", map[string]answered{
			"/1": {0, jsonType, pod("a", `"next":"/2",`)},
			"/2": {0, jsonType + "\nLink: </3>; rel=\"next\"", pod("b", "")},
			"/3": {0, jsonType, pod("c", `"links":[{"rel":"self","href":"/3"}],"count":3,`)}},
			[]string{"a", "b", "c"}, nil, nil},
		{"a charset as the coding", "datajson", "/1", map[string]answered{
			"/1": {0, jsonType + "\nContent-Encoding: utf-8", pod("a", "")}}, []string{"a"}, nil,
			[]string{"content-encoding"}},
		{"a context of its own", "dcat", "/c", map[string]answered{
			"/c":   {0, "Content-Type: application/ld+json", `{"@context":"HOST/ctx",` + plain[1:]},
			"/ctx": {0, jsonType, words}}, []string{"https://e.example/1"}, nil, nil},
		{"a context in the header", "dcat", "/c", map[string]answered{
			"/c":   {0, jsonType + "\nLink: </ctx>; rel=\"http://www.w3.org/ns/json-ld#context\"", plain},
			"/ctx": {0, jsonType, words}}, []string{"https://e.example/1"}, nil, nil},
		{"one dataset of DKAN answers 500", "ckan", "/", map[string]answered{
			"/api/3/action/package_list":      {0, jsonType, `{"success":true,"result":["a","b","c","d"]}`},
			"/api/3/action/package_show?id=a": {0, jsonType, shown("a")},
			"/api/3/action/package_show?id=b": {500, "", "oops"},
			"/api/3/action/package_show?id=c": {0, jsonType, "<html>"},
			"/api/3/action/package_show?id=d": {0, jsonType, shown("d")}}, []string{"a", "d"},
			[]string{"http-status", "html"}, nil},
		{"a page of a stream is gone", "ldes", "/v", map[string]answered{
			"/v": {0, turtle, prefixes + `<HOST/v> tree:relation [ a tree:Relation ; tree:node <HOST/old> ], ` +
				`[ a tree:Relation ; tree:node <HOST/new> ] .`},
			"/old": {410, "", "gone"},
			"/new": {0, turtle, prefixes + `<HOST/s> tree:member <https://e.example/1> .` + oneDataset}},
			[]string{"https://e.example/1"}, nil, nil},
		{"separated by semicolons", "table", "/t", map[string]answered{
			"/t": {0, "Content-Type: text/csv", "id;name\n1;t\n"}}, []string{"1"}, nil, nil},
		{"lines that end with CR", "table", "/t", map[string]answered{
			"/t": {0, "Content-Type: text/csv", "id;name\r1;t\r2;u\r"}}, []string{"1", "2"}, nil, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			cfg := Config{Kind: tt.kind, URL: tt.url}
			if tt.kind == "table" {
				cfg.Table = &Table{Separator: ";", Columns: map[string]string{"identifier": "id", "title": "name"}}
			}
			g := gatherFrom(t, cfg, Options{}, tt.answers)
			if g.err != nil || !slices.Equal(g.ids, tt.ids) || !slices.Equal(g.broken, tt.broken) ||
				!slices.Equal(g.problems, tt.problems) {
				t.Errorf("records %v, broken %v, problems %v, %v; want %v, %v, %v", g.ids, g.broken, g.problems, g.err,
					tt.ids, tt.broken, tt.problems)
			}
		})
	}
}

// TestGonePageMakesNothingMissing checks that a stream of which a page is gone
// does not count as whole, and that its first page has to be there.
func TestGonePageMakesNothingMissing(t *testing.T) {
	answers := map[string]answered{"/v": {0, turtle, prefixes +
		`<HOST/v> tree:relation [ a tree:Relation ; tree:node <HOST/old> ] .`}, "/old": {410, "", ""}}
	g := gatherFrom(t, Config{Kind: "ldes", URL: "/v"}, Options{}, answers)
	if g.err != nil || !g.session.Found.Partial {
		t.Errorf("%v, partial %t", g.err, g.session.Found.Partial)
	}
	answers["/v"] = answered{410, "", ""}
	if g := gatherFrom(t, Config{Kind: "ldes", URL: "/v"}, Options{}, answers); g.rule != "http-status" {
		t.Errorf("the first page is gone: %v", g.err)
	}
}

// TestMissingContext checks that a context that cannot be loaded has a remedy of
// its own.
func TestMissingContext(t *testing.T) {
	g := gatherFrom(t, Config{Kind: "dcat", URL: "/c"}, Options{}, map[string]answered{"/c": {0,
		"Content-Type: application/ld+json", `{"@context":"HOST/ctx","@id":"https://e.example/1"}`}})
	if g.rule != "context" || !strings.Contains(g.err.Error(), "404") {
		t.Errorf("error = %v", g.err)
	}
}

// TestServerInTrouble checks that a list of single datasets ends when the server
// answers none of them any more.
func TestServerInTrouble(t *testing.T) {
	names := strings.TrimSuffix(strings.Repeat(`"x",`, 3*maxBroken), ",")
	g := gatherFrom(t, Config{Kind: "ckan", URL: "/"}, Options{}, map[string]answered{
		"/api/3/action/package_list": {0, jsonType, `{"success":true,"result":[` + names + `]}`},
		"/api/3/action/package_show": {500, "", ""}})
	if len(g.broken) != maxBroken || g.rule != "http-status" {
		t.Errorf("%d broken, %v", len(g.broken), g.err)
	}
}

// solutions is an answer with n solutions.
func solutions(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `%s{"i":{"type":"literal","value":"%d"},"t":{"type":"literal","value":"t"}}`,
			strings.Repeat(",", min(i, 1)), i)
	}
	return `{"head":{"vars":["i","t"]},"results":{"bindings":[` + b.String() + `]}}`
}

// TestPartialAnswers gives the ways in which SPARQL endpoints say that an answer
// is a part, and one in which they do not.
func TestPartialAnswers(t *testing.T) {
	const header = "Content-Type: application/sparql-results+json\n"
	tests := []struct {
		name     string
		a        answered
		rule     string
		problems []string
	}{
		{"whole", answered{0, header, solutions(60)}, "", nil},
		{"time is up", answered{0, header + "X-SQL-State: S1TAT\nX-SQL-Message: incomplete", solutions(60)},
			"incomplete", nil},
		{"as many as it sends", answered{0, header + "X-SPARQL-MaxRows: 60", solutions(60)}, "incomplete", nil},
		{"fewer than it sends", answered{0, header + "X-SPARQL-MaxRows: 61", solutions(60)}, "", nil},
		{"a suspicious number", answered{0, header, solutions(1000)}, "", []string{"row-limit"}},
	}
	for _, tt := range tests {
		cfg := Config{Kind: "sparql", URL: "/q", SPARQL: &SPARQL{Query: "SELECT ?i ?t { ?i ?p ?t }",
			Columns: map[string]string{"identifier": "i", "title": "t"}}}
		g := gatherFrom(t, cfg, Options{}, map[string]answered{"/q": tt.a})
		if g.rule != tt.rule || !slices.Equal(g.problems, tt.problems) {
			t.Errorf("%s: %v, problems %v, want %q, %v", tt.name, g.err, g.problems, tt.rule, tt.problems)
		}
	}
}

// TestFilterByColumn checks that a filter may name a column of a table, and that
// what it leaves out is counted.
func TestFilterByColumn(t *testing.T) {
	const lines = `{"id":"1","name":"一","provider":"甲"}` + "\n" + `{"id":"2","name":"二","provider":"乙"}` + "\n"
	for want, n := range map[string]int{"甲": 1, "丙": 2} {
		g := gatherFrom(t, Config{Kind: "table", URL: "/t.jsonl", Filter: map[string]string{"provider": want},
			Table: &Table{Format: "jsonl", Columns: map[string]string{"identifier": "id", "title": "name"}}},
			Options{}, map[string]answered{"/t.jsonl": {0, jsonType, lines}})
		if g.err != nil || len(g.ids) != 2-n || g.session.Filtered() != n {
			t.Errorf("filter %s: %v, %v, %d left out", want, g.ids, g.err, g.session.Filtered())
		}
	}
}

// TestFirstPageNamesItself checks that a list in web pages whose first page is
// its own next page says so; on a later page that is the usual end.
func TestFirstPageNamesItself(t *testing.T) {
	list := func(n int, next string) answered {
		return answered{0, "Content-Type: text/html",
			fmt.Sprintf(`<html><p>t%d</p><a href=%q>next</a></html>`, n, next)}
	}
	cfg := Config{Kind: "html", URL: "/1"}
	cfg.HTML = &HTML{Record: "html", Next: "a", Fields: map[string]string{"title": "p"}}
	g := gatherFrom(t, cfg, Options{}, map[string]answered{"/1": list(1, "/1")})
	if len(g.ids) != 1 || !slices.Equal(g.problems, []string{"repeated-page"}) {
		t.Errorf("first page: %v, %v, %v", g.ids, g.problems, g.err)
	}
	g = gatherFrom(t, cfg, Options{}, map[string]answered{"/1": list(1, "/2"), "/2": list(2, "/2")})
	if len(g.ids) != 2 || len(g.problems) > 0 || g.err != nil {
		t.Errorf("last page: %v, %v, %v", g.ids, g.problems, g.err)
	}
}

// TestOneDatasetBreaksTheSearch checks that a portal which answers 500 to every
// search with one dataset in it gives all others.
func TestOneDatasetBreaksTheSearch(t *testing.T) {
	const n, bad = 130, 57
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasSuffix(r.URL.Path, "/package_search") {
			http.NotFound(w, r)
			return
		}
		start, _ := strconv.Atoi(r.URL.Query().Get("start"))
		rows, _ := strconv.Atoi(r.URL.Query().Get("rows"))
		var found []string
		for i := start; i < min(start+rows, n); i++ {
			if i == bad {
				w.WriteHeader(http.StatusInternalServerError)
				return
			}
			found = append(found, fmt.Sprintf(`{"id":"%d","title":"t"}`, i))
		}
		fmt.Fprintf(w, `{"success":true,"result":{"count":%d,"results":[%s]}}`, n, strings.Join(found, ","))
	}))
	defer srv.Close()
	s := newSession(t, Config{ID: "a", Kind: "ckan", URL: srv.URL, Policy: fetch.Policy{Retries: 1}},
		fetch.Options{AllowPrivate: true}, time.Time{})
	good, broken := 0, 0
	for rec, err := range gatherCKAN(t.Context(), s) {
		switch {
		case err != nil:
			t.Error(err)
		case rec.Dataset != nil:
			good++
		default:
			broken++
		}
	}
	if good != n-1 || broken != 1 {
		t.Errorf("%d datasets, %d broken, want %d and 1", good, broken, n-1)
	}
}
