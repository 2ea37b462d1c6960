package fetch

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"time"
)

// guard is the transport of a session: every request, also one that a redirect
// causes, passes robots.txt, the host's rate, the address check and the limits.
type guard struct {
	client *Client
	policy *Policy
	next   http.RoundTripper
	conn   *transport // under next; it is made anew when a certificate was missing
	origin *url.URL   // whose host may see the credentials
	auth   [2]string  // header with credentials, and its value
	open   atomic.Int32
	whole  time.Duration // that one answer may take; 0: as long as it comes fast enough
	sent   time.Time     // when the last request was sent, for [Session.Look]
}

func (g *guard) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.URL.Scheme != "http" && req.URL.Scheme != "https" {
		return nil, errScheme
	}
	if g.policy.proxied() && !g.client.o.AllowPrivate {
		if err := g.client.throughProxy(req.URL); err != nil {
			return nil, err
		}
	}
	h := g.client.host(req.URL)
	if g.policy.Robots != "ignore" {
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
	if err := h.wait(req.Context(), g.client.o.Now, g.policy.Rate.Every); err != nil {
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

// enter waits until there is a place for one more request to the host. A session
// that is still reading an answer takes no place for its next request and does
// not wait: otherwise two sessions, each of which reads from the host that the
// other one wants to ask, would wait for each other for ever.
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

// leaving is the body of an answer. Closing it gives the host's place to the
// next request.
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
	if req.Header.Get("Range") != "" { // a part of what is packed could not be unpacked
		req.Header.Set("Accept-Encoding", "identity")
	}
	req.Header.Del("Authorization")
	if g.auth[0] != "" && req.URL.Host == g.origin.Host && req.URL.Scheme == g.origin.Scheme {
		req.Header.Set(g.auth[0], g.auth[1])
	}
	idle := time.Duration(g.policy.Timeout)
	timer := time.AfterFunc(idle, func() { cancel(errIdle) })
	end := func() {}
	if g.whole > 0 {
		t := time.AfterFunc(g.whole, func() { cancel(errWhole) })
		end = func() { t.Stop() }
	}
	g.sent = time.Now()
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
		end()
		cancel(nil)
		return nil, err
	}
	want := resp.ContentLength
	if bodyless(resp) {
		want = -1
	}
	raw := &idleReader{
		ctx: ctx, body: resp.Body, timer: timer, idle: idle, want: want, cancel: cancel, since: time.Now(),
		end: end, patient: g.whole > 0,
	}
	body := io.Reader(raw)
	if g.whole > 0 {
		body = bareGzip(raw, resp.Header)
	}
	if resp.Header.Get("Content-Encoding") != "" && !bodyless(resp) {
		body, err = decompress(body, resp.Header.Values("Content-Encoding")...)
		var plain *errPlain
		switch {
		case errors.As(err, &plain): // not a coding; the header stays, because Response.Coding tells of it
			body = plain.r
		case g.whole > 0 && errors.Is(err, io.ErrUnexpectedEOF): // within the first bytes: there is an answer
			body = failing{err}
			resp.ContentLength = -1
		case err != nil:
			raw.Close()
			return nil, err
		default:
			resp.Header.Del("Content-Encoding")
			resp.Header.Del("Content-Length")
			resp.ContentLength, resp.Uncompressed = -1, true
		}
	}
	resp.Body = &limited{r: body, close: raw, left: int64(g.policy.MaxBytes)}
	return resp, nil
}

// failing is a body of which nothing can be read.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// bodyless reports whether an answer has headers about a body that it does not
// bring (RFC 9112 §6.3).
func bodyless(resp *http.Response) bool {
	return resp.Request != nil && resp.Request.Method == http.MethodHead ||
		resp.StatusCode == http.StatusNotModified || resp.StatusCode == http.StatusNoContent
}

// again returns a request to be sent a second time.
func again(req *http.Request) *http.Request {
	out := req.Clone(req.Context())
	if req.GetBody != nil {
		out.Body, _ = req.GetBody() // a reader over bytes that are there
	}
	return out
}

// cause returns the reason for which the context was cancelled, which says more
// than the error that followed from it.
func cause(ctx context.Context, err error) error {
	if c := context.Cause(ctx); c != nil {
		return c
	}
	return err
}

// minRate is how many bytes of a body have to arrive in a second, on average
// over each stretch of time that is as long as timeout. A body that comes drop
// by drop would otherwise hold a run until max_time.
const minRate = 256

// idleReader reads a body. It fails when nothing, or nearly nothing, arrives for
// too long, and when the body ends before the length that was announced.
type idleReader struct {
	ctx    context.Context
	body   io.ReadCloser
	timer  *time.Timer
	idle   time.Duration
	want   int64 // Content-Length, -1 when unknown
	got    int64
	since  time.Time // beginning of the stretch at hand
	part   int64     // bytes that arrived in it
	once   sync.Once
	cancel context.CancelCauseFunc
	end    func() // lets go of the limit on the whole answer

	patient bool // drops are no fault, because the answer as a whole has its time
}

func (r *idleReader) Read(p []byte) (int, error) {
	n, err := r.body.Read(p)
	r.got += int64(n)
	r.part += int64(n)
	switch {
	case err == nil && !r.patient && r.drips():
		r.cancel(errSlow)
		err = errSlow
	case err == nil:
		r.timer.Reset(r.idle)
	case errors.Is(err, io.EOF) && r.want > r.got:
		err = errShort
	case !errors.Is(err, io.EOF):
		err = cause(r.ctx, err)
	}
	return n, err
}

// drips reports whether too little arrived in a stretch that has ended, and
// begins the next one.
func (r *idleReader) drips() bool {
	took := time.Since(r.since)
	if took < r.idle {
		return false
	}
	slow := float64(r.part) < minRate*took.Seconds()
	r.since, r.part = time.Now(), 0
	return slow
}

func (r *idleReader) Close() error {
	r.once.Do(func() { r.timer.Stop(); r.end(); r.cancel(nil) })
	return r.body.Close()
}

// limited fails when more than left bytes arrive; it never cuts them off.
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
