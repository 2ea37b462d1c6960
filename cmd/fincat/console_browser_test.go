package main

import (
	"context"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"fincat/cmd/fincat/access"
)

// visitor is a browser in a test of the console.
type visitor struct {
	t   *testing.T
	ctx context.Context
}

func (v *visitor) do(what string, steps ...chromedp.Action[chromedp.Void]) {
	v.t.Helper()
	if err := chromedp.Do(v.ctx, steps...); err != nil {
		page, _ := chromedp.Run(v.ctx, chromedp.Text("body"))
		v.t.Fatalf("%s: %v on the page %.3000s", what, err, page)
	}
}

// noScripts keeps pages from running scripts.
func (v *visitor) noScripts() {
	v.t.Helper()
	if _, err := chromedp.Call(v.ctx, emulation.SetScriptExecutionDisabled,
		emulation.SetScriptExecutionDisabledParams{Value: true}); err != nil {
		v.t.Fatal(err)
	}
}

// shows asks that the page say something.
func (v *visitor) shows(what, selector, want string) {
	v.t.Helper()
	if got, err := chromedp.Run(v.ctx, chromedp.Text(selector)); err != nil || !strings.Contains(got, want) {
		v.t.Errorf("%s: %.1500q, %v; want it to contain %q", what, got, err, want)
	}
}

// signIn signs in with a token by the form, which leads back to the page that was asked for.
func (v *visitor) signIn(site, token, path string) {
	v.t.Helper()
	v.do("sign in", chromedp.Navigate(site+path), chromedp.WaitVisible(`#token-form`),
		chromedp.SendKeys(`#token`, "wrong"), chromedp.Click(`#token-form button`),
		chromedp.WaitVisible(`[role=alert]`), chromedp.SendKeys(`#token`, token),
		chromedp.Click(`#token-form button`), chromedp.WaitVisible(`.tabs`))
	if at, err := chromedp.Run(v.ctx, chromedp.Location()); err != nil || at != site+path {
		v.t.Errorf("signing in led to %s, %v; want %s", at, err, site+path)
	}
}

// TestBrowserConsole does with a browser what maintainers do, with scripts and without: approve
// held removals, and try a source from the form.
func TestBrowserConsole(t *testing.T) {
	for _, scripts := range []bool{true, false} {
		t.Run(map[bool]string{true: "scripts", false: "none"}[scripts], func(t *testing.T) {
			v := &visitor{t, browser(t)}
			s := newConsoleSite(t)
			s.harvest()
			s.source.few.Store(true)
			held := ""
			for range 4 { // a record is removed after it was missing three times
				held = s.harvest()
			}
			if !scripts {
				v.noScripts()
			}
			v.signIn(s.url, s.tokens[access.Maintainer], "console?lang=en")
			v.shows("held", `#source-shrinking`, "removals held back")
			v.do("to the run", chromedp.Click(`#source-shrinking td a`), chromedp.WaitVisible(`#approve`))
			v.shows("the run", `h1`, held)
			v.do("approve", chromedp.Click(`#approve`), chromedp.WaitVisible(`#confirm`), chromedp.Click(`#confirm`),
				chromedp.WaitVisible(`p.done`))
			v.shows("approved", `p.done`, "The removals were approved and carried out.")
			v.shows("removed", `#difference`, "removed 8")
			v.do("to the form", chromedp.Navigate(s.url+"console/source?lang=en"),
				chromedp.WaitVisible(`#source-form`),
				chromedp.SendKeys(`#f-id`, "another"), chromedp.SendKeys(`#f-kind`, "datajson"),
				chromedp.SendKeys(`#f-url`, s.source.URL+"/data.json"), chromedp.Click(`#try`),
				chromedp.WaitVisible(`#outcome`))
			v.shows("the source", `#outcome`, "It can be read")
			v.shows("its first record", `#preview`, "統計 0")
			v.shows("its settings", `#yaml`, "- id: another\n    kind: datajson\n    url: "+s.source.URL)
			v.do("to pause", chromedp.Navigate(s.url+"console?lang=en"),
				chromedp.Click(`#source-shrinking button[value=pause]`), chromedp.WaitVisible(`p.done`))
			v.shows("paused", `#source-shrinking`, "paused")
			v.do("on a narrow screen", chromedp.EmulateViewport(390, 800))
			s.fits(v, "console", "console/runs", "console/runs/"+held, "console/links", "console/worklist",
				"console/server", "console/source")
		})
	}
}

