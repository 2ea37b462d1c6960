package report

import (
	"cmp"
	"context"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net"
	"slices"
	"strings"
	"sync"
	"time"

	"fincat/harvest/notify"
	"fincat/harvest/quality"
	"fincat/sparql"
	"fincat/store"
	"fincat/vocab/dcat"
)

// MailerOptions configure a [Mailer].
type MailerOptions struct {
	Store  *store.Store
	Engine *sparql.Engine // default: one of its own
	Base   dcat.Base
	Config Config
	Asked  quality.Requests // of the public, for the ranking
	Author string           // of the commits
	Turn   *sync.Mutex      // held while reports are sent; default: one of its own

	Getenv func(string) string // credentials; default os.Getenv
	Roots  *x509.CertPool      // authorities for mail servers; default: those of the system
	Dial   func(ctx context.Context, network, address string) (net.Conn, error)
	// Pauses are those before a mail that failed is sent again; default 2s and 10s.
	Pauses []time.Duration
}

// Mailer sends reports to those whom the configuration names. What it has sent is in the
// store, so that nobody gets a report twice, whatever ends the process.
type Mailer struct{ o MailerOptions }

// NewMailer returns a mailer. Without receivers it is an error.
func NewMailer(o MailerOptions) (*Mailer, error) {
	if o.Config.Mail == nil {
		return nil, errors.New("the configuration says nobody to send reports to: give reports: with mail: server, " +
			"from and to")
	}
	if o.Turn == nil {
		o.Turn = &sync.Mutex{}
	}
	if o.Pauses == nil {
		o.Pauses = []time.Duration{2 * time.Second, 10 * time.Second}
	}
	return &Mailer{o}, nil
}

// The states of a delivery.
const (
	stateSending = "sending" // it was begun; whether it came to its end is not known
	stateSent    = "sent"
	stateFailed  = "failed"
	stateBefore  = "sent before"
	stateEmpty   = "nothing to send" // the provider has no datasets
)

// Delivery is one report for one receiver.
type Delivery struct {
	Provider string    `json:"provider"`
	To       string    `json:"to"`
	State    string    `json:"state"`
	At       time.Time `json:"at"`
	Error    string    `json:"error,omitempty"`
}

// Failed reports whether the receiver does not have the report, or may not have it.
func (d Delivery) Failed() bool { return d.State == stateFailed || d.State == stateSending }

// String says it in a line.
func (d Delivery) String() string {
	line := fmt.Sprintf("%s to %s: %s", d.Provider, d.To, d.State)
	if d.State == stateSending {
		line = fmt.Sprintf("%s to %s: it may have arrived, and is not sent again (--again sends it)", d.Provider, d.To)
	}
	if d.Error != "" {
		line += ": " + d.Error
	}
	return line
}

// mailKey begins the keys of the store's named values about what was sent.
const mailKey = "report/mail/"

// maxReceivers bounds the mails of one report.
const maxReceivers = 2000

// Send sends the report of a quarter, of the present one when it is zero, to everybody who
// does not have it; with again also to those who have it. A report of a quarter that goes on is
// one of its day.
func (m *Mailer) Send(ctx context.Context, q Quarter, now time.Time, again bool) ([]Delivery, error) {
	m.o.Turn.Lock()
	defer m.o.Turn.Unlock()
	r, err := Make(ctx, Options{Store: m.o.Store, Engine: m.o.Engine, Base: m.o.Base, Quarter: q, Now: now,
		Sources: m.o.Config.Sources, Goals: m.o.Config.Goals, Use: m.o.Config.Use, Asked: m.o.Asked})
	if err != nil {
		return nil, err
	}
	p, err := newPrinter(r)
	if err != nil {
		return nil, err
	}
	var out []Delivery
	for _, provider := range slices.Sorted(maps.Keys(m.o.Config.Mail.To)) {
		one := r.Of(provider)
		var message *notify.Message
		for _, to := range m.o.Config.Mail.To[provider] {
			if len(out) >= maxReceivers {
				return out, fmt.Errorf("more than %d receivers", maxReceivers)
			}
			d := Delivery{Provider: provider, To: to, State: stateEmpty, At: now}
			if one != nil {
				if message == nil {
					if message, err = p.message(one); err != nil {
						return out, err
					}
				}
				if d, err = m.deliver(ctx, one.issue(), message, d, again); err != nil {
					return out, err
				}
			}
			out = append(out, d)
		}
	}
	return out, nil
}

// issue names the report among what was sent.
func (r *Report) issue() string {
	if r.SoFar {
		return r.Quarter + "@" + r.Made.In(taipei).Format(time.DateOnly)
	}
	return r.Quarter
}

