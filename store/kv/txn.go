package kv

import (
	"errors"
	"fmt"
	"slices"

	"github.com/dgraph-io/badger/v4"

	"fincat/store/block"
)

// Txn reads the database as it was at one timestamp.
type Txn struct{ txn *badger.Txn }

// Discard gives the reader back.
func (t *Txn) Discard() { t.txn.Discard() }

// Size returns the size of a value.
func (t *Txn) Size(k []byte) (int64, error) {
	it, err := t.txn.Get(k)
	if err != nil {
		return 0, damaged(err)
	}
	return it.ValueSize(), nil
}

// Get returns a value, nil when there is none.
func (t *Txn) Get(k []byte) (v []byte, err error) {
	defer func() {
		if r := recover(); r != nil { // Badger asserts on damaged files
			v, err = nil, block.Corrupt(fmt.Sprintf("read key %x: %v", k, r))
		}
	}()
	it, err := t.txn.Get(k)
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

// Each calls f with every key that has the prefix and is not below from, and
// its value when values is set, until f returns ErrStop. Key and value are valid
// during the call only.
func (t *Txn) Each(prefix, from []byte, values bool, f func(k, v []byte) error) error {
	it := t.txn.NewIterator(badger.IteratorOptions{Prefix: prefix, PrefetchValues: false})
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
		if err := f(item.Key(), v); errors.Is(err, ErrStop) {
			return nil
		} else if err != nil {
			return err
		}
	}
	return nil
}

// ErrStop ends [Txn.Each].
var ErrStop = errors.New("no further keys")
