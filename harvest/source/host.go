package source

import (
	"context"
	"net/url"
	"strings"
	"sync"
	"time"
)

// host is what all sources share about one host: its pace, how many requests
// are open, and its robots.txt.
type host struct {
	open chan struct{} // one for each request that may be open

	mu     sync.Mutex
	next   time.Time     // earliest time of the next request
	closed time.Time     // until then the host asked to be left alone
	delay  time.Duration // Crawl-delay of its robots.txt

	robotsMu sync.Mutex
	robots   *robots
}

// host returns the state of an address's host. Case, the final dot and the
// default port make no other host of it.
func (c *Client) host(u *url.URL) *host {
	name := strings.TrimSuffix(strings.ToLower(u.Hostname()), ".")
	if port := u.Port(); port != "" && !(u.Scheme == "http" && port == "80") && !(u.Scheme == "https" && port == "443") {
		name += ":" + port
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	h := c.hosts[name]
	if h == nil {
		h = &host{open: make(chan struct{}, c.o.PerHost)}
		c.hosts[name] = h
	}
	return h
}

// enter waits until one request more may be open; leave ends it.
func (h *host) enter(ctx context.Context) (leave func(), err error) {
	select {
	case h.open <- struct{}{}:
		return sync.OnceFunc(func() { <-h.open }), nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// wait reserves the host's next slot and sleeps until it comes. A host that
// wants to be left alone for longer than a run would wait is an error.
func (h *host) wait(ctx context.Context, clock func() time.Time, every time.Duration) error {
	h.mu.Lock()
	now := clock()
	at := h.next
	if at.Before(now) {
		at = now
	}
	h.next = at.Add(max(every, h.delay))
	h.mu.Unlock()
	for {
		if err := sleep(ctx, at.Sub(now)); err != nil {
			return err
		}
		h.mu.Lock()
		closed := h.closed
		h.mu.Unlock()
		if now = clock(); !closed.After(now) {
			return nil
		}
		if closed.Sub(now) > maxBackOff {
			return &retryLater{closed}
		}
		at = closed
	}
}

// postpone keeps every source off the host, as Retry-After asks.
func (h *host) postpone(until time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed.Before(until) {
		h.closed = until
	}
}

// retryLater says that a host asks to be left alone for longer than a run waits.
type retryLater struct{ until time.Time }

func (e *retryLater) Error() string {
	return "the host asks to be left alone until " + e.until.UTC().Format(time.RFC3339)
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
