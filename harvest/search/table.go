package search

import (
	"cmp"
	"slices"
	"sync"

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

	orders [orders]struct {
		once  sync.Once
		slots []int32 // all, in sequence
	}
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
		group: make([]int32, n), orgs: f.orgs}
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

// order returns all slots that are alive in a sequence.
func (t *Table) order(o Order) []int32 {
	x := &t.orders[o]
	x.once.Do(func() {
		x.slots = slices.Clone(t.titled)
		if o == ByTitle {
			return
		}
		type keyed struct {
			key  int64
			slot int32
		}
		list := make([]keyed, len(x.slots))
		for i, slot := range x.slots {
			e := t.columns.entries[slot]
			list[i] = keyed{int64(t.rank[e.Badge]), slot}
			if o == ByRecency {
				list[i].key = e.Changed.UnixNano()
			}
		}
		slices.SortStableFunc(list, func(a, b keyed) int { return cmp.Compare(b.key, a.key) })
		for i := range list {
			x.slots[i] = list[i].slot
		}
	})
	return x.slots
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
