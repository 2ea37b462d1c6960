package text

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"sync"

	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/mapping"

	"fincat/store"
)

// MaxLiteral is how many bytes of a literal are indexed; what comes after is
// not found.
const MaxLiteral = 1 << 20

// Options says where an index lives and what it follows.
type Options struct {
	Store *store.Store // required
	Dir   string       // folder of the index; "" keeps it in memory
}

// Index finds the literals of a store by their words. Its methods may be
// called at the same time.
type Index struct {
	o       Options
	mapping *mapping.IndexMappingImpl

	mu     sync.RWMutex // held for writing while index is replaced or closed
	index  bleve.Index
	cursor uint64 // commits up to here are indexed
	full   uint64 // literals at the last full pass
	added  uint64 // literals since

	follow chan struct{} // of capacity one: whoever holds it brings the index up to date
}

// Open opens the index, or begins an empty one when there is none, or none
// that can be read: the first search then reads the whole store.
func Open(o Options) (*Index, error) {
	if o.Store == nil {
		return nil, errors.New("text index without a store")
	}
	m, err := newMapping()
	if err != nil {
		return nil, fmt.Errorf("text index: %w", err)
	}
	x := &Index{o: o, mapping: m, follow: make(chan struct{}, 1)}
	if o.Dir != "" {
		if index, err := bleve.Open(o.Dir); err == nil {
			x.index = index
			if x.readState() == nil {
				return x, nil
			}
		}
	}
	return x, x.clear()
}

// Close releases the index; searches under way fail.
func (x *Index) Close() error {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.close()
}

func (x *Index) close() error {
	if x.index == nil {
		return nil
	}
	err := x.index.Close()
	x.index = nil
	return err
}

// clear replaces the index by an empty one. The caller holds mu or is alone.
func (x *Index) clear() error {
	if err := x.close(); err != nil {
		return fmt.Errorf("close text index: %w", err)
	}
	x.cursor, x.full, x.added = 0, 0, 0
	index, err := x.create()
	if err != nil {
		return fmt.Errorf("create text index: %w", err)
	}
	x.index = index
	return nil
}

func (x *Index) create() (bleve.Index, error) {
	if x.o.Dir == "" {
		return bleve.NewMemOnly(x.mapping)
	}
	if err := os.RemoveAll(x.o.Dir); err != nil {
		return nil, err
	}
	return bleve.New(x.o.Dir, x.mapping)
}

// stateKey names the index's own record of how far it has come.
var stateKey = []byte("fincat")

func (x *Index) readState() error {
	b, err := x.index.GetInternal(stateKey)
	if err != nil || len(b) != 24 {
		return fmt.Errorf("text index has no state: %w", err)
	}
	x.cursor = binary.BigEndian.Uint64(b)
	x.full = binary.BigEndian.Uint64(b[8:])
	x.added = binary.BigEndian.Uint64(b[16:])
	return nil
}

func (x *Index) writeState() error {
	b := binary.BigEndian.AppendUint64(nil, x.cursor)
	b = binary.BigEndian.AppendUint64(b, x.full)
	return x.index.SetInternal(stateKey, binary.BigEndian.AppendUint64(b, x.added))
}

// Follow keeps the index up to date until ctx ends, so that searches need not
// wait; it returns ctx's error or what stopped it.
func (x *Index) Follow(ctx context.Context) error {
	for {
		seq, err := x.o.Store.Wait(ctx, x.Seq())
		if err != nil {
			return err
		}
		if err := x.reach(ctx, seq); err != nil {
			return err
		}
	}
}

// Seq returns the sequence number of the last commit that is indexed.
func (x *Index) Seq() uint64 {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return x.cursor
}
