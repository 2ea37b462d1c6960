package portal

import "testing"

func TestBelow(t *testing.T) {
	const page = `<!doctype html><title>a &amp; b</title><link href="/static/x.css">` +
		`<a href="/search?q=%22&amp;lang=en">x</a>` +
		`<a href="//other.tw/">y</a><a href="https://e.tw/">z</a><form method="post" action="/logout">` +
		`<input name="/a">` +
		`<textarea>&lt;a href="/no"&gt;</textarea><p class="/b">/c &#39;</p><!-- <a href="/d"> -->`
	const want = `<!doctype html><title>a &amp; b</title><link href="/open/static/x.css">` +
		`<a href="/open/search?q=%22&amp;lang=en">x</a>` +
		`<a href="//other.tw/">y</a><a href="https://e.tw/">z</a><form method="post" action="/open/logout">` +
		`<input name="/a">` +
		`<textarea>&lt;a href="/no"&gt;</textarea><p class="/b">/c &#39;</p><!-- <a href="/d"> -->`
	if got := string(below("/open", []byte(page))); got != want {
		t.Errorf("below = %s\nwant %s", got, want)
	}
	if got := string(below("", []byte(page))); got != page {
		t.Errorf("a page of a host = %s", got)
	}
}
