package main

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"fincat/cmd/fincat/access"
	"fincat/sparql/protocol"
)

const savedText = "PREFIX dcat: <http://www.w3.org/ns/dcat#>\nPREFIX dct: <http://purl.org/dc/terms/>\n" +
	"SELECT ?dataset ?title { ?dataset a dcat:Dataset ; dct:title ?title FILTER(CONTAINS(STR(?title), ?_word)) } " +
	"ORDER BY ?title LIMIT 100"

// TestSaved saves a query with a parameter by the form, asks it by its address, and changes it.
func TestSaved(t *testing.T) {
	s := newConsoleSite(t)
	s.harvest()
	resp, text := s.ask("", "saved?query=ASK%7B%7D", nil)
	if resp.StatusCode != http.StatusOK || strings.Contains(text, "<textarea") ||
		!strings.Contains(text, "/account?next=") {
		t.Errorf("the list for nobody = %d %s", resp.StatusCode, text)
	}
	form := url.Values{"name": {"by-word"}, "title": {"Which titles have a <word>?"}, "query": {savedText}}
	if resp, _ := s.ask("", "saved", form); resp.StatusCode != http.StatusSeeOther ||
		!strings.HasPrefix(resp.Header.Get("Location"), "/login?") {
		t.Errorf("saving for nobody = %d to %q", resp.StatusCode, resp.Header.Get("Location"))
	}
	resp, text = s.ask(access.Provider, "saved", form)
	if resp.StatusCode != http.StatusSeeOther || resp.Header.Get("Location") != "/saved/by-word" {
		t.Fatalf("saving = %d to %q: %s", resp.StatusCode, resp.Header.Get("Location"), text)
	}
	if resp.Header.Get(protocol.CommitHeader) == "" {
		t.Error("saving names no commit")
	}
	_, text = s.ask("", "saved", nil)
	if !strings.Contains(text, `<a href="/saved/by-word">Which titles have a &lt;word&gt;?</a>`) {
		t.Errorf("the list lacks it: %s", text)
	}
	_, text = s.ask("", "saved/by-word", nil)
	for _, want := range []string{`name="word"`, "/api/query/by-word", "a-provider", `href="/saved/by-word/1"`} {
		if !strings.Contains(text, want) {
			t.Errorf("the page lacks %s: %s", want, text)
		}
	}
	if strings.Contains(text, "<textarea") {
		t.Error("the page offers everybody to change it")
	}
	s.asksSaved()
	s.changesSaved()
}

// asksSaved asks the query of TestSaved in the ways that there are.
func (s *consoleSite) asksSaved() {
	t := s.t
	t.Helper()
	get := func(path string, header ...string) (answer, string) {
		return send(t, stay, http.MethodGet, s.url+path, nil, header...)
	}
	resp, text := get("api/query/by-word?word=9&format=csv")
	if resp.StatusCode != http.StatusOK || strings.Count(text, "\n") != 2 || resp.Header.Get("ETag") == "" {
		t.Errorf("asking = %d %s", resp.StatusCode, text)
	}
	resp, text = get("api/query/by-word/1?word=%E7%B5%B1%E8%A8%88", "Accept", "text/tab-separated-values")
	if resp.StatusCode != http.StatusOK || strings.Count(text, "\n") != 11 {
		t.Errorf("asking version 1 = %d %s", resp.StatusCode, text)
	}
	resp, text = get("api/query/by-word?" + url.Values{"word": {`") || true || CONTAINS("", "`}}.Encode())
	if resp.StatusCode != http.StatusOK || strings.Contains(text, `"value"`) {
		t.Errorf("breaking out = %d %s", resp.StatusCode, text)
	}
	resp, text = send(t, stay, http.MethodPost, s.url+"api/query/by-word", strings.NewReader("word=9&format=csv"),
		"Content-Type", "application/x-www-form-urlencoded")
	if resp.StatusCode != http.StatusOK || strings.Count(text, "\n") != 2 {
		t.Errorf("asking by POST = %d %s", resp.StatusCode, text)
	}
	for path, want := range map[string]struct {
		status int
		text   string
	}{
		"api/query/by-word":                      {400, "word (string) is missing"},
		"api/query/by-word?word=a&wort=b":        {400, "there are word, at"},
		"api/query/by-word?word=a&word=b":        {400, "given 2 times"},
		"api/query/by-word?word=a&format=nope":   {406, "nope"},
		"api/query/by-word/2?word=a":             {404, "versions 1 to 1"},
		"api/query/nothing":                      {404, "no such saved query"},
		"saved/nothing":                          {404, ""},
		"feed/atom.xml?query=saved/nothing":      {404, "saved/nothing"},
		"api/query/formats?format=csv":           {200, ""},
		"api/query/by-word?word=a&at=1999-01-01": {404, "history"},
	} {
		if resp, text := get(path); resp.StatusCode != want.status || !strings.Contains(text, want.text) {
			t.Errorf("%s = %d %s, want %d %q", path, resp.StatusCode, text, want.status, want.text)
		}
	}
	resp, _ = s.ask("", "saved/by-word?word=9&lang=en", nil)
	if to, err := url.Parse(resp.Header.Get("Location")); err != nil || to.Path != "/query" ||
		!strings.Contains(to.Query().Get("query"), `"9"`) || to.Query().Get("lang") != "en" {
		t.Errorf("the form leads to %v", to)
	}
	resp, text = get("saved/by-word", "Accept", "text/turtle")
	if resp.StatusCode != http.StatusOK || !strings.Contains(text, "SPARQLExecutable") ||
		!strings.Contains(text, "hasVersion") {
		t.Errorf("RDF = %d %s", resp.StatusCode, text)
	}
	rows := askServer(t, s.url, `PREFIX sh: <http://www.w3.org/ns/shacl#>
		PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
		SELECT DISTINCT ?q { ?q a sh:SPARQLExecutable ; rdfs:comment ?c ; sh:select ?text ; sh:prefixes ?p
			FILTER(CONTAINS(STR(?q), "saved/by-word") || CONTAINS(STR(?q), "example/formats")) }`)
	if len(rows) != 2 {
		t.Errorf("saved queries and examples are not found together: %v", rows)
	}
}

