package column

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"fincat/store"
	"fincat/vocab"
	"fincat/vocab/dcat"
	"fincat/vocab/term"
)

// readProperties are the properties that columns are read from.
var readProperties = []string{vocab.DCTTitle, vocab.FincatFieldDescription}

// A catalogue reads datasets from the graphs of one snapshot.
type catalogue struct {
	base   dcat.Base
	sn     *store.Snapshot
	fields map[store.ID]string // predicates that matter, by their ID
}

func newCatalogue(sn *store.Snapshot, base dcat.Base) (*catalogue, error) {
	fields, err := Predicates(sn, readProperties)
	return &catalogue{base: base, sn: sn, fields: fields}, err
}

// Predicates returns those of the properties that the snapshot's store has as terms,
// by their ID.
func Predicates(sn *store.Snapshot, properties []string) (map[store.ID]string, error) {
	byID := make(map[store.ID]string, len(properties))
	for _, p := range properties {
		id, ok, err := sn.Lookup(term.NewIRI(p))
		if err != nil {
			return nil, fmt.Errorf("look up %s: %w", p, err)
		}
		if ok {
			byID[id] = p
		}
	}
	return byID, nil
}

// A table is what a record's graph says of the columns of its dataset.
type table struct {
	dataset string
	titles  []string
	fields  [][2]string // subject and description
}

// one reads one record's graph.
func (c *catalogue) one(ctx context.Context, graph term.Term) (table, error) {
	var t table
	t.dataset, _, _ = c.base.DatasetOf(graph.Value())
	id, ok, err := c.sn.Lookup(graph)
	if err != nil || !ok {
		return t, err
	}
	for p, property := range c.fields {
		pattern := store.Pattern{G: id, P: p}
		for q, err := range c.sn.Match(ctx, pattern, store.OrderFor(pattern)) {
			if err != nil {
				return t, err
			}
			t.statement(q, property)
		}
	}
	return t, nil
}

// all calls f with the tables of all datasets whose columns are described.
func (c *catalogue) all(ctx context.Context, f func(table) error) error {
	described := map[term.Term]bool{}
	for p, property := range c.fields {
		if property != vocab.FincatFieldDescription {
			continue
		}
		pattern := store.Pattern{P: p}
		for q, err := range c.sn.Match(ctx, pattern, store.OrderFor(pattern)) {
			if err != nil {
				return err
			}
			described[q.Graph] = true
		}
	}
	for g := range described {
		if _, _, ok := c.base.DatasetOf(g.Value()); !ok {
			continue
		}
		t, err := c.one(ctx, g)
		if err == nil {
			err = f(t)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// statement takes in one statement of the graph.
func (t *table) statement(q term.Quad, property string) {
	switch property {
	case vocab.DCTTitle:
		if q.Subject.Value() == t.dataset {
			t.titles = append(t.titles, q.Object.Value())
		}
	case vocab.FincatFieldDescription:
		if len(t.fields) < maxColumns {
			t.fields = append(t.fields, [2]string{q.Subject.Value(), q.Object.Value()})
		}
	}
}

// columns returns the names of all columns, in the same order whatever the store's.
func (t *table) columns() []string {
	slices.SortFunc(t.fields, func(a, b [2]string) int {
		return cmp.Or(cmp.Compare(a[0], b[0]), cmp.Compare(a[1], b[1]))
	})
	var out []string
	for _, f := range t.fields {
		for _, name := range Split(f[1]) {
			if !slices.Contains(out, name) && len(out) < maxColumns {
				out = append(out, name)
			}
		}
	}
	return out
}

// title returns the titles in all languages as one text.
func (t *table) title() string {
	slices.Sort(t.titles)
	return strings.Join(t.titles, " ")
}

// longestName is the longest text, in bytes, that is taken for the name of a column;
// what is longer is prose.
const longestName = 200

// Split returns the names of columns in a description of them. Portals write them with
// one of several separators; one that stands within brackets belongs to the name.
func Split(s string) []string {
	var out []string
	depth, from := 0, 0
	add := func(to int) {
		name := strings.Trim(strings.TrimSpace(s[from:to]), "\"'。.")
		if name != "" && len(name) <= longestName {
			out = append(out, name)
		}
	}
	for i, r := range s {
		switch {
		case strings.ContainsRune("(（[", r):
			depth++
		case strings.ContainsRune(")）]", r):
			depth = max(0, depth-1)
		case r == '\n', depth == 0 && strings.ContainsRune("、,;；，\t|", r):
			add(i)
			depth, from = 0, i+len(string(r))
		}
	}
	add(len(s))
	return out
}
