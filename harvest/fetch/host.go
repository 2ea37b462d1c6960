package fetch

import (
	"context"
	"net/url"
	"strings"
	"sync"
	"time"
)

// host is what all sessions share about one host: its pace, how many requests
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

// host returns the state of an address's host. Names that differ only in letter
// case, a dot at the end or the scheme's own port are the same host.
func (c *Client) host(u *url.URL) *host {
	name := strings.TrimSuffix(strings.ToLower(u.Hostname()), ".")
	if port := u.Port(); port != "" && port != map[string]string{"http": "80", "https": "443"}[u.Scheme] {
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

// enter waits until one more request may be open; leave has to be called when it
// no longer is.
func (h *host) enter(ctx context.Context) (leave func(), err error) {
	select {
	case h.open <- struct{}{}:
		return sync.OnceFunc(func() { <-h.open }), nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// wait reserves the next time at which the host may be asked, and sleeps until
// then. It fails for a host that asked to be left alone for longer than a
// session waits.
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

// postpone keeps every session off the host, as Retry-After asks.
func (h *host) postpone(until time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed.Before(until) {
		h.closed = until
	}
}

// retryLater says that a host asks to be left alone for longer than a session
// waits.
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
