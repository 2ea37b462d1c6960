package source

import (
	"bufio"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/klauspost/compress/zstd"
)

// acceptEncoding lists the codings that decompress reads.
const acceptEncoding = "gzip, deflate, zstd"

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
	for i := len(codings) - 1; i >= 0; i-- {
		in := &remembering{r: r}
		next, err := decoder(in, codings[i])
		if err != nil {
			return nil, in.blame(err)
		}
		r = &coded{next, in}
	}
	return r, nil
}

func decoder(r io.Reader, coding string) (io.Reader, error) {
	switch coding {
	case "gzip", "x-gzip":
		return gzip.NewReader(r)
	case "deflate":
		return inflate(r)
	case "zstd":
		z, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(maxZstdWindow), zstd.WithDecoderLowmem(true))
		if err != nil {
			return nil, err
		}
		return z, nil
	}
	return nil, fmt.Errorf("%q", coding)
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

// coded tells the errors of a coding from those of the connection below.
type coded struct {
	r  io.Reader
	in *remembering
}

func (c *coded) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	if err != nil && err != io.EOF {
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
	case r.err != nil && r.err != io.EOF:
		return r.err
	case r.err == io.EOF && errors.Is(err, io.ErrUnexpectedEOF):
		return err // cut
	}
	return fmt.Errorf("%w: %w", errCompressed, err)
}
