package store

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"fincat/vocab/term"
)

// The crash tests run a child process, the test binary itself, that commits,
// loads, folds and compacts, and kill it in the middle of each of these. What
// operation i does depends on i alone, so the parent knows every state there may
// be. The child says on its standard output what it begins and ends.

const (
	crashDir  = "FINCAT_CRASH_DIR"
	crashKind = "FINCAT_CRASH_KIND"

	crashSituation = "FINCAT_CRASH_SITUATION" // in which the child will be killed
)

// crashPlan is what a child does.
type crashPlan struct {
	name       string
	fold       int      // Options.FoldChanges
	large      int      // quads of a large commit
	situations []string // in which it is to be killed
	power      bool     // Sync: Always; what was not forced to disk is lost
}

var crashPlans = []crashPlan{
	{"small", 1500, 6000, []string{"open", "sweep", "commit", "large", "load", "fold", "compact", "close"}, false},
	{"million", 0, 1_000_000, []string{"large"}, false},
	{"power", 1500, 6000, []string{"open", "sweep", "commit", "large", "load", "fold", "compact", "close"}, true},
}

func crashPlanOf(name string) crashPlan {
	return crashPlans[slices.IndexFunc(crashPlans, func(p crashPlan) bool { return p.name == name })]
}

// op says which graphs operation i replaces, with how many quads each.
func (p *crashPlan) op(i int) (graphs []string, quads int, situation string) {
	switch i % 10 {
	case 9:
		for k := range 10 {
			graphs = append(graphs, fmt.Sprintf("http://e/large/%d", k))
		}
		return graphs, p.large / 10, "large"
	case 4:
		return []string{fmt.Sprintf("http://e/load/%d", i%200)}, 4000, "load"
	}
	return []string{fmt.Sprintf("http://e/g/%d", i%23), fmt.Sprintf("http://e/h/%d", i%23)}, 10 + i%50, "commit"
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
	p := crashPlanOf(os.Getenv(crashKind))
	o := Options{Dir: dir, FoldChanges: p.fold, Sync: SyncMode(os.Getpid() % 2)}
	if p.power {
		o.Sync = Always
	}
	for {
		if err := crashLife(&p, o); err != nil {
			t.Fatal(err)
		}
	}
}

// during does a step and says when it begins and ends.
func during(situation string, f func() error) error {
	fmt.Println("begin", situation)
	if err := f(); err != nil {
		return fmt.Errorf("%s: %w", situation, err)
	}
	fmt.Println("end", situation)
	return nil
}

// crashLife is the life of a store, from opening to closing.
func crashLife(p *crashPlan, o Options) (err error) {
	ctx := context.Background()
	var s *Store
	if err := during("open", func() error { s, err = Open(ctx, o); return err }); err != nil {
		return err
	}
	if p.power {
		s.db.WatchSync(watchForced())
	}
	if os.Getenv(crashSituation) == "sweep" {
		if err := crashSweep(ctx, s); err != nil {
			return err
		}
	}
	stop, stopped := make(chan struct{}), make(chan error, 1)
	go func() { stopped <- crashFolds(ctx, s, stop) }()
	next := 1
	if v, ok, err := s.Get("op"); err != nil {
		return err
	} else if ok {
		next, _ = strconv.Atoi(string(v))
		next++
	}
	for range 60 {
		if err := p.do(ctx, s, next); err != nil {
			return err
		}
		fmt.Println("done", next)
		next++
	}
	close(stop)
	if err := <-stopped; err != nil {
		return err
	}
	return during("close", s.Close)
}

// crashSweep breaks a transaction off, so that its terms are in the dictionary, and has
// them swept out while nobody else uses the store.
func crashSweep(ctx context.Context, s *Store) error {
	if _, err := breakOff(ctx, s, fmt.Sprint("broken off ", os.Getpid()), 3000); err != nil {
		return err
	}
	return during("sweep", func() error {
		c, err := s.Compact(ctx)
		if err == nil && c.Terms == 0 {
			err = fmt.Errorf("no terms were taken out: %+v", c)
		}
		return err
	})
}

// crashFolds folds and compacts until it is stopped.
func crashFolds(ctx context.Context, s *Store, stop chan struct{}) error {
	for k := 0; ; k++ {
		select {
		case <-stop:
			return nil
		case <-time.After(time.Duration(k%7) * 10 * time.Millisecond):
		}
		var err error
		if k%3 == 0 {
			err = during("compact", func() error { _, err := s.Compact(ctx); return err })
		} else {
			err = during("fold", func() error { return s.Fold(ctx) })
		}
		if err != nil {
			return err
		}
	}
}

