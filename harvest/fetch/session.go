package fetch

import (
	"context"
	"fincat/harvest/problem"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// SessionOptions say what one session is for.
type SessionOptions struct {
	Policy // its zero fields get their defaults

	// Origin is an address of the host that the policy's token is for; the token
	// goes to no other host, and to this one only by the same scheme.
	Origin string
	// Scope names the part of the client's cache that the session uses, such as
	// the identifier of a source. Without one nothing is kept.
	Scope string
	// Full asks for every document without a condition, so that a server which
	// wrongly says "not modified" is not believed.
	Full bool
	// Offline takes every document from the cache and sends nothing.
	Offline bool
	// Resume takes the documents that were received since then from the cache, so
	// that what an interrupted session fetched is not fetched again; zero takes
	// none.
	Resume time.Time
	// Whole is how long one answer may take from its request to its end; default: as
	// long as enough of it comes. With it a body that says it is in gzip and is not
	// comes as it is.
	Whole time.Duration
}

// Session is one use of a [Client], with limits, credentials and kept responses
// of its own. It is for one goroutine at a time; sessions are cheap.
type Session struct {
	client  *Client
	o       SessionOptions
	guard   *guard
	visits  int
	opened  []*body
	fetched []string
}

// Session returns a session, which has to be closed.
func (c *Client) Session(o SessionOptions) (*Session, error) {
	o.Policy = o.WithDefaults()
	if err := o.Validate(); err != nil {
		return nil, err
	}
	origin, err := url.Parse(o.Origin)
	if err != nil {
		return nil, err
	}
	s := &Session{client: c, o: o}
	t, err := c.transport(&s.o.Policy)
	if err != nil {
		return nil, err
	}
	s.guard = &guard{client: c, policy: &s.o.Policy, next: t, conn: t, origin: origin, whole: o.Whole}
	if c.o.Replay != "" {
		s.guard.next = replayed{server: c.o.Replay, next: t}
	}
	if o.TokenEnv != "" {
		token := c.o.Getenv(o.TokenEnv)
		if token == "" {
			return nil, fmt.Errorf("the environment variable %s of token_env is empty: set it", o.TokenEnv)
		}
		s.guard.auth = o.authorization(token)
	}
	return s, nil
}

// Close lets go of the session's connections and documents.
func (s *Session) Close() {
	for _, b := range s.opened {
		b.close()
	}
	if c := s.cache(); c != nil {
		_ = c.prune(s.client.o.Now()) // tried again after the next run
	}
	s.guard.conn.CloseIdleConnections()
}

// Fetched returns the addresses of the documents that came, in order.
func (s *Session) Fetched() []string { return s.fetched }

// Get fetches a document into memory. A status other than 2xx is an [*problem.Error]
// that has it, save 304 for a caller who gave an ETag or Modified.
func (s *Session) Get(ctx context.Context, address string, r Request) (*Response, error) {
	return whole(s.fetch(ctx, &call{Request: r, method: http.MethodGet, address: address}))
}

// Head asks what [Session.Get] would, for the headers alone.
func (s *Session) Head(ctx context.Context, address string, r Request) (*Response, error) {
	return s.fetch(ctx, &call{Request: r, method: http.MethodHead, address: address})
}

// Post sends r.Body and fetches the answer.
func (s *Session) Post(ctx context.Context, address string, r Request) (*Response, error) {
	return whole(s.fetch(ctx, &call{Request: r, method: http.MethodPost, address: address}))
}

// Send makes a request that changes something at the host, such as a PUT. It is sent once:
// what came of one whose answer was lost only the caller can find out. Redirects are not
// followed, and an answer of any status comes with its body. One of 429 says that nothing
// was done, so that the request is sent again when the host permits.
func (s *Session) Send(ctx context.Context, method, address string, r Request) (*Response, error) {
	c := &call{Request: r, method: method, address: address, once: true}
	for try := 0; ; try++ {
		if s.visits++; s.visits > s.o.MaxPages {
			return nil, tooMany(address, s.o.MaxPages)
		}
		resp, err := s.send(ctx, c, nil)
		if err != nil {
			return nil, Explain(address, cause(ctx, err))
		}
		if resp.Status != http.StatusTooManyRequests || try >= s.o.Retries {
			return whole(resp, nil)
		}
		resp.body.close()
		if err := s.backOff(ctx, address, resp, try); err != nil {
			return nil, Explain(address, err)
		}
	}
}

// tooMany is the error of a session that fetches more than it may.
func tooMany(address string, limit int) error {
	return problem.Errorf(problem.Place{URL: address}, "max_pages",
		"raise max_pages of the source if it really has more", "more than %d responses", limit)
}

// Stream is [Session.Get] for documents that may be large: they wait in a
// temporary file, as long as the session is open.
func (s *Session) Stream(ctx context.Context, address string, r Request) (*Document, error) {
	resp, err := s.fetch(ctx, &call{Request: r, method: http.MethodGet, address: address})
	if err != nil {
		return nil, err
	}
	s.opened = append(s.opened, resp.body)
	return openDocument(resp, s.o.MaxBytes)
}

// whole brings the body of a response into memory.
func whole(r *Response, err error) (*Response, error) {
	if err != nil {
		return nil, err
	}
	defer r.body.close()
	if r.Body, err = r.body.bytes(); err != nil {
		return nil, Explain(r.URL, fmt.Errorf("read the kept response: %w", err))
	}
	return r, nil
}

// cache returns where responses are kept; nil when they are not.
func (s *Session) cache() *Cache {
	if s.o.Scope == "" {
		return nil
	}
	return s.client.o.Cache
}

// fetch answers a call from the cache, or asks and keeps the answer.
func (s *Session) fetch(ctx context.Context, c *call) (*Response, error) {
	k, before, err := s.kept(ctx, c)
	if err != nil {
		return nil, err
	}
	if s.o.Offline || s.resumes(c, before) {
		s.fetched = append(s.fetched, before.URL)
		return before, nil
	}
	if s.o.Full || c.method == http.MethodPost {
		k = nil // asked for without a condition
	}
	r, err := s.attempts(ctx, c, k, before)
	if err != nil {
		return nil, err
	}
	cache := s.cache()
	switch {
	case cache == nil || !c.plain():
	case r == before:
		cache.touch(s.o.Scope, c.address, c.variant(), s.client.o.Now())
	default:
		if err := cache.store(ctx, s.o.Scope, c.address, c.variant(), r, s.client.o.Now()); err != nil {
			return nil, problem.Errorf(problem.Place{URL: c.address}, "responses_dir",
				"look at the directory's space and rights",
				"keep the response: %w", err)
		}
	}
	return r, nil
}

// kept looks for a response in the cache; nil when there is none.
func (s *Session) kept(ctx context.Context, c *call) (k *kept, before *Response, err error) {
	if cache := s.cache(); cache != nil && c.plain() {
		if k, before, err = cache.load(ctx, s.o.Scope, c.address, c.variant(), s.o.MaxBytes); err != nil {
			k, before = nil, nil // damaged: ask for it again
		}
	}
	if err := ctx.Err(); err != nil {
		return nil, nil, err
	}
	if s.o.Offline && before == nil {
		return nil, nil, problem.Errorf(problem.Place{URL: c.address}, "not-kept",
			"harvest the source once with harvest.responses_dir set",
			"no response of this address is kept")
	}
	return k, before, nil
}

// resumes reports whether an interrupted session received a document lately.
func (s *Session) resumes(c *call, before *Response) bool {
	if s.o.Resume.IsZero() || before == nil {
		return false
	}
	return !s.cache().confirmed(s.o.Scope, c.address, c.variant()).Before(s.o.Resume)
}

// attempts requests a document until it comes or there is no hope. An answer
// of 304 stands for the response before.
func (s *Session) attempts(ctx context.Context, c *call, k *kept, before *Response) (*Response, error) {
	if s.visits++; s.visits > s.o.MaxPages {
		return nil, tooMany(c.address, s.o.MaxPages)
	}
	var last uint64 // of the attempt before, the content of an answer whose end nothing marked
	for try := 0; ; try++ {
		r, err := s.send(ctx, c, k)
		if err == nil && r.Status == http.StatusNotModified && before != nil {
			r = before
		}
		if err == nil && r.OpenEnd && r.Status/100 == 2 {
			var end ends
			if end, err = r.body.ends(ctx); err == nil && !end.marked() && end.sum != last {
				last, err = end.sum, errOpenEnd
			}
		}
		if err == nil && c.answeredBy(r.Status) {
			s.fetched = append(s.fetched, r.URL)
			return r, nil
		}
		if r != nil && r != before {
			r.body.close()
		}
		again := false
		if err != nil {
			again = passing(err)
		} else {
			again = r.Status == http.StatusTooManyRequests || r.Status >= 500
		}
		if !again || try == s.o.Retries || ctx.Err() != nil {
			if err != nil {
				return nil, Explain(c.address, cause(ctx, err))
			}
			return nil, statusError(c.address, r)
		}
		if err := s.backOff(ctx, c.address, r, try); err != nil {
			return nil, Explain(c.address, err)
		}
	}
}

// answeredBy reports whether an answer with a status is one to the call.
func (c *call) answeredBy(status int) bool {
	switch status {
	case http.StatusPartialContent:
		return c.Range != Range{}
	case http.StatusNotModified:
		return c.ETag != "" || c.Modified != ""
	}
	return status/100 == 2
}

const maxBackOff = 2 * time.Minute

// backOff waits before the next attempt: as long as Retry-After says, else
// twice as long each time, with jitter.
func (s *Session) backOff(ctx context.Context, address string, r *Response, try int) error {
	d := time.Duration(float64(s.o.Rate.Every) * float64(int(1)<<min(try, 10)) * (0.75 + rand.Float64()/2))
	d = min(d, maxBackOff)
	if r != nil {
		now := s.client.o.Now()
		if after := retryAfter(r.Header.Get("Retry-After"), now); after > 0 {
			if u, err := url.Parse(address); err == nil {
				s.client.host(u).postpone(now.Add(after))
			}
			if d = after; d > maxBackOff {
				return &retryLater{now.Add(after)}
			}
		}
	}
	return sleep(ctx, d)
}

// retryAfter reads the header's seconds or date (RFC 9110 §10.2.3).
func retryAfter(v string, now time.Time) time.Duration {
	if n, err := strconv.Atoi(strings.TrimSpace(v)); err == nil {
		return time.Duration(min(max(n, 0), maxRetryAfter)) * time.Second
	}
	if t, err := http.ParseTime(v); err == nil {
		return min(t.Sub(now), maxRetryAfter*time.Second)
	}
	return 0
}

const maxRetryAfter = 30 * 24 * 3600 // seconds; who asks for more has made a mistake
