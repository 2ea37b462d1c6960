package sparql

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"fincat/sparql/algebra"
	"fincat/sparql/exec"
	"fincat/sparql/plan"
	"fincat/sparql/syntax"
	"fincat/store"
	"fincat/vocab/term"
)

// Update parses an update request and carries it out as one commit: all of its
// operations count, or none. An operation sees what those before it did.
func (e *Engine) Update(ctx context.Context, text string, o UpdateOptions) (UpdateResult, error) {
	u, err := e.ParseUpdate(ctx, text, o)
	if err != nil {
		return UpdateResult{}, err
	}
	return e.RunUpdate(ctx, u, o)
}

// RunUpdate carries out an update request that has been parsed, as
// [Engine.Update] does. The base IRI is the one the request was parsed with.
func (e *Engine) RunUpdate(ctx context.Context, u *Update, o UpdateOptions) (UpdateResult, error) {
	if len(o.UsingGraphs)+len(o.UsingNamed) > 0 && u.NamesDataset() {
		return UpdateResult{}, &syntax.Error{Line: 1, Column: 1,
			Message: "the request names an RDF dataset, and so does the update with WITH or USING"}
	}
	job := e.running.start(ctx, u.text, left(e.timeout(o.Timeout), u.read), e.o.Now())
	defer job.finish()
	job.calls.engine = e
	if reads(u.algebra) {
		done, err := e.alone(job)
		if err != nil {
			return UpdateResult{}, job.explain(err)
		}
		defer done()
	}
	for try := 1; ; try++ {
		c, err := e.update(job, u, o)
		if errors.Is(err, store.ErrConflict) && try < maxTries {
			continue // another commit came in between what was read and now
		}
		if err != nil {
			return UpdateResult{}, job.explain(err)
		}
		return UpdateResult{Seq: c.Seq, Added: c.Added, Removed: c.Removed}, nil
	}
}

// alone waits until no other update reads what it changes. Those that wait have no
// place in the server.
func (e *Engine) alone(j *job) (done func(), err error) {
	j.ticket.Idle(func() {
		select {
		case e.updating <- struct{}{}:
		case <-j.ctx.Done():
			err = j.ctx.Err()
		}
	})
	if err != nil {
		return nil, err
	}
	if err = j.ticket.Turn(j.ctx); err != nil {
		<-e.updating
		return nil, err
	}
	return func() { <-e.updating }, nil
}

// maxTries bounds how often an update is done again because of other commits.
const maxTries = 20

// reads reports whether a request depends on what is in the store.
func reads(u *algebra.Update) bool {
	for _, op := range u.Operations {
		switch op.(type) {
		case *algebra.InsertData, *algebra.DeleteData, *algebra.Load:
		default:
			return true
		}
	}
	return false
}

// updater carries one request out.
type updater struct {
	engine *Engine
	job    *job
	o      UpdateOptions
	tx     *store.Tx
	blanks map[string]term.Term // of INSERT DATA, which share labels in a request
	mem    *exec.Memory
	seq    *uint64
}

func (e *Engine) update(j *job, u *Update, o UpdateOptions) (store.Commit, error) {
	tx, err := e.o.Store.Begin(j.ctx)
	if err != nil {
		return store.Commit{}, fmt.Errorf("update: %w", err)
	}
	defer tx.Rollback()
	tx.KeepBlankNodes(true)
	tx.Note(o.Note)
	x := &updater{
		engine: e,
		job:    j,
		o:      o,
		tx:     tx,
		blanks: map[string]term.Term{},
		mem:    e.newMemory(j),
	}
	defer x.mem.Close()
	if err := x.mem.Grow(u.size); err != nil {
		return store.Commit{}, err
	}
	for _, op := range u.algebra.Operations {
		if err := x.operation(j.ctx, op); err != nil {
			return store.Commit{}, err
		}
	}
	if x.seq != nil {
		tx.Expect(*x.seq)
	}
	return tx.Commit(j.ctx)
}

func (x *updater) operation(ctx context.Context, op algebra.Operation) error {
	switch op := op.(type) {
	case *algebra.InsertData:
		for part := range slices.Chunk(op.Quads, quadPart) {
			if err := x.tx.Add(ctx, x.owned(part, x.blanks)...); err != nil {
				return err
			}
		}
		return nil
	case *algebra.DeleteData:
		return x.tx.Remove(ctx, op.Quads...)
	case *algebra.DeleteInsert:
		return x.deleteInsert(ctx, op)
	case *algebra.Load:
		return x.load(ctx, op)
	case *algebra.Clear:
		return x.clear(ctx, op)
	case *algebra.Create:
		return x.create(ctx, op)
	case *algebra.Transfer:
		return x.transfer(ctx, op)
	}
	return fmt.Errorf("no evaluation for update operation %T", op)
}

