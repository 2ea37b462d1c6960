package login

import (
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"fincat/cmd/fincat/access"
	"fincat/cmd/fincat/login/logintest"
	"fincat/harvest"
)

var testRoles = []harvest.LoginRole{
	{Claim: "groups", Value: "fincat-admins", Role: "administrator"},
	{Claim: "realm_access.roles", Value: "maintainer", Role: "maintainer"},
	{Claim: "groups", Value: "twse", Role: "provider", Organisation: "twse"},
	{Claim: "email", Value: "reader@example.tw", Role: "reader"},
}

// site is a server of ours with a page that tells a reader who asks.
type site struct {
	url   string
	login *Login
	calls int // of the page that needs a role
}

func newSite(t *testing.T, p *logintest.Provider) *site {
	t.Helper()
	s := &site{}
	var h http.Handler
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	s.url = server.URL
	var err error
	s.login, err = New(Options{Base: s.url + "/", Secret: logintest.Secret, Config: harvest.Login{
		Issuer: p.URL, ClientID: logintest.ClientID, Roles: testRoles}})
	if err != nil {
		t.Fatal(err)
	}
	guard := access.New(access.Options{Login: s.login})
	mux := http.NewServeMux()
	routes := s.login.Handlers()
	who := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.calls++
		id, _ := access.From(r)
		fmt.Fprint(w, id.Name, " ", id.Role, " ", id.Organisation)
	})
	routes["/admin/runs"], routes["/admin/tokens"] = who, who
	for pattern, handler := range routes {
		protected, err := guard.Protect(pattern, handler)
		if err != nil {
			t.Fatal(err)
		}
		mux.Handle(pattern, protected)
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "a page") })
	h = mux
	return s
}

// browser follows redirects and keeps cookies.
type browser struct {
	t *testing.T
	c *http.Client
	s *site
}

func newBrowser(t *testing.T, s *site) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	c := &http.Client{Jar: jar, Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}
	return &browser{t, c, s}
}

