package gate

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// peer is a connection with the address of [request] without a client.
type peer struct{ net.Conn }

func (peer) RemoteAddr() net.Addr { return peer{} }
func (peer) Network() string      { return "" }
func (peer) String() string       { return "" }

// request is one of a client.
func request(client string) *http.Request {
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.RemoteAddr = client
	return r
}

func enter(t *testing.T, g *Gate, client string) *Ticket {
	t.Helper()
	ticket, err := g.Enter(request(client))
	if err != nil {
		t.Fatalf("Enter: %v", err)
	}
	return ticket
}

func turn(t *testing.T, ticket *Ticket) {
	t.Helper()
	if err := ticket.Turn(t.Context()); err != nil {
		t.Fatalf("Turn: %v", err)
	}
}

// want asserts the load of a gate, which may take a moment to get there.
func want(t *testing.T, g *Gate, load Load) {
	t.Helper()
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if g.Load() == load {
			return
		}
	}
	t.Errorf("load %v, want %v", g.Load(), load)
}

func TestPlaces(t *testing.T) { synctest.Test(t, testPlaces) }

func testPlaces(t *testing.T) {
	g := New(Options{Working: 2, Wait: 30 * time.Millisecond, Short: time.Minute})
	a, b, c := enter(t, g, ""), enter(t, g, ""), enter(t, g, "")
	want(t, g, Load{Open: 3})
	turn(t, a)
	turn(t, b)
	want(t, g, Load{Open: 3, Working: 2})
	var busy *BusyError
	if err := c.Turn(t.Context()); !errors.As(err, &busy) || busy.Client {
		t.Errorf("a third one = %v, want a BusyError", err)
	}
	a.Idle(func() { // its place is free meanwhile
		time.Sleep(3 * patience)
		turn(t, c)
		want(t, g, Load{Open: 3, Working: 2})
	})
	done := make(chan error, 1)
	go func() { done <- a.Turn(t.Context()) }()
	want(t, g, Load{Open: 3, Working: 2, Waiting: 1})
	time.Sleep(100 * time.Millisecond) // it has begun, so that it waits for longer than Wait
	c.Leave()
	if err := <-done; err != nil {
		t.Errorf("the first one goes on = %v", err)
	}
	a.Idle(func() {}) // nobody waited
	want(t, g, Load{Open: 2, Working: 2})
	a.Leave()
	b.Leave()
	b.Leave()
	want(t, g, Load{})
}

// busy makes whoever has a place of a gate count as working, as tests sleep instead.
func busy(g *Gate) *Gate {
	start := time.Now()
	g.clock.cpu = func() time.Duration { return 1000 * time.Since(start) }
	return g
}

// TestStarved: a request that has a place and no processor, because of other programs, has
// not worked and does not wait with those that have.
func TestStarved(t *testing.T) { synctest.Test(t, testStarved) }

func testStarved(t *testing.T) {
	g := New(Options{Working: 1, Long: 1, Short: 20 * time.Millisecond})
	var cpu atomic.Int64
	g.clock = &clock{cpu: func() time.Duration { return time.Duration(cpu.Load()) }}
	long, other := enter(t, g, ""), enter(t, g, "")
	turn(t, long)
	cpu.Add(int64(time.Second))
	time.Sleep(30 * time.Millisecond)
	turn(t, long)
	want(t, g, Load{Open: 2, Long: 1})
	turn(t, other)
	time.Sleep(60 * time.Millisecond)
	cpu.Add(int64(20 * time.Millisecond)) // half of it is the other's
	turn(t, other)
	want(t, g, Load{Open: 2, Working: 1, Long: 1})
	if other.Leave(); other.worked != 10*time.Millisecond {
		t.Errorf("half of 20ms is %v", other.worked)
	}
	long.Leave()
	want(t, g, Load{})
}

// TestTurnsOfShort: before it is long, too, a request lets those that wait have their turn.
func TestTurnsOfShort(t *testing.T) { synctest.Test(t, testTurnsOfShort) }

func testTurnsOfShort(t *testing.T) {
	g := busy(New(Options{Working: 1, Short: time.Minute}))
	a, b := enter(t, g, ""), enter(t, g, "")
	turn(t, a)
	done := make(chan error, 1)
	go func() { done <- b.Turn(t.Context()) }()
	want(t, g, Load{Open: 2, Working: 1, Waiting: 1})
	time.Sleep(2 * firstSlice)
	go func() {
		if err := a.Turn(t.Context()); err != nil {
			t.Error(err)
		}
		a.Leave()
	}()
	if err := <-done; err != nil {
		t.Error(err)
	}
	b.Leave()
	want(t, g, Load{})
}

