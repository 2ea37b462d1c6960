package listing

import (
	"cmp"
	"slices"
	"sort"
	"strings"
	"time"

	"fincat/store"
	"fincat/vocab/dcat"
)

// A Dataset is what the listing knows of one DCAT dataset. It is never changed. The
// lists are sorted.
type Dataset struct {
	IRI        string
	ID         store.ID
	Graphs     []store.ID // of its records, then the catalogue's own beside them; none: it is in the default graph
	Sources    []string   // catalogues that name it
	Publishers []string   // IRIs
	Owners     []string   // of dct:creator, by its record or by links
	Themes     []string   // IRIs
	Formats    []string   // of its distributions, IRIs
	Licences   []string   // its own and those of its distributions, IRIs
	Keywords   []string   // in all languages
	Same       []string   // what links say to be the same, also what is no dataset, or none yet
	Series     []Series   // that the catalogue itself puts it in
	Statements int        // how much its record says
	Files      int        // distributions
	Created    time.Time  // when the record came, as it says; zero: it does not
	Modified   time.Time  // when the record changed, as it says
	Changed    time.Time  // when the change was seen here, see the package
	Removed    bool       // it was in the catalogue
	Digest     uint64     // of what is published, as long as this process lives

	titles string // in lower case, one a line
}

// Series is one that a dataset is in by a graph that is none of its own (dcat:inSeries).
type Series struct{ ID, Graph store.ID }

// Path is what the dataset's IRI, record and graph have in common: source and
// identifier, such as "twse/BFIAUU_d"; ok is false for IRIs that are not the catalogue's.
func (d *Dataset) Path(b dcat.Base) (path string, ok bool) {
	return strings.CutPrefix(d.IRI, string(b)+"dataset/")
}

// inherit has a removed dataset belong where it belonged before, so that whoever follows
// a part of the catalogue is told.
func (d *Dataset) inherit(was *Dataset) {
	d.Sources, d.Publishers, d.Owners, d.Themes, d.Formats = was.Sources, was.Publishers, was.Owners, was.Themes,
		was.Formats
}

// Titles are the dataset's titles in lower case, one a line.
func (d *Dataset) Titles() string { return d.titles }

// says reports whether one title has all the words, which are in lower case.
func (d *Dataset) says(words []string) bool {
	for title := range strings.SplitSeq(d.titles, "\n") {
		all := true
		for _, w := range words {
			all = all && strings.Contains(title, w)
		}
		if all {
			return true
		}
	}
	return false
}

// A Listing is one state. Its slices must not be changed.
type Listing struct {
	Seq     uint64     // the commit that it reflects
	Live    []*Dataset // by IRI
	All     []*Dataset // by IRI, those that were removed too
	Recent  []*Dataset // those alive, what changed last first, else by IRI
	Titled  []*Dataset // those alive, by title
	Sectors map[string][]string

	groups map[*Dataset][]*Dataset // of those that have others beside them, see Together

	until uint64 // the last commit that it reflects; 0: it is the newest
}

// Find returns the dataset with an IRI, nil for none.
func (l *Listing) Find(iri string) *Dataset {
	if i := search(l.All, iri); i < len(l.All) && l.All[i].IRI == iri {
		return l.All[i]
	}
	return nil
}

// After returns those of a list by IRI that come after an IRI.
func After(list []*Dataset, iri string) []*Dataset {
	i := search(list, iri)
	if i < len(list) && list[i].IRI == iri {
		i++
	}
	return list[i:]
}

func search(list []*Dataset, iri string) int {
	return sort.Search(len(list), func(i int) bool { return list[i].IRI >= iri })
}

func byIRI(a, b *Dataset) int { return strings.Compare(a.IRI, b.IRI) }

func byTime(a, b *Dataset) int {
	return cmp.Or(b.Changed.Compare(a.Changed), strings.Compare(a.IRI, b.IRI))
}

func byTitle(a, b *Dataset) int {
	return cmp.Or(strings.Compare(a.titles, b.titles), strings.Compare(a.IRI, b.IRI))
}

// with returns the next listing: that of l with some datasets in place of those that
// had their IRIs.
func (l *Listing) with(to store.Cursor, changed []*Dataset, sectors map[string][]string) *Listing {
	next := &Listing{Seq: to.Seq, Sectors: sectors}
	if len(changed) == 0 {
		next.All, next.Live, next.Recent, next.groups = l.All, l.Live, l.Recent, l.groups
		next.Titled = l.Titled
		return next
	}
	slices.SortFunc(changed, byIRI)
	var old []*Dataset
	for _, d := range changed {
		if was := l.Find(d.IRI); was != nil {
			old = append(old, was)
		}
	}
	live := slices.DeleteFunc(slices.Clone(changed), func(d *Dataset) bool { return d.Removed })
	next.All = merge(l.All, changed, old, byIRI)
	next.Live = merge(l.Live, live, old, byIRI)
	slices.SortFunc(live, byTime)
	next.Recent = merge(l.Recent, live, old, byTime)
	slices.SortFunc(live, byTitle)
	next.Titled = merge(l.Titled, live, old, byTitle)
	next.group()
	return next
}

// merge returns the sorted list of what two sorted lists have, without those of the
// first that are old. It looks at few of a long list when few are added.
func merge(list, added, old []*Dataset, order func(a, b *Dataset) int) []*Dataset {
	var gone []int
	for _, d := range old {
		if i, ok := slices.BinarySearchFunc(list, d, order); ok {
			gone = append(gone, i)
		}
	}
	slices.Sort(gone)
	out, from := make([]*Dataset, 0, len(list)+len(added)), 0
	take := func(to int) {
		for len(gone) > 0 && gone[0] < to {
			out = append(out, list[from:gone[0]]...)
			from, gone = gone[0]+1, gone[1:]
		}
		out = append(out, list[from:to]...)
		from = to
	}
	for _, d := range added {
		i, _ := slices.BinarySearchFunc(list, d, order)
		take(i)
		out = append(out, d)
	}
	take(len(list))
	return out
}
