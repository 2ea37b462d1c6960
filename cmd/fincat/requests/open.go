package requests

import (
	"context"
	"log/slog"
	"path/filepath"
	"sync"

	"fincat/harvest"
	core "fincat/harvest/requests"
	"fincat/store"
	"fincat/vocab/dcat"
)

// Open opens the book of a store, with its private folder in dir, that of the store; with none
// nothing is taken.
func Open(s *store.Store, base dcat.Base, dir string, config harvest.Config, log *slog.Logger) (*core.Book, error) {
	directory, err := dcat.NewDirectory()
	if err != nil {
		return nil, err
	}
	if dir != "" {
		dir = filepath.Join(dir, "requests")
	}
	return core.New(core.Options{Store: s, Base: base, Dir: dir, Config: config.Requests, Directory: directory,
		Coordinating: config.Organisations.Coordinating, Logger: log})
}

// Running has a book, where there is one, do what is due until the function that it returns is
// called.
func Running(ctx context.Context, b *core.Book) (stop func()) {
	if b == nil {
		return func() {}
	}
	ctx, cancel := context.WithCancel(ctx)
	var running sync.WaitGroup
	running.Go(func() { b.Run(ctx) })
	return func() {
		cancel()
		running.Wait()
	}
}
