package protocol

import (
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"

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
	zip     bool // the client takes gzip
	head    bool // the method is HEAD: headers only
	held    []byte
	sent    bool
	gz      *gzip.Writer
	gzips   *sync.Pool // of *gzip.Writer, whose tables are large
	written int64
	check   func() error // why nothing more is to be written; default: nothing stops it
}

func (h *Handler) newBody(w http.ResponseWriter, r *http.Request) *body {
	b := &body{w: w, rc: http.NewResponseController(w), status: http.StatusOK,
		head: r.Method == http.MethodHead, gzips: &h.gzips}
	addVary(w.Header(), "Accept-Encoding")
	// Without the header every coding is acceptable (RFC 9110 §12.5.3), but a
	// client that does not send it may be unable to decompress.
	if a := strings.Join(r.Header.Values("Accept-Encoding"), ","); a != "" {
		b.zip = acceptsGzip(a)
	}
	return b
}

// acceptsGzip reads an Accept-Encoding header (RFC 9110 §12.5.3).
func acceptsGzip(header string) bool {
	if !strings.ContainsAny(header, `;*"`) { // only names, as browsers send them
		for item := range strings.SplitSeq(header, ",") {
			if strings.EqualFold(strings.TrimSpace(item), "gzip") {
				return true
			}
		}
		return false
	}
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
	if b.check != nil { // its time may have passed before there was anything to send
		if err := b.check(); err != nil {
			return err
		}
	}
	b.sent = true
	h := b.w.Header()
	h.Set("Trailer", resultTrailer)
	if b.zip {
		h.Set("Content-Encoding", "gzip")
		if tag := h.Get("ETag"); strings.HasPrefix(tag, `"`) {
			h.Set("ETag", strings.TrimSuffix(tag, `"`)+gzipMark+`"`)
		}
		var ok bool
		if b.gz, ok = b.gzips.Get().(*gzip.Writer); !ok {
			b.gz, _ = gzip.NewWriterLevel(nil, gzip.BestSpeed) // the level is a valid one
		}
		b.gz.Reset(b.w)
	}
	b.w.WriteHeader(b.status)
	_, err := b.write(b.held)
	b.held = nil
	return err
}

// write sends p in pieces: one value may have many megabytes, and the query's time
// may end while it is compressed and sent.
func (b *body) write(p []byte) (n int, err error) {
	for len(p) > 0 && err == nil {
		if b.check != nil {
			if err := b.check(); err != nil {
				return n, err
			}
		}
		piece := p[:min(len(p), pieceBytes)]
		var k int
		if b.gz != nil {
			k, err = b.gz.Write(piece)
		} else {
			k, err = b.w.Write(piece)
		}
		n, p = n+k, p[k:]
	}
	return n, err
}

// pieceBytes is how much is written between two looks at the clock.
const pieceBytes = 256 << 10

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
		b.gz.Reset(io.Discard) // so that it does not keep the response
		b.gzips.Put(b.gz)
		b.gz = nil
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

// breakRDF ends an RDF document that cannot be completed. It opens an IRI, or in
// XML a tag, and does not close it, so that no parser takes the document for a
// complete one.
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
