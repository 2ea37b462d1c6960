package document

import (
	"context"
	"io"
)

// Limits bound what one document may ask for. Zero fields mean the default.
type Limits struct {
	Depth         int   // nesting of blank nodes, lists, triple terms, elements; default 1,000
	LiteralBytes  int   // longest literal and longest N-Triples line in bytes; default 16 MiB
	Statements    int64 // number of quads; default no limit
	DocumentBytes int64 // size of the document after decompression; default 64 GiB
}

// Options are what every reader of RDF documents understands.
type Options struct {
	Base string // IRI against which relative IRIs are resolved; zero: they are errors

	// Lenient skips bad statements, repairs IRIs where that is possible, and
	// reports each to OnProblem. Otherwise the first fault ends reading.
	Lenient   bool
	OnProblem func(Problem)

	// GrammarOnly accepts IRIs that the syntax admits but RFC 3987 does not.
	GrammarOnly bool

	Limits     Limits
	BlankNodes string // put before every blank node label of the document
}

// WithDefaults returns the options with every field that has a default filled in.
func (o Options) WithDefaults() Options {
	if o.Limits.Depth <= 0 {
		o.Limits.Depth = 1000
	}
	if o.Limits.LiteralBytes <= 0 {
		o.Limits.LiteralBytes = 16 << 20
	}
	if o.Limits.DocumentBytes <= 0 {
		o.Limits.DocumentBytes = 64 << 30
	}
	if o.OnProblem == nil {
		o.OnProblem = func(Problem) {}
	}
	return o
}

// WithContext returns a reader of r that fails with the error of ctx once that has ended,
// so that nobody goes on with a large document that is not wanted any more.
func WithContext(ctx context.Context, r io.Reader) io.Reader { return &contextReader{ctx, r} }

// contextReader ends when its context does.
type contextReader struct {
	ctx context.Context
	r   io.Reader
}

// Read reads unless the context has ended.
func (c *contextReader) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.r.Read(p)
}

// Bounded returns a reader of the first n bytes of r. A document that is longer
// fails with a [*LimitError] and does not look as if it ended there.
func Bounded(r io.Reader, n int64) io.Reader { return &boundedReader{r, n, n} }

// boundedReader fails, rather than ends, when a document is too large.
type boundedReader struct {
	r         io.Reader
	left, max int64
}

// Read reads at most what is left of the bound.
func (b *boundedReader) Read(p []byte) (int, error) {
	if b.left <= 0 {
		var one [1]byte
		if n, err := b.r.Read(one[:]); n == 0 {
			return 0, err
		}
		return 0, &LimitError{Limit: "document size", Max: b.max}
	}
	if int64(len(p)) > b.left {
		p = p[:b.left]
	}
	n, err := b.r.Read(p)
	b.left -= int64(n)
	return n, err
}
