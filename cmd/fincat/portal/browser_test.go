package portal

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// browser starts a headless browser for one test, or skips it where none is installed.
func browser(t *testing.T) context.Context {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("no browser: install Debian's chromium to run the page tests")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.UserDataDir(t.TempDir()), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-background-networking", true), chromedp.WindowSize(1280, 900),
		chromedp.Flag("force-prefers-reduced-motion", true), // nothing moves
		chromedp.WSURLReadTimeout(time.Minute))
	ctx, cancel := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	ctx, cancel = context.WithTimeout(ctx, 10*time.Minute)
	t.Cleanup(cancel)
	return ctx
}

func serve(t *testing.T, h http.Handler) string {
	t.Helper()
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	return srv.URL
}

// visitor does what a person does with a browser.
type visitor struct {
	t   *testing.T
	ctx context.Context
}

func (v visitor) do(steps ...chromedp.Action[chromedp.Void]) {
	v.t.Helper()
	if err := chromedp.Do(v.ctx, steps...); err != nil {
		v.t.Fatal(err)
	}
}

func (v visitor) sees(selector, want string) {
	v.t.Helper()
	if got, err := chromedp.Run(v.ctx, chromedp.Text(selector)); err != nil || !strings.Contains(got, want) {
		v.t.Errorf("%s shows %q, %v; want %q", selector, got, err, want)
	}
}

// TestBrowserTasks finds a dataset by the name of a field, sees why one is not gold, and
// compares two versions: with scripts and without.
func TestBrowserTasks(t *testing.T) {
	many, _ := newPortalOf(t, manyDatasets())
	past, _ := newPastPortal(t)
	found, checked, before := serve(t, many), serve(t, newCheckedPortal(t)), serve(t, past)
	for _, without := range []bool{false, true} {
		t.Run(fmt.Sprintf("without scripts %v", without), func(t *testing.T) {
			v := visitor{t, browser(t)}
			v.do(chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
				_, err := cdp.Call(ctx, target, emulation.SetScriptExecutionDisabled,
					emulation.SetScriptExecutionDisabledParams{Value: without})
				return err
			}))
			const words = "form[role=search] input[name=q]"
			v.do(chromedp.Navigate(found+"/search?lang=en"), chromedp.SendKeys(words, "公司代號"),
				chromedp.Submit(words), chromedp.WaitVisible(".found mark"))
			v.sees("#total", "30 datasets")
			v.sees(".found .where", "Field")
			v.do(chromedp.Click("[data-facet=badge] li:first-child a"), chromedp.WaitVisible(".chips li:nth-child(2)"))
			v.sees("#total", "10 datasets")
			v.do(chromedp.EmulateViewport(390, 800), chromedp.Click(".filters summary"),
				chromedp.WaitVisible("[data-facet=licence] a"), chromedp.Click("[data-facet=licence] a"),
				chromedp.WaitVisible(".chips li:nth-child(3)"), chromedp.EmulateViewport(1280, 900))
			v.sees("#total", "5 datasets")

			v.do(chromedp.Navigate(checked+"/search?lang=en&badge=none"), chromedp.Click(".found h3 a"),
				chromedp.WaitVisible("#quality"))
			v.sees("#quality tr.is-fail", "404 Not Found")
			v.sees("#quality tr.is-fail .todo", "make the address answer")

			v.do(chromedp.Navigate(before+"/dataset/one/a?lang=en"),
				chromedp.Click("#versions form[action='/diff'] button"), chromedp.WaitVisible("#changes"))
			v.sees("#changes", "新名稱")
		})
	}
}

// TestBrowserAccessible has axe-core look at the pages, in both languages, two widths, light
// and dark. FINCAT_AXE names the file axe.min.js, which is not part of this.
func TestBrowserAccessible(t *testing.T) {
	file := os.Getenv("FINCAT_AXE")
	if file == "" {
		t.Skip("FINCAT_AXE names no axe.min.js")
	}
	axe, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	many, _ := newPortalOf(t, manyDatasets())
	past, _ := newPastPortal(t)
	found, checked, before := serve(t, many), serve(t, newCheckedPortal(t)), serve(t, past)
	v := visitor{t, browser(t)}
	const audit = `axe.run().then(r => JSON.stringify(r.violations.map(x =>
		[x.id, x.nodes.map(n => n.html.slice(0, 200))])))`
	for _, target := range []string{found + "/", found + "/search", found + "/search?q=%E5%85%AC%E5%8F%B8&badge=gold",
		found + "/search?more=publisher", found + "/search?q=none", found + "/search?x=1", found + "/organisations",
		found + "/dataset/two/1", checked + "/dataset/one/a", checked + "/dataset/one/x", checked + "/quality",
		before + "/dataset/one/a"} {
		for i := range 8 {
			lang, width := []string{"zh", "en"}[i&1], []int64{1280, 390}[i>>1&1]
			scheme := []string{"light", "dark"}[i>>2]
			mark := "?"
			if strings.Contains(target, "?") {
				mark = "&"
			}
			dark := chromedp.Func(func(ctx context.Context, tg *chromedp.Target) error {
				_, err := cdp.Call(ctx, tg, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
					Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
				return err
			})
			v.do(chromedp.EmulateViewport(width, 900), dark, chromedp.Navigate(target+mark+"lang="+lang))
			if _, err := chromedp.Run(v.ctx, chromedp.Evaluate[any](string(axe)+";0")); err != nil {
				t.Fatal(err)
			}
			got, err := chromedp.Run(v.ctx, chromedp.Evaluate[string](audit, chromedp.EvalAwaitPromise))
			if err != nil || got != "[]" {
				t.Errorf("%s %s %d %s: %s, %v", target, lang, width, scheme, got, err)
			}
			wide, err := chromedp.Run(v.ctx,
				chromedp.Evaluate[bool](`document.documentElement.scrollWidth > window.innerWidth`))
			if err != nil || wide {
				t.Errorf("%s %s %d scrolls sideways: %v, %v", target, lang, width, wide, err)
			}
		}
	}
}
