package source

import (
	"bytes"
	"mime"
	"unicode/utf8"

	"golang.org/x/net/html/charset"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/traditionalchinese"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// Text returns the body in UTF-8. The encoding is found by byte order mark,
// by being valid UTF-8, by the header, by a declaration in the content and
// last by being valid Big5. want overrides all but the first; "" and "auto"
// do not.
func (r *Response) Text(want string) ([]byte, error) {
	body := r.Body
	if e := byMark(body); e != nil {
		return decode(body, e)
	}
	if want != "" && want != "auto" {
		e, _ := charset.Lookup(want)
		if e == nil {
			return nil, fail(Place{URL: r.URL}, "encoding", "write utf-8 or big5", "encoding %q is unknown", want)
		}
		return decode(body, e)
	}
	if utf8.Valid(body) {
		return body, nil
	}
	if e := r.declared(); e != nil {
		return decode(body, e)
	}
	if e, name, _ := charset.DetermineEncoding(body[:min(len(body), 1024)], ""); name != "windows-1252" && name != "utf-8" {
		return decode(body, e)
	}
	if out, err := decode(body, traditionalchinese.Big5); err == nil && !bytes.ContainsRune(out, utf8.RuneError) {
		return out, nil
	}
	return nil, r.notUTF8(1)
}

// UTF8 returns the body for formats that are UTF-8 by definition, such as JSON:
// only a byte order mark or the header may say otherwise, nothing is guessed.
func (r *Response) UTF8() ([]byte, error) {
	if e := byMark(r.Body); e != nil {
		return decode(r.Body, e)
	}
	if utf8.Valid(r.Body) {
		return r.Body, nil
	}
	if e := r.declared(); e != nil {
		return decode(r.Body, e)
	}
	return nil, r.notUTF8(1)
}

// declared returns the encoding that the header names, if it is not UTF-8.
func (r *Response) declared() encoding.Encoding {
	_, params, _ := mime.ParseMediaType(r.contentType)
	e, name := charset.Lookup(params["charset"])
	if name == "utf-8" {
		return nil
	}
	return e
}

// notUTF8 says where the body, which begins on line first, is not UTF-8.
func (r *Response) notUTF8(first int) error {
	at := 0
	for at < len(r.Body) {
		c, n := utf8.DecodeRune(r.Body[at:])
		if c == utf8.RuneError && n <= 1 {
			break
		}
		at += n
	}
	line := first + bytes.Count(r.Body[:at], []byte("\n"))
	return encodingError(r.URL, line, at, r.Body[at])
}

func encodingError(address string, line, at int, b byte) *Error {
	return fail(Place{address, lineLocator(line)}, "encoding", "the source should send UTF-8 or name its encoding in Content-Type", "byte %d (0x%02X) is not UTF-8 and no encoding is declared", at, b)
}

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
