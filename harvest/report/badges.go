package report

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"fincat/harvest/notify"
	"fincat/harvest/quality"
	"fincat/harvest/quality/words"
	"fincat/harvest/queries"
	"fincat/sparql"
	"fincat/store"
	"fincat/vocab/dcat"
)

// badgesKey names the value under which the store keeps which changes of badges were told.
const badgesKey = "report/badges"

// told is how far the changes of badges were told by mail. Those up to Upto are being told: the
// bound is kept before anything is sent, so that a process that goes on tells the same.
type told struct {
	Done uint64 `json:"done"`
	Upto uint64 `json:"upto"`
}

// maxTold is how many changes one mail is about.
const maxTold = 2000

// Badges tells of the changes of badges that nobody was told of yet: each receiver of those of
// its provider's datasets, in one mail. What was before the first call is no news.
func (m *Mailer) Badges(ctx context.Context, now time.Time) ([]Delivery, error) {
	m.o.Turn.Lock()
	defer m.o.Turn.Unlock()
	sn, err := m.o.Store.Snapshot()
	if err != nil {
		return nil, err
	}
	defer sn.Close()
	text, known, err := sn.Get(badgesKey)
	if err != nil {
		return nil, err
	}
	var t told
	if known {
		if err := json.Unmarshal(text, &t); err != nil {
			return nil, fmt.Errorf("which badges were told: %w", err)
		}
	}
	last, err := quality.LastChange(sn)
	if err != nil || known && last == t.Done {
		return nil, err
	}
	if !known {
		return nil, m.tell(ctx, told{Done: last, Upto: last})
	}
	if t.Upto <= t.Done {
		t.Upto = min(last, t.Done+maxTold)
		if err := m.tell(ctx, t); err != nil {
			return nil, err
		}
	}
	list, err := quality.Changes(ctx, sn, t.Done, int(t.Upto-t.Done))
	if err != nil {
		return nil, err
	}
	out, err := m.sendBadges(ctx, sn, list, fmt.Sprintf("badges@%d-%d", t.Done+1, t.Upto), now)
	if err != nil || ctx.Err() != nil {
		return out, cmp.Or(err, ctx.Err())
	}
	return out, m.tell(ctx, told{Done: t.Upto, Upto: t.Upto})
}

func (m *Mailer) tell(ctx context.Context, t told) error {
	text, err := json.Marshal(t)
	if err != nil {
		return err
	}
	_, err = m.o.Store.Commit(ctx, store.Change{Put: map[string][]byte{badgesKey: text},
		Note: store.Note{Author: m.o.Author, Follower: "report"}})
	return err
}

// sendBadges sends the changes to everybody whom they concern.
func (m *Mailer) sendBadges(ctx context.Context, sn *store.Snapshot, list []quality.BadgeChange, issue string,
	now time.Time) (out []Delivery, err error) {
	if list = m.concerns(list); len(list) == 0 {
		return nil, nil
	}
	w, err := words.New()
	if err != nil {
		return nil, err
	}
	owned, err := m.ownersOf(ctx, sn)
	if err != nil {
		return nil, err
	}
	for _, provider := range slices.Sorted(maps.Keys(m.o.Config.Mail.To)) {
		var mine []quality.BadgeChange
		for _, c := range list {
			if provider == All || owned[c.Dataset].owner == provider {
				mine = append(mine, c)
			}
		}
		if len(mine) == 0 {
			continue
		}
		message := m.badgeMessage(w, mine)
		for _, to := range m.o.Config.Mail.To[provider] {
			if len(out) >= maxReceivers {
				return out, fmt.Errorf("more than %d receivers", maxReceivers)
			}
			d, err := m.deliver(ctx, issue, message, Delivery{Provider: provider, To: to, At: now}, false)
			if err != nil {
				return out, err
			}
			out = append(out, d)
		}
	}
	return out, nil
}

// concerns leaves out the changes of sources that reports are not about.
func (m *Mailer) concerns(list []quality.BadgeChange) []quality.BadgeChange {
	return slices.DeleteFunc(list, func(c quality.BadgeChange) bool {
		return len(m.o.Config.Sources) > 0 && !slices.Contains(m.o.Config.Sources, c.Source)
	})
}

// ownersOf reads whose each dataset is.
func (m *Mailer) ownersOf(ctx context.Context, sn *store.Snapshot) (map[string]owned, error) {
	dir, err := dcat.NewDirectory()
	if err != nil {
		return nil, err
	}
	a := asker{ctx: ctx, engine: m.o.Engine, base: m.o.Base, sn: sn}
	if a.engine == nil {
		if a.engine, err = sparql.New(sparql.Options{Store: m.o.Store}); err != nil {
			return nil, err
		}
	}
	if a.bank, err = queries.Load(); err != nil {
		return nil, err
	}
	return a.owners(dir)
}

// badgeMessage words changes of badges as mail.
func (m *Mailer) badgeMessage(w *words.Table, list []quality.BadgeChange) *notify.Message {
	var b strings.Builder
	fmt.Fprintf(&b, "%d 個資料集的品質標章有異動。\nThe badges of %d datasets have changed.\n\n", len(list), len(list))
	for _, c := range list {
		fmt.Fprintf(&b, "- %s: %s → %s（%s）\n  %s\n", oneLine(c.Title), c.Before, c.Badge,
			c.At.In(taipei).Format(time.DateOnly), c.Dataset)
		if c.Why != "" {
			fmt.Fprintf(&b, "  未能更高的原因 not higher because of: %s\n", oneLine(w.Both(c.Why)))
		}
	}
	fmt.Fprintf(&b, "\n%squality\n", m.o.Base)
	return &notify.Message{Subject: fmt.Sprintf("[fincat] 品質標章異動 badges changed: %d", len(list)), Text: b.String()}
}
