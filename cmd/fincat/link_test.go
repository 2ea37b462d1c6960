package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"fincat/harvest/link"
	quarterly "fincat/harvest/report"
)

// linkSources serves an institution's API and the records of the portal.
type linkSources struct {
	*sources
	t           *testing.T
	dir, config string
}

func newLinkSources(t *testing.T, links string) *linkSources {
	l := &linkSources{sources: newSources(t), t: t, dir: filepath.Join(t.TempDir(), "store")}
	l.config = filepath.Join(t.TempDir(), "fincat.yaml")
	config := fmt.Sprintf(`base: https://data.example.tw/
%s
harvest: {allow_private_addresses: true, tombstone_after: 1, removal_limit: 1}
sources:
  - {id: twse, kind: openapi, url: "%s/api.json", publisher: twse, rate: 1000/s, retries: 1}
  - {id: portal, kind: datagovtw, url: "%s/portal.json", rate: 1000/s, retries: 1}
`, links, l.URL, l.URL)
	if err := os.WriteFile(l.config, []byte(config), 0o644); err != nil {
		t.Fatal(err)
	}
	l.api(map[string]string{
		"/opendata/t187ap45_L": "上市公司股利分派情形", "/opendata/t187ap46_L_1": "上市公司企業ESG資訊揭露彙總資料-溫室氣體排放",
		"/SBL/TWT96U": "上市上櫃股票當日可借券賣出股數", "/exchangeReport/FMTQIK": "集中市場每日市場成交資訊",
		"/static/CSR103": "上市公司 103 年應編製與申報 CSR 報告書名單",
	})
	l.portal(portalSample...)
	return l
}

// A portalLine is a record of the portal: number, title and address.
type portalLine struct{ id, name, url string }

var portalSample = []portalLine{
	{"31612", "上市公司股利分派情形", "https://mopsfin.twse.com.tw/opendata/t187ap45_L.csv"},
	{"58285", "上櫃股利分派情形", "https://mopsfin.twse.com.tw/opendata/t187ap45_O.csv"},
	{"155865", "上市公司企業ESG資訊揭露彙總資料-溫室氣體排放", "https://mopsfin.twse.com.tw/opendata/t187ap46_L_1.csv"},
	{"11872", "集中交易市場融資融券額度調整之有價證券", "https://www.twse.com.tw/exchangeReport/TWT96U?response=open_data"},
	{"11672", "盤後資訊 > 每日市場成交資訊", "https://www.twse.com.tw/exchangeReport/FMTQIK?response=open_data"},
}

func (l *linkSources) api(paths map[string]string) {
	items := map[string]any{}
	for p, title := range paths {
		responses := map[string]any{"200": map[string]any{"description": "OK"}}
		items[p] = map[string]any{"get": map[string]any{"summary": title, "responses": responses}}
	}
	doc, err := json.Marshal(map[string]any{
		"openapi": "3.0.0", "info": map[string]any{"title": "t", "version": "1"},
		"servers": []any{map[string]any{"url": "https://openapi.twse.com.tw/v1"}}, "paths": items,
	})
	if err != nil {
		l.t.Fatal(err)
	}
	l.set("/api.json", string(doc))
}

func (l *linkSources) portal(lines ...portalLine) {
	var out []any
	for _, p := range lines {
		out = append(out, map[string]any{
			"id": p.id, "name": p.name, "provider": "金融監督管理委員會證券期貨局", "format": "csv", "urls": []string{p.url},
		})
	}
	doc, err := json.Marshal(map[string]any{"type": "dataset", "provider": "金融監督管理委員會證券期貨局", "datasets": out})
	if err != nil {
		l.t.Fatal(err)
	}
	l.set("/portal.json", string(doc))
}

func (l *linkSources) run(args ...string) string {
	l.t.Helper()
	out, _ := fincat(l.t, exitDone, append(args[:len(args):len(args)], "--store", l.dir)...)
	return out
}

func (l *linkSources) harvest() {
	l.t.Helper()
	l.run("harvest", "--config", l.config)
}

// same returns which datasets are the same as which, by the store.
func (l *linkSources) same() string {
	l.t.Helper()
	out := l.run("query", "--format", "csv", "-e", `PREFIX owl: <http://www.w3.org/2002/07/owl#>
		SELECT ?a ?b { ?a owl:sameAs ?b . ?b owl:sameAs ?a
		FILTER(CONTAINS(STR(?a), "/dataset/twse/")) } ORDER BY ?a ?b`)
	return strings.ReplaceAll(strings.ReplaceAll(out, "https://data.example.tw/dataset/", ""), "\r", "")
}

