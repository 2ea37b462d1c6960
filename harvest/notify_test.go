package harvest

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"mime/quotedprintable"
	"net"
	"net/http"
	"net/http/httptest"
	"net/mail"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"fincat/store"
)

// hook is a receiver of webhooks.
type hook struct {
	mu      sync.Mutex
	answers []int // statuses of the next answers; then 204
	tries   int
	got     []map[string]any
	tokens  []string
}

func (k *hook) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.tries++
	if len(k.answers) > 0 {
		status := k.answers[0]
		k.answers = k.answers[1:]
		if status == 0 {
			panic(http.ErrAbortHandler) // cuts the connection
		}
		w.WriteHeader(status)
		return
	}
	var m map[string]any
	if err := json.NewDecoder(r.Body).Decode(&m); err != nil || r.Method != http.MethodPost || r.Header.Get("Content-Type") != "application/json" {
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
	h, err := New(t.Context(), Options{Store: s, Config: cfg, Getenv: getenv, Logger: slog.New(slog.NewTextHandler(&log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	h.notifier.wait = time.Millisecond
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
	run := func() (*Report, error) { return h.Run(ctx, "bb", RunOptions{}) }
	dry := func() (*Report, error) { return h.Run(ctx, "bb", RunOptions{DryRun: true}) }
	cancelled := func() (*Report, error) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		_, err := h.Run(ctx, "bb", RunOptions{Progress: func(Progress) { cancel() }})
		if err == nil {
			return nil, fmt.Errorf("a cancelled run is no error")
		}
		return nil, nil
	}
	undo := func() (*Report, error) {
		runs, err := h.RunsOf(ctx, "bb")
		if err != nil {
			return nil, err
		}
		return h.Undo(ctx, runs[0].Run)
	}
	interrupted := func() (*Report, error) {
		rep := &Report{Source: "bb", Start: h.now(), Status: Interrupted, Reason: "the process ended"}
		var err error
		if rep.Run, err = h.newRunID("bb", rep.Start); err != nil {
			return nil, err
		}
		return rep, h.record(ctx, rep, "end")
	}
	steps := []struct {
		name   string
		source func()
		do     func() (*Report, error)
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
		"event": "held", "source": "bb", "run": rep.Run, "status": "held", "unchanged": 4.0, "held": 6.0, "failed": 0.0,
		"report": rep.String(), "time": rep.End.Format(time.RFC3339Nano), "link": testBase + "run/" + rep.Run,
	} {
		if got[key] != want {
			t.Errorf("%s = %v, want %v", key, got[key], want)
		}
	}
}

func TestWebhookFaults(t *testing.T) {
	tests := []struct {
		name    string
		answers []int
		env     string
		tries   int
		log     string // "" when the message arrives
	}{
		{"passing", []int{503, 0}, "HOOK_TOKEN", 3, ""},
		{"lasting", []int{500, 502, 503, 503}, "HOOK_TOKEN", 3, "attempt 3: the webhook answers 503"},
		{"refused", []int{403}, "HOOK_TOKEN", 1, "the webhook answers 403"},
		{"no token", nil, "UNSET", 0, "the environment variable UNSET of webhook_token_env is empty: set it"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			k := &hook{answers: tt.answers}
			srv := httptest.NewServer(k)
			defer srv.Close()
			m, h, log := newNotified(t, openStore(t), fmt.Sprintf("{webhook: '%s/hidden-path', webhook_token_env: %s}", srv.URL, tt.env))
			m.set(404, "text/plain", "gone")
			if rep := mustRun(t, h, "bb"); rep.Status != Failed {
				t.Errorf("Status = %s, want %s", rep.Status, Failed)
			}
			if k.tries != tt.tries || (len(k.got) == 1) != (tt.log == "") {
				t.Errorf("%d attempts, %d messages, want %d attempts", k.tries, len(k.got), tt.tries)
			}
			if !strings.Contains(log.String(), tt.log) {
				t.Errorf("log %s, want %q in it", log, tt.log)
			}
			if strings.Contains(log.String(), "s3cret") || strings.Contains(log.String(), "hidden-path") {
				t.Errorf("the log shows a secret: %s", log)
			}
		})
	}
}

func TestWebhookRedirects(t *testing.T) {
	k := &hook{}
	other := httptest.NewServer(k)
	defer other.Close()
	mux := http.NewServeMux()
	mux.Handle("/in", k)
	mux.Handle("/same", http.RedirectHandler("/in", http.StatusTemporaryRedirect))
	mux.Handle("/lost", http.RedirectHandler("/in", http.StatusFound))
	mux.Handle("/other", http.RedirectHandler(other.URL, http.StatusTemporaryRedirect))
	mux.Handle("/loop", http.RedirectHandler("/loop", http.StatusTemporaryRedirect))
	srv := httptest.NewServer(mux)
	defer srv.Close()
	for path, want := range map[string]bool{"/in": true, "/same": true, "/lost": false, "/other": false, "/loop": false} {
		n := newNotifier(Notify{Webhook: srv.URL + path}, nil, slog.New(slog.DiscardHandler))
		err := n.post(t.Context(), &notice{Event: eventFailing, Report: &Report{}})
		if got := len(k.take()) == 1; got != want || (err == nil) != want {
			t.Errorf("%s: delivered %v, %v, want %v", path, got, err, want)
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

// mailbox is an SMTP server that keeps what it is told.
type mailbox struct {
	tls      *tls.Config // nil: no STARTTLS
	refuse   string      // receiver that is refused
	mu       sync.Mutex
	commands []string
	messages []string
	auth     string
	secure   bool
}

func (b *mailbox) start(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go b.serve(c)
		}
	}()
	return l.Addr().String()
}

func (b *mailbox) serve(c net.Conn) {
	defer c.Close()
	r := bufio.NewReader(c)
	fmt.Fprint(c, "220 test ready\r\n")
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return
		}
		line = strings.TrimSpace(line)
		verb, rest, _ := strings.Cut(line, " ")
		b.mu.Lock()
		b.commands = append(b.commands, line)
		answer := "250 ok"
		switch _, secure := c.(*tls.Conn); {
		case verb == "EHLO" && b.tls != nil && !secure:
			answer = "250-test\r\n250 STARTTLS"
		case verb == "EHLO":
			answer = "250-test\r\n250 AUTH PLAIN"
		case verb == "STARTTLS":
			fmt.Fprint(c, "220 go\r\n")
			c = tls.Server(c, b.tls)
			r, answer = bufio.NewReader(c), ""
		case verb == "AUTH":
			raw, _ := base64.StdEncoding.DecodeString(strings.TrimPrefix(rest, "PLAIN "))
			b.auth, b.secure, answer = string(raw), secure, "235 ok"
		case b.refuse != "" && line == "RCPT TO:<"+b.refuse+">":
			answer = "550 no such user"
		case verb == "DATA":
			fmt.Fprint(c, "354 go on\r\n")
			var message strings.Builder
			for line != ".\r\n" {
				if line, err = r.ReadString('\n'); err != nil {
					b.mu.Unlock()
					return
				}
				message.WriteString(line)
			}
			b.messages = append(b.messages, strings.TrimSuffix(message.String(), ".\r\n"))
		case verb == "QUIT":
			answer = "221 bye"
		}
		b.mu.Unlock()
		if answer != "" {
			fmt.Fprint(c, answer+"\r\n")
		}
	}
}

func TestMail(t *testing.T) {
	certified := httptest.NewTLSServer(http.NotFoundHandler())
	defer certified.Close()
	roots := x509.NewCertPool()
	roots.AddCert(certified.Certificate())
	box := &mailbox{tls: &tls.Config{Certificates: certified.TLS.Certificates}, refuse: "gone@example.tw"}
	m, h, log := newNotified(t, openStore(t), fmt.Sprintf(
		"{mail: {server: '%s', from: '開放資料 <fincat@example.tw>', to: [a@example.tw, gone@example.tw], user_env: MAIL_USER, password_env: MAIL_PASSWORD}}", box.start(t)))
	h.notifier.roots = roots
	m.set(404, "text/plain", "gone")
	rep := mustRun(t, h, "bb")
	if len(box.messages) != 1 {
		t.Fatalf("%d messages, want 1; log %s", len(box.messages), log)
	}
	if want := "\x00fincat\x00pa55"; box.auth != want || !box.secure {
		t.Errorf("auth = %q, encrypted %v, want %q, encrypted", box.auth, box.secure, want)
	}
	msg, err := mail.ReadMessage(strings.NewReader(box.messages[0]))
	if err != nil {
		t.Fatal(err)
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(msg.Header.Get("Subject"))
	if want := "[fincat] bb 蒐集失敗 / failing"; err != nil || subject != want {
		t.Errorf("Subject = %q, %v, want %q", subject, err, want)
	}
	from, err := msg.Header.AddressList("From")
	if err != nil || len(from) != 1 || from[0].Name != "開放資料" || from[0].Address != "fincat@example.tw" {
		t.Errorf("From = %v, %v", from, err)
	}
	if to, err := msg.Header.AddressList("To"); err != nil || len(to) != 2 {
		t.Errorf("To = %v, %v", to, err)
	}
	if _, err := msg.Header.Date(); err != nil {
		t.Errorf("Date: %v", err)
	}
	body, err := io.ReadAll(quotedprintable.NewReader(msg.Body))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"來源「bb」自此次蒐集起失敗", "The source bb fails", rep.Reason, testBase + "run/" + rep.Run} {
		if !strings.Contains(string(body), want) {
			t.Errorf("body %s, want %q in it", body, want)
		}
	}
	if !strings.Contains(log.String(), "550") || strings.Contains(log.String(), "pa55") {
		t.Errorf("log %s, want the refused receiver and no password in it", log)
	}
}

// TestMailFaults sends to servers that do not do as they should.
func TestMailFaults(t *testing.T) {
	certified := httptest.NewTLSServer(http.NotFoundHandler())
	defer certified.Close()
	tests := []struct {
		name string
		box  *mailbox
		want string
	}{
		{"unknown certificate", &mailbox{tls: &tls.Config{Certificates: certified.TLS.Certificates}}, "certificate"},
		{"nobody takes it", &mailbox{refuse: "a@example.tw"}, "receiver a@example.tw: 550"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			n := newNotifier(Notify{Mail: &Mail{Server: tt.box.start(t), From: "f@example.tw", To: []string{"a@example.tw"}}}, nil, slog.New(slog.DiscardHandler))
			err := n.mail(t.Context(), &notice{Event: eventHeld, Report: &Report{Source: "bb"}})
			if err == nil || !strings.Contains(err.Error(), tt.want) || len(tt.box.messages) != 0 {
				t.Errorf("mail = %v, %d messages, want %q", err, len(tt.box.messages), tt.want)
			}
		})
	}
}

