package harvest

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"fincat/harvest/notify/mailtest"
	"fincat/harvest/report"
)

// TestReportsOnSchedule lets the schedule send the reports of the quarter that has ended: in
// spite of a server that is busy, once, also when it is due again or a server starts anew.
func TestReportsOnSchedule(t *testing.T) {
	s, office := openStore(t), mailtest.New(t)
	office.Busy(2)
	cfg, err := ParseConfig(strings.NewReader(fmt.Sprintf("base: https://e.tw/\n"+
		"reports: {schedule: '@every 1s', mail: {server: %q, from: a@example.tw, to: {all: [b@example.tw]}}}\n",
		office.Address)))
	if err != nil {
		t.Fatal(err)
	}
	serve := func(enough func(h *Harvester) bool) {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		h := newHarvester(t, s, cfg)
		c := NewScheduler(h, SchedulerOptions{})
		c.pauses = []time.Duration{time.Millisecond, time.Millisecond, time.Millisecond}
		wait := c.Start(ctx)
		for !enough(h) && ctx.Err() == nil {
			time.Sleep(20 * time.Millisecond)
		}
		if ctx.Err() != nil {
			t.Error("nothing happened in a minute")
		}
		cancel()
		wait()
	}
	due := func(h *Harvester) time.Time {
		d, err := h.reportsDue(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return d.At
	}
	serve(func(*Harvester) bool { return office.Count("b@example.tw") == 1 })
	for range 2 { // a server that starts anew looks again, and is due again
		before := due(newHarvester(t, s, cfg))
		serve(func(h *Harvester) bool { return due(h).After(before) })
	}
	if n := office.Count("b@example.tw"); n != 1 {
		t.Errorf("%d mails, want one", n)
	}
	want := report.QuarterOf(time.Now()).Before().String()
	if text := office.Mails("b@example.tw")[0]; !strings.Contains(text, want+"-all.xlsx") {
		t.Errorf("the mail is not about %s:\n%.2000s", want, text)
	}
}

func TestReportsConfig(t *testing.T) {
	for text, want := range map[string]string{
		"reports: {schedule: '@daily'}":                                      "line 2: reports: schedule: nobody gets",
		"reports: {mail: {server: 'm:25', from: a@b.tw, to: {x: [a@b.tw]}}}": "no organisation",
		"reports: {weekly: true}":                                            "weekly",
		"reports: {goals: {gold: 2}}":                                        "share from 0 to 1",
	} {
		if _, err := ParseConfig(strings.NewReader("base: https://e.tw/\n" + text + "\n")); err == nil ||
			!strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want one with %q", text, err, want)
		}
	}
	c, err := ParseConfig(strings.NewReader("base: https://e.tw/\nreports: {mail: {server: 'm:25', from: a@b.tw, " +
		"to: {all: [a@b.tw]}, user_env: NOT_SET_A, password_env: NOT_SET_B}}\n"))
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Ready(func(string) string { return "" }); err == nil || !strings.Contains(err.Error(), "NOT_SET_B") {
		t.Errorf("Ready = %v", err)
	}
}
