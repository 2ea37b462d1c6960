package gate

import (
	"context"
	"net"
	"net/http"
	"sync"
	"time"
)

// past is what the requests of one connection have worked.
type past struct {
	c net.Conn

	mu     sync.Mutex
	worked time.Duration
	at     time.Time // when the last one ended
}

type pastKey struct{}

// WithConnection returns the context of a connection, which [http.Server.ConnContext]
// asks for, from that of its server. Requests that follow each other without a pause, as a
// client sends them that does not wait for answers, count as one: before each of them
// those go first that have worked less. Those that a proxy sends for others are not one
// client's: their address, as [http.Request.RemoteAddr] has it by then, is not that of the connection.
func WithConnection(ctx context.Context, c net.Conn) context.Context {
	return context.WithValue(ctx, pastKey{}, &past{c: c})
}

// pastOf returns what has been before on the connection of a request, nil when it is not known.
func pastOf(r *http.Request) *past {
	p, _ := r.Context().Value(pastKey{}).(*past)
	if p == nil || p.c.RemoteAddr().String() != r.RemoteAddr {
		return nil
	}
	return p
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
