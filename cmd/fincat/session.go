package main

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"fincat/cmd/fincat/metrics"
	"fincat/cmd/fincat/wire"
	"fincat/harvest"
	"fincat/store"
	"fincat/vocab/dcat"
)

// session is what a command works with when a server carries it out: what the server
// has open, who asked for it, and the files that were sent with it.
type session struct {
	store     *store.Store
	dir       string
	engine    *engine
	metrics   *metrics.Metrics
	base      dcat.Base
	harvester *harvest.Harvester // whose runs and those of commands never overlap
	sources   bool               // the harvester has a configuration
	who       string             // asks for it
	local     bool               // who is a user of this machine
	files     *wire.Files
	directory string // in which the client works

	commits []uint64 // made by the command
}

type sessionKey struct{}

// sessionOf returns the session of a command that a server carries out, else nil.
func sessionOf(cmd *cobra.Command) *session {
	s, _ := cmd.Context().Value(sessionKey{}).(*session)
	return s
}

func withSession(ctx context.Context, s *session) context.Context {
	return context.WithValue(ctx, sessionKey{}, s)
}

// release closes what a command has opened; what a server has open stays so. It is for
// use with defer, as [closing] is.
func release(cmd *cobra.Command, c io.Closer, err *error) {
	if sessionOf(cmd) == nil {
		closing(c, err)
	}
}

// renew opens the store of a command again, which gives back the memory of what it did
// so far; that of a server stays as it is. Nothing may use s any more.
func renew(cmd *cobra.Command, s *store.Store) (*store.Store, error) {
	if sessionOf(cmd) != nil {
		return s, nil
	}
	return store.Reopen(cmd.Context(), s)
}

// commandAuthor names who asked for a command, for the commit log.
func commandAuthor(cmd *cobra.Command) string {
	if s := sessionOf(cmd); s != nil {
		return s.who
	}
	return systemUser()
}

// openInput opens a file that a command reads, or standard input for "-". A server reads
// none of its own: they were sent with the command, in the order in which it reads them.
func openInput(cmd *cobra.Command, name string) (io.ReadCloser, error) {
	if s := sessionOf(cmd); s != nil {
		r, err := s.files.Next(name)
		return io.NopCloser(r), err
	}
	if name == "-" {
		return io.NopCloser(cmd.InOrStdin()), nil
	}
	return os.Open(name)
}

// readInput reads a whole file, or standard input for "-".
func readInput(cmd *cobra.Command, name string) ([]byte, error) {
	r, err := openInput(cmd, name)
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(r)
	return data, errors.Join(err, r.Close())
}

// inputIRI returns the file IRI of a path, as seen by who gave the command.
func inputIRI(cmd *cobra.Command, path string) string {
	if s := sessionOf(cmd); s != nil && !filepath.IsAbs(path) {
		path = filepath.Join(s.directory, path)
	}
	return fileIRI(path)
}

// laterInput is an input that is opened when it is read for the first time.
type laterInput struct {
	cmd  *cobra.Command
	name string
	r    io.ReadCloser
	err  error // with which it ended
}

// Read implements [io.Reader].
func (l *laterInput) Read(p []byte) (int, error) {
	if l.err != nil {
		return 0, l.err
	}
	if l.r == nil {
		if l.r, l.err = openInput(l.cmd, l.name); l.err != nil {
			return 0, l.err
		}
	}
	n, err := l.r.Read(p)
	if err != nil {
		l.err = err
		_ = l.r.Close() // it was only read
	}
	return n, err
}
