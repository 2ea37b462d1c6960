package fetch

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"slices"
	"strconv"
	"strings"

	whatwg "github.com/nlnwa/whatwg-url/url"
	"github.com/zeebo/xxh3"

	"fincat/harvest/problem"
)

// Request says what to ask for besides the address. The zero value asks for the
// whole document in any form.
type Request struct {
	Accept      string            // media types that are wanted; default */*
	Body        []byte            // of [Session.Post] and [Session.Send]
	ContentType string            // of Body
	Header      map[string]string // further headers, such as those of a signature
	Range       Range             // a part of the document; such answers are not kept

	// ETag and Modified are those of an answer that the caller has. When the
	// document is still the same, the response has the status 304 and no body.
	// The session's cache takes no part in such a request.
	ETag, Modified string

	// More is asked before a long body of a [Session.Look] is read on, and may end the look;
	// nil reads every body.
	More func() bool

	domains []string // host names that redirects may lead to; empty means all
}

// Range is a part of a document, from byte First to byte Last, both included; a
// Last of zero is the document's end. The zero value means the whole document.
type Range struct{ First, Last int64 }

func (r Range) header() string {
	if r.Last == 0 {
		return fmt.Sprintf("bytes=%d-", r.First)
	}
	return fmt.Sprintf("bytes=%d-%d", r.First, r.Last)
}

// Response is a fetched document.
type Response struct {
	URL         string // after redirects
	Status      int
	Header      http.Header
	ContentType string // with its charset, as the server sent it
	OpenEnd     bool   // only the end of the connection ended it, so that its own end may be missing
	Length      int64  // of the whole document as the server says, before unpacking; -1 when it does not say
	Kept        bool   // it comes from the cache
	Coding      string // what Content-Encoding named although it is no coding; the body was taken as it came
	Body        []byte // nil in a [Document], which is read as a stream

	// Notice is told what is wrong with the text's encoding, if it is set.
	Notice func(problem.Problem)

	body *body
}

// call is one request of a session.
type call struct {
	Request
	method, address string
	once            bool // it changes something there: see [Session.Send]
}

// plain reports whether a call asks for a document as a whole and without
// conditions of the caller, so that the cache may answer and keep it.
func (c *call) plain() bool {
	return c.method != http.MethodHead && c.Range == Range{} && c.ETag == "" && c.Modified == "" && !c.once
}

// variant tells apart the answers that one address may give: by the Accept
// header, or by the document that was sent.
func (c *call) variant() string {
	if c.method == http.MethodPost {
		return fmt.Sprintf("POST %016x", xxh3.Hash(c.Body))
	}
	return c.Accept
}

// addresses parses as browsers do, so that what people write in pages (blanks,
// characters outside ASCII) becomes a request that servers understand.
var addresses = whatwg.NewParser(whatwg.WithPercentEncodeSinglePercentSign())

// request builds what is sent, for a document that may have been received
// before.
func (c *call) request(ctx context.Context, agent string, before *kept) (*http.Request, error) {
	u, err := addresses.Parse(c.address)
	if err != nil {
		return nil, err
	}
	var data io.Reader
	if c.method == http.MethodPost || len(c.Body) > 0 {
		data = bytes.NewReader(c.Body)
	}
	req, err := http.NewRequestWithContext(ctx, c.method, u.Href(false), data)
	if err != nil {
		return nil, err
	}
	set := func(name, value string) {
		if value != "" {
			req.Header.Set(name, value)
		}
	}
	set("Accept", "*/*")
	set("Accept", c.Accept)
	set("User-Agent", agent)
	set("Content-Type", c.ContentType)
	for name, value := range c.Header {
		set(name, value)
	}
	etag, modified := c.ETag, c.Modified
	if before != nil {
		etag, modified = before.validators()
	}
	set("If-None-Match", etag)
	set("If-Modified-Since", modified)
	if (c.Range != Range{}) {
		set("Range", c.Range.header())
	}
	return req, nil
}

// send makes one attempt: a request with the redirects that it leads to.
// Cookies live as long as that, for servers that redirect until one is set.
func (s *Session) send(ctx context.Context, c *call, before *kept) (*Response, error) {
	req, err := c.request(ctx, s.client.o.UserAgent, before)
	if err != nil {
		return nil, err
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, err
	}
	follow := func(req *http.Request, via []*http.Request) error {
		if c.once {
			return http.ErrUseLastResponse
		}
		if len(via) > s.o.MaxRedirects {
			return errRedirects
		}
		return c.permits(req.URL)
	}
	resp, err := (&http.Client{Transport: s.guard, Jar: jar, CheckRedirect: follow}).Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	r := &Response{
		URL: withoutUser(resp.Request.URL.String()), Status: resp.StatusCode, Header: resp.Header,
		ContentType: resp.Header.Get("Content-Type"), Length: resp.ContentLength, OpenEnd: openEnd(resp),
		body: &body{},
	}
	if resp.Uncompressed {
		r.Length = -1
	} else if !bodyless(resp) {
		r.Coding = resp.Header.Get("Content-Encoding")
	}
	if r.Coding != "" { // what was unpacked besides has another length
		r.Length = -1
	}
	if resp.StatusCode/100 != 2 && !c.once || c.method == http.MethodHead { // only of a document the content matters
		_, _ = io.CopyN(io.Discard, resp.Body, 4<<10) // so that the connection can be used again
		return r, nil
	}
	in, err := c.part(resp, r)
	if err != nil {
		return nil, err
	}
	if r.body, err = receive(in); err != nil {
		return nil, err
	}
	return r, nil
}

// permits reports an error for an address outside the call's domains.
func (c *call) permits(u *url.URL) error {
	if len(c.domains) > 0 && !slices.Contains(c.domains, strings.ToLower(u.Hostname())) {
		return errDomain
	}
	return nil
}

// openEnd reports whether nothing but the end of the connection ends an answer
// (RFC 9112 §6.3).
func openEnd(resp *http.Response) bool {
	return resp.ContentLength < 0 && len(resp.TransferEncoding) == 0 && resp.ProtoMajor == 1 && !resp.Uncompressed &&
		resp.Request.Method != http.MethodHead
}

// part returns what to read of an answer: all of it, or the range that was
// asked for. A server that knows no ranges sends all, of which the rest is left
// out.
func (c *call) part(resp *http.Response, r *Response) (io.Reader, error) {
	if (c.Range == Range{}) {
		return resp.Body, nil
	}
	in := io.Reader(resp.Body)
	r.OpenEnd = false
	if resp.StatusCode == http.StatusPartialContent {
		first, length, ok := contentRange(resp.Header.Get("Content-Range"))
		if r.Length = length; !ok || first != c.Range.First {
			return nil, errRange
		}
	} else if _, err := io.CopyN(io.Discard, in, c.Range.First); err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if c.Range.Last > 0 {
		in = io.LimitReader(in, c.Range.Last-c.Range.First+1)
	}
	return in, nil
}

// contentRange reads the header of a part, "bytes 0-99/1234" (RFC 9110 §14.4):
// where the part begins, and how long the document is, -1 when that is unknown.
func contentRange(v string) (first, length int64, ok bool) {
	span, of, ok := strings.Cut(strings.TrimPrefix(v, "bytes "), "/")
	from, _, dash := strings.Cut(span, "-")
	first, err := strconv.ParseInt(strings.TrimSpace(from), 10, 64)
	if !ok || !dash || err != nil {
		return 0, -1, false
	}
	if length, err = strconv.ParseInt(strings.TrimSpace(of), 10, 64); err != nil {
		length = -1
	}
	return first, length, true
}
