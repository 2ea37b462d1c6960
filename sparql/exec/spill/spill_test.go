package spill

import (
	"bytes"
	"errors"
	"os"
	"testing"
)

// TestHalt asserts that a file stops within a frame, however large, when the query has to end:
// in writing and in reading.
func TestHalt(t *testing.T) {
	const pieces = 8
	f, err := os.CreateTemp(t.TempDir(), "spill")
	if err != nil {
		t.Fatal(err)
	}
	s := &Space{Limit: 1 << 30, Room: func(int) error { return nil }, Make: func() (*os.File, error) { return f, nil }}
	stop, asked, last := errors.New("stop"), 0, pieces+1
	file, err := s.New(func(int64) error { return nil }, func() error {
		if asked++; asked > last {
			return stop
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	write := func() error {
		file.Buf = append(file.Buf, bytes.Repeat([]byte{7}, pieces*pieceBytes)...)
		return file.End()
	}
	if err := write(); err != nil || asked != pieces+1 {
		t.Fatalf("a frame of %d pieces: %v after %d questions", pieces, err, asked)
	}
	whole := file.Size()
	asked, last = 0, 3
	if err := write(); !errors.Is(err, stop) {
		t.Errorf("a frame is written whole: %v", err)
	}
	if info, err := f.Stat(); err != nil || info.Size() != whole+3*pieceBytes {
		t.Errorf("%d bytes are written before the end, want three pieces more than %d: %v", info.Size(), whole, err)
	}
	if err := file.Again(); err != nil {
		t.Fatal(err)
	}
	asked = 0
	if _, err := file.Next(); !errors.Is(err, stop) || asked != 4 {
		t.Errorf("a frame is read whole: %v after %d questions", err, asked)
	}
}
