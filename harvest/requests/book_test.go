package requests

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"mime/quotedprintable"
	"net/mail"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"fincat/harvest/fetch"
	"fincat/harvest/notify/mailtest"
	"fincat/harvest/quality"
	"fincat/store"
	"fincat/vocab"
	"fincat/vocab/dcat"
	"fincat/vocab/term"
)

const testBase dcat.Base = "https://data.example.tw/"

// desk is a book with a clock and a mail server of the test.
type desk struct {
	*Book
	t    *testing.T
	s    *store.Store
	mail *mailtest.Server
	now  time.Time
	dir  string
	log  bytes.Buffer
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	s, err := store.Open(t.Context(), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	d := &desk{t: t, s: s, mail: mailtest.New(t), now: time.Date(2026, 3, 2, 1, 0, 0, 0, time.UTC), dir: t.TempDir()}
	d.open()
	return d
}

// open opens the book, as a server does that starts.
func (d *desk) open() {
	d.t.Helper()
	directory, err := dcat.NewDirectory()
	if err != nil {
		d.t.Fatal(err)
	}
	d.Book, err = New(Options{Store: d.s, Base: testBase, Dir: filepath.Join(d.dir, "requests"), Directory: directory,
		Coordinating: map[string][]string{"insurance": {"tii"}},
		Now:          func() time.Time { return d.now }, Logger: slog.New(slog.NewTextHandler(&d.log, nil)),
		Config: Config{Mail: &Mail{Server: d.mail.Address, From: "fincat@example.tw"}, PerClient: 5, InAll: 50,
			Moderators: []string{"desk@example.tw"}, Contacts: map[string][]string{"twse": {"open@twse.example"},
				"tii": {"open@tii.example"}}}})
	if err != nil {
		d.t.Fatal(err)
	}
}

func (d *desk) tick() {
	d.t.Helper()
	if err := d.Tick(d.t.Context()); err != nil {
		d.t.Error(err)
	}
}

var inMail = regexp.MustCompile(`https://data\.example\.tw/requests/mail\?\S+`)

// read returns the text of the newest mail to an address, and the link in it.
func (d *desk) read(to string) (text string, link url.Values) {
	d.t.Helper()
	d.tick()
	all := d.mail.Mails(to)
	if len(all) == 0 {
		d.t.Fatalf("%s got no mail", to)
	}
	m, err := mail.ReadMessage(strings.NewReader(all[len(all)-1]))
	if err != nil {
		d.t.Fatal(err)
	}
	var b bytes.Buffer
	if _, err := b.ReadFrom(quotedprintable.NewReader(m.Body)); err != nil {
		d.t.Fatal(err)
	}
	u, err := url.Parse(inMail.FindString(b.String()))
	if err != nil {
		d.t.Fatal(err)
	}
	return b.String(), u.Query()
}

const filer = "anna.filer@example.tw"

func aRequest() Draft {
	return Draft{Kind: Request, Title: "信用卡逾期金額", Text: "逐月、逐銀行", Purpose: "研究", Sector: "insurance",
		Address: filer, Lang: "zh"}
}

// waiting files a request and confirms its address.
func (d *desk) waiting(x Draft) (id string) {
	d.t.Helper()
	id, err := d.File(d.t.Context(), x, "192.0.2.1")
	if err != nil {
		d.t.Fatal(err)
	}
	_, link := d.read(x.Address)
	if err := d.Confirm(d.t.Context(), link.Get("case"), link.Get("key")); err != nil {
		d.t.Fatal(err)
	}
	return id
}

func (d *desk) released(x Draft) *Case {
	d.t.Helper()
	id := d.waiting(x)
	c, _, err := d.Release(d.t.Context(), "", id, 1, nil)
	if err != nil {
		d.t.Fatal(err)
	}
	return c
}

func (d *desk) act(w Who, x *Case, s Step) *Case {
	d.t.Helper()
	s.Version = x.Version
	now, _, err := d.Act(d.t.Context(), w, x.ID, s)
	if err != nil {
		d.t.Fatalf("%s: %v", s.Action, err)
	}
	return now
}

var (
	central = Who{Central: true}
	twse    = Who{Organisation: "twse"}
	tii     = Who{Organisation: "tii"}
)

// put adds a dataset to the store.
func (d *desk) put(path, identifier string) {
	d.t.Helper()
	iri, g := term.NewIRI(string(testBase)+"dataset/"+path), term.NewIRI(string(testBase)+"graph/"+path)
	_, err := d.s.Commit(d.t.Context(), store.Change{Replace: map[term.Term][]term.Quad{g: {
		{Subject: iri, Predicate: term.NewIRI(vocab.RDFType), Object: term.NewIRI(vocab.DCATDataset)},
		{Subject: iri, Predicate: term.NewIRI(vocab.DCTIdentifier), Object: term.NewString(identifier)}}}})
	if err != nil {
		d.t.Fatal(err)
	}
}

// TestLife goes through the states of a request, from its filing until its dataset was harvested.
func TestLife(t *testing.T) {
	d := newDesk(t)
	x := d.released(aRequest())
	if x.State != Accepted || x.Due.IsZero() || len(d.Queue()) != 0 {
		t.Fatalf("released: %+v", x)
	}
	_, _, err := d.Act(t.Context(), twse, x.ID, Step{Action: "assign", Version: x.Version})
	if !errors.Is(err, ErrRole) {
		t.Errorf("an organisation that it is not about assigns it: %v", err)
	}
	x = d.act(tii, x, Step{Action: "assign", Organisation: "twse"}) // the sector's coordinating unit
	if _, _, err := d.Act(t.Context(), twse, x.ID, Step{Action: "assign", Version: x.Version,
		Organisation: "tpex"}); !errors.Is(err, ErrRole) {
		t.Errorf("an organisation passes it on: %v", err)
	}
	d.read("open@twse.example")
	x = d.act(twse, x, Step{Action: "confirm"})
	var input *InputError
	for _, s := range []Step{{Action: "refuse", Text: "x"}, {Action: "partly", Reason: "law"}, {Action: "close"},
		{Action: "refuse", Text: "x", Reason: "nothing"}, {Action: "answer", Text: "x"}, {Action: "dance"},
		{Action: "open", Text: strings.Repeat("長", MaxText+1)}, {Action: "open", Text: "a\u202eb"}} {
		s.Version = x.Version
		if _, _, err := d.Act(t.Context(), twse, x.ID, s); !errors.As(err, &input) {
			t.Errorf("%+.60v = %v", s, err)
		}
	}
	d.now = d.now.Add(72 * time.Hour)
	x = d.act(twse, x, Step{Action: "open", Text: "下一季開放", Expected: "twse/77"})
	if x.State != Tracking || x.Decision != Open || x.Answered != d.now || len(x.Events) != 5 {
		t.Errorf("decided: %+v", x)
	}
	if text, _ := d.read(filer); !strings.Contains(text, "下一季開放") || !strings.Contains(text, "開放") {
		t.Errorf("who filed it is told %s", text)
	}
	d.put("other/77x", "77x")
	d.tick()
	if now, _ := d.Find(x.ID); now.State != Tracking {
		t.Errorf("another dataset closes it: %+v", now)
	}
	d.put("twse/77", "77")
	d.tick()
	now, err := d.Find(x.ID)
	if err != nil || now.State != Closed || now.Result != string(testBase)+"dataset/twse/77" ||
		!now.Events[len(now.Events)-1].Auto {
		t.Errorf("the dataset is there: %+v, %v", now, err)
	}
	asked, err := Noted(d.s, quality.Requests{})
	if err != nil || len(asked.List) != 1 || asked.List[0].Answered != "2026-03-05" ||
		asked.List[0].Dataset != now.Result {
		t.Errorf("Noted = %+v, %v", asked, err)
	}
	f := Figures(d.List(), d.now)
	if len(f) != 1 || f[0].InTime != 1 || f[0].Organisation != "twse" || f[0].Quarter != "2026Q1" {
		t.Errorf("Figures = %+v", f)
	}
	d.open() // as after a start
	if again, err := d.Find(x.ID); err != nil || again.State != Closed || again.Version != now.Version {
		t.Errorf("after a start: %+v, %v", again, err)
	}
}

// TestComments answers a question about a dataset.
func TestComments(t *testing.T) {
	d := newDesk(t)
	q := aRequest()
	q.Kind, q.Datasets, q.Organisation = Fault, []string{string(testBase) + "dataset/twse/1"}, "twse"
	x := d.released(q)
	if _, _, err := d.Act(t.Context(), tii, x.ID, Step{Action: "answer", Text: "x", Version: x.Version}); err != nil {
		t.Errorf("the coordinating unit of its sector answers: %v", err)
	}
	x, _ = d.Find(x.ID)
	x = d.act(twse, x, Step{Action: "settle", Text: "已更正"})
	if x.State != Closed || x.Answered.IsZero() {
		t.Errorf("answered: %+v", x)
	}
	asked, err := Noted(d.s, quality.Requests{})
	if err != nil || len(asked.List) != 1 || asked.List[0].Dataset != q.Datasets[0] {
		t.Errorf("Noted = %+v, %v", asked, err)
	}
	if err := d.Support(d.t.Context(), x.ID, "b@example.tw", "zh", "192.0.2.9"); !errors.Is(err, ErrNone) {
		t.Errorf("supporting a comment: %v", err)
	}
}

// TestReminders lets deadlines come and go: each is told once, and the coordinating unit at last.
func TestReminders(t *testing.T) {
	d := newDesk(t)
	x := d.released(aRequest())
	x = d.act(central, x, Step{Action: "assign", Organisation: "twse"})
	d.tick()
	told := func() int { return d.mail.Count("open@twse.example") + d.mail.Count("open@tii.example") }
	began := told()
	for day := range 20 {
		d.now = d.now.Add(24 * time.Hour)
		d.tick()
		d.tick()
		now, _ := d.Find(x.ID)
		if late := d.now.After(x.Due.Add(72 * time.Hour)); now.Escalated != late {
			t.Errorf("on day %d escalated is %v, due %v", day, now.Escalated, x.Due)
		}
	}
	// Before the end, and at the escalation.
	if n := told() - began; n != 2 {
		t.Errorf("%d mails about the deadline, want one before it and one after it", n)
	}
	d.open()
	d.tick()
	if now, _ := d.Find(x.ID); !now.Escalated || told() > began+2 {
		t.Errorf("after a start it is told again: %+v", now)
	}
	f := Figures(d.List(), d.now.Add(90*24*time.Hour))
	if len(f) != 1 || f[0].Overdue != 1 {
		t.Errorf("Figures = %+v", f)
	}
}

// TestSupport counts each address once, and keeps none.
func TestSupport(t *testing.T) {
	d := newDesk(t)
	x := d.released(aRequest())
	for _, to := range []string{"bert@example.tw", "carl@example.tw", "bert+more@example.tw", "Bert@EXAMPLE.tw"} {
		if err := d.Support(d.t.Context(), x.ID, to, "en", "192.0.2."+to[:1]); err != nil {
			t.Fatalf("%s: %v", to, err)
		}
		_, link := d.read(to)
		for range 2 {
			if err := d.ConfirmSupport(t.Context(), link.Get("case"), link.Get("for"), link.Get("key")); err != nil {
				t.Fatal(err)
			}
		}
	}
	if now, _ := d.Find(x.ID); now.Support != 2 || now.Version != x.Version {
		t.Errorf("support is %d, version %d, want 2 and %d", now.Support, now.Version, x.Version)
	}
	if err := d.ConfirmSupport(t.Context(), x.ID, d.vault.person("eve@example.tw"), "x"); !errors.Is(err, ErrKey) {
		t.Errorf("a link that nobody was sent: %v", err)
	}
	d.holds("bert", false)
	n, _, err := d.ForgetAddress(t.Context(), "admin", "bert@example.tw")
	if now, _ := d.Find(x.ID); n != 1 || err != nil || now.Support != 1 {
		t.Errorf("forgetting an address = %d, %v; support %d", n, err, now.Support)
	}
}

// holds asks whether anything in the private folder names somebody, and that nothing in the store
// and the log does.
func (d *desk) holds(word string, want bool) {
	d.t.Helper()
	found := false
	err := fs.WalkDir(os.DirFS(d.dir), ".", func(path string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			var text []byte
			text, err = os.ReadFile(filepath.Join(d.dir, path))
			found = found || bytes.Contains(text, []byte(word))
			if info, _ := e.Info(); info.Mode().Perm()&0o077 != 0 {
				d.t.Errorf("others may read %s", path)
			}
		}
		return err
	})
	if err != nil || found != want {
		d.t.Errorf("the private folder has %q: %v, %v; want %v", word, found, err, want)
	}
	var backup bytes.Buffer
	if _, err := d.s.Backup(d.t.Context(), &backup); err != nil {
		d.t.Fatal(err)
	}
	sn, err := d.s.Snapshot()
	if err != nil {
		d.t.Fatal(err)
	}
	defer sn.Close()
	for q, err := range sn.Match(d.t.Context(), store.Pattern{}, store.OrderFor(store.Pattern{})) {
		if err != nil || strings.Contains(q.Object.Value(), word) {
			d.t.Errorf("the store says %v, %v", q, err)
		}
	}
	for name, err := range d.s.List("") {
		if err != nil {
			d.t.Fatal(err)
		}
		if text, _, _ := d.s.Get(name); bytes.Contains(text, []byte(word)) {
			d.t.Errorf("the store has %s in %s", word, name)
		}
	}
	if strings.Contains(d.log.String(), word) {
		d.t.Errorf("the log is %s", &d.log)
	}
}

