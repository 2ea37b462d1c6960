package main

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

const editorText = `document.querySelector(".cm-content").cmTile.view.state.doc.toString()`

// TestEditor uses the query page as visitors do, each with a browser of their own.
func TestEditor(t *testing.T) {
	d := startDemo(t, t.TempDir())
	for name, visit := range map[string]func(*testing.T, *running){
		"write": editorWrites, "complete": editorCompletes, "draw": editorDraws, "graph": editorShowsGraphs,
		"without scripts": editorWithoutScripts,
	} {
		t.Run(name, func(t *testing.T) { visit(t, d) })
	}
}

// editorWrites writes a query with completion as a person does with a keyboard: an error is marked while it
// is there, prefixes come by themselves, and the answer is sorted and drawn.
func editorWrites(t *testing.T, d *running) {
	v := &visitor{t, browser(t)}
	foreign, refused := watchRequests(t, v.ctx, d.url)
	v.do("open", chromedp.Navigate(d.url+"query?lang=zh"))
	v.becomes("the editor", `document.documentElement.dataset.editor === "ready"`)
	if shown := v.is(`getComputedStyle(document.querySelector("#editor textarea")).display`); shown != "none" {
		t.Errorf("the text field of browsers without scripts is shown: %s", shown)
	}
	v.do("new tab", chromedp.Click("#new-tab"))
	v.becomes("the cursor", `document.activeElement.id === "query-text"`)

	v.keys("SELECT ?p (COUNT(?d) AS ?n) {")
	v.enter()
	v.keys("?d a dcat:Data")
	v.becomes("completion of classes",
		`[...document.querySelectorAll(".cm-tooltip-autocomplete li")].some(l => /^dcat:Dataset/.test(l.textContent))`)
	v.keys("set ; dct:pub")
	v.becomes("completion of properties",
		`/^dct:publisher/.test(document.querySelector(".cm-tooltip-autocomplete li[aria-selected]")?.textContent)`)
	v.becomes("time to accept", `new Promise(done => setTimeout(() => done(true), 200))`)
	v.enter()
	v.keys(" ?p ." + kb.ArrowDown + kb.End + " GROUP BY ?p ORDER BY ?") // the bracket closes itself
	v.becomes("an error at its place", `document.querySelector("#verdict").textContent.startsWith("第 ")`)
	v.becomes("an error marked", `document.querySelector(".cm-lintRange-error") !== null`)
	v.keys("n")
	v.becomes("no error", `document.querySelector("#verdict").textContent === "" &&
		document.querySelector(".cm-lintRange-error") === null`)
	text := v.is(editorText)
	for _, want := range []string{"PREFIX dcat: <http://www.w3.org/ns/dcat#>\n",
		"PREFIX dct: <http://purl.org/dc/terms/>\n", "dct:publisher ?p"} {
		if strings.Count(text, want) != 1 {
			t.Errorf("the query is %s\nwant %q once", text, want)
		}
	}
	v.enter(chromedp.KeyModifiers(chromedp.ModifierCtrl)) // Ctrl+Enter
	v.becomes("the answer", `document.querySelectorAll("#result tbody tr").length > 5`)
	status := v.is(`document.querySelector("#result [role=status]").textContent`)
	if !strings.Contains(status, "筆結果") || !strings.Contains(status, "ms") || !strings.Contains(status, "B") {
		t.Errorf("the status is %q, want solutions, time and size", status)
	}
	v.do("sort", chromedp.Click(`#result th:nth-child(2) button`), chromedp.Click(`#result th:nth-child(2) button`))
	const column = `[...document.querySelectorAll("#result tbody td:nth-child(2)")].map(x => Number(x.textContent))`
	v.becomes("sorted", `document.querySelector("#result th:nth-child(2)").ariaSort === "descending" &&
		`+column+`.every((x, i, all) => i === 0 || all[i-1] >= x)`)
	const short = `[...document.querySelectorAll("#result td a")].every(a => a.title.endsWith("/" + a.textContent))`
	if v.is(short) != "false" {
		t.Errorf("publishers are shown by their addresses, want their names")
	}
	v.do("addresses", chromedp.Click("#labels"))
	v.becomes("short IRIs", short)
	v.do("chart", chromedp.Click(`[data-view=chart]`))
	v.becomes("bars", `document.querySelectorAll("svg.chart rect.mark").length > 5`)
	v.do("plan", chromedp.Click("#plan"))
	v.becomes("the plan", `document.querySelectorAll("table.plan tbody tr").length > 2 &&
		[...document.querySelectorAll("table.plan tbody tr:first-child td")].every(td => td.textContent !== "–")`)

	v.do("reload", chromedp.Navigate(d.url+"query?lang=zh"))
	v.becomes("what was open", editorText+`.includes("GROUP BY ?p")`)
	v.becomes("what was run", `document.querySelectorAll("#runs li").length === 1`)
	v.do("search the examples", chromedp.SendKeys("#example-search", "信用卡"))
	v.becomes("the examples found",
		`[...document.querySelectorAll("#examples li")].filter(x => x.offsetParent).length === 1`)
	if list := foreign(); len(list) > 0 {
		t.Errorf("the page asked others: %q", list)
	}
	if list := refused(); len(list) > 0 {
		t.Errorf("the policy refused: %q", list)
	}
}

