package w3ctest

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

// Shared returns the path of a file or folder of the shared reference data,
// which is not part of the repository because of its size and licences. The
// test is skipped when it is not there: the environment variable FINCAT_SHARED
// names the folder, by default shared beside the checkout.
func Shared(t testing.TB, name string) string {
	t.Helper()
	folder := os.Getenv("FINCAT_SHARED")
	if folder == "" {
		folder = filepath.Join(checkout(t), "..", "shared")
	}
	path := filepath.Join(folder, name)
	if _, err := os.Stat(path); err != nil {
		t.Skipf("no shared data: %v; set FINCAT_SHARED to its folder", err)
	}
	return path
}

// checkout returns the module's folder.
func checkout(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	for ; err == nil; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		if dir == filepath.Dir(dir) {
			break
		}
	}
	t.Fatalf("no go.mod above the test's folder: %v", err)
	return ""
}

// Campaign returns how long a campaign (fuzzing, kills, random comparison) may
// take: the time that the environment variable FINCAT_CAMPAIGN gives, else def.
func Campaign(t testing.TB, def time.Duration) time.Duration {
	t.Helper()
	text := os.Getenv("FINCAT_CAMPAIGN")
	if text == "" {
		return def
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		t.Fatalf("FINCAT_CAMPAIGN: %v", err)
	}
	return d
}
