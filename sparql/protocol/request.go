package protocol

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"fincat/vocab/rdfio"
)

// operation is one request of the SPARQL 1.1 Protocol §2.
type operation struct {
	text    string
	params  url.Values
	present bool // a query or an update was given at all
}

// readOperation takes the text of a query (name "query", direct type
// application/sparql-query) or of an update from a request.
func (h *Handler) readOperation(w http.ResponseWriter, r *http.Request, name, direct string, maxBytes int64) (*operation, error) {
	params, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, problemf(http.StatusBadRequest, "the query string of the request is malformed: %v", err)
	}
	op := &operation{params: params}
	if r.Method == http.MethodPost {
		mediaType, err := textType(r.Header.Get("Content-Type"), direct)
		if err != nil {
			return nil, err
		}
		b, err := h.readBody(w, r, maxBytes)
		if err != nil {
			return nil, err
		}
		if mediaType == direct {
			if params.Has(name) {
				return nil, problemf(http.StatusBadRequest, "there is a %s in the body and another in the parameters", name)
			}
			op.text, op.present = string(b), true
			return op, checkUTF8(op.text)
		}
		form, err := url.ParseQuery(string(b))
		if err != nil {
			return nil, problemf(http.StatusBadRequest, "the form is malformed: %v", err)
		}
		for k, vs := range form {
			params[k] = append(params[k], vs...)
		}
	}
	switch texts := params[name]; len(texts) {
	case 0:
	case 1:
		op.text, op.present = texts[0], true
	default:
		return nil, problemf(http.StatusBadRequest, "there are %d parameters %q, one is allowed", len(texts), name)
	}
	return op, checkUTF8(op.text)
}

// textType accepts a form or the direct media type, in UTF-8.
func textType(contentType, direct string) (string, error) {
	mediaType, params, err := mime.ParseMediaType(contentType)
	if err != nil && !errors.Is(err, mime.ErrInvalidMediaParameter) || mediaType != typeForm && mediaType != direct {
		return "", problemf(http.StatusUnsupportedMediaType, "the Content-Type is %q, it must be %s or %s", contentType, typeForm, direct)
	}
	if err := checkCharset(params["charset"]); err != nil {
		return "", err
	}
	return mediaType, nil
}

func checkCharset(charset string) error {
	switch strings.ToLower(charset) {
	case "", "utf-8", "utf8", "us-ascii":
		return nil
	}
	return problemf(http.StatusUnsupportedMediaType, "the charset is %q, it must be UTF-8", charset)
}

func checkUTF8(s string) error {
	if !utf8.ValidString(s) {
		return problemf(http.StatusBadRequest, "the text is not valid UTF-8")
	}
	return nil
}

// readBody reads the whole body of a request.
func (h *Handler) readBody(w http.ResponseWriter, r *http.Request, maxBytes int64) ([]byte, error) {
	body, done, err := h.openBody(w, r, maxBytes)
	if err != nil {
		return nil, err
	}
	defer done()
	b, err := io.ReadAll(body)
	if err != nil {
		return nil, bodyProblem(err)
	}
	return b, nil
}

// openBody bounds a request's body in size, also after decompression, and in
// the time between two pieces of it. The caller calls done when it has read.
func (h *Handler) openBody(w http.ResponseWriter, r *http.Request, maxBytes int64) (body io.Reader, done func(), err error) {
	rc := http.NewResponseController(w)
	paced := &pacedReader{rc: rc, r: http.MaxBytesReader(w, r.Body, maxBytes), idle: h.o.BodyTimeout}
	done = func() {
		if paced.failed { // do not wait for the rest
			w.Header().Set("Connection", "close")
			return
		}
		// A deadline left behind would look like a client that has gone away.
		_ = rc.SetReadDeadline(time.Time{})
	}
	body = paced
	switch coding := strings.ToLower(r.Header.Get("Content-Encoding")); coding {
	case "", "identity":
		return body, done, nil
	case "gzip", "x-gzip":
		gz, err := newGzipReader(body)
		if err != nil {
			done()
			return nil, nil, bodyProblem(err)
		}
		return &cappedReader{r: gz, left: maxBytes, max: maxBytes}, done, nil
	default:
		w.Header().Set("Accept-Encoding", "gzip")
		return nil, nil, problemf(http.StatusUnsupportedMediaType, "the Content-Encoding is %q, it must be gzip or absent", coding)
	}
}

// pacedReader gives the client a new deadline for every piece.
type pacedReader struct {
	rc   *http.ResponseController
	r    io.Reader
	idle time.Duration

	failed bool
}

// Read implements io.Reader.
func (p *pacedReader) Read(b []byte) (int, error) {
	_ = p.rc.SetReadDeadline(time.Now().Add(p.idle))
	n, err := p.r.Read(b)
	p.failed = p.failed || err != nil && err != io.EOF
	return n, err
}

// cappedReader fails, unlike io.LimitedReader, when there is more.
type cappedReader struct {
	r         io.Reader
	left, max int64
}

// Read implements io.Reader.
func (c *cappedReader) Read(b []byte) (int, error) {
	n, err := c.r.Read(b)
	c.left -= int64(n)
	if c.left < 0 {
		return 0, &http.MaxBytesError{Limit: c.max}
	}
	return n, err
}

// bodyProblem says what went wrong while a body was read.
func bodyProblem(err error) error {
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return problemf(http.StatusRequestEntityTooLarge, "the body is larger than %d bytes", tooLarge.Limit)
	case errors.Is(err, os.ErrDeadlineExceeded):
		return problemf(http.StatusRequestTimeout, "the body did not arrive in time")
	}
	return problemf(http.StatusBadRequest, "the body cannot be read: %v", err)
}

// graphParams returns the IRIs of a dataset parameter.
func (op *operation) graphParams(name, base string) ([]string, error) {
	var out []string
	for _, s := range op.params[name] {
		iri, err := rdfio.ResolveIRI(base, s)
		if err == nil {
			err = rdfio.CheckIRI(iri)
		}
		if err != nil {
			return nil, problemf(http.StatusBadRequest, "the parameter %s is not an IRI: %v", name, err)
		}
		out = append(out, iri)
	}
	return out, nil
}

// timeout returns the parameter of that name, in seconds.
func (op *operation) timeout() (time.Duration, error) {
	s := op.params.Get("timeout")
	if s == "" {
		return 0, nil
	}
	v, err := strconv.ParseFloat(s, 64)
	if err != nil || !(v > 0) {
		return 0, problemf(http.StatusBadRequest, "the timeout %q is not a positive number of seconds", s)
	}
	return time.Duration(min(v, 1e6) * float64(time.Second)), nil
}
