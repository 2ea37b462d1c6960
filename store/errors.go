package store

import (
	"errors"
	"fmt"
)

// The conditions a caller can branch on with [errors.Is].
var (
	// ErrLocked means that another process holds the directory; the error is a [*LockedError].
	ErrLocked = errors.New("store is held by another process")
	// ErrNewerFormat means that a newer version of the program wrote the store.
	ErrNewerFormat = errors.New("store has a newer format")
	// ErrOlderFormat means that the store was written by a program too old for this one.
	ErrOlderFormat = errors.New("store has an older format")
	// ErrConflict means that the expected sequence number is not the newest any more.
	ErrConflict = errors.New("store has changed since")
	// ErrReadOnly means that a write was tried on a store opened for reading.
	ErrReadOnly = errors.New("store is read-only")
	// ErrCorrupt means that stored bytes do not decode.
	ErrCorrupt = errors.New("store is damaged")
	// ErrHistory means that the sequence number or time is older than the history that is kept.
	ErrHistory = errors.New("history does not reach that far back")
	// ErrClosed means that the store, snapshot or transaction has been closed.
	ErrClosed = errors.New("store is closed")
	// ErrFull means that the disk has no room for the commit; nothing was written.
	ErrFull = errors.New("disk is full")
	// ErrTerm means that a quad contains a term in a position where RDF does not allow it.
	ErrTerm = errors.New("not an RDF quad")
	// ErrFailed means that an earlier write went wrong half-way; open the store again to recover.
	ErrFailed = errors.New("store stopped writing after an error")
)

// LockedError says who holds a store's directory.
type LockedError struct {
	Dir    string
	Holder string // what the holder gave as Options.HolderInfo, often its address; may be empty
}

// Error names the directory and the holder.
func (e *LockedError) Error() string {
	if e.Holder == "" {
		return fmt.Sprintf("store %s is held by another process", e.Dir)
	}
	return fmt.Sprintf("store %s is held by another process (%s)", e.Dir, e.Holder)
}

// Is makes a LockedError match [ErrLocked].
func (e *LockedError) Is(target error) bool { return target == ErrLocked }

func corrupt(what string) error { return fmt.Errorf("%w: %s", ErrCorrupt, what) }
