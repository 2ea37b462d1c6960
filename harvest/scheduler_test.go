package harvest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"fincat/harvest/history"
	"fincat/harvest/source"
)

// TestNextAcrossClockChanges checks schedules on the days on which clocks are
// put forward or back.
func TestNextAcrossClockChanges(t *testing.T) {
	tests := []struct {
		name, schedule, zone, after string
		want                        []string
	}{
		{"no changes in Taipei", "0 3 * * *", "", "2026-03-08T00:00:00Z",
			[]string{"2026-03-08T19:00:00Z", "2026-03-09T19:00:00Z"}},
		{"a time that does not come", "30 2 * * *", "America/New_York", "2026-03-07T12:00:00Z",
			[]string{"2026-03-08T07:00:00Z", "2026-03-09T06:30:00Z"}},
		{"the first time after it", "0 3 * * *", "America/New_York", "2026-03-07T12:00:00Z",
			[]string{"2026-03-08T07:00:00Z", "2026-03-09T07:00:00Z"}},
		{"two times that do not come", "0,30 2 * * *", "America/New_York", "2026-03-08T05:00:00Z",
			[]string{"2026-03-08T07:00:00Z", "2026-03-09T06:00:00Z"}},
		{"a time that comes twice", "30 1 * * *", "America/New_York", "2026-10-31T12:00:00Z",
			[]string{"2026-11-01T05:30:00Z", "2026-11-02T06:30:00Z"}},
		{"asked between the two", "30 1 * * *", "America/New_York", "2026-11-01T06:00:00Z",
			[]string{"2026-11-02T06:30:00Z"}},
		{"every hour, back", "0 * * * *", "America/New_York", "2026-11-01T04:30:00Z",
			[]string{"2026-11-01T05:00:00Z", "2026-11-01T06:00:00Z", "2026-11-01T07:00:00Z"}},
		{"every hour, forward", "0 * * * *", "America/New_York", "2026-03-08T06:30:00Z",
			[]string{"2026-03-08T07:00:00Z", "2026-03-08T08:00:00Z"}},
		{"every six hours", "@every 6h", "America/New_York", "2026-11-01T04:00:00Z",
			[]string{"2026-11-01T10:00:00Z", "2026-11-01T16:00:00Z"}},
		{"southern half", "15 2 * * *", "Australia/Sydney", "2026-10-02T17:00:00Z",
			[]string{"2026-10-03T16:00:00Z", "2026-10-04T15:15:00Z"}},
		{"midnight that does not come", "0 0 * * *", "Africa/Cairo", "2026-04-23T12:00:00Z",
			[]string{"2026-04-23T22:00:00Z", "2026-04-24T21:00:00Z"}},
		{"a zone in the expression", "CRON_TZ=Asia/Tokyo 0 3 * * *", "America/New_York", "2026-03-08T00:00:00Z",
			[]string{"2026-03-08T18:00:00Z", "2026-03-09T18:00:00Z"}},
		{"leap day", "0 3 29 2 *", "UTC", "2026-03-01T00:00:00Z", []string{"2028-02-29T03:00:00Z"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			at, err := time.Parse(time.RFC3339, tt.after)
			if err != nil {
				t.Fatal(err)
			}
			for _, w := range tt.want {
				var ok bool
				if at, ok = Next(source.Config{Schedule: tt.schedule, Timezone: tt.zone}, at); !ok ||
					at.UTC().Format(time.RFC3339) != w {
					t.Errorf("Next = %v, %v, want %s", at.UTC(), ok, w)
				}
			}
		})
	}
	if at, ok := Next(source.Config{Schedule: "0 3 30 2 *"}, time.Now()); ok {
		t.Errorf("the thirtieth of February is at %v", at)
	}
}

// clock is a time that passes when somebody sleeps.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) time() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) sleep(_ context.Context, d time.Duration) {
	c.mu.Lock()
	c.now = c.now.Add(d)
	c.mu.Unlock()
	time.Sleep(10 * time.Microsecond) // lets the others on
}

