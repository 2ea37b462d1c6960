package machine

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// Memory returns how many bytes the machine has, or the control group of this
// process when that may use less; 0 when neither says.
func Memory() int64 {
	least := int64(0)
	note := func(n int64) {
		if n > 0 && (least == 0 || n < least) {
			least = n
		}
	}
	if text, err := os.ReadFile("/proc/meminfo"); err == nil {
		note(total(string(text)))
	}
	files := []string{"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"}
	if text, err := os.ReadFile("/proc/self/cgroup"); err == nil {
		for line := range strings.Lines(string(text)) {
			if path, ok := strings.CutPrefix(strings.TrimSpace(line), "0::"); ok {
				for ; path != "/" && path != "."; path = filepath.Dir(path) { // a group above may allow less
					files = append(files, filepath.Join("/sys/fs/cgroup", path, "memory.max"))
				}
			}
		}
	}
	for _, f := range files {
		if text, err := os.ReadFile(f); err == nil {
			n, _ := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64) // "max" is no limit
			note(n)
		}
	}
	return least
}

// total reads the size of the memory from /proc/meminfo.
func total(meminfo string) int64 {
	for line := range strings.Lines(meminfo) {
		if rest, ok := strings.CutPrefix(line, "MemTotal:"); ok {
			n, _ := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(rest), "kB")), 10, 64)
			return n << 10
		}
	}
	return 0
}
