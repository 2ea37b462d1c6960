package harvest

import (
	"testing"
)

// TestAuthors asks that every commit of runs, pauses and undoing names who asked for it.
func TestAuthors(t *testing.T) {
	s := openStore(t)
	m, h := newMutable(t, s)
	h.author = "schedule"
	m.set(200, "application/json", manifest(3))
	seq := uint64(0)
	expect := func(what, want string, err error) {
		t.Helper()
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		if s.Seq() == seq {
			t.Errorf("%s makes no commit", what)
		}
		for c, err := range s.Log(t.Context(), seq) {
			if err != nil || c.Note.Author != want {
				t.Errorf("%s: commit %d has the note %+v, %v; want the author %s", what, c.Seq, c.Note, err, want)
			}
		}
		seq = s.Seq()
	}
	_, err := h.Run(t.Context(), "bb", RunOptions{})
	expect("a run on schedule", "schedule", err)
	m.set(200, "application/json", manifest(4))
	rep, err := h.Run(t.Context(), "bb", RunOptions{Author: "alice"})
	expect("a run that alice asks for", "alice", err)
	_, err = h.Undo(t.Context(), rep.Run)
	expect("undoing", "schedule", err)
	expect("a pause", "bob", h.Pause(t.Context(), "bb", true, "bob"))
	expect("its end", "bob", h.Pause(t.Context(), "bb", false, "bob"))
}
