package store

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/klauspost/compress/zstd"
	"golang.org/x/sync/errgroup"

	"fincat/vocab/rdfio"
	"fincat/vocab/term"
)

// Input is a document to load.
type Input struct {
	Path      string       // file, possibly compressed
	Reader    io.Reader    // read instead of the file; Path is then only a name
	Format    rdfio.Format // zero: found by media type, path, content
	MediaType string
	Base      string    // IRI against which relative IRIs are resolved
	Graph     term.Term // graph of the quads without a graph name
}

// LoadOptions say how to load.
type LoadOptions struct {
	Lenient        bool                               // go on after bad statements
	OnProblem      func(path string, p rdfio.Problem) // told of each; may be called from several goroutines
	Progress       func(stage Stage, n uint64)        // called now and then: quads read or sorted, orders indexed
	MemoryBytes    int64                              // about how much memory to use; default: 1 GiB
	Workers        int                                // default: the number of processors
	KeepBlankNodes bool                               // labels are the store's own, as in its dumps
	Loader         rdfio.ContextLoader                // JSON-LD contexts outside the bundled set
	Note           map[string]string                  // kept in the log
}

// LoadResult is what a load did.
type LoadResult struct {
	Commit
	Read     uint64 // quads read, repeated ones included
	Problems uint64 // bad statements left out
	Elapsed  time.Duration
}

// Load adds documents to the store in one commit. Large loads are quicker than
// commits, but what they changed is not kept in the log: states before them
// cannot be looked back at, and they cannot be undone. Other commits wait while
// a load is being indexed.
func (s *Store) Load(ctx context.Context, inputs []Input, o LoadOptions) (LoadResult, error) {
	return s.load(ctx, o, func(ctx context.Context, l *loader) error {
		for _, in := range inputs {
			if err := l.input(ctx, in); err != nil {
				return fmt.Errorf("load %s: %w", in.Path, err)
			}
		}
		return nil
	})
}

// LoadQuads is [Store.Load] for quads from elsewhere.
func (s *Store) LoadQuads(ctx context.Context, quads iter.Seq2[term.Quad, error], o LoadOptions) (LoadResult, error) {
	return s.load(ctx, o, func(ctx context.Context, l *loader) error {
		return l.quads(ctx, quads, &interner{d: s.dict, keep: o.KeepBlankNodes}, term.Term{})
	})
}

const (
	chunkBytes = 1 << 20
	chunkQuads = 4096
)

// chunk is work for one worker: whole lines, or quads already read.
type chunk struct {
	in    *interner
	graph term.Term
	quads []term.Quad
	lines []byte
	first int // number of the first line, from 0
	path  string
	base  string
	f     rdfio.Format
}

// loader reads documents with several workers, each with a sorter of its own.
type loader struct {
	s        *Store
	o        LoadOptions
	work     chan chunk
	sorters  []*sorter
	read     atomic.Uint64
	problems atomic.Uint64
}

func (o LoadOptions) withDefaults() LoadOptions {
	if o.MemoryBytes <= 0 {
		o.MemoryBytes = 1 << 30
	}
	if o.Workers <= 0 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	if o.Progress == nil {
		o.Progress = func(Stage, uint64) {}
	}
	if o.OnProblem == nil {
		o.OnProblem = func(string, rdfio.Problem) {}
	}
	return o
}

const opBytes = 40

func (s *Store) load(ctx context.Context, o LoadOptions, read func(context.Context, *loader) error) (r LoadResult, err error) {
	o = o.withDefaults()
	start := time.Now()
	tx, err := s.Begin(ctx)
	if err != nil {
		return r, fmt.Errorf("load: %w", err)
	}
	defer tx.Rollback()
	tx.note = o.Note
	l := &loader{s: s, o: o, work: make(chan chunk, o.Workers)}
	defer func() {
		for _, st := range l.sorters {
			st.close()
		}
	}()
	detach := s.dict.attachTable(o.MemoryBytes / 2)
	err = l.run(ctx, read)
	detach()
	if err == nil {
		r.Commit, err = l.commit(ctx, tx)
	}
	r.Read, r.Problems, r.Elapsed = l.read.Load(), l.problems.Load(), time.Since(start)
	if err != nil {
		return r, fmt.Errorf("load: %w", err)
	}
	return r, nil
}

