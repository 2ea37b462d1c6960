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
	"sync"
	"sync/atomic"
	"time"

	"github.com/klauspost/compress/zstd"
	"golang.org/x/sync/errgroup"

	"fincat/store/block"
	"fincat/store/dict"
	"fincat/store/kv"
	"fincat/vocab/jsonld"
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
	Loader         jsonld.Loader                      // JSON-LD contexts outside the bundled set
	Note           Note                               // kept in the log
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

const (
	chunkBytes = 1 << 20
	chunkQuads = 4096
)

// chunk is work for one worker: whole lines, or quads already read.
type chunk struct {
	in    *dict.Interner
	graph term.Term
	quads []term.Quad
	lines []byte
	first int // number of the first line, from 0
	path  string
	base  string
	f     rdfio.Format
}

// loader reads documents with several workers, each with a sorter of its own.
// At first it numbers terms as commits do; when the load turns out to be large it
// has the dictionary take a table for it.
type loader struct {
	s        *Store
	o        LoadOptions
	work     chan chunk
	free     chan []byte // memory for lines, to be used again
	sorters  []*block.Sorter[block.Key]
	read     atomic.Uint64
	problems atomic.Uint64

	mu    sync.Mutex // held while the table is made
	table atomic.Pointer[dict.Table]
	terms *kv.Batch // blocks of terms
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

const keyBytes = 32

func (s *Store) load(
	ctx context.Context,
	o LoadOptions,
	read func(context.Context, *loader) error,
) (r LoadResult, err error) {
	o = o.withDefaults()
	start := time.Now()
	tx, err := s.Begin(ctx)
	if err != nil {
		return r, fmt.Errorf("load: %w", err)
	}
	defer tx.Rollback()
	tx.Note(o.Note)
	l := &loader{s: s, o: o, work: make(chan chunk, o.Workers), free: make(chan []byte, 2*o.Workers)}
	if err = l.run(ctx, read); err == nil {
		r.Commit, err = l.commit(ctx, tx)
	}
	err = errors.Join(err, l.close(err != nil))
	r.Read, r.Problems, r.Elapsed = l.read.Load(), l.problems.Load(), time.Since(start)
	if err != nil {
		return r, fmt.Errorf("load: %w", err)
	}
	return r, nil
}

// close ends the load's part in the dictionary.
func (l *loader) close(failed bool) (err error) {
	for _, st := range l.sorters {
		st.Close()
	}
	t := l.table.Load()
	if t == nil {
		return nil
	}
	defer l.s.fold.unlockLoading()
	l.terms.Cancel()
	l.s.dict.Detach(failed)
	if failed {
		if err = l.s.fold.dropTerms(context.Background(), l.s.dict.BaseNext()); err != nil { // recovery will
			l.s.mu.Lock()
			l.s.broken = err
			l.s.mu.Unlock()
		}
	}
	return errors.Join(err, t.File.Close())
}

// numbering has the dictionary take a table, from when on this load numbers its
// terms itself and no base can be made but its own.
func (l *loader) numbering(ctx context.Context) (*dict.Table, error) {
	if t := l.table.Load(); t != nil || l.read.Load() < uint64(l.s.o.FoldChanges) {
		return t, nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if t := l.table.Load(); t != nil {
		return t, nil
	}
	if err := l.s.fold.lockLoading(ctx); err != nil {
		return nil, err
	}
	t, err := l.attach()
	if err != nil {
		l.s.fold.unlockLoading()
		return nil, err
	}
	l.terms = l.s.db.NewBatch(l.s.db.NextTime())
	l.table.Store(t)
	return t, nil
}

func (l *loader) attach() (*dict.Table, error) {
	f, err := l.s.db.Temp().File()
	if err != nil {
		return nil, err
	}
	t := dict.NewTable(l.s.dict, f, l.o.MemoryBytes/4, l.s.db.Room)
	if err := l.s.dict.Attach(t); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return t, nil
}

// run reads everything and has the workers sort it.
func (l *loader) run(ctx context.Context, read func(context.Context, *loader) error) error {
	g, ctx := errgroup.WithContext(ctx)
	for range l.o.Workers {
		st := block.NewSorter[block.Key](l.s.db.Temp(), l.sorterKeys(), false)
		l.sorters = append(l.sorters, st)
		g.Go(func() error { return l.worker(ctx, st) })
	}
	g.Go(func() error {
		defer close(l.work)
		return read(ctx, l)
	})
	return g.Wait()
}

// sorterKeys is how many keys a sorter may keep: up to six are at work at the
// same time, some of them with as much memory again for sorting.
func (l *loader) sorterKeys() int { return int(l.o.MemoryBytes / 32 / keyBytes) }

func (l *loader) worker(ctx context.Context, st *block.Sorter[block.Key]) error {
	var terms *dict.Worker
	add := dict.Adder(l.s.dict.Add)
	for c := range l.work {
		if terms == nil {
			t, err := l.numbering(ctx)
			if err != nil {
				return err
			}
			if t != nil {
				terms = dict.NewWorker(t, l.terms.Put)
				add = terms.Add
			}
		}
		if err := l.take(ctx, c, st, add); err != nil {
			return err
		}
	}
	if terms != nil {
		return terms.Close(ctx)
	}
	return nil
}

// commit applies what was read: small loads as any commit.
func (l *loader) commit(ctx context.Context, tx *Tx) (Commit, error) {
	n, spilled := 0, false
	for _, st := range l.sorters {
		n += st.Len()
		spilled = spilled || st.Spilled()
	}
	t := l.table.Load()
	if t == nil && !spilled && n <= l.s.o.FoldChanges {
		for _, st := range l.sorters {
			for _, k := range st.Buf {
				if err := tx.op(k, opAdd); err != nil {
					return Commit{}, err
				}
			}
		}
		return tx.commit(ctx)
	}
	b := &bulk{s: l.s, limit: l.sorterKeys(), report: l.o.Progress}
	if t == nil {
		if err := l.s.fold.lockLoading(ctx); err != nil {
			return Commit{}, err
		}
		defer l.s.fold.unlockLoading()
	} else {
		if err := l.terms.Flush(); err != nil {
			return Commit{}, fmt.Errorf("write terms: %w", err)
		}
		b.table = t
	}
	return tx.commitBulk(ctx, b, func(*Snapshot) (candidateSource, error) {
		m, err := block.NewMerger(l.sorters...)
		return &keyCandidates{from: l.sorters, m: m}, err
	})
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
	ids := &dict.Interner{Terms: l.s.dict, Keep: l.o.KeepBlankNodes}
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

func (l *loader) quads(
	ctx context.Context,
	quads iter.Seq2[term.Quad, error],
	in *dict.Interner,
	graph term.Term,
) error {
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
		buf := l.buffer(max(chunkBytes, 2*len(rest)))
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

// buffer returns memory for lines.
func (l *loader) buffer(size int) []byte {
	select {
	case b := <-l.free:
		if cap(b) >= size {
			return b[:size]
		}
	default:
	}
	return make([]byte, size)
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
func (l *loader) take(ctx context.Context, c chunk, st *block.Sorter[block.Key], add dict.Adder) error {
	n := uint64(0)
	m := dict.Memo{Add: add}
	take := func(q term.Quad) error {
		if q.Graph.IsZero() {
			q.Graph = c.graph
		}
		k, err := m.Quad(c.in, q)
		if err != nil {
			return err
		}
		n++
		return st.Add(k)
	}
	for _, q := range c.quads {
		if err := take(q); err != nil {
			return err
		}
	}
	if len(c.lines) > 0 {
		o := rdfio.ReadOptions{
			Format:    c.f,
			Base:      c.base,
			Lenient:   l.o.Lenient,
			OnProblem: l.onProblem(c.path, c.first),
		}
		for q, err := range rdfio.Read(ctx, bytes.NewReader(c.lines), o) {
			if err == nil {
				err = take(q)
			}
			if err != nil {
				return movedError(err, c.first)
			}
		}
		select {
		case l.free <- c.lines[:0]:
		default:
		}
	}
	l.o.Progress(Reading, l.read.Add(n))
	l.s.mu.Lock()
	defer l.s.mu.Unlock()
	if l.s.closed {
		return ErrClosed
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
