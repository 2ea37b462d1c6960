package store

import (
	"reflect"
	"slices"
	"strings"
	"testing"
)

// TestNotePairs fills every field of a note, so that none is forgotten on its
// way into the log and back.
func TestNotePairs(t *testing.T) {
	var in Note
	v := reflect.ValueOf(&in).Elem()
	for i := range v.NumField() {
		switch f := v.Field(i); f.Kind() {
		case reflect.String:
			f.SetString("value of " + v.Type().Field(i).Name)
		case reflect.Uint64:
			f.SetUint(uint64(i) + 1)
		default:
			t.Fatalf("no value for a %v", f.Kind())
		}
	}
	pairs := in.pairs()
	if len(pairs) != v.NumField() {
		t.Errorf("%d pairs of %d fields: %v", len(pairs), v.NumField(), pairs)
	}
	var out Note
	for i, p := range pairs {
		if i > 0 && pairs[i-1][0] >= p[0] {
			t.Errorf("%q comes after %q", p[0], pairs[i-1][0])
		}
		if err := out.set(p[0], p[1]); err != nil {
			t.Error(err)
		}
	}
	if out != in {
		t.Errorf("read %+v, want %+v", out, in)
	}
	if n := len(Note{}.pairs()); n != 0 {
		t.Errorf("the zero note has %d pairs", n)
	}
	if err := out.set("undo", "x"); err == nil {
		t.Error("a number that is none is no error")
	}
	if err := out.set("of a newer program", "x"); err != nil {
		t.Error(err)
	}
}

// TestNoteSlight makes commits that change nothing: an author alone is no reason
// to log them, anything else is.
func TestNoteSlight(t *testing.T) {
	s := openTest(t, Options{})
	for _, tt := range []struct {
		note Note
		want uint64
	}{
		{Note{}, 0}, {Note{Author: "a"}, 0}, {Note{Author: "a", Cause: "c"}, 0},
		{Note{Author: "a", Step: "pause"}, 1}, {Note{Author: "a"}, 1},
	} {
		c, err := s.Commit(t.Context(), Change{Note: tt.note})
		if err != nil || c.Seq != tt.want {
			t.Errorf("a commit with no change and %+v is number %d, %v; want %d", tt.note, c.Seq, err, tt.want)
		}
	}
}

// TestCause makes commits in every way with a context that has a cause: those with an
// author name it, unless they name another.
func TestCause(t *testing.T) {
	s := openTest(t, Options{})
	ctx := WithCause(t.Context(), "c")
	if got := Cause(ctx); got != "c" || Cause(t.Context()) != "" {
		t.Errorf("the cause of the context is %q", got)
	}
	tx, err := s.Begin(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()
	tx.Note(Note{Author: "a"})
	if err := tx.Put("transaction", []byte("x")); err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Commit(ctx); err != nil {
		t.Fatal(err)
	}
	for _, n := range []Note{{Author: "a"}, {Author: "a", Cause: "other"}, {Follower: "f"}} {
		if _, err := s.Commit(ctx, Change{Put: map[string][]byte{"k": []byte(n.Cause)}, Note: n}); err != nil {
			t.Fatal(err)
		}
	}
	in := Input{Path: "x.nt", Reader: strings.NewReader("<a:a> <a:b> <a:c> .")}
	if _, err := s.Load(ctx, []Input{in}, LoadOptions{Note: Note{Author: "a"}}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Undo(ctx, s.Seq(), "a"); err != nil {
		t.Fatal(err)
	}
	var got []string
	for c, err := range s.Log(t.Context(), 0) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, c.Note.Cause)
	}
	if want := []string{"c", "c", "other", "", "c", "c"}; !slices.Equal(got, want) {
		t.Errorf("the causes are %q, want %q", got, want)
	}
}
