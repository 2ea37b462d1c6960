package source

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/gocolly/colly/v2"
	"github.com/zeebo/xxh3"

	"fincat/vocab/dcat"
)

// Session is one gathering of one source.
type Session struct {
	Config    Config
	Base      dcat.Base
	Directory *dcat.Directory

	// Service is the data service that the source describes, for the kinds
	// that know one. It is complete once the first record was yielded.
	Service *dcat.DataService
	// Title and Description are those the source gives itself.
	Title, Description []dcat.Text
	// Problems are those of the source as a whole.
	Problems []Problem
	// Partial says that the source offers changes only: a record that does not
	// come is not missing.
	Partial bool
	// Mark is how far the gathering came in the source's own terms, such as the
	// time of the newest member of a stream. The caller gives it to the next one.
	Mark string
	// Full asks for everything, whether or not it changed.
	Full bool
	// Offline takes every document from the cache.
	Offline bool
	// Resume takes documents that were received since then from the cache, so
	// that what an interrupted gathering fetched is not fetched again; zero
	// takes none.
	Resume time.Time
	// Fetched lists the addresses read, in order.
	Fetched []string

	client *Client
	guard  *guard
	since  time.Time
	seed   maphash.Seed
	pages  map[uint64]string
	same   map[contents]int // pages by their records
	visits int
	opened []*body
	idle   func()
}

// Response is a fetched document.
type Response struct {
	URL    string // after redirects
	Status int
	Header http.Header
	Body   []byte

	contentType string // with its charset
	openEnd     bool   // only the connection's end ended it
	body        *body
}

// Session prepares the gathering of a source. since is the time of the last
// complete one, zero when there was none or all of it is wanted.
func (c *Client) Session(cfg Config, since time.Time) (*Session, error) {
	cfg = cfg.WithDefaults()
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	u, err := url.Parse(cfg.URL)
	if err != nil {
		return nil, fmt.Errorf("source %s: url: %w", cfg.ID, err)
	}
	t, err := c.transport(&cfg)
	if err != nil {
		return nil, fmt.Errorf("source %s: %w", cfg.ID, err)
	}
	s := &Session{Config: cfg, Base: c.o.Base, Directory: c.o.Directory, client: c, since: since, seed: maphash.MakeSeed(), pages: map[uint64]string{}, same: map[contents]int{}}
	s.guard = &guard{client: c, cfg: &s.Config, next: t, conn: t, origin: u}
	if c.o.Replay != "" {
		s.guard.next = replayed{server: c.o.Replay, next: t}
	}
	s.idle = func() { t.CloseIdleConnections() } // of the transport it has by then
	if cfg.TokenEnv != "" {
		token := c.o.Getenv(cfg.TokenEnv)
		if token == "" {
			return nil, fmt.Errorf("source %s: the environment variable %s of token_env is empty: set it", cfg.ID, cfg.TokenEnv)
		}
		s.guard.auth = cfg.authorization(token)
	}
	return s, nil
}

// Close lets go of the session's connections and documents.
func (s *Session) Close() {
	for _, b := range s.opened {
		b.close()
	}
	if c := s.client.o.Cache; c != nil {
		_ = c.prune(s.client.o.Now()) // tried again after the next run
	}
	s.idle()
}

// Get fetches a document. An answer other than 2xx is an error.
func (s *Session) Get(ctx context.Context, address string) (*Response, error) {
	return whole(s.fetch(ctx, address, nil, nil))
}

// Post sends a document and fetches the answer.
func (s *Session) Post(ctx context.Context, address, contentType string, body []byte) (*Response, error) {
	return whole(s.fetch(ctx, address, http.Header{"Content-Type": {contentType}, "Accept": {"*/*"}}, body))
}

// GetAccept is [Session.Get] with an Accept header.
func (s *Session) GetAccept(ctx context.Context, address, accept string) (*Response, error) {
	return whole(s.fetch(ctx, address, http.Header{"Accept": {accept}}, nil))
}

// document is [Session.GetAccept] for documents that are read as a stream.
func (s *Session) document(ctx context.Context, address, accept string) (*document, error) {
	r, err := s.fetch(ctx, address, http.Header{"Accept": {accept}}, nil)
	if err != nil {
		return nil, err
	}
	s.opened = append(s.opened, r.body)
	return newDocument(r, s.Config.MaxBytes)
}

// whole brings the body of a response into memory.
func whole(r *Response, err error) (*Response, error) {
	if err != nil {
		return nil, err
	}
	defer r.body.close()
	if r.Body, err = r.body.bytes(); err != nil {
		return nil, explain(r.URL, fmt.Errorf("read the kept response: %w", err))
	}
	return r, nil
}

