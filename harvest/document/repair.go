package document

import (
	"bufio"
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"

	"fincat/harvest/fetch"
	"fincat/harvest/problem"
)

// One character that a format does not allow must not end a document: what is
// meant is put in its place, or U+FFFD, so that only the record that holds it
// suffers.

// repairer hands on a text, with step deciding what becomes of what comes next.
type repairer struct {
	in   *bufio.Reader
	step func(r *repairer, window []byte) (take int)
	out  []byte
	end  error

	line   int
	told   int
	notice func(line int, what string)
}

const maxRepairsTold = 20 // of one document

func newRepairer(r *fetch.Response, rule string, in io.Reader, step func(*repairer, []byte) int) *repairer {
	return &repairer{in: bufio.NewReaderSize(in, 64<<10), step: step, line: 1, notice: func(line int, what string) {
		if r.Notice != nil {
			r.Notice(problem.Problem{Severity: problem.Warning, Place: problem.At(r.URL, problem.Line(line)),
				Rule: rule, Message: what,
				Remedy: "ask the source's owner to write the format as it is specified; the text was repaired"})
		}
	}}
}

// Read implements io.Reader.
func (r *repairer) Read(p []byte) (int, error) {
	for len(r.out) == 0 {
		if _, err := r.in.Peek(1); err != nil {
			return 0, err
		}
		window, err := r.in.Peek(max(r.in.Buffered(), maxToken))
		if len(window) == 0 {
			return 0, err
		}
		if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, bufio.ErrBufferFull) {
			r.end = err
		}
		r.out = r.out[:0]
		take := r.step(r, window)
		r.line += bytes.Count(window[:take], []byte{'\n'})
		if _, err := r.in.Discard(take); err != nil {
			return 0, err
		}
	}
	n := copy(p, r.out)
	r.out = r.out[n:]
	return n, nil
}

// maxToken is how far step may have to look ahead.
const maxToken = 64

// keep hands on n bytes as they are.
func (r *repairer) keep(window []byte, n int) int {
	r.out = append(r.out, window[:n]...)
	return n
}

// put hands on text in place of n bytes, and tells of it.
func (r *repairer) put(text string, n int, what string) int {
	r.out = append(r.out, text...)
	if r.told++; r.told <= maxRepairsTold {
		r.notice(r.line, what)
	}
	return n
}

// Replacement stands where a character is lost.
const Replacement = "\uFFFD"

// RepairXML makes the characters of an XML document those that XML 1.0 §2.2
// allows, and characters of the entities of HTML and of stray ampersands.
func RepairXML(r *fetch.Response, in io.Reader) io.Reader {
	x := &xmlRepair{entities: true}
	return newRepairer(r, "xml", in, x.step)
}

// RepairXMLText is RepairXML for a text in memory.
func RepairXMLText(r *fetch.Response, text []byte) ([]byte, error) {
	return io.ReadAll(RepairXML(r, bytes.NewReader(text)))
}

// repairCharacters is RepairXML for a reader that knows entities itself.
func repairCharacters(r *fetch.Response, in io.Reader) io.Reader {
	return newRepairer(r, "xml", in, (&xmlRepair{}).step)
}

type xmlRepair struct {
	entities bool
	declares bool   // the document declares entities, which are not followed: they stay to be refused
	until    string // end of the CDATA section or comment that the text is in
}

func (x *xmlRepair) step(r *repairer, window []byte) int {
	for i, b := range window {
		switch {
		case b < 0x20 && b != '\n' && b != '\t' && b != '\r':
		case b == 0xEF && (i+2 >= len(window) || window[i+1] == 0xBF):
		case x.entities && (b == '&' || b == '<' || x.until != "" && b == x.until[0]):
		default:
			continue
		}
		if i > 0 {
			return r.keep(window, i)
		}
		return x.special(r, window)
	}
	return r.keep(window, len(window))
}

var reference = regexp.MustCompile(`^&(?:#([0-9]{1,7})|#[xX]([0-9a-fA-F]{1,6})|([A-Za-z_:][\w.:-]{0,31}));`)