// TestPipelined: requests that follow each other on a connection without a pause wait
// behind those of others that come after them.
func TestPipelined(t *testing.T) { synctest.Test(t, testPipelined) }

func testPipelined(t *testing.T) {
	g := busy(New(Options{Working: 1, Short: time.Minute}))
	connection := WithConnection(t.Context(), peer{})
	enter := func(ctx context.Context) *Ticket {
		t.Helper()
		ticket, err := g.Enter(request("").WithContext(ctx))
		if err != nil {
			t.Fatal(err)
		}
		return ticket
	}
	first := enter(connection)
	turn(t, first)
	time.Sleep(300 * time.Millisecond)
	first.Leave()
	first.Leave()
	holder, second, other := enter(t.Context()), enter(connection), enter(WithConnection(t.Context(), peer{}))
	turn(t, holder)
	var order []string
	var all sync.WaitGroup
	for i, x := range []struct {
		name   string
		ticket *Ticket
	}{{"second", second}, {"other", other}} {
		all.Go(func() {
			if err := x.ticket.Turn(t.Context()); err != nil {
				t.Error(err)
			}
			order = append(order, x.name) // one at a time
			x.ticket.Leave()
		})
		want(t, g, Load{Open: 3, Working: 1, Waiting: i + 1})
	}
	holder.Leave()
	all.Wait()
	if fmt.Sprint(order) != "[other second]" {
		t.Errorf("the order is %v", order)
	}
	time.Sleep(400 * time.Millisecond) // a pause as long as what was worked
	if later := enter(connection); later.debt != 0 {
		t.Errorf("after a pause %v are still counted", later.debt)
	}
}

// TestWorkIsPaidByWaiting asserts that a request that has worked gets its turn although others
// that have worked less come all the time, as they do where each ends before it has worked as much.
func TestWorkIsPaidByWaiting(t *testing.T) {
	q := &queue{}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- q.take(ctx, 200*time.Millisecond, 0) }()
	for {
		fresh := make(chan error, 1)
		go func() { fresh <- q.take(t.Context(), 40*time.Millisecond, 0) }()
		time.Sleep(5 * time.Millisecond)
		q.put()
		select {
		case err := <-done:
			if err != nil {
				t.Fatalf("it never has its turn: %v", err)
			}
			q.put()
			if err := <-fresh; err != nil {
				t.Error(err)
			}
			return
		case err := <-fresh:
			if err != nil {
				t.Fatal(err)
			}
		}
	}
}

// TestDebtIsPaidByWaiting asserts that a request whose connection has worked for long gets its
// turn although others that have not worked come all the time, and that a connection of a
// proxy, which sends requests of many, makes none wait.
func TestDebtIsPaidByWaiting(t *testing.T) { synctest.Test(t, testDebtIsPaidByWaiting) }

func testDebtIsPaidByWaiting(t *testing.T) {
	q := &queue{}
	done := make(chan error, 1)
	go func() { done <- q.take(t.Context(), 0, 100*time.Millisecond) }()
	for end := time.Now().Add(20 * time.Second); ; {
		if time.Now().After(end) {
			t.Fatal("it never has its turn")
		}
		fresh := make(chan error, 1)
		go func() { fresh <- q.take(t.Context(), 0, 0) }()
		time.Sleep(10 * time.Millisecond)
		q.put()
		select {
		case err := <-done:
			if err != nil {
				t.Fatal(err)
			}
			q.put()
			if err := <-fresh; err != nil {
				t.Fatal(err)
			}
			p := &past{c: peer{}, worked: time.Second, at: time.Now()}
			through := request("192.0.2.7:0").WithContext(context.WithValue(t.Context(), pastKey{}, p))
			if ticket, err := New(Options{}).Enter(through); err != nil || ticket.debt != 0 {
				t.Errorf("a request of another client begins with a debt of %v, %v", ticket.debt, err)
			}
			return
		case err := <-fresh:
			if err != nil {
				t.Fatal(err)
			}
		}
	}
}

// TestDebtIsPaidOnce asserts that what a request has waited is not asked of it again at its next
// turn.
func TestDebtIsPaidOnce(t *testing.T) { synctest.Test(t, testDebtIsPaidOnce) }

func testDebtIsPaidOnce(t *testing.T) {
	g := busy(New(Options{Working: 1, Short: time.Minute}))
	holder, late := enter(t, g, ""), enter(t, g, "")
	late.debt = 50 * time.Millisecond
	turn(t, holder)
	time.AfterFunc(60*time.Millisecond, holder.Leave)
	if turn(t, late); late.debt != 0 {
		t.Errorf("after 60ms %v of 50ms are left", late.debt)
	}
	late.Leave()
}

