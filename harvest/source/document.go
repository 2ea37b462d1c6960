package source

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"unicode/utf8"

	"golang.org/x/net/html/charset"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/traditionalchinese"
	"golang.org/x/text/transform"
)

// document is what a source sent, to be read as a stream as often as needed, so
// that memory does not grow with it. Documents in gzip, by their content, are
// unpacked.
type document struct {
	*Response
	limit Size
	head  []byte // its beginning, up to headBytes
	cut   int64  // where UTF-8 ends within a character, which is left out
}

// headBytes is how much of a document is looked at to tell what it is.
const headBytes = 64 << 10

func newDocument(r *Response, limit Size) (*document, error) {
	d := &document{Response: r, limit: limit}
	in, err := d.open()
	if err != nil {
		return nil, explain(r.URL, err)
	}
	defer in.Close()
	if d.head, err = io.ReadAll(io.LimitReader(in, headBytes)); err != nil {
		return nil, explain(r.URL, err)
	}
	return d, nil
}

// documentOf makes a document of a response that is in memory.
func documentOf(r *Response, limit Size) (*document, error) {
	c := *r
	c.body = &body{data: r.Body, size: int64(len(r.Body))}
	return newDocument(&c, limit)
}

// whole returns the document as a response in memory, unpacked.
func (d *document) whole() (*Response, error) {
	in, err := d.open()
	if err != nil {
		return nil, explain(d.URL, err)
	}
	defer in.Close()
	r := *d.Response
	if r.Body, err = io.ReadAll(in); err != nil {
		return nil, explain(d.URL, err)
	}
	return &r, nil
}

