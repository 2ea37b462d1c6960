package requests

import (
	"context"
	"errors"
	"slices"
	"time"

	"fincat/store"
)

// Mine is what the link in a mail shows to who filed a case or supports it.
type Mine struct {
	Case      *Case // published or not
	Support   bool  // the link is that of a supporter
	Supported bool  // who already counts
	Holds     bool  // an address is kept
}

// link is what a link in a mail carries.
type link struct{ id, person, key string }

// Look returns what a link leads to: with person "" that of who filed the case, else of a
// supporter.
func (b *Book) Look(id, person, signature string) (*Mine, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.look(link{id, person, signature})
}

func (b *Book) look(l link) (*Mine, error) {
	if b.vault == nil {
		return nil, ErrOff
	}
	x, p := b.cases[l.id], b.private[l.id]
	if l.person != "" {
		if x == nil || !b.vault.is(l.key, "support", l.id, l.person) {
			return nil, ErrKey
		}
		return &Mine{Case: x, Support: true, Supported: p != nil && slices.Contains(p.Supported, l.person)}, nil
	}
	if !b.vault.is(l.key, "filed", l.id) || p == nil && x == nil {
		return nil, ErrKey
	}
	m := &Mine{Case: x, Holds: p != nil && p.Address != ""}
	if x == nil {
		m.Case = p.Case
	}
	if m.Case == nil {
		return nil, ErrKey
	}
	return m, nil
}

// Confirm confirms the address of who filed a case, which then waits for a moderator. To confirm
// again changes nothing.
func (b *Book) Confirm(ctx context.Context, id, signature string) error {
	end, err := b.begin(ctx)
	if err != nil {
		return err
	}
	defer end()
	if _, err := b.look(link{id: id, key: signature}); err != nil {
		return err
	}
	p, err := b.draft(id, 0, Unconfirmed)
	if errors.Is(err, ErrNone) {
		return nil
	}
	if err != nil {
		return err
	}
	now := b.o.Now()
	p.Case.Filed = now
	p.Case.step(&b.c, Waiting, Event{At: now})
	if waiting(b) == 0 && len(b.c.Moderators) > 0 {
		p.post(queueLetter(b))
	}
	defer b.awake()
	return b.keep(id, p)
}

// waiting counts what waits for a moderator.
func waiting(b *Book) (n int) {
	for _, p := range b.private {
		if p.Case != nil && p.Case.State == Waiting {
			n++
		}
	}
	return n
}

// Support sends somebody who supports a request a mail that confirms the address. The address is
// not kept: the link in the mail says for whom it is by a keyed hash.
func (b *Book) Support(ctx context.Context, id, address, lang, client string) error {
	if !b.Takes() {
		return ErrOff
	}
	same, err := checkAddress(address)
	if err != nil {
		return err
	}
	now := b.o.Now()
	if !b.clients.take(now, client) {
		return ErrMany
	}
	end, err := b.begin(ctx)
	if err != nil {
		return err
	}
	defer end()
	x := b.cases[id]
	person := b.vault.person(same)
	switch {
	case x == nil || x.Kind != Request:
		return ErrNone
	case !b.mails.take(now, person):
		return ErrMany
	}
	p := b.of(id)
	p.post(supportLetter(b, x, address, lang, person))
	defer b.awake()
	return b.keep(id, p)
}

// ConfirmSupport counts a supporter once.
func (b *Book) ConfirmSupport(ctx context.Context, id, person, signature string) error {
	end, err := b.begin(ctx)
	if err != nil {
		return err
	}
	defer end()
	m, err := b.look(link{id, person, signature})
	if err != nil || m.Supported {
		return err
	}
	p := b.of(id)
	if len(p.Supported) >= maxSupport {
		return ErrMany
	}
	if len(p.Supported) == 0 { // of samples, and of a store that came without its private folder
		p.Before = b.cases[id].Support
	}
	p.Supported = append(p.Supported, person)
	if err := b.keep(id, p); err != nil {
		return err
	}
	_, err = count(b, ctx, "", id, p.Before+len(p.Supported))
	return err
}

