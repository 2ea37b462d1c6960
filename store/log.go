package store

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"iter"
	"time"

	"fincat/store/block"
	"fincat/store/dict"
	"fincat/store/kv"
	"fincat/store/timeline"
)

// unlogged reports whether the log does not have what a commit changed: it was a bulk load.
func (h *logHeader) unlogged() bool { return h.added+h.removed > 0 && h.parts == 0 }

// noteIn adds a commit to a timeline.
func (h *logHeader) noteIn(x *timeline.Index) { x.Add(h.seq, h.time, h.unlogged()) }

// Oldest returns the number of the oldest commit in the log, one after the newest
// commit when there is none.
func (s *Store) Oldest() uint64 { return s.history.Oldest(s.Seq()) }

// Past returns what the store knows of its commits' times.
func (s *Store) Past() timeline.Past { return s.history.Past(s.Seq(), s.now()) }

// Age returns how long ago a commit was, or the oldest one after it that the log
// still has; zero when there is none.
func (s *Store) Age(seq uint64) time.Duration {
	t, ok := s.history.From(seq)
	if !ok {
		return 0
	}
	return max(0, s.now().Sub(t))
}

// Log yields the commits after a sequence number, oldest first, up to the
// newest. A follower keeps the number of the last it has dealt with, and calls
// [Store.Wait] for more. The error is [ErrHistory] when the log has been
// trimmed beyond after: what follows the log must then be built anew.
func (s *Store) Log(ctx context.Context, after uint64) iter.Seq2[Commit, error] {
	return func(yield func(Commit, error) bool) {
		sn, err := s.Snapshot()
		if err != nil {
			yield(Commit{}, err)
			return
		}
		defer sn.Close()
		for c, err := range sn.Log(ctx, after) {
			if !yield(c, err) {
				return
			}
		}
	}
}

// Log is [Store.Log] up to the snapshot's commit.
func (sn *Snapshot) Log(ctx context.Context, after uint64) iter.Seq2[Commit, error] {
	return func(yield func(Commit, error) bool) {
		if oldest := sn.s.history.Oldest(sn.Seq()); after+1 < oldest && after < sn.Seq() {
			// When the log was trimmed after the snapshot was taken, the snapshot still has it.
			if _, err := readHeader(sn.txn, after+1); errors.Is(err, ErrHistory) {
				err = fmt.Errorf("log after commit %d: %w: the oldest kept is %d", after, ErrHistory, oldest)
				yield(Commit{}, err)
				return
			}
		}
		for seq := after + 1; seq <= sn.Seq(); seq++ {
			h, err := readHeader(sn.txn, seq)
			var c Commit
			if err == nil {
				c, err = sn.s.commitOf(h)
			}
			if err == nil {
				err = ctx.Err()
			}
			if !yield(c, err) || err != nil {
				return
			}
		}
	}
}

// readHeader reads the header of a log entry.
func readHeader(txn *kv.Txn, seq uint64) (logHeader, error) {
	data, err := txn.Get(partKey(keyLog, seq, 0))
	if err != nil {
		return logHeader{}, err
	}
	if data == nil {
		return logHeader{}, fmt.Errorf("log entry %d: %w", seq, ErrHistory)
	}
	if len(data) > 1 && data[0] == headerParted {
		n, _ := binary.Uvarint(data[1:])
		data = nil
		for part := range uint32(n) {
			v, err := txn.Get(partKey(keyHead, seq, part))
			if err != nil {
				return logHeader{}, err
			}
			data = append(data, v...)
		}
	}
	return decodeHeader(seq, data)
}

// readChanges yields the changed quads of a log entry, sorted in SPOG.
func readChanges(txn *kv.Txn, h logHeader) iter.Seq2[[]block.Change, error] {
	return func(yield func([]block.Change, error) bool) {
		for part := uint32(1); part <= h.parts; part++ {
			data, err := txn.Get(partKey(keyLog, h.seq, part))
			if err == nil && data == nil {
				err = block.Corrupt(fmt.Sprintf("part %d of log entry %d is missing", part, h.seq))
			}
			var cs []block.Change
			if err == nil {
				cs, err = block.DecodePatch(data)
			}
			if !yield(cs, err) || err != nil {
				return
			}
		}
	}
}

// readNewTerms reads the terms a commit brought.
func readNewTerms(txn *kv.Txn, h logHeader) ([]dict.Fresh, error) {
	var b []byte
	for part := range h.newParts {
		data, err := txn.Get(partKey(keyNew, h.seq, part))
		if err != nil {
			return nil, err
		}
		if data == nil {
			return nil, block.Corrupt(fmt.Sprintf("terms %d of log entry %d are missing", part, h.seq))
		}
		b = append(b, data...)
	}
	return dict.DecodeTerms(b)
}

// Get returns a named value as of the newest commit.
func (s *Store) Get(key string) ([]byte, bool, error) {
	sn, err := s.Snapshot()
	if err != nil {
		return nil, false, err
	}
	defer sn.Close()
	return sn.Get(key)
}

// Get returns a named value as of the snapshot's commit; of a snapshot of
// earlier state, as of the time the snapshot was made.
func (sn *Snapshot) Get(key string) ([]byte, bool, error) {
	v, err := sn.txn.Get(append([]byte{keyValue}, key...))
	return v, v != nil, err
}

// List yields the names of the values that begin with prefix, sorted.
func (s *Store) List(prefix string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		sn, err := s.Snapshot()
		if err != nil {
			yield("", err)
			return
		}
		defer sn.Close()
		err = sn.txn.Each(append([]byte{keyValue}, prefix...), nil, false, func(k, _ []byte) error {
			if !yield(string(k[1:]), nil) {
				return kv.ErrStop
			}
			return nil
		})
		if err != nil {
			yield("", err)
		}
	}
}

// logSeq returns the commit and part of a log key.
func logSeq(k []byte) (seq uint64, part uint32, ok bool) {
	if len(k) != 13 {
		return 0, 0, false
	}
	return binary.BigEndian.Uint64(k[1:]), binary.BigEndian.Uint32(k[9:]), true
}
