package search

import (
	"slices"
	"strings"
	"sync"
)

// Facet is what datasets are sorted by.
type Facet int

// The facets. A sector is that of an organisation that publishes or owns the dataset.
const (
	BySector Facet = iota
	ByPublisher
	BySource
	ByFormat
	ByLicence
	ByTheme
	ByFrequency
	ByBadge
	ByAPI
	facets
)

// facetNames are the names of the parameters, in the sequence of the facets.
var facetNames = [facets]string{"sector", "publisher", "source", "format", "licence", "theme", "frequency", "badge",
	"api"}

func (f Facet) String() string { return facetNames[f] }

// Facets are all facets, in the sequence in which a page shows them.
func Facets() []Facet {
	out := make([]Facet, facets)
	for i := range out {
		out[i] = Facet(i)
	}
	return out
}

// FacetOf returns the facet with a name.
func FacetOf(name string) (Facet, bool) {
	i := slices.Index(facetNames[:], name)
	return Facet(i), i >= 0
}

// Values that are no IRIs.
const (
	Yes       = "yes"       // of ByAPI
	Unchecked = "unchecked" // of ByBadge: nobody has looked at the files
)

// names numbers the values of the facets. Numbers are given once; a table knows those
// that there were when it was made.
type names struct {
	mu     sync.Mutex
	number [facets]map[string]uint32
	values [facets][]string
}

func newNames() *names {
	ns := &names{}
	for f := range ns.number {
		ns.number[f] = map[string]uint32{}
	}
	return ns
}

// A number of a value of a facet has the facet in its upper bits.
const (
	facetShift = 24
	valueMask  = 1<<facetShift - 1
)

// add adds the numbers of some values to a list, each once.
func (ns *names) add(out []uint32, f Facet, values []string) []uint32 {
	if len(values) == 0 {
		return out
	}
	ns.mu.Lock()
	defer ns.mu.Unlock()
	for _, v := range values {
		n, ok := ns.number[f][v]
		if !ok && len(ns.values[f]) < valueMask {
			v = strings.Clone(v)
			n = uint32(f)<<facetShift | uint32(len(ns.values[f]))
			ns.number[f][v] = n
			ns.values[f] = append(ns.values[f], v)
		}
		if !slices.Contains(out, n) {
			out = append(out, n)
		}
	}
	return out
}

// all returns the values so far, by number.
func (ns *names) all() (out [facets][]string) {
	ns.mu.Lock()
	defer ns.mu.Unlock()
	for f, list := range ns.values {
		out[f] = slices.Clip(list)
	}
	return out
}
