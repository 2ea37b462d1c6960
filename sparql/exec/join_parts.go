package exec

import (
	"context"

	"fincat/sparql/exec/spill"
	"fincat/sparql/plan"
)

// joinParts are the two sides of a hash join whose table does not fit in memory: files by
// the hash of the key, which are joined pair by pair. A pair whose right side still does not
// fit is parted again; where the key is the same too often for that, or there is none, the
// right side is joined piece by piece, each with the whole left side.
type joinParts struct {
	join *hashJoinOp
	todo []joinPart
	now  joinPart
	rest *partReader // of the right side
	more bool        // there is another piece
	met  []uint64    // the left rows that have a match, by bit; nil: not in pieces
	acct account
}

type joinPart struct {
	left, right *spill.File // nil: no rows
	level       int
	whole       bool // it is not worth parting again
}

func (p *joinPart) close() {
	for _, f := range []*spill.File{p.left, p.right} {
		if f != nil {
			f.Close()
		}
	}
	*p = joinPart{}
}

// spill puts both sides into files. The table has the first rows of the right side.
func (o *hashJoinOp) spill(ctx context.Context) error {
	o.parts = &joinParts{join: o, acct: account{Of: o.env.Memory}}
	left, width := o.left, len(o.node.Left.Base().Vars)
	if o.env.sequenced[o.node] || width == 0 { // a row has to have something to write
		o.leftCol = append(o.leftCol, width)
		o.rightCol = append(o.rightCol, -1)
		o.out.all = newBatch(len(o.leftCol))
		left = &numberOp{env: o.env, in: left}
		o.sorted = o.env.newResorted(o.joined, len(o.leftCol))
	}
	if err := o.parts.split(ctx, 0, o.right, left); err != nil {
		return err
	}
	o.right.close()
	o.left.close()
	o.left = nothing
	return nil
}

// nothing is what the join has left when it is at its end, where it may be asked again.
var nothing nextFunc = func(context.Context) (*batch, error) { return nil, nil }

func (p *joinParts) leftWidth() int {
	n := len(p.join.node.Left.Base().Vars)
	if p.join.sorted != nil {
		n++
	}
	return n
}

// split puts what the table has and the rest of the right side into files, then the left side.
func (p *joinParts) split(ctx context.Context, level int, right, left operator) error {
	o := p.join
	r := parts{env: o.env, width: len(o.t.rows.cols), level: level}
	l := parts{env: o.env, width: p.leftWidth(), level: level}
	defer r.close()
	defer l.close()
	begin := output{all: o.t.rows}
	inMemory := nextFunc(func(context.Context) (*batch, error) { return begin.next(), nil })
	if err := r.putAll(ctx, inMemory, o.rightKey); err != nil {
		return err
	}
	o.t.clear()
	begin = output{}
	if err := r.putAll(ctx, right, o.rightKey); err != nil {
		return err
	}
	all := int64(0)
	var there [1 << partBits]bool
	for i, f := range r.files {
		if there[i] = f != nil; there[i] {
			if err := f.Rewind(); err != nil {
				return err
			}
			all += f.Size()
		}
	}
	if o.node.Kind == plan.Inner {
		l.only = &there
	}
	if err := l.putAll(ctx, left, o.leftKey); err != nil {
		return err
	}
	for i, f := range l.files {
		if f == nil {
			continue // r closes the right side
		}
		if err := f.Rewind(); err != nil {
			return err
		}
		part := joinPart{left: f, right: r.files[i], level: level + 1}
		part.whole = part.level >= partLevels || part.right != nil && 2*part.right.Size() > all
		p.todo = append(p.todo, part)
		l.files[i], r.files[i] = nil, nil
	}
	return nil
}

// next makes the join's table the next piece of a right side, and its left side what is to
// be joined with that. It returns false when all is joined.
func (p *joinParts) next(ctx context.Context) (bool, error) {
	for {
		if !p.more && !p.begin() {
			return false, nil
		}
		pieces := p.more
		if err := p.piece(ctx); err != nil {
			return false, err
		}
		if p.more && !pieces {
			if !p.now.whole {
				if err := p.split(ctx, p.now.level, p.rest, p.reader(p.now.left, p.leftWidth())); err != nil {
					return false, err
				}
				p.more = false
				continue
			}
			bytes := p.now.left.Size() / int64(8*max(1, p.leftWidth()))
			if err := p.acct.Set(bytes/8 + 8); err != nil {
				return false, err
			}
			p.met = make([]uint64, bytes/64+1)
		}
		if err := p.now.left.Again(); err != nil {
			return false, err
		}
		p.join.left = p.reader(p.now.left, p.leftWidth())
		return true, p.join.t.index()
	}
}

// begin goes on to the next part.
func (p *joinParts) begin() bool {
	p.now.close()
	p.met = nil
	p.acct.Close()
	last := len(p.todo) - 1
	if last < 0 {
		p.join.left = nothing
		return false
	}
	p.now = p.todo[last]
	p.todo = p.todo[:last]
	p.rest = nil
	if p.now.right != nil {
		p.rest = p.reader(p.now.right, len(p.join.t.rows.cols))
	}
	return true
}

// piece reads as much of the right side as fits.
func (p *joinParts) piece(ctx context.Context) (err error) {
	p.join.t.clear()
	p.more = false
	if p.rest != nil {
		p.more, err = p.join.t.fill(ctx, p.join.env, p.rest)
	}
	return err
}

func (p *joinParts) reader(f *spill.File, width int) *partReader {
	return &partReader{file: f, out: newBatch(width)}
}

// alone reports whether the n-th row of the left side stays without a match, given whether
// it has one in this piece of the right side.
func (p *joinParts) alone(n int, kept bool) bool {
	if p.met == nil {
		return !kept
	}
	if kept {
		p.met[n/64] |= 1 << (n % 64)
	}
	return !p.more && p.met[n/64]&(1<<(n%64)) == 0
}

func (p *joinParts) close() {
	p.now.close()
	for i := range p.todo {
		p.todo[i].close()
	}
	p.todo = nil
	p.acct.Close()
}
