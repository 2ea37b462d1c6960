package protocol

import (
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"iter"
	mathrand "math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"code.dny.dev/ssrf"
	knakksparql "github.com/knakk/sparql"

	"fincat/sparql/results"
	"fincat/vocab/rdfio"
	"fincat/vocab/term"
)

// ClientOptions configures a [Client]. The zero value is good for the internet.
type ClientOptions struct {
	UserAgent string // default "fincat"
	// AllowPrivate permits loopback, private and other special addresses,
	// which are refused otherwise, wherever a name or a redirect leads.
	AllowPrivate bool
	Timeout      time.Duration // of a request with its answer; default 60 s
	Retries      int           // after 429 and 503; default 3, negative none
	RetryWait    time.Duration // the longest wait before one; default 30 s
	MaxSolutions int64         // of one answer to Select; default 1,000,000
	MaxBytes     int64         // of one answer, decompressed; default 256 MiB
	Connections  int           // to each host that are kept for the next requests; default 4
}

// Client queries SPARQL endpoints. It may be used by several goroutines.
type Client struct {
	o        ClientOptions
	id       string // names this client among the servers through which a request comes
	http     *http.Client
	requests atomic.Uint64 // keeps the blank nodes of answers apart
}

// NewClient returns a client.
func NewClient(o ClientOptions) *Client {
	if o.UserAgent == "" {
		o.UserAgent = "fincat"
	}
	setDefault(&o.Timeout, time.Minute)
	setDefault(&o.Retries, 3)
	setDefault(&o.RetryWait, 30*time.Second)
	setDefault(&o.MaxSolutions, 1_000_000)
	setDefault(&o.MaxBytes, 256<<20)
	setDefault(&o.Connections, 4)
	dialer := &net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}
	if !o.AllowPrivate {
		dialer.Control = ssrf.New(ssrf.WithAnyPort()).Safe
	}
	return &Client{o: o, id: rand.Text(), http: &http.Client{
		Transport: &http.Transport{ // no proxy: it would dial for us, unguarded
			DialContext:            dialer.DialContext,
			TLSHandshakeTimeout:    10 * time.Second,
			ResponseHeaderTimeout:  o.Timeout,
			IdleConnTimeout:        time.Minute,
			MaxIdleConnsPerHost:    o.Connections,
			MaxResponseHeaderBytes: 64 << 10,
			ForceAttemptHTTP2:      true,
		},
		// Method do follows redirects, because the standard library would turn
		// the POST of some into a GET.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// Request is a query for an endpoint.
type Request struct {
	Endpoint                   string
	Query                      string
	DefaultGraphs, NamedGraphs []string // the RDF dataset, by the protocol
	Accept                     string   // default: whatever this client reads
}

// Answer is the answer of an endpoint, read as it arrives. It must be closed.
type Answer struct {
	// Results reads solutions or a boolean; nil for a graph.
	Results *results.Reader
	// Quads yields a graph; nil for results.
	Quads  iter.Seq2[term.Quad, error]
	body   io.ReadCloser
	cancel context.CancelFunc
}

// Close gives the connection back.
func (a *Answer) Close() error {
	err := a.body.Close()
	a.cancel()
	return err
}

const acceptAnything = "application/sparql-results+json, application/sparql-results+xml;q=0.9, " +
	"text/tab-separated-values;q=0.8, " +
	"application/n-triples;q=0.9, text/turtle;q=0.8, application/rdf+xml;q=0.7, application/n-quads;q=0.6"

// Query sends a query and begins to read the answer.
func (c *Client) Query(ctx context.Context, r Request) (*Answer, error) {
	ctx, cancel := context.WithTimeout(ctx, c.o.Timeout)
	resp, err := c.send(ctx, r) //nolint:bodyclose // the Answer holds the body, and its Close closes it
	if err != nil {
		cancel()
		return nil, endpointError(r.Endpoint, err)
	}
	a := &Answer{body: resp.Body, cancel: cancel}
	if err := c.open(ctx, a, resp); err != nil {
		_ = a.Close()
		return nil, endpointError(r.Endpoint, err)
	}
	return a, nil
}

// open finds out how the answer is to be read.
func (c *Client) open(ctx context.Context, a *Answer, resp *http.Response) (err error) {
	contentType := resp.Header.Get("Content-Type")
	if f, ok := results.FormatByMediaType(contentType); ok {
		a.Results, err = results.ReadLimited(ctx, resp.Body, f, results.Limits{Bytes: c.o.MaxBytes})
		return err
	}
	f, ok := rdfio.FormatByMediaType(contentType)
	if !ok {
		return fmt.Errorf("the Content-Type %.100q is neither a result format nor RDF", contentType)
	}
	a.Quads = rdfio.Read(ctx, resp.Body, rdfio.ReadOptions{
		Format: f, Base: resp.Request.URL.String(), Limits: rdfio.Limits{DocumentBytes: c.o.MaxBytes},
		BlankNodes: c.label(),
	})
	return nil
}

// label is a prefix for blank nodes that no other answer has.
func (c *Client) label() string { return "s" + strconv.FormatUint(c.requests.Add(1), 10) + "_" }

var _ knakksparql.Provider = Request{}

// GenRequest implements the Provider of the client library: it makes the HTTP
// request of r to an address, which may be another one than r.Endpoint after a
// redirect. The query is posted as a form, which every endpoint takes.
func (r Request) GenRequest(address string) (*http.Request, error) {
	form := url.Values{"query": {r.Query}}
	if len(r.DefaultGraphs) > 0 {
		form["default-graph-uri"] = r.DefaultGraphs
	}
	if len(r.NamedGraphs) > 0 {
		form["named-graph-uri"] = r.NamedGraphs
	}
	req, err := http.NewRequest(http.MethodPost, address, strings.NewReader(form.Encode()))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", typeForm)
	req.Header.Set("Accept", cmp.Or(r.Accept, acceptAnything))
	return req, nil
}

// send sends a request for a query.
func (c *Client) send(ctx context.Context, r Request) (*http.Response, error) {
	return c.do(ctx, r.Endpoint, r.GenRequest)
}

// do sends a request. It repeats it with the same method where the answer is a
// redirect, and after a wait where the answer asks to try again later.
func (c *Client) do(
	ctx context.Context, iri string, build func(address string) (*http.Request, error),
) (*http.Response, error) {
	address, err := url.Parse(iri)
	if err != nil || address.Host == "" || address.Scheme != "http" && address.Scheme != "https" {
		return nil, notAsked("%.200q is not an http or https IRI", iri)
	}
	redirects := 0
	for attempt := 0; ; {
		req, err := build(address.String())
		if err != nil {
			return nil, err
		}
		req = req.WithContext(ctx)
		req.Header.Set("User-Agent", c.o.UserAgent)
		c.addVia(ctx, req.Header)
		resp, err := c.http.Do(req)
		if err != nil {
			return nil, err
		}
		switch {
		case resp.StatusCode == http.StatusOK, resp.StatusCode == http.StatusNoContent:
			return resp, nil
		case resp.StatusCode/100 == 3 && resp.Header.Get("Location") != "" && redirects < 5:
			redirects++
			next, err := address.Parse(resp.Header.Get("Location"))
			closeBody(resp)
			if err != nil || next.Host == "" ||
				next.Scheme != "https" && (next.Scheme != "http" || address.Scheme == "https") {
				return nil, fmt.Errorf("redirected to %.200q", resp.Header.Get("Location"))
			}
			address = next
		case (resp.StatusCode == http.StatusServiceUnavailable || resp.StatusCode == http.StatusTooManyRequests) &&
			attempt < c.o.Retries:
			wait := retryAfter(resp.Header.Get("Retry-After"), attempt)
			closeBody(resp)
			attempt++
			if err := c.wait(ctx, wait); err != nil {
				return nil, fmt.Errorf("waiting to try again: %w", err)
			}
		default:
			return nil, refusal(iri, resp)
		}
	}
}

// retryAfter reads the header (RFC 9110 §10.2.3); without one the wait doubles.
func retryAfter(header string, attempt int) time.Duration {
	if s, err := strconv.Atoi(strings.TrimSpace(header)); err == nil && s >= 0 {
		return time.Duration(min(s, 86400)) * time.Second
	}
	if t, err := http.ParseTime(header); err == nil {
		return max(0, time.Until(t))
	}
	return time.Second<<min(attempt, 10) + mathrand.N(time.Second)
}

func (c *Client) wait(ctx context.Context, d time.Duration) error {
	if d > c.o.RetryWait {
		return fmt.Errorf("the endpoint asks for %s, more than %s", d.Round(time.Second), c.o.RetryWait)
	}
	if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) < d {
		return context.DeadlineExceeded
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

// refusal keeps the beginning of what an endpoint says in an error.
func refusal(endpoint string, resp *http.Response) error {
	defer closeBody(resp)
	b, err := io.ReadAll(io.LimitReader(resp.Body, 600))
	message := strings.Join(strings.Fields(strings.ToValidUTF8(string(b), "\uFFFD")), " ")
	if err != nil && message == "" {
		message = err.Error()
	}
	return &EndpointError{Endpoint: endpoint, Status: resp.StatusCode,
		Err: fmt.Errorf("answered %d %s: %s", resp.StatusCode, http.StatusText(resp.StatusCode), message)}
}

// closeBody reads the little that may be left, so that the connection can be
// used again.
func closeBody(resp *http.Response) {
	_, _ = io.CopyN(io.Discard, resp.Body, 4<<10)
	_ = resp.Body.Close()
}

// setDefault gives an option that is not set its default.
func setDefault[T int | int64 | time.Duration](v *T, d T) {
	if *v == 0 {
		*v = d
	}
}
