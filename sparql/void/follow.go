package void

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/zeebo/xxh3"

	"fincat/store"
	"fincat/store/follow"
	"fincat/vocab"
	"fincat/vocab/dcat"
	"fincat/vocab/term"
)

// Name is the follower's.
const Name = "void"

// stateKey names the value under which the store keeps the state.
const stateKey = "void/state"

// state is what the description in the store reflects.
type state struct {
	Version  int      `json:"version"` // of what is described
	Cursor   []byte   `json:"cursor"`
	Datasets uint64   `json:"datasets"`
	Pairs    []string `json:"pairs"` // hashes of class and property, sorted
}

// version changes when another description is made of the same data.
const version = 1

// Follower keeps the classes and their properties in a graph of the store.
type Follower struct {
	store *store.Store
	base  func() (dcat.Base, error)

	mu     sync.Mutex
	passed store.Cursor // what changed nothing needs no commit
}

// NewFollower returns a follower of a store; base returns that of the store's IRIs, "" while
// nothing was harvested.
func NewFollower(s *store.Store, base func() (dcat.Base, error)) *Follower {
	return &Follower{store: s, base: base}
}

// Name implements [follow.Follower].
func (f *Follower) Name() string { return Name }

// state reads the state from the store; one of another version is as good as none.
func (f *Follower) state() (s state, err error) {
	text, ok, err := f.store.Get(stateKey)
	if err != nil || !ok {
		return s, err
	}
	if err := json.Unmarshal(text, &s); err != nil || s.Version != version {
		return state{}, nil
	}
	return s, nil
}

// Cursor implements [follow.Follower].
func (f *Follower) Cursor(context.Context) (kept store.Cursor, err error) {
	s, err := f.state()
	if err == nil && s.Cursor != nil {
		kept, err = store.ParseCursor(s.Cursor)
	}
	if err != nil {
		return store.Cursor{}, fmt.Errorf("the state of the description: %w", err)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.passed.Seq > kept.Seq {
		return f.passed, nil
	}
	return kept, nil
}

// manyGraphs is how many changed graphs make a pass over everything cheaper.
const manyGraphs = 2000

// Advance implements [follow.Follower].
func (f *Follower) Advance(ctx context.Context, st *follow.Step) (err error) {
	base, err := f.base()
	if err != nil {
		return err
	}
	to := st.To()
	defer func() {
		if err == nil {
			f.mu.Lock()
			f.passed = to
			f.mu.Unlock()
		}
	}()
	if base == "" {
		return nil
	}
	s, err := f.state()
	if err != nil {
		return err
	}
	n, err := datasets(st.Snapshot)
	if err != nil || n == 0 && s.Pairs == nil {
		return err // there is nothing to ask about
	}
	again, err := f.differs(ctx, st, &s, base)
	if err != nil || !again {
		return err
	}
	return f.write(ctx, st.Snapshot, to, base)
}

// differs reports whether the description has to be made anew.
func (f *Follower) differs(ctx context.Context, st *follow.Step, s *state, base dcat.Base) (bool, error) {
	graphs, all, err := st.Changed(ctx, manyGraphs)
	if err != nil || all || s.Pairs == nil {
		return true, err
	}
	now, err := datasets(st.Snapshot)
	if err != nil || now > s.Datasets+s.Datasets/5 || now < s.Datasets-s.Datasets/5 {
		return true, err
	}
	for _, g := range graphs {
		if _, _, ok := base.DatasetOf(g.Value()); !ok {
			continue
		}
		id, ok, err := st.Snapshot.Lookup(g)
		if err != nil {
			return false, err
		}
		if !ok {
			continue // it is gone
		}
		p := store.Pattern{G: id}
		c, err := scan(ctx, st.Snapshot, p, nil)
		if err != nil {
			return false, err
		}
		for k := range c.pairs {
			name, err := hash(st.Snapshot, k)
			if err != nil {
				return false, err
			}
			if _, ok := slices.BinarySearch(s.Pairs, name); !ok {
				return true, nil
			}
		}
	}
	return false, nil
}

// datasets counts the DCAT datasets, by the records that say so.
func datasets(sn *store.Snapshot) (uint64, error) {
	p, ok, err := sn.PatternOf(term.Term{}, term.NewIRI(vocab.RDFType), term.NewIRI(vocab.DCATDataset), term.Term{})
	if err != nil || !ok {
		return 0, err
	}
	n, _, err := sn.Count(p)
	return n, err
}

// described returns which graphs are described: records, and what the catalogue says of itself, of
// organisations and of codes. What other followers derive is not, because it comes at its own
// times: the description would depend on who is faster. /.well-known/void has everything.
func described(sn *store.Snapshot, base dcat.Base) func(store.ID) (bool, error) {
	known := map[store.ID]bool{}
	return func(graph store.ID) (bool, error) {
		is, ok := known[graph]
		if ok || graph == store.DefaultGraph {
			return is, nil
		}
		t, err := sn.Term(graph)
		if err != nil {
			return false, err
		}
		name := t.Value()
		_, _, record := base.DatasetOf(name)
		known[graph] = record || strings.HasPrefix(name, base.SourceGraph("")) || slices.Contains([]string{
			base.OrgGraph(), base.SchemesGraph(), base.CatalogGraph(), base.ExamplesGraph()}, name)
		return known[graph], nil
	}
}

// hash names a pair by its terms, which stay the same.
func hash(sn *store.Snapshot, k pair) (string, error) {
	class, err := sn.Term(k.class)
	if err != nil {
		return "", err
	}
	property, err := sn.Term(k.property)
	if err != nil {
		return "", err
	}
	return strconv.FormatUint(xxh3.HashString(class.String()+" "+property.String()), 36), nil
}

// write makes the description anew.
func (f *Follower) write(ctx context.Context, sn *store.Snapshot, to store.Cursor, base dcat.Base) error {
	graph := term.NewIRI(base.VoidGraph())
	c, err := scan(ctx, sn, store.Pattern{}, described(sn, base))
	if err != nil {
		return err
	}
	dataset := term.NewIRI(base.Void())
	d := &description{name: func(parts ...string) term.Term { // the same each time
		var h xxh3.Hasher
		for _, p := range parts {
			_, _ = h.WriteString(p + " ")
		}
		return term.NewIRI(base.Void() + "-" + strconv.FormatUint(h.Sum64(), 36))
	}}
	d.add(dataset, vocab.RDFType, term.NewIRI(vocab.VOIDDataset))
	d.add(dataset, vocab.VOIDSparqlEndpoint, term.NewIRI(string(base)+"sparql"))
	d.add(dataset, vocab.VOIDUriSpace, term.NewString(string(base)))
	if _, err := d.classes(sn, dataset, c); err != nil {
		return err
	}
	cursor, err := to.AppendBinary(nil)
	if err != nil {
		return err
	}
	s := state{Version: version, Cursor: cursor, Pairs: []string{}}
	if s.Datasets, err = datasets(sn); err != nil {
		return err
	}
	for k := range c.pairs {
		name, err := hash(sn, k)
		if err != nil {
			return err
		}
		s.Pairs = append(s.Pairs, name)
	}
	slices.Sort(s.Pairs)
	text, err := json.Marshal(s)
	if err != nil {
		return err
	}
	_, err = f.store.Commit(ctx, store.Change{Replace: map[term.Term][]term.Quad{graph: d.quads},
		Put: map[string][]byte{stateKey: text}, Note: store.Note{Follower: Name}})
	return err
}
