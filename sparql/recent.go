package sparql

import "sync"

// recentQueries are queries that were parsed lately, by base IRI and text: programs and
// pages ask the same again and again. There are two generations, and a query that is
// asked for again is taken over into the younger one; when that is full the older one is
// forgotten.
type recentQueries struct {
	mu         sync.Mutex
	young, old map[recentKey]*Query
	bytes      int64 // of the younger generation
}

type recentKey struct{ base, text string }

const (
	recentText  = 8 << 10 // longest text that is kept
	recentBytes = 2 << 20 // of each generation, about
)

// get returns a query that was put in lately, or nil.
func (r *recentQueries) get(base, text string) *Query {
	k := recentKey{base, text}
	r.mu.Lock()
	defer r.mu.Unlock()
	q := r.young[k]
	if q == nil {
		if q = r.old[k]; q != nil {
			r.add(k, q)
		}
	}
	return q
}

// put keeps a query for a while, unless reading it was so much work that every run of it
// has to answer for that.
func (r *recentQueries) put(base string, q *Query) {
	if len(q.text) > recentText || q.read >= accountedRead {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.add(recentKey{base, q.text}, q)
}

// add puts a query into the younger generation. The caller has the lock.
func (r *recentQueries) add(k recentKey, q *Query) {
	size := int64(len(k.base)) + tokenBytes*(1+int64(len(k.text))/4) // four bytes a token, which is few
	if r.young == nil || r.bytes+size > recentBytes {
		r.young, r.old, r.bytes = map[recentKey]*Query{}, r.young, 0
	}
	r.young[k] = q
	r.bytes += size
}
