package machine

import "testing"

func TestMemory(t *testing.T) {
	if got := total("MemFree: 1 kB\nMemTotal:       16384 kB\n"); got != 16<<20 {
		t.Errorf("total = %d, want %d", got, 16<<20)
	}
	if got := Memory(); got < 64<<20 {
		t.Errorf("Memory() = %d", got)
	}
}
