package gate

import (
	"context"
	"fmt"
	"net/http"
	"net/netip"
	"runtime"
	"sync"
	"time"
)

// Options configure a [Gate].
type Options struct {
	// Working is how many requests are worked on at once, apart from those that have
	// worked for long. Work takes a processor, and whoever comes has to wait while all
	// others have theirs, so there are few places: default twice the number of
	// processors, at least 4.
	Working int
	// Long is how many of those are; default the number of processors, at least 2.
	Long int
	// Short is after how much work, in processor time, a request counts as long; default
	// 30 ms, negative: never.
	Short time.Duration
	// Open is how many requests may be under way, most of which wait for their clients
	// or for a turn. When there are more, the one that has waited longest for its client
	// is cut off. Default 1024.
	Open int
	// PerClient is how many of them may be of one client; default 16, negative: any
	// number. Those of programs on this machine are not counted.
	PerClient int
	// Wait is how long a request waits for its first place; default 5 s.
	Wait time.Duration

	// BodyGrace is how long a client may send nothing of a body that it has begun,
	// and WriteGrace how long it may take nothing of an answer. Less than Rate bytes a
	// second use the time up, more give it back. Defaults 20 s, 60 s and 4 KiB.
	BodyGrace, WriteGrace time.Duration
	Rate                  int64
	// Total is how long a client may take to send its body, and again to read its
	// answer, whatever their size; default 1 h.
	Total time.Duration
}

const (
	// slice is how long a long request may work before it lets others have their turn.
	slice = 200 * time.Millisecond
	// share is what part of its work so far it may add before it lets those who have
	// worked less have their turn, when that is less than a slice: whoever has worked for
	// a moment must not wait for a slice of each of those who have not worked much longer.
	share = 4
	// firstSlice is how much a request may work that is not long, when others wait.
	firstSlice = 2 * time.Millisecond
)

// Gate lets requests in. It may be used by several goroutines.
type Gate struct {
	o           Options
	clock       *clock
	short, long *queue

	mu      sync.Mutex
	open    map[*Ticket]struct{}
	clients map[netip.Addr]int
}

// New returns a gate.
func New(o Options) *Gate {
	setDefault(&o.Working, max(4, 2*runtime.GOMAXPROCS(0)))
	setDefault(&o.Long, max(2, runtime.GOMAXPROCS(0)))
	setDefault(&o.Short, 30*time.Millisecond)
	setDefault(&o.Open, 1024)
	setDefault(&o.PerClient, 16)
	setDefault(&o.Wait, 5*time.Second)
	setDefault(&o.BodyGrace, 20*time.Second)
	setDefault(&o.WriteGrace, time.Minute)
	setDefault(&o.Rate, 4<<10)
	setDefault(&o.Total, time.Hour)
	return &Gate{o: o, clock: newClock(), short: &queue{free: o.Working}, long: &queue{free: o.Long},
		open: map[*Ticket]struct{}{}, clients: map[netip.Addr]int{}}
}

func setDefault[T int | int64 | time.Duration](v *T, d T) {
	if *v == 0 {
		*v = d
	}
}

// Pools are gates for kinds of work that must not keep each other waiting.
type Pools struct {
	Reading, Writing, Admin, Feeds *Gate
}

// NewPools returns pools of which each has gates of its own with the given options.
// Changes and the administration have 64 places unless the options say otherwise: they
// wait for each other and for harvests rather than for a processor. Programs that read feeds
// wait for 30 s unless the options say otherwise: few of them come again when told to.
func NewPools(o Options) *Pools {
	admin := o
	setDefault(&admin.Working, 64)
	write := admin
	write.Short = -1 // changes are made one after the other anyway
	feeds := o
	setDefault(&feeds.Wait, 30*time.Second)
	p := &Pools{Reading: New(o), Writing: New(write), Admin: New(admin), Feeds: New(feeds)}
	p.Feeds.clock = p.Reading.clock // their work is that of processors
	return p
}

// BusyError says that a request was not let in.
type BusyError struct {
	Client bool // because of others of the same client
}

// Error says why.
func (e *BusyError) Error() string {
	if e.Client {
		return "too many requests of this client are under way"
	}
	return "too many requests are under way"
}

// Enter lets a request in, without a place yet. The ticket must be left.
func (g *Gate) Enter(r *http.Request) (*Ticket, error) {
	now := time.Now()
	t := &Ticket{g: g, client: clientOf(r), waits: true, asideAt: now}
	if t.past = pastOf(r); t.past != nil {
		t.debt = t.past.debt(now)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if t.client.IsValid() && g.o.PerClient > 0 && g.clients[t.client] >= g.o.PerClient {
		return nil, &BusyError{Client: true}
	}
	if len(g.open) >= g.o.Open && !g.cutOff() {
		return nil, &BusyError{}
	}
	g.open[t] = struct{}{}
	g.clients[t.client]++
	return t, nil
}

// cutOff makes room by ending the request that has waited longest for its client.
func (g *Gate) cutOff() bool {
	var oldest *Ticket
	var since time.Time
	for t := range g.open {
		if at, ok := t.aside(); ok && (oldest == nil || at.Before(since)) {
			oldest, since = t, at
		}
	}
	if oldest == nil {
		return false
	}
	g.forget(oldest)
	oldest.Hurry(0)
	return true
}

// forget takes a ticket out of the account. The caller has the lock.
func (g *Gate) forget(t *Ticket) {
	if _, ok := g.open[t]; !ok {
		return
	}
	delete(g.open, t)
	if g.clients[t.client]--; g.clients[t.client] <= 0 {
		delete(g.clients, t.client)
	}
}

// Load says how busy a gate is.
type Load struct{ Open, Working, Long, Waiting int }

// Load returns how busy the gate is now.
func (g *Gate) Load() Load {
	g.mu.Lock()
	l := Load{Open: len(g.open)}
	g.mu.Unlock()
	for q, into := range map[*queue]*int{g.short: &l.Working, g.long: &l.Long} {
		q.mu.Lock()
		*into = -q.free
		l.Waiting += len(q.waiting)
		q.mu.Unlock()
	}
	l.Working += g.o.Working
	l.Long += g.o.Long
	return l
}

// clientOf returns whom a request counts for: its address, or the network of a
// subscriber. A program on this machine may speak for many and counts for nobody.
func clientOf(r *http.Request) netip.Addr {
	ap, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil || ap.Addr().Unmap().IsLoopback() {
		return netip.Addr{}
	}
	client := ap.Addr().Unmap().WithZone("")
	if client.Is6() { // one subscriber has a whole /64
		if p, err := client.Prefix(64); err == nil {
			client = p.Addr()
		}
	}
	return client
}

type ticketKey struct{}

// From returns the ticket of the request that ctx belongs to, or nil.
func From(ctx context.Context) *Ticket {
	t, _ := ctx.Value(ticketKey{}).(*Ticket)
	return t
}

func (l Load) String() string {
	return fmt.Sprintf("%d open, %d working, %d long, %d waiting", l.Open, l.Working, l.Long, l.Waiting)
}
