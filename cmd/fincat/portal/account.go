package portal

import (
	"cmp"
	"net/http"
	"net/url"

	"fincat/cmd/fincat/access"
)

// Accounts knows who has signed in with the browser.
type Accounts interface {
	Identify(r *http.Request) (access.Identity, bool)
	// EndSession returns where people sign out of the service that they signed in
	// with; "" when there is no such address.
	EndSession() string
	// Provider reports whether there is a service to sign in with.
	Provider() bool
	// Barred says why nobody can sign in with a token; "" when people can.
	Barred() string
}

// account shows who has signed in, and how to sign in and out.
func (p *Portal) account(w http.ResponseWriter, r *http.Request) {
	data := struct {
		frame
		Who        *access.Identity
		Role       string
		EndSession string
		SignIn     string // at the service; "" where there is none
		Next       string // where to go then
		Failed     bool   // the token that was given is not valid
		Barred     string
	}{frame: p.frame(r, nil, "account")}
	data.Title = data.L.T("account")
	data.Next = cmp.Or(r.URL.Query().Get("next"), data.Link("/account"))
	data.Failed, data.Barred = r.URL.Query().Get("failed") == "token", p.Accounts.Barred()
	if p.Accounts.Provider() {
		data.SignIn = "/login?" + url.Values{"next": {data.Next}}.Encode()
	}
	if id, ok := p.Accounts.Identify(r); ok {
		data.Who, data.Role = &id, data.L.T("role."+string(id.Role))
	} else {
		data.EndSession = p.Accounts.EndSession()
	}
	w.Header().Set("Vary", "Cookie")
	p.render(w, r, http.StatusOK, "account", data)
}
