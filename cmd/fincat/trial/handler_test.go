package trial

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"fincat/harvest"
)

// site answers every request with a list of one dataset, and counts them.
func site(t *testing.T) (address string, asked *atomic.Int64) {
	t.Helper()
	asked = new(atomic.Int64)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"conformsTo": "https://project-open-data.cio.gov/v1.1/schema", "dataset": [{
			"@type": "dcat:Dataset", "identifier": "a", "title": "T", "description": "D", "modified": "2026-01-02"}]}`))
	}))
	t.Cleanup(s.Close)
	return s.URL, asked
}

// send tries a source at a server with a configuration.
func send(t *testing.T, h *Handler, d Draft) (status int, out Outcome, text string) {
	t.Helper()
	body, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/admin/sources/draft", strings.NewReader(string(body))))
	if w.Code == http.StatusOK {
		if err := json.Unmarshal(w.Body.Bytes(), &out); err != nil {
			t.Fatal(err)
		}
	}
	return w.Code, out, w.Body.String()
}

func handler(t *testing.T, config string) *Handler {
	t.Helper()
	c, err := harvest.ParseConfig(strings.NewReader(config))
	if err != nil {
		t.Fatal(err)
	}
	return NewHandler(func() (harvest.Config, error) { return c, nil })
}

const (
	open    = "harvest: {allow_private_addresses: true}\n"
	guarded = "harvest: {user_agent: test}\n"
)

// TestGuarded asks that a source be reached only where those of the configuration may be.
func TestGuarded(t *testing.T) {
	address, asked := site(t)
	draft := Draft{YAML: "sources:\n  - {id: a, kind: datajson, url: " + address + "/data.json, rate: 1000/s}\n"}
	status, out, text := send(t, handler(t, open), draft)
	if status != http.StatusOK || !out.OK || len(out.Records) != 1 || out.Records[0].Title != "T" ||
		!strings.Contains(out.Turtle, "dct:title") || asked.Load() == 0 {
		t.Errorf("an open source = %d %s", status, text)
	}
	asked.Store(0)
	status, out, text = send(t, handler(t, guarded), draft)
	if status != http.StatusOK || out.OK || !strings.Contains(out.Verdict, "private") || asked.Load() != 0 {
		t.Errorf("a private address = %d %s, asked %d times", status, text, asked.Load())
	}
}

// TestRefused asks that a draft say nothing but one source, without what is the server's own.
func TestRefused(t *testing.T) {
	address, asked := site(t)
	entry := "  - {id: a, kind: datajson, url: " + address + "/data.json"
	h := handler(t, guarded)
	for name, tt := range map[string]struct{ yaml, want string }{
		"other settings":    {"harvest: {allow_private_addresses: true}\nsources:\n" + entry + "}\n", "harvest"},
		"settings behind":   {"sources:\n" + entry + "}\nharvest: {allow_private_addresses: true}\n", "harvest"},
		"a flow":            {"{sources: [], harvest: {allow_private_addresses: true}}", "sources"},
		"a second document": {"sources:\n" + entry + "}\n---\nharvest: {allow_private_addresses: true}\n", "---"},
		"two sources": {"sources:\n" + entry + "}\n  - {id: b, kind: ckan, url: " + address + "}\n",
			"one source"},
		"no source":            {"sources:\n", "one source"},
		"nothing":              {"", "sources:"},
		"a secret":             {"sources:\n" + entry + ", token_env: FINCAT_TOKEN}\n", "token_env"},
		"a secret of a proxy":  {"sources:\n" + entry + ", proxy_env: FINCAT_TOKEN}\n", "proxy_env"},
		"a proxy":              {"sources:\n" + entry + ", proxy: \"http://127.0.0.1:1\"}\n", "proxy"},
		"a file":               {"sources:\n" + entry + ", ca_file: /etc/passwd}\n", "ca_file"},
		"an unknown key":       {"sources:\n" + entry + ", colour: red}\n", "colour"},
		"an unknown publisher": {"sources:\n" + entry + ", publisher: nobody}\n", "nobody"},
	} {
		status, _, text := send(t, h, Draft{YAML: tt.yaml})
		if status != http.StatusUnprocessableEntity || !strings.Contains(text, tt.want) {
			t.Errorf("%s = %d %s, want %q named", name, status, text, tt.want)
		}
	}
	if status, _, text := send(t, h, Draft{Records: maxRecords + 1}); status != http.StatusBadRequest {
		t.Errorf("too many records = %d %s", status, text)
	}
	if n := asked.Load(); n != 0 {
		t.Errorf("%d requests were sent", n)
	}
}

// TestOneAtATime asks that a second source be refused while one is being tried.
func TestOneAtATime(t *testing.T) {
	address, _ := site(t)
	h := handler(t, open)
	h.turn <- struct{}{}
	draft := Draft{YAML: "sources:\n  - {id: a, kind: datajson, url: " + address + "/data.json}\n"}
	if status, _, text := send(t, h, draft); status != http.StatusConflict {
		t.Errorf("a second source = %d %s", status, text)
	}
	<-h.turn
	if status, out, text := send(t, h, draft); status != http.StatusOK || !out.OK {
		t.Errorf("then = %d %s", status, text)
	}
}
