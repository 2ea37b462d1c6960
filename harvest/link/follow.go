package link

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"

	"fincat/store"
	"fincat/store/follow"
	"fincat/vocab/dcat"
	"fincat/vocab/term"
)

// Name is the name of the follower.
const Name = "links"

// stateKey names the value in which the store keeps how far the links have come.
// rules is increased when other links come of the same records, so that all are
// found anew.
const (
	stateKey = "fincat/links"
	rules    = 1
)

// Options of a follower.
type Options struct {
	Store      *store.Store
	Base       func() (dcat.Base, error) // of the store's IRIs; "" while nothing was harvested
	Thresholds Thresholds                // default: those that the store was linked with, else DefaultThresholds
}

// A Follower keeps the links of a store up to date; it implements
// [follow.Follower]. It keeps what it knows of the records in memory, so that a
// later step looks at what changed and its neighbours only.
type Follower struct {
	o   Options
	dir *dcat.Directory

	mu     sync.Mutex
	passed store.Cursor // what changed nothing needs no commit
	l      *Linker      // nil until the first step
	at     store.Cursor // the state that l reflects
	// replaced leads from the old name of a dataset to the new one.
	replaced map[string]string
}

// NewFollower returns a follower.
func NewFollower(o Options) (*Follower, error) {
	dir, err := dcat.NewDirectory()
	if err != nil {
		return nil, err
	}
	return &Follower{o: o, dir: dir}, nil
}

// Name implements [follow.Follower].
func (f *Follower) Name() string { return Name }

// A state is what the store keeps of the follower.
type state struct {
	rules  byte
	cursor store.Cursor
	th     Thresholds
}

func (s state) encode() []byte {
	b := []byte{s.rules}
	b, _ = s.cursor.AppendBinary(b) // never fails
	b = binary.BigEndian.AppendUint64(b, math.Float64bits(s.th.Accept))
	return binary.BigEndian.AppendUint64(b, math.Float64bits(s.th.Propose))
}

func decodeState(b []byte) (s state, err error) {
	if len(b) != 33 {
		return s, fmt.Errorf("the state of the links has %d bytes, not 33", len(b))
	}
	s.rules = b[0]
	if s.cursor, err = store.ParseCursor(b[1:17]); err != nil {
		return s, err
	}
	s.th.Accept = math.Float64frombits(binary.BigEndian.Uint64(b[17:]))
	s.th.Propose = math.Float64frombits(binary.BigEndian.Uint64(b[25:]))
	return s, nil
}

// kept returns what the store keeps; the zero state when there is nothing.
func (f *Follower) kept() (state, error) {
	b, ok, err := f.o.Store.Get(stateKey)
	if err != nil || !ok {
		return state{}, err
	}
	return decodeState(b)
}

// thresholds returns those in force.
func (f *Follower) thresholds(kept state) Thresholds {
	switch {
	case f.o.Thresholds != Thresholds{}:
		return f.o.Thresholds
	case kept.th != Thresholds{}:
		return kept.th
	}
	return DefaultThresholds
}

// Cursor implements [follow.Follower]. Other rules or thresholds make the links
// as good as not found.
func (f *Follower) Cursor(context.Context) (store.Cursor, error) {
	s, err := f.kept()
	if err != nil {
		return store.Cursor{}, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.passed.Seq > s.cursor.Seq {
		return f.passed, nil
	}
	if s.rules != rules || s.th != f.thresholds(s) {
		return store.Cursor{}, nil
	}
	return s.cursor, nil
}

// Forget makes the next step find all links anew, with the same thresholds.
func (f *Follower) Forget(ctx context.Context) error {
	kept, err := f.kept()
	if err != nil {
		return err
	}
	f.mu.Lock()
	f.passed, f.l = store.Cursor{}, nil
	f.mu.Unlock()
	none := state{th: f.thresholds(kept)}
	_, err = f.o.Store.Commit(ctx, store.Change{
		Put: map[string][]byte{stateKey: none.encode()}, Note: store.Note{Follower: Name},
	})
	return err
}

// Release implements [follow.Releaser].
func (f *Follower) Release() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.l, f.replaced = nil, nil
}

// manyGraphs is how many changed graphs make finding all links anew cheaper.
const manyGraphs = 4000

// Advance implements [follow.Follower].
func (f *Follower) Advance(ctx context.Context, st *follow.Step) error {
	base, err := f.o.Base()
	if err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if base == "" {
		f.passed = st.To()
		return nil
	}
	graphs, all, err := st.Changed(ctx, manyGraphs)
	if err != nil {
		return err
	}
	kept, err := f.kept()
	if err != nil {
		return err
	}
	graphs = slices.DeleteFunc(graphs, func(g term.Term) bool { return !matters(base, g.Value()) })
	if !all && len(graphs) == 0 {
		f.passed = st.To()
		return nil
	}
	warm, err := f.reflects(ctx, base, st.From)
	if err != nil {
		return err
	}
	c, err := newCatalogue(st.Snapshot, base, f.dir, readProperties)
	if err != nil {
		return err
	}
	w := &writer{f: f, c: c}
	if w.tx, err = f.o.Store.Begin(ctx); err == nil {
		defer w.tx.Rollback()
	} else if !errors.Is(err, store.ErrReadOnly) {
		return err
	}
	if all || !warm || f.l.th != f.thresholds(kept) {
		err = w.everything(ctx, f.thresholds(kept))
	} else {
		err = w.some(ctx, graphs)
	}
	if err == nil {
		err = w.commit(ctx, st.To())
	}
	if err != nil {
		f.l = nil // it may be half changed
		return err
	}
	f.at, f.passed = st.To(), st.To()
	return nil
}

// reflects reports whether what is in memory is as of a commit: none since has
// changed what links depend on, but those of the follower itself.
func (f *Follower) reflects(ctx context.Context, base dcat.Base, at store.Cursor) (bool, error) {
	if f.l == nil || at.Seq < f.at.Seq {
		return false, nil
	}
	for c, err := range f.o.Store.Log(ctx, f.at.Seq) {
		if errors.Is(err, store.ErrHistory) {
			return false, nil
		}
		if err != nil {
			return false, err
		}
		if c.Seq > at.Seq {
			break
		}
		counts := func(g term.Term) bool { return matters(base, g.Value()) }
		if c.Note.Follower != Name && slices.ContainsFunc(c.Graphs, counts) {
			return false, nil
		}
	}
	return true, nil
}

// matters reports whether links can depend on a graph.
func matters(base dcat.Base, graph string) bool {
	_, _, ok := base.DatasetOf(graph)
	return ok || strings.HasPrefix(graph, string(base)+"graph/decision/") ||
		strings.HasPrefix(graph, string(base)+"graph/link/") // what others do to the links is put right
}
