package access

import (
	"cmp"
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"fincat/sparql/protocol"
)

// EnvironmentName is the name of whoever uses the administrator token of the
// environment. Tokens of the store cannot have it.
const EnvironmentName = "FINCAT_TOKEN"

// WithoutToken is the name of whoever changes something on a server that was
// started to take changes without a token.
const WithoutToken = "without-token"

// Options configure a [Guard].
type Options struct {
	// Token is an administrator token that the store does not know; default none.
	Token string
	// TokenName is the name of whoever uses Token; default EnvironmentName.
	TokenName string
	// Open lets requests without a token do everything. The caller makes sure that
	// the server listens on a loopback address, and warns.
	Open bool
	// Tokens are those of the store; default none.
	Tokens *Tokens
	// Login knows those who have signed in with a browser; default: nobody can.
	Login Login
	// Log gets an entry for each request that may change something; default: the
	// Logger only.
	Log    *Log
	Logger *slog.Logger // default: none
}

// Guard decides about requests.
type Guard struct {
	o      Options
	origin *http.CrossOriginProtection
}

// New returns a guard.
func New(o Options) *Guard {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return &Guard{o: o, origin: http.NewCrossOriginProtection()}
}

// Holder returns who holds the token with a hash (SHA-256), of those that a guard with these
// options takes. The error is [ErrNotValid] or [ErrExpired], or says why the tokens cannot be
// looked up.
func (o Options) Holder(ctx context.Context, hash [sha256.Size]byte) (Identity, error) {
	own := sha256.Sum256([]byte(o.Token))
	if subtle.ConstantTimeCompare(hash[:], own[:]) == 1 && o.Token != "" {
		return Identity{Name: cmp.Or(o.TokenName, EnvironmentName), Role: Administrator}, nil
	}
	if o.Tokens == nil {
		return Identity{}, ErrNotValid
	}
	return o.Tokens.identify(ctx, hash)
}

// Protect wraps the handler of a route, given as a pattern of [http.ServeMux]. It
// is an error when the table has no entry for the route.
func (g *Guard) Protect(pattern string, h http.Handler) (http.Handler, error) {
	rules, ok := routes[routePath(pattern)]
	if !ok {
		return nil, fmt.Errorf("access: no entry says who may use the route %s", pattern)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		need, ok := rules[r.Method]
		if !ok {
			w.Header().Set("Allow", rules.allow())
			refuse(w, r, &protocol.Problem{Status: http.StatusMethodNotAllowed,
				Detail: fmt.Sprintf("the method %.20s is not one of %s", r.Method, rules.allow())})
			return
		}
		if need == Anyone {
			h.ServeHTTP(w, r)
			return
		}
		id, p := g.decide(r, need)
		if p != nil {
			if id.Name != "" && kept(r) {
				e := entryOf(r, id)
				e.Status = p.Status
				g.record(e)
			}
			if p.Status == http.StatusUnauthorized && g.o.Login != nil && (navigates(r) || fills(r)) {
				w.Header().Set("Cache-Control", "no-store")
				http.Redirect(w, r, g.o.Login.Address(r.URL.RequestURI()), http.StatusSeeOther)
				return
			}
			refuse(w, r, p)
			return
		}
		r = r.WithContext(context.WithValue(r.Context(), identityKey{}, id))
		if !kept(r) {
			h.ServeHTTP(w, r)
			return
		}
		g.recorded(w, r, id, h)
	}), nil
}

// refuse answers a request with a problem.
func refuse(w http.ResponseWriter, r *http.Request, p *protocol.Problem) {
	protocol.WriteProblem(w, r, p)
}

// Mux returns a handler for routes, given as patterns of [http.ServeMux], all of
// them protected. It is an error when they are not exactly those of the table.
func (g *Guard) Mux(handlers map[string]http.Handler) (*http.ServeMux, error) {
	mux := http.NewServeMux()
	missing := maps.Clone(routes)
	handlers = maps.Clone(handlers)
	maps.Copy(handlers, g.loginHandlers())
	for pattern, h := range handlers {
		protected, err := g.Protect(pattern, h)
		if err != nil {
			return nil, err
		}
		mux.Handle(pattern, protected)
		delete(missing, routePath(pattern))
	}
	if len(missing) > 0 {
		return nil, fmt.Errorf("access: no handlers for %v", slices.Sorted(maps.Keys(missing)))
	}
	return mux, nil
}

type identityKey struct{}

// From returns who sent a request that went through [Guard.Protect] to a route and
// method that need a role.
func From(r *http.Request) (Identity, bool) {
	id, ok := r.Context().Value(identityKey{}).(Identity)
	return id, ok
}

// Author names who sent the request, for the commit log. It is the Authorize of
// [protocol.Options]: what did not come through a guard is refused.
func Author(r *http.Request) (string, error) {
	id, ok := From(r)
	if !ok {
		return "", &protocol.Problem{Status: http.StatusUnauthorized, Detail: "a valid bearer token is needed"}
	}
	return id.Name, nil
}

