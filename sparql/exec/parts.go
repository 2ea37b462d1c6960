package exec

import (
	"context"

	"fincat/sparql/exec/idset"
	"fincat/sparql/exec/spill"
	"fincat/store"
)

const (
	partBits = 4
	// partLevels is how often rows are parted at most: then the hash has no bits left
	// that tell them apart.
	partLevels = 64 / partBits / 2
)

// parts are rows that an operator leaves for later, because it has no memory for more
// keys: files by the hash of the key, which it reads one after the other.
type parts struct {
	env   *Env
	width int
	level int // of the rows that are read now
	files [1 << partBits]*spill.File
	todo  []part
	from  *partReader // what is read now; nil: the operator's input
	on    bool        // new keys are left for later
	// only, when not nil, says which files there are to be; rows of others are dropped.
	only *[1 << partBits]bool
}

type part struct {
	file  *spill.File
	level int
}

// put leaves a row for later.
func (p *parts) put(key, cols [][]store.ID, row int) (err error) {
	h := uint64(idset.Seed)
	for _, c := range key {
		h = idset.Mix(h, c[row])
	}
	n := h >> (64 - partBits*(p.level+1)) % (1 << partBits)
	if p.only != nil && !p.only[n] {
		return nil
	}
	f := &p.files[n]
	if *f == nil {
		if *f, err = newSpillFile(p.env); err != nil {
			return err
		}
	}
	(*f).Buf = spill.AppendIDs((*f).Buf, cols, row)
	return (*f).End()
}

// putAll leaves all rows of an operator for later, whose key columns are given.
func (p *parts) putAll(ctx context.Context, op operator, key []int) error {
	cols := make([][]store.ID, len(key))
	return drain(ctx, op, func(b *batch) error {
		for i, c := range key {
			cols[i] = b.cols[c]
		}
		for row := range b.n {
			if err := p.put(cols, b.cols, row); err != nil {
				return err
			}
		}
		return nil
	})
}

// full says whether to leave rows with new keys for later, when so many bytes are held.
func (p *parts) full(held int64) bool {
	p.on = p.on || p.level < partLevels && full(p.env, held)
	return p.on
}

// input returns what the operator reads now.
func (p *parts) input(in operator) operator {
	if p.from != nil {
		return p.from
	}
	return in
}

// next begins with the next part; it returns false when there is none.
func (p *parts) next() (bool, error) {
	for i, f := range p.files {
		if f == nil {
			continue
		}
		p.files[i] = nil
		p.todo = append(p.todo, part{f, p.level + 1})
		if err := f.Rewind(); err != nil {
			return false, err
		}
	}
	if p.from != nil {
		p.from.close()
		p.from = nil
	}
	if len(p.todo) == 0 {
		return false, nil
	}
	last := len(p.todo) - 1
	next := p.todo[last]
	p.todo = p.todo[:last]
	p.from, p.level, p.on = &partReader{file: next.file, out: newBatch(p.width)}, next.level, false
	return true, nil
}

func (p *parts) close() {
	for _, f := range p.files {
		if f != nil {
			f.Close()
		}
	}
	for _, t := range p.todo {
		t.file.Close()
	}
	p.todo = nil
	if p.from != nil {
		p.from.close()
	}
}

// partReader reads the rows of a part.
type partReader struct {
	file *spill.File
	d    spill.Decoder
	out  batch
}

func (r *partReader) next(ctx context.Context) (*batch, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	r.out.reset()
	for r.out.n < batchRows {
		if len(r.d.B) == 0 {
			b, err := r.file.Next()
			if err != nil {
				return nil, err
			}
			if len(b) == 0 {
				break
			}
			r.d.B = b
		}
		for c := range r.out.cols {
			r.out.cols[c] = append(r.out.cols[c], r.d.ID())
		}
		r.out.n++
	}
	if r.d.Bad {
		return nil, &spill.Error{Err: spill.ErrDamaged}
	}
	if r.out.n == 0 {
		return nil, nil
	}
	return &r.out, nil
}

func (r *partReader) close() { r.file.Close() }

// leastHeld is what an operator may always hold before it spills.
const leastHeld = 512 << 10

// full reports whether an operator should put into a file the n bytes that it
// holds: when that is more than what is left for the rest of the query and for
// other queries.
func full(e *Env, n int64) bool {
	if e.Spill == nil {
		return false
	}
	return n > leastHeld && n > e.Memory.Spare() || e.Spill.Most > 0 && n > e.Spill.Most
}

func newSpillFile(e *Env) (*spill.File, error) {
	return e.Spill.New((&account{Of: e.Memory}).Set, func() error {
		if e.halt.Load() {
			return context.Canceled
		}
		return nil
	})
}
