package store

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"

	"github.com/klauspost/compress/zstd"
	"github.com/zeebo/xxh3"
)

// A backup is a line that names it, and compressed: pairs of length-prefixed
// keys and values as of one commit, the root last, then a zero length, the
// number of pairs and a hash of everything before.
const backupMagic = "fincat backup 1\n"

const maxPair = 64 << 20

// Backup writes everything as of the newest commit to w, history included, and
// returns that commit's sequence number. Readers and writers go on; folding
// waits.
func (s *Store) Backup(ctx context.Context, w io.Writer) (seq uint64, err error) {
	s.folding.Lock()
	defer s.folding.Unlock()
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
	out := &pairWriter{w: bufio.NewWriterSize(z, 1<<20), sum: xxh3.New()}
	var rootPair kv
	err = each(sn.txn, nil, nil, true, func(k, v []byte) error {
		if len(k) == 1 && k[0] == keyRoot {
			rootPair = kv{[]byte{keyRoot}, v}
			return nil
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		return out.pair(k, v)
	})
	if err == nil {
		err = out.pair(rootPair.k, rootPair.v)
	}
	if err == nil {
		err = out.close()
	}
	return errors.Join(err, z.Close())
}

// pairWriter writes pairs and sums them up.
type pairWriter struct {
	w   *bufio.Writer
	sum hash.Hash64
	n   uint64
	buf []byte
}

func (p *pairWriter) pair(k, v []byte) error {
	p.n++
	p.buf = binary.AppendUvarint(p.buf[:0], uint64(len(k)))
	p.buf = binary.AppendUvarint(append(p.buf, k...), uint64(len(v)))
	p.buf = append(p.buf, v...)
	p.sum.Write(p.buf)
	_, err := p.w.Write(p.buf)
	return err
}

func (p *pairWriter) close() error {
	b := binary.AppendUvarint([]byte{0}, p.n)
	b = binary.LittleEndian.AppendUint64(b, p.sum.Sum64())
	if _, err := p.w.Write(b); err != nil {
		return err
	}
	return p.w.Flush()
}

// Restore makes a store of a backup in o.Dir, which must be empty or missing.
// When it fails nothing is left there.
func Restore(ctx context.Context, r io.Reader, o Options) error {
	if o.Dir == "" {
		return errors.New("restore: no directory given")
	}
	names, err := os.ReadDir(o.Dir)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("restore: %w", err)
	}
	if len(names) > 0 {
		return fmt.Errorf("restore: %s is not empty", o.Dir)
	}
	if err := restore(ctx, r, o); err != nil {
		return fmt.Errorf("restore into %s: %w", o.Dir, errors.Join(err, os.RemoveAll(o.Dir)))
	}
	return nil
}

func restore(ctx context.Context, r io.Reader, o Options) error {
	b := bufio.NewReaderSize(r, 1<<20)
	magic := make([]byte, len(backupMagic))
	if _, err := io.ReadFull(b, magic); err != nil || string(magic) != backupMagic {
		return fmt.Errorf("%w: not a backup of this format", ErrCorrupt)
	}
	z, err := zstd.NewReader(b, zstd.WithDecoderMaxMemory(1<<30))
	if err != nil {
		return err
	}
	defer z.Close()
	s, err := Open(ctx, o)
	if err != nil {
		return err
	}
	// The root that Open made is replaced last; the store must not write its own.
	in := &pairReader{r: bufio.NewReaderSize(z, 1<<20), sum: xxh3.New()}
	err = s.restore(ctx, in)
	s.o.ReadOnly = true
	err = errors.Join(err, s.sync(), s.Close())
	if err != nil {
		return err
	}
	if s, err = Open(ctx, o); err != nil { // recovery is part of it
		return err
	}
	return s.Close()
}

func (s *Store) restore(ctx context.Context, in *pairReader) error {
	s.folding.Lock() // nothing else is to write
	defer s.folding.Unlock()
	w := s.newBatch(s.ts.next())
	defer w.cancel()
	var rootValue []byte
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		k, v, err := in.pair()
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
		if err := w.put(k, v); err != nil {
			return err
		}
	}
	if _, err := decodeRoot(rootValue); err != nil {
		return err
	}
	if err := w.flush(); err != nil {
		return err
	}
	if err := s.sync(); err != nil {
		return err
	}
	return s.writeOnce(s.ts.next(), []kv{{[]byte{keyRoot}, rootValue}})
}

// pairReader reads what pairWriter wrote.
type pairReader struct {
	r   *bufio.Reader
	sum hash.Hash64
	n   uint64
}

// pair returns the next pair, nil after the last, when number and hash agree.
func (p *pairReader) pair() (k, v []byte, err error) {
	n, err := p.length()
	if err != nil {
		return nil, nil, err
	}
	if n == 0 {
		return nil, nil, p.close()
	}
	var head []byte
	head = binary.AppendUvarint(head, n)
	if k, err = p.bytes(n); err != nil {
		return nil, nil, err
	}
	m, err := p.length()
	if err != nil {
		return nil, nil, err
	}
	if v, err = p.bytes(m); err != nil {
		return nil, nil, err
	}
	p.n++
	p.sum.Write(append(head, k...))
	p.sum.Write(append(binary.AppendUvarint(nil, m), v...))
	return k, v, nil
}

func (p *pairReader) length() (uint64, error) {
	n, err := binary.ReadUvarint(p.r)
	if err != nil {
		return 0, brokenBackup(err)
	}
	if n > maxPair {
		return 0, corrupt("backup: length")
	}
	return n, nil
}

func (p *pairReader) bytes(n uint64) ([]byte, error) {
	b := make([]byte, n)
	if _, err := io.ReadFull(p.r, b); err != nil {
		return nil, brokenBackup(err)
	}
	return b, nil
}

func brokenBackup(err error) error { return fmt.Errorf("%w: backup ends early: %w", ErrCorrupt, err) }

func (p *pairReader) close() error {
	n, err := p.length()
	if err != nil {
		return err
	}
	b, err := p.bytes(8)
	if err != nil {
		return err
	}
	if n != p.n || binary.LittleEndian.Uint64(b) != p.sum.Sum64() {
		return corrupt("backup: number or hash of its pairs")
	}
	return nil
}