// open returns the document's bytes from its beginning, as many as the limit
// allows.
func (d *document) open() (io.ReadCloser, error) {
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

// text returns the document in UTF-8, its encoding found as that of
// [Response.Text].
func (d *document) text(want string) (io.ReadCloser, error) {
	if want == "" {
		want = "auto"
	}
	return d.decoded(want)
}

// utf8 is text for formats that are UTF-8 by definition, as [Response.UTF8].
func (d *document) utf8() (io.ReadCloser, error) { return d.decoded("") }

func (d *document) decoded(want string) (io.ReadCloser, error) {
	e, err := d.encoding(want)
	if err != nil {
		return nil, err
	}
	in, err := d.open()
	if err != nil {
		return nil, explain(d.URL, err)
	}
	if e == nil && d.cut > 0 {
		return &readCloser{io.LimitReader(in, d.cut), in}, nil
	}
	if e == nil {
		return in, nil
	}
	return &readCloser{transform.NewReader(in, e.NewDecoder()), in}, nil
}

// encoding finds the encoding, nil for UTF-8. want is "" for formats that are
// UTF-8 by definition, "auto" to guess, or a name.
func (d *document) encoding(want string) (encoding.Encoding, error) {
	if e := byMark(d.head); e != nil {
		return e, nil
	}
	if want != "" && want != "auto" {
		e, _ := charset.Lookup(want)
		if e == nil {
			return nil, fail(Place{URL: d.URL}, "encoding", "write utf-8 or big5", "encoding %q is unknown", want)
		}
		return e, nil
	}
	bad, err := d.notUTF8()
	if bad == nil || err != nil {
		return nil, err
	}
	if e := d.declared(); e != nil {
		return e, nil
	}
	if want == "" {
		return nil, bad
	}
	if e, name, _ := charset.DetermineEncoding(d.head[:min(len(d.head), 1024)], ""); name != "windows-1252" && name != "utf-8" {
		return e, nil
	}
	if ok, err := d.isBig5(); ok || err != nil {
		return traditionalchinese.Big5, err
	}
	return nil, bad
}

// notUTF8 says where the document is not UTF-8; nil when it is.
func (d *document) notUTF8() (bad *Error, err error) {
	in, err := d.open()
	if err != nil {
		return nil, explain(d.URL, err)
	}
	defer in.Close()
	buf := make([]byte, 64<<10)
	at, line, n := 0, 1, 0
	for end := false; !end; {
		m, err := in.Read(buf[n:])
		if end = errors.Is(err, io.EOF); err != nil && !end {
			return nil, explain(d.URL, err)
		}
		n += m
		good := n
		if !utf8.Valid(buf[:n]) {
			for good = 0; good < n; {
				c, size := utf8.DecodeRune(buf[good:n])
				if c == utf8.RuneError && size <= 1 {
					break
				}
				good += size
			}
		}
		line += bytes.Count(buf[:good], []byte("\n"))
		if good < n && utf8.FullRune(buf[good:n]) { // half a character at the end means that the rest is missing
			return encodingError(d.URL, line, at+good, buf[good]), nil
		}
		at += good
		if n = copy(buf, buf[good:n]); end && n > 0 {
			d.cut = int64(at)
		}
	}
	return nil, nil
}

// isBig5 reports whether all of the document reads as Big5.
func (d *document) isBig5() (bool, error) {
	in, err := d.open()
	if err != nil {
		return false, explain(d.URL, err)
	}
	defer in.Close()
	text := bufio.NewReader(transform.NewReader(in, traditionalchinese.Big5.NewDecoder()))
	for {
		switch c, _, err := text.ReadRune(); {
		case errors.Is(err, io.EOF):
			return true, nil
		case err != nil:
			return false, explain(d.URL, err)
		case c == utf8.RuneError:
			return false, nil
		}
	}
}

// textHead returns the beginning of the text without white space before it.
func (d *document) textHead() ([]byte, error) {
	in, err := d.utf8()
	if err != nil {
		return nil, err
	}
	defer in.Close()
	head, err := io.ReadAll(io.LimitReader(in, headBytes))
	if err != nil {
		return nil, explain(d.URL, err)
	}
	return bytes.TrimSpace(head), nil
}

// empty reports whether there is nothing but white space at the beginning.
func (d *document) empty() bool {
	return len(bytes.TrimSpace(bytes.TrimPrefix(d.head, []byte("\xEF\xBB\xBF")))) == 0
}

// jsonError says where the document is broken, and whether it is JSON at all.
// offset is how far the decoder came.
func (d *document) jsonError(offset int64, err error) error {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	cut := errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF)
	if !cut && !errors.As(err, &syntax) && !errors.As(err, &kind) {
		return explain(d.URL, err)
	}
	line, size := d.measure(offset, cut)
	p := Place{d.URL, lineLocator(line)}
	switch {
	case d.empty():
		return fail(p, "empty", "harvest again later; ask the source's owner if it stays empty", "the answer is empty")
	case looksHTML(d.head):
		return fail(p, "html", "open the address in a browser: it answers with a page, perhaps of an error", "the answer is a web page, not JSON")
	case cut:
		return fail(p, "cut", "harvest again; the answer was cut off", "the JSON ends after %d bytes: %v", size, err)
	}
	return fail(p, "json", "ask the source's owner to send valid JSON", "broken JSON: %v", err)
}

// xmlError is jsonError for XML.
func (d *document) xmlError(err error) error {
	var syntax *xml.SyntaxError
	if !errors.As(err, &syntax) && !errors.Is(err, io.EOF) {
		return explain(d.URL, err)
	}
	_, size := d.measure(0, true)
	return xmlErrorIn(d.URL, d.head, size, err)
}

// measure counts the lines up to an offset of the text, or all, and the bytes.
func (d *document) measure(offset int64, all bool) (line int, size int64) {
	line = 1
	in, err := d.utf8()
	if err != nil {
		return line, 0
	}
	defer in.Close()
	var r io.Reader = in
	if !all {
		r = io.LimitReader(in, offset)
	}
	buf := make([]byte, 64<<10)
	for {
		n, err := r.Read(buf)
		line += bytes.Count(buf[:n], []byte("\n"))
		if size += int64(n); err != nil {
			return line, size
		}
	}
}
