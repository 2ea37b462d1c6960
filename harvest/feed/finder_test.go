package feed

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"fincat/harvest/search"
)

// TestOneSearch: CKAN's clients, assistants and readers of the pages find the same datasets by words,
// in the same sequence.
func TestOneSearch(t *testing.T) {
	h, mux := newHandlerOver(t, sameData+`<graph/one/d> { <dataset/one/d> a <http://www.w3.org/ns/dcat#Dataset> ;
 <http://purl.org/dc/terms/title> "上市公司" ; <http://purl.org/dc/terms/description> "twse" . }`)
	srv := httptest.NewServer(h.MCP("test"))
	t.Cleanup(srv.Close)
	s, err := mcp.NewClient(&mcp.Implementation{Name: "test"}, nil).Connect(t.Context(),
		&mcp.StreamableClientTransport{Endpoint: srv.URL, DisableStandaloneSSE: true, MaxRetries: -1}, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	sn, table, err := h.Finder.Current(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer sn.Close()
	several := 0
	for _, q := range []string{"上市", "保險", "twse", "a.csv", "twse 上市", "臺灣證券交易所", "nothing-of-this"} {
		want := func(apart bool) (out []string) {
			found, err := table.Find(search.Query{Text: q, Order: search.ByRelevance, Apart: apart, Most: 50})
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range found.Datasets() {
				out = append(out, d.IRI)
			}
			return out
		}
		var ckan, assistant []string
		for _, p := range call[ckanFound](t, mux, "package_search?q="+url.QueryEscape(q)).Results {
			ckan = append(ckan, base.Dataset(strings.Split(p.Name, "__")[0], strings.Split(p.Name, "__")[1]))
		}
		out, _ := tool[searchOutput](t, s, "search", map[string]any{"q": q})
		for _, x := range out.Datasets {
			assistant = append(assistant, x.IRI)
		}
		if !slices.Equal(ckan, want(true)) || !slices.Equal(assistant, want(false)) || out.Records != len(ckan) {
			t.Errorf("%s: CKAN finds %q, assistants %q; want %q and %q", q, ckan, assistant, want(true), want(false))
		}
		if len(ckan) > 1 {
			several++
		}
	}
	if several < 3 {
		t.Errorf("only %d questions find several datasets", several)
	}
	for query, want := range map[string]int{"q=twse&fq=source:one": 2, "q=tags:上市": 2, "q=上市&sort=name+desc": 3} {
		escaped := strings.ReplaceAll(query, "上市", url.QueryEscape("上市"))
		if got := call[ckanFound](t, mux, "package_search?"+escaped); got.Count != want {
			t.Errorf("%s finds %d, want %d", query, got.Count, want)
		}
	}
	long := fmt.Sprint("api/3/action/package_search?q=", strings.Repeat("a+", search.MaxWords+1))
	if w := get(mux, long); w.Code != http.StatusConflict {
		t.Errorf("too many words = %d %s", w.Code, w.Body)
	}
}
