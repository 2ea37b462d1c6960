package quality

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"

	"fincat/store"
)

// Bounds of what is kept of a dataset beside its triples. A commit takes named values of
// 512 KiB together, and a dataset may have thousands of files.
const (
	packFrom   = 32 << 10  // a longer state is packed
	batchBytes = 256 << 10 // of the states that are committed together
	maxKept    = 440 << 10 // of one state, packed
	maxOpened  = 64 << 20  // of one state, unpacked
)

// gzipMark begins a packed state; others begin with a brace.
var gzipMark = []byte{0x1f, 0x8b}

// kept returns a state as the store keeps it.
func (s *state) kept() ([]byte, error) {
	text, err := json.Marshal(s)
	if err != nil || len(text) < packFrom {
		return text, err
	}
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write(text) // into memory
	if err := z.Close(); err != nil {
		return nil, err
	}
	if b.Len() > maxKept || len(text) > maxOpened {
		return nil, fmt.Errorf("%s: what was found of its %d files is more than a dataset may have in the store: "+
			"publish it as several datasets", s.Dataset, len(s.Resources))
	}
	return b.Bytes(), nil
}

// openKept reads what is kept of a dataset into a state or a part of one; nothing was kept,
// or something that is read no more, where it reports false.
func openKept(sn *store.Snapshot, dataset string, into any) (bool, error) {
	text, ok, err := sn.Get(stateKey + dataset)
	if err != nil || !ok {
		return false, err
	}
	if bytes.HasPrefix(text, gzipMark) {
		z, err := gzip.NewReader(bytes.NewReader(text))
		if err != nil {
			return false, fmt.Errorf("what was found of %s: %w", dataset, err)
		}
		if text, err = io.ReadAll(io.LimitReader(z, maxOpened)); err != nil {
			return false, fmt.Errorf("what was found of %s: %w", dataset, err)
		}
	}
	return json.Unmarshal(text, into) == nil, nil // of a version that wrote it otherwise: it is checked anew
}
