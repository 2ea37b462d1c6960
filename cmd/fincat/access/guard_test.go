package access

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"fincat/store"
)

// needs says again, apart from the table, which role each route and method needs.
// A route that is added to the table is decided about here too.
var needs = map[string]Role{
	"GET /oai": Anyone, "POST /oai": Anyone, "POST /mcp": Anyone,
	"GET /query/{task}": Anyone, "POST /query/{task}": Anyone,
	"GET /api/action/{action}": Anyone, "POST /api/action/{action}": Anyone,
	"GET /api/3/action/{action}": Anyone, "POST /api/3/action/{action}": Anyone,
	"GET /": Anyone, "GET /healthz": Anyone, "GET /readyz": Anyone, "GET /metrics": Anyone, "GET /dump.nq.gz": Anyone,
	"GET /.well-known/void": Anyone, "OPTIONS /.well-known/void": Anyone,
	"GET /sparql": Anyone, "POST /sparql": Anyone, "OPTIONS /sparql": Anyone,
	"GET /sparql/{$}": Anyone, "POST /sparql/{$}": Anyone, "OPTIONS /sparql/{$}": Anyone,
	"GET /data": Anyone, "OPTIONS /data": Anyone, "GET /data/": Anyone, "OPTIONS /data/": Anyone,
	"GET /saved": Anyone, "POST /saved": Known, "GET /saved/{name}": Anyone, "POST /saved/{name}": Known,
	"DELETE /saved/{name}": Known, "GET /saved/{name}/{version}": Anyone,
	"GET /api/query/{name}": Anyone, "POST /api/query/{name}": Anyone, "OPTIONS /api/query/{name}": Anyone,
	"GET /api/query/{name}/{version}": Anyone, "POST /api/query/{name}/{version}": Anyone,
	"OPTIONS /api/query/{name}/{version}": Anyone,
	"GET /api/query/{name}/chart.svg":     Anyone, "GET /api/query/{name}/{version}/chart.svg": Anyone,

	"GET /requests": Anyone, "GET /requests/new": Anyone, "POST /requests/new": Anyone,
	"GET /requests/similar": Anyone, "GET /requests/mail": Anyone, "POST /requests/mail": Anyone,
	"GET /requests/queue": Maintainer, "POST /requests/queue": Maintainer, "GET /requests/figures": Anyone,
	"GET /requests/feed.xml": Anyone, "GET /requests/static/{name}": Anyone, "GET /request/{id}": Anyone,
	"POST /request/{id}": Provider, "POST /request/{id}/support": Anyone, "GET /admin/requests": Reader,
	"POST /admin/requests/{id}": Provider, "DELETE /admin/requests/{id}": Administrator,
	"POST /admin/requests/forget": Administrator,

	"OPTIONS /update": Anyone, "OPTIONS /admin/queries": Anyone, "OPTIONS /admin/queries/{id}": Anyone,

	"GET /login": Anyone, "GET /login/callback": Anyone, "POST /login/token": Anyone, "POST /logout": Anyone,

	"GET /console": Reader, "POST /console": Reader, "GET /console/": Reader, "POST /console/": Reader,
	"GET /console/static/{name}": Anyone,
	"GET /admin/store":           Reader, "POST /admin/sources/draft": Maintainer,
	"GET /admin/queries": Reader, "GET /admin/runs": Reader,
	"GET /admin/dump": Reader, "POST /admin/query": Reader, "POST /admin/diff": Reader, "POST /admin/validate": Reader,
	"GET /admin/runs/list": Reader, "GET /admin/runs/errors": Reader, "GET /admin/runs/{run}/changes": Reader,
	"GET /admin/sources": Reader,
	"GET /admin/quality": Reader, "GET /admin/quality/explain": Reader,
	"GET /admin/links": Reader, "GET /admin/links/export": Reader, "GET /admin/links/report": Reader,

	"DELETE /admin/queries/{id}": Maintainer,
	"POST /admin/runs/{source}":  Maintainer, "DELETE /admin/runs/{source}": Maintainer,
	"POST /admin/harvest": Maintainer, "POST /admin/quality/run": Maintainer,
	"POST /admin/report/quarter": Maintainer, "POST /admin/report/meeting": Reader,
	"POST /admin/runs/{run}/undo": Maintainer, "POST /admin/runs/{run}/approve": Maintainer,
	"POST /admin/sources/check": Maintainer, "POST /admin/sources/preview": Maintainer,
	"POST /admin/links": Maintainer, "POST /admin/links/run": Maintainer,
	"POST /admin/links/confirm": Maintainer, "POST /admin/links/refuse": Maintainer,
	"POST /admin/links/import":        Maintainer,
	"PUT /admin/runs/{source}/paused": Maintainer, "DELETE /admin/runs/{source}/paused": Maintainer,

	"POST /update": Administrator, "POST /admin/update": Administrator, "POST /admin/load": Administrator,
	"PUT /data": Administrator, "POST /data": Administrator, "DELETE /data": Administrator,
	"PUT /data/": Administrator, "POST /data/": Administrator, "DELETE /data/": Administrator,
	"GET /map": Anyone, "GET /map/static/{name}": Anyone,
	"GET /targets": Anyone, "GET /targets.json": Anyone, "GET /targets.csv": Anyone,
	"GET /standards": Anyone, "GET /standards.json": Anyone, "GET /standards.csv": Anyone,
	"GET /ranking": Anyone, "GET /ranking.json": Anyone, "GET /ranking.csv": Anyone,
	"GET /docs": Anyone, "GET /docs/{page}": Anyone, "GET /docs/static/{name}": Anyone,
	"GET /feed/unsubscribe/{id}": Anyone, "POST /feed/unsubscribe/{id}": Anyone,
	"GET /admin/subscriptions": Reader, "POST /admin/subscriptions/{id}": Administrator,
	"POST /admin/publish": Administrator,
	"GET /admin/backup":   Administrator, "GET /admin/audit": Administrator,
	"GET /admin/tokens": Administrator, "POST /admin/tokens": Administrator,
	"DELETE /admin/tokens/{name}": Administrator,
}

