package shacl

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"time"

	"fincat/sparql/exec"
	"fincat/sparql/plan"
	"fincat/sparql/value"
	"fincat/store"
	"fincat/vocab"
	"fincat/vocab/term"
)

// Options say what to validate.
type Options struct {
	// Graphs restricts the focus nodes to the subjects of these graphs, such as
	// those that a run changed; the zero Term is the default graph. What is
	// said of them is still looked up in the whole data graph.
	Graphs []term.Term
	// Focus restricts the focus nodes to these nodes. A node is a focus node of
	// the shapes whose targets it belongs to.
	Focus []term.Term
	// ShapesGraph is the name of a graph that holds the shapes graph: it is no
	// part of the data graph, and $shapesGraph in queries. Default: none.
	ShapesGraph term.Term
	// Limit ends validation after this many results. Default: no limit.
	Limit int
	// MemoryBytes is what one query of the shapes may hold. Default: 256 MiB.
	MemoryBytes int64
	// QueryTime is how long one query of the shapes may work at one focus node. Default:
	// one minute.
	QueryTime time.Duration
	// Shared is what queries of the shapes and all others hold together. Default: they
	// share nothing.
	Shared *exec.SharedMemory
	// Now is the time of NOW in queries. Default: time.Now.
	Now func() time.Time
	// Stats, when not nil, is filled in as validation goes on.
	Stats *Stats
}

// Stats count what a validation did.
type Stats struct {
	FocusNodes int64 // by group of shapes with the same targets
	Results    int64
	// Removed are results about records that were removed from a store of records. They
	// are left out: of such a record there is only that it was removed.
	Removed int64
}

// ErrLimit ends a validation that found more results than [Options].Limit.
var ErrLimit = errors.New("validation stopped at its limit of results")

// Result is a validation result (SHACL §3.6.2). Zero terms stand for what it
// does not have.
type Result struct {
	Focus      term.Term
	Value      term.Term
	Severity   term.Term
	Component  term.Term   // sh:sourceConstraintComponent
	Shape      term.Term   // sh:sourceShape
	Constraint term.Term   // sh:sourceConstraint, of constraints written in SPARQL
	Messages   []term.Term // those of the shape, or ours in English and Traditional Chinese

	// Graph is the named graph that says what the focus node is, and Place where
	// the record that it belongs to stands in its source: both only in stores
	// that hold them.
	Graph term.Term
	Place string
	// Origin tells who has to mend it: "source" when the focus node belongs to a
	// record or data service of a source, "catalogue" when the catalogue itself states
	// it; "" outside of a store of records.
	Origin string

	path      *path     // of a property shape
	predicate term.Term // where the constraint names the path itself
}

// Path writes sh:resultPath as a SPARQL property path, "" when there is none.
func (r *Result) Path() string {
	switch {
	case !r.predicate.IsZero():
		return shortIRI(r.predicate.Value())
	case r.path != nil:
		return r.path.text
	}
	return ""
}

// batchSize is the number of focus nodes that are taken together.
const batchSize = 1024

type answerKey struct {
	shape int
	node  store.ID
}

// run is one validation.
type run struct {
	*data
	o       Options
	stop    context.CancelCauseFunc // ends the run
	answers map[answerKey]bool
	queries map[*prepared]translated
	dataset plan.Dataset
	now     time.Time
	yield   func(Result, error) bool
	scope   value.Scope // for regular expressions
	last    struct {    // where the last result's focus node comes from
		node store.ID
		at   origin
	}
}

// errStopped means that the caller wants no more results.
var errStopped = errors.New("stopped")

// Validate validates the snapshot against the shapes and yields each result as
// it is found; without results the data graph conforms. After an error the
// sequence ends, and what was found so far is no report.
func Validate(ctx context.Context, sn *store.Snapshot, s *Shapes, o Options) iter.Seq2[Result, error] {
	return func(yield func(Result, error) bool) {
		err := validate(ctx, sn, s, o, yield)
		if err != nil && !errors.Is(err, errStopped) {
			yield(Result{}, err)
		}
	}
}

