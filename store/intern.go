package store

import (
	"fmt"
	"sync"

	"fincat/vocab/term"
)

// interner turns the terms of one document or commit into IDs, numbering new
// ones. It may be used by several goroutines.
type interner struct {
	d      *dict
	keep   bool // blank node labels are the store's own
	mu     sync.Mutex
	labels map[string]ID // blank nodes of the document
}

// adder returns the ID of an encoded term and numbers it when it is new.
type adder func(t tag, text []byte) (ID, error)

// quad returns the IDs of a quad that RDF allows.
func (in *interner) quad(q term.Quad) (key, error) {
	var m memo
	return m.quad(in, q)
}

func (in *interner) id(t term.Term, add adder) (ID, error) {
	if id, ok := Inline(t); ok {
		return id, nil
	}
	if t.IsBlankNode() {
		if !in.keep {
			return in.blank(t.Value()), nil
		}
		if id, ok := blankID(t.Value()); ok && in.d.keepBlank(id) {
			return id, nil
		}
	}
	var buf [256]byte
	tg, text, _, err := encodeTerm(buf[:0], t, func(part term.Term) (ID, bool, error) {
		id, err := in.id(part, add)
		return id, err == nil, err
	})
	if err != nil {
		return 0, err
	}
	return add(tg, text)
}

// memo remembers the last term of each position, since documents repeat
// subject and graph from one quad to the next.
type memo struct {
	add   adder // default: the dictionary's
	terms [4]term.Term
	ids   key
}

func (m *memo) quad(in *interner, q term.Quad) (k key, err error) {
	if !q.Valid() {
		return k, fmt.Errorf("%w: %v", ErrTerm, q)
	}
	if m.add == nil {
		m.add = in.d.add
	}
	for i, t := range [4]term.Term{q.Subject, q.Predicate, q.Object, q.Graph} {
		if m.ids[i] == 0 || t != m.terms[i] {
			if m.ids[i], err = in.id(t, m.add); err != nil {
				return k, fmt.Errorf("add %v: %w", q, err)
			}
			m.terms[i] = t
		}
	}
	return m.ids, nil
}

// blank returns the node that the label means in the document.
func (in *interner) blank(label string) ID {
	in.mu.Lock()
	defer in.mu.Unlock()
	id, ok := in.labels[label]
	if !ok {
		if in.labels == nil {
			in.labels = make(map[string]ID)
		}
		id = in.d.blankNode()
		in.labels[label] = id
	}
	return id
}
