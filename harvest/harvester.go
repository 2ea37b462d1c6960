package harvest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"fincat/harvest/source"
	"fincat/store"
	"fincat/vocab/dcat"
)

// Options configure a [Harvester].
type Options struct {
	Store     *store.Store
	Config    Config
	Base      string              // of our own IRIs; default Config.Base
	Directory *dcat.Directory     // default: the one that comes with the program
	Logger    *slog.Logger        // default: none
	Now       func() time.Time    // default time.Now
	Getenv    func(string) string // credentials; default os.Getenv
	Heartbeat time.Duration       // how often a run in progress is recorded; default 30s
}

// Harvester runs harvests into a store. It is safe for concurrent use; runs of
// one source never overlap.
type Harvester struct {
	store     *store.Store
	config    Config
	base      dcat.Base
	directory *dcat.Directory
	client    *source.Client
	notifier  *notifier // nil: nobody is told
	log       *slog.Logger
	now       func() time.Time
	every     time.Duration // between heartbeats
	process   string        // this one, as runs name it

	mu    sync.Mutex
	busy  map[string]*activity // by source
	ready bool                 // the directory and the schemes are in the store
}

// ErrRunning says that a source is being harvested already.
var ErrRunning = errors.New("the source is being harvested already")

// ErrUnknown says that there is no such source or run.
var ErrUnknown = errors.New("not found")

// New returns a harvester. A run that the store knows as running was cut off
// with its process; it is ended here.
func New(ctx context.Context, o Options) (*Harvester, error) {
	if o.Store == nil {
		return nil, errors.New("harvest: no store")
	}
	if o.Config.Harvest.RemovalLimit == nil || o.Config.Base == "" {
		o.Config.defaults()
	}
	if o.Base == "" {
		o.Base = o.Config.Base
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Heartbeat == 0 {
		o.Heartbeat = 30 * time.Second
	}
	var err error
	if o.Directory == nil {
		if o.Directory, err = dcat.NewDirectory(); err != nil {
			return nil, err
		}
	}
	h := &Harvester{store: o.Store, config: o.Config, base: dcat.Base(o.Base), directory: o.Directory, log: o.Logger, now: o.Now, every: o.Heartbeat, process: processName(), busy: map[string]*activity{}}
	h.notifier = newNotifier(o.Config.Harvest.Notify, o.Getenv, o.Logger)
	var cache *source.Cache
	if set := o.Config.Harvest; set.ResponsesDir != "" {
		cache = &source.Cache{Dir: set.ResponsesDir, Keep: time.Duration(set.KeepResponses), Size: set.ResponsesSize}
	}
	h.client, err = source.NewClient(source.Options{
		UserAgent: o.Config.Harvest.UserAgent, AllowPrivate: o.Config.Harvest.AllowPrivateAddresses, Replay: o.Config.Harvest.Replay,
		Base: h.base, Directory: o.Directory, Getenv: o.Getenv, Now: o.Now, Cache: cache, PerHost: o.Config.Harvest.PerHost,
	})
	if err != nil {
		return nil, err
	}
	if err := h.endInterrupted(ctx); err != nil {
		return nil, fmt.Errorf("end interrupted runs: %w", err)
	}
	return h, nil
}

// Config returns the configuration in use.
func (h *Harvester) Config() Config { return h.config }

// Directory returns the organisations in use.
func (h *Harvester) Directory() *dcat.Directory { return h.directory }
