package document

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"unicode/utf8"

	"fincat/harvest/fetch"
	"fincat/harvest/problem"
)

// JSONEntries yields the entries of the array that the named members lead to, of
// the document itself when there are none. at is the array's JSON pointer.
func (d *Document) JSONEntries(path []string, at string, yield func(Entry, error) bool) error {
	in, err := d.openJSON()
	if err != nil {
		return err
	}
	defer in.Close()
	dec := json.NewDecoder(in)
	for _, name := range path {
		switch found, err := enter(dec, name); {
		case err != nil:
			return d.JSONError(dec.InputOffset(), err)
		case !found:
			return problem.Errorf(problem.At(d.URL, at), "record", "correct table.record",
				"the document has nothing at %q", at)
		}
	}
	t, err := dec.Token()
	if err != nil {
		return d.JSONError(dec.InputOffset(), err)
	}
	if t != json.Delim('[') {
		return problem.Errorf(problem.At(d.URL, at), "form", "check url", "a list of datasets was expected")
	}
	for i := 0; dec.More(); i++ {
		var raw json.RawMessage
		if err := dec.Decode(&raw); err != nil {
			return d.JSONError(dec.InputOffset(), err)
		}
		it := Entry{Locator: fmt.Sprintf("%s/%d", at, i)}
		it.Values, it.Err = ReadObject(raw)
		if !yield(it, nil) {
			return nil
		}
	}
	if _, err := dec.Token(); err != nil {
		return d.JSONError(dec.InputOffset(), err)
	}
	return nil
}

// enter passes the members of the object that comes next up to the value of
// the one that is named.
func enter(dec *json.Decoder, name string) (found bool, err error) {
	t, err := dec.Token()
	if err != nil || t != json.Delim('{') {
		return false, err
	}
	for dec.More() {
		key, err := dec.Token()
		if err != nil || key == name {
			return err == nil, err
		}
		if t, err = dec.Token(); err == nil && IsOpening(t) {
			err = Skip(dec, t)
		}
		if err != nil {
			return false, err
		}
	}
	return false, nil
}

// Members calls each with every member of the object that the document is, and
// the first token of its value. When that opens an object or array, each reads
// or skips the rest.
func (d *Document) Members(each func(dec *json.Decoder, name string, first json.Token) error) error {
	in, err := d.openJSON()
	if err != nil {
		return err
	}
	defer in.Close()
	dec := json.NewDecoder(in)
	dec.UseNumber()
	t, err := dec.Token()
	if err == nil && t != json.Delim('{') {
		return problem.Errorf(problem.Place{URL: d.URL}, "form", "check url", "a JSON object was expected")
	}
	for err == nil && dec.More() {
		var name, first json.Token
		if name, err = dec.Token(); err == nil {
			first, err = dec.Token()
		}
		if err == nil {
			err = each(dec, fmt.Sprint(name), first)
		}
	}
	if err == nil {
		_, err = dec.Token()
	}
	if err != nil {
		return d.JSONError(dec.InputOffset(), err)
	}
	return nil
}

// IsOpening reports whether a token opens an object or array.
func IsOpening(t json.Token) bool { return t == json.Delim('{') || t == json.Delim('[') }

// Skip passes the rest of the object or array whose opening t was read, holding
// no more than one entry of an array.
func Skip(dec *json.Decoder, t json.Token) error {
	var raw json.RawMessage
	for depth := []json.Token{t}; len(depth) > 0; {
		top := depth[len(depth)-1]
		var err error
		switch {
		case !dec.More():
			_, err = dec.Token()
			depth = depth[:len(depth)-1]
		case top == json.Delim('['):
			err = dec.Decode(&raw)
		default:
			if _, err = dec.Token(); err == nil {
				t, err = dec.Token()
			}
			if IsOpening(t) {
				depth = append(depth, t)
			}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// ObjectRest returns the members of the object whose opening was read.
func ObjectRest(dec *json.Decoder) (map[string]any, error) {
	m := map[string]any{}
	for dec.More() {
		name, err := dec.Token()
		if err != nil {
			return nil, err
		}
		var v any
		if err := dec.Decode(&v); err != nil {
			return nil, err
		}
		m[fmt.Sprint(name)] = v
	}
	_, err := dec.Token()
	return m, err
}

// JSONValue returns the value that begins with a token.
func JSONValue(dec *json.Decoder, first json.Token) (any, error) {
	switch first {
	case json.Delim('{'):
		return ObjectRest(dec)
	case json.Delim('['):
		list := []any{}
		for dec.More() {
			var v any
			if err := dec.Decode(&v); err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		_, err := dec.Token()
		return list, err
	}
	return first, nil
}

// openJSON returns the document in UTF-8 with its strings repaired.
func (d *Document) openJSON() (io.ReadCloser, error) {
	in, err := d.OpenUTF8()
	if err != nil {
		return nil, err
	}
	notice := d.Notice
	if d.repaired { // told when it was read first
		d.Notice = nil
	}
	d.repaired = true
	r := repairJSON(d.Response, in)
	d.Notice = notice
	return struct {
		io.Reader
		io.Closer
	}{r, in}, nil
}

// JSONText returns a response in UTF-8 with its strings repaired.
func JSONText(r *fetch.Response) ([]byte, error) {
	text, err := r.UTF8()
	if err != nil || json.Valid(text) {
		return text, err
	}
	return RepairJSONText(r, text)
}

// LineEntries reads JSON Lines in UTF-8; a broken line is a broken entry.
func (d *Document) LineEntries(text io.Reader, yield func(Entry, error) bool) error {
	in := bufio.NewReader(text)
	for n := 1; ; n++ {
		line, err := in.ReadBytes('\n')
		if err != nil && err != io.EOF {
			return fetch.Explain(d.URL, err)
		}
		if !utf8.Valid(line) {
			line = bytes.ToValidUTF8(line, []byte("\uFFFD"))
		}
		if text := bytes.TrimSpace(line); len(text) > 0 {
			it := Entry{Locator: problem.Line(n)}
			var valid bool
			it.Values, valid, it.Err = readObject(text)
			if it.Err == nil && d.Notice != nil && !valid {
				d.Notice(problem.Problem{Severity: problem.Warning, Place: problem.At(d.URL, it.Locator), Rule: "json",
					Message: "the line is no valid JSON; it was repaired",
					Remedy:  "ask the source's owner to send valid JSON"})
			}
			if !yield(it, nil) {
				return nil
			}
		}
		if err != nil {
			return nil
		}
	}
}
