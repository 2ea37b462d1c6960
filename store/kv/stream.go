package kv

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"io"

	"github.com/zeebo/xxh3"

	"fincat/store/block"
)

const maxPair = 64 << 20

// PairWriter writes pairs and sums them up.
type PairWriter struct {
	w   *bufio.Writer
	sum hash.Hash64
	n   uint64
	buf []byte
}

// NewPairWriter returns a writer of pairs to w.
func NewPairWriter(w io.Writer) *PairWriter {
	return &PairWriter{w: bufio.NewWriterSize(w, 1<<20), sum: xxh3.New()}
}

// Pair writes a pair.
func (p *PairWriter) Pair(k, v []byte) error {
	p.n++
	p.buf = binary.AppendUvarint(p.buf[:0], uint64(len(k)))
	p.buf = binary.AppendUvarint(append(p.buf, k...), uint64(len(v)))
	p.buf = append(p.buf, v...)
	p.sum.Write(p.buf)
	_, err := p.w.Write(p.buf)
	return err
}

// Close writes what the reader compares: the number of pairs and their hash.
func (p *PairWriter) Close() error {
	b := binary.AppendUvarint([]byte{0}, p.n)
	b = binary.LittleEndian.AppendUint64(b, p.sum.Sum64())
	if _, err := p.w.Write(b); err != nil {
		return err
	}
	return p.w.Flush()
}

// PairReader reads what pairWriter wrote.
type PairReader struct {
	r   *bufio.Reader
	sum hash.Hash64
	n   uint64
}

// NewPairReader returns a reader of what a [PairWriter] wrote.
func NewPairReader(r io.Reader) *PairReader {
	return &PairReader{r: bufio.NewReaderSize(r, 1<<20), sum: xxh3.New()}
}

// Pair returns the next pair, nil after the last, when number and hash agree.
func (p *PairReader) Pair() (k, v []byte, err error) {
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

func (p *PairReader) length() (uint64, error) {
	n, err := binary.ReadUvarint(p.r)
	if err != nil {
		return 0, brokenBackup(err)
	}
	if n > maxPair {
		return 0, block.Corrupt("backup: length")
	}
	return n, nil
}

func (p *PairReader) bytes(n uint64) ([]byte, error) {
	b := make([]byte, n)
	if _, err := io.ReadFull(p.r, b); err != nil {
		return nil, brokenBackup(err)
	}
	return b, nil
}

func brokenBackup(err error) error {
	return fmt.Errorf("%w: backup ends early: %w", block.ErrCorrupt, err)
}

func (p *PairReader) close() error {
	n, err := p.length()
	if err != nil {
		return err
	}
	b, err := p.bytes(8)
	if err != nil {
		return err
	}
	if n != p.n || binary.LittleEndian.Uint64(b) != p.sum.Sum64() {
		return block.Corrupt("backup: number or hash of its pairs")
	}
	if _, err := p.r.ReadByte(); !errors.Is(err, io.EOF) { // also when what follows cannot be decompressed
		return block.Corrupt("backup: there is something after its end")
	}
	return nil
}
