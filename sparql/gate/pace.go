package gate

import (
	"context"
	"errors"
	"io"
	"net/http"
	"time"
)

// farewell is how long an answer may still take when its request is cancelled: enough
// for the words why, on a connection that works.
const farewell = 250 * time.Millisecond

// Attach returns the writer and the request for a handler: the ticket is in the
// request's context, and reading the body and writing the answer are idle, at a
// minimum rate, and end when the request's context does.
func (t *Ticket) Attach(w http.ResponseWriter, r *http.Request) (http.ResponseWriter, *http.Request) {
	rc := http.NewResponseController(w)
	t.mu.Lock()
	t.rc = rc
	over := !t.end.IsZero()
	t.read = r.Body == nil || r.Body == http.NoBody
	t.mu.Unlock()
	if over { // it was cut off before it began
		t.Hurry(0)
	}
	t.stop = context.AfterFunc(r.Context(), func() { t.Hurry(farewell) })
	o := t.g.o
	out := r.WithContext(context.WithValue(r.Context(), ticketKey{}, t))
	if !t.read {
		_ = rc.SetReadDeadline(time.Now().Add(o.BodyGrace)) // the server itself reads what the handler does not
		out.Body = &reader{ReadCloser: r.Body, t: t, rc: rc, head: w.Header(), pace: newPace(o.BodyGrace, o)}
	}
	return &writer{ResponseWriter: w, t: t, rc: rc, pace: newPace(o.WriteGrace, o)}, out
}

// pace is what a client has left of its time: it shrinks while the server waits, and
// grows with each byte.
type pace struct {
	left, most time.Duration
	rate       int64
	total      time.Duration
	began      time.Time
}

func newPace(grace time.Duration, o Options) pace {
	return pace{left: grace, most: grace, rate: o.Rate, total: o.Total}
}

// until returns when the next piece has to be there.
func (p *pace) until(now time.Time) time.Time {
	if p.began.IsZero() {
		p.began = now
	}
	at := now.Add(max(p.left, time.Millisecond))
	if end := p.began.Add(p.total); end.Before(at) {
		return end
	}
	return at
}

// moved notes that n bytes took so long.
func (p *pace) moved(n int, took time.Duration) {
	p.left = min(p.most, p.left-took+time.Duration(float64(n)/float64(p.rate)*float64(time.Second)))
}

// timed does one piece of reading or writing under a deadline.
func (t *Ticket) timed(p *pace, deadline func(time.Time) error, move func() (int, error)) (n int, err error) {
	start := time.Now()
	at := p.until(start)
	t.mu.Lock()
	if !t.end.IsZero() && !t.late && !start.Before(t.end) {
		t.late, t.end = true, start.Add(t.words)
	}
	if !t.end.IsZero() && t.end.Before(at) {
		at = t.end
	}
	_ = deadline(at) // not every connection has them (a recorder in a test has none)
	t.mu.Unlock()
	t.Idle(func() { n, err = move() })
	p.moved(n, time.Since(start))
	return n, err
}

// reader reads a body.
type reader struct {
	io.ReadCloser
	t    *Ticket
	rc   *http.ResponseController
	head http.Header
	pace pace
}

// Read implements io.Reader.
func (b *reader) Read(p []byte) (int, error) {
	n, err := b.t.timed(&b.pace, b.rc.SetReadDeadline, func() (int, error) { return b.ReadCloser.Read(p) })
	switch {
	case err == nil:
	case errors.Is(err, io.EOF):
		// If the deadline stayed, it would pass while the answer is computed, and the
		// server would take the client for gone.
		b.t.mu.Lock()
		b.t.read = true
		_ = b.rc.SetReadDeadline(time.Time{})
		b.t.mu.Unlock()
	default: // do not wait for the rest
		b.head.Set("Connection", "close")
	}
	return n, err
}

// writer writes an answer.
type writer struct {
	http.ResponseWriter
	t    *Ticket
	rc   *http.ResponseController
	pace pace
}

// piece is how much is written under one deadline.
const piece = 32 << 10

// Write implements io.Writer.
func (w *writer) Write(p []byte) (n int, err error) {
	for first := true; err == nil && (first || n < len(p)); first = false {
		var k int
		k, err = w.t.timed(&w.pace, w.rc.SetWriteDeadline, func() (int, error) {
			return w.ResponseWriter.Write(p[n:min(len(p), n+piece)])
		})
		n += k
	}
	return n, err
}

// FlushError sends what was written; [http.ResponseController] calls it.
func (w *writer) FlushError() error {
	_, err := w.t.timed(&w.pace, w.rc.SetWriteDeadline, func() (int, error) { return 0, w.rc.Flush() })
	return err
}

// Flush implements [http.Flusher].
func (w *writer) Flush() { _ = w.FlushError() }

// Unwrap lets http.ResponseController reach the connection.
func (w *writer) Unwrap() http.ResponseWriter { return w.ResponseWriter }
