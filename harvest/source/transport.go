package source

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
	"strings"
	"syscall"
	"time"

	"code.dny.dev/ssrf"
)

// transport is the connection layer of one source.
type transport struct {
	*http.Transport
	roots *x509.CertPool // trusted besides what TLSClientConfig says; nil: those of the system
}

// transport builds the connection layer of one source: addresses are checked
// when dialling, after name resolution, so that neither a name nor a redirect
// leads into a private network.
func (c *Client) transport(cfg *Config) (*transport, error) {
	t := &http.Transport{
		DialContext:            c.dialer(cfg).DialContext,
		ForceAttemptHTTP2:      true,
		MaxIdleConnsPerHost:    2,
		IdleConnTimeout:        30 * time.Second,
		TLSHandshakeTimeout:    time.Duration(cfg.Timeout),
		DisableCompression:     true, // the guard decompresses, within the limit
		MaxResponseHeaderBytes: 1 << 20,
	}
	proxy, err := c.proxy(cfg)
	if err != nil {
		return nil, err
	}
	if proxy != nil {
		t.Proxy = http.ProxyURL(proxy)
	}
	roots, err := rootsOf(cfg)
	if err != nil {
		return nil, err
	}
	t.TLSClientConfig = &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}
	return &transport{Transport: t, roots: roots}, nil
}

// dialer connects to public addresses only, save through a proxy, which may
// stand inside, and to the server of recorded answers.
func (c *Client) dialer(cfg *Config) *net.Dialer {
	d := &net.Dialer{Timeout: time.Duration(cfg.Timeout), KeepAlive: 30 * time.Second, Resolver: c.o.Resolver}
	if !c.o.AllowPrivate && !cfg.proxied() && c.o.Replay == "" {
		d.Control = safeAddress
	}
	return d
}

// safeAddress refuses to connect into private networks. IPv4 addresses inside
// IPv6 ones count as what they are.
func safeAddress(network, address string, conn syscall.RawConn) error {
	if at, err := netip.ParseAddrPort(address); err == nil && at.Addr().Is4In6() {
		network, address = "tcp4", netip.AddrPortFrom(at.Addr().Unmap(), at.Port()).String()
	}
	return ssrf.New(ssrf.WithAnyPort()).Safe(network, address, conn)
}

// throughProxy checks what can be checked of an address that a proxy will
// resolve: one that is private as it stands is refused.
func throughProxy(u *url.URL) error {
	name := strings.TrimSuffix(strings.ToLower(u.Hostname()), ".")
	if name == "localhost" || strings.HasSuffix(name, ".localhost") {
		return fmt.Errorf("%w: %s", ssrf.ErrProhibitedIP, name)
	}
	if ip, err := netip.ParseAddr(name); err == nil {
		return ssrf.New().SafeAddr(ip.Unmap().WithZone(""))
	}
	return nil
}

// proxied reports whether the source is reached through a proxy.
func (c *Config) proxied() bool { return c.Proxy != "" || c.ProxyEnv != "" }

// proxy returns the address of the source's proxy, nil when it has none.
func (c *Client) proxy(cfg *Config) (*url.URL, error) {
	address := cfg.Proxy
	if cfg.ProxyEnv != "" {
		if address = c.o.Getenv(cfg.ProxyEnv); address == "" {
			return nil, fmt.Errorf("the environment variable %s of proxy_env is empty: set it", cfg.ProxyEnv)
		}
	}
	if address == "" {
		return nil, nil
	}
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return nil, errors.New("proxy: give an address such as http://proxy:3128") // which may hold a password, so it is not repeated
	}
	return u, nil
}

// rootsOf returns the authorities of the system and those of ca_file; nil when
// there is no ca_file.
func rootsOf(cfg *Config) (*x509.CertPool, error) {
	if cfg.CAFile == "" {
		return nil, nil
	}
	pem, err := os.ReadFile(cfg.CAFile)
	if err != nil {
		return nil, fmt.Errorf("read ca_file: %w", err)
	}
	pool := systemRoots()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("ca_file %s holds no certificate in PEM form", cfg.CAFile)
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
