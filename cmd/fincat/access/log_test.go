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
	"fincat/vocab"
	"fincat/vocab/term"
)

// change makes a commit on behalf of somebody.
func change(t *testing.T, s *store.Store, author string) uint64 {
	t.Helper()
	p := term.NewIRI("http://example.org/p")
	o := term.NewString(fmt.Sprint(s.Seq()))
	c, err := s.Commit(t.Context(), store.Change{Add: []term.Quad{{Subject: p, Predicate: p, Object: o}},
		Note: store.Note{Author: author}})
	if err != nil {
		t.Fatal(err)
	}
	return c.Seq
}

// openTest opens the audit log of a store until close is called.
func openTest(t *testing.T, dir string, s *store.Store) *Log {
	t.Helper()
	l, err := OpenLog(t.Context(), dir, s)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func closeLog(t *testing.T, l *Log) {
	t.Helper()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
}

// faults are what the check finds, in one text.
func faults(t *testing.T, dir string, s *store.Store) string {
	t.Helper()
	r, err := CheckLog(t.Context(), dir, s)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(r.Faults, "\n")
}

// writeFive makes five commits with entries and returns the log's file and content.
func writeFive(t *testing.T, dir string, s *store.Store) (file string, content []byte) {
	t.Helper()
	l := openTest(t, dir, s)
	for i := range 5 {
		e := Entry{Who: fmt.Sprintf("alice%d", i), Role: Administrator, What: "POST /update?<&>", From: "127.0.0.1:1",
			Status: 204, Commits: []uint64{change(t, s, "alice")}}
		if _, err := l.Append(e); err != nil {
			t.Fatal(err)
		}
	}
	n, hash := l.Newest()
	closeLog(t, l)
	file = filepath.Join(dir, LogFile)
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if r, err := CheckLog(t.Context(), dir, s); err != nil || len(r.Faults) > 0 || r.Entries != 5 || n != 5 ||
		r.Newest != hash || !bytes.Contains(content, []byte(hash)) {
		t.Fatalf("a new log of %d entries with the newest %s: %+v, %v", n, hash, r, err)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("others may read the log: %v, %v", info.Mode(), err)
	}
	return file, content
}

// TestLogAltered alters the log in every way that leaves other bytes and asks that the
// check finds each.
func TestLogAltered(t *testing.T) {
	dir, s := t.TempDir(), memory(t)
	file, content := writeFive(t, dir, s)
	lines := bytes.SplitAfter(content, []byte("\n"))
	join := func(ls ...[]byte) []byte { return bytes.Join(ls, nil) }
	altered := map[string][]byte{
		"name":         bytes.Replace(content, []byte(`"alice2"`), []byte(`"alice9"`), 1),
		"last":         bytes.Replace(content, []byte(`"alice4"`), []byte(`"alice9"`), 1),
		"space":        bytes.Replace(content, []byte(`,"who"`), []byte(`, "who"`), 1),
		"new field":    bytes.Replace(content, []byte(`{"n":3`), []byte(`{"x":1,"n":3`), 1),
		"first out":    join(lines[1:]...),
		"middle out":   join(lines[0], lines[1], lines[3], lines[4]),
		"last out":     join(lines[:4]...),
		"half out":     content[:len(content)-5],
		"all out":      nil,
		"two swapped":  join(lines[0], lines[2], lines[1], lines[3], lines[4]),
		"one twice":    join(lines[0], lines[1], lines[1], lines[2], lines[3], lines[4]),
		"junk":         join(lines[0], []byte("junk\n"), lines[1], lines[2], lines[3], lines[4]),
		"made up":      join(content, []byte(`{"n":6,"time":"2026-03-01T00:00:00Z","who":"bob","previous":""}`+"\n")),
		"line breaks":  bytes.ReplaceAll(content, []byte("\n"), []byte("\r\n")),
		"empty line":   join(lines[0], []byte("\n"), lines[1], lines[2], lines[3], lines[4]),
		"escaped name": bytes.Replace(content, []byte(`"alice1"`), []byte(`"\u0061lice1"`), 1),
	}
	// One who knows how the hash is made alters a line and its own hash.
	forged, err := parseEntry(bytes.TrimSpace(lines[2]))
	if err != nil {
		t.Fatal(err)
	}
	forged.Who = "bob"
	line, err := forged.line()
	if err != nil {
		t.Fatal(err)
	}
	altered["forged"] = join(lines[0], lines[1], line, lines[3], lines[4])
	for name, now := range altered {
		if bytes.Equal(now, content) {
			t.Errorf("%s: nothing was altered", name)
		}
		if err := os.WriteFile(file, now, 0o600); err != nil {
			t.Fatal(err)
		}
		if faults(t, dir, s) == "" {
			t.Errorf("%s: the check finds nothing", name)
		}
	}
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	if got := faults(t, dir, s); strings.Count(got, "has no entry") != 5 {
		t.Errorf("without a log the check finds %q", got)
	}
}

// TestLogRecovery lets the process end between a change and its entry, and within an
// entry.
func TestLogRecovery(t *testing.T) {
	dir, s := t.TempDir(), memory(t)
	file, _ := writeFive(t, dir, s)
	l := openTest(t, dir, s)
	for _, who := range []string{"carol", "dave", "carol"} {
		if _, err := l.Begin(Entry{Who: who, What: "POST /update", From: "192.0.2.1"}); err != nil {
			t.Fatal(err)
		}
	}
	closeLog(t, l)
	lost := []uint64{change(t, s, "carol"), change(t, s, "carol")}
	change(t, s, "") // derived by the program itself
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, append(content, `{"n":9,"time":"2026`...), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := faults(t, dir, s); got != "" {
		t.Errorf("of what a crash leaves the check finds %q", got)
	}
	closeLog(t, openTest(t, dir, s))
	var ended []Entry
	for e, err := range Entries(dir) {
		if err != nil {
			t.Fatal(err)
		}
		if e.Recovered {
			ended = append(ended, e)
		}
	}
	if len(ended) != 3 || ended[0].Who != "carol" || ended[0].Ends != 6 || ended[0].From != "192.0.2.1" ||
		!slices.Equal(ended[0].Commits, lost) || ended[1].Who != "dave" || ended[1].Commits != nil ||
		ended[2].Ends != 8 || ended[2].Begun {
		t.Errorf("the entries are %+v", ended)
	}
	if change(t, s, "carol"); !strings.Contains(faults(t, dir, s), "by carol") {
		t.Error("the check finds nothing of a commit whose author had nothing under way")
	}
	l = openTest(t, dir, s)
	if n, _ := l.Newest(); n != 11 {
		t.Errorf("opened again it has %d entries", n)
	}
	closeLog(t, l)
	if err := os.WriteFile(file, append(content, "junk\n"...), 0o600); err != nil {
		t.Fatal(err)
	}
	if l, err := OpenLog(t.Context(), dir, s); err == nil {
		closeLog(t, l)
		t.Error("an altered log is gone on with")
	}
}

// TestLogLong opens a log of more than what is read when it is opened.
func TestLogLong(t *testing.T) {
	dir, s := t.TempDir(), memory(t)
	change(t, s, "alice") // belongs to the log of another store
	l := openTest(t, dir, s)
	for range 2 * tailBytes / (maxEntryText * 4) {
		if _, err := l.Append(Entry{Who: "bob", What: strings.Repeat("網", 400), From: strings.Repeat("x", 9999),
			Forwarded: strings.Repeat("\xff", 9999), Result: strings.Repeat("y", 600)}); err != nil {
			t.Fatal(err)
		}
	}
	n, _ := l.Newest()
	closeLog(t, l)
	if err := BeginRestored(dir, Entry{Who: "bob", What: "fincat restore"}); err != nil {
		t.Fatal(err)
	}
	l = openTest(t, dir, s)
	defer closeLog(t, l)
	if again, _ := l.Newest(); again != n+1 {
		t.Errorf("opened again it has %d entries, want %d", again, n+1)
	}
	if got := faults(t, dir, s); got != "" {
		t.Errorf("the check finds %q", got)
	}
}

// TestLogRestored asks that the commits of a restored store need no entries, and those
// after it do.
func TestLogRestored(t *testing.T) {
	dir, s := t.TempDir(), memory(t)
	change(t, s, "alice")
	if err := BeginRestored(dir, Entry{Who: "bob", What: "fincat restore x", From: "host"}); err != nil {
		t.Fatal(err)
	}
	if got := faults(t, dir, s); got != "" {
		t.Errorf("after restoring the check finds %q", got)
	}
	time.Sleep(2 * entryPrecision)
	for s.Seq() < 3 {
		change(t, s, "carol")
	}
	if got := faults(t, dir, s); strings.Count(got, "carol") != 2 {
		t.Errorf("after changes without entries the check finds %q", got)
	}
}

// TestEntryTriples asks that the RDF says what the line says, and is chained too.
func TestEntryTriples(t *testing.T) {
	dir, s := t.TempDir(), memory(t)
	writeFive(t, dir, s)
	var before term.Term
	for e, err := range Entries(dir) {
		if err != nil {
			t.Fatal(err)
		}
		found := map[string]term.Term{}
		var subject term.Term
		for triple := range e.Triples() {
			found[triple.Predicate.Value()] = triple.Object
			if triple.Predicate.Value() == vocab.FincatNumber {
				subject = triple.Subject
			}
		}
		for p, want := range map[string]string{
			vocab.FOAFName: e.Who, vocab.DCTDescription: e.What, vocab.FincatClient: e.From, vocab.FincatStatus: "204",
			vocab.FincatCommit: fmt.Sprint(e.Commits[0]), vocab.FincatNumber: fmt.Sprint(e.Number),
			vocab.FincatRole: "administrator",
		} {
			if found[p].Value() != want {
				t.Errorf("entry %d: %s is %s, want %q", e.Number, p, found[p], want)
			}
		}
		if found[vocab.FincatPrevious] != before {
			t.Errorf("entry %d follows on %s, want %s", e.Number, found[vocab.FincatPrevious], before)
		}
		if before = subject; !strings.HasPrefix(subject.Value(), "ni:///sha-256;") {
			t.Errorf("entry %d is named %s", e.Number, subject)
		}
	}
}
