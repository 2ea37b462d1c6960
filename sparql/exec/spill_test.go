package exec

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"fincat/sparql/algebra"
	"fincat/sparql/exec/spill"
	"fincat/sparql/plan"
	"fincat/sparql/value"
	"fincat/store"
	"fincat/vocab/term"
)

// spillEnv is an environment with little memory whose operators may use files.
func spillEnv(t testing.TB, limit int64) *Env {
	e, dir := testEnv(&fake{}, limit), t.TempDir()
	e.Spill = &spill.Space{Limit: 1 << 30, Room: func(int) error { return nil }, Make: func() (*os.File, error) {
		f, err := os.CreateTemp(dir, "spill")
		if err != nil {
			return nil, err
		}
		return f, os.Remove(f.Name())
	}}
	return e
}

// spilled is a plan that holds far more than its memory.
type spilled struct {
	node    plan.Node
	memory  int64
	ordered bool // whether its sequence counts
	files   int  // how many it needs at least: so many that some are merged, or parted, again
}

// spilling are such plans, of so many tenths of the usual solutions.
func spilling(tenths int) map[string]spilled {
	in := func(n int) plan.Node {
		ids := make([][]store.ID, n*tenths/10)
		for i := range ids {
			ids[i] = []store.ID{number(i * 7919 % 5000), number(i)}
		}
		return rows(ab, ids...)
	}
	twice := func(n int) plan.Node {
		in := in(n)
		return &plan.Union{Info: over(in), Branches: []plan.Node{in, in}}
	}
	a, b := algebra.Var("a"), algebra.Var("b")
	text := &algebra.Call{Func: value.FnConcat, Args: []algebra.Expr{&algebra.Call{Func: value.FnStr,
		Args: []algebra.Expr{a}}, algebra.Term{Term: value.String(strings.Repeat(" key", 30)).Term()}}}
	keys := []algebra.GroupKey{{Var: "a", Expr: a}, {Var: "b", Expr: b}}
	aggs := []algebra.Aggregation{aggregation("n", value.AggSum, a, false), {Var: "c", Func: value.AggCount}}
	vars := []algebra.Var{"n", "c"}
	for i := range 7 { // so that a group is large
		vars = append(vars, algebra.Var(fmt.Sprint("least", i)))
		aggs = append(aggs, aggregation(vars[i+2], value.AggMin, a, false))
	}
	sorted := func(n int, limit int64, files int, keys ...algebra.OrderKey) spilled {
		in := in(n)
		return spilled{&plan.Sort{Info: over(in), Input: in, Limit: limit, Keys: keys}, 1 << 20, true, files}
	}
	grouped := func(n, files int, keys ...algebra.GroupKey) spilled {
		all := slices.Clone(vars)
		for _, k := range keys {
			all = append(all, k.Var)
		}
		group := &plan.Group{Info: info(all...), Input: twice(n), Keys: keys, Aggregates: aggs}
		return spilled{group, 3 << 20, false, files}
	}
	once := twice(66_000)
	joined := func(kind plan.JoinKind, left, right plan.Node, files int, keys ...algebra.Var) spilled {
		vars := []algebra.Var{"b", "a"}
		if kind != plan.Minus {
			vars = append(vars, "c")
		}
		j := &plan.HashJoin{Info: info(vars...), Kind: kind, Left: left, Right: right, Key: keys}
		return spilled{j, 3 << 19, false, files}
	}
	renamed := func(n plan.Node) plan.Node {
		m := *n.(*plan.Table)
		m.Vars = []algebra.Var{"c", "b"}
		return &m
	}
	few, many := in(9_000), renamed(in(66_000))
	inOrder := joined(plan.LeftOuter, few, many, 33, "b")
	inOrder.node = &plan.Distinct{Info: *inOrder.node.Base(), Input: inOrder.node, Adjacent: true}
	inOrder.ordered = true
	inOrder.memory = 2 << 20 // of the table, of the rows to be sorted, and of the files that are merged
	all := joined(plan.Minus, rows(ab, []store.ID{number(1), number(2)}), many, 2)
	all.memory = 1 << 20
	first := &plan.Sort{Info: over(once), Input: once, Limit: -1, Keys: []algebra.OrderKey{{Expr: a}}}
	return map[string]spilled{
		"sort": sorted(34_000, -1, 18, algebra.OrderKey{Expr: text}),
		"descending": sorted(12_000, -1, 6,
			algebra.OrderKey{Expr: a, Descending: true}, algebra.OrderKey{Expr: text}),
		"first":             sorted(34_000, 17_000, 18, algebra.OrderKey{Expr: text}),
		"group":             grouped(10_000, 16, keys[1]),
		"two keys":          grouped(34_000, 17, keys...),
		"distinct":          {&plan.Distinct{Info: over(once), Input: once}, 2 << 20, false, 16},
		"distinct in order": {&plan.Distinct{Info: over(first), Input: first}, 3 << 20, true, 32},
		"join":              joined(plan.Inner, few, many, 32, "b"),
		"left join":         joined(plan.LeftOuter, few, many, 32, "b"),
		"minus":             joined(plan.Minus, few, many, 32, "b"),
		"joined in order":   inOrder,
		"minus of all":      all,
	}
}

