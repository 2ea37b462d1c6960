package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"fincat/cmd/fincat/access"
)

// hostileTitle tries to break out of a page, once what sources write as markup is text.
const hostileTitle = `&lt;script&gt;alert(1)&lt;/script&gt;"&gt;&lt;img src=x onerror=alert(2)&gt; 統計`

// shrinking is a source that shows fewer records once it is told to.
type shrinking struct {
	*httptest.Server
	few  atomic.Bool
	hold atomic.Bool // it does not answer
}

// newShrinking returns a source of kind datajson with ten records, or two.
func newShrinking(t *testing.T) *shrinking {
	t.Helper()
	s := &shrinking{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.hold.Load() {
			<-r.Context().Done()
			return
		}
		n := 10
		if s.few.Load() {
			n = 2
		}
		var list []map[string]any
		for i := range n {
			list = append(list, map[string]any{"@type": "dcat:Dataset", "identifier": fmt.Sprintf("d%d", i),
				"title": fmt.Sprintf("%s %d", hostileTitle, i), "description": "x", "modified": "2026-01-02",
				"keyword": []string{"a"}, "accessLevel": "public",
				"publisher": map[string]string{"@type": "org:Organization", "name": "N"},
				"contactPoint": map[string]string{"@type": "vcard:Contact", "fn": "F",
					"hasEmail": "mailto:a@example.tw"}})
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]any{"conformsTo": "https://project-open-data.cio.gov/v1.1/schema",
			"dataset": list})
	}))
	t.Cleanup(s.Close)
	return s
}

// consoleSite is a server with one source, and sessions by role.
type consoleSite struct {
	t       *testing.T
	url     string
	source  *shrinking
	cookies map[access.Role]*http.Cookie
	tokens  map[access.Role]string
	dir     string               // of the store
	stop    func() (int, string) // returns the log
}

const consoleAdmin = "console-test-administrator"

func newConsoleSite(t *testing.T, more ...string) *consoleSite {
	t.Helper()
	s := &consoleSite{t: t, source: newShrinking(t), cookies: map[access.Role]*http.Cookie{},
		tokens: map[access.Role]string{}}
	dir := t.TempDir()
	config := filepath.Join(dir, "fincat.yaml")
	text := "harvest: {allow_private_addresses: true}\nsources:\n  - {id: shrinking, kind: datajson, url: " +
		s.source.URL + "/data.json, schedule: \"@every 240h\", rate: 1000/s}\n" + strings.Join(more, "")
	if err := os.WriteFile(config, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	t.Setenv(tokenEnv, consoleAdmin)
	s.dir = filepath.Join(dir, "store")
	s.url, s.stop = startServe(t, "--config", config, "--store", s.dir)
	s.tokens[access.Administrator] = consoleAdmin
	for _, role := range access.Roles {
		if role != access.Administrator {
			s.tokens[role] = s.newToken("a-"+string(role), role)
		}
		s.cookies[role] = s.signIn(s.tokens[role])
	}
	return s
}

func (s *consoleSite) newToken(name string, role access.Role) string {
	s.t.Helper()
	return s.tokenOf(name, role, "twse")
}

func (s *consoleSite) tokenOf(name string, role access.Role, organisation string) string {
	s.t.Helper()
	body := fmt.Sprintf(`{"name": %q, "role": %q, "organisation": %q}`, name, role, organisation)
	resp, text := send(s.t, http.DefaultClient, http.MethodPost, s.url+"admin/tokens", strings.NewReader(body),
		"Authorization", "Bearer "+consoleAdmin)
	var made access.Made
	if err := json.Unmarshal([]byte(text), &made); err != nil || made.Secret == "" {
		s.t.Fatalf("a token for %s: %d %s", role, resp.StatusCode, text)
	}
	return made.Secret
}

// stay follows no redirects.
var stay = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}

func (s *consoleSite) signIn(token string) *http.Cookie {
	s.t.Helper()
	resp, err := stay.PostForm(s.url+"login/token", url.Values{"token": {token}, "next": {"/console"}})
	if err != nil {
		s.t.Fatal(err)
	}
	defer resp.Body.Close()
	if len(resp.Cookies()) != 1 || resp.Header.Get("Location") != "/console" {
		s.t.Fatalf("signing in: %s to %q", resp.Status, resp.Header.Get("Location"))
	}
	return resp.Cookies()[0]
}