// Unsupport takes a supporter back.
func (b *Book) Unsupport(ctx context.Context, id, person, signature string) error {
	end, err := b.begin(ctx)
	if err != nil {
		return err
	}
	defer end()
	m, err := b.look(link{id, person, signature})
	if err != nil || !m.Supported {
		return err
	}
	p := b.of(id)
	p.Supported = slices.DeleteFunc(p.Supported, func(s string) bool { return s == person })
	if err := b.keep(id, p); err != nil {
		return err
	}
	_, err = count(b, ctx, "", id, p.Before+len(p.Supported))
	return err
}

// count publishes how many support a request. Its version stays: an answer that somebody writes
// meanwhile is about the same request.
func count(b *Book, ctx context.Context, author, id string, support int) (store.Commit, error) {
	x := b.cases[id].clone()
	x.Support = support
	return b.commit(context.WithoutCancel(ctx), author, x) // it is noted already
}

// Forget deletes what is known of who filed a case, by the link in a mail: what is not published
// goes altogether. It reports whether there was anything.
func (b *Book) Forget(ctx context.Context, id, signature string) (bool, error) {
	end, err := b.begin(ctx)
	if err != nil {
		return false, err
	}
	defer end()
	m, err := b.look(link{id: id, key: signature})
	if err != nil {
		return false, err
	}
	if !m.Holds && m.Case.State != Unconfirmed && m.Case.State != Waiting {
		return false, nil
	}
	return true, b.forget(id)
}

func (b *Book) forget(id string) error {
	p := b.of(id)
	p.forget()
	p.Case, p.Asked = nil, time.Time{}
	if b.cases[id] == nil {
		p.Told = nil // of what nobody will hear of any more
	}
	return b.keep(id, p)
}

// ForgetCase deletes what is known of who filed a case, for an administrator.
func (b *Book) ForgetCase(ctx context.Context, id string) error {
	end, err := b.begin(ctx)
	if err != nil {
		return err
	}
	defer end()
	if b.private[id] == nil {
		return ErrNone
	}
	return b.forget(id)
}

// ForgetAddress deletes everything that is kept of an address, for an administrator: who filed
// with it is forgotten, and its support is taken back. It returns in how many cases it was.
func (b *Book) ForgetAddress(ctx context.Context, author, address string) (n int, commits []store.Commit,
	err error) {
	same, err := checkAddress(address)
	if err != nil {
		return 0, nil, err
	}
	end, err := b.begin(ctx)
	if err != nil {
		return 0, nil, err
	}
	defer end()
	if b.vault == nil {
		return 0, nil, ErrOff
	}
	person := b.vault.person(same)
	for id, was := range b.private {
		if err := ctx.Err(); err != nil {
			return n, commits, err
		}
		p := was.clone()
		filed := isSame(p.Address, same)
		supports := slices.Contains(p.Supported, person)
		letters := len(p.Mails)
		if filed {
			p.forget()
			if p.Case = nil; b.cases[id] == nil {
				p.Told = nil
			}
		}
		p.Supported = slices.DeleteFunc(p.Supported, func(s string) bool { return s == person })
		p.Mails = slices.DeleteFunc(p.Mails, func(l letter) bool {
			return slices.ContainsFunc(l.To, func(to string) bool { return isSame(to, same) })
		})
		if !filed && !supports && letters == len(p.Mails) {
			continue
		}
		n++
		if err := b.keep(id, p); err != nil {
			return n, commits, err
		}
		if supports && b.cases[id] != nil {
			done, err := count(b, ctx, author, id, p.Before+len(p.Supported))
			if err != nil {
				return n, commits, err
			}
			commits = append(commits, done)
		}
	}
	return n, commits, nil
}

func isSame(address, same string) bool {
	got, err := checkAddress(address)
	return err == nil && got == same
}
