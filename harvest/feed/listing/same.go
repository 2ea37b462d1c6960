package listing

import (
	"cmp"
	"slices"
)

// Together returns all records of the dataset that d is a record of, d among them: those
// that accepted or confirmed links say to be the same (owl:sameAs), however many links
// lead from one to the other. The one that says most comes first.
func (l *Listing) Together(d *Dataset) []*Dataset {
	if all := l.groups[d]; all != nil {
		return all
	}
	return []*Dataset{d}
}

// Merged returns a list with one record of each dataset: that which says most of those in
// the list, where the first of them was.
func (l *Listing) Merged(list []*Dataset) []*Dataset {
	if len(l.groups) == 0 {
		return list
	}
	in := map[*Dataset]bool{} // of the list, those with others beside them
	for _, d := range list {
		if l.groups[d] != nil {
			in[d] = true
		}
	}
	done := map[*Dataset]bool{} // first of their groups
	out := make([]*Dataset, 0, len(list))
	for _, d := range list {
		group := l.groups[d]
		if group == nil {
			out = append(out, d)
			continue
		}
		if done[group[0]] {
			continue
		}
		done[group[0]] = true
		for _, best := range group {
			if in[best] {
				out = append(out, best)
				break
			}
		}
	}
	return out
}

// group finds out which of those alive are records of the same dataset.
func (l *Listing) group() {
	over := map[*Dataset]*Dataset{} // leads to the representative of a group so far
	find := func(d *Dataset) *Dataset {
		for over[d] != nil {
			if up := over[over[d]]; up != nil {
				over[d] = up
			}
			d = over[d]
		}
		return d
	}
	var linked []*Dataset
	for _, d := range l.Live {
		for _, iri := range d.Same {
			other := l.Find(iri)
			if other == nil || other.Removed || other == d {
				continue
			}
			linked = append(linked, d, other)
			if a, b := find(d), find(other); a != b {
				over[b] = a
			}
		}
	}
	l.groups = nil
	members := map[*Dataset][]*Dataset{}
	seen := map[*Dataset]bool{}
	for _, d := range linked {
		if !seen[d] {
			seen[d] = true
			members[find(d)] = append(members[find(d)], d)
		}
	}
	if len(members) > 0 {
		l.groups = make(map[*Dataset][]*Dataset, len(linked))
	}
	for _, all := range members {
		slices.SortFunc(all, func(a, b *Dataset) int {
			return cmp.Or(b.Statements-a.Statements, byIRI(a, b))
		})
		for _, d := range all {
			l.groups[d] = all
		}
	}
}

// Count counts the datasets of a list by what of gives for their records. A dataset with
// several records in the list counts once for each value that any of them has, or, when
// apart is true, each record by itself. Datasets whose values are one list, as those of a
// listing are where they are equal, are counted together.
func (l *Listing) Count(list []*Dataset, apart bool, of func(*Dataset) []string) map[string]int {
	type place struct {
		first *Dataset
		value string
	}
	type values struct {
		first *string
		n     int
	}
	type tally struct {
		list []string
		n    int
	}
	counts, seen, lists := map[string]int{}, map[place]bool{}, map[values]*tally{}
	for _, d := range list {
		group, all := l.groups[d], of(d)
		if len(all) > 0 && (group == nil || apart) {
			key := values{&all[0], len(all)}
			if lists[key] == nil {
				lists[key] = &tally{list: all}
			}
			lists[key].n++
			continue
		}
		for _, v := range all {
			if at := (place{group[0], v}); !seen[at] {
				seen[at] = true
				counts[v]++
			}
		}
	}
	for _, t := range lists {
		for _, v := range t.list {
			counts[v] += t.n
		}
	}
	return counts
}
