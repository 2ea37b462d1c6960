package report

import (
	"context"
	"encoding/base64"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net"
	"net/mail"
	"slices"
	"strings"
	"testing"
	"time"

	"fincat/harvest/notify/mailtest"
	"fincat/store"
)

// mailerOf sends to two receivers of all and one of twse, tpex and an absent provider each.
func mailerOf(t testing.TB, s *store.Store, p *mailtest.Server, change func(*MailerOptions)) *Mailer {
	t.Helper()
	to := map[string][]string{All: {"boss@example.tw", "group@example.tw"}, "twse": {"open@twse.example"},
		"tpex": {"open@tpex.example"}}
	o := MailerOptions{Store: s, Base: base, Author: "tester",
		Pauses: []time.Duration{time.Millisecond, time.Millisecond},
		Config: Config{Mail: &Mail{Server: p.Address, From: "data@example.tw", To: to}}}
	if change != nil {
		change(&o)
	}
	m, err := NewMailer(o)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

var afterQuarter = time.Date(2026, 10, 5, 8, 0, 0, 0, taipei)

func send(t testing.TB, m *Mailer, again bool) (states []string) {
	t.Helper()
	list, err := m.Send(t.Context(), Quarter{2026, 3}, afterQuarter, again)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range list {
		states = append(states, d.To+" "+d.State)
	}
	return states
}

// TestMail sends reports to a mail server, and opens what arrived.
func TestMail(t *testing.T) {
	s, p := year(t), mailtest.New(t)
	p.Busy(2) // the first mail is tried three times
	m := mailerOf(t, s, p, nil)
	want := []string{"boss@example.tw sent", "group@example.tw sent", "open@tpex.example nothing to send",
		"open@twse.example sent"}
	if got := send(t, m, false); !slices.Equal(got, want) {
		t.Fatalf("sent %q, want %q", got, want)
	}
	want = []string{"boss@example.tw sent before", "group@example.tw sent before", "open@tpex.example nothing to send",
		"open@twse.example sent before"}
	if got := send(t, mailerOf(t, s, p, nil), false); !slices.Equal(got, want) {
		t.Errorf("the second time %q, want %q", got, want)
	}
	for to, n := range map[string]int{"boss@example.tw": 1, "group@example.tw": 1, "open@twse.example": 1,
		"open@tpex.example": 0} {
		if got := p.Count(to); got != n {
			t.Errorf("%s got %d mails, want %d", to, got, n)
		}
	}
	send(t, m, true)
	if p.Count("boss@example.tw") != 2 {
		t.Error("--again does not send again")
	}
	checkMail(t, p.Mails("open@twse.example")[0])
	if id := func(i int) string { return header(t, p.Mails("boss@example.tw")[i]).Get("Message-Id") }; id(0) == id(1) {
		t.Errorf("both mails are %s", id(0))
	}
}

func header(t testing.TB, text string) mail.Header {
	t.Helper()
	m, err := mail.ReadMessage(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return m.Header
}

// checkMail reads the mail to twse: text, page and workbook.
func checkMail(t *testing.T, text string) {
	t.Helper()
	msg, err := mail.ReadMessage(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	subject, _ := new(mime.WordDecoder).DecodeHeader(msg.Header.Get("Subject"))
	if subject != "[fincat] 2026Q3 資料品質季報 臺灣證券交易所股份有限公司" || msg.Header.Get("To") != "<open@twse.example>" {
		t.Errorf("subject %q to %q", subject, msg.Header.Get("To"))
	}
	_, set, err := mime.ParseMediaType(msg.Header.Get("Content-Type"))
	if err != nil {
		t.Fatal(err)
	}
	found := map[string][]byte{}
	for parts := multipart.NewReader(msg.Body, set["boundary"]); ; {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		var r io.Reader = part
		if part.Header.Get("Content-Transfer-Encoding") == "base64" {
			r = base64.NewDecoder(base64.StdEncoding, part)
		}
		if found[part.FileName()], err = io.ReadAll(r); err != nil {
			t.Fatal(err)
		}
	}
	for _, want := range []string{"金標章以上比率", "60.0 %", "待辦 to do: 2", "缺少 丁 丁 is missing"} {
		if !strings.Contains(string(found[""]), want) {
			t.Errorf("the text lacks %q:\n%s", want, found[""])
		}
	}
	checkPage(t, "attached", found["2026Q3-twse.html"], "臺灣證券交易所")
	if work := cells(t, found["2026Q3-twse.xlsx"])["待辦 To do"]; len(work) != 3 {
		t.Errorf("the workbook has %q", work)
	}
}

// TestMailFaults: what certainly did not arrive is sent again, what may have arrived is not.
func TestMailFaults(t *testing.T) {
	s, p := year(t), mailtest.New(t)
	p.Trouble("boss@example.tw", "group@example.tw")
	m := mailerOf(t, s, p, nil)
	want := []string{"boss@example.tw sending", "group@example.tw failed", "open@tpex.example nothing to send",
		"open@twse.example sent"}
	if got := send(t, m, false); !slices.Equal(got, want) {
		t.Fatalf("sent %q, want %q", got, want)
	}
	p.Trouble("", "")
	want[1], want[3] = "group@example.tw sent", "open@twse.example sent before"
	if got := send(t, m, false); !slices.Equal(got, want) {
		t.Errorf("the second time %q, want %q", got, want)
	}
	if p.Count("boss@example.tw") != 1 {
		t.Errorf("boss has %d mails, want the one of which nobody knows", p.Count("boss@example.tw"))
	}
}

// TestMailCrash ends the process, as it were, while a mail is handed over.
func TestMailCrash(t *testing.T) {
	s, p := year(t), mailtest.New(t)
	ctx, crash := context.WithCancel(t.Context())
	dialled := 0
	m := mailerOf(t, s, p, func(o *MailerOptions) {
		o.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
			if dialled++; dialled == 2 {
				crash()
				return nil, context.Canceled
			}
			return (&net.Dialer{}).DialContext(ctx, network, address)
		}
	})
	if _, err := m.Send(ctx, Quarter{2026, 3}, afterQuarter, false); err == nil {
		t.Error("no error after the end")
	}
	want := []string{"boss@example.tw sent before", "group@example.tw sent", "open@tpex.example nothing to send",
		"open@twse.example sent"}
	if got := send(t, mailerOf(t, s, p, nil), false); !slices.Equal(got, want) {
		t.Errorf("after it %q, want %q", got, want)
	}
	if p.Count("boss@example.tw") != 1 {
		t.Errorf("boss has %d mails", p.Count("boss@example.tw"))
	}
}

// TestMailSoFar sends the report of a quarter that goes on, and its final one later.
func TestMailSoFar(t *testing.T) {
	s, p := year(t), mailtest.New(t)
	m := mailerOf(t, s, p, nil)
	for _, day := range []time.Time{afterQuarter.AddDate(0, -1, 0), afterQuarter.AddDate(0, -1, 0), afterQuarter} {
		if _, err := m.Send(t.Context(), Quarter{2026, 3}, day, false); err != nil {
			t.Fatal(err)
		}
	}
	if p.Count("boss@example.tw") != 2 {
		t.Errorf("boss has %d mails, want one so far and the final one", p.Count("boss@example.tw"))
	}
}

func TestConfig(t *testing.T) {
	known := func(id string) bool { return id == "twse" }
	to := map[string][]string{"twse": {"a@example.tw"}}
	tests := []struct {
		name string
		c    Config
		want string
	}{
		{"empty", Config{}, ""},
		{"good", Config{Schedule: "0 8 5 1,4,7,10 *", Mail: &Mail{Server: "m:25", From: "a@example.tw", To: to}}, ""},
		{"schedule", Config{Schedule: "sometimes", Mail: &Mail{Server: "m:25", From: "a@example.tw", To: to}},
			"sometimes"},
		{"nobody", Config{Schedule: "@daily"}, "nobody gets"},
		{"no receivers", Config{Mail: &Mail{Server: "m:25", From: "a@example.tw"}}, "to:"},
		{"provider", Config{Mail: &Mail{Server: "m:25", From: "a@example.tw",
			To: map[string][]string{"x": {"a@example.tw"}}}}, `no organisation "x"`},
		{"address", Config{Mail: &Mail{Server: "m:25", From: "a@example.tw", To: map[string][]string{All: {"a b"}}}},
			"all: mail: to"},
		{"goal", Config{Goals: map[string]float64{"golden": 1}}, `no target "golden"`},
		{"share", Config{Goals: map[string]float64{"gold": 99}}, "share from 0 to 1"},
	}
	for _, tt := range tests {
		err := tt.c.Validate(known)
		if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: error %v, want %q", tt.name, err, tt.want)
		}
	}
}
