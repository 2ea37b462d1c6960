package store

import (
	"testing"
	"time"
)

// TestGap asks of cursors at and beside every border whether what reflects them has to
// be derived anew: of the log, of the newest commit, and of another store's commits.
func TestGap(t *testing.T) {
	s, oldest := trimmedStore(t)
	sn, err := s.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	defer sn.Close()
	at := func(seq uint64) time.Time {
		h, err := readHeader(sn.txn, seq)
		if err != nil {
			t.Fatal(err)
		}
		return h.time
	}
	newest, other := sn.Seq(), time.Unix(1, 0)
	for _, tt := range []struct {
		name             string
		c                Cursor
		known, otherwise bool // whether there is a gap for a cursor that is known, and for one that is not
	}{
		{"nothing derived", Cursor{}, true, true},
		{"beyond the newest", Cursor{newest + 1, other}, true, true},
		{"the newest", sn.Cursor(), false, false},
		{"the newest of another store", Cursor{newest, other}, true, true},
		{"before the newest", Cursor{newest - 1, at(newest - 1)}, false, false},
		{"before the newest, of another store", Cursor{newest - 1, other}, false, true},
		{"the oldest", Cursor{oldest, at(oldest)}, false, false},
		{"before the oldest", Cursor{oldest - 1, other}, false, true},
		{"further back", Cursor{oldest - 2, other}, true, true},
	} {
		for _, known := range []bool{true, false} {
			want := tt.otherwise
			if known {
				want = tt.known
			}
			if got, err := sn.Gap(tt.c, known); err != nil || got != want {
				t.Errorf("%s, known %v: Gap = %v, %v, want %v", tt.name, known, got, err, want)
			}
		}
	}
	empty, err := openTest(t, Options{}).Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	defer empty.Close()
	for seq, want := range map[uint64]bool{0: false, 1: true} {
		if got, err := empty.Gap(Cursor{Seq: seq}, false); err != nil || got != want {
			t.Errorf("Gap(%d) of an empty store = %v, %v, want %v", seq, got, err, want)
		}
	}
}