func TestTurnEnds(t *testing.T) { synctest.Test(t, testTurnEnds) }

func testTurnEnds(t *testing.T) {
	g := New(Options{Working: 1})
	a, b := enter(t, g, ""), enter(t, g, "")
	turn(t, a)
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(20*time.Millisecond, cancel)
	if err := b.Turn(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("Turn = %v, want that it is cancelled", err)
	}
	want(t, g, Load{Open: 2, Working: 1})
	if err := (*Ticket)(nil).Turn(ctx); err != nil {
		t.Errorf("a request without a ticket has to wait: %v", err)
	}
	called := false
	(*Ticket)(nil).Idle(func() { called = true })
	(*Ticket)(nil).Hurry(0)
	(*Ticket)(nil).Leave()
	if !called {
		t.Error("Idle of a request without a ticket calls nothing")
	}
}

// TestLong: what works for long shares few places, and a short request never waits
// for it.
func TestLong(t *testing.T) { synctest.Test(t, testLong) }

func testLong(t *testing.T) {
	g := busy(New(Options{Working: 4, Long: 1, Short: 20 * time.Millisecond}))
	ctx, cancel := context.WithCancel(t.Context())
	var workers sync.WaitGroup
	var atOnce, most atomic.Int32
	turns := make([]atomic.Int32, 12)
	for i := range turns {
		ticket := enter(t, g, "")
		workers.Go(func() {
			defer ticket.Leave()
			for ctx.Err() == nil {
				if ticket.Turn(ctx) != nil {
					return
				}
				if ticket.held == g.long {
					n := atOnce.Add(1)
					most.Store(max(most.Load(), n))
					time.Sleep(5 * time.Millisecond)
					atOnce.Add(-1)
					turns[i].Add(1)
				}
				time.Sleep(time.Millisecond)
			}
		})
	}
	time.Sleep(300 * time.Millisecond) // all have become long
	worst := time.Duration(0)
	for range 50 {
		start := time.Now()
		ticket := enter(t, g, "")
		turn(t, ticket)
		worst = max(worst, time.Since(start))
		ticket.Leave()
		time.Sleep(time.Millisecond)
	}
	if worst > 100*time.Millisecond {
		t.Errorf("a short request waits for %v", worst)
	}
	hungry := func() (out []int) { // who has had no turn
		for i := range turns {
			if turns[i].Load() == 0 {
				out = append(out, i)
			}
		}
		return out
	}
	for end := time.Now().Add(10 * time.Second); len(hungry()) > 0 && time.Now().Before(end); {
		time.Sleep(10 * time.Millisecond)
	}
	cancel()
	workers.Wait()
	if most.Load() > 1 {
		t.Errorf("%d long requests work at once, want 1", most.Load())
	}
	if left := hungry(); len(left) > 0 {
		t.Errorf("the requests %d have had no turn", left)
	}
	want(t, g, Load{})
}

func TestLeastWorkedFirst(t *testing.T) { synctest.Test(t, testLeastWorkedFirst) }

func testLeastWorkedFirst(t *testing.T) {
	q := &queue{}
	var order []time.Duration
	var mu sync.Mutex
	var all sync.WaitGroup
	for _, worked := range []time.Duration{3 * time.Hour, time.Hour, 2 * time.Hour} {
		all.Go(func() {
			if err := q.take(t.Context(), worked, 0); err != nil {
				t.Error(err)
			}
			mu.Lock()
			order = append(order, worked)
			mu.Unlock()
			q.put()
		})
	}
	for waiting := 0; waiting < 3; time.Sleep(time.Millisecond) {
		q.mu.Lock()
		waiting = len(q.waiting)
		q.mu.Unlock()
	}
	if q.wanted(30*time.Minute) || !q.wanted(90*time.Minute) {
		t.Error("wanted does not compare who has worked less")
	}
	q.put()
	all.Wait()
	if fmt.Sprint(order) != "[1h0m0s 2h0m0s 3h0m0s]" {
		t.Errorf("the order is %v", order)
	}
}

