package main

import (
	"testing"

	"github.com/chromedp/chromedp"

	"fincat/cmd/fincat/access"
)

// TestBrowserRequests files a request and has it answered in a browser, as visitor, moderator,
// provider and administrator, with scripts and without; then a comment on a dataset.
func TestBrowserRequests(t *testing.T) {
	for _, scripts := range []bool{true, false} {
		t.Run(map[bool]string{true: "scripts", false: "none"}[scripts], func(t *testing.T) {
			v := &visitor{t, browser(t)}
			s := newAskingSite(t, 100)
			if !scripts {
				v.noScripts()
			}
			v.do("the form", chromedp.Navigate(s.url+"requests/new?lang=en"), chromedp.WaitVisible(`#req-subject`))
			if scripts {
				v.becomes("the script", `document.documentElement.dataset.requests === "ready"`)
			}
			v.do("the subject", chromedp.SendKeys(`#req-subject`, "統計 逐月"))
			if scripts {
				v.becomes("similar datasets", `document.querySelectorAll("#req-near li a").length > 0`)
			}
			v.do("send", chromedp.SendKeys(`#req-text`, "每月的統計"), chromedp.SendKeys(`#req-purpose`, "研究"),
				chromedp.SendKeys(`#req-address`, askingAddress), chromedp.Click(`button[value=send]`),
				chromedp.WaitVisible(`input[name=near]`)) // what there is, once more with boxes
			v.do("send again", chromedp.Click(`input[name=near]`), chromedp.Click(`button[value=send]`),
				chromedp.WaitVisible(`#said`))
			s.confirmIn(v, askingAddress)
			id := s.releaseIn(v, "統計 逐月")
			s.answerIn(v, id)
			if scripts {
				v.do("on a narrow screen", chromedp.EmulateViewport(390, 800))
			}
			s.narrow(v, scripts, "requests?lang=en", "requests/new?lang=en", "request/"+id+"?lang=en",
				"requests/figures?lang=en")
			v.do("a comment", chromedp.Navigate(s.url+"dataset/shrinking/d0?lang=en"), chromedp.Click(`#talk a`),
				chromedp.WaitVisible(`a[href^="/requests/new?dataset"]`),
				chromedp.Click(`a[href^="/requests/new?dataset"]`),
				chromedp.WaitVisible(`#req-text`), chromedp.SendKeys(`#req-subject`, "單位是什麼"),
				chromedp.SendKeys(`#req-text`, "金額的單位？"), chromedp.SendKeys(`#req-address`, "asks@example.tw"),
				chromedp.Click(`button[value=send]`), chromedp.WaitVisible(`#said`))
			s.confirmIn(v, "asks@example.tw")
			id = s.releaseIn(v, "單位是什麼")
			s.signedIn(v, access.Provider, "request/"+id)
			v.do("answer it", chromedp.WaitVisible(`#act-text`), chromedp.SendKeys(`#act-text`, "新臺幣元"),
				chromedp.Click(`#act button`), chromedp.WaitVisible(`#steps li:nth-child(2)`))
			v.shows("the answer", `#steps`, "新臺幣元")
			v.shows("its state", `#state`, "Answered")
			s.signedIn(v, access.Administrator, "requests/queue")
			v.do("the queue", chromedp.WaitVisible(`h1`))
			v.shows("nothing waits", `main`, "Nothing waits")
		})
	}
}

// confirmIn follows the link in the newest first mail to an address.
func (s *askingSite) confirmIn(v *visitor, to string) {
	v.t.Helper()
	v.do("the link in the mail", chromedp.Navigate(s.url+s.link(to, 1)), chromedp.WaitVisible(`#confirm`),
		chromedp.Click(`#confirm`), chromedp.WaitVisible(`#said`))
}

// signedIn opens a page as somebody with a role.
func (s *askingSite) signedIn(v *visitor, role access.Role, path string) {
	v.t.Helper()
	v.do("sign in as "+string(role), chromedp.Navigate(s.url+"account?lang=en&next=%2F"+path),
		chromedp.WaitVisible(`#main form`))
	if v.is(`!!document.querySelector("#token")`) == "false" { // somebody else has signed in
		v.do("sign out", chromedp.Click(`#main form button`), chromedp.WaitVisible(`#token`),
			chromedp.Navigate(s.url+"account?lang=en&next=%2F"+path), chromedp.WaitVisible(`#token`))
	}
	v.do("the token", chromedp.SendKeys(`#token`, s.tokens[role]), chromedp.Click(`#token-form button`),
		chromedp.WaitNotPresent(`#token-form`), chromedp.Navigate(s.url+path+"?lang=en"), chromedp.WaitVisible(`h1`))
}

// releaseIn publishes what waits as a maintainer, for an organisation, and returns its id.
func (s *askingSite) releaseIn(v *visitor, title string) (id string) {
	v.t.Helper()
	s.signedIn(v, access.Maintainer, "requests/queue")
	v.do("publish", chromedp.WaitVisible(`section.waiting`),
		chromedp.SetValue(`section.waiting select[name=organisation]`, "twse"),
		chromedp.Click(`button[value=release]`), chromedp.WaitNotPresent(`section.waiting`),
		chromedp.Navigate(s.url+"requests?lang=en"), chromedp.WaitVisible(`#cases tbody a`))
	v.shows("the newest", `#cases tbody tr`, title)
	return first(casePage, v.is(`document.querySelector("#cases tbody a").href`))
}

// answerIn decides about a request as the organisation.
func (s *askingSite) answerIn(v *visitor, id string) {
	v.t.Helper()
	s.signedIn(v, access.Provider, "request/"+id)
	v.do("confirm", chromedp.WaitVisible(`#act`), chromedp.SetValue(`#act-action`, "confirm"),
		chromedp.Click(`#act button`), chromedp.WaitVisible(`#steps li:nth-child(3)`))
	v.do("without a reason", chromedp.SetValue(`#act-action`, "refuse"), chromedp.SendKeys(`#act-text`, "依法不公開"),
		chromedp.Click(`#act button`), chromedp.WaitVisible(`[role=alert]`))
	if got := v.is(`document.querySelector("#act-text").value`); got != "依法不公開" {
		v.t.Errorf("of what was written %q stays", got)
	}
	v.do("with one", chromedp.SetValue(`#act-action`, "refuse"), chromedp.SetValue(`#act-reason`, "law"),
		chromedp.Click(`#act button`), chromedp.WaitVisible(`#steps li:nth-child(4)`))
	v.shows("its state", `#state`, "Not open")
}
