package feed

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

const mcpData = ckanData + `
@prefix dqv: <http://www.w3.org/ns/dqv#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
<graph/columns/one/a> { <dataset/one/a> fincat:joinsOn <identifier/stock-code> . <dataset/one/b> fincat:joinsOn <identifier/stock-code> . }
<graph/schemes> { <identifier/stock-code> skos:prefLabel "證券代號"@zh-Hant-TW . }
<graph/quality/one/a> { <measurement/1> dqv:computedOn <dataset/one/a> ; dqv:isMeasurementOf <metric/badge> ; dqv:value "金" . }
`

// assist connects a client of the protocol with the handler.
func assist(t *testing.T) *mcp.ClientSession {
	t.Helper()
	return assistOver(t, mcpData)
}

func assistOver(t *testing.T, document string) *mcp.ClientSession {
	t.Helper()
	h, _ := newHandlerOver(t, document)
	srv := httptest.NewServer(h.MCP("test"))
	t.Cleanup(srv.Close)
	session, err := mcp.NewClient(&mcp.Implementation{Name: "test"}, nil).Connect(t.Context(),
		&mcp.StreamableClientTransport{Endpoint: srv.URL, DisableStandaloneSSE: true, MaxRetries: -1}, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { session.Close() })
	return session
}

// tool calls a tool; fault is what it says when it refuses.
func tool[T any](t *testing.T, s *mcp.ClientSession, name string, in map[string]any) (out T, fault string) {
	t.Helper()
	r, err := s.CallTool(t.Context(), &mcp.CallToolParams{Name: name, Arguments: in})
	if err != nil {
		return out, err.Error()
	}
	text := r.Content[0].(*mcp.TextContent).Text
	if r.IsError {
		return out, text
	}
	if err := json.Unmarshal([]byte(text), &out); err != nil {
		t.Fatalf("%s: %v\n%s", name, err, text)
	}
	return out, ""
}

func TestMCP(t *testing.T) {
	s := assist(t)
	tools, err := s.ListTools(t.Context(), nil)
	if err != nil || len(tools.Tools) != 7 {
		t.Fatalf("tools = %+v, %v", tools, err)
	}
	for _, x := range tools.Tools {
		if !x.Annotations.ReadOnlyHint || x.Description == "" || x.InputSchema == nil || x.OutputSchema == nil {
			t.Errorf("tool %+v", x)
		}
	}
	found, _ := tool[searchOutput](t, s, "search", map[string]any{"q": "保險", "limit": 1})
	if found.Total != 2 || len(found.Datasets) != 1 || found.Datasets[0].IRI != base.Dataset("two", "c") ||
		found.Datasets[0].Publisher != "臺灣證券交易所" {
		t.Errorf("search = %+v", found)
	}
	for _, name := range []string{base.Dataset("one", "a"), "one/a", "/dataset/one/a"} {
		one, _ := tool[datasetOutput](t, s, "dataset", map[string]any{"iri": name})
		if one.IRI != base.Dataset("one", "a") || one.Licence != "https://data.gov.tw/license" ||
			one.Quality["badge"] != "金" || !slices.Equal(one.Joins, []joinKey{{"stock-code", "證券代號", 1}}) ||
			one.Files[0] != (file{Format: "CSV", URL: "https://twse.example/a.csv", Bytes: "12"}) {
			t.Errorf("dataset %s = %+v", name, one)
		}
	}
	orgs, _ := tool[organisationsOutput](t, s, "organisations", nil)
	if !slices.Equal(orgs.Organisations, []count{{"twse", "臺灣證券交易所", 3}}) {
		t.Errorf("organisations = %+v", orgs)
	}
	for _, in := range []map[string]any{{"on": "stock-code"}, {"dataset": "one/b"}} {
		with, _ := tool[joinableOutput](t, s, "joinable", in)
		if len(with.On) != 1 || with.On[0].Name != "證券代號" || with.On[0].With[0].IRI != base.Dataset("one", "a") {
			t.Errorf("joinable %v = %+v", in, with)
		}
	}
	all, _ := tool[overviewOutput](t, s, "overview", nil)
	if all.Title != "目錄" || all.Datasets != 3 || len(all.Sources) != 2 || len(all.Questions) != 4 ||
		all.Joins[0].Datasets != 2 || all.Themes[0].Name != "投資理財" {
		t.Errorf("overview = %+v", all)
	}
}