// Page fetches a page of a sequence; coming back to a page's content is an
// error, because such a sequence would have no end.
func (s *Session) Page(ctx context.Context, address, accept string) (*Response, error) {
	r, err := s.GetAccept(ctx, address, accept)
	if err != nil {
		return nil, err
	}
	return r, s.fresh(address, r.Body)
}

// fresh reports an error when a page has the content of an earlier one.
func (s *Session) fresh(address string, body []byte) error {
	h := maphash.Bytes(s.seed, body)
	if before, ok := s.pages[h]; ok {
		return fail(Place{URL: address}, "repeated-page", "check how the source names its next page", "this page has the content of %s", before)
	}
	s.pages[h] = address
	return nil
}

// contents are those of one page, whatever stands around them: pages that
// differ in a date or a counter only are the same page.
type contents struct {
	n   int
	sum uint64
}

// add takes in one record, by its identifier or its text.
func (c *contents) add(record string) {
	c.n++
	c.sum += xxh3.HashString(record) // in any order
}

// maxSameContents is how often the same records may come on pages that differ:
// short pages may agree by chance, and a page may move while it is read.
const maxSameContents = 3

// forget lets pages come again, when a sequence has to be begun anew.
func (s *Session) forget() {
	clear(s.pages)
	clear(s.same)
}

// freshContents reports an error when one page after the other has the same
// records.
func (s *Session) freshContents(address string, c contents) error {
	if c.n == 0 {
		return nil
	}
	if s.same[c]++; s.same[c] > maxSameContents {
		return fail(Place{URL: address}, "repeated-page", "check how the source names its next page", "the same %d records came on %d pages", c.n, s.same[c])
	}
	return nil
}

func (s *Session) fetch(ctx context.Context, address string, hdr http.Header, body []byte) (*Response, error) {
	variant := hdr.Get("Accept")
	if body != nil {
		variant = fmt.Sprintf("POST %016x", xxh3.Hash(body))
	}
	before, hdr, err := s.condition(address, variant, hdr)
	if err != nil {
		return nil, err
	}
	if s.Offline || s.resumes(address, variant, before) {
		s.Fetched = append(s.Fetched, before.URL)
		return before, nil
	}
	r, err := s.attempts(ctx, address, hdr, body, before)
	if err != nil {
		return nil, err
	}
	if r == before {
		s.client.o.Cache.touch(s.Config.ID, address, variant, s.client.o.Now())
	}
	return r, s.keep(address, variant, r, r == before)
}

// resumes reports whether an interrupted gathering received a document lately.
func (s *Session) resumes(address, accept string, before *Response) bool {
	if s.Resume.IsZero() || s.Full || before == nil {
		return false
	}
	return !s.client.o.Cache.confirmed(s.Config.ID, address, accept).Before(s.Resume)
}

// attempts requests a document until it comes or there is no hope. An answer
// of 304 stands for the response before.
func (s *Session) attempts(ctx context.Context, address string, hdr http.Header, body []byte, before *Response) (*Response, error) {
	if s.visits++; s.visits > s.Config.MaxPages {
		return nil, fail(Place{URL: address}, "max_pages", "raise max_pages of the source if it really has more", "more than %d responses", s.Config.MaxPages)
	}
	var alike uint64 // of the answer before, whose end nothing marked
	for try := 0; ; try++ {
		r, err := s.visit(ctx, address, hdr, body)
		if err == nil && r.Status == http.StatusNotModified && before != nil {
			r = before
		}
		if err == nil && r.openEnd && r.Status/100 == 2 {
			var end ends
			if end, err = r.body.ends(); err == nil && !end.marked() && end.sum != alike {
				alike, err = end.sum, errOpenEnd
			}
		}
		if err == nil && r.Status/100 == 2 && r.Status != http.StatusPartialContent {
			s.Fetched = append(s.Fetched, r.URL)
			return r, nil
		}
		again := err != nil && passing(err) || err == nil && (r.Status == http.StatusTooManyRequests || r.Status >= 500)
		if !again || try == s.Config.Retries || ctx.Err() != nil {
			if err != nil {
				return nil, explain(address, cause(ctx, err))
			}
			return nil, statusError(address, r)
		}
		if err := s.backOff(ctx, address, r, try); err != nil {
			return nil, explain(address, err)
		}
	}
}

