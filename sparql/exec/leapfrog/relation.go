package leapfrog

import (
	"context"
	"errors"
	"math"

	"fincat/sparql/exec/memory"
	"fincat/store"
)

// Relation is a set of pairs of IDs, or of single IDs, sorted: a trie of two levels.
type Relation struct {
	keys   []store.ID // distinct first IDs
	first  []int32    // of each key: where its values begin; one more at the end. Nil: single IDs.
	values []store.ID
	acct   memory.Account
}

// Close gives the memory back.
func (r *Relation) Close() { r.acct.Close() }

// Builder collects a relation, in any sequence.
type Builder struct {
	pairs [][2]store.ID
	acct  memory.Account
}

// NewBuilder returns a builder that takes what it holds from mem.
func NewBuilder(mem *memory.Budget) *Builder { return &Builder{acct: memory.Account{Of: mem}} }

// pairBytes is what a pair takes while a relation is built: in the list, and in the copy by
// which that is sorted.
const pairBytes = 2 * 16

var errLarge = errors.New("a relation of a join has more than 2,147,483,647 pairs")

// Add takes more pairs; y is nil in a relation of single IDs, and otherwise as long as x.
func (b *Builder) Add(x, y []store.ID) error {
	if len(b.pairs)+len(x) > math.MaxInt32 {
		return errLarge
	}
	for i, id := range x {
		pair := [2]store.ID{id, 0}
		if y != nil {
			pair[1] = y[i]
		}
		b.pairs = append(b.pairs, pair)
	}
	return b.acct.Set(int64(cap(b.pairs)) * pairBytes)
}

// Relation returns the relation of what was added; single says that it is of single IDs.
// pause is called between pieces of work and ends it with an error. The builder is empty
// afterwards.
func (b *Builder) Relation(
	ctx context.Context, single bool, pause func(context.Context) error,
) (*Relation, error) {
	defer b.Close()
	if err := b.sort(ctx, pause); err != nil {
		return nil, err
	}
	r := &Relation{acct: memory.Account{Of: b.acct.Of}}
	for i, p := range b.pairs {
		if i > 0 && p == b.pairs[i-1] {
			continue
		}
		if i == 0 || p[0] != b.pairs[i-1][0] {
			r.keys, r.first = append(r.keys, p[0]), append(r.first, int32(len(r.values)))
		}
		r.values = append(r.values, p[1])
	}
	r.first = append(r.first, int32(len(r.values)))
	if single {
		r.first, r.values = nil, nil
	}
	return r, r.acct.Set(int64(cap(r.keys)+cap(r.values))*8 + int64(cap(r.first))*4)
}

// Close gives the memory back.
func (b *Builder) Close() {
	b.pairs = nil
	b.acct.Close()
}

// sort sorts the pairs, byte by byte from the lowest, and passes over bytes that all have in
// common: IDs of one store mostly differ in few.
func (b *Builder) sort(ctx context.Context, pause func(context.Context) error) error {
	var differ [2]store.ID
	for _, p := range b.pairs {
		differ[0] |= p[0] ^ b.pairs[0][0]
		differ[1] |= p[1] ^ b.pairs[0][1]
	}
	from, to := b.pairs, make([][2]store.ID, len(b.pairs))
	for _, column := range [2]int{1, 0} {
		for shift := 0; shift < 64; shift += 8 {
			if differ[column]>>shift&255 == 0 {
				continue
			}
			if err := pause(ctx); err != nil {
				return err
			}
			scatter(from, to, column, shift)
			from, to = to, from
		}
	}
	b.pairs = from
	return nil
}

// scatter sorts by one byte of a column and keeps the sequence of those that have it in common.
func scatter(from, to [][2]store.ID, column, shift int) {
	var at [256]int
	for i := range from {
		at[from[i][column]>>shift&255]++
	}
	sum := 0
	for k, n := range at {
		at[k], sum = sum, sum+n
	}
	for i := range from {
		k := from[i][column] >> shift & 255
		to[at[k]] = from[i]
		at[k]++
	}
}

// below returns the values of the key with a number.
func (r *Relation) below(key int32) []store.ID { return r.values[r.first[key]:r.first[key+1]] }
