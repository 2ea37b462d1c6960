package requests

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"fincat/harvest/notify"
	"fincat/sparql/gate"
	"fincat/store"
	"fincat/vocab"
	"fincat/vocab/dcat"
	"fincat/vocab/term"
)

// Options configure a [Book]. All without a default are needed.
type Options struct {
	Store  *store.Store
	Base   dcat.Base
	Dir    string // the private folder; default: none, and nothing is taken
	Config Config
	// Coordinating are the coordinating units of each sector, by identifier; default: none.
	Coordinating map[string][]string
	Directory    *dcat.Directory
	Getenv       func(string) string // of credentials; default: those of the process
	Now          func() time.Time    // default: time.Now
	Logger       *slog.Logger        // default: discards; no address of anybody is logged
	// Dial connects to the mail server; default: a [net.Dialer].
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
}

// Book holds the cases. It is safe for concurrent use; one process has it at a time.
type Book struct {
	o       Options
	c       Config
	vault   *vault // nil: nothing is taken
	clients limiter
	mails   limiter // to one address
	wake    chan struct{}
	sending sync.Mutex
	looked  uint64 // commit at which datasets that are expected were looked for; of whoever has the turn

	// turn is had by whoever changes something, also while the store and the disk are waited for. To
	// change the maps, and to read them without the turn, mu is held, and for that only: a page
	// never waits for a commit.
	turn    chan struct{}
	mu      sync.Mutex
	cases   map[string]*Case // that are published; what a pointer leads to never changes
	private map[string]*private
}

// key names the value of the store that has a case.
const key = "request/"

// New opens the book.
func New(o Options) (*Book, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Getenv == nil {
		o.Getenv = os.Getenv
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	b := &Book{o: o, c: o.Config.withDefaults(), cases: map[string]*Case{}, private: map[string]*private{},
		wake: make(chan struct{}, 1), turn: make(chan struct{}, 1)}
	b.clients = limiter{window: time.Hour, each: b.c.PerClient, in: b.c.InAll}
	b.mails = limiter{window: 24 * time.Hour, each: 3}
	list, err := Published(o.Store)
	if err != nil {
		return nil, err
	}
	for _, x := range list {
		b.cases[x.ID] = x
	}
	if o.Dir == "" || o.Store.ReadOnly() {
		return b, nil
	}
	if b.vault, err = openVault(o.Dir); err != nil {
		return nil, err
	}
	if b.private, err = b.vault.load(); err != nil {
		return nil, err
	}
	for id, p := range b.private {
		if p.Case != nil && b.cases[id] != nil { // it was published, and the process ended then
			p.Case = nil
			err = errors.Join(err, b.vault.save(id, p))
		}
	}
	return b, err
}

// Published reads the published cases of a store, the newest first.
func Published(s *store.Store) (out []*Case, err error) {
	for name, err := range s.List(key) {
		if err != nil {
			return nil, err
		}
		text, ok, err := s.Get(name)
		if err != nil || !ok {
			return nil, cmp.Or(err, fmt.Errorf("the value %s is gone", name))
		}
		var x Case
		if err := json.Unmarshal(text, &x); err != nil {
			return nil, fmt.Errorf("read %s: %w", name, err)
		}
		out = append(out, &x)
	}
	slices.SortFunc(out, newest)
	return out, nil
}

func newest(a, b *Case) int { return cmp.Or(b.Filed.Compare(a.Filed), cmp.Compare(a.ID, b.ID)) }

// Takes reports whether requests are taken.
func (b *Book) Takes() bool { return b.vault != nil && b.c.Mail != nil }

// Config is that of the book, with defaults.
func (b *Book) Config() Config { return b.c }

// Now is the time of the book's clock.
func (b *Book) Now() time.Time { return b.o.Now() }

// List returns the published cases, the newest first. They are not to be changed.
func (b *Book) List() []*Case {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.SortedFunc(maps.Values(b.cases), newest)
}

// Find returns a published case.
func (b *Book) Find(id string) (*Case, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	x, ok := b.cases[id]
	if !ok {
		return nil, ErrNone
	}
	return x, nil
}

// Queue returns what waits for a moderator, the oldest first.
func (b *Book) Queue() (out []*Case) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, p := range b.private {
		if p.Case != nil && p.Case.State == Waiting {
			out = append(out, p.Case.clone())
		}
	}
	slices.SortFunc(out, func(x, y *Case) int { return newest(y, x) })
	return out
}

