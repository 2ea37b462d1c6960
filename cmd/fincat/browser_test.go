package main

import (
	"context"
	"fincat/cmd/fincat/login/logintest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// browser starts a headless browser for one test, or skips it where none is
// installed.
func browser(t *testing.T) context.Context {
	t.Helper()
	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if p, err := exec.LookPath(name); err == nil {
			path = p
			break
		}
	}
	if path == "" {
		t.Skip("no browser: install Debian's chromium to run the page tests")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.UserDataDir(t.TempDir()), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-sync", true), chromedp.Flag("force-prefers-reduced-motion", true), // nothing moves
		chromedp.WindowSize(1280, 900), chromedp.Flag("lang", "zh-TW"), chromedp.WSURLReadTimeout(time.Minute))
	ctx, cancel := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	ctx, cancel = context.WithTimeout(ctx, 10*time.Minute) // some start a demo meanwhile
	t.Cleanup(cancel)
	return ctx
}

// TestBrowser walks through the portal as a visitor does: from the home page
// by a search to a dataset, to the other language, through a query, and once on
// a narrow screen.
func TestBrowser(t *testing.T) {
	ctx := browser(t)
	d := startDemo(t, t.TempDir())
	do := func(steps ...chromedp.Action[chromedp.Void]) {
		t.Helper()
		if err := chromedp.Do(ctx, steps...); err != nil {
			t.Fatal(err)
		}
	}
	shows := func(what, selector, want string) {
		t.Helper()
		if got, err := chromedp.Run(ctx, chromedp.Text(selector)); err != nil || !strings.Contains(got, want) {
			t.Errorf("%s = %q, %v; want it to contain %q", what, got, err, want)
		}
	}
	do(chromedp.Navigate(d.url + "?lang=zh"))
	shows("number of records", `[data-total=records] strong`, "1,366")
	shows("number of datasets", `[data-total=datasets] strong`, "1,091")
	do(chromedp.SendKeys(`.hero input[name=q]`, "保險"), chromedp.Submit(`.hero input[name=q]`),
		chromedp.WaitVisible(`.found`))
	shows("number found", `#total`, "20")
	do(chromedp.Click(`.found h3 a`), chromedp.WaitVisible(`dl.facts`))
	shows("heading of the first found", `h1`, "保險")
	do(chromedp.Click(`a.lang`), chromedp.WaitVisible(`html[lang=en] .kind`))
	shows("kind in English", `.kind`, "Dataset")
	do(chromedp.Navigate(d.url+"query?lang=zh"), chromedp.Click(`#editor button`), chromedp.WaitVisible(`#result td`))
	shows("first solution", `#result tbody tr`, "金融監督管理委員會證券期貨局")
	do(chromedp.EmulateViewport(360, 740), chromedp.Navigate(d.url+"search?lang=zh"), chromedp.WaitVisible(`.found`))
	wide, err := chromedp.Run(ctx, chromedp.Evaluate[bool](`document.documentElement.scrollWidth > window.innerWidth`))
	if err != nil || wide {
		t.Errorf("on a narrow screen the search page scrolls sideways: %v, %v", wide, err)
	}
}

// TestBrowserLogin signs in and out with a browser, which takes the cookies and the
// pages' policy as seriously as visitors' browsers do.
func TestBrowserLogin(t *testing.T) {
	ctx := browser(t)
	p := logintest.New(t)
	p.Person = map[string]any{"sub": "1", "preferred_username": "wang", "groups": []string{"admins"}}
	t.Setenv("FINCAT_TEST_SECRET", logintest.Secret)
	dir := t.TempDir()
	config := filepath.Join(dir, "fincat.yaml")
	text := "login:\n  issuer: " + p.URL + "\n  client_id: " + logintest.ClientID +
		"\n  client_secret_env: FINCAT_TEST_SECRET\n  roles: [{claim: groups, value: admins, role: administrator}]\n"
	addr := freeAddress(t)
	text += "base: http://" + addr + "/\n"
	if err := os.WriteFile(config, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	base, _ := startServe(t, "--addr", addr, "--config", config, "--store", filepath.Join(dir, "store"))
	shows := func(what, want string, steps ...chromedp.Action[chromedp.Void]) {
		t.Helper()
		if err := chromedp.Do(ctx, steps...); err != nil {
			t.Fatal(err)
		}
		if got, err := chromedp.Run(ctx, chromedp.Text("body")); err != nil || !strings.Contains(got, want) {
			t.Errorf("%s: %q, %v; want it to contain %q", what, got, err, want)
		}
	}
	shows("administration", `"tokens"`, chromedp.Navigate(base+"admin/tokens"))
	shows("account", "login:wang", chromedp.Navigate(base+"account?lang=en"))
	shows("signed out", "You are not signed in", chromedp.Click(`main form button`),
		chromedp.WaitVisible(`main a.button`))
	p.As(map[string]any{"sub": "2"})
	shows("somebody else", "have no role here", chromedp.Navigate(base+"admin/tokens"))
}
