package bench

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"sync"
	"time"
)

// Load is how an endpoint does when clients ask at the same time. Times are in milliseconds.
type Load struct {
	Clients   int     `json:"clients"`
	Seconds   float64 `json:"seconds"`  // until the last answer
	Requests  int64   `json:"requests"` // that were answered
	Errors    int64   `json:"errors"`
	Timeouts  int64   `json:"timeouts"`
	Wrong     int64   `json:"wrong"` // answers that were not as before, of one in eight
	PerSecond float64 `json:"requests_per_second"`
	P50       float64 `json:"p50_ms"` // with errors of at most two in a hundred
	P95       float64 `json:"p95_ms"`
	P99       float64 `json:"p99_ms"`
	Max       float64 `json:"max_ms"`
}

// load lets the clients ask every endpoint in turns. The mix is the same for all: the
// queries, without updates, that every endpoint has answered within the limit.
func (r *runner) load(ctx context.Context) error {
	var mix []int
	for i, q := range r.report.Queries {
		good := !q.Update
		for _, run := range q.Runs {
			good = good && run.Error == ""
		}
		if good {
			mix = append(mix, i)
		}
	}
	if len(mix) == 0 {
		return nil
	}
	tallies := make([]tally, len(r.Endpoints))
	turns := max(r.Rounds, 1)
	for turn := range turns {
		for k := range r.Endpoints {
			e := (k + turn) % len(r.Endpoints)
			r.Progress(fmt.Sprintf("%d clients ask endpoint %d, turn %d of %d", r.Clients, e+1, turn+1, turns))
			r.turn(ctx, e, mix, r.Duration/time.Duration(turns), uint64(turn), &tallies[e])
			if ctx.Err() != nil {
				return ctx.Err()
			}
		}
	}
	for i := range tallies {
		r.report.Load = append(r.report.Load, tallies[i].load(r.Clients))
	}
	return nil
}

// turn lets all clients ask one endpoint for a time. Each goes through the mix again and
// again in an order of its own, and finishes the request that it has begun.
func (r *runner) turn(ctx context.Context, e int, mix []int, long time.Duration, seed uint64, sum *tally) {
	start := time.Now()
	var mu sync.Mutex
	var group sync.WaitGroup
	for c := range r.Clients {
		group.Go(func() {
			random := rand.New(rand.NewPCG(seed, uint64(c)))
			order := append([]int(nil), mix...)
			random.Shuffle(len(order), func(a, b int) { order[a], order[b] = order[b], order[a] })
			own := tally{}
			var buf bytes.Buffer
			for n := 0; time.Since(start) < long && ctx.Err() == nil; n++ {
				r.request(ctx, e, order[n%len(order)], n%8 == 0, &own, &buf)
			}
			mu.Lock()
			sum.merge(&own)
			mu.Unlock()
		})
	}
	group.Wait()
	sum.took += time.Since(start)
}

// request asks one query once, and compares the answer with the first one when it is to be checked.
func (r *runner) request(ctx context.Context, e, i int, checked bool, t *tally, buf *bytes.Buffer) {
	mediaType, took, err := r.fetch(ctx, &r.Queries[i], r.Endpoints[e], buf)
	var answer fingerprint
	if err == nil && checked {
		answer, err = understand(ctx, &r.Queries[i], mediaType, buf)
	}
	switch {
	case ctx.Err() != nil:
	case err != nil && isTimeout(err):
		t.timeouts++
	case err != nil:
		t.errors++
	default:
		t.note(took)
		if checked && answer != r.report.Queries[i].Runs[e].answer {
			t.wrong++
		}
	}
}

// tally counts requests by their time: number k is for those of about 2% more than k-1.
type tally struct {
	buckets                           [1200]int64
	requests, errors, timeouts, wrong int64
	longest, took                     time.Duration
}

const bucketBase = 1.02 // from one microsecond to more than a day

func (t *tally) note(d time.Duration) {
	k := int(math.Log(max(float64(d)/1e3, 1)) / math.Log(bucketBase))
	t.buckets[min(k, len(t.buckets)-1)]++
	t.requests++
	t.longest = max(t.longest, d)
}

func (t *tally) merge(o *tally) {
	for k, n := range o.buckets {
		t.buckets[k] += n
	}
	t.requests += o.requests
	t.errors += o.errors
	t.timeouts += o.timeouts
	t.wrong += o.wrong
	t.longest = max(t.longest, o.longest)
}

// quantile is the time in milliseconds within which a share of the requests was answered.
func (t *tally) quantile(share float64) float64 {
	var sum int64
	for k, n := range t.buckets {
		if sum += n; sum > 0 && float64(sum) >= share*float64(t.requests) {
			return min(math.Pow(bucketBase, float64(k+1))/1e3, milliseconds(t.longest))
		}
	}
	return 0
}

func (t *tally) load(clients int) Load {
	l := Load{Clients: clients, Seconds: t.took.Seconds(), Requests: t.requests, Errors: t.errors,
		Timeouts: t.timeouts, Wrong: t.wrong, P50: t.quantile(0.5), P95: t.quantile(0.95), P99: t.quantile(0.99)}
	if t.requests > 0 {
		l.PerSecond, l.Max = float64(t.requests)/t.took.Seconds(), milliseconds(t.longest)
	}
	return l
}
