package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"mime/quotedprintable"
	"net/http"
	"net/mail"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"fincat/cmd/fincat/access"
	"fincat/harvest/notify/mailtest"
	"fincat/harvest/requests"
)

// askingSite is a server that takes requests, with a mail server.
type askingSite struct {
	*consoleSite
	mail *mailtest.Server
}

func newAskingSite(t *testing.T, perClient int) *askingSite {
	t.Helper()
	m := mailtest.New(t)
	s := &askingSite{mail: m}
	s.consoleSite = newConsoleSite(t, fmt.Sprintf("requests:\n  mail: {server: %q, from: fincat@example.tw}\n"+
		"  moderators: [desk@example.tw]\n  contacts: {twse: [open@twse.example]}\n  per_client: %d\n"+
		"  patience: 1ms\n", m.Address, perClient))
	s.source.few.Store(true)
	s.harvest()
	return s
}

var (
	stampField   = regexp.MustCompile(`name="stamp" value="([^"]+)"`)
	versionField = regexp.MustCompile(`name="version" value="([0-9]+)"`)
	mailedLink   = regexp.MustCompile(`http://\S+/requests/mail\?\S+`)
	casePage     = regexp.MustCompile(`/request/([0-9]{8}-[a-z2-7]{6})`)
)

func first(re *regexp.Regexp, text string) string {
	if m := re.FindStringSubmatch(text); m != nil {
		return m[len(m)-1]
	}
	return ""
}

// link waits for the number-th mail to an address, and returns the path of the link in it.
func (s *askingSite) link(to string, number int) string {
	s.t.Helper()
	for range 1200 { // a minute
		if all := s.mail.Mails(to); len(all) >= number {
			m, err := mail.ReadMessage(strings.NewReader(all[number-1]))
			if err != nil {
				s.t.Fatal(err)
			}
			text, err := io.ReadAll(quotedprintable.NewReader(m.Body))
			if err != nil {
				s.t.Fatal(err)
			}
			return strings.TrimPrefix(first(mailedLink, string(text)), s.url)
		}
		time.Sleep(50 * time.Millisecond)
	}
	s.t.Fatalf("%s got %d mails, want %d", to, s.mail.Count(to), number)
	return ""
}

// wish is the form of a request.
func (s *askingSite) wish(address string) url.Values {
	s.t.Helper()
	_, text := s.ask("", "requests/new", nil)
	return url.Values{"stamp": {first(stampField, text)}, "title": {"統計 <script>alert(1)</script> 逐月"},
		"text": {"<img src=x onerror=alert(2)> 請見 https://evil.example/"}, "purpose": {"研究"}, "sector": {"banking"},
		"address": {address}, "do": {"send"}, "seen": {"yes"}}
}

// confirm opens the link in a mail, and sends the form of that page.
func (s *askingSite) confirm(link, do string) (answer, string) {
	s.t.Helper()
	u, err := url.Parse(link)
	if err != nil {
		s.t.Fatal(err)
	}
	form := u.Query()
	form.Set("do", do)
	form.Del("lang")
	return s.ask("", "requests/mail", form)
}

// by sends a form with the token of somebody.
func (s *askingSite) by(token, path string, form url.Values) (answer, string) {
	s.t.Helper()
	return send(s.t, stay, http.MethodPost, s.url+path, strings.NewReader(form.Encode()), "Authorization",
		"Bearer "+token, "Content-Type", "application/x-www-form-urlencoded", "Accept", "text/html")
}

const askingAddress = "visitor.private@example.tw"

// TestRequests goes through the whole life of a request by its forms, with four roles.
func TestRequests(t *testing.T) {
	s := newAskingSite(t, 100)
	id := s.filesRequest()
	s.answersRequest(id)
	s.supportsRequest(id)
	s.keepsPrivate(id)
}

