package publish

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"fincat/harvest/fetch"
	"fincat/harvest/link"
	"fincat/store"
	"fincat/vocab"
	"fincat/vocab/dcat"
	"fincat/vocab/term"
)

const base = dcat.Base("https://data.example.tw/")

// bench is a store with datasets of two sources, and a stand-in for the portal.
type bench struct {
	t      *testing.T
	store  *store.Store
	portal *standIn
	client *fetch.Client
	dir    *dcat.Directory
	config Config
	now    time.Time
	turn   sync.Mutex
}

func newBench(t *testing.T, ids ...string) *bench {
	t.Helper()
	s, err := store.Open(t.Context(), store.Options{CacheBytes: 32 << 20})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	dir, err := dcat.NewDirectory()
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{t: t, store: s, portal: newStandIn(t), dir: dir,
		now: time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)}
	b.client, err = fetch.NewClient(fetch.Options{Permitted: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")},
		Getenv: func(name string) string { return map[string]string{"KEY": standInKey, "OTHER": "x"}[name] }})
	if err != nil {
		t.Fatal(err)
	}
	b.config = Config{URL: b.portal.url(), Sources: []string{"twse"},
		Policy: fetch.Policy{TokenEnv: "KEY", Rate: fetch.Rate{Every: time.Microsecond}},
		Fields: map[string]string{"categoryTheme": "001", "categoryDataset": "A", "detectFrequency": "everyday",
			"dataProvider": "loginaccount"}}
	b.put(base.SchemesGraph(), dcat.Schemes(base))
	b.put(base.OrgGraph(), dir.Triples(base))
	for _, id := range ids {
		b.dataset(id, nil)
	}
	return b
}

func (b *bench) put(graph string, triples []term.Triple) {
	b.t.Helper()
	g, quads := term.NewIRI(graph), []term.Quad{}
	for _, tr := range triples {
		quads = append(quads, tr.In(g))
	}
	_, err := b.store.Commit(b.t.Context(), store.Change{Replace: map[term.Term][]term.Quad{g: quads}})
	if err != nil {
		b.t.Fatal(err)
	}
}

// dataset puts a dataset into the catalogue.
func (b *bench) dataset(id string, change func(*dcat.Dataset)) {
	b.t.Helper()
	d := &dcat.Dataset{Identifier: id, Title: dcat.Texts("表 " + id), Description: dcat.Texts("說明"),
		License: dcat.OGDL, FrequencyAs: "每日", Theme: []string{base.Theme("800")}, Language: []string{},
		Fields: dcat.Texts("日期、代號"), Keyword: dcat.Texts("股票", "公司"), Note: dcat.Texts("備註一"),
		LandingPage: []string{"https://www.twse.com.tw/" + id},
		Contact:     []dcat.Contact{{Name: "林小姐", Phone: "02-23165300", Email: "a@twse.example"}},
		Modified:    term.NewLiteral("2026-11-01", vocab.XSDDate),
		Distribution: []dcat.Distribution{{DownloadURL: "https://www.twse.com.tw/" + id + ".csv", FormatAs: "CSV",
			Encoding: "UTF-8", Quantity: "4600", Checked: term.NewLiteral("2026-11-01", vocab.XSDDate)}}}
	if change != nil {
		change(d)
	}
	source := "twse"
	d.Assign(base, source, id)
	triples := d.Triples()
	add := func(s, p string, o term.Term) {
		triples = append(triples, term.Triple{Subject: term.NewIRI(s), Predicate: term.NewIRI(p), Object: o})
	}
	add(d.IRI, vocab.DCTPublisher, term.NewIRI(base.Org("twse")))
	add(base.Record(source, id), vocab.FOAFPrimaryTopic, term.NewIRI(d.IRI))
	b.put(base.Graph(source, id), triples)
}

func (b *bench) publisher() *Publisher {
	p, err := New(Options{Store: b.store, Base: base, Client: b.client, Directory: b.dir, Config: b.config,
		Author: "amy", Turn: &b.turn, Now: func() time.Time { return b.now }})
	if err != nil {
		b.t.Fatal(err)
	}
	return p
}

