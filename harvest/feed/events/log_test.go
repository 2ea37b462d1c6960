package events

import (
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"fincat/store"
)

var start = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// changes are updates of datasets, each said by its number.
func changes(from int, datasets ...int) iter.Seq2[Change, error] {
	return func(yield func(Change, error) bool) {
		for i, d := range datasets {
			iri := fmt.Sprintf("http://e/%d", d)
			c := Change{Kind: Update, IRI: iri, At: start.Add(time.Duration(from+i) * time.Second), Digest: uint64(d),
				Text: fmt.Appendf(nil, "<%s> <http://e/p> \"值 %d\" .\n", iri, from+i)}
			if !yield(c, nil) {
				return
			}
		}
	}
}

func upTo(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}

func cursor(seq uint64) store.Cursor {
	return store.Cursor{Seq: seq, Time: start.Add(time.Duration(seq) * time.Hour)}
}

func open(t *testing.T, dir string) *Log {
	t.Helper()
	l, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func add(t *testing.T, l *Log, seq uint64, from int, datasets ...int) {
	t.Helper()
	if err := l.Append(t.Context(), cursor(seq), changes(from, datasets...)); err != nil {
		t.Fatal(err)
	}
}

// told is all that a log says: what each fragment has, as "number:value ...".
func told(t *testing.T, l *Log) (out []string) {
	t.Helper()
	for _, f := range l.Fragments() {
		got, cs, err := l.Read(t.Context(), f.Number)
		if err != nil {
			t.Fatal(err)
		}
		if len(cs) != f.Changes || got != f {
			t.Fatalf("fragment %+v has %d changes, read as %+v", f, len(cs), got)
		}
		line := fmt.Sprint(f.Number, ":")
		for _, c := range cs {
			quads, err := c.Quads(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			line += " " + c.IRI[len("http://e/"):] + "=" + quads[0].Object.Value()
		}
		out = append(out, line)
	}
	return out
}

func TestLog(t *testing.T) {
	for _, dir := range []string{"", t.TempDir()} {
		l := open(t, dir)
		if got := l.Cursor(); !got.Time.IsZero() || len(l.Fragments()) != 0 {
			t.Errorf("a new log is at %v with %v", got, l.Fragments())
		}
		add(t, l, 1, 0, 1, 2)
		add(t, l, 2, 2, 3)
		add(t, l, 3, 3) // a step that changes nothing moves the cursor
		add(t, l, 4, 3, 2)
		want := []string{"1: 1=值 0 2=值 1 3=值 2", "2: 2=值 3"}
		for range 2 {
			if got := told(t, l); !slices.Equal(got, want) || l.Cursor() != cursor(4) {
				t.Errorf("the log at %v says %q, want %q", l.Cursor(), got, want)
			}
			if x, ok := l.Latest("http://e/2"); !ok || !x.At.Equal(start.Add(3*time.Second)) || x.Digest != 2 {
				t.Errorf("the newest change of 2 is %+v, %v", x, ok)
			}
			if f := l.Fragments(); !f[0].Full || f[1].Full {
				t.Errorf("fragments %+v, want the newest alone not to be full", f)
			}
			if dir != "" {
				l = open(t, dir)
			}
		}
		if _, _, err := l.Read(t.Context(), 3); !errors.Is(err, ErrNoFragment) {
			t.Errorf("a fragment that does not exist: %v", err)
		}
		add(t, l, 5, 10, upTo(600)...)
		if f := l.Fragments(); len(f) != 5 || f[2].Changes != fragmentChanges {
			t.Errorf("600 more changes are in %+v", f)
		}
	}
}

// TestLogAfterCrash cuts the files where a crash may leave them, and makes the
// step again.
func TestLogAfterCrash(t *testing.T) {
	dir := t.TempDir()
	l := open(t, dir)
	add(t, l, 1, 0, 1, 2)
	before := files(t, dir)
	want := told(t, l)
	add(t, l, 2, 2, 3, 1, 4)
	after, final := files(t, dir), told(t, l)
	check := func(what string, content map[string][]byte) {
		dir := t.TempDir()
		for name, data := range content {
			if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		l := open(t, dir)
		if got := told(t, l); l.Cursor() != cursor(1) || !slices.Equal(got, want) {
			t.Fatalf("%s: at %v the log says %q, want %q", what, l.Cursor(), got, want)
		}
		add(t, l, 2, 2, 3, 1, 4)
		if got := told(t, open(t, dir)); !slices.Equal(got, final) {
			t.Fatalf("%s: after the step was made again %q, want %q", what, got, final)
		}
	}
	first, second := "00000001.events", "00000002.events"
	for n := len(before[first]); n <= len(after[first]); n += 5 {
		check(fmt.Sprint("first file of ", n), map[string][]byte{first: after[first][:n]})
	}
	for n := 0; n < len(after[second]); n += 5 {
		check(fmt.Sprint("second file of ", n), map[string][]byte{first: after[first], second: after[second][:n]})
	}
	third := "00000003.events" // of a longer step
	check("a gap among leftovers", map[string][]byte{first: before[first], third: after[second][:40]})
	if err := os.WriteFile(filepath.Join(dir, third), after[second], 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(dir, second)); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(dir); !errors.Is(err, errTorn) || !strings.Contains(err.Error(), second) {
		t.Errorf("a gap before a cursor: %v", err)
	}
	if err := os.Rename(filepath.Join(dir, third), filepath.Join(dir, second)); err != nil {
		t.Fatal(err)
	}
	broken := slices.Clone(after[first])
	broken[len(broken)-3] ^= 1
	if err := os.WriteFile(filepath.Join(dir, first), broken, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(dir); !errors.Is(err, errTorn) {
		t.Errorf("a damaged file before a whole one: %v", err)
	}
}

func files(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	out := map[string][]byte{}
	names, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		out[filepath.Base(name)] = data
	}
	return out
}

// TestLogFails has a step fail in the middle: nothing of it stays.
func TestLogFails(t *testing.T) {
	for _, dir := range []string{"", t.TempDir()} {
		l := open(t, dir)
		add(t, l, 1, 0, 1)
		want, broken := told(t, l), errors.New("not now")
		err := l.Append(t.Context(), cursor(2), func(yield func(Change, error) bool) {
			for c, err := range changes(1, upTo(300)...) {
				if !yield(c, err) {
					return
				}
			}
			yield(Change{}, broken)
		})
		if got := told(t, l); !errors.Is(err, broken) || !slices.Equal(got, want) || l.Cursor() != cursor(1) {
			t.Errorf("after %v the log says %q, want %q", err, got, want)
		}
		add(t, l, 2, 1, 5)
		if got := told(t, l); len(got) != 1 || got[0] != "1: 1=值 0 5=值 1" {
			t.Errorf("after a step that failed and one that did not the log says %q", got)
		}
	}
}
