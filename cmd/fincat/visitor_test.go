package main

import (
	"context"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// visitor uses pages in a browser.
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

// becomes waits until an expression of the page is true.
func (v *visitor) becomes(what, expression string) {
	v.t.Helper()
	if ok, err := chromedp.Run(v.ctx, chromedp.Poll[bool](expression)); err != nil || !ok {
		now, _ := chromedp.Run(v.ctx, chromedp.Text("main"))
		v.t.Fatalf("%s: %s does not become true: %v, %v\n%s", what, expression, ok, err, now)
	}
}

// is evaluates an expression of the page.
func (v *visitor) is(expression string) string {
	v.t.Helper()
	s, err := chromedp.Run(v.ctx, chromedp.Evaluate[string]("String("+expression+")"))
	if err != nil {
		v.t.Fatalf("%s: %v", expression, err)
	}
	return s
}

// keys types, one key after the other.
func (v *visitor) keys(text string, options ...chromedp.KeyOption) {
	v.t.Helper()
	v.do("type "+text, chromedp.KeyEvent(text, options...))
}

// enter presses the return key: one event, so that a page which takes the key gets no character too.
func (v *visitor) enter(options ...chromedp.KeyOption) {
	v.t.Helper()
	v.do("return", chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		down := *kb.Encode('\r')[0]
		down.Text = "\r"
		up := *kb.Encode('\r')[2]
		for _, event := range []input.DispatchKeyEventParams{down, up} {
			for _, o := range options {
				o(&event)
			}
			if _, err := chromedp.Call(ctx, input.DispatchKeyEvent, event); err != nil {
				return err
			}
		}
		return nil
	}))
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
