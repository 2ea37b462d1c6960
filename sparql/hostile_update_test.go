package sparql

import (
	"errors"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"fincat/sparql/hostile"
	"fincat/vocab/w3ctest"
)

// TestHostileUpdates asserts that every update of package hostile keeps to its time
// and to its memory, and that those that do not come to their end change nothing.
func TestHostileUpdates(t *testing.T) {
	for _, u := range hostile.Updates() {
		t.Run(u.Name, func(t *testing.T) {
			e := hostileEngine(t, Options{MemoryBytes: hostileMemory})
			before := e.o.Store.Seq()
			runtime.GC()
			heap := watchHeap()
			wall, cpu := time.Now(), cpuTime()
			r, err := e.Update(t.Context(), u.Text, UpdateOptions{Timeout: hostileTime})
			took := min(time.Since(wall), cpuTime()-cpu)
			most := heap()
			t.Logf("%d added, %d removed in %v (%v), %d MB more, %v", r.Added, r.Removed, took, time.Since(wall),
				most>>20,
				short(err))
			if took > hostileTime+hostileGrace {
				t.Errorf("it works for %v, want %v at most", took, hostileTime+hostileGrace)
			}
			if most > 2*hostileMemory {
				t.Errorf("the heap grows by %d MB, want %d MB at most", most>>20, 2*hostileMemory>>20)
			}
			if err != nil && e.o.Store.Seq() != before {
				t.Errorf("an update that failed made commit %d", e.o.Store.Seq())
			}
		})
	}
}

// TestHostileUpdateMemory gives updates that collect what they insert, or their text,
// the time to use memory up.
func TestHostileUpdateMemory(t *testing.T) {
	collecting := []string{"INSERT of a product", "INSERT of new blank nodes", "INSERT of new IRIs",
		"INSERT of long texts", "INSERT of triple terms", "INSERT of a long template", "INSERT DATA of 300,000",
		"INSERT DATA of a list of 300,000", "DELETE and INSERT of a product", "DELETE DATA of 300,000"}
	for _, u := range hostile.Updates() {
		if w3ctest.Campaign(t, 0) == 0 && !slices.Contains(collecting, u.Name) {
			continue
		}
		t.Run(u.Name, func(t *testing.T) {
			e := hostileEngine(t, Options{MemoryBytes: hostileMemory})
			runtime.GC()
			heap := watchHeap()
			r, err := e.Update(t.Context(), u.Text, UpdateOptions{Timeout: 6 * time.Second})
			most := heap()
			t.Logf("%d added, %d MB more, %v", r.Added, most>>20, short(err))
			if most > 2*hostileMemory {
				t.Errorf("the heap grows by %d MB, want %d MB at most", most>>20, 2*hostileMemory>>20)
			}
			if used := e.memory.Used(); used != 0 {
				t.Errorf("%d bytes of the shared memory are still taken", used)
			}
		})
	}
}

// TestReadingSharesMemory: texts that are being read are part of what all requests
// together may take, and give it back.
func TestReadingSharesMemory(t *testing.T) {
	e := hostileEngine(t, Options{MemoryBytes: 64 << 20, AllMemoryBytes: 64 << 20})
	text := "INSERT DATA { " + strings.Repeat("<a:a> <a:b> <a:c> . ", 100_000) + "}"
	var limit *LimitError
	if _, err := e.ParseUpdate(t.Context(), text, UpdateOptions{}); !errors.As(err, &limit) {
		t.Errorf("a text that needs more than there is = %v, want a LimitError", err)
	}
	if _, err := e.Query(t.Context(), "SELECT * { VALUES ?x { "+strings.Repeat("1 ", 1_000_000)+"} }",
		QueryOptions{}); !errors.As(err, &limit) {
		t.Errorf("a query that needs more than there is = %v, want a LimitError", err)
	}
	if _, err := e.ParseQuery(t.Context(), "ASK { # "+strings.Repeat("x", 1<<20)+"\n}", QueryOptions{}); err != nil {
		t.Errorf("a text of a megabyte = %v", err)
	}
	if used := e.memory.Used(); used != 0 {
		t.Errorf("%d bytes are still taken", used)
	}
}
