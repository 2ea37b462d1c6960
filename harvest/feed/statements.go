package feed

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"fincat/harvest/feed/listing"
	"fincat/store"
	"fincat/vocab"
	"fincat/vocab/term"
)

// agentNames are the properties with which a feed says who an agent is.
var agentNames = []string{vocab.RDFType, vocab.FOAFName}

// Statements returns what a feed that tells of a single dataset says of it: its
// description, in which series the catalogue puts it with their descriptions, and who
// publishers and owners are. There are no graph names, and each statement comes once.
func Statements(ctx context.Context, sn *store.Snapshot, x *listing.Dataset) ([]term.Quad, error) {
	d, _, err := described(ctx, sn, []*listing.Dataset{x})
	if err != nil {
		return nil, err
	}
	quads, err := d.quads(d.rows)
	return triples(quads), err
}

// Texts returns [Statements] of each of some datasets as N-Triples, without the
// bookkeeping of the catalogue. The datasets of a call should have much in common: a term
// is read and written out once, however many statements have it.
func Texts(ctx context.Context, sn *store.Snapshot, list []*listing.Dataset) ([][]byte, error) {
	d, ends, err := described(ctx, sn, list)
	if err != nil {
		return nil, err
	}
	var skip []store.ID
	for _, iri := range listing.Bookkeeping {
		id, err := d.id(iri)
		if err != nil {
			return nil, err
		}
		skip = append(skip, id)
	}
	d.rows, ends = without(d.rows, ends, skip)
	ranks, terms, err := d.ranked()
	if err != nil {
		return nil, err
	}
	out, from := make([][]byte, len(list)), 0
	for i, end := range ends {
		out[i] = text(ranks[from:end], terms)
		from = end
	}
	return out, nil
}

// without takes the rows out that have one of some properties; ends are where the parts
// end that the rows have.
func without(rows []row, ends []int, properties []store.ID) ([]row, []int) {
	kept, from := rows[:0], 0
	for i, end := range ends {
		for _, r := range rows[from:end] {
			if !slices.Contains(properties, r[1]) {
				kept = append(kept, r)
			}
		}
		ends[i], from = len(kept), end
	}
	return kept, ends
}

// ranked returns the triples of the rows by the places of their terms among all of them,
// sorted, and these terms as N-Triples.
func (d *describer) ranked() ([][3]uint32, [][]byte, error) {
	terms, at, err := d.terms(d.rows, 3)
	if err != nil {
		return nil, nil, err
	}
	order := make([]int, len(terms))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return term.Compare(terms[a], terms[b]) })
	rank, texts, all := make([]uint32, len(terms)), make([][]byte, len(terms)), []byte(nil)
	for n, i := range order {
		rank[i] = uint32(n)
		from := len(all)
		all = terms[i].Append(all)
		texts[n] = all[from:len(all):len(all)]
	}
	out := make([][3]uint32, len(d.rows))
	for i, r := range d.rows {
		out[i] = [3]uint32{rank[at[r[0]]], rank[at[r[1]]], rank[at[r[2]]]}
	}
	return out, texts, nil
}

// text writes triples as N-Triples, sorted, each once.
func text(triples [][3]uint32, terms [][]byte) []byte {
	slices.SortFunc(triples, func(a, b [3]uint32) int {
		return cmp.Or(cmp.Compare(a[0], b[0]), cmp.Compare(a[1], b[1]), cmp.Compare(a[2], b[2]))
	})
	triples = slices.Compact(triples)
	size := 0
	for _, t := range triples {
		size += len(terms[t[0]]) + len(terms[t[1]]) + len(terms[t[2]]) + len("   .\n")
	}
	out := make([]byte, 0, size)
	for _, t := range triples {
		for _, place := range t {
			out = append(append(out, terms[place]...), ' ')
		}
		out = append(out, '.', '\n')
	}
	return out
}

// described collects the rows of [Statements] of some datasets, and where those of each
// end.
func described(ctx context.Context, sn *store.Snapshot, list []*listing.Dataset) (*describer, []int, error) {
	d := newDescriber(ctx, sn)
	a, err := newAgents(d)
	if err != nil {
		return nil, nil, err
	}
	ends := make([]int, len(list))
	for i, x := range list {
		from := len(d.rows)
		err := d.dataset(x)
		if err == nil {
			err = a.series(x)
		}
		if err == nil {
			err = a.named(from)
		}
		if err != nil {
			return nil, nil, fmt.Errorf("describe %s: %w", x.IRI, err)
		}
		ends[i] = len(d.rows)
	}
	return d, ends, nil
}

// agents says who publishers and owners are, and what series are.
type agents struct {
	d                           *describer
	publisher, creator, contact store.ID
	properties                  []store.ID
	read                        map[store.ID][]row
	described                   map[listing.Series][]row
}

func newAgents(d *describer) (*agents, error) {
	a := &agents{d: d, read: map[store.ID][]row{}, described: map[listing.Series][]row{}}
	for iri, into := range map[string]*store.ID{vocab.DCTPublisher: &a.publisher, vocab.DCTCreator: &a.creator,
		vocab.DCATContactPoint: &a.contact} {
		var err error
		if *into, err = d.id(iri); err != nil {
			return nil, err
		}
	}
	for _, iri := range agentNames {
		id, err := d.id(iri)
		if err != nil {
			return nil, err
		}
		a.properties = append(a.properties, id)
	}
	return a, nil
}

// series adds in which series the catalogue puts a dataset, what is said of them, and whom to
// ask about them.
func (a *agents) series(x *listing.Dataset) error {
	for _, s := range x.Series {
		if _, ok := a.described[s]; ok {
			continue
		}
		about, err := a.d.read(store.Pattern{S: s.ID, G: s.Graph}, maxDescription)
		for _, r := range about {
			if err == nil && r[1] == a.contact {
				var contact []row
				contact, err = a.d.once(r[2], nil, maxDescription)
				about = append(about, contact...)
			}
		}
		if err != nil {
			return err
		}
		a.described[s] = about
	}
	for _, s := range x.Series {
		a.d.rows = append(a.d.rows, a.described[s]...)
	}
	return a.d.inSeries(x)
}

// named adds the names of the agents that the rows from a place on lead to.
func (a *agents) named(from int) error {
	for _, r := range a.d.rows[from:len(a.d.rows):len(a.d.rows)] {
		if r[1] != a.publisher && r[1] != a.creator || r[2].Kind() != term.IRI {
			continue
		}
		about, ok := a.read[r[2]]
		if !ok {
			a.d.distinct = true
			rows, err := a.d.once(r[2], nil, maxDescription)
			a.d.distinct = false
			if err != nil {
				return err
			}
			for _, r := range rows {
				if slices.Contains(a.properties, r[1]) {
					about = append(about, r)
				}
			}
			a.read[r[2]] = about
		}
		a.d.rows = append(a.d.rows, about...)
	}
	return nil
}
