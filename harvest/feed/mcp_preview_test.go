package feed

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"fincat/harvest/fetch"
	"fincat/harvest/quality"
)

// TestMCPPreview shows rows that a check read, and says what was not looked at.
func TestMCPPreview(t *testing.T) {
	files := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/a.csv" {
			http.NotFound(w, r)
			return
		}
		_, _ = w.Write([]byte("證券代號,負責人身分證字號\n2330,A123456789\n2317,F131104093\n"))
	}))
	defer files.Close()
	h, _ := newHandlerOver(t, strings.ReplaceAll(mcpData, "https://twse.example/a.csv", files.URL+"/a.csv"))
	srv := httptest.NewServer(h.MCP("test"))
	defer srv.Close()
	s, err := mcp.NewClient(&mcp.Implementation{Name: "test"}, nil).Connect(t.Context(),
		&mcp.StreamableClientTransport{Endpoint: srv.URL, DisableStandaloneSSE: true, MaxRetries: -1}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	in := map[string]any{"iri": "one/a"}
	got, fault := tool[previewOutput](t, s, "preview", in)
	if fault != "" || got.Sample != nil || !strings.Contains(got.Note, "nothing was looked at") {
		t.Errorf("before a check: %+v, %s", got, fault)
	}
	client, err := fetch.NewClient(fetch.Options{Permitted: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}})
	if err != nil {
		t.Fatal(err)
	}
	c := quality.Config{}
	c.Rate.Every = time.Millisecond
	run, err := quality.NewRunner(quality.Options{Store: h.Store, Base: base, Client: client, Config: c})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := run.Run(t.Context(), []string{base.Dataset("one", "a")}, nil); err != nil {
		t.Fatal(err)
	}
	got, fault = tool[previewOutput](t, s, "preview", in)
	rows, _ := json.Marshal(got.Sample)
	const want = `{"columns":["證券代號","負責人身分證字號"],"rows":[["2330","**********"],["2317","**********"]],` +
		`"masked":["負責人身分證字號"]}`
	if fault != "" || string(rows) != want || got.IRI != base.Dataset("one", "a") ||
		got.Licence != "https://data.gov.tw/license" || got.URL != files.URL+"/a.csv" || *got.Count != 2 {
		t.Errorf("after a check: %s, %+v, %s", rows, got, fault)
	}
	for _, wrong := range []map[string]any{{"iri": "one/nothing"}, {"iri": "one/a", "file": "https://e.tw/none"}} {
		if _, fault := tool[previewOutput](t, s, "preview", wrong); !strings.Contains(fault, "no ") {
			t.Errorf("%v is refused with %q", wrong, fault)
		}
	}
}