// changesSaved changes the query of TestSaved, and takes it away.
func (s *consoleSite) changesSaved() {
	t := s.t
	t.Helper()
	by := func(role access.Role, method, path, body string) (answer, string) {
		return send(t, stay, method, s.url+path, strings.NewReader(body), "Authorization", "Bearer "+s.tokens[role],
			"Content-Type", "application/json", "Accept", "application/json")
	}
	next, err := json.Marshal(map[string]string{"title": "Which?", "query": strings.Replace(savedText, "100", "1", 1)})
	if err != nil {
		t.Fatal(err)
	}
	resp, text := by(access.Reader, http.MethodPost, "saved/by-word", string(next))
	if resp.StatusCode != http.StatusConflict {
		t.Errorf("a reader changes somebody else's: %d %s", resp.StatusCode, text)
	}
	resp, text = by(access.Provider, http.MethodPost, "saved/by-word", string(next))
	if resp.StatusCode != http.StatusCreated ||
		!strings.Contains(text, "/saved/by-word/2") {
		t.Errorf("the owner changes it: %d %s", resp.StatusCode, text)
	}
	if _, text := s.ask("", "api/query/by-word?word=x&format=csv", nil); strings.Count(text, "\n") > 2 {
		t.Errorf("the second version answers %s", text)
	}
	if _, text := s.ask("", "saved/by-word/1", nil); !strings.Contains(text, "LIMIT 100") ||
		!strings.Contains(text, `role="note"`) {
		t.Errorf("the first version is %s", text)
	}
	for body, status := range map[string]int{`{"query": "ASK {"}`: 422, `{"query": "ASK {}", "x": 1}`: 400, `{`: 400,
		`{"name": "formats", "title": "x", "query": "ASK {}"}`: 409,
		`{"query": "` + strings.Repeat("x", 200<<10) + `"}`:    413} {
		if resp, text := by(access.Reader, http.MethodPost, "saved", body); resp.StatusCode != status {
			t.Errorf("%.60s = %d %s, want %d", body, resp.StatusCode, text, status)
		}
	}
	var link struct{ Name, Address string }
	for _, status := range []int{http.StatusCreated, http.StatusOK} {
		resp, text := by(access.Reader, http.MethodPost, "saved", `{"query": "ASK {}"}`)
		if err := json.Unmarshal([]byte(text), &link); err != nil || resp.StatusCode != status || len(link.Name) > 16 {
			t.Fatalf("a short link = %d %s, want %d", resp.StatusCode, text, status)
		}
	}
	if resp, text := s.ask("", "saved/"+link.Name, nil); resp.StatusCode != http.StatusOK ||
		!strings.Contains(text, "ASK {}") {
		t.Errorf("the short link leads to %d %s", resp.StatusCode, text)
	}
	if _, text := s.ask("", "saved", nil); strings.Contains(text, link.Name) {
		t.Error("the list has short links")
	}
	if resp, _ := by(access.Reader, http.MethodDelete, "saved/by-word", ""); resp.StatusCode != http.StatusForbidden {
		t.Errorf("a reader takes somebody else's away: %d", resp.StatusCode)
	}
	resp, text = s.ask(access.Provider, "saved/by-word", url.Values{"remove": {"yes"}})
	if resp.StatusCode != http.StatusSeeOther {
		t.Errorf("the owner takes it away: %d %s", resp.StatusCode, text)
	}
	if resp, _ := s.ask("", "saved/by-word", nil); resp.StatusCode != http.StatusNotFound {
		t.Errorf("then it is %d", resp.StatusCode)
	}
	_, text = s.ask(access.Administrator, "admin/audit?newest=20", nil, "Accept", "application/json")
	if !strings.Contains(text, "POST /saved/by-word") {
		t.Errorf("the audit log is %s", text)
	}
}

