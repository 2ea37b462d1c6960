package harvest

import (
	"cmp"
	"errors"
	"log/slog"
	"sync"
	"time"

	"fincat/harvest/fetch"
	"fincat/harvest/history"
	"fincat/harvest/notify"
	"fincat/store"
	"fincat/vocab/dcat"
)

// Options configure a [Harvester].
type Options struct {
	Store     *store.Store
	Config    Config
	Base      string              // of our own IRIs; default Config.Base, else [DefaultBase]
	Directory *dcat.Directory     // default: the one that comes with the program
	Logger    *slog.Logger        // default: none
	Now       func() time.Time    // default time.Now
	Getenv    func(string) string // credentials; default os.Getenv
	Author    string              // of the commits, where nobody else asks for a run; default none
	Heartbeat time.Duration       // how often a run in progress is recorded; default 30s
	Beside    *Harvester          // another one of the store, whose runs and these never overlap; default none
}

// Harvester runs harvests into a store. It is safe for concurrent use; runs of
// one source never overlap.
type Harvester struct {
	store     *store.Store
	config    Config
	base      dcat.Base
	directory *dcat.Directory
	client    *fetch.Client
	history   *history.History
	notifier  *notify.Notifier // nil: nobody is told
	log       *slog.Logger
	now       func() time.Time
	every     time.Duration // between heartbeats
	process   string        // this one, as runs name it
	author    string        // of commits that nobody else asks for
	getenv    func(string) string

	*reservations

	preparing sync.Mutex
	ready     bool // the directory and the schemes are in the store
}

// reservations are what the harvesters of one store have in common.
type reservations struct {
	mu   sync.Mutex
	busy map[string]*activity // by source

	ending sync.Mutex
	ended  bool // the runs of earlier processes that were interrupted are ended

	mailing    sync.Mutex // held while reports are sent
	noting     sync.Mutex // held while changes of badges are numbered
	publishing sync.Mutex // held while datasets are published elsewhere
}

// ErrRunning says that a source is being harvested already.
var ErrRunning = errors.New("the source is being harvested already")

// ErrUnknown says that there is no such source, or that it is not being
// harvested.
var ErrUnknown = errors.New("not found")

// New returns a harvester. It writes nothing to the store.
func New(o Options) (*Harvester, error) {
	if o.Store == nil {
		return nil, errors.New("harvest: no store")
	}
	o.Config.defaults()
	o.Base = cmp.Or(o.Base, o.Config.Base, DefaultBase)
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
	o.Directory = o.Directory.WithRoles(o.Config.Organisations)
	h := &Harvester{
		store: o.Store, config: o.Config, base: dcat.Base(o.Base), directory: o.Directory,
		log: o.Logger, now: o.Now, every: o.Heartbeat, process: processName(), author: o.Author,
		getenv:       o.Getenv,
		reservations: &reservations{busy: map[string]*activity{}},
	}
	if o.Beside != nil {
		h.reservations = o.Beside.reservations
	}
	h.history = history.New(history.Options{Store: o.Store, Base: h.base, Running: h.inProgress})
	h.notifier = notify.New(notify.Options{Config: o.Config.Harvest.Notify, Getenv: o.Getenv})
	var cache *fetch.Cache
	if set := o.Config.Harvest; set.ResponsesDir != "" && set.ResponsesDir != "none" {
		cache = &fetch.Cache{
			Dir: set.ResponsesDir, Keep: time.Duration(set.KeepResponses), Size: set.ResponsesSize,
		}
	}
	h.client, err = fetch.NewClient(fetch.Options{
		UserAgent:    cmp.Or(o.Config.Harvest.UserAgent, "fincat (+"+o.Base+")"),
		AllowPrivate: o.Config.Harvest.AllowPrivateAddresses.All,
		Permitted:    o.Config.Harvest.AllowPrivateAddresses.List,
		Replay:       o.Config.Harvest.Replay,
		PerHost:      o.Config.Harvest.PerHost,
		Getenv:       o.Getenv,
		Now:          o.Now,
		Cache:        cache,
	})
	if err != nil {
		return nil, err
	}
	return h, nil
}

// Config returns the configuration in use.
func (h *Harvester) Config() Config { return h.config }

// History returns the runs of the store; those of this harvester that go on are
// told as such.
func (h *Harvester) History() *history.History { return h.history }
