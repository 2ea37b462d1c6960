package catalogue

import (
	"math/rand/v2"
	"slices"
)

// draw makes the random decisions about one entity.
type draw struct{ *rand.Rand }

// Kinds of entities, each of which draws from streams of its own.
const (
	ofOrganisation = iota + 1
	ofConcept
	ofDataset
	ofService
	ofPerson
)

// about returns the decisions about entity number i of a kind.
func about(seed uint64, kind, i int) draw {
	return draw{rand.New(rand.NewPCG(seed, uint64(kind)<<56|uint64(i)))}
}

// chance is true in n of 100 cases.
func (d draw) chance(n int) bool { return d.IntN(100) < n }

// skewed returns a number below n, small ones more often: the range is halved as long as a
// coin that falls so in share of 16 cases says. With 14 the probability of k falls about as
// k to the power of -0.8, and with 12 as k to the power of -0.6.
func (d draw) skewed(n, share int) int {
	for n > 1 && d.IntN(16) < share {
		n = (n + 1) / 2
	}
	return d.IntN(n)
}

// several returns at most n different numbers that pick draws, in their order, none of them
// equal to but.
func (d draw) several(n, but int, pick func() int) []int {
	var out []int
	for range n {
		if k := pick(); k != but && !slices.Contains(out, k) {
			out = append(out, k)
		}
	}
	slices.Sort(out)
	return out
}

// count returns a number from low on, each further one half as likely as the one before, and
// at most high.
func (d draw) count(low, high int) int {
	for low < high && d.IntN(2) == 0 {
		low++
	}
	return low
}