// ask sends a request as a browser does in which somebody with a role has signed in. A form
// makes it POST.
func (s *consoleSite) ask(role access.Role, path string, form url.Values, header ...string) (answer, string) {
	s.t.Helper()
	method, body := http.MethodGet, strings.NewReader("")
	if form != nil {
		method, body = http.MethodPost, strings.NewReader(form.Encode())
		header = append([]string{"Content-Type", "application/x-www-form-urlencoded", "Sec-Fetch-Site", "same-origin",
			"Origin", strings.TrimSuffix(s.url, "/")}, header...)
	}
	header = append([]string{"Accept", "text/html,*/*;q=0.8"}, header...)
	if c := s.cookies[role]; c != nil {
		header = append(header, "Cookie", c.Name+"="+c.Value)
	}
	return send(s.t, stay, method, s.url+path, body, header...)
}

// harvest harvests the source by the form, and returns the run.
func (s *consoleSite) harvest() string {
	s.t.Helper()
	before := s.lastRun()
	resp, text := s.ask(access.Maintainer, "console", url.Values{"source": {"shrinking"}, "action": {"start"}})
	if resp.StatusCode != http.StatusSeeOther || resp.Header.Get("Location") != "/console?done=start" {
		s.t.Fatalf("starting: %d %s", resp.StatusCode, text)
	}
	for range 600 {
		if run := s.lastRun(); run != "" && run != before {
			return run
		}
		time.Sleep(50 * time.Millisecond)
	}
	s.t.Fatal("the run does not end")
	return ""
}

// lastRun is the newest run that has ended.
func (s *consoleSite) lastRun() string {
	s.t.Helper()
	_, text := s.ask(access.Reader, "admin/runs", nil, "Accept", "application/json")
	var answer struct {
		Running []any
		Sources []struct{ Last *struct{ Run, Status string } }
	}
	if err := json.Unmarshal([]byte(text), &answer); err != nil {
		s.t.Fatalf("%v in %s", err, text)
	}
	if len(answer.Running) > 0 || len(answer.Sources) == 0 || answer.Sources[0].Last == nil ||
		answer.Sources[0].Last.Status == "running" {
		return ""
	}
	return answer.Sources[0].Last.Run
}

// TestConsoleRoles asks for every page in every role: who has not signed in is led to where one
// does, and who may not see a page is told so on a page.
func TestConsoleRoles(t *testing.T) {
	s := newConsoleSite(t)
	run := s.harvest()
	for _, tt := range []struct {
		path  string
		needs access.Role
	}{
		{"console", access.Reader}, {"console/runs", access.Reader}, {"console/runs/" + run, access.Reader},
		{"console/links", access.Reader}, {"console/links?state=accepted", access.Reader},
		{"console/worklist", access.Reader}, {"console/server", access.Reader}, {"console/source", access.Maintainer},
		{"console/tokens", access.Administrator}, {"console/audit", access.Administrator},
	} {
		resp, _ := s.ask("", tt.path, nil)
		if to := "/login?next=" + url.QueryEscape("/"+tt.path); resp.StatusCode != http.StatusSeeOther ||
			resp.Header.Get("Location") != to {
			t.Errorf("%s for nobody = %d to %q, want %q", tt.path, resp.StatusCode, resp.Header.Get("Location"), to)
		}
		for _, role := range access.Roles {
			resp, text := s.ask(role, tt.path, nil)
			want := http.StatusOK
			if !role.Includes(tt.needs) {
				want = http.StatusForbidden
			}
			if resp.StatusCode != want || !strings.Contains(resp.Header.Get("Content-Type"), "text/html") ||
				!strings.Contains(text, "<h1") {
				t.Errorf("%s for a %s = %d, want a page with %d: %.300s", tt.path, role, resp.StatusCode, want, text)
			}
			if strings.Contains(text, "<script>alert") || strings.Contains(text, "<img src=x") {
				t.Errorf("%s for a %s has what a source wrote as markup", tt.path, role)
			}
			if policy := resp.Header.Get("Content-Security-Policy"); !strings.Contains(policy, "default-src 'none'") ||
				strings.Contains(policy, "unsafe") {
				t.Errorf("%s has the policy %q", tt.path, policy)
			}
		}
	}
	if _, text := s.ask(access.Reader, "console/runs/"+run, nil); !strings.Contains(text, "&lt;script&gt;alert(1)") {
		t.Errorf("the difference of the run lacks the titles: %.2000s", text)
	}
	if _, text := s.ask(access.Reader, "console", nil); strings.Contains(text, "<button") {
		t.Error("a reader is offered to act")
	}
	for _, query := range []string{"?nosuch=1", "?%zz", "?lang=en&lang=zh", "/links?state=x", "/runs?page=x",
		"/runs/" + run + "?what=x", "/audit?before=-1", "/worklist?page=-1", "/server?state=accepted", "?live=on"} {
		resp, text := s.ask(access.Administrator, "console"+query, nil)
		if resp.StatusCode != http.StatusBadRequest || !strings.Contains(text, "<h1") {
			t.Errorf("/console%s = %d %.300s, want a page that says what is wrong", query, resp.StatusCode, text)
		}
	}
	if resp, _ := s.ask(access.Reader, "console?utm_source=mail", nil); resp.StatusCode != http.StatusOK {
		t.Errorf("/console by a link of a newsletter = %d", resp.StatusCode)
	}
	if resp, _ := s.ask(access.Reader, "console/nothing", nil); resp.StatusCode != http.StatusNotFound {
		t.Errorf("a page that is not there = %d", resp.StatusCode)
	}
}

