package notify

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	"net/http"
	"net/http/httptest"
	"net/mail"
	"strings"
	"sync"
	"testing"
	"time"
)

// mailbox is an SMTP server that keeps what it is told.
type mailbox struct {
	tls      *tls.Config // nil: no encryption
	implicit bool        // the connection begins with TLS; else STARTTLS
	auth     string      // mechanisms; default PLAIN
	refuse   string      // receiver that is refused
	greeting string      // default: ready

	mu       sync.Mutex
	commands []string
	messages []string
	login    string
	secure   bool // it came over TLS
}

// dial starts the server and returns how to reach it, whatever the address.
func (b *mailbox) dial(t *testing.T) func(ctx context.Context, network, address string) (net.Conn, error) {
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
			if b.implicit {
				c = tls.Server(c, b.tls)
			}
			go b.serve(c)
		}
	}()
	return func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, l.Addr().String())
	}
}

func (b *mailbox) serve(c net.Conn) {
	defer c.Close()
	r := bufio.NewReader(c)
	if b.greeting != "" {
		fmt.Fprint(c, b.greeting)
		_, _ = r.ReadString('\n') // until the client goes
		return
	}
	fmt.Fprint(c, "220 test ready\r\n")
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return
		}
		verb, _, _ := strings.Cut(strings.TrimSpace(line), " ")
		if verb == "STARTTLS" {
			fmt.Fprint(c, "220 go\r\n")
			c = tls.Server(c, b.tls)
			r = bufio.NewReader(c)
			continue
		}
		_, secure := c.(*tls.Conn)
		answer, err := b.answer(c, r, strings.TrimSpace(line), secure)
		if err != nil {
			return
		}
		fmt.Fprint(c, answer+"\r\n")
	}
}

func (b *mailbox) answer(c net.Conn, r *bufio.Reader, line string, secure bool) (string, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.commands = append(b.commands, line)
	verb, rest, _ := strings.Cut(line, " ")
	switch {
	case verb == "EHLO" && b.tls != nil && !secure:
		return "250-test\r\n250 STARTTLS", nil
	case verb == "EHLO" && b.auth != "":
		return "250-test\r\n250 AUTH " + b.auth, nil
	case verb == "EHLO":
		return "250-test\r\n250 AUTH PLAIN", nil
	case verb == "AUTH":
		mechanism, first, _ := strings.Cut(rest, " ")
		raw, _ := base64.StdEncoding.DecodeString(first)
		b.login, b.secure = mechanism+" "+string(raw), secure
		for asked := 0; mechanism == "LOGIN" && asked < 2; asked++ { // for the name and the password
			fmt.Fprint(c, "334 VXNlcg==\r\n")
			said, err := r.ReadString('\n')
			if err != nil {
				return "", err
			}
			raw, _ := base64.StdEncoding.DecodeString(strings.TrimSpace(said))
			b.login += "\x00" + string(raw)
		}
		return "235 ok", nil
	case b.refuse != "" && line == "RCPT TO:<"+b.refuse+">":
		return "550 no such user", nil
	case verb == "DATA":
		fmt.Fprint(c, "354 go on\r\n")
		var message strings.Builder
		for {
			line, err := r.ReadString('\n')
			if err != nil {
				return "", err
			}
			if line == ".\r\n" {
				break
			}
			message.WriteString(line)
		}
		b.messages = append(b.messages, message.String())
	case verb == "QUIT":
		return "221 bye", nil
	}
	return "250 ok", nil
}

// certified returns a certificate for example.com and 127.0.0.1, and the
// authority for it.
func certified(t *testing.T) (*tls.Config, *x509.CertPool) {
	srv := httptest.NewTLSServer(http.NotFoundHandler())
	t.Cleanup(srv.Close)
	roots := x509.NewCertPool()
	roots.AddCert(srv.Certificate())
	return &tls.Config{Certificates: srv.TLS.Certificates}, roots
}

