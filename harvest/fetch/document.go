package fetch

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"io"

	"golang.org/x/net/html/charset"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"

	"fincat/harvest/problem"
)

// Document is a response that is read as a stream, as often as needed, so that
// memory does not grow with it. Documents in gzip, by their content, are
// unpacked.
type Document struct {
	*Response
	Head []byte // its beginning, up to 64 KiB

	limit Size
	cut   int64 // where UTF-8 ends within a character, which is left out

	found   evidence // of the encoding, once it was read
	read    bool
	settled bool // what is wrong with the encoding was told
}

// headBytes is how much of a document is looked at to tell what it is.
const headBytes = 64 << 10

func openDocument(r *Response, limit Size) (*Document, error) {
	d := &Document{Response: r, limit: limit}
	in, err := d.Open()
	if err != nil {
		return nil, Explain(r.URL, err)
	}
	defer in.Close()
	if d.Head, err = io.ReadAll(io.LimitReader(in, headBytes)); err != nil {
		return nil, Explain(r.URL, err)
	}
	return d, nil
}

// NewDocument makes a document of a response that is in memory, of which limit
// bytes may come when it is unpacked.
func NewDocument(r *Response, limit Size) (*Document, error) {
	c := *r
	c.body = &body{data: r.Body, size: int64(len(r.Body))}
	return openDocument(&c, limit)
}

// Close lets go of the document before the session ends.
func (d *Document) Close() { d.body.close() }

// Whole returns the document as a response in memory, unpacked.
func (d *Document) Whole() (*Response, error) {
	in, err := d.Open()
	if err != nil {
		return nil, Explain(d.URL, err)
	}
	defer in.Close()
	r := *d.Response
	if r.Body, err = io.ReadAll(in); err != nil {
		return nil, Explain(d.URL, err)
	}
	return &r, nil
}

// Open returns the document's bytes from its beginning, as many as the limit
// allows.
func (d *Document) Open() (io.ReadCloser, error) {
	in, err := d.body.open()
	if err != nil {
		return nil, err
	}
	buf := bufio.NewReader(in)
	if magic, _ := buf.Peek(3); !bytes.HasPrefix(magic, []byte{0x1F, 0x8B}) || len(magic) < 3 {
		return &readCloser{buf, in}, nil
	}
	z, err := gzip.NewReader(buf)
	if err != nil {
		return nil, errors.Join(errCompressed, err, in.Close())
	}
	return &limited{r: z, close: in, left: int64(d.limit)}, nil
}

// OpenText returns the document in UTF-8, its encoding found as that of
// [Response.Text].
func (d *Document) OpenText(want string) (io.ReadCloser, error) {
	if want == "" {
		want = "auto"
	}
	return d.decoded(want)
}

// OpenUTF8 is OpenText for formats that are UTF-8 by definition, as [Response.UTF8].
func (d *Document) OpenUTF8() (io.ReadCloser, error) { return d.decoded("") }

func (d *Document) decoded(want string) (io.ReadCloser, error) {
	e, err := d.encoding(want)
	if err != nil {
		return nil, err
	}
	in, err := d.Open()
	if err != nil {
		return nil, Explain(d.URL, err)
	}
	if d.cut > 0 && (e == nil || e == unicode.UTF8) {
		in = &readCloser{io.LimitReader(in, d.cut), in}
	}
	if e == nil {
		return in, nil
	}
	return &readCloser{transform.NewReader(in, e.NewDecoder()), in}, nil
}

// encoding finds the encoding, nil for UTF-8. want is "" for formats that are
// UTF-8 by definition, "auto" to guess, or a name.
func (d *Document) encoding(want string) (encoding.Encoding, error) {
	if e := byMark(d.Head); e != nil {
		return e, nil
	}
	if want != "" && want != "auto" {
		e, _ := charset.Lookup(want)
		if e == nil {
			return nil, problem.Errorf(problem.Place{URL: d.URL}, "encoding", "write utf-8 or big5",
				"encoding %q is unknown", want)
		}
		return e, nil
	}
	if !d.read {
		found, cut, err := readEvidence(d.Open)
		if err != nil {
			return nil, Explain(d.URL, err)
		}
		d.cut = cut // half a character at the end means that the rest is missing
		d.found, d.read = found, true
	}
	head := d.Head
	if want == "" {
		head = nil
	}
	notice := d.Notice
	if d.settled {
		d.Notice = nil
	}
	is := d.settle(d.found, head)
	d.Notice, d.settled = notice, true
	return is, nil
}
