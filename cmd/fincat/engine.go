package main

import (
	"context"
	"log/slog"
	"path/filepath"
	"sync"
	"time"

	"fincat/sparql"
	"fincat/sparql/protocol"
	"fincat/sparql/text"
	"fincat/store"
)

// engine is a SPARQL engine with the text index and the client it uses.
type engine struct {
	*sparql.Engine
	index *text.Index
}

// engineOptions say how queries are answered.
type engineOptions struct {
	Store        *store.Store
	Dir          string // of the store, where the text index lies; default: in memory
	DefaultGraph sparql.DefaultGraphMode
	Timeout      time.Duration // default: that of the engine
	MaxTimeout   time.Duration // default: that of the engine
	AllowPrivate bool          // SERVICE and LOAD may reach private addresses
}

func newEngine(o engineOptions) (*engine, error) {
	dir := ""
	if o.Dir != "" {
		dir = filepath.Join(o.Dir, "text")
	}
	index, err := text.Open(text.Options{Store: o.Store, Dir: dir})
	if err != nil {
		return nil, err
	}
	client := protocol.NewClient(protocol.ClientOptions{AllowPrivate: o.AllowPrivate})
	e, err := sparql.New(sparql.Options{
		Store: o.Store, DefaultGraph: o.DefaultGraph, Timeout: o.Timeout, MaxTimeout: o.MaxTimeout,
		Services: client, Load: client, Text: index,
	})
	if err != nil {
		index.Close()
		return nil, err
	}
	return &engine{e, index}, nil
}

// follow keeps the text index up to date, so that searches need not wait, until
// stop is called.
func (e *engine) follow(ctx context.Context, log *slog.Logger) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	var running sync.WaitGroup
	running.Go(func() {
		if err := e.index.Follow(ctx); err != nil && ctx.Err() == nil {
			log.Error("text index", "error", err)
		}
	})
	return func() { cancel(); running.Wait() }
}

// Close releases the text index.
func (e *engine) Close() error { return e.index.Close() }