// consoleForms are forms of the console, by page, and who may send them.
var consoleForms = []struct {
	path  string
	form  url.Values
	needs access.Role
}{
	{"console", url.Values{"source": {"shrinking"}, "action": {"start"}}, access.Maintainer},
	{"console", url.Values{"source": {"shrinking"}, "action": {"pause"}}, access.Maintainer},
	{"console/runs/RUN", url.Values{"action": {"undo"}}, access.Maintainer},
	{"console/runs/RUN", url.Values{"action": {"undo"}, "confirm": {"yes"}}, access.Maintainer},
	{"console/links", url.Values{"action": {"confirm"}, "subject": {"shrinking/d0"}, "object": {"shrinking/d1"}},
		access.Maintainer},
	{"console/server", url.Values{"query": {"1"}}, access.Maintainer},
	{"console/source", url.Values{"action": {"try"}, "id": {"x"}}, access.Maintainer},
	{"console/tokens", url.Values{"action": {"add"}, "name": {"eve"}, "role": {"administrator"}},
		access.Administrator},
	{"console/tokens", url.Values{"action": {"remove"}, "name": {"a-reader"}}, access.Administrator},
	{"console/tokens", url.Values{"action": {"remove"}, "name": {"a-reader"}, "confirm": {"yes"}},
		access.Administrator},
}

// TestConsoleForms asks that no form does anything for pages of other sites, for those without
// the role, and for those whose session has ended.
func TestConsoleForms(t *testing.T) {
	s := newConsoleSite(t)
	run := s.harvest()
	for _, tt := range consoleForms {
		path := strings.Replace(tt.path, "RUN", run, 1)
		for _, header := range [][]string{{"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"},
			{"Sec-Fetch-Site", "", "Origin", "https://evil.example"}} {
			resp, text := s.ask(access.Administrator, path, tt.form, header...)
			if resp.StatusCode != http.StatusForbidden {
				t.Errorf("%s %v from %v = %d: %.200s", path, tt.form, header, resp.StatusCode, text)
			}
		}
		for _, role := range access.Roles {
			if role.Includes(tt.needs) {
				continue
			}
			resp, text := s.ask(role, path, tt.form)
			if resp.StatusCode != http.StatusForbidden || !strings.Contains(text, "<h1") {
				t.Errorf("%s %v by a %s = %d: %.200s", path, tt.form, role, resp.StatusCode, text)
			}
		}
		resp, _ := s.ask("", path, tt.form)
		if to := "/login?next=" + url.QueryEscape("/"+path); resp.StatusCode != http.StatusSeeOther ||
			resp.Header.Get("Location") != to {
			t.Errorf("%s by nobody = %d to %q", path, resp.StatusCode, resp.Header.Get("Location"))
		}
	}
	if now := s.lastRun(); now != run {
		t.Errorf("meanwhile there was the run %s", now)
	}
	_, text := s.ask(access.Administrator, "admin/tokens", nil, "Accept", "application/json")
	if strings.Contains(text, "eve") || !strings.Contains(text, "a-reader") {
		t.Errorf("the tokens were changed: %s", text)
	}
}

