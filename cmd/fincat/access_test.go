package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"fincat/cmd/fincat/access"
	"fincat/store"
)

// secret is the header of requests to a server that was started by withSecret.
var secret = []string{"Authorization", "Bearer secret"}

// withSecret lets servers and commands of a test use one administrator token.
func withSecret(t *testing.T) {
	t.Helper()
	t.Setenv(tokenEnv, "secret")
}

// guarded are requests that nobody may make without a token.
var guarded = []string{
	"POST /update", "PUT /data?default", "POST /data?default", "DELETE /data?default", "POST /data/", "PUT /data/x",
	"GET /admin/backup", "HEAD /admin/backup", "GET /admin/queries", "DELETE /admin/queries/1", "GET /admin/runs",
	"POST /admin/runs/one", "DELETE /admin/runs/one", "PUT /admin/runs/one/paused", "DELETE /admin/runs/one/paused",
	"GET /admin/links", "GET /admin/links/export", "GET /admin/links/report", "POST /admin/links",
	"GET /admin/audit", "GET /admin/tokens", "POST /admin/tokens", "DELETE /admin/tokens/x",
}

// attempt sends a request with some headers; Host is one of them.
func attempt(t *testing.T, base, what string, headers map[string]string) answer {
	t.Helper()
	method, path, _ := strings.Cut(what, " /")
	body := ""
	if method == http.MethodPost {
		body = "update=" + url.QueryEscape(insertOne)
	}
	req, err := http.NewRequest(method, base+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for name, value := range headers {
		if name == "Host" {
			req.Host = value
		} else {
			req.Header.Set(name, value)
		}
	}
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	return answered(resp)
}

// disguises are headers with which somebody may try to look like a local user.
var disguises = []map[string]string{
	{},
	{"Host": "127.0.0.1:8080"}, {"Host": "localhost"}, {"Host": "[::1]:80"},
	{"X-Forwarded-For": "127.0.0.1"}, {"X-Forwarded-Host": "127.0.0.1", "X-Real-Ip": "127.0.0.1"},
	{"Forwarded": "for=127.0.0.1;host=localhost"}, {"Origin": "http://127.0.0.1:8080"},
	{"Sec-Fetch-Site": "same-origin"}, {"Cookie": "token=secret"}, {"X-Http-Method-Override": "GET"},
	{"Authorization": "Bearer "}, {"Authorization": "Bearer"}, {"Authorization": "Bearer null"},
	{"Authorization": "Bearer Secret"}, {"Authorization": "Bearer secret2"}, {"Authorization": "Bearer secre"},
	{"Authorization": "Basic c2VjcmV0OnNlY3JldA=="}, {"Authorization": "secret"},
	{"Authorization": "Digest username=secret"},
}

// TestNobodyChanges tries every guarded route in every disguise, on servers with
// and without a token: neither where a request comes from nor what it says of itself
// grants anything.
func TestNobodyChanges(t *testing.T) {
	for _, token := range []string{"", "secret"} {
		t.Setenv(tokenEnv, token)
		base, stop := startServe(t, "--store", t.TempDir(), "--quiet")
		for _, what := range guarded {
			for _, h := range disguises {
				resp := attempt(t, base, what, h)
				refused := resp.StatusCode == http.StatusUnauthorized &&
					strings.HasPrefix(resp.Header.Get("WWW-Authenticate"), "Bearer ")
				foreign := h["Origin"] != "" && resp.StatusCode == http.StatusForbidden
				if !refused && !foreign {
					t.Errorf("token %q: %s as %v = %s, want 401", token, what, h, resp.Status)
				}
			}
		}
		if resp := attempt(t, base, "GET /update?access_token=secret", nil); resp.StatusCode < 400 {
			t.Errorf("token %q: a token in the address = %s", token, resp.Status)
		}
		if _, body := get(t, base+"metrics"); !strings.Contains(body, "fincat_store_quads 0\n") {
			t.Errorf("token %q: something was changed:\n%s", token, body)
		}
		stop()
	}
}

// TestTokenSchemes uses the token as clients write it.
func TestTokenSchemes(t *testing.T) {
	withSecret(t)
	base, _ := startServe(t, "--store", t.TempDir(), "--quiet")
	for _, scheme := range []string{"Bearer secret", "bearer secret", "BEARER secret", "Bearer  secret "} {
		for what, want := range map[string]int{"GET /admin/backup": 200, "GET /admin/queries": 200,
			"POST /update": 204, "PUT /data?graph=a:b": 204, "GET /admin/runs": 404} { // without --config
			if resp := attempt(t, base, what, map[string]string{"Authorization": scheme}); resp.StatusCode != want {
				t.Errorf("%s with %q = %s, want %d", what, scheme, resp.Status, want)
			}
		}
	}
	for _, h := range []map[string]string{{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"},
		{"Sec-Fetch-Site": "same-site"}, {"Origin": "null"}} {
		h["Authorization"] = "Bearer secret"
		for _, what := range guarded {
			get := strings.HasPrefix(what, "GET") || strings.HasPrefix(what, "HEAD")
			if resp := attempt(t, base, what, h); resp.StatusCode != http.StatusForbidden &&
				(!get || h["Sec-Fetch-Site"] != "") {
				t.Errorf("%s as %v = %s, want 403", what, h, resp.Status)
			}
		}
	}
}

// TestBehindProxy puts a reverse proxy of the stock kind in front: every request
// comes from a loopback address and names one in Host.
func TestBehindProxy(t *testing.T) {
	base, _ := startServe(t, "--store", t.TempDir(), "--quiet")
	target, err := url.Parse(base)
	if err != nil {
		t.Fatal(err)
	}
	proxy := httptest.NewServer(&httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(target) }})
	defer proxy.Close()
	for _, what := range guarded {
		if resp := attempt(t, proxy.URL+"/", what, map[string]string{"Host": "data.example.tw"}); resp.StatusCode !=
			http.StatusUnauthorized {
			t.Errorf("%s through a proxy = %s, want 401", what, resp.Status)
		}
	}
	if resp := attempt(t, proxy.URL+"/", "GET /sparql?query=ASK%20%7B%7D", nil); resp.StatusCode != http.StatusOK {
		t.Errorf("a query through a proxy = %s", resp.Status)
	}
}

