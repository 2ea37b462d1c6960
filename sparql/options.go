package sparql

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"fincat/sparql/algebra"
	"fincat/sparql/exec"
	"fincat/sparql/exec/spill"
	"fincat/store"
	"fincat/vocab/term"
)

// DefaultGraphMode says what the default graph of a query is when neither the
// query nor the request names one.
type DefaultGraphMode uint8

// The modes.
const (
	Union  DefaultGraphMode = iota // the union of all graphs of the store
	Strict                         // the graph of the quads without a graph name
)

// The errors a caller can branch on with [errors.Is].
var (
	// ErrTimeout means that the query's time is up.
	ErrTimeout = errors.New("query took longer than its time limit")
	// ErrCanceled means that the query was cancelled, or its caller has gone.
	ErrCanceled = errors.New("query was cancelled")
)

// LimitError says that a query asked for more than it may have: memory, alone or
// together with the others, solutions, or the size of one value.
type LimitError = exec.LimitError

// SpillError says that a query needs a temporary file and cannot have it.
type SpillError = spill.Error

// Memory is what one request may hold, a part of what all may hold together.
type Memory = exec.Memory

// RequestError says that a request is well-formed but asks for what cannot be
// done; its author should read the message.
type RequestError = algebra.RequestError

// ServiceClient answers SERVICE: it sends a SELECT query to an endpoint.
type ServiceClient = exec.Services

// TextIndex is the full-text index behind the property function text:query.
type TextIndex = exec.TextIndex

// TextQuery is what a [TextIndex] is asked.
type TextQuery = exec.TextQuery

// TextMatch is what it finds.
type TextMatch = exec.TextMatch

// Loader fetches the document of LOAD. Blank nodes of one document must not
// share a label with other documents.
type Loader interface {
	Load(ctx context.Context, iri string) iter.Seq2[term.Quad, error]
}

// Options say how an engine works.
type Options struct {
	Store        *store.Store     // required
	DefaultGraph DefaultGraphMode // default: Union
	Timeout      time.Duration    // of a request that names none; default: 60 s
	MaxTimeout   time.Duration    // the longest a request may name; default: 10 min
	MemoryBytes  int64            // that one query may hold; default: 1 GiB
	// AllMemoryBytes is what all queries together may hold; when they want more
	// the largest is stopped. Default: 2 GiB.
	AllMemoryBytes int64
	// SpillBytes is what the temporary files of all queries together may take, beside
	// the store: sorts, groups, hash joins and DISTINCT use them for what does not fit in
	// memory.
	// Default: four times AllMemoryBytes; negative: none.
	SpillBytes   int64
	MaxSolutions int64            // that one query may return; default: 10,000,000
	Services     ServiceClient    // default: none, SERVICE is an error
	Text         TextIndex        // default: none, text:query is an ordinary predicate
	Load         Loader           // default: none, LOAD is an error
	MaxCalls     int64            // of other servers, by SERVICE and LOAD of one request; default: 100
	Now          func() time.Time // default: time.Now
}

func (o Options) withDefaults() (Options, error) {
	if o.Store == nil {
		return o, errors.New("sparql: no store")
	}
	if o.DefaultGraph > Strict {
		return o, fmt.Errorf("sparql: no default graph mode %d", o.DefaultGraph)
	}
	if o.Timeout <= 0 {
		o.Timeout = time.Minute
	}
	if o.MaxTimeout <= 0 {
		o.MaxTimeout = 10 * time.Minute
	}
	if o.MemoryBytes <= 0 {
		o.MemoryBytes = 1 << 30
	}
	if o.AllMemoryBytes <= 0 {
		o.AllMemoryBytes = 2 << 30
	}
	o.MemoryBytes = min(o.MemoryBytes, o.AllMemoryBytes)
	if o.SpillBytes == 0 {
		o.SpillBytes = 4 * o.AllMemoryBytes
	}
	if o.MaxSolutions <= 0 {
		o.MaxSolutions = 10_000_000
	}
	if o.MaxCalls <= 0 {
		o.MaxCalls = 100
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o, nil
}

// QueryOptions are what a request says beside the query. The zero value asks
// for nothing special.
type QueryOptions struct {
	Base string // base IRI for relative IRIs, where the query is parsed too
	// DefaultGraphs and NamedGraphs are the protocol's dataset parameters;
	// when there is one, FROM and FROM NAMED of the query do not count.
	DefaultGraphs, NamedGraphs []string
	Timeout                    time.Duration     // default: that of the engine
	DefaultGraph               *DefaultGraphMode // default: that of the engine
	AtSeq                      uint64            // evaluate as of an earlier commit; 0: the newest
	Snapshot                   *store.Snapshot   // evaluate over it and leave it open; default: one as of AtSeq
	Past                       bool              // AtSeq is long past: text:query, which does not know it, is an error
}

// UpdateOptions are what a request says beside the update.
type UpdateOptions struct {
	Base string // base IRI for relative IRIs, where the update is parsed too
	// UsingGraphs and UsingNamed are the protocol's dataset parameters; an
	// update with WITH or USING of its own refuses them.
	UsingGraphs, UsingNamed []string
	Timeout                 time.Duration
	DefaultGraph            *DefaultGraphMode
	Note                    store.Note // kept in the commit log
}

// UpdateResult is what an update request did.
type UpdateResult struct {
	Seq            uint64 // the store's sequence number after it
	Added, Removed uint64 // quads that came and went in fact
}