// do carries out operation i. Its number is put in the same commit, of a load
// in the next.
func (p *crashPlan) do(ctx context.Context, s *Store, i int) error {
	graphs, n, situation := p.op(i)
	if situation == "load" {
		var inputs []Input // several, so that the load numbers its terms itself
		for part := range slices.Chunk(crashQuads(i, graphs[0], n), 500) {
			var text strings.Builder
			for _, q := range part {
				text.WriteString(q.String() + "\n")
			}
			inputs = append(inputs, Input{Path: "x.nq", Reader: strings.NewReader(text.String())})
		}
		if _, err := s.Commit(ctx, Change{Drop: []term.Term{term.NewIRI(graphs[0])}}); err != nil {
			return err
		}
		err := during("load", func() error {
			_, err := s.Load(ctx, inputs, LoadOptions{MemoryBytes: int64(i) % 2 * 300_000})
			return err
		})
		if err != nil {
			return err
		}
		graphs, situation = nil, "commit"
	}
	tx, err := s.Begin(ctx)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	for _, g := range graphs {
		if err := tx.ReplaceGraph(ctx, term.NewIRI(g), crashQuads(i, g, n)); err != nil {
			return err
		}
	}
	if err := tx.Put("op", []byte(strconv.Itoa(i))); err != nil {
		return err
	}
	return during(situation, func() error { _, err := tx.Commit(ctx); return err })
}

// watchForced says on standard output up to where logs are safe from a power
// cut: Badger's logs are longer than what has been written and end in zeros.
func watchForced() func(f *os.File) func() {
	ends := make(map[string]int64)
	return func(f *os.File) func() {
		name := filepath.Base(f.Name())
		end := logEnd(f, ends[name])
		return func() {
			ends[name] = end
			fmt.Println("forced", name, end)
		}
	}
}

// logEnd returns where 64 KiB of zeros begin, from a place on.
func logEnd(f io.ReaderAt, from int64) int64 {
	buf := make([]byte, 64<<10)
	for {
		n, _ := f.ReadAt(buf, from)
		last := -1
		for i, b := range buf[:n] {
			if b != 0 {
				last = i
			}
		}
		if last < 0 {
			return from
		}
		from += int64(last) + 1
	}
}

// crashChild is a child while it runs and what it has said.
type crashChild struct {
	begun  map[string]time.Time
	took   map[string]time.Duration // as far as is known
	done   int                      // last operation that was acknowledged
	forced map[string]int64
}

// run runs the child until some time after it has begun the situation for the
// nth time since it has opened the store, and kills it.
func (c *crashChild) run(t *testing.T, p *crashPlan, dir, situation string, nth int, part float64) {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe, "-test.run", "^TestCrashChild$")
	cmd.Env = append(os.Environ(), crashDir+"="+dir, crashKind+"="+p.name, crashSituation+"="+situation)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	kill := time.AfterFunc(time.Minute, func() { _ = cmd.Process.Kill() })
	defer kill.Stop()
	c.begun, c.forced = map[string]time.Time{}, map[string]int64{}
	for sc := bufio.NewScanner(out); sc.Scan(); {
		what, rest, _ := strings.Cut(sc.Text(), " ")
		switch what {
		case "begin":
			c.begun[rest] = time.Now()
			if rest == situation {
				if nth--; nth == 0 {
					kill.Reset(time.Duration(part * float64(c.took[rest])))
				}
			}
		case "end":
			c.took[rest] = time.Since(c.begun[rest])
			delete(c.begun, rest)
		case "done":
			c.done, _ = strconv.Atoi(rest)
		case "forced":
			name, end, _ := strings.Cut(rest, " ")
			c.forced[name], _ = strconv.ParseInt(end, 10, 64)
		default:
			t.Errorf("child: %s", sc.Text())
		}
	}
	for s, began := range c.begun { // it takes longer than that
		c.took[s] = max(c.took[s], 2*time.Since(began)+5*time.Millisecond)
	}
	if err := cmd.Wait(); err == nil || !strings.Contains(err.Error(), "killed") {
		t.Fatalf("child ended with %v: %.3000s", err, stderr.String())
	}
}

func TestCrash(t *testing.T) { testCrash(t, "small", campaign(8)) }

func TestCrashMillion(t *testing.T) {
	if campaign(0) == 0 {
		t.Skip("takes minutes: FINCAT_CAMPAIGN is not set")
	}
	testCrash(t, "million", campaign(0))
}

// TestPowerCut takes away, after each kill, some or all of what the child had
// not forced to disk.
func TestPowerCut(t *testing.T) { testCrash(t, "power", campaign(5)) }