// TestWithoutToken starts servers that take changes without a token.
func TestWithoutToken(t *testing.T) {
	const flag = "--allow-updates-without-token"
	if _, stderr := fincat(t, exitUsage, "serve", "--store", t.TempDir(), "--addr", "0.0.0.0:0",
		flag); !strings.Contains(stderr, "loopback") {
		t.Errorf("on all addresses it ends with %q", stderr)
	}
	base, stop := startServe(t, "--store", t.TempDir(), "--quiet", flag)
	for _, h := range []map[string]string{
		{"Host": "evil.example"}, {"Host": "127.0.0.1.evil.example:80"}, {"X-Forwarded-For": "127.0.0.1"},
		{"Forwarded": "for=127.0.0.1"}, {"X-Real-Ip": "10.0.0.1"}, {"Via": "1.1 proxy"},
		{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Authorization": "Bearer guess"},
	} {
		for _, what := range guarded {
			safe := h["Origin"] != "" && (strings.HasPrefix(what, "GET") || strings.HasPrefix(what, "HEAD"))
			if resp := attempt(t, base, what, h); !safe && resp.StatusCode != http.StatusForbidden &&
				resp.StatusCode != http.StatusUnauthorized {
				t.Errorf("%s as %v = %s, want 403", what, h, resp.Status)
			}
		}
	}
	for _, h := range []map[string]string{{}, {"Host": "localhost:80"}, {"Host": "[::1]:80"},
		{"Sec-Fetch-Site": "same-origin"}} {
		if resp := attempt(t, base, "POST /update", h); resp.StatusCode != http.StatusNoContent {
			t.Errorf("an update as %v = %s, want 204", h, resp.Status)
		}
	}
	if status, stderr := stop(); status != exitDone || !strings.Contains(stderr, "warning: ") {
		t.Errorf("serve ended with %d and said %q", status, stderr)
	}
}

// TestDemoToken uses the token that the demo prints.
func TestDemoToken(t *testing.T) {
	d := startDemo(t, t.TempDir())
	_, after, ok := strings.Cut(d.output, "token     ")
	token, _, _ := strings.Cut(after, " ")
	if !ok || len(token) < 20 {
		t.Fatalf("the demo prints no token:\n%s", d.output)
	}
	for token, want := range map[string]int{"": 401, token: 200, token + "x": 401} {
		if resp := attempt(t, d.url, "GET /admin/runs",
			map[string]string{"Authorization": "Bearer " + token}); resp.StatusCode != want {
			t.Errorf("the runs with the token %q = %s, want %d", token, resp.Status, want)
		}
	}
}

// TestForeignPage lets the page of another site, in a real browser, try to change
// a server that is as open as it can be.
func TestForeignPage(t *testing.T) {
	ctx := browser(t)
	base, _ := startServe(t, "--store", t.TempDir(), "--quiet", "--allow-updates-without-token")
	evil := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte(strings.ReplaceAll(`<!doctype html><p id="done"></p><script>
			const tries = [["@update", {method: "POST", body: new URLSearchParams({update: "`+insertOne+`"})}],
				["@data?default", {method: "PUT", body: "<a:b> <a:b> 1 .", headers: {"Content-Type": "text/turtle"}}],
				["@admin/runs/one", {method: "POST", mode: "no-cors"}], ["@admin/backup", {}]]
			Promise.all(tries.map(t => fetch(...t).then(r => r.status, () => "refused"))).then(all => {
				document.getElementById("done").textContent = "answers " + all })
			</script>`, "@", strings.Replace(base, "127.0.0.1", "localhost", 1))))
	}))
	defer evil.Close()
	v := &visitor{t, ctx}
	v.do("open", chromedp.Navigate(evil.URL))
	v.becomes("tried", `document.querySelector("#done").textContent !== ""`)
	got := v.text("#done")
	if !strings.Contains(got, "answers") || strings.Contains(got, "20") {
		t.Errorf("the foreign page got %q", got)
	}
	if _, body := get(t, base+"metrics"); !strings.Contains(body, "fincat_store_quads 0\n") {
		t.Errorf("the foreign page changed something:\n%s", body)
	}
}

