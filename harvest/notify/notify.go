package notify

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"sync"
	"time"
)

// Message is what people are told.
type Message struct {
	ID      string    // unlike that of any other message; letters, digits, dots and hyphens
	Time    time.Time // default: now
	Subject string
	Text    string
	To      []string     // who gets the mail; default: the receivers of the configuration
	Attach  []Attachment // to the mail
	JSON    any          // what the webhook gets; nil: nothing
}

// Attachment is a file that goes with a mail.
type Attachment struct {
	Name      string
	MediaType string // default: by the name
	Data      []byte
}

// Options configure a [Notifier].
type Options struct {
	Config Config
	Getenv func(string) string // credentials; default os.Getenv
	Roots  *x509.CertPool      // authorities for mail servers; default: those of the system
	Retry  time.Duration       // before a webhook is tried again, then twice as long; default 1s

	// Dial connects to the mail server; default: a [net.Dialer].
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
}

// Notifier delivers messages. It is safe for concurrent use.
type Notifier struct {
	o    Options
	mail *Mail // nil: none
}

// New returns a notifier, nil when nobody is to be told.
func New(o Options) *Notifier {
	if o.Config.Webhook == "" && o.Config.Mail == nil {
		return nil
	}
	if o.Getenv == nil {
		o.Getenv = os.Getenv
	}
	if o.Retry == 0 {
		o.Retry = time.Second
	}
	if o.Dial == nil {
		o.Dial = (&net.Dialer{}).DialContext
	}
	return &Notifier{o: o, mail: o.Config.Mail}
}

// Send delivers a message in every way there is, at the same time, before ctx
// ends. The error names the ways in which it was not delivered.
func (n *Notifier) Send(ctx context.Context, m *Message) error {
	var posting, mailing error
	var ways sync.WaitGroup
	if n.o.Config.Webhook != "" && m.JSON != nil {
		ways.Go(func() { posting = n.post(ctx, m.JSON) })
	}
	if n.mail != nil {
		ways.Go(func() { mailing = n.send(ctx, m) })
	}
	ways.Wait()
	if posting != nil {
		posting = fmt.Errorf("webhook: %w", posting)
	}
	if mailing != nil {
		mailing = fmt.Errorf("mail: %w", mailing)
	}
	return errors.Join(posting, mailing)
}

// secret reads a credential; an unset variable is an error.
func (n *Notifier) secret(key, env string) (string, error) {
	if env == "" {
		return "", nil
	}
	v := n.o.Getenv(env)
	if v == "" {
		return "", fmt.Errorf("the environment variable %s of %s is empty: set it", env, key)
	}
	return v, nil
}