// TestForget deletes who filed something: on request, when nobody confirmed it, when it was
// refused, and long after the end.
func TestForget(t *testing.T) {
	d := newDesk(t)
	x := d.released(aRequest())
	d.holds("anna.filer", true)
	_, link := d.read(filer)
	if done, err := d.Forget(d.t.Context(), x.ID, link.Get("key")+"x"); !errors.Is(err, ErrKey) || done {
		t.Errorf("with a wrong key: %v, %v", done, err)
	}
	if done, err := d.Forget(d.t.Context(), x.ID, link.Get("key")); err != nil || !done {
		t.Errorf("Forget = %v, %v", done, err)
	}
	d.holds("anna.filer", false)
	if done, err := d.Forget(d.t.Context(), x.ID, link.Get("key")); err != nil || done {
		t.Errorf("a second time: %v, %v", done, err)
	}
	one := aRequest()
	one.Address = "carol@example.tw"
	id, err := d.File(d.t.Context(), one, "192.0.2.7")
	if err != nil {
		t.Fatal(err)
	}
	d.holds("carol", true)
	d.now = d.now.Add(49 * time.Hour)
	d.tick()
	d.holds("carol", false)
	if err := d.Confirm(d.t.Context(), id, d.vault.sign("filed", id)); !errors.Is(err, ErrKey) {
		t.Errorf("confirming too late: %v", err)
	}
	one.Address = "dora@example.tw"
	if err := d.Reject(d.t.Context(), d.waiting(one), 1, "與資料無關"); err != nil {
		t.Fatal(err)
	}
	if text, _ := d.read("dora@example.tw"); !strings.Contains(text, "與資料無關") {
		t.Errorf("who is refused is told %s", text)
	}
	d.holds("dora", false)
	one.Address, one.Kind, one.Datasets = "emil@example.tw", Question, []string{string(testBase) + "dataset/a/1"}
	one.Organisation = "twse"
	d.act(twse, d.released(one), Step{Action: "answer", Text: "x"})
	d.tick()
	d.holds("emil", true)
	d.now = d.now.Add(721 * time.Hour)
	d.tick()
	d.holds("emil", false)
}