// scheduled lets a source with a schedule run n times, each run with the next
// of the outcomes, and returns when each began, without the day.
func scheduled(t *testing.T, settings string, past []*history.Report, start time.Time, n int, jitter time.Duration,
	outcome ...history.Status) (begins []string, whys []string) {
	t.Helper()
	cfg, err := ParseConfig(strings.NewReader("base: " + testBase +
		"\nsources: [{id: bb, kind: ckan, url: 'https://e.tw/', " + settings + "}]\n"))
	if err != nil {
		t.Fatal(err)
	}
	c := &clock{now: start}
	h, err := New(Options{Store: openStore(t), Config: cfg, Now: c.time})
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range past {
		r.Run, r.Source = fmt.Sprintf("%s-%d", r.Start.Format("20060102T150405"), i), "bb"
		if err := h.record(t.Context(), r, history.StepResult); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var s *Scheduler
	s = NewScheduler(h, SchedulerOptions{Sleep: c.sleep, Jitter: func(time.Duration) time.Duration { return jitter },
		Run: func(ctx context.Context, id string, _ RunOptions) (*history.Report, error) {
			d, _ := s.Due(id)
			now := c.time()
			begins, whys = append(begins, now.Format("02T15:04:05")), append(whys, d.Why)
			rep := &history.Report{Run: now.Format("20060102T150405") + "-" + id, Source: id, Start: now,
				End: now.Add(time.Second), Status: outcome[min(len(begins)-1, len(outcome)-1)]}
			if len(begins) == n {
				cancel()
			}
			return rep, h.record(t.Context(), rep, history.StepResult)
		}})
	s.Start(ctx)()
	return begins, whys
}

func TestScheduler(t *testing.T) {
	start := time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)
	ago := func(d time.Duration, s history.Status) *history.Report {
		return &history.Report{Start: start.Add(-d), End: start.Add(-d + time.Minute), Status: s}
	}
	tests := []struct {
		name, settings string
		past           []*history.Report
		jitter         time.Duration
		outcome        history.Status
		want           []string
		why            string // of the last run
	}{
		{"daily in Taipei", `schedule: "0 3 * * *"`, nil, 0, history.Done,
			[]string{"10T19:00:00", "11T19:00:00", "12T19:00:00"}, ""},
		{"jitter", `schedule: "0 3 * * *", jitter: 10m`, nil, 95 * time.Second, history.Done,
			[]string{"10T19:01:35", "11T19:01:35"}, ""},
		{"missed three, caught up once", `schedule: "0 3 * * *"`, []*history.Report{ago(90*time.Hour, history.Done)},
			0, history.Done, []string{"10T12:00:00", "10T19:00:00"}, ""},
		{"missed", `schedule: "0 3 * * *"`, []*history.Report{ago(90*time.Hour, history.Done)}, 0, history.Done,
			[]string{"10T12:00:00"}, "was missed"},
		{"failing backs off", `schedule: "@every 1m"`, nil, 0, history.Failed,
			[]string{"10T12:01:00", "10T12:06:01", "10T12:16:02", "10T12:36:03"}, "put off, the last 3 runs failed"},
		{"interrupted goes on at once", `schedule: "0 3 * * *"`,
			[]*history.Report{ago(time.Hour, history.Interrupted)}, 0, history.Done,
			[]string{"10T12:00:00", "10T19:00:00"}, ""},
		{"interrupted again and again", `schedule: "0 3 * * *"`,
			[]*history.Report{ago(time.Hour, history.Interrupted)}, 0, history.Interrupted,
			[]string{"10T12:00:00", "10T12:05:01", "10T12:15:02"},
			"put off, the last 3 runs failed or were interrupted"},
		{"cancelled waits for its time", `schedule: "0 3 * * *"`,
			[]*history.Report{ago(time.Hour, history.Cancelled)}, 0, history.Done, []string{"10T19:00:00"}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, whys := scheduled(t, tt.settings, tt.past, start, len(tt.want), tt.jitter, tt.outcome)
			if !slices.Equal(got, tt.want) {
				t.Errorf("runs began at %v, want %v", got, tt.want)
			}
			if last := whys[len(whys)-1]; !strings.Contains(last, tt.why) || tt.why == "" && last != "" {
				t.Errorf("why = %q, want %q", last, tt.why)
			}
		})
	}
}

