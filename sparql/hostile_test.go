package sparql

import (
	"context"
	"errors"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"fincat/sparql/hostile"
	"fincat/store"
)

// What a hostile query gets, and by how much it may pass its time.
const (
	hostileTime   = 100 * time.Millisecond
	hostileGrace  = 500 * time.Millisecond
	hostileMemory = 128 << 20
)

// TestHostile asserts that every query of package hostile keeps to its time and
// to its memory, whatever it is answered.
func TestHostile(t *testing.T) {
	e := hostileEngine(t, Options{MemoryBytes: hostileMemory})
	for _, q := range hostile.Queries() {
		t.Run(q.Name, func(t *testing.T) {
			runtime.GC()
			heap := watchHeap()
			wall, cpu := time.Now(), cpuTime()
			n, err := ask(t.Context(), e, q.Text, hostileTime)
			// On a machine that is busy with other things a query is late without
			// having worked.
			took := min(time.Since(wall), cpuTime()-cpu)
			most := heap()
			t.Logf("%d solutions in %v (%v), %d MB more, %v", n, took, time.Since(wall), most>>20, short(err))
			if took > hostileTime+hostileGrace {
				t.Errorf("it works for %v, want %v at most", took, hostileTime+hostileGrace)
			}
			if most > 2*hostileMemory {
				t.Errorf("the heap grows by %d MB, want %d MB at most", most>>20, 2*hostileMemory>>20)
			}
		})
	}
}

// hostileEngine has a store of about a thousand quads.
func hostileEngine(t *testing.T, o Options) *Engine {
	t.Helper()
	s, err := store.Open(t.Context(), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	if _, err := s.Commit(t.Context(), store.Change{Add: catalogue(30)}); err != nil {
		t.Fatal(err)
	}
	o.Store = s
	e, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// ask reads an answer of any form to its end.
func ask(ctx context.Context, e *Engine, text string, timeout time.Duration) (n int, err error) {
	r, err := e.Query(ctx, text, QueryOptions{Timeout: timeout})
	if err != nil {
		return 0, err
	}
	defer r.Close()
	switch r.Form() {
	case Ask:
		_, err = r.Boolean()
	case Select:
		for _, err = range r.Solutions() {
			n++
		}
	default:
		for _, err = range r.Quads() {
			n++
		}
	}
	return n, err
}

// cpuTime is how long this process has worked.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// watchHeap samples the objects in use until the returned function is called,
// which tells by how many bytes they have grown at most.
func watchHeap() func() int64 {
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	read := func() int64 {
		metrics.Read(sample)
		return int64(sample[0].Value.Uint64())
	}
	percent := debug.SetGCPercent(20)
	start, most := read(), int64(0)
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for {
			most = max(most, read()-start)
			select {
			case <-stop:
				return
			case <-time.After(5 * time.Millisecond):
			}
		}
	}()
	return func() int64 {
		close(stop)
		<-done
		debug.SetGCPercent(percent)
		return most
	}
}

func short(err error) string {
	if err == nil {
		return "done"
	}
	s := err.Error()
	return s[:min(len(s), 120)]
}

// TestHostileCancelled asserts that what has no time limit worth the name ends
// soon after it is cancelled, whatever it is at.
func TestHostileCancelled(t *testing.T) {
	e := hostileEngine(t, Options{MemoryBytes: hostileMemory})
	for _, name := range []string{
		"1,000 flat OPTIONAL", "chain of 4,900 patterns", "product, sorted at random", "path of 900 optional steps",
		"regex over a long text", "|| 90,000 times",
	} {
		for _, q := range hostile.Queries() {
			if q.Name != name {
				continue
			}
			ctx, cancel := context.WithCancel(t.Context())
			var cancelled atomic.Int64 // how long the process had worked then; it may be done before
			wall := time.Now()
			time.AfterFunc(100*time.Millisecond, func() {
				cancelled.Store(int64(cpuTime()))
				cancel()
			})
			_, err := ask(ctx, e, q.Text, time.Minute)
			took := min(cpuTime()-time.Duration(cancelled.Load()), time.Since(wall)-100*time.Millisecond)
			if err != nil && !errors.Is(err, ErrCanceled) {
				t.Logf("%s: %v", name, short(err))
			}
			if took > hostileGrace {
				t.Errorf("%s goes on for %v after it is cancelled, %v", name, took, short(err))
			}
		}
	}
}

// TestLargestRefused asserts that of queries that together want too much the
// largest is refused, with an answer that says so, and the others are answered. It may have
// no files, which have a limit of their own.
func TestLargestRefused(t *testing.T) {
	e := hostileEngine(t, Options{AllMemoryBytes: 64 << 20, SpillBytes: -1})
	small, err := e.Query(t.Context(), "SELECT * { ?s ?p ?o } ORDER BY ?o", QueryOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer small.Close()
	_, err = ask(t.Context(), e, "SELECT * { ?s ?p ?o . ?a ?b ?c } ORDER BY ?o", time.Minute)
	var limit *LimitError
	if !errors.As(err, &limit) || limit.Limit != 64<<20 {
		t.Errorf("the large query ends with %v, want the limit", err)
	}
	n := 0
	for _, err := range small.Solutions() {
		if err != nil {
			t.Fatalf("the small query ends with %v", err)
		}
		n++
	}
	if n == 0 {
		t.Error("the small query has no solutions")
	}
}

// TestValueLimits asserts which values are too large, and that everything below
// is as it was.
func TestValueLimits(t *testing.T) {
	e := hostileEngine(t, Options{})
	for _, tt := range []struct{ name, in, want string }{
		{"text", `CONCAT("a", "b")`, `"ab"`},
		{"replace", `REPLACE("abc", "[a-c]", "xy")`, `"xyxyxy"`},
		{"product", `999999999999 * 999999999999`,
			`"999999999998000000000001"^^<http://www.w3.org/2001/XMLSchema#integer>`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r, err := e.Query(t.Context(), "SELECT ("+tt.in+" AS ?x) {}", QueryOptions{})
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			for s, err := range r.Solutions() {
				if err != nil || s[0].String() != tt.want {
					t.Errorf("%s = %v, %v, want %s", tt.in, s, err, tt.want)
				}
			}
		})
	}
}