// TestTrouble lets the mail server be busy, refuse and break off: mail is tried again, and no
// address is in the log.
func TestTrouble(t *testing.T) {
	d := newDesk(t)
	d.mail.Busy(1)
	if _, err := d.File(d.t.Context(), aRequest(), "192.0.2.1"); err != nil {
		t.Fatal(err)
	}
	d.tick()
	if d.mail.Count(filer) != 0 {
		t.Fatal("the server was busy")
	}
	d.open()
	d.now = d.now.Add(5 * time.Minute)
	d.tick()
	d.tick()
	if n := d.mail.Count(filer); n != 1 {
		t.Errorf("%d mails, want 1", n)
	}
	d.mail.Trouble("", "nobody@example.tw")
	one := aRequest()
	one.Address = "nobody@example.tw"
	if _, err := d.File(d.t.Context(), one, "192.0.2.2"); err != nil {
		t.Fatal(err)
	}
	d.tick()
	if !strings.Contains(d.log.String(), "550") || strings.Contains(d.log.String(), "@example.tw") {
		t.Errorf("the log is %s", &d.log)
	}
}

// TestConcurrent answers one case many times at once: one answer counts, the others are refused.
func TestConcurrent(t *testing.T) {
	d := newDesk(t)
	x := d.act(central, d.released(aRequest()), Step{Action: "assign", Organisation: "twse"})
	x = d.act(twse, x, Step{Action: "confirm"})
	var all sync.WaitGroup
	var done, refused atomic.Int32
	for i := range 50 {
		all.Go(func() {
			_, _, err := d.Act(t.Context(), twse, x.ID, Step{Action: "refuse", Reason: "law", Text: fmt.Sprint(i),
				Version: x.Version})
			switch {
			case err == nil:
				done.Add(1)
			case errors.Is(err, ErrChanged):
				refused.Add(1)
			}
		})
	}
	all.Wait()
	now, _ := d.Find(x.ID)
	if done.Load() != 1 || refused.Load() != 49 || len(now.Events) != len(x.Events)+1 {
		t.Errorf("%d answers count, %d are refused; %+v", done.Load(), refused.Load(), now)
	}
}