// deliver sends one mail of an issue, unless it was sent.
func (m *Mailer) deliver(ctx context.Context, issue string, message *notify.Message, d Delivery, again bool) (
	Delivery, error) {
	key := mailKey + issue + "/" + d.Provider + "/" + d.To
	text, ok, err := m.o.Store.Get(key)
	if err != nil {
		return d, err
	}
	var before Delivery
	if ok && !again {
		if err := json.Unmarshal(text, &before); err != nil {
			return d, fmt.Errorf("what was sent to %s: %w", d.To, err)
		}
		switch before.State {
		case stateSent:
			before.State = stateBefore
			return before, nil
		case stateSending:
			return before, nil
		}
	}
	one := *message
	one.To = []string{d.To}
	sum := sha256.Sum256([]byte(key))
	one.ID = "report." + strings.ReplaceAll(issue, "@", ".") + "." + hex.EncodeToString(sum[:8])
	if again { // another mail, which servers are not to take for the same
		one.ID += fmt.Sprintf(".%d", d.At.Unix())
	}
	d.State = stateSending
	if err := m.put(ctx, key, d); err != nil { // before anything is sent
		return d, err
	}
	err = m.attempts(ctx, d.To, &one)
	switch {
	case err == nil:
		d.State = stateSent
	case errors.Is(err, notify.ErrUncertain):
		d.Error = err.Error()
	default:
		d.State, d.Error = stateFailed, err.Error()
	}
	return d, m.put(context.WithoutCancel(ctx), key, d)
}

// attempts hands a mail over, again after a pause where it failed for a passing reason.
func (m *Mailer) attempts(ctx context.Context, to string, message *notify.Message) error {
	n := notify.New(notify.Options{Config: m.o.Config.Mail.of(to), Getenv: m.o.Getenv, Roots: m.o.Roots,
		Dial: m.o.Dial})
	for i := 0; ; i++ {
		err := m.attempt(ctx, n, message)
		if err == nil || errors.Is(err, notify.ErrUncertain) || notify.Lasting(err) || i == len(m.o.Pauses) {
			return err
		}
		select {
		case <-ctx.Done():
			return errors.Join(err, context.Cause(ctx))
		case <-time.After(m.o.Pauses[i]):
		}
	}
}

// mailTime is how long one attempt may take.
const mailTime = time.Minute

func (m *Mailer) attempt(ctx context.Context, n *notify.Notifier, message *notify.Message) error {
	ctx, cancel := context.WithTimeout(ctx, mailTime)
	defer cancel()
	return n.Send(ctx, message)
}

func (m *Mailer) put(ctx context.Context, key string, d Delivery) error {
	text, err := json.Marshal(d)
	if err != nil {
		return err
	}
	_, err = m.o.Store.Commit(ctx, store.Change{Put: map[string][]byte{key: text},
		Note: store.Note{Author: m.o.Author, Follower: "report"}})
	if err != nil {
		return fmt.Errorf("note what is sent to %s: %w", d.To, err)
	}
	return nil
}

// maxAttached bounds what goes with a mail: many servers take no more than 10 MB with the
// third that the coding adds.
const maxAttached = 7 << 20

// message words a report as mail; page and workbook go with it.
func (p *printer) message(r *Report) (*notify.Message, error) {
	files, err := p.files(r)
	if err != nil {
		return nil, err
	}
	var b strings.Builder
	sofar := ""
	if r.SoFar {
		sofar = "（截至 so far " + r.To.In(taipei).Format(time.DateOnly) + "）"
	}
	fmt.Fprintf(&b, "%s %s 資料品質季報%s\n\n", r.quarter.Minguo(), r.Name, sofar)
	for i := range r.Figures {
		f := &r.Figures[i]
		fmt.Fprintf(&b, "%s %s: %s（目標 goal %s，尚缺 missing %d）\n", f.ZH, f.EN, f.Now(), f.Amount(f.Goal),
			f.Missing)
	}
	fmt.Fprintf(&b, "\n已檢測資料集 datasets checked: %d\n待辦 to do: %d\n", len(r.Datasets), len(r.Work))
	for _, i := range r.Work[:min(len(r.Work), 10)] {
		fmt.Fprintf(&b, "- %s: %s: %s\n  → %s\n  → %s\n", oneLine(i.Title), i.ZH,
			oneLine(p.words.Both(i.Why)), i.ToDoZH, i.ToDoEN)
	}
	if len(r.Work) > 10 {
		b.WriteString("  ……完整清單見附件 the attached workbook has all\n")
	}
	out := &notify.Message{Subject: fmt.Sprintf("[fincat] %s 資料品質季報 %s", r.Quarter, oneLine(r.Name))}
	left := maxAttached
	for _, f := range files {
		if f.MediaType != typeHTML && f.MediaType != typeXLSX {
			continue
		}
		if left -= len(f.Data); left < 0 {
			fmt.Fprintf(&b, "\n%s 過大，未附 is too large and not attached: %d bytes\n", f.Name, len(f.Data))
			left += len(f.Data)
			continue
		}
		media, _, _ := strings.Cut(f.MediaType, ";")
		out.Attach = append(out.Attach, notify.Attachment{Name: f.Name, MediaType: media, Data: f.Data})
	}
	fmt.Fprintf(&b, "\n%squality\n", r.base)
	out.Text = b.String()
	return out, nil
}

// oneLine is a text without line breaks, and not longer than a line of a mail should be.
func oneLine(s string) string {
	r := []rune(strings.Join(strings.Fields(s), " "))
	return cmp.Or(string(r[:min(len(r), 200)]), "–")
}