// TestConsoleActs does what maintainers and administrators do, and asks that the audit log say
// who did it.
func TestConsoleActs(t *testing.T) {
	s := newConsoleSite(t)
	first := s.harvest()
	s.source.few.Store(true)
	held := ""
	for range 4 { // a record is removed after it was missing three times
		held = s.harvest()
	}
	path := "console/runs/" + held
	resp, text := s.ask(access.Maintainer, path, nil)
	if !strings.Contains(text, `id="approve"`) {
		t.Fatalf("the run %s has nothing to approve: %d %.3000s", held, resp.StatusCode, text)
	}
	if _, text = s.ask(access.Maintainer, path, url.Values{"action": {"approve"}}); !strings.Contains(text,
		`name="confirm" value="yes"`) {
		t.Fatalf("nobody is asked: %.2000s", text)
	}
	resp, text = s.ask(access.Maintainer, path, url.Values{"action": {"approve"}, "confirm": {"yes"}})
	if to := "/" + path + "?done=approve"; resp.Header.Get("Location") != to {
		t.Fatalf("approving = %d to %q: %.300s", resp.StatusCode, resp.Header.Get("Location"), text)
	}
	if _, text = s.ask(access.Reader, path+"?done=approve&lang=en", nil); strings.Contains(text, `id="approve"`) ||
		!strings.Contains(text, "The removals were approved") || !strings.Contains(text, ">removed<") {
		t.Errorf("after approving: %.3000s", text)
	}
	if resp, _ = s.ask(access.Maintainer, "console/runs/"+first, url.Values{"action": {"undo"},
		"confirm": {"yes"}}); resp.StatusCode < 400 {
		t.Errorf("undoing an old run = %d", resp.StatusCode)
	}
	s.pauses()
	s.keepsTokens()
	s.audited("a-maintainer", "POST /admin/runs/shrinking", "POST /admin/runs/"+held+"/approve",
		"PUT /admin/runs/shrinking/paused")
	s.audited(access.EnvironmentName, "POST /admin/tokens", "DELETE /admin/tokens/eve")
}

// pauses pauses the source and lets it go on.
func (s *consoleSite) pauses() {
	s.t.Helper()
	for _, action := range []string{"pause", "resume"} {
		resp, text := s.ask(access.Maintainer, "console?lang=en", url.Values{"source": {"shrinking"},
			"action": {action}})
		if to := "/console?done=" + action + "&lang=en"; resp.Header.Get("Location") != to {
			s.t.Errorf("to %s = %d to %q: %.300s", action, resp.StatusCode, resp.Header.Get("Location"), text)
		}
		if _, text = s.ask(access.Reader, "console?lang=en", nil); strings.Contains(text, `is paused"`) !=
			(action == "pause") {
			s.t.Errorf("after %s: %.3000s", action, text)
		}
	}
}

// keepsTokens makes and removes a token.
func (s *consoleSite) keepsTokens() {
	s.t.Helper()
	resp, text := s.ask(access.Administrator, "console/tokens", url.Values{"action": {"add"}, "name": {"eve"},
		"role": {"maintainer"}, "expires": {"90d"}})
	_, rest, shown := strings.Cut(text, `id="made">`)
	if resp.StatusCode != http.StatusCreated || !shown || resp.Header.Get("Cache-Control") != "no-store" {
		s.t.Fatalf("making a token = %d: %.3000s", resp.StatusCode, text)
	}
	secret, _, _ := strings.Cut(rest, "<")
	s.cookies["eve"] = s.signIn(secret)
	if resp, _ = s.ask("eve", "console", nil); resp.StatusCode != http.StatusOK {
		s.t.Errorf("the console for the new token = %d", resp.StatusCode)
	}
	if _, text = s.ask(access.Administrator, "console/tokens", nil); strings.Contains(text, secret) ||
		!strings.Contains(text, ">eve<") {
		s.t.Errorf("the list of the tokens: %.3000s", text)
	}
	if resp, text = s.ask(access.Administrator, "console/tokens", url.Values{"action": {"add"}, "name": {"eve"},
		"role": {"reader"}}); resp.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(text, "alert") {
		s.t.Errorf("a second token of that name = %d", resp.StatusCode)
	}
	if resp, _ = s.ask(access.Administrator, "console/tokens", url.Values{"action": {"remove"}, "name": {"eve"},
		"confirm": {"yes"}}); resp.Header.Get("Location") != "/console/tokens?done=token" {
		s.t.Errorf("removing = %d", resp.StatusCode)
	}
	if resp, _ = s.ask("eve", "console", nil); resp.Header.Get("Location") != "/login?next=%2Fconsole" {
		s.t.Errorf("without the token the session is still one: %d", resp.StatusCode)
	}
}

