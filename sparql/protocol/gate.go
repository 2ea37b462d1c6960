package protocol

import (
	"net/http"
	"net/netip"
	"sync"
	"time"
)

// gate bounds the requests under way, in all and for each client.
type gate struct {
	all       chan struct{}
	perClient int
	mu        sync.Mutex
	clients   map[netip.Addr]int
}

const gateWait = time.Second

func newGate(all, perClient int) *gate {
	return &gate{all: make(chan struct{}, max(all, 1)), perClient: perClient, clients: map[netip.Addr]int{}}
}

// enter waits a little for a place. The caller leaves it when done.
func (g *gate) enter(r *http.Request) (leave func(), err error) {
	client, ok := g.count(r.RemoteAddr)
	if !ok {
		return nil, &Problem{Status: http.StatusTooManyRequests, RetryAfter: 1, Detail: "too many requests of this client are under way"}
	}
	timer := time.NewTimer(gateWait)
	defer timer.Stop()
	select {
	case g.all <- struct{}{}:
		return func() { <-g.all; g.uncount(client) }, nil
	case <-r.Context().Done():
		g.uncount(client)
		return nil, r.Context().Err()
	case <-timer.C:
		g.uncount(client)
		return nil, &Problem{Status: http.StatusServiceUnavailable, RetryAfter: 2, Detail: "too many requests are under way"}
	}
}

func (g *gate) count(remote string) (client netip.Addr, ok bool) {
	ap, err := netip.ParseAddrPort(remote)
	if err != nil || g.perClient < 0 || ap.Addr().Unmap().IsLoopback() {
		return netip.Addr{}, true
	}
	client = ap.Addr().Unmap().WithZone("")
	if client.Is6() { // one subscriber has a whole /64
		if p, err := client.Prefix(64); err == nil {
			client = p.Addr()
		}
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.clients[client] >= g.perClient {
		return client, false
	}
	g.clients[client]++
	return client, true
}

func (g *gate) uncount(client netip.Addr) {
	if !client.IsValid() {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.clients[client]--; g.clients[client] <= 0 {
		delete(g.clients, client)
	}
}
