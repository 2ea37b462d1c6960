package source

import (
	"compress/gzip"
	"compress/zlib"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

// guard is the transport under colly: every request, also one that a redirect
// causes, passes robots.txt, the host's rate, the address check and the limits.
type guard struct {
	client *Client
	cfg    *Config
	next   http.RoundTripper
	origin string // host that may see the credentials
	token  string
}

// headers that carry a response's own charset and coding past colly, which
// would convert by them without a look at the content.
const charsetHeader = "X-Fincat-Content-Type"

func (g *guard) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.URL.Scheme != "http" && req.URL.Scheme != "https" {
		return nil, errScheme
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
	if err := h.wait(req.Context(), g.client.o.Now(), g.cfg.Rate.Every); err != nil {
		return nil, err
	}
	return g.send(req)
}

// send does one request under the limits on idle time and size.
func (g *guard) send(req *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithCancelCause(req.Context())
	req = req.Clone(ctx)
	req.Header.Set("Accept-Encoding", "gzip")
	if g.token != "" && req.URL.Host == g.origin {
		req.Header.Set("Authorization", "Bearer "+g.token)
	} else if req.URL.Host != g.origin {
		req.Header.Del("Authorization")
	}
	idle := time.Duration(g.cfg.Timeout)
	timer := time.AfterFunc(idle, func() { cancel(errIdle) })
	resp, err := g.next.RoundTrip(req)
	if err != nil {
		err = cause(ctx, err)
		timer.Stop()
		cancel(nil)
		return nil, err
	}
	raw := &idleReader{ctx: ctx, body: resp.Body, timer: timer, idle: idle, want: resp.ContentLength, cancel: cancel}
	body, err := decompress(raw, resp.Header.Get("Content-Encoding"))
	if err != nil {
		raw.Close()
		return nil, err
	}
	resp.Body = &limited{r: body, close: raw, left: int64(g.cfg.MaxBytes)}
	resp.Header.Del("Content-Encoding")
	resp.Header.Del("Content-Length")
	resp.Header.Set(charsetHeader, resp.Header.Get("Content-Type"))
	mediaType, _, _ := strings.Cut(resp.Header.Get("Content-Type"), ";")
	resp.Header.Set("Content-Type", mediaType)
	resp.ContentLength, resp.Uncompressed = -1, true
	return resp, nil
}

// cause prefers the reason for which we cancelled over the error it led to.
func cause(ctx context.Context, err error) error {
	if c := context.Cause(ctx); c != nil {
		return c
	}
	return err
}

func decompress(r io.Reader, encoding string) (io.Reader, error) {
	var err error
	switch strings.ToLower(strings.TrimSpace(encoding)) {
	case "", "identity":
	case "gzip", "x-gzip":
		r, err = gzip.NewReader(r)
	case "deflate":
		r, err = zlib.NewReader(r)
	default:
		err = fmt.Errorf("%q", encoding)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errCompressed, err)
	}
	return r, nil
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
