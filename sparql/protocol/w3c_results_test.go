package protocol

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"path"
	"strings"
	"testing"
	"time"

	"fincat/sparql"
	"fincat/sparql/results"
	"fincat/vocab"
	"fincat/vocab/rdfio"
	"fincat/vocab/term"
	"fincat/vocab/w3ctest"
)

const qtNS = "http://www.w3.org/2001/sw/DataAccess/tests/test-query#"

// table is a result as it came over the wire.
type table struct {
	boolean, isBoolean bool
	vars               []string
	sols               []results.Solution
}

func readTable(doc []byte, f results.Format) (*table, error) {
	r, err := results.Read(context.Background(), bytes.NewReader(doc), f)
	if err != nil {
		return nil, err
	}
	t := &table{vars: r.Vars()}
	t.boolean, t.isBoolean = r.Boolean()
	for s, err := range r.Solutions() {
		if err != nil {
			return nil, err
		}
		t.sols = append(t.sols, s)
	}
	return t, nil
}

// graph makes a table a graph that is isomorphic to another one's exactly when
// they are the same multiset of solutions up to the names of blank nodes.
func (t *table) graph() []term.Quad {
	var out []term.Quad
	add := func(node term.Term, name string, value term.Term) {
		out = append(out, term.Quad{Subject: node, Predicate: term.NewIRI("x:" + name), Object: value})
	}
	root := term.NewBlankNode("root")
	if t.isBoolean {
		add(root, "boolean", term.NewString(fmt.Sprint(t.boolean)))
	}
	for _, v := range t.vars {
		add(root, "variable", term.NewString(v))
	}
	for i, s := range t.sols {
		node := term.NewBlankNode(fmt.Sprintf("solution%d", i))
		add(root, "solution", node)
		for j, v := range s {
			if label, ok := strings.CutPrefix(v.Value(), "_:"); ok && v.IsString() { // of CSV
				v = term.NewBlankNode(label)
			}
			if v.Datatype() == vocab.XSDDouble { // tsv03 expects 1.0e6 for 1.0E6
				v = term.NewLiteral(strings.ToUpper(v.Value()), v.Datatype())
			}
			if !v.IsZero() {
				add(node, t.vars[j], v)
			}
		}
	}
	return out
}

// get sends a query to the server and returns the answer in a format.
func queryTable(t *testing.T, server, query string, f results.Format) (*table, error) {
	t.Helper()
	resp, body, err := call(t, "POST", server+"/sparql", url.Values{"query": {query}}.Encode(), "Content-Type",
		typeForm, "Accept", f.MediaType())
	if err != nil {
		return nil, err
	}
	if resp.StatusCode != 200 {
		return nil, fmt.Errorf("status %d: %s", resp.StatusCode, body)
	}
	return readTable([]byte(body), f)
}

// sameTable compares the answer to the query of an entry with its result file,
// in the format of that file.
func sameTable(t *testing.T, suite w3ctest.Suite, e w3ctest.Entry, server string) error {
	query, err := suite.ReadFile(e.Graph.Object(e.Action, qtNS+"query").Value())
	if err != nil {
		return err
	}
	f, ok := results.FormatByName(path.Ext(e.Result.Value()))
	if !ok {
		return fmt.Errorf("the result %s has no known format", e.Result)
	}
	doc, err := suite.ReadFile(e.Result.Value())
	if err != nil {
		return err
	}
	want, err := readTable(doc, f)
	if err != nil {
		return err
	}
	got, err := queryTable(t, server, string(query), f)
	if err != nil {
		return err
	}
	return w3ctest.SameQuads(got.graph(), want.graph())
}

func TestW3CResultFormats(t *testing.T) {
	suite := rdfTests()
	for folder, n := range map[string]int{"csv-tsv-res": 6, "json-res": 4} {
		t.Run(folder, func(t *testing.T) {
			m, err := suite.Load("sparql/sparql11/" + folder + "/manifest.ttl")
			if err != nil {
				t.Fatal(err)
			}
			w3ctest.Run(t, m.Entries, n, nil, func(e w3ctest.Entry) error {
				data, err := suite.ReadQuads(e.Graph.Object(e.Action, qtNS+"data").Value())
				if err != nil {
					return err
				}
				return sameTable(t, suite, e, engineServer(t, data, nil).URL)
			})
		})
	}
}