// watchRequests notes which requests go to others, and what the content security policy refuses.
func watchRequests(t *testing.T, ctx context.Context, base string) (foreign, refused func() []string) {
	t.Helper()
	ctx, cancel := context.WithCancel(ctx)
	t.Cleanup(cancel)
	var others, violations []string
	requests := chromedp.Events(ctx, network.RequestWillBeSent)
	messages := chromedp.Console(ctx)
	done := make(chan struct{}, 2)
	go func() {
		for e, err := range requests {
			if err != nil {
				break
			}
			if u := e.Request.URL; !strings.HasPrefix(u, base) && !strings.HasPrefix(u, "data:") {
				others = append(others, u)
			}
		}
		done <- struct{}{}
	}()
	go func() {
		for m, err := range messages {
			if err != nil {
				break
			}
			if text := m.String(); strings.Contains(text, "Content Security Policy") || m.IsException() {
				violations = append(violations, text)
			}
		}
		done <- struct{}{}
	}()
	stopped := false
	stop := func() {
		if !stopped {
			stopped = true
			cancel()
			<-done
			<-done
		}
	}
	return func() []string { stop(); return others }, func() []string { stop(); return violations }
}

// editorCompletes looks at what is offered where: properties of the subject's class and no others,
// and values with their names.
func editorCompletes(t *testing.T, d *running) {
	v := &visitor{t, browser(t)}
	v.do("open", chromedp.Navigate(d.url+"query?lang=zh"))
	v.becomes("the editor", `document.documentElement.dataset.editor === "ready"`)
	const offered = `[...document.querySelectorAll(".cm-tooltip-autocomplete li")].map(l => l.textContent).join("|")`
	for _, tt := range []struct{ typed, want, unwanted string }{
		{"SELECT * { ?o ?p ?x . ?s a dcat:Distribution ; dcat:", "dcat:downloadURL", "dcat:theme"},
		{"SELECT * { ?s dcat:theme ?t . ?s a dcat:Dataset ; dcat:", "dcat:theme", "dcat:downloadURL"},
		{"SELECT * { ?s a dcat:Dataset ; dct:publisher 證券", "臺灣證券交易所", "臺灣期貨"},
		{"SELECT * { ?s a 資料資", "dcat:Distribution", "dcat:Catalog"},
		{"SELECT * { ?dataset a dcat:Dataset . ?da", "?dataset", "dcat:"},
		{"PREFIX fo", "foaf:", "dcat:"},
		{"SELECT * { ?s ?p ?o } ORD", "ORDER", "foaf:"},
	} {
		v.do("new tab", chromedp.Click("#new-tab"))
		v.keys(tt.typed)
		v.becomes("what is offered for "+tt.typed+", with "+tt.want+" and without "+tt.unwanted,
			`(text => text.includes("`+tt.want+`") && !text.includes("`+tt.unwanted+`"))(`+offered+`)`)
		v.keys(kb.Escape)
		v.do("close tab", chromedp.Click("#close-tab"))
	}
	v.do("new tab", chromedp.Click("#new-tab"))
	v.keys("# dcat:x and \"skos:y\" are no names" + kb.End)
	if text := v.is(editorText); strings.Contains(text, "PREFIX") {
		t.Errorf("a comment brought a prefix: %s", text)
	}
	v.keys(kb.Tab) // leads on, for those without a mouse
	v.becomes("the focus goes on", `document.activeElement.closest("#editor, #result, #examples, #before") !== null &&
		document.activeElement.id !== "query-text"`)
}

