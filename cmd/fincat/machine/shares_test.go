package machine

import "testing"

// TestServerMemory asserts how a server divides what a flag gives it.
func TestServerMemory(t *testing.T) {
	for _, tt := range []struct {
		in      string
		process int64
		fails   bool
	}{
		{in: "2GiB", process: 2 << 30},
		{in: "500MB", process: 500_000_000},
		{in: "much", fails: true},
		{in: "64MiB", fails: true},
	} {
		got, err := ServerMemory(tt.in)
		if (err != nil) != tt.fails || got.Process != tt.process || got.Queries != tt.process*2/5 {
			t.Errorf("ServerMemory(%q) = %+v, %v, want %d", tt.in, got, err, tt.process)
		}
	}
}
