package follow

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"fincat/store"
	"fincat/vocab/term"
)

// graphCounter is a follower that counts the quads of each graph, in the manner of
// one that keeps what it derives outside the store.
type graphCounter struct {
	name   string
	mu     sync.Mutex
	cursor store.Cursor
	counts map[term.Term]int
	steps  []string // what each step asked for
	limit  int      // of changed graphs
	before func(*Step) error
}

func newGraphCounter(name string) *graphCounter {
	return &graphCounter{name: name, counts: map[term.Term]int{}, limit: 1000}
}

func (f *graphCounter) Name() string { return f.name }

func (f *graphCounter) Cursor(context.Context) (store.Cursor, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.cursor, nil
}

func (f *graphCounter) Advance(ctx context.Context, st *Step) error {
	if f.before != nil {
		if err := f.before(st); err != nil {
			return err
		}
	}
	graphs, all, err := st.Changed(ctx, f.limit)
	if err != nil {
		return err
	}
	counts := map[term.Term]int{}
	if all {
		for q, err := range st.Snapshot.Match(ctx, store.Pattern{}, store.GSPO) {
			if err != nil {
				return err
			}
			counts[q.Graph]++
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.steps = append(f.steps, fmt.Sprint(all, " ", graphs))
	if all {
		f.counts = counts
	}
	for _, g := range graphs {
		id, ok, err := st.Snapshot.Lookup(g)
		if err != nil {
			return err
		}
		n := uint64(0)
		if ok {
			if n, _, err = st.Snapshot.Count(store.Pattern{G: id}); err != nil {
				return err
			}
		}
		if f.counts[g] = int(n); n == 0 {
			delete(f.counts, g)
		}
	}
	f.cursor = st.To()
	return nil
}

// asked returns what the steps since the last call asked for.
func (f *graphCounter) asked() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	out := f.steps
	f.steps = nil
	return out
}

func inGraph(g string, q term.Quad) term.Quad {
	q.Graph = term.NewIRI("http://e/" + g)
	return q
}

func reach(t *testing.T, w *Following) {
	t.Helper()
	if err := w.Reach(t.Context(), w.store.Seq()); err != nil {
		t.Fatal(err)
	}
}

func TestFollow(t *testing.T) {
	s := openTest(t, store.Options{})
	f := newGraphCounter("counter")
	w := New(s, f)
	check := func(want ...string) {
		t.Helper()
		reach(t, w)
		if got := f.asked(); !slices.Equal(got, want) {
			t.Errorf("steps %q, want %q", got, want)
		}
	}
	check()
	commit(t, s, store.Change{Add: []term.Quad{inGraph("a", quad("s", "p", "o")), quad("s", "p", "o")}})
	check("true []") // nothing was derived yet
	commit(t, s, store.Change{Add: []term.Quad{inGraph("b", quad("s", "p", "o"))}})
	commit(t, s, store.Change{Drop: []term.Term{term.NewIRI("http://e/a")}})
	check("false [<http://e/a> <http://e/b>]")
	commit(t, s, store.Change{Remove: []term.Quad{quad("s", "p", "o")}})
	check("false []") // the default graph prints as nothing
	commit(t, s, store.Change{Put: map[string][]byte{"x": []byte("y")}})
	commit(t, s, store.Change{Add: []term.Quad{inGraph("c", quad("s", "p", "o"))},
		Note: store.Note{Follower: "counter"}})
	check() // nothing that matters to this follower
	if st := w.Status(); st.Seq != s.Seq() || st.Behind != 0 || st.Lag != 0 || st.Err != nil || st.Rebuilds != 1 {
		t.Errorf("status %+v", st)
	}
	f.limit = 1
	commit(t, s, store.Change{Add: []term.Quad{inGraph("d", quad("s", "p", "o")), inGraph("e", quad("s", "p", "o"))}})
	if st := w.Status(); st.Behind != 1 || st.Lag < 0 {
		t.Errorf("status %+v, want one commit behind", st)
	}
	check("true []") // more graphs than the follower wants one by one
	f.limit = 2
	commit(t, s, store.Change{Drop: []term.Term{term.NewIRI("http://e/d"), term.NewIRI("http://e/e")}})
	check("false [<http://e/d> <http://e/e>]") // just as many
	if st := w.Status(); st.Rebuilds != 1 {
		t.Errorf("%d rebuilds: passing over everything by choice is none", st.Rebuilds)
	}
}

// TestFollowRebuilds takes the ways away on which the log leads from a cursor
// to the newest commit.
func TestFollowRebuilds(t *testing.T) {
	trim := func(t *testing.T, s *store.Store) {
		t.Helper()
		if _, err := s.Compact(t.Context()); err != nil {
			t.Fatal(err)
		}
		for _, err := range s.Log(t.Context(), 0) {
			if !errors.Is(err, store.ErrHistory) {
				t.Fatalf("the log was not trimmed: %v", err)
			}
		}
	}
	tests := []struct {
		name   string
		change func(t *testing.T, s *store.Store, f *graphCounter)
		want   bool
	}{
		{"one commit behind", func(t *testing.T, s *store.Store, _ *graphCounter) { addOne(t, s, "a") }, false},
		{"the log was trimmed beyond the cursor", func(t *testing.T, s *store.Store, _ *graphCounter) {
			addOne(t, s, "a")
			addOne(t, s, "b")
			trim(t, s)
			addOne(t, s, "c")
		}, true},
		{"the log begins right after the cursor", func(t *testing.T, s *store.Store, _ *graphCounter) {
			trim(t, s)
			addOne(t, s, "a")
		}, true}, // whether it is this store's log cannot be told
		{"the cursor is from a store with more commits", func(t *testing.T, s *store.Store, f *graphCounter) {
			addOne(t, s, "a")
			f.cursor.Seq = s.Seq() + 5
		}, true},
		{"the newest commit is another", func(t *testing.T, s *store.Store, f *graphCounter) {
			addOne(t, s, "a")
			f.cursor.Seq = s.Seq()
		}, true},
		{"an earlier commit is another", func(t *testing.T, s *store.Store, f *graphCounter) {
			addOne(t, s, "a")
			f.cursor.Time = f.cursor.Time.Add(1)
		}, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := openTest(t, store.Options{History: -1})
			f := newGraphCounter("counter")
			addOne(t, s, "x")
			addOne(t, s, "y")
			reach(t, New(s, f))
			f.asked()
			tt.change(t, s, f)
			w := New(s, f) // as after a restart
			reach(t, w)
			if got := f.asked(); len(got) != 1 || strings.HasPrefix(got[0], "true") != tt.want {
				t.Errorf("steps %q, want one that rebuilds: %v", got, tt.want)
			}
			if got := w.Status().Rebuilds == 1; got != tt.want {
				t.Errorf("counted as rebuild: %v, want %v", got, tt.want)
			}
			if want := quadsByGraph(t, s); !maps.Equal(f.counts, want) {
				t.Errorf("derived %v, want %v", f.counts, want)
			}
		})
	}
}