// mappedEndpoints sends what a test addresses to its endpoints to servers of
// the test's own, and nothing anywhere else.
type mappedEndpoints struct {
	client  *Client
	servers map[string]string
}

func (m mappedEndpoints) Select(
	ctx context.Context, endpoint, query string,
) ([]string, iter.Seq2[results.Solution, error], error) {
	server, ok := m.servers[endpoint]
	if !ok {
		return nil, nil, fmt.Errorf("no endpoint %s", endpoint)
	}
	return m.client.Select(ctx, server+"/sparql", query)
}

func TestW3CFederation(t *testing.T) {
	suite := rdfTests()
	m, err := suite.Load("sparql/sparql11/service/manifest.ttl")
	if err != nil {
		t.Fatal(err)
	}
	w3ctest.Run(t, m.Entries, 7, nil, func(e w3ctest.Entry) error {
		read := func(node term.Term) ([]term.Quad, error) {
			iri := e.Graph.Object(node, qtNS+"data")
			if iri.IsZero() {
				return nil, nil
			}
			return suite.ReadQuads(iri.Value())
		}
		remote := mappedEndpoints{client: testClient(ClientOptions{}), servers: map[string]string{}}
		federate := func(o *Options) {
			eng, err := sparql.New(sparql.Options{Store: o.Store, DefaultGraph: sparql.Strict, Services: remote})
			if err != nil {
				t.Fatal(err)
			}
			o.Engine = eng
		}
		for _, d := range e.Graph.Objects(e.Action, qtNS+"serviceData") {
			quads, err := read(d)
			if err != nil {
				return err
			}
			remote.servers[e.Graph.Object(d, qtNS+"endpoint").Value()] = engineServer(t, quads, federate).URL
		}
		quads, err := read(e.Action)
		if err != nil {
			return err
		}
		return sameTable(t, suite, e, engineServer(t, quads, federate).URL)
	})
}

// TestFederatedBatches joins more solutions with a second server than fit into
// one request, with terms of every kind.
func TestFederatedBatches(t *testing.T) {
	var here, there []term.Quad
	p, q := term.NewIRI("http://e/p"), term.NewIRI("http://e/q")
	for i := range 450 {
		s := term.NewIRI(fmt.Sprintf("http://e/s%d", i))
		value := []term.Term{
			term.NewLangString(fmt.Sprintf("保險\"\\\n%d", i), "zh-Hant-TW"), term.NewLiteral(fmt.Sprint(i),
				"http://www.w3.org/2001/XMLSchema#integer"),
			term.NewString(fmt.Sprintf("\t'%d", i)), term.NewIRI(fmt.Sprintf("http://例.tw/%d", i)),
			term.NewDirLangString(fmt.Sprint(i), "ar", term.RTL),
		}[i%5]
		here = append(here, term.Quad{Subject: s, Predicate: p, Object: value})
		if i%2 == 0 {
			there = append(there, term.Quad{Subject: term.NewBlankNode(fmt.Sprint("b", i)), Predicate: q,
				Object: value})
		}
	}
	far := engineServer(t, there, nil)
	asked := &recordingClient{Client: testClient(ClientOptions{})}
	near := engineServer(t, here, func(o *Options) {
		eng, err := sparql.New(sparql.Options{Store: o.Store, DefaultGraph: sparql.Strict, Services: asked})
		if err != nil {
			t.Fatal(err)
		}
		o.Engine = eng
	})
	query := "SELECT ?s ?b { ?s <http://e/p> ?v SERVICE <" + far.URL + "/sparql> { ?b <http://e/q> ?v } }"
	got, err := queryTable(t, near.URL, query, results.JSON)
	if err != nil || len(got.sols) != len(there) {
		t.Fatalf("%d solutions, %v, want %d", len(got.sols), err, len(there))
	}
	if n := len(asked.queries); n < 2 || n > 10 || !strings.Contains(asked.queries[0], "VALUES") {
		t.Errorf("%d requests, the first %.200s, want a few with VALUES", n, asked.queries[0])
	}
	blank := map[term.Term]bool{}
	for _, s := range got.sols {
		blank[s[1]] = true
	}
	if len(blank) != len(there) {
		t.Errorf("%d blank nodes, want %d", len(blank), len(there))
	}
	if _, err := queryTable(t, near.URL, "SELECT * { SERVICE <"+far.URL+"/nothing> { ?b <http://e/q> ?v } }",
		results.JSON); err == nil || !strings.Contains(err.Error(), "502") {
		t.Errorf("a failing endpoint: %v, want 502", err)
	}
}