func (b *bench) plan() *Plan {
	b.t.Helper()
	p, err := b.publisher().Plan(b.t.Context())
	if err != nil {
		b.t.Fatal(err)
	}
	return p
}

// send publishes, and fails unless that ended as wanted: "" for no error.
func (b *bench) send(want string, o SendOptions) *Plan {
	b.t.Helper()
	p, err := b.publisher().Send(b.t.Context(), o)
	if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
		b.t.Errorf("Send = %v, want an error with %q", err, want)
	}
	return p
}

// said puts a plan into lines.
func said(p *Plan) (lines []string) {
	for _, i := range p.Items {
		line := string(i.Action) + " " + strings.TrimPrefix(i.Dataset, string(base)+"dataset/") + " " + i.ID
		if i.Done != "" {
			line += ": " + i.Done
		}
		if len(i.Why)+len(i.Error) > 0 {
			line += " (" + strings.Join(i.Why, "; ") + i.Error + ")"
		}
		lines = append(lines, line)
	}
	return lines
}

func (b *bench) want(what string, p *Plan, lines ...string) {
	b.t.Helper()
	got := said(p)
	ok := len(got) == len(lines)
	for i := range min(len(got), len(lines)) {
		ok = ok && strings.Contains(got[i], lines[i])
	}
	if !ok {
		b.t.Errorf("%s:\n%s\nwant\n%s", what, strings.Join(got, "\n"), strings.Join(lines, "\n"))
	}
}

// TestPublish creates, changes and withdraws datasets; whatever is asked twice is done once.
func TestPublish(t *testing.T) {
	b := newBench(t, "a", "b")
	plan := b.plan()
	b.want("plan", plan, "create twse/a", "create twse/b")
	if len(b.portal.calls) > 0 || plan.Confirm != "" {
		t.Errorf("a plan asked the portal: %v; confirm %q", b.portal.calls, plan.Confirm)
	}
	b.want("send", b.send("", SendOptions{}), "create twse/a 6564: created", "create twse/b 6565: created")
	b.want("again", b.send("", SendOptions{}), "unchanged twse/a 6564", "unchanged twse/b 6565")
	if n := b.portal.made("POST"); n != 2 {
		t.Errorf("%d POSTs, want 2", n)
	}
	b.dataset("a", func(d *dcat.Dataset) { d.Title, d.Note = dcat.Texts("新表"), nil })
	plan = b.plan()
	b.want("changed", plan, "update twse/a 6564", "unchanged twse/b")
	for _, want := range []Difference{{"notes", "備註一", ""}, {"title", "表 a", "新表"}} {
		if !slices.Contains(plan.Items[0].Changes, want) {
			t.Errorf("changes %v, want %v among them", plan.Items[0].Changes, want)
		}
	}
	b.want("update", b.send("", SendOptions{}), "update twse/a 6564: updated", "unchanged")
	if r := b.portal.record("6564"); r["title"] != "新表" || r["notes"] != "" {
		t.Errorf("the portal has %v", r)
	}

	b.config.Except = []string{"twse/a"}
	b.put(base.Graph("twse", "b"), nil)
	plan = b.plan()
	b.want("withdrawals", plan, "withdraw twse/a 6564 (the configuration", "withdraw twse/b 6565 (it is not in")
	b.want("without leave", b.send("", SendOptions{}), "withdraw twse/a 6564 (", "withdraw twse/b 6565 (")
	for _, confirm := range []string{"", "2-00000000"} {
		var unconfirmed *UnconfirmedError
		if _, err := b.publisher().Send(t.Context(), SendOptions{Withdraw: true, Confirm: confirm}); !errors.As(err,
			&unconfirmed) || unconfirmed.Plan.Confirm != plan.Confirm {
			t.Errorf("confirm %q: %v", confirm, err)
		}
	}
	if n := b.portal.made("DELETE"); n != 0 {
		t.Fatalf("%d datasets were withdrawn without a confirmation", n)
	}
	b.config.Except = nil // another list has another code
	b.send("--confirm", SendOptions{Withdraw: true, Confirm: plan.Confirm})
	b.config.Except = []string{"twse/a"}
	b.want("withdraw", b.send("", SendOptions{Withdraw: true, Confirm: plan.Confirm}),
		"withdraw twse/a 6564: withdrawn", "withdraw twse/b 6565: withdrawn")
	b.want("after", b.plan())

	b.config.Except = nil // it comes back, which the portal does not know
	b.want("final", b.plan(), "held twse/a 6564 (the portal withdrew it for good")
	if err := b.publisher().Forget(t.Context(), []string{"twse/a"}); err != nil {
		t.Fatal(err)
	}
	b.want("forgotten", b.send("", SendOptions{}), "create twse/a 6566: created")
	if err := b.publisher().Forget(t.Context(), []string{"twse/a"}); err == nil {
		t.Error("what is at the portal was forgotten")
	}
}

