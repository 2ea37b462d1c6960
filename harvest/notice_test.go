package harvest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"fincat/harvest/history"
	"fincat/store"
)

// hook is a receiver of webhooks.
type hook struct {
	mu     sync.Mutex
	got    []map[string]any
	tokens []string
}

func (k *hook) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	k.mu.Lock()
	defer k.mu.Unlock()
	var m map[string]any
	if err := json.NewDecoder(r.Body).Decode(&m); err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	k.got, k.tokens = append(k.got, m), append(k.tokens, r.Header.Get("Authorization"))
	w.WriteHeader(http.StatusNoContent)
}

// take returns the events received since the last call.
func (k *hook) take() (events []string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, m := range k.got {
		events = append(events, fmt.Sprint(m["event"]))
	}
	k.got = nil
	return events
}

// newNotified returns a harvester of a mutable source with the given notify:
// section, and what it logs.
func newNotified(t *testing.T, s *store.Store, notify string) (*mutable, *Harvester, *bytes.Buffer) {
	t.Helper()
	m := &mutable{}
	srv := httptest.NewServer(m)
	t.Cleanup(srv.Close)
	cfg, err := ParseConfig(strings.NewReader(fmt.Sprintf(`
base: %s
harvest:
  allow_private_addresses: true
  notify: %s
sources: [{id: bb, kind: datagovtw, url: "%s/export", rate: 1000/s, retries: 0, tombstone_after: 1}]
`, testBase, notify, srv.URL)))
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	getenv := func(name string) string {
		return map[string]string{"HOOK_TOKEN": "s3cret", "MAIL_USER": "fincat", "MAIL_PASSWORD": "pa55"}[name]
	}
	h, err := New(Options{Store: s, Config: cfg, Getenv: getenv, Logger: slog.New(slog.NewTextHandler(&log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	return m, h, &log
}

func TestNotifySequence(t *testing.T) {
	k := &hook{}
	srv := httptest.NewServer(k)
	defer srv.Close()
	m, h, _ := newNotified(t, openStore(t), fmt.Sprintf("{webhook: '%s/in', webhook_token_env: HOOK_TOKEN}", srv.URL))
	ctx, start := t.Context(), time.Now()
	good, bad := func() { m.set(200, "application/json", manifest(10)) }, func() { m.set(404, "text/plain", "gone") }
	half := func() { m.set(200, "application/json", manifest(5)) }
	run := func() (*history.Report, error) { return h.Run(ctx, "bb", RunOptions{}) }
	dry := func() (*history.Report, error) { return h.Run(ctx, "bb", RunOptions{DryRun: true}) }
	cancelled := func() (*history.Report, error) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		_, err := h.Run(ctx, "bb", RunOptions{Progress: func(Progress) { cancel() }})
		if err == nil {
			return nil, fmt.Errorf("a cancelled run is no error")
		}
		return nil, nil
	}
	undo := func() (*history.Report, error) {
		runs, err := h.history.RunsOf(ctx, "bb")
		if err != nil {
			return nil, err
		}
		return h.Undo(ctx, runs[0].Run)
	}
	interrupted := func() (*history.Report, error) {
		rep := &history.Report{Source: "bb", Start: h.now(), Status: history.Interrupted, Reason: "the process ended"}
		var err error
		if rep.Run, err = h.history.NewID("bb", rep.Start); err != nil {
			return nil, err
		}
		return rep, h.record(ctx, rep, history.StepEnd)
	}
	steps := []struct {
		name   string
		source func()
		do     func() (*history.Report, error)
		want   []string
	}{
		{"first run", good, run, nil},
		{"unchanged", good, run, nil},
		{"dry run of a broken source", bad, dry, nil},
		{"fails", bad, run, []string{"failing"}},
		{"interrupted", bad, interrupted, nil},
		{"fails again", bad, run, nil},
		{"cancelled", good, cancelled, nil},
		{"fails a third time", bad, run, nil},
		{"works", good, run, []string{"recovered"}},
		{"cancelled after it worked", good, cancelled, nil},
		{"works on", good, run, nil},
		{"holds", half, run, []string{"held"}},
		{"holds on", half, run, nil},
		{"everything is back", good, run, nil},
		{"fails after all", bad, run, []string{"failing"}},
		{"holds after a failure", half, run, []string{"held"}},
		{"undone", half, undo, nil},
		{"works after failed and undone", good, run, []string{"recovered"}},
	}
	for i, s := range steps {
		h.now = func() time.Time { return start.Add(time.Duration(i) * time.Hour) }
		s.source()
		if _, err := s.do(); err != nil {
			t.Fatalf("%s: %v", s.name, err)
		}
		if got := k.take(); !slices.Equal(got, s.want) {
			t.Errorf("%s: events %q, want %q", s.name, got, s.want)
		}
	}
	for _, token := range k.tokens {
		if token != "Bearer s3cret" {
			t.Errorf("Authorization = %q, want %q", token, "Bearer s3cret")
		}
	}
}

func TestWebhookMessage(t *testing.T) {
	k := &hook{}
	srv := httptest.NewServer(k)
	defer srv.Close()
	m, h, _ := newNotified(t, openStore(t), fmt.Sprintf("{webhook: '%s'}", srv.URL))
	m.set(200, "application/json", manifest(10))
	mustRun(t, h, "bb")
	m.set(200, "application/json", manifest(4))
	rep := mustRun(t, h, "bb")
	if len(k.got) != 1 || k.tokens[0] != "" {
		t.Fatalf("received %v with tokens %q, want one message without", k.got, k.tokens)
	}
	got := k.got[0]
	for key, want := range map[string]any{
		"event": "held", "source": "bb", "run": rep.Run, "status": "held", "unchanged": 4.0, "held": 6.0,
		"failed": 0.0,
		"report": rep.String(), "time": rep.End.Format(time.RFC3339Nano), "link": testBase + "run/" + rep.Run,
	} {
		if got[key] != want {
			t.Errorf("%s = %v, want %v", key, got[key], want)
		}
	}
}

// A receiver that never answers does not hold the source.
func TestSlowReceiver(t *testing.T) {
	held, release := make(chan string, 10), make(chan struct{})
	var h *Harvester
	srv := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		held <- fmt.Sprint(h.Running())
		<-release
	}))
	defer srv.Close()
	m, h2, _ := newNotified(t, openStore(t), fmt.Sprintf("{webhook: '%s'}", srv.URL))
	h = h2
	m.set(404, "text/plain", "gone")
	done := make(chan struct{})
	go func() {
		defer close(done)
		mustRun(t, h, "bb")
	}()
	if got := <-held; got != "[]" {
		t.Errorf("sources held while the receiver is asked: %s, want none", got)
	}
	close(release)
	<-done
}

