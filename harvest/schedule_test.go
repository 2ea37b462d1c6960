package harvest

import (
	"testing"
	"time"

	"fincat/harvest/history"
	"fincat/harvest/source"
)

func TestDueAfter(t *testing.T) {
	now := time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)
	at := func(day, hour, minute int) time.Time { return time.Date(2026, 3, day, hour, minute, 0, 0, time.UTC) }
	run := func(status history.Status, start time.Time) *history.Report {
		return &history.Report{Status: status, Start: start, End: start.Add(time.Minute)}
	}
	daily := source.Config{ID: "s", Schedule: "0 3 * * *", Timezone: "UTC"}
	often := source.Config{ID: "s", Schedule: "@every 10m", Timezone: "UTC"}
	failed := func(n int) (runs []*history.Report) {
		for i := range n {
			runs = append(runs, run(history.Failed, now.Add(-time.Duration(1+10*i)*time.Minute)))
		}
		return runs
	}
	tests := []struct {
		name  string
		cfg   source.Config
		runs  []*history.Report
		want  time.Time
		plain bool // nothing to explain
	}{
		{"never harvested", daily, nil, at(11, 3, 0), true},
		{"on time", daily, []*history.Report{run(history.Done, at(10, 3, 0))}, at(11, 3, 0), true},
		{"missed two, caught up once", daily, []*history.Report{run(history.Done, at(8, 3, 0))}, now, false},
		{"failed once long ago", daily, []*history.Report{run(history.Failed, at(10, 3, 0))}, at(11, 3, 0), true},
		{"failed just now", often, failed(1), now.Add(9 * time.Minute), true},
		{"failed twice", often, failed(2), now.Add(10 * time.Minute), false},
		{"failed five times", often, failed(5), now.Add(80 * time.Minute), false},
		{"failed for ever", often, failed(100), now.Add(24 * time.Hour), false},
		{"good again", often, append([]*history.Report{run(history.Held, now.Add(-time.Minute))}, failed(5)...),
			now.Add(9 * time.Minute), true},
		{"missed while failing", daily, []*history.Report{run(history.Failed, at(9, 2, 0))}, now, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d, ok := dueAfter(tt.cfg, tt.runs, now)
			if !ok || !d.At.Equal(tt.want) || (d.Why == "") != tt.plain {
				t.Errorf("dueAfter() = %v, %v, want %v", d, ok, tt.want)
			}
		})
	}
	for name, cfg := range map[string]source.Config{"no schedule": {}, "paused": {Schedule: "@daily", Paused: true}} {
		if d, ok := dueAfter(cfg, failed(1), now); ok {
			t.Errorf("%s: due %v", name, d)
		}
	}
}
