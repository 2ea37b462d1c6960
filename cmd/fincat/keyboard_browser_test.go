package main

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"fincat/cmd/fincat/access"
)

// to moves the focus with the tab key to the element that a selector names, whose text has some
// words, as somebody does who has no mouse. The element has to be seen while it has the focus.
func (v *visitor) to(selector, words string) {
	v.t.Helper()
	const most = 400 // stops on a page
	there := fmt.Sprintf(`(e => e !== null && e.matches(%q) && (e.textContent + (e.value ?? "")).includes(%q) &&
		e.getClientRects().length > 0)(document.activeElement)`, selector, words)
	for range most {
		v.keys(kb.Tab)
		if v.is(there) == "true" {
			return
		}
	}
	v.t.Fatalf("%d times the tab key does not lead to %s with %q: %s", most, selector, words,
		v.is(`document.activeElement?.outerHTML.slice(0, 300)`))
}

// loads presses the return key on what has the focus and waits for what that leads to.
func (v *visitor) loads(selector string) {
	v.t.Helper()
	v.enter()
	v.do("wait for "+selector, chromedp.WaitVisible(selector))
}

// modes runs a part of a test with scripts and without.
func modes(t *testing.T, part func(t *testing.T, v *visitor)) {
	for _, scripts := range []bool{true, false} {
		t.Run(map[bool]string{true: "scripts", false: "none"}[scripts], func(t *testing.T) {
			v := &visitor{t, browser(t)}
			if !scripts {
				v.noScripts()
			}
			part(t, v)
		})
	}
}

// TestKeyboardReading does by keyboard alone what people do who read: find a dataset by the name of
// a field, see what it lacks for a better badge, compare two versions, and read the catalogue as it
// was; with scripts and without.
func TestKeyboardReading(t *testing.T) {
	d := startDemo(t, t.TempDir())
	s := newConsoleSite(t)
	s.harvest()
	text := fmt.Sprintf("DELETE { GRAPH ?g { ?d ?p ?old } } INSERT { GRAPH ?g { ?d ?p \"another title\"@en } } "+
		"WHERE { BIND(<http://purl.org/dc/terms/title> AS ?p) BIND(<%sdataset/shrinking/d0> AS ?d) "+
		"GRAPH ?g { ?d ?p ?old } }", s.url)
	resp, answer := send(t, http.DefaultClient, http.MethodPost, s.url+"update", strings.NewReader(text),
		"Content-Type", "application/sparql-update", "Authorization", "Bearer "+consoleAdmin)
	if resp.StatusCode >= 300 {
		t.Fatalf("update = %s %s", resp.Status, answer)
	}
	modes(t, func(t *testing.T, v *visitor) {
		v.do("home", chromedp.Navigate(d.url+"?lang=en"))
		v.to(`input[name=q]`, "")
		v.keys("出表日期")
		v.loads(`.found mark`)
		v.shows("found by a field", `.found .where`, "Field")
		v.to(`[data-facet=format] a`, "CSV")
		v.loads(`.chips`)
		v.to(`.found h3 a`, "")
		v.loads(`#quality, #use`)
		v.shows("the fields", `main`, "出表日期")

		v.do("what is not gold", chromedp.Navigate(d.url+"search?lang=en&badge=none"))
		v.to(`.found h3 a`, "")
		v.loads(`#quality tr.is-fail`)
		if todo := v.text(`#quality tr.is-fail .todo`); strings.TrimSpace(todo) == "" {
			t.Error("the page does not say what to do")
		}

		v.do("a dataset that has changed", chromedp.Navigate(s.url+"dataset/shrinking/d0?lang=en"))
		v.to(`#versions form[action="/diff"] button`, "")
		v.loads(`#changes`)
		v.shows("the difference", `#changes`, "another title")

		v.do("the catalogue", chromedp.Navigate(s.url+"dataset/shrinking/d0?lang=en"))
		v.to(`#versions a[href*="at="]`, "")
		v.loads(`[role=note]`)
		if v.at().Query().Get("at") == "" {
			t.Errorf("%s is not about an earlier time", v.at())
		}
	})
}

