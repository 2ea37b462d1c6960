package store

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"fincat/store/block"
	"fincat/vocab/term"
)

// benchQuads is the size of the benchmark store: a million quads, or what
// FINCAT_QUADS says.
func benchQuads() int {
	if n, err := strconv.Atoi(os.Getenv("FINCAT_QUADS")); err == nil {
		return n
	}
	return 1_000_000
}

// diskUse is the space a directory really takes; Badger's logs are sparse.
func diskUse(tb testing.TB, dir string) (sst int64) {
	tb.Helper()
	names, err := filepath.Glob(dir + "/*")
	if err != nil {
		tb.Fatal(err)
	}
	for _, name := range names {
		var st syscall.Stat_t
		if syscall.Stat(name, &st) == nil {
			sst += st.Blocks * 512
		}
	}
	return sst
}

func peakMemory() (mb float64) {
	f, err := os.Open("/proc/self/status")
	if err != nil {
		return 0
	}
	defer f.Close()
	for sc := bufio.NewScanner(f); sc.Scan(); {
		if v, ok := strings.CutPrefix(sc.Text(), "VmHWM:"); ok {
			kb, _ := strconv.ParseFloat(strings.Fields(v)[0], 64)
			return kb / 1024
		}
	}
	return 0
}

// loadedStore loads generated records into a new store.
func loadedStore(tb testing.TB, n int, o Options) (s *Store, text int64, elapsed time.Duration) {
	tb.Helper()
	path, text := writeRecords(tb, n)
	defer os.Remove(path)
	s = openTest(tb, o)
	stage, began, cpu := Stage(""), time.Now(), cpuTime()
	res, err := s.Load(context.Background(), []Input{{Path: path}}, LoadOptions{Progress: func(st Stage, _ uint64) {
		if st != stage && testing.Verbose() {
			tb.Logf(
				"%6.1fs, %.1fs of processor time: %s",
				time.Since(began).Seconds(),
				(cpuTime() - cpu).Seconds(),
				st,
			)
			stage = st
		}
	}})
	if err != nil || res.Read != uint64(n) {
		tb.Fatalf("Load = %+v, %v", res, err)
	}
	tb.Logf("loaded %d quads in %.1fs, %.1fs of processor time", n, res.Elapsed.Seconds(), (cpuTime() - cpu).Seconds())
	return s, text, res.Elapsed
}

