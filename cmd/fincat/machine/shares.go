package machine

import (
	"fmt"
	"math"
	"runtime/debug"

	"gopkg.in/yaml.v3"

	"fincat/harvest/fetch"
)

// Shares is how the memory of a server is divided. What is not in it is for
// caches, requests, harvests and garbage that is not collected yet.
type Shares struct {
	Process int64 // what the process may use, apart from mapped files; 0: unknown
	Queries int64 // what all queries together may hold; 0: the engine's default
}

// ServerMemory returns how a server shares what it may use: size as a flag says
// it, otherwise GOMEMLIMIT, otherwise three quarters of what the machine or its
// control group has.
func ServerMemory(size string) (Shares, error) {
	limit := debug.SetMemoryLimit(-1) // that of GOMEMLIMIT, or none
	switch {
	case size != "":
		var n fetch.Size
		if err := n.UnmarshalYAML(&yaml.Node{Value: size}); err != nil {
			return Shares{}, fmt.Errorf("%q is no size: write 500MB or 2GiB", size)
		}
		if n < leastMemory {
			return Shares{}, fmt.Errorf("a server needs %d MiB at least, not %s", leastMemory>>20, size)
		}
		limit = int64(n)
	case limit == math.MaxInt64:
		limit = Memory() / 4 * 3
	}
	if limit < leastMemory {
		return Shares{}, nil
	}
	return Shares{Process: limit, Queries: limit * 2 / 5}, nil
}

// leastMemory is what a server with an empty store works well in.
const leastMemory = 128 << 20