func TestMail(t *testing.T) {
	set, roots := certified(t)
	const plain, login = "PLAIN \x00fincat\x00pa55", "LOGIN \x00fincat\x00pa55"
	tests := []struct {
		name, server string
		box          *mailbox
		login        string
		secure       bool
	}{
		{"STARTTLS", "example.com:587", &mailbox{tls: set}, plain, true},
		{"implicit TLS", "example.com:465", &mailbox{tls: set, implicit: true}, plain, true},
		{"LOGIN", "example.com:465", &mailbox{tls: set, implicit: true, auth: "XOAUTH2 LOGIN"}, login, true},
		{"not encrypted on this machine", "127.0.0.1:25", &mailbox{}, plain, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.box.refuse = "gone@example.tw"
			n := New(Options{
				Config: Config{Mail: &Mail{
					Server: tt.server, From: "開放資料 <fincat@example.tw>",
					To:      []string{"a@example.tw", "gone@example.tw"},
					UserEnv: "MAIL_USER", PasswordEnv: "MAIL_PASSWORD",
				}},
				Getenv: getenv, Roots: roots, Dial: tt.box.dial(t),
			})
			at := time.Date(2026, 3, 1, 3, 0, 0, 0, time.UTC)
			err := n.Send(t.Context(), &Message{ID: "r.failing", Time: at, Subject: "[fincat] bb 蒐集失敗",
				Text: "來源「bb」\n.\nend\n"})
			checkError(t, err, "mail: receiver <gone@example.tw>: 550")
			if err != nil && strings.Contains(err.Error(), "pa55") {
				t.Errorf("the error shows the password: %v", err)
			}
			if tt.box.login != tt.login || tt.box.secure != tt.secure {
				t.Errorf("login %q, encrypted %v, want %q, %v", tt.box.login, tt.box.secure, tt.login, tt.secure)
			}
			if len(tt.box.messages) != 1 {
				t.Fatalf("%d messages, want 1: %v", len(tt.box.messages), err)
			}
			checkHeader(t, tt.box.messages[0], map[string]string{
				"Subject": "[fincat] bb 蒐集失敗", "From": `開放資料 <fincat@example.tw>`,
				"To":   "<a@example.tw>, <gone@example.tw>",
				"Date": at.Format(time.RFC1123Z), "Message-Id": "<r.failing@example.tw>",
				"Auto-Submitted": "auto-generated",
				"Mime-Version":   "1.0", "Content-Type": "text/plain; charset=UTF-8", "X-Mailer": "", "User-Agent": "",
			})
			msg, _ := mail.ReadMessage(strings.NewReader(tt.box.messages[0]))
			body, err := io.ReadAll(quotedprintable.NewReader(msg.Body))
			if want := "來源「bb」\r\n..\r\nend\r\n"; err != nil || string(body) != want { // dots are doubled on the way
				t.Errorf("body %q, %v, want %q", body, err, want)
			}
		})
	}
}

// checkHeader compares the decoded fields of a message.
func checkHeader(t *testing.T, message string, want map[string]string) {
	t.Helper()
	msg, err := mail.ReadMessage(strings.NewReader(message))
	if err != nil {
		t.Fatal(err)
	}
	for field, want := range want {
		got, err := new(mime.WordDecoder).DecodeHeader(msg.Header.Get(field))
		if field == "From" {
			got = strings.ReplaceAll(got, `"`, "")
		}
		if err != nil || got != want {
			t.Errorf("%s = %q, %v, want %q", field, got, err, want)
		}
	}
}

func TestMailAttachments(t *testing.T) {
	box := &mailbox{}
	n := New(Options{
		Config: Config{Mail: &Mail{Server: "127.0.0.1:25", From: "f@example.tw", To: []string{"a@example.tw"}}},
		Dial:   box.dial(t),
	})
	m := &Message{
		ID: "q4", Subject: "季報", Text: "附件\n", To: []string{"b@example.tw"},
		Attach: []Attachment{{"2026Q4 報表.dat", "text/csv", []byte("a,b\r\n1,金\r\n")},
			{"pack.bin", "", []byte{0, 255, 10}}},
	}
	if err := n.Send(t.Context(), m); err != nil || len(box.messages) != 1 {
		t.Fatalf("Send = %v, %d messages, want 1", err, len(box.messages))
	}
	msg, err := mail.ReadMessage(strings.NewReader(box.messages[0]))
	if err != nil || msg.Header.Get("To") != "<b@example.tw>" {
		t.Errorf("To = %q, %v, want the receiver of the message only", msg.Header.Get("To"), err)
	}
	if at, err := msg.Header.Date(); err != nil || time.Since(at) > time.Minute {
		t.Errorf("Date = %v, %v, want now", at, err)
	}
	kind, parameters, err := mime.ParseMediaType(msg.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/mixed" {
		t.Fatalf("Content-Type = %q, %v, want multipart/mixed", kind, err)
	}
	parts := multipart.NewReader(msg.Body, parameters["boundary"])
	for _, want := range []struct{ kind, name, data string }{
		{"text/plain", "", "附件\r\n"}, {"text/csv", "2026Q4 報表.dat", "a,b\r\n1,金\r\n"},
		{"application/octet-stream", "pack.bin", "\x00\xff\n"},
	} {
		p, err := parts.NextPart()
		if err != nil {
			t.Fatal(err)
		}
		var body io.Reader = p // which decodes quoted-printable by itself
		if p.Header.Get("Content-Transfer-Encoding") == "base64" {
			body = base64.NewDecoder(base64.StdEncoding, p)
		}
		data, err := io.ReadAll(body)
		kind, _, _ := mime.ParseMediaType(p.Header.Get("Content-Type"))
		_, set, _ := mime.ParseMediaType(p.Header.Get("Content-Disposition"))
		name, _ := new(mime.WordDecoder).DecodeHeader(set["filename"])
		if err != nil || string(data) != want.data || kind != want.kind || name != want.name {
			t.Errorf("part %q %q %q, %v, want %q", kind, name, data, err, want)
		}
	}
	if _, err := parts.NextPart(); !errors.Is(err, io.EOF) {
		t.Errorf("after the parts: %v, want EOF", err)
	}
}