// begin waits until nobody else changes anything. Whoever does may wait for the store, so that a
// request gives its place in the server away meanwhile.
func (b *Book) begin(ctx context.Context) (end func(), err error) {
	gate.From(ctx).Idle(func() {
		select {
		case b.turn <- struct{}{}:
		case <-ctx.Done():
			err = context.Cause(ctx)
		}
	})
	return func() { <-b.turn }, err
}

// File takes what somebody sends, from a network, and sends a mail that confirms the address.
func (b *Book) File(ctx context.Context, d Draft, client string) (id string, err error) {
	if !b.Takes() {
		return "", ErrOff
	}
	if err := d.check(); err != nil {
		return "", err
	}
	for _, iri := range d.Datasets {
		if !strings.HasPrefix(iri, string(b.o.Base)+"dataset/") || len(iri) > maxExpected ||
			term.CheckIRI(iri) != nil {
			return "", &InputError{"datasets", "they are those of this catalogue", "須為本目錄的資料集"}
		}
	}
	same, err := checkAddress(d.Address)
	if err != nil {
		return "", err
	}
	now := b.o.Now()
	if !b.clients.take(now, client) {
		return "", ErrMany
	}
	end, err := b.begin(ctx)
	if err != nil {
		return "", err
	}
	defer end()
	if len(b.cases) >= MaxCases || !b.makeRoom(now) || !b.mails.take(now, b.vault.person(same)) {
		return "", ErrMany
	}
	id = newID(b, now)
	p := &private{Address: d.Address, Lang: d.Lang, Asked: now, Case: &Case{ID: id, Kind: d.Kind, Version: 1,
		Title: d.Title, Text: d.Text, Purpose: d.Purpose, Sector: d.Sector, Datasets: d.Datasets,
		Organisation: d.Organisation, State: Unconfirmed}}
	write(b, p, confirmLetter(b, p))
	if err := b.keep(id, p); err != nil {
		return "", err
	}
	b.awake()
	return id, nil
}

// confirmSoon is how long nobody has to confirm an address before it gives way to others.
const confirmSoon = time.Hour

// makeRoom reports whether one more may wait. Where there are too many, the one that nobody has
// confirmed for longest is deleted: who sends many with addresses of others does not keep everybody
// out for days.
func (b *Book) makeRoom(now time.Time) bool {
	n, oldest := 0, ""
	for id, p := range b.private {
		if p.Case == nil {
			continue
		}
		n++
		if p.Case.State == Unconfirmed && (oldest == "" || p.Asked.Before(b.private[oldest].Asked)) {
			oldest = id
		}
	}
	if n < b.c.Waiting {
		return true
	}
	return oldest != "" && now.Sub(b.private[oldest].Asked) > confirmSoon && b.forget(oldest) == nil
}

// newID makes a name that nothing has.
func newID(b *Book, now time.Time) string {
	for {
		id := now.In(taipei).Format("20060102") + "-" + strings.ToLower(rand.Text()[:6])
		if b.cases[id] == nil && b.private[id] == nil {
			return id
		}
	}
}

// keep writes what is private of a case. What is left empty goes.
func (b *Book) keep(id string, p *private) error {
	if p.empty() {
		if err := b.vault.remove(id); err != nil {
			return err
		}
		b.put(id, nil)
		return nil
	}
	if err := b.vault.save(id, p); err != nil {
		return err
	}
	b.put(id, p)
	return nil
}

// put has the book hold what is private of a case; nil: nothing.
func (b *Book) put(id string, p *private) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if p == nil {
		delete(b.private, id)
	} else {
		b.private[id] = p
	}
}

// of returns a copy of what is private of a case.
func (b *Book) of(id string) *private {
	if p := b.private[id]; p != nil {
		return p.clone()
	}
	return &private{Told: map[string]bool{}}
}