func TestMailMessage(t *testing.T) {
	rep := &history.Report{
		Run: "20260101T000000-bb", Source: "bb", Status: history.Failed, Reason: strings.Repeat("長", longestReason+1),
		End: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC),
	}
	for e, want := range map[string]struct{ subject, zh, en string }{
		eventFailing:   {"[fincat] bb 蒐集失敗 / failing", "來源「bb」自此次蒐集起失敗", "The source bb fails as of this run"},
		eventRecovered: {"[fincat] bb 恢復正常 / recovered", "來源「bb」已恢復正常", "The source bb is harvested again"},
		eventHeld:      {"[fincat] bb 移除待核准 / removals held", "來源「bb」本次應移除", "The source bb lost so many records"},
	} {
		m := message(e, rep, testBase+"run/"+rep.Run)
		if m.Subject != want.subject || m.ID != rep.Run+"."+e || !m.Time.Equal(rep.End) {
			t.Errorf("%s: subject %q, ID %s, time %s, want subject %q", e, m.Subject, m.ID, m.Time, want.subject)
		}
		reason := strings.Repeat("長", longestReason) + " …"
		for _, part := range []string{want.zh, want.en, reason, testBase + "run/" + rep.Run} {
			if !strings.Contains(m.Text, part) {
				t.Errorf("%s: text %s, want %q in it", e, m.Text, part)
			}
		}
	}
}

// TestNotifyByMail tells of a failing source by mail, and of a mail that was
// not delivered in the log.
func TestNotifyByMail(t *testing.T) {
	m, h, log := newNotified(t, openStore(t),
		"{mail: {server: '127.0.0.1:1', from: f@example.tw, to: [a@example.tw]}}")
	m.set(404, "text/plain", "gone")
	rep := mustRun(t, h, "bb")
	for _, want := range []string{"notification not delivered", "mail: ", "event=failing", "source=bb", rep.Run} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("log %s, want %q in it", log, want)
		}
	}
}

func TestNotifyConfigErrors(t *testing.T) {
	const good = "server: 'mail.example.tw:587', from: f@example.tw, to: [a@example.tw]"
	tests := []struct{ name, in, want string }{
		{"unknown key", "{webhok: 'https://e.tw/'}", "unknown key webhok"},
		{"unknown mail key", "{mail: {" + good + ", subject: x}}", "unknown key subject"},
		{"webhook", "{webhook: 'mailto:a@e.tw'}", "harvest: notify: webhook: give an address such as https://"},
		{"password in the address", "{webhook: 'https://u:p@e.tw/'}", "name a token with webhook_token_env"},
		{"token unencrypted", "{webhook: 'http://e.tw/', webhook_token_env: T}", "use an https address"},
		{"token alone", "{webhook_token_env: T}", "there is no webhook"},
		{"the token itself", "{webhook: 'https://e.tw/', webhook_token_env: 'abc-123'}",
			"give the name of an environment variable"},
		{"no server", "{mail: {from: f@example.tw, to: [a@example.tw]}}", "mail: server \"\": give host and port"},
		{"no port", "{mail: {server: mail.example.tw, from: f@example.tw, to: [a@example.tw]}}", "give host and port"},
		{"no sender", "{mail: {server: 'mail.example.tw:587', to: [a@example.tw]}}",
			"mail: from \"\": give an address"},
		{"no receiver", "{mail: {server: 'mail.example.tw:587', from: f@example.tw}}", "mail: to: 0 addresses"},
		{"receiver with a line break",
			`{mail: {server: 'mail.example.tw:587', from: f@example.tw, to: ["a@example.tw\r\nBcc: b@example.tw"]}}`,
			"give an address such as data@example.tw"},
		{"receiver with a command",
			`{mail: {server: 'mail.example.tw:587', from: f@example.tw, to: ['"a> X"@example.tw']}}`,
			"give an address such as data@example.tw"},
		{"user alone", "{mail: {" + good + ", user_env: U}}", "user_env and password_env go together"},
		{"second error", "{webhook: nowhere, mail: {" + good + ", user_env: U}}", "harvest: notify: mail: user_env"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := ParseConfig(strings.NewReader("harvest:\n  notify: " + tt.in + "\n"))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Fatalf("ParseConfig = %v, want %q in it", err, tt.want)
			}
			if strings.Contains(err.Error(), "abc-123") {
				t.Errorf("ParseConfig = %v, shows the secret", err)
			}
		})
	}
	if _, err := ParseConfig(strings.NewReader("harvest: {notify: {webhook: 'https://e.tw/', webhook_token_env: " +
		"T, mail: {" + good + ", user_env: U, password_env: P}}}\n")); err != nil {
		t.Errorf("ParseConfig = %v, want no error", err)
	}
}
