package store

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"fincat/vocab/term"
)

// The crash test runs a child process, the test binary itself, that commits,
// loads, folds and compacts, and kills it at a random moment. What operation i
// does depends on i alone, so the parent knows every state there may be.

const crashDir = "FINCAT_CRASH_DIR"

// crashOp says which graphs operation i replaces, with how many quads.
func crashOp(i int) (graphs []string, quads int, load bool) {
	switch {
	case i%40 == 39: // a large commit
		for k := range 10 {
			graphs = append(graphs, fmt.Sprintf("http://e/large/%d", k))
		}
		return graphs, crashLarge() / 10, false
	case i%40 == 19:
		return []string{fmt.Sprintf("http://e/load/%d", i)}, 4000, true
	}
	return []string{fmt.Sprintf("http://e/g/%d", i%23), fmt.Sprintf("http://e/h/%d", i%23)}, 10 + i%50, false
}

// crashLarge is the size of large commits: a million quads in a campaign of an
// hour or more, otherwise some thousands.
func crashLarge() int {
	if campaign(0) >= time.Hour {
		return 1_000_000
	}
	return 6000
}

func crashQuads(i int, graph string, n int) []term.Quad {
	qs := make([]term.Quad, n)
	for k := range qs {
		qs[k] = term.Quad{
			Subject:   term.NewIRI(fmt.Sprintf("%s/s%d", graph, k/8)),
			Predicate: term.NewIRI(fmt.Sprintf("http://e/p%d", k%8)),
			Object:    term.NewString(fmt.Sprintf("版本 %d %d", i, k%5)),
			Graph:     term.NewIRI(graph),
		}
	}
	return qs
}

func TestCrashChild(t *testing.T) {
	dir := os.Getenv(crashDir)
	if dir == "" {
		t.Skip("runs as the child of TestCrash")
	}
	ctx := context.Background()
	s, err := Open(ctx, Options{Dir: dir, FoldChanges: 1500, Sync: SyncMode(os.Getpid() % 2)})
	if err != nil {
		t.Fatal(err)
	}
	fmt.Println("open")
	go func() {
		for k := 0; ; k++ {
			var err error
			if k%3 == 0 {
				err = s.Compact(ctx)
			} else {
				err = s.Fold(ctx)
			}
			if err != nil {
				t.Errorf("fold: %v", err)
			}
			time.Sleep(time.Duration(k%7) * 10 * time.Millisecond)
		}
	}()
	next := 0
	if v, ok, _ := s.Get("op"); ok {
		next, _ = strconv.Atoi(string(v))
	}
	for i := next + 1; ; i++ {
		graphs, n, load := crashOp(i)
		if load {
			text := ""
			for _, q := range crashQuads(i, graphs[0], n) {
				text += q.String() + "\n"
			}
			if _, err := s.Load(ctx, []Input{{Path: "x.nq", Reader: strings.NewReader(text)}}, LoadOptions{}); err != nil {
				t.Fatal(err)
			}
		}
		c := Change{Put: map[string][]byte{"op": []byte(strconv.Itoa(i))}, Replace: map[term.Term][]term.Quad{}}
		for _, g := range graphs {
			if !load {
				c.Replace[term.NewIRI(g)] = crashQuads(i, g, n)
			}
		}
		if _, err := s.Commit(ctx, c); err != nil {
			t.Fatal(err)
		}
		fmt.Println("done", i)
	}
}

// runCrashChild runs the child for a time and returns the last operation it
// acknowledged.
func runCrashChild(t *testing.T, dir string, life time.Duration) int {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe, "-test.run", "^TestCrashChild$")
	cmd.Env = append(os.Environ(), crashDir+"="+dir)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	last := 0
	var kill sync.Once
	var wait sync.WaitGroup
	for sc := bufio.NewScanner(out); sc.Scan(); {
		line := sc.Text()
		if line == "open" {
			wait.Go(func() {
				time.Sleep(life)
				kill.Do(func() { _ = cmd.Process.Kill() })
			})
		} else if n, ok := strings.CutPrefix(line, "done "); ok {
			last, _ = strconv.Atoi(n)
		} else {
			t.Errorf("child: %s", line)
		}
	}
	wait.Wait()
	if err := cmd.Wait(); err == nil || !strings.Contains(err.Error(), "killed") {
		t.Fatalf("child ended with %v: %.2000s", err, stderr.String())
	}
	return last
}

func TestCrash(t *testing.T) {
	rng := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 1))
	dir := t.TempDir()
	end := time.Now().Add(campaign(8))
	kills, acked := 0, 0
	for ; time.Now().Before(end); kills++ {
		last := runCrashChild(t, dir, time.Duration(rng.IntN(700))*time.Millisecond)
		acked = max(acked, last)
		k := verifyCrash(t, dir, acked)
		if k < acked || k > acked+1 {
			t.Fatalf("after kill %d: %d operations are there, acknowledged were %d", kills, k, acked)
		}
		acked = k
	}
	t.Logf("%d kills, %d operations", kills, acked)
}

// verifyCrash opens the store and compares it with what operations up to the
// newest must have left.
func verifyCrash(t *testing.T, dir string, acked int) int {
	t.Helper()
	s, err := Open(context.Background(), Options{Dir: dir, FoldChanges: 1500, Sync: Interval})
	if err != nil {
		t.Fatalf("open after a kill: %v", err)
	}
	defer func() {
		if err := s.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	}()
	mustCheck(t, s)
	k := 0
	if v, ok, err := s.Get("op"); err != nil {
		t.Fatal(err)
	} else if ok {
		k, _ = strconv.Atoi(string(v))
	}
	want := map[string][]string{}
	for i := 1; i <= k; i++ {
		graphs, n, _ := crashOp(i)
		for _, g := range graphs {
			want[g] = []string{strconv.Itoa(i), strconv.Itoa(n)}
		}
	}
	got := map[string][]string{}
	sn, err := s.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	defer sn.Close()
	for g, err := range sn.Graphs() {
		if err != nil {
			t.Fatal(err)
		}
		name, _ := sn.Term(g)
		sc, _ := sn.Scan(Pattern{G: g}, ScanOptions{Order: GSPO})
		keys := readScan(t, sc, SPOG)
		versions := map[string]bool{}
		for _, q := range keys {
			o, err := sn.Term(q[2])
			if err != nil {
				t.Fatal(err)
			}
			versions[strings.Fields(o.Value())[1]] = true
		}
		if len(versions) != 1 {
			t.Fatalf("graph %v holds quads of %d versions", name, len(versions))
		}
		for v := range versions {
			got[name.Value()] = []string{v, strconv.Itoa(len(keys))}
		}
	}
	if graphs, n, load := crashOp(k + 1); load && got[graphs[0]] != nil { // loaded, its number not yet put
		want[graphs[0]] = []string{strconv.Itoa(k + 1), strconv.Itoa(n)}
	}
	for g := range want {
		if !slices.Equal(got[g], want[g]) {
			t.Fatalf("graph %s has version and quads %v, want %v (%d operations, %d acknowledged)", g, got[g], want[g], k, acked)
		}
	}
	if len(got) != len(want) {
		t.Fatalf("%d graphs, want %d", len(got), len(want))
	}
	return k
}
