package spill

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math"
	"os"
	"slices"
	"sync/atomic"

	"fincat/sparql/value"
	"fincat/store"
	"fincat/vocab/term"
)

// Space is where the operators of all queries put what they may not hold in memory.
type Space struct {
	Make  func() (*os.File, error) // a file that is gone when it is closed
	Room  func(bytes int) error    // whether the disk has room
	Limit int64                    // bytes that all files together may have
	// Most is how many bytes an operator holds at most before it uses a file, however
	// much memory there is. Default: as much as memory allows.
	Most int64

	used atomic.Int64
}

// Used returns how many bytes the files have now.
func (s *Space) Used() int64 { return s.used.Load() }

// Error says that a query needs a temporary file and cannot have it, for
// example because the disk is full.
type Error struct{ Err error }

// Error says what went wrong.
func (e *Error) Error() string {
	return "query needs more memory than there is for it and no temporary file can take the rest: " + e.Err.Error()
}

// Unwrap returns the error of the file.
func (e *Error) Unwrap() error { return e.Err }

// ErrDamaged means that a temporary file does not hold what was written to it.
var ErrDamaged = errors.New("temporary file is damaged: check the disk")

const (
	// frameBytes is about how much of a file is written or read at a time.
	frameBytes = 32 << 10
	frameHead  = 8
	// pieceBytes is how much of a frame is written or read before anybody asks again
	// whether the query has to end.
	pieceBytes = 256 << 10
)

// File is a temporary file of records, which is written once and then read.
// It consists of frames: length and checksum, 4 bytes each, then whole records.
type File struct {
	// Buf is the frame at hand, with its head. Records are appended to it; each is followed
	// by End.
	Buf []byte

	space  *Space
	f      *os.File
	size   int64
	asked  int64 // up to which size the disk is known to have room
	charge func(n int64) error
	halt   func() error
	held   int64
}

// New makes a file. charge sets what it takes of the query's memory, and halt says why the
// query has to end, if it has: it is asked before every piece that is written or read.
func (s *Space) New(charge func(n int64) error, halt func() error) (*File, error) {
	f, err := s.Make()
	if err != nil {
		return nil, &Error{err}
	}
	n := &File{space: s, f: f, charge: charge, halt: halt, Buf: make([]byte, frameHead, frameBytes+4096)}
	if err := n.set(int64(cap(n.Buf))); err != nil {
		n.Close()
		return nil, err
	}
	return n, nil
}

func (s *File) set(n int64) error {
	s.held = n
	return s.charge(n)
}

// End is called after a record has been appended to buf.
func (s *File) End() error {
	if len(s.Buf) < frameBytes {
		return nil
	}
	return s.flush()
}

// flush writes the frame at hand.
func (s *File) flush() error {
	n := int64(len(s.Buf))
	if n == frameHead {
		return nil
	}
	if err := s.set(int64(cap(s.Buf))); err != nil {
		return err
	}
	if n > math.MaxUint32 {
		return &value.LimitError{What: "bytes for one solution", Limit: math.MaxUint32}
	}
	if s.size+n > s.asked {
		const ahead = 16 << 20
		// Room keeps several times as much free, so that others can still write.
		if err := s.space.Room(int(s.space.Used() + n + ahead)); err != nil {
			return &Error{err}
		}
		s.asked = s.size + n + ahead
	}
	if used := s.space.used.Add(n); used > s.space.Limit {
		s.space.used.Add(-n)
		return &value.LimitError{What: "bytes of temporary files", Limit: s.space.Limit}
	}
	binary.LittleEndian.PutUint32(s.Buf, uint32(n-frameHead))
	binary.LittleEndian.PutUint32(s.Buf[4:], crc32.ChecksumIEEE(s.Buf[frameHead:]))
	err := s.pieces(s.Buf, func(b []byte, at int) error {
		if _, err := s.f.WriteAt(b, s.size+int64(at)); err != nil {
			return &Error{fmt.Errorf("write temporary file: %w", err)}
		}
		return nil
	})
	s.size += n
	s.Buf = s.Buf[:frameHead]
	return err
}

// pieces calls f for one piece of b after the other, until the query has to end: a frame of
// one solution may be large, and a disk slow.
func (s *File) pieces(b []byte, f func(piece []byte, at int) error) error {
	for at := 0; at < len(b); at += pieceBytes {
		if err := s.halt(); err != nil {
			return err
		}
		if err := f(b[at:min(at+pieceBytes, len(b))], at); err != nil {
			return err
		}
	}
	return nil
}

// Rewind ends the writing. What is at hand may be read with Next.
func (s *File) Rewind() error {
	err := s.flush()
	s.Buf = nil
	_ = s.set(0) // less than before
	if err != nil {
		return err
	}
	return s.Again()
}

// Again has Next begin anew.
func (s *File) Again() error {
	if _, err := s.f.Seek(0, io.SeekStart); err != nil {
		return &Error{fmt.Errorf("read temporary file: %w", err)}
	}
	return nil
}

