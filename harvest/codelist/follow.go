package codelist

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"fincat/harvest/column"
	"fincat/store"
	"fincat/store/follow"
	"fincat/vocab"
	"fincat/vocab/dcat"
	"fincat/vocab/term"
)

// Name is the name of the follower.
const Name = "entities"

// rulesState is the number of the rules: it is increased when other links come of the
// same statements, so that all are found anew.
const rulesState = 1

// A Follower links the entities of code lists to each other and to the datasets that name
// them; it implements [follow.Follower].
type Follower struct {
	follow.Graphs

	mu     sync.Mutex
	finder *finder // nil: the lists have to be read
}

// NewFollower returns a follower of a store; base returns that of the store's IRIs, ""
// while nothing was harvested.
func NewFollower(s *store.Store, base func() (dcat.Base, error)) *Follower {
	return &Follower{Graphs: follow.Graphs{Store: s, Base: base, Follower: Name, Rules: rulesState}}
}

// Release implements [follow.Releaser].
func (f *Follower) Release() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.finder = nil
}

// Advance implements [follow.Follower].
func (f *Follower) Advance(ctx context.Context, st *follow.Step) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	base, graphs, all, err := f.Begin(ctx, st)
	if err != nil || base == "" {
		return err
	}
	all = all || slices.ContainsFunc(graphs, func(g term.Term) bool {
		return strings.HasPrefix(g.Value(), base.CodeListGraph("")) || g.Value() == base.RelationsGraph()
	})
	w := &writer{base: base, sn: st.Snapshot, want: map[term.Term][]term.Triple{}}
	if w.properties, err = column.Predicates(w.sn, []string{vocab.DCTTitle, vocab.DCTDescription}); err != nil {
		return err
	}
	if f.finder == nil || all {
		list, err := entities(ctx, w.sn, base)
		if err != nil {
			return fmt.Errorf("read code lists: %w", err)
		}
		f.finder = newFinder(list)
		w.want[term.NewIRI(base.RelationsGraph())] = relations(list)
	}
	w.finder = f.finder
	if all {
		err = w.everything(ctx)
	} else {
		err = w.some(ctx, graphs)
	}
	if err != nil {
		f.finder = nil
		return fmt.Errorf("link entities: %w", err)
	}
	return f.Write(ctx, w.sn, w.want, all)
}

// A writer works out the graphs of one step.
type writer struct {
	base       dcat.Base
	sn         *store.Snapshot
	finder     *finder
	properties map[store.ID]string // those that name entities
	want       map[term.Term][]term.Triple
}

// graphOf returns the name of the graph that says which entities a dataset names.
func (w *writer) graphOf(dataset string) term.Term {
	return term.NewIRI(w.base.EntitiesGraph(strings.TrimPrefix(dataset, string(w.base)+"dataset/")))
}

// everything looks at all datasets. Where there are no entities, none is named.
func (w *writer) everything(ctx context.Context) error {
	before, err := follow.Beginning(ctx, w.sn, w.base.EntitiesGraph(""))
	if err != nil {
		return err
	}
	for _, g := range before {
		w.want[g] = nil
	}
	if len(w.finder.list) == 0 {
		return nil
	}
	for id, property := range w.properties {
		pattern := store.Pattern{P: id}
		for q, err := range w.sn.Match(ctx, pattern, store.OrderFor(pattern)) {
			if err != nil {
				return err
			}
			w.statement(q, property)
		}
	}
	w.settle()
	return nil
}

// some looks at the datasets of changed graphs, and at those whose links somebody else
// changed.
func (w *writer) some(ctx context.Context, graphs []term.Term) error {
	for _, g := range graphs {
		rest, ok := strings.CutPrefix(g.Value(), w.base.EntitiesGraph(""))
		if ok {
			g = term.NewIRI(string(w.base) + "graph/" + rest)
		}
		dataset, _, ok := w.base.DatasetOf(g.Value())
		if !ok {
			continue
		}
		w.want[w.graphOf(dataset)] = nil
		id, ok, err := w.sn.Lookup(g)
		if err != nil {
			return err
		}
		for p, property := range w.properties {
			pattern := store.Pattern{G: id, P: p}
			if !ok {
				break
			}
			for q, err := range w.sn.Match(ctx, pattern, store.OrderFor(pattern)) {
				if err != nil {
					return err
				}
				w.statement(q, property)
			}
		}
	}
	w.settle()
	return nil
}

// statement takes in a statement that may name entities.
func (w *writer) statement(q term.Quad, property string) {
	dataset, _, ok := w.base.DatasetOf(q.Graph.Value())
	if !ok || q.Subject.Value() != dataset || !q.Object.IsLiteral() {
		return
	}
	says := vocab.SCHEMAMentions
	if property == vocab.DCTTitle {
		says = vocab.SCHEMAAbout
	}
	for _, i := range w.finder.find(q.Object.Value()) {
		g := w.graphOf(dataset)
		w.want[g] = append(w.want[g], term.Triple{Subject: q.Subject, Predicate: term.NewIRI(says),
			Object: term.NewIRI(w.finder.list[i].iri)})
	}
}

// settle sorts what was found, of which nothing is said twice: a dataset is about an
// entity, or mentions it.
func (w *writer) settle() {
	for g, list := range w.want {
		if !strings.HasPrefix(g.Value(), w.base.EntitiesGraph("")) {
			continue
		}
		about := map[term.Term]bool{}
		for _, t := range list {
			if t.Predicate.Value() == vocab.SCHEMAAbout {
				about[t.Object] = true
			}
		}
		list = slices.DeleteFunc(list, func(t term.Triple) bool {
			return t.Predicate.Value() == vocab.SCHEMAMentions && about[t.Object]
		})
		slices.SortFunc(list, term.CompareTriples)
		w.want[g] = slices.Compact(list)
	}
}