const (
	linkedAtFirst = "a,b\ntwse/exchangeReport~FMTQIK,portal/11672\ntwse/opendata~t187ap45_L,portal/31612\n" +
		"twse/opendata~t187ap46_L_1,portal/155865\n"
	linkedAfter = "a,b\ntwse/SBL~TWT96U,portal/11872\ntwse/exchangeReport~FMTQIK,portal/11672\n" +
		"twse/opendata~t187ap46_L_1,portal/155865\n"
)

func (l *linkSources) want(after, want string) {
	l.t.Helper()
	if got := l.same(); got != want {
		l.t.Fatalf("after %s these are the same:\n%swant\n%s", after, got, want)
	}
}

// TestLinkDecisions confirms and refuses links, and then does to the store what
// happens to stores. What people decided must hold after each of it.
func TestLinkDecisions(t *testing.T) {
	l := newLinkSources(t, "")
	l.harvest()
	l.want("the first harvest", linkedAtFirst)
	out := l.run("link", "list", "--state", "candidate", "--format", "csv")
	if !strings.Contains(out, "twse/SBL~TWT96U") || !strings.Contains(out, "twt96u") {
		t.Fatalf("candidates:\n%s", out)
	}
	l.run("link", "confirm", "twse/SBL~TWT96U", "portal/11872", "--by", "amy", "--why", "the table is at that address")
	l.run("link", "refuse", "portal/31612", "twse/opendata~t187ap45_L", "--by", "bob")
	l.want("decisions", linkedAfter)

	l.harvest()
	l.run("link", "run")
	l.want("another harvest and finding all links anew", linkedAfter)

	l.portal(append(portalSample[:3:3], portalSample[4])...) // without 11872
	l.harvest()
	l.want("removal of one side", strings.Replace(linkedAfter, "twse/SBL~TWT96U,portal/11872\n", "", 1))
	runs := l.run("runs", "list")
	id, _, _ := strings.Cut(runs, " ")
	for line := range strings.Lines(runs) {
		if strings.Contains(line, "portal") {
			id, _, _ = strings.Cut(line, " ")
			break
		}
	}
	l.run("runs", "undo", id)
	l.want("the removal was taken back", linkedAfter)

	renamed := append([]portalLine{}, portalSample...)
	renamed[3].id, renamed[0].id = "99872", "99612" // one is confirmed, one refused
	l.portal(renamed...)
	l.harvest()
	l.want("a rename", strings.Replace(linkedAfter, "portal/11872", "portal/99872", 1))
	out = l.run("link", "list", "--state", "confirmed", "--format", "json")
	if !strings.Contains(out, "portal/99872") || !strings.Contains(out, `"author": "amy"`) {
		t.Errorf("confirmed after a rename: %s", out)
	}
	out = l.run("link", "list", "--state", "refused", "--format", "json")
	if !strings.Contains(out, "portal/99612") || !strings.Contains(out, `"author": "bob"`) {
		t.Errorf("refused after a rename: %s", out)
	}

	graphs := l.run("query", "--format", "tsv", "-e", `SELECT * { GRAPH ?g { ?s ?p ?o }
		FILTER(STRSTARTS(STR(?g), "https://data.example.tw/graph/link/")) } ORDER BY ?g ?s ?p ?o`)
	backup := filepath.Join(t.TempDir(), "backup")
	l.run("backup", backup)
	l.dir = filepath.Join(t.TempDir(), "restored")
	l.run("restore", backup)
	l.run("link", "run")
	after := l.run("query", "--format", "tsv", "-e", `SELECT * { GRAPH ?g { ?s ?p ?o }
		FILTER(STRSTARTS(STR(?g), "https://data.example.tw/graph/link/")) } ORDER BY ?g ?s ?p ?o`)
	if after != graphs {
		t.Errorf("links after restore and finding anew:\n%s\nwant\n%s", after, graphs)
	}
}

