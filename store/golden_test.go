package store

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"fincat/vocab/term"
	"fincat/vocab/w3ctest"
)

// The stores under testdata/golden were written by earlier builds, one archive
// each, and must open for ever. Beside each stand its quads, one a line as
// [term.Quad.String] writes them, and its log with its named values.
const goldenDir = "testdata/golden"

// goldenStores are the archives with a sequence number from which on the log
// has all changes.
var goldenStores = []struct {
	name string
	from uint64
}{
	{"v2-commits", 0}, // a base with patches, a run, long terms, values, notes, an undone commit
	{"v2-load", 2},    // a bulk load between two commits
	{"v2-killed", 0},  // two commits, and the process was killed
	{"v3-commits", 0}, // a base with patches, runs, values, typed notes, an undone commit, a dropped graph
	{"v3-load", 2},    // a bulk load between two commits
	{"v3-killed", 0},  // two commits, and the process was killed
}

func goldenFile(t *testing.T, name string) *zstd.Decoder {
	t.Helper()
	f, err := os.Open(filepath.Join(goldenDir, name))
	if err != nil {
		t.Fatal(err)
	}
	z, err := zstd.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		z.Close()
		f.Close()
	})
	return z
}

// goldenText describes log and values as the files beside the archives do.
func goldenText(t *testing.T, s *Store) string {
	t.Helper()
	var b strings.Builder
	for c, err := range s.Log(context.Background(), 0) {
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "commit %d at %s +%d -%d", c.Seq, c.Time.Format(time.RFC3339Nano), c.Added, c.Removed)
		for _, p := range c.Note.pairs() {
			fmt.Fprintf(&b, " %s=%q", p[0], p[1])
		}
		b.WriteString("\n")
		for _, g := range c.Graphs {
			fmt.Fprintf(&b, "\tgraph %s\n", g)
		}
	}
	for k, err := range s.List("") {
		if err != nil {
			t.Fatal(err)
		}
		v, _, err := s.Get(k)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "value %q = %q\n", k, v)
	}
	return b.String()
}

func quadLines(quads []term.Quad) (lines []string) {
	for _, q := range quads {
		lines = append(lines, q.String())
	}
	return lines
}

// TestGolden opens stores of earlier builds, compares what they hold, and goes
// on writing to them.
func TestGolden(t *testing.T) {
	for _, tt := range goldenStores {
		t.Run(tt.name, func(t *testing.T) {
			var want []string
			lines := bufio.NewScanner(goldenFile(t, tt.name+".nq.zst"))
			lines.Buffer(nil, 1<<20)
			for lines.Scan() {
				want = append(want, lines.Text())
			}
			wantLog, err := os.ReadFile(filepath.Join(goldenDir, tt.name+".log"))
			if err != nil {
				t.Fatal(err)
			}
			o := Options{Dir: w3ctest.Unpack(t, filepath.Join(goldenDir, tt.name+".tar.zst")),
				History: 100 * 365 * 24 * time.Hour, FoldChanges: 1000}
			goldenReadOnly(t, o, want)
			s, err := Open(context.Background(), o)
			if err != nil {
				t.Fatalf("Open: %v", err)
			}
			compare := func(when string) {
				t.Helper()
				if got := quadLines(allQuads(t, s)); !slices.Equal(got, want) {
					t.Errorf("%s: %d quads that are not the %d recorded", when, len(got), len(want))
				}
				mustCheck(t, s)
			}
			compare("opened")
			if v := formatOf(t, s); v != formatVersion {
				t.Errorf("opened for writing it has format %d, want %d", v, formatVersion)
			}
			if got := goldenText(t, s); got != string(wantLog) {
				t.Errorf("log:\n%s\nwant:\n%s", got, wantLog)
			}
			goldenPast(t, s, tt.from)
			goldenWrite(t, s, want)
			if err := s.Fold(context.Background()); err != nil {
				t.Fatal(err)
			}
			compare("folded anew")
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			s = openTest(t, o)
			compare("opened again")
		})
	}
}

// formatOf returns the version that a store's root has.
func formatOf(t *testing.T, s *Store) int {
	t.Helper()
	data, err := newestState{s.db}.Get([]byte{keyRoot})
	if err != nil {
		t.Fatal(err)
	}
	r, err := decodeRoot(data)
	if err != nil {
		t.Fatal(err)
	}
	return r.version
}

// goldenReadOnly opens a store for reading, which leaves its format alone. A store
// that was not closed is first recovered.
func goldenReadOnly(t *testing.T, o Options, want []string) {
	t.Helper()
	var before int
	if _, err := fmt.Sscanf(t.Name(), "TestGolden/v%d-", &before); err != nil {
		t.Fatal(err)
	}
	if strings.HasSuffix(t.Name(), "killed") {
		before = formatVersion
	}
	o.ReadOnly = true
	s, err := Open(context.Background(), o)
	if err != nil {
		t.Fatalf("Open for reading: %v", err)
	}
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	if got := quadLines(allQuads(t, s)); !slices.Equal(got, want) {
		t.Errorf("read only: %d quads that are not the %d recorded", len(got), len(want))
	}
	if v := formatOf(t, s); v != before {
		t.Errorf("opened for reading it has format %d, want %d", v, before)
	}
}

// goldenPast looks back at every state that the log leads to.
func goldenPast(t *testing.T, s *Store, from uint64) {
	t.Helper()
	ctx := context.Background()
	quads := map[uint64]int{}
	total := 0
	for c, err := range s.Log(ctx, 0) {
		if err != nil {
			t.Fatal(err)
		}
		total += int(c.Added) - int(c.Removed)
		quads[c.Seq] = total
	}
	for seq := from; seq <= s.Seq(); seq++ {
		sn, err := s.SnapshotAt(ctx, seq)
		if err != nil {
			t.Fatalf("SnapshotAt(%d): %v", seq, err)
		}
		if n, _, err := sn.Count(Pattern{}); err != nil || int(n) != quads[seq] {
			t.Errorf("state %d has %d quads (%v), want %d", seq, n, err, quads[seq])
		}
		sn.Close()
	}
	if from > 0 {
		if _, err := s.SnapshotAt(ctx, from-1); !errors.Is(err, ErrHistory) {
			t.Errorf("SnapshotAt(%d), before the load: %v, want ErrHistory", from-1, err)
		}
	}
}

// goldenWrite commits new terms beside old ones and takes the commit back.
func goldenWrite(t *testing.T, s *Store, want []string) {
	t.Helper()
	all := allQuads(t, s)
	var add []term.Quad
	for i := range 500 {
		q := all[i%len(all)]
		q.Predicate = term.NewIRI(fmt.Sprintf("http://example.tw/new/%d", i))
		add = append(add, q)
	}
	c := commit(t, s, Change{Add: add, Remove: all[:20], KeepBlankNodes: true})
	if n := len(allQuads(t, s)); n != len(want)+480 || c.Added != 500 || c.Removed != 20 {
		t.Errorf("after %+v there are %d quads, want %d", c, n, len(want)+480)
	}
	if err := s.Fold(context.Background()); err != nil {
		t.Fatal(err)
	}
	mustCheck(t, s)
	if _, err := s.Undo(context.Background(), c.Seq, ""); err != nil {
		t.Fatal(err)
	}
}
