package rdfio

import (
	"bytes"
	"context"
	"errors"
	"io"
	"unicode/utf8"

	"github.com/cespare/xxhash/v2"

	"fincat/vocab/term"
)

// source is a sliding window over a document: the part read ahead but not yet
// used. It knows the line and column of every byte in the window.
type source struct {
	ctx  context.Context
	r    io.Reader
	buf  []byte
	pos  int   // the next unread byte is buf[pos]
	end  int   // of the bytes in buf
	mark int   // fill keeps the bytes from here on, if that is before pos
	gap  int   // white space found behind mark
	gone int64 // bytes of the document before buf[0]
	max  int   // the window grows to this at most
	done bool
	err  error // what reading ended with, other than io.EOF

	first, known spot // of buf[0], and the last that was asked for
}

// spot is the position of buf[at]: line and column from 0, in characters, and
// whether a CR precedes it.
type spot struct {
	at, line, col int
	sawCR         bool
}

func newSource(ctx context.Context, r io.Reader, maxToken int) *source {
	return &source{ctx: ctx, r: r, buf: make([]byte, 2*lookahead), max: maxToken + 128<<10}
}

// fill reads more of the document behind the unread bytes; those may move. It
// reports whether there is more.
func (s *source) fill() bool {
	if s.done {
		return false
	}
	if cut := min(s.mark, s.pos); cut > 0 {
		s.first = s.spot(cut)
		s.known = s.first
		s.first.at, s.known.at = 0, 0
		s.end = copy(s.buf, s.buf[cut:s.end])
		s.pos -= cut
		s.gone += int64(cut)
		s.mark -= cut
	}
	if s.end == len(s.buf) || len(s.buf) < 64<<10 { // short documents get by with less
		if len(s.buf) >= s.max {
			s.fail(&LimitError{Limit: "literal size", Max: int64(s.max - 128<<10)})
			return false
		}
		s.buf = append(s.buf, make([]byte, min(len(s.buf), s.max-len(s.buf)))...)
	}
	// Reading as much again as there is keeps rescanning a long token linear.
	before := s.end
	want := before + max(1, min((s.end-s.pos)/2, len(s.buf)-s.end))
	for empty := 0; s.end < want; {
		n, err := s.r.Read(s.buf[s.end:])
		s.end += n
		if err == nil && n == 0 {
			if empty++; empty == 100 {
				err = io.ErrNoProgress
			}
		}
		if err != nil {
			s.done = true
			if !errors.Is(err, io.EOF) {
				s.fail(err)
			}
			break
		}
	}
	return s.end > before
}

// offset returns how far into the document the next unread byte is.
func (s *source) offset() int64 { return s.gone + int64(s.pos) }

// fail ends the document here; what was read behind an error is not used.
func (s *source) fail(err error) {
	var l *LimitError
	if errors.As(err, &l) && l.Line == 0 {
		l.Line, l.Column = s.position(s.end)
	}
	s.done, s.err, s.end = true, err, s.pos
}

// position returns line and column of buf[at], from 1.
func (s *source) position(at int) (line, column int) {
	p := s.spot(min(at, len(s.buf)))
	return p.line + 1, p.col + 1
}

// spot counts from the last place asked for, so that many faults cost no more
// than one pass over the document.
func (s *source) spot(at int) spot {
	from := s.known
	if at < from.at {
		from = s.first
	}
	p := spot{at: at}
	p.line, p.col, p.sawCR = advance(s.buf[from.at:at], from.line, from.col, from.sawCR)
	s.known = p
	return p
}

// problem describes a fault at buf[at].
func (s *source) problem(at int, message string) Problem {
	line, col := s.position(at)
	return Problem{Line: line, Column: col, Text: excerpt(s.buf[:s.end], at), Message: message}
}

// advance moves a position over b. Lines end with LF, CR LF or CR.
func advance(b []byte, line, col int, sawCR bool) (int, int, bool) {
	if bytes.IndexByte(b, '\r') < 0 {
		if sawCR && len(b) > 0 && b[0] == '\n' {
			b = b[1:]
		}
		if i := bytes.LastIndexByte(b, '\n'); i >= 0 {
			return line + bytes.Count(b, []byte{'\n'}), utf8.RuneCount(b[i+1:]), false
		}
		return line, col + countStarts(b), sawCR && len(b) == 0
	}
	for _, c := range b {
		switch {
		case c == '\n' && sawCR:
		case c == '\n' || c == '\r':
			line, col = line+1, 0
		case utf8.RuneStart(c):
			col++
		}
		sawCR = c == '\r'
	}
	return line, col, sawCR
}

// countStarts counts characters; a character cut at either end counts once.
func countStarts(b []byte) int {
	n := 0
	for _, c := range b {
		if utf8.RuneStart(c) {
			n++
		}
	}
	return n
}

// termCache remembers recent terms under the bytes they were written as, so
// that repeated ones are neither checked nor allocated again. It is a hash
// table without chains: a new entry replaces the old one in its place.
type termCache struct {
	entries []cacheEntry // their number is a power of two
	asked   int
}

type cacheEntry struct {
	key string
	t   term.Term
}

// A cache starts small, for short documents, and becomes large when it has been
// asked often.
const (
	cacheStart = 128
	cacheSize  = 2048
)

func newTermCache() *termCache {
	return &termCache{entries: make([]cacheEntry, cacheStart)}
}

// slot returns the place of a key: empty, or taken by it or by another.
func (c *termCache) slot(key []byte) *cacheEntry {
	if c.asked++; c.asked == 4*cacheStart {
		c.entries = make([]cacheEntry, cacheSize)
	}
	return &c.entries[xxhash.Sum64(key)&uint64(len(c.entries)-1)]
}

// clear forgets everything, for when prefixes or the base change.
func (c *termCache) clear() { clear(c.entries) }
