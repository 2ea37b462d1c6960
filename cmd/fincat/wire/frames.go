package wire

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
)

// MediaType is the media type of the answer to a command that has everything which the
// command prints: frames of a byte that says what it is, four bytes with the length,
// big-endian, and so many bytes.
const MediaType = "application/vnd.fincat.command"

// The kinds of frames.
const (
	frameOut byte = 1 + iota // standard output
	frameErr                 // standard error
	frameEnd                 // the last one: a End as JSON
)

// maxFrame bounds what is taken in at a time.
const maxFrame = 1 << 20

// End is how a command ended.
type End struct {
	Status  int    `json:"status"`
	Message string `json:"message,omitempty"`
	Help    string `json:"help,omitempty"` // the command whose --help says more
}

// Writer writes frames, each at once.
type Writer struct {
	mu sync.Mutex
	w  http.ResponseWriter
	c  *http.ResponseController
}

// NewWriter writes frames into an answer.
func NewWriter(w http.ResponseWriter) *Writer {
	return &Writer{w: w, c: http.NewResponseController(w)}
}

func (f *Writer) frame(kind byte, p []byte) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	var head [5]byte
	head[0] = kind
	binary.BigEndian.PutUint32(head[1:], uint32(len(p)))
	if _, err := f.w.Write(head[:]); err != nil {
		return err
	}
	if _, err := f.w.Write(p); err != nil {
		return err
	}
	return f.c.Flush()
}

// frames writes frames of one kind.
type frames struct {
	to   *Writer
	kind byte
}

// Write implements [io.Writer].
func (f frames) Write(p []byte) (n int, err error) {
	for n < len(p) {
		part := p[n:min(len(p), n+maxFrame)]
		if err := f.to.frame(f.kind, part); err != nil {
			return n, err
		}
		n += len(part)
	}
	return n, nil
}

// Stdout writes what a command prints on standard output.
func (f *Writer) Stdout() io.Writer { return frames{f, frameOut} }

// Stderr writes what a command prints on standard error.
func (f *Writer) Stderr() io.Writer { return frames{f, frameErr} }

// End writes how the command ended.
func (f *Writer) End(e *End) error {
	b, err := json.Marshal(e)
	if err != nil {
		return err
	}
	return f.frame(frameEnd, b)
}

// Read copies what a command prints until it ends.
func Read(r io.Reader, stdout, stderr io.Writer) (*End, error) {
	in := bufio.NewReaderSize(r, 64<<10)
	for {
		var head [5]byte
		if _, err := io.ReadFull(in, head[:]); err != nil {
			return nil, err
		}
		n := binary.BigEndian.Uint32(head[1:])
		if n > maxFrame {
			return nil, fmt.Errorf("a part of %d bytes", n)
		}
		out := stdout
		switch head[0] {
		case frameOut:
		case frameErr:
			out = stderr
		case frameEnd:
			var end End
			err := json.NewDecoder(io.LimitReader(in, int64(n))).Decode(&end)
			return &end, err
		default:
			return nil, errors.New("it is not the answer to a command")
		}
		if _, err := io.CopyN(out, in, int64(n)); err != nil {
			return nil, err
		}
	}
}
