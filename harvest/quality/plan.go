package quality

import (
	"cmp"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
)

// Plan says how long a round will take: no host is asked faster than its rate allows.
type Plan struct {
	Datasets, Files, Hosts int
	Slowest                string        // host that takes longest
	Takes                  time.Duration // as long as that, at least
	End                    time.Time
}

// String says the plan in a line.
func (p Plan) String() string {
	if p.Files == 0 {
		return fmt.Sprintf("%d datasets, no files to ask for", p.Datasets)
	}
	return fmt.Sprintf("%d datasets with %d files at %d hosts; %s takes longest: not done before %s", p.Datasets,
		p.Files,
		p.Hosts, p.Slowest, p.End.In(taipei()).Format("2006-01-02 15:04:05 -07:00"))
}

// plan works out how long datasets will take.
func (r *Runner) plan(list []*job) Plan {
	p := Plan{Datasets: len(list), End: r.o.Now()}
	takes := map[string]time.Duration{}
	for _, j := range list {
		p.Files += j.files
		if j.files > 0 {
			every := r.o.Config.policy(r.o.Source(j.source).Policy.WithDefaults()).Rate.Every
			takes[j.host] += time.Duration(j.files) * every
		}
	}
	p.Hosts = len(takes)
	for _, host := range slices.Sorted(maps.Keys(takes)) {
		if takes[host] > p.Takes {
			p.Slowest, p.Takes = host, takes[host]
		}
	}
	p.End = p.End.Add(p.Takes)
	return p
}

// hostOf returns the host of an address, empty when it has none.
func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return strings.ToLower(u.Host)
}

// queue hands out datasets so that hosts take turns.
type queue struct {
	mu    sync.Mutex
	more  *sync.Cond
	hosts []*hostQueue
	left  int
	most  int // datasets of one host at the same time: more would only wait for one another
}

type hostQueue struct {
	name string
	jobs []*job
	busy int
}

func newQueue(list []*job, most int) *queue {
	q := &queue{left: len(list), most: most}
	q.more = sync.NewCond(&q.mu)
	at := map[string]*hostQueue{}
	for _, j := range list {
		h := at[j.host]
		if h == nil {
			h = &hostQueue{name: j.host}
			at[j.host] = h
			q.hosts = append(q.hosts, h)
		}
		h.jobs = append(h.jobs, j)
	}
	slices.SortStableFunc(q.hosts, func(a, b *hostQueue) int { return cmp.Compare(len(b.jobs), len(a.jobs)) })
	return q
}

// next returns a dataset of the host that is least busy, the one with most left first; nil
// when there is none. It waits while every host that has some is busy.
func (q *queue) next() *job {
	q.mu.Lock()
	defer q.mu.Unlock()
	for q.left > 0 {
		var best *hostQueue
		for _, h := range q.hosts {
			if len(h.jobs) > 0 && h.busy < q.most && (best == nil || h.busy < best.busy ||
				h.busy == best.busy && len(h.jobs) > len(best.jobs)) {
				best = h
			}
		}
		if best == nil {
			q.more.Wait()
			continue
		}
		j := best.jobs[0]
		best.jobs = best.jobs[1:]
		best.busy++
		if q.left--; q.left == 0 {
			q.more.Broadcast()
		}
		return j
	}
	return nil
}

// free says that a dataset is done.
func (q *queue) free(j *job) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, h := range q.hosts {
		if h.name == j.host {
			h.busy--
		}
	}
	q.more.Broadcast()
}