func validate(ctx context.Context, sn *store.Snapshot, s *Shapes, o Options, yield func(Result, error) bool) error {
	if o.MemoryBytes <= 0 {
		o.MemoryBytes = 256 << 20
	}
	if o.QueryTime <= 0 {
		o.QueryTime = time.Minute
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Stats == nil {
		o.Stats = &Stats{}
	}
	if s.graph && o.ShapesGraph.IsZero() {
		return wrong(term.Term{}, "a query uses $shapesGraph, and the data hold no shapes graph")
	}
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	d, err := newData(ctx, sn, s, o.ShapesGraph)
	if err != nil {
		return err
	}
	r := &run{
		stop: stop, data: d, o: o, answers: map[answerKey]bool{}, queries: map[*prepared]translated{},
		now: o.Now(), yield: yield,
	}
	if s.sparql {
		if r.dataset, err = d.rdfDataset(); err != nil {
			return err
		}
	}
	for _, g := range s.groups {
		if err := r.group(g); err != nil {
			return err
		}
	}
	return nil
}

// group validates the focus nodes of shapes with the same targets.
func (r *run) group(g *group) error {
	batch := make([]store.ID, 0, batchSize)
	flush := func() error {
		err := r.batch(g, batch)
		batch = batch[:0]
		return err
	}
	for id, err := range r.focusNodes(g) {
		if err != nil {
			return err
		}
		if batch = append(batch, id); len(batch) == batchSize {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	return flush()
}

// batch validates some focus nodes. What starts at them, and at those of their
// values that a shape looks behind, is fetched first.
func (r *run) batch(g *group, ids []store.ID) error {
	if err := r.fetch(slices.Clone(ids)); err != nil {
		return err
	}
	if err := r.fetchValues(g, ids); err != nil {
		return err
	}
	r.o.Stats.FocusNodes += int64(len(ids))
	for _, id := range ids {
		for _, s := range g.shapes {
			err := r.validate(s, id, func(at *focus, f finding) error {
				if f.deeper != nil {
					at = f.deeper
				}
				return r.report(at, f)
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// fetchValues fetches what starts at the values of properties that a shape
// looks behind.
func (r *run) fetchValues(g *group, ids []store.ID) error {
	var wanted []store.ID
	for _, p := range r.deepProperties(g) {
		for _, id := range ids {
			values, err := r.objects(id, p)
			if err != nil {
				return err
			}
			for _, v := range values {
				if len(wanted) < 16*batchSize && r.hasTriples(v) {
					wanted = append(wanted, v)
				}
			}
		}
	}
	return r.fetch(wanted)
}

func (r *run) deepProperties(g *group) (out []store.ID) {
	for _, s := range g.shapes {
		for _, rl := range s.rules {
			p, ok := rl.check.(property)
			if ok && p.shape.deep && p.shape.path.kind == predicatePath {
				out = append(out, r.constants[p.shape.path.id])
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// report yields a result.
func (r *run) report(at *focus, f finding) error {
	if r.o.Limit > 0 && r.o.Stats.Results >= int64(r.o.Limit) {
		return ErrLimit
	}
	out := Result{Severity: at.shape.severity, Component: at.rule.component, Shape: at.shape.node,
		Constraint: at.rule.source, Messages: at.rule.messages, path: at.shape.path}
	if f.messages != nil {
		out.Messages = f.messages
	}
	var err error
	if out.Focus, err = r.term(at.node); err != nil {
		return err
	}
	if r.last.node != at.node || r.last.at.graph.IsZero() {
		r.last.node = at.node
		if r.last.at, err = r.originOf(at.node); err != nil {
			return err
		}
	}
	if r.last.at.gone {
		r.o.Stats.Removed++
		return nil
	}
	out.Graph, out.Place, out.Origin = r.last.at.graph, r.last.at.place, r.last.at.who
	if out.Origin == OriginCatalogue {
		none, err := r.unlisted(at, f)
		if err != nil {
			return err
		}
		if none {
			out.Origin = OriginSource
		}
	}
	if f.value != 0 {
		if out.Value, err = r.term(f.value); err != nil {
			return err
		}
	}
	if f.path != 0 {
		if out.predicate, err = r.term(f.path); err != nil {
			return err
		}
	}
	r.o.Stats.Results++
	if !r.yield(out, nil) {
		return errStopped
	}
	return nil
}

// focusNodes yields the focus nodes of a group, each once.
func (r *run) focusNodes(g *group) iter.Seq2[store.ID, error] {
	return func(yield func(store.ID, error) bool) {
		if len(r.o.Graphs) > 0 || len(r.o.Focus) > 0 {
			r.restricted(g, yield)
			return
		}
		sources, err := r.sources(g)
		if err != nil {
			yield(0, err)
			return
		}
		nodes := r.targetNodes(g)
		if len(sources) == 1 && len(nodes) == 0 { // no need to hold them
			r.stream(sources[0], yield)
			return
		}
		for _, src := range sources {
			more, err := r.unsorted(src)
			if err != nil {
				yield(0, err)
				return
			}
			nodes = append(nodes, more...)
		}
		slices.Sort(nodes)
		for _, id := range slices.Compact(nodes) {
			if !yield(id, nil) {
				return
			}
		}
	}
}

// source is where the focus nodes of a target stand in the store.
type source struct {
	p      store.Pattern
	order  store.Order
	column store.ColumnSet
}

// sources returns where to find the focus nodes of the targets, without those
// of sh:targetNode.
func (r *run) sources(g *group) (out []source, err error) {
	seen := map[store.ID]bool{}
	for _, c := range g.classes {
		classes, err := r.subclasses(r.constants[c])
		if err != nil {
			return nil, err
		}
		for id := range classes {
			if !seen[id] {
				seen[id] = true
				out = append(out, source{store.Pattern{P: r.rdfType, O: id}, store.POSG, store.ColumnS})
			}
		}
	}
	for _, p := range g.subjectsOf {
		out = append(out, source{store.Pattern{P: r.constants[p]}, store.POSG, store.ColumnS})
	}
	for _, p := range g.objectsOf {
		out = append(out, source{store.Pattern{P: r.constants[p]}, store.POSG, store.ColumnO})
	}
	known := out[:0]
	for _, src := range out {
		if src.p.P < store.FirstLocal && src.p.O < store.FirstLocal {
			known = append(known, src)
		}
	}
	return known, nil
}

// unsorted collects a column that the order does not sort by.
func (r *run) unsorted(src source) ([]store.ID, error) {
	ids, err := r.column(src.p, src.order, src.column)
	slices.Sort(ids)
	return slices.Compact(ids), err
}

// stream yields the focus nodes of one source while they are read.
func (r *run) stream(src source, yield func(store.ID, error) bool) {
	if src.p.O == store.Any && src.column == store.ColumnS {
		ids, err := r.unsorted(src)
		if err != nil {
			yield(0, err)
			return
		}
		for _, id := range ids {
			if !yield(id, nil) {
				return
			}
		}
		return
	}
	last := store.Any
	opt := store.ScanOptions{Order: src.order, Columns: src.column | store.ColumnG}
	for b, err := range r.sn.Batches(r.ctx, src.p, opt) {
		if err != nil {
			yield(0, err)
			return
		}
		ids := b.S
		if src.column == store.ColumnO {
			ids = b.O
		}
		for i, id := range ids {
			if id == last || r.without != 0 && b.G[i] == r.without {
				continue
			}
			last = id
			if !yield(id, nil) {
				return
			}
		}
	}
}

func (r *run) targetNodes(g *group) []store.ID {
	out := make([]store.ID, 0, len(g.nodes))
	for _, c := range g.nodes {
		out = append(out, r.constants[c])
	}
	return out
}

// restricted yields those of the nodes asked for that the targets of a group take in.
func (r *run) restricted(g *group, yield func(store.ID, error) bool) {
	nodes, err := r.candidates()
	if err == nil {
		for ids := range slices.Chunk(nodes, batchSize) {
			if err = r.fetch(slices.Clone(ids)); err != nil {
				break
			}
			for _, id := range ids {
				var ok bool
				if ok, err = r.isTarget(g, id); err != nil {
					break
				}
				if ok && !yield(id, nil) {
					return
				}
			}
		}
	}
	if err != nil {
		yield(0, err)
	}
}

// candidates returns the nodes that the options ask for, sorted.
func (r *run) candidates() ([]store.ID, error) {
	var nodes []store.ID
	for _, t := range r.o.Focus {
		id, err := r.id(t)
		if err != nil {
			return nil, err
		}
		nodes = append(nodes, id)
	}
	for _, g := range r.o.Graphs {
		id := store.DefaultGraph
		if !g.IsZero() {
			var err error
			if id, err = r.id(g); err != nil {
				return nil, err
			}
		}
		if id == r.without {
			continue
		}
		more, err := r.column(store.Pattern{G: id}, store.GSPO, store.ColumnS)
		if err != nil {
			return nil, fmt.Errorf("read the graph %v: %w", g, err)
		}
		nodes = append(nodes, more...)
	}
	slices.Sort(nodes)
	return slices.Compact(nodes), nil
}

// isTarget reports whether a node is a focus node of a group (SHACL §2.1.3).
func (r *run) isTarget(g *group, id store.ID) (bool, error) {
	for _, c := range g.nodes {
		if r.constants[c] == id {
			return true, nil
		}
	}
	for _, c := range g.classes {
		if ok, err := r.isA(id, r.constants[c]); ok || err != nil {
			return ok, err
		}
	}
	for _, p := range g.subjectsOf {
		if values, err := r.objects(id, r.constants[p]); len(values) > 0 || err != nil {
			return err == nil, err
		}
	}
	for _, p := range g.objectsOf {
		if values, err := r.subjects(r.constants[p], id); len(values) > 0 || err != nil {
			return err == nil, err
		}
	}
	return false, nil
}

// severityRank orders severities for people: violations first.
func severityRank(t term.Term) int {
	switch t.Value() {
	case vocab.SHViolation:
		return 0
	case vocab.SHWarning:
		return 1
	case vocab.SHInfo:
		return 2
	}
	return 3
}
