// Package login lets people sign in with OpenID Connect or a token, so that a browser may do
// what otherwise needs a token.
//
// A [Login] sends the browser to the provider (authorization code flow with PKCE,
// OpenID Connect Core 1.0 §3.1 and RFC 7636), checks what comes back, and looks up
// in the rules of the configuration which role the claims of that person have.
// Whoever has none is refused and told which claims were looked at. What is known of
// a person stays on the server, in a session that ends after [maxSession], after
// [idleSession] without a request, on signing out, or when the server ends. The
// browser has a cookie with the session's name that scripts cannot read, that no
// other host of the domain can set, and that is not sent with forms of other sites.
//
// Where there is no provider, and for whoever has a token, the form of the account page
// takes a token and begins the same kind of session. It ends as well when the token does.
//
// A role that the provider takes back counts until the session ends.
package login