func addOne(t testing.TB, s *store.Store, g string) {
	t.Helper()
	commit(t, s, store.Change{Add: []term.Quad{inGraph(g, quad("s", "p", fmt.Sprint(s.Seq())))}})
}

func quadsByGraph(t testing.TB, s *store.Store) map[term.Term]int {
	t.Helper()
	sn, err := s.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	defer sn.Close()
	out := map[term.Term]int{}
	for q, err := range sn.Match(t.Context(), store.Pattern{}, store.SPOG) {
		if err != nil {
			t.Fatal(err)
		}
		out[q.Graph]++
	}
	return out
}

// TestFollowAnything makes random commits, steps that fail half-way, restarts
// and trimmed logs, and compares what was derived with the store.
func TestFollowAnything(t *testing.T) {
	s := openTest(t, store.Options{History: -1})
	rng := rand.New(rand.NewPCG(1, 2))
	f := newGraphCounter("counter")
	f.limit = 5
	w := New(s, f)
	for i := range 400 {
		g := fmt.Sprint(rng.IntN(12))
		switch rng.IntN(10) {
		case 0:
			commit(t, s, store.Change{Drop: []term.Term{term.NewIRI("http://e/" + g)}})
		case 1:
			if _, err := s.Compact(t.Context()); err != nil {
				t.Fatal(err)
			}
		case 2:
			w = New(s, f)
		case 3, 4:
			f.before = func(*Step) error { return errors.New("not now") }
			if err := w.Reach(t.Context(), s.Seq()); err == nil && s.Seq() != f.cursor.Seq {
				t.Fatalf("round %d: no error although the step failed", i)
			}
			f.before = nil
		case 5:
			reach(t, w)
			if want := quadsByGraph(t, s); !maps.Equal(f.counts, want) {
				t.Fatalf("round %d: derived %v, want %v", i, f.counts, want)
			}
		default:
			addOne(t, s, g)
		}
	}
}

