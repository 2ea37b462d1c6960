package shacl

import (
	"context"
	"fmt"
	"slices"

	"fincat/store"
	"fincat/vocab"
	"fincat/vocab/term"
)

// The bounds of what one validation keeps in memory of the data.
const (
	keptTriples = 1 << 20 // of nodes
	keptTerms   = 1 << 16
	keptAnswers = 1 << 18 // whether nodes conform to shapes
	maxReached  = 10_000_000
)

// node has the triples that start at a node, sorted by predicate and object, and
// the graph that says what it is.
type node struct {
	p, o []store.ID
	g    store.ID
}

// data is the data graph of one validation: the snapshot without the shapes
// graph, and what the shapes state as facts.
type data struct {
	ctx     context.Context
	sn      *store.Snapshot
	without store.ID // graph that does not count; 0: none

	constants []store.ID             // of the terms of the shapes
	byID      map[store.ID]constant  // the other way round
	local     map[term.Term]store.ID // terms that the store lacks
	locals    []term.Term

	nodes   map[store.ID]node
	lastID  store.ID // the node looked at last; properties of one node are asked for in turn
	last    node
	kept    int // triples in nodes
	facts   map[store.ID]node
	terms   map[store.ID]term.Term
	classes map[store.ID]map[store.ID]bool // subclasses by class
	matches store.Matches
	rdfType store.ID
	places  store.ID // fincat:place
	digests store.ID // fincat:digest
	runs    store.ID // fincat:Run
	gone    store.ID // prov:invalidatedAtTime
	service store.ID // dcat:DataService
	catalog store.ID // dcat:Catalog
	lists   store.ID // dcat:dataset
	steps   int
}

func newData(ctx context.Context, sn *store.Snapshot, s *Shapes, without term.Term) (*data, error) {
	d := &data{
		ctx: ctx, sn: sn, byID: map[store.ID]constant{}, local: map[term.Term]store.ID{},
		nodes: map[store.ID]node{}, facts: map[store.ID]node{}, terms: map[store.ID]term.Term{},
		classes: map[store.ID]map[store.ID]bool{}, constants: make([]store.ID, len(s.terms)),
	}
	for i, t := range s.terms {
		id, err := d.id(t)
		if err != nil {
			return nil, err
		}
		d.constants[i] = id
		d.byID[id] = constant(i)
	}
	if !without.IsZero() {
		id, err := d.id(without)
		if err != nil {
			return nil, err
		}
		d.without = id
	}
	var err error
	if d.rdfType, err = d.id(term.NewIRI(vocab.RDFType)); err != nil {
		return nil, err
	}
	for iri, into := range map[string]*store.ID{
		vocab.FincatPlace: &d.places, vocab.FincatDigest: &d.digests, vocab.FincatRun: &d.runs,
		vocab.PROVInvalidatedAtTime: &d.gone,
		vocab.DCATDataService:       &d.service, vocab.DCATCatalog: &d.catalog, vocab.DCATDatasetProperty: &d.lists,
	} {
		if *into, err = d.id(term.NewIRI(iri)); err != nil {
			return nil, err
		}
	}
	for _, f := range s.facts {
		subject := d.constants[f.s]
		n := d.facts[subject]
		n.p, n.o = append(n.p, d.constants[f.p]), append(n.o, d.constants[f.o])
		d.facts[subject] = n
	}
	return d, nil
}

// id returns the ID of a term: that of the store, or one of this validation.
func (d *data) id(t term.Term) (store.ID, error) {
	if id, ok := store.Inline(t); ok {
		return id, nil
	}
	if id, ok := d.local[t]; ok {
		return id, nil
	}
	id, ok, err := d.sn.Lookup(t)
	if err != nil {
		return 0, fmt.Errorf("look up %v: %w", t, err)
	}
	if !ok {
		id = store.FirstLocal + store.ID(len(d.locals))
		d.locals = append(d.locals, t)
		d.local[t] = id
	}
	return id, nil
}

// term returns the term of an ID.
func (d *data) term(id store.ID) (term.Term, error) {
	if id >= store.FirstLocal {
		return d.locals[id-store.FirstLocal], nil
	}
	if t, ok := id.Inline(); ok {
		return t, nil
	}
	if t, ok := d.terms[id]; ok {
		return t, nil
	}
	t, err := d.sn.Term(id)
	if err != nil {
		return term.Term{}, fmt.Errorf("read a term: %w", err)
	}
	if len(d.terms) >= keptTerms {
		clear(d.terms)
	}
	d.terms[id] = t
	return t, nil
}

func (d *data) kind(id store.ID) term.Kind {
	if id >= store.FirstLocal {
		return d.locals[id-store.FirstLocal].Kind()
	}
	return id.Kind()
}

// hasTriples reports whether triples may start at a node.
func (d *data) hasTriples(id store.ID) bool {
	k := d.kind(id)
	return k == term.IRI || k == term.BlankNode
}

// fetch reads the triples that start at the given nodes, which are sorted here.
func (d *data) fetch(ids []store.ID) error {
	slices.Sort(ids)
	ids = slices.Compact(ids)
	wanted := ids[:0:0]
	for _, id := range ids {
		if _, ok := d.nodes[id]; !ok && d.hasTriples(id) {
			wanted = append(wanted, id)
		}
	}
	if len(wanted) == 0 {
		return nil
	}
	if d.kept > keptTriples {
		clear(d.nodes)
		d.kept = 0
		wanted = wanted[:0]
		for _, id := range ids {
			if d.hasTriples(id) {
				wanted = append(wanted, id)
			}
		}
	}
	return d.read(wanted)
}