// What a source says stands in the body only, and cannot end the message.
func TestMailInjection(t *testing.T) {
	box := &mailbox{}
	n := newNotifier(Notify{Mail: &Mail{Server: box.start(t), From: "f@example.tw", To: []string{"a@example.tw"}}}, nil, slog.New(slog.DiscardHandler))
	rep := &Report{Run: "r", Source: "bb\r\nBcc: x@example.tw", Reason: "bad\r\n.\r\nMAIL FROM:<x@example.tw>", Status: Failed}
	if err := n.mail(t.Context(), &notice{Event: eventFailing, Report: rep, Line: rep.String()}); err != nil {
		t.Fatal(err)
	}
	if len(box.messages) != 1 {
		t.Fatalf("%d messages, want 1", len(box.messages))
	}
	msg, err := mail.ReadMessage(strings.NewReader(box.messages[0]))
	if err != nil || msg.Header.Get("Bcc") != "" {
		t.Errorf("Bcc = %q, %v, want none", msg.Header.Get("Bcc"), err)
	}
	for _, c := range box.commands {
		if strings.Contains(c, "x@example.tw") {
			t.Errorf("command %q comes from the source", c)
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
		{"the token itself", "{webhook: 'https://e.tw/', webhook_token_env: 'abc-123'}", "give the name of an environment variable"},
		{"no server", "{mail: {from: f@example.tw, to: [a@example.tw]}}", "mail: server \"\": give host and port"},
		{"no port", "{mail: {server: mail.example.tw, from: f@example.tw, to: [a@example.tw]}}", "give host and port"},
		{"port of TLS", "{mail: {server: 'mail.example.tw:465', from: f@example.tw, to: [a@example.tw]}}", "use the port for STARTTLS"},
		{"no sender", "{mail: {server: 'mail.example.tw:587', to: [a@example.tw]}}", "mail: from \"\": give an address"},
		{"no receiver", "{mail: {server: 'mail.example.tw:587', from: f@example.tw}}", "mail: to: 0 addresses"},
		{"receiver with a line break", `{mail: {server: 'mail.example.tw:587', from: f@example.tw, to: ["a@example.tw\r\nBcc: b@example.tw"]}}`, "give an address such as data@example.tw"},
		{"receiver with a command", `{mail: {server: 'mail.example.tw:587', from: f@example.tw, to: ['"a> X"@example.tw']}}`, "give an address such as data@example.tw"},
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
	if _, err := ParseConfig(strings.NewReader("harvest: {notify: {webhook: 'https://e.tw/', webhook_token_env: T, mail: {" + good + ", user_env: U, password_env: P}}}\n")); err != nil {
		t.Errorf("ParseConfig = %v, want no error", err)
	}
}