func (b *browser) do(method, path string, header ...string) (status int, body string, at *url.URL) {
	b.t.Helper()
	req, err := http.NewRequestWithContext(b.t.Context(), method, b.s.url+path, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	req.Header.Set("Accept", "text/html")
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := b.c.Do(req)
	if err != nil {
		b.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return resp.StatusCode, string(text), resp.Request.URL
}

// TestSignIn asserts who somebody is after signing in, by what the provider says.
func TestSignIn(t *testing.T) {
	for _, tt := range []struct {
		name         string
		person, info claims
		status       int
		want         string
	}{
		{"administrator", claims{"sub": "1", "preferred_username": "wang", "groups": []string{"a", "fincat-admins"}},
			nil, 200, "login:wang administrator "},
		{"verified address", claims{"sub": "1", "email": "reader@example.tw", "email_verified": true}, nil,
			200, "login:reader@example.tw reader "},
		{"unverified address", claims{"sub": "1", "email": "reader@example.tw"}, nil, 403, "email, groups"},
		{"inner claim", claims{"sub": "7", "realm_access": map[string]any{"roles": []string{"maintainer"}}}, nil,
			200, "login:7 maintainer "},
		{"user info", claims{"sub": "1"}, claims{"sub": "1", "groups": "fincat-admins"}, 200,
			"login:1 administrator "},
		{"user info of another", claims{"sub": "1"}, claims{"sub": "2", "groups": "fincat-admins"}, 403,
			"does not fit"},
		{"provider", claims{"sub": "1", "groups": "twse"}, nil, 403, "provider"},
		{"nobody", claims{"sub": "1", "groups": []string{"fincat-admins2"}}, nil, 403, "no role"},
		{"no name", claims{"groups": "fincat-admins"}, nil, 403, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := logintest.New(t)
			p.Person, p.Info = tt.person, tt.info
			b := newBrowser(t, newSite(t, p))
			status, body, at := b.do("GET", "/admin/runs?x=1")
			if status != tt.status || !strings.Contains(body, tt.want) {
				t.Errorf("GET /admin/runs = %d %q, want %d %q", status, body, tt.status, tt.want)
			}
			if status == 200 && at.RequestURI() != "/admin/runs?x=1" {
				t.Errorf("the sign-in ends at %v", at)
			}
		})
	}
}

// TestForgedToken asserts that an ID token that is not for us, or not for this
// sign-in, is refused.
func TestForgedToken(t *testing.T) {
	for name, change := range map[string]func(c map[string]any){
		"nonce":    func(c map[string]any) { c["nonce"] = "another" },
		"audience": func(c map[string]any) { c["aud"] = "another" },
		"issuer":   func(c map[string]any) { c["iss"] = "https://another.example" },
		"expired":  func(c map[string]any) { c["exp"] = 1000 },
	} {
		t.Run(name, func(t *testing.T) {
			p := logintest.New(t)
			p.Person, p.Change = claims{"sub": "1", "groups": "fincat-admins"}, change
			s := newSite(t, p)
			if status, body, _ := newBrowser(t, s).do("GET", "/admin/runs"); status != 403 || s.calls > 0 {
				t.Errorf("GET /admin/runs = %d %q", status, body)
			}
		})
	}
}

// TestCallback asserts that nothing comes of answers of the provider that this
// browser did not ask for, or that were used before.
func TestCallback(t *testing.T) {
	p := logintest.New(t)
	p.Person = claims{"sub": "1", "groups": "fincat-admins"}
	s := newSite(t, p)
	b := newBrowser(t, s)
	var back *url.URL
	b.c.CheckRedirect = func(r *http.Request, _ []*http.Request) error {
		if r.URL.Path == "/login/callback" {
			back = r.URL
			return http.ErrUseLastResponse
		}
		return nil
	}
	b.do("GET", "/login?next=/admin/runs")
	other := newBrowser(t, s)
	if status, _, _ := other.do("GET", back.RequestURI()); status != 400 {
		t.Errorf("another browser's callback is answered %d", status)
	}
	if status, _, _ := b.do("GET", "/login/callback?code=x&state=guessed"); status != 400 {
		t.Errorf("a guessed state is answered %d", status)
	}
	if status, _, _ := b.do("GET", back.RequestURI()); status != 400 { // the flow ended with the guess
		t.Errorf("a flow is taken twice: %d", status)
	}
	denied := "/login/callback?error=access_denied&error_description=%3Cb%3Eno"
	if status, body, _ := b.do("GET", denied); status != 400 || strings.Contains(body, "<b>") {
		t.Errorf("an error that nobody asked for is answered %d %q", status, body)
	}
	if s.calls > 0 {
		t.Error("somebody got in")
	}
}

// TestSession asserts what the cookies are, that a session of before the sign-in is
// not taken over, and that signing out ends the session on the server.
func TestSession(t *testing.T) {
	p := logintest.New(t)
	p.Person = claims{"sub": "1", "groups": "fincat-admins"}
	s := newSite(t, p)
	b := newBrowser(t, s)
	here, err := url.Parse(s.url)
	if err != nil {
		t.Fatal(err)
	}
	planted := &http.Cookie{Name: sessionCookie, Value: "planted", Path: "/", Secure: true}
	b.c.Jar.SetCookies(here, []*http.Cookie{planted})
	var set []*http.Cookie
	b.c.CheckRedirect = func(r *http.Request, _ []*http.Request) error {
		set = append(set, r.Response.Cookies()...)
		return nil
	}
	if status, body, _ := b.do("GET", "/admin/tokens"); status != 200 {
		t.Fatalf("GET /admin/tokens = %d %s", status, body)
	}
	for _, c := range set {
		if !strings.HasPrefix(c.Name, "__Host-") || !c.Secure || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode ||
			c.Path != "/" || c.Domain != "" {
			t.Errorf("the cookie %v", c)
		}
	}
	i := slices.IndexFunc(set, func(c *http.Cookie) bool { return c.Name == sessionCookie })
	if i < 0 || set[i].Value == "planted" {
		t.Fatalf("no new session: %v", set)
	}
	calls := s.calls
	status, _, _ := b.do("POST", "/admin/tokens", "Origin", "https://evil.example")
	if status != 403 || s.calls > calls {
		t.Errorf("a form of another site is answered %d", status)
	}
	if status, _, _ := b.do("GET", "/admin/tokens", "Sec-Fetch-Site", "cross-site"); status != 403 || s.calls > calls {
		t.Errorf("what another site's page loads is answered %d", status)
	}
	if status, _, _ := b.do("GET", "/admin/tokens", "Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate",
		"Sec-Fetch-Dest", "document"); status != 200 {
		t.Errorf("a link on another site is answered %d", status)
	}
	if status, _, _ := b.do("POST", "/logout", "Sec-Fetch-Site", "cross-site"); status != 403 {
		t.Errorf("another site signs somebody out: %d", status)
	}
	b.do("POST", "/logout")
	b.c.Jar.SetCookies(here, []*http.Cookie{{Name: sessionCookie, Value: set[i].Value, Path: "/", Secure: true}})
	b.c.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	if status, _, at := b.do("GET", "/admin/tokens"); status != 303 {
		t.Errorf("after signing out the old cookie gives %d at %v", status, at)
	}
	if end := s.login.EndSession(); !strings.HasPrefix(end, p.URL+"/bye?client_id=fincat&") {
		t.Errorf("EndSession() = %q", end)
	}
}

// TestSessionEnds asserts how long a session lasts, and that one that has ended opens nothing:
// without a request for too long, or as old as one may be, whatever its cookie says.
func TestSessionEnds(t *testing.T) {
	p := logintest.New(t)
	p.Person = claims{"sub": "1", "groups": "fincat-admins"}
	for _, tt := range []struct {
		name   string
		change func(*Login)
		status int
	}{
		{"as it is", func(l *Login) {
			if l.sessions.Lifetime != 10*time.Hour || l.sessions.IdleTimeout != time.Hour {
				t.Errorf("a session lasts %v, or %v without a request", l.sessions.Lifetime, l.sessions.IdleTimeout)
			}
		}, http.StatusOK},
		{"idle", func(l *Login) { l.sessions.IdleTimeout = time.Nanosecond }, http.StatusSeeOther},
		{"old", func(l *Login) { l.sessions.Lifetime = time.Nanosecond }, http.StatusSeeOther},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := newSite(t, p)
			tt.change(s.login)
			b := newBrowser(t, s)
			b.c.CheckRedirect = func(r *http.Request, _ []*http.Request) error {
				if r.URL.Path == "/admin/tokens" {
					return http.ErrUseLastResponse
				}
				return nil
			}
			if status, body, at := b.do("GET", "/admin/tokens"); status != http.StatusSeeOther ||
				at.Path != "/login/callback" {
				t.Fatalf("signing in is answered %d at %v %s", status, at, body)
			}
			b.c.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
			for range 2 { // the first must not let one that has ended go on
				if status, _, _ := b.do("GET", "/admin/tokens"); status != tt.status {
					t.Errorf("GET /admin/tokens with the session = %d, want %d", status, tt.status)
				}
			}
			if status, _, _ := b.do("POST", "/admin/tokens"); tt.status != http.StatusOK &&
				status != http.StatusUnauthorized || s.calls > 0 && tt.status != http.StatusOK {
				t.Errorf("POST /admin/tokens with a session that has ended = %d, %d calls", status, s.calls)
			}
		})
	}
}

