package search

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"fincat/harvest/feed/listing"
)

// TestAlong changes a list of datasets at random, with and without new entries for the same
// datasets: what is found along the list before is what the map has.
func TestAlong(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 5))
	f := &Follower{entries: map[string]*Entry{}}
	put := func(d *listing.Dataset) {
		if was := f.entries[d.IRI]; was != nil {
			was.gone = true
		}
		f.entries[d.IRI] = &Entry{Dataset: d}
	}
	var list []*listing.Dataset
	var before []*Entry
	for step := range 500 {
		for range rnd.IntN(4) {
			n := rnd.IntN(len(list) + 1)
			switch what := rnd.IntN(4); {
			case what == 0 || n == len(list): // one more
				d := &listing.Dataset{IRI: fmt.Sprint("d", step, "-", rnd.Uint32())}
				list = slices.Insert(slices.Clone(list), n, d)
				put(d)
			case what == 1: // one goes, now or with the next step
				if rnd.IntN(2) == 0 {
					f.entries[list[n].IRI].gone = true
					delete(f.entries, list[n].IRI)
				}
				list = slices.Delete(slices.Clone(list), n, n+1)
			case what == 2: // one has changed
				d := *list[n]
				list = slices.Clone(list)
				list[n] = &d
				put(&d)
			default: // it is the same, its entry is not
				put(list[n])
			}
		}
		got := f.along(before, list)
		for i, d := range list {
			if got[i] != f.entries[d.IRI] {
				t.Fatalf("step %d: at %d is another entry than that of %s", step, i, d.IRI)
			}
		}
		before = got
	}
}
