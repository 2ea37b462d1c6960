package results

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"fincat/vocab/term"
)

// lines is what the readers of CSV and TSV have in common.
type lines struct {
	r    *bufio.Reader
	l    Limits
	line int
	buf  []byte
}

func newLines(r io.Reader, l Limits) lines { return lines{r: bufio.NewReader(r), l: l} }

// read returns the next line with its line end, and io.EOF if there is none.
func (l *lines) read() ([]byte, error) {
	l.buf = l.buf[:0]
	for {
		piece, err := l.r.ReadSlice('\n')
		l.buf = append(l.buf, piece...)
		switch {
		case err == nil || atEnd(err) && len(l.buf) > 0:
			l.line++
			return l.buf, nil
		case !errors.Is(err, bufio.ErrBufferFull):
			return nil, err
		}
	}
}

// first returns the heading without the byte order mark that some programs put
// before it.
func (l *lines) first() ([]byte, error) {
	b, err := l.read()
	if err == nil {
		b = bytes.TrimPrefix(b, []byte("\uFEFF"))
	}
	return b, err
}

func (l *lines) errorf(format string, a ...any) error {
	return fmt.Errorf("line %d: %w", l.line, fmt.Errorf(format, a...))
}

func chomp(b []byte) []byte {
	return bytes.TrimSuffix(bytes.TrimSuffix(b, []byte("\n")), []byte("\r"))
}

// bareBoolean recognises the answer of an ASK query, one bare word.
func (l *lines) bareBoolean(first []byte) (h header, ok bool, err error) {
	switch string(chomp(first)) {
	case "true":
		h = header{isBoolean: true, boolean: true}
	case "false":
		h = header{isBoolean: true}
	default:
		return h, false, nil
	}
	_, err = l.read()
	switch {
	case err == nil:
		return h, true, l.errorf("there is text after the answer %q", "true")
	case !atEnd(err):
		return h, true, err
	}
	return h, true, nil
}

type csvDecoder struct {
	lines
	vars []string
}

func newCSVDecoder(r io.Reader, l Limits) *csvDecoder { return &csvDecoder{lines: newLines(r, l)} }

func (d *csvDecoder) header() (header, error) {
	line, err := d.first()
	if err != nil {
		return header{}, err
	}
	if h, ok, err := d.bareBoolean(line); ok {
		return h, err
	}
	if len(chomp(line)) > 0 {
		if d.vars, err = d.record(line); err != nil {
			return header{}, err
		}
	}
	for i, v := range d.vars {
		d.vars[i] = strings.TrimPrefix(v, "?")
	}
	_, err = newColumns(d.vars, d.l)
	return header{vars: d.vars}, err
}

// next gives the text of every term as a string: CSV says no more.
func (d *csvDecoder) next() (Solution, error) {
	for {
		line, err := d.read()
		if err != nil {
			return nil, err
		}
		if len(chomp(line)) == 0 && len(d.vars) != 1 {
			if len(d.vars) == 0 {
				return Solution{}, nil
			}
			continue
		}
		fields, err := d.record(line)
		if err != nil {
			return nil, err
		}
		if len(fields) != len(d.vars) {
			return nil, d.errorf("%d fields for %d variables", len(fields), len(d.vars))
		}
		s := make(Solution, len(fields))
		for i, f := range fields {
			if f != "" {
				s[i] = term.NewString(f)
			}
		}
		return s, nil
	}
}

// record splits one record, which begins with the given line and goes on over
// further lines where a quoted field does (RFC 4180 §2).
func (d *csvDecoder) record(line []byte) ([]string, error) {
	var fields []string
	var field []byte
	for {
		if len(line) == 0 || line[0] != '"' {
			i := bytes.IndexByte(line, ',')
			if i < 0 {
				return d.add(fields, chomp(line))
			}
			var err error
			if fields, err = d.add(fields, line[:i]); err != nil {
				return nil, err
			}
			line = line[i+1:]
			continue
		}
		line, field = line[1:], field[:0]
		for {
			i := bytes.IndexByte(line, '"')
			if i < 0 {
				field = append(field, line...)
				var err error
				if line, err = d.read(); atEnd(err) {
					return nil, d.errorf("a quoted field has no end: %w", io.ErrUnexpectedEOF)
				} else if err != nil {
					return nil, err
				}
				continue
			}
			field = append(field, line[:i]...)
			line = line[i+1:]
			if len(line) == 0 || line[0] != '"' {
				break
			}
			field = append(field, '"')
			line = line[1:]
		}
		var err error
		if fields, err = d.add(fields, field); err != nil {
			return nil, err
		}
		if rest := chomp(line); len(rest) == 0 {
			return fields, nil
		}
		if line[0] != ',' {
			return nil, d.errorf("text after a quoted field")
		}
		line = line[1:]
	}
}

func (d *csvDecoder) add(fields []string, f []byte) ([]string, error) {
	if !utf8.Valid(f) {
		return nil, d.errorf("the text is not UTF-8")
	}
	if len(fields) >= d.l.Variables {
		return nil, d.errorf("fields %w of %d", ErrLimit, d.l.Variables)
	}
	return append(fields, string(f)), nil
}

type tsvDecoder struct {
	lines
	vars []string
}

func newTSVDecoder(r io.Reader, l Limits) *tsvDecoder { return &tsvDecoder{lines: newLines(r, l)} }

func (d *tsvDecoder) header() (header, error) {
	line, err := d.first()
	if err != nil {
		return header{}, err
	}
	if h, ok, err := d.bareBoolean(line); ok {
		return h, err
	}
	text := string(chomp(line))
	if text != "" {
		if n := strings.Count(text, "\t") + 1; n > d.l.Variables {
			return header{}, fmt.Errorf("%d variables are %w of %d", n, ErrLimit, d.l.Variables)
		}
		d.vars = strings.Split(text, "\t")
	}
	for i, v := range d.vars {
		if v == "" || v[0] != '?' && v[0] != '$' || !utf8.ValidString(v) {
			return header{}, d.errorf("%.80q is not a variable", v)
		}
		d.vars[i] = v[1:]
	}
	_, err = newColumns(d.vars, d.l)
	return header{vars: d.vars}, err
}

func (d *tsvDecoder) next() (Solution, error) {
	line, err := d.read()
	if err != nil {
		return nil, err
	}
	if !utf8.Valid(line) {
		return nil, d.errorf("the text is not UTF-8")
	}
	rest := string(chomp(line))
	if rest == "" && len(d.vars) == 0 {
		return Solution{}, nil
	}
	s := make(Solution, len(d.vars))
	for i := range s {
		field, after, more := strings.Cut(rest, "\t")
		if more != (i < len(s)-1) {
			return nil, d.errorf("%d fields for %d variables", strings.Count(string(chomp(line)), "\t")+1, len(s))
		}
		rest = after
		if field == "" {
			continue
		}
		if s[i], err = parseTerm(field, d.l.Depth); err != nil {
			return nil, d.errorf("?%s: %w", d.vars[i], err)
		}
	}
	if len(s) == 0 {
		return nil, d.errorf("a field without a variable")
	}
	return s, nil
}

var errUnfinished = errors.New("the term has no end")
