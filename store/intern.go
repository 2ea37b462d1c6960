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

// quad returns the IDs of a quad that RDF allows.
func (in *interner) quad(q term.Quad) (key, error) {
	var m memo
	return m.quad(in, q)
}

func (in *interner) id(t term.Term) (ID, error) {
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
		id, err := in.id(part)
		return id, err == nil, err
	})
	if err != nil {
		return 0, err
	}
	return in.d.add(tg, text)
}

// memo remembers the last term of each position, since documents repeat
// subject and graph from one quad to the next.
type memo struct {
	terms [4]term.Term
	ids   key
}

func (m *memo) quad(in *interner, q term.Quad) (k key, err error) {
	if !q.Valid() {
		return k, fmt.Errorf("%w: %v", ErrTerm, q)
	}
	for i, t := range [4]term.Term{q.Subject, q.Predicate, q.Object, q.Graph} {
		if m.ids[i] == 0 || t != m.terms[i] {
			if m.ids[i], err = in.id(t); err != nil {
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

// firstNew returns for every tag the ID that will be given out next.
func (d *dict) firstNew() (ids [16]ID) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	for _, t := range dictTags {
		ids[t] = makeID(t, d.next[t])
	}
	ids[tagBlank] = makeID(tagBlank, d.next[tagBlank])
	return ids
}