func TestPerClient(t *testing.T) {
	g := New(Options{PerClient: 2})
	a := enter(t, g, "192.0.2.1:1")
	enter(t, g, "192.0.2.1:2")
	enter(t, g, "[2001:db8::1]:1")
	enter(t, g, "[2001:db8::ffff:1]:1")
	for _, client := range []string{"192.0.2.1:3", "[::ffff:192.0.2.1]:3", "[2001:db8::2]:9", "[2001:db8::2%eth0]:9"} {
		var busy *BusyError
		if _, err := g.Enter(request(client)); !errors.As(err, &busy) || !busy.Client {
			t.Errorf("a third request of %s = %v, want a BusyError", client, err)
		}
	}
	for _, client := range []string{"192.0.2.2:1", "[2001:db8:0:1::1]:1"} {
		enter(t, g, client)
	}
	a.Leave()
	enter(t, g, "192.0.2.1:3")
	for range 50 { // this machine speaks for many
		enter(t, g, "127.0.0.1:1")
		enter(t, g, "[::1]:1")
	}
}

// TestCutOff: when too many wait for their clients, the one that has waited longest
// makes room.
func TestCutOff(t *testing.T) {
	g := New(Options{Open: 3})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ticket, err := g.Enter(r)
		if err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
			return
		}
		defer ticket.Leave()
		w, r = ticket.Attach(w, r)
		if _, err := io.ReadAll(r.Body); err != nil {
			http.Error(w, err.Error(), http.StatusRequestTimeout)
			return
		}
		if err := ticket.Turn(r.Context()); err == nil {
			fmt.Fprint(w, "done")
		}
	}))
	defer server.Close()
	var slow []net.Conn
	for i := range 3 {
		c, err := net.Dial("tcp", server.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		fmt.Fprint(c, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nab")
		slow = append(slow, c)
		want(t, g, Load{Open: i + 1})
	}
	for range 2 { // the second one finds room
		resp, err := http.Post(server.URL, "text/plain", strings.NewReader("whole"))
		if err != nil || resp.StatusCode != http.StatusOK {
			t.Fatalf("a whole request = %v, %v", resp, err)
		}
		resp.Body.Close()
	}
	_ = slow[0].SetReadDeadline(time.Now().Add(time.Minute))
	if b, err := io.ReadAll(slow[0]); err != nil || len(b) > 0 && !strings.HasPrefix(string(b), "HTTP/1.1 408") {
		t.Errorf("the oldest gets %q, %v", b, err)
	}
	fmt.Fprint(slow[2], "cdefghij")
	_ = slow[2].SetReadDeadline(time.Now().Add(time.Minute))
	b := make([]byte, 15)
	if _, err := io.ReadFull(slow[2], b); err != nil || string(b) != "HTTP/1.1 200 OK" {
		t.Errorf("the newest gets %q, %v", b, err)
	}
	full := New(Options{Open: 1})
	turn(t, enter(t, full, ""))
	if _, err := full.Enter(request("")); err == nil {
		t.Error("a request that works is cut off")
	}
}

func TestPace(t *testing.T) {
	o := Options{Rate: 1000, Total: time.Minute}
	p := newPace(10*time.Second, o)
	now := time.Now()
	allowed := func() time.Duration { return p.until(now).Sub(now).Round(time.Millisecond) }
	for _, step := range []struct {
		n    int
		took time.Duration
		want time.Duration
	}{
		{0, 0, 10 * time.Second}, {0, 4 * time.Second, 6 * time.Second}, {1000, 0, 7 * time.Second},
		{1_000_000, 0, 10 * time.Second}, {5000, 5 * time.Second, 10 * time.Second},
		{0, 20 * time.Second, time.Millisecond},
	} {
		if p.moved(step.n, step.took); allowed() != step.want {
			t.Errorf("after %d bytes in %v the next ones have %v, want %v", step.n, step.took, allowed(), step.want)
		}
	}
	p = newPace(10*time.Second, o)
	p.until(now.Add(-55 * time.Second))
	if allowed() != 5*time.Second {
		t.Errorf("at the end of all time there are %v left, want 5s", allowed())
	}
}

// pipes is a listener whose connections are pipes, on which deadlines pass by the time of a
// bubble.
type pipes struct {
	peer
	conns  chan net.Conn
	closed chan struct{}
}

// Accept implements [net.Listener].
func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

// Close implements [net.Listener].
func (p *pipes) Close() error { close(p.closed); return nil }

// Addr implements [net.Listener].
func (p *pipes) Addr() net.Addr { return p.peer }

func (p *pipes) dial() net.Conn {
	a, b := net.Pipe()
	p.conns <- a
	return b
}

// TestRates: clients that send or read bytes only are cut off, quick ones are not.
func TestRates(t *testing.T) { synctest.Test(t, testRates) }

func testRates(t *testing.T) {
	g := New(Options{BodyGrace: 200 * time.Millisecond, WriteGrace: 300 * time.Millisecond, Rate: 1 << 20})
	ended := make(chan error, 1)
	l := &pipes{conns: make(chan net.Conn), closed: make(chan struct{})}
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ticket, err := g.Enter(r)
		if err != nil {
			t.Error(err)
			return
		}
		defer ticket.Leave()
		w, r = ticket.Attach(w, r)
		_, err = io.ReadAll(r.Body)
		for range 100 {
			if err == nil {
				_, err = w.Write(make([]byte, 1<<20))
			}
		}
		ended <- err
	})}
	done := make(chan error, 1)
	go func() { done <- server.Serve(l) }()
	for name, drip := range map[string]func(c net.Conn){
		"bytes of a body": func(c net.Conn) {
			fmt.Fprint(c, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n")
			for range 1000 {
				if _, err := c.Write([]byte("a")); err != nil {
					return
				}
				time.Sleep(20 * time.Millisecond)
			}
		},
		"nothing read": func(c net.Conn) { fmt.Fprint(c, "GET / HTTP/1.1\r\nHost: x\r\n\r\n") },
		"bytes read": func(c net.Conn) {
			fmt.Fprint(c, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
			b := make([]byte, 100)
			for range 1000 {
				if _, err := c.Read(b); err != nil {
					return
				}
				time.Sleep(20 * time.Millisecond)
			}
		},
	} {
		c := l.dial()
		var dripping sync.WaitGroup
		dripping.Go(func() { drip(c) })
		select {
		case err := <-ended:
			if err == nil {
				t.Errorf("%s: the request ends well", name)
			}
		case <-time.After(10 * time.Second):
			t.Errorf("%s: the client is waited for", name)
		}
		c.Close()
		dripping.Wait()
	}
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true,
		DialContext: func(context.Context, string, string) (net.Conn, error) { return l.dial(), nil }}}
	resp, err := client.Post("http://e/", "text/plain", strings.NewReader(strings.Repeat("x", 1<<20)))
	if err != nil {
		t.Fatal(err)
	}
	if n, err := io.Copy(io.Discard, resp.Body); err != nil || n != 100<<20 || <-ended != nil {
		t.Errorf("a quick client gets %d bytes, %v", n, err)
	}
	resp.Body.Close()
	server.Close()
	if err := <-done; !errors.Is(err, http.ErrServerClosed) {
		t.Error(err)
	}
}