// TestTokens makes tokens over HTTP and beside it, uses them and removes them, and
// looks for their hashes wherever the store can be read.
func TestTokens(t *testing.T) {
	withSecret(t)
	dir := t.TempDir()
	fincat(t, exitDone, "update", "--store", dir, "-e", insertOne)
	out, _ := fincat(t, exitDone, "tokens", "add", "--store", dir, "--role", "reader", "rita")
	reader := strings.TrimSpace(out)
	base, stop := startServe(t, "--store", dir, "--quiet")
	out, _ = fincat(t, exitDone, "tokens", "add", "--server", base, "--role", "provider", "--organisation", "twse",
		"--expires", "90d", "paul")
	provider := strings.TrimSpace(out)
	out, _ = fincat(t, exitDone, "tokens", "add", "--server", base, "--role", "administrator", "anna")
	as := func(token string) map[string]string { return map[string]string{"Authorization": "Bearer " + token} }
	admin := strings.TrimSpace(out)
	for _, tt := range []struct {
		what, token string
		want        int
	}{
		{"GET /admin/queries", reader, 200}, {"GET /admin/backup", reader, 403}, {"POST /update", reader, 403},
		{"DELETE /admin/tokens/anna", reader, 403}, {"POST /admin/runs/one", reader, 403},
		{"GET /admin/queries", provider, 403}, {"PUT /data?default", provider, 403},
		{"POST /update", admin, 204}, {"GET /admin/tokens", admin, 200}, {"DELETE /admin/tokens/nobody", admin, 404},
		{"POST /admin/tokens", admin, 400},
	} {
		if resp := attempt(t, base, tt.what, as(tt.token)); resp.StatusCode != tt.want {
			t.Errorf("%s = %s, want %d", tt.what, resp.Status, tt.want)
		}
	}
	list, _ := fincat(t, exitDone, "tokens", "list", "--server", base)
	for _, want := range []string{"anna  administrator  -", "paul  provider       twse", "used 20"} {
		if !strings.Contains(list, want) {
			t.Errorf("the list lacks %q:\n%s", want, list)
		}
	}
	places := map[string]string{"list": list}
	places["JSON"], _ = fincat(t, exitDone, "tokens", "list", "--server", base, "--format", "json")
	const everything = "SELECT * { { ?s ?p ?o } UNION { GRAPH ?g { ?s ?p ?o } } }"
	for _, path := range []string{"dump.nq.gz", "data", "catalog.nq", ".well-known/void", "admin/tokens",
		"admin/queries", "metrics", "sparql?format=csv&query=" + url.QueryEscape(everything),
		"sparql?query=" + url.QueryEscape("SELECT * { GRAPH <access/tokens> { ?s ?p ?o } }")} {
		_, places[path] = get(t, base+path, append([]string{"Accept", "*/*"}, secret...)...)
	}
	fincat(t, exitDone, "tokens", "remove", "--server", base, "rita")
	if resp := attempt(t, base, "GET /admin/queries", as(reader)); resp.StatusCode != http.StatusUnauthorized {
		t.Errorf("a removed token = %s", resp.Status)
	}
	_, places["log"] = stop()
	places["dump"], _ = fincat(t, exitDone, "dump", "--store", dir)
	places["local list"], _ = fincat(t, exitDone, "tokens", "list", "--store", dir)
	for place, text := range places {
		for _, token := range []string{reader, provider, admin} {
			hash := fmt.Sprintf("%x", sha256.Sum256([]byte(token)))
			if strings.Contains(text, hash) || strings.Contains(text, token) {
				t.Errorf("%s shows a token or its hash:\n%s", place, text)
			}
		}
	}
	if strings.Contains(places["local list"], "rita") {
		t.Errorf("a removed token is listed:\n%s", places["local list"])
	}
	fincat(t, exitDone, "tokens", "remove", "--store", dir, "paul")
	fincat(t, exitFailed, "tokens", "remove", "--store", dir, "paul")
	fincat(t, exitUsage, "tokens", "add", "--store", dir, "--role", "boss", "x")
	fincat(t, exitUsage, "tokens", "add", "--store", dir, "--server", base, "--role", "reader", "x")
	fincat(t, exitUsage, "tokens", "add", "--store", dir, "--role", "reader", "--expires", "soon", "x")
}

