package login

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"

	"golang.org/x/time/rate"

	"fincat/cmd/fincat/access"
	"fincat/sparql/protocol"
)

// How often one client may give a token that is not valid: wrongBurst times at once, and
// then wrongRate times a second. maxClients is of how many clients that is remembered.
const (
	wrongBurst = 10
	wrongRate  = rate.Limit(0.1)
	maxClients = 10_000
)

// maxForm is the size of the form with a token, in bytes.
const maxForm = 64 << 10

// attempts remembers which clients gave tokens that are not valid.
type attempts struct {
	mu      sync.Mutex
	clients map[string]*rate.Limiter
}

// spent reports whether a client has to wait.
func (a *attempts) spent(client string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	l := a.clients[client]
	return l != nil && l.Tokens() < 1
}

// failed notes that a client gave a token that is not valid.
func (a *attempts) failed(client string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.clients == nil || len(a.clients) >= maxClients {
		a.clients = map[string]*rate.Limiter{}
	}
	if a.clients[client] == nil {
		a.clients[client] = rate.NewLimiter(wrongRate, wrongBurst)
	}
	a.clients[client].Allow()
}

// clientOf is the address of a client without its port.
func clientOf(r *http.Request) string {
	if host, _, err := net.SplitHostPort(r.RemoteAddr); err == nil {
		return host
	}
	return r.RemoteAddr
}

// Provider reports whether people can sign in with OpenID Connect.
func (l *Login) Provider() bool { return l.provider != nil }

// Barred says why nobody can sign in with a token; "" when people can.
func (l *Login) Barred() string { return l.barred }

// token starts a session for whoever sends a valid token with the form of the account page.
// The session has that token's role for as long as the token is valid.
func (l *Login) token(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	client := clientOf(r)
	switch {
	case l.origin.Check(r) != nil:
		protocol.WriteProblem(w, r, &protocol.Problem{Status: http.StatusForbidden,
			Detail: "the pages of other sites cannot sign anybody in"})
		return
	case l.barred != "" || l.o.Holder == nil:
		protocol.WriteProblem(w, r, &protocol.Problem{Status: http.StatusForbidden,
			Detail: "nobody can sign in with a token here: " + l.barred})
		return
	case l.wrong.spent(client):
		protocol.WriteProblem(w, r, &protocol.Problem{Status: http.StatusTooManyRequests, RetryAfter: 10,
			Detail: "too many tokens that are not valid came from here: wait a little"})
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		protocol.WriteProblem(w, r, &protocol.Problem{Status: http.StatusBadRequest,
			Detail: "the form cannot be read: " + err.Error()})
		return
	}
	hash := sha256.Sum256([]byte(strings.TrimSpace(r.PostForm.Get("token"))))
	id, err := l.o.Holder(r.Context(), hash)
	next := local(r.PostForm.Get("next"))
	switch {
	case errors.Is(err, access.ErrNotValid), errors.Is(err, access.ErrExpired):
		l.wrong.failed(client)
		l.o.Logger.Warn("refused", "why", "sign-in: "+err.Error(), "client", r.RemoteAddr)
		l.wrongToken(w, r, next, err)
		return
	case err != nil:
		l.fail(w, r, err)
		return
	}
	if err := l.start(w, r, id, hex.EncodeToString(hash[:])); err != nil {
		l.fail(w, r, err)
		return
	}
	http.Redirect(w, r, next, http.StatusSeeOther)
}

// wrongToken says that a token is not valid: to a browser on the page with the form.
func (l *Login) wrongToken(w http.ResponseWriter, r *http.Request, next string, err error) {
	if !strings.Contains(r.Header.Get("Accept"), "text/html") {
		protocol.WriteProblem(w, r, &protocol.Problem{Status: http.StatusUnauthorized, Challenge: "invalid_token",
			Detail: err.Error()})
		return
	}
	to := "/account?" + url.Values{"failed": {"token"}, "next": {next}}.Encode()
	http.Redirect(w, r, to, http.StatusSeeOther)
}

// holder returns who holds the token that a session was begun with, now.
func (l *Login) holder(r *http.Request, hash string) (access.Identity, error) {
	b, err := hex.DecodeString(hash)
	if err != nil || len(b) != sha256.Size || l.o.Holder == nil {
		return access.Identity{}, access.ErrNotValid
	}
	return l.o.Holder(r.Context(), [sha256.Size]byte(b))
}
