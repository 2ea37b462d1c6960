package main

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"fincat/cmd/fincat/access"
)

// TestBrowserSaving saves a query from the query page and asks it with a value, with scripts and
// without; with scripts it is shared by a short link too.
func TestBrowserSaving(t *testing.T) {
	for _, scripts := range []bool{true, false} {
		t.Run(map[bool]string{true: "scripts", false: "none"}[scripts], func(t *testing.T) {
			v := &visitor{t, browser(t)}
			s := newConsoleSite(t)
			s.harvest()
			if !scripts {
				v.noScripts()
			}
			v.signIn(s.url, s.tokens[access.Reader], "console?lang=en")
			v.do("the query page", chromedp.Navigate(s.url+"query?"+
				url.Values{"lang": {"en"}, "query": {savedText}}.Encode()),
				chromedp.WaitVisible(`button[formaction]`))
			if scripts {
				v.becomes("the editor", `document.documentElement.dataset.editor === "ready"`)
				v.do("share", chromedp.Click("#share"))
				v.becomes("a short link", `/\/saved\/q[a-z2-7]{12}$/.test(document.querySelector("#verdict a")?.href ??
					document.querySelector("#verdict").textContent)`)
			}
			v.do("save", chromedp.Click(`button[formaction]`), chromedp.WaitVisible(`#saved-name`),
				chromedp.SendKeys(`#saved-name`, "by-word"),
				chromedp.SendKeys(`#saved-title`, "Which titles have a word?"),
				chromedp.Click(`#new form button`), chromedp.WaitVisible(`#ask`))
			v.shows("the title", `h1`, "Which titles have a word?")
			v.shows("the query", `#text`, "ORDER BY ?title LIMIT 100")
			v.do("ask", chromedp.SendKeys(`#ask input[name=word]`, "統計 7"),
				chromedp.SendKeys(`#ask input[name=word]`, kb.Enter),
				chromedp.WaitVisible(`#result`))
			v.shows("the answer", `#result`, "統計 7")
			v.do("on a narrow screen", chromedp.EmulateViewport(390, 800))
			s.narrow(v, scripts, "saved?lang=en&query=ASK%7B%7D", "saved/by-word", "saved/by-word/1", "saved/nothing")
		})
	}
}

// narrow asks that pages not scroll sideways, and with scripts that axe-core has nothing against them.
func (s *consoleSite) narrow(v *visitor, scripts bool, paths ...string) {
	v.t.Helper()
	for _, path := range paths {
		v.do(path, chromedp.Navigate(s.url+path), chromedp.WaitVisible(`h1`))
		wide, err := chromedp.Run(v.ctx,
			chromedp.Evaluate[bool](`document.documentElement.scrollWidth > window.innerWidth`))
		if err != nil || wide {
			v.t.Errorf("%s is wider than the screen: %v, %v", path, wide, err)
		}
		if scripts {
			v.accessible(path)
		}
	}
}

// accessible has axe-core look at the page, where FINCAT_AXE names the file axe.min.js.
func (v *visitor) accessible(path string) {
	v.t.Helper()
	file := os.Getenv("FINCAT_AXE")
	if file == "" {
		return
	}
	axe, err := os.ReadFile(file)
	if err != nil {
		v.t.Fatal(err)
	}
	if _, err := chromedp.Run(v.ctx, chromedp.Evaluate[any](string(axe)+";0")); err != nil {
		v.t.Fatal(err)
	}
	got, err := chromedp.Run(v.ctx, chromedp.Evaluate[string](`axe.run().then(r => JSON.stringify(r.violations.map(x =>
		[x.id, x.nodes.map(n => n.html.slice(0, 200))])))`, chromedp.EvalAwaitPromise))
	if err != nil || got != "[]" {
		v.t.Errorf("%s: %s, %v", path, got, err)
	}
}

// TestBrowserVersions chooses a version of a dataset by keyboard, and sees it.
func TestBrowserVersions(t *testing.T) {
	v := &visitor{t, browser(t)}
	s := newConsoleSite(t)
	s.harvest()
	for i := range 2 {
		text := fmt.Sprintf("INSERT DATA { GRAPH <%[1]sgraph/shrinking/d0> { <%[1]sdataset/shrinking/d0> "+
			"<http://www.w3.org/ns/dcat#keyword> 'keyword %[2]d' } }", s.url, i)
		resp, answer := send(t, http.DefaultClient, http.MethodPost, s.url+"update", strings.NewReader(text),
			"Content-Type", "application/sparql-update", "Authorization", "Bearer "+consoleAdmin)
		if resp.StatusCode >= http.StatusBadRequest {
			t.Fatal(answer)
		}
	}
	_, refused := watchRequests(t, v.ctx, s.url)
	v.do("the dataset", chromedp.Navigate(s.url+"dataset/shrinking/d0?lang=en"))
	v.becomes("the slider", `document.documentElement.dataset.versions === "ready"`)
	v.becomes("the newest version", `document.querySelector("#time").value === document.querySelector("#time").max`)
	v.do("back", chromedp.Focus("#time"), chromedp.KeyEvent(kb.ArrowLeft))
	v.becomes("another one", `Number(document.querySelector("#time").max) - Number(document.querySelector("#time").value) === 1 &&
		document.querySelector("#time-shown").textContent === document.querySelector("#time").getAttribute("aria-valuetext")`)
	v.do("show it", chromedp.KeyEvent(kb.Enter), chromedp.WaitVisible(`.past`))
	text := v.is(`document.querySelector("main").textContent`)
	if !strings.Contains(text, "keyword 0") || strings.Contains(text, "keyword 1") {
		t.Errorf("the version before the newest is %s", text)
	}
	if list := refused(); len(list) > 0 {
		t.Errorf("the policy refused: %q", list)
	}
}