// TestAccount: whatever requests do, at the end every place is free again.
func TestAccount(t *testing.T) { synctest.Test(t, testAccount) }

func testAccount(t *testing.T) {
	g := busy(New(Options{Working: 3, Long: 2, Short: 2 * time.Millisecond, Open: 20, PerClient: 8,
		Wait: 5 * time.Millisecond}))
	var all sync.WaitGroup
	for i := range 40 {
		all.Go(func() {
			r := rand.New(rand.NewPCG(uint64(i), 1))
			for range 15 {
				ctx, cancel := context.WithTimeout(t.Context(), time.Duration(r.IntN(40))*time.Millisecond)
				ticket, err := g.Enter(request(fmt.Sprintf("192.0.2.%d:1", r.IntN(5))))
				if err != nil {
					cancel()
					continue
				}
				r2 := httptest.NewRequest("POST", "/", strings.NewReader("x")).WithContext(ctx)
				w, req := ticket.Attach(httptest.NewRecorder(), r2)
				for range r.IntN(6) {
					if From(req.Context()).Turn(ctx) != nil {
						break
					}
					time.Sleep(time.Duration(r.IntN(3)) * time.Millisecond)
					switch r.IntN(3) {
					case 0:
						ticket.Idle(func() { time.Sleep(time.Duration(r.IntN(40)) * time.Millisecond) })
					case 1:
						_, _ = w.Write([]byte("x"))
					default:
						_, _ = io.ReadAll(req.Body)
					}
				}
				cancel()
				ticket.Leave()
			}
		})
	}
	all.Wait()
	want(t, g, Load{})
	if len(g.clients) != 0 {
		t.Errorf("clients %v are still counted", g.clients)
	}
}

// TestPatientFeeds: programs that harvest wait longer for their place than visitors do.
func TestPatientFeeds(t *testing.T) {
	p := NewPools(Options{})
	if p.Feeds.o.Wait < 4*p.Reading.o.Wait {
		t.Errorf("feeds wait for %v, pages for %v", p.Feeds.o.Wait, p.Reading.o.Wait)
	}
	if p := NewPools(Options{Wait: time.Second}); p.Feeds.o.Wait != time.Second {
		t.Errorf("feeds wait for %v where options say 1s", p.Feeds.o.Wait)
	}
}