// TestMailFaults sends to servers that do not do as they should.
func TestMailFaults(t *testing.T) {
	set, roots := certified(t)
	tests := []struct {
		name, server string
		box          *mailbox
		roots        *x509.CertPool
		user         string
		want         string
	}{
		{"unknown certificate", "example.com:587", &mailbox{tls: set}, nil, "", "certificate"},
		{"unknown certificate from the beginning", "example.com:465", &mailbox{tls: set, implicit: true}, nil, "",
			"certificate"},
		{"certificate of another", "example.tw:465", &mailbox{tls: set, implicit: true}, roots, "", "certificate"},
		{"no TLS on its port", "example.com:465", &mailbox{}, roots, "", "TLS handshake"},
		{"nobody takes it", "127.0.0.1:25", &mailbox{refuse: "a@example.tw"}, nil, "", "receiver <a@example.tw>: 550"},
		{"password unencrypted", "example.com:25", &mailbox{}, nil, "MAIL_USER", "unencrypted"},
		{"no login", "example.com:465", &mailbox{tls: set, implicit: true, auth: "X"}, roots, "MAIL_USER",
			"greet the mail server"},
		{"no password", "example.com:465", &mailbox{tls: set, implicit: true}, roots, "UNSET",
			"the environment variable UNSET of user_env"},
		{"not ready", "127.0.0.1:25", &mailbox{greeting: "554 no\r\n"}, nil, "", "554"},
		{"endless greeting", "127.0.0.1:25",
			&mailbox{greeting: strings.Repeat("220-"+strings.Repeat("x", 1000)+"\r\n", 2000)},
			nil, "", "EOF"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := &Mail{Server: tt.server, From: "f@example.tw", To: []string{"a@example.tw"}}
			if m.UserEnv = tt.user; tt.user != "" {
				m.PasswordEnv = "MAIL_PASSWORD"
			}
			n := New(Options{Config: Config{Mail: m}, Getenv: getenv, Roots: tt.roots, Dial: tt.box.dial(t)})
			err := n.Send(t.Context(), &Message{ID: "x", Subject: "x", Text: "x"})
			if err == nil || len(tt.box.messages) != 0 {
				t.Errorf("Send = %v, %d messages, want an error and none", err, len(tt.box.messages))
			}
			checkError(t, err, tt.want)
			if lasting := tt.name == "nobody takes it"; Lasting(err) != lasting || OfAll(err) == lasting {
				t.Errorf("Lasting %v, OfAll %v of %v", Lasting(err), OfAll(err), err)
			}
			if tt.box.login != "" && !tt.box.secure {
				t.Errorf("the password went over the network unencrypted: %q", tt.box.login)
			}
		})
	}
}

// A server that says nothing holds nobody longer than the context does.
func TestMailSilence(t *testing.T) {
	box := &mailbox{greeting: "220-wait\r\n"}
	n := New(Options{
		Config: Config{Mail: &Mail{Server: "127.0.0.1:25", From: "f@example.tw", To: []string{"a@example.tw"}}},
		Dial:   box.dial(t),
	})
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	start := time.Now()
	err := n.Send(ctx, &Message{ID: "x"})
	if took := time.Since(start); !errors.Is(err, context.DeadlineExceeded) || took > 5*time.Second {
		t.Errorf("Send = %v after %s, want the deadline's error", err, took)
	}
}

// What a source says cannot become a field of the header, a command, or the end
// of the message.
func TestMailInjection(t *testing.T) {
	box := &mailbox{}
	n := New(Options{
		Config: Config{Mail: &Mail{Server: "127.0.0.1:25", From: "f@example.tw", To: []string{"a@example.tw"}}},
		Dial:   box.dial(t),
	})
	err := n.Send(t.Context(), &Message{
		ID: "x", Subject: "bb\r\nBcc: x@example.tw", Text: "bad\r\n.\r\nMAIL FROM:<x@example.tw>",
		Attach: []Attachment{{"a\"\r\nBcc: x@example.tw\r\n", "", []byte("data")}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(box.messages) != 1 {
		t.Fatalf("%d messages, want 1", len(box.messages))
	}
	msg, err := mail.ReadMessage(strings.NewReader(box.messages[0]))
	if err != nil || msg.Header.Get("Bcc") != "" {
		t.Errorf("Bcc = %q, %v, want none", msg.Header.Get("Bcc"), err)
	}
	if strings.Contains(box.messages[0], "\nBcc:") {
		t.Errorf("a part has a field of its own: %s", box.messages[0])
	}
	for _, c := range box.commands {
		if strings.Contains(c, "x@example.tw") {
			t.Errorf("command %q comes from the source", c)
		}
	}
}