func (s *askingSite) filesRequest() (id string) {
	t := s.t
	t.Helper()
	form := s.wish(askingAddress)
	form.Del("seen")
	resp, text := s.ask("", "requests/new", form)
	if resp.StatusCode != http.StatusOK || !strings.Contains(text, `name="near"`) ||
		!strings.Contains(text, `value="visitor.private@example.tw"`) || s.mail.Count(askingAddress) != 0 {
		t.Errorf("the first step shows what there is: %d %s", resp.StatusCode, text)
	}
	form.Set("seen", "yes")
	bot := url.Values{"website": {"x"}}
	for name := range form {
		bot.Set(name, form.Get(name))
	}
	bot.Set("address", "bot@example.tw")
	if resp, _ := s.ask("", "requests/new", bot); resp.StatusCode != http.StatusOK {
		t.Errorf("a program is told %d", resp.StatusCode)
	}
	late := s.wish("x@example.tw")
	late.Set("stamp", "1.x")
	if resp, _ := s.ask("", "requests/new", late); resp.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("a form that nobody was shown = %d", resp.StatusCode)
	}
	resp, _ = s.ask("", "requests/new", form, "Sec-Fetch-Site", "cross-site")
	if resp.StatusCode != http.StatusForbidden {
		t.Errorf("a form of another site = %d", resp.StatusCode)
	}
	if resp, text := s.ask("", "requests/new", form); !strings.Contains(text, `id="said"`) {
		t.Fatalf("filing = %d %s", resp.StatusCode, text)
	}
	link := s.link(askingAddress, 1)
	if _, text := s.ask("", link, nil); !strings.Contains(text, `id="confirm"`) {
		t.Errorf("the link shows %s", text)
	}
	if _, text := s.ask(access.Maintainer, "requests/queue", nil); strings.Contains(text, "waiting\"") {
		t.Error("looking at a link confirms it")
	}
	if resp, _ := s.ask("", strings.Replace(link, "key=", "key=x", 1), nil); resp.StatusCode != http.StatusForbidden {
		t.Errorf("another key = %d", resp.StatusCode)
	}
	if resp, _ := s.confirm(link, "confirm"); resp.StatusCode != http.StatusOK {
		t.Fatalf("confirming = %d", resp.StatusCode)
	}
	for _, path := range []string{"requests", "requests/feed.xml", "requests/figures", "dump.nq.gz"} {
		if _, text := s.ask("", path, nil); strings.Contains(text, "alert(1)") {
			t.Errorf("/%s has what nobody has looked at", path)
		}
	}
	for role, want := range map[access.Role]int{"": 303, access.Reader: 403, access.Provider: 403,
		access.Maintainer: 200, access.Administrator: 200} {
		if resp, _ := s.ask(role, "requests/queue", nil); resp.StatusCode != want {
			t.Errorf("the queue for %q = %d, want %d", role, resp.StatusCode, want)
		}
	}
	_, text = s.ask(access.Maintainer, "requests/queue", nil)
	if strings.Contains(text, "<script>alert") || strings.Contains(text, `href="https://evil`) ||
		strings.Contains(text, askingAddress) || strings.Contains(text, "bot@") {
		t.Errorf("the queue is %s", text)
	}
	release := url.Values{"case": {strings.TrimPrefix(first(regexp.MustCompile(`id="w-([^"]+)"`), text), "w-")},
		"version": {"1"}, "do": {"release"}, "organisation": {"twse"}}
	if resp, _ := s.ask(access.Reader, "requests/queue", release); resp.StatusCode != http.StatusForbidden {
		t.Errorf("a reader releases it: %d", resp.StatusCode)
	}
	release.Set("version", "7")
	if resp, _ := s.ask(access.Maintainer, "requests/queue", release); resp.StatusCode != http.StatusConflict {
		t.Errorf("another version is released: %d", resp.StatusCode)
	}
	release.Set("version", "1")
	resp, text = s.ask(access.Maintainer, "requests/queue", release)
	if resp.StatusCode != http.StatusSeeOther || resp.Header.Get("Fincat-Commit") == "" {
		t.Fatalf("releasing = %d %s", resp.StatusCode, text)
	}
	_, text = s.ask("", "requests", nil)
	if id = first(casePage, text); id == "" || strings.Contains(text, "<script>alert") {
		t.Fatalf("the list is %s", text)
	}
	return id
}

