package access

import (
	"net"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"github.com/pires/go-proxyproto"

	"fincat/harvest"
)

// Proxies are the reverse proxies that are believed when they say whom a request
// comes from. Nobody else is: everybody can write the headers.
type Proxies harvest.Prefixes

func (p Proxies) trust(a netip.Addr) bool { return harvest.Prefixes(p).Contain(a) }

// Listener reads the PROXY protocol's header from connections of the proxies. Of
// anybody else's it is a request that is none.
func (p Proxies) Listener(l net.Listener) net.Listener {
	if len(p) == 0 {
		return l
	}
	return &proxyproto.Listener{Listener: l, ReadHeaderTimeout: 5 * time.Second,
		ConnPolicy: func(o proxyproto.ConnPolicyOptions) (proxyproto.Policy, error) {
			if a, err := netip.ParseAddrPort(o.Upstream.String()); err == nil && p.trust(a.Addr()) {
				return proxyproto.USE, nil
			}
			return proxyproto.SKIP, nil
		}}
}

// Clients makes the client's address that of the request, for the log, the audit log
// and the shares of clients.
func (p Proxies) Clients(next http.Handler) http.Handler {
	if len(p) == 0 {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if peer, err := netip.ParseAddrPort(r.RemoteAddr); err == nil && p.trust(peer.Addr()) {
			if client := p.client(peer.Addr(), r.Header); client != peer.Addr() {
				r2 := *r
				r2.RemoteAddr = netip.AddrPortFrom(client, 0).String()
				r = &r2
			}
		}
		next.ServeHTTP(w, r)
	})
}

// client returns whom a proxy speaks for. Each proxy adds to the end whom it got the
// request from, so the list is read from there, for as long as proxies that are
// believed said so. What no proxy could have said ends it too.
func (p Proxies) client(peer netip.Addr, h http.Header) netip.Addr {
	hops := forwardedFor(h)
	for len(hops) > 0 && p.trust(peer) {
		a, ok := parseHop(hops[len(hops)-1])
		if !ok {
			break
		}
		peer, hops = a, hops[:len(hops)-1]
	}
	return peer.Unmap().WithZone("")
}

// forwardedFor returns the addresses of X-Forwarded-For, as most proxies write it,
// and without it those of Forwarded (RFC 7239 §5.2). Those who run a proxy that
// writes the one have to make sure that it does not let the other through.
func forwardedFor(h http.Header) (hops []string) {
	if values := h.Values("X-Forwarded-For"); len(values) > 0 {
		return strings.Split(strings.Join(values, ","), ",")
	}
	for element := range strings.SplitSeq(strings.Join(h.Values("Forwarded"), ","), ",") {
		hop := ""
		for pair := range strings.SplitSeq(element, ";") {
			if name, value, _ := strings.Cut(pair, "="); strings.EqualFold(strings.TrimSpace(name), "for") {
				hop = strings.Trim(strings.TrimSpace(value), `"`)
			}
		}
		hops = append(hops, hop)
	}
	return hops
}

// parseHop reads an address with or without a port; IPv6 may be in brackets.
func parseHop(s string) (netip.Addr, bool) {
	s = strings.TrimSpace(s)
	if ap, err := netip.ParseAddrPort(s); err == nil {
		return ap.Addr().Unmap(), true
	}
	a, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(s, "["), "]"))
	return a.Unmap(), err == nil
}
