package login

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"fincat/harvest"
)

// providerTimeout is how long the provider has for each answer.
const providerTimeout = 10 * time.Second

// provider is the OpenID Connect provider, which is asked for its metadata when
// somebody first signs in: a server starts without it.
type provider struct {
	config   harvest.Login
	secret   string
	redirect string
	client   *http.Client

	mu     sync.Mutex
	found  *discovered
	failed error     // what the last question for the metadata gave
	next   time.Time // when it is asked again
}

// retryAfter is how long a provider that could not be asked is left alone.
const retryAfter = 5 * time.Second

// discovered is what a provider's metadata say (OpenID Connect Discovery 1.0 §4).
type discovered struct {
	oauth      oauth2.Config
	provider   *oidc.Provider
	verifier   *oidc.IDTokenVerifier
	endSession string // where people sign out; "" where they cannot
}

// metadata returns the provider's metadata, which are asked for until they came.
func (p *provider) metadata(ctx context.Context) (*discovered, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.found != nil {
		return p.found, nil
	}
	if time.Now().Before(p.next) {
		return nil, p.failed
	}
	p.found, p.failed = p.discover(ctx)
	p.next = time.Now().Add(retryAfter)
	return p.found, p.failed
}

func (p *provider) discover(ctx context.Context) (*discovered, error) {
	// The keys are fetched later with the context of the first request, which must
	// not end with it.
	ctx = oidc.ClientContext(context.WithoutCancel(ctx), p.client)
	found, err := oidc.NewProvider(ctx, p.config.Issuer)
	if err != nil {
		return nil, fmt.Errorf("metadata of %s: %w", p.config.Issuer, err)
	}
	var more struct {
		EndSession string `json:"end_session_endpoint"`
	}
	if err := found.Claims(&more); err != nil {
		return nil, fmt.Errorf("metadata of %s: %w", p.config.Issuer, err)
	}
	return &discovered{
		oauth: oauth2.Config{ClientID: p.config.ClientID, ClientSecret: p.secret, Endpoint: found.Endpoint(),
			RedirectURL: p.redirect, Scopes: append(scopes[:len(scopes):len(scopes)], p.config.Scopes...)},
		provider:   found,
		verifier:   found.Verifier(&oidc.Config{ClientID: p.config.ClientID}),
		endSession: more.EndSession,
	}, nil
}

// known returns the metadata if they were asked for before.
func (p *provider) known() (*discovered, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.found, p.found != nil
}

// errNotShown is for what came back from the provider and proves nothing.
var errNotShown = errors.New("the answer of the sign-in service does not fit what it was asked")

// redeem turns the code that a browser brought into what the provider says of the
// person.
func (p *provider) redeem(ctx context.Context, code string, f flow) (claims, error) {
	d, err := p.metadata(ctx)
	if err != nil {
		return nil, err
	}
	ctx = oidc.ClientContext(ctx, p.client)
	token, err := d.oauth.Exchange(ctx, code, oauth2.VerifierOption(f.Verifier))
	if err != nil {
		return nil, fmt.Errorf("exchange the code: %w", err)
	}
	raw, ok := token.Extra("id_token").(string)
	if !ok {
		return nil, fmt.Errorf("%w: it has no ID token", errNotShown)
	}
	id, err := d.verifier.Verify(ctx, raw)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errNotShown, err)
	}
	if id.Nonce != f.Nonce {
		return nil, fmt.Errorf("%w: the nonce is another one", errNotShown)
	}
	c := claims{}
	if err := id.Claims(&c); err != nil {
		return nil, fmt.Errorf("claims of the ID token: %w", err)
	}
	return c, p.userInfo(ctx, d, token, id.Subject, c)
}

// userInfo adds the claims that the provider tells only where it is asked for them
// (OpenID Connect Core 1.0 §5.3). Those of the ID token count before them.
func (p *provider) userInfo(ctx context.Context, d *discovered, t *oauth2.Token, subject string, c claims) error {
	if d.provider.UserInfoEndpoint() == "" {
		return nil
	}
	info, err := d.provider.UserInfo(ctx, oauth2.StaticTokenSource(t))
	if err != nil {
		return fmt.Errorf("user info: %w", err)
	}
	if info.Subject != subject {
		return fmt.Errorf("%w: the user info is about somebody else", errNotShown)
	}
	more := claims{}
	if err := info.Claims(&more); err != nil {
		return fmt.Errorf("claims of the user info: %w", err)
	}
	for k, v := range more {
		if _, ok := c[k]; !ok {
			c[k] = v
		}
	}
	return nil
}