// commit publishes cases as they are now: their values and graphs, in one commit. author is "" for
// what the program does itself.
func (b *Book) commit(ctx context.Context, author string, cases ...*Case) (store.Commit, error) {
	change := store.Change{Put: map[string][]byte{}, Replace: map[term.Term][]term.Quad{},
		Note: store.Note{Author: author}}
	if author == "" {
		change.Note.Follower = "requests"
	}
	for _, x := range cases {
		text, err := json.Marshal(x)
		if err != nil {
			return store.Commit{}, err
		}
		change.Put[key+x.ID] = text
		change.Replace[term.NewIRI(x.graph(b.o.Base))] = x.quads(b.o.Base)
	}
	var done store.Commit
	var err error
	gate.From(ctx).Idle(func() { done, err = b.o.Store.Commit(ctx, change) }) // others' come first
	if err != nil {
		return done, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, x := range cases {
		b.cases[x.ID] = x
	}
	return done, nil
}

// draft returns a copy of what is not published yet, in a state and version; version 0 is any.
func (b *Book) draft(id string, version int, s State) (*private, error) {
	p := b.of(id)
	switch {
	case p.Case == nil || p.Case.State != s && s != "":
		return nil, ErrNone
	case version != 0 && version != p.Case.Version:
		return nil, ErrChanged
	}
	return p, nil
}

// Release publishes what waits, as the moderator has left it: by names of fields, title, text,
// purpose, sector and organisation. What is not given stays.
func (b *Book) Release(ctx context.Context, author, id string, version int, edits map[string]string) (*Case,
	store.Commit, error) {
	end, err := b.begin(ctx)
	if err != nil {
		return nil, store.Commit{}, err
	}
	defer end()
	p, err := b.draft(id, version, Waiting)
	if err != nil {
		return nil, store.Commit{}, err
	}
	x := p.Case
	for name, into := range map[string]*string{"title": &x.Title, "text": &x.Text, "purpose": &x.Purpose,
		"sector": &x.Sector, "organisation": &x.Organisation} {
		if text, ok := edits[name]; ok {
			*into = text
		}
	}
	d := Draft{Kind: x.Kind, Title: x.Title, Text: x.Text, Purpose: cmp.Or(x.Purpose, "-"), Sector: x.Sector,
		Datasets: x.Datasets, Address: "a@example.tw"}
	if err := d.check(); err != nil {
		return nil, store.Commit{}, err
	}
	if err := knownOrganisation(b, x.Organisation, true); err != nil {
		return nil, store.Commit{}, err
	}
	if x.Title, x.Text = d.Title, d.Text; x.Purpose != "" {
		x.Purpose = d.Purpose
	}
	now := b.o.Now()
	publish(b, x, now)
	done, err := b.commit(ctx, author, x)
	if err != nil {
		return nil, done, err
	}
	p.Case = nil
	tell(b, p, x)
	b.put(id, p) // it is published, whether that can be written or not
	defer b.awake()
	return x, done, b.keep(id, p)
}

// publish makes what was released a case that is accepted.
func publish(b *Book, x *Case, now time.Time) {
	x.Version++
	x.Events = nil
	x.step(&b.c, Accepted, Event{At: now})
	if r, ok := b.c.rule(x, answer); ok {
		x.AnswerDue = endOfDay(x.Filed, r.Days)
	}
	if x.Kind == Request && x.Organisation != "" {
		x.step(&b.c, Responsible, Event{At: now})
	}
}

func knownOrganisation(b *Book, id string, none bool) error {
	if id == "" && none {
		return nil
	}
	if _, ok := b.o.Directory.ByID(id); !ok {
		return &InputError{"organisation", fmt.Sprintf("there is no organisation %.60q in the directory", id),
			"請選擇清單中的機關"}
	}
	return nil
}

// Reject takes away what waits. With a text, who filed it is told why.
func (b *Book) Reject(ctx context.Context, id string, version int, why string) error {
	end, err := b.begin(ctx)
	if err != nil {
		return err
	}
	defer end()
	p, err := b.draft(id, version, Waiting)
	if err != nil {
		return err
	}
	if err := cleanText("text", &why, MaxText, false, false); err != nil {
		return err
	}
	title := p.Case.Title
	p.Case, p.Mails, p.Told, p.Asked = nil, nil, nil, b.o.Now()
	if why == "" || p.Address == "" {
		p.Address = ""
	} else {
		write(b, p, rejectLetter(b, p, title, why))
	}
	defer b.awake()
	return b.keep(id, p)
}

// Who acts for the catalogue or for an organisation.
type Who struct {
	Author       string
	Central      bool   // a maintainer
	Organisation string // of a provider
}

// Rights says what somebody may do with a case: nothing; what its organisation may; or also what
// the sector's coordinating unit and maintainers may.
func (b *Book) Rights(x *Case, w Who) (may, central bool) {
	central = w.Central || w.Organisation != "" && slices.Contains(coordinating(b, x), w.Organisation)
	return central || w.Organisation != "" && w.Organisation == x.Organisation, central
}

// coordinating are the units that coordinate the sector of a case.
func coordinating(b *Book, x *Case) []string {
	sector := x.Sector
	if sector == "" {
		o, _ := b.o.Directory.ByID(x.Organisation)
		sector = cmp.Or(o.Sector, "cross-sector")
	}
	return b.o.Coordinating[sector]
}

// Step is what somebody does with a case.
type Step struct {
	Action       string // the name of one of [Actions]
	Version      int    // of the case, as it was seen
	Text         string // public
	Reason       string // code of the list
	Organisation string // of assign
	Expected     string // of open, partly and track: the dataset that is to come
	Result       string // of close: the dataset that came, as Expected
}

// textless are the actions that need no words.
var textless = []string{"assign", "confirm", "close"}

// Act does something with a case.
func (b *Book) Act(ctx context.Context, w Who, id string, s Step) (*Case, store.Commit, error) {
	end, err := b.begin(ctx)
	if err != nil {
		return nil, store.Commit{}, err
	}
	defer end()
	x, ok := b.cases[id]
	if !ok {
		return nil, store.Commit{}, ErrNone
	}
	may, central := b.Rights(x, w)
	if !may {
		return nil, store.Commit{}, ErrRole
	}
	if s.Version != x.Version {
		return nil, store.Commit{}, ErrChanged
	}
	possible := x.Possible(true)
	i := slices.IndexFunc(possible, func(a Action) bool { return a.Name == s.Action })
	switch {
	case i < 0:
		return nil, store.Commit{}, &InputError{"action",
			fmt.Sprintf("%.40q is not possible in the state %s", s.Action, x.State), "目前的狀態不能如此處理"}
	case possible[i].Central && !central:
		return nil, store.Commit{}, ErrRole
	case len(x.Events) >= maxEvents:
		return nil, store.Commit{}, &InputError{"action", fmt.Sprintf("it has %d steps: no more are kept", maxEvents),
			fmt.Sprintf("已有 %d 個步驟，不能再增加", maxEvents)}
	}
	x = x.clone()
	if err := act(b, ctx, x, w, s, possible[i]); err != nil {
		return nil, store.Commit{}, err
	}
	x.Version++
	done, err := b.commit(ctx, w.Author, x)
	if err != nil {
		return nil, done, err
	}
	if b.vault == nil {
		return x, done, nil
	}
	p := b.of(id)
	tell(b, p, x)
	defer b.awake()
	return x, done, b.keep(id, p)
}

// act changes a case by an action.
func act(b *Book, ctx context.Context, x *Case, w Who, s Step, a Action) error {
	if err := cleanText("text", &s.Text, MaxText, !slices.Contains(textless, a.Name), false); err != nil {
		return err
	}
	if a.Reason && !IsReason(s.Reason) {
		return &InputError{"reason", "choose one of the list", "請選擇清單中的理由"}
	}
	if err := cleanText("expected", &s.Expected, maxExpected, false, true); err != nil {
		return err
	}
	now := b.o.Now()
	e := Event{At: now, By: w.Organisation, Text: s.Text}
	switch a.Name {
	case "assign":
		if err := knownOrganisation(b, s.Organisation, false); err != nil {
			return err
		}
		x.Organisation = s.Organisation
	case "decline":
		x.Organisation = ""
	case "open", "partly", "refuse":
		x.Decision, x.Reason = a.To, ""
		if a.Reason {
			x.Reason = s.Reason
		}
	case "close":
		iri, err := dataset(b, ctx, cmp.Or(s.Result, x.Expected))
		if err != nil {
			return err
		}
		x.Result = iri
	case "reopen":
		x.Decision, x.Reason, x.Expected, x.Result = "", "", "", ""
	}
	if s.Expected != "" && (a.To == Open || a.To == Partly || a.To == Tracking) {
		x.Expected = s.Expected
	}
	if x.Answered.IsZero() && (a.To == Open || a.To == Partly || a.To == Refused || a.Comment) {
		x.Answered = now
	}
	x.step(&b.c, a.To, e)
	if a.To == Open || a.To == Partly {
		x.step(&b.c, Tracking, Event{At: now, Auto: true})
	}
	return nil
}

// dataset returns the IRI of the dataset of the catalogue that a text names.
func dataset(b *Book, ctx context.Context, text string) (string, error) {
	sn, err := b.o.Store.Snapshot()
	if err != nil {
		return "", err
	}
	defer sn.Close()
	iri, ok, err := findDataset(ctx, sn, b.o.Base, text)
	if err == nil && !ok {
		err = &InputError{"result", "it is no dataset of this catalogue, or of more than one: give its address, or " +
			"source/identifier", "不是本目錄的資料集，或不只一個：請填網址，或來源/識別碼"}
	}
	return iri, err
}

// maxNamed bounds the datasets with one identifier that are looked at.
const maxNamed = 100

// findDataset returns the dataset that is there under an IRI, as source/identifier, or alone under
// an identifier.
func findDataset(ctx context.Context, sn *store.Snapshot, base dcat.Base, text string) (iri string, ok bool,
	err error) {
	text = strings.TrimSpace(text)
	candidates := []string{text}
	if source, id, found := strings.Cut(text, "/"); found && !strings.Contains(text, ":") {
		candidates = append(candidates, base.Dataset(source, id))
	}
	if text == "" {
		return "", false, nil
	}
	for _, c := range candidates {
		if term.CheckIRI(c) != nil {
			continue
		}
		if is, err := isDataset(ctx, sn, term.NewIRI(c)); is || err != nil {
			return c, is, err
		}
	}
	p, known, err := sn.PatternOf(term.Term{}, term.NewIRI(vocab.DCTIdentifier), term.NewString(text), term.Term{})
	if err != nil || !known {
		return "", false, err
	}
	found := map[string]bool{}
	for q, err := range sn.Match(ctx, p, store.OrderFor(p)) {
		if err != nil {
			return "", false, err
		}
		if len(found) > maxNamed {
			break
		}
		if is, err := isDataset(ctx, sn, q.Subject); err != nil {
			return "", false, err
		} else if is {
			found[strings.Clone(q.Subject.Value())] = true
		}
	}
	for one := range found {
		iri = one
	}
	return iri, len(found) == 1, nil
}

// isDataset reports whether something is a dataset that has not been withdrawn.
func isDataset(ctx context.Context, sn *store.Snapshot, s term.Term) (bool, error) {
	p, known, err := sn.PatternOf(s, term.NewIRI(vocab.RDFType), term.NewIRI(vocab.DCATDataset), term.Term{})
	if err != nil || !known {
		return false, err
	}
	for _, err := range sn.Match(ctx, p, store.OrderFor(p)) {
		return err == nil, err
	}
	return false, nil
}

// notifier sends mail.
func notifier(b *Book, to ...string) *notify.Notifier {
	return notify.New(notify.Options{Config: b.c.Mail.of(to...), Getenv: b.o.Getenv, Dial: b.o.Dial})
}

// awake has mails be sent soon.
func (b *Book) awake() {
	select {
	case b.wake <- struct{}{}:
	default: // it will look anyway
	}
}
