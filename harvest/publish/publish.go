package publish

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"fincat/harvest/fetch"
	"fincat/store"
	"fincat/vocab/dcat"
)

// Options configure a [Publisher].
type Options struct {
	Store     *store.Store
	Base      dcat.Base
	Client    *fetch.Client
	Directory *dcat.Directory
	Config    Config
	// Contact is what is said of whom to ask where neither a record nor the configuration does,
	// by the fields of the interface.
	Contact map[string]string
	Author  string           // of the commits
	Turn    *sync.Mutex      // held while something is published; default: one of its own
	Now     func() time.Time // default time.Now
	// Settle is how long a creation that was in doubt waits before it is made again although the
	// portal's search does not find the dataset; default 1h.
	Settle time.Duration
}

// Publisher publishes datasets at the portal.
type Publisher struct {
	o     Options
	maker maker
}

// ErrBusy says that something is being published already.
var ErrBusy = errors.New("something is being published already: wait until it ends")

// New returns a publisher.
func New(o Options) (*Publisher, error) {
	if o.Turn == nil {
		o.Turn = &sync.Mutex{}
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Settle == 0 {
		o.Settle = time.Hour
	}
	o.Config = o.Config.withDefaults()
	p := &Publisher{o: o}
	p.maker = maker{&p.o.Config, o.Directory, o.Contact}
	return p, nil
}

// Base returns where the IRIs of the catalogue begin.
func (p *Publisher) Base() dcat.Base { return p.o.Base }

// SendOptions say what may be sent.
type SendOptions struct {
	// Withdraw permits withdrawals, and Confirm, which has to be [Plan.Confirm], those that it
	// stands for.
	Withdraw bool
	Confirm  string
	Progress func(*Item) // is told of each item that is done; may be nil
}

// UnconfirmedError says that withdrawals were permitted, but not these.
type UnconfirmedError struct{ Plan *Plan }

// Error implements [error].
func (e *UnconfirmedError) Error() string {
	if e.Plan.Confirm == "" {
		return "there is nothing to withdraw: leave out --withdraw and --confirm"
	}
	return fmt.Sprintf("%d datasets would be withdrawn for good: look at each of them, then confirm just these with "+
		"--confirm %s", e.Plan.Count(Withdraw), e.Plan.Confirm)
}

// maxUnsure is how many calls in a row may have an unknown outcome: then the portal has a fault,
// and each further call would only make another dataset uncertain.
const maxUnsure = 3

// Send does what is to be done, and returns the plan with what came of it. The error is of what
// stopped it before its end; what was wrong with single datasets is in the plan.
func (p *Publisher) Send(ctx context.Context, o SendOptions) (*Plan, error) {
	if !p.o.Turn.TryLock() {
		return nil, ErrBusy
	}
	defer p.o.Turn.Unlock()
	j, err := openJournal(ctx, p.o.Store, p.o.Config.URL, p.o.Author)
	if err != nil {
		return nil, err
	}
	plan, err := p.plan(ctx, j)
	if err != nil {
		return nil, err
	}
	if o.Withdraw && (plan.Confirm == "" || o.Confirm != plan.Confirm) {
		return plan, &UnconfirmedError{plan}
	}
	portal, err := openPortal(p.o.Client, &p.o.Config, true)
	if err != nil {
		return plan, err
	}
	defer portal.close()
	s := &sending{p, portal, j}
	return plan, s.all(ctx, plan, o)
}

// Forget removes datasets from the journal, so that they count as never published. It is for
// those that the portal has withdrawn.
func (p *Publisher) Forget(ctx context.Context, names []string) error {
	if !p.o.Turn.TryLock() {
		return ErrBusy
	}
	defer p.o.Turn.Unlock()
	j, err := openJournal(ctx, p.o.Store, p.o.Config.URL, p.o.Author)
	if err != nil {
		return err
	}
	for _, name := range names {
		switch e := j.entries[p.IRI(name)]; {
		case e == nil:
			return fmt.Errorf("%s was never published: name a dataset as source/identifier", name)
		case e.live():
			return fmt.Errorf("%s is at the portal as dataset %s: only what was withdrawn there can be forgotten",
				name, e.ID)
		}
	}
	for _, name := range names {
		if err := j.forget(ctx, p.IRI(name)); err != nil {
			return err
		}
	}
	return nil
}

// sending is one run at the portal.
type sending struct {
	*Publisher
	portal  *portal
	journal *journal
}

// all does the items of a plan, one after the other.
func (s *sending) all(ctx context.Context, plan *Plan, o SendOptions) error {
	done, unsure := 0, 0
	for _, item := range plan.Items {
		var do func(context.Context, *Item, *Entry) (string, *Fault, error)
		switch item.Action {
		case Create:
			do = s.create
		case Update:
			do = s.update
		case Withdraw:
			if do = s.withdraw; !o.Withdraw {
				continue
			}
		default:
			continue
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if done++; done > s.o.Config.MaxChanges {
			return fmt.Errorf("%d datasets were published, which is max_changes: publish again for the others",
				s.o.Config.MaxChanges)
		}
		what, fault, err := do(ctx, item, s.journal.entries[item.Dataset])
		if err != nil {
			return err
		}
		item.Done = what
		if fault != nil {
			item.Error = fault.Error.Error()
		}
		if o.Progress != nil {
			o.Progress(item)
		}
		switch {
		case fault == nil, !fault.Unsure:
			unsure = 0
		default:
			unsure++
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if fault != nil && fault.Stop || unsure == maxUnsure {
			return fmt.Errorf("nothing more is sent: %w", fault.Error)
		}
	}
	return nil
}

// create creates a dataset, unless it is there already.
func (s *sending) create(ctx context.Context, item *Item, e *Entry) (done string, f *Fault, err error) {
	title := text(item.body["title"])
	if e != nil && text(e.Pending["title"]) != "" {
		title = text(e.Pending["title"]) // under which it was created, if it was
	}
	id, f := s.portal.find(ctx, item.Identifier, title)
	switch {
	case f != nil && (!f.Gone || e != nil): // without a search, what was never sent is not there
		return "", f, nil
	case id != "":
		return s.adopt(ctx, item, e, id)
	case e != nil && s.o.Now().Sub(e.At) < s.o.Settle:
		return "", nil, s.waits(item, e)
	}
	now := Entry{Dataset: item.Dataset, Identifier: item.Identifier, State: Creating, At: s.o.Now(),
		Pending: item.body}
	if err := s.journal.put(ctx, now); err != nil { // before anything is sent
		return "", nil, err
	}
	id, f = s.portal.create(ctx, item.body)
	switch {
	case f == nil:
		item.ID = id
		return "created", nil, s.journal.put(ctx, now.at(Published, id, item.body))
	case f.Unsure:
		now.Error = f.Error.Error()
		return "", f, s.journal.put(ctx, now)
	}
	return "", f, s.journal.forget(ctx, item.Dataset) // it is not there
}

// waits says that a dataset is not created again yet.
func (s *sending) waits(item *Item, e *Entry) error {
	item.Error = fmt.Sprintf("whether it was created at %s is not known, and the portal's search may lag behind: "+
		"publish again after %s", e.At.Format(time.DateTime), e.At.Add(s.o.Settle).Format(time.DateTime))
	return nil
}

// adopt takes a dataset of the portal for the one that is to be created.
func (s *sending) adopt(ctx context.Context, item *Item, e *Entry, id string) (done string, f *Fault, err error) {
	item.ID = id
	now := Entry{Dataset: item.Dataset, Identifier: item.Identifier, ID: id, State: Published, At: s.o.Now()}
	if e != nil { // the call that made it was ours
		now.Sent = e.Pending
	}
	if err := s.journal.put(ctx, now); err != nil {
		return "", nil, err
	}
	if item.Changes = differences(now.Sent, item.body); len(item.Changes) == 0 {
		return "found", nil, nil
	}
	done, f, err = s.update(ctx, item, s.journal.entries[item.Dataset])
	if f == nil && done != "" {
		done = "found and " + done
	}
	return done, f, err
}

// at returns the entry as it is after a call.
func (e Entry) at(state State, id string, sent map[string]any) Entry {
	e.State, e.ID, e.Sent, e.Pending, e.Error = state, id, sent, nil, ""
	return e
}

// ours makes sure that a number leads to the dataset that it was given to.
func (s *sending) ours(ctx context.Context, e *Entry) (there bool, f *Fault) {
	identifier, there, f := s.portal.identifierOf(ctx, e.ID)
	if f != nil || !there {
		return false, f
	}
	if identifier != e.Identifier {
		f = unclear(s.portal.of(e.ID), "the dataset %s has the identifier %.80q there, not %s: it is left alone", e.ID,
			identifier, e.Identifier)
		f.Unsure = false
		f.Remedy = "look at the dataset at the portal: somebody has changed its identifier; change it back there"
		return false, f
	}
	return true, nil
}

// update changes a dataset.
func (s *sending) update(ctx context.Context, item *Item, e *Entry) (done string, f *Fault, err error) {
	there, f := s.ours(ctx, e)
	if f != nil {
		return "", f, nil
	}
	now := *e
	now.At = s.o.Now()
	if !there {
		return "gone from the portal", nil, s.journal.put(ctx, now.at(Gone, e.ID, e.Sent))
	}
	now.State, now.Pending = Updating, item.body
	if err := s.journal.put(ctx, now); err != nil {
		return "", nil, err
	}
	f = s.portal.update(ctx, e.ID, emptied(e.Sent, item.body))
	switch {
	case f == nil:
		return "updated", nil, s.journal.put(ctx, now.at(Published, e.ID, item.body))
	case f.Gone:
		return "gone from the portal", f, s.journal.put(ctx, now.at(Gone, e.ID, e.Sent))
	}
	return "", f, s.failed(ctx, now, now.at(e.State, e.ID, e.Sent), f)
}

// failed notes a call that failed: the entry stays as it was during the call where it is
// not known whether the portal carried it out, else as it was before.
func (s *sending) failed(ctx context.Context, during, before Entry, f *Fault) error {
	now := before
	if f.Unsure {
		now = during
	}
	now.Error = f.Error.Error()
	return s.journal.put(ctx, now)
}

// withdraw withdraws a dataset for good.
func (s *sending) withdraw(ctx context.Context, item *Item, e *Entry) (done string, f *Fault, err error) {
	if e.State == Creating { // it may never have come there
		id, f := s.portal.find(ctx, e.Identifier, text(e.Pending["title"]))
		switch {
		case f != nil:
			return "", f, nil
		case id == "" && s.o.Now().Sub(e.At) < s.o.Settle:
			return "", nil, s.waits(item, e)
		case id == "":
			return "never created", nil, s.journal.forget(ctx, item.Dataset)
		}
		found := e.at(Published, id, e.Pending)
		if err := s.journal.put(ctx, found); err != nil {
			return "", nil, err
		}
		return "found: it is dataset " + id + ", and withdrawn when that is confirmed", nil, nil
	}
	there, f := s.ours(ctx, e)
	if f != nil {
		return "", f, nil
	}
	now := *e
	now.At = s.o.Now()
	if !there {
		return "withdrawn before", nil, s.journal.put(ctx, now.at(Withdrawn, e.ID, e.Sent))
	}
	now.State = Withdrawing
	if err := s.journal.put(ctx, now); err != nil {
		return "", nil, err
	}
	f = s.portal.withdraw(ctx, e.ID)
	switch {
	case f == nil:
		return "withdrawn", nil, s.journal.put(ctx, now.at(Withdrawn, e.ID, e.Sent))
	case f.Gone:
		return "withdrawn before", nil, s.journal.put(ctx, now.at(Withdrawn, e.ID, e.Sent))
	}
	return "", f, s.failed(ctx, now, now.at(Published, e.ID, e.Sent), f)
}
