package subscribe

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"fincat/harvest/feed"
	"fincat/harvest/feed/listing"
	"fincat/harvest/fetch"
	"fincat/harvest/notify"
	"fincat/harvest/queries/saved"
	"fincat/sparql"
	"fincat/store"
	"fincat/vocab"
	"fincat/vocab/dcat"
	"fincat/vocab/term"
)

const (
	base   = dcat.Base("https://data.example.tw/")
	secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
)

// receiver is one of webhooks, which checks every signature.
type receiver struct {
	*httptest.Server
	t *testing.T

	mu      sync.Mutex
	answers []int // of the next messages, then 204
	tries   int
	ids     map[string]int // how often a message came
	events  []string       // of messages that were taken for the first time
	link    string         // to end the subscription
}

func newReceiver(t *testing.T) *receiver {
	r := &receiver{t: t, ids: map[string]int{}}
	r.Server = httptest.NewServer(r)
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.tries++
	text, _ := io.ReadAll(req.Body)
	id, stamp := req.Header.Get("webhook-id"), req.Header.Get("webhook-timestamp")
	key, _ := notify.ParseSecret(secret)
	at, err := strconv.ParseInt(stamp, 10, 64)
	want := key.Headers(id, time.Unix(at, 0), text)
	signed := req.Header.Get("webhook-signature")
	if err != nil || id == "" || signed != want["webhook-signature"] || len(text) > 20_000 {
		r.t.Errorf("message %q of %d bytes at %q signed %q", id, len(text), stamp, signed)
	}
	var b body
	if err := json.Unmarshal(text, &b); err != nil || b.Type != "datasets.changed" {
		r.t.Errorf("%s: %v", text, err)
	}
	r.ids[id]++
	r.link = b.Data.Unsubscribe
	if len(r.answers) > 0 {
		status := r.answers[0]
		r.answers = r.answers[1:]
		if status == 0 {
			panic(http.ErrAbortHandler)
		}
		w.WriteHeader(status)
		if status/100 != 2 {
			return
		}
	} else {
		w.WriteHeader(http.StatusNoContent)
	}
	for _, e := range b.Data.Events {
		r.events = append(r.events, strings.TrimPrefix(e.Type, "dataset.")+" "+
			strings.TrimPrefix(e.Dataset, string(base)+"dataset/"))
	}
}

// take returns the events that came, and forgets them.
func (r *receiver) take() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := r.events
	r.events = nil
	return out
}

func (r *receiver) say(statuses ...int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.answers, r.tries = statuses, 0
}

type bench struct {
	t      *testing.T
	store  *store.Store
	engine *sparql.Engine
	to     *receiver
	config Config
	dir    string
}

func newBench(t *testing.T, hook Webhook) *bench {
	t.Helper()
	s, err := store.Open(t.Context(), store.Options{CacheBytes: 32 << 20})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	e, err := sparql.New(sparql.Options{Store: s})
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{t: t, store: s, engine: e, to: newReceiver(t), dir: t.TempDir()}
	hook.ID, hook.SecretEnv = "desk", "SECRET"
	if hook.URL == "" {
		hook.URL = b.to.URL
	}
	b.config = Config{Webhooks: []Webhook{hook}, Queries: map[string]string{
		"cards": "SELECT ?dataset { GRAPH ?g { ?dataset <" + vocab.DCTTitle + "> ?t FILTER CONTAINS(?t, '卡') } }"}}
	b.put("twse", "old", "舊 卡")
	return b
}

