package store

import (
	"fmt"

	"fincat/vocab/term"
)

// Lookup returns the ID of t; ok is false when no quad can contain it.
func (sn *Snapshot) Lookup(t term.Term) (id ID, ok bool, err error) {
	id, ok, err = sn.s.dict.Lookup(t)
	if err != nil {
		return 0, false, fmt.Errorf("look up %v: %w", t, err)
	}
	return id, ok, nil
}

// Term returns the term of an ID; Any and DefaultGraph give the zero Term.
func (sn *Snapshot) Term(id ID) (term.Term, error) {
	t, err := sn.s.dict.Term(id)
	if err != nil {
		return term.Term{}, fmt.Errorf("term of ID %#x: %w", uint64(id), err)
	}
	return t, nil
}

// Terms returns many terms: out[i] is that of ids[i].
func (sn *Snapshot) Terms(ids []ID, out []term.Term) error {
	for i, id := range ids {
		if i > 0 && id == ids[i-1] {
			out[i] = out[i-1]
			continue
		}
		t, err := sn.Term(id)
		if err != nil {
			return err
		}
		out[i] = t
	}
	return nil
}