// audited asks that somebody's changes be in the audit log and on its page.
func (s *consoleSite) audited(who string, changes ...string) {
	s.t.Helper()
	_, text := s.ask(access.Administrator, "admin/audit", nil, "Accept", "application/jsonl")
	_, page := s.ask(access.Administrator, "console/audit", nil)
	for _, what := range changes {
		found := false
		for line := range strings.Lines(text) {
			var e access.Entry
			if err := json.Unmarshal([]byte(line), &e); err != nil {
				s.t.Fatal(err)
			}
			found = found || e.Who == who && e.What == what && !e.Begun && e.Status < 300 && e.Status > 0
		}
		if !found || !strings.Contains(page, "<code>"+what+"</code>") {
			s.t.Errorf("the audit log lacks that %s did %s: %v", who, what, found)
		}
	}
	if strings.Contains(text, "POST /console") {
		s.t.Error("the audit log has forms beside what they do")
	}
}

// TestConsoleSource tries a source that is not configured.
func TestConsoleSource(t *testing.T) {
	s := newConsoleSite(t)
	form := url.Values{"id": {"new-one"}, "kind": {"datajson"}, "url": {s.source.URL + "/data.json"},
		"title": {`a "title": # <b>`}, "more": {"removal_limit: 0.5"}, "records": {"2"}, "action": {"try"}}
	resp, text := s.ask(access.Maintainer, "console/source?lang=en", form)
	for _, want := range []string{"It can be read", "sources:\n  - id: new-one\n    kind: datajson\n",
		"&lt;script&gt;",
		`title: &#34;a \&#34;title\&#34;: # &lt;b&gt;&#34;`, "removal_limit: 0.5", `id="preview"`} {
		if !strings.Contains(text, want) {
			t.Errorf("trying a source = %d without %q: %.5000s", resp.StatusCode, want, text)
		}
	}
	if strings.Contains(text, "<script>alert") || strings.Contains(text, "<b>") {
		t.Error("what was typed or found is markup")
	}
	for more, want := range map[string]string{
		"token_env: FINCAT_TOKEN":     "token_env is for the configuration file alone",
		"ca_file: /etc/passwd":        "ca_file is for the configuration file alone",
		"proxy: http://127.0.0.1:1":   "proxy is for the configuration file alone",
		"nonsense: 1":                 "nonsense",
		"rate: x":                     "rate",
		"- id: second\n  kind: ckan":  "",
		"html:\n  record: [\n":        "",
		"title: again\ntitle: thrice": "",
	} {
		form.Set("more", more)
		resp, text = s.ask(access.Maintainer, "console/source?lang=en", form)
		if resp.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(text, `id="wrong"`) ||
			!strings.Contains(text, want) {
			t.Errorf("a source with %q = %d: %.3000s", more, resp.StatusCode, text)
		}
	}
	form.Set("more", "")
	form.Set("url", "http://127.0.0.1:1/data.json")
	if _, text = s.ask(access.Maintainer, "console/source?lang=en", form); !strings.Contains(text,
		"It cannot be read as it is") {
		t.Errorf("a source that is not there: %.3000s", text)
	}
	_, text = s.ask(access.Reader, "admin/runs", nil, "Accept", "application/json")
	if strings.Contains(text, "new-one") {
		t.Error("trying a source has configured it")
	}
}

// until asks for a page until it says something.
func (s *consoleSite) until(role access.Role, path, want string) string {
	s.t.Helper()
	text := ""
	for range 600 {
		if _, text = s.ask(role, path, nil); strings.Contains(text, want) {
			return text
		}
		time.Sleep(50 * time.Millisecond)
	}
	s.t.Fatalf("%s never says %q: %.3000s", path, want, text)
	return ""
}

