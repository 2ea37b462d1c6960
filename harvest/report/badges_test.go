package report

import (
	"context"
	"encoding/base64"
	"errors"
	"io"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"strings"
	"testing"
	"time"

	"fincat/harvest/notify/mailtest"
	"fincat/store"
)

// TestBadges tells each receiver of the badges of its datasets that have changed: once, also when
// a process was ended while it told, and nobody of what was before.
func TestBadges(t *testing.T) {
	s, p := year(t), mailtest.New(t)
	now := time.Date(2026, 7, 2, 0, 0, 0, 0, taipei)
	tell := func(change func(*MailerOptions)) error {
		_, err := mailerOf(t, s, p, change).Badges(t.Context(), now)
		return err
	}
	if err := tell(nil); err != nil || p.Count("boss@example.tw") != 0 {
		t.Fatalf("the first time %d mails, %v", p.Count("boss@example.tw"), err)
	}
	// As if nobody had been told of anything yet.
	_, err := s.Commit(t.Context(), store.Change{Put: map[string][]byte{badgesKey: []byte(`{"done":0,"upto":0}`)}})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	dials := 0
	m := mailerOf(t, s, p, func(o *MailerOptions) {
		o.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
			if dials++; dials > 1 { // the process is ended after the first mail
				cancel()
				return nil, errors.New("cut off")
			}
			return (&net.Dialer{}).DialContext(ctx, network, address)
		}
	})
	if _, err := m.Badges(ctx, now); err == nil {
		t.Fatal("no error although it was broken off")
	}
	for range 2 {
		if err := tell(nil); err != nil {
			t.Fatal(err)
		}
	}
	for to, n := range map[string]int{"boss@example.tw": 1, "group@example.tw": 1, "open@twse.example": 1,
		"open@tpex.example": 0} {
		if got := p.Count(to); got != n {
			t.Errorf("%s got %d mails, want %d", to, got, n)
		}
	}
	text := body(t, p.Mails("open@twse.example")[0])
	if !strings.Contains(text, "金 → 銀") || !strings.Contains(text, "銀 → 金") || !strings.Contains(text, "dataset/") {
		t.Errorf("mail %s", text)
	}
}

// body reads the text of a mail that has nothing attached.
func body(t *testing.T, text string) string {
	t.Helper()
	m, err := mail.ReadMessage(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	r := m.Body
	switch m.Header.Get("Content-Transfer-Encoding") {
	case "base64":
		r = base64.NewDecoder(base64.StdEncoding, r)
	case "quoted-printable":
		r = quotedprintable.NewReader(r)
	}
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
