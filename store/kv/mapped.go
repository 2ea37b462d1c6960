package kv

import (
	"time"

	"github.com/dgraph-io/badger/v4"
)

// keepUnmapping takes the pages of the tables out of the process's memory whenever more
// than Options.MappedBytes of mapped files have come into it, until end is called.
func (d *DB) keepUnmapping() (end func()) {
	const every = 50 * time.Millisecond // within which some 10 MB are written
	at := residentMapped()
	if d.o.Dir == "" || d.o.MappedBytes <= 0 || at < 0 {
		return func() {}
	}
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		tick := time.NewTicker(every)
		defer tick.Stop()
		for {
			select {
			case <-stop:
				return
			case <-tick.C:
				if residentMapped()-at > d.o.MappedBytes {
					d.unmapTables()
					at = residentMapped()
				}
			}
		}
	}()
	return func() {
		close(stop)
		<-stopped
	}
}

// unmapTables takes the pages of the tables out of the process's memory; the system
// keeps them in its cache of files, from where they come again when somebody reads them.
// Badger reads and writes its tables through mapped files, whose pages would otherwise
// stay until the table goes: who goes through a store would seem to need as much memory
// as the store is long.
//
// The addresses of a table are good as long as Badger keeps it mapped. An iterator
// keeps all the tables there are when it is opened: those that are there before and
// after it.
func (d *DB) unmapTables() {
	before := map[uint64]bool{}
	for _, t := range d.db.Tables() {
		before[t.ID] = true
	}
	txn := d.db.NewTransactionAt(d.Time(), false)
	defer txn.Discard()
	it := txn.NewIterator(badger.IteratorOptions{})
	defer it.Close()
	held := map[uint64]bool{}
	for _, t := range d.db.Tables() {
		if before[t.ID] {
			held[t.ID] = true
		}
	}
	unmapPages(d.o.Dir, held)
}
