package access

import (
	"net/http"
	"strings"

	"fincat/sparql/protocol"
)

// Login lets people sign in with a browser.
type Login interface {
	// Handlers are the routes for signing in and out: those of [LoginRoutes].
	Handlers() map[string]http.Handler
	// Identify returns who sent a request, if that person has signed in.
	Identify(r *http.Request) (Identity, bool)
	// Address returns where somebody signs in who then wants to see a page of ours.
	Address(next string) string
}

// LoginRoutes are the routes that a [Login] answers.
var LoginRoutes = []string{"/login", "/login/callback", "/login/token", "/logout"}

// loginHandlers are those of [LoginRoutes].
func (g *Guard) loginHandlers() map[string]http.Handler {
	if g.o.Login != nil {
		return g.o.Login.Handlers()
	}
	nobody := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		protocol.WriteProblem(w, r, &protocol.Problem{Status: http.StatusNotFound,
			Detail: "nobody can sign in here"})
	})
	out := map[string]http.Handler{}
	for _, route := range LoginRoutes {
		out[route] = nobody
	}
	return out
}

// navigates reports whether a browser asks for a page to show, of which nothing but
// showing it comes.
func navigates(r *http.Request) bool {
	return r.Method == http.MethodGet && !kept(r) && r.Header.Get("Authorization") == "" &&
		strings.Contains(r.Header.Get("Accept"), "text/html")
}

// inConsole reports whether a request is for a page of the console.
func inConsole(r *http.Request) bool {
	return r.URL.Path == "/console" || strings.HasPrefix(r.URL.Path, "/console/")
}

// fills reports whether a browser sends a form of the console, of saved queries or of requests, of
// whose address there is a page.
func fills(r *http.Request) bool {
	return r.Method == http.MethodPost && (inConsole(r) || r.URL.Path == "/saved" ||
		strings.HasPrefix(r.URL.Path, "/saved/") || strings.HasPrefix(r.URL.Path, "/request")) &&
		r.Header.Get("Authorization") == "" &&
		strings.Contains(r.Header.Get("Accept"), "text/html")
}

// arrives reports whether somebody comes to a page by a link on another site, or from
// where people sign in. Only who has signed in can: the cookie that shows it is sent
// then, and not with anything else that another site makes the browser send.
func (g *Guard) arrives(r *http.Request) bool {
	return g.o.Login != nil && navigates(r) && r.Header.Get("Sec-Fetch-Mode") == "navigate" &&
		r.Header.Get("Sec-Fetch-Dest") == "document"
}