// enough says which roles may do what needs a role.
var enough = map[Role]string{
	Anyone: "- reader provider maintainer administrator",
	Known:  "reader provider maintainer administrator", Reader: "reader maintainer administrator",
	Provider: "provider maintainer administrator", Maintainer: "maintainer administrator",
	Administrator: "administrator",
}

var allMethods = []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "get",
	"QUERY"}

func memory(t *testing.T) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func add(t *testing.T, tokens *Tokens, wanted Token) string {
	t.Helper()
	secret, _, err := tokens.Add(t.Context(), wanted, "tester")
	if err != nil {
		t.Fatal(err)
	}
	return secret
}

// TestRoutes tries every method of every route in every role.
func TestRoutes(t *testing.T) {
	tokens := NewTokens(memory(t))
	secrets := map[string]string{"-": ""}
	for _, r := range Roles {
		secrets[string(r)] = add(t, tokens, Token{Name: string(r), Role: r, Organisation: "twse"})
	}
	g := New(Options{Tokens: tokens})
	left := map[string]bool{}
	for what := range needs {
		left[what] = true
	}
	for path := range routes {
		reached := ""
		h, err := g.Protect(path, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			id, _ := From(r)
			reached = "as " + id.Name
		}))
		if err != nil {
			t.Fatal(err)
		}
		for _, method := range allMethods {
			what := method + " " + path
			need, ok := needs[what]
			if method == http.MethodHead {
				need, ok = needs["GET "+path]
			}
			delete(left, what)
			for role, secret := range secrets {
				r := httptest.NewRequest(http.MethodGet, "http://127.0.0.1/", nil)
				r.Method = method
				if secret != "" {
					r.Header.Set("Authorization", "Bearer "+secret)
				}
				w := httptest.NewRecorder()
				reached = ""
				h.ServeHTTP(w, r)
				want := http.StatusOK
				switch {
				case !ok:
					want = http.StatusMethodNotAllowed
				case strings.Contains(enough[need], role):
				case role == "-":
					want = http.StatusUnauthorized
				default:
					want = http.StatusForbidden
				}
				if w.Code != want || (reached != "") != (want == http.StatusOK) {
					t.Errorf("%s as %s = %d, reached %q; want %d", what, role, w.Code, reached, want)
				}
				if want == http.StatusOK && need != Anyone && reached != "as "+role {
					t.Errorf("%s as %s is reached %s", what, role, reached)
				}
				challenge := w.Header().Get("WWW-Authenticate")
				if (challenge != "") != (want == http.StatusUnauthorized || want == http.StatusForbidden) {
					t.Errorf("%s as %s = %d with WWW-Authenticate %q", what, role, w.Code, challenge)
				}
			}
		}
	}
	for what := range left {
		t.Errorf("the table has no %s", what)
	}
}

