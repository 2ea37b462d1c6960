package harvest

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"fincat/harvest/report"
	"fincat/harvest/source"
	"fincat/store"
)

// Reports returns what sends the quarterly reports. author is that of the commits; pauses
// are those before a mail that failed is sent again, nil for short ones.
func (h *Harvester) Reports(author string, pauses []time.Duration) (*report.Mailer, error) {
	return report.NewMailer(report.MailerOptions{Store: h.store, Base: h.base, Config: h.config.Reports,
		Asked:  h.config.Quality.Requests,
		Author: author, Turn: &h.mailing, Getenv: h.getenv, Pauses: pauses})
}

// reportsKey names the value under which the store keeps when reports are due next.
const reportsKey = "report/due"

// reportsDue is when reports are due next, by a schedule.
type reportsDue struct {
	Schedule string    `json:"schedule"`
	At       time.Time `json:"at"`
}

// reportPauses are those before the schedule sends a mail again that failed.
var reportPauses = []time.Duration{time.Minute, 10 * time.Minute, time.Hour, 6 * time.Hour}

// reports sends the report of the quarter that has ended at the times of reports.schedule,
// until ctx ends. What was due while no server ran, or what its end broke off, is done when
// the next one starts.
func (c *Scheduler) reports(ctx context.Context) {
	for ctx.Err() == nil {
		due, err := c.h.reportsDue(ctx)
		if err != nil {
			c.o.Logger.Error("reports", "error", err)
			return
		}
		for left := due.At.Sub(c.h.now()); left > 0 && ctx.Err() == nil; left = due.At.Sub(c.h.now()) {
			c.o.Sleep(ctx, min(left, longestSleep))
		}
		if ctx.Err() == nil {
			err = c.sendReports(ctx, due)
		}
		if err != nil && ctx.Err() == nil {
			c.o.Logger.Error("reports", "error", err)
			c.o.Sleep(ctx, longestSleep)
		}
	}
}

// sendReports sends what is due, and notes when reports are due again.
func (c *Scheduler) sendReports(ctx context.Context, due reportsDue) error {
	m, err := c.h.Reports("", c.pauses)
	if err != nil {
		return err
	}
	sent, err := m.Send(ctx, report.QuarterOf(due.At).Before(), c.h.now(), false)
	for _, d := range sent {
		if d.Failed() {
			c.o.Logger.Error("report not delivered", "provider", d.Provider, "to", d.To, "error", d.String())
		} else {
			c.o.Logger.Info("report", "provider", d.Provider, "to", d.To, "state", d.State)
		}
	}
	if err != nil || ctx.Err() != nil {
		return err
	}
	return c.h.planReports(ctx, &due)
}

// reportsDue returns when reports are due, from the store or by the schedule.
func (h *Harvester) reportsDue(ctx context.Context) (due reportsDue, err error) {
	text, ok, err := h.store.Get(reportsKey)
	if err != nil {
		return due, err
	}
	if ok && json.Unmarshal(text, &due) == nil && due.Schedule == h.config.Reports.Schedule {
		return due, nil
	}
	return due, h.planReports(ctx, &due)
}

// planReports works out when reports are due next, and keeps that.
func (h *Harvester) planReports(ctx context.Context, due *reportsDue) error {
	due.Schedule = h.config.Reports.Schedule
	at, ok := Next(source.Config{Schedule: due.Schedule}, h.now())
	if !ok {
		return fmt.Errorf("reports: schedule %q has no time", due.Schedule)
	}
	due.At = at
	text, err := json.Marshal(due)
	if err != nil {
		return err
	}
	_, err = h.store.Commit(ctx, store.Change{Put: map[string][]byte{reportsKey: text},
		Note: store.Note{Follower: "report"}})
	return err
}