// put puts a dataset into the catalogue; without a title it is removed.
func (b *bench) put(source, id, title string) {
	b.t.Helper()
	d := &dcat.Dataset{Identifier: id, Title: dcat.Texts(title)}
	d.Assign(base, source, id)
	g := term.NewIRI(base.Graph(source, id))
	var quads []term.Quad
	add := func(s, p string, o term.Term) {
		quads = append(quads, term.Quad{Subject: term.NewIRI(s), Predicate: term.NewIRI(p), Object: o, Graph: g})
	}
	if title != "" {
		for _, t := range d.Triples() {
			quads = append(quads, t.In(g))
		}
		add(base.SourceCatalog(source), vocab.DCATDatasetProperty, term.NewIRI(d.IRI))
		add(base.Record(source, id), vocab.FOAFPrimaryTopic, term.NewIRI(d.IRI))
	}
	_, err := b.store.Commit(b.t.Context(), store.Change{Replace: map[term.Term][]term.Quad{g: quads}})
	if err != nil {
		b.t.Fatal(err)
	}
}

// run lets a dispatcher work, which is stopped with the test or by stop.
func (b *bench) run() (d *Dispatcher, stop func()) {
	b.t.Helper()
	client, err := fetch.NewClient(fetch.Options{Permitted: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}})
	if err != nil {
		b.t.Fatal(err)
	}
	l, err := listing.Open(listing.Options{Store: b.store, Dir: b.dir + "/feed", Describe: feed.Texts})
	if err != nil {
		b.t.Fatal(err)
	}
	d = New(Options{Store: b.store, Listing: l, Engine: b.engine, Client: client, Base: base, Config: b.config,
		Dir: b.dir + "/subscriptions", Getenv: func(string) string { return secret }})
	d.pauses = []time.Duration{20 * time.Millisecond, 40 * time.Millisecond}
	ctx, cancel := context.WithCancel(b.t.Context())
	wait := d.Start(ctx)
	stop = sync.OnceFunc(func() { cancel(); wait() })
	b.t.Cleanup(stop)
	b.until("it has begun", func() bool {
		_, ok, err := d.files.load("desk")
		return ok && err == nil
	})
	return d, stop
}

func (b *bench) until(what string, is func() bool) {
	b.t.Helper()
	for end := time.Now().Add(time.Minute); !is(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			b.t.Fatalf("never: %s", what)
		}
	}
}

// want waits until events came, and no others.
func (b *bench) want(events ...string) {
	b.t.Helper()
	var got []string
	b.until(fmt.Sprint(events), func() bool {
		got = append(got, b.to.take()...)
		return len(got) >= len(events)
	})
	if !slices.Equal(got, events) {
		b.t.Errorf("got %q, want %q", got, events)
	}
}

// settled waits until every change is told and its answer heard.
func (b *bench) settled(d *Dispatcher) {
	b.t.Helper()
	b.until("everything is told", func() bool {
		all, err := d.Statuses()
		log, logErr := d.o.Listing.Log(b.t.Context())
		if err != nil || logErr != nil {
			b.t.Fatal(err, logErr)
		}
		parts := log.Fragments()
		return all[0].After.Equal(parts[len(parts)-1].Last) && all[0].Waiting == 0 && all[0].Next.IsZero()
	})
}

// TestFollow follows a dataset, a source, a filter and a saved query: each is told of what it
// follows and of nothing else, each change once and in sequence.
func TestFollow(t *testing.T) {
	for _, tt := range []struct {
		name string
		hook Webhook
		want []string
	}{
		{"dataset", Webhook{Dataset: "twse/a"}, []string{"created twse/a", "updated twse/a", "deleted twse/a"}},
		{"source", Webhook{Source: "twse"}, []string{"created twse/a", "created twse/c", "updated twse/a",
			"updated twse/old", "deleted twse/a"}},
		{"filter", Webhook{Filter: map[string]string{"q": "卡", "source": "tpex"}}, []string{"created tpex/b"}},
		{"query", Webhook{Query: "cards"}, []string{"created twse/a", "created tpex/b", "updated twse/a",
			"deleted twse/old", "deleted twse/a"}},
		{"saved query", Webhook{Query: "saved/cards"}, []string{"created twse/a", "created tpex/b", "updated twse/a",
			"deleted twse/old", "deleted twse/a"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := newBench(t, tt.hook)
			text := "#+ defaults:\n#+   - word: 卡\n" +
				strings.Replace(b.config.Queries["cards"], "'卡'", "?_word", 1)
			if _, _, err := saved.Save(t.Context(), b.store, base, saved.Draft{Name: "cards", Title: "Cards",
				Text:   text,
				Author: "mei"}); err != nil {
				t.Fatal(err)
			}
			d, _ := b.run()
			for _, change := range [][3]string{{"twse", "a", "信用卡"}, {"tpex", "b", "金融卡"}, {"twse", "c", "股票"},
				{"twse", "a", "信用卡 新"}, {"twse", "old", "舊"}, {"twse", "a", ""}} {
				b.put(change[0], change[1], change[2])
				b.settled(d) // a query sees states, not each commit
			}
			b.want(tt.want...)
			for id, n := range b.to.ids {
				if n != 1 {
					t.Errorf("the message %s came %d times", id, n)
				}
			}
		})
	}
}