// attachTable gives the dictionary a table of IDs for the time of a load; a
// second load at the same time does without.
func (d *dict) attachTable(bytes int64) (detach func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	empty := true
	for _, t := range dictTags {
		empty = empty && d.low[t] == 0
	}
	table := newIDTable(bytes, empty)
	for h, id := range d.ids {
		table.put(h, id)
	}
	if !d.table.CompareAndSwap(nil, table) {
		return func() {}
	}
	return func() { d.table.Store(nil) }
}

// run reads everything and has the workers sort it.
func (l *loader) run(ctx context.Context, read func(context.Context, *loader) error) error {
	g, ctx := errgroup.WithContext(ctx)
	limit := int(l.o.MemoryBytes/12/opBytes) / l.o.Workers
	for range l.o.Workers {
		st := newSorter(l.s.spillDir(), limit)
		l.sorters = append(l.sorters, st)
		g.Go(func() error {
			for c := range l.work {
				if err := l.take(ctx, c, st); err != nil {
					return err
				}
			}
			return nil
		})
	}
	g.Go(func() error {
		defer close(l.work)
		return read(ctx, l)
	})
	return g.Wait()
}

// commit applies what was read: small loads as any commit.
func (l *loader) commit(ctx context.Context, tx *Tx) (Commit, error) {
	n, spilled := 0, false
	for _, st := range l.sorters {
		n += len(st.buf)
		spilled = spilled || len(st.files) > 0
	}
	if !spilled && n <= l.s.o.FoldChanges {
		for _, st := range l.sorters {
			for _, o := range st.buf {
				if err := tx.ops.add(o); err != nil {
					return Commit{}, err
				}
			}
		}
		return tx.commit(ctx)
	}
	b := &bulk{s: l.s, limit: int(l.o.MemoryBytes / 8 / opBytes / 2), report: l.o.Progress}
	return tx.commitBulk(ctx, b, l.sorters...)
}

