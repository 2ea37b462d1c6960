package fetch

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/temoto/robotstxt"
)

const (
	robotsAge      = 24 * time.Hour
	robotsBytes    = 512 << 10 // RFC 9309 §2.5
	maxCrawlDelay  = time.Minute
	robotsRedirect = 5
)

// robots is a host's robots.txt (RFC 9309).
type robots struct {
	data *robotstxt.RobotsData
	read time.Time
}

// fetchRobots reads the robots.txt of an address's host by RFC 9309 §2.3.1. A
// status of 4xx says that there is none, which permits everything. No answer, one
// of 5xx, or a redirect to where no answer comes from, permits nothing until there
// is a better one; that a host cannot be reached at all is an error of its own.
func (g *guard) fetchRobots(ctx context.Context, u *url.URL) (*robots, error) {
	none, err := robotstxt.FromStatusAndBytes(http.StatusNotFound, nil)
	if err != nil {
		return nil, err
	}
	at := &url.URL{Scheme: u.Scheme, Host: u.Host, Path: "/robots.txt"}
	for n := range robotsRedirect {
		r, err := g.robotsAnswer(ctx, at)
		switch {
		case err != nil && ctx.Err() == nil && n > 0:
			return nil, fmt.Errorf("%w: it leads to %s: %w", errNoRobots, withoutUser(at.String()), err)
		case err != nil && ctx.Err() == nil && r.reached:
			return nil, fmt.Errorf("%w: %w", errNoRobots, err)
		case err != nil:
			return nil, fmt.Errorf("read robots.txt: %w", err)
		}
		if r.to != nil {
			at = r.to
			continue
		}
		if r.status >= 500 || r.status == http.StatusTooManyRequests {
			return nil, fmt.Errorf("%w: it answers %d", errNoRobots, r.status)
		}
		data, err := robotstxt.FromStatusAndBytes(r.status, r.body)
		if err != nil { // not a robots.txt: many sites answer with a page
			data = none
		}
		return &robots{data: data}, nil
	}
	return &robots{data: none}, nil
}

// robotsReply is what came when a robots.txt was asked for.
type robotsReply struct {
	reached bool // there was a connection
	status  int
	to      *url.URL // of a redirect
	body    []byte
}

// robotsAnswer asks for a robots.txt once.
func (g *guard) robotsAnswer(ctx context.Context, at *url.URL) (r robotsReply, err error) {
	if at.Scheme != "http" && at.Scheme != "https" {
		return r, errScheme
	}
	var connected atomic.Bool
	defer func() { r.reached = connected.Load() }()
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn: func(httptrace.GotConnInfo) { connected.Store(true) }})
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, at.String(), nil)
	if err != nil {
		return r, err
	}
	req.Header.Set("User-Agent", g.client.o.UserAgent)
	if g.policy.proxied() && !g.client.o.AllowPrivate {
		if err := g.client.throughProxy(req.URL); err != nil {
			return r, err
		}
	}
	resp, err := g.send(req)
	if err != nil {
		return r, err
	}
	defer resp.Body.Close()
	r.status = resp.StatusCode
	if loc, err := resp.Location(); err == nil && r.status/100 == 3 {
		r.to = loc
	}
	r.body, err = io.ReadAll(io.LimitReader(resp.Body, robotsBytes))
	return r, err
}

func (r *robots) allows(u *url.URL, agent string) bool {
	path := u.EscapedPath()
	if u.RawQuery != "" {
		path += "?" + u.RawQuery
	}
	return r.data.TestAgent(path, agent)
}

func (r *robots) delay(agent string) time.Duration {
	if g := r.data.FindGroup(agent); g != nil {
		return min(g.CrawlDelay, maxCrawlDelay)
	}
	return 0
}
