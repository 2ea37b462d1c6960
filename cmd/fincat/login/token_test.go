package login

import (
	"context"
	"crypto/sha256"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"fincat/cmd/fincat/access"
)

// holder knows one token, until it is removed.
type holder struct{ token string }

func (h *holder) of(_ context.Context, hash [sha256.Size]byte) (access.Identity, error) {
	if h.token == "" || hash != sha256.Sum256([]byte(h.token)) {
		return access.Identity{}, access.ErrNotValid
	}
	return access.Identity{Name: "amy", Role: access.Maintainer}, nil
}

// send sends a form to the route of tokens, and returns the answer and the session's cookie.
func (h *holder) send(l *Login, form url.Values, header ...string) (*httptest.ResponseRecorder, *http.Cookie) {
	r := httptest.NewRequest(http.MethodPost, "https://data.example.tw/login/token", strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	l.Handlers()["/login/token"].ServeHTTP(w, r)
	for _, line := range w.Header().Values("Set-Cookie") {
		if c, err := http.ParseSetCookie(line); err == nil && c.Name == sessionCookie {
			return w, c
		}
	}
	return w, nil
}

func tokenLogin(t *testing.T, base string) (*Login, *holder) {
	t.Helper()
	h := &holder{token: "fincat_SECRET"}
	l, err := New(Options{Base: base, Holder: h.of})
	if err != nil {
		t.Fatal(err)
	}
	return l, h
}

// TestToken signs in with a token, and asks that the session end with the token.
func TestToken(t *testing.T) {
	l, h := tokenLogin(t, "https://data.example.tw/")
	resp, c := h.send(l, url.Values{"token": {" fincat_SECRET\n"}, "next": {"/console/links?lang=en"}})
	if resp.Code != http.StatusSeeOther || resp.Header().Get("Location") != "/console/links?lang=en" || c == nil {
		t.Fatalf("signing in = %d to %q with the cookie %v", resp.Code, resp.Header().Get("Location"), c)
	}
	if !c.Secure || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "" {
		t.Errorf("the cookie is %+v", c)
	}
	if strings.Contains(c.Value, "SECRET") {
		t.Errorf("the cookie holds the token: %s", c.Value)
	}
	r := httptest.NewRequest(http.MethodGet, "https://data.example.tw/admin/runs", nil)
	r.AddCookie(c)
	if id, ok := l.Identify(r); !ok || id.Name != "amy" || id.Role != access.Maintainer {
		t.Errorf("the session is that of %v, %v", id, ok)
	}
	h.token = ""
	if id, ok := l.Identify(r); ok {
		t.Errorf("without the token there is still a session of %v", id)
	}
}

// TestTokenRefused asks that nothing but a valid token of our own page signs anybody in.
func TestTokenRefused(t *testing.T) {
	for _, tt := range []struct {
		name, base, token string
		header            []string
		status            int
		to                string
	}{
		{"of no one", "https://a.tw/", "wrong", nil, http.StatusUnauthorized, ""},
		{"none", "https://a.tw/", "", nil, http.StatusUnauthorized, ""},
		{"of no one, with a browser", "https://a.tw/", "wrong", []string{"Accept", "text/html"}, http.StatusSeeOther,
			"/account?failed=token&next=%2F"},
		{"from another site", "https://a.tw/", "fincat_SECRET", []string{"Sec-Fetch-Site", "cross-site"},
			http.StatusForbidden, ""},
		{"from another origin", "https://a.tw/", "fincat_SECRET", []string{"Origin", "https://b.tw"},
			http.StatusForbidden, ""},
		{"over http", "http://a.tw/", "fincat_SECRET", nil, http.StatusForbidden, ""},
		{"below a path", "https://a.tw/open/", "fincat_SECRET", nil, http.StatusForbidden, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l, h := tokenLogin(t, tt.base)
			resp, c := h.send(l, url.Values{"token": {tt.token}, "next": {"https://b.tw/"}}, tt.header...)
			if resp.Code != tt.status || resp.Header().Get("Location") != tt.to || c != nil {
				t.Errorf("signing in = %d to %q with the cookie %v: %s", resp.Code,
					resp.Header().Get("Location"), c, resp.Body)
			}
		})
	}
}

// TestTokenAttempts asks that whoever guesses has to wait, and nobody else.
func TestTokenAttempts(t *testing.T) {
	l, h := tokenLogin(t, "https://data.example.tw/")
	for range wrongBurst {
		if resp, _ := h.send(l, url.Values{"token": {"wrong"}}); resp.Code != http.StatusUnauthorized {
			t.Fatalf("a wrong token = %d", resp.Code)
		}
	}
	resp, c := h.send(l, url.Values{"token": {"fincat_SECRET"}})
	if resp.Code != http.StatusTooManyRequests || resp.Header().Get("Retry-After") == "" || c != nil {
		t.Errorf("after %d wrong tokens = %d with the cookie %v", wrongBurst, resp.Code, c)
	}
	if l.wrong.spent("192.0.2.77") {
		t.Error("somebody else has to wait as well")
	}
}