// TestSlowEndpoint checks that an endpoint which takes too long is the
// endpoint's fault, and that SILENT passes over it.
func TestSlowEndpoint(t *testing.T) {
	slow := remote(t, func(http.ResponseWriter, string) { time.Sleep(500 * time.Millisecond) })
	near := engineServer(t, nil, func(o *Options) {
		eng, err := sparql.New(sparql.Options{Store: o.Store,
			Services: testClient(ClientOptions{Timeout: 100 * time.Millisecond})})
		if err != nil {
			t.Fatal(err)
		}
		o.Engine = eng
	})
	for query, want := range map[string]string{
		"SELECT * { SERVICE <" + slow + "> { ?s ?p ?o } }":        "502",
		"SELECT * { SERVICE SILENT <" + slow + "> { ?s ?p ?o } }": "200",
	} {
		resp, body, _ := call(t, "GET", near.URL+get(query), "")
		if fmt.Sprint(resp.StatusCode) != want {
			t.Errorf("%s: %d, want %s: %s", query, resp.StatusCode, want, body)
		}
	}
}

// recordingClient keeps the queries it sends.
type recordingClient struct {
	*Client
	queries []string
}

func (c *recordingClient) Select(
	ctx context.Context, endpoint, query string,
) ([]string, iter.Seq2[results.Solution, error], error) {
	c.queries = append(c.queries, query)
	return c.Client.Select(ctx, endpoint, query)
}

// TestEngineStatuses maps the engine's own errors to statuses.
func TestEngineStatuses(t *testing.T) {
	var quads []term.Quad
	for i := range 300 {
		quads = append(quads, term.Quad{Subject: term.NewIRI(fmt.Sprintf("http://e/%d", i)),
			Predicate: term.NewIRI("http://e/p"), Object: term.NewIRI(fmt.Sprintf("http://e/%d", (i*7+1)%300))})
	}
	const cross = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . " +
		"FILTER(STR(?a) < STR(?d) && STR(?d) < STR(?g)) }"
	const sorted = "SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i } ORDER BY ?a ?f ?h"
	tests := []struct {
		name, query string
		o           sparql.Options
		params      string
		want        string
	}{
		{"deadline", cross, sparql.Options{}, "&timeout=0.05", "504"},
		{"ceiling", cross, sparql.Options{Timeout: 1, MaxTimeout: 20e6}, "&timeout=3000", "504"},
		{"memory", sorted, sparql.Options{MemoryBytes: 4 << 20, SpillBytes: -1}, "", "503"},
		{"solutions", "SELECT * { ?a ?b ?c }", sparql.Options{MaxSolutions: 100}, "", "503"},
		{"no service", "SELECT * { SERVICE <http://e/> { ?a ?b ?c } }", sparql.Options{}, "", "400"},
		{"unbound service", "SELECT * { SERVICE ?nowhere { ?a ?b ?c } }",
			sparql.Options{Services: testClient(ClientOptions{})}, "", "400"},
		{"ok", "SELECT * { ?a ?b ?c }", sparql.Options{}, "", "200"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			server := engineServer(t, quads, func(o *Options) {
				tt.o.Store = o.Store
				eng, err := sparql.New(tt.o)
				if err != nil {
					t.Fatal(err)
				}
				o.Engine = eng
			})
			resp, body, err := call(t, "GET", server.URL+get(tt.query)+tt.params, "")
			if err != nil || !strings.HasPrefix(fmt.Sprint(resp.StatusCode), tt.want) {
				t.Errorf("status %d, %v, want %s: %s", resp.StatusCode, err, tt.want, body)
			}
		})
	}
}

