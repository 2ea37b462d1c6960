package protocol

import (
	"crypto/sha256"
	"crypto/subtle"
	"net"
	"net/http"
	"net/netip"
	"strings"
)

// authorizeChange refuses a change that the request may not make.
func (h *Handler) authorizeChange(w http.ResponseWriter, r *http.Request) error {
	if h.o.ReadOnly {
		return problemf(http.StatusForbidden, "this server is read-only")
	}
	return h.authorize(w, r)
}

// authorize asks for the bearer token (RFC 6750). Where none is configured and
// the server listens on loopback addresses only, requests of the machine's own
// users are let through, but none that a page of another site made their
// browser send.
func (h *Handler) authorize(w http.ResponseWriter, r *http.Request) error {
	if h.o.UpdateToken == "" {
		if !h.o.Loopback {
			return problemf(http.StatusForbidden, "no token is configured, so changes are refused")
		}
		if !isLoopbackHost(r.Host) {
			return problemf(http.StatusForbidden, "without a token, changes are taken only under a loopback address, not %.100q", r.Host)
		}
		if err := h.origin.Check(r); err != nil {
			return problemf(http.StatusForbidden, "without a token, changes are not taken from pages of other sites")
		}
		return nil
	}
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	got, want := sha256.Sum256([]byte(strings.TrimSpace(token))), sha256.Sum256([]byte(h.o.UpdateToken))
	if !strings.EqualFold(scheme, "Bearer") || subtle.ConstantTimeCompare(got[:], want[:]) != 1 {
		w.Header().Set("WWW-Authenticate", `Bearer realm="fincat"`)
		return problemf(http.StatusUnauthorized, "a valid bearer token is needed")
	}
	return nil
}

// isLoopbackHost looks at the Host header, which a page that had its name point
// here would betray.
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
