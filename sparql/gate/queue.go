package gate

import (
	"context"
	"slices"
	"sync"
	"time"
)

// queue is a number of places and those who wait for one.
type queue struct {
	mu      sync.Mutex
	free    int
	waiting []*waiter
}

// waiter waits for a place.
type waiter struct {
	worked time.Duration
	debt   time.Duration // of its connection when it began to wait
	since  time.Time
	ready  chan struct{} // closed when it has one
}

// A request that waits for longer than grace goes, step by step, before those that have worked
// less: aging is how much longer it waits for that than it has worked.
const (
	grace = 2 * time.Second
	aging = 4
)

// rank is how much a waiter has worked, with what is left of its debt. Both are paid by waiting,
// so that nobody waits for ever behind those who come later: where processors are few, each of
// them may end before it has worked as much.
func (w *waiter) rank(now time.Time) time.Duration {
	waited := now.Sub(w.since)
	return w.worked - max(0, waited-grace)/aging + max(0, w.debt-waited)
}

// take waits for a place. Whoever has the lowest rank gets the next one.
func (q *queue) take(ctx context.Context, worked, debt time.Duration) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	q.mu.Lock()
	if q.free > 0 {
		q.free--
		q.mu.Unlock()
		return nil
	}
	w := &waiter{worked, debt, time.Now(), make(chan struct{})}
	q.waiting = append(q.waiting, w)
	q.mu.Unlock()
	select {
	case <-w.ready:
		return nil
	case <-ctx.Done():
	}
	q.mu.Lock()
	i := slices.Index(q.waiting, w)
	if i >= 0 {
		q.waiting = slices.Delete(q.waiting, i, i+1)
	}
	q.mu.Unlock()
	if i < 0 { // it was given a place at the same time
		q.put()
	}
	return ctx.Err()
}

// put gives a place back.
func (q *queue) put() {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.waiting) == 0 {
		q.free++
		return
	}
	next, now := 0, time.Now()
	for i, w := range q.waiting {
		if w.rank(now) < q.waiting[next].rank(now) {
			next = i
		}
	}
	close(q.waiting[next].ready)
	q.waiting = slices.Delete(q.waiting, next, next+1)
}

// wanted reports whether somebody waits who has a lower rank.
func (q *queue) wanted(rank time.Duration) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	now := time.Now()
	return slices.ContainsFunc(q.waiting, func(w *waiter) bool { return w.rank(now) < rank })
}