// TestConsoleLive watches a harvest under way, and cancels it.
func TestConsoleLive(t *testing.T) {
	s := newConsoleSite(t)
	s.harvest()
	s.source.hold.Store(true)
	if resp, _ := s.ask(access.Maintainer, "console", url.Values{"source": {"shrinking"}, "action": {"start"}}); resp.
		Header.Get("Location") != "/console?done=start" {
		t.Fatalf("starting = %d", resp.StatusCode)
	}
	text := s.until(access.Reader, "console?lang=en", `<p>starting ·`)
	for _, want := range []string{`id="running"`, "records a second", `<noscript><meta http-equiv="refresh"`,
		`is running"`} {
		if !strings.Contains(text, want) {
			t.Errorf("the page of a harvest under way lacks %q", want)
		}
	}
	if _, text = s.ask(access.Reader, "console?live=off", nil); strings.Contains(text, "http-equiv") ||
		strings.Contains(text, "data-live") {
		t.Error("the page refreshes although nobody wants it")
	}
	resp, text := s.ask(access.Maintainer, "console?lang=en", url.Values{"source": {"shrinking"},
		"action": {"start"}})
	if resp.StatusCode != http.StatusConflict || !strings.Contains(text, "Not possible now") {
		t.Errorf("starting it twice = %d: %.2000s", resp.StatusCode, text)
	}
	if resp, _ = s.ask(access.Maintainer, "console", url.Values{"source": {"shrinking"}, "action": {"cancel"}}); resp.
		Header.Get("Location") != "/console?done=cancel" {
		t.Errorf("cancelling = %d", resp.StatusCode)
	}
	s.until(access.Reader, "console?lang=en", `is cancelled"`)
	s.audited("a-maintainer", "DELETE /admin/runs/shrinking")
}

// TestConsoleQueries shows a query under way with its plan, and cancels it.
func TestConsoleQueries(t *testing.T) {
	s := newConsoleSite(t)
	s.harvest()
	const endless = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . FILTER(?a != <urn:zz> && ?i != ?c) }"
	done := make(chan int, 1)
	go func() {
		resp, err := http.PostForm(s.url+"sparql", url.Values{"query": {endless}})
		if err != nil {
			done <- 0
			return
		}
		resp.Body.Close()
		done <- resp.StatusCode
	}()
	text := s.until(access.Maintainer, "console/server?lang=en", "urn:zz")
	_, rest, _ := strings.Cut(text, `name="query" value="`)
	id, _, _ := strings.Cut(rest, `"`)
	for _, want := range []string{"<summary>Plan</summary>", "Quads", "Commits behind", "On disk", "In use"} {
		if !strings.Contains(text, want) {
			t.Errorf("the page lacks %q: %.5000s", want, text)
		}
	}
	resp, text := s.ask(access.Maintainer, "console/server", url.Values{"query": {id}})
	if resp.Header.Get("Location") != "/console/server?done=query" {
		t.Fatalf("cancelling the query %q = %d: %.500s", id, resp.StatusCode, text)
	}
	if status := <-done; status == http.StatusOK {
		t.Error("the query was answered")
	}
	s.audited("a-maintainer", "DELETE /admin/queries/"+id)
}

// TestConsoleBelowPath asks that the console of a catalogue below a path lead nowhere else, and
// that nobody can sign in there, because the cookie would be sent to other paths.
func TestConsoleBelowPath(t *testing.T) {
	dir := t.TempDir()
	config := filepath.Join(dir, "fincat.yaml")
	if err := os.WriteFile(config, []byte("base: https://www.example.tw/open/\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	t.Setenv(tokenEnv, consoleAdmin)
	address, _ := startServe(t, "--config", config, "--store", filepath.Join(dir, "store"))
	for _, path := range []string{"console", "console/runs", "console/links", "console/worklist", "console/server",
		"console/source", "console/tokens", "console/audit"} {
		resp, text := send(t, stay, http.MethodGet, address+"open/"+path, nil, "Accept", "text/html",
			"Authorization", "Bearer "+consoleAdmin)
		if resp.StatusCode != http.StatusOK || !strings.Contains(text, `href="/open/console/static/console.css"`) {
			t.Errorf("%s = %d: %.500s", path, resp.StatusCode, text)
		}
		for _, attribute := range []string{"href", "src", "action"} {
			for part := range strings.SplitSeq(text, attribute+`="/`) {
				if !strings.HasPrefix(part, "open/") && !strings.HasPrefix(part, "<!doctype") {
					t.Errorf("%s leads to /%.60s", path, part)
				}
			}
		}
	}
	resp, text := send(t, stay, http.MethodPost, address+"open/login/token",
		strings.NewReader("token="+consoleAdmin), "Content-Type", "application/x-www-form-urlencoded")
	if resp.StatusCode != http.StatusForbidden || !strings.Contains(text, "host of its own") {
		t.Errorf("signing in below a path = %d: %s", resp.StatusCode, text)
	}
	if resp, text = send(t, stay, http.MethodGet, address+"open/account", nil, "Accept", "text/html"); !strings.
		Contains(text, "host of its own") || strings.Contains(text, `id="token-form"`) {
		t.Errorf("the account page = %d: %.3000s", resp.StatusCode, text)
	}
}
