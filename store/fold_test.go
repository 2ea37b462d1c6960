package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"fincat/vocab/term"
)

// TestFoldInVain makes a base that never comes into force: what it left must
// neither be taken for damage nor mix with the next one.
func TestFoldInVain(t *testing.T) {
	ctx := context.Background()
	dir := t.TempDir()
	s := openTest(t, Options{Dir: dir})
	gens := map[uint64]bool{}
	for i := range 4 {
		commit(t, s, Change{Add: record(i, 0)})
		if i%2 == 0 {
			if err := s.fold.lockBase(ctx); err != nil {
				t.Fatal(err)
			}
			v, err := s.fold.freeze()
			if err != nil {
				t.Fatal(err)
			}
			nb, err := s.fold.buildBase(ctx, v)
			if err != nil {
				t.Fatal(err)
			}
			s.fold.orphan(nb.start)
			s.fold.unlockBase()
			if gens[nb.base.gen] {
				t.Errorf("manifest %d is used twice", nb.base.gen)
			}
			gens[nb.base.gen] = true
		} else if err := s.Fold(ctx); err != nil {
			t.Fatal(err)
		} else if gens[s.view.base.gen] {
			t.Errorf("manifest %d is used twice", s.view.base.gen)
		} else {
			gens[s.view.base.gen] = true
		}
		mustCheck(t, s)
	}
	want := allQuads(t, s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = openTest(t, Options{Dir: dir})
	mustCheck(t, s)
	if got := allQuads(t, s); len(got) != len(want) {
		t.Errorf("%d quads after opening, want %d", len(got), len(want))
	}
}

// TestAcrossLoad looks back across a bulk load, which the log does not have:
// the errors name its commit.
func TestAcrossLoad(t *testing.T) {
	ctx := context.Background()
	s := openTest(t, Options{FoldChanges: 200})
	commit(t, s, Change{Add: record(1, 0)})
	commit(t, s, Change{Add: record(2, 0)})
	res, err := loadQuads(s, ctx, func(yield func(term.Quad, error) bool) {
		for i := 10; i < 20; i++ {
			for _, q := range record(i, 0) {
				if !yield(q, nil) {
					return
				}
			}
		}
	}, LoadOptions{})
	if err != nil || res.Seq != 3 || res.Added != 1000 {
		t.Fatalf("Load = %+v, %v", res, err)
	}
	commit(t, s, Change{Add: record(3, 0)})
	_, at := s.SnapshotAt(t.Context(), 2)
	_, diff := s.Diff(ctx, 1, 4)
	_, undo := s.Undo(ctx, 3, "alice")
	var changes error
	sn, err := s.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	defer sn.Close()
	for _, err := range sn.Changes(ctx, 3) {
		changes = err
	}
	errs := map[string]error{"SnapshotAt(2)": at, "Diff(1, 4)": diff, "Undo(3)": undo, "Changes(3)": changes}
	for name, err := range errs {
		if !errors.Is(err, ErrHistory) || !strings.Contains(fmt.Sprint(err), "commit 3") ||
			!strings.Contains(fmt.Sprint(err), "bulk load") {
			t.Errorf("%s = %v, want ErrHistory that names commit 3", name, err)
		}
	}
	for name, f := range map[string]func() error{
		"SnapshotAt(3)": func() error {
			sn, err := s.SnapshotAt(t.Context(), 3)
			if err == nil {
				sn.Close()
			}
			return err
		},
		"Diff(1, 2)": func() error { _, err := s.Diff(ctx, 1, 2); return err },
		"Diff(3, 4)": func() error { _, err := s.Diff(ctx, 3, 4); return err },
		"Undo(4)":    func() error { _, err := s.Undo(ctx, 4, "alice"); return err },
		"Undo(1)":    func() error { _, err := s.Undo(ctx, 1, "alice"); return err },
	} {
		if err := f(); err != nil {
			t.Errorf("%s = %v, want nil: it does not cross the load", name, err)
		}
	}
}