// TestKeyboardConsole does by keyboard alone what maintainers do: approve held removals, and try a
// source from the form.
func TestKeyboardConsole(t *testing.T) {
	modes(t, func(t *testing.T, v *visitor) {
		s := newConsoleSite(t)
		s.harvest()
		s.source.few.Store(true)
		for range 4 { // a record is removed after it was missing three times
			s.harvest()
		}
		v.do("to sign in", chromedp.Navigate(s.url+"console?lang=en"), chromedp.WaitVisible(`#token-form`))
		v.to(`#token`, "")
		v.keys(s.tokens[access.Maintainer])
		v.loads(`#source-shrinking`)
		v.to(`#source-shrinking td a`, "")
		v.loads(`#approve`)
		v.to(`#approve`, "")
		v.loads(`#confirm`)
		v.to(`#confirm`, "")
		v.loads(`p.done`)
		v.shows("approved", `p.done`, "The removals were approved and carried out.")

		v.to(`.tabs a`, "source")
		v.loads(`#source-form`)
		v.to(`#f-id`, "")
		v.keys("another")
		v.to(`#f-kind`, "")
		v.keys("dataj") // the first letters choose
		v.to(`#f-url`, "")
		v.keys(s.source.URL + "/data.json")
		v.to(`#try`, "")
		v.loads(`#outcome`)
		v.shows("the source", `#outcome`, "It can be read")
		v.shows("its settings", `#yaml`, "- id: another\n    kind: datajson\n    url: "+s.source.URL)
	})
}

// TestKeyboardLinks confirms a link by keyboard alone, also without scripts, which the keys y and n
// need and the tab key does not.
func TestKeyboardLinks(t *testing.T) {
	d := startDemo(t, t.TempDir())
	_, rest, _ := strings.Cut(d.output, "\ntoken ")
	modes(t, func(t *testing.T, v *visitor) {
		v.do("to sign in", chromedp.Navigate(d.url+"console/links?lang=en"), chromedp.WaitVisible(`#token-form`))
		v.to(`#token`, "")
		v.keys(strings.Fields(rest)[0])
		v.loads(`#pair`)
		v.to(`#why`, "")
		v.keys("seen")
		v.to(`#confirm`, "")
		v.loads(`p.done`)
		v.shows("confirmed", `p.done`, "The link was confirmed.")
	})
}

// TestKeyboardQuery writes a query with completion, has it drawn, and shares it, by keyboard alone.
func TestKeyboardQuery(t *testing.T) {
	s := newConsoleSite(t)
	s.harvest()
	v := &visitor{t, browser(t)}
	v.do("to sign in", chromedp.Navigate(s.url+"console?lang=en"), chromedp.WaitVisible(`#token-form`))
	v.to(`#token`, "")
	v.keys(s.tokens[access.Reader])
	v.loads(`.tabs`)
	v.do("the query page", chromedp.Navigate(s.url+"query?lang=en"))
	v.becomes("the editor", `document.documentElement.dataset.editor === "ready"`)
	v.to(`#new-tab`, "")
	v.enter()
	v.becomes("the cursor", `document.activeElement.id === "query-text"`)
	v.keys("SELECT ?p (COUNT(?d) AS ?n) { ?d a dcat:Dataset ; dct:pub")
	v.becomes("completion",
		`/^dct:publisher/.test(document.querySelector(".cm-tooltip-autocomplete li[aria-selected]")?.textContent)`)
	v.becomes("time to accept", `new Promise(done => setTimeout(() => done(true), 200))`)
	v.enter()
	v.keys(" ?p ." + kb.ArrowDown + kb.End + " GROUP BY ?p")
	v.enter(chromedp.KeyModifiers(chromedp.ModifierCtrl))
	v.becomes("the answer", `document.querySelectorAll("#result tbody tr").length > 0`)
	v.to(`[data-view=chart]`, "")
	v.enter()
	v.becomes("a chart", `document.querySelectorAll("svg.chart rect.mark").length > 0`)
	v.do("back to the top", chromedp.Evaluate[chromedp.Void](`document.activeElement.blur()`))
	v.to(`#share`, "")
	v.enter()
	v.becomes("a short link", `/\/saved\/q[a-z2-7]{12}/.test(document.querySelector("#verdict").innerHTML)`)
}
