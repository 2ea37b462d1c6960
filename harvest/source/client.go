package source

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"time"

	"code.dny.dev/ssrf"

	"fincat/vocab/dcat"
)

// Options configure a [Client].
type Options struct {
	UserAgent    string              // default "fincat"
	AllowPrivate bool                // permits addresses inside private networks; for tests on loopback
	Cache        *Cache              // keeps responses; nil keeps none
	Replay       string              // server that gets every request instead of its host, as /HOST/PATH
	Base         dcat.Base           // of the catalogue's own IRIs
	Directory    *dcat.Directory     // default: the one that comes with the program
	Getenv       func(string) string // reads credentials; default os.Getenv
	Now          func() time.Time    // default time.Now
}

// Client fetches for all sources. It is safe for concurrent use.
type Client struct {
	o     Options
	mu    sync.Mutex
	hosts map[string]*host
}

// NewClient returns a client.
func NewClient(o Options) (*Client, error) {
	if o.UserAgent == "" {
		o.UserAgent = "fincat"
	}
	if o.Getenv == nil {
		o.Getenv = os.Getenv
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Directory == nil {
		d, err := dcat.NewDirectory()
		if err != nil {
			return nil, err
		}
		o.Directory = d
	}
	if u, err := url.Parse(o.Replay); o.Replay != "" && (err != nil || u.Host == "") {
		return nil, fmt.Errorf("replay %q: give the address of a server of recorded answers", o.Replay)
	}
	return &Client{o: o, hosts: map[string]*host{}}, nil
}

// host is what all sources share about one host.
type host struct {
	mu    sync.Mutex
	next  time.Time     // earliest time of the next request
	delay time.Duration // Crawl-delay of its robots.txt

	robotsMu sync.Mutex
	robots   *robots
}

func (c *Client) host(u *url.URL) *host {
	c.mu.Lock()
	defer c.mu.Unlock()
	h := c.hosts[u.Host]
	if h == nil {
		h = &host{}
		c.hosts[u.Host] = h
	}
	return h
}

// wait reserves the host's next slot and sleeps until it comes.
func (h *host) wait(ctx context.Context, now time.Time, every time.Duration) error {
	h.mu.Lock()
	at := h.next
	if at.Before(now) {
		at = now
	}
	h.next = at.Add(max(every, h.delay))
	h.mu.Unlock()
	return sleep(ctx, at.Sub(now))
}

// postpone keeps every source off the host for d, as Retry-After asks.
func (h *host) postpone(until time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.next.Before(until) {
		h.next = until
	}
}

func sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

// transport builds the connection layer of one source: addresses are checked
// when dialling, after name resolution, so that neither a name nor a redirect
// leads into a private network.
func (c *Client) transport(cfg *Config) (*http.Transport, error) {
	d := &net.Dialer{Timeout: time.Duration(cfg.Timeout), KeepAlive: 30 * time.Second}
	if !c.o.AllowPrivate && cfg.Proxy == "" && c.o.Replay == "" {
		d.Control = ssrf.New(ssrf.WithAnyPort()).Safe
	}
	t := &http.Transport{
		DialContext:            d.DialContext,
		ForceAttemptHTTP2:      true,
		MaxIdleConnsPerHost:    2,
		IdleConnTimeout:        30 * time.Second,
		TLSHandshakeTimeout:    time.Duration(cfg.Timeout),
		DisableCompression:     true, // the guard decompresses, within the limit
		MaxResponseHeaderBytes: 1 << 20,
	}
	if cfg.Proxy != "" {
		u, err := url.Parse(cfg.Proxy)
		if err != nil || u.Host == "" {
			return nil, fmt.Errorf("proxy %q: give an address such as http://proxy:3128", cfg.Proxy)
		}
		t.Proxy = http.ProxyURL(u)
	}
	if cfg.CAFile != "" {
		pool, err := x509.SystemCertPool()
		if err != nil {
			pool = x509.NewCertPool()
		}
		pem, err := os.ReadFile(cfg.CAFile)
		if err != nil {
			return nil, fmt.Errorf("read ca_file: %w", err)
		}
		if !pool.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("ca_file %s holds no certificate in PEM form", cfg.CAFile)
		}
		t.TLSClientConfig = &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
	}
	return t, nil
}

