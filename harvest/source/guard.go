package source

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// guard is the transport under colly: every request, also one that a redirect
// causes, passes robots.txt, the host's rate, the address check and the limits.
type guard struct {
	client *Client
	cfg    *Config
	next   http.RoundTripper
	conn   *transport // under next
	origin *url.URL   // whose host may see the credentials
	auth   [2]string  // header with credentials, and its value
	open   atomic.Int32
}

// Headers that carry past colly a response's own charset, by which it would
// convert without a look at the content, and that only the connection's end
// ends it.
const (
	charsetHeader = "X-Fincat-Content-Type"
	openEndHeader = "X-Fincat-Open-End"
)

func (g *guard) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.URL.Scheme != "http" && req.URL.Scheme != "https" {
		return nil, errScheme
	}
	if g.cfg.proxied() && !g.client.o.AllowPrivate {
		if err := throughProxy(req.URL); err != nil {
			return nil, err
		}
	}
	h := g.client.host(req.URL)
	if g.cfg.Robots != "ignore" {
		allowed, err := g.allowed(req.Context(), h, req.URL)
		if err != nil {
			return nil, err
		}
		if !allowed {
			return nil, errRobots
		}
	}
	leave, err := g.enter(req.Context(), h)
	if err != nil {
		return nil, err
	}
	if err := h.wait(req.Context(), g.client.o.Now, g.cfg.Rate.Every); err != nil {
		leave()
		return nil, err
	}
	resp, err := g.send(req)
	if err != nil {
		leave()
		return nil, err
	}
	resp.Body = &leaving{resp.Body, leave}
	return resp, nil
}

// enter waits until the host may be asked. A source that is still reading one
// answer goes on to the next without waiting: two sources that read each from
// the other's host would otherwise wait for ever.
func (g *guard) enter(ctx context.Context, h *host) (leave func(), err error) {
	slot := func() {}
	if g.open.Load() == 0 {
		if slot, err = h.enter(ctx); err != nil {
			return nil, err
		}
	}
	g.open.Add(1)
	return sync.OnceFunc(func() { g.open.Add(-1); slot() }), nil
}

// leaving is a body whose end lets the next request in.
type leaving struct {
	io.ReadCloser
	leave func()
}

func (l *leaving) Close() error {
	defer l.leave()
	return l.ReadCloser.Close()
}

// send does one request under the limits on idle time and size.
func (g *guard) send(req *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithCancelCause(req.Context())
	req = req.Clone(ctx)
	req.Header.Set("Accept-Encoding", acceptEncoding)
	req.Header.Del("Authorization")
	if g.auth[0] != "" && req.URL.Host == g.origin.Host && req.URL.Scheme == g.origin.Scheme {
		req.Header.Set(g.auth[0], g.auth[1])
	}
	idle := time.Duration(g.cfg.Timeout)
	timer := time.AfterFunc(idle, func() { cancel(errIdle) })
	resp, err := g.next.RoundTrip(req)
	var cert *tls.CertificateVerificationError
	if errors.As(err, &cert) && (req.Body == nil || req.GetBody != nil) {
		if err = g.complete(ctx, cert); err == nil {
			resp, err = g.next.RoundTrip(again(req))
		}
	}
	if err != nil {
		err = cause(ctx, err)
		timer.Stop()
		cancel(nil)
		return nil, err
	}
	raw := &idleReader{ctx: ctx, body: resp.Body, timer: timer, idle: idle, want: resp.ContentLength, cancel: cancel}
	body, err := decompress(raw, resp.Header.Values("Content-Encoding")...)
	if err != nil {
		raw.Close()
		return nil, err
	}
	resp.Body = &limited{r: body, close: raw, left: int64(g.cfg.MaxBytes)}
	resp.Header.Del(openEndHeader)
	if resp.ContentLength < 0 && len(resp.TransferEncoding) == 0 && resp.ProtoMajor == 1 && resp.Header.Get("Content-Encoding") == "" {
		resp.Header.Set(openEndHeader, "1")
	}
	resp.Header.Del("Content-Encoding")
	resp.Header.Del("Content-Length")
	resp.Header.Set(charsetHeader, resp.Header.Get("Content-Type"))
	mediaType, _, _ := strings.Cut(resp.Header.Get("Content-Type"), ";")
	resp.Header.Set("Content-Type", mediaType)
	resp.ContentLength, resp.Uncompressed = -1, true
	return resp, nil
}

// again returns a request to be sent a second time.
func again(req *http.Request) *http.Request {
	out := req.Clone(req.Context())
	if req.GetBody != nil {
		out.Body, _ = req.GetBody() // a reader over bytes that are there
	}
	return out
}

// cause prefers the reason for which we cancelled over the error it led to.
func cause(ctx context.Context, err error) error {
	if c := context.Cause(ctx); c != nil {
		return c
	}
	return err
}

// idleReader ends a body on which nothing arrives for too long, and one that
// ends early.
type idleReader struct {
	ctx    context.Context
	body   io.ReadCloser
	timer  *time.Timer
	idle   time.Duration
	want   int64 // Content-Length, -1 when unknown
	got    int64
	once   sync.Once
	cancel context.CancelCauseFunc
}

func (r *idleReader) Read(p []byte) (int, error) {
	n, err := r.body.Read(p)
	r.got += int64(n)
	switch {
	case err == nil:
		r.timer.Reset(r.idle)
	case err == io.EOF && r.want > r.got:
		err = errShort
	case err != io.EOF:
		err = cause(r.ctx, err)
	}
	return n, err
}

func (r *idleReader) Close() error {
	r.once.Do(func() { r.timer.Stop(); r.cancel(nil) })
	return r.body.Close()
}

// limited fails, rather than cuts, when more than left bytes arrive.
type limited struct {
	r     io.Reader
	close io.Closer
	left  int64
}

func (l *limited) Read(p []byte) (int, error) {
	if l.left < 0 {
		return 0, errTooLarge
	}
	if int64(len(p)) > l.left+1 {
		p = p[:l.left+1]
	}
	n, err := l.r.Read(p)
	if l.left -= int64(n); l.left < 0 {
		return n, errTooLarge
	}
	return n, err
}

func (l *limited) Close() error { return l.close.Close() }

// allowed asks the host's robots.txt, which is fetched once and kept for a day.
// What could not be read is asked for again with the next request.
func (g *guard) allowed(ctx context.Context, h *host, u *url.URL) (bool, error) {
	h.robotsMu.Lock()
	defer h.robotsMu.Unlock()
	now := g.client.o.Now()
	if h.robots == nil || now.Sub(h.robots.read) > robotsAge {
		r, err := g.fetchRobots(ctx, u)
		if err != nil {
			return false, err
		}
		r.read = now
		h.robots = r
		h.mu.Lock()
		h.delay = r.delay(g.client.o.UserAgent)
		h.mu.Unlock()
	}
	return h.robots.allows(u, g.client.o.UserAgent), nil
}
