package rdfio

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"strings"

	"github.com/klauspost/compress/zstd"
	"golang.org/x/net/html/charset"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"

	"fincat/vocab/document"
)

const sniffBytes = 4096

// opened is a decompressed UTF-8 byte stream without byte order mark.
type opened struct {
	io.Reader
	close func()
}

// Close releases the decompressor; it leaves the caller's reader open.
func (d *opened) Close() {
	if d.close != nil {
		d.close()
	}
}

// open removes compression, finds charset and syntax, and recodes to UTF-8.
func open(ctx context.Context, r io.Reader, o ReadOptions) (*opened, Format, error) {
	d := &opened{Reader: document.WithContext(ctx, r)}
	if err := d.decompress(); err != nil {
		return nil, 0, err
	}
	d.Reader = document.Bounded(d.Reader, o.Limits.DocumentBytes)
	b := bufio.NewReaderSize(d.Reader, sniffBytes)
	head, err := b.Peek(sniffBytes)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, bufio.ErrBufferFull) {
		d.Close()
		return nil, 0, fmt.Errorf("read RDF: %w", err)
	}
	enc, bom := findEncoding(head, o.MediaType)
	if bom > 0 {
		_, _ = b.Discard(bom)
		head = head[bom:]
	}
	d.Reader = b
	if enc != nil {
		d.Reader = transform.NewReader(b, enc.NewDecoder())
		head, _, _ = transform.Bytes(enc.NewDecoder(), head)
	}
	f, err := findFormat(head, o)
	if err != nil {
		d.Close()
		return nil, 0, err
	}
	return d, f, nil
}

// decompress looks for the magic numbers of gzip (RFC 1952 §2.3.1) and
// Zstandard (RFC 8878 §3.1.1); what a name or header says is not needed.
func (d *opened) decompress() error {
	b := bufio.NewReader(d.Reader)
	d.Reader = b
	magic, _ := b.Peek(4)
	switch {
	case bytes.HasPrefix(magic, []byte{0x1F, 0x8B}):
		z, err := gzip.NewReader(b)
		if err != nil {
			return fmt.Errorf("read gzip: %w", err)
		}
		d.Reader = z
	case bytes.Equal(magic, []byte{0x28, 0xB5, 0x2F, 0xFD}):
		z, err := zstd.NewReader(b, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(256<<20))
		if err != nil {
			return fmt.Errorf("read zstd: %w", err)
		}
		d.Reader, d.close = z, z.Close
	}
	return nil
}

// findEncoding returns the decoder for a document's charset, nil for UTF-8,
// and the length of its byte order mark: by the mark, by the zero bytes of
// UTF-16, by the media type, by the XML declaration.
func findEncoding(head []byte, mediaType string) (encoding.Encoding, int) {
	switch {
	case bytes.HasPrefix(head, []byte("\xEF\xBB\xBF")):
		return nil, 3
	case bytes.HasPrefix(head, []byte("\xFE\xFF")):
		return unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM), 2
	case bytes.HasPrefix(head, []byte("\xFF\xFE")):
		return unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM), 2
	case len(head) >= 2 && head[0] == 0 && head[1] != 0:
		return unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM), 0
	case len(head) >= 2 && head[0] != 0 && head[1] == 0:
		return unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM), 0
	}
	label := xmlEncoding(head)
	if _, params, err := mime.ParseMediaType(mediaType); err == nil && params["charset"] != "" {
		label = params["charset"]
	}
	enc, name := charset.Lookup(label)
	// A document that declares UTF-16 in bytes we could read is not UTF-16.
	if enc == nil || name == "utf-8" || strings.HasPrefix(name, "utf-16") || name == "replacement" {
		return nil, 0
	}
	return enc, 0
}

// xmlEncoding returns the encoding named in an XML declaration, or "".
func xmlEncoding(head []byte) string {
	rest, ok := bytes.CutPrefix(head, []byte("<?xml"))
	if !ok {
		return ""
	}
	decl, _, _ := bytes.Cut(rest, []byte("?>"))
	_, v, ok := bytes.Cut(decl, []byte("encoding"))
	if !ok {
		return ""
	}
	v = bytes.TrimLeft(v, " \t\r\n=")
	if len(v) == 0 || v[0] != '"' && v[0] != '\'' {
		return ""
	}
	name, _, _ := bytes.Cut(v[1:], v[:1])
	return string(name)
}
