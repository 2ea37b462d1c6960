package access

import (
	"bytes"
	"container/list"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"syscall"
	"time"
)

// Connections bounds how many connections a server has, in all and of one client. For a
// new one the connection is closed that has waited longest for a request; when all are at
// work the new one is told to come again. Programs on this machine and proxies that are
// believed speak for many, so that they are bounded in all only.
type Connections struct {
	Proxies Proxies
	All     int // default: 4096, or half of the files that the process may open
	Client  int // default: 256

	mu      sync.Mutex
	all     share
	clients map[netip.Addr]*share
}

// share is a number of connections, and those of them that wait for a request, the one
// that has waited longest first.
type share struct {
	n       int
	waiting list.List
}

// connection is a connection from its acceptance to its end.
type connection struct {
	net.Conn
	of     *Connections
	client netip.Addr
	shares []*share // of all, and of its client unless it counts for nobody
	waits  []*list.Element
	gone   bool
}

// NewConnections returns bounds with the defaults.
func NewConnections(p Proxies) *Connections {
	c := &Connections{Proxies: p, All: 4096, Client: 256, clients: map[netip.Addr]*share{}}
	var files syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &files); err == nil && files.Cur/2 < uint64(c.All) {
		c.All = max(16, int(files.Cur/2))
	}
	return c
}

// Listener keeps to the bounds, and reads the header of proxies; see [Proxies.Listener].
func (c *Connections) Listener(l net.Listener) net.Listener {
	return c.Proxies.Listener(&boundedListener{l, c})
}

type boundedListener struct {
	net.Listener
	c *Connections
}

// Accept implements net.Listener.
func (b *boundedListener) Accept() (net.Conn, error) {
	for {
		conn, err := b.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if in := b.c.enter(conn); in != nil {
			return in, nil
		}
		turnAway(conn)
	}
}

// turnAway tells a client to come again.
func turnAway(conn net.Conn) {
	_ = conn.SetWriteDeadline(time.Now().Add(10 * time.Millisecond)) // it fits into the buffers
	_, _ = conn.Write([]byte("HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nRetry-After: 2\r\n" +
		"Content-Type: text/plain; charset=utf-8\r\nContent-Length: 26\r\n\r\nthere are too many clients"))
	_ = conn.Close()
}

// enter takes a connection in; nil when there is no room and none can be made.
func (c *Connections) enter(conn net.Conn) *connection {
	in := &connection{Conn: conn, of: c, shares: []*share{&c.all}}
	c.mu.Lock()
	defer c.mu.Unlock()
	if peer, err := netip.ParseAddrPort(conn.RemoteAddr().String()); err == nil {
		if a := peer.Addr().Unmap().WithZone(""); !a.IsLoopback() && !c.Proxies.trust(a) {
			mine := c.clients[a]
			if mine == nil {
				mine = &share{}
				c.clients[a] = mine
			}
			in.client, in.shares = a, append(in.shares, mine)
		}
	}
	for i := len(in.shares) - 1; i >= 0; i-- {
		if s, most := in.shares[i], [2]int{c.All, c.Client}[i]; s.n >= most && !c.makeRoom(s) {
			return nil
		}
	}
	for _, s := range in.shares {
		s.n++
	}
	if in.client.IsValid() { // making room may have taken it out
		c.clients[in.client] = in.shares[1]
	}
	in.wait(true)
	return in
}

// makeRoom closes the connection of a share that has waited longest. The caller has the
// lock, as for what follows.
func (c *Connections) makeRoom(s *share) bool {
	oldest := s.waiting.Front()
	if oldest == nil {
		return false
	}
	o, _ := oldest.Value.(*connection)
	o.forget()
	_ = o.Conn.Close()
	return true
}

// wait puts a connection among those that wait, or takes it away.
func (o *connection) wait(waits bool) {
	for i, e := range o.waits {
		o.shares[i].waiting.Remove(e)
	}
	o.waits = nil
	for _, s := range o.shares {
		if waits && !o.gone {
			o.waits = append(o.waits, s.waiting.PushBack(o))
		}
	}
}

// forget takes a connection out of the account.
func (o *connection) forget() {
	if o.gone {
		return
	}
	o.gone = true
	o.wait(false)
	for _, s := range o.shares {
		s.n--
	}
	if o.client.IsValid() && o.shares[1].n == 0 {
		delete(o.of.clients, o.client)
	}
}

// headTooLarge is what the server of net/http writes about a request whose address and
// headers are too large, without asking anybody.
const headTooLarge = "HTTP/1.1 431 "

// Write implements net.Conn. A page of another site may read why its long query has no
// answer, and what to do.
func (o *connection) Write(b []byte) (int, error) {
	if !bytes.HasPrefix(b, []byte(headTooLarge)) {
		return o.Conn.Write(b)
	}
	const text = "the address and the headers of the request are too large: send a long query in the body of a " +
		"POST, as application/sparql-query or as a form\n"
	_, err := fmt.Fprintf(o.Conn, "%sRequest Header Fields Too Large\r\nAccess-Control-Allow-Origin: *\r\n"+
		"Content-Type: text/plain; charset=utf-8\r\nX-Content-Type-Options: nosniff\r\nConnection: close\r\n"+
		"Content-Length: %d\r\n\r\n%s", headTooLarge, len(text), text)
	return len(b), err
}

// Close implements net.Conn.
func (o *connection) Close() error {
	o.of.mu.Lock()
	o.forget()
	o.of.mu.Unlock()
	return o.Conn.Close()
}

// State notes which connections are at work; it is the ConnState of the server.
func (c *Connections) State(conn net.Conn, state http.ConnState) {
	if wrapped, ok := conn.(interface{ Raw() net.Conn }); ok {
		conn = wrapped.Raw()
	}
	o, ok := conn.(*connection)
	if !ok {
		return // the socket for commands
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	o.wait(state != http.StateActive)
}
