package kv

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/dgraph-io/badger/v4"
	"github.com/dgraph-io/badger/v4/fb"
	"github.com/dgraph-io/badger/v4/pb"
	"github.com/dgraph-io/badger/v4/table"
	"github.com/dgraph-io/badger/v4/y"
	"google.golang.org/protobuf/proto"

	"fincat/store/block"
)

// Badger takes a key in a damaged block for one that is not there, and ends the
// process over a damaged index. So tables are verified when a store is opened:
// all indexes, and blocks up to verifyBytes; the rest in the background.
const verifyBytes = 256 << 20

// verifyTables verifies the tables of a directory and returns those whose
// blocks are still to be verified.
func verifyTables(ctx context.Context, dir string) (later []string, err error) {
	names, err := tableNames(dir)
	if err != nil {
		return nil, err
	}
	left := int64(verifyBytes)
	for _, name := range names {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		st, err := os.Stat(name)
		if errors.Is(err, os.ErrNotExist) {
			return nil, block.Corrupt(fmt.Sprintf("table %s is missing", filepath.Base(name)))
		}
		if err != nil {
			return nil, err
		}
		if left -= st.Size(); left < 0 {
			later = append(later, name)
		}
		if err := verifyTable(name, left >= 0); err != nil {
			return nil, err
		}
	}
	return later, nil
}

// tableNames returns the tables that are in use: a process that was killed may
// have left unfinished ones beside them.
func tableNames(dir string) (names []string, err error) {
	f, err := os.Open(filepath.Join(dir, badger.ManifestFilename))
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	m, _, err := badger.ReplayManifestFile(f, 0, badger.DefaultOptions(dir).WithLogger(nil))
	if err != nil {
		return nil, damaged(fmt.Errorf("manifest of tables: %w", err))
	}
	for id := range m.Tables {
		names = append(names, table.NewFilename(id, dir))
	}
	slices.Sort(names)
	return names, nil
}

// verifyTable verifies a table's index and, with blocks, its blocks.
func verifyTable(name string, blocks bool) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%w: table %s: %v", block.ErrCorrupt, filepath.Base(name), r)
		} else if err != nil && !errors.Is(err, os.ErrNotExist) {
			err = fmt.Errorf("%w: table %s: %w", block.ErrCorrupt, filepath.Base(name), err)
		}
	}()
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return err
	}
	at := st.Size()
	read := func(n int64) []byte { // the n bytes before at
		if n < 0 || n > at {
			panic("length in footer")
		}
		at -= n
		b := make([]byte, n)
		if _, err := f.ReadAt(b, at); err != nil {
			panic(err)
		}
		return b
	}
	length := func() int64 { return int64(binary.BigEndian.Uint32(read(4))) }
	var sum pb.Checksum
	if err := proto.Unmarshal(read(length()), &sum); err != nil {
		return err
	}
	index := read(length())
	if err := y.VerifyChecksum(index, &sum); err != nil || !blocks {
		return err
	}
	x := fb.GetRootAsTableIndex(index, 0)
	var bo fb.BlockOffset
	for i := range x.OffsetsLength() {
		if !x.Offsets(&bo, i) {
			return errors.New("block offsets")
		}
		b := make([]byte, bo.Len())
		if _, err := f.ReadAt(b, int64(bo.Offset())); err != nil {
			return err
		}
		n := len(b) - 4
		k := n - int(binary.BigEndian.Uint32(b[n:]))
		var sum pb.Checksum
		if err := proto.Unmarshal(b[k:n], &sum); err != nil {
			return err
		}
		if err := y.VerifyChecksum(b[:k], &sum); err != nil {
			return fmt.Errorf("block %d: %w", i, err)
		}
	}
	return nil
}

// Verified reports whether all tables were verified when the database was opened.
func (d *DB) Verified() bool { return len(d.unverified) == 0 }

// VerifyRest verifies the blocks that opening left out.
func (d *DB) VerifyRest(ctx context.Context) error { return d.verify(ctx, d.unverified) }

func (d *DB) verify(ctx context.Context, names []string) error {
	for _, name := range names {
		if ctx.Err() != nil {
			return nil
		}
		if err := verifyTable(name, true); err != nil && d.uses(name) { // compaction empties and deletes tables
			return err
		}
	}
	return nil
}

// uses reports whether a table is one of the database's. What is not is emptied
// and deleted afterwards.
func (d *DB) uses(name string) bool {
	id, ok := table.ParseFileID(name)
	return ok && slices.ContainsFunc(d.db.Tables(), func(t badger.TableInfo) bool { return t.ID == id })
}
