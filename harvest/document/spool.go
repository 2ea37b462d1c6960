package document

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"fincat/vocab/rdfio"
	"fincat/vocab/term"
)

// Spool keeps groups of quads in a temporary file, for gatherings that know
// only at their end which records count.
type Spool struct {
	file *os.File
	out  *bufio.Writer
	end  int64
}

// Section is where a group of quads stands in a spool.
type Section struct{ From, to int64 }

// NewSpool makes the temporary file.
func NewSpool() (*Spool, error) {
	f, err := os.CreateTemp("", "fincat-spool-*")
	if err != nil {
		return nil, fmt.Errorf("make a temporary file: %w", err)
	}
	return &Spool{file: f, out: bufio.NewWriterSize(f, 64<<10)}, nil
}

// Close removes the file.
func (s *Spool) Close() error {
	return errors.Join(s.file.Close(), os.Remove(s.file.Name()))
}

// Write adds a group of quads and returns where it stands.
func (s *Spool) Write(quads []term.Quad) (Section, error) {
	at := Section{From: s.end}
	for _, q := range quads {
		n, err := s.out.WriteString(term.Quad{Subject: q.Subject, Predicate: q.Predicate, Object: q.Object}.String() +
			"\n")
		s.end += int64(n)
		if err != nil {
			return at, fmt.Errorf("write to a temporary file: %w", err)
		}
	}
	at.to = s.end
	return at, nil
}

// Read returns a group of quads.
func (s *Spool) Read(ctx context.Context, at Section) ([]term.Quad, error) {
	if err := s.out.Flush(); err != nil {
		return nil, fmt.Errorf("write to a temporary file: %w", err)
	}
	text := make([]byte, at.to-at.From)
	if _, err := s.file.ReadAt(text, at.From); err != nil && err != io.EOF {
		return nil, fmt.Errorf("read a temporary file: %w", err)
	}
	var quads []term.Quad
	for q, err := range rdfio.Read(ctx, bytes.NewReader(text), rdfio.ReadOptions{MediaType: "application/n-quads"}) {
		if err != nil {
			return nil, fmt.Errorf("read a temporary file: %w", err)
		}
		quads = append(quads, q)
	}
	return quads, nil
}
