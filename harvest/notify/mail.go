package notify

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/textproto"
	"strings"

	"github.com/wneessen/go-mail"
	"github.com/wneessen/go-mail/smtp"
)

// implicitTLS is the port on which a connection is encrypted from its beginning
// (RFC 8314 §3.3).
const implicitTLS = 465

// compose returns a message as mail, with its header (RFC 5322).
func (n *Notifier) compose(m *Message) (*mail.Msg, error) {
	out := mail.NewMsg(mail.WithNoDefaultUserAgent())
	from, err := mailAddress(n.mail.From)
	if err != nil {
		return nil, err
	}
	out.FromMailAddress(from)
	for _, s := range n.receivers(m) {
		to, err := mailAddress(s)
		if err != nil {
			return nil, err
		}
		out.AddToMailAddress(to)
	}
	out.Subject(m.Subject)
	if m.Time.IsZero() {
		out.SetDate()
	} else {
		out.SetDateWithValue(m.Time)
	}
	_, domain, _ := strings.Cut(from.Address, "@")
	out.SetMessageIDWithValue(m.ID + "@" + domain)
	out.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834 §5
	out.SetBodyString(mail.TypeTextPlain, m.Text)
	for _, a := range m.Attach {
		var with []mail.FileOption
		if a.MediaType != "" {
			with = append(with, mail.WithFileContentType(mail.ContentType(a.MediaType)))
		}
		out.AttachReadSeeker(a.Name, bytes.NewReader(a.Data), with...)
	}
	return out, nil
}

// receivers returns who gets a message by mail.
func (n *Notifier) receivers(m *Message) []string {
	if len(m.To) > 0 {
		return m.To
	}
	return n.mail.To
}

const maxAnswers = 1 << 20 // bytes that a mail server may say

// boundedConn ends after so many bytes were read.
type boundedConn struct {
	net.Conn
	r io.Reader
}

func (c boundedConn) Read(b []byte) (int, error) { return c.r.Read(b) }

// send sends a message by mail before ctx ends.
func (n *Notifier) send(ctx context.Context, m *Message) error {
	user, err := n.secret("user_env", n.mail.UserEnv)
	if err != nil {
		return err
	}
	password, err := n.secret("password_env", n.mail.PasswordEnv)
	if err != nil {
		return err
	}
	message, err := n.compose(m)
	if err != nil {
		return fmt.Errorf("write the message: %w", err)
	}
	host, port, err := n.mail.address()
	if err != nil {
		return err
	}
	conn, err := n.o.Dial(ctx, "tcp", n.mail.Server)
	if err != nil {
		return err
	}
	defer conn.Close()
	// The library looks at the context only while it connects.
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	if err = n.transmit(ctx, conn, host, port, user, password, message); err != nil && ctx.Err() != nil {
		err = fmt.Errorf("%w: %w", context.Cause(ctx), err)
	}
	return err
}

// transmit speaks with a mail server.
func (n *Notifier) transmit(ctx context.Context, conn net.Conn, host string, port int, user, password string,
	message *mail.Msg) error {
	set := &tls.Config{ServerName: host, RootCAs: n.o.Roots, MinVersion: tls.VersionTLS12}
	options := []mail.Option{
		mail.WithPort(port), mail.WithTLSPolicy(mail.TLSOpportunistic), mail.WithTLSConfig(set),
		mail.WithDialContextFunc(func(ctx context.Context, _, _ string) (net.Conn, error) {
			bounded := boundedConn{conn, io.LimitReader(conn, maxAnswers)}
			if port != implicitTLS {
				return bounded, nil
			}
			c := tls.Client(bounded, set)
			return c, c.HandshakeContext(ctx)
		}),
	}
	if port == implicitTLS {
		options = append(options, mail.WithSSL())
	}
	if user != "" {
		options = append(options, mail.WithUsername(user), mail.WithPassword(password), mail.WithOpportunisticSMTPAuth(
			mail.SMTPAuthPlain, mail.SMTPAuthLogin, mail.SMTPAuthSCRAMSHA256, mail.SMTPAuthCramMD5))
	}
	client, err := mail.NewClient(host, options...)
	if err != nil {
		return err
	}
	c, err := client.DialToSMTPClientWithContext(ctx)
	if err != nil {
		return &ours{fmt.Errorf("greet the mail server: %w", err)}
	}
	defer c.Close()
	return hand(c, message)
}

// hand is the mail transaction (RFC 5321 §3.3). The library's own gives the
// message to nobody when one receiver is refused; here those that are taken get
// it, and the error names the others.
func hand(c *smtp.Client, message *mail.Msg) error {
	from, err := message.GetSender(false)
	if err != nil {
		return err
	}
	if err := c.Mail(from); err != nil {
		return &ours{fmt.Errorf("sender %s: %w", from, err)}
	}
	receivers, err := message.GetRecipients()
	if err != nil {
		return err
	}
	var refused []error
	for _, to := range receivers {
		if err := c.Rcpt(to); err != nil {
			refused = append(refused, fmt.Errorf("receiver %s: %w", to, err))
		}
	}
	if len(refused) == len(receivers) {
		return errors.Join(refused...)
	}
	w, err := c.Data()
	if err == nil { // a message that is not whole is not ended, so that nobody takes it
		if _, err = message.WriteTo(w); err == nil {
			err = acknowledged(w.Close())
		}
	}
	if err != nil {
		return errors.Join(append(refused, fmt.Errorf("hand over the message: %w", err))...)
	}
	_ = c.Quit() // the message is with the server already
	return errors.Join(refused...)
}

// ErrUncertain means that a mail server got a whole message, and that the connection broke
// before it said whether it takes it: whoever sends it again may send it twice
// (RFC 5321 §4.2.5).
var ErrUncertain = errors.New("the mail server did not say whether it takes the message")

// acknowledged returns the error with which a message was ended.
func acknowledged(err error) error {
	var said *textproto.Error
	if err == nil || errors.As(err, &said) {
		return err
	}
	return fmt.Errorf("%w: %w", ErrUncertain, err)
}

// ours is what has gone wrong before anything was said of a message: it lies with the server or
// the configuration, and may be put right.
type ours struct{ error }

func (e *ours) Unwrap() error { return e.error }

// OfAll reports whether another message would have failed as well: the mail server cannot be
// reached, or does not let the sender in.
func OfAll(err error) bool {
	var said *textproto.Error
	return !errors.As(err, &said) || errors.As(err, new(*ours))
}

// Lasting reports whether a mail server has refused a message for good (RFC 5321 §4.2.1), so
// that it is of no use to send it again.
func Lasting(err error) bool {
	var said *textproto.Error
	return errors.As(err, &said) && said.Code/100 == 5 && !OfAll(err)
}
