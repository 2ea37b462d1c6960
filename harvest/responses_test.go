package harvest

import (
	"os"
	"testing"
)

// TestNoResponses: a configuration that keeps no responses makes no folder for them.
func TestNoResponses(t *testing.T) {
	t.Chdir(t.TempDir())
	h, err := New(Options{Store: openStore(t), Config: newPortal(t, 3).config(t, ", responses_dir: none")})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.Run(t.Context(), "bb", RunOptions{}); err != nil {
		t.Fatal(err)
	}
	if left, err := os.ReadDir("."); err != nil || len(left) > 0 {
		t.Errorf("there are %v, %v", left, err)
	}
}
