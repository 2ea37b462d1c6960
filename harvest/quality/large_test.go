package quality

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"fincat/store"
)

// Variables that make a test process a round of checks of its own.
const (
	childStore = "FINCAT_TEST_QUALITY_STORE"
	childOut   = "FINCAT_TEST_QUALITY_OUT"
)

// outcome is what a round in a process of its own tells.
type outcome struct {
	Plan   Plan
	Report Report
	Peak   int // kB of memory
	CPU    time.Duration
}

// TestLargeChild is the round of checks that TestLarge starts and kills.
func TestLargeChild(t *testing.T) {
	dir := os.Getenv(childStore)
	if dir == "" {
		t.Skip("started by TestLarge")
	}
	s := openStore(t, dir)
	tell(t, runnerOf(t, s, time.Now(), Config{}), s)
}

// watchMemory looks every 50 ms at the memory of the process, mapped files apart, which the
// system can take back; the function it returns tells the most, in kB.
func watchMemory() (peak func() int) {
	var most atomic.Int64
	form := regexp.MustCompile(`RssAnon:\s+(\d+) kB`)
	go func() {
		for range time.Tick(50 * time.Millisecond) {
			status, err := os.ReadFile("/proc/self/status")
			if m := form.FindSubmatch(status); err == nil && m != nil {
				n, _ := strconv.ParseInt(string(m[1]), 10, 64)
				most.Store(max(most.Load(), n))
			}
		}
	}()
	return func() int { return int(most.Load()) }
}

// childRound has a test in a process of its own do a round of checks, which is killed as soon
// as stop says so; nil when that happened before its end.
func childRound(t *testing.T, test string, env []string, stop func() bool) *outcome {
	t.Helper()
	out := filepath.Join(t.TempDir(), "out.json")
	cmd := exec.Command(os.Args[0], "-test.run", "^"+test+"$", "-test.v", "-test.timeout", "3h")
	cmd.Env = append(append(os.Environ(), childOut+"="+out, "GOMEMLIMIT=200MiB"), env...)
	cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended, killed := make(chan error, 1), false
	go func() { ended <- cmd.Wait() }()
	for tick := time.NewTicker(20 * time.Millisecond); ; {
		select {
		case err := <-ended:
			var exit *exec.ExitError
			if killed && errors.As(err, &exit) {
				return nil
			}
			if err != nil {
				t.Fatal(err)
			}
			text, err := os.ReadFile(out)
			if err != nil {
				t.Fatal(err)
			}
			o := &outcome{}
			if err := json.Unmarshal(text, o); err != nil {
				t.Fatal(err)
			}
			return o
		case <-tick.C:
			if !killed && stop() {
				killed = true
				_ = cmd.Process.Kill() // it ends above
			}
		}
	}
}

// tell writes what a round in a process of its own tells.
func tell(t *testing.T, r *Runner, s *store.Store) {
	t.Helper()
	o, peak := outcome{}, watchMemory()
	report, err := r.Run(t.Context(), nil, func(done int, p Plan) {
		if done == 0 {
			o.Plan = p
		}
	})
	if err != nil || len(report.Failed) > 0 {
		t.Fatalf("%+v, %v", report, err)
	}
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		t.Fatal(err)
	}
	o.Report, o.Peak, o.CPU = *report, peak(), time.Duration(used.Utime.Nano()+used.Stime.Nano())
	text, err := json.Marshal(o)
	if err == nil {
		err = os.WriteFile(os.Getenv(childOut), text, 0o600)
	}
	if err = errors.Join(err, s.Close()); err != nil {
		t.Fatal(err)
	}
}

// TestLarge checks 10,000 files of a server that takes 20 ms for each: a process that is
// killed is gone on with by the next, the round after that costs conditional requests only,
// and no process needs more than 300 MB.
func TestLarge(t *testing.T) {
	if os.Getenv("FINCAT_CAMPAIGN") == "" {
		t.Skip("set FINCAT_CAMPAIGN to run it")
	}
	const n = 10_000
	dir := filepath.Join(t.TempDir(), "store")
	f := serveFiles(t)
	f.latency = 20 * time.Millisecond
	s := openStore(t, dir)
	catalogueOf(t, s, f.URL, n)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	round := func(stop int) *outcome {
		return childRound(t, "TestLargeChild", []string{childStore + "=" + dir}, func() bool {
			f.mu.Lock()
			defer f.mu.Unlock()
			return stop > 0 && f.plain+f.conditional >= stop
		})
	}
	if round(n/3) != nil {
		t.Fatal("the round ended before it was killed")
	}
	second := round(0)
	plain, cond := f.counts()
	t.Logf("killed and gone on: %d resumed, %d checked in %v, %d requests, %d MB, processor %v",
		second.Report.Resumed, second.Report.Checked, second.Report.Took, plain+cond, second.Peak/1000, second.CPU)
	if plain+cond > n+100 || second.Report.Resumed+second.Report.Checked != n {
		t.Errorf("%d requests for %d files", plain+cond, n)
	}
	third := round(0)
	plain, cond = f.counts()
	t.Logf("the next round: %d unchanged in %v, %d with and %d without conditions, %d MB, processor %v",
		third.Report.Kept, third.Report.Took, cond, plain, third.Peak/1000, third.CPU)
	if plain != 0 || cond != n || third.Report.Kept != n {
		t.Errorf("the next round asked %d without conditions and %d with", plain, cond)
	}
	s = openStore(t, dir)
	size, err := s.Size(t.Context())
	if err = errors.Join(err, s.Close()); err != nil {
		t.Fatal(err)
	}
	t.Logf("the store: %+v", size)
	if peak := max(second.Peak, third.Peak); peak > 300_000 {
		t.Errorf("%d MB of memory, want 300", peak/1000)
	}
}
