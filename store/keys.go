package store

import (
	"encoding/binary"
	"iter"
	"slices"
	"sync/atomic"

	"fincat/store/kv"
)

// The first byte of every key in Badger; doc.go has the whole layout.
const (
	keyRoot     = 'r' // the newest base
	keyManifest = 'm' // block lists and statistics of a base
	keyBlock    = 'b' // block or patch by number
	keyLog      = 'l' // commit, part → header and changes
	keyHead     = 'h' // commit, part → a long header
	keyNew      = 'n' // commit, part → terms the commit brought
	keyValue    = 'v' // named value
)

func key64(prefix byte, n uint64) []byte {
	return binary.BigEndian.AppendUint64([]byte{prefix}, n)
}

func partKey(prefix byte, n uint64, part uint32) []byte {
	return binary.BigEndian.AppendUint32(key64(prefix, n), part)
}

// putFunc takes key and value for writing; a nil value deletes.
type putFunc func(k, v []byte) error

// counter is an atomic number that only grows.
type counter struct{ n atomic.Uint64 }

func (c *counter) next() uint64 { return c.n.Add(1) }

// newestState reads the newest state of the database.
type newestState struct{ db *kv.DB }

// Get returns the value of a key, nil when there is none.
func (n newestState) Get(k []byte) ([]byte, error) {
	txn := n.db.Newest()
	defer txn.Discard()
	return txn.Get(k)
}

// Block returns the block or patch with a number.
func (n newestState) Block(number uint64) ([]byte, error) { return n.Get(key64(keyBlock, number)) }

// Keys yields the keys with a prefix, from one on.
func (n newestState) Keys(prefix, from []byte) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		txn := n.db.Newest()
		defer txn.Discard()
		err := txn.Each(prefix, from, false, func(k, _ []byte) error {
			if !yield(slices.Clone(k), nil) {
				return kv.ErrStop
			}
			return nil
		})
		if err != nil {
			yield(nil, err)
		}
	}
}
