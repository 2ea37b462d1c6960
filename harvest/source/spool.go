package source

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

// spool keeps groups of quads in a temporary file, for gatherings that know
// only at their end which records count.
type spool struct {
	file *os.File
	out  *bufio.Writer
	end  int64
}

// section is where a group of quads stands in a spool.
type section struct{ from, to int64 }

func newSpool() (*spool, error) {
	f, err := os.CreateTemp("", "fincat-spool-*")
	if err != nil {
		return nil, fmt.Errorf("make a temporary file: %w", err)
	}
	return &spool{file: f, out: bufio.NewWriterSize(f, 64<<10)}, nil
}

func (s *spool) close() error {
	return errors.Join(s.file.Close(), os.Remove(s.file.Name()))
}

func (s *spool) write(quads []term.Quad) (section, error) {
	at := section{from: s.end}
	for _, q := range quads {
		n, err := s.out.WriteString(term.Quad{Subject: q.Subject, Predicate: q.Predicate, Object: q.Object}.String() + "\n")
		s.end += int64(n)
		if err != nil {
			return at, fmt.Errorf("write to a temporary file: %w", err)
		}
	}
	at.to = s.end
	return at, nil
}

func (s *spool) read(ctx context.Context, at section) ([]term.Quad, error) {
	if err := s.out.Flush(); err != nil {
		return nil, fmt.Errorf("write to a temporary file: %w", err)
	}
	text := make([]byte, at.to-at.from)
	if _, err := s.file.ReadAt(text, at.from); err != nil && err != io.EOF {
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
