package main

import (
	"bufio"
	"context"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"fincat/sparql/hostile"
	"fincat/vocab/w3ctest"
)

// hostileClients is how many clients ask hostile queries at once.
const hostileClients = 8

// hostileServer is a server process, and what was measured while it was abused.
type hostileServer struct {
	t   *testing.T
	url string
	dir string // of the store
	cmd *exec.Cmd

	mu      sync.Mutex
	late    []string
	silent  []string // queries without an answer
	small   []time.Duration
	stretch atomic.Int64 // by how many percent work takes longer at present
	asked   atomic.Int64 // hostile queries
}

// pace keeps stretch: how much longer than its processor time a little work
// takes. Eight clients and other programs share few processors, and a query that
// only waits for one is not late.
func (s *hostileServer) pace(ctx context.Context) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	for ctx.Err() == nil {
		wall, cpu := time.Now(), threadTime()
		for threadTime()-cpu < 10*time.Millisecond {
			continue
		}
		now := int64(100 * time.Since(wall) / (threadTime() - cpu))
		s.stretch.Store(max(100, now, s.stretch.Load()*9/10))
		time.Sleep(20 * time.Millisecond)
	}
}

// threadTime is the processor time of this thread.
func threadTime() time.Duration {
	var u syscall.Rusage
	const thread = 1 // RUSAGE_THREAD
	if err := syscall.Getrusage(thread, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// stretched is how long a piece of work may take at present.
func (s *hostileServer) stretched(d time.Duration) time.Duration {
	return d * time.Duration(max(100, s.stretch.Load())) / 100
}

// TestHostileCampaign asks a server that may use 3 GB every query of package
// hostile, from several clients at once and again and again: no query outlives
// its limit by half a second, the memory stays below the limit, and a small query
// is answered meanwhile.
func TestHostileCampaign(t *testing.T) {
	d := w3ctest.Campaign(t, 0)
	if d == 0 {
		t.Skip("set FINCAT_CAMPAIGN to abuse a server")
	}
	s := startHostileServer(t, "1s")
	ctx, cancel := context.WithTimeout(t.Context(), 5*d) // where others work beside it
	defer cancel()
	var clients sync.WaitGroup
	for range hostileClients {
		clients.Go(func() { s.abuse(ctx) })
	}
	go s.pace(ctx)
	all := int64(len(hostile.Queries()))
	for start := time.Now(); ctx.Err() == nil && (time.Since(start) < d || s.asked.Load() < all); {
		s.askSmall()
		time.Sleep(50 * time.Millisecond)
	}
	cancel()
	clients.Wait()
	slices.Sort(s.small)
	n := int(s.asked.Load())
	most := s.memory()
	t.Logf("%d hostile queries, %d late, work stretched to %d %%; small ones: %d, median %v, worst %v; %d "+
		"MB of memory", n, len(s.late), s.stretch.Load(),
		len(s.small), s.small[len(s.small)/2], s.small[len(s.small)-1], most>>20)
	for _, q := range s.silent {
		t.Error(q)
	}
	if len(s.late) <= n/400 { // work of others on this machine
		t.Log(s.late)
		s.late = nil
	}
	for _, l := range s.late {
		t.Error(l)
	}
	if median := s.small[len(s.small)/2]; median > 100*time.Millisecond {
		t.Errorf("a small query takes %v at the median, want 100ms", median)
	}
	if worst := s.small[len(s.small)-1]; worst > time.Second {
		t.Errorf("a small query takes %v at worst, want 1s", worst)
	}
	if most > 3<<30 {
		t.Errorf("the server takes %d MB of memory, want 3 GB at most", most>>20)
	}
	if int64(n) < all {
		t.Errorf("only %d queries were asked, want each at least once: %d", n, all)
	}
}

// hostileData are the quads that the hostile queries are asked over, in N-Quads.
func hostileData() string {
	var b strings.Builder
	for i := range 500 {
		n := strconv.Itoa(i)
		b.WriteString("<http://e/s" + n + "> <http://e/p" + strconv.Itoa(i%7) + "> <http://e/s" +
			strconv.Itoa(i*7%500) +
			"> <http://e/g" + strconv.Itoa(i%5) + "> .\n<http://e/s" + n + "> <http://e/title> \"title " +
			n + "\" .\n")
	}
	return b.String()
}

func startHostileServer(t *testing.T, longest string) *hostileServer {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "store")
	file := filepath.Join(t.TempDir(), "data.nq")
	if err := os.WriteFile(file, []byte(hostileData()), 0o644); err != nil {
		t.Fatal(err)
	}
	fincat(t, exitDone, "load", "--store", dir, file)
	cmd := exec.Command("fincat", "serve", "--store", dir, "--addr", "127.0.0.1:0", "--quiet", "--memory",
		"2300MiB", "--max-timeout", longest)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	url := strings.TrimSpace(strings.TrimPrefix(line, "serving "))
	s := &hostileServer{t: t, cmd: cmd, dir: dir, url: url + "sparql"}
	t.Cleanup(s.stop)
	return s
}

// stop ends the server as a service manager does, while it has work to do.
func (s *hostileServer) stop() {
	if s.cmd.ProcessState != nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	go s.ask(ctx, "SELECT * { ?s ?p ?o . ?a ?b ?c . ?d ?e ?f } ORDER BY RAND()")
	time.Sleep(200 * time.Millisecond)
	start := time.Now()
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		s.t.Error(err)
	}
	err := s.cmd.Wait()
	if took := time.Since(start); err != nil || took > 3*time.Second {
		s.t.Errorf("the server ends %v after SIGTERM, %v", took, err)
	}
}