// TestRetry keeps a message that is not taken, in spite of faults, lost answers and new starts of
// the process, and sends it again as it was; what happens meanwhile follows.
func TestRetry(t *testing.T) {
	b := newBench(t, Webhook{Source: "twse"})
	_, stop := b.run()
	b.to.say(503, 0, 429, 404, 500, 500, 500, 500, 500, 500)
	b.put("twse", "a", "一")
	b.until("four attempts", func() bool { b.to.mu.Lock(); defer b.to.mu.Unlock(); return b.to.tries >= 4 })
	stop()
	for i := range 120 { // while nothing runs
		b.put("twse", fmt.Sprintf("n%03d", i), "表")
	}
	b.to.say(200)
	d, stop := b.run()
	want := []string{"created twse/a"}
	for i := range 120 {
		want = append(want, fmt.Sprintf("created twse/n%03d", i))
	}
	b.want(want...)
	b.to.mu.Lock()
	first := 0
	for _, n := range b.to.ids {
		first = max(first, n)
	}
	if len(b.to.ids) != 4 || first < 4 { // one that was sent again, and the 120 in three
		t.Errorf("messages: %v", b.to.ids)
	}
	b.to.mu.Unlock()
	b.settled(d)
	stop()
	_, _ = b.run() // nothing whose answer was heard is told twice
	b.put("twse", "z", "末")
	b.want("created twse/z")
}

// TestEnd ends subscriptions: by 410, by the link with its token and by no other, and lets one go
// on from then.
func TestEnd(t *testing.T) {
	b := newBench(t, Webhook{Source: "twse"})
	d, _ := b.run()
	mux := http.NewServeMux()
	for route, h := range d.Handlers() {
		mux.Handle(route, h)
	}
	ask := func(method, path string, want int) string {
		t.Helper()
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), method, path, nil))
		if w.Code != want {
			t.Errorf("%s %s: %d, want %d: %s", method, path, w.Code, want, w.Body)
		}
		return w.Body.String()
	}
	ended := func() bool {
		all, err := d.Statuses()
		if err != nil {
			t.Fatal(err)
		}
		return !all[0].Ended.IsZero() && all[0].Why != ""
	}
	b.put("twse", "a", "一")
	b.want("created twse/a")
	path := strings.TrimPrefix(b.to.link, string(base))
	ask("POST", "/feed/unsubscribe/desk?token=x", http.StatusNotFound)
	ask("POST", "/feed/unsubscribe/other?token=x", http.StatusNotFound)
	if page := ask("GET", "/"+path, http.StatusOK); !strings.Contains(page, `<form method="post">`) || ended() {
		t.Errorf("the link ends it by itself, or asks nothing: %s", page)
	}
	ask("POST", "/"+path, http.StatusNoContent)
	if !ended() {
		t.Error("the link did not end it")
	}
	b.put("twse", "b", "二")
	ask("POST", "/admin/subscriptions/desk", http.StatusNoContent)
	b.until("it goes on", func() bool {
		return !ended() && !strings.Contains(ask("GET", "/admin/subscriptions", 200),
			`"follows":""`)
	})
	b.until("it has begun anew", func() bool { s, _, _ := d.files.load("desk"); return s.Follows != "" })
	b.to.say(410)
	b.put("twse", "c", "三")
	b.until("410 ends it", ended)
	b.put("twse", "d", "四")
	time.Sleep(50 * time.Millisecond)
	if got := b.to.take(); len(got) > 0 {
		t.Errorf("told after the end: %v", got)
	}
	ask("POST", "/admin/subscriptions/nobody", http.StatusNotFound)
}