// TestBody checks what is sent against the example of the guide: it has these fields and no
// others, and they are of the same kind.
func TestBody(t *testing.T) {
	b := newBench(t, "a")
	b.send("", SendOptions{})
	got := b.portal.record("6564")
	want := map[string]any{"categoryTheme": "001", "categoryService": "800", "categoryDataset": "A",
		"identifier": "twse__a", "title": "表 a", "description": "說明", "license": "1", "cost": "free",
		"dataProvider": "loginaccount", "publisherOID": "2.16.886.101.20003.20052.20004",
		"publisherContactName": "林小姐", "publisherContactPhone": "02-23165300",
		"publisherContactEmail": "a@twse.example", "updateFrequency": "每日", "detectFrequency": "everyday",
		"relatedUrl": "https://www.twse.com.tw/a", "notes": "備註一"}
	for name, v := range want {
		if got[name] != v {
			t.Errorf("%s: %v, want %v", name, got[name], v)
		}
	}
	var example map[string]any
	data, err := os.ReadFile("testdata/create.json")
	if err == nil {
		err = json.Unmarshal(data, &example)
	}
	if err != nil {
		t.Fatal(err)
	}
	same := func(place string, got, example map[string]any) {
		for name, v := range got {
			w, ok := example[name]
			if name == "resourceAmount" {
				w, ok = example["resourceAmount "] // as the guide prints it
			}
			if !ok || fmt.Sprintf("%T", v) != fmt.Sprintf("%T", w) {
				t.Errorf("%s%s is %T, in the guide's example %T", place, name, v, w)
			}
		}
	}
	same("", got, example)
	one := got["distribution"].([]any)[0].(map[string]any)
	same("distribution ", one, example["distribution"].([]any)[0].(map[string]any))
	for name, v := range map[string]string{"resourceDescription": "表 a", "resourceField": "日期、代號",
		"resourceFormat": "CSV", "resourceCharacterEncoding": "UTF-8", "resourceAmount": "4600",
		"resourceDownloadUrl": "https://www.twse.com.tw/a.csv"} {
		if one[name] != v {
			t.Errorf("%s: %v, want %v", name, one[name], v)
		}
	}
	if l := got["keyword"].([]any); len(l) != 2 {
		t.Errorf("keywords %v", l)
	}
}

// TestHeld checks what is not sent, and that each says what to do.
func TestHeld(t *testing.T) {
	b := newBench(t)
	b.dataset("bare", func(d *dcat.Dataset) { d.Contact, d.License, d.Distribution = nil, "", nil })
	b.dataset("cc", func(d *dcat.Dataset) { d.License = "https://creativecommons.org/licenses/by/4.0/" })
	b.dataset("whole", nil)
	b.want("plan", b.plan(), "held twse/bare", "held twse/cc", "create twse/whole")
	why := strings.Join(b.plan().Items[0].Why, "\n")
	for _, w := range []string{"publisherContactName: complete it at the source, or give it under publish: fields:",
		"publisherContactEmail:", "license:", "cost:", "distribution: the dataset has no file"} {
		if !strings.Contains(why, w) {
			t.Errorf("held because of\n%s\nwant %q", why, w)
		}
	}
	if why := b.plan().Items[1].Why; len(why) != 2 || !strings.Contains(why[0], "publish: licences:") ||
		!strings.HasPrefix(why[1], "cost:") {
		t.Errorf("held because of %q", why)
	}
	b.config.Licences = map[string]string{"https://creativecommons.org/licenses/by/4.0/": "2"}
	b.config.Organisations = map[string]map[string]string{"twse": {"cost": "free", "publisherOID": "2.16.1"}}
	if got := b.send("", SendOptions{}); got.Count(Create) != 2 || b.portal.record("6564")["license"] != "2" ||
		b.portal.record("6565")["publisherOID"] != "2.16.1" {
		t.Errorf("%v: %v", said(got), b.portal.records)
	}
	b.config.Organisations = nil // the publisher's number can never change
	b.config.Fields["cost"] = "free"
	b.want("another number", b.plan(), "held twse/bare", "held twse/cc 6564 (publisherOID is 2.16.1 there",
		"held twse/whole 6565 (publisherOID")
	b.config.Datasets = []string{"twse/nobody"}
	if _, err := b.publisher().Plan(t.Context()); err == nil || !strings.Contains(err.Error(), "twse/nobody") {
		t.Errorf("a dataset that there is not: %v", err)
	}
}