// read puts the triples that start at sorted nodes into d.nodes.
func (d *data) read(wanted []store.ID) error {
	ids := wanted
	for len(ids) > 0 && ids[len(ids)-1] >= store.FirstLocal {
		ids = ids[:len(ids)-1]
	}
	opt := store.ScanOptions{
		Order: store.SPOG, Distinct: d.without == 0, Columns: store.ColumnP | store.ColumnO | store.ColumnG,
	}
	m := &d.matches
	if len(ids) > 0 {
		if err := d.sn.Probe(d.ctx, store.SPOG, 1, [][]store.ID{ids}, opt, m); err != nil {
			return err
		}
	}
	at, rows := 0, 0
	if len(ids) > 0 {
		rows = len(m.Row)
	}
	p, o := make([]store.ID, 0, rows), make([]store.ID, 0, rows)
	for i, id := range wanted {
		from := len(p)
		graph := store.Any
		for ; i < len(ids) && at < rows && int(m.Row[at]) == i; at++ {
			if d.without != 0 && m.G[at] == d.without {
				continue
			}
			if n := len(p); n > from && p[n-1] == m.P[at] && o[n-1] == m.O[at] {
				continue
			}
			p, o = append(p, m.P[at]), append(o, m.O[at])
			if graph == store.Any || m.P[at] == d.rdfType && p[max(from, len(p)-2)] != d.rdfType {
				graph = m.G[at]
			}
		}
		n := node{p[from:len(p):len(p)], o[from:len(o):len(o)], graph}
		if more, ok := d.facts[id]; ok {
			n = merged(n, more)
		}
		d.nodes[id] = n
		d.kept += len(n.p) + 8
	}
	return nil
}

// merged puts the triples of two nodes together.
func merged(a, b node) node {
	type pair struct{ p, o store.ID }
	var pairs []pair
	for _, n := range []node{a, b} {
		for i := range n.p {
			pairs = append(pairs, pair{n.p[i], n.o[i]})
		}
	}
	slices.SortFunc(pairs, func(x, y pair) int {
		if x.p != y.p {
			return compareIDs(x.p, y.p)
		}
		return compareIDs(x.o, y.o)
	})
	pairs = slices.Compact(pairs)
	out := node{g: a.g}
	for _, x := range pairs {
		out.p, out.o = append(out.p, x.p), append(out.o, x.o)
	}
	return out
}

func compareIDs(a, b store.ID) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// out returns the triples that start at a node.
func (d *data) out(id store.ID) (node, error) {
	if id == d.lastID {
		return d.last, nil
	}
	if n, ok := d.nodes[id]; ok {
		d.lastID, d.last = id, n
		return n, nil
	}
	if !d.hasTriples(id) {
		return node{}, nil
	}
	if d.kept > 2*keptTriples { // between batches there is room for what single nodes need
		clear(d.nodes)
		d.kept = 0
	}
	if err := d.read([]store.ID{id}); err != nil {
		return node{}, err
	}
	return d.nodes[id], nil
}

// objects returns the objects of a subject and a predicate, sorted.
func (d *data) objects(s, p store.ID) ([]store.ID, error) {
	n, err := d.out(s)
	if err != nil {
		return nil, err
	}
	from, _ := slices.BinarySearch(n.p, p)
	to := from
	for to < len(n.p) && n.p[to] == p {
		to++
	}
	return n.o[from:to:to], nil
}

// subjects returns the subjects of a predicate and an object, sorted.
func (d *data) subjects(p, o store.ID) ([]store.ID, error) {
	return d.column(store.Pattern{P: p, O: o}, store.POSG, store.ColumnS)
}

// column collects one column of the quads that match a pattern, whose bound
// positions lead the order and which the column follows: sorted, each ID once.
func (d *data) column(p store.Pattern, order store.Order, column store.ColumnSet) ([]store.ID, error) {
	for _, id := range []store.ID{p.S, p.P, p.O, p.G} {
		if id >= store.FirstLocal {
			return nil, nil
		}
	}
	opt := store.ScanOptions{Order: order, Columns: column | store.ColumnG}
	var out []store.ID
	for b, err := range d.sn.Batches(d.ctx, p, opt) {
		if err != nil {
			return nil, err
		}
		from := b.S
		if column == store.ColumnO {
			from = b.O
		}
		for i, id := range from {
			if d.without != 0 && b.G[i] == d.without {
				continue
			}
			if n := len(out); n == 0 || out[n-1] != id {
				out = append(out, id)
			}
		}
	}
	return out, nil
}

// subclasses returns a class and all its subclasses in the data graph.
func (d *data) subclasses(class store.ID) (map[store.ID]bool, error) {
	if found, ok := d.classes[class]; ok {
		return found, nil
	}
	subClassOf, err := d.id(term.NewIRI(vocab.RDFSSubClassOf))
	if err != nil {
		return nil, err
	}
	found := map[store.ID]bool{class: true}
	queue := []store.ID{class}
	for len(queue) > 0 {
		below, err := d.subjects(subClassOf, queue[0])
		if err != nil {
			return nil, err
		}
		queue = queue[1:]
		for _, c := range below {
			if !found[c] {
				found[c] = true
				queue = append(queue, c)
			}
		}
	}
	d.classes[class] = found
	return found, nil
}

// isA reports whether a node is a SHACL instance of a class (SHACL §1.1).
func (d *data) isA(id, class store.ID) (bool, error) {
	types, err := d.objects(id, d.rdfType)
	if err != nil || len(types) == 0 {
		return false, err
	}
	classes, err := d.subclasses(class)
	if err != nil {
		return false, err
	}
	for _, t := range types {
		if classes[t] {
			return true, nil
		}
	}
	return false, nil
}