func BenchmarkStore(b *testing.B) {
	n := benchQuads()
	dir := b.TempDir()
	ctx := context.Background()
	s, text, elapsed := loadedStore(b, n, Options{Dir: dir, Sync: Interval})
	var mem runtime.MemStats
	runtime.ReadMemStats(&mem)
	b.Logf("load: %.0f quads/s, memory taken by Go %d MB, largest resident size with mapped files %.0f MB",
		float64(n)/elapsed.Seconds(), mem.Sys>>20, peakMemory())
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
	use := diskUse(b, dir)
	began := time.Now()
	s = openTest(b, Options{Dir: dir, Sync: Interval})
	b.Logf("open: %v; text %.0f bytes/quad, store %.1f bytes/quad, %.2f of the text", time.Since(began),
		float64(text)/float64(n), float64(use)/float64(n), float64(use)/float64(text))
	sn, err := s.Snapshot()
	if err != nil {
		b.Fatal(err)
	}
	defer sn.Close()
	size, err := sn.orderBytes(ctx)
	if err != nil {
		b.Fatal(err)
	}
	total := uint64(0)
	for o, bytes := range size {
		b.Logf("%v: %.2f bytes/quad, %d blocks", Order(o), float64(bytes)/float64(n), len(sn.v.base.index[o].Blocks))
		total += bytes
	}
	b.Logf("orders: %.1f bytes/quad", float64(total)/float64(n))
	for o := SPOG; o < orders; o++ {
		b.Run("Scan/"+o.String(), func(b *testing.B) { benchScan(b, sn, o, 0) })
	}
	b.Run("Scan/one column", func(b *testing.B) { benchScan(b, sn, POSG, ColumnS) })
	b.Run("Scan/distinct", func(b *testing.B) {
		for b.Loop() {
			sc, _ := sn.Scan(Pattern{}, ScanOptions{Order: SPOG, Distinct: true})
			drain(b, sc)
		}
	})
	subjects := subjectIDs(b, sn, n)
	b.Run("Lookup", func(b *testing.B) {
		rng := rand.New(rand.NewPCG(1, 1))
		for b.Loop() {
			sc, err := sn.Scan(Pattern{S: subjects[rng.IntN(len(subjects))]}, ScanOptions{Order: SPOG})
			if err != nil {
				b.Fatal(err)
			}
			drain(b, sc)
		}
	})
	b.Run("Probe1000", func(b *testing.B) { benchProbe(b, sn, subjects) })
	b.Run("Count", func(b *testing.B) {
		rng := rand.New(rand.NewPCG(2, 2))
		for b.Loop() {
			if _, _, err := sn.Count(Pattern{O: subjects[rng.IntN(len(subjects))]}); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("Terms", func(b *testing.B) {
		rng := rand.New(rand.NewPCG(3, 3))
		for b.Loop() {
			if _, err := sn.Term(subjects[rng.IntN(len(subjects))]); err != nil {
				b.Fatal(err)
			}
		}
	})
	benchTerms(b, s)
	for _, diff := range []string{"10", "all"} {
		b.Run("Replace/"+diff, func(b *testing.B) { benchReplace(b, ctx, s, n/recordQuads, diff == "all") })
	}
	b.Run("ReplaceMany", func(b *testing.B) { benchReplaceMany(b, ctx, s, min(n/recordQuads, 100_000)) })
}

// benchTerms looks up terms that are there and that are not, with the caches as
// they are and without any, where the terms are read from the database.
func benchTerms(b *testing.B, s *Store) {
	sn, err := s.Snapshot()
	if err != nil {
		b.Fatal(err)
	}
	defer sn.Close()
	for _, tt := range []struct {
		name        string
		known, cold bool
	}{{"known", true, false}, {"unknown", false, false}, {"known cold", true, true}, {"unknown cold", false, true}} {
		b.Run("TermID/"+tt.name, func(b *testing.B) {
			rng := rand.New(rand.NewPCG(6, 6))
			terms := make([]term.Term, 1<<16)
			for i := range terms {
				r := rng.IntN(benchQuads() / recordQuads)
				terms[i] = term.NewIRI(
					fmt.Sprintf(
						"https://data.example.tw/page/%s/%d",
						[]string{"twse", "tpex", "banking-bureau", "insurance-bureau", "taifex"}[r%5],
						r,
					),
				)
				if !tt.known {
					terms[i] = term.NewIRI(fmt.Sprintf("http://nowhere.example/%d", i))
				}
			}
			for i := 0; b.Loop(); i++ {
				if tt.cold && i%1024 == 0 {
					b.StopTimer()
					clearCaches(s)
					b.StartTimer()
				}
				if _, ok, err := sn.Lookup(terms[i%len(terms)]); err != nil || ok != tt.known {
					b.Fatal(ok, err)
				}
			}
		})
	}
}

func clearCaches(s *Store) {
	s.blocks.Clear()
	s.patches.Clear()
	s.dict.Forget()
}

// benchReplaceMany replaces the graphs of very many records in one commit, ten
// quads each time.
func benchReplaceMany(b *testing.B, ctx context.Context, s *Store, records int) {
	cpu := cpuTime()
	for i := 0; b.Loop(); i++ {
		tx, err := s.Begin(ctx)
		if err != nil {
			b.Fatal(err)
		}
		for r := range records {
			qs := record(r, 1001+i)
			if err := tx.ReplaceGraph(ctx, qs[0].Graph, qs); err != nil {
				b.Fatal(err)
			}
		}
		if c, err := tx.Commit(ctx); err != nil || c.Added == 0 {
			b.Fatal(c, err)
		}
	}
	b.ReportMetric(float64(b.N*records)/b.Elapsed().Seconds(), "records/s")
	b.ReportMetric(float64(b.N*records)/(cpuTime()-cpu).Seconds(), "records/cpu-s")
}

func drain(b *testing.B, sc *Scan) (n int) {
	b.Helper()
	var batch Batch
	for {
		ok, err := sc.Next(context.Background(), &batch)
		if err != nil {
			b.Fatal(err)
		}
		if !ok {
			sc.Close()
			return n
		}
		n += batch.N
	}
}

func benchScan(b *testing.B, sn *Snapshot, o Order, c ColumnSet) {
	n, cpu := 0, cpuTime()
	for b.Loop() {
		sc, err := sn.Scan(Pattern{}, ScanOptions{Order: o, Columns: c})
		if err != nil {
			b.Fatal(err)
		}
		n += drain(b, sc)
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds()/1e6, "Mquads/s")
	b.ReportMetric(float64(n)/(cpuTime()-cpu).Seconds()/1e6, "Mquads/cpu-s")
}

func subjectIDs(b *testing.B, sn *Snapshot, n int) (ids []ID) {
	b.Helper()
	for id, err := range sn.leading(SPOG, block.Key{}, 0) {
		if err != nil {
			b.Fatal(err)
		}
		ids = append(ids, id)
	}
	return ids
}

func benchProbe(b *testing.B, sn *Snapshot, subjects []ID) {
	rng := rand.New(rand.NewPCG(4, 4))
	keys := make([]ID, 1000)
	var out Matches
	cpu := cpuTime()
	for b.Loop() {
		at := rng.IntN(len(subjects))
		for i := range keys {
			keys[i] = subjects[(at+i*len(subjects)/1000)%len(subjects)]
		}
		slices.Sort(keys)
		if err := sn.Probe(context.Background(), SPOG, 1, [][]ID{keys}, ScanOptions{}, &out); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)*1000/b.Elapsed().Seconds(), "probes/s")
	b.ReportMetric(float64(b.N)*1000/(cpuTime()-cpu).Seconds(), "probes/cpu-s")
}

func benchReplace(b *testing.B, ctx context.Context, s *Store, records int, all bool) {
	rng := rand.New(rand.NewPCG(5, 5))
	changes := make([]map[term.Term][]term.Quad, 200)
	i, removed, cpu := 0, uint64(0), cpuTime()
	for b.Loop() {
		if i%len(changes) == 0 {
			b.StopTimer()
			for k := range changes {
				r := rng.IntN(records)
				qs := record(r, 1+rng.IntN(1000))
				if all {
					for j := 1; j < len(qs); j++ {
						if o := qs[j].Object; o.IsLiteral() {
							qs[j].Object = term.NewLangString(fmt.Sprintf("%s %d %d", o.Value(), i, k), "zh")
						} else {
							qs[j].Object = term.NewIRI(fmt.Sprintf("%s/%d/%d", o.Value(), i, k))
						}
					}
				}
				changes[k] = map[term.Term][]term.Quad{qs[0].Graph: qs}
			}
			b.StartTimer()
		}
		c, err := s.Commit(ctx, Change{Replace: changes[i%len(changes)]})
		if err != nil {
			b.Fatal(err)
		}
		removed += c.Removed
		i++
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "commits/s")
	b.ReportMetric(float64(b.N)/(cpuTime()-cpu).Seconds(), "commits/cpu-s")
	b.ReportMetric(float64(removed)/float64(b.N), "removed/commit")
}

// cpuTime is the processor time the process has used, which other load on the
// machine does not lengthen as much as it does wall time.
func cpuTime() time.Duration { return usedTime(syscall.RUSAGE_SELF) }

// threadTime is cpuTime of the present thread.
func threadTime() time.Duration { return usedTime(1) }

func usedTime(who int) time.Duration {
	var r syscall.Rusage
	if syscall.Getrusage(who, &r) != nil {
		return 0
	}
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}

// BenchmarkUpdates changes single values of records of a loaded store, one
// commit each, a million times or what FINCAT_UPDATES says, and compares size and
// scans with those of the fresh load, as they are then and compacted.
func BenchmarkUpdates(b *testing.B) {
	updates := 1_000_000
	if n, err := strconv.Atoi(os.Getenv("FINCAT_UPDATES")); err == nil {
		updates = n
	}
	ctx := context.Background()
	n := benchQuads()
	dir := b.TempDir()
	o := Options{Dir: dir, Sync: Interval, History: -1}
	s, _, _ := loadedStore(b, n, o)
	scan := func() time.Duration {
		sn, err := s.Snapshot()
		if err != nil {
			b.Fatal(err)
		}
		defer sn.Close()
		best := time.Hour
		runtime.LockOSThread() // what goes on in the background is not the scan's
		defer runtime.UnlockOSThread()
		for range 5 {
			cpu := threadTime()
			for o := SPOG; o < orders; o++ {
				sc, _ := sn.Scan(Pattern{}, ScanOptions{Order: o})
				if got := drain(b, sc); got != n {
					b.Fatalf("%v has %d quads, want %d", o, got, n)
				}
			}
			best = min(best, threadTime()-cpu)
		}
		return best
	}
	size := func() int64 { // closed, so that all is in tables
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
		use := diskUse(b, dir)
		s = openTest(b, o)
		return use
	}
	size0, scan0 := size(), scan()
	u := newUpdater(n / recordQuads)
	began, cpu := time.Now(), cpuTime()
	worst := time.Duration(0)
	for i := range updates {
		if _, err := s.Commit(ctx, u.change()); err != nil {
			b.Fatal(err)
		}
		if (i+1)%(updates/5) == 0 {
			took, used := time.Since(began), cpuTime()-cpu
			now := scan()
			worst = max(worst, now)
			b.Logf(
				"%d commits, %.0f a second, %.0f a processor-second; scan of all orders %.2f of a fresh one; %d MB",
				i+1,
				float64(i+1)/took.Seconds(),
				float64(i+1)/used.Seconds(),
				now.Seconds()/scan0.Seconds(),
				diskUse(b, dir)>>20,
			)
		}
	}
	size1, scan1 := size(), scan()
	if _, err := s.Compact(ctx); err != nil {
		b.Fatal(err)
	}
	size2, scan2 := size(), scan()
	ratio := func(a, b time.Duration) float64 { return a.Seconds() / b.Seconds() }
	b.Logf("size %d MB fresh, %d MB after (%.2f), %d MB compacted (%.2f)", size0>>20,
		size1>>20, float64(size1)/float64(size0), size2>>20, float64(size2)/float64(size0))
	b.Logf("scan of all orders %v fresh, %v after (%.2f), at worst %.2f, %v compacted (%.2f)", scan0,
		scan1, ratio(scan1, scan0), ratio(worst, scan0), scan2, ratio(scan2, scan0))
	mustCheck(b, s)
}

// BenchmarkWriters makes small commits, one value each, that are safe from a power cut
// before they are acknowledged, by one writer and by many, whose commits share that.
func BenchmarkWriters(b *testing.B) {
	for _, writers := range []int{1, 16, 64} {
		b.Run(strconv.Itoa(writers), func(b *testing.B) {
			const n = 100_000
			s, _, _ := loadedStore(b, n, Options{Dir: b.TempDir()})
			cpu := cpuTime()
			b.ReportAllocs()
			b.ResetTimer()
			var g errgroup.Group
			for w := range writers {
				u := newUpdater(n / recordQuads / writers)
				u.first = w * u.n
				g.Go(func() error {
					for range (b.N + writers - 1) / writers {
						if _, err := s.Commit(b.Context(), u.change()); err != nil {
							return err
						}
					}
					return nil
				})
			}
			if err := g.Wait(); err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "commits/s")
			b.ReportMetric(float64(b.N)/(cpuTime()-cpu).Seconds(), "commits/cpu-s")
		})
	}
}

// updater changes the volatile values of records.
type updater struct {
	rng    *rand.Rand
	values map[[2]int]term.Quad // by record and position, those that are not as loaded
	first  int                  // record
	n      int
	count  int
}

func newUpdater(records int) *updater {
	return &updater{rng: rand.New(rand.NewPCG(9, 9)), values: make(map[[2]int]term.Quad), n: records}
}

func (u *updater) change() Change {
	u.count++
	at := [2]int{u.first + u.rng.IntN(u.n), u.rng.IntN(10)}
	old, ok := u.values[at]
	if !ok {
		old = record(at[0], 0)[20+at[1]]
	}
	now := old
	now.Object = term.NewLiteral(fmt.Sprint(1_000_000+u.count), xsd+"integer")
	u.values[at] = now
	return Change{Remove: []term.Quad{old}, Add: []term.Quad{now}}
}
