package sparql

import (
	"errors"
	"os"
	"testing"
	"time"

	"fincat/sparql/plan"
)

// TestDifferentialSpilled holds the engine to the naive evaluator on random queries whose sorts,
// groups, joins and repeated solutions all go by way of files, and asserts that none is left.
func TestDifferentialSpilled(t *testing.T) {
	limit, seed := campaign(t, 2*time.Second)
	files, cases, open := 0, 0, 0
	for start := time.Now(); time.Since(start) < limit && !t.Failed(); seed++ {
		g := newGenerator(seed)
		d, err := newDifferential(t.Context(), g.dataset(false))
		if err != nil {
			t.Fatal(err)
		}
		e := d.engine
		e.spill.Most = 1
		e.force = []plan.Method{plan.Cheapest, plan.ByHash}[seed%2]
		create := e.spill.Make
		e.spill.Make = func() (*os.File, error) {
			files++
			return create()
		}
		for range 20 {
			text, union := g.query(), g.chance(2)
			err := d.check(t.Context(), text, union)
			cases++
			switch {
			case errors.Is(err, errOpen), errors.Is(err, errNaiveSteps):
				open++
			case err != nil:
				t.Errorf("seed %d: %v\n%s\nover\n%s", seed, err, text, nquads(d.quads))
			}
			if n := e.spill.Used(); n != 0 {
				t.Errorf("seed %d: files of %d bytes are left after\n%s", seed, n, text)
			}
		}
		d.close()
	}
	t.Logf("%d cases up to seed %d, %d left open by the specification; %d files", cases, seed, open, files)
	if files == 0 {
		t.Error("there was no file")
	}
}
