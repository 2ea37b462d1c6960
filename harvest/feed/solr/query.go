package solr

import (
	"slices"
	"strings"
	"time"
)

// Kind says how the values of a field compare.
type Kind int

// Kinds of fields.
const (
	Exact Kind = iota + 1 // a name, compared without regard to case
	Text                  // a text in lower case; a term selects what contains it
	Time                  // a time, see [Document.Time]
)

// Schema gives the kind of each field. The field "" is what a term without a field is
// looked for in.
type Schema map[string]Kind

// Document is what a query is put to.
type Document interface {
	Values(field string) []string // of an Exact or Text field
	Time(field string) time.Time  // of a Time field; zero: it has none
}

// Query selects documents. The zero value selects all.
type Query struct{ root node }

// All reports whether the query selects everything.
func (q Query) All() bool { return q.root == nil }

// Matches reports whether the query selects a document.
func (q Query) Matches(d Document) bool { return q.root == nil || q.root.matches(d) }

// Plain reports whether a text is nothing but words, without anything of Solr's syntax.
func Plain(text string) bool {
	return !strings.ContainsAny(text, `+!(){}[]^~*?:\/"&|<>`) && !slices.ContainsFunc(strings.Fields(text),
		func(w string) bool { return w[0] == '-' || w == "AND" || w == "OR" || w == "NOT" })
}

// And returns the query that selects what all of some queries select.
func And(queries ...Query) Query {
	var all conjunction
	for _, q := range queries {
		if q.root != nil {
			all = append(all, q.root)
		}
	}
	if len(all) == 0 {
		return Query{}
	}
	return Query{all}
}

// A node is a part of a query.
type node interface{ matches(Document) bool }

type (
	conjunction []node
	disjunction []node
	negation    struct{ node }
	everything  struct{}

	// term compares the values of an Exact or Text field; an empty one with prefix
	// selects whatever has a value.
	term struct {
		field, text string
		kind        Kind
		prefix      bool
	}
	// between compares the values of an Exact field, "" being no bound.
	between struct {
		field, from, to string
		open, shut      bool // the bound itself is not in the range
	}
	// period compares times, zero being no bound.
	period struct {
		field      string
		from, to   time.Time
		open, shut bool
	}
)

func (c conjunction) matches(d Document) bool {
	for _, n := range c {
		if !n.matches(d) {
			return false
		}
	}
	return true
}

func (c disjunction) matches(d Document) bool {
	for _, n := range c {
		if n.matches(d) {
			return true
		}
	}
	return false
}

func (n negation) matches(d Document) bool { return !n.node.matches(d) }

func (everything) matches(Document) bool { return true }

func (t term) matches(d Document) bool {
	for _, v := range d.Values(t.field) {
		switch {
		case t.prefix && t.text == "", t.kind == Text && strings.Contains(v, t.text):
			return true
		case t.kind == Text:
		case t.prefix && len(v) >= len(t.text) && strings.EqualFold(v[:len(t.text)], t.text),
			!t.prefix && strings.EqualFold(v, t.text):
			return true
		}
	}
	return false
}

func (b between) matches(d Document) bool {
	for _, v := range d.Values(b.field) {
		if (b.from == "" || v > b.from || v == b.from && !b.open) && (b.to == "" || v < b.to || v == b.to && !b.shut) {
			return true
		}
	}
	return false
}

func (p period) matches(d Document) bool {
	at := d.Time(p.field)
	if at.IsZero() {
		return false
	}
	after, before := at.Compare(p.from), at.Compare(p.to)
	return (p.from.IsZero() || after > 0 || after == 0 && !p.open) &&
		(p.to.IsZero() || before < 0 || before == 0 && !p.shut)
}
