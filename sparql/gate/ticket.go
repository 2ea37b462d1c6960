package gate

import (
	"context"
	"errors"
	"net/http"
	"net/netip"
	"sync"
	"time"
)

// Ticket is a request that was let in. Its methods but Hurry are for the goroutine
// that serves the request.
type Ticket struct {
	g      *Gate
	client netip.Addr
	rc     *http.ResponseController // set by Attach
	stop   func() bool
	past   *past         // of its connection; nil: not known
	debt   time.Duration // what those before it on its connection have worked

	mu      sync.Mutex
	held    *queue // where it has its place
	since   time.Time
	mark    time.Duration // what the clock showed then
	worked  time.Duration // before
	begun   bool          // it has had a place
	waits   bool          // it waits for its client
	asideAt time.Time     // since when it does, without a place
	end     time.Time     // when its client has to be done, however fast
	words   time.Duration // how long that was when it was hurried
	late    bool          // the server itself was late, and its last words have the same time again
	read    bool          // its body has been read, or it has none
}

// Turn makes sure that the request has a place, and lets others have theirs in
// between. It waits until it is the request's turn; an error is that of ctx, or a
// [*BusyError] when there is no place to begin with.
func (t *Ticket) Turn(ctx context.Context) error {
	if t == nil {
		return nil
	}
	now := time.Now()
	t.mu.Lock()
	t.waits = false
	if t.held != nil {
		if t.mayGoOn(now) {
			t.mu.Unlock()
			return nil
		}
		t.put(now)
	}
	worked, begun := t.worked, t.begun
	t.mu.Unlock()
	defer func() { t.debt -= min(t.debt, time.Since(now)) }() // waiting has paid for it
	q := t.g.short
	if t.g.o.Short >= 0 && worked >= t.g.o.Short {
		q = t.g.long
	}
	if err := t.wait(ctx, q, worked, begun); err != nil {
		return err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.held, t.since, t.begun = q, time.Now(), true
	t.mark = t.g.clock.now(1)
	return nil
}

// mayGoOn reports whether the request keeps its place for now. The caller has the lock.
func (t *Ticket) mayGoOn(now time.Time) bool {
	o, wall := t.g.o, now.Sub(t.since)
	if t.held == t.g.short {
		if o.Short < 0 || wall < min(firstSlice, o.Short-t.worked) { // the clock is no faster
			return true
		}
		work := min(wall, t.g.clock.now(0)-t.mark)
		return t.worked+work < o.Short &&
			(work < firstSlice && wall < slice || !t.g.short.wanted(t.worked+work+t.debt))
	}
	most := min(slice, t.worked/share)
	if wall < most {
		return true
	}
	work := min(wall, t.g.clock.now(0)-t.mark)
	return work < most && wall < slice || !t.g.long.wanted(t.worked+work+t.debt)
}

// wait waits for a place; for the first one not for long.
func (t *Ticket) wait(ctx context.Context, q *queue, worked time.Duration, begun bool) error {
	if begun {
		return q.take(ctx, worked, t.debt)
	}
	first, cancel := context.WithTimeout(ctx, t.g.o.Wait)
	defer cancel()
	err := q.take(first, worked, t.debt)
	if err != nil && ctx.Err() == nil && errors.Is(err, context.DeadlineExceeded) {
		return &BusyError{}
	}
	return err
}

// put gives the place back. The caller has the lock.
func (t *Ticket) put(now time.Time) {
	if t.held != nil {
		t.worked += min(now.Sub(t.since), t.g.clock.now(-1)-t.mark)
		t.held.put()
		t.held = nil
	}
}

// patience is how long a request may wait before its place is given to others.
const patience = 20 * time.Millisecond

// Idle calls f, which waits for a client or another server. When that takes long the
// place is given to others, and the next Turn takes one again.
func (t *Ticket) Idle(f func()) {
	if t == nil {
		f()
		return
	}
	t.mu.Lock()
	t.waits = true
	t.mu.Unlock()
	timer := time.AfterFunc(patience, func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		if now := time.Now(); t.waits && t.held != nil {
			t.put(now)
			t.asideAt = now
		}
	})
	f()
	timer.Stop()
	t.mu.Lock()
	t.waits = t.held == nil // what follows is work only with a place
	t.mu.Unlock()
}

// aside reports since when the request waits for its client without a place.
func (t *Ticket) aside() (since time.Time, ok bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.asideAt, t.waits && t.held == nil
}

// Hurry gives the client so long to be done with what it sends or reads. When the server
// begins to write only later, its words may take as long once more.
func (t *Ticket) Hurry(d time.Duration) {
	if t == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if end := time.Now().Add(d); t.end.IsZero() || end.Before(t.end) {
		t.end, t.words = end, d
	}
	if t.rc == nil {
		return
	}
	if !t.read { // afterwards the server would take the client for gone
		_ = t.rc.SetReadDeadline(t.end) // not every connection has deadlines
	}
	_ = t.rc.SetWriteDeadline(t.end)
}

// Leave ends the request.
func (t *Ticket) Leave() {
	if t == nil {
		return
	}
	if t.stop != nil {
		t.stop()
	}
	t.mu.Lock()
	now := time.Now()
	t.put(now)
	if t.past != nil {
		t.past.ended(now, t.debt, t.worked)
		t.past = nil // leaving twice is once
	}
	if t.rc != nil { // for what the server still has to send
		_ = t.rc.SetWriteDeadline(now.Add(t.g.o.WriteGrace))
		t.rc = nil
	}
	t.mu.Unlock()
	t.g.mu.Lock()
	defer t.g.mu.Unlock()
	t.g.forget(t)
}
