package store

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/zstd"

	"fincat/store/kv"
)

// A backup is a line that names it, and compressed: pairs of length-prefixed
// keys and values as of one commit, the root last, then a zero length, the
// number of pairs and a hash of everything before.
const backupMagic = "fincat backup 1\n"

// Backup writes everything as of the newest commit to w, history included, and
// returns that commit's sequence number. Readers and writers go on; folding
// waits.
func (s *Store) Backup(ctx context.Context, w io.Writer) (seq uint64, err error) {
	s.fold.mu.Lock()
	defer s.fold.mu.Unlock()
	sn, err := s.Snapshot()
	if err != nil {
		return 0, fmt.Errorf("backup: %w", err)
	}
	defer sn.Close()
	if err := sn.backup(ctx, w); err != nil {
		return 0, fmt.Errorf("backup of commit %d: %w", sn.Seq(), err)
	}
	return sn.Seq(), nil
}

func (sn *Snapshot) backup(ctx context.Context, w io.Writer) error {
	if _, err := io.WriteString(w, backupMagic); err != nil {
		return err
	}
	z, err := zstd.NewWriter(w, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1))
	if err != nil {
		return err
	}
	defer z.Close()
	out := kv.NewPairWriter(z)
	var rootPair kv.Pair
	err = sn.txn.Each(nil, nil, true, func(k, v []byte) error {
		if len(k) == 1 && k[0] == keyRoot {
			rootPair = kv.Pair{K: []byte{keyRoot}, V: v}
			return nil
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		return out.Pair(k, v)
	})
	if err == nil {
		err = out.Pair(rootPair.K, rootPair.V)
	}
	if err == nil {
		err = out.Close()
	}
	return errors.Join(err, z.Close())
}

// Restore makes a store of a backup in o.Dir, which must be missing or without files; what
// a restore left that was broken off is taken away. When it fails nothing is left there,
// and when the process ends, nothing that opens as a store. Each then does
// something that belongs to the store, before it is one.
func Restore(ctx context.Context, r io.Reader, o Options, then ...func() error) error {
	if o.Dir == "" {
		return errors.New("restore: no directory given")
	}
	b := bufio.NewReaderSize(r, 1<<20)
	magic := make([]byte, len(backupMagic))
	if _, err := io.ReadFull(b, magic); err != nil || string(magic) != backupMagic {
		return fmt.Errorf("restore into %s: %w: not a backup of this format", o.Dir, ErrCorrupt)
	}
	giveUp, err := kv.BeginRestore(o.Dir)
	if err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	o.restoring = true
	err = restore(ctx, b, o)
	for _, do := range then {
		if err == nil {
			err = do()
		}
	}
	if err == nil {
		err = kv.EndRestore(o.Dir)
	}
	if err != nil {
		return fmt.Errorf("restore into %s: %w", o.Dir, errors.Join(err, giveUp()))
	}
	return nil
}

func restore(ctx context.Context, r io.Reader, o Options) error {
	z, err := zstd.NewReader(kv.OneFrame(r), zstd.WithDecoderMaxMemory(1<<30))
	if err != nil {
		return err
	}
	defer z.Close()
	s, err := Open(ctx, o)
	if err != nil {
		return err
	}
	// The root that Open made is replaced last; the store must not write its own.
	in := kv.NewPairReader(z)
	err = s.restore(ctx, in)
	s.o.ReadOnly = true
	err = errors.Join(err, s.db.Sync(), s.Close())
	if err != nil {
		return err
	}
	if s, err = Open(ctx, o); err != nil { // recovery is part of it
		return err
	}
	return s.Close()
}

func (s *Store) restore(ctx context.Context, in *kv.PairReader) error {
	s.fold.mu.Lock() // nothing else is to write
	defer s.fold.mu.Unlock()
	w := s.db.NewBatch(s.db.NextTime())
	defer w.Cancel()
	var rootValue []byte
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		k, v, err := in.Pair()
		if err != nil {
			return err
		}
		if k == nil {
			break
		}
		if len(k) == 1 && k[0] == keyRoot {
			rootValue = v
			continue
		}
		if err := w.Put(k, v); err != nil {
			return err
		}
	}
	if _, err := decodeRoot(rootValue); err != nil {
		return err
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if err := s.db.Sync(); err != nil {
		return err
	}
	return s.db.Write(s.db.NextTime(), []kv.Pair{{K: []byte{keyRoot}, V: rootValue}})
}
