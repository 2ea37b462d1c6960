package main

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"fincat/harvest"
	"fincat/harvest/source"
)

// startSchedule harvests every source that has a schedule when it is due. A
// source is never due while it is being harvested. The returned function waits
// for runs under way to stop, which they do when ctx ends.
func startSchedule(ctx context.Context, h *harvest.Harvester, m *metrics, log *slog.Logger) (wait func()) {
	var all sync.WaitGroup
	for _, s := range h.Config().Sources {
		all.Go(func() { follow(ctx, h, s, m, log) })
	}
	return all.Wait
}

// follow harvests one source again and again.
func follow(ctx context.Context, h *harvest.Harvester, s source.Config, m *metrics, log *slog.Logger) {
	for {
		due, ok, err := h.Due(ctx, s)
		if err != nil {
			log.Error("schedule", "source", s.ID, "error", err)
			due, ok = harvest.Due{At: time.Now().Add(time.Minute), Why: "the history could not be read"}, true
		}
		if !ok {
			return
		}
		if s.Jitter > 0 {
			due.At = due.At.Add(rand.N(time.Duration(s.Jitter)))
		}
		log.Info("scheduled", "source", s.ID, "at", due.At, "why", due.Why)
		select {
		case <-ctx.Done():
			return
		case <-time.After(time.Until(due.At)):
		}
		report, err := h.Run(ctx, s.ID, harvest.RunOptions{})
		switch {
		case ctx.Err() != nil:
			return
		case errors.Is(err, harvest.ErrRunning):
			log.Warn("harvest skipped, the last one still runs", "source", s.ID)
			pause(ctx, time.Minute)
		case err != nil:
			m.ran(s.ID, "failed", nil)
			log.Error("harvest", "source", s.ID, "error", err)
			pause(ctx, time.Minute) // the run may not be in the history
		default:
			m.ran(s.ID, string(report.Status), report)
			log.Info("harvest", "source", s.ID, "run", report.Run, "report", report.String())
		}
	}
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
