package fetch

import (
	"bytes"

	"golang.org/x/net/html/charset"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"

	"fincat/harvest/problem"
)

// Text returns the body in UTF-8. The encoding is found by byte order mark,
// by being valid UTF-8, by what header and content declare, unless the content
// is plainly Big5, and last by being Big5. Bytes that fit in no encoding become
// U+FFFD. want overrides all but the first; "" and "auto" do not.
func (r *Response) Text(want string) ([]byte, error) {
	if e := byMark(r.Body); e != nil {
		return decode(r.Body, e)
	}
	if want != "" && want != "auto" {
		e, _ := charset.Lookup(want)
		if e == nil {
			return nil, problem.Errorf(problem.Place{URL: r.URL}, "encoding", "write utf-8 or big5",
				"encoding %q is unknown", want)
		}
		return decode(r.Body, e)
	}
	return r.decodeAs(r.settle(evidenceOf(r.Body), r.Body))
}

// UTF8 returns the body for formats that are UTF-8 by definition, such as JSON:
// another encoding is used, and told of, when a byte order mark, the header or
// plainly the content says so.
func (r *Response) UTF8() ([]byte, error) {
	if e := byMark(r.Body); e != nil {
		return decode(r.Body, e)
	}
	return r.decodeAs(r.settle(evidenceOf(r.Body), nil))
}

func (r *Response) decodeAs(e encoding.Encoding) ([]byte, error) {
	if e == nil {
		return r.Body, nil
	}
	return decode(r.Body, e)
}

// inContent returns the encoding that a text declares for itself, as HTML and
// XML do, if it is not UTF-8. Without a declaration the standard's guess is
// windows-1252, which means nothing here.
func inContent(text []byte) (is encoding.Encoding, name string) {
	e, name, _ := charset.DetermineEncoding(text[:min(len(text), 1024)], "")
	if name == "windows-1252" || name == "utf-8" {
		return nil, ""
	}
	return e, name
}

// byMark returns the encoding that a byte order mark at the beginning names.
func byMark(b []byte) encoding.Encoding {
	switch {
	case bytes.HasPrefix(b, []byte{0xEF, 0xBB, 0xBF}):
		return unicode.UTF8BOM
	case bytes.HasPrefix(b, []byte{0xFF, 0xFE}):
		return unicode.UTF16(unicode.LittleEndian, unicode.UseBOM)
	case bytes.HasPrefix(b, []byte{0xFE, 0xFF}):
		return unicode.UTF16(unicode.BigEndian, unicode.UseBOM)
	}
	return nil
}

func decode(b []byte, e encoding.Encoding) ([]byte, error) {
	out, _, err := transform.Bytes(e.NewDecoder(), b)
	return out, err
}

// IsHTML reports whether a text begins as a web page does.
func IsHTML(text []byte) bool {
	head := bytes.ToLower(bytes.TrimSpace(text[:min(len(text), 1024)]))
	return bytes.HasPrefix(head, []byte("<!doctype html")) || bytes.HasPrefix(head, []byte("<html"))
}