// decide finds out who sent a request and whether that is enough. The identity of
// somebody who may not do it is returned with the problem.
func (g *Guard) decide(r *http.Request, need Role) (Identity, *protocol.Problem) {
	if err := g.sameOrigin(r); err != nil && !g.arrives(r) {
		return Identity{}, forbidden("%v", err)
	}
	id, p := g.identify(r)
	if p != nil {
		return Identity{}, p
	}
	if !id.Role.Includes(need) {
		g.o.Logger.Warn("refused", "who", id.Name, "role", string(id.Role), "needed", string(need), "method", r.Method,
			"path", r.URL.Path, "client", r.RemoteAddr)
		p := forbidden("this needs the role %s, and %s has the role %s", need, id.Name, id.Role)
		p.Challenge = "insufficient_scope"
		return id, p
	}
	return id, nil
}

// sameOrigin refuses what the page of another site makes a browser send. Unlike
// [http.CrossOriginProtection] alone it does so for GET too, because a backup is
// costly and a server may be open.
func (g *Guard) sameOrigin(r *http.Request) error {
	switch site := r.Header.Get("Sec-Fetch-Site"); {
	case g.origin.Check(r) != nil, site != "" && site != "same-origin" && site != "none":
		return errOtherSite
	}
	return nil
}

var errOtherSite = errors.New("requests from pages of other sites are not taken here")

// identify finds out who sent a request.
func (g *Guard) identify(r *http.Request) (Identity, *protocol.Problem) {
	if _, ok := localUser(r); ok {
		return identifyLocal(r)
	}
	token, sent, ok := bearer(r)
	if !sent && g.o.Login != nil {
		if id, ok := g.o.Login.Identify(r); ok {
			return id, nil
		}
	}
	switch {
	case !sent && g.o.Open && g.sameOrigin(r) != nil:
		return Identity{}, forbidden("%v", errOtherSite)
	case !sent && g.o.Open:
		return g.local(r)
	case !sent:
		return Identity{}, &protocol.Problem{Status: http.StatusUnauthorized,
			Detail: "a bearer token is needed; 'fincat tokens add' makes one"}
	case !ok:
		return Identity{}, &protocol.Problem{Status: http.StatusUnauthorized, Challenge: "invalid_request",
			Detail: "the Authorization header must be: Bearer TOKEN"}
	}
	id, err := g.o.Holder(r.Context(), sha256.Sum256([]byte(token)))
	switch {
	case err == nil:
		return id, nil
	case errors.Is(err, ErrNotValid), errors.Is(err, ErrExpired):
		return Identity{}, &protocol.Problem{Status: http.StatusUnauthorized, Challenge: "invalid_token",
			Detail: err.Error()}
	}
	g.o.Logger.Error("the tokens cannot be looked up", "error", err)
	return Identity{}, &protocol.Problem{Status: http.StatusInternalServerError,
		Detail: "an internal error; the server's log says more"}
}

// bearer reads the Authorization header (RFC 6750 §2.1). The name of the scheme is
// case-insensitive (RFC 9110 §11.1).
func bearer(r *http.Request) (token string, sent, ok bool) {
	values := r.Header.Values("Authorization")
	if len(values) == 0 {
		return "", false, false
	}
	scheme, token, _ := strings.Cut(values[0], " ")
	token = strings.TrimSpace(token)
	return token, true, len(values) == 1 && strings.EqualFold(scheme, "Bearer") && token != ""
}

// local lets a request to an open server through, unless something shows that it
// does not come from a program on this machine.
func (g *Guard) local(r *http.Request) (Identity, *protocol.Problem) {
	if !r.ProtoAtLeast(1, 1) { // so asks nginx as it is installed, which sends no header that shows it
		return Identity{}, forbidden("without a token, nothing is taken in HTTP/1.0, as proxies speak it")
	}
	if name := forwarded(r); name != "" {
		return Identity{}, forbidden("without a token, nothing is taken that came through a proxy (%s)", name)
	}
	// The name of another site may be made to resolve to a loopback address, so that
	// its pages count as pages of this server. Their requests still carry that name.
	if !isLoopbackHost(r.Host) {
		return Identity{}, forbidden("without a token, nothing is taken under the name %.100q", r.Host)
	}
	return Identity{Name: WithoutToken, Role: Administrator}, nil
}

// isLoopbackHost reports whether the Host header names the machine itself.
func isLoopbackHost(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.Trim(host, "[]")
	if strings.EqualFold(host, "localhost") {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.IsLoopback()
}

func forbidden(format string, a ...any) *protocol.Problem {
	return &protocol.Problem{Status: http.StatusForbidden, Detail: fmt.Sprintf(format, a...)}
}