// Size returns how many bytes the file has.
func (s *File) Size() int64 { return s.size }

// Next reads the next frame; it returns no bytes at the end.
func (s *File) Next() ([]byte, error) {
	var head [frameHead]byte
	if _, err := io.ReadFull(s.f, head[:]); errors.Is(err, io.EOF) {
		return nil, nil
	} else if err != nil {
		return nil, &Error{fmt.Errorf("read temporary file: %w", err)}
	}
	n := int64(binary.LittleEndian.Uint32(head[:]))
	if n == 0 || n > s.size {
		return nil, &Error{ErrDamaged}
	}
	held := n
	if n > frameBytes+4096 { // one large record, whose texts are copied
		held = 2 * n
	}
	if err := s.set(max(s.held, held)); err != nil {
		return nil, err
	}
	s.Buf = slices.Grow(s.Buf[:0], int(n))[:n]
	if err := s.pieces(s.Buf, func(b []byte, _ int) error {
		if _, err := io.ReadFull(s.f, b); err != nil {
			return &Error{fmt.Errorf("read temporary file: %w", err)}
		}
		return nil
	}); err != nil {
		return nil, err
	}
	if crc32.ChecksumIEEE(s.Buf) != binary.LittleEndian.Uint32(head[4:]) {
		return nil, &Error{ErrDamaged}
	}
	return s.Buf, nil
}

// Close gives the file back. It may be called again.
func (s *File) Close() {
	if s.f == nil {
		return
	}
	_ = s.f.Close() // it has no name any more, and nobody needs what is in it
	s.space.used.Add(-s.size)
	s.f, s.Buf = nil, nil
	_ = s.set(0)
}

// AppendID appends an ID.
func AppendID(b []byte, id store.ID) []byte { return binary.LittleEndian.AppendUint64(b, uint64(id)) }

// AppendIDs appends a row of a batch.
func AppendIDs(b []byte, cols [][]store.ID, row int) []byte {
	for _, c := range cols {
		b = AppendID(b, c[row])
	}
	return b
}

// AppendTerm appends a term, from which [Decoder.Term] makes it again.
func AppendTerm(b []byte, t term.Term) []byte {
	b = append(b, byte(t.Kind()))
	switch t.Kind() {
	case term.None:
		return b
	case term.TripleTerm:
		tr := t.Triple()
		return AppendTerm(AppendTerm(AppendTerm(b, tr.Subject), tr.Predicate), tr.Object)
	case term.Literal:
		b = append(b, byte(t.Direction()))
		b = appendText(b, t.Lang())
		if t.Lang() == "" {
			b = appendText(b, t.Datatype())
		}
	}
	return appendText(b, t.Value())
}

func appendText(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

// Decoder reads records. After damage it gives zero values, and Bad is set.
type Decoder struct {
	B     []byte
	Bad   bool
	names map[string]string // datatypes and languages, of which there are few
}

func (d *Decoder) byte() byte {
	if len(d.B) == 0 {
		d.Bad = true
		return 0
	}
	c := d.B[0]
	d.B = d.B[1:]
	return c
}

// ID reads an ID.
func (d *Decoder) ID() store.ID {
	if len(d.B) < 8 {
		d.Bad, d.B = true, nil
		return 0
	}
	id := store.ID(binary.LittleEndian.Uint64(d.B))
	d.B = d.B[8:]
	return id
}

func (d *Decoder) bytes() []byte {
	n, k := binary.Uvarint(d.B)
	if k <= 0 || n > uint64(len(d.B)-k) {
		d.Bad, d.B = true, nil
		return nil
	}
	s := d.B[k : k+int(n)]
	d.B = d.B[k+int(n):]
	return s
}

// name reads a text that many records have.
func (d *Decoder) name() string {
	b := d.bytes()
	if s, ok := d.names[string(b)]; ok {
		return s
	}
	s := string(b)
	if d.names == nil {
		d.names = map[string]string{}
	}
	if len(d.names) < 64 && len(s) < 256 {
		d.names[s] = s
	}
	return s
}

// Term reads a term.
func (d *Decoder) Term() term.Term {
	switch kind := term.Kind(d.byte()); kind {
	case term.IRI:
		return term.NewIRI(string(d.bytes()))
	case term.BlankNode:
		return term.NewBlankNode(string(d.bytes()))
	case term.TripleTerm:
		s, p, o := d.Term(), d.Term(), d.Term()
		if d.Bad {
			return term.Term{}
		}
		return term.NewTripleTerm(term.Triple{Subject: s, Predicate: p, Object: o})
	case term.Literal:
		dir := term.Direction(d.byte())
		if lang := d.name(); lang != "" {
			return term.NewDirLangString(string(d.bytes()), lang, dir)
		}
		datatype := d.name()
		return term.NewLiteral(string(d.bytes()), datatype)
	}
	return term.Term{}
}
