package memory

import (
	"math"
	"sync"
	"sync/atomic"

	"fincat/sparql/value"
)

const bytesOfMemory = "bytes of memory"

// Budget is the memory of one query. Operators take from it what they hold and
// give it back when they end. A query that is done gives the rest back with
// [Budget.Close].
type Budget struct {
	Limit int64 // bytes; zero or less is no limit
	// Shared is the memory of all queries together, of which this one takes its
	// part. Default: none.
	Shared *Shared
	// Evict stops this query, because the shared budget is used up, for the reason that
	// the error gives. It is called at most once, perhaps by another query's goroutine.
	Evict func(error)

	used     atomic.Int64
	reserved atomic.Int64 // taken from Shared, whose lock guards the writing
	evicted  error        // why it was told to stop; guarded by Shared's lock
}

// Grow takes n bytes, or fails when they are not there.
func (m *Budget) Grow(n int64) error {
	used := m.used.Add(n)
	if m.Limit > 0 && used > m.Limit {
		return &value.LimitError{What: bytesOfMemory, Limit: m.Limit}
	}
	if m.Shared != nil && used > m.reserved.Load() {
		return m.Shared.reserve(m, used)
	}
	return nil
}

// Shrink gives n bytes back.
func (m *Budget) Shrink(n int64) {
	used := m.used.Add(-n)
	if m.Shared != nil && m.reserved.Load()-used > 4*portion {
		m.Shared.release(m, used+portion)
	}
}

// Used returns how many bytes are taken.
func (m *Budget) Used() int64 { return m.used.Load() }

// Spare is what the query may still take: of its own budget, and of what is left of
// that of all queries.
func (m *Budget) Spare() int64 {
	left := int64(math.MaxInt64)
	if m.Limit > 0 {
		left = m.Limit - m.used.Load()
	}
	if m.Shared != nil {
		left = min(left, m.Shared.Limit-m.Shared.Used())
	}
	return max(left, 0)
}

// Close gives everything back.
func (m *Budget) Close() {
	m.used.Store(0)
	if m.Shared != nil {
		m.Shared.release(m, 0)
	}
}

// Shared is the memory of all queries together. When it is used up the
// query that holds most is stopped, not the one that happens to ask.
type Shared struct {
	Limit int64 // bytes

	mu      sync.Mutex
	used    int64 // reserved by all queries
	leaving int64 // reserved by queries that were told to stop
	queries map[*Budget]struct{}
}

// portion is what a query takes from the shared budget at a time.
const portion = 1 << 20

// reserve makes sure that a query has what it uses.
func (s *Shared) reserve(m *Budget, need int64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if m.evicted != nil {
		return m.evicted
	}
	if s.queries == nil {
		s.queries = map[*Budget]struct{}{}
	}
	s.queries[m] = struct{}{}
	before := m.reserved.Load()
	need = (need + portion - 1) / portion * portion
	s.used += need - before
	m.reserved.Store(need)
	refuse := func(leaving bool) error {
		s.used -= need - before // which it does not get
		m.reserved.Store(before)
		s.evict(m, leaving)
		return m.evicted
	}
	for s.used-s.leaving > s.Limit {
		largest := m
		for q := range s.queries {
			if q.evicted == nil && q.reserved.Load() > largest.reserved.Load() {
				largest = q
			}
		}
		if largest == m {
			return refuse(false)
		}
		s.evict(largest, false)
	}
	most := s.Limit + s.Limit/8 // while those that were stopped have not left yet
	if need <= s.Limit/64 {     // which is not for a small one to suffer from
		most += s.Limit / 8
	}
	if s.used > most {
		return refuse(true)
	}
	return nil
}

// Used returns what all queries have reserved.
func (s *Shared) Used() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.used
}

// evict tells a query to stop: because it is the largest, or because others that were
// told so are still leaving.
func (s *Shared) evict(m *Budget, leaving bool) {
	m.evicted = &value.LimitError{What: bytesOfMemory, Limit: s.Limit, Shared: true, Leaving: leaving}
	s.leaving += m.reserved.Load()
	if m.Evict != nil {
		m.Evict(m.evicted)
	}
}

// release lowers what a query has reserved; with nothing left it is forgotten.
func (s *Shared) release(m *Budget, need int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	need = min(need, m.reserved.Load())
	back := m.reserved.Load() - need
	s.used -= back
	if m.evicted != nil {
		s.leaving -= back
	}
	m.reserved.Store(need)
	if need == 0 {
		delete(s.queries, m)
	}
}

// Account keeps what an operator has taken from the query's memory.
type Account struct {
	Of   *Budget
	Held int64 // bytes
}

// Set adjusts the account to n bytes in all.
func (a *Account) Set(n int64) error {
	if n == a.Held {
		return nil
	}
	d := n - a.Held
	a.Held = n
	if d < 0 {
		a.Of.Shrink(-d)
		return nil
	}
	return a.Of.Grow(d)
}

// Add takes n bytes more.
func (a *Account) Add(n int64) error { return a.Set(a.Held + n) }

// Close gives everything back. Of an account that was never opened it is nothing.
func (a *Account) Close() {
	if a.Of != nil {
		a.Of.Shrink(a.Held)
	}
	a.Held = 0
}