func (s *askingSite) answersRequest(id string) {
	t := s.t
	t.Helper()
	page := "request/" + id
	version := func() string { _, text := s.ask(access.Provider, page, nil); return first(versionField, text) }
	if _, text := s.ask("", page, nil); strings.Contains(text, `id="act"`) ||
		strings.Contains(text, `href="https://evil`) || strings.Contains(text, "<img src=x") {
		t.Errorf("the page for everybody is %s", text)
	}
	do := url.Values{"action": {"confirm"}, "version": {version()}}
	other := s.tokenOf("of-tpex", access.Provider, "tpex")
	if resp, _ := s.by(other, page, do); resp.StatusCode != http.StatusForbidden {
		t.Errorf("another organisation answers: %d", resp.StatusCode)
	}
	if resp, _ := s.ask(access.Reader, page, do); resp.StatusCode != http.StatusForbidden {
		t.Errorf("a reader answers: %d", resp.StatusCode)
	}
	resp, _ := s.ask("", page, do, "Cookie", s.cookies[access.Provider].Name+"=expired")
	if resp.StatusCode != http.StatusSeeOther || !strings.HasPrefix(resp.Header.Get("Location"), "/login?") {
		t.Errorf("a session that has ended answers: %d to %q", resp.StatusCode, resp.Header.Get("Location"))
	}
	if resp, text := s.ask(access.Provider, page, do); resp.StatusCode != http.StatusSeeOther {
		t.Fatalf("the organisation confirms: %d %s", resp.StatusCode, text)
	}
	do = url.Values{"action": {"open"}, "version": do["version"], "text": {"我們的回復"}, "expected": {"shrinking/d5"}}
	resp, text := s.ask(access.Provider, page, do)
	if resp.StatusCode != http.StatusConflict || !strings.Contains(text, "我們的回復") ||
		!strings.Contains(text, `id="conflict"`) {
		t.Errorf("an answer to what was before: %d %s", resp.StatusCode, text)
	}
	do.Set("version", version())
	var all sync.WaitGroup
	var mu sync.Mutex
	statuses := map[int]int{}
	for range 8 {
		all.Go(func() {
			resp, _ := s.ask(access.Provider, page, do)
			mu.Lock()
			defer mu.Unlock()
			statuses[resp.StatusCode]++
		})
	}
	all.Wait()
	if statuses[http.StatusSeeOther] != 1 || statuses[http.StatusConflict] != 7 {
		t.Errorf("eight answers at once: %v", statuses)
	}
	s.source.few.Store(false)
	s.harvest()
	for range 1200 { // a minute
		if _, text := s.ask("", page, nil, "Accept", "application/json"); strings.Contains(text, `"closed"`) {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	var x requests.Case
	_, text = s.ask("", page, nil, "Accept", "application/json")
	if err := json.Unmarshal([]byte(text), &x); err != nil || x.State != requests.Closed ||
		x.Result != s.url+"dataset/shrinking/d5" {
		t.Errorf("after the dataset was harvested: %s, %v", text, err)
	}
	rows := askServer(t, s.url, `PREFIX fincat: <https://w3id.org/fincat/ns#> PREFIX adms: <http://www.w3.org/ns/adms#>
		PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
		SELECT ?r ?state ?d { ?r a fincat:DataRequest ; adms:status/skos:notation ?state ; fincat:result ?d }`)
	if len(rows) != 1 {
		t.Errorf("SPARQL finds %v", rows)
	}
	_, text = s.ask("", "requests/figures?format=csv", nil)
	if !strings.Contains(text, "證券交易所股份有限公司,1,0,1,1,0,0,0,0") {
		t.Errorf("the figures are %s", text)
	}
	if _, text := s.ask("", "requests/feed.xml", nil); !strings.Contains(text, "結案") {
		t.Errorf("the feed is %s", text)
	}
	if resp, text := s.ask("", page, nil, "Accept", "text/turtle"); resp.StatusCode != http.StatusOK ||
		!strings.Contains(text, "DataRequest") {
		t.Errorf("RDF = %d %s", resp.StatusCode, text)
	}
}

func (s *askingSite) supportsRequest(id string) {
	t := s.t
	t.Helper()
	for _, to := range []string{"one.private@example.tw", "two.private@example.tw"} {
		resp, text := s.ask("", "request/"+id+"/support", url.Values{"address": {to}})
		if resp.StatusCode != http.StatusOK {
			t.Fatalf("supporting = %d %s", resp.StatusCode, text)
		}
		for range 2 {
			if resp, text := s.confirm(s.link(to, 1), "confirm"); resp.StatusCode != http.StatusOK {
				t.Errorf("confirming support = %d %s", resp.StatusCode, text)
			}
		}
	}
	_, text := s.ask("", "request/"+id, nil, "Accept", "application/json")
	if !strings.Contains(text, `"support": 2`) {
		t.Errorf("two support it: %s", text)
	}
}

// keepsPrivate looks for addresses everywhere, and has them deleted.
func (s *askingSite) keepsPrivate(id string) {
	t := s.t
	t.Helper()
	words := []string{"visitor.private", "one.private", "two.private"}
	clean := func(what, text string) {
		for _, w := range words {
			if strings.Contains(text, w) {
				t.Errorf("%s has the address of somebody: %s", what, w)
			}
		}
	}
	for _, path := range []string{"requests", "requests/feed.xml", "request/" + id, "feed/atom.xml", "catalog.nq",
		"feed/ldes", "data.json", "sitemap.xml", "openapi.json"} {
		_, text := s.ask("", path, nil)
		clean(path, text)
	}
	resp, err := http.Get(s.url + "dump.nq.gz")
	if err != nil {
		t.Fatal(err)
	}
	zip, err := gzip.NewReader(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	dump, err := io.ReadAll(zip)
	resp.Body.Close()
	if err != nil || !bytes.Contains(dump, []byte("DataRequest")) {
		t.Errorf("the dump lacks the request, %v", err)
	}
	clean("the dump", string(dump))
	backup := filepath.Join(t.TempDir(), "backup")
	fincat(t, exitDone, "backup", "--store", s.dir, backup)
	restored := filepath.Join(t.TempDir(), "restored")
	fincat(t, exitDone, "restore", "--store", restored, backup)
	out, _ := fincat(t, exitDone, "dump", "--store", restored)
	clean("what a backup restores", out)
	if list, err := os.ReadDir(filepath.Join(restored, "requests")); err == nil {
		t.Errorf("a backup has the private folder: %v", list)
	}
	for role, status := range map[access.Role]int{access.Reader: 403, access.Provider: 403, access.Maintainer: 403,
		access.Administrator: 200} {
		resp, text := send(t, stay, http.MethodPost, s.url+"admin/requests/forget",
			strings.NewReader(`{"address": "one.private@example.tw"}`), "Authorization", "Bearer "+s.tokens[role],
			"Content-Type", "application/json")
		if resp.StatusCode != status {
			t.Errorf("forgetting an address as %s = %d %s", role, resp.StatusCode, text)
		}
	}
	if _, text := s.ask("", "request/"+id, nil); !strings.Contains(text, `id="support">1<`) {
		t.Errorf("support is not taken back: %s", text)
	}
	if resp, text := s.confirm(s.link(askingAddress, 1), "forget"); resp.StatusCode != http.StatusOK {
		t.Errorf("deleting one's data = %d %s", resp.StatusCode, text)
	}
	_, text := s.ask(access.Administrator, "admin/audit?newest=50", nil, "Accept", "application/json")
	if !strings.Contains(text, "forget who filed "+id) || !strings.Contains(text, "/admin/requests/forget") {
		t.Errorf("the audit log is %s", text)
	}
	status, log := s.stop()
	if status != exitDone {
		t.Errorf("the server ended with %d", status)
	}
	clean("the log", log)
	err = fs.WalkDir(os.DirFS(s.dir), ".", func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		content, err := os.ReadFile(filepath.Join(s.dir, path))
		clean(path, string(content)) // also the private folder, for all was deleted
		return err
	})
	if err != nil {
		t.Error(err)
	}
	fincat(t, exitDone, "check", "--store", s.dir)
}

// TestRequestFlood sends more requests than are taken: the others are refused, and the queue stays
// usable.
func TestRequestFlood(t *testing.T) {
	n := 300
	if os.Getenv("FINCAT_CAMPAIGN") != "" {
		n = 10_000
	}
	s := newAskingSite(t, 20)
	form := s.wish("flood@example.tw")
	form.Set("text", strings.Repeat("長", 3000))
	var all sync.WaitGroup
	var mu sync.Mutex
	statuses := map[int]int{}
	next := make(chan int)
	for range 8 {
		all.Go(func() {
			for i := range next {
				mine := url.Values{}
				for name := range form {
					mine.Set(name, form.Get(name))
				}
				mine.Set("address", "flood"+strconv.Itoa(i)+"@example.tw")
				resp, _ := s.ask("", "requests/new", mine)
				mu.Lock()
				statuses[resp.StatusCode]++
				mu.Unlock()
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	all.Wait()
	if statuses[http.StatusOK] != 20 || statuses[http.StatusTooManyRequests] != n-20 {
		t.Errorf("of %d requests: %v", n, statuses)
	}
	if resp, text := s.ask(access.Maintainer, "requests/queue", nil); resp.StatusCode != http.StatusOK ||
		strings.Contains(text, "長長") {
		t.Errorf("the queue = %d %.300s", resp.StatusCode, text)
	}
	form.Set("text", strings.Repeat("長", 1<<17))
	if resp, _ := s.ask("", "requests/new", form); resp.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("a huge text = %d", resp.StatusCode)
	}
}

// TestRequestFormErrors says in the language of the page what is wrong with a form, and keeps what
// was written, also where no more is taken at the moment.
func TestRequestFormErrors(t *testing.T) {
	s := newAskingSite(t, 1)
	form := s.wish("nobody")
	for lang, want := range map[string]string{"zh": "不是電子郵件地址", "en": "no address for mail"} {
		resp, text := s.ask("", "requests/new?lang="+lang, form)
		if resp.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(text, want) ||
			!strings.Contains(text, "onerror=alert(2)&gt;") {
			t.Errorf("%s: %d %s", lang, resp.StatusCode, text)
		}
	}
	form.Set("address", "one@example.tw")
	if resp, text := s.ask("", "requests/new", form); !strings.Contains(text, `id="said"`) {
		t.Fatalf("filing = %d %s", resp.StatusCode, text)
	}
	form.Set("address", "two@example.tw")
	for lang, want := range map[string]string{"zh": "目前送出的內容太多", "en": "too much is being sent"} {
		resp, text := s.ask("", "requests/new?lang="+lang, form)
		if resp.StatusCode != http.StatusTooManyRequests || resp.Header.Get("Retry-After") == "" ||
			!strings.Contains(text, want) || !strings.Contains(text, "onerror=alert(2)&gt;") {
			t.Errorf("%s: %d %s", lang, resp.StatusCode, text)
		}
	}
	for lang, want := range map[string]string{"zh": "沒有這個案件", "en": "there is no such request"} {
		resp, text := s.ask("", "request/20260101-aaaaaa?lang="+lang, nil)
		if resp.StatusCode != http.StatusNotFound || !strings.Contains(text, want) {
			t.Errorf("%s: %d %s", lang, resp.StatusCode, text)
		}
	}
}
