package fetch

import (
	"bufio"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"
)

// acceptEncoding lists the codings that decompress reads.
const acceptEncoding = "gzip, deflate, br, zstd"

const (
	maxCodings    = 3       // one around the other
	maxZstdWindow = 8 << 20 // RFC 9659 §3
)

// decompress undoes the codings of a Content-Encoding (RFC 9110 §8.4), the last
// one first. The memory it takes does not depend on the body.
func decompress(r io.Reader, headers ...string) (io.Reader, error) {
	var codings []string
	for _, c := range strings.Split(strings.Join(headers, ","), ",") {
		if c = strings.ToLower(strings.TrimSpace(c)); c != "" && c != "identity" {
			codings = append(codings, c)
		}
	}
	if len(codings) > maxCodings {
		return nil, fmt.Errorf("%w: %d codings, one around the other", errCompressed, len(codings))
	}
	bare := false
	for i := len(codings) - 1; i >= 0; i-- {
		in := &remembering{r: r}
		next, err := decoder(in, codings[i])
		if errors.Is(err, errCoding) {
			if r, err = plainly(r, in.blame(err)); err != nil {
				return nil, err
			}
			bare = true
			continue
		}
		if err != nil {
			return nil, in.blame(err)
		}
		r = &coded{next, in}
	}
	if bare {
		return nil, &errPlain{r}
	}
	return r, nil
}

func decoder(r io.Reader, coding string) (io.Reader, error) {
	switch coding {
	case "gzip", "x-gzip":
		return gzip.NewReader(r)
	case "deflate":
		return inflate(r)
	case "br":
		return brotli.NewReader(r), nil
	case "zstd":
		z, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(maxZstdWindow),
			zstd.WithDecoderLowmem(true))
		if err != nil {
			return nil, err
		}
		return z, nil
	}
	return nil, fmt.Errorf("%w %q", errCoding, coding)
}

// bareGzip returns a body, and takes the name gzip from its header for another one when
// it does not begin as gzip does.
func bareGzip(r io.Reader, h http.Header) io.Reader {
	if name := strings.ToLower(strings.TrimSpace(h.Get("Content-Encoding"))); name != "gzip" && name != "x-gzip" {
		return r
	}
	in := bufio.NewReader(r)
	if head, _ := in.Peek(2); len(head) < 2 || head[0] != 0x1f || head[1] != 0x8b {
		h.Set("Content-Encoding", "gzip (without being so)")
	}
	return in
}

// errCoding says that a Content-Encoding names nothing that is a coding.
var errCoding = errors.New("there is no coding")

// errPlain says that a name in Content-Encoding is no coding, and that the body
// is text without one. Its reader has the body, unpacked where other names in
// the header are codings.
type errPlain struct{ r io.Reader }

func (e *errPlain) Error() string { return "the body has no coding of this name" }

// plainly returns a body that begins as text does, or as a file that is packed in
// itself: servers write a charset, or none, where the coding belongs. For any
// other the error is the one given.
func plainly(r io.Reader, otherwise error) (io.Reader, error) {
	in := bufio.NewReader(r)
	head, err := in.Peek(in.Size())
	if len(head) == 0 && err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if bytes.HasPrefix(head, []byte("PK\x03\x04")) || bytes.HasPrefix(head, []byte{0x1f, 0x8b}) {
		return in, nil // a workbook or a packed file, which say themselves what they are
	}
	if bytes.ContainsFunc(head, func(c rune) bool { return c < ' ' && !strings.ContainsRune("\t\n\r\f\x1a", c) }) {
		return nil, otherwise
	}
	return in, nil
}

// inflate reads deflate as specified, in the zlib format, and as some servers
// send it, without.
func inflate(r io.Reader) (io.Reader, error) {
	in := bufio.NewReader(r)
	head, err := in.Peek(2)
	if err != nil {
		return nil, err
	}
	if head[0]&0x0f == 8 && (int(head[0])<<8|int(head[1]))%31 == 0 {
		return zlib.NewReader(in)
	}
	return flate.NewReader(in), nil
}

// coded reads what a decoder makes of a body, and tells an error of the body's
// coding from one of the connection below.
type coded struct {
	r  io.Reader
	in *remembering
}

func (c *coded) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		err = c.in.blame(err)
	}
	return n, err
}

// remembering keeps the error with which a reader ended.
type remembering struct {
	r   io.Reader
	err error
}

func (r *remembering) Read(p []byte) (n int, err error) {
	n, err = r.r.Read(p)
	r.err = err
	return n, err
}

// blame returns the error of the connection if there was one, else that of the
// decoder as one of the coding.
func (r *remembering) blame(err error) error {
	switch {
	case r.err != nil && !errors.Is(r.err, io.EOF):
		return r.err
	case r.err != nil && errors.Is(err, io.ErrUnexpectedEOF):
		return err // cut
	}
	return fmt.Errorf("%w: %w", errCompressed, err)
}
