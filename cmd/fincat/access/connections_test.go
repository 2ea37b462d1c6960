package access

import (
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"testing"
)

// addressed is one end of a pipe, of a client with an address.
type addressed struct {
	net.Conn
	addr   string
	closed bool
}

func (a *addressed) RemoteAddr() net.Addr {
	return net.TCPAddrFromAddrPort(netip.MustParseAddrPort(a.addr))
}

func (a *addressed) Close() error {
	a.closed = true
	return a.Conn.Close()
}

// TestConnections bounds connections of one client and in all: the one that has waited
// longest makes room, those at work never do, and proxies and programs on this machine are
// bounded in all only.
func TestConnections(t *testing.T) {
	c := NewConnections(Proxies{netip.MustParsePrefix("198.51.100.0/24")})
	c.All, c.Client = 10, 3
	var all []*addressed
	enter := func(addr string) *connection {
		here, there := net.Pipe()
		t.Cleanup(func() { here.Close(); there.Close() })
		a := &addressed{Conn: here, addr: addr}
		all = append(all, a)
		return c.enter(a)
	}
	first := enter("192.0.2.1:1")
	c.State(first, http.StateActive)
	for range 2 {
		enter("192.0.2.1:1")
	}
	if enter("192.0.2.1:1") == nil || !all[1].closed || all[0].closed || all[2].closed {
		t.Error("a fourth connection of a client does not take the place of the one that waits longest")
	}
	for range 3 {
		enter("198.51.100.7:1")
		enter("127.0.0.1:1")
	}
	if c.all.n != 9 || c.clients[netip.MustParseAddr("192.0.2.1")].n != 3 || len(c.clients) != 1 {
		t.Errorf("%d connections, clients %v", c.all.n, c.clients)
	}
	c.State(first, http.StateIdle) // now it has waited shortest
	enter("192.0.2.2:1")
	if enter("192.0.2.3:1") == nil || all[0].closed || !all[2].closed || c.all.n != 10 {
		t.Errorf("an eleventh connection does not take the place of the one that waits longest (%d)", c.all.n)
	}
	for _, a := range all { // all at work: nobody makes room
		if !a.closed {
			for e := c.all.waiting.Front(); e != nil; e = c.all.waiting.Front() {
				o, _ := e.Value.(*connection)
				c.State(o, http.StateActive)
			}
		}
	}
	if enter("192.0.2.9:1") != nil {
		t.Error("there is room where all connections are at work")
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	if enter("192.0.2.9:1") == nil {
		t.Error("there is no room when a connection has ended")
	}
	for i := range 3 {
		o := enter("192.0.2.9:1")
		if o == nil {
			continue
		}
		c.State(o, http.StateActive)
		if i == 2 {
			t.Error("a client has more connections at work than it may have")
		}
	}
	here, there := net.Pipe()
	go turnAway(here)
	if b, err := io.ReadAll(there); err != nil || !strings.HasPrefix(string(b), "HTTP/1.1 503 ") {
		t.Errorf("who is turned away reads %q, %v", b, err)
	}
}
