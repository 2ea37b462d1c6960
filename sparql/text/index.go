package text

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"sync"

	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/analysis"
	"github.com/blevesearch/bleve/v2/mapping"

	"fincat/store"
	"fincat/store/follow"
)

// MaxLiteral is how many bytes of a literal are indexed; what comes after is
// not found.
const MaxLiteral = 1 << 20

// Options says where an index lives and what it follows.
type Options struct {
	Store *store.Store // required
	Dir   string       // folder of the index; "" keeps it in memory
}

// Index finds the literals of a store by their words. Its methods may be
// called at the same time.
type Index struct {
	o        Options
	mapping  *mapping.IndexMappingImpl
	analyser analysis.Analyzer // of the name indexed

	mu    sync.RWMutex // held for writing while index and state are replaced
	index bleve.Index
	state state

	following *follow.Following
}

// state is the index's own record of how far it has come.
type state struct {
	cursor store.Cursor // commits up to here are indexed
	full   uint64       // literals at the last pass over everything
	added  uint64       // literals since
}

// encode returns what [decodeState] reads.
func (st state) encode() []byte {
	b, _ := st.cursor.AppendBinary(nil) // never fails
	b = binary.BigEndian.AppendUint64(b, st.full)
	return binary.BigEndian.AppendUint64(b, st.added)
}

func decodeState(b []byte) (st state, err error) {
	if len(b) != 32 {
		return st, fmt.Errorf("state of %d bytes", len(b))
	}
	st.cursor, err = store.ParseCursor(b[:16])
	st.full, st.added = binary.BigEndian.Uint64(b[16:]), binary.BigEndian.Uint64(b[24:])
	return st, err
}

// Open opens the index, or begins an empty one when there is none, or none
// that can be read: the first search then reads the whole store.
func Open(o Options) (*Index, error) {
	if o.Store == nil {
		return nil, errors.New("text index without a store")
	}
	m, err := newMapping()
	if err != nil {
		return nil, fmt.Errorf("text index: %w", err)
	}
	x := &Index{o: o, mapping: m, analyser: indexing(m)}
	x.following = follow.New(o.Store, x)
	if o.Dir != "" && x.openKept() {
		return x, nil
	}
	return x, x.clear()
}

// openKept opens the index that is there; it returns false when it cannot be
// used.
func (x *Index) openKept() bool {
	index, err := bleve.Open(x.o.Dir)
	if err != nil {
		return false
	}
	x.index = index
	b, err := index.GetInternal(stateKey)
	if err == nil {
		x.state, err = decodeState(b)
	}
	return err == nil
}

// Following is what keeps the index up to date in the background.
func (x *Index) Following() *follow.Following { return x.following }

// Close releases the index; searches under way fail.
func (x *Index) Close() error {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.close()
}

// Release implements [follow.Releaser]: the files that were written are mapped, and what
// of them is in memory goes when they are opened again.
func (x *Index) Release() {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.index == nil || x.o.Dir == "" || x.close() == nil && x.openKept() {
		return
	}
	_ = x.begin() // as Open does; when that fails too, whoever comes next is told
}

func (x *Index) close() error {
	if x.index == nil {
		return nil
	}
	err := x.index.Close()
	x.index = nil
	return err
}

// clear replaces the index by an empty one.
func (x *Index) clear() error {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.begin()
}

// begin begins an empty index; x.mu is held.
func (x *Index) begin() error {
	if err := x.close(); err != nil {
		return fmt.Errorf("close text index: %w", err)
	}
	x.state = state{}
	index, err := x.create()
	if err != nil {
		return fmt.Errorf("create text index: %w", err)
	}
	x.index = index
	return nil
}

func (x *Index) create() (bleve.Index, error) {
	if x.o.Dir == "" {
		return bleve.NewMemOnly(x.mapping)
	}
	if err := os.RemoveAll(x.o.Dir); err != nil {
		return nil, err
	}
	return bleve.New(x.o.Dir, x.mapping)
}

// stateKey names the place of the state in the index.
var stateKey = []byte("fincat")