func TestLocal(t *testing.T) {
	for in, want := range map[string]string{
		"": "/", "/admin/runs?a=b#c": "/admin/runs?a=b#c", "//evil.example/": "/", "https://evil.example/": "/",
		`/\evil.example`: "/", "/\tevil": "/", "javascript:alert(1)": "/", "runs": "/", "/\n/evil.example": "/",
		`\\evil.example`: "/", "///evil.example": "/", "/%2f/evil.example": "/%2f/evil.example",
	} {
		if got := local(in); got != want {
			t.Errorf("local(%q) = %q, want %q", in, got, want)
		}
	}
}

// TestNoProvider asserts that a server does its work while the provider is away.
func TestNoProvider(t *testing.T) {
	p := logintest.New(t)
	s := newSite(t, p)
	p.Close()
	for range 3 {
		status, body, _ := newBrowser(t, s).do("GET", "/login")
		if status != 502 || strings.Contains(body, "127.0.0.1") {
			t.Errorf("GET /login = %d %q", status, body)
		}
	}
}

func TestCheck(t *testing.T) {
	good := harvest.Login{Issuer: "https://id.example.tw", ClientID: "c",
		Roles: []harvest.LoginRole{{Claim: "a", Value: "b", Role: "reader"}}}
	for _, tt := range []struct {
		name, base, want string
		change           func(c *harvest.Login)
	}{
		{"good", "https://data.example.tw/", "", func(*harvest.Login) {}},
		{"good on this machine", "http://127.0.0.1:8080/", "", func(c *harvest.Login) {
			c.Issuer = "http://localhost:1"
		}},
		{"open base", "http://data.example.tw/", "https address", func(*harvest.Login) {}},
		{"path", "https://data.example.tw/fincat/", "host of its own", func(*harvest.Login) {}},
		{"issuer", "https://data.example.tw/", "issuer", func(c *harvest.Login) { c.Issuer = "http://id.example.tw" }},
		{"client", "https://data.example.tw/", "client_id", func(c *harvest.Login) { c.ClientID = "" }},
		{"no roles", "https://data.example.tw/", "roles is empty", func(c *harvest.Login) { c.Roles = nil }},
		{"role", "https://data.example.tw/", "entry 1: there is no role", func(c *harvest.Login) {
			c.Roles = []harvest.LoginRole{{Claim: "a", Value: "b", Role: "root"}}
		}},
		{"organisation", "https://data.example.tw/", "no organisation", func(c *harvest.Login) {
			c.Roles = []harvest.LoginRole{{Claim: "a", Value: "b", Role: "provider", Organisation: "nosuch"}}
		}},
		{"provider of nothing", "https://data.example.tw/", "name it", func(c *harvest.Login) {
			c.Roles = []harvest.LoginRole{{Claim: "a", Value: "b", Role: "provider"}}
		}},
		{"value", "https://data.example.tw/", "claim and value", func(c *harvest.Login) {
			c.Roles = []harvest.LoginRole{{Claim: "a", Role: "reader"}}
		}},
	} {
		c := good
		tt.change(&c)
		err := check(c, tt.base)
		if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
			t.Errorf("%s: check = %v, want %q", tt.name, err, tt.want)
		}
	}
}
