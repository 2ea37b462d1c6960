package exec

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"
	"testing"

	"fincat/sparql/plan"
	"fincat/store"
	"fincat/vocab"
	"fincat/vocab/term"
)

// iri is the ID of the n-th IRI of the fake source, number that of an integer.
func iri(n int) store.ID { return 1<<60 + store.ID(n) }

func number(n int) store.ID {
	id, _ := store.Inline(term.NewLiteral(strconv.Itoa(n), vocab.XSDInteger))
	return id
}

// fake is a source of quads in memory. Its scans give batches of a size of
// their own, so that operators meet many borders.
type fake struct {
	quads [][4]store.ID // subject, predicate, object, graph
	batch int           // quads in a batch; 0: as many as the store's
	fail  int           // the call that fails; 0: none
	calls int
	open  int // scans that are not closed
}

var errFake = errors.New("the disk is on fire")

func (f *fake) call() error {
	if f.calls++; f.calls == f.fail {
		return errFake
	}
	return nil
}

func (f *fake) Seq() uint64 { return 1 }

func (f *fake) Lookup(t term.Term) (store.ID, bool, error) {
	if id, ok := store.Inline(t); ok {
		return id, true, nil
	}
	n, err := strconv.Atoi(strings.TrimPrefix(t.Value(), "http://e/"))
	id := iri(n)
	known := slices.ContainsFunc(f.quads, func(q [4]store.ID) bool { return slices.Contains(q[:], id) })
	return id, t.IsIRI() && err == nil && known, f.call()
}

func (f *fake) Terms(ids []store.ID, out []term.Term) error {
	for i, id := range ids {
		out[i], _ = id.Inline()
		if id.Kind() == term.IRI {
			out[i] = term.NewIRI(fmt.Sprintf("http://e/%d", id-iri(0)))
		}
	}
	return f.call()
}

func (f *fake) matching(p store.Pattern, o store.Order) [][4]store.ID {
	var out [][4]store.ID
	want := [4]store.ID{p.S, p.P, p.O, p.G}
next:
	for _, q := range f.quads {
		for i, id := range want {
			if id != store.Any && q[i] != id {
				continue next
			}
		}
		out = append(out, q)
	}
	slices.SortFunc(out, func(a, b [4]store.ID) int {
		for _, i := range o.Positions() {
			if a[i] != b[i] {
				return map[bool]int{true: -1, false: 1}[a[i] < b[i]]
			}
		}
		return 0
	})
	return slices.Compact(out)
}

func (f *fake) Count(p store.Pattern) (uint64, bool, error) {
	return uint64(len(f.matching(p, store.SPOG))), true, f.call()
}

func (f *fake) Graphs() iter.Seq2[store.ID, error] {
	return func(yield func(store.ID, error) bool) {
		last := store.Any
		for _, q := range f.matching(store.Pattern{}, store.GSPO) {
			if err := f.call(); err != nil || q[3] != last {
				if last = q[3]; !yield(last, err) || err != nil {
					return
				}
			}
		}
	}
}

func sameTriple(a, b [4]store.ID) bool { return a[0] == b[0] && a[1] == b[1] && a[2] == b[2] }

func (f *fake) Scan(p store.Pattern, o store.ScanOptions) (Scan, error) {
	rows := f.matching(p, o.Order)
	if o.Distinct {
		rows = slices.CompactFunc(rows, sameTriple)
	}
	if err := f.call(); err != nil {
		return nil, err
	}
	f.open++
	return &fakeScan{f: f, rows: rows, order: o.Order, columns: o.Columns}, nil
}

// wanted takes away the columns that were not asked for, as the store does.
func wanted(want store.ColumnSet, b *store.Batch) {
	if want == 0 {
		return // all
	}
	for c, ids := range map[store.ColumnSet]*[]store.ID{
		store.ColumnS: &b.S, store.ColumnP: &b.P, store.ColumnO: &b.O, store.ColumnG: &b.G,
	} {
		if want&c == 0 {
			*ids = nil
		}
	}
}

type fakeScan struct {
	f       *fake
	rows    [][4]store.ID
	order   store.Order
	columns store.ColumnSet

	closed bool
}

func (s *fakeScan) Next(ctx context.Context, b *store.Batch) (bool, error) {
	if err := errors.Join(ctx.Err(), s.f.call()); err != nil || len(s.rows) == 0 {
		return false, err
	}
	n := s.f.batch
	if n == 0 {
		n = store.BatchRows
	}
	n = min(n, len(s.rows))
	*b = store.Batch{N: n}
	for _, q := range s.rows[:n] {
		b.S, b.P, b.O, b.G = append(b.S, q[0]), append(b.P, q[1]), append(b.O, q[2]), append(b.G, q[3])
	}
	wanted(s.columns, b)
	s.rows = s.rows[n:]
	return true, nil
}