// TestPauseAndBegin pauses a source while the scheduler runs, lets it go on, and
// starts runs by hand.
func TestPauseAndBegin(t *testing.T) {
	p, s := newPortal(t, 250), openStore(t)
	cfg := p.config(t, "")
	cfg.Sources[0].Schedule = "@every 1s"
	h := newHarvester(t, s, cfg)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan *history.Report, 100)
	c := NewScheduler(h, SchedulerOptions{Ended: func(_ string, rep *history.Report, err error) {
		if err != nil {
			t.Error(err)
		}
		ended <- rep
	}})
	if err := c.Pause(ctx, "bb", true, "alice"); err != nil {
		t.Fatal(err)
	}
	if err := c.Pause(ctx, "nobody", true, "alice"); !errors.Is(err, ErrUnknown) {
		t.Errorf("Pause of an unknown source = %v", err)
	}
	wait := c.Start(ctx)
	defer wait()
	defer cancel()
	select {
	case rep := <-ended:
		t.Errorf("while paused: %s", rep)
	case <-time.After(1200 * time.Millisecond):
	}
	if d, ok := c.Due("bb"); ok {
		t.Errorf("Due while paused = %v", d)
	}

	reached, release := p.holdAt(100)
	run, err := c.Begin("bb", RunOptions{})
	if err != nil {
		t.Fatal(err)
	}
	<-reached
	if _, err := c.Begin("bb", RunOptions{}); !errors.Is(err, ErrRunning) {
		t.Errorf("a second Begin = %v, want ErrRunning", err)
	}
	if _, err := c.Begin("nobody", RunOptions{}); !errors.Is(err, ErrUnknown) {
		t.Errorf("Begin of an unknown source = %v", err)
	}
	release()
	if rep := <-ended; rep.Run != run || rep.New != 250 {
		t.Errorf("the run that was begun, %s, ended as %s: %s", run, rep.Run, rep)
	}
	if err := c.Pause(ctx, "bb", false, "alice"); err != nil {
		t.Fatal(err)
	}
	select {
	case rep := <-ended:
		want(t, rep, "0 new, 0 changed, 250 unchanged, 0 missing, 0 removed, 0 failed")
	case <-time.After(time.Minute):
		t.Error("the schedule does not go on")
	}
}

// TestBeginOfShortRuns begins runs that end at once: each is known by its name, however late
// who has begun it looks.
func TestBeginOfShortRuns(t *testing.T) {
	cfg, err := ParseConfig(strings.NewReader("base: " + testBase +
		"\nsources: [{id: bb, kind: ckan, url: 'https://e.tw/'}]\n"))
	if err != nil {
		t.Fatal(err)
	}
	h, err := New(Options{Store: openStore(t), Config: cfg})
	if err != nil {
		t.Fatal(err)
	}
	failed := errors.New("out of paper")
	c := NewScheduler(h, SchedulerOptions{
		Run: func(_ context.Context, id string, o RunOptions) (*history.Report, error) {
			o.Begun("run of " + id)
			return nil, failed
		}})
	ctx, cancel := context.WithCancel(t.Context())
	wait := c.Start(ctx)
	defer wait()
	defer cancel()
	for range 20_000 {
		if run, err := c.Begin("bb", RunOptions{}); run != "run of bb" || err != nil {
			t.Fatalf("Begin = %q, %v, want the run", run, err)
		}
	}
	c.o.Run = func(context.Context, string, RunOptions) (*history.Report, error) { return nil, failed }
	if run, err := c.Begin("bb", RunOptions{}); run != "" || !errors.Is(err, failed) {
		t.Errorf("Begin of a run that does not begin = %q, %v", run, err)
	}
}

// The runs that a process left behind are ended when the schedule starts, not
// when the first source is due.
func TestSchedulerEndsInterrupted(t *testing.T) {
	s := openStore(t)
	_, h := newMutable(t, s)
	rep := &history.Report{Run: "20260101T000000-bb", Source: "bb", Start: time.Now(), Status: history.Running}
	if err := h.prepare(t.Context(), rep); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	wait := NewScheduler(newHarvester(t, s, h.config), SchedulerOptions{}).Start(ctx)
	got, err := h.history.RunByID(t.Context(), rep.Run)
	if err != nil || got.Status != history.Interrupted || got.End.IsZero() {
		t.Errorf("RunByID = %+v, %v, want an interrupted run with its end", got, err)
	}
	cancel()
	wait()
}
