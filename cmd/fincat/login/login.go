package login

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/alexedwards/scs/v2/memstore"
	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/gorilla/securecookie"
	"golang.org/x/oauth2"

	"fincat/cmd/fincat/access"
	"fincat/harvest"
	"fincat/sparql/protocol"
)

// How long a session lasts, and how long somebody may take at the provider.
const (
	maxSession  = 10 * time.Hour
	idleSession = time.Hour
	maxFlow     = 10 * time.Minute
)

// The cookies. A browser takes one with the prefix __Host- only over https, or from
// this machine, and only for this host and all of its paths.
const (
	sessionCookie = "__Host-fincat-session"
	flowCookie    = "__Host-fincat-login"
)

// Options configure a [Login].
type Options struct {
	Config harvest.Login
	Secret string // of this client at the provider; "" for one that has none
	Base   string // IRI that the catalogue's addresses begin with
	// Holder returns who holds the token with a hash; default: nobody signs in with one.
	Holder func(ctx context.Context, hash [sha256.Size]byte) (access.Identity, error)
	// Log gets an entry when somebody signs in; default: the Logger only.
	Log    *access.Log
	Logger *slog.Logger // default: none
	// Client asks the provider; default: one with a time limit.
	Client *http.Client
}

// Login signs people in and out, and knows those who have signed in.
type Login struct {
	o        Options
	provider *provider // nil: none is configured
	barred   string    // why nobody can sign in with a token
	wrong    attempts
	sessions *scs.SessionManager
	origin   *http.CrossOriginProtection
	sealed   *securecookie.SecureCookie // for the flow cookie; its keys end with the process
}

// New returns a login. It is an error when the configuration cannot work. The
// provider is not asked before somebody signs in.
func New(o Options) (*Login, error) {
	barred, err := "", error(nil)
	if o.Config.Issuer != "" || o.Config.ClientID != "" || len(o.Config.Roles) > 0 {
		err = check(o.Config, o.Base)
	} else if wrong := checkBase(o.Base); wrong != nil {
		barred = wrong.Error()
	}
	if err != nil {
		return nil, err
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Client == nil {
		o.Client = &http.Client{Timeout: providerTimeout}
	}
	l := &Login{
		o: o, barred: barred,
		sessions: scs.New(),
		origin:   http.NewCrossOriginProtection(),
		sealed:   securecookie.New(securecookie.GenerateRandomKey(64), securecookie.GenerateRandomKey(32)),
	}
	if o.Config.Issuer != "" {
		l.provider = &provider{config: o.Config, secret: o.Secret, client: o.Client,
			redirect: strings.TrimSuffix(o.Base, "/") + "/login/callback"}
	}
	l.sessions.Lifetime, l.sessions.IdleTimeout = maxSession, idleSession
	l.sessions.Store = memstore.New() // which removes what has ended, for as long as the process runs
	l.sealed.MaxAge(int(maxFlow.Seconds()))
	return l, nil
}

// Handlers returns the routes, by pattern.
func (l *Login) Handlers() map[string]http.Handler {
	return map[string]http.Handler{
		"/login":          http.HandlerFunc(l.begin),
		"/login/callback": http.HandlerFunc(l.callback),
		"/login/token":    http.HandlerFunc(l.token),
		"/logout":         http.HandlerFunc(l.end),
	}
}

// Identify returns the person whose session a request belongs to, and lets the session
// last on from now.
func (l *Login) Identify(r *http.Request) (access.Identity, bool) {
	c, err := r.Cookie(sessionCookie)
	if err != nil {
		return access.Identity{}, false
	}
	ctx, err := l.sessions.Load(r.Context(), c.Value)
	if err != nil {
		return access.Identity{}, false
	}
	id := access.Identity{
		Name: l.sessions.GetString(ctx, "name"), Role: access.Role(l.sessions.GetString(ctx, "role")),
		Organisation: l.sessions.GetString(ctx, "organisation"),
	}
	if hash := l.sessions.GetString(ctx, "token"); hash != "" {
		if id, err = l.holder(r, hash); err != nil {
			l.forget(r)
			return access.Identity{}, false
		}
	}
	if id.Name == "" {
		return access.Identity{}, false
	}
	if _, _, err := l.sessions.Commit(ctx); err != nil {
		return access.Identity{}, false
	}
	return id, true
}

// Address returns where somebody signs in who then wants to see a page of ours.
func (l *Login) Address(next string) string { return "/login?" + url.Values{"next": {next}}.Encode() }

// flow is what is remembered while somebody is at the provider.
type flow struct{ State, Nonce, Verifier, Next string }

// begin sends the browser to the provider, or where there is none to the form for tokens.
func (l *Login) begin(w http.ResponseWriter, r *http.Request) {
	if l.provider == nil {
		w.Header().Set("Cache-Control", "no-store")
		to := "/account?" + url.Values{"next": {local(r.URL.Query().Get("next"))}}.Encode()
		http.Redirect(w, r, to, http.StatusSeeOther)
		return
	}
	d, err := l.provider.metadata(r.Context())
	if err != nil {
		l.fail(w, r, err)
		return
	}
	f := flow{State: rand.Text(), Nonce: rand.Text(), Verifier: oauth2.GenerateVerifier(),
		Next: local(r.URL.Query().Get("next"))}
	sealed, err := l.sealed.Encode(flowCookie, f)
	if err != nil {
		l.fail(w, r, err)
		return
	}
	setCookie(w, flowCookie, sealed, maxFlow)
	w.Header().Set("Cache-Control", "no-store")
	http.Redirect(w, r, d.oauth.AuthCodeURL(f.State, oidc.Nonce(f.Nonce), oauth2.S256ChallengeOption(f.Verifier)),
		http.StatusSeeOther)
}

// local returns the address of a page of ours that somebody asked to see, or the
// front page. An address of another site is none of ours, in whatever way it is
// written: browsers take a backslash for a slash and leave out control characters.
func local(next string) string {
	u, err := url.Parse(next)
	misread := func(r rune) bool { return r <= ' ' || r == '\\' }
	if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil || !strings.HasPrefix(next, "/") ||
		strings.HasPrefix(next, "//") || strings.ContainsFunc(next, misread) {
		return "/"
	}
	return next
}

// callback takes what the provider gave the browser (OpenID Connect Core 1.0
// §3.1.2.5) and starts the session.
func (l *Login) callback(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	setCookie(w, flowCookie, "", -1) // it counts once
	f, err := l.flow(r)
	if err != nil || l.provider == nil {
		protocol.WriteProblem(w, r, &protocol.Problem{Status: http.StatusBadRequest,
			Detail: "this sign-in was not begun here, or more than ten minutes ago: begin again at /login"})
		return
	}
	q := r.URL.Query()
	if code := q.Get("error"); code != "" {
		protocol.WriteProblem(w, r, &protocol.Problem{Status: http.StatusForbidden,
			Detail: "the sign-in service says no: " + shown(code) + " " + shown(q.Get("error_description"))})
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), 2*providerTimeout)
	defer cancel()
	c, err := l.provider.redeem(ctx, q.Get("code"), f)
	if err != nil {
		l.fail(w, r, err)
		return
	}
	id, ok := c.identity(l.o.Config.Roles)
	if !ok || id.Name == "" {
		l.refuse(w, r, c)
		return
	}
	if err := l.start(w, r, id, ""); err != nil {
		l.fail(w, r, err)
		return
	}
	http.Redirect(w, r, f.Next, http.StatusSeeOther)
}

