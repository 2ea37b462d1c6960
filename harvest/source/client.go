package source

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
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
	PerHost      int                 // requests to one host at the same time, over all sources; default 2
	Resolver     *net.Resolver       // of host names; default that of the system
}

// Client fetches for all sources. It is safe for concurrent use.
type Client struct {
	o     Options
	mu    sync.Mutex
	hosts map[string]*host

	issuers map[string][]*x509.Certificate // by the address they were fetched from
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
	if o.PerHost <= 0 {
		o.PerHost = 2
	}
	if u, err := url.Parse(o.Replay); o.Replay != "" && (err != nil || u.Host == "") {
		return nil, fmt.Errorf("replay %q: give the address of a server of recorded answers", o.Replay)
	}
	return &Client{o: o, hosts: map[string]*host{}, issuers: map[string][]*x509.Certificate{}}, nil
}

// Errors of the guard that callers tell apart.
var (
	errTooLarge   = errors.New("the response is larger than max_bytes")
	errIdle       = errors.New("nothing arrived within timeout")
	errScheme     = errors.New("only http and https addresses are fetched")
	errRobots     = errors.New("robots.txt forbids this address")
	errNoRobots   = errors.New("robots.txt cannot be read, which forbids every address of the host for now")
	errRedirects  = errors.New("more redirects than max_redirects")
	errShort      = errors.New("the response ended before its Content-Length")
	errOpenEnd    = errors.New("nothing says where the response ends, and it did not come twice alike")
	errCompressed = errors.New("the response's compression is broken or unknown")
)

// explain turns a fetch error into one with rule and remedy.
func explain(address string, err error) *Error {
	var at *url.Error
	if errors.As(err, &at) {
		at.URL = withoutUser(at.URL)
	}
	e := &Error{Place: Place{URL: address}, Err: err}
	e.Rule, e.Remedy = ruleOf(err)
	return e
}

// withoutUser returns an address without user name and password: a redirect may
// lead to one that has them, and they are nobody's business.
func withoutUser(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.User == nil {
		return address
	}
	u.User = nil
	return u.String()
}

// ruleOf names what a fetch broke, and what to do about it.
func ruleOf(err error) (rule, remedy string) {
	var dns *net.DNSError
	var cert *tls.CertificateVerificationError
	var host *x509.HostnameError
	var later *retryLater
	var op *net.OpError
	switch {
	case errors.As(err, &cert), errors.As(err, &host):
		return "certificate", "give the missing authority or intermediate as ca_file, or ask the source's owner to renew its certificate"
	case errors.Is(err, errTooLarge):
		return "max_bytes", "raise max_bytes of the source if the size is right"
	case errors.Is(err, errIdle):
		return "timeout", "raise timeout of the source, or harvest when the host is less busy"
	case errors.As(err, &later):
		return "retry-after", "harvest again after that time; lower the rate of the sources on this host"
	case errors.Is(err, errRobots):
		return "robots", "ask the source's owner for permission, then set robots: ignore"
	case errors.Is(err, errNoRobots):
		return "robots", "harvest again later; tell the source's owner if it stays"
	case errors.Is(err, errRedirects):
		return "max_redirects", "set url to the address the redirects lead to"
	case errors.Is(err, errCompressed):
		return "compression", "ask the source's owner to send what its Content-Encoding says"
	case errors.Is(err, errScheme):
		return "scheme", "use an http or https address"
	case errors.Is(err, ssrf.ErrProhibitedIP), errors.Is(err, ssrf.ErrProhibitedNetwork):
		return "private-address", "the name leads into a private network; use a public address, or allow_private_addresses for tests"
	case errors.As(err, &dns):
		return "dns", "check the host name"
	case strings.Contains(err.Error(), "server response headers exceeded"):
		return "max_headers", "ask the source's owner why its answer begins with so many headers"
	case errors.Is(err, errShort), errors.Is(err, errOpenEnd), errors.Is(err, io.ErrUnexpectedEOF):
		return "cut", "harvest again; the answer was cut off"
	case errors.As(err, &op) && op.Timeout():
		return "timeout", "raise timeout of the source, or harvest when the host is less busy"
	case errors.Is(err, context.DeadlineExceeded):
		return "max_time", "raise max_time of the source, or harvest when the host is less busy"
	case errors.As(err, &op):
		return "connection", "harvest again; check the address if the host never answers"
	}
	return "fetch", "check the address and the network, then harvest again"
}

// passing reports whether a failed attempt may succeed when repeated.
func passing(err error) bool {
	switch rule, _ := ruleOf(err); rule {
	case "max_bytes", "scheme", "max_redirects", "compression", "private-address", "certificate", "max_headers", "retry-after", "max_time":
		return false
	case "robots":
		return errors.Is(err, errNoRobots)
	}
	var dns *net.DNSError
	return !errors.Is(err, context.Canceled) && !(errors.As(err, &dns) && dns.IsNotFound) && !strings.Contains(err.Error(), "unsupported protocol")
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
