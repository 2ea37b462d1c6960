package dict

import (
	"slices"
	"strings"

	"fincat/store/block"
	"fincat/store/ids"
)

// Fresh is a numbered term that is not yet in the base.
type Fresh struct {
	id   ids.ID
	hash Hash
	text string

	adopted bool // a running load has it in its blocks of terms
}

// tail holds the terms that are not yet in the base, in the sequence in which
// they were numbered; dict.mu guards it. Its numbers need not follow each
// other, since loads take blocks of numbers in between.
type tail struct {
	terms  []Fresh
	first  uint64 // position of terms[0]; terms are counted from the store's opening on
	logged uint64 // position of the first term that no log entry has
	moves  uint64 // how often terms have left the tail for the base
	bytes  int
	ids    map[Hash]ids.ID
	blocks map[ids.ID]*[termBlock]uint32 // by block, for each number where in terms it is, counted from 1
	last   [ids.TagLimit]tailBlock       // the block of each tag that got the newest term
	at     [ids.TagLimit]uint64          // number given out next; at the end of a block, none is
	chunk  strings.Builder               // holds the newest texts
}

type tailBlock struct {
	first ids.ID
	block *[termBlock]uint32
}

// chunkBytes is how many bytes of texts share one piece of memory, so that there is
// little for the garbage collector to mark. Longer texts have their own.
const chunkBytes = 16 << 10

// termOverhead is about what a term in the tail costs beside its bytes.
const termOverhead = 120

// TailLimit is how many bytes of new terms are kept in memory before they are
// folded into the base. A large commit has up to twice as many while it is gathered, which
// the garbage collector marks each time.
const TailLimit = 24 << 20

func newTail() tail {
	return tail{ids: make(map[Hash]ids.ID), blocks: make(map[ids.ID]*[termBlock]uint32)}
}

// keep returns a text for the tail.
func (l *tail) keep(text []byte) string {
	if len(text) > chunkBytes/4 {
		return string(text)
	}
	if l.chunk.Cap()-l.chunk.Len() < len(text) {
		l.chunk = strings.Builder{}
		l.chunk.Grow(chunkBytes)
	}
	at := l.chunk.Len()
	l.chunk.Write(text)
	return l.chunk.String()[at:]
}

func (l *tail) push(n Fresh) {
	l.terms = append(l.terms, n)
	l.ids[n.hash] = n.id
	l.bytes += len(n.text) + termOverhead
	b, first := &l.last[n.id.Tag()], n.id-n.id%termBlock
	if b.block == nil || b.first != first {
		block := l.blocks[first]
		if block == nil {
			block = new([termBlock]uint32)
			l.blocks[first] = block
		}
		*b = tailBlock{first, block}
	}
	b.block[n.id%termBlock] = uint32(len(l.terms))
}

// text returns a term's text, "" when it is not in the tail.
func (l *tail) text(id ids.ID) string {
	if block := l.blocks[id-id%termBlock]; block != nil {
		if at := block[id%termBlock]; at > 0 {
			return l.terms[at-1].text
		}
	}
	return ""
}

// Tail is the tail as it was at one moment.
type Tail struct {
	Terms []Fresh
	Next  [ids.TagLimit]uint64
}

// Capture returns the tail for folding. A load that is running numbers no more terms
// from here on.
//
// Afterwards no number below the state's Next is given out, although a load's blocks
// may have left some of them unused. The fold writes terms under numbers below Next; if
// it fails, they are still in the database, and a term that later got one of these
// numbers could not be told from them.
func (d *Terms) Capture() Tail {
	d.mu.Lock()
	defer d.mu.Unlock()
	if t := d.table.Load(); t != nil {
		t.sealed = true
	}
	next := d.nextHeld()
	for _, t := range ids.DictionaryTags {
		d.tail.at[t] = next[t]
	}
	return Tail{slices.Clip(d.tail.terms), next}
}

// Unlogged returns the terms that no log entry has, and the numbering.
func (d *Terms) Unlogged() Tail {
	d.mu.RLock()
	defer d.mu.RUnlock()
	l := &d.tail
	return Tail{slices.Clip(l.terms[max(l.logged, l.first)-l.first:]), d.nextHeld()}
}

// SetLogged says that log entries now have the first n of the terms that [Terms.Unlogged]
// returns.
func (d *Terms) SetLogged(n int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.tail.logged = max(d.tail.logged, d.tail.first) + uint64(n)
}

// Advance puts a base in force, which has the terms of the tail up to a state.
func (d *Terms) Advance(state Tail, b *Base) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if f := d.hashes.filter.Load(); f != nil {
		for i := range state.Terms {
			f.add(state.Terms[i].hash)
		}
	}
	d.hashes.base.Store(b) // before they leave the tail, so that they are always found
	l := &d.tail
	n := len(state.Terms)
	if n == 0 {
		return
	}
	rest := l.terms[n:]
	l.first += uint64(n)
	l.moves++
	// All of these are made anew, because a map keeps the memory of its largest size.
	l.ids, l.blocks = make(map[Hash]ids.ID, len(rest)), make(map[ids.ID]*[termBlock]uint32)
	l.last, l.terms, l.bytes = [ids.TagLimit]tailBlock{}, make([]Fresh, 0, len(rest)), 0
	for _, e := range rest {
		l.push(e)
	}
}

// TailFull reports whether so many new terms are in memory that they should be
// folded.
func (d *Terms) TailFull() bool { return d.TailBytes() > TailLimit }

// TailBytes returns about how many bytes the new terms in memory take up.
func (d *Terms) TailBytes() int {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return d.tail.bytes
}

// Restore puts terms of a log entry back into the tail.
func (d *Terms) Restore(terms []Fresh, next [ids.TagLimit]uint64) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	now := d.nextHeld()
	b := d.hashes.base.Load()
	for _, n := range terms {
		t := n.id.Tag()
		n.hash = d.hash(t, []byte(n.text))
		if n.id.Payload() < b.Next[t] { // below the numbering of the base, which may have it already
			if id, ok, err := d.hashes.find(n.hash); err != nil {
				return err
			} else if ok && id == n.id {
				continue
			}
		}
		if d.tail.ids[n.hash] != 0 || d.tail.text(n.id) != "" {
			return block.Corrupt("a term is numbered twice")
		}
		d.tail.push(n)
		now[t] = max(now[t], n.id.Payload()+1)
	}
	d.tail.logged = d.tail.first + uint64(len(d.tail.terms))
	for t := range now {
		now[t] = max(now[t], next[t])
	}
	d.numberFrom(now)
	return nil
}
