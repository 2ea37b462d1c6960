package store

import (
	"testing"

	"fincat/store/block"
	"fincat/store/stats"
)

// FuzzDecode decodes arbitrary bytes, which must not panic.
func FuzzDecode(f *testing.F) {
	h := logHeader{
		seq:    1,
		added:  2,
		parts:  1,
		graphs: []ID{DefaultGraph},
		note:   Note{Run: "r"},
		stats:  stats.NewDelta(),
	}
	f.Add(h.encode())
	r := root{version: formatVersion, block: 1}
	f.Add(r.encode())
	f.Fuzz(func(t *testing.T, data []byte) {
		_, _ = decodeHeader(1, data)
		_, _ = decodeRoot(data)
		_ = stats.Decode(&block.Decoder{B: data})
	})
}
