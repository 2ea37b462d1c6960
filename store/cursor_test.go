package store

import (
	"testing"
	"time"
)

func TestCursorBinary(t *testing.T) {
	in := Cursor{1 << 40, time.Date(2026, 11, 30, 1, 2, 3, 456789, time.UTC)}
	b, err := in.AppendBinary(nil)
	if err != nil {
		t.Fatal(err)
	}
	if out, err := ParseCursor(b); err != nil || out != in {
		t.Errorf("ParseCursor = %v, %v, want %v", out, err, in)
	}
	if _, err := ParseCursor(b[1:]); err == nil {
		t.Error("15 bytes are a cursor")
	}
}
