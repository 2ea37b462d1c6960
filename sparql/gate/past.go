package gate

import (
	"context"
	"sync"
	"time"
)

// past is what the requests of one connection have worked.
type past struct {
	mu     sync.Mutex
	worked time.Duration
	at     time.Time // when the last one ended
}

type pastKey struct{}

// WithConnection returns the context of a connection, which [http.Server.ConnContext]
// asks for, from that of its server. Requests that follow each other without a pause, as a
// client sends them that does not wait for answers, count as one: before each of them
// those go first that have worked less.
func WithConnection(ctx context.Context) context.Context {
	return context.WithValue(ctx, pastKey{}, &past{})
}

// mostDebt bounds for how long others go first.
const mostDebt = time.Second

// debt returns what the requests before have worked, less the time in which there was none.
func (p *past) debt(now time.Time) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	return min(mostDebt, max(0, p.worked-now.Sub(p.at)))
}

// ended notes that a request has ended which began with a debt and has worked.
func (p *past) ended(now time.Time, debt, worked time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.worked, p.at = min(mostDebt, debt+worked), now
}
