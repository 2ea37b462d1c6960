package logintest

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
	"golang.org/x/oauth2"
)

// How the one client of the provider is known there.
const (
	ClientID = "fincat"
	Secret   = "geheim"
)

// Provider is an OpenID Connect provider on loopback that lets everybody in as
// the person that the test says.
type Provider struct {
	URL string // the issuer
	// Person are the claims of the ID token, Info those of the user info, which is not
	// there when they are nil. Change alters an ID token before it is signed. They are
	// set before somebody signs in.
	Person, Info map[string]any
	Change       func(claims map[string]any)

	t      *testing.T
	server *httptest.Server
	key    *rsa.PrivateKey
	mu     sync.Mutex
	codes  map[string]url.Values // what the browsers that have a code asked for
}

// signingKey is the key of all providers of a test binary, since to make one takes a second.
var signingKey = sync.OnceValues(func() (*rsa.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, 2048) })

// New starts a provider for the time of a test.
func New(t *testing.T) *Provider {
	t.Helper()
	key, err := signingKey()
	if err != nil {
		t.Fatal(err)
	}
	p := &Provider{t: t, key: key, codes: map[string]url.Values{}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", p.metadata)
	mux.HandleFunc("GET /keys", func(w http.ResponseWriter, _ *http.Request) {
		p.write(w, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: key.Public(), KeyID: "k", Algorithm: "RS256"}}})
	})
	mux.HandleFunc("GET /authorize", p.authorize)
	mux.HandleFunc("POST /token", p.token)
	mux.HandleFunc("GET /userinfo", func(w http.ResponseWriter, _ *http.Request) {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.write(w, p.Info)
	})
	p.server = httptest.NewServer(mux)
	p.URL = p.server.URL
	t.Cleanup(p.Close)
	return p
}

// As lets everybody in as somebody else from now on.
func (p *Provider) As(person map[string]any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.Person = person
}

// Close takes the provider away.
func (p *Provider) Close() { p.server.Close() }

func (p *Provider) write(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(v); err != nil {
		p.t.Error(err)
	}
}

func (p *Provider) metadata(w http.ResponseWriter, _ *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	m := map[string]any{
		"issuer": p.URL, "authorization_endpoint": p.URL + "/authorize",
		"token_endpoint": p.URL + "/token", "jwks_uri": p.URL + "/keys",
		"end_session_endpoint":                  p.URL + "/bye",
		"id_token_signing_alg_values_supported": []string{"RS256"},
	}
	if p.Info != nil {
		m["userinfo_endpoint"] = p.URL + "/userinfo"
	}
	p.write(w, m)
}

// authorize sends the browser straight back, as if the person had signed in.
func (p *Provider) authorize(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	code := rand.Text()
	p.mu.Lock()
	p.codes[code] = q
	p.mu.Unlock()
	if q.Get("response_type") != "code" || q.Get("code_challenge_method") != "S256" || q.Get("nonce") == "" {
		p.t.Errorf("asked to authorize with %v", q)
	}
	back := q.Get("redirect_uri") + "?" + url.Values{"code": {code}, "state": {q.Get("state")}}.Encode()
	http.Redirect(w, r, back, http.StatusSeeOther)
}

// token gives an ID token for a code, once, to who can show the verifier (RFC 7636
// §4.6) and the secret.
func (p *Provider) token(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	asked, ok := p.codes[r.FormValue("code")]
	delete(p.codes, r.FormValue("code"))
	id, secret, _ := r.BasicAuth()
	if !ok || oauth2.S256ChallengeFromVerifier(r.FormValue("code_verifier")) != asked.Get("code_challenge") ||
		id != ClientID || secret != Secret {
		http.Error(w, `{"error":"invalid_grant"}`, http.StatusBadRequest)
		return
	}
	c := map[string]any{"iss": p.URL, "aud": ClientID, "exp": time.Now().Add(time.Minute).Unix(),
		"iat": time.Now().Unix(), "nonce": asked.Get("nonce")}
	for k, v := range p.Person {
		c[k] = v
	}
	if p.Change != nil {
		p.Change(c)
	}
	key := jose.SigningKey{Algorithm: jose.RS256, Key: jose.JSONWebKey{Key: p.key, KeyID: "k"}}
	signer, err := jose.NewSigner(key, nil)
	if err != nil {
		p.t.Error(err)
		return
	}
	raw, err := jwt.Signed(signer).Claims(c).Serialize()
	if err != nil {
		p.t.Error(err)
		return
	}
	p.write(w, map[string]any{"access_token": "a", "token_type": "Bearer", "expires_in": 60, "id_token": raw})
}
