package harvest

import (
	"context"
	"time"
)

// badgesSettle is how long the schedule waits after a change of a badge for others of the same
// round, so that people get one mail about all of them.
const badgesSettle = 10 * time.Minute

// badges tells the receivers of reports when badges change, until ctx ends. What the end of the
// process broke off goes on with the next one.
func (c *Scheduler) badges(ctx context.Context) {
	for ctx.Err() == nil {
		seq := c.h.store.Seq()
		m, err := c.h.Reports("", c.pauses)
		if err != nil {
			c.o.Logger.Error("badges", "error", err)
			return
		}
		sent, err := m.Badges(ctx, c.h.now())
		for _, d := range sent {
			if d.Failed() {
				c.o.Logger.Error("badges not told", "provider", d.Provider, "to", d.To, "error", d.String())
			} else {
				c.o.Logger.Info("badges told", "provider", d.Provider, "to", d.To, "state", d.State)
			}
		}
		if err != nil && ctx.Err() == nil {
			c.o.Logger.Error("badges", "error", err)
			c.o.Sleep(ctx, longestSleep)
			continue
		}
		if _, err := c.h.store.Wait(ctx, seq); err != nil {
			return
		}
		c.o.Sleep(ctx, badgesSettle)
	}
}