func (l *loader) send(ctx context.Context, c chunk) error {
	select {
	case l.work <- c:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// input reads one document: lines are cut up for the workers to parse, other
// syntaxes are parsed here.
func (l *loader) input(ctx context.Context, in Input) error {
	r := in.Reader
	if r == nil {
		f, err := os.Open(in.Path)
		if err != nil {
			return err
		}
		defer f.Close()
		r = f
	}
	ids := &interner{d: l.s.dict, keep: l.o.KeepBlankNodes}
	if in.Format == rdfio.Format(0) && in.MediaType != "" {
		in.Format, _ = rdfio.FormatByMediaType(in.MediaType)
	}
	if in.Format == rdfio.Format(0) {
		in.Format, _, _ = rdfio.FormatByPath(in.Path)
	}
	if in.Format == rdfio.NTriples || in.Format == rdfio.NQuads {
		return l.lines(ctx, r, chunk{in: ids, graph: in.Graph, path: in.Path, base: in.Base, f: in.Format})
	}
	o := rdfio.ReadOptions{Format: in.Format, MediaType: in.MediaType, Path: in.Path, Base: in.Base,
		Lenient: l.o.Lenient, OnProblem: l.onProblem(in.Path, 0), Loader: l.o.Loader}
	return l.quads(ctx, rdfio.Read(ctx, r, o), ids, in.Graph)
}

func (l *loader) onProblem(path string, first int) func(rdfio.Problem) {
	return func(p rdfio.Problem) {
		p.Line += first
		l.problems.Add(1)
		l.o.OnProblem(path, p)
	}
}

func (l *loader) quads(ctx context.Context, quads iter.Seq2[term.Quad, error], in *interner, graph term.Term) error {
	var batch []term.Quad
	for q, err := range quads {
		if err != nil {
			return err
		}
		if batch = append(batch, q); len(batch) == chunkQuads {
			if err := l.send(ctx, chunk{in: in, graph: graph, quads: batch}); err != nil {
				return err
			}
			batch = nil
		}
	}
	return l.send(ctx, chunk{in: in, graph: graph, quads: batch})
}

// lines cuts a document of lines, decompressed, into chunks of whole lines.
func (l *loader) lines(ctx context.Context, r io.Reader, c chunk) error {
	r, done, err := decompress(r)
	if err != nil {
		return err
	}
	defer done()
	var rest []byte
	for first := true; ; first = false {
		buf := make([]byte, max(chunkBytes, 2*len(rest)))
		n := copy(buf, rest)
		m, err := io.ReadFull(r, buf[n:])
		buf = buf[:n+m]
		if first {
			buf = bytes.TrimPrefix(buf, []byte("\xEF\xBB\xBF"))
		}
		end := errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
		if err != nil && !end {
			return err
		}
		cut := bytes.LastIndexByte(buf, '\n') + 1
		if end {
			cut = len(buf)
		}
		rest = buf[cut:]
		if c.lines = buf[:cut]; cut > 0 {
			if err := l.send(ctx, c); err != nil {
				return err
			}
			c.first += bytes.Count(c.lines, []byte{'\n'})
		}
		if end {
			return nil
		}
		if len(rest) > 1<<30 {
			return fmt.Errorf("line %d is longer than a gigabyte", c.first+1)
		}
	}
}

// decompress looks at the first bytes for gzip and Zstandard.
func decompress(r io.Reader) (io.Reader, func(), error) {
	b := bufio.NewReaderSize(r, 1<<20)
	head, _ := b.Peek(4)
	switch {
	case bytes.HasPrefix(head, []byte{0x1F, 0x8B}):
		z, err := gzip.NewReader(b)
		if err != nil {
			return nil, nil, fmt.Errorf("read gzip: %w", err)
		}
		return z, func() {}, nil
	case bytes.Equal(head, []byte{0x28, 0xB5, 0x2F, 0xFD}):
		z, err := zstd.NewReader(b, zstd.WithDecoderMaxMemory(256<<20))
		if err != nil {
			return nil, nil, fmt.Errorf("read zstd: %w", err)
		}
		return z, z.Close, nil
	}
	return b, func() {}, nil
}

// take interns a chunk's quads and gives them to the sorter.
func (l *loader) take(ctx context.Context, c chunk, st *sorter) error {
	n := uint64(0)
	var m memo
	take := func(q term.Quad) error {
		if q.Graph.IsZero() {
			q.Graph = c.graph
		}
		k, err := m.quad(c.in, q)
		if err != nil {
			return err
		}
		n++
		return st.add(op{key: k, kind: opAdd})
	}
	for _, q := range c.quads {
		if err := take(q); err != nil {
			return err
		}
	}
	if len(c.lines) > 0 {
		o := rdfio.ReadOptions{Format: c.f, Base: c.base, Lenient: l.o.Lenient, OnProblem: l.onProblem(c.path, c.first)}
		for q, err := range rdfio.Read(ctx, bytes.NewReader(c.lines), o) {
			if err == nil {
				err = take(q)
			}
			if err != nil {
				return movedError(err, c.first)
			}
		}
	}
	l.o.Progress(Reading, l.read.Add(n))
	if l.s.dict.tailFull() {
		return l.s.writeTail(ctx)
	}
	return ctx.Err()
}

// movedError corrects the line of a syntax error for where the chunk begins.
func movedError(err error, first int) error {
	var e *rdfio.Error
	if errors.As(err, &e) {
		moved := *e
		moved.Line += first
		return &moved
	}
	return err
}
