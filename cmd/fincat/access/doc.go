// Package access decides who may change the catalogue and who may see how the
// server is run.
//
// A [Guard] is the one check in front of all routes. Every route is wrapped by
// [Guard.Protect], which looks up in one table the [Role] that each method of the
// route needs. A route or method that is not in the table cannot be reached. Whoever
// is let through is known by an [Identity], whose name becomes the author of the
// commits that the request makes, and an entry in the [Log].
//
// An identity comes from a bearer token (RFC 6750): one of the [Tokens] that the
// store keeps, or the one administrator token of the environment; or from the session
// of somebody who signed in with a browser ([Login]). Or the connection came through
// the socket in the store's directory, which only the user who runs the server may
// open; the system says who it is ([WithLocalUser]). Nothing else grants anything.
// The Host header and the remote address least of all: behind a reverse proxy on the
// same machine every request of the whole world comes from a loopback address and may
// carry a loopback name. Some of what a request carries can only take rights away,
// such as an Origin of another site.
package access