// snapshot returns what the next operation sees, and remembers on which commit
// the request builds.
func (x *updater) snapshot(ctx context.Context) (*store.Snapshot, error) {
	sn, err := x.tx.Snapshot(ctx)
	if err != nil {
		return nil, err
	}
	seq := sn.Seq()
	if x.seq == nil {
		x.seq = &seq
	} else if *x.seq != seq {
		sn.Close()
		return nil, fmt.Errorf("update: %w", store.ErrConflict)
	}
	return sn, nil
}

// owned gives the blank nodes of quads to the store, one new node for a label.
func (x *updater) owned(quads []term.Quad, blanks map[string]term.Term) []term.Quad {
	var own func(t term.Term) term.Term
	own = func(t term.Term) term.Term {
		switch {
		case t.IsBlankNode():
			b, ok := blanks[t.Value()]
			if !ok {
				b = x.engine.o.Store.NewBlankNode()
				blanks[t.Value()] = b
			}
			return b
		case t.IsTripleTerm():
			y := t.Triple()
			return term.NewTripleTerm(
				term.Triple{Subject: own(y.Subject), Predicate: y.Predicate, Object: own(y.Object)},
			)
		}
		return t
	}
	out := make([]term.Quad, len(quads))
	for i, q := range quads {
		out[i] = term.Quad{Subject: own(q.Subject), Predicate: q.Predicate, Object: own(q.Object), Graph: own(q.Graph)}
	}
	return out
}

// deleteInsert is DELETE/INSERT (SPARQL 1.1 Update §3.1.3): the pattern is
// evaluated once, then the deletions come before the insertions.
func (x *updater) deleteInsert(ctx context.Context, op *algebra.DeleteInsert) error {
	sn, err := x.snapshot(ctx)
	if err != nil {
		return err
	}
	defer sn.Close()
	env := x.engine.newEnv(sn, op.Base, x.job, x.mem)
	env.UseBlankNodes(x.engine.o.Store.NewBlankNode)
	graphs, err := x.dataset(env, op)
	if err != nil {
		return err
	}
	where, err := algebra.Simplify(ctx, op.Where)
	if err != nil {
		return err
	}
	root, err := plan.Build(ctx, where, plan.Options{
		Counts: sn, ID: env.ID, Dataset: graphs, Grow: x.mem.Grow,
	})
	if err != nil {
		return fmt.Errorf("plan: %w", err)
	}
	t := newTemplate(append(op.Delete[:len(op.Delete):len(op.Delete)], op.Insert...), x.engine.o.Store.NewBlankNode)
	deletes, inserts := *t, *t
	deletes.quads, inserts.quads = op.Delete, op.Insert
	byID, err := newRemoval(env, x.tx, t, op.Delete)
	if err != nil {
		return err
	}
	terms := exec.Solutions{Columns: make([][]term.Term, len(t.vars))}
	add := quadList{mem: x.mem}
	for s, err := range env.RunIDs(ctx, root, t.vars) {
		if err != nil {
			return err
		}
		if byID != nil {
			if err := byID.remove(ctx, s); err != nil {
				return err
			}
		}
		if byID != nil && len(op.Insert) == 0 {
			continue
		}
		if err := env.Decode(s, &terms); err != nil {
			return err
		}
		for i := range s.N {
			if err := ctx.Err(); err != nil {
				return err
			}
			if byID == nil {
				if err := x.tx.Remove(ctx, slices.Collect(deletes.instantiate(terms.Columns, i))...); err != nil {
					return err
				}
			}
			for q := range inserts.instantiate(terms.Columns, i) {
				if err := add.add(q); err != nil {
					return err
				}
			}
		}
	}
	return add.addTo(ctx, x.tx, nil)
}

// dataset is the RDF dataset of the pattern of DELETE/INSERT (SPARQL 1.1
// Update §3.1.3).
func (x *updater) dataset(env *exec.Env, op *algebra.DeleteInsert) (plan.Dataset, error) {
	if op.With != "" {
		ids, err := graphIDs(env, []string{op.With})
		if err != nil {
			return plan.Dataset{}, err
		}
		return plan.Dataset{Default: plan.Graphs{Mode: plan.OneGraph, ID: ids[0]}}, nil
	}
	return dataset(env, datasetOf(op.Using, x.o.UsingGraphs, x.o.UsingNamed), x.engine.mode(x.o.DefaultGraph))
}

// load is LOAD (SPARQL 1.1 Update §3.1.4). With SILENT a document that cannot
// be read to its end adds nothing.
func (x *updater) load(ctx context.Context, op *algebra.Load) error {
	quads, err := x.fetch(ctx, op)
	if err != nil {
		var limit *LimitError
		if op.Silent && ctx.Err() == nil && !errors.As(err, &limit) {
			return nil
		}
		return fmt.Errorf("load <%s>: %w", op.Source, err)
	}
	blanks := map[string]term.Term{}
	return quads.addTo(ctx, x.tx, func(part []term.Quad) []term.Quad { return x.owned(part, blanks) })
}

