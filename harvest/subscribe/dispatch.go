package subscribe

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"fincat/harvest/feed/listing"
	"fincat/harvest/fetch"
	"fincat/harvest/notify"
	"fincat/sparql"
	"fincat/store"
	"fincat/vocab/dcat"
)

// Options configure a [Dispatcher].
type Options struct {
	Store   *store.Store
	Listing *listing.Follower
	Engine  *sparql.Engine // of saved queries
	Client  *fetch.Client
	Base    dcat.Base
	Config  Config
	Dir     string              // of the states; default: they are in memory
	Getenv  func(string) string // secrets; default os.Getenv
	Now     func() time.Time    // default time.Now
	Logger  *slog.Logger        // default: none
}

// Dispatcher tells the receivers. It is safe for concurrent use.
type Dispatcher struct {
	o       Options
	files   *files
	follows map[string]*follower // by the webhook's id
	pauses  []time.Duration
}

// follower does the work of one subscription.
type follower struct {
	d    *Dispatcher
	hook *Webhook
	wake chan struct{} // it was ended, or goes on again

	mu sync.Mutex // held while the state is changed
}

// New returns a dispatcher that does nothing before [Dispatcher.Start].
func New(o Options) *Dispatcher {
	if o.Getenv == nil {
		o.Getenv = os.Getenv
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	d := &Dispatcher{o: o, files: &files{dir: o.Dir, memory: map[string][]byte{}}, follows: map[string]*follower{},
		pauses: pauses}
	for i := range o.Config.Webhooks {
		w := &o.Config.Webhooks[i]
		d.follows[w.ID] = &follower{d: d, hook: w, wake: make(chan struct{}, 1)}
	}
	return d
}

// Start begins to tell the receivers; wait waits until that has stopped, which it does when ctx
// ends.
func (d *Dispatcher) Start(ctx context.Context) (wait func()) {
	var all sync.WaitGroup
	for _, f := range d.follows {
		all.Go(func() { f.run(ctx) })
	}
	return all.Wait
}

// iri is that of a dataset named by its IRI or as source/identifier.
func (d *Dispatcher) iri(name string) string { return dcat.Named(d.o.Base, name) }

// follows says what a webhook follows.
func (w *Webhook) follows() string {
	switch {
	case w.Dataset != "":
		return "dataset " + w.Dataset
	case w.Source != "":
		return "source " + w.Source
	case w.Query != "":
		return "query " + w.Query
	}
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(w.Filter)) {
		parts = append(parts, name+"="+w.Filter[name])
	}
	return "filter " + strings.Join(parts, "&")
}

// secret reads the secret of a webhook.
func (f *follower) secret() (notify.Secret, error) {
	text := f.d.o.Getenv(f.hook.SecretEnv)
	if text == "" {
		return nil, fmt.Errorf("the environment variable %s of secret_env is empty: set it", f.hook.SecretEnv)
	}
	return notify.ParseSecret(text)
}

// longestRest is after how long a subscription looks again by itself.
const longestRest = time.Minute

// run does the work of a subscription until ctx ends. What fails is tried again.
func (f *follower) run(ctx context.Context) {
	for failed := 0; ctx.Err() == nil; {
		seq := f.d.o.Store.Seq()
		rest, err := f.step(ctx)
		if ctx.Err() != nil {
			return
		}
		if err != nil {
			failed++
			rest = min(f.d.pause(min(failed, 2)), longestRest)
			f.d.o.Logger.Error("subscription", "id", f.hook.ID, "error", err)
		} else {
			failed = 0
		}
		f.await(ctx, seq, rest, err == nil)
	}
}

// await waits for as long as rest, or for a new commit where rest is 0.
func (f *follower) await(ctx context.Context, seq uint64, rest time.Duration, commits bool) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	newer := make(chan struct{})
	switch {
	case rest < 0: // there is more to do
		return
	case rest == 0 && commits:
		go func() {
			defer close(newer)
			_, _ = f.d.o.Store.Wait(ctx, seq)
		}()
		rest = longestRest
	}
	select {
	case <-ctx.Done():
	case <-newer:
	case <-f.wake:
	case <-time.After(min(rest, longestRest)):
	}
}

// step does what is to be done now. It returns how long to rest: a negative time when there is
// more to do, and 0 until the next commit.
func (f *follower) step(ctx context.Context) (rest time.Duration, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	s, err := f.state(ctx)
	if err != nil {
		return 0, err
	}
	if !s.Cancelled.IsZero() {
		return 0, nil
	}
	secret, err := f.secret()
	if err != nil {
		return 0, err
	}
	if s.Pending == nil && len(s.Queue) == 0 {
		changed, err := f.read(ctx, &s)
		if err != nil || !changed {
			return 0, err
		}
		if len(s.Queue) == 0 {
			return 0, f.d.files.save(f.hook.ID, &s)
		}
	}
	if s.Pending == nil {
		if err := f.next(&s, secret); err != nil {
			return 0, err
		}
		if err := f.d.files.save(f.hook.ID, &s); err != nil { // before anything is sent
			return 0, err
		}
	}
	if left := s.Pending.Next.Sub(f.d.o.Now()); left > 0 {
		return left, nil
	}
	return f.attempt(ctx, &s, secret)
}

// attempt sends what is pending, and notes what came of it.
func (f *follower) attempt(ctx context.Context, s *state, secret notify.Secret) (rest time.Duration, err error) {
	err = f.send(ctx, s.Pending, secret)
	now := f.d.o.Now()
	switch {
	case err == nil:
		s.Pending, s.Error, s.Last = nil, "", now
		s.Delivered++
		return -1, f.d.files.save(f.hook.ID, s)
	case ctx.Err() != nil: // it is sent again after the start
		return 0, context.Cause(ctx)
	case errors.Is(err, errGone):
		s.cancel(now, err.Error())
		f.d.o.Logger.Warn("subscription ended", "id", f.hook.ID, "why", s.Why)
		return 0, f.d.files.save(f.hook.ID, s)
	}
	s.Pending.Tries++
	pause := f.d.pause(s.Pending.Tries)
	s.Pending.Next, s.Error = now.Add(pause), err.Error()
	f.d.o.Logger.Warn("subscription not delivered", "id", f.hook.ID, "attempt", s.Pending.Tries, "again",
		s.Pending.Next, "error", err)
	return pause, f.d.files.save(f.hook.ID, s)
}

// state returns the state of a subscription. A new one, and one that follows something else now,
// begins with what happens from now on.
func (f *follower) state(ctx context.Context) (state, error) {
	s, ok, err := f.d.files.load(f.hook.ID)
	if err != nil || ok && s.Follows == f.hook.follows() {
		return s, err
	}
	log, err := f.d.o.Listing.Log(ctx)
	if err != nil {
		return s, err
	}
	s = state{Follows: f.hook.follows()}
	if all := log.Fragments(); len(all) > 0 {
		s.After = all[len(all)-1].Last
	}
	if f.hook.Query != "" { // what it selects now is no news
		if _, err := f.readQuery(ctx, log, &s); err != nil {
			return s, err
		}
		s.Queue = nil
	}
	return s, f.d.files.save(f.hook.ID, &s)
}

// cancel ends a subscription; what was not delivered is let go.
func (s *state) cancel(at time.Time, why string) {
	s.Pending, s.Queue, s.Members, s.Cancelled, s.Why = nil, nil, nil, at, why
}
