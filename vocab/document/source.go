package document

import (
	"bytes"
	"context"
	"errors"
	"io"
	"unicode/utf8"

	"github.com/cespare/xxhash/v2"

	"fincat/vocab/term"
)

// Lookahead is how many bytes a parser keeps in the window ahead of the token that
// it reads. A token that is longer makes the window grow, and is then read again
// from its beginning.
const Lookahead = 4096

// Source is a sliding window over a document: the part read ahead but not yet
// used. It knows the line and column of every byte in the window.
type Source struct {
	ctx  context.Context
	r    io.Reader
	Buf  []byte
	Pos  int   // the next unread byte is Buf[Pos]
	End  int   // of the bytes that are in Buf
	Mark int   // Fill keeps the bytes from here on, if this is before Pos
	Gap  int   // length of the white space that follows Mark
	gone int64 // bytes of the document before Buf[0]
	max  int   // size up to which the window grows
	Done bool
	Err  error // error that ended reading, other than io.EOF

	first spot // position of Buf[0]
	known spot // the position that was asked for last
}

// spot is the position of Buf[at]: its line and column, which count from 0 and in
// characters, and whether the byte before it is a CR.
type spot struct {
	at, line, col int
	sawCR         bool
}

// NewSource returns a Source whose window holds tokens of up to maxToken bytes.
func NewSource(ctx context.Context, r io.Reader, maxToken int) *Source {
	return &Source{ctx: ctx, r: r, Buf: make([]byte, 2*Lookahead), max: maxToken + 128<<10}
}

// Fill reads more of the document behind the unread bytes; those may move. It
// reports whether there is more.
func (s *Source) Fill() bool {
	if s.Done {
		return false
	}
	if cut := min(s.Mark, s.Pos); cut > 0 {
		s.first = s.spot(cut)
		s.known = s.first
		s.first.at, s.known.at = 0, 0
		s.End = copy(s.Buf, s.Buf[cut:s.End])
		s.Pos -= cut
		s.gone += int64(cut)
		s.Mark -= cut
	}
	if s.End == len(s.Buf) || len(s.Buf) < 64<<10 { // the window starts small, since most documents are short
		if len(s.Buf) >= s.max {
			s.fail(&LimitError{Limit: "literal size", Max: int64(s.max - 128<<10)})
			return false
		}
		s.Buf = append(s.Buf, make([]byte, min(len(s.Buf), s.max-len(s.Buf)))...)
	}
	// Parsers scan a token again after each Fill. Reading half as much again as is
	// there bounds how often, so that the time stays proportional to the length.
	before := s.End
	want := before + max(1, min((s.End-s.Pos)/2, len(s.Buf)-s.End))
	for empty := 0; s.End < want; {
		n, err := s.r.Read(s.Buf[s.End:])
		s.End += n
		if err == nil && n == 0 {
			if empty++; empty == 100 {
				err = io.ErrNoProgress
			}
		}
		if err != nil {
			s.Done = true
			if !errors.Is(err, io.EOF) {
				s.fail(err)
			}
			break
		}
	}
	return s.End > before
}

// Offset returns how far into the document the next unread byte is.
func (s *Source) Offset() int64 { return s.gone + int64(s.Pos) }

// fail ends the document at the next unread byte; what was read behind it is not used.
func (s *Source) fail(err error) {
	var l *LimitError
	if errors.As(err, &l) && l.Line == 0 {
		l.Line, l.Column = s.Position(s.End)
	}
	s.Done, s.Err, s.End = true, err, s.Pos
}

// Position returns the line and column of Buf[at], which count from 1.
func (s *Source) Position(at int) (line, column int) {
	p := s.spot(min(at, len(s.Buf)))
	return p.line + 1, p.col + 1
}

// spot returns the position of Buf[at]. It counts on from the place that was asked
// for last, so that a document with many faults is passed over once only.
func (s *Source) spot(at int) spot {
	from := s.known
	if at < from.at {
		from = s.first
	}
	p := spot{at: at}
	p.line, p.col, p.sawCR = advance(s.Buf[from.at:at], from.line, from.col, from.sawCR)
	s.known = p
	return p
}

// Problem describes a fault at Buf[at].
func (s *Source) Problem(at int, message string) Problem {
	line, col := s.Position(at)
	return Problem{Line: line, Column: col, Text: Excerpt(s.Buf[:s.End], at), Message: message}
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

// TermCache remembers recent terms under the bytes they were written as, so
// that repeated ones are neither checked nor allocated again. It is a hash
// table without chains: a new entry replaces the old one in its place.
type TermCache struct {
	entries []CacheEntry // their number is a power of two
	asked   int
}

// CacheEntry is a term under the bytes it was written as; the zero value is an
// empty place.
type CacheEntry struct {
	Key  string
	Term term.Term
}

// A cache starts small, for short documents, and becomes large when it has been
// asked often.
const (
	cacheStart = 128
	cacheSize  = 2048
)

// NewTermCache returns an empty cache.
func NewTermCache() *TermCache {
	return &TermCache{entries: make([]CacheEntry, cacheStart)}
}

// Slot returns the only place where the entry of a key can be. The entry there may
// be empty or that of another key: compare its Key, and overwrite it if need be.
func (c *TermCache) Slot(key []byte) *CacheEntry {
	if c.asked++; c.asked == 4*cacheStart {
		c.entries = make([]CacheEntry, cacheSize)
	}
	return &c.entries[xxhash.Sum64(key)&uint64(len(c.entries)-1)]
}

// Clear forgets everything. It is called when prefixes or the base change, after
// which the same bytes mean other terms.
func (c *TermCache) Clear() { clear(c.entries) }

// SpaceLength returns how many bytes of white space b starts with.
func SpaceLength(b []byte) int {
	i := 0
	for i < len(b) && (b[i] == ' ' || b[i] == '\n' || b[i] == '\t' || b[i] == '\r') {
		i++
	}
	return i
}
