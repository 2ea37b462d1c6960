package requests

import (
	"context"
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// TestPagesDoNotWait has somebody change something for long: what is shown does not wait, and who
// wants to change something too can give up.
func TestPagesDoNotWait(t *testing.T) {
	d := newDesk(t)
	x := d.released(aRequest())
	key := d.vault.sign("filed", x.ID)
	end, err := d.begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Find(x.ID); err != nil || len(d.List()) != 1 || len(d.Queue()) != 0 {
		t.Error(err)
	}
	if _, err := d.Look(x.ID, "", key); err != nil {
		t.Error(err)
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	_, _, err = d.Act(gone, central, x.ID, Step{Action: "assign", Organisation: "twse", Version: x.Version})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("who is gone still waits: %v", err)
	}
	end()
	d.act(central, x, Step{Action: "assign", Organisation: "twse"})
}

// TestCloseIsTold reads the mail about a request that closed by itself.
func TestCloseIsTold(t *testing.T) {
	d := newDesk(t)
	x := d.act(central, d.released(aRequest()), Step{Action: "assign", Organisation: "twse"})
	d.act(twse, d.act(twse, x, Step{Action: "confirm"}), Step{Action: "open", Text: "開放", Expected: "twse/77"})
	d.put("twse/77", "77")
	if text, _ := d.read(filer); !strings.Contains(text, States[Closed].ZH) {
		t.Errorf("the last mail is %s", text)
	}
}

// TestFolderGone publishes something while the private folder cannot be written: it is published
// once, and a start later puts right what the folder says.
func TestFolderGone(t *testing.T) {
	d := newDesk(t)
	id := d.waiting(aRequest())
	was := d.vault.dir
	d.vault.dir = filepath.Join(was, "gone")
	if _, _, err := d.Release(t.Context(), "", id, 1, nil); err == nil {
		t.Error("nobody hears that the folder is gone")
	}
	x, err := d.Find(id)
	if err != nil || len(d.Queue()) != 0 {
		t.Fatalf("it is published: %v; %d wait", err, len(d.Queue()))
	}
	if _, _, err := d.Release(t.Context(), "", id, 1, nil); !errors.Is(err, ErrNone) {
		t.Errorf("it is published again: %v", err)
	}
	d.vault.dir = was
	d.now = d.now.Add(100 * 24 * time.Hour) // far beyond what it would have waited
	d.open()
	d.tick()
	now, err := d.Find(id)
	if err != nil || now.State != x.State || len(d.Queue()) != 0 {
		t.Errorf("after a start: %+v, %v; %d wait", now, err, len(d.Queue()))
	}
}

// TestSupportBefore counts on where the folder does not know who supported a request before, and
// counts again what the end of the process left uncounted.
func TestSupportBefore(t *testing.T) {
	d := newDesk(t)
	if err := d.Demo(t.Context(), Samples(string(testBase)+"dataset/a/1", "twse")); err != nil {
		t.Fatal(err)
	}
	const id = "20260701-demo22"
	before, err := d.Find(id)
	if err != nil || before.Support < 2 {
		t.Fatalf("%+v, %v", before, err)
	}
	if err := d.Support(t.Context(), id, "bert@example.tw", "zh", "192.0.2.1"); err != nil {
		t.Fatal(err)
	}
	_, link := d.read("bert@example.tw")
	for _, step := range []struct {
		do   func(ctx context.Context, id, person, key string) error
		want int
	}{{d.ConfirmSupport, 1}, {d.Unsupport, 0}, {d.ConfirmSupport, 1}} {
		if err := step.do(t.Context(), id, link.Get("for"), link.Get("key")); err != nil {
			t.Fatal(err)
		}
		if now, _ := d.Find(id); now.Support != before.Support+step.want {
			t.Errorf("support is %d, want %d more than %d", now.Support, step.want, before.Support)
		}
	}
	p := d.of(id)
	p.Supported = append(p.Supported, d.vault.person("carl@example.tw"))
	if err := d.keep(id, p); err != nil { // and then the process ended
		t.Fatal(err)
	}
	d.open()
	d.tick()
	if now, _ := d.Find(id); now.Support != before.Support+2 {
		t.Errorf("after a start support is %d, want %d", now.Support, before.Support+2)
	}
}

// TestNoMailServer has a mail server that nobody reaches: each look at what is due asks it once,
// and the others are not given up.
func TestNoMailServer(t *testing.T) {
	d := newDesk(t)
	var dialed atomic.Int32
	d.o.Dial = func(context.Context, string, string) (net.Conn, error) {
		dialed.Add(1)
		return nil, errors.New("no route")
	}
	for i := range 4 {
		x := aRequest()
		x.Address = fmt.Sprintf("p%d@example.tw", i)
		if _, err := d.File(t.Context(), x, "192.0.2.1"); err != nil {
			t.Fatal(err)
		}
	}
	d.tick()
	if n := dialed.Load(); n != 1 {
		t.Errorf("the server was asked %d times, want 1", n)
	}
	d.o.Dial = nil
	d.now = d.now.Add(time.Hour)
	d.tick()
	for i := range 4 {
		if n := d.mail.Count(fmt.Sprintf("p%d@example.tw", i)); n != 1 {
			t.Errorf("p%d got %d mails, want 1", i, n)
		}
	}
}

// TestRefusedLate refuses something that waited longer than addresses are kept: its mail is sent
// all the same, but where none can be sent the address does not stay.
func TestRefusedLate(t *testing.T) {
	for _, works := range []bool{true, false} {
		d := newDesk(t)
		id := d.waiting(aRequest())
		d.now = d.now.Add(800 * time.Hour)
		d.tick()
		if !works {
			d.c.Mail = nil
		}
		if err := d.Reject(t.Context(), id, 1, "與資料無關"); err != nil {
			t.Fatal(err)
		}
		d.tick()
		if text := strings.Join(d.mail.Mails(filer), ""); works != (d.mail.Count(filer) == 2) {
			t.Errorf("works %v: the mails are %s", works, text)
		}
		d.now = d.now.Add(721 * time.Hour)
		d.tick()
		d.holds(filer, false)
		if len(d.private) != 0 {
			t.Errorf("works %v: %d files are left", works, len(d.private))
		}
	}
}

// TestForgottenWhileSending forgets somebody for whom a mail is about to be sent.
func TestForgottenWhileSending(t *testing.T) {
	d := newDesk(t)
	id, err := d.File(t.Context(), aRequest(), "192.0.2.1")
	if err != nil {
		t.Fatal(err)
	}
	l := outgoing{id, d.private[id].Mails[0]}
	if !d.waits(l) {
		t.Error("it is not sent")
	}
	if err := d.ForgetCase(t.Context(), id); err != nil || d.waits(l) {
		t.Errorf("it is sent: %v", err)
	}
}

// TestDatasetsNamed refuses what is no address, which would stand in dumps.
func TestDatasetsNamed(t *testing.T) {
	d := newDesk(t)
	for _, iri := range []string{"x y", "x> <http://evil.example/", "x\"", "x\n", "x{"} {
		x := aRequest()
		x.Datasets = []string{string(testBase) + "dataset/" + iri}
		var input *InputError
		if _, err := d.File(t.Context(), x, "192.0.2.1"); !errors.As(err, &input) || input.Field != "datasets" {
			t.Errorf("%q: %v", iri, err)
		}
	}
}

// TestFull fills what may wait with addresses that nobody confirms: for an hour nobody else gets
// in, then the oldest give way, and what is confirmed never does.
func TestFull(t *testing.T) {
	d := newDesk(t)
	d.c.Waiting, d.clients.each = 3, 100
	kept := d.waiting(aRequest())
	file := func(i int) error {
		x := aRequest()
		x.Address = fmt.Sprintf("p%d@example.tw", i)
		_, err := d.File(t.Context(), x, "192.0.2.1")
		return err
	}
	for i, want := range []error{nil, nil, ErrMany} {
		if err := file(i); !errors.Is(err, want) {
			t.Errorf("number %d: %v, want %v", i, err, want)
		}
		d.now = d.now.Add(time.Minute)
	}
	d.now = d.now.Add(time.Hour - 2*time.Minute) // the first is older than an hour, the second is not
	for i, want := range []error{nil, ErrMany} {
		if err := file(10 + i); !errors.Is(err, want) {
			t.Errorf("after an hour, number %d: %v, want %v", i, err, want)
		}
	}
	if q := d.Queue(); len(q) != 1 || q[0].ID != kept || len(d.private) != 3 {
		t.Errorf("%d wait to be released, %d files", len(q), len(d.private))
	}
	d.holds("p0@", false)
	d.holds("p1@", true)
}

// TestNobodyKnown has nobody known of an organisation and of the coordinating unit: the moderators
// are told what waits.
func TestNobodyKnown(t *testing.T) {
	d := newDesk(t)
	x := aRequest()
	x.Kind, x.Datasets, x.Organisation = Question, []string{string(testBase) + "dataset/a/1"}, "tpex"
	c := d.released(x)
	d.tick()
	before := d.mail.Count("desk@example.tw")
	d.now = c.Due.Add(-time.Hour)
	d.tick()
	if n := d.mail.Count("desk@example.tw"); before < 2 || n != before+1 {
		t.Errorf("moderators got %d mails, and then %d", before, n)
	}
}
