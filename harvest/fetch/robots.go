package fetch

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
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
// status of 4xx says that there is none, which permits everything. No answer or
// a status of 5xx permits nothing until there is a better answer.
func (g *guard) fetchRobots(ctx context.Context, u *url.URL) (*robots, error) {
	at := &url.URL{Scheme: u.Scheme, Host: u.Host, Path: "/robots.txt"}
	for range robotsRedirect {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, at.String(), nil)
		if err != nil {
			return nil, err
		}
		req.Header.Set("User-Agent", g.client.o.UserAgent)
		if g.policy.proxied() {
			if err := g.client.o.Refuses(req.URL); err != nil {
				return nil, err
			}
		}
		resp, err := g.send(req)
		if err != nil {
			return nil, fmt.Errorf("read robots.txt: %w", err)
		}
		body, err := io.ReadAll(io.LimitReader(resp.Body, robotsBytes))
		resp.Body.Close()
		if err != nil {
			return nil, fmt.Errorf("read robots.txt: %w", err)
		}
		if loc, err := resp.Location(); err == nil && resp.StatusCode >= 300 && resp.StatusCode < 400 {
			at = loc
			continue
		}
		if resp.StatusCode >= 500 || resp.StatusCode == http.StatusTooManyRequests {
			return nil, fmt.Errorf("%w: it answers %d", errNoRobots, resp.StatusCode)
		}
		data, err := robotstxt.FromStatusAndBytes(resp.StatusCode, body)
		if err != nil { // not a robots.txt: many sites answer with a page
			data, err = robotstxt.FromStatusAndBytes(http.StatusNotFound, nil)
		}
		return &robots{data: data}, err
	}
	data, err := robotstxt.FromStatusAndBytes(http.StatusNotFound, nil)
	return &robots{data: data}, err
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
