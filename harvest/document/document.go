package document

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"

	"fincat/harvest/fetch"
	"fincat/harvest/problem"
)

// Document is a fetched document that is read as a stream of JSON, XML, CSV or
// lines.
type Document struct {
	*fetch.Document
	repaired bool // what was repaired was told
}

// headBytes is how much of a document is looked at to tell what it is.
const headBytes = 64 << 10

// TextHead returns the beginning of the text without white space before it.
func (d *Document) TextHead() ([]byte, error) {
	in, err := d.OpenUTF8()
	if err != nil {
		return nil, err
	}
	defer in.Close()
	head, err := io.ReadAll(io.LimitReader(in, headBytes))
	if err != nil {
		return nil, fetch.Explain(d.URL, err)
	}
	return bytes.TrimSpace(head), nil
}

// JSONError says where the document is broken, and whether it is JSON at all.
// offset is how far the decoder came.
func (d *Document) JSONError(offset int64, err error) error {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	cut := errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF)
	if !cut && !errors.As(err, &syntax) && !errors.As(err, &kind) {
		return fetch.Explain(d.URL, err)
	}
	line, size := d.measure(offset, cut)
	p := problem.At(d.URL, problem.Line(line))
	return jsonFault(p, d.Head, cut, size, err)
}

// jsonFault is the error of JSON that begins with head and is broken, or was cut
// off after size bytes.
func jsonFault(p problem.Place, head []byte, cut bool, size int64, err error) error {
	if none := otherThan("JSON", p, head); none != nil {
		return none
	}
	if cut {
		return problem.Errorf(p, "cut", "harvest again; the answer was cut off", "the JSON ends after %d bytes: %v",
			size, err)
	}
	return problem.Errorf(p, "json", "ask the source's owner to send valid JSON", "broken JSON: %v", err)
}

// otherThan returns the error of an answer that is empty or a web page instead of a
// document in a format, nil for all others.
func otherThan(format string, p problem.Place, head []byte) *problem.Error {
	switch {
	case isBlank(head):
		return problem.Errorf(p, "empty", "harvest again later; ask the source's owner if it stays empty",
			"the answer is empty")
	case fetch.IsHTML(head):
		return problem.Errorf(p, "html", "open the address in a browser: it answers with a page, perhaps of an error",
			"the answer is a web page, not %s", format)
	}
	return nil
}

// isBlank reports whether there is nothing but white space.
func isBlank(head []byte) bool {
	return len(bytes.TrimSpace(bytes.TrimPrefix(head, []byte("\xEF\xBB\xBF")))) == 0
}

// XMLError is JSONError for XML.
func (d *Document) XMLError(err error) error {
	var syntax *xml.SyntaxError
	if !errors.As(err, &syntax) && !errors.Is(err, io.EOF) {
		return fetch.Explain(d.URL, err)
	}
	_, size := d.measure(0, true)
	return xmlErrorIn(d.URL, d.Head, size, err)
}

// measure counts the lines up to an offset of the text, or all, and the bytes.
func (d *Document) measure(offset int64, all bool) (line int, size int64) {
	line = 1
	in, err := d.OpenUTF8()
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

// New makes a document of a response that is in memory.
func New(r *fetch.Response, limit fetch.Size) (*Document, error) {
	d, err := fetch.NewDocument(r, limit)
	return &Document{Document: d}, err
}
