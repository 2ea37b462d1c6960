package store

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// newTerm is a numbered term that is not yet in the base.
type newTerm struct {
	id   ID
	hash termHash
	text string

	adopted bool // a running load has it in its blocks of terms
}

// tail holds the terms that are not yet in the base, in the sequence in which
// they were numbered; dict.mu guards it. Its numbers need not follow each
// other, since loads take blocks of numbers in between.
type tail struct {
	terms  []newTerm
	first  uint64 // terms that have left the tail: positions count from the store's opening
	logged uint64 // position of the first term that no log entry has
	moves  uint64 // times terms have left for the base
	bytes  int
	ids    map[termHash]ID
	texts  map[ID]*[termBlock]string // by block
	last   [tagLimit]tailBlock       // lately added to
	at     [tagLimit]uint64          // number given out next; at the end of a block, none is
}

type tailBlock struct {
	first ID
	texts *[termBlock]string
}

// termOverhead is about what a term in the tail costs beside its bytes.
const termOverhead = 120

// tailLimit is how many bytes of new terms are kept in memory before they are
// folded into the base.
const tailLimit = 64 << 20

func newTail() tail {
	return tail{ids: make(map[termHash]ID), texts: make(map[ID]*[termBlock]string)}
}

func (l *tail) push(n newTerm) {
	l.terms = append(l.terms, n)
	l.ids[n.hash] = n.id
	l.bytes += len(n.text) + termOverhead
	b, first := &l.last[n.id.tag()], n.id-n.id%termBlock
	if b.texts == nil || b.first != first {
		texts := l.texts[first]
		if texts == nil {
			texts = new([termBlock]string)
			l.texts[first] = texts
		}
		*b = tailBlock{first, texts}
	}
	b.texts[n.id%termBlock] = n.text
}

// text returns a term's text, "" when it is not in the tail.
func (l *tail) text(id ID) string {
	if texts := l.texts[id-id%termBlock]; texts != nil {
		return texts[id%termBlock]
	}
	return ""
}

// tailState is the tail as it was at one moment.
type tailState struct {
	terms []newTerm
	next  [tagLimit]uint64
}

// capture returns the tail for folding. A load numbers no more terms. Numbers
// below the state's next are given out no more, also where a load's blocks have
// left some unused: what a fold that does not come about writes there could not
// be told from what is in force.
func (d *dict) capture() tailState {
	d.mu.Lock()
	defer d.mu.Unlock()
	if t := d.table.Load(); t != nil {
		t.sealed = true
	}
	next := d.nextHeld()
	for _, t := range dictTags {
		d.tail.at[t] = next[t]
	}
	return tailState{slices.Clip(d.tail.terms), next}
}

// unlogged returns the terms that no log entry has, and the numbering.
func (d *dict) unlogged() tailState {
	d.mu.RLock()
	defer d.mu.RUnlock()
	l := &d.tail
	return tailState{slices.Clip(l.terms[max(l.logged, l.first)-l.first:]), d.nextHeld()}
}

// setLogged says that the first n terms of those that were unlogged are so no more.
func (d *dict) setLogged(n int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.tail.logged = max(d.tail.logged, d.tail.first) + uint64(n)
}

// advance puts a base in force, which has the terms of the tail up to a state.
func (d *dict) advance(state tailState, b *dictBase) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if f := d.filter.Load(); f != nil {
		for i := range state.terms {
			f.add(state.terms[i].hash)
		}
	}
	d.base.Store(b) // before they leave the tail, so that they are always found
	l := &d.tail
	n := len(state.terms)
	if n == 0 {
		return
	}
	rest := l.terms[n:]
	l.first += uint64(n)
	l.moves++
	// Maps keep the memory of their largest size, and blocks hold what is gone.
	l.ids, l.texts, l.last = make(map[termHash]ID, len(rest)), make(map[ID]*[termBlock]string), [tagLimit]tailBlock{}
	l.terms, l.bytes = make([]newTerm, 0, len(rest)), 0
	for _, e := range rest {
		l.push(e)
	}
}

func (d *dict) tailFull() bool { return d.tailBytes() > tailLimit }

func (d *dict) tailBytes() int {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return d.tail.bytes
}

// waitForTail keeps large commits from running away from folding: it waits
// while twice the terms that one fold takes up have gathered.
func (s *Store) waitForTail(ctx context.Context) error {
	for {
		if err := ctx.Err(); err != nil || s.dict.tailBytes() <= 2*tailLimit {
			return err
		}
		s.mu.Lock()
		err, closed := s.foldErr, s.closed
		s.mu.Unlock()
		switch {
		case closed:
			return ErrClosed
		case err != nil:
			return fmt.Errorf("terms cannot be folded: %w", err)
		}
		s.wakeFolder()
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Millisecond):
		}
	}
}

// restore puts terms of a log entry back into the tail.
func (d *dict) restore(terms []newTerm, next [tagLimit]uint64) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	now := d.nextHeld()
	b := d.base.Load()
	for _, n := range terms {
		t := n.id.tag()
		n.hash = d.hash(t, []byte(n.text))
		if n.id.payload() < b.next[t] { // the base may have it: it takes in what is new with later commits
			if id, ok, err := d.findInBase(n.hash); err != nil {
				return err
			} else if ok && id == n.id {
				continue
			}
		}
		if d.tail.ids[n.hash] != 0 || d.tail.text(n.id) != "" {
			return corrupt("a term is numbered twice")
		}
		d.tail.push(n)
		now[t] = max(now[t], n.id.payload()+1)
	}
	d.tail.logged = d.tail.first + uint64(len(d.tail.terms))
	for t := range now {
		now[t] = max(now[t], next[t])
	}
	d.numberFrom(now)
	return nil
}