func (x *updater) fetch(ctx context.Context, op *algebra.Load) (*quadList, error) {
	if x.engine.o.Load == nil {
		return nil, algebra.Requestf("loading documents is not enabled")
	}
	quads := &quadList{mem: x.mem}
	for q, err := range x.job.calls.load(ctx, op.Source) {
		if err != nil {
			return nil, err
		}
		if op.Into != "" {
			q.Graph = term.NewIRI(op.Into)
		}
		if err := quads.add(q); err != nil {
			return nil, err
		}
	}
	return quads, nil
}

// graphTerm is the graph a target names; the zero Term is the default graph.
func graphTerm(t syntax.Target) term.Term {
	if t.Kind == syntax.TargetGraph {
		return term.NewIRI(t.IRI)
	}
	return term.Term{}
}

// clear is CLEAR and DROP (SPARQL 1.1 Update §3.1.5, §3.2.2), which are the
// same here: a graph exists as long as it has quads. One that has none can be
// cleared.
func (x *updater) clear(ctx context.Context, op *algebra.Clear) error {
	switch op.Target.Kind {
	case syntax.TargetDefault, syntax.TargetGraph:
		return x.tx.DropGraph(graphTerm(op.Target))
	case syntax.TargetAll:
		if err := x.tx.DropGraph(term.Term{}); err != nil {
			return err
		}
	}
	sn, err := x.snapshot(ctx)
	if err != nil {
		return err
	}
	defer sn.Close()
	for id, err := range sn.Graphs() {
		if err != nil {
			return err
		}
		if id == store.DefaultGraph {
			continue
		}
		g, err := sn.Term(id)
		if err != nil {
			return err
		}
		if err := x.tx.DropGraph(g); err != nil {
			return err
		}
	}
	return nil
}

// create is CREATE (SPARQL 1.1 Update §3.2.1): it fails for a graph that has
// quads. An empty graph is not recorded.
func (x *updater) create(ctx context.Context, op *algebra.Create) error {
	if op.Silent {
		return nil
	}
	n, sn, err := x.graphSize(ctx, term.NewIRI(op.Graph))
	if err != nil {
		return err
	}
	sn.Close()
	if n > 0 {
		return algebra.Requestf("create graph <%s>: it exists", op.Graph)
	}
	return nil
}

// graphSize returns the number of quads of a graph and the snapshot it is from.
func (x *updater) graphSize(ctx context.Context, g term.Term) (uint64, *store.Snapshot, error) {
	sn, err := x.snapshot(ctx)
	if err != nil {
		return 0, nil, err
	}
	id, ok := store.DefaultGraph, true
	if !g.IsZero() {
		id, ok, err = sn.Lookup(g)
	}
	var n uint64
	if ok && err == nil {
		n, _, err = sn.Count(store.Pattern{G: id})
	}
	if err != nil {
		sn.Close()
		return 0, nil, err
	}
	return n, sn, nil
}

// transfer is ADD, MOVE and COPY (SPARQL 1.1 Update §3.2.3 to §3.2.5).
func (x *updater) transfer(ctx context.Context, op *algebra.Transfer) error {
	from, to := graphTerm(op.From), graphTerm(op.To)
	n, sn, err := x.graphSize(ctx, from)
	if err != nil {
		return err
	}
	defer sn.Close()
	switch {
	case n == 0 && !from.IsZero() && op.Silent:
		return nil
	case n == 0 && !from.IsZero():
		return algebra.Requestf("%v: graph %v does not exist", op.Kind, from)
	case from == to:
		return nil
	}
	if op.Kind != syntax.TransferAdd {
		if err := x.tx.DropGraph(to); err != nil {
			return err
		}
	}
	if err := x.copyGraph(ctx, sn, from, to); err != nil {
		return err
	}
	if op.Kind == syntax.TransferMove {
		return x.tx.DropGraph(from)
	}
	return nil
}

// copyGraph adds the triples of one graph to another.
func (x *updater) copyGraph(ctx context.Context, sn *store.Snapshot, from, to term.Term) error {
	id := store.DefaultGraph
	if !from.IsZero() {
		var ok bool
		var err error
		if id, ok, err = sn.Lookup(from); !ok || err != nil {
			return err
		}
	}
	for q, err := range sn.Match(ctx, store.Pattern{G: id}, store.GSPO) {
		if err != nil {
			return err
		}
		q.Graph = to
		if err := x.tx.Add(ctx, q); err != nil {
			return err
		}
	}
	return nil
}