// TestSpill asserts that operators which hold more than they may give what they would
// give with all the memory they want, within their limit, and leave no file behind.
func TestSpill(t *testing.T) {
	tenths := 10
	if os.Getenv("FINCAT_CAMPAIGN") != "" {
		tenths = 60
	}
	for name, p := range spilling(tenths) {
		if _, err := run(t, testEnv(&fake{}, p.memory), p.node); !errors.As(err, new(*LimitError)) {
			t.Errorf("%s without files within %d bytes: %v", name, p.memory, err)
		}
		want := mustRun(t, testEnv(&fake{}, 0), p.node)
		e, files := spillEnv(t, p.memory), 0
		create := e.Spill.Make
		e.Spill.Make = func() (*os.File, error) {
			files++
			return create()
		}
		got, err := run(t, e, p.node)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		same(t, name, got, want, p.ordered)
		if files < p.files {
			t.Errorf("%s: %d files, want %d and more", name, files, p.files)
		}
		nothingLeft(t, name, e)
	}
}

func nothingLeft(t *testing.T, name string, e *Env) {
	t.Helper()
	if n := e.Spill.Used(); n != 0 {
		t.Errorf("%s: files of %d bytes are not closed", name, n)
	}
}

// TestSpillStops asserts that files are gone too when a query ends early, and what is said
// when there may be no more of them.
func TestSpillStops(t *testing.T) {
	full := errors.New("no room")
	for name, p := range spilling(7) {
		ctx, cancel := context.WithCancel(t.Context())
		e := spillEnv(t, p.memory)
		e.Turn = func(context.Context) error {
			if e.Spill.Used() > 0 {
				cancel()
			}
			return nil
		}
		for _, err := range e.RunIDs(ctx, p.node, nil) {
			if err != nil && !errors.Is(err, context.Canceled) {
				t.Errorf("%s: %v when cancelled", name, err)
			}
		}
		cancel()
		nothingLeft(t, name, e)

		e = spillEnv(t, p.memory)
		e.Spill.Limit = 100_000
		var limit *LimitError
		if _, err := run(t, e, p.node); !errors.As(err, &limit) || limit.What != "bytes of temporary files" {
			t.Errorf("%s: %v with little room for files", name, err)
		}
		nothingLeft(t, name, e)

		e = spillEnv(t, p.memory)
		e.Spill.Room = func(int) error { return full }
		if _, err := run(t, e, p.node); !errors.As(err, new(*spill.Error)) || !errors.Is(err, full) {
			t.Errorf("%s: %v with a full disk", name, err)
		}
		nothingLeft(t, name, e)
	}
}