// TestContradictions has people decide what cannot all be true: that is said and not kept. What
// the program finds gives way to what they decided.
func TestContradictions(t *testing.T) {
	l := newLinkSources(t, "")
	twin := portalSample[1]
	for _, p := range portalSample {
		if p.id == "11672" {
			twin = p
		}
	}
	twin.id = "11673"
	l.portal(append(slices.Clone(portalSample), twin)...)
	l.harvest()
	both := "twse/exchangeReport~FMTQIK,portal/11672\ntwse/exchangeReport~FMTQIK,portal/11673\n"
	if got := l.same(); !strings.Contains(got, both) {
		t.Fatalf("a table that the portal has twice:\n%s", got)
	}
	l.run("link", "refuse", "portal/11672", "portal/11673", "--by", "bob", "--why", "another year")
	if got := l.same(); strings.Count(got, "FMTQIK") != 1 {
		t.Errorf("the program says that a dataset is the same as two of which a person said they are not:\n%s", got)
	}
	l.run("link", "run")
	if got := l.same(); strings.Count(got, "FMTQIK") != 1 {
		t.Errorf("finding all links anew, the program contradicts a person:\n%s", got)
	}
	l.run("link", "confirm", "twse/exchangeReport~FMTQIK", "portal/11673", "--by", "amy")
	if got := l.same(); strings.Contains(got, "portal/11672") || !strings.Contains(got, "portal/11673") {
		t.Errorf("what is confirmed comes first:\n%s", got)
	}
	before := l.run("link", "export")
	_, fault := fincat(t, exitFailed, "link", "confirm", "twse/exchangeReport~FMTQIK", "portal/11672", "--by", "cyd",
		"--store", l.dir)
	for _, want := range []string{"portal/11672 and portal/11673 (refused by bob", "another year",
		"confirmed by amy", "confirmed by cyd", "link confirm portal/11672 portal/11673", "link refuse"} {
		if !strings.Contains(fault, want) {
			t.Errorf("a contradiction is told as %q, want %q in it", fault, want)
		}
	}
	if after := l.run("link", "export"); after != before {
		t.Errorf("after a contradiction:\n%s\nbefore:\n%s", after, before)
	}
	file := filepath.Join(t.TempDir(), "links.tsv")
	lines := strings.Split(strings.TrimSpace(before), "\n")
	for _, line := range lines {
		if strings.Contains(line, "ManualMappingCuration") && strings.Contains(line, "FMTQIK") {
			lines = append(lines, strings.ReplaceAll(line, "portal/11673", "portal/11672"))
		}
	}
	if err := os.WriteFile(file, []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, fault := fincat(t, exitFailed, "link", "import", file, "--store", l.dir); !strings.Contains(fault, "bob") {
		t.Errorf("decisions of a file that contradict others: %q", fault)
	}
	withSecret(t)
	base, stop := startServe(t, "--store", l.dir)
	defer stop()
	req, err := http.NewRequest(http.MethodPost, base+"admin/links", strings.NewReader(
		`{"subject": "twse/exchangeReport~FMTQIK", "object": "portal/11672", "state": "confirmed"}`))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer secret")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, _ := io.ReadAll(resp.Body)
	if resp.StatusCode != http.StatusConflict || !strings.Contains(string(body), "bob") {
		t.Errorf("a contradiction over HTTP = %s %s", resp.Status, body)
	}
}

// TestLinkExchange writes links as SSSOM and takes the decisions into another
// store.
func TestLinkExchange(t *testing.T) {
	l := newLinkSources(t, "")
	l.harvest()
	l.run("link", "confirm", "twse/SBL~TWT96U", "portal/11872", "--by", "amy", "--why", "read\tboth")
	l.run("link", "refuse", "twse/opendata~t187ap45_L", "portal/31612", "--by", "bob")
	export := l.run("link", "export")
	for _, want := range []string{
		"# curie_map:\n", "subject_id\tsubject_label\tpredicate_id\tpredicate_modifier\tobject_id",
		"dataset:twse/SBL~TWT96U\t上市上櫃股票當日可借券賣出股數\towl:sameAs\t\tdataset:portal/11872",
		"owl:sameAs\tNot\tdataset:portal/31612", "semapv:ManualMappingCuration\tamy", "semapv:CompositeMatching",
	} {
		if !strings.Contains(export, want) {
			t.Errorf("the export lacks %q:\n%s", want, export)
		}
	}
	file := filepath.Join(t.TempDir(), "links.sssom.tsv")
	if err := os.WriteFile(file, []byte(export), 0o644); err != nil {
		t.Fatal(err)
	}
	l.dir = filepath.Join(t.TempDir(), "other")
	l.harvest()
	if out := l.run("link", "import", file); out != "2 decisions taken in, 2 other mappings left out\n" {
		t.Errorf("import says %q", out)
	}
	decisions := func(s string) (out []string) {
		for line := range strings.Lines(s) {
			if strings.Contains(line, "ManualMapping") {
				out = append(out, line)
			}
		}
		return out
	}
	if got, want := decisions(l.run("link", "export")), decisions(export); !slices.Equal(got, want) {
		t.Errorf("decisions after export and import:\n%s\nwant\n%s", got, want)
	}
	l.want("import", linkedAfter)
}

func TestLinkReport(t *testing.T) {
	l := newLinkSources(t, "")
	l.harvest()
	var report struct {
		Organisations []struct {
			Organisation string
			Own, Linked  int
			Portal       int
		}
		Missing, Unshown []struct{ Identifier string }
	}
	if err := json.Unmarshal([]byte(l.run("link", "report", "--format", "json")), &report); err != nil {
		t.Fatal(err)
	}
	o := report.Organisations
	if len(o) != 1 || o[0].Organisation != "twse" || o[0].Own != 5 || o[0].Linked != 3 || o[0].Portal != 4 {
		t.Errorf("organisations: %+v", o)
	}
	if m := report.Missing; len(m) != 2 || m[0].Identifier != "/SBL/TWT96U" || m[1].Identifier != "/static/CSR103" {
		t.Errorf("missing: %+v", m)
	}
	if u := report.Unshown; len(u) != 1 || u[0].Identifier != "11872" {
		t.Errorf("unshown: %+v", u)
	}
	csv := l.run("link", "report", "--format", "csv")
	for _, want := range []string{"missing,twse,twse/static~CSR103", "unshown,twse,portal/11872"} {
		if !strings.Contains(csv, want) {
			t.Errorf("the report in CSV lacks %q:\n%s", want, csv)
		}
	}
	q := quarterly.QuarterOf(time.Now()).String()
	if history := l.run("link", "report", "--history", "--format", "csv"); !strings.Contains(history,
		q+",organisation,twse,5,3,0.6000,1,4,1") || !strings.Contains(history, q+",all,,") {
		t.Errorf("history:\n%s", history)
	}
	if table := l.run("link", "report"); !strings.Contains(table, "data.gov.tw lacks: 2") {
		t.Errorf("report as table:\n%s", table)
	}
}

// TestLinkThresholds asks that the configuration's thresholds hold, also for
// commands that do not read it.
func TestLinkThresholds(t *testing.T) {
	l := newLinkSources(t, "links: {accept: 1, propose: 0.999}")
	l.harvest()
	l.want("a harvest that accepts nothing", "a,b\n")
	l.run("link", "run")
	l.want("link run", "a,b\n")
	if out := l.run("link", "list", "--state", "candidate", "--format", "csv"); strings.Contains(out, "TWT96U") {
		t.Errorf("proposed below the threshold:\n%s", out)
	}
	for config, want := range map[string]string{
		"links: {accept: 0.4, propose: 0.5}": "propose is not above accept",
		"links: {accepted: 0.4}":             "accepted",
	} {
		bad := newLinkSources(t, config)
		_, stderr := fincat(t, exitFailed, "harvest", "--store", bad.dir, "--config", bad.config)
		if !strings.Contains(stderr, want) {
			t.Errorf("%s: %s", config, stderr)
		}
	}
}

func TestLinkWrongUse(t *testing.T) {
	l := newLinkSources(t, "")
	l.harvest()
	for _, args := range [][]string{
		{"link"}, {"link", "list", "--state", "maybe"}, {"link", "list", "--format", "xml"},
		{"link", "confirm", "twse/a"},
		{"link", "confirm", "twse/SBL~TWT96U", "portal/11872", "--kind", "other"},
	} {
		if len(args) > 1 {
			args = append(args, "--store", l.dir)
		}
		fincat(t, exitUsage, args...)
	}
	fincat(t, exitFailed, "link", "confirm", "twse/nothing", "portal/11872", "--store", l.dir)
	fincat(t, exitFailed, "link", "confirm", "portal/11872", "portal/11872", "--store", l.dir)
}

// TestKilledLinks kills a command while it links. Whatever is left must be whole:
// no mapping lacks a part. The next command must leave the links that a catalogue
// has which nobody ever killed.
func TestKilledLinks(t *testing.T) {
	if testing.Short() {
		t.Skip("kills processes")
	}
	l := newLinkSources(t, "")
	start := time.Now()
	l.harvest()
	span := time.Since(start) * 3 / 2
	clean := l.dir
	links := func() string {
		return l.run("query", "--format", "tsv", "-e", `SELECT ?s ?p ?o { GRAPH ?g { ?s ?p ?o }
			FILTER(STRSTARTS(STR(?g), "https://data.example.tw/graph/link/"))
			FILTER(?p != <https://w3id.org/sssom/mapping_date>) } ORDER BY ?s ?p ?o`)
	}
	want := links()
	for i := range 6 {
		l.dir = filepath.Join(t.TempDir(), "store")
		l.run("update", "-e", "INSERT DATA { <http://e/a> <http://e/b> 1 }") // so that there is a store
		k := &killed{t: t}
		k.kill(time.Duration(i+1)*span/6, "harvest", "--store", l.dir, "--config", l.config)
		half := l.run("query", "--format", "csv", "-e", `PREFIX owl: <http://www.w3.org/2002/07/owl#>
			PREFIX sssom: <https://w3id.org/sssom/>
			SELECT ?m { ?m a owl:Axiom FILTER NOT EXISTS { ?m owl:annotatedSource ?s ; owl:annotatedTarget ?t ;
				owl:annotatedProperty ?p ; sssom:confidence ?c ; sssom:mapping_justification ?j } }`)
		if n := strings.Count(half, "\n"); n > 1 {
			t.Errorf("after kill %d there are half mappings:\n%s", i, half)
		}
		l.harvest()
		if got := links(); got != want {
			t.Errorf("after kill %d and another harvest the links are\n%s\nwant\n%s", i, got, want)
		}
		fincat(t, exitDone, "check", "--store", l.dir)
	}
	l.dir = clean
}

// TestAdminLinks decides through a server. The links follow by themselves.
func TestAdminLinks(t *testing.T) {
	l := newLinkSources(t, "")
	l.harvest()
	withSecret(t)
	base, stop := startServe(t, "--store", l.dir)
	defer stop()
	token := []string{"Authorization", "Bearer secret"}
	var candidates []linkJSON
	call(t, http.MethodGet, base+"admin/links?state=candidate", http.StatusOK, &candidates, token...)
	if len(candidates) != 1 || !strings.HasSuffix(candidates[0].Subject, "twse/SBL~TWT96U") ||
		len(candidates[0].Evidence) < 3 {
		t.Fatalf("candidates: %+v", candidates)
	}
	call(t, http.MethodGet, base+"admin/links?state=maybe", http.StatusBadRequest, nil, token...)
	var report struct{ Missing []link.Entry }
	call(t, http.MethodGet, base+"admin/links/report", http.StatusOK, &report, token...)
	if len(report.Missing) != 2 {
		t.Errorf("missing: %+v", report.Missing)
	}
	decide := func(status int, body string) {
		t.Helper()
		req, err := http.NewRequest(http.MethodPost, base+"admin/links", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer secret")
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		if resp.StatusCode != status {
			t.Errorf("POST %s = %s, want %d", body, resp.Status, status)
		}
	}
	decide(http.StatusBadRequest, `{"subject": "twse/SBL~TWT96U"}`)
	decision := `{"subject": "%s", "object": "portal/11872", "state": "confirmed"}`
	decide(http.StatusBadRequest, fmt.Sprintf(decision, "twse/x"))
	decide(http.StatusOK, fmt.Sprintf(decision, "twse/SBL~TWT96U"))
	ask := url.QueryEscape("ASK { <https://data.example.tw/dataset/twse/SBL~TWT96U> " +
		"<http://www.w3.org/2002/07/owl#sameAs> <https://data.example.tw/dataset/portal/11872> }")
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		if _, body := get(t, base+"sparql?query="+ask, "Accept", "text/csv"); strings.Contains(body, "true") {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("the confirmed link does not come")
		}
	}
	if _, body := get(t, base+"admin/links/export", token...); !strings.Contains(body,
		"semapv:ManualMappingCuration\tFINCAT_TOKEN") {
		t.Errorf("export:\n%s", body)
	}
}

// TestAdminLinksNeedToken asks that nobody sees or changes links without the
// token of a server that has one.
func TestAdminLinksNeedToken(t *testing.T) {
	withSecret(t)
	l := newLinkSources(t, "")
	l.harvest()
	base, stop := startServe(t, "--store", l.dir)
	defer stop()
	for _, path := range []string{"admin/links", "admin/links/report", "admin/links/export"} {
		call(t, http.MethodGet, base+path, http.StatusUnauthorized, nil)
		call(t, http.MethodGet, base+path, http.StatusOK, nil, "Authorization", "Bearer secret")
	}
	call(t, http.MethodPost, base+"admin/links", http.StatusUnauthorized, nil)
}
