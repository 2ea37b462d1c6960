package fetch

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fincat/vocab/document"
	"fmt"
	"io"
	"os"

	"github.com/zeebo/xxh3"
)

// inMemory is how much of a received body is kept in memory; larger ones go to
// a temporary file.
const inMemory = 1 << 20

// body is what a server sent, as it was received. It can be opened as often as
// needed: it is in memory, in a temporary file or in the cache.
type body struct {
	data []byte
	file *os.File // gone from its folder; it ends with the process at the latest
	kept string   // file of the cache, compressed
	size int64
}

// receive reads a body to its end.
func receive(r io.Reader) (b *body, err error) {
	var start bytes.Buffer
	n, err := io.CopyN(&start, r, inMemory)
	if errors.Is(err, io.EOF) {
		return &body{data: start.Bytes(), size: n}, nil
	}
	if err != nil {
		return nil, err
	}
	f, err := os.CreateTemp("", "fincat-*.tmp")
	if err != nil {
		return nil, fmt.Errorf("keep the response: %w", err)
	}
	b = &body{file: f}
	err = os.Remove(f.Name())
	if err == nil {
		b.size, err = io.Copy(f, io.MultiReader(&start, r))
	}
	if err != nil {
		b.close()
		return nil, err
	}
	return b, nil
}

// keptBody returns the body in a file of the cache after reading it once, so
// that a damaged file is found before anybody relies on it.
func keptBody(ctx context.Context, path string, limit Size) (*body, error) {
	b := &body{kept: path}
	r, err := b.open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	b.size, err = io.Copy(io.Discard, document.WithContext(ctx, &limited{r: r, close: r, left: int64(limit)}))
	return b, err
}

// open returns the body from its beginning.
func (b *body) open() (io.ReadCloser, error) {
	switch {
	case b.file != nil:
		return io.NopCloser(io.NewSectionReader(b.file, 0, b.size)), nil
	case b.kept == "":
		return io.NopCloser(bytes.NewReader(b.data)), nil
	}
	f, err := os.Open(b.kept)
	if err != nil {
		return nil, err
	}
	z, err := gzip.NewReader(f)
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return &readCloser{z, f}, nil
}

// readCloser reads from one and closes the other.
type readCloser struct {
	io.Reader
	io.Closer
}

// bytes returns the body as a whole.
func (b *body) bytes() ([]byte, error) {
	if b.file == nil && b.kept == "" {
		return b.data, nil
	}
	r, err := b.open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	data := make([]byte, b.size)
	if _, err := io.ReadFull(r, data); err != nil {
		return nil, err
	}
	return data, nil
}

// ends are the beginning and the end of a body, and the hash of all of it.
type ends struct {
	head, tail []byte
	sum        uint64
}

const endBytes = 512

func (b *body) ends(ctx context.Context) (e ends, err error) {
	r, err := b.open()
	if err != nil {
		return e, err
	}
	defer r.Close()
	in, h := document.WithContext(ctx, r), xxh3.New()
	buf := make([]byte, 32<<10)
	for {
		n, err := in.Read(buf)
		_, _ = h.Write(buf[:n]) // never fails
		e.head = append(e.head, buf[:min(n, endBytes-len(e.head))]...)
		e.tail = append(e.tail, buf[:n]...)
		e.tail = append(e.tail[:0], e.tail[max(0, len(e.tail)-endBytes):]...)
		if errors.Is(err, io.EOF) {
			e.sum = h.Sum64()
			return e, nil
		}
		if err != nil {
			return e, err
		}
	}
}

// marked reports whether the body's form itself would show that its end is
// missing, as JSON, XML, whole pages and compressed files do. CSV, for example,
// does not: when it comes without a length, nobody can see that lines are
// missing.
func (e ends) marked() bool {
	head := bytes.TrimSpace(bytes.TrimPrefix(e.head, []byte("\xEF\xBB\xBF")))
	switch {
	case len(head) == 0, bytes.HasPrefix(head, []byte("PK\x03\x04")), bytes.HasPrefix(head, []byte{0x1f, 0x8b}):
		return true
	case IsHTML(head):
		return bytes.HasSuffix(bytes.ToLower(bytes.TrimSpace(e.tail)), []byte("</html>"))
	case bytes.HasPrefix(head, []byte("[")): // an array, or a blank node of Turtle
		return bytes.HasSuffix(bytes.TrimSpace(e.tail), []byte("]"))
	}
	return head[0] == '{' || head[0] == '<' && bytes.HasPrefix(head, []byte("<?xml"))
}

func (b *body) close() {
	if b.file != nil {
		b.file.Close() // nobody needs what was written
	}
}

// Reader returns the body, unpacked when its content says gzip; of that at most
// limit bytes.
func (r *Response) Reader(limit Size) (io.Reader, error) {
	if len(r.Body) > 2 && r.Body[0] == 0x1f && r.Body[1] == 0x8b {
		z, err := decompress(bytes.NewReader(r.Body), "gzip")
		if err != nil {
			return nil, err
		}
		return &limited{r: z, close: io.NopCloser(nil), left: int64(limit)}, nil
	}
	return bytes.NewReader(r.Body), nil
}
