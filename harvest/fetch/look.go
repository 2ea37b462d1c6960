package fetch

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"slices"
	"time"

	"fincat/harvest/problem"
)

// Look is what a server did when it was asked once, whatever came of it.
type Look struct {
	URL      string      // of the last request: after redirects, or where it failed
	Via      []string    // addresses that redirected
	Status   int         // of the last answer; 0 when there was none
	Header   http.Header // of the last answer
	Coding   string      // what Content-Encoding named although the body has no such coding
	Body     []byte      // of an answer with a status of 2xx: what came, at most MaxBytes, unpacked
	Whole    bool        // the body came to its end
	Long     bool        // the body is a long one, which Request.More did not want
	Length   int64       // of the body as the server says; -1 when it does not
	Attempts int
	At       time.Time     // of the last attempt
	Took     time.Duration // of the last request, from sending it to the end of the body
	Err      *problem.Error
}

// lookWait is how long a look waits at most when a server asks for it, before the only
// further attempt.
const lookWait = 3 * time.Second

// Look asks for a document with GET as [Session.Get] does, and tells what happened
// instead of how to go on: an answer of any status, a body that is cut off or too large.
// Only a status that says "later" and a connection that broke before an answer are
// tried once more. With r.ETag or r.Modified a document that is the same has the status
// 304 and no body. The cache takes no part.
func (s *Session) Look(ctx context.Context, address string, r Request) *Look {
	c := &call{Request: r, method: http.MethodGet, address: address}
	for try := 1; ; try++ {
		l := s.look(ctx, c)
		l.Attempts = try
		wait, again := s.lookAgain(l)
		if !again || try == 2 || sleep(ctx, wait) != nil {
			return l
		}
	}
}

// lookAgain reports whether a look is worth another attempt, and how long to wait before.
func (s *Session) lookAgain(l *Look) (time.Duration, bool) {
	if l.Status == 0 && l.Err != nil && (l.Err.Rule == "connection" || errors.Is(l.Err, io.EOF)) {
		return min(s.o.Rate.Every, lookWait), true
	}
	later := []int{http.StatusTooManyRequests, http.StatusInternalServerError, http.StatusBadGateway,
		http.StatusServiceUnavailable, http.StatusGatewayTimeout}
	if !slices.Contains(later, l.Status) {
		return 0, false
	}
	wait := retryAfter(l.Header.Get("Retry-After"), s.client.o.Now())
	if wait > lookWait {
		return 0, false
	}
	if u, err := url.Parse(l.URL); err == nil && wait > 0 {
		s.client.host(u).postpone(s.client.o.Now().Add(wait))
	}
	return max(wait, 0), true
}

// look makes one attempt.
func (s *Session) look(ctx context.Context, c *call) *Look {
	l := &Look{URL: c.address, Length: -1, At: s.client.o.Now()}
	fail := func(err error) *Look {
		l.Err = Explain(c.address, cause(ctx, err))
		return l
	}
	req, err := c.request(ctx, s.client.o.UserAgent, nil)
	if err != nil {
		return fail(err)
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		return fail(err)
	}
	follow := func(req *http.Request, via []*http.Request) error {
		l.Via = l.Via[:0]
		for _, r := range via {
			l.Via = append(l.Via, withoutUser(r.URL.String()))
		}
		l.URL = withoutUser(req.URL.String())
		if len(via) > s.o.MaxRedirects {
			return errRedirects
		}
		return nil
	}
	resp, err := (&http.Client{Transport: s.guard, Jar: jar, CheckRedirect: follow}).Do(req)
	l.Took = s.guard.since()
	if err != nil {
		return fail(err)
	}
	defer resp.Body.Close()
	l.URL, l.Status, l.Header = withoutUser(resp.Request.URL.String()), resp.StatusCode, resp.Header
	if resp.StatusCode/100 != 2 {
		if resp.StatusCode != http.StatusNotModified {
			l.Err = statusError(c.address, &Response{Status: resp.StatusCode})
		}
		_, _ = io.CopyN(io.Discard, resp.Body, 4<<10)
		return l
	}
	if l.Length = resp.ContentLength; !resp.Uncompressed {
		l.Coding = resp.Header.Get("Content-Encoding")
	}
	var body bytes.Buffer
	if l.Long, err = l.read(&body, resp.Body, int64(s.o.MaxBytes), c.More); l.Long {
		return l
	}
	l.Took, l.Body = s.guard.since(), body.Bytes()
	if err != nil {
		l.Body = l.Body[:min(len(l.Body), int(s.o.MaxBytes))]
		return fail(err)
	}
	l.Whole = true
	return l
}

// longBody is the size from which the body of a look is a long one.
const longBody = 256 << 10

// read reads a body, and reports whether it is a long one that more did not want.
func (l *Look) read(body *bytes.Buffer, from io.Reader, limit int64, more func() bool) (long bool, err error) {
	if more != nil && l.Length <= longBody {
		if _, err := body.ReadFrom(io.LimitReader(from, longBody)); err != nil || body.Len() < longBody {
			return false, err
		}
	}
	if more != nil && !more() {
		return true, nil
	}
	if l.Length > 0 && l.Length <= limit {
		body.Grow(int(l.Length) - body.Len() + bytes.MinRead)
	}
	_, err = body.ReadFrom(from)
	return false, err
}

// since is how long ago the last request was sent.
func (g *guard) since() time.Duration {
	if g.sent.IsZero() {
		return 0
	}
	return time.Since(g.sent)
}

// Validators returns what a later request names so that the document comes only if it
// has changed; empty when the server gave nothing that can tell two versions apart.
func (l *Look) Validators() (etag, modified string) {
	k := kept{Header: l.Header, Time: l.At}
	if k.Header.Get("Last-Modified") == "" {
		return k.Header.Get("Etag"), ""
	}
	return k.validators()
}