// committer is a follower that writes what it derives, the number of quads of
// all other graphs, into a graph of its own.
type committer struct {
	s     *store.Store
	name  string
	steps int
}

func (f *committer) Name() string { return f.name }

func (f *committer) Cursor(context.Context) (store.Cursor, error) {
	b, ok, err := f.s.Get("cursor/" + f.name)
	if err != nil || !ok {
		return store.Cursor{}, err
	}
	return store.ParseCursor(b)
}

func (f *committer) Advance(ctx context.Context, st *Step) error {
	f.steps++
	own, n := term.NewIRI("http://own/"+f.name), 0
	for q, err := range st.Snapshot.Match(ctx, store.Pattern{}, store.SPOG) {
		if err != nil {
			return err
		}
		if !strings.HasPrefix(q.Graph.Value(), "http://own/") {
			n++
		}
	}
	cursor, err := st.To().AppendBinary(nil)
	if err != nil {
		return err
	}
	_, err = f.s.Commit(ctx, store.Change{
		Replace: map[term.Term][]term.Quad{own: {quad("all", "count", fmt.Sprint(n))}},
		Put:     map[string][]byte{"cursor/" + f.name: cursor},
		Note:    store.Note{Follower: f.name},
	})
	return err
}

// TestFollowersCommit lets two followers write into the store they follow: they
// come to rest, and each has seen everything.
func TestFollowersCommit(t *testing.T) {
	s := openTest(t, store.Options{})
	a, b := &committer{s: s, name: "a"}, &committer{s: s, name: "b"}
	c := newGraphCounter("counter")
	fs := NewFollowers(s, New(s, a), New(s, b), New(s, c))
	for range 3 {
		addOne(t, s, "x")
		if err := fs.CatchUp(t.Context()); err != nil {
			t.Fatal(err)
		}
		if want := quadsByGraph(t, s); !maps.Equal(c.counts, want) {
			t.Fatalf("derived %v, want %v", c.counts, want)
		}
	}
	if got := fs.Status(); len(got) != 3 || got[0].Name != "a" || got[2].Name != "counter" {
		t.Errorf("status of the three: %+v", got)
	}
	for _, st := range fs.Status() {
		if st.Behind != 0 || st.Seq != s.Seq() {
			t.Errorf("%s is at %d of %d", st.Name, st.Seq, s.Seq())
		}
	}
	seq := s.Seq()
	if err := fs.CatchUp(t.Context()); err != nil || s.Seq() != seq {
		t.Errorf("followers at rest made %d commits, %v", s.Seq()-seq, err)
	}
	if a.steps > 12 || b.steps > 12 {
		t.Errorf("%d and %d steps for three commits", a.steps, b.steps)
	}
}

// TestCatchUpFails asserts that the error of one follower comes out, and that the others
// are up to date nevertheless.
func TestCatchUpFails(t *testing.T) {
	s := openTest(t, store.Options{})
	good, bad := newGraphCounter("good"), newGraphCounter("bad")
	broken := errors.New("out of paper")
	bad.before = func(st *Step) error {
		for _, err := range st.Commits(t.Context()) {
			if !errors.Is(err, store.ErrHistory) {
				t.Errorf("commits of a step that rebuilds: %v", err)
			}
		}
		return broken
	}
	addOne(t, s, "x")
	fs := NewFollowers(s, New(s, bad), New(s, good))
	if err := fs.CatchUp(t.Context()); !errors.Is(err, broken) {
		t.Errorf("CatchUp = %v, want %v", err, broken)
	}
	if st := fs.Status(); st[0].Seq != 0 || st[1].Seq != s.Seq() {
		t.Errorf("status %+v", st)
	}
}

