package exec

import (
	"slices"

	"fincat/sparql/exec/spill"
	"fincat/sparql/value"
	"fincat/store"
)

// mergedRuns is how many runs of one level become one of the next.
const mergedRuns = 16

// sortedRuns are the files of a sort that does not fit in memory. Equal rows come in
// the sequence of the runs.
type sortedRuns struct {
	sort *sortOp
	runs []*sortedRun
	heap []*sortedRun // by next row
	out  batch
	left int // how many rows may still be given out; negative: all
	seen int // rows read since somebody asked whether the run has to end
}

// sortedRun is a file of rows in order: the IDs of a row, then the terms of its keys.
type sortedRun struct {
	no    int
	level int // how often what it holds was merged
	file  *spill.File
	d     spill.Decoder
	row   []store.ID // the next row
	keys  []value.Value
}

// write writes the rows of the sort in their order as a new run.
func (r *sortedRuns) write() error {
	o := r.sort
	run, err := r.add(0)
	if err != nil {
		return err
	}
	for _, p := range o.perm {
		b := spill.AppendIDs(run.file.Buf, o.rows.cols, int(p))
		for k := range o.vals {
			b = spill.AppendTerm(b, o.vals[k][p].Term())
		}
		run.file.Buf = b
		if err := run.file.End(); err != nil {
			return err
		}
	}
	return run.file.Rewind()
}

func (r *sortedRuns) add(level int) (*sortedRun, error) {
	f, err := newSpillFile(r.sort.env)
	if err != nil {
		return nil, err
	}
	run := &sortedRun{level: level, file: f}
	r.runs = append(r.runs, run)
	return run, nil
}

// settle merges the newest runs while there are too many of one level, so that there
// are never many in all.
func (r *sortedRuns) settle() error {
	for {
		n := len(r.runs)
		if n < mergedRuns || r.runs[n-mergedRuns].level != r.runs[n-1].level {
			return nil
		}
		if err := r.unite(n - mergedRuns); err != nil {
			return err
		}
	}
}

// unite makes one run of those from the given one on.
func (r *sortedRuns) unite(from int) error {
	old := slices.Clone(r.runs[from:])
	if err := r.begin(old); err != nil {
		return err
	}
	run, err := r.add(old[0].level + 1)
	if err != nil {
		return err
	}
	limit := int(r.sort.node.Limit)
	for n := 0; len(r.heap) > 0 && (limit < 0 || n < limit); n++ {
		top := r.heap[0]
		b := run.file.Buf
		for _, id := range top.row {
			b = spill.AppendID(b, id)
		}
		for _, v := range top.keys {
			b = spill.AppendTerm(b, v.Term())
		}
		run.file.Buf = b
		if err := run.file.End(); err != nil {
			return err
		}
		if err := r.pass(); err != nil {
			return err
		}
	}
	for _, o := range old {
		o.file.Close()
	}
	r.runs = append(r.runs[:from], run)
	r.heap = nil
	return run.file.Rewind()
}

// open begins to give the rows out.
func (r *sortedRuns) open() error {
	r.out = newBatch(len(r.sort.rows.cols))
	r.left = int(r.sort.node.Limit)
	return r.begin(r.runs)
}

// begin reads the first row of some runs.
func (r *sortedRuns) begin(runs []*sortedRun) error {
	r.heap = r.heap[:0]
	for i, run := range runs {
		run.no = i
		more, err := r.fill(run)
		if err != nil {
			return err
		}
		if more {
			r.heap = append(r.heap, run)
		}
	}
	for i := len(r.heap)/2 - 1; i >= 0; i-- {
		r.down(i)
	}
	return nil
}

// fill reads the next row of a run; it returns false at the end.
func (r *sortedRuns) fill(run *sortedRun) (bool, error) {
	if len(run.d.B) == 0 {
		b, err := run.file.Next()
		if err != nil || len(b) == 0 {
			return false, err
		}
		run.d.B = b
	}
	run.row = run.row[:0]
	for range r.sort.rows.cols {
		run.row = append(run.row, run.d.ID())
	}
	run.keys = run.keys[:0]
	for range r.sort.keys {
		run.keys = append(run.keys, value.Of(run.d.Term()))
	}
	if run.d.Bad {
		return false, &spill.Error{Err: spill.ErrDamaged}
	}
	return true, nil
}

// pass passes the first row of the heap.
func (r *sortedRuns) pass() error {
	if r.seen++; r.seen%1024 == 0 {
		if err := r.sort.halt(); err != nil {
			return err
		}
	}
	more, err := r.fill(r.heap[0])
	if err != nil {
		return err
	}
	if !more {
		last := len(r.heap) - 1
		r.heap[0] = r.heap[last]
		r.heap = r.heap[:last]
	}
	r.down(0)
	return nil
}

func (r *sortedRuns) less(a, b *sortedRun) bool {
	if c := r.sort.compare(func(k int) (x, y value.Value) { return a.keys[k], b.keys[k] }); c != 0 {
		return c < 0
	}
	return a.no < b.no
}

func (r *sortedRuns) down(i int) {
	for {
		c := 2*i + 1
		if c >= len(r.heap) {
			return
		}
		if c+1 < len(r.heap) && r.less(r.heap[c+1], r.heap[c]) {
			c++
		}
		if r.less(r.heap[i], r.heap[c]) {
			return
		}
		r.heap[i], r.heap[c] = r.heap[c], r.heap[i]
		i = c
	}
}

// next returns the next rows, nil at the end.
func (r *sortedRuns) next() (*batch, error) {
	r.out.reset()
	for r.out.n < batchRows && len(r.heap) > 0 && r.left != 0 {
		for c, id := range r.heap[0].row {
			r.out.cols[c] = append(r.out.cols[c], id)
		}
		r.out.n++
		if r.left > 0 {
			r.left--
		}
		if err := r.pass(); err != nil {
			return nil, err
		}
	}
	if r.out.n == 0 {
		return nil, nil
	}
	return &r.out, nil
}

func (r *sortedRuns) close() {
	for _, run := range r.runs {
		run.file.Close()
	}
	r.runs, r.heap = nil, nil
}