// editorDraws draws every kind of chart.
func editorDraws(t *testing.T, d *running) {
	v := &visitor{t, browser(t)}
	query := `SELECT ?name ?n ?m ?when ?lat ?long {
  VALUES (?name ?n ?m ?when ?lat ?long) {
    ("a" 1 2.5 "2026-01-01"^^<http://www.w3.org/2001/XMLSchema#date> 25.03 121.5)
    ("b" -3 1e1 "2026-02-01"^^<http://www.w3.org/2001/XMLSchema#date> 22.6 120.3)
    ("c" 7 0 "2025-12-31"^^<http://www.w3.org/2001/XMLSchema#date> 24.1 120.7)
  } }`
	v.do("open", chromedp.Navigate(d.url+"query?lang=en&"+url.Values{"query": {query}}.Encode()))
	v.becomes("the answer", `document.querySelector("[data-view=chart]") !== null`)
	v.do("chart", chromedp.Click("[data-view=chart]"))
	for kind, marks := range map[string]string{"bar": "rect.mark", "line": "circle.mark", "scatter": "circle.mark",
		"timeline": "circle.mark", "map": "circle.mark"} {
		v.do(kind, chromedp.SetValue("#chart-kind", kind), chromedp.Evaluate[chromedp.Void](
			`document.querySelector("#chart-kind").dispatchEvent(new Event("change"));0`))
		v.becomes(kind, `document.querySelectorAll("svg.chart `+marks+`").length === 3 &&
			!/NaN|Infinity|undefined/.test(document.querySelector(".figure").innerHTML)`)
	}
	query = `SELECT ("x" AS ?a) ("y" AS ?b) {}`
	v.do("open", chromedp.Navigate(d.url+"query?lang=en&"+url.Values{"query": {query}}.Encode()))
	v.becomes("no chart of texts", `document.querySelector("[data-view=table]") !== null &&
		document.querySelector("[data-view=chart]") === null`)
}

// editorShowsGraphs draws triples, cancels a query that takes long, and fits on a telephone.
func editorShowsGraphs(t *testing.T, d *running) {
	v := &visitor{t, browser(t)}
	open := func(query string) {
		t.Helper()
		v.do("open", chromedp.Navigate(d.url+"query?lang=en&"+url.Values{"query": {query}}.Encode()))
		v.becomes("the editor", `document.documentElement.dataset.editor === "ready"`)
	}
	open("CONSTRUCT { ?a <http://www.w3.org/ns/org#subOrganizationOf> ?b } " +
		"{ ?a <http://www.w3.org/ns/org#subOrganizationOf> ?b }")
	v.becomes("the answer", `document.querySelector("[data-view=graph]") !== null`)
	v.do("graph", chromedp.Click(`[data-view=graph]`))
	v.becomes("nodes that lead to pages",
		`document.querySelectorAll("svg.network a[href*='/org/'] circle").length > 3`)
	v.do("narrow", chromedp.EmulateViewport(390, 844))
	v.becomes("a page as wide as the screen", `document.documentElement.scrollWidth <= window.innerWidth`)

	open("SELECT (COUNT(*) AS ?n) { }")
	v.becomes("the answer", `document.querySelectorAll("#result tbody td").length === 1`)
	v.do("new tab", chromedp.Click("#new-tab"))
	v.keys("SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . FILTER(STRLEN(STR(?a)) > STRLEN(STR(?f)))")
	v.enter(chromedp.KeyModifiers(chromedp.ModifierCtrl))
	v.becomes("a query that runs", `!document.querySelector("#cancel").disabled`)
	running := func() bool { return strings.Contains(ownQueries(t, d), "STRLEN(STR(?f))") }
	for deadline := time.Now().Add(time.Minute); !running(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the query does not run")
		}
	}
	v.do("cancel", chromedp.Click("#cancel"))
	v.becomes("cancelled", `document.querySelector("#result [role=status]").textContent === "Cancelled."`)
	for deadline := time.Now().Add(10 * time.Second); running(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the server goes on with a query that was cancelled")
		}
	}
}

// ownQueries is the list of the queries that a demo is answering.
func ownQueries(t *testing.T, d *running) string {
	t.Helper()
	_, rest, _ := strings.Cut(d.output, "\ntoken ")
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, d.url+"admin/queries", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+strings.Fields(rest)[0])
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("running queries = %s %s, %v", resp.Status, text, err)
	}
	return string(text)
}

// editorWithoutScripts asks a query with scripts off.
func editorWithoutScripts(t *testing.T, d *running) {
	v := &visitor{t, browser(t)}
	v.do("no scripts", chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Call(ctx, emulation.SetScriptExecutionDisabled,
			emulation.SetScriptExecutionDisabledParams{Value: true})
		return err
	}), chromedp.Navigate(d.url+"query?lang=zh"), chromedp.Click("#editor button"), chromedp.WaitVisible("#result td"))
	got, err := chromedp.Run(v.ctx, chromedp.Text("#result tbody tr"))
	if err != nil || !strings.Contains(got, "金融監督管理委員會證券期貨局") {
		t.Errorf("the first solution is %q, %v", got, err)
	}
}
