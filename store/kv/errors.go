package kv

import (
	"errors"
	"fmt"
	"strings"
	"syscall"

	"github.com/dgraph-io/badger/v4"

	"fincat/store/block"
)

var (
	// ErrLocked means that another process holds the directory; the error is a [*LockedError].
	ErrLocked = errors.New("store is held by another process")
	// ErrFull means that the disk has no room for the commit; nothing was written.
	ErrFull = errors.New("disk is full")
	// ErrUnfinished means that the last writer was killed, and that Badger has to
	// write before the store can be read.
	ErrUnfinished = errors.New("store was not closed")
)

// IsFull reports whether an error means that a disk has no room: as [ErrFull] does, which
// is found out before anything is written, or because a write failed.
func IsFull(err error) bool {
	return errors.Is(err, ErrFull) || errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)
}

// LockedError says who holds a store's directory.
type LockedError struct {
	Dir    string
	Holder string // what the holder gave as Options.HolderInfo, often its address; may be empty
	// Readers says that those who hold it only read it; they do not say who they are.
	Readers bool
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

// Badger formats most of its errors into the text of others, so that errors.Is does
// not find them. What can only be told by the text is told here, and nowhere else;
// TestBadgerTexts compares with errors that Badger really gives.

// textHeld is in the error of a directory that another program has opened with Badger.
const textHeld = "Cannot acquire directory lock"

// textsUnfinished are in the errors of a directory that is opened for reading and
// was not closed. The last is that of a log without a byte, which is what a process
// leaves that was killed just after it had made one.
var textsUnfinished = []string{badger.ErrTruncateNeeded.Error(), "Create a new file", "error while truncation"}

// textsDamaged are in the errors of broken files, in lower case.
var textsDamaged = []string{
	"checksum", "magic", "corrupt", "truncate", "invalid", "not exist", "no such file", "sanity text", "key registry",
	"unsupported version",
}

func hasAny(text string, parts []string) bool {
	for _, part := range parts {
		if strings.Contains(text, part) {
			return true
		}
	}
	return false
}

// opening says what an error of opening the database in dir means.
func opening(dir string, err error) error {
	text := err.Error()
	if strings.Contains(text, textHeld) {
		return &LockedError{Dir: dir}
	}
	if hasAny(text, textsUnfinished) {
		err = fmt.Errorf("%w: %w", ErrUnfinished, err)
	}
	return damaged(err)
}

// damaged marks errors of Badger that mean broken files.
func damaged(err error) error {
	switch {
	case errors.Is(err, badger.ErrEncryptionKeyMismatch):
		return fmt.Errorf("%w: KEYREGISTRY: %w", block.ErrCorrupt, err)
	case hasAny(strings.ToLower(err.Error()), textsDamaged):
		return fmt.Errorf("%w: %w", block.ErrCorrupt, err)
	}
	return err
}