// TestCancelRunning stops a query of the real engine through the
// administration.
func TestCancelRunning(t *testing.T) {
	var quads []term.Quad
	for i := range 400 {
		quads = append(quads, term.Quad{Subject: term.NewIRI(fmt.Sprintf("http://e/%d", i)),
			Predicate: term.NewIRI("http://e/p"), Object: term.NewString(fmt.Sprint(i))})
	}
	server := engineServer(t, quads, nil)
	type outcome struct {
		status int
		body   string
	}
	done := make(chan outcome, 1)
	go func() {
		long := get("SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i " +
			"FILTER(STR(?c) < STR(?f) && STR(?f) < STR(?i)) }")
		resp, body, _ := call(t, "GET", server.URL+long, "")
		done <- outcome{resp.StatusCode, body}
	}()
	for end := time.Now().Add(time.Minute); time.Now().Before(end); {
		_, body, _ := call(t, "GET", server.URL+"/admin/queries", "")
		var list struct {
			Queries []struct {
				ID    uint64
				Query string
			}
		}
		if err := json.Unmarshal([]byte(body), &list); err != nil {
			t.Fatalf("list %s: %v", body, err)
		}
		if len(list.Queries) == 1 {
			if resp, _, _ := call(t, "DELETE", fmt.Sprintf("%s/admin/queries/%d", server.URL, list.Queries[0].ID),
				""); resp.StatusCode != 204 {
				t.Errorf("DELETE: %d", resp.StatusCode)
			}
			break
		}
		time.Sleep(5 * time.Millisecond)
	}
	select {
	case o := <-done:
		if o.status != 503 || !strings.Contains(o.body, "cancelled") {
			t.Errorf("the query ended with %d %s, want 503", o.status, o.body)
		}
	case <-time.After(time.Minute):
		t.Error("the query was not stopped")
	}
	if _, body, _ := call(t, "GET", server.URL+"/admin/queries", ""); !strings.Contains(body, `"queries": []`) {
		t.Errorf("afterwards %s is running", body)
	}
}

// TestRoundTripThroughServer puts a graph with every kind of term in and takes
// it out in every syntax.
func TestRoundTripThroughServer(t *testing.T) {
	var b strings.Builder
	for r := rune(0); r < 0x250; r++ {
		fmt.Fprintf(&b, "<http://e/s> <http://e/p> %s .\n", term.NewString("a"+string(r)+"b\U0001F600"))
	}
	b.WriteString("_:x <http://e/p> _:x .\n_:x <http://e/p> \"x\"@zh-Hant-TW .\n" +
		"<http://e/s> <http://e/p> \"1\"^^<http://www.w3.org/2001/XMLSchema#integer> .\n")
	server := engineServer(t, nil, nil)
	g := server.URL + "/data?graph=http%3A%2F%2Fe%2Fg"
	if resp, body, _ := call(t, "PUT", g, b.String(), "Content-Type", nt); resp.StatusCode != 201 {
		t.Fatalf("PUT: %d %s", resp.StatusCode, body)
	}
	want, err := readRDF([]byte(b.String()), nt)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range []rdfio.Format{rdfio.Turtle, rdfio.NTriples, rdfio.NQuads, rdfio.TriG, rdfio.JSONLD} {
		for _, u := range []string{g, server.URL +
			get("CONSTRUCT { ?s ?p ?o } WHERE { GRAPH <http://e/g> { ?s ?p ?o } }")} {
			resp, body, err := call(t, "GET", u, "", "Accept", f.MediaType())
			if err != nil || resp.StatusCode != 200 {
				t.Errorf("%s as %v: %d %v %.300s", u, f, resp.StatusCode, err, body)
				continue
			}
			got, err := readRDF([]byte(body), resp.Header.Get("Content-Type"))
			if err != nil {
				t.Errorf("%s as %v: %v", u, f, err)
				continue
			}
			if err := w3ctest.SameQuads(got, want); err != nil {
				t.Errorf("%s as %v: %.500v", u, f, err)
			}
		}
	}
}
