package dict

import (
	"errors"
	"fmt"
	"sync"

	"fincat/store/block"
	"fincat/store/ids"
	"fincat/vocab/term"
)

// ErrTerm means that a quad contains a term in a position where RDF does not allow it.
var ErrTerm = errors.New("not an RDF quad")

// Interner turns the terms of one document or commit into IDs, numbering new
// ones. It may be used by several goroutines.
type Interner struct {
	Terms  *Terms
	Keep   bool // blank node labels are the store's own
	mu     sync.Mutex
	labels map[string]ids.ID // blank nodes of the document
}

// Adder returns the ID of an encoded term and numbers it when it is new. It does not keep
// the text.
type Adder func(t ids.Tag, text []byte) (ids.ID, error)

// ID returns the ID of a term; one that is new is numbered.
func (m *Memo) ID(in *Interner, t term.Term) (ids.ID, error) {
	if id, ok := ids.Inline(t); ok {
		return id, nil
	}
	if t.IsBlankNode() {
		if !in.Keep {
			return in.blank(t.Value()), nil
		}
		if id, ok := ids.Blank(t.Value()); ok && in.Terms.keepBlank(id) {
			return id, nil
		}
	}
	tg, text, _, err := encodeTerm(m.text[:0], t, func(part term.Term) (ids.ID, bool, error) {
		id, err := (&Memo{Add: m.Add}).ID(in, part) // this one's bytes are in use
		return id, err == nil, err
	})
	if err != nil {
		return 0, err
	}
	if cap(text) <= maxMemo {
		m.text = text
	}
	if m.Add == nil {
		m.Add = in.Terms.Add
	}
	return m.Add(tg, text)
}

// Memo remembers the last term of each position, since documents repeat
// subject and graph from one quad to the next.
type Memo struct {
	Add   Adder // default: the dictionary's
	terms [4]term.Term
	ids   block.Key
	text  []byte // of the term that was encoded last, for the next one
}

// maxMemo is how many bytes a Memo keeps for encoding terms.
const maxMemo = 16 << 10

// Quad returns the IDs of a quad in SPOG, and numbers terms that are new.
func (m *Memo) Quad(in *Interner, q term.Quad) (k block.Key, err error) {
	if !q.Valid() {
		return k, fmt.Errorf("%w: %v", ErrTerm, q)
	}
	for i, t := range [4]term.Term{q.Subject, q.Predicate, q.Object, q.Graph} {
		if m.ids[i] == 0 || t != m.terms[i] {
			if m.ids[i], err = m.ID(in, t); err != nil {
				return k, fmt.Errorf("add %v: %w", q, err)
			}
			m.terms[i] = t
		}
	}
	return m.ids, nil
}

// blank returns the node that the label means in the document.
func (in *Interner) blank(label string) ids.ID {
	in.mu.Lock()
	defer in.mu.Unlock()
	id, ok := in.labels[label]
	if !ok {
		if in.labels == nil {
			in.labels = make(map[string]ids.ID)
		}
		id = in.Terms.BlankNode()
		in.labels[label] = id
	}
	return id
}
