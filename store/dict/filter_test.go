package dict

import (
	"fmt"
	"testing"

	"github.com/zeebo/xxh3"
)

func TestTermFilter(t *testing.T) {
	const terms = 200_000
	f := newTermFilter(terms)
	hash := func(i int) Hash { return xxh3.HashString128(fmt.Sprint("term ", i)) }
	for i := range terms {
		f.add(hash(i))
	}
	wrong := 0
	for i := range terms {
		if !f.may(hash(i)) {
			t.Fatalf("term %d is not in the filter", i)
		}
		if f.may(hash(terms + i)) {
			wrong++
		}
	}
	if share := float64(wrong) / terms; share > 0.02 {
		t.Errorf("%.2f %% of other terms pass the filter, want at most 2", 100*share)
	}
}
