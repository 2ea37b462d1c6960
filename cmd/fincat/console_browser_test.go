package main

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"fincat/cmd/fincat/access"
)

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
