package main

import (
	"os"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"fincat/cmd/fincat/manual"
)

// TestBrowserMap goes over the map of the ecosystem by keyboard: it is zoomed and moved, and a node leads
// to the map of an organisation. Without scripts the nodes lead there too.
func TestBrowserMap(t *testing.T) {
	v := &visitor{t, browser(t)}
	d := startDemo(t, t.TempDir())
	const view = `document.getElementById("picture").getAttribute("viewBox")`
	v.do("to the map", chromedp.Navigate(d.url+"map?lang=en"), chromedp.WaitVisible(`#tools button`))
	whole := v.is(view)
	v.do("focus", chromedp.Evaluate[chromedp.Void](`document.querySelector(".scroll").focus()`),
		chromedp.KeyEvent("+"), chromedp.KeyEvent("+"))
	near := v.is(view)
	if near == whole {
		t.Error("+ does not zoom in")
	}
	v.do("move", chromedp.KeyEvent(kb.ArrowRight))
	if v.is(view) == near {
		t.Error("the arrow does not move the picture")
	}
	v.do("whole", chromedp.KeyEvent("0"))
	if now := v.is(view); now != whole {
		t.Errorf("0 shows %s, want %s", now, whole)
	}
	v.do("button", chromedp.Focus(`#map-in`), chromedp.KeyEvent(kb.Enter))
	v.becomes("zoomed by a button", view+` !== "`+whole+`"`)
	node := `document.querySelector("#picture a.k-peripheral[href*='publisher=cdic']")`
	v.do("a node", chromedp.Evaluate[chromedp.Void](node+`.focus()`), chromedp.KeyEvent(kb.Enter),
		chromedp.WaitVisible(`#picture .k-dataset`))
	v.shows("its map", "h1", "Central Deposit Insurance")
	v.shows("its table", "#table", "存款")
	v.noScripts()
	v.do("without scripts", chromedp.Navigate(d.url+"map?lang=en"), chromedp.WaitVisible(`#picture`))
	v.do("a node", chromedp.Click(`#picture a[href*='publisher=cdic'] circle`), chromedp.WaitVisible(`.k-dataset`))
	v.shows("its map", "h1", "Central Deposit Insurance")
	v.do("a dataset from the table", chromedp.Click(`#table tbody a`), chromedp.WaitVisible(`dl.facts`))
}

// TestBrowserManual looks something up by keyboard, without scripts.
func TestBrowserManual(t *testing.T) {
	v := &visitor{t, browser(t)}
	d := startDemo(t, t.TempDir())
	v.noScripts()
	v.do("to the manual", chromedp.Navigate(d.url+"?lang=en"), chromedp.Click(`nav a[href^="/docs"]`),
		chromedp.WaitVisible(`.manual #q`), chromedp.SendKeys(`.manual #q`, "removal_limit\r"),
		chromedp.WaitVisible(`.found`))
	v.shows("what was found", `.found`, "Configuration › harvest:")
	v.do("to the section", chromedp.Click(`.found a[href*="configuration"]`),
		chromedp.WaitVisible(`article table`))
	v.shows("the key", "article", "share of a source's records; default 0.2")
	v.do("in Chinese", chromedp.Click(`a.lang`), chromedp.WaitVisible(`html[lang^=zh]`))
	v.shows("the key", "article", "占來源紀錄的比率")
}

// TestBrowserRoomsAccessible has axe-core look at the manual and the maps, in both languages, two widths,
// light and dark.
func TestBrowserRoomsAccessible(t *testing.T) {
	axe, err := os.ReadFile(os.Getenv("FINCAT_AXE"))
	if err != nil {
		t.Skip("FINCAT_AXE names no axe.min.js")
	}
	d := startDemo(t, t.TempDir())
	paths := []string{"map", "map?publisher=twse", "map?publisher=cdic", "map?x=1", "docs?q=SHACL", "docs/nothing"}
	for _, name := range manual.Chapters {
		paths = append(paths, "docs/"+name)
	}
	for i, path := range paths {
		t.Run(path, func(t *testing.T) { accessible(&visitor{t, browser(t)}, d.url, path, string(axe), i) })
	}
}

// accessible looks at a page in both languages, widths and colours, which change together.
func accessible(v *visitor, base, path, axe string, i int) {
	const audit = `axe.run().then(r => JSON.stringify(r.violations.map(x =>
		[x.id, x.nodes.map(n => n.html.slice(0, 200))])))`
	const foreign = `performance.getEntriesByType("resource").map(e => e.name)` +
		`.filter(n => !n.startsWith(location.origin))`
	for way := range 2 {
		lang, width := []string{"zh", "en"}[(way^i>>1)&1], []int64{1280, 390}[way]
		scheme := []string{"light", "dark"}[(way^i)&1]
		mark := "?"
		if strings.Contains(path, "?") {
			mark = "&"
		}
		if _, err := chromedp.Call(v.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}}); err != nil {
			v.t.Fatal(err)
		}
		v.do(path, chromedp.EmulateViewport(width, 900), chromedp.Navigate(base+path+mark+"lang="+lang))
		if _, err := chromedp.Run(v.ctx, chromedp.Evaluate[any](axe+";0")); err != nil {
			v.t.Fatal(err)
		}
		got, err := chromedp.Run(v.ctx, chromedp.Evaluate[string](audit, chromedp.EvalAwaitPromise))
		if err != nil || got != "[]" {
			v.t.Errorf("%s %s %d %s: %.600s, %v", path, lang, width, scheme, got, err)
		}
		if v.is(`document.documentElement.scrollWidth > window.innerWidth`) != "false" {
			v.t.Errorf("%s %s %d scrolls sideways", path, lang, width)
		}
		if n := v.is(foreign + ".length"); n != "0" {
			v.t.Errorf("%s asks others: %s", path, v.is(foreign))
		}
	}
}