// TestRefusals checks that errors with the status 200 and others are understood, that nothing is
// noted as published by them, and that those which no other call could avoid stop the run.
func TestRefusals(t *testing.T) {
	for _, tt := range []struct {
		name, err, item string
		calls           int
		prepare         func(b *bench)
	}{
		{"address", "機關服務申請表", "401", 1, func(b *bench) { b.portal.unregistered = true }},
		{"key", "ER0001", "set the environment variable", 1, func(b *bench) { b.config.TokenEnv = "OTHER" }},
		{"field", "", "ER0032 資料集主題分類錯誤: 無此分類categoryCode=k00", 2, func(b *bench) {
			b.dataset("a", func(d *dcat.Dataset) { d.Theme = nil })
			b.config.Fields["categoryService"] = "k00"
		}},
		{"not allowed", "405", "", 1, func(b *bench) {
			b.portal.hook = func(w http.ResponseWriter, _ *http.Request) bool {
				w.WriteHeader(http.StatusMethodNotAllowed)
				return true
			}
		}},
		{"no key configured", "publish: token_env", "", 0, func(b *bench) { b.config.TokenEnv = "" }},
		{"no key set", "NOT_SET", "", 0, func(b *bench) { b.config.TokenEnv = "NOT_SET" }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := newBench(t, "a", "b")
			tt.prepare(b)
			p := b.send(tt.err, SendOptions{})
			if n := b.portal.made("POST"); n != tt.calls || !strings.Contains(p.Items[0].Error, tt.item) ||
				strings.Contains(p.Items[0].Error, standInKey) {
				t.Errorf("%d POSTs, want %d: %s", n, tt.calls, strings.Join(said(p), "\n"))
			}
			if p := b.plan(); p.Items[0].Action != Create || len(p.Items[0].ID) > 0 {
				t.Errorf("afterwards: %v", said(p))
			}
		})
	}
}