func TestMCPQuery(t *testing.T) {
	s := assist(t)
	ask := func(query string) (sparqlOutput, string) {
		return tool[sparqlOutput](t, s, "sparql", map[string]any{"query": query})
	}
	got, _ := ask("SELECT ?d { ?d a <http://www.w3.org/ns/dcat#Dataset> } ORDER BY ?d LIMIT 2")
	if !slices.Equal(got.Vars, []string{"d"}) || len(got.Rows) != 2 || got.Rows[0][0] != base.Dataset("one", "a") ||
		got.Truncated {
		t.Errorf("SELECT = %+v", got)
	}
	if got, _ := ask("ASK { ?s ?p ?o }"); got.Boolean == nil || !*got.Boolean {
		t.Errorf("ASK = %+v", got)
	}
	const construct = "CONSTRUCT { ?d a <x:y> } WHERE { ?d a <http://www.w3.org/ns/dcat#Dataset> }"
	if got, _ := ask(construct); len(got.Triples) != 3 {
		t.Errorf("CONSTRUCT = %+v", got)
	}
	many, _ := ask("SELECT * { ?a ?b ?c . ?d ?e ?f }")
	if size, _ := json.Marshal(many); !many.Truncated || len(many.Rows) > maxSolutions || len(size) > 2*maxCharacters {
		t.Errorf("a large answer has %d rows, %d bytes, truncated %v", len(many.Rows), len(size), many.Truncated)
	}
	long, _ := ask(`SELECT (CONCAT(` + strings.Repeat(`"`+strings.Repeat("保", 900)+`",`, 9) + `"x") AS ?x) {}`)
	if n := len([]rune(long.Rows[0][0])); n > maxText {
		t.Errorf("a long value has %d characters", n)
	}
	for query, want := range map[string]string{
		"SELECT * {": "1:11", "DELETE WHERE { ?s ?p ?o }": "", "INSERT DATA { <x:a> <x:b> 1 }": "",
	} {
		if _, fault := ask(query); fault == "" || !strings.Contains(fault, want) {
			t.Errorf("%s is refused with %q, want %q", query, fault, want)
		}
	}
}

// TestMCPFaults asks for what there is not.
func TestMCPFaults(t *testing.T) {
	s := assist(t)
	for _, tt := range []struct {
		tool string
		in   map[string]any
		want string
	}{
		{"search", map[string]any{"publisher": "a b"}, "publisher"},
		{"search", map[string]any{"limit": -1}, "from 0"},
		{"search", map[string]any{"nothing": 1}, "nothing"},
		{"search", map[string]any{"modified_since": "yesterday"}, "modified_since"},
		{"dataset", map[string]any{"iri": "one/nothing"}, "no dataset"},
		{"dataset", nil, "iri"},
		{"joinable", nil, "give a dataset or an identifier"},
		{"joinable", map[string]any{"on": "http://<>"}, "no identifier"},
		{"nothing", nil, "nothing"},
	} {
		if _, fault := tool[map[string]any](t, s, tt.tool, tt.in); !strings.Contains(fault, tt.want) {
			t.Errorf("%s %v is refused with %q, want %q", tt.tool, tt.in, fault, tt.want)
		}
	}
	h, _ := newHandlerOver(t, mcpData)
	for body, want := range map[string]int{"{": http.StatusBadRequest, "[]": http.StatusBadRequest,
		strings.Repeat(" ", maxMCPRequest+1): http.StatusRequestEntityTooLarge} {
		r := httptest.NewRequest(http.MethodPost, "/mcp", strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Accept", "application/json, text/event-stream")
		w := httptest.NewRecorder()
		h.MCP("test").ServeHTTP(w, r)
		if w.Code != want {
			t.Errorf("POST %.10q = %d %s, want %d", body, w.Code, w.Body, want)
		}
	}
}

// TestMCPTogether counts a dataset that two sources describe once, in every tool.
func TestMCPTogether(t *testing.T) {
	s := assistOver(t, sameData)
	all, _ := tool[overviewOutput](t, s, "overview", nil)
	orgs, _ := tool[organisationsOutput](t, s, "organisations", nil)
	found, _ := tool[searchOutput](t, s, "search", nil)
	if all.Datasets != 2 || all.Records != 3 || all.Publishers[0].Datasets != 2 || found.Total != 2 ||
		found.Records != 3 || orgs.Organisations[0].Datasets != 2 {
		t.Errorf("overview %d of %d, %+v; search %d of %d; organisations %+v", all.Datasets, all.Records,
			all.Publishers, found.Total, found.Records, orgs.Organisations)
	}
}