// TestUnknownRoute asks that a route without an entry cannot be served, nor an
// entry without a handler.
func TestUnknownRoute(t *testing.T) {
	g := New(Options{})
	all := map[string]http.Handler{}
	for path := range routes {
		all[path] = http.NotFoundHandler()
	}
	if _, err := g.Mux(all); err != nil {
		t.Error(err)
	}
	for _, pattern := range []string{"/admin/new", "POST /admin/new", "POST /answers", "GET /admin/"} {
		all[pattern] = http.NotFoundHandler()
		if _, err := g.Mux(all); err == nil {
			t.Errorf("the route %s is served although no entry says for whom", pattern)
		}
		delete(all, pattern)
	}
	delete(all, "/update")
	if _, err := g.Mux(all); err == nil {
		t.Error("nothing is said of a route of the table without a handler")
	}
}

func TestParseRole(t *testing.T) {
	for _, r := range Roles {
		if got, err := ParseRole(string(r)); got != r || err != nil {
			t.Errorf("ParseRole(%q) = %q, %v", r, got, err)
		}
	}
	for _, name := range []string{"", "root", "Reader", "administrator "} {
		if _, err := ParseRole(name); err == nil || !strings.Contains(err.Error(), "maintainer") {
			t.Errorf("ParseRole(%q): %v, want the roles there are", name, err)
		}
	}
	if Administrator.Includes("unknown") {
		t.Error("an unknown role is included")
	}
}

func TestActsFor(t *testing.T) {
	for _, tt := range []struct {
		id   Identity
		org  string
		want bool
	}{
		{Identity{"a", Provider, "twse"}, "twse", true}, {Identity{"a", Provider, "twse"}, "tpex", false},
		{Identity{"a", Provider, ""}, "", false}, {Identity{"a", Reader, "twse"}, "twse", false},
		{Identity{"a", Maintainer, ""}, "twse", true}, {Identity{"a", Administrator, ""}, "twse", true},
		{Identity{}, "twse", false},
	} {
		if got := tt.id.ActsFor(tt.org); got != tt.want {
			t.Errorf("%+v acts for %q: %v, want %v", tt.id, tt.org, got, tt.want)
		}
	}
}

// TestAuthor asks that nothing is changed that came around the guard.
func TestAuthor(t *testing.T) {
	if name, err := Author(httptest.NewRequest("POST", "/update", nil)); err == nil {
		t.Errorf("a request from nowhere is made by %q", name)
	}
}

