package search

import (
	"cmp"
	"slices"
	"sync"
	"sync/atomic"

	"fincat/harvest/feed/listing"
	"fincat/vocab/dcat"
)

// Table is one state of what is found. It is never changed.
type Table struct {
	List *listing.Listing

	base    dcat.Base
	rank    map[string]int
	columns columns
	alive   slotSet
	titled  []int32          // slots by title
	place   []int32          // by slot: where it is in titled
	when    []int64          // by slot: second of the change
	group   []int32          // by slot: the number in groups of the dataset it is a record of, -1: of one alone
	groups  [][]int32        // slots of each dataset with several records, the one that says most first
	values  [facets][]string // by number
	orgs    []string         // folded names, by number in ByPublisher
	sector  [][]uint32       // numbers of sectors, by that of the organisation

	orders  [orders]sequence
	naming  *naming
	Notes   sync.Map // what whoever shows the table wants to keep as long as it, such as names
	similar struct {
		once  sync.Once
		words []similarWord
	}
}

func newTable(f *Follower, list *listing.Listing) *Table {
	n := len(f.columns.entries)
	t := &Table{List: list, base: f.o.Base, rank: f.rank, columns: f.columns, alive: newSlotSet(n),
		titled: make([]int32, len(list.Titled)), place: make([]int32, n), when: make([]int64, n),
		group: make([]int32, n), orgs: f.orgs, naming: &naming{}}
	for i, d := range list.Titled {
		slot := f.titled[i].slot
		t.titled[i], t.place[slot], t.when[slot], t.group[slot] = slot, int32(i), d.Changed.Unix(), -1
		t.alive.put(slot)
	}
	for _, slot := range t.titled {
		all := list.Together(t.columns.entries[slot].Dataset)
		if len(all) < 2 || t.group[slot] >= 0 {
			continue
		}
		var slots []int32
		for _, one := range all {
			other := f.entries[one.IRI].slot
			t.group[other] = int32(len(t.groups))
			slots = append(slots, other)
		}
		t.groups = append(t.groups, slots)
	}
	t.sector = make([][]uint32, len(f.orgs))
	of := map[string][]string{}
	for sector, orgs := range list.Sectors {
		for _, org := range orgs {
			of[org] = append(of[org], sector)
		}
	}
	for n, org := range f.names.all()[ByPublisher] {
		slices.Sort(of[org])
		t.sector[n] = f.names.add(nil, BySector, of[org])
	}
	t.values = f.names.all()
	return t
}

// inherit takes over what is still true of what is known of the table before, when some resources,
// or all, may be named otherwise.
func (t *Table) inherit(before *Table, named []string, all bool) {
	if !all {
		t.naming = before.naming.without(named)
	}
	if before.columns.known == t.columns.known { // slots are what they were
		for o := range t.orders {
			t.orders[o].before = before.orders[o].latest()
		}
	}
}

// Order is the sequence of what is found.
type Order int

// The orders.
const (
	ByTitle   Order = iota
	ByRecency       // what changed last first
	ByQuality       // the best badge first
	orders
	ByRelevance // the best match first
)

// sequence is an order, which is made when it is asked for first.
type sequence struct {
	once   sync.Once
	made   atomic.Pointer[[]int32]
	before []int32 // that of an earlier table with the same columns; nil: there is none
}

// latest returns the order if it was made, else the one before.
func (x *sequence) latest() []int32 {
	if made := x.made.Load(); made != nil {
		return *made
	}
	return x.before
}

// order returns all slots that are alive in a sequence.
func (t *Table) order(o Order) []int32 {
	if o == ByTitle {
		return t.titled
	}
	x := &t.orders[o]
	x.once.Do(func() {
		slots := t.along(o, x.before)
		x.made.Store(&slots)
	})
	return *x.made.Load()
}

// along orders the slots with the help of an earlier order. A slot never changes, so only those that
// came since then have to be sorted.
func (t *Table) along(o Order, before []int32) []int32 {
	stayed, came := make([]int32, 0, len(t.titled)), slices.Clone(t.alive)
	for _, slot := range before {
		if t.alive.has(slot) {
			stayed = append(stayed, slot)
			came.drop(slot)
		}
	}
	compare := t.compare(o)
	out, from := make([]int32, 0, len(t.titled)), 0
	for _, slot := range slices.SortedFunc(came.all, compare) {
		at, _ := slices.BinarySearchFunc(stayed[from:], slot, compare)
		out = append(append(out, stayed[from:from+at]...), slot)
		from += at
	}
	return append(out, stayed[from:]...)
}

// compare compares two slots that are alive for an order; those that are equal in it go by title.
func (t *Table) compare(o Order) func(a, b int32) int {
	entries := t.columns.entries
	byTitle := func(a, b int32) int { return cmp.Compare(t.place[a], t.place[b]) }
	if o == ByRecency {
		return func(a, b int32) int {
			return cmp.Or(entries[b].Changed.Compare(entries[a].Changed), byTitle(a, b))
		}
	}
	return func(a, b int32) int {
		return cmp.Or(cmp.Compare(t.rank[entries[b].Badge], t.rank[entries[a].Badge]), byTitle(a, b))
	}
}

// entries yields those alive, by title.
func (t *Table) entries(yield func(*Entry) bool) {
	for _, slot := range t.titled {
		if !yield(t.columns.entries[slot]) {
			return
		}
	}
}

// Files is how many distributions the datasets have.
func (t *Table) Files() (n int) {
	for e := range t.entries {
		n += e.Files
	}
	return n
}