// abuse asks queries until ctx is done. The clients share them, each once before any again.
func (s *hostileServer) abuse(ctx context.Context) {
	queries := hostile.Queries()
	r := rand.New(rand.NewPCG(1, 11))
	r.Shuffle(len(queries), func(i, k int) { queries[i], queries[k] = queries[k], queries[i] })
	for ctx.Err() == nil {
		q := queries[int(s.asked.Add(1)-1)%len(queries)]
		start := time.Now()
		status := s.ask(context.Background(), q.Text)
		took := time.Since(start)
		switch late := took - time.Second; {
		case status == 0:
			s.mu.Lock()
			s.silent = append(s.silent, q.Name+" has no answer after "+took.String())
			s.mu.Unlock()
		case late > s.stretched(500*time.Millisecond):
			s.mu.Lock()
			s.late = append(s.late, q.Name+" is answered "+strconv.Itoa(status)+" after "+took.String())
			s.mu.Unlock()
		}
	}
}

// ask sends a query and reads the answer to its end. An answer that breaks off is
// one too: that is how a query that began to be answered meets its limit. The
// status is 0 when there was no answer.
func (s *hostileServer) ask(ctx context.Context, text string) (status int) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.url, strings.NewReader(text))
	if err != nil {
		return 0
	}
	req.Header.Set("Content-Type", "application/sparql-query")
	return statusAnswered(req)
}

// statusAnswered sends a request and returns the status of its answer, which may break off, 0 without one.
func statusAnswered(req *http.Request) int {
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, resp.Body) // it may break off
	return resp.StatusCode
}

func (s *hostileServer) askSmall() {
	start := time.Now()
	status := s.ask(context.Background(), "SELECT ?o { <http://e/s7> ?p ?o }")
	s.small = append(s.small, time.Since(start)*100/time.Duration(max(100, s.stretch.Load())))
	if status != http.StatusOK {
		s.t.Errorf("a small query is answered %d", status)
	}
}

// memory returns the most memory the server has had.
func (s *hostileServer) memory() int64 {
	n := residentMost(s.cmd.Process.Pid)
	if n == 0 {
		s.t.Fatal("no VmHWM")
	}
	return n
}
