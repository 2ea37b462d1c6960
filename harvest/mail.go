package harvest

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"net/smtp"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Mail says how messages are sent by mail.
type Mail struct {
	Server      string   `yaml:"server"`       // host:port; STARTTLS is used when the server offers it
	From        string   `yaml:"from"`         // address of the sender
	To          []string `yaml:"to"`           // addresses of the receivers
	UserEnv     string   `yaml:"user_env"`     // environment variables with the name and
	PasswordEnv string   `yaml:"password_env"` // the password for the server; default: none
}

const maxReceivers = 50

func (m *Mail) validate() []error {
	var errs []error
	host, port, err := net.SplitHostPort(m.Server)
	p, perr := strconv.ParseUint(port, 10, 16)
	switch {
	case err != nil || perr != nil || host == "" || p == 0 || strings.ContainsAny(host, " \t\r\n"):
		errs = append(errs, fmt.Errorf("mail: server %q: give host and port, such as mail.example.tw:587", m.Server))
	case p == 465:
		errs = append(errs, fmt.Errorf("mail: server %q: port 465 begins with TLS: use the port for STARTTLS, mostly 587", m.Server))
	}
	if _, err := mailAddress(m.From); err != nil {
		errs = append(errs, fmt.Errorf("mail: from %w", err))
	}
	if len(m.To) == 0 || len(m.To) > maxReceivers {
		errs = append(errs, fmt.Errorf("mail: to: %d addresses: give 1 to %d, such as [data@example.tw]", len(m.To), maxReceivers))
	}
	for _, to := range m.To {
		if _, err := mailAddress(to); err != nil {
			errs = append(errs, fmt.Errorf("mail: to %w", err))
		}
	}
	if (m.UserEnv == "") != (m.PasswordEnv == "") {
		errs = append(errs, errors.New("mail: user_env and password_env go together: give both or none"))
	}
	if !validEnv(m.UserEnv) || !validEnv(m.PasswordEnv) {
		errs = append(errs, errors.New("mail: user_env, password_env: "+envRemedy))
	}
	return errs
}

// plainAddress is an address that stands in SMTP commands as it is.
var plainAddress = regexp.MustCompile(`^[A-Za-z0-9.!#$%&'*+/=?^_{|}~-]+@[A-Za-z0-9.-]+$`)

func mailAddress(s string) (*mail.Address, error) {
	a, err := mail.ParseAddress(s)
	if err != nil || !plainAddress.MatchString(a.Address) {
		return nil, fmt.Errorf("%q: give an address such as data@example.tw", s)
	}
	return a, nil
}

var mailTexts = map[string]struct{ subject, zh, en string }{
	eventFailing: {"蒐集失敗 / failing", "來源「%s」自此次蒐集起失敗，目錄仍保有先前的內容。請查看原因與處理方式。",
		"The source %s fails as of this run. The catalogue keeps what it had. Look at the reason and its remedy."},
	eventRecovered: {"恢復正常 / recovered", "來源「%s」已恢復正常蒐集，無須處理。",
		"The source %s is harvested again. There is nothing to do."},
	eventHeld: {"移除待核准 / removals held", "來源「%s」本次應移除的紀錄過多，已暫停移除。請確認後核准，或等待來源恢復。",
		"The source %s lost so many records that their removal is held back. Approve it after a look, or wait until the source shows them again."},
}

// mailMessage returns the message with its header (RFC 5322).
func (n *notifier) mailMessage(m *notice) ([]byte, error) {
	from, err := mailAddress(n.Mail.From)
	if err != nil {
		return nil, err
	}
	var to []string
	for _, s := range n.Mail.To {
		a, err := mailAddress(s)
		if err != nil {
			return nil, err
		}
		to = append(to, a.String())
	}
	text := mailTexts[m.Event]
	_, domain, _ := strings.Cut(from.Address, "@")
	var b bytes.Buffer
	for _, f := range [][2]string{
		{"From", from.String()}, {"To", strings.Join(to, ",\r\n ")},
		{"Subject", mime.QEncoding.Encode("utf-8", "[fincat] "+m.Source+" "+text.subject)},
		{"Date", m.Time.Format(time.RFC1123Z)}, {"Message-ID", "<" + m.Run + "." + m.Event + "@" + domain + ">"},
		{"Auto-Submitted", "auto-generated"}, {"MIME-Version", "1.0"},
		{"Content-Type", "text/plain; charset=utf-8"}, {"Content-Transfer-Encoding", "quoted-printable"},
	} {
		fmt.Fprintf(&b, "%s: %s\r\n", f[0], f[1])
	}
	b.WriteString("\r\n")
	q := quotedprintable.NewWriter(&b)
	_, err = fmt.Fprintf(q, text.zh+"\n\n"+text.en+"\n\n%s\n%s\n", m.Source, m.Source, m.Line, m.Link)
	return b.Bytes(), errors.Join(err, q.Close())
}

const maxSMTPAnswers = 1 << 20 // bytes that a mail server may say

// boundedConn ends after so many bytes were read.
type boundedConn struct {
	net.Conn
	r io.Reader
}

func (c boundedConn) Read(b []byte) (int, error) { return c.r.Read(b) }

// mail sends a message by SMTP (RFC 5321) before ctx ends.
func (n *notifier) mail(ctx context.Context, m *notice) error {
	user, err := n.secret("user_env", n.Mail.UserEnv)
	if err != nil {
		return err
	}
	password, err := n.secret("password_env", n.Mail.PasswordEnv)
	if err != nil {
		return err
	}
	message, err := n.mailMessage(m)
	if err != nil {
		return fmt.Errorf("write the message: %w", err)
	}
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", n.Mail.Server)
	if err != nil {
		return err
	}
	defer conn.Close()
	if end, ok := ctx.Deadline(); ok {
		if err := conn.SetDeadline(end); err != nil {
			return err
		}
	}
	host, _, _ := net.SplitHostPort(n.Mail.Server)
	c, err := smtp.NewClient(boundedConn{conn, io.LimitReader(conn, maxSMTPAnswers)}, host)
	if err != nil {
		return fmt.Errorf("greet the mail server: %w", err)
	}
	defer c.Close()
	if ok, _ := c.Extension("STARTTLS"); ok {
		if err := c.StartTLS(&tls.Config{ServerName: host, RootCAs: n.roots, MinVersion: tls.VersionTLS12}); err != nil {
			return fmt.Errorf("start TLS: %w", err)
		}
	}
	if user != "" {
		if err := c.Auth(smtp.PlainAuth("", user, password, host)); err != nil {
			return fmt.Errorf("log in at the mail server: %w", err)
		}
	}
	return n.transmit(c, message)
}

// transmit is the mail transaction (RFC 5321 §3.3).
func (n *notifier) transmit(c *smtp.Client, message []byte) error {
	from, err := mailAddress(n.Mail.From)
	if err != nil {
		return err
	}
	if err := c.Mail(from.Address); err != nil {
		return fmt.Errorf("sender %s: %w", from.Address, err)
	}
	taken := 0
	var errs []error
	for _, s := range n.Mail.To {
		to, err := mailAddress(s)
		if err == nil {
			err = c.Rcpt(to.Address)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("receiver %s: %w", s, err))
			continue
		}
		taken++
	}
	if taken == 0 {
		return errors.Join(errs...)
	}
	w, err := c.Data()
	if err == nil {
		_, err = w.Write(message)
		err = errors.Join(err, w.Close())
	}
	if err != nil {
		return errors.Join(append(errs, fmt.Errorf("hand over the message: %w", err))...)
	}
	_ = c.Quit() // the message is with the server already
	return errors.Join(errs...)
}
