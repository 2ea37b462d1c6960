package subscribe

import (
	"encoding/json"
	"fmt"
	"testing"

	"fincat/harvest/quality"
	"fincat/store"
)

// changeBadge writes a change of a badge as the checks do.
func (b *bench) changeBadge(number int, dataset string) {
	b.t.Helper()
	text, err := json.Marshal(quality.BadgeChange{Number: uint64(number), Dataset: string(base) + "dataset/" + dataset,
		Before: "銀", Badge: "金"})
	if err != nil {
		b.t.Fatal(err)
	}
	if _, err := b.store.Commit(b.t.Context(), store.Change{Put: map[string][]byte{
		fmt.Sprintf("quality/change/%012d", number): text, "quality/changes": fmt.Append(nil, number)}}); err != nil {
		b.t.Fatal(err)
	}
}

// TestBadges tells of badges of what is followed, each once, also after a start and a failure.
func TestBadges(t *testing.T) {
	b := newBench(t, Webhook{Source: "twse", Badges: true})
	b.put("tpex", "other", "別的")
	b.changeBadge(1, "twse/old") // before anybody followed
	d, stop := b.run()
	b.until("the log of badges was read", func() bool {
		s, ok, err := (&files{dir: b.dir + "/subscriptions"}).load("desk")
		return ok && err == nil && s.Badges != nil && *s.Badges == 1
	})
	b.to.say(500, 0)
	b.changeBadge(2, "twse/old")
	b.want("badge twse/old")
	b.settled(d) // else it is told again after the new start
	b.changeBadge(3, "tpex/other")
	stop()
	b.changeBadge(4, "twse/old")
	b.run()
	b.want("badge twse/old")
	b.put("twse", "new", "新")
	b.want("created twse/new")
}
