package search

import "sync"

// maxRemembered is for how many words it is remembered where they are: a byte for each slot
// and word.
const maxRemembered = 200

// words remembers where words are that were looked for, so that the next query with one of them
// costs little. A slot never changes, so after a commit the new slots are read only.
type words struct {
	mu   sync.Mutex
	list map[string]*places
}

// places are where one word is.
type places struct {
	mu     sync.Mutex
	fields []uint8 // by slot: the best field that has it, plus one; 0: none
	orgs   []string
	named  []bool // by number of the organisation: whether its name, in orgs, has it; nil: none has
}

// find returns where a word is in columns, and by number which of the names of organisations
// have it, nil when none has.
func (k *words) find(c *columns, w *word, orgs []string) (fields []uint8, named []bool) {
	p := k.places(w)
	p.mu.Lock()
	defer p.mu.Unlock()
	if n := len(c.entries); len(p.fields) < n {
		p.fields = append(p.fields, c.search(w, len(p.fields))...)
	}
	if len(p.orgs) != len(orgs) || len(orgs) > 0 && &p.orgs[0] != &orgs[0] {
		p.orgs, p.named = orgs, nil
		for i, name := range orgs {
			if w.in(name) >= 0 {
				if p.named == nil {
					p.named = make([]bool, len(orgs))
				}
				p.named[i] = true
			}
		}
	}
	return p.fields[:len(c.entries)], p.named
}

// places returns those of a word, which may be empty.
func (k *words) places(w *word) *places {
	k.mu.Lock()
	defer k.mu.Unlock()
	p := k.list[w.text]
	if p == nil {
		for text := range k.list { // one or another has to go
			if len(k.list) < maxRemembered {
				break
			}
			delete(k.list, text)
		}
		p = &places{}
		k.list[w.text] = p
	}
	return p
}

// search looks for a word in the slots from one on.
func (c *columns) search(w *word, from int) []uint8 {
	n := len(c.entries)
	out := make([]uint8, n-from)
	set := newSlotSet(n)
	for slot := from; slot < n; slot++ {
		set.put(int32(slot))
	}
	set.narrow(c, w.bits)
	for slot := range set.all {
		if at := w.in(c.texts[slot]); at >= 0 {
			out[int(slot)-from] = uint8(c.entries[slot].at(at)) + 1
		}
	}
	return out
}