// condition looks for a kept response and returns it with the headers that ask
// for the document only if it changed since.
func (s *Session) condition(address, variant string, hdr http.Header) (*Response, http.Header, error) {
	cache := s.client.o.Cache
	var k *kept
	var before *Response
	if cache != nil {
		var err error
		if k, before, err = cache.load(s.Config.ID, address, variant, s.Config.MaxBytes); err != nil {
			k, before = nil, nil // damaged: ask for it again
		}
	}
	if s.Offline && before == nil {
		return nil, nil, fail(Place{URL: address}, "not-kept", "harvest the source once with harvest.responses_dir set", "no response of this address is kept")
	}
	if s.Full || before == nil || strings.HasPrefix(variant, "POST ") {
		return before, hdr, nil
	}
	if hdr = hdr.Clone(); hdr == nil {
		hdr = http.Header{}
	}
	if v := k.Header.Get("Etag"); v != "" {
		hdr.Set("If-None-Match", v)
	}
	if v := k.Header.Get("Last-Modified"); v != "" {
		hdr.Set("If-Modified-Since", v)
	}
	return before, hdr, nil
}

// keep stores a response that is not in the cache yet.
func (s *Session) keep(address, variant string, r *Response, cached bool) error {
	cache := s.client.o.Cache
	if cache == nil || cached {
		return nil
	}
	if err := cache.store(s.Config.ID, address, variant, r, s.client.o.Now()); err != nil {
		return fail(Place{URL: address}, "responses_dir", "look at the directory's space and rights", "keep the response: %w", err)
	}
	return nil
}

const maxBackOff = 2 * time.Minute

// backOff waits before the next attempt: as long as Retry-After says, else
// twice as long each time, with jitter.
func (s *Session) backOff(ctx context.Context, address string, r *Response, try int) error {
	d := time.Duration(float64(s.Config.Rate.Every) * float64(int(1)<<min(try, 10)) * (0.75 + rand.Float64()/2))
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

func statusError(address string, r *Response) *Error {
	remedy := "look at the address in a browser; set url to where the data is now"
	switch {
	case r.Status == http.StatusUnauthorized || r.Status == http.StatusForbidden:
		remedy = "the source wants credentials or refuses us: set token_env, or ask its owner"
	case r.Status == http.StatusPartialContent:
		remedy = "the source sends a part although all was asked for: ask its owner to repair the server"
	case r.Status == http.StatusTooManyRequests:
		remedy = "lower the rate of the source"
	case r.Status >= 500:
		remedy = "the source has a fault: harvest again later"
	}
	e := fail(Place{URL: address}, "http-status", remedy, "answered %d %s", r.Status, http.StatusText(r.Status))
	e.Status = r.Status
	return e
}

// visit lets colly do one request and take what it answered.
func (s *Session) visit(ctx context.Context, address string, hdr http.Header, body []byte) (*Response, error) {
	var out *Response
	in := &receiver{next: s.guard}
	c := s.collector(ctx)
	c.WithTransport(in)
	c.OnResponse(func(r *colly.Response) {
		h := r.Headers.Clone()
		out = &Response{URL: withoutUser(r.Request.URL.String()), Status: r.StatusCode, Header: h, contentType: h.Get(charsetHeader), body: in.body}
		h.Del(charsetHeader)
		out.openEnd = h.Get(openEndHeader) != ""
		h.Del(openEndHeader)
	})
	method, data := http.MethodGet, io.Reader(nil)
	if body != nil {
		method, data = http.MethodPost, bytes.NewReader(body)
	}
	err := c.Request(method, address, data, nil, hdr.Clone())
	if err = cmp.Or(in.err, err); err == nil && out == nil {
		err = errors.New("no answer")
	}
	if err != nil {
		return nil, err
	}
	return out, nil
}

// collector returns a collector that is configured here and nowhere else: not
// by NewCollector, which reads COLLY_ variables of the environment. Its own
// limits are off because they cut bodies silently and know nothing of other
// sources; the guard keeps them.
func (s *Session) collector(ctx context.Context) *colly.Collector {
	c := &colly.Collector{}
	c.Init()
	c.UserAgent = s.client.o.UserAgent
	c.Context = ctx
	c.MaxBodySize = 0
	c.AllowURLRevisit = true
	c.IgnoreRobotsTxt = true // the guard asks, once per host, with Crawl-delay
	c.ParseHTTPErrorResponse = true
	c.SetRequestTimeout(0)
	c.SetRedirectHandler(func(_ *http.Request, via []*http.Request) error {
		if len(via) > s.Config.MaxRedirects {
			return errRedirects
		}
		return nil
	})
	return c
}

// Reader returns the body, decompressed when its name or content says gzip.
func (r *Response) Reader(limit Size) (io.Reader, error) {
	if len(r.Body) > 2 && r.Body[0] == 0x1f && r.Body[1] == 0x8b {
		z, err := decompress(bytes.NewReader(r.Body), "gzip")
		if err != nil {
			return nil, err
		}
		return &limited{r: z, close: io.NopCloser(nil), left: int64(limit)}, nil
	}
	return bytes.NewReader(r.Body), nil
}

// ContentType returns the media type and its parameters as the source sent it.
func (r *Response) ContentType() string { return r.contentType }