// TestCrash ends a run between a call and the journal, in every way in which its outcome may be
// unknown: the next run finds out what happened, and nothing is there twice.
func TestCrash(t *testing.T) {
	lost := func(w http.ResponseWriter, _ *http.Request) bool { panic(http.ErrAbortHandler) }
	broken := func(w http.ResponseWriter, _ *http.Request) bool {
		w.WriteHeader(http.StatusBadGateway)
		return true
	}
	garbage := func(w http.ResponseWriter, _ *http.Request) bool {
		fmt.Fprint(w, "<html>")
		return true
	}
	for name, how := range map[string]func(http.ResponseWriter, *http.Request) bool{
		"lost": lost, "fault": broken, "garbage": garbage} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, "a")
			b.portal.then(how) // it was done, and nobody knows
			b.want("create", b.send("", SendOptions{}), "create twse/a  (")
			b.portal.then(nil)
			b.dataset("a", func(d *dcat.Dataset) { d.Title = dcat.Texts("另名") }) // in the meantime
			b.portal.search(false)
			b.want("search behind", b.send("", SendOptions{}), "create twse/a  (whether it was created")
			b.portal.search(true)
			b.want("found", b.send("", SendOptions{}), "create twse/a 6564: found and updated")
			if r := b.portal.record("6564"); b.portal.made("POST") != 1 || r["title"] != "另名" {
				t.Errorf("%d POSTs, %v", b.portal.made("POST"), r)
			}
			b.portal.then(how)
			b.dataset("a", nil)
			b.want("update", b.send("", SendOptions{}), "update twse/a 6564 (")
			b.portal.then(nil)
			b.want("update again", b.send("", SendOptions{}), "update twse/a 6564: updated")
			b.config.Sources = nil
			b.portal.then(how)
			p := b.plan()
			o := SendOptions{Withdraw: true, Confirm: p.Confirm}
			b.want("withdraw", b.send("", o), "withdraw twse/a 6564 (")
			b.portal.then(nil)
			b.want("withdraw again", b.send("", o), "withdraw twse/a 6564: withdrawn before")
			if n := b.portal.made("DELETE"); n != 1 {
				t.Errorf("%d DELETEs", n)
			}
		})
	}
	t.Run("never came", func(t *testing.T) {
		b := newBench(t, "a")
		b.portal.instead(broken)
		b.send("", SendOptions{})
		b.portal.instead(nil)
		b.want("too early", b.send("", SendOptions{}), "create twse/a  (whether it was created")
		b.now = b.now.Add(2 * time.Hour)
		b.want("later", b.send("", SendOptions{}), "create twse/a 6564: created")
		if n := len(b.portal.with("twse__a")); n != 1 {
			t.Errorf("%d datasets", n)
		}
	})
	t.Run("no search", func(t *testing.T) {
		b := newBench(t, "a")
		b.portal.silent = true
		b.want("create", b.send("", SendOptions{}), "create twse/a 6564: created")
		b = newBench(t, "a")
		b.portal.instead(broken)
		b.send("", SendOptions{})
		b.portal.instead(nil)
		b.portal.silent = true
		b.now = b.now.Add(2 * time.Hour)
		b.want("in doubt", b.send("", SendOptions{}), "create twse/a  (")
	})
	t.Run("journal lost", func(t *testing.T) {
		b := newBench(t, "a")
		b.send("", SendOptions{})
		j, err := openJournal(t.Context(), b.store, b.portal.url(), "")
		if err == nil {
			err = j.forget(t.Context(), base.Dataset("twse", "a"))
		}
		if err != nil {
			t.Fatal(err)
		}
		b.want("found", b.send("", SendOptions{}), "create twse/a 6564: found and updated")
		b.want("then", b.plan(), "unchanged twse/a 6564")
	})
	t.Run("faults in a row", func(t *testing.T) {
		b := newBench(t, "a", "b", "c", "d", "e")
		b.portal.instead(broken)
		b.send("nothing more is sent", SendOptions{})
		if n := b.portal.made("POST"); n != maxUnsure {
			t.Errorf("%d POSTs to a portal with a fault, want %d", n, maxUnsure)
		}
	})
}

// TestElsewhere checks that only what is ours is changed there.
func TestElsewhere(t *testing.T) {
	b := newBench(t, "a", "b")
	b.send("", SendOptions{})
	b.portal.record("6564")["identifier"] = "other"
	delete(b.portal.records, "6565")
	for _, id := range []string{"a", "b"} {
		b.dataset(id, func(d *dcat.Dataset) { d.Note = dcat.Texts("變") })
	}
	b.want("send", b.send("", SendOptions{}), "update twse/a 6564 (", "update twse/b 6565: gone from the portal")
	if n := b.portal.made("PUT"); n != 0 {
		t.Errorf("%d PUTs to what is not ours", n)
	}
	b.want("then", b.plan(), "update twse/a", "held twse/b 6565 (the portal withdrew it for good")
}

