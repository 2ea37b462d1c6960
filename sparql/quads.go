package sparql

import (
	"context"

	"fincat/sparql/exec"
	"fincat/store"
	"fincat/vocab/term"
)

// quadList keeps quads until an update adds them, with memory for each. It grows by
// parts, so that it never holds them twice.
type quadList struct {
	mem   *exec.Memory
	parts [][]term.Quad
}

const (
	quadPart  = 4096
	quadBytes = 200 // of a quad without its texts
)

// add keeps a quad.
func (l *quadList) add(q term.Quad) error {
	if err := l.mem.Grow(quadBytes + textBytes(q.Subject) + textBytes(q.Object) + textBytes(q.Graph)); err != nil {
		return err
	}
	if n := len(l.parts); n == 0 || len(l.parts[n-1]) == quadPart {
		size := quadPart
		if n == 0 {
			size = 16 // most lists are short
		}
		l.parts = append(l.parts, make([]term.Quad, 0, size))
	}
	last := &l.parts[len(l.parts)-1]
	*last = append(*last, q)
	return nil
}

// textBytes is what the texts of a term take.
func textBytes(t term.Term) int64 {
	if t.IsTripleTerm() {
		r := t.Triple()
		return quadBytes + textBytes(r.Subject) + textBytes(r.Object)
	}
	return int64(len(t.Value()))
}

// addTo adds the quads to a commit, each after own has been at it, which may be nil.
func (l *quadList) addTo(ctx context.Context, tx *store.Tx, own func([]term.Quad) []term.Quad) error {
	for i, part := range l.parts {
		if own != nil {
			part = own(part)
		}
		if err := tx.Add(ctx, part...); err != nil {
			return err
		}
		l.parts[i] = nil
	}
	return nil
}
