package access

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"fincat/store"
	"fincat/vocab/term"
)

// cause makes a commit of a change that was begun; the hash "" is that of an older program.
func cause(t *testing.T, s *store.Store, begun Entry, hash string) uint64 {
	t.Helper()
	p := term.NewIRI("http://example.org/p")
	o := term.NewString(fmt.Sprint(s.Seq()))
	c, err := s.Commit(store.WithCause(t.Context(), hash), store.Change{
		Add: []term.Quad{{Subject: p, Predicate: p, Object: o}}, Note: store.Note{Author: begun.Who}})
	if err != nil {
		t.Fatal(err)
	}
	return c.Seq
}

func begin(t *testing.T, l *Log, what string) Entry {
	t.Helper()
	e, err := l.Begin(Entry{Who: "alice", What: what, From: "192.0.2.1"})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// end ends a change with commits.
func end(t *testing.T, l *Log, e Entry, commits ...uint64) {
	t.Helper()
	e.Ends, e.Begun, e.Commits = e.Number, false, commits
	if _, err := l.Append(e); err != nil {
		t.Fatal(err)
	}
}

// writeTwelve makes five updates and a token by one author, with two entries each.
func writeTwelve(t *testing.T, dir string, s *store.Store) (file string, lines [][]byte) {
	t.Helper()
	l := openTest(t, dir, s)
	for _, what := range []string{"update", "update", "update", "update", "update", "tokens add"} {
		e := begin(t, l, what)
		end(t, l, e, cause(t, s, e, e.Hash))
	}
	closeLog(t, l)
	file = filepath.Join(dir, LogFile)
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return file, bytes.SplitAfter(content, []byte("\n"))[:12]
}

// TestLogCut cuts lines off the end: an entry that has no end any more covers its own
// commits and no later ones of the same author, also once the log was gone on with.
func TestLogCut(t *testing.T) {
	dir, s := t.TempDir(), memory(t)
	file, lines := writeTwelve(t, dir, s)
	for out := range 13 {
		if err := os.WriteFile(file, bytes.Join(lines[:12-out], nil), 0o600); err != nil {
			t.Fatal(err)
		}
		r, err := CheckLog(t.Context(), dir, s)
		if err != nil || len(r.Faults) != out/2 || len(r.Warnings) != out%2+min(1, out) {
			t.Errorf("%d lines cut off: %v, %q, %q", out, err, r.Faults, r.Warnings)
		}
		if want := fmt.Sprintf("entry %d begins", 12-out); out%2 == 1 && !strings.Contains(r.Warnings[0], want) {
			t.Errorf("%d lines cut off: the warning is %q, want %q", out, r.Warnings[0], want)
		}
		if want := "12 is missing"; out == 1 && !strings.Contains(r.Warnings[1], want) {
			t.Errorf("a line cut off: the warning is %q, want %q", r.Warnings[1], want)
		}
		if want := fmt.Sprintf("entries %d to 12 are missing", 13-out); out > 1 &&
			!strings.Contains(r.Warnings[out%2], want) {
			t.Errorf("%d lines cut off: the warnings are %q, want %q", out, r.Warnings, want)
		}
	}
	if err := os.WriteFile(file, bytes.Join(lines[:9], nil), 0o600); err != nil {
		t.Fatal(err)
	}
	l := openTest(t, dir, s)
	e := begin(t, l, "update")
	end(t, l, e, cause(t, s, e, e.Hash))
	begin(t, l, "update")
	closeLog(t, l)
	for e, err := range Entries(dir) {
		ended := e.Recovered && e.Ends > 0
		if err != nil || slices.Contains(e.Commits, 6) || ended && !slices.Equal(e.Commits, []uint64{5}) {
			t.Errorf("after a new start the log has %+v, %v", e, err)
		}
	}
	if got := faults(t, dir, s); strings.Count(got, "\n") != 0 || !strings.Contains(got, "commit 6 by alice") {
		t.Errorf("after a new start the check finds %q", got)
	}
}

// setHead writes a head file.
func setHead(t *testing.T, dir string, h head) {
	t.Helper()
	f, err := os.Create(filepath.Join(dir, HeadFile))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := h.write(f); err != nil {
		t.Fatal(err)
	}
}

// TestLogHead: a head that is there and names another entry is a fault, and one that cannot
// be read too; without one, as older programs left the log, there is nothing to say.
func TestLogHead(t *testing.T) {
	dir, s := t.TempDir(), memory(t)
	writeTwelve(t, dir, s)
	h, err := readHead(dir)
	if err != nil || h.number != 12 {
		t.Fatalf("the head is %+v, %v", h, err)
	}
	setHead(t, dir, head{12, strings.Repeat("0", 64)})
	if got := faults(t, dir, s); !strings.Contains(got, "entry 12 is not the one that audit.head names") {
		t.Errorf("with another head the check finds %q", got)
	}
	if err := os.WriteFile(filepath.Join(dir, HeadFile), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := faults(t, dir, s); !strings.Contains(got, "audit.head") {
		t.Errorf("with half a head the check finds %q", got)
	}
	closeLog(t, openTest(t, dir, s)) // which is no reason not to start
	if r, err := CheckLog(t.Context(), dir, s); err != nil || len(r.Faults)+len(r.Warnings) > 0 || r.Entries != 13 {
		t.Errorf("after a start with half a head: %v, %+v", err, r)
	}
	if err := os.Remove(filepath.Join(dir, HeadFile)); err != nil {
		t.Fatal(err)
	}
	if r, err := CheckLog(t.Context(), dir, s); err != nil || len(r.Faults)+len(r.Warnings) > 0 {
		t.Errorf("without a head: %v, %+v", err, r)
	}
	setHead(t, dir, h)
	closeLog(t, openTest(t, dir, s))
	if r, err := CheckLog(t.Context(), dir, s); err != nil || len(r.Faults)+len(r.Warnings) > 0 || r.Entries != 13 {
		t.Errorf("with its head: %v, %+v", err, r)
	}
}

// TestLogHalf leaves a part of the last line: a warning tells where.
func TestLogHalf(t *testing.T) {
	dir, s := t.TempDir(), memory(t)
	file, lines := writeTwelve(t, dir, s)
	content := bytes.Join(lines, nil)
	eleventh, err := parseEntry(bytes.TrimSuffix(lines[10], []byte("\n")))
	if err != nil {
		t.Fatal(err)
	}
	setHead(t, dir, head{11, eleventh.Hash}) // as it is while the next line is written
	for _, cut := range []int{1, 2, len(lines[11]) - 1} {
		if err := os.WriteFile(file, content[:len(content)-cut], 0o600); err != nil {
			t.Fatal(err)
		}
		r, err := CheckLog(t.Context(), dir, s)
		if err != nil || len(r.Faults) > 0 || len(r.Warnings) != 2 ||
			!strings.Contains(r.Warnings[1], fmt.Sprintf("audit.jsonl:12: the last line has no end after %d bytes",
				len(lines[11])-cut)) {
			t.Errorf("%d bytes cut off: %v, %q, %q", cut, err, r.Faults, r.Warnings)
		}
	}
	closeLog(t, openTest(t, dir, s)) // takes it away and ends the change
	if r, err := CheckLog(t.Context(), dir, s); err != nil || len(r.Faults)+len(r.Warnings) > 0 || r.Entries != 12 {
		t.Errorf("after a new start: %v, %+v", err, r)
	}
}

// TestLogNew writes a whole new log that lists all commits, and knows how hashes are made.
func TestLogNew(t *testing.T) {
	dir, s := t.TempDir(), memory(t)
	file, lines := writeTwelve(t, dir, s)
	var forged []byte
	previous := ""
	for _, line := range lines {
		e, err := parseEntry(bytes.TrimSpace(line))
		if err != nil {
			t.Fatal(err)
		}
		e.From, e.Previous = "192.0.2.9", previous
		now, err := e.line()
		if err != nil {
			t.Fatal(err)
		}
		forged, previous = append(forged, now...), e.Hash
	}
	if err := os.WriteFile(file, forged, 0o600); err != nil {
		t.Fatal(err)
	}
	if got := faults(t, dir, s); strings.Count(got, "has no entry; it names one") != 6 {
		t.Errorf("of a new log the check finds %q", got)
	}
}

// TestLogUnderWay lets the process end while several changes by one author are under way,
// some before their commit, some between it and the end, with commits in another sequence
// than they were begun in.
func TestLogUnderWay(t *testing.T) {
	dir, s := t.TempDir(), memory(t)
	l := openTest(t, dir, s)
	first, second, third, fourth := begin(t, l, "a"), begin(t, l, "b"), begin(t, l, "c"), begin(t, l, "d")
	want := map[uint64][]uint64{second.Number: {cause(t, s, second, second.Hash)}, fourth.Number: nil}
	end(t, l, third, cause(t, s, third, third.Hash))
	want[first.Number] = []uint64{cause(t, s, first, first.Hash)}
	want[second.Number] = append(want[second.Number], cause(t, s, second, second.Hash))
	older := cause(t, s, first, "") // may belong to any
	want[first.Number] = append(want[first.Number], older)
	many := begin(t, l, "e")
	var all []uint64
	for range 2 * maxEntryCommits {
		all = append(all, cause(t, s, many, many.Hash))
	}
	end(t, l, many, all...)
	closeLog(t, l)
	r, err := CheckLog(t.Context(), dir, s)
	if err != nil || len(r.Faults) > 0 || len(r.Warnings) != 3 {
		t.Errorf("of what a crash leaves the check finds %v, %+v", err, r)
	}
	closeLog(t, openTest(t, dir, s))
	got := map[uint64][]uint64{}
	for e, err := range Entries(dir) {
		if err != nil {
			t.Fatal(err)
		}
		if e.Recovered {
			got[e.Ends] = e.Commits
		}
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("the commits of what was under way are %v, want %v", got, want)
	}
	if r, err = CheckLog(t.Context(), dir, s); err != nil || len(r.Faults)+len(r.Warnings) > 0 {
		t.Errorf("after a new start: %v, %+v", err, r)
	}
}

// TestLogRestoredCause asks that the commits of a restored store may name entries of
// another log.
func TestLogRestoredCause(t *testing.T) {
	dir, s := t.TempDir(), memory(t)
	cause(t, s, Entry{Who: "alice"}, "of another log")
	if err := BeginRestored(dir, Entry{Who: "bob", What: "fincat restore x", From: "host"}); err != nil {
		t.Fatal(err)
	}
	if got := faults(t, dir, s); got != "" {
		t.Errorf("after restoring the check finds %q", got)
	}
	time.Sleep(2 * entryPrecision)
	cause(t, s, Entry{Who: "alice"}, "of another log")
	if got := faults(t, dir, s); !strings.Contains(got, "commit 2 by alice") {
		t.Errorf("after a change without an entry the check finds %q", got)
	}
}