// Errors of the guard that callers tell apart.
var (
	errTooLarge   = errors.New("the response is larger than max_bytes")
	errIdle       = errors.New("nothing arrived within timeout")
	errScheme     = errors.New("only http and https addresses are fetched")
	errRobots     = errors.New("robots.txt forbids this address")
	errRedirects  = errors.New("more redirects than max_redirects")
	errShort      = errors.New("the response ended before its Content-Length")
	errCompressed = errors.New("the response's compression is broken or unknown")
)

// explain turns a fetch error into one with rule and remedy.
func explain(address string, err error) *Error {
	e := &Error{Place: Place{URL: address}, Rule: "fetch", Remedy: "check the address and the network, then harvest again", Err: err}
	var dns *net.DNSError
	var cert *tls.CertificateVerificationError
	switch {
	case errors.Is(err, errTooLarge):
		e.Rule, e.Remedy = "max_bytes", "raise max_bytes of the source if the size is right"
	case errors.Is(err, errIdle), errors.Is(err, context.DeadlineExceeded):
		e.Rule, e.Remedy = "timeout", "raise timeout or max_time of the source, or harvest when the host is less busy"
	case errors.Is(err, errRobots):
		e.Rule, e.Remedy = "robots", "ask the source's owner for permission, then set robots: ignore"
	case errors.Is(err, errRedirects):
		e.Rule, e.Remedy = "max_redirects", "set url to the address the redirects lead to"
	case errors.Is(err, errCompressed):
		e.Rule, e.Remedy = "compression", "ask the source's owner to send what its Content-Encoding says"
	case errors.Is(err, errScheme):
		e.Rule, e.Remedy = "scheme", "use an http or https address"
	case errors.Is(err, ssrf.ErrProhibitedIP), errors.Is(err, ssrf.ErrProhibitedNetwork):
		e.Rule, e.Remedy = "private-address", "the name leads into a private network; use a public address, or allow_private_addresses for tests"
	case errors.As(err, &dns):
		e.Rule, e.Remedy = "dns", "check the host name"
	case errors.As(err, &cert):
		e.Rule, e.Remedy = "certificate", "give the missing authority or intermediate as ca_file"
	}
	return e
}

// passing reports whether a failed attempt may succeed when repeated.
func passing(err error) bool {
	for _, permanent := range []error{errTooLarge, errScheme, errRobots, errRedirects, errCompressed, ssrf.ErrProhibitedIP, ssrf.ErrProhibitedNetwork, ssrf.ErrProhibitedPort, context.Canceled} {
		if errors.Is(err, permanent) {
			return false
		}
	}
	var dns *net.DNSError
	var cert *tls.CertificateVerificationError
	return !(errors.As(err, &dns) && dns.IsNotFound) && !errors.As(err, &cert) && !strings.Contains(err.Error(), "unsupported protocol")
}

// replayed sends requests to a server of recorded answers. The response keeps
// the request it was asked with, so that all else sees the true address.
type replayed struct {
	server string
	next   http.RoundTripper
}

func (t replayed) RoundTrip(req *http.Request) (*http.Response, error) {
	u, err := url.Parse(strings.TrimSuffix(t.server, "/") + "/" + req.URL.Host + req.URL.RequestURI())
	if err != nil {
		return nil, err
	}
	there := req.Clone(req.Context())
	there.URL, there.Host = u, ""
	resp, err := t.next.RoundTrip(there)
	if resp != nil {
		resp.Request = req
	}
	return resp, err
}