// TestSpillOfLongTexts asserts that a sort of few long texts writes nothing after the query has
// ended: a thousand of them may be half a gigabyte.
func TestSpillOfLongTexts(t *testing.T) {
	ids := make([][]store.ID, 100)
	for i := range ids {
		ids[i] = []store.ID{number(i * 79 % 100), number(i)}
	}
	in := rows(ab, ids...)
	text := &algebra.Call{Func: value.FnConcat, Args: []algebra.Expr{&algebra.Call{Func: value.FnStr,
		Args: []algebra.Expr{algebra.Var("a")}},
		algebra.Term{Term: value.String(strings.Repeat("x", 100_000)).Term()}}}
	e := spillEnv(t, 6<<20)
	var written []*os.File
	e.Spill.Make = func() (*os.File, error) {
		f, err := os.CreateTemp(t.TempDir(), "spill")
		if err != nil {
			return nil, err
		}
		again, err := os.Open(f.Name())
		written = append(written, again)
		return f, err
	}
	ctx, cancel := context.WithCancel(t.Context())
	e.Spill.Room = func(int) error {
		cancel()
		for !e.halt.Load() { // which is set a moment later
			time.Sleep(time.Millisecond)
		}
		return nil
	}
	for _, err := range e.RunIDs(ctx, &plan.Sort{Info: over(in), Input: in, Limit: -1,
		Keys: []algebra.OrderKey{{Expr: text}}}, nil) {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("after its end the query gives %v", err)
		}
	}
	if len(written) != 1 {
		t.Fatalf("%d files, want one", len(written))
	}
	if info, err := written[0].Stat(); err != nil || info.Size() != 0 {
		t.Errorf("%d bytes are written after the end: %v", info.Size(), err)
	}
	written[0].Close()
	nothingLeft(t, "long texts", e)
}

// TestSpillDamage asserts that what a disk gives back changed is an error, wherever it is.
func TestSpillDamage(t *testing.T) {
	for at := int64(0); at < 300; at += 3 {
		e := spillEnv(t, 0)
		var file *os.File
		create := e.Spill.Make
		e.Spill.Make = func() (f *os.File, err error) {
			file, err = create()
			return file, err
		}
		f, err := newSpillFile(e)
		if err != nil {
			t.Fatal(err)
		}
		f.Buf = spill.AppendTerm(f.Buf, value.String(strings.Repeat("x", 290)).Term())
		if err := f.Rewind(); err != nil {
			t.Fatal(err)
		}
		if _, err := file.WriteAt([]byte{0xA5}, at); err != nil {
			t.Fatal(err)
		}
		if _, err := f.Next(); !errors.As(err, new(*spill.Error)) {
			t.Errorf("damage of byte %d gives %v", at, err)
		}
		f.Close()
	}
}

// TestSpilledTerms asserts that keys are the same after a file as before, and compare so.
func TestSpilledTerms(t *testing.T) {
	xsd := "http://www.w3.org/2001/XMLSchema#"
	s, p := term.NewIRI("http://e/s"), term.NewIRI("http://e/p")
	triple := term.NewTripleTerm(term.Triple{Subject: s, Predicate: p, Object: term.NewLangString("字", "zh-TW")})
	terms := []term.Term{{}, s, term.NewBlankNode("b"), term.NewString(""), term.NewString("a\x00b"),
		term.NewLangString("x", "en"), term.NewDirLangString("x", "ar", term.RTL), triple,
		term.NewTripleTerm(term.Triple{Subject: s, Predicate: p, Object: triple}),
		term.NewLiteral("01", xsd+"integer"), term.NewLiteral("x", xsd+"integer"), term.NewLiteral("x", "http://e/t")}
	values := make([]value.Value, 0, len(terms))
	for _, x := range terms {
		values = append(values, value.Of(x))
	}
	values = append(values, value.Bool(true), value.Int(-7))
	for _, lex := range []string{"0.1", "1e300", "-1", "INF"} {
		values = append(values, value.Of(term.NewLiteral(lex, xsd+"double")))
	}
	var b []byte
	for _, v := range values {
		b = spill.AppendTerm(b, v.Term())
	}
	d := spill.Decoder{B: b}
	got := make([]value.Value, 0, len(values))
	for _, v := range values {
		x := d.Term()
		if x != v.Term() {
			t.Errorf("%v comes back as %v", v.Term(), x)
		}
		got = append(got, value.Of(x))
	}
	if d.Bad || len(d.B) > 0 {
		t.Errorf("bad %v, %d bytes left", d.Bad, len(d.B))
	}
	for i := range values {
		for k := range values {
			if a, b := value.CompareOrder(values[i], values[k]), value.CompareOrder(got[i], got[k]); a != b {
				t.Errorf("%v and %v compare %d, afterwards %d", values[i].Term(), values[k].Term(), a, b)
			}
		}
	}
	for n := range b { // a record that ends early is noticed
		d := spill.Decoder{B: slices.Clone(b[:n])}
		for range values {
			d.Term()
		}
		if !d.Bad {
			t.Errorf("%d bytes of %d are not noticed", n, len(b))
		}
	}
}