// TestStopWaits asserts that nothing is derived any more when stop has returned.
func TestStopWaits(t *testing.T) {
	s := openTest(t, store.Options{})
	f := newGraphCounter("counter")
	begun, ended := make(chan struct{}), atomic.Bool{}
	f.before = func(*Step) error {
		close(begun)
		time.Sleep(50 * time.Millisecond)
		ended.Store(true)
		return nil
	}
	addOne(t, s, "x")
	stop := NewFollowers(s, New(s, f)).Start(t.Context(), nil)
	<-begun
	if stop(); !ended.Load() {
		t.Error("a step goes on after the end")
	}
}

// TestFollowersRun lets one follower fail and panic and another be slow while a
// third goes on.
func TestFollowersRun(t *testing.T) {
	s := openTest(t, store.Options{})
	good, bad, slow := newGraphCounter("good"), newGraphCounter("bad"), newGraphCounter("slow")
	release := make(chan struct{})
	slow.before = func(*Step) error { <-release; return nil }
	var tries atomic.Int32 // the second one comes a second after the first
	bad.before = func(*Step) error {
		if tries.Add(1) == 1 {
			panic("a fault")
		}
		return nil
	}
	wg, wb, ws := New(s, good), New(s, bad), New(s, slow)
	reported := make(chan error, 10)
	addOne(t, s, "x")
	stop := NewFollowers(s, wg, wb, ws).Start(t.Context(), func(name string, err error) {
		reported <- fmt.Errorf("%s failed: %w", name, err)
	})
	if err := <-reported; !strings.HasPrefix(err.Error(), "bad failed: bad: panic: a fault") {
		t.Errorf("reported %v", err)
	}
	if err := wb.Reach(t.Context(), s.Seq()); err == nil && tries.Load() == 1 {
		t.Error("who waits for a follower that fails is not told")
	}
	if st := wb.Status(); st.Failures != 1 || st.Err == nil && tries.Load() == 1 {
		t.Errorf("status of the one that failed: %+v", st)
	}
	addOne(t, s, "y")
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := wg.Reach(ctx, s.Seq()); err != nil {
		t.Errorf("the good follower is held up: %v", err)
	}
	short, cancelShort := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancelShort()
	if err := ws.Reach(short, s.Seq()); !errors.Is(err, context.DeadlineExceeded) ||
		!strings.Contains(err.Error(), "slow is 2 commits behind") {
		t.Errorf("Reach of a slow follower = %v", err)
	}
	close(release)
	for _, w := range []*Following{wg, ws} {
		if err := w.Reach(ctx, s.Seq()); err != nil {
			t.Error(err)
		}
	}
	for { // the failed step is tried again after a pause
		if err := wb.Reach(ctx, s.Seq()); err == nil {
			break
		}
		select {
		case <-time.After(10 * time.Millisecond):
		case <-ctx.Done():
			t.Fatal("the step that failed was not tried again")
		}
	}
	stop()
	addOne(t, s, "z")
	if err := wg.Reach(t.Context(), s.Seq()); err != nil {
		t.Errorf("Reach after the background work was stopped: %v", err)
	}
}

// TestFollowClosed ends the store under the followers.
func TestFollowClosed(t *testing.T) {
	s := openTest(t, store.Options{})
	w := New(s, newGraphCounter("counter"))
	done := make(chan struct{})
	go func() {
		defer close(done)
		w.Run(t.Context(), func(_ string, err error) { t.Errorf("reported %v", err) })
	}()
	addOne(t, s, "x")
	reach(t, w)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	select {
	case <-done:
	case <-time.After(time.Minute):
		t.Fatal("Run goes on after the store was closed")
	}
}

// TestFollowRestored takes a cursor along from a store that has become another one
// since, with the same numbers: a backup was restored, and other commits came. The
// log that is kept begins right after the cursor, so that it does not tell.
func TestFollowRestored(t *testing.T) {
	ctx := t.Context()
	s := openTest(t, store.Options{})
	addOne(t, s, "a")
	var backup bytes.Buffer
	if _, err := s.Backup(ctx, &backup); err != nil {
		t.Fatal(err)
	}
	addOne(t, s, "lost")
	f := newGraphCounter("counter")
	reach(t, New(s, f))

	dir := filepath.Join(t.TempDir(), "restored")
	if err := store.Restore(ctx, &backup, store.Options{Dir: dir}); err != nil {
		t.Fatal(err)
	}
	r := openTest(t, store.Options{Dir: dir, History: -1})
	addOne(t, r, "b")
	if _, err := r.Compact(ctx); err != nil { // trims the log
		t.Fatal(err)
	}
	addOne(t, r, "c")
	if oldest := r.Oldest(); oldest != f.cursor.Seq+1 {
		t.Fatalf("the log begins at %d, want %d", oldest, f.cursor.Seq+1)
	}
	reach(t, New(r, f))
	if want := quadsByGraph(t, r); !maps.Equal(f.counts, want) {
		t.Errorf("derived %v, want %v", f.counts, want)
	}
}

