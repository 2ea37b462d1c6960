package store

import (
	"errors"
	"time"

	"fincat/store/kv"
)

// SyncMode says when an acknowledged commit is safe from a power cut. It is
// always safe from the end of the process.
type SyncMode uint8

const (
	// Always forces every commit to disk before it is acknowledged; commits
	// that come at the same time share the cost.
	Always SyncMode = iota
	// Interval forces to disk every Options.SyncInterval.
	Interval
)

// Options say how to open a store.
type Options struct {
	Dir          string        // directory, made when missing; "" keeps everything in memory
	ReadOnly     bool          // several processes may read one store that nobody writes
	Sync         SyncMode      // default: Always
	SyncInterval time.Duration // for Interval; default: 1 s
	History      time.Duration // to look back at; default: as KeepHistory said, else 30 days; negative: none
	CacheBytes   int           // for blocks and terms; default: 128 MiB, 16 MiB in memory
	FoldChanges  int           // changed quads kept in memory before they are folded; default: 250,000
	MappedBytes  int64         // of its files that may stay in memory, see kv.Options; default: as many as there are
	HolderInfo   string        // shown to those who find the store locked, for example the server's address
	// KeepFormat refuses to open a store of an older format for writing, which would make
	// it one of the present format; the error is ErrUpgrade. Default: it is made one.
	KeepFormat bool
	Now        func() time.Time

	restoring bool // a backup is being restored
	repairing bool // the store is opened to cut off what its last use did not finish
	held      *kv.Lock
}

// withDefaults returns o with the zero values replaced.
func (o Options) withDefaults() (Options, error) {
	if o.Dir == "" && o.ReadOnly {
		return o, errors.New("a read-only store needs a directory")
	}
	if o.Sync > Interval {
		return o, errors.New("unknown sync mode")
	}
	if o.SyncInterval <= 0 {
		o.SyncInterval = time.Second
	}
	if o.CacheBytes <= 0 {
		o.CacheBytes = 128 << 20
		if o.Dir == "" {
			o.CacheBytes = 16 << 20
		}
	}
	if o.FoldChanges <= 0 {
		o.FoldChanges = 250_000
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o, nil
}
