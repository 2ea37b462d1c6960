package console

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
)

// maxAnswer is how much of an answer is read as a whole, and maxProblem how much of one that
// says what is wrong, in bytes.
const (
	maxAnswer  = 16 << 20
	maxProblem = 64 << 10
)

// fault is an answer that says that something cannot be done.
type fault struct {
	status int
	detail string
}

func (e *fault) Error() string { return e.detail }

// errBroken is an answer that broke off.
var errBroken = errors.New("the answer broke off; the server's log says why")

// call is a request to a route of the server.
type call struct {
	method, path string
	query        url.Values
	body         any        // sent as JSON, if it is not nil
	form         url.Values // sent as a form, if it is not nil
}

// request makes a request by the visitor who sent r: what shows who that is goes along.
func (k call) request(ctx context.Context, r *http.Request) (*http.Request, error) {
	out := r.Clone(ctx)
	out.Method, out.URL = k.method, &url.URL{Path: k.path, RawQuery: k.query.Encode()}
	out.RequestURI = out.URL.RequestURI()
	out.Form, out.PostForm, out.MultipartForm, out.Pattern = nil, nil, nil, ""
	for _, name := range []string{"Range", "If-None-Match", "If-Modified-Since", "Accept-Encoding", "Content-Type",
		"Content-Length", "Accept-Datetime", "Transfer-Encoding"} {
		out.Header.Del(name)
	}
	if k.method == http.MethodGet { // the guard has seen where the visitor came from
		for _, name := range []string{"Sec-Fetch-Site", "Sec-Fetch-Mode", "Sec-Fetch-Dest"} {
			out.Header.Del(name)
		}
	}
	out.Header.Set("Accept", "application/json")
	var body []byte
	switch {
	case k.body != nil:
		var err error
		if body, err = json.Marshal(k.body); err != nil {
			return nil, err
		}
		out.Header.Set("Content-Type", "application/json")
	case k.form != nil:
		body = []byte(k.form.Encode())
		out.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		out.Header.Set("Accept", "application/sparql-results+json, application/json")
	}
	out.Body, out.ContentLength, out.TransferEncoding = http.NoBody, int64(len(body)), nil
	if len(body) > 0 {
		out.Body = io.NopCloser(bytes.NewReader(body))
	}
	return out, nil
}

// stream has a request answered, and read reads the answer while it comes. It may leave the
// rest. The error is a [fault] when the answer says that it cannot be done.
func (c *Console) stream(r *http.Request, k call, read func(io.Reader) error) error {
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	sub, err := k.request(ctx, r)
	if err != nil {
		return err
	}
	in, out := io.Pipe()
	w := &writer{header: http.Header{}, out: out, begun: make(chan struct{})}
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer func() {
			var broken error
			if v := recover(); v != nil {
				if err, ok := v.(error); !ok || !errors.Is(err, http.ErrAbortHandler) {
					c.o.Logger.Error("panic", "path", k.path, "value", v)
				}
				broken = errBroken
			}
			w.begin(http.StatusOK)
			out.CloseWithError(broken)
		}()
		c.admin.ServeHTTP(w, sub)
	}()
	<-w.begun
	if w.status >= http.StatusBadRequest {
		err = faultOf(w.status, in)
	} else if read == nil {
		_, err = io.Copy(io.Discard, in)
	} else {
		err = read(in)
	}
	in.Close()
	cancel()
	<-done
	return err
}

// faultOf reads what an answer says is wrong.
func faultOf(status int, in io.Reader) error {
	text, err := io.ReadAll(io.LimitReader(in, maxProblem))
	if err != nil {
		return err
	}
	_, _ = io.Copy(io.Discard, in) // there is hardly more
	var p struct{ Detail string }
	if json.Unmarshal(text, &p) != nil || p.Detail == "" {
		p.Detail = strings.TrimSpace(string(text))
	}
	return &fault{status, p.Detail}
}

// get reads the JSON at an address.
func (c *Console) get(r *http.Request, path string, query url.Values, into any) error {
	return c.stream(r, call{method: http.MethodGet, path: path, query: query}, decode(path, into))
}

// decode reads one JSON value.
func decode(path string, into any) func(io.Reader) error {
	return func(in io.Reader) error {
		if err := json.NewDecoder(io.LimitReader(in, maxAnswer)).Decode(into); err != nil {
			return fmt.Errorf("read %s: %w", path, err)
		}
		_, err := io.Copy(io.Discard, in)
		return err
	}
}

// do carries something out. The server may take its time for it.
func (c *Console) do(r *http.Request, method, path string, body any) error {
	return c.stream(r, call{method: method, path: path, body: body}, nil)
}

// isFault reports whether an error is an answer with a status.
func isFault(err error, status int) bool {
	var f *fault
	return errors.As(err, &f) && f.status == status
}

// errEnough ends the reading of a list.
var errEnough = errors.New("enough")

// lines calls yield with each JSON value of a list that stands one a line, until it says that it
// has enough by [errEnough].
func lines[T any](in io.Reader, yield func(T) error) error {
	dec := json.NewDecoder(in)
	for {
		var v T
		if err := dec.Decode(&v); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		if err := yield(v); errors.Is(err, errEnough) {
			return nil
		} else if err != nil {
			return err
		}
	}
}

// array calls yield with each element of a JSON array.
func array[T any](in io.Reader, yield func(T) error) error {
	dec := json.NewDecoder(in)
	if _, err := dec.Token(); err != nil {
		return err
	}
	for dec.More() {
		var v T
		if err := dec.Decode(&v); err != nil {
			return err
		}
		if err := yield(v); errors.Is(err, errEnough) {
			return nil
		} else if err != nil {
			return err
		}
	}
	return nil
}

// writer hands an answer on while it is written.
type writer struct {
	header http.Header
	status int
	out    *io.PipeWriter
	once   sync.Once
	begun  chan struct{} // closed when the status is known
}

// Header implements [http.ResponseWriter].
func (w *writer) Header() http.Header { return w.header }

// WriteHeader implements [http.ResponseWriter].
func (w *writer) WriteHeader(status int) {
	if status >= http.StatusOK {
		w.begin(status)
	}
}

func (w *writer) begin(status int) {
	w.once.Do(func() {
		w.status = status
		close(w.begun)
	})
}

// Write implements [http.ResponseWriter].
func (w *writer) Write(p []byte) (int, error) {
	w.begin(http.StatusOK)
	return w.out.Write(p)
}
