package follow

import (
	"context"
	"errors"
	"sync"

	"fincat/store"
)

// Followers are all that is derived from one store. They work side by side: a
// slow or failing one holds up no other.
type Followers struct {
	store *store.Store
	list  []*Following
}

// NewFollowers returns a set of followings of one store.
func NewFollowers(s *store.Store, list ...*Following) *Followers {
	return &Followers{store: s, list: list}
}

// Start lets every follower work in the background until stop is called or ctx
// ends; stop waits for them. report is that of [Following.Run].
func (fs *Followers) Start(ctx context.Context, report func(name string, err error)) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	var running sync.WaitGroup
	for _, w := range fs.list {
		running.Go(func() { w.Run(ctx, report) })
	}
	return func() { cancel(); running.Wait() }
}

// CatchUp brings every follower to the newest commit, those that followers make
// meanwhile included. It is for programs that end after a commit. The error
// joins those of all followers that failed; the others are up to date.
func (fs *Followers) CatchUp(ctx context.Context) error {
	for {
		seq := fs.store.Seq()
		errs := make([]error, len(fs.list))
		for i, w := range fs.list { // one after the other, which takes the memory of one
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
	out := make([]Status, len(fs.list))
	for i, w := range fs.list {
		out[i] = w.Status()
	}
	return out
}
