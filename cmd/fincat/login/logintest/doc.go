// Package logintest is test support: an OpenID Connect provider on loopback.
package logintest
