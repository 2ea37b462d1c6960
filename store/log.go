package store

import (
	"context"
	"encoding/binary"
	"fmt"
	"iter"
	"sort"
	"sync"
	"time"
)

// historyIndex knows the sequence numbers and times of the commits in the log.
type historyIndex struct {
	mu    sync.Mutex
	first uint64 // sequence number of times[0]
	times []time.Time
}

func (x *historyIndex) add(seq uint64, t time.Time) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if len(x.times) == 0 {
		x.first = seq
	}
	x.times = append(x.times, t)
}

// oldest returns the first commit in the log, one after the newest when there is none.
func (x *historyIndex) oldest(newest uint64) uint64 {
	x.mu.Lock()
	defer x.mu.Unlock()
	if len(x.times) == 0 {
		return newest + 1
	}
	return x.first
}

// at returns the newest commit that is not after t; 0 when there is none.
func (x *historyIndex) at(t time.Time) uint64 {
	x.mu.Lock()
	defer x.mu.Unlock()
	n := sort.Search(len(x.times), func(i int) bool { return x.times[i].After(t) })
	if n == 0 {
		return 0
	}
	return x.first + uint64(n) - 1
}

// trim forgets the commits before seq.
func (x *historyIndex) trim(seq uint64) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if seq > x.first && len(x.times) > 0 {
		n := min(seq-x.first, uint64(len(x.times)))
		x.times = append([]time.Time(nil), x.times[n:]...)
		x.first += n
	}
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
		if oldest := s.history.oldest(sn.Seq()); after+1 < oldest && after < sn.Seq() {
			yield(Commit{}, fmt.Errorf("log after commit %d: %w: the oldest kept is %d", after, ErrHistory, oldest))
			return
		}
		for seq := after + 1; seq <= sn.Seq(); seq++ {
			h, err := sn.header(seq)
			var c Commit
			if err == nil {
				c, err = s.commitOf(h)
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

// header reads the header of a log entry.
func (sn *Snapshot) header(seq uint64) (logHeader, error) {
	data, err := get(sn.txn, partKey(keyLog, seq, 0))
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
			v, err := get(sn.txn, partKey(keyHead, seq, part))
			if err != nil {
				return logHeader{}, err
			}
			data = append(data, v...)
		}
	}
	return decodeHeader(seq, data)
}

// changes yields the changed quads of a log entry, sorted in SPOG.
func (sn *Snapshot) changes(h logHeader) iter.Seq2[[]change, error] {
	return func(yield func([]change, error) bool) {
		for part := uint32(1); part <= h.parts; part++ {
			data, err := get(sn.txn, partKey(keyLog, h.seq, part))
			if err == nil && data == nil {
				err = corrupt(fmt.Sprintf("part %d of log entry %d is missing", part, h.seq))
			}
			var cs []change
			if err == nil {
				cs, err = decodePatch(data)
			}
			if !yield(cs, err) || err != nil {
				return
			}
		}
	}
}

// newTerms reads the terms a commit brought.
func (sn *Snapshot) newTerms(h logHeader) ([]newTerm, error) {
	var b []byte
	for part := range h.newParts {
		data, err := get(sn.txn, partKey(keyNew, h.seq, part))
		if err != nil {
			return nil, err
		}
		if data == nil {
			return nil, corrupt(fmt.Sprintf("terms %d of log entry %d are missing", part, h.seq))
		}
		b = append(b, data...)
	}
	return decodeTerms(b)
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
	v, err := get(sn.txn, append([]byte{keyValue}, key...))
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
		err = each(sn.txn, append([]byte{keyValue}, prefix...), nil, false, func(k, _ []byte) error {
			if !yield(string(k[1:]), nil) {
				return errStop
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