// special decides on the character at the beginning.
func (x *xmlRepair) special(r *repairer, window []byte) int {
	switch b := window[0]; {
	case b < 0x20:
		return r.put(Replacement, 1, fmt.Sprintf("a control character (U+%04X), which XML does not allow", b))
	case b == 0xEF:
		if len(window) > 2 && window[1] == 0xBF && (window[2] == 0xBE || window[2] == 0xBF) {
			return r.put(Replacement, 3, "a character that Unicode does not have")
		}
	case x.until != "":
		if bytes.HasPrefix(window, []byte(x.until)) {
			n := len(x.until)
			x.until = ""
			return r.keep(window, n)
		}
	case b == '<':
		if bytes.HasPrefix(window, []byte("<![CDATA[")) {
			x.until = "]]>"
			return r.keep(window, len("<![CDATA["))
		}
		x.declares = x.declares || bytes.HasPrefix(window, []byte("<!ENTITY"))
		if bytes.HasPrefix(window, []byte("<!--")) {
			x.until = "-->"
			return r.keep(window, len("<!--"))
		}
	case b == '&' && x.entities:
		return x.reference(r, window)
	}
	return r.keep(window, 1)
}

func (x *xmlRepair) reference(r *repairer, window []byte) int {
	m := reference.FindSubmatch(window[:min(len(window), maxToken)])
	if m == nil {
		return r.put("&amp;", 1, "an ampersand that begins no reference")
	}
	name := string(m[3])
	if name == "" {
		digits, base := string(m[1]), 10
		if digits == "" {
			digits, base = string(m[2]), 16
		}
		c, err := strconv.ParseUint(digits, base, 32)
		if err != nil || c < 0x20 && c != '\n' && c != '\t' && c != '\r' || c >= 0xD800 && c <= 0xDFFF ||
			c > 0x10FFFF ||
			c&0xFFFE == 0xFFFE {
			return r.put(Replacement, len(m[0]), "a reference to a character that XML does not allow")
		}
		return r.keep(window, len(m[0]))
	}
	switch name {
	case "lt", "gt", "amp", "quot", "apos":
		return r.keep(window, len(m[0]))
	}
	if x.declares {
		return r.keep(window, len(m[0]))
	}
	if text, ok := xml.HTMLEntity[name]; ok {
		return r.put(text, len(m[0]), "&"+name+"; is an entity of HTML, not of XML")
	}
	return r.put("&amp;", 1, "an entity that is not declared")
}

// repairJSON makes text of control characters and wrong escapes in the strings
// of a JSON document (RFC 8259 §7).
func repairJSON(r *fetch.Response, in io.Reader) io.Reader {
	return newRepairer(r, "json", in, (&jsonRepair{}).step)
}

// RepairJSONText is repairJSON for a text in memory.
func RepairJSONText(r *fetch.Response, text []byte) ([]byte, error) {
	return io.ReadAll(repairJSON(r, bytes.NewReader(text)))
}

type jsonRepair struct{ inside bool }

func (j *jsonRepair) step(r *repairer, window []byte) int {
	for i, b := range window {
		switch {
		case b == '"':
			j.inside = !j.inside
			continue
		case b >= 0x20 && (b != '\\' || !j.inside), !j.inside && (b == '\n' || b == '\t' || b == '\r'):
			continue
		}
		if i > 0 && b == '\\' && i+1 < len(window) { // the usual ones without more ado
			if bytes.IndexByte([]byte(`"\/bfnrtu`), window[i+1]) < 0 || window[i+1] == 'u' && !hex4(window[i+2:]) {
				return r.keep(window, i)
			}
			return r.keep(window, i+2)
		}
		if i > 0 {
			return r.keep(window, i)
		}
		return j.special(r, window)
	}
	return r.keep(window, len(window))
}

func (j *jsonRepair) special(r *repairer, window []byte) int {
	switch b := window[0]; {
	case b == '\\' && len(window) > 1:
		if bytes.IndexByte([]byte(`"\/bfnrtu`), window[1]) >= 0 && (window[1] != 'u' || hex4(window[2:])) {
			return r.keep(window, 2)
		}
		return r.put(`\\`, 1, "a backslash that begins no escape")
	case b == '\\':
		return r.keep(window, 1)
	case !j.inside:
		return r.put(" ", 1, fmt.Sprintf("a control character (U+%04X)", b))
	case b == '\n', b == '\r', b == '\t':
		return r.put(map[byte]string{'\n': `\n`, '\r': `\r`, '\t': `\t`}[b], 1,
			fmt.Sprintf("a control character (U+%04X) in a string that is not escaped", b))
	default:
		return r.put(Replacement, 1, fmt.Sprintf("a control character (U+%04X) in a string", b))
	}
}

func hex4(b []byte) bool {
	if len(b) < 4 {
		return false
	}
	_, err := strconv.ParseUint(string(b[:4]), 16, 16)
	return err == nil
}
