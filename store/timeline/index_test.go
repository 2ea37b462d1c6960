package timeline

import (
	"testing"
	"time"
)

// TestIndex asks for times at the borders, and forgets.
func TestIndex(t *testing.T) {
	var x Index
	at := func(n int) time.Time { return time.Unix(int64(n), 0) }
	if got := x.Oldest(4); got != 5 {
		t.Errorf("oldest of an empty log after commit 4 = %d, want 5", got)
	}
	x.Keep.Store(int64(10 * time.Second))
	if got := x.Past(4, at(0)).Reach(); got != 4 {
		t.Errorf("Reach of an empty log = %d, want the newest commit", got)
	}
	x.Trim(3)
	for i := 5; i < 9; i++ {
		x.Add(uint64(i), at(i), i == 6)
	}
	for n, want := range map[int]uint64{4: 0, 5: 5, 7: 7, 8: 8, 9: 8} {
		if got := x.At(at(n)); got != want {
			t.Errorf("newest commit not after %d = %d, want %d", n, got, want)
		}
	}
	if got := x.At(at(6).Add(-1)); got != 5 {
		t.Errorf("newest commit just before 6 = %d, want 5", got)
	}
	for _, tt := range []struct {
		newest uint64
		kept   int
		want   uint64
	}{{8, 0, 6}, {8, 5, 6}, {8, 6, 7}, {8, 9, 8}, {7, 9, 7}} { // 6 is a load
		if got := x.Past(tt.newest, at(tt.kept+10)).Reach(); got != tt.want {
			t.Errorf("Reach(%d, %d) = %d, want %d", tt.newest, tt.kept, got, tt.want)
		}
	}
	for _, tt := range []struct{ trim, oldest uint64 }{{4, 5}, {5, 5}, {6, 6}, {8, 8}, {20, 21}} {
		if x.Trim(tt.trim); x.Oldest(20) != tt.oldest {
			t.Errorf("oldest after trim(%d) = %d, want %d", tt.trim, x.Oldest(20), tt.oldest)
		}
	}
}
