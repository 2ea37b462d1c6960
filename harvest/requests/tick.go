package requests

import (
	"context"
	"errors"
	"fmt"
	"net/textproto"
	"slices"
	"strings"
	"sync"
	"time"

	"fincat/harvest/notify"
)

const (
	pause    = time.Minute // between two looks at what is due
	maxTries = 10          // of a mail
	mailTime = time.Minute // for one mail
)

// settle is how long a commit waits for others before what it may have brought is looked at.
const settle = 500 * time.Millisecond

// watch has the book look again when something was committed.
func (b *Book) watch(ctx context.Context) {
	seq, err := b.o.Store.Seq(), error(nil)
	for err == nil {
		if seq, err = b.o.Store.Wait(ctx, seq); err != nil {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(settle):
			b.awake()
		}
	}
}

// Run does what is due until ctx ends.
func (b *Book) Run(ctx context.Context) {
	var watching sync.WaitGroup
	defer watching.Wait()
	if b.vault != nil {
		watching.Go(func() { b.watch(ctx) })
	}
	for ctx.Err() == nil {
		if err := b.Tick(ctx); err != nil && ctx.Err() == nil {
			b.o.Logger.Error("requests", "error", err)
		}
		select {
		case <-ctx.Done():
		case <-b.wake:
		case <-time.After(pause):
		}
	}
}

// Tick does what is due now: forgets what nobody confirmed and who needs no news any more, reminds,
// escalates, closes requests whose dataset is there, and sends mail.
func (b *Book) Tick(ctx context.Context) error {
	if b.vault == nil {
		return nil
	}
	end, err := b.begin(ctx)
	if err != nil {
		return err
	}
	err = errors.Join(b.age(ctx), b.closeFound(ctx))
	end()
	if b.Takes() {
		err = errors.Join(err, b.send(ctx))
	}
	return err
}

// age goes through all cases.
func (b *Book) age(ctx context.Context) (err error) {
	now := b.o.Now()
	for id, p := range b.private {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		x := b.cases[id]
		switch {
		case p.Case != nil && p.Case.State == Unconfirmed:
			if now.Sub(p.Asked) > time.Duration(b.c.Confirm) {
				err = errors.Join(err, b.forget(id))
			}
		case p.Case != nil:
			err = errors.Join(err, remind(b, ctx, id, p.Case, now))
		case x == nil && now.Sub(p.Asked) > time.Duration(b.c.Keep): // it was refused, and no mail could say so
			p = p.clone()
			p.forget()
			p.Told, p.Mails, p.Supported = nil, nil, nil
			err = errors.Join(err, b.keep(id, p))
		case x != nil && p.Address != "" && !x.End().IsZero() && now.Sub(x.End()) > time.Duration(b.c.Keep):
			err = errors.Join(err, b.forget(id))
		}
	}
	for id, x := range b.cases {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if p := b.private[id]; p != nil && len(p.Supported) > 0 && x.Support != p.Before+len(p.Supported) {
			_, failed := count(b, ctx, "", id, p.Before+len(p.Supported)) // the process ended before it did
			err = errors.Join(err, failed)
			x = b.cases[id]
		}
		if x.End().IsZero() {
			err = errors.Join(err, remind(b, ctx, id, x, now))
		}
	}
	return err
}

// remind tells who has to do something before its time is over, and the coordinating unit after
// it: each once for each deadline.
func remind(b *Book, ctx context.Context, id string, x *Case, now time.Time) error {
	r, ok := b.c.rule(x, x.State)
	if !ok || x.Due.IsZero() {
		return nil
	}
	day := 24 * time.Hour
	late := x.Due.Add(time.Duration(r.Escalate) * day)
	early := x.Due.Add(-time.Duration(r.Remind) * day)
	told := func(what string) string { return what + "/" + string(x.State) + "/" + x.Due.Format(time.RFC3339) }
	p := b.of(id)
	switch {
	case now.After(late) && !p.Told[told("late")]:
		p.Told[told("early")], p.Told[told("late")] = true, true
		to := duty(b, x)
		for _, unit := range coordinating(b, x) {
			to = append(slices.Clip(to), b.c.Contacts[unit]...)
		}
		slices.Sort(to)
		inform(b, p, x, "案件逾期，已通報協調整合單位", "A case is overdue: the coordinating unit is told", slices.Compact(to))
		if b.cases[id] != nil {
			y := x.clone()
			y.Escalated = true
			y.Version++
			if _, err := b.commit(ctx, "", y); err != nil {
				return err
			}
		}
	case !now.Before(early) && !now.After(late) && !p.Told[told("early")]:
		p.Told[told("early")] = true
		inform(b, p, x, "案件即將到期", "A case is due soon", duty(b, x))
	default:
		return nil
	}
	return b.keep(id, p)
}