// TestGuarded refuses to send into a private network that nobody has permitted.
func TestGuarded(t *testing.T) {
	b := newBench(t, Webhook{Source: "twse", URL: "https://127.0.0.2:9/"})
	d, _ := b.run()
	b.put("twse", "a", "一")
	b.until("it is refused", func() bool {
		all, err := d.Statuses()
		return err == nil && strings.Contains(all[0].Error, "private network")
	})
}

func TestConfig(t *testing.T) {
	known := func(id string) bool { return id == "twse" }
	k := Known{Base: "https://e.tw/", Source: known, Organisation: known}
	follow := func(name, value string) func(*Webhook) {
		return func(w *Webhook) { w.Source, w.Filter = "", map[string]string{name: value} }
	}
	ok := Webhook{ID: "a", URL: "https://x.tw/", SecretEnv: "S", Source: "twse"}
	for want, change := range map[string]func(*Webhook){
		"":                                  func(*Webhook) {},
		"use a-z, 0-9 and -":                func(w *Webhook) { w.ID = "A b" },
		"give an address":                   func(w *Webhook) { w.URL = "x.tw" },
		"holds a password":                  func(w *Webhook) { w.URL = "https://a:b@x.tw/" },
		"unencrypted":                       func(w *Webhook) { w.URL = "http://x.tw/" },
		"secret_env":                        func(w *Webhook) { w.SecretEnv = secret },
		"say what it follows":               func(w *Webhook) { w.Dataset = "twse/a" },
		"there is no source":                func(w *Webhook) { w.Source = "x" },
		"there is no saved":                 func(w *Webhook) { w.Source, w.Query = "", "x" },
		`saved query "saved/"`:              func(w *Webhook) { w.Source, w.Query = "", "saved/" },
		"neither an identifier":             follow("sector", "a b"),
		"dataset: \"no iri\" is no dataset": func(w *Webhook) { w.Source, w.Dataset = "", "no iri" },
		"dataset: \"https://x.tw/dataset/a/b\" is no": func(w *Webhook) {
			w.Source, w.Dataset = "", "https://x.tw/dataset/a/b"
		},
		"filter: sector: there is no \"shipping\"":  follow("sector", "shipping"),
		"filter: source: there is no \"tpex\"":      follow("source", "tpex"),
		"filter: publisher: there is no \"nobody\"": follow("publisher", "nobody"),
		"filter: theme: there is no \"zzz\"":        follow("theme", "zzz"),
		"filter: format=\"zzz\": not a known":       follow("format", "zzz"),
		"filter: q: nothing is given":               follow("q", " "),
		"filter: there is no": func(w *Webhook) {
			w.Source, w.Filter = "", map[string]string{"modified_since": "x"}
		},
	} {
		w := ok
		change(&w)
		c := Config{Webhooks: []Webhook{w}}
		err := c.Validate(k)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) ||
			err != nil && strings.Contains(err.Error(), secret) {
			t.Errorf("%+v: %v, want %q", w, err, want)
		}
	}
	for name, text := range map[string]string{"x y": "SELECT * {}", "ask": "ASK {}", "bad": "SELECT"} {
		if err := (&Config{Queries: map[string]string{name: text}}).Validate(k); err == nil {
			t.Errorf("query %s: no error", name)
		}
	}
}
