package main

import (
	"time"

	"github.com/spf13/cobra"

	"fincat/harvest/link"
	"fincat/sparql"
	"fincat/sparql/protocol"
	"fincat/store"
)

// engine is a SPARQL engine with what is derived from its store.
type engine struct {
	*sparql.Engine
	*derived
	client *protocol.Client // of SERVICE and LOAD
}

// engineOptions say how queries are answered.
type engineOptions struct {
	Store        *store.Store
	Dir          string          // of the store, where what is derived lies; default: in memory
	Links        link.Thresholds // default: those that the store was linked with
	DefaultGraph sparql.DefaultGraphMode
	Timeout      time.Duration // default: that of the engine
	MaxTimeout   time.Duration // default: that of the engine
	Memory       int64         // of all queries together; default: that of the engine
	AllowPrivate bool          // SERVICE and LOAD may reach private addresses
}

// commandEngine returns the engine of the server that carries out the command, or else a
// new one.
func commandEngine(cmd *cobra.Command, o engineOptions) (*engine, error) {
	if s := sessionOf(cmd); s != nil {
		return s.engine, nil
	}
	return newEngine(o)
}

func newEngine(o engineOptions) (*engine, error) {
	d, err := openDerived(o.Store, o.Dir, o.Links)
	if err != nil {
		return nil, err
	}
	client := protocol.NewClient(protocol.ClientOptions{AllowPrivate: o.AllowPrivate})
	e, err := sparql.New(sparql.Options{
		Store: o.Store, DefaultGraph: o.DefaultGraph, Timeout: o.Timeout, MaxTimeout: o.MaxTimeout,
		AllMemoryBytes: o.Memory,
		Services:       client, Load: client, Text: d.index,
	})
	if err != nil {
		d.Close()
		return nil, err
	}
	return &engine{e, d, client}, nil
}
