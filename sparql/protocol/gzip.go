package protocol

import (
	"io"

	"github.com/klauspost/compress/gzip"
)

func newGzipReader(r io.Reader) (io.Reader, error) { return gzip.NewReader(r) }
