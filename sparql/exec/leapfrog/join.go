package leapfrog

import (
	"context"
	"slices"

	"fincat/sparql/exec/memory"
	"fincat/store"
)

// Atom is a relation of a join between two variables, which are numbers in the sequence in
// which they are bound. X, of the first IDs of the pairs, comes before Y; Y is -1 for a
// relation of single IDs.
type Atom struct {
	Relation *Relation
	X, Y     int
}

// Join runs through the solutions of some atoms together.
type Join struct {
	// Pause is called between pieces of work, ends it with an error, and may wait, so that
	// others have their turn.
	Pause func(context.Context) error

	atoms  []Atom
	levels []level
	at     []int32 // by atom: the number of the key that X has
	depth  int     // the variable that is next to be bound; -1 at the end
	begun  bool
	work   int // leaps since the last pause
	acct   memory.Account
	cached int // bytes of the caches of all levels
}

// level is a variable: the lists in which its value has to be, and where each of them is.
type level struct {
	atoms []ref
	lists [][]store.ID
	pos   []int
	// Where the lists depend on some of the variables before only, what they have in common
	// is kept by the numbers of those: nil where that is not so.
	cache map[[maxKey]int32][]store.ID
}

// ref says in which atom the variable of a level is, and whether as its Y.
type ref struct {
	atom int
	y    bool
}

// maxKey is how many atoms a level with a cache may have, and maxCached how many bytes all
// caches together.
const (
	maxKey    = 4
	maxCached = 64 << 20
)

// New returns the join of atoms over variables 0 to n-1, each of which has to be in an atom.
func New(n int, atoms []Atom, mem *memory.Budget) *Join {
	j := &Join{atoms: atoms, levels: make([]level, n), at: make([]int32, len(atoms)), acct: memory.Account{Of: mem}}
	for i, a := range atoms {
		j.levels[a.X].atoms = append(j.levels[a.X].atoms, ref{i, false})
		if a.Y >= 0 {
			j.levels[a.Y].atoms = append(j.levels[a.Y].atoms, ref{i, true})
		}
	}
	for k := range j.levels {
		l := &j.levels[k]
		l.lists, l.pos = make([][]store.ID, len(l.atoms)), make([]int, len(l.atoms))
		if j.repeats(k) {
			l.cache = map[[maxKey]int32][]store.ID{}
		}
	}
	return j
}

// repeats reports whether a level may meet the same lists again: they depend on two or more
// of the variables before, but not on all.
func (j *Join) repeats(k int) bool {
	var on []int
	for _, r := range j.levels[k].atoms {
		a := j.atoms[r.atom]
		if !r.y && a.Y >= 0 {
			return false // further variables depend on where in the list the value is
		}
		if r.y && !slices.Contains(on, a.X) {
			on = append(on, a.X)
		}
	}
	return len(on) >= 2 && len(on) < k && len(j.levels[k].atoms) <= maxKey
}

// Close gives the memory of the join back, not that of the relations.
func (j *Join) Close() { j.acct.Close() }

// Next appends solutions to cols, a column for each variable, about most of them; it returns
// how many, none at the end.
func (j *Join) Next(ctx context.Context, cols [][]store.ID, most int) (n int, err error) {
	if !j.begun {
		j.begun = true
		if err := j.enter(ctx); err != nil {
			return 0, err
		}
	}
	for j.depth >= 0 && n < most {
		l := &j.levels[j.depth]
		found, err := j.find(ctx, l)
		switch {
		case err != nil:
			return 0, err
		case !found:
			if j.depth--; j.depth >= 0 {
				j.levels[j.depth].pos[0]++
			}
		case j.depth < len(j.levels)-1:
			for i, r := range l.atoms {
				if !r.y && j.atoms[r.atom].Y >= 0 {
					j.at[r.atom] = int32(l.pos[i])
				}
			}
			j.depth++
			if err := j.enter(ctx); err != nil {
				return 0, err
			}
		default:
			for k := range j.levels {
				cols[k] = append(cols[k], j.levels[k].value())
			}
			n++
			l.pos[0]++
		}
	}
	return n, nil
}

func (l *level) value() store.ID { return l.lists[0][l.pos[0]] }

// enter puts the present level at the beginning of its lists.
func (j *Join) enter(ctx context.Context) error {
	l := &j.levels[j.depth]
	l.lists, l.pos = l.lists[:0], l.pos[:0]
	var key [maxKey]int32
	for i, r := range l.atoms {
		list := j.atoms[r.atom].Relation.keys
		if r.y {
			list = j.atoms[r.atom].Relation.below(j.at[r.atom])
		}
		if l.cache != nil && r.y {
			key[i] = j.at[r.atom]
		}
		l.lists, l.pos = append(l.lists, list), append(l.pos, 0)
	}
	if l.cache == nil {
		return nil
	}
	common, ok := l.cache[key]
	if !ok {
		var err error
		if common, err = j.common(ctx, l); err != nil {
			return err
		}
		if err := j.remember(l, key, common); err != nil {
			return err
		}
	}
	l.lists, l.pos = append(l.lists[:0], common), append(l.pos[:0], 0)
	return nil
}

// remember puts what the lists of a level have in common into its cache, while there is room.
func (j *Join) remember(l *level, key [maxKey]int32, common []store.ID) error {
	const entry = 2 * (4*maxKey + 24)
	bytes := entry + 8*cap(common)
	if j.cached+bytes > maxCached {
		return nil
	}
	j.cached += bytes
	l.cache[key] = common
	return j.acct.Set(int64(j.cached))
}

// common returns what the lists of a level have in common.
func (j *Join) common(ctx context.Context, l *level) (out []store.ID, err error) {
	for {
		found, err := j.find(ctx, l)
		if !found || err != nil {
			return out, err
		}
		out = append(out, l.value())
		l.pos[0]++
	}
}

// pauseEvery is how many leaps are done between two calls of Pause.
const pauseEvery = 1 << 14

// find moves the lists of a level forward to the next value that all of them have.
func (j *Join) find(ctx context.Context, l *level) (bool, error) {
	if l.pos[0] >= len(l.lists[0]) {
		return false, nil
	}
	want := l.value()
	for agree, i := 1, 0; agree < len(l.lists); {
		i = (i + 1) % len(l.lists)
		if j.work++; j.work >= pauseEvery {
			j.work = 0
			if err := j.Pause(ctx); err != nil {
				return false, err
			}
		}
		l.pos[i] = leap(l.lists[i], l.pos[i], want)
		if l.pos[i] == len(l.lists[i]) {
			return false, nil
		}
		if v := l.lists[i][l.pos[i]]; v == want {
			agree++
		} else {
			want, agree = v, 1
		}
	}
	return true, nil
}

// leap returns the first position, from a position on, that holds no less than an ID, in
// steps that double.
func leap(list []store.ID, from int, want store.ID) int {
	if from >= len(list) || list[from] >= want {
		return from
	}
	step := 1
	for from+step < len(list) && list[from+step] < want {
		from += step
		step *= 2
	}
	to := min(from+step, len(list))
	for from+1 < to { // list[from] is less; list[to] is not, or to is the end
		middle := (from + to) / 2
		if list[middle] < want {
			from = middle
		} else {
			to = middle
		}
	}
	return to
}