func testCrash(t *testing.T, name string, length time.Duration) {
	if testing.Short() {
		length /= 3
	}
	seed := uint64(time.Now().UnixNano())
	rng := rand.New(rand.NewPCG(seed, 1))
	p := crashPlanOf(name)
	dir := t.TempDir()
	end := time.Now().Add(length)
	c := crashChild{took: map[string]time.Duration{}}
	hits := map[string]int{}
	missing := func() bool { return len(hits) < len(p.situations) }
	kills, acked := 0, 0
	for ; time.Now().Before(end) || missing() && time.Now().Before(end.Add(10*time.Minute)); kills++ {
		situation := p.situations[kills%len(p.situations)]
		if missing() && hits[situation] > 0 {
			continue
		}
		nth := 1 + rng.IntN(3)
		if situation == "open" || situation == "close" || p.large >= 1_000_000 {
			nth = 1
		}
		c.run(t, &p, dir, situation, nth, 1.2*rng.Float64())
		for s := range c.begun {
			if slices.Contains(p.situations, s) {
				hits[s]++
			}
		}
		acked = max(acked, c.done)
		cut := ""
		if p.power {
			cut = cutPower(t, rng, dir, c.forced)
		}
		k := p.verify(t, dir, acked)
		if k < acked || k > acked+1 {
			t.Fatalf(
				"after kill %d in %v%s: %d operations are there, acknowledged were %d (seed %d)",
				kills,
				slices.Collect(maps.Keys(c.begun)),
				cut,
				k,
				acked,
				seed,
			)
		}
		acked = k
	}
	t.Logf("%d kills, %d operations; killed in: %v", kills, acked, hits)
	if missing() {
		t.Errorf("not all of %v were hit: %v", p.situations, hits)
	}
}

// cutPower zeroes what of Badger's logs was not forced to disk: all, all from a
// random place on, or random pages of it.
func cutPower(t *testing.T, rng *rand.Rand, dir string, forced map[string]int64) (how string) {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "*.mem"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		f, err := os.OpenFile(name, os.O_RDWR, 0)
		if err != nil {
			t.Fatal(err)
		}
		from, ok := forced[filepath.Base(name)]
		end := logEnd(f, from)
		mode := rng.IntN(4)
		how += fmt.Sprintf(", %s forced up to %d of %d, mode %d", filepath.Base(name), from, end, mode)
		for at := from; at < end; {
			n := min(end, (at/4096+1)*4096) - at
			if mode == 0 || mode == 1 && rng.IntN(2) == 0 {
				if _, err := f.WriteAt(make([]byte, n), at); err != nil {
					t.Fatal(err)
				}
			}
			if mode == 2 && rng.IntN(4) == 0 { // from here on nothing
				mode = 0
			}
			at += n
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
		if !ok && rng.IntN(2) == 0 { // its name was not forced either
			if err := os.Remove(name); err != nil {
				t.Fatal(err)
			}
			how += " removed"
		}
	}
	return how
}

// verify opens the store and compares it with what operations up to the newest
// must have left.
func (p *crashPlan) verify(t *testing.T, dir string, acked int) int {
	t.Helper()
	s, err := Open(context.Background(), Options{Dir: dir, FoldChanges: p.fold, Sync: Interval})
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
	want := map[string]string{}
	for i := 1; i <= k; i++ {
		graphs, n, _ := p.op(i)
		for _, g := range graphs {
			want[g] = fmt.Sprintf("%d quads of %d", n, i)
		}
	}
	got := graphVersions(t, s)
	if graphs, n, situation := p.op(k + 1); situation == "load" { // its parts are commits of their own
		whole := fmt.Sprintf("%d quads of %d", n, k+1)
		if g := graphs[0]; got[g] == whole || got[g] == "" {
			delete(want, g)
			delete(got, g)
		}
	}
	if !maps.Equal(got, want) {
		for g := range want {
			if got[g] != want[g] {
				t.Errorf("graph %s has %s, want %s", g, got[g], want[g])
			}
		}
		t.Fatalf("%d graphs, want %d (%d operations, %d acknowledged)", len(got), len(want), k, acked)
	}
	return k
}

// graphVersions says how many quads of which operation each graph has.
func graphVersions(t *testing.T, s *Store) map[string]string {
	t.Helper()
	got := map[string]string{}
	sn, err := s.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	defer sn.Close()
	for g, err := range sn.Graphs() {
		if err != nil {
			t.Fatal(err)
		}
		name, err := sn.Term(g)
		if err != nil {
			t.Fatal(err)
		}
		sc, err := sn.Scan(Pattern{G: g}, ScanOptions{Order: GSPO})
		if err != nil {
			t.Fatal(err)
		}
		objects := map[ID]bool{}
		n := 0
		var b Batch
		for {
			ok, err := sc.Next(context.Background(), &b)
			if err != nil {
				t.Fatal(err)
			}
			if !ok {
				break
			}
			n += b.N
			for _, o := range b.O {
				objects[o] = true
			}
		}
		versions := map[string]bool{}
		for id := range objects {
			o, err := sn.Term(id)
			if err != nil {
				t.Fatal(err)
			}
			versions[strings.Fields(o.Value())[1]] = true
		}
		if len(versions) != 1 {
			t.Fatalf("graph %v holds quads of %d versions", name, len(versions))
		}
		for v := range versions {
			got[name.Value()] = fmt.Sprintf("%d quads of %s", n, v)
		}
	}
	return got
}
