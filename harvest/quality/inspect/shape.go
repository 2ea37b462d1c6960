package inspect

import (
	"bytes"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

const (
	maxColumns = 2000 // of records that are objects
	maxNesting = 6    // levels of objects that become columns; what is deeper stays a text
	maxExtra   = 1000 // rows that the arrays inside one record make
)

// shape is what the records of a document have in common: their fields, and their columns
// with those of objects inside them.
type shape struct {
	geo     bool // a field is what stands in properties
	fields  []string
	columns []string
	at      map[string]int // of a column
	known   map[string]bool
	twice   string // a name that an object has twice
}

func newShape(geo bool) *shape {
	return &shape{geo: geo, at: map[string]int{}, known: map[string]bool{}}
}

// learn takes in the names of a record.
func (s *shape) learn(raw jsontext.Value) {
	s.walk(raw, "", 0, func(path string, _ string, _ int) {
		if _, ok := s.at[path]; !ok && len(s.columns) < maxColumns {
			s.at[path] = len(s.columns)
			s.columns = append(s.columns, path)
		}
	}, true)
}

// rows returns a record as cells below the columns. The objects of an array inside it
// are rows of their own, after the first.
func (s *shape) rows(raw jsontext.Value) [][]string {
	out := [][]string{make([]string, len(s.columns))}
	s.walk(raw, "", 0, func(path, value string, n int) {
		i, ok := s.at[path]
		if !ok || n >= maxExtra {
			return
		}
		for len(out) <= n {
			out = append(out, make([]string, len(s.columns)))
		}
		out[n][i] = value
	}, false)
	return out
}

// walk calls leaf for each value of a record that is no object, with the names that lead
// to it, and the number of the element of an array in which it stands.
func (s *shape) walk(raw jsontext.Value, path string, n int, leaf func(path, value string, n int), names bool) {
	depth := strings.Count(path, ".")
	switch kind := raw.Kind(); {
	case kind == '{' && depth < maxNesting:
		d := jsontext.NewDecoder(bytes.NewReader(raw), jsonOptions...)
		if _, err := d.ReadToken(); err != nil {
			return
		}
		seen := map[string]bool{}
		for d.PeekKind() == '"' {
			key, err := d.ReadToken()
			if err != nil {
				return
			}
			name := strings.Clone(key.String())
			value, err := d.ReadValue()
			if err != nil {
				return
			}
			if names {
				s.field(name, path, seen)
			}
			next := name
			if path != "" && (!s.geo || path != "properties") {
				next = path + "." + name
			}
			if s.geo && path == "" && name == "geometry" {
				continue
			}
			s.walk(value, next, n, leaf, names)
		}
	case kind == '[' && depth < maxNesting:
		d := jsontext.NewDecoder(bytes.NewReader(raw), jsonOptions...)
		if _, err := d.ReadToken(); err != nil {
			return
		}
		for i := 0; d.PeekKind() != ']'; i++ {
			value, err := d.ReadValue()
			if err != nil || i >= maxExtra {
				return
			}
			s.walk(value, path, n+i, leaf, names)
		}
	default:
		if path == "" {
			path = "value"
		}
		leaf(path, scalar(raw), n)
	}
}

// field notes a name of a record.
func (s *shape) field(name, path string, seen map[string]bool) {
	if seen[name] {
		s.twice = name
	}
	seen[name] = true
	own := path == ""
	if s.geo {
		own = path == "properties"
	}
	if own && !s.known[name] && len(s.fields) < maxColumns {
		s.known[name] = true
		s.fields = append(s.fields, name)
	}
}
