package quality

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"fincat/store"
)

// BadgeChange is a dataset whose badge is another one than at the check before.
type BadgeChange struct {
	Number  uint64    `json:"number"` // in the order in which they were found, from 1 without gaps
	Dataset string    `json:"dataset"`
	Title   string    `json:"title"`
	Source  string    `json:"source"`
	Before  string    `json:"before"`
	Badge   string    `json:"badge"`
	Why     string    `json:"why,omitempty"` // what keeps it from the next badge
	At      time.Time `json:"at"`            // of the check that found it
}

// Changes returns how the dataset's badge has changed, the newest change first, as far as its
// history is kept.
func (r *Result) Changes() (out []BadgeChange) {
	now := BadgeChange{Dataset: r.Dataset, Title: r.Title, Source: r.Source, Badge: r.Badge, Why: r.BadgeWhy,
		At: r.since()}
	for _, p := range r.History {
		if p.Badge != now.Badge {
			now.Before = p.Badge
			out = append(out, now)
			now.Why = "" // is not kept
		}
		if now.Badge, now.At = p.Badge, p.Since; p.Since.IsZero() {
			now.At = p.Checked
		}
	}
	return out
}

// Keys of the log of changes: the newest ones by number, and the last number.
const (
	changeKey     = "quality/change/"
	lastChangeKey = "quality/changes"
)

// keptChanges is how many changes the log keeps.
const keptChanges = 10_000

func keyOfChange(number uint64) string { return fmt.Sprintf("%s%012d", changeKey, number) }

// LastChange returns the number of the newest change, 0 when there was none.
func LastChange(sn *store.Snapshot) (uint64, error) {
	text, ok, err := sn.Get(lastChangeKey)
	if err != nil || !ok {
		return 0, err
	}
	n, err := strconv.ParseUint(string(text), 10, 64)
	if err != nil {
		return 0, fmt.Errorf("the log of badges: %w", err)
	}
	return n, nil
}

// Changes returns the changes of badges after a number, the oldest first, at most limit. What
// the log does not keep any more is left out.
func Changes(ctx context.Context, sn *store.Snapshot, after uint64, limit int) ([]BadgeChange, error) {
	last, err := LastChange(sn)
	if err != nil || last <= after {
		return nil, err
	}
	if last-after > keptChanges {
		after = last - keptChanges
	}
	var out []BadgeChange
	for n := after + 1; n <= last && len(out) < limit; n++ {
		text, ok, err := sn.Get(keyOfChange(n))
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return nil, err
		}
		var c BadgeChange
		if !ok {
			continue
		}
		if err := json.Unmarshal(text, &c); err != nil {
			return nil, fmt.Errorf("change %d in the log of badges: %w", n, err)
		}
		out = append(out, c)
	}
	return out, nil
}

// noteChanges adds the changes of badges among what was found to a commit that the caller makes while
// it holds the log.
func (r *Runner) noteChanges(change *store.Change, batch []finished) error {
	sn, err := r.o.Store.Snapshot()
	if err != nil {
		return err
	}
	defer sn.Close()
	last, err := LastChange(sn)
	if err != nil {
		return err
	}
	first := last
	for _, f := range batch {
		s := f.state
		before := f.before
		if before == "" || before == s.Badge {
			continue
		}
		last++
		text, err := json.Marshal(BadgeChange{Number: last, Dataset: s.Dataset, Title: s.Title, Source: s.Source,
			Before: before, Badge: s.Badge, Why: s.BadgeWhy, At: s.Checked})
		if err != nil {
			return err
		}
		change.Put[keyOfChange(last)] = text
		if last > keptChanges {
			change.Put[keyOfChange(last-keptChanges)] = nil
		}
	}
	if last > first {
		change.Put[lastChangeKey] = strconv.AppendUint(nil, last, 10)
	}
	return nil
}
