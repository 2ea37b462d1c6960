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

	"fincat/sparql"
	"fincat/sparql/gate"
	"fincat/vocab/term"
)

// operation is one request of the SPARQL 1.1 Protocol §2.
type operation struct {
	text    string
	params  url.Values
	present bool // a query or an update was given at all
}

// readOperation takes the text of a query (name "query", direct type
// application/sparql-query) or of an update from a request.
func (h *Handler) readOperation(
	w http.ResponseWriter, r *http.Request, name, direct string, maxBytes int64,
) (*operation, error) {
	params, err := parseForm(r.URL.RawQuery)
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
				return nil, problemf(http.StatusBadRequest, "there is a %s in the body and another in the parameters",
					name)
			}
			op.text, op.present = string(b), true
			return op, checkUTF8(op.text)
		}
		form, err := parseForm(string(b))
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

// parseForm reads what application/x-www-form-urlencoded says. As in browsers, and in every
// SPARQL text with a list of predicates, a semicolon is data.
func parseForm(s string) (url.Values, error) {
	return url.ParseQuery(strings.ReplaceAll(s, ";", "%3B"))
}

// Semicolons makes data of the semicolons in an address, as browsers and SPARQL have them;
// Go's own reading drops a parameter that has one.
func Semicolons(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.Contains(r.URL.RawQuery, ";") {
			one, u := *r, *r.URL
			u.RawQuery, one.URL = strings.ReplaceAll(u.RawQuery, ";", "%3B"), &u
			r = &one
		}
		h.ServeHTTP(w, r)
	})
}

// textType accepts a form or the direct media type, in UTF-8.
func textType(contentType, direct string) (string, error) {
	mediaType, params, err := mime.ParseMediaType(contentType)
	if err != nil && !errors.Is(err, mime.ErrInvalidMediaParameter) || mediaType != typeForm && mediaType != direct {
		return "", problemf(http.StatusUnsupportedMediaType, "the Content-Type is %q, it must be %s or %s",
			contentType, typeForm, direct)
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
	body, err := h.openBody(w, r, maxBytes)
	if err != nil {
		return nil, err
	}
	// The largest request is ended when all of them together need too much.
	memory := h.engine.Memory(func(error) { gate.From(r.Context()).Hurry(0) })
	defer memory.Close()
	b, err := io.ReadAll(&accountedReader{body, memory})
	if err == nil {
		return b, nil
	}
	if limit := (*sparql.LimitError)(nil); errors.As(err, &limit) {
		// A client that still sends when its connection is closed does not see the answer.
		_, _ = io.CopyN(io.Discard, body, unreadBytes)
	}
	return nil, bodyProblem(err)
}

// unreadBytes is how much of a body is taken, and thrown away, after it was refused.
const unreadBytes = 16 << 20

// accountedReader takes memory for what it reads.
type accountedReader struct {
	r      io.Reader
	memory *sparql.Memory
}

// Read implements io.Reader.
func (a *accountedReader) Read(b []byte) (int, error) {
	n, err := a.r.Read(b)
	if limit := a.memory.Grow(2 * int64(n)); limit != nil { // the buffer grows by copying
		return n, limit
	}
	return n, err
}

// openBody bounds a request's body in size, also after decompression. How slow it
// may come is the business of the gate.
func (h *Handler) openBody(w http.ResponseWriter, r *http.Request, maxBytes int64) (io.Reader, error) {
	body := http.MaxBytesReader(w, r.Body, maxBytes)
	switch coding := strings.ToLower(r.Header.Get("Content-Encoding")); coding {
	case "", "identity":
		return body, nil
	case "gzip", "x-gzip":
		gz, err := newGzipReader(body)
		if err != nil {
			return nil, bodyProblem(err)
		}
		return &cappedReader{r: gz, left: maxBytes, max: maxBytes}, nil
	default:
		w.Header().Set("Accept-Encoding", "gzip")
		return nil, problemf(http.StatusUnsupportedMediaType,
			"the Content-Encoding is %q, it must be gzip or absent", coding)
	}
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
	var limit *sparql.LimitError
	switch {
	case errors.As(err, &limit):
		return limit
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
		iri, err := term.ResolveIRI(base, s)
		if err == nil {
			err = term.CheckIRI(iri)
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