// TestFollowTrimmedMeanwhile trims the log after a step has taken its snapshot: the
// snapshot still has what the step needs.
func TestFollowTrimmedMeanwhile(t *testing.T) {
	s := openTest(t, store.Options{History: -1})
	f := newGraphCounter("counter")
	addOne(t, s, "x")
	w := New(s, f)
	reach(t, w)
	addOne(t, s, "a")
	addOne(t, s, "b")
	f.asked()
	f.before = func(*Step) error { _, err := s.Compact(t.Context()); return err }
	reach(t, w)
	if got, want := f.asked(), []string{"false [<http://e/a> <http://e/b>]"}; !slices.Equal(got, want) {
		t.Errorf("steps %q, want %q", got, want)
	}
}

// TestFollowLag asks how old what is not followed is, also when the log has lost the
// first of it.
func TestFollowLag(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	s := openTest(t, store.Options{History: 150 * time.Second, Now: func() time.Time { return now }})
	w := New(s, newGraphCounter("counter"))
	addOne(t, s, "a")
	reach(t, w)
	for range 9 {
		now = now.Add(time.Minute)
		addOne(t, s, "a")
	}
	if st := w.Status(); st.Behind != 9 || st.Lag != 8*time.Minute {
		t.Errorf("status %+v, want 9 commits and 8 minutes behind", st)
	}
	if err := s.Fold(t.Context()); err != nil {
		t.Fatal(err)
	}
	if st := w.Status(); st.Behind != 9 || st.Lag < 2*time.Minute {
		t.Errorf("status %+v after the log was trimmed, want 9 commits and minutes behind", st)
	}
}

// TestReachAhead waits for a commit that is yet to come, without a step meanwhile.
func TestReachAhead(t *testing.T) {
	s := openTest(t, store.Options{})
	addOne(t, s, "a")
	w := New(s, newGraphCounter("counter"))
	done := make(chan error)
	go func() { done <- w.Reach(t.Context(), 2) }()
	time.Sleep(20 * time.Millisecond)
	if st := w.Status(); st.Steps != 0 {
		t.Errorf("%d steps before the commit", st.Steps)
	}
	addOne(t, s, "b")
	if err := <-done; err != nil || w.Status().Seq != 2 {
		t.Errorf("Reach = %v, followed up to %d, want 2", err, w.Status().Seq)
	}
}

// TestBackOff asserts that the pause between steps which fail doubles up to a minute and
// begins anew after one that succeeds, and that the status says how things are.
func TestBackOff(t *testing.T) {
	s := openTest(t, store.Options{})
	f := newGraphCounter("counter")
	w := New(s, f)
	ctx, cancel := context.WithCancel(t.Context())
	var pauses []time.Duration
	w.after = func(d time.Duration) <-chan time.Time {
		pauses = append(pauses, d)
		now := make(chan time.Time, 1)
		now <- time.Time{}
		return now
	}
	const failures = 8
	tries := 0
	f.before = func(*Step) error {
		if tries++; tries <= failures || tries == failures+2 {
			return fmt.Errorf("try %d", tries)
		}
		return nil
	}
	reported := 0
	done := make(chan struct{})
	addOne(t, s, "a")
	go func() {
		defer close(done)
		w.Run(ctx, func(string, error) { reported++ })
	}()
	followed := func() Status {
		for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(time.Millisecond) {
			if st := w.Status(); st.Behind == 0 {
				return st
			}
		}
		t.Fatalf("not followed: %+v", w.Status())
		return Status{}
	}
	if st := followed(); st.Err != nil || st.Failures != failures || st.Steps != 1 {
		t.Errorf("status after failures and a step that succeeded: %+v", st)
	}
	addOne(t, s, "b")
	if st := followed(); st.Err != nil || st.Failures != failures+1 || st.Steps != 2 {
		t.Errorf("status after one more failure: %+v", st)
	}
	cancel()
	<-done
	want := []time.Duration{1, 2, 4, 8, 16, 32, 60, 60, 1}
	for i := range want {
		want[i] *= time.Second
	}
	if !slices.Equal(pauses, want) || reported != len(want) {
		t.Errorf("%d failures were reported, pauses %v, want %v", reported, pauses, want)
	}
}