// flow returns what was remembered of the sign-in that a request continues.
func (l *Login) flow(r *http.Request) (f flow, err error) {
	c, err := r.Cookie(flowCookie)
	if err != nil {
		return flow{}, err
	}
	if err := l.sealed.Decode(flowCookie, c.Value, &f); err != nil {
		return flow{}, err
	}
	state := r.URL.Query().Get("state")
	if f.State == "" || subtle.ConstantTimeCompare([]byte(state), []byte(f.State)) != 1 {
		return flow{}, errors.New("another state")
	}
	return f, nil
}

// start makes a new session; one that the browser had before ends. With the hash of a token
// the session is that of its holder.
func (l *Login) start(w http.ResponseWriter, r *http.Request, id access.Identity, hash string) error {
	l.forget(r)
	ctx, err := l.sessions.Load(r.Context(), "")
	if err != nil {
		return err
	}
	l.sessions.Put(ctx, "name", id.Name)
	l.sessions.Put(ctx, "role", string(id.Role))
	l.sessions.Put(ctx, "organisation", id.Organisation)
	l.sessions.Put(ctx, "token", hash)
	token, _, err := l.sessions.Commit(ctx)
	if err != nil {
		return err
	}
	if err := l.audit(r, id, "sign in"); err != nil {
		return err
	}
	setCookie(w, sessionCookie, token, maxSession)
	return nil
}

// forget ends the session of a request, if it has one.
func (l *Login) forget(r *http.Request) {
	c, err := r.Cookie(sessionCookie)
	if err != nil {
		return
	}
	if ctx, err := l.sessions.Load(r.Context(), c.Value); err == nil {
		_ = l.sessions.Destroy(ctx) // the store is memory, which does not fail
	}
}

// end signs somebody out here.
func (l *Login) end(w http.ResponseWriter, r *http.Request) {
	if err := l.origin.Check(r); err != nil {
		protocol.WriteProblem(w, r, &protocol.Problem{Status: http.StatusForbidden,
			Detail: "the pages of other sites cannot sign anybody out"})
		return
	}
	l.forget(r)
	setCookie(w, sessionCookie, "", -1)
	w.Header().Set("Cache-Control", "no-store")
	http.Redirect(w, r, "/account", http.StatusSeeOther)
}

// EndSession returns where people sign out of the provider, whose session is not
// ours (OpenID Connect RP-Initiated Logout 1.0 §2); "" when it has no such address.
func (l *Login) EndSession() string {
	if l.provider == nil {
		return ""
	}
	d, ok := l.provider.known()
	if !ok || d.endSession == "" {
		return ""
	}
	u, err := url.Parse(d.endSession)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" {
		return ""
	}
	q := u.Query()
	q.Set("client_id", l.o.Config.ClientID)
	q.Set("post_logout_redirect_uri", l.o.Base)
	u.RawQuery = q.Encode()
	return u.String()
}

// setCookie sets a cookie that only this host gets, over https, not in requests that
// other sites make, and that scripts cannot read. A negative age removes it.
func setCookie(w http.ResponseWriter, name, value string, age time.Duration) {
	seconds := int(age.Seconds())
	if age < 0 {
		seconds = -1
	}
	http.SetCookie(w, &http.Cookie{Name: name, Value: value, Path: "/", MaxAge: seconds, Secure: true,
		HttpOnly: true, SameSite: http.SameSiteLaxMode})
}
