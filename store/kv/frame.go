package kv

import (
	"bufio"
	"errors"
	"io"

	"github.com/klauspost/compress/zstd"

	"fincat/store/block"
)

// OneFrame reads a single frame of Zstandard (RFC 8878 §3.1.1), still compressed, and
// fails when anything follows it. A decompressor would pass over further frames that are
// empty or skippable without a word.
func OneFrame(r io.Reader) io.Reader { return &frameReader{r: bufio.NewReader(r)} }

type frameReader struct {
	r        *bufio.Reader
	begun    bool
	checksum bool
	last     bool // the block that is being read is the last
	left     int  // bytes of header, block or checksum to be passed on
	err      error
}

// Read implements io.Reader.
func (f *frameReader) Read(p []byte) (int, error) {
	for f.left == 0 && f.err == nil {
		f.err = f.next()
	}
	if f.err != nil {
		return 0, f.err
	}
	n, err := f.r.Read(p[:min(len(p), f.left)])
	f.left -= n
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

// next looks at what comes: the header of the frame, a block, the checksum, the end.
func (f *frameReader) next() error {
	switch {
	case !f.begun:
		return f.header()
	case !f.last:
		return f.block()
	case f.checksum:
		f.checksum, f.left = false, 4
		return nil
	}
	if _, err := f.r.Peek(1); err == nil {
		return block.Corrupt("backup: there is something after its end")
	} else if !errors.Is(err, io.EOF) {
		return err
	}
	return io.EOF
}

func (f *frameReader) header() error {
	b, err := f.r.Peek(zstd.HeaderMaxSize)
	if len(b) == 0 {
		return brokenBackup(err)
	}
	var h zstd.Header
	if err := h.Decode(b); err != nil || h.Skippable {
		return block.Corrupt("backup: not compressed as backups are")
	}
	f.begun, f.checksum, f.left = true, h.HasCheckSum, h.HeaderSize
	return nil
}

func (f *frameReader) block() error {
	b, err := f.r.Peek(3)
	if err != nil {
		return brokenBackup(err)
	}
	const head, repeated = 3, 1
	v := int(b[0]) | int(b[1])<<8 | int(b[2])<<16
	f.last, f.left = v&1 != 0, head+v>>3
	if v>>1&3 == repeated { // one byte stands for all
		f.left = head + 1
	}
	return nil
}