// TestOneAtATime refuses a second run while one goes on, ends one that is cancelled with what it
// knows, and bounds a run.
func TestOneAtATime(t *testing.T) {
	b := newBench(t, "a", "b", "c")
	ctx, cancel := context.WithCancel(t.Context())
	b.portal.then(func(http.ResponseWriter, *http.Request) bool {
		for _, do := range []func() error{
			func() error { _, err := b.publisher().Send(t.Context(), SendOptions{}); return err },
			func() error { return b.publisher().Forget(t.Context(), nil) }} {
			if err := do(); !errors.Is(err, ErrBusy) {
				t.Errorf("a second run: %v", err)
			}
		}
		cancel()
		return false
	})
	if _, err := b.publisher().Send(ctx, SendOptions{}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	b.portal.then(nil)
	if n := b.portal.made("POST"); n != 1 {
		t.Errorf("%d POSTs, want 1", n)
	}
	b.config.MaxChanges = 1
	b.send("max_changes", SendOptions{})
	b.config.MaxChanges = 0
	b.send("", SendOptions{})
	for _, id := range []string{"a", "b", "c"} {
		if n := len(b.portal.with("twse__" + id)); n != 1 {
			t.Errorf("%d datasets twse__%s", n, id)
		}
	}
}

// TestMissing publishes what the portal lacks of an organisation: not what it has through
// another record.
func TestMissing(t *testing.T) {
	b := newBench(t, "a", "b")
	d := &dcat.Dataset{Identifier: "18420", Title: dcat.Texts("表 a"),
		LandingPage: []string{"https://data.gov.tw/dataset/18420"}}
	d.Assign(base, "portal", "18420")
	b.put(base.Graph("portal", "18420"), append(d.Triples(), term.Triple{Subject: term.NewIRI(base.Record("portal",
		"18420")), Predicate: term.NewIRI(vocab.FOAFPrimaryTopic), Object: term.NewIRI(d.IRI)}))
	_, err := link.Decide(t.Context(), b.store, base, link.Decision{Subject: base.Dataset("twse", "a"), Object: d.IRI,
		State: link.Confirmed, Author: "amy"})
	if err != nil {
		t.Fatal(err)
	}
	b.config.Sources, b.config.Missing = nil, []string{"twse"}
	b.want("plan", b.plan(), "at the portal twse/a  (as portal/18420)", "create twse/b")
	b.send("", SendOptions{})
	b.want("sent", b.plan(), "at the portal twse/a", "unchanged twse/b 6564")
	// What was published comes back from the portal and is linked, which makes it no less ours.
	_, err = link.Decide(t.Context(), b.store, base, link.Decision{Subject: base.Dataset("twse", "b"), Object: d.IRI,
		State: link.Confirmed, Author: "amy"})
	if err != nil {
		t.Fatal(err)
	}
	b.want("linked", b.plan(), "at the portal twse/a", "unchanged twse/b 6564")
}

func TestConfig(t *testing.T) {
	kind := func(id string) string { return map[string]string{"twse": "openapi", "national": "datagovtw"}[id] }
	org := func(id string) bool { return id == "twse" }
	for want, c := range map[string]Config{
		"":                            {Sources: []string{"twse"}, Missing: []string{"twse"}},
		`no source "x"`:               {Sources: []string{"x"}},
		"national is the portal":      {Sources: []string{"national"}},
		`no organisation "x"`:         {Missing: []string{"x"}},
		`"title2" is no field`:        {Fields: map[string]string{"title2": "x"}},
		`"modifiedDate" is no field`:  {Organisations: map[string]map[string]string{"twse": {"modifiedDate": "x"}}},
		"unencrypted":                 {URL: "http://data.gov.tw/api"},
		"holds a password":            {URL: "https://a:b@data.gov.tw/api"},
		"name of an environment":      {Policy: fetch.Policy{TokenEnv: "k-1234"}},
		"give at least 1":             {MaxChanges: -1},
		"give an address such as":     {Search: "data.gov.tw"},
		"nothing is given":            {Fields: map[string]string{"dataProvider": ""}},
		`publisherOID "tii": give`:    {Organisations: map[string]map[string]string{"twse": {"publisherOID": "tii"}}},
		`"by" is no licence`:          {Licences: map[string]string{"by": "2"}},
		"is https://creativecommons":  {Licences: map[string]string{"CC BY 4.0": "2"}},
		"code that the portal has":    {Licences: map[string]string{"https://e.tw/terms": ""}},
		`datasets: "x" is no dataset`: {Datasets: []string{"x"}},
		"except: \"https://f.tw/data": {Except: []string{"https://f.tw/dataset/twse/1"}},
		"token_scheme need token_env": {Policy: fetch.Policy{TokenScheme: "none"}},
	} {
		err := c.Validate("https://e.tw/", kind, org)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%+v: %v, want %q", c, err, want)
		}
	}
}