// TestExpiryAndRemoval uses tokens until they no longer work.
func TestExpiryAndRemoval(t *testing.T) {
	s := memory(t)
	tokens := NewTokens(s)
	now := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	tokens.now = func() time.Time { return now }
	secret := add(t, tokens, Token{Name: "alice", Role: Administrator, Expires: now.Add(2 * time.Hour)})
	other := add(t, tokens, Token{Name: "bob", Role: Reader})
	g := New(Options{Tokens: tokens})
	status := func(secret string) int {
		t.Helper()
		h, err := g.Protect("/admin/runs", http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
		if err != nil {
			t.Fatal(err)
		}
		r := httptest.NewRequest("GET", "/admin/runs", nil)
		r.Header.Set("Authorization", "bearer "+secret)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w.Code
	}
	used := func(name string) time.Time {
		t.Helper()
		all, err := tokens.List()
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range all {
			if o.Hash != "" {
				t.Errorf("a list shows the hash of %s", o.Name)
			}
			if o.Name == name {
				return o.Used
			}
		}
		return time.Time{}
	}
	if !used("alice").IsZero() {
		t.Error("a new token was used")
	}
	if got := status(secret); got != 200 || !used("alice").Equal(now) {
		t.Errorf("a new token = %d, used %v", got, used("alice"))
	}
	first, seq := now, s.Seq()
	now = now.Add(59 * time.Minute)
	if got := status(secret); got != 200 || !used("alice").Equal(first) || s.Seq() != seq {
		t.Errorf("soon after = %d, used %v, commit %d after %d", got, used("alice"), s.Seq(), seq)
	}
	now = now.Add(time.Minute)
	if got := status(secret); got != 200 || !used("alice").Equal(now) {
		t.Errorf("an hour later = %d, used %v, want %v", got, used("alice"), now)
	}
	now = now.Add(time.Hour)
	if got := status(secret); got != 401 {
		t.Errorf("at its expiry = %d, want 401", got)
	}
	if got := status(other); got != 200 {
		t.Errorf("one that does not expire = %d", got)
	}
	if _, err := tokens.Remove(t.Context(), "bob", "tester"); err != nil {
		t.Error(err)
	}
	if got := status(other); got != 401 {
		t.Errorf("one that was removed = %d, want 401", got)
	}
	again := add(t, tokens, Token{Name: "bob", Role: Reader})
	if !used("bob").IsZero() || status(other) != 401 || status(again) != 200 {
		t.Error("a new token of an old name takes something over")
	}
	for _, guess := range []string{"", "fincat_", secret[:len(secret)-1], strings.ToLower(again), again + "A"} {
		if got := status(guess); got != 401 {
			t.Errorf("the guess %q = %d, want 401", guess, got)
		}
	}
}

func TestAddFaults(t *testing.T) {
	tokens := NewTokens(memory(t))
	add(t, tokens, Token{Name: "alice", Role: Reader})
	for _, wanted := range []Token{
		{Name: "", Role: Reader}, {Name: "a b", Role: Reader}, {Name: "a/b", Role: Reader}, {Name: "-a", Role: Reader},
		{Name: strings.Repeat("a", 65), Role: Reader}, {Name: EnvironmentName, Role: Reader},
		{Name: WithoutToken, Role: Reader}, {Name: "b"}, {Name: "b", Role: "root"}, {Name: "b", Role: Provider},
		{Name: "b", Role: Provider, Organisation: "nobody"}, {Name: "b", Role: Reader, Expires: time.Now()},
		{Name: "alice", Role: Administrator}, {Name: "Alice", Role: Reader},
	} {
		if secret, _, err := tokens.Add(t.Context(), wanted, "tester"); err == nil || secret != "" {
			t.Errorf("Add(%+v) = %q, %v; want an error", wanted, secret, err)
		}
	}
	if _, err := tokens.Remove(t.Context(), "bob", "tester"); err == nil {
		t.Error("a token that is not there is removed")
	}
	if all, err := tokens.List(); err != nil || len(all) != 1 || all[0].Role != Reader {
		t.Errorf("the tokens are %+v, %v", all, err)
	}
}

func TestParseExpiry(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for text, want := range map[string]time.Time{
		"": {}, "90d": now.AddDate(0, 0, 90), "12h": now.Add(12 * time.Hour),
		"2027-01-02T03:04:05+08:00": time.Date(2027, 1, 1, 19, 4, 5, 0, time.UTC),
		"2027-12-31":                time.Date(2027, 12, 31, 0, 0, 0, 0, time.Local).UTC(),
	} {
		if got, err := ParseExpiry(text, now); err != nil || !got.Equal(want) {
			t.Errorf("ParseExpiry(%q) = %v, %v; want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"never", "-1h", "0d", "90", "d", "2027-13-01", "99999999d"} {
		if got, err := ParseExpiry(text, now); err == nil {
			t.Errorf("ParseExpiry(%q) = %v, want an error", text, got)
		}
	}
}