// TestSavedChart asks for the answer of a saved query as a chart, which any site may frame.
func TestSavedChart(t *testing.T) {
	s := newConsoleSite(t)
	s.harvest()
	put := func(name, query string) {
		t.Helper()
		form := url.Values{"name": {name}, "title": {"A <title>"}, "query": {query}}
		if resp, text := s.ask(access.Provider, "saved", form); resp.StatusCode != http.StatusSeeOther {
			t.Fatalf("saving = %d %s", resp.StatusCode, text)
		}
	}
	put("lengths", "SELECT ?title (STRLEN(?title) AS ?n) (?n * ?_factor_integer AS ?m) "+
		"{ ?d <http://purl.org/dc/terms/title> ?title }")
	put("numbers", "SELECT ?name ?n { VALUES (?name ?n) { (\"a\" 1) (\"b\" 2.5) } }")
	put("texts", "SELECT ?name ?other { VALUES (?name ?other) { (\"a\" \"b\") } }")
	put("yes", "ASK {}")
	put("large", "SELECT ?a ?b { ?a ?p ?x . ?b ?q ?y }")
	for path, want := range map[string]int{
		"numbers/chart.svg": 200, "numbers/1/chart.svg": 200, "numbers/chart.svg?chart.kind=line&chart.x=n": 200,
		"numbers/2/chart.svg": 404, "nothing/chart.svg": 404, "numbers/chart.svg?chart.kind=pie": 422,
		"numbers/chart.svg?chart.y=name": 422, "numbers/chart.svg?nosuch=1": 400, "numbers/chart.svg?format=csv": 400,
		"numbers/chart.svg?chart.x=n&chart.x=name": 400, "texts/chart.svg": 422, "yes/chart.svg": 422,
		"lengths/chart.svg": 400, "lengths/chart.svg?factor=2&chart.x=title&chart.y=m": 200, "large/chart.svg": 422,
		"numbers/chart.svg?at=1999-01-01": 404,
	} {
		resp, text := s.ask("", "api/query/"+path, nil, "Accept", "*/*")
		if resp.StatusCode != want {
			t.Errorf("%s = %d %.300s, want %d", path, resp.StatusCode, text, want)
			continue
		}
		policy := resp.Header.Get("Content-Security-Policy")
		framed := strings.Contains(policy, "frame-ancestors *") && resp.Header.Get("X-Frame-Options") == ""
		if framed != (want == 200) || !strings.Contains(policy, "default-src 'none'") {
			t.Errorf("%s has the policy %q", path, policy)
		}
		if want == 200 && (resp.Header.Get("Content-Type") != "image/svg+xml; charset=utf-8" ||
			!strings.Contains(text, "A &lt;title&gt;") || strings.Contains(text, "<script")) {
			t.Errorf("%s = %v %s", path, resp.Header, text)
		}
	}
	for name, want := range map[string]bool{"numbers": true, "lengths": false, "yes": false} {
		_, text := s.ask("", "saved/"+name, nil)
		code := "&lt;iframe src=&#34;" + s.url + "api/query/" + name + "/chart.svg?chart.kind=bar&#34;"
		if strings.Contains(text, code) != want {
			t.Errorf("the page of %s has the code %s: %v", name, code, !want)
		}
	}
}