// TestFlood files 10,000 requests from one network and from as many: no more are taken than may
// be, none is in the queue, and nobody gets more than three mails.
func TestFlood(t *testing.T) {
	for _, many := range []bool{false, true} {
		d := newDesk(t)
		taken := 0
		for i := range 10_000 {
			x, client := aRequest(), "192.0.2.1"
			if many {
				client = fmt.Sprintf("10.%d.%d.1", i/256, i%256)
				x.Address = fmt.Sprintf("a%d@example.tw", i)
			}
			_, err := d.File(d.t.Context(), x, client)
			switch {
			case err == nil:
				taken++
			case !errors.Is(err, ErrMany):
				t.Fatal(err)
			}
		}
		if want := map[bool]int{false: 3, true: 50}[many]; taken != want {
			t.Errorf("many %v: %d are taken, want %d", many, taken, want)
		}
		if len(d.Queue()) != 0 || len(d.List()) != 0 || len(d.private) != taken {
			t.Errorf("many %v: %d wait, %d are published", many, len(d.Queue()), len(d.List()))
		}
		d.tick()
		if n := d.mail.Count(filer); n > 3 {
			t.Errorf("one person got %d mails", n)
		}
		d.now = d.now.Add(2 * time.Hour)
		one := aRequest()
		one.Address = "honest@example.tw"
		if id := d.waiting(one); len(d.Queue()) != 1 || d.Queue()[0].ID != id {
			t.Errorf("afterwards the queue is %v", d.Queue())
		}
	}
}

