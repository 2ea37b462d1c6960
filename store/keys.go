package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"github.com/dgraph-io/badger/v4"
)

// The first byte of every key in Badger; doc.go has the whole layout.
const (
	keyRoot     = 'r' // the newest base
	keyManifest = 'm' // block lists and statistics of a base
	keyBlock    = 'b' // block or patch by number
	keyDict     = 'd' // tag, number/128 → terms
	keyLong     = 'D' // tag, number, part → a long term
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

// get returns a value, nil when there is none.
func get(txn *badger.Txn, k []byte) (v []byte, err error) {
	defer func() {
		if r := recover(); r != nil { // Badger asserts on damaged files
			v, err = nil, corrupt(fmt.Sprintf("read key %x: %v", k, r))
		}
	}()
	it, err := txn.Get(k)
	if errors.Is(err, badger.ErrKeyNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read key %x: %w", k, damaged(err))
	}
	err = it.Value(func(b []byte) error {
		if v = b; len(b) >= valueThreshold { // it lies in a mapped file, smaller ones in the item's own memory
			v = slices.Clone(b)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read value of key %x: %w", k, damaged(err))
	}
	if v == nil {
		v = []byte{}
	}
	return v, nil
}

// each calls f with every key that has the prefix and is not below from, and
// its value when values is set, until f returns errStop. Key and value are valid
// during the call only.
func each(txn *badger.Txn, prefix, from []byte, values bool, f func(k, v []byte) error) error {
	it := txn.NewIterator(badger.IteratorOptions{Prefix: prefix, PrefetchValues: false})
	defer it.Close()
	if from == nil {
		from = prefix
	}
	for it.Seek(from); it.ValidForPrefix(prefix); it.Next() {
		item := it.Item()
		var v []byte
		if values {
			var err error
			if v, err = item.ValueCopy(nil); err != nil {
				return fmt.Errorf("read value of key %x: %w", item.Key(), damaged(err))
			}
		}
		if err := f(item.Key(), v); errors.Is(err, errStop) {
			return nil
		} else if err != nil {
			return err
		}
	}
	return nil
}

// errStop ends each.
var errStop = errors.New("no further keys")
