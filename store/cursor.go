package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"time"
)

// A Cursor is a place in the commit log. The time tells two commits with the
// same number apart, of which one was lost when a backup was restored.
type Cursor struct {
	Seq  uint64
	Time time.Time // of the commit
}

// Cursor returns the place of the newest commit the snapshot contains.
func (sn *Snapshot) Cursor() Cursor { return Cursor{sn.Seq(), sn.Time()} }

// AppendBinary appends 16 bytes, from which [ParseCursor] reads the cursor back.
func (c Cursor) AppendBinary(b []byte) ([]byte, error) {
	b = binary.BigEndian.AppendUint64(b, c.Seq)
	return binary.BigEndian.AppendUint64(b, uint64(c.Time.UnixNano())), nil
}

// ParseCursor reads what [Cursor.AppendBinary] wrote.
func ParseCursor(b []byte) (Cursor, error) {
	if len(b) != 16 {
		return Cursor{}, fmt.Errorf("a cursor has 16 bytes, not %d", len(b))
	}
	nanos := int64(binary.BigEndian.Uint64(b[8:]))
	return Cursor{Seq: binary.BigEndian.Uint64(b), Time: time.Unix(0, nanos).UTC()}, nil
}

// Gap reports whether something that reflects the commit at a cursor can only be
// brought to the snapshot's state by deriving it anew: because nothing is
// derived yet, the log no longer reaches back, or the commit is another store's.
// A cursor that is known was reached by following this store, so that its commit
// cannot be another's.
func (sn *Snapshot) Gap(c Cursor, known bool) (bool, error) {
	newest := sn.Seq()
	switch {
	case newest == 0 && c.Seq == 0:
		return false, nil // nothing is derived from nothing
	case c.Seq == 0 || c.Seq > newest:
		return true, nil
	case c.Seq == newest:
		return !c.Time.Equal(sn.Time()), nil
	case c.Seq+1 < sn.s.history.Oldest(newest):
		return true, nil
	case known:
		return false, nil
	}
	h, err := readHeader(sn.txn, c.Seq)
	if errors.Is(err, ErrHistory) {
		return true, nil // the log begins with the commit after it: whose the cursor is cannot be told
	}
	return err == nil && !h.time.Equal(c.Time), err
}
