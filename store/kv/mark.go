package kv

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"github.com/zeebo/xxh3"

	"fincat/store/block"
)

// markFile has the number of the newest commit that is known to be safe from a
// power cut, and a hash of it, eight bytes each, little-endian. Opening must find
// that commit: Badger takes the damaged end of a log or of its list of tables
// for one that was being written, and goes on without what came after.
const markFile = "NEWEST"

// seqMark is that file; nil in memory.
type seqMark struct {
	mu  sync.Mutex
	f   *os.File // nil when the store is read only
	seq uint64
}

func openMark(dir string, readOnly bool) (*seqMark, error) {
	name := filepath.Join(dir, markFile)
	data, err := os.ReadFile(name)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	m := &seqMark{}
	if len(data) == 16 && binary.LittleEndian.Uint64(data[8:]) == xxh3.Hash(data[:8]) {
		m.seq = binary.LittleEndian.Uint64(data)
	}
	if !readOnly {
		m.f, err = os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o644)
		return m, err
	}
	return m, nil
}

// newest returns the number that was there when the file was opened, or has
// been set since.
func (m *seqMark) newest() uint64 {
	if m == nil {
		return 0
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.seq
}

// set says that the commits up to seq are safe. It is not forced to disk: a
// number that is too low only means that less is checked.
func (m *seqMark) set(seq uint64) error {
	if m == nil || m.f == nil {
		return nil
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if seq <= m.seq {
		return nil
	}
	var b [16]byte
	binary.LittleEndian.PutUint64(b[:], seq)
	binary.LittleEndian.PutUint64(b[8:], xxh3.Hash(b[:8]))
	if _, err := m.f.WriteAt(b[:], 0); err != nil {
		return fmt.Errorf("write number of the newest commit: %w", err)
	}
	m.seq = seq
	return nil
}

func (m *seqMark) close() error {
	if m == nil || m.f == nil {
		return nil
	}
	return m.f.Close()
}

// SyncUpTo forces everything written so far to disk and notes that the commits
// up to seq, which are part of it, are safe.
func (d *DB) SyncUpTo(seq uint64) error {
	if err := d.Sync(); err != nil {
		return err
	}
	return d.mark.set(seq)
}

// Reaches reports as damage that the newest commit found is not the newest made.
func (d *DB) Reaches(seq uint64) error {
	if newest := d.mark.newest(); seq < newest {
		return block.Corrupt(
			fmt.Sprintf(
				"commits up to %d were made, and the database's files have only those up to %d: "+
					"some of it (*.mem, *.sst, %s) is damaged or missing",
				newest,
				seq,
				"MANIFEST",
			),
		)
	}
	return nil
}
