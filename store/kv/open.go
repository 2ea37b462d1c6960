package kv

import (
	"fmt"
	"runtime/debug"

	"github.com/dgraph-io/badger/v4"
	badgeropts "github.com/dgraph-io/badger/v4/options"

	"fincat/store/block"
)

// valueThreshold is the least size of values that Badger may keep in a log of
// their own.
const valueThreshold = 512 << 10

// openBadger opens the database with sizes that suit the store: large enough for
// transactions of half a megabyte, small enough for little memory. Its table builders
// take twice the size of a table each and as much again, doubled, until there is room for
// what they write; a dozen of them work at a time, eight are kept for the next time. What
// a block of a table has no more room for is lost, and a value that does not fit into one
// takes several times its size: ours have 7 to 14 KB. Each table costs 3 MB of garbage,
// so that a level may be large before it is merged into the next; waiting for more tables
// of level 0 would have more of their files in memory.
func openBadger(o Options) (db *badger.DB, err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		switch r := recover().(type) {
		case nil:
		case interface{ Addr() uintptr }: // a mapped file without room on the disk, or on a disk that fails
			err = fmt.Errorf("%w, or cannot be read: make room and try again (%v)", ErrFull, r)
		default: // Badger asserts on some damaged files
			err = block.Corrupt(fmt.Sprint(r))
		}
	}()
	b := badger.DefaultOptions(o.Dir).WithLogger(nil).WithMetricsEnabled(false).
		WithMemTableSize(4 << 20).WithValueThreshold(valueThreshold).
		WithDetectConflicts(false).WithCompression(badgeropts.None).
		WithBlockCacheSize(0).WithIndexCacheSize(0).WithNumGoroutines(2).
		WithNumCompactors(2).WithReadOnly(o.ReadOnly).
		WithSyncWrites(false).WithValueLogFileSize(64 << 20).
		WithChecksumVerificationMode(badgeropts.OnBlockRead)
	if o.Dir == "" {
		b = b.WithInMemory(true).WithNumMemtables(2)
	} else {
		b = b.WithBaseTableSize(1 << 20).WithBaseLevelSize(64 << 20).WithNumMemtables(3).WithBlockSize(32 << 10)
	}
	if db, err = badger.OpenManaged(b); err != nil {
		return nil, opening(o.Dir, err)
	}
	return db, nil
}
