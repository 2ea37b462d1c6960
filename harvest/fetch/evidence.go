package fetch

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html/charset"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/traditionalchinese"
	"golang.org/x/text/encoding/unicode"

	"fincat/harvest/problem"
)

// evidence is what the bytes of a text tell about its encoding.
type evidence struct {
	utf8 int // characters of several bytes in UTF-8
	bad  int // bytes that are not UTF-8
	line int // of the first of them
	at   int64
	byte byte

	frequent int // characters of Big5 that are in everyday use, and its punctuation
	rare     int
	wrong    int // bytes that are not Big5
}

// readEvidence reads a text to its end, and once more if it is not UTF-8. A
// character that the end cuts off is no bad byte; cut is where it begins, 0 if
// there is none.
func readEvidence(open func() (io.ReadCloser, error)) (e evidence, cut int64, err error) {
	e.line = 1
	at := int64(0)
	left, err := eachChunk(open, func(text []byte) int {
		good := e.utf8Characters(text, at)
		at += int64(good)
		return good
	})
	if left > 0 {
		cut = at
	}
	if err != nil || e.bad == 0 {
		return e, cut, err
	}
	lead := byte(0)
	_, err = eachChunk(open, func(text []byte) int {
		lead = e.big5(text, lead)
		return len(text)
	})
	return e, cut, err
}

// eachChunk hands over a text in pieces; take returns how much of a piece it
// took, the rest comes again. left is what was not taken at the end.
func eachChunk(open func() (io.ReadCloser, error), take func([]byte) int) (left int, err error) {
	in, err := open()
	if err != nil {
		return 0, err
	}
	defer in.Close()
	buf := make([]byte, 64<<10)
	n := 0
	for end := false; !end; {
		m, err := in.Read(buf[n:])
		if end = errors.Is(err, io.EOF); err != nil && !end {
			return 0, err
		}
		n += m
		n = copy(buf, buf[take(buf[:n]):n])
	}
	return n, nil
}

// utf8Characters counts what is UTF-8, and returns how far: a character at the
// end that may go on is left.
func (e *evidence) utf8Characters(text []byte, at int64) int {
	whole := len(text)
	for i := len(text) - 1; i >= max(0, len(text)-utf8.UTFMax); i-- {
		if utf8.RuneStart(text[i]) {
			if !utf8.FullRune(text[i:]) {
				whole = i
			}
			break
		}
	}
	if utf8.Valid(text[:whole]) { // nearly always: about half of the bytes beyond one a character count
		if e.bad == 0 {
			e.line += bytes.Count(text[:whole], []byte{'\n'})
		}
		e.utf8 += (whole - utf8.RuneCount(text[:whole])) / 2
		return whole
	}
	for i := 0; i < len(text); {
		if text[i] < utf8.RuneSelf {
			if text[i] == '\n' && e.bad == 0 {
				e.line++
			}
			i++
			continue
		}
		c, size := utf8.DecodeRune(text[i:])
		switch {
		case c != utf8.RuneError || size > 1:
			e.utf8++
		case !utf8.FullRune(text[i:]):
			return i
		default:
			if e.bad++; e.bad == 1 {
				e.at, e.byte = at+int64(i), text[i]
			}
		}
		i += size
	}
	return len(text)
}

// big5 counts what reads as Big5; lead is the first byte of a character whose
// second comes next.
func (e *evidence) big5(text []byte, lead byte) byte {
	for _, b := range text {
		switch {
		case lead != 0:
			switch trail := b >= 0x40 && b <= 0x7E || b >= 0xA1 && b <= 0xFE; {
			case !trail:
				e.wrong++
			case lead >= 0xA1 && lead <= 0xC6:
				e.frequent++
			default:
				e.rare++
			}
			lead = 0
		case b < utf8.RuneSelf:
		case b >= 0x81 && b <= 0xFE:
			lead = b
		default:
			e.wrong++
		}
	}
	return lead
}

// isBig5 reports whether a text that is not UTF-8 is rather Big5: nearly all of
// it reads so, most of it as characters in everyday use.
func (e *evidence) isBig5() bool {
	return e.frequent > 1 && e.frequent >= 3*e.rare && e.frequent >= 20*e.wrong && e.bad > e.utf8
}

// declaration is an encoding that the header or the content names; UTF-8 is none.
type declaration struct {
	encoding.Encoding
	name string
	as   string // how it was named, if otherwise
}

// said returns the name for people to read.
func (d declaration) said() string {
	if d.as == "" {
		return d.name
	}
	return d.as + " (" + d.name + ")"
}

// isWestern reports whether it is one that servers name when they know nothing
// of the text.
func (d declaration) isWestern() bool {
	return d.name == "windows-1252" || d.name == "iso-8859-15"
}

// choose returns the encoding of a text, nil for UTF-8, and what is wrong with
// it, if anything.
func (e *evidence) choose(declared declaration, sayUndeclared bool) (is encoding.Encoding, wrong string) {
	none := declared.Encoding == nil
	switch {
	case e.bad == 0 && (none || e.utf8 == 0):
		return nil, ""
	case e.bad == 0:
		return nil, "the text is declared as " + declared.said() + " but is UTF-8"
	case e.isBig5() && (none || declared.isWestern()):
		switch {
		case !none:
			wrong = "the text is declared as " + declared.said() + " but reads as Big5"
		case sayUndeclared:
			wrong = "the text is not declared as Big5 but reads so"
		}
		return traditionalchinese.Big5, wrong
	case !none && (e.bad > e.utf8 || !declared.isWestern()):
		return declared.Encoding, ""
	}
	return unicode.UTF8, fmt.Sprintf("what is not UTF-8: %s, the first at %d (0x%02X); U+FFFD stands there",
		problem.Count(e.bad, "byte"), e.at, e.byte)
}

// settle chooses the encoding by what was found, and tells what is wrong. head is
// the beginning of a text that may declare its encoding; nil of one that cannot.
func (r *Response) settle(e evidence, head []byte) encoding.Encoding {
	_, params, _ := mime.ParseMediaType(r.ContentType)
	header, name := charset.Lookup(params["charset"])
	declared := declaration{Encoding: header, name: name}
	if as := strings.ToLower(strings.TrimSpace(params["charset"])); as != name {
		declared.as = as
	}
	if name == "utf-8" {
		declared = declaration{}
	}
	if declared.Encoding == nil && head != nil {
		declared.Encoding, declared.name = inContent(head)
		declared.as = ""
	}
	is, wrong := e.choose(declared, head == nil || name == "utf-8")
	if wrong != "" && r.Notice != nil {
		p := problem.Place{URL: r.URL}
		if e.bad > 0 && strings.Contains(wrong, replacement) {
			p.Locator = problem.Line(e.line)
		}
		r.Notice(problem.Problem{Severity: problem.Warning, Place: p, Rule: "encoding", Message: wrong,
			Remedy: "the source should send UTF-8, or name in Content-Type the encoding that it uses"})
	}
	return is
}

const replacement = "U+FFFD"

func evidenceOf(text []byte) evidence {
	e, cut, _ := readEvidence(func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(text)), nil })
	if cut > 0 && e.bad == 0 {
		e.bad, e.at, e.byte = 1, cut, text[cut]
	}
	return e
}
