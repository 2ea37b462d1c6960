package source

import (
	"encoding/json"
	"fmt"
	"strings"
)

// jsonItems yields the entries of the array that the named members lead to, of
// the document itself when there are none. at is the array's JSON pointer.
func (d *document) jsonItems(path []string, at string, yield func(item, error) bool) error {
	in, err := d.utf8()
	if err != nil {
		return err
	}
	defer in.Close()
	dec := json.NewDecoder(in)
	for _, name := range path {
		switch found, err := enter(dec, name); {
		case err != nil:
			return d.jsonError(dec.InputOffset(), err)
		case !found:
			return fail(Place{d.URL, at}, "record", "correct table.record", "the document has nothing at %q", at)
		}
	}
	t, err := dec.Token()
	if err != nil {
		return d.jsonError(dec.InputOffset(), err)
	}
	if t != json.Delim('[') {
		return fail(Place{d.URL, at}, "form", "check url", "a list of datasets was expected")
	}
	for i := 0; dec.More(); i++ {
		var raw json.RawMessage
		if err := dec.Decode(&raw); err != nil {
			return d.jsonError(dec.InputOffset(), err)
		}
		it := item{locator: fmt.Sprintf("%s/%d", at, i)}
		it.values, it.err = object(raw)
		if !yield(it, nil) {
			return nil
		}
	}
	if _, err := dec.Token(); err != nil {
		return d.jsonError(dec.InputOffset(), err)
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
		if t, err = dec.Token(); err == nil && isOpening(t) {
			err = skip(dec, t)
		}
		if err != nil {
			return false, err
		}
	}
	return false, nil
}

// members calls each with every member of the object that the document is, and
// the first token of its value. When that opens an object or array, each reads
// or skips the rest.
func (d *document) members(each func(dec *json.Decoder, name string, first json.Token) error) error {
	in, err := d.utf8()
	if err != nil {
		return err
	}
	defer in.Close()
	dec := json.NewDecoder(in)
	dec.UseNumber()
	t, err := dec.Token()
	if err == nil && t != json.Delim('{') {
		return fail(Place{URL: d.URL}, "form", "check url", "a JSON object was expected")
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
		return d.jsonError(dec.InputOffset(), err)
	}
	return nil
}

func isOpening(t json.Token) bool { return t == json.Delim('{') || t == json.Delim('[') }

// skip passes the rest of the object or array whose opening t was read, holding
// no more than one entry of an array.
func skip(dec *json.Decoder, t json.Token) error {
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
			if isOpening(t) {
				depth = append(depth, t)
			}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// rest returns the members of the object whose opening was read.
func rest(dec *json.Decoder) (map[string]any, error) {
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

// value returns the value that begins with a token.
func value(dec *json.Decoder, first json.Token) (any, error) {
	switch first {
	case json.Delim('{'):
		return rest(dec)
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

// steps returns the names in a JSON pointer.
func steps(at string) (names []string) {
	for _, name := range strings.Split(strings.TrimPrefix(at, "/"), "/") {
		if name != "" {
			names = append(names, strings.NewReplacer("~1", "/", "~0", "~").Replace(name))
		}
	}
	return names
}
