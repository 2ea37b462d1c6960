package feed

import (
	"context"
	"fmt"
	"iter"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"fincat/sparql"
	"fincat/sparql/protocol"
	"fincat/sparql/results"
)

// endless is a query that its limit ends, if nothing else does.
const endless = "SELECT (COUNT(*) AS ?n) { " +
	"?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l . ?m ?n ?o . ?p ?q ?r FILTER(STR(?a) = STR(?r)) }"

func toolCall(id int, query string) string {
	return fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":"tools/call",`+
		`"params":{"name":"sparql","arguments":{"query":%q}}}`, id, query)
}

func sendMCP(ctx context.Context, h http.Handler, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequestWithContext(ctx, http.MethodPost, "/mcp", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "application/json, text/event-stream")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// TestMCPLeft: what an assistant asked ends when it leaves.
func TestMCPLeft(t *testing.T) {
	h, _ := newHandlerOver(t, mcpData)
	ctx, leave := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		sendMCP(ctx, h.MCP("test"), toolCall(1, endless))
		close(done)
	}()
	end := time.Now().Add(assistantTimeout / 2)
	running := func() int { return len(h.Engine.Running()) }
	for running() == 0 && time.Now().Before(end) {
		time.Sleep(time.Millisecond)
	}
	if running() != 1 {
		t.Fatal("the query does not run")
	}
	leave()
	for running() > 0 && time.Now().Before(end) {
		time.Sleep(time.Millisecond)
	}
	if n := running(); n > 0 {
		t.Errorf("%d queries run long after their client left", n)
	}
	<-done
}

// TestMCPBatch: one request is one call, so that it takes the place of one.
func TestMCPBatch(t *testing.T) {
	h, _ := newHandlerOver(t, mcpData)
	calls := "[" + toolCall(1, "ASK {}") + "," + toolCall(2, "ASK {}") + "]"
	for body, want := range map[string]int{calls: http.StatusBadRequest, " \r\n\t" + calls: http.StatusBadRequest,
		" \n" + toolCall(1, "ASK {}"): http.StatusOK, "": http.StatusBadRequest, "  ": http.StatusBadRequest} {
		if w := sendMCP(t.Context(), h.MCP("test"), body); w.Code != want {
			t.Errorf("%.40q = %d %s, want %d", body, w.Code, w.Body, want)
		}
	}
}

// asked is a client for SERVICE that gives an error.
type asked struct{ err error }

// Select implements [sparql.ServiceClient].
func (a asked) Select(context.Context, string, string) ([]string, iter.Seq2[results.Solution, error], error) {
	return nil, nil, a.err
}

// TestMCPSaysNothing: an assistant hears no more of what another server answered, of resolvers,
// addresses and faults inside than anybody else.
func TestMCPSaysNothing(t *testing.T) {
	h, _ := newHandlerOver(t, mcpData)
	for _, tt := range []struct {
		err  error
		want string
	}{
		{&protocol.EndpointError{Endpoint: "http://e/", Status: 403, Err: fmt.Errorf("it answered: hidden")}, "403"},
		{&protocol.EndpointError{Endpoint: "http://e/", Err: &net.DNSError{Err: "hidden", Server: "hidden"}},
			"reached"},
		{fmt.Errorf("open /hidden: damaged"), "logged"},
	} {
		var err error
		if h.Engine, err = sparql.New(sparql.Options{Store: h.Store, Services: asked{tt.err}}); err != nil {
			t.Fatal(err)
		}
		w := sendMCP(t.Context(), h.MCP("test"), toolCall(1, "SELECT * { SERVICE <http://e/> { ?s ?p ?o } }"))
		if body := w.Body.String(); strings.Contains(body, "hidden") || !strings.Contains(body, tt.want) ||
			!strings.Contains(body, `"isError":true`) {
			t.Errorf("%v is told as %s", tt.err, body)
		}
	}
}
