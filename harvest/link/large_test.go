package link

import (
	"os"
	"runtime"
	"slices"
	"testing"
	"time"

	"fincat/store/follow"
)

// TestLarge links the whole national catalogue with all sources in a store, and
// then ten changed records. It takes its time and runs in campaigns only.
func TestLarge(t *testing.T) {
	if os.Getenv("FINCAT_CAMPAIGN") == "" {
		t.Skip("set FINCAT_CAMPAIGN to run it")
	}
	s := openStore(t, t.TempDir())
	for list := range slices.Chunk(slices.Concat(readPortal(t), sourceRecords(t)), 4000) {
		write(t, s, list...)
	}
	before := memory()
	f := newTestFollower(t, s)
	following := follow.New(s, f) // as a server follows, which keeps what it knows
	timed := func(what string, limit time.Duration) {
		t.Helper()
		start := time.Now()
		if err := following.Reach(t.Context(), s.Seq()); err != nil {
			t.Fatal(err)
		}
		took := time.Since(start)
		t.Logf("%s: %v, %d MB in use, %d MB before", what, took, memory(), before)
		if took > limit {
			t.Errorf("%s took %v, want %v", what, took, limit)
		}
	}
	timed("all records", 30*time.Second)
	if n := memory() - before; n > 400 {
		t.Errorf("%d MB beside the store, want 400", n)
	}
	changed := sourceRecords(t)[40:50]
	for i, r := range changed {
		r.Titles = []string{changed[(i+1)%len(changed)].Titles[0]}
	}
	write(t, s, changed...)
	linker := f.l
	timed("ten changed records", time.Second)
	if f.l != linker {
		t.Error("all links were found anew")
	}
	runtime.KeepAlive(f)
}

// memory returns how many megabytes are in use.
func memory() int {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc >> 20)
}