// TestReachGoesOn asserts that who waits for the background makes the step when that ends.
func TestReachGoesOn(t *testing.T) {
	s := openTest(t, store.Options{})
	w := New(s, newGraphCounter("counter"))
	w.setRuns(true)
	addOne(t, s, "a")
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	done := make(chan error)
	go func() { done <- w.Reach(ctx, s.Seq()) }()
	time.Sleep(20 * time.Millisecond)
	w.setRuns(false)
	if err := <-done; err != nil {
		t.Errorf("Reach after the background work has ended = %v", err)
	}
}

// TestAnew asserts that everything is derived anew, although the cursor is at the newest
// commit.
func TestAnew(t *testing.T) {
	s := openTest(t, store.Options{})
	f := newGraphCounter("counter")
	w := New(s, f)
	addOne(t, s, "a")
	reach(t, w)
	f.asked()
	if err := w.Anew(t.Context(), func(context.Context) error {
		f.cursor = store.Cursor{}
		addOne(t, s, "b")
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	reach(t, w)
	if got := f.asked(); !slices.Equal(got, []string{"true []"}) {
		t.Errorf("steps %q, want one that derives all anew", got)
	}
	if st := w.Status(); st.Rebuilds != 2 {
		t.Errorf("status %+v, want 2 rebuilds", st)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	w.turn <- struct{}{} // somebody makes a step
	failed := errors.New("forgot although a step is made")
	if err := w.Anew(ended, func(context.Context) error { return failed }); !errors.Is(err, context.Canceled) {
		t.Errorf("Anew beside a step = %v", err)
	}
}

// TestAnewFails asserts that who asks a following that runs is not left waiting when
// forgetting failed, as on a full disk, so that no commit follows.
func TestAnewFails(t *testing.T) {
	s := openTest(t, store.Options{})
	w := New(s, newGraphCounter("counter"))
	addOne(t, s, "a")
	ctx, stop := context.WithCancel(t.Context())
	var running sync.WaitGroup
	defer running.Wait()
	defer stop()
	running.Go(func() { w.Run(ctx, nil) })
	for runs := false; !runs; time.Sleep(time.Millisecond) {
		w.mu.Lock()
		runs = w.runs
		w.mu.Unlock()
	}
	for range 20 {
		reach(t, w)
		full := errors.New("the disk is full")
		if err := w.Anew(t.Context(), func(context.Context) error { return full }); !errors.Is(err, full) {
			t.Fatalf("Anew = %v", err)
		}
		soon, cancel := context.WithTimeout(t.Context(), time.Minute)
		if err := w.Reach(soon, s.Seq()); err != nil {
			t.Fatalf("Reach after that = %v", err)
		}
		cancel()
	}
}

// lazy is a follower whose cursor stays where it is or cannot be read.
type lazy struct{ err error }

func (lazy) Name() string                                   { return "lazy" }
func (f lazy) Cursor(context.Context) (store.Cursor, error) { return store.Cursor{}, f.err }
func (lazy) Advance(context.Context, *Step) error           { return nil }

// TestLazyFollower asserts that a step which does not move the cursor is a failure, and
// one whose cursor cannot be read too.
func TestLazyFollower(t *testing.T) {
	s := openTest(t, store.Options{})
	addOne(t, s, "a")
	err := New(s, lazy{}).Reach(t.Context(), 1)
	if err == nil || !strings.Contains(err.Error(), "lazy: the cursor is at commit 0 after a step to commit 1") {
		t.Errorf("Reach = %v", err)
	}
	broken := errors.New("out of paper")
	if err := New(s, lazy{broken}).Reach(t.Context(), 1); !errors.Is(err, broken) {
		t.Errorf("Reach without a cursor = %v", err)
	}
}

func openTest(t testing.TB, o store.Options) *store.Store {
	t.Helper()
	s, err := store.Open(context.Background(), o)
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return s
}

func quad(s, p, o string) term.Quad {
	return term.Quad{Subject: term.NewIRI("http://e/" + s), Predicate: term.NewIRI("http://e/" + p),
		Object: term.NewString(o)}
}

func commit(t testing.TB, s *store.Store, c store.Change) store.Commit {
	t.Helper()
	got, err := s.Commit(t.Context(), c)
	if err != nil {
		t.Fatalf("Commit: %v", err)
	}
	return got
}

// TestReachAfterFailure asserts that after a step that failed nothing counts as
// reached, not even what was reached before it: the step may have changed something.
func TestReachAfterFailure(t *testing.T) {
	s := openTest(t, store.Options{})
	f := newGraphCounter("counter")
	w := New(s, f)
	commit(t, s, store.Change{Add: []term.Quad{inGraph("a", quad("s", "p", "o"))}})
	reach(t, w)
	before := s.Seq()
	commit(t, s, store.Change{Add: []term.Quad{inGraph("b", quad("s", "p", "o"))}})
	broken := errors.New("out of paper")
	f.before = func(*Step) error { return broken }
	if err := w.Reach(t.Context(), s.Seq()); !errors.Is(err, broken) {
		t.Errorf("Reach of what fails = %v", err)
	}
	if err := w.Reach(t.Context(), before); !errors.Is(err, broken) {
		t.Errorf("Reach of what was reached before a failure = %v", err)
	}
	f.before = nil
	f.asked()
	if err := w.Reach(t.Context(), before); err != nil || len(f.asked()) != 1 {
		t.Errorf("Reach once it works = %v, want one more step", err)
	}
}

// TestRunOnEmptyStore asserts that nobody waits for the first commit of a store.
func TestRunOnEmptyStore(t *testing.T) {
	s := openTest(t, store.Options{})
	w := New(s, newGraphCounter("g"))
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { w.Run(ctx, nil) })
	defer running.Wait()
	defer cancel()
	for runs := false; !runs; time.Sleep(time.Millisecond) { // Reach leaves the steps to Run
		w.mu.Lock()
		runs = w.runs
		w.mu.Unlock()
	}
	soon, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	if err := w.Reach(soon, s.Seq()); err != nil {
		t.Errorf("a store without a commit is not followed: %v", err)
	}
}

// TestReachSaysHowFar asserts that who waits in vain learns by how much.
func TestReachSaysHowFar(t *testing.T) {
	s := openTest(t, store.Options{})
	f := newGraphCounter("counter")
	w := New(s, f)
	for _, g := range []string{"a", "b"} {
		commit(t, s, store.Change{Add: []term.Quad{inGraph(g, quad("s", "p", "o"))}})
		reach(t, w)
	}
	w.setRuns(true) // another goroutine makes the steps, and does not come to it
	for _, g := range []string{"c", "d", "e"} {
		commit(t, s, store.Change{Add: []term.Quad{inGraph(g, quad("s", "p", "o"))}})
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	err := w.Reach(ctx, s.Seq())
	if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "counter is 3 commits behind") {
		t.Errorf("Reach = %v, want that it is 3 commits behind", err)
	}
}

// holder is a follower that holds memory.
type holder struct {
	*graphCounter
	released int
}

func (h *holder) Release() { h.released++ }

// TestCatchUpReleases asserts that a program that ends after a commit gets back the memory
// that a follower holds for its next step, and that one which goes on does not.
func TestCatchUpReleases(t *testing.T) {
	s := openTest(t, store.Options{})
	addOne(t, s, "a")
	h := &holder{graphCounter: newGraphCounter("holder")}
	w := New(s, h)
	fs := NewFollowers(s, w)
	if err := fs.CatchUp(t.Context()); err != nil || h.released != 1 {
		t.Errorf("CatchUp = %v, memory was given back %d times, want once", err, h.released)
	}
	reach(t, w)
	w.setRuns(true) // Run has made the step
	if err := fs.CatchUp(t.Context()); err != nil || h.released != 1 {
		t.Errorf("CatchUp beside Run = %v, memory was given back %d times, want once as before", err, h.released)
	}
}