// TestDrafts refuses what no request is.
func TestDrafts(t *testing.T) {
	d := newDesk(t)
	for name, change := range map[string]func(*Draft){
		"kind": func(x *Draft) { x.Kind = "war" }, "no title": func(x *Draft) { x.Title = " \n" },
		"title": func(x *Draft) { x.Title = strings.Repeat("x", MaxTitle+1) },
		"text":  func(x *Draft) { x.Text = strings.Repeat("長", 1<<20) },
		"bytes": func(x *Draft) { x.Text = "a\xff" }, "control": func(x *Draft) { x.Text = "a\x00b" },
		"direction": func(x *Draft) { x.Title = "a\u202etxt" }, "lines": func(x *Draft) { x.Title = "a\nb" },
		"purpose": func(x *Draft) { x.Purpose = "" }, "sector": func(x *Draft) { x.Sector = "war" },
		"datasets": func(x *Draft) { x.Datasets = make([]string, 11) },
		"foreign":  func(x *Draft) { x.Datasets = []string{"https://evil.example/dataset/1"} },
		"address":  func(x *Draft) { x.Address = "a@b.tw\r\nBcc: c@d.tw" },
		"named":    func(x *Draft) { x.Address = "A <a@example.tw>" },
		"two":      func(x *Draft) { x.Address = "a@example.tw, b@example.tw" },
		"long":     func(x *Draft) { x.Address = strings.Repeat("a", 300) + "@example.tw" },
	} {
		x := aRequest()
		change(&x)
		var input *InputError
		if _, err := d.File(d.t.Context(), x, "192.0.2."+fmt.Sprint(len(name))); !errors.As(err, &input) ||
			strings.Contains(err.Error(), x.Address) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestForms(t *testing.T) {
	d := newDesk(t)
	stamp := d.Stamp()
	for _, tt := range []struct {
		after time.Duration
		stamp string
		want  bool
	}{{0, stamp, false}, {2 * time.Second, stamp, false}, {time.Second, stamp, true}, {0, stamp + "x", false},
		{0, "", false}, {0, "1.x", false}, {25 * time.Hour, stamp, false}} {
		d.now = d.now.Add(tt.after)
		if got := d.Patient(tt.stamp); got != tt.want {
			t.Errorf("Patient(%q) = %v, want %v", tt.stamp, got, tt.want)
		}
	}
	for remote, want := range map[string]string{"192.0.2.1:80": "192.0.2.1", "[2001:db8::1]:80": "2001:db8::/64",
		"[::ffff:192.0.2.1]:80": "192.0.2.1", "x": "unknown"} {
		if got := Network(remote); got != want {
			t.Errorf("Network(%q) = %q, want %q", remote, got, want)
		}
	}
}

func TestConfig(t *testing.T) {
	known := func(id string) bool { return id == "twse" }
	mail := &Mail{Server: "mail.example.tw:587", From: "a@example.tw"}
	for name, c := range map[string]Config{
		"state":     {Rules: []Rule{{State: "open", Days: 1}}},
		"days":      {Rules: []Rule{{State: Assessment}}},
		"remind":    {Rules: []Rule{{State: Assessment, Days: 3, Remind: 4}}},
		"sector":    {Rules: []Rule{{State: Assessment, Days: 3, Sector: "war"}}},
		"nobody":    {Rules: []Rule{{State: Assessment, Days: 3, Organisation: "x"}}},
		"kind":      {Rules: []Rule{{State: Assessment, Days: 3, Kind: "x"}}},
		"no mail":   {Moderators: []string{"a@example.tw"}},
		"server":    {Mail: &Mail{Server: "x", From: "a@example.tw"}},
		"contact":   {Mail: mail, Contacts: map[string][]string{"x": {"a@example.tw"}}},
		"moderator": {Mail: mail, Moderators: []string{"a"}},
		"number":    {PerClient: -1},
	} {
		if err := c.Validate(known); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	good := Config{Mail: mail, Moderators: []string{"a@example.tw"},
		Contacts: map[string][]string{"twse": {"b@twse.tw"}}, Confirm: fetch.Duration(time.Hour),
		Rules: []Rule{{State: Assessment, Organisation: "twse", Days: 10}}}
	if err := good.Validate(known); err != nil {
		t.Error(err)
	}
	c := good.withDefaults()
	for org, want := range map[string]int{"twse": 10, "tpex": 30} {
		if r, ok := c.rule(&Case{Kind: Request, Organisation: org}, Assessment); !ok || r.Days != want {
			t.Errorf("the rule of %s is %+v, want %d days", org, r, want)
		}
	}
}

// TestOff shows what is published where nothing is taken.
func TestOff(t *testing.T) {
	d := newDesk(t)
	x := d.released(aRequest())
	directory, err := dcat.NewDirectory()
	if err != nil {
		t.Fatal(err)
	}
	b, err := New(Options{Store: d.s, Base: testBase, Directory: directory})
	if err != nil || b.Takes() || len(b.List()) != 1 {
		t.Fatalf("New = %+v, %v", b, err)
	}
	if _, err := b.File(t.Context(), aRequest(), ""); !errors.Is(err, ErrOff) {
		t.Error(err)
	}
	if _, err := b.Look(x.ID, "", "x"); !errors.Is(err, ErrOff) {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	b.Run(ctx)
}

// TestSamples: what is made up is marked and counts in no figure.
func TestSamples(t *testing.T) {
	d := newDesk(t)
	if err := d.Demo(t.Context(), Samples(string(testBase)+"dataset/a/1", "cdic")); err != nil {
		t.Fatal(err)
	}
	asked, err := Noted(d.s, quality.Requests{})
	if err != nil || len(d.List()) < 3 || len(asked.List) != 0 || len(Figures(d.List(), d.now)) != 0 {
		t.Errorf("%d cases, noted %v, %v", len(d.List()), asked, err)
	}
	for _, x := range d.List() {
		if _, ok := d.o.Directory.ByID(x.Organisation); !x.Demo || !ok || !strings.Contains(x.Title, "示範") {
			t.Errorf("%+v is not marked, or its organisation is unknown", x)
		}
	}
}
