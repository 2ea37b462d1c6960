package protocol

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/klauspost/compress/gzip"

	"fincat/vocab/rdfio"
)

const (
	// holdBytes is how much of a response is held back, so that a short one
	// goes out whole, with its length and not compressed.
	holdBytes = 1400
	// resultTrailer is sent after a streamed response that is complete.
	resultTrailer = "Fincat-Result"
	// gzipMark ends the strong entity tag of a compressed representation.
	gzipMark = "~gzip"
)

// body is the body of a response that is written while it is computed. Until
// it is sent, an error can still be answered with a status of its own.
type body struct {
	w       http.ResponseWriter
	rc      *http.ResponseController
	status  int
	zip     bool          // the client takes gzip
	head    bool          // the method is HEAD: headers only
	timeout time.Duration // for the client to take what is written
	held    []byte
	sent    bool
	gz      *gzip.Writer
	written int64
}

func newBody(w http.ResponseWriter, r *http.Request, timeout time.Duration) *body {
	b := &body{w: w, rc: http.NewResponseController(w), status: http.StatusOK, timeout: timeout, head: r.Method == http.MethodHead}
	addVary(w.Header(), "Accept-Encoding")
	// Without the header every coding is acceptable, yet clients that do not
	// ask for one cannot be trusted to undo it.
	if a := strings.Join(r.Header.Values("Accept-Encoding"), ","); a != "" {
		b.zip = acceptsGzip(a)
	}
	return b
}

// acceptsGzip reads an Accept-Encoding header (RFC 9110 §12.5.3).
func acceptsGzip(header string) bool {
	// The syntax is that of Accept, but with plain names.
	var ranges []string
	for item := range strings.SplitSeq(header, ",") {
		if item = strings.TrimSpace(item); item != "" {
			ranges = append(ranges, "coding/"+item)
		}
	}
	_, ok := rdfio.Negotiate(strings.Join(ranges, ","), "coding/gzip")
	return ok
}

// Write implements io.Writer.
func (b *body) Write(p []byte) (int, error) {
	b.written += int64(len(p))
	if b.head {
		return len(p), nil
	}
	if !b.sent {
		if len(b.held)+len(p) < holdBytes {
			b.held = append(b.held, p...)
			return len(p), nil
		}
		if err := b.send(); err != nil {
			return 0, err
		}
	}
	return b.write(p)
}

// send begins the response: from here on an error can only break it off.
func (b *body) send() error {
	b.sent = true
	h := b.w.Header()
	h.Set("Trailer", resultTrailer)
	if b.zip {
		h.Set("Content-Encoding", "gzip")
		if tag := h.Get("ETag"); strings.HasPrefix(tag, `"`) {
			h.Set("ETag", strings.TrimSuffix(tag, `"`)+gzipMark+`"`)
		}
		gz, err := gzip.NewWriterLevel(b.w, gzip.BestSpeed)
		if err != nil {
			return err
		}
		b.gz = gz
	}
	b.w.WriteHeader(b.status)
	_, err := b.write(b.held)
	b.held = nil
	return err
}

func (b *body) write(p []byte) (int, error) {
	// Not every writer has deadlines (a recorder in a test has none).
	_ = b.rc.SetWriteDeadline(time.Now().Add(b.timeout))
	if b.gz != nil {
		return b.gz.Write(p)
	}
	return b.w.Write(p)
}

// flush sends everything written so far.
func (b *body) flush() error {
	if b.head || b.written == 0 {
		return nil
	}
	if !b.sent {
		if err := b.send(); err != nil {
			return err
		}
	}
	_ = b.rc.SetWriteDeadline(time.Now().Add(b.timeout))
	if b.gz != nil {
		if err := b.gz.Flush(); err != nil {
			return err
		}
	}
	return b.rc.Flush()
}

// close completes the response.
func (b *body) close() error {
	h := b.w.Header()
	if !b.sent {
		if !b.head && b.status != http.StatusNoContent {
			h.Set("Content-Length", strconv.Itoa(len(b.held)))
		}
		b.sent = true
		b.w.WriteHeader(b.status)
		if len(b.held) == 0 {
			return nil
		}
		_, err := b.w.Write(b.held)
		return err
	}
	if b.gz != nil {
		if err := b.gz.Close(); err != nil {
			return err
		}
	}
	h.Set(resultTrailer, "complete")
	return nil
}

// abort breaks off a response that has begun, so that the client's HTTP library
// reports an error: the connection closes in the middle of the chunked coding.
func (b *body) abort() {
	_ = b.flush()
	panic(http.ErrAbortHandler)
}

// addVary adds a name to the Vary header.
func addVary(h http.Header, name string) {
	for _, v := range h.Values("Vary") {
		for item := range strings.SplitSeq(v, ",") {
			if strings.EqualFold(strings.TrimSpace(item), name) {
				return
			}
		}
	}
	h.Add("Vary", name)
}

// breakRDF ends an RDF document that has begun in the middle of an IRI or a
// tag, which no syntax takes for the end.
func (b *body) breakRDF(cause error) {
	if b.sent {
		message := strings.Map(func(r rune) rune {
			if r == '>' || r < ' ' {
				return ' '
			}
			return r
		}, cause.Error())
		_, _ = b.Write([]byte("\n<incomplete: " + message + "\n"))
	}
}
