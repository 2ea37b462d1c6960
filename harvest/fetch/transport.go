package fetch

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"slices"
	"strings"
	"syscall"
	"time"

	"code.dny.dev/ssrf"
)

// transport is the connection layer of one session.
type transport struct {
	*http.Transport
	roots *x509.CertPool // trusted besides what TLSClientConfig says; nil: those of the system
}

// transport builds the connection layer of one session: addresses are checked
// when dialling, after name resolution, so that neither a name nor a redirect
// leads into a private network.
func (c *Client) transport(p *Policy) (*transport, error) {
	t := &http.Transport{
		DialContext:            c.dialer(p).DialContext,
		ForceAttemptHTTP2:      true,
		MaxIdleConnsPerHost:    2,
		IdleConnTimeout:        30 * time.Second,
		TLSHandshakeTimeout:    time.Duration(p.Timeout),
		DisableCompression:     true, // the guard decompresses, within the limit
		MaxResponseHeaderBytes: 1 << 20,
	}
	proxy, err := c.proxy(p)
	if err != nil {
		return nil, err
	}
	if proxy != nil {
		t.Proxy = http.ProxyURL(proxy)
	}
	roots, err := rootsOf(p)
	if err != nil {
		return nil, err
	}
	t.TLSClientConfig = &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}
	return &transport{Transport: t, roots: roots}, nil
}

// dialer connects to public addresses only, save through a proxy, which may
// stand inside, and to the server of recorded answers.
func (c *Client) dialer(p *Policy) *net.Dialer {
	d := &net.Dialer{Timeout: time.Duration(p.Timeout), KeepAlive: 30 * time.Second, Resolver: c.o.Resolver}
	if !c.o.AllowPrivate && !p.proxied() && c.o.Replay == "" {
		d.Control = c.safeAddress
	}
	return d
}

// safeAddress refuses to connect into private networks. IPv4 addresses inside
// IPv6 ones count as what they are. Those that the configuration names are permitted.
func (c *Client) safeAddress(network, address string, conn syscall.RawConn) error {
	at, err := netip.ParseAddrPort(address)
	if err == nil && c.o.permits(at.Addr()) {
		return nil
	}
	if err == nil && at.Addr().Is4In6() {
		network, address = "tcp4", netip.AddrPortFrom(at.Addr().Unmap(), at.Port()).String()
	}
	return ssrf.New(ssrf.WithAnyPort()).Safe(network, address, conn)
}

// permits reports whether the configuration names an address.
func (o *Options) permits(ip netip.Addr) bool {
	ip = ip.Unmap().WithZone("")
	return slices.ContainsFunc(o.Permitted, func(p netip.Prefix) bool { return p.Contains(ip) })
}

// Refuses reports an address that leads into a private network as it is written, and that the
// options do not permit. That is all that can be said of one that a proxy resolves, or that
// nobody has asked for yet.
func (o *Options) Refuses(u *url.URL) error {
	name := strings.TrimSuffix(strings.ToLower(u.Hostname()), ".")
	ip, err := netip.ParseAddr(name)
	here := name == "localhost" || strings.HasSuffix(name, ".localhost")
	switch {
	case o.AllowPrivate:
	case here && !o.permits(netip.AddrFrom4([4]byte{127, 0, 0, 1})) && !o.permits(netip.IPv6Loopback()):
		return fmt.Errorf("%w: %s", ssrf.ErrProhibitedIP, name)
	case !here && err == nil && !o.permits(ip):
		return ssrf.New().SafeAddr(ip.Unmap().WithZone(""))
	}
	return nil
}

// proxy returns the address of the policy's proxy, nil when it has none.
func (c *Client) proxy(p *Policy) (*url.URL, error) {
	address := p.Proxy
	if p.ProxyEnv != "" {
		if address = c.o.Getenv(p.ProxyEnv); address == "" {
			return nil, fmt.Errorf("the environment variable %s of proxy_env is empty: set it", p.ProxyEnv)
		}
	}
	if address == "" {
		return nil, nil
	}
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		// The address may hold a password, so it is not repeated.
		return nil, errors.New("proxy: give an address such as http://proxy:3128")
	}
	return u, nil
}

// rootsOf returns the authorities of the system and those of ca_file; nil when
// there is no ca_file.
func rootsOf(p *Policy) (*x509.CertPool, error) {
	if p.CAFile == "" {
		return nil, nil
	}
	pem, err := os.ReadFile(p.CAFile)
	if err != nil {
		return nil, fmt.Errorf("read ca_file: %w", err)
	}
	pool := systemRoots()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("ca_file %s holds no certificate in PEM form", p.CAFile)
	}
	return pool, nil
}

func systemRoots() *x509.CertPool {
	pool, err := x509.SystemCertPool()
	if err != nil {
		return x509.NewCertPool()
	}
	return pool
}
