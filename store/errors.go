package store

import (
	"errors"
)

// The conditions a caller can branch on with [errors.Is].
var (
	// ErrOlderFormat means that the store was written by a program too old for this one.
	ErrOlderFormat = errors.New("store has an older format")
	// ErrConflict means that the expected sequence number is not the newest any more.
	ErrConflict = errors.New("store has changed since")
	// ErrReadOnly means that a write was tried on a store opened for reading.
	ErrReadOnly = errors.New("store is read-only")
	// ErrHistory means that the sequence number or time is older than the history that is kept.
	ErrHistory = errors.New("history does not reach that far back")
	// ErrClosed means that the store, snapshot or transaction has been closed.
	ErrClosed = errors.New("store is closed")
	// ErrFailed means that an earlier write went wrong half-way; open the store again to recover.
	ErrFailed = errors.New("store stopped writing after an error")
	// ErrMany means that a probe has found more than it was asked for: probe for fewer keys at once.
	ErrMany = errors.New("too many matches")
)
