package listing

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/zeebo/xxh3"

	"fincat/harvest/feed/events"
	"fincat/sparql/gate"
	"fincat/store"
	"fincat/store/follow"
)

// Options say what a [Follower] follows.
type Options struct {
	Store *store.Store
	Dir   string // of the log of changes; default: the log is in memory
	// Describe returns what the catalogue says of each of some datasets, without
	// [Bookkeeping]: N-Triples, sorted, each once.
	Describe func(ctx context.Context, sn *store.Snapshot, list []*Dataset) ([][]byte, error)
	Now      func() time.Time // default: time.Now
}

// A Follower keeps the listing up to date with the commit log of a store. Its methods
// may be called at the same time.
type Follower struct {
	o         Options
	log       func() (*events.Log, error) // opens it once
	following *follow.Following
	naming    *naming
	pending   map[string]events.Change // not in the log yet; without what they say
	last      time.Time                // of the newest change

	mu     sync.Mutex
	cursor store.Cursor
	newest *Listing
	past   []*Listing // earlier ones, oldest first
	built  []*Listing // of states that were passed over
}

// keptListings is how many earlier states can be listed without reading them again.
const keptListings = 8

// Open returns a follower; Store and Describe are needed.
func Open(o Options) (*Follower, error) {
	if o.Store == nil || o.Describe == nil {
		return nil, errors.New("listing: store and description are needed")
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Store.ReadOnly() {
		o.Dir = ""
	}
	f := &Follower{o: o, naming: newNaming(), pending: map[string]events.Change{},
		log: sync.OnceValues(func() (*events.Log, error) { return events.Open(o.Dir) })}
	f.following = follow.New(o.Store, f)
	return f, nil
}

// Following is what drives the follower.
func (f *Follower) Following() *follow.Following { return f.following }

// Log returns the log of changes once it reflects the newest commit.
func (f *Follower) Log(ctx context.Context) (*events.Log, error) {
	if err := f.following.Reach(ctx, f.o.Store.Seq()); err != nil {
		return nil, err
	}
	return f.log()
}

// Name implements [follow.Follower].
func (f *Follower) Name() string { return "feeds" }

// Cursor implements [follow.Follower]. The listing is in memory, so that it is read
// anew after a start, while the log goes on from its own cursor.
func (f *Follower) Cursor(context.Context) (store.Cursor, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.cursor, nil
}

// Advance implements [follow.Follower]. When the log cannot be written the listing goes
// on, and what is missing in the log is added with the next step.
func (f *Follower) Advance(ctx context.Context, st *follow.Step) error {
	f.mu.Lock()
	before := f.newest
	f.mu.Unlock()
	var next *Listing
	var err error
	if before == nil {
		next, err = f.first(ctx, st.Snapshot)
	} else {
		next, err = f.next(ctx, st, before)
	}
	if err != nil {
		return err
	}
	f.publish(next, st.From)
	if err := f.write(ctx, st.Snapshot, next); err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.cursor = st.To()
	return nil
}

// publish makes a listing the newest one. The one before was right up to a commit.
func (f *Follower) publish(next *Listing, upTo store.Cursor) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if was := f.newest; was != nil && was.Seq < next.Seq {
		older := *was
		was, older.until = &older, max(was.Seq, upTo.Seq)
		f.past = append(f.past, was)
		f.past = f.past[max(0, len(f.past)-keptListings):]
	}
	f.newest = next
}

// now is the time of a change: later than that of every one before.
func (f *Follower) now() time.Time {
	t := f.o.Now().UTC()
	if !t.After(f.last) {
		t = f.last.Add(1)
	}
	f.last = t
	return t
}

// pend notes what the log still has to be told.
func (f *Follower) pend(d *Dataset, kind events.Kind) {
	if p, ok := f.pending[d.IRI]; ok && p.Kind == events.Create {
		if kind == events.Delete { // nobody was told of it
			delete(f.pending, d.IRI)
			return
		}
		kind = events.Create
	}
	f.pending[d.IRI] = events.Change{Kind: kind, IRI: d.IRI, At: d.Changed}
}