func (s *fakeScan) Seek(key [4]store.ID) error {
	positions := s.order.Positions()
	for len(s.rows) > 0 {
		var at [4]store.ID
		for i, pos := range positions {
			at[i] = s.rows[0][pos]
		}
		if slices.Compare(at[:], key[:]) >= 0 {
			break
		}
		s.rows = s.rows[1:]
	}
	return s.f.call()
}

func (s *fakeScan) Close() {
	if !s.closed {
		s.closed = true
		s.f.open--
	}
}

func (f *fake) Probe(
	ctx context.Context, o store.Order, k int, keys [][]store.ID, opt store.ScanOptions, out *store.Matches,
) error {
	*out = store.Matches{}
	for i := range keys[0] {
		var want [4]store.ID
		for c := range k {
			want[o.Positions()[c]] = keys[c][i]
			if i > 0 && c == 0 && keys[c][i] < keys[c][i-1] {
				return errors.New("probe: the keys are not sorted")
			}
		}
		rows := f.matching(store.Pattern{S: want[0], P: want[1], O: want[2], G: want[3]}, o)
		if opt.Distinct {
			rows = slices.CompactFunc(rows, sameTriple)
		}
		for _, q := range rows {
			out.S, out.P = append(out.S, q[0]), append(out.P, q[1])
			out.O, out.G = append(out.O, q[2]), append(out.G, q[3])
			out.Row = append(out.Row, int32(i))
		}
	}
	if opt.Most > 0 && len(out.Row) > opt.Most {
		return store.ErrMany
	}
	out.N = len(out.Row)
	wanted(opt.Columns, &out.Batch)
	return errors.Join(ctx.Err(), f.call())
}

// info states the variables of a node, all of them perhaps unbound.
func info(vars ...plan.Var) plan.Info { return plan.Info{Vars: vars, Certain: plan.VarSet{}} }

// rows is a table of solutions; a row lists the IDs of the variables.
func rows(vars []plan.Var, ids ...[]store.ID) *plan.Table {
	return &plan.Table{Info: info(vars...), IDs: ids}
}

// testEnv is an environment over a source, with a limit of memory or none.
func testEnv(s Source, limit int64) *Env {
	return NewEnv(Env{Source: s, Memory: &Memory{Limit: limit}}, "q")
}

// run evaluates a plan to its end and returns the rows. It checks that batches
// are never empty, that scans are closed, and that the memory is given back.
func run(t *testing.T, e *Env, n plan.Node) ([][]store.ID, error) {
	t.Helper()
	var out [][]store.ID
	vars := n.Base().Vars
	var failed error
	for b, err := range e.RunIDs(t.Context(), n, vars) {
		if err != nil {
			failed = err
			break
		}
		if b.N == 0 {
			t.Error("a batch is empty")
		}
		for i := range b.N {
			row := make([]store.ID, len(vars))
			for c := range vars {
				row[c] = b.Columns[c][i]
			}
			out = append(out, row)
		}
	}
	if f, ok := e.Source.(*fake); ok && f.open != 0 {
		t.Errorf("%d scans are not closed", f.open)
	}
	return out, failed
}

func mustRun(t *testing.T, e *Env, n plan.Node) [][]store.ID {
	t.Helper()
	out, err := run(t, e, n)
	if err != nil {
		t.Fatal(err)
	}
	if len(e.dict.ids) == 0 && e.Memory.Used() != 0 {
		t.Errorf("%d bytes of memory are not given back", e.Memory.Used())
	}
	return out
}

// sorted sorts rows, to compare them as multisets.
func sorted(ids [][]store.ID) [][]store.ID {
	out := slices.Clone(ids)
	slices.SortFunc(out, slices.Compare)
	return out
}

// same compares rows, as multisets unless ordered is set.
func same(t *testing.T, what string, got, want [][]store.ID, ordered bool) {
	t.Helper()
	if !ordered {
		got, want = sorted(got), sorted(want)
	}
	if len(got) != len(want) {
		t.Errorf("%s: %d solutions, want %d", what, len(got), len(want))
		return
	}
	for i := range got {
		if !slices.Equal(got[i], want[i]) {
			t.Errorf("%s: solution %d is %v, want %v", what, i, show(got[i]), show(want[i]))
			return
		}
	}
}

func show(ids []store.ID) []string {
	out := make([]string, len(ids))
	for i, id := range ids {
		switch {
		case id == 0:
			out[i] = "-"
		case id >= store.FirstLocal:
			out[i] = fmt.Sprintf("local%d", id-store.FirstLocal)
		case id.Kind() == term.IRI:
			out[i] = fmt.Sprintf("<%d>", id-iri(0))
		default:
			t, _ := id.Inline()
			out[i] = t.Value()
		}
	}
	return out
}

// sizes are numbers of solutions around the borders of batches.
var sizes = []int{0, 1, 2, batchRows - 1, batchRows, batchRows + 1, 2 * batchRows, 2*batchRows + 3}
