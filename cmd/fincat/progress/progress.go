package progress

import (
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"golang.org/x/term"
)

// Line shows on a terminal how far long work has come; elsewhere it shows
// nothing. It is safe for concurrent use.
type Line struct {
	w    io.Writer // nil: nobody is watching
	mu   sync.Mutex
	last time.Time
}

const every = 200 * time.Millisecond

// New returns a line on w, which shows nothing unless that is a terminal.
func New(w io.Writer) *Line {
	if f, ok := w.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		return &Line{w: w}
	}
	return &Line{}
}

// Show replaces the line, at most a few times a second.
func (p *Line) Show(format string, args ...any) {
	if p.w == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if now := time.Now(); now.Sub(p.last) >= every {
		p.last = now
		fmt.Fprintf(p.w, "\r\x1b[K"+format, args...)
	}
}

// Clear takes the line away.
func (p *Line) Clear() {
	if p.w != nil {
		fmt.Fprint(p.w, "\r\x1b[K")
	}
}
