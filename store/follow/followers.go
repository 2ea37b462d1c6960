package follow

import (
	"context"
	"errors"
	"slices"
	"sync"

	"fincat/store"
)

// Followers are all that is derived from one store. They work side by side: a
// slow or failing one holds up no other.
type Followers struct {
	store *store.Store

	mu   sync.Mutex
	list []*Following
	run  func(*Following) // lets one work in the background; nil: none does
}

// NewFollowers returns a set of followings of one store.
func NewFollowers(s *store.Store, list ...*Following) *Followers {
	return &Followers{store: s, list: list}
}

// Add adds one. It works in the background if the others do.
func (fs *Followers) Add(w *Following) {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	fs.list = append(fs.list, w)
	if fs.run != nil {
		fs.run(w)
	}
}

// all returns those that there are.
func (fs *Followers) all() []*Following {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	return slices.Clip(fs.list)
}

// Start lets every follower work in the background until stop is called or ctx
// ends; stop waits for them. report is that of [Following.Run].
func (fs *Followers) Start(ctx context.Context, report func(name string, err error)) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	var running sync.WaitGroup
	fs.mu.Lock()
	defer fs.mu.Unlock()
	fs.run = func(w *Following) { running.Go(func() { w.Run(ctx, report) }) }
	for _, w := range fs.list {
		fs.run(w)
	}
	return func() {
		fs.mu.Lock()
		fs.run = nil
		fs.mu.Unlock()
		cancel()
		running.Wait()
	}
}

// CatchUp brings every follower to the newest commit, those that followers make
// meanwhile included. It is for programs that end after a commit. The error
// joins those of all followers that failed; the others are up to date.
func (fs *Followers) CatchUp(ctx context.Context) error {
	for {
		seq, list := fs.store.Seq(), fs.all()
		errs := make([]error, len(list))
		for i, w := range list { // one after the other, which takes the memory of one
			errs[i] = w.Reach(ctx, seq)
			w.release()
		}
		if err := errors.Join(errs...); err != nil || fs.store.Seq() == seq {
			return err
		}
	}
}

// Status returns how far each follower has come.
func (fs *Followers) Status() []Status {
	list := fs.all()
	out := make([]Status, len(list))
	for i, w := range list {
		out[i] = w.Status()
	}
	return out
}