// write adds what is pending to the log.
func (f *Follower) write(ctx context.Context, sn *store.Snapshot, l *Listing) error {
	list := slices.SortedFunc(maps.Values(f.pending), func(a, b events.Change) int {
		if c := a.At.Compare(b.At); c != 0 {
			return c
		}
		return byIRI(&Dataset{IRI: a.IRI}, &Dataset{IRI: b.IRI})
	})
	log, err := f.log()
	if err == nil {
		err = log.Append(ctx, sn.Cursor(), f.complete(ctx, sn, l, list))
	}
	if err != nil {
		return err
	}
	f.pending = map[string]events.Change{}
	return nil
}

// batchChanges is how many changes are completed at a time.
const batchChanges = 200

// complete adds to changes what the datasets now say, or where they belonged.
func (f *Follower) complete(ctx context.Context, sn *store.Snapshot, l *Listing,
	list []events.Change) iter.Seq2[events.Change, error] {
	return func(yield func(events.Change, error) bool) {
		for part := range slices.Chunk(list, batchChanges) {
			var said []*Dataset
			for _, c := range part {
				if c.Kind != events.Delete {
					said = append(said, l.Find(c.IRI))
				}
			}
			says, err := f.o.Describe(ctx, sn, said)
			for _, c := range part {
				switch {
				case err != nil:
				case c.Kind == events.Delete:
					c.Was, err = l.Find(c.IRI).belongs()
				default:
					c.Text, c.Digest, says = says[0], xxh3.Hash(says[0]), says[1:]
				}
				if !yield(c, err) || err != nil {
					return
				}
			}
		}
	}
}

// tries is how often the newest state is looked for while commits come faster than
// they are followed.
const tries = 4

// Current returns the newest state of the store and its listing. The snapshot must be
// closed.
func (f *Follower) Current(ctx context.Context) (*store.Snapshot, *Listing, error) {
	for i := 0; ; i++ {
		sn, err := f.o.Store.Snapshot()
		if err != nil {
			return nil, nil, err
		}
		l, err := f.known(ctx, sn)
		if err == nil && l == nil && i >= tries {
			l, err = f.build(ctx, sn)
		}
		if err != nil {
			sn.Close()
			return nil, nil, err
		}
		if l != nil {
			return sn, l, nil
		}
		sn.Close()
	}
}

// At returns the listing of a state, which takes as long as reading all datasets when it
// is none of the newest.
func (f *Follower) At(ctx context.Context, sn *store.Snapshot) (*Listing, error) {
	l, err := f.known(ctx, sn)
	if l != nil || err != nil {
		return l, err
	}
	return f.build(ctx, sn)
}

// known returns the listing of a state if it is there, else nil.
func (f *Follower) known(ctx context.Context, sn *store.Snapshot) (*Listing, error) {
	seq := sn.Seq()
	if l := f.find(seq, 0); l != nil {
		return l, nil
	}
	var err error
	ticket := gate.From(ctx)
	ticket.Idle(func() { err = f.following.Reach(ctx, seq) })
	if err == nil { // the work begins here
		err = ticket.Turn(ctx)
	}
	var reached uint64
	if err == nil {
		reached = seq
	}
	if l := f.find(seq, reached); l != nil || err == nil {
		return l, nil
	}
	return nil, fmt.Errorf("list the datasets: %w", err)
}

// find looks for the listing of a commit. Everything up to the commit reached is followed.
func (f *Follower) find(seq, reached uint64) *Listing {
	f.mu.Lock()
	defer f.mu.Unlock()
	if n := f.newest; n != nil && n.Seq <= seq {
		if n.Seq == seq || seq <= reached {
			return n
		}
		return nil
	}
	for _, l := range slices.Backward(f.past) {
		if l.Seq <= seq && seq <= l.until {
			return l
		}
	}
	for _, l := range f.built {
		if l.Seq == seq {
			return l
		}
	}
	return nil
}

// build reads the listing of a state that was passed over or is long past.
func (f *Follower) build(ctx context.Context, sn *store.Snapshot) (*Listing, error) {
	f.mu.Lock()
	now := f.newest
	f.mu.Unlock()
	l, err := f.read(ctx, sn, newNaming())
	if err != nil {
		return nil, err
	}
	for _, d := range l.All { // times of change that can still be right
		if d.Changed = d.Modified; now != nil {
			if is := now.Find(d.IRI); is != nil && is.Digest == d.Digest && is.Removed == d.Removed {
				d.Changed = is.Changed
			}
		}
	}
	l.sort()
	f.mu.Lock()
	defer f.mu.Unlock()
	f.built = append(f.built[max(0, len(f.built)-1):], l)
	return l, nil
}
