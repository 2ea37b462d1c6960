package fetch

import (
	"crypto/x509"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"strings"
	"sync"
	"time"
)

// Options configure a [Client].
type Options struct {
	UserAgent    string              // default "fincat"
	AllowPrivate bool                // permits addresses inside private networks; for tests on loopback
	Permitted    []netip.Prefix      // addresses that are permitted although they are private
	Cache        *Cache              // keeps responses; nil keeps none
	Replay       string              // server that gets every request instead of its host, as /HOST/PATH
	Getenv       func(string) string // reads credentials; default os.Getenv
	Now          func() time.Time    // default time.Now
	PerHost      int                 // requests to one host at the same time, over all sessions; default 2
	Resolver     *net.Resolver       // of host names; default that of the system
}

// Client fetches for the whole process: the pace of each host, its robots.txt
// and the certificates that servers leave out are shared by all sessions. It is
// safe for concurrent use.
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
	if o.PerHost <= 0 {
		o.PerHost = 2
	}
	if u, err := url.Parse(o.Replay); o.Replay != "" && (err != nil || u.Host == "") {
		return nil, fmt.Errorf("replay %q: give the address of a server of recorded answers", o.Replay)
	}
	return &Client{o: o, hosts: map[string]*host{}, issuers: map[string][]*x509.Certificate{}}, nil
}

// Now returns the time by the client's clock.
func (c *Client) Now() time.Time { return c.o.Now() }

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