// TestAudit makes changes in every way and looks for their author, their commit and
// their entry.
func TestAudit(t *testing.T) {
	withSecret(t)
	dir, web := t.TempDir(), newSources(t)
	web.set("/one.json", api("a", "b"))
	config := web.configure(t, "one")
	me := systemUser()
	fincat(t, exitDone, "harvest", "--store", dir, "--config", config)
	fincat(t, exitDone, "update", "--store", dir, "-e", insertOne)
	fincat(t, exitDone, "update", "--store", dir, "-e", insertOne) // changes nothing: no commit
	out, _ := fincat(t, exitDone, "tokens", "add", "--store", dir, "--role", "maintainer", "mary")
	mary := map[string]string{"Authorization": "Bearer " + strings.TrimSpace(out), "X-Forwarded-For": "192.0.2.7"}
	admin := map[string]string{"Authorization": secret[1]}
	base, stop := startServe(t, "--store", dir, "--config", config)
	attempt(t, base, "POST /update", mary)
	attempt(t, base, "PUT /data?graph=a:b", admin) // changes nothing: an entry without a commit
	post(t, base+"update", url.Values{"update": {"INSERT DATA { <a:b> <a:b> 2 }"}}, secret...)
	get(t, base+"admin/backup", secret...) // to its end, when it has its entry
	attempt(t, base, "GET /admin/queries", admin)
	attempt(t, base, "POST /update", nil)
	attempt(t, base, "PUT /admin/runs/one/paused", mary)
	if resp := attempt(t, base, "POST /admin/runs/one", mary); resp.StatusCode != http.StatusAccepted {
		t.Errorf("a run is begun with %s", resp.Status)
	}
	call(t, "DELETE", base+"admin/tokens/mary", http.StatusNoContent, nil, secret...)
	_, lines := get(t, base+"admin/audit", secret...)
	_, turtle := get(t, base+"admin/audit", append([]string{"Accept", "text/turtle"}, secret...)...)
	_, logged := stop()
	want := []string{
		me + " fincat harvest one 0 +", me + " fincat update 0 +", me + " fincat update 0 ",
		me + " fincat tokens add mary maintainer 0 +", "mary POST /update 403 192.0.2.7",
		"FINCAT_TOKEN PUT /data?graph=a:b 204 ", "FINCAT_TOKEN POST /update 204 +",
		"FINCAT_TOKEN GET /admin/backup 200 ", "mary PUT /admin/runs/one/paused 204 192.0.2.7",
		"mary POST /admin/runs/one 202 192.0.2.7", "FINCAT_TOKEN DELETE /admin/tokens/mary 204 +",
	}
	if got := ended(t, lines); !slices.Equal(got, want) {
		t.Errorf("the audit log has\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	all := strings.Count(lines, "\n")
	if n := strings.Count(turtle, "fincat:Change"); n != all || all != 2*len(want)-1 {
		t.Errorf("in Turtle it has %d entries:\n%s", n, turtle)
	}
	if strings.Count(logged, "msg=audit ") != 7 || !strings.Contains(logged, "hash=") {
		t.Errorf("the server logs\n%s", logged)
	}
	if local, _ := fincat(t, exitDone, "audit", "--store", dir); local != lines {
		t.Errorf("the command prints\n%s", local)
	}
	if authors := authorsOf(t, dir); authors[me] < 3 || authors["mary"] < 2 || authors[access.EnvironmentName] != 2 {
		t.Errorf("commits by author: %v", authors)
	}
	checkCauses(t, dir)
	checkAltered(t, dir, all)
	fincat(t, exitUsage, "audit", "--store", dir, "--format", "xls")
	fincat(t, exitFailed, "audit", "--store", filepath.Join(dir, "nowhere"))
}

// ended puts the entries of an audit log that say how something ended in one line
// each; a plus is for commits.
func ended(t *testing.T, lines string) (out []string) {
	t.Helper()
	for line := range strings.Lines(lines) {
		var e access.Entry
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatal(err)
		}
		if e.Begun {
			continue
		}
		line := fmt.Sprintf("%s %s %d %s", e.Who, e.What, e.Status, e.Forwarded)
		if len(e.Commits) > 0 {
			line += "+"
		}
		out = append(out, line)
	}
	return out
}

// authorsOf counts the commits of a store by author. Each that somebody asked for has one.
func authorsOf(t *testing.T, dir string) map[string]int {
	t.Helper()
	s, err := store.Open(t.Context(), store.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	authors := map[string]int{}
	for c, err := range s.Log(t.Context(), 0) {
		if err != nil {
			t.Fatal(err)
		}
		if c.Note.Author == "" && c.Note.Follower == "" && c.Added+c.Removed > 0 {
			t.Errorf("commit %d has no author: %+v", c.Seq, c.Note)
		}
		authors[c.Note.Author]++
	}
	return authors
}

// checkAltered lets check read a log of so many entries, as it is and altered.
func checkAltered(t *testing.T, dir string, entries int) {
	t.Helper()
	if out, _ := fincat(t, exitDone, "check", "--store", dir); !strings.Contains(out,
		fmt.Sprintf("ok: %d entries in the audit log", entries)) {
		t.Errorf("check says %s", out)
	}
	file := filepath.Join(dir, access.LogFile)
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	altered := bytes.Replace(text, []byte("mary POST"), []byte("paul POST"), 1)[:len(text)/2]
	if err := os.WriteFile(file, altered, 0o600); err != nil {
		t.Fatal(err)
	}
	if out, _ := fincat(t, exitFound, "check", "--store", dir); !strings.Contains(out, "has no entry") {
		t.Errorf("check of an altered log says %s", out)
	}
}

// TestRestoredAudit checks a store that was restored: its commits have authors, and
// their entries are elsewhere.
func TestRestoredAudit(t *testing.T) {
	dir, file := t.TempDir(), filepath.Join(t.TempDir(), "backup")
	fincat(t, exitDone, "update", "--store", dir, "-e", insertOne)
	fincat(t, exitDone, "backup", "--store", dir, file)
	restored := filepath.Join(t.TempDir(), "restored")
	fincat(t, exitDone, "restore", "--store", restored, file)
	out, _ := fincat(t, exitDone, "check", "--store", restored)
	if !strings.Contains(out, "ok: 1 entries in the audit log") {
		t.Errorf("check of a restored store says %s", out)
	}
}

// killSoon returns a function that, when it is called first, has a server killed a moment later.
func killSoon(server *exec.Cmd) func() {
	return sync.OnceFunc(func() {
		time.AfterFunc(time.Duration(50+rand.IntN(100))*time.Millisecond, func() { _ = server.Process.Kill() })
	})
}

// TestAuditKilled kills a server while it takes updates: whatever was acknowledged has
// an entry, and the check finds nothing that a crash did not do.
func TestAuditKilled(t *testing.T) {
	withSecret(t)
	dir := t.TempDir()
	acknowledged := 0
	for range 3 {
		addr := freeAddress(t)
		server := serveProcess(t, "--store", dir, "--addr", addr)
		kill := killSoon(server)
		for {
			form := url.Values{"update": {fmt.Sprintf("INSERT DATA { <a:b> <a:c> %d }", acknowledged)}}
			req, err := http.NewRequest(http.MethodPost, "http://"+addr+"/update", strings.NewReader(form.Encode()))
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			req.Header.Set(secret[0], secret[1])
			resp, err := http.DefaultClient.Do(req)
			if err != nil {
				break
			}
			resp.Body.Close()
			if resp.StatusCode != http.StatusNoContent {
				t.Fatalf("an update = %s", resp.Status)
			}
			acknowledged++
			kill()
		}
		_ = server.Process.Kill() // it has been, unless no update came through
		_ = server.Wait()
		fincat(t, exitDone, "check", "--store", dir)
	}
	fincat(t, exitDone, "update", "--store", dir, "-e", insertOne) // ends what was under way
	entries := 0
	for e, err := range access.Entries(dir) {
		if err != nil {
			t.Fatal(err)
		}
		if e.Who == access.EnvironmentName && len(e.Commits) > 0 {
			entries += len(e.Commits)
		}
	}
	if entries < acknowledged || entries > acknowledged+3 || acknowledged == 0 {
		t.Errorf("%d updates were acknowledged, %d have entries", acknowledged, entries)
	}
	fincat(t, exitDone, "check", "--store", dir)
}

// TestSlowStranger sends a change without a token and its body never: the server waits
// for it a few seconds only.
func TestSlowStranger(t *testing.T) {
	base, _ := startServe(t, "--store", t.TempDir(), "--quiet")
	c, err := net.Dial("tcp", strings.Trim(strings.TrimPrefix(base, "http://"), "/"))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.SetDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	fmt.Fprint(c, "POST /update HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\nupdate=")
	answer, err := io.ReadAll(c) // to the end of the connection
	if err != nil || !strings.HasPrefix(string(answer), "HTTP/1.1 401 ") {
		t.Errorf("the server answers %q, %v", answer, err)
	}
}