// fits asks that pages not scroll sideways.
func (s *consoleSite) fits(v *visitor, paths ...string) {
	v.t.Helper()
	for _, path := range paths {
		v.do(path, chromedp.Navigate(s.url+path), chromedp.WaitVisible(`.tabs`))
		wide, err := chromedp.Run(v.ctx,
			chromedp.Evaluate[bool](`document.documentElement.scrollWidth > window.innerWidth`))
		if err != nil || wide {
			v.t.Errorf("on a narrow screen %s scrolls sideways: %v, %v", path, wide, err)
		}
	}
}

// TestBrowserLinks decides about links of the demo by keyboard, and without scripts by a button.
func TestBrowserLinks(t *testing.T) {
	v := &visitor{t, browser(t)}
	d := startDemo(t, t.TempDir())
	token := ""
	for line := range strings.Lines(d.output) {
		if rest, ok := strings.CutPrefix(line, "token"); ok {
			token = strings.Fields(rest)[0]
		}
	}
	v.signIn(d.url, token, "console/links?lang=en")
	first := v.text(`#pair thead`)
	v.do("to the next and back", chromedp.KeyEvent("j"), chromedp.WaitVisible(`#previous`))
	if v.text(`#links .current a`) == "" || v.at().Query().Get("object") == "" {
		t.Error("j does not lead to the next candidate")
	}
	second := v.at().Query()
	v.do("back", chromedp.KeyEvent("k"), chromedp.WaitNotPresent(`#previous`))
	if now := v.text(`#pair thead`); now != first {
		t.Errorf("k leads to %q, want %q", now, first)
	}
	v.do("a reason", chromedp.SendKeys(`#why`, "joy y n"))
	if v.at().Query().Get("done") != "" {
		t.Error("a key in the reason decides")
	}
	v.do("confirm", chromedp.Evaluate[chromedp.Void](`document.activeElement.blur()`), chromedp.KeyEvent("y"),
		chromedp.WaitVisible(`p.done`))
	v.shows("confirmed", `p.done`, "The link was confirmed.")
	now := v.at().Query()
	if now.Get("subject") != second.Get("subject") || now.Get("object") != second.Get("object") {
		t.Errorf("after a decision the page is about %v, want %v", now, second)
	}
	v.do("the confirmed", chromedp.Navigate(d.url+"console/links?state=confirmed&lang=en"),
		chromedp.WaitVisible(`#pair`))
	v.shows("who and why", `#pair`, "demo")
	v.shows("who and why", `#pair`, "joy y n")
	v.noScripts()
	v.do("refuse without scripts", chromedp.Navigate(d.url+"console/links?lang=en"), chromedp.Click(`#refuse`),
		chromedp.WaitVisible(`p.done`))
	v.shows("refused", `p.done`, "The link was refused.")
}

func (v *visitor) text(selector string) string {
	v.t.Helper()
	text, err := chromedp.Run(v.ctx, chromedp.Text(selector))
	if err != nil {
		v.t.Fatal(err)
	}
	return text
}

func (v *visitor) at() *url.URL {
	v.t.Helper()
	text, err := chromedp.Run(v.ctx, chromedp.Location())
	if err != nil {
		v.t.Fatal(err)
	}
	u, err := url.Parse(text)
	if err != nil {
		v.t.Fatal(err)
	}
	return u
}
