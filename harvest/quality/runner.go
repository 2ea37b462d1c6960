package quality

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"fincat/harvest/fetch"
	"fincat/sparql/shacl"
	"fincat/store"
	"fincat/vocab/dcat"
	"fincat/vocab/term"
)

// Source is what the checks have to know of a source: where its token holds, and how its
// files are fetched.
type Source struct {
	ID, URL string
	Policy  fetch.Policy
}

// Options configure a [Runner].
type Options struct {
	Store  *store.Store
	Base   dcat.Base
	Client *fetch.Client
	Config Config
	Source func(id string) Source // of whose records; one that is not configured any more has an empty Source
	Now    func() time.Time       // clock of the checks; default time.Now
	Author string                 // of the commits

	// PerHost is how many requests to a host the client lets be open; default 2.
	PerHost int
	// Noting is held while changes of badges are numbered; default: one of its own. Runners of
	// the same store have one in common.
	Noting *sync.Mutex
	Logger *slog.Logger // default discards
}

// Runner checks the files of datasets.
type Runner struct {
	o     Options
	rules *Rules
	dcat  func() (*shacl.Shapes, error) // those of DCAT-AP
}

// NewRunner returns a runner.
func NewRunner(o Options) (*Runner, error) {
	rules, err := NewRules()
	if err != nil {
		return nil, err
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Source == nil {
		o.Source = func(id string) Source { return Source{ID: id} }
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.PerHost <= 0 {
		o.PerHost = 2
	}
	if o.Noting == nil {
		o.Noting = &sync.Mutex{}
	}
	o.Config = o.Config.WithDefaults()
	return &Runner{o: o, rules: rules, dcat: sync.OnceValues(dcatShapes)}, o.Config.Validate()
}

// Keys of the store's named values.
const (
	stateKey = "quality/state/" // and the IRI of a dataset
	runKey   = "quality/run/"   // and what the run is about
)

// run is a round of checks. One that was broken off goes on where it stopped.
type run struct {
	ID      string    `json:"id"`
	Started time.Time `json:"started"`
	Ended   time.Time `json:"ended,omitzero"`
}

// resumable is how long a round that was broken off may be gone on with.
const resumable = 7 * 24 * time.Hour

// Report sums up a round.
type Report struct {
	Datasets int            // in the round
	Resumed  int            // of these, checked before the round was broken off
	Checked  int            // now
	Files    int            // that were looked at
	Kept     int            // of these, as before by what the server says
	Failed   []error        `json:"-"` // datasets that could not be checked, or written
	Badges   map[string]int // of all datasets of the round
	Took     time.Duration
}

// Run checks the datasets of a scope: sources, datasets by IRI, as source/identifier or
// by identifier; all when there is none. progress is told of each dataset.
func (r *Runner) Run(ctx context.Context, scope []string, progress func(done int, p Plan)) (*Report, error) {
	work, err := r.gather(ctx, scope)
	if err != nil {
		return nil, err
	}
	now, err := r.begin(ctx, scope)
	if err != nil {
		return nil, err
	}
	report, err := r.round(ctx, work, now, progress)
	if err != nil {
		return report, err
	}
	now.Ended = r.o.Now()
	return report, r.put(ctx, runKey+scopeName(scope), now)
}

// round checks the datasets that were not checked in a round yet.
func (r *Runner) round(ctx context.Context, work []*job, now run, progress func(done int, p Plan)) (*Report, error) {
	start := time.Now()
	report := &Report{Datasets: len(work), Badges: map[string]int{}}
	var left []*job
	for _, j := range work {
		if j.before != nil && j.before.Run == now.ID {
			report.Resumed++
			report.Badges[j.before.Badge]++
			continue
		}
		left = append(left, j)
	}
	plan := r.plan(left)
	if progress != nil {
		progress(0, plan)
	}
	err := r.work(ctx, left, now, func(done *state, kept int, err error) {
		if err != nil {
			report.Failed = append(report.Failed, err)
			return
		}
		report.Checked++
		report.Files, report.Kept = report.Files+len(done.Resources), report.Kept+kept
		report.Badges[done.Badge]++
		if progress != nil {
			progress(report.Checked, plan)
		}
	})
	report.Took = time.Since(start)
	return report, err
}

func scopeName(scope []string) string {
	scope = slices.Clone(scope)
	slices.Sort(scope)
	name := strings.Join(scope, " ")
	if len(name) > longestScope { // the names of values are bounded
		sum := sha256.Sum256([]byte(name))
		return "sha256:" + hex.EncodeToString(sum[:])
	}
	return name
}

// longestScope is how long a name made of the parts of a scope may be.
const longestScope = 200

func (r *Runner) put(ctx context.Context, key string, value any) error {
	text, err := json.Marshal(value)
	if err != nil {
		return err
	}
	_, err = r.o.Store.Commit(ctx, store.Change{Put: map[string][]byte{key: text}, Note: r.note()})
	return err
}

func (r *Runner) note() store.Note { return store.Note{Author: r.o.Author, Follower: Name} }

// begin begins a round, or goes on with the one that was broken off.
func (r *Runner) begin(ctx context.Context, scope []string) (run, error) {
	key := runKey + scopeName(scope)
	var now run
	text, ok, err := r.o.Store.Get(key)
	if err != nil {
		return now, err
	}
	at := r.o.Now()
	if ok && json.Unmarshal(text, &now) == nil && now.ID != "" && now.Ended.IsZero() &&
		at.Sub(now.Started).Abs() < resumable {
		return now, nil
	}
	now = run{ID: fmt.Sprintf("%s-%d", at.UTC().Format("20060102T150405"), r.o.Store.Seq()), Started: at}
	return now, r.put(ctx, key, now)
}

// job is a dataset to check, with as little of it as a plan needs.
type job struct {
	graph  string
	host   string // of its first file
	source string
	files  int
	before *brief
}

// brief is what of a state decides whether a dataset is to be checked.
type brief struct {
	Run, Badge, About string
}

// gather returns the datasets of a scope.
func (r *Runner) gather(ctx context.Context, scope []string) ([]*job, error) {
	sn, err := r.o.Store.Snapshot()
	if err != nil {
		return nil, err
	}
	defer sn.Close()
	c := &catalogue{sn, r.o.Base}
	graphs, err := c.graphs(ctx)
	if err != nil {
		return nil, err
	}
	used := map[string]bool{}
	var out []*job
	for _, g := range graphs {
		d, err := c.dataset(ctx, g)
		if err != nil {
			return nil, err
		}
		if d == nil || !d.within(r.o.Base, scope, used) {
			continue
		}
		j, err := newJob(sn, d)
		if err != nil {
			return nil, err
		}
		out = append(out, j)
	}
	for _, name := range scope {
		if !used[name] {
			return nil, fmt.Errorf("%s: %w", name, errNoDataset)
		}
	}
	return out, nil
}

// newJob returns the work on a dataset.
func newJob(sn *store.Snapshot, d *dataset) (*job, error) {
	j := &job{graph: d.graph, source: d.source, files: len(d.resources)}
	if len(d.resources) > 0 {
		j.host = hostOf(d.resources[0].url)
	}
	var b brief
	ok, err := openKept(sn, d.d.IRI, &b)
	if ok {
		j.before = &b
	}
	return j, err
}

// within reports whether a dataset is in a scope, and notes which names were of use.
func (d *dataset) within(base dcat.Base, scope []string, used map[string]bool) bool {
	in := len(scope) == 0
	for _, name := range scope {
		if name == d.source || name == d.d.IRI || name == d.name(base) || name == d.d.Identifier {
			used[name], in = true, true
		}
	}
	return in
}

// batch is what is committed together: small, so that little is done twice after a round
// was broken off.
const (
	batchSize = 20
	batchTime = time.Second
)

// finished is a dataset that was checked.
type finished struct {
	state  *state
	kept   []byte // as the store keeps it
	before string // badge at the check before; empty when there was none
	same   int    // files that are as before by what the server says
	err    error
}

// work checks datasets, several at a time, those of different hosts beside one another.
func (r *Runner) work(ctx context.Context, left []*job, now run, done func(*state, int, error)) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	queue := newQueue(left, r.o.PerHost+1)
	results := make(chan finished)
	docs := &documents{list: map[string]*document{}}
	looking, long := make(chan struct{}, 2), make(chan struct{}, maxLong)
	var workers sync.WaitGroup
	for range r.workers(len(queue.hosts), len(left)) {
		workers.Go(func() {
			c := &checker{o: r.o, rules: r.rules, docs: docs, looking: looking, long: long,
				sessions: map[string]*fetch.Session{}}
			defer c.close()
			for j := queue.next(); j != nil && ctx.Err() == nil; j = queue.next() {
				f := r.one(ctx, c, j, now)
				queue.free(j)
				select {
				case results <- f:
				case <-ctx.Done():
					return
				}
			}
		})
	}
	go func() { workers.Wait(); close(results) }()
	return r.collect(ctx, results, cancel, done)
}

// Bounds of what is done at the same time.
const (
	minWorkers = 8
	maxWorkers = 64
	maxLong    = 8 // long files in memory
)

// workers is how many datasets are checked at the same time: enough for the rates of the
// hosts to bound a round, not the time that their answers take.
func (r *Runner) workers(hosts, datasets int) int {
	n := r.o.Config.Workers
	if n == 0 {
		n = min(max(hosts*r.o.PerHost, minWorkers), maxWorkers)
	}
	return min(n, max(datasets, 1))
}

// one checks one dataset as the newest state of the catalogue has it.
func (r *Runner) one(ctx context.Context, c *checker, j *job, now run) finished {
	d, before, err := r.load(ctx, j.graph)
	if err != nil || d == nil {
		return finished{err: err}
	}
	s, err := c.dataset(ctx, d, before, now.ID)
	if err != nil {
		return finished{err: fmt.Errorf("%s: %w", d.name(r.o.Base), err)}
	}
	f := finished{state: s}
	if f.kept, err = s.kept(); err != nil {
		return finished{err: err}
	}
	for _, r := range s.Resources {
		if r.Evidence.Kept {
			f.same++
		}
	}
	if before != nil {
		f.before = before.Badge
	}
	return f
}

// load reads a dataset and what was found of it the last time.
func (r *Runner) load(ctx context.Context, graph string) (*dataset, *state, error) {
	sn, err := r.o.Store.Snapshot()
	if err != nil {
		return nil, nil, err
	}
	defer sn.Close()
	c := &catalogue{sn, r.o.Base}
	d, err := c.dataset(ctx, graph)
	if err != nil || d == nil {
		return nil, nil, err
	}
	if d.services, err = c.descriptions(ctx, d); err != nil {
		return nil, nil, err
	}
	s, err := readState(sn, d.d.IRI)
	if err == nil {
		err = r.describe(ctx, c, d, s)
	}
	return d, s, err
}

// readState returns what was found of a dataset, nil when it was not checked.
func readState(sn *store.Snapshot, dataset string) (*state, error) {
	s := &state{}
	if ok, err := openKept(sn, dataset, s); err != nil || !ok {
		return nil, err
	}
	return s, nil
}

// commit writes what was found, and which badges have changed.
func (r *Runner) commit(ctx context.Context, change store.Change, batch []finished) error {
	r.o.Noting.Lock()
	defer r.o.Noting.Unlock()
	if err := r.noteChanges(&change, batch); err != nil {
		return err
	}
	_, err := r.o.Store.Commit(ctx, change)
	return err
}

// collect commits what workers found, in batches.
func (r *Runner) collect(ctx context.Context, results <-chan finished, cancel context.CancelCauseFunc,
	done func(*state, int, error)) error {
	var batch []finished
	size := 0 // of what is kept of them
	flush := func() error {
		if len(batch) == 0 {
			return nil
		}
		change := store.Change{Replace: map[term.Term][]term.Quad{}, Put: map[string][]byte{}, Note: r.note()}
		for _, f := range batch {
			change.Put[stateKey+f.state.Dataset] = f.kept
			g := term.NewIRI(graphOf(r.o.Base, f.state.Dataset))
			for _, t := range f.state.triples(r.o.Base) {
				change.Replace[g] = append(change.Replace[g], t.In(g))
			}
		}
		if err := r.commit(context.WithoutCancel(ctx), change, batch); err != nil {
			return fmt.Errorf("write what was found: %w", err)
		}
		for _, f := range batch {
			done(f.state, f.same, nil)
		}
		batch, size = batch[:0], 0
		return nil
	}
	tick := time.NewTicker(batchTime)
	defer tick.Stop()
	for {
		var err error
		select {
		case f, ok := <-results:
			switch {
			case !ok:
				return errors.Join(flush(), context.Cause(ctx))
			case f.err != nil && ctx.Err() == nil:
				done(nil, 0, f.err)
			case f.state != nil:
				if size += len(f.kept); size > batchBytes && len(batch) > 0 {
					err = flush()
					size = len(f.kept)
				}
				if batch = append(batch, f); err == nil && len(batch) >= batchSize {
					err = flush()
				}
			}
		case <-tick.C:
			err = flush()
		}
		if err != nil {
			cancel(err)
			for range results { // workers end
			}
			return err
		}
	}
}