// closeFound closes the requests whose dataset, as the organisation has named it, was harvested.
// It looks again when something was committed since.
func (b *Book) closeFound(ctx context.Context) error {
	sn, err := b.o.Store.Snapshot()
	if err != nil {
		return err
	}
	defer sn.Close()
	if sn.Seq() == b.looked {
		return nil
	}
	for id, x := range b.cases {
		if err := ctx.Err(); err != nil {
			return err
		}
		if x.State != Tracking || x.Expected == "" {
			continue
		}
		iri, ok, err := findDataset(ctx, sn, b.o.Base, x.Expected)
		if err != nil {
			return err
		}
		if !ok {
			continue
		}
		y := x.clone()
		y.Result = iri
		y.Version++
		y.step(&b.c, Closed, Event{At: b.o.Now(), Auto: true})
		if _, err := b.commit(ctx, "", y); err != nil {
			return err
		}
		p := b.of(id)
		tell(b, p, y)
		if err := b.keep(id, p); err != nil {
			return err
		}
	}
	b.looked = sn.Seq()
	return nil
}

// outgoing is a mail that is due.
type outgoing struct {
	id string
	letter
}

// send sends the mails that are due, without holding up anything else meanwhile.
func (b *Book) send(ctx context.Context) error {
	b.sending.Lock()
	defer b.sending.Unlock()
	now := b.o.Now()
	var due []outgoing
	b.mu.Lock()
	for id, p := range b.private {
		for _, l := range p.Mails {
			if !l.Next.After(now) {
				due = append(due, outgoing{id, l})
			}
		}
	}
	b.mu.Unlock()
	var errs []error
	for _, l := range due {
		if ctx.Err() != nil {
			break
		}
		if !b.waits(l) {
			continue
		}
		part, cancel := context.WithTimeout(ctx, mailTime)
		err := notifier(b, l.To...).Send(part, &notify.Message{ID: l.ID, Subject: l.Subject, Text: l.Text})
		cancel()
		if err != nil && ctx.Err() != nil {
			break
		}
		if err := b.sent(context.WithoutCancel(ctx), l, err, now); err != nil {
			errs = append(errs, err)
		}
		if err != nil && notify.OfAll(err) {
			break // where the server cannot be reached the others would wait as long
		}
	}
	return errors.Join(errs...)
}

// waits reports whether a mail is still to be sent: who is forgotten gets none.
func (b *Book) waits(l outgoing) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	p := b.private[l.id]
	return p != nil && slices.ContainsFunc(p.Mails, func(m letter) bool { return m.ID == l.ID })
}

// sent notes what became of a mail: it is gone, or is tried again later. What the mail server said
// is not repeated where it may hold an address.
func (b *Book) sent(ctx context.Context, l outgoing, failed error, now time.Time) error {
	end, err := b.begin(ctx)
	if err != nil {
		return err
	}
	defer end()
	p := b.of(l.id)
	i := slices.IndexFunc(p.Mails, func(m letter) bool { return m.ID == l.ID })
	if i < 0 { // it was deleted meanwhile
		return nil
	}
	m := &p.Mails[i]
	m.Tries++
	gone := failed == nil || errors.Is(failed, notify.ErrUncertain) || notify.Lasting(failed) || m.Tries >= maxTries
	if failed != nil {
		b.o.Logger.Warn("a mail about a request was not sent", "case", l.id, "tries", m.Tries, "given_up", gone,
			"why", withoutAddresses(failed, l.To))
	}
	if !gone {
		m.Next = now.Add(time.Minute << min(m.Tries, 9)) // up to about eight hours
		return b.keep(l.id, p)
	}
	if m.Last {
		p.Address, p.Lang = "", ""
	}
	p.Mails = slices.Delete(p.Mails, i, i+1)
	return b.keep(l.id, p)
}

// withoutAddresses is the cause of a failure without anything that names a person.
func withoutAddresses(err error, to []string) string {
	var said *textproto.Error
	if errors.As(err, &said) {
		return fmt.Sprintf("the mail server answered %d", said.Code)
	}
	text := err.Error()
	for _, one := range to {
		text = strings.ReplaceAll(text, one, "(address)")
	}
	if strings.Contains(text, "@") {
		return "the mail server did not take it"
	}
	return text
}
