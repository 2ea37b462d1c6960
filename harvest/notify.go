package harvest

import (
	"bytes"
	"cmp"
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
)

// Notify says who is told when the state of a source changes: it begins to
// fail, works again, or has removals that wait for approval.
type Notify struct {
	Webhook         string `yaml:"webhook"`           // gets a POST with JSON; default: none
	WebhookTokenEnv string `yaml:"webhook_token_env"` // environment variable with a bearer token for the webhook
	Mail            *Mail  `yaml:"mail"`              // default: none
}

var envPattern = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

func (n *Notify) validate() []error {
	var errs []error
	if u, err := url.Parse(n.Webhook); n.Webhook != "" {
		switch {
		case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http":
			errs = append(errs, errors.New("webhook: give an address such as https://hooks.example.tw/fincat"))
		case u.User != nil:
			errs = append(errs, errors.New("webhook: the address holds a password: name a token with webhook_token_env instead"))
		case n.WebhookTokenEnv != "" && u.Scheme == "http" && !loopback(u.Hostname()):
			errs = append(errs, errors.New("webhook: a token would go over the network unencrypted: use an https address"))
		}
	} else if n.WebhookTokenEnv != "" {
		errs = append(errs, errors.New("webhook_token_env: there is no webhook: give its address as webhook"))
	}
	if !validEnv(n.WebhookTokenEnv) {
		errs = append(errs, errors.New("webhook_token_env: "+envRemedy))
	}
	if n.Mail != nil {
		errs = append(errs, n.Mail.validate()...)
	}
	return errs
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// envRemedy does not repeat the value: it may be the secret itself.
const envRemedy = "give the name of an environment variable, such as FINCAT_NOTIFY_SECRET, not the secret"

func validEnv(name string) bool { return name == "" || envPattern.MatchString(name) }

// The events that people are told of.
const (
	eventFailing   = "failing"
	eventRecovered = "recovered"
	eventHeld      = "held"
)

// event returns what a run changed in the state of its source, "" when
// nothing; runs is the source's history, the newest first. A source that has no
// history counts as one that worked.
func event(rep *Report, runs []*Report) string {
	if i := slices.IndexFunc(runs, func(r *Report) bool { return r.Run == rep.Run }); i >= 0 {
		runs = runs[i+1:]
	}
	before := Done
	if i := slices.IndexFunc(runs, tellsState); i >= 0 {
		before = runs[i].Status
	}
	switch {
	case rep.Status == before:
	case rep.Status == Failed:
		return eventFailing
	case rep.Status == Held:
		return eventHeld
	case rep.Status == Done && before == Failed:
		return eventRecovered
	}
	return ""
}

// tellsState reports whether a run of the past says how its source was: one
// that was undone or cut off does not.
func tellsState(r *Report) bool {
	switch r.Status {
	case Done, Held:
		return true
	case Failed:
		return !strings.Contains(r.Reason, context.Canceled.Error())
	}
	return false
}

const (
	notifyTime      = 20 * time.Second // for all messages of a run
	webhookTime     = 5 * time.Second  // for one attempt
	webhookTries    = 3
	webhookAnswer   = 64 << 10 // bytes of an answer that are read
	longestReason   = 2000     // characters
	longestRedirect = 3
)

// notifier tells people about changes of state.
type notifier struct {
	Notify
	getenv func(string) string
	log    *slog.Logger
	wait   time.Duration  // before the second attempt; doubled for the third
	roots  *x509.CertPool // nil: those of the system
}

// newNotifier returns nil when nobody is to be told.
func newNotifier(n Notify, getenv func(string) string, log *slog.Logger) *notifier {
	if n.Webhook == "" && n.Mail == nil {
		return nil
	}
	if getenv == nil {
		getenv = os.Getenv
	}
	return &notifier{Notify: n, getenv: getenv, log: log, wait: time.Second}
}

// notice is the message, and what a webhook gets as JSON.
type notice struct {
	Event string `json:"event"` // failing, recovered or held
	*Report
	Line string    `json:"report"` // as fincat harvest prints it
	Time time.Time `json:"time"`
	Link string    `json:"link"`
}

// notify tells of a run that has ended, when it changed the state of its
// source. A message that cannot be delivered is logged; the run stays as it is.
func (h *Harvester) notify(ctx context.Context, rep *Report) {
	if h.notifier == nil || rep.DryRun || rep.Status == Failed && ctx.Err() != nil {
		return // a run that was cancelled says nothing about its source
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), notifyTime)
	defer cancel()
	runs, err := h.RunsOf(ctx, rep.Source)
	if err != nil {
		h.log.Error("notification: read the history", "source", rep.Source, "run", rep.Run, "err", err)
		return
	}
	e := event(rep, runs)
	if e == "" {
		return
	}
	told := *rep
	if r := []rune(told.Reason); len(r) > longestReason {
		told.Reason = string(r[:longestReason]) + " …"
	}
	h.notifier.send(ctx, &notice{Event: e, Report: &told, Line: told.String(), Time: told.End, Link: h.base.Run(rep.Run)})
}

// send delivers a message in every way there is, at the same time.
func (n *notifier) send(ctx context.Context, m *notice) {
	var wg sync.WaitGroup
	deliver := func(way string, by func(context.Context, *notice) error) {
		wg.Go(func() {
			if err := by(ctx, m); err != nil {
				n.log.Error("notification not delivered", "by", way, "event", m.Event, "source", m.Source, "run", m.Run, "err", err)
				return
			}
			n.log.Info("notification delivered", "by", way, "event", m.Event, "source", m.Source, "run", m.Run)
		})
	}
	if n.Webhook != "" {
		deliver("webhook", n.post)
	}
	if n.Mail != nil {
		deliver("mail", n.mail)
	}
	wg.Wait()
}

// secret reads a credential; an unset variable is an error.
func (n *notifier) secret(key, env string) (string, error) {
	if env == "" {
		return "", nil
	}
	v := n.getenv(env)
	if v == "" {
		return "", fmt.Errorf("the environment variable %s of %s is empty: set it", env, key)
	}
	return v, nil
}

// post sends a message to the webhook, again when it failed for a passing
// reason.
func (n *notifier) post(ctx context.Context, m *notice) error {
	token, err := n.secret("webhook_token_env", n.WebhookTokenEnv)
	if err != nil {
		return err
	}
	body, err := json.Marshal(m)
	if err != nil {
		return fmt.Errorf("write the message: %w", err)
	}
	transport := &http.Transport{DisableKeepAlives: true, MaxResponseHeaderBytes: webhookAnswer}
	client := &http.Client{Timeout: webhookTime, CheckRedirect: sameHost, Transport: transport}
	for try, wait := 1, n.wait; ; try, wait = try+1, 2*wait {
		again, err := n.attempt(ctx, client, token, body)
		if err == nil {
			return nil
		}
		if !again || try == webhookTries {
			return fmt.Errorf("attempt %d: %w", try, err)
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("attempt %d: %w", try, err)
		case <-time.After(wait):
		}
	}
}

// attempt posts once; again says whether another attempt may succeed. Errors do
// not name the webhook's address, which may be a secret.
func (n *notifier) attempt(ctx context.Context, client *http.Client, token string, body []byte) (again bool, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, n.Webhook, bytes.NewReader(body))
	if err != nil {
		return false, errors.New("the webhook's address cannot be used: look at webhook in the configuration")
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "fincat")
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := client.Do(req)
	if err != nil {
		again := !errors.Is(err, errRedirect)
		if ue, ok := errors.AsType[*url.Error](err); ok {
			err = ue.Err
		}
		return again, err
	}
	defer resp.Body.Close()
	// What the receiver says is of no use, and a broken answer is one all the same.
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, webhookAnswer))
	if resp.StatusCode/100 == 2 {
		return false, nil
	}
	return resp.StatusCode >= 500 || resp.StatusCode == http.StatusTooManyRequests, fmt.Errorf("the webhook answers %s", cmp.Or(resp.Status, "without a status"))
}

var errRedirect = errors.New("the webhook redirects to another host, to http, or so that the message is lost: configure the address it leads to")

// sameHost follows redirects that keep the host and the message.
func sameHost(req *http.Request, via []*http.Request) error {
	first := via[0].URL
	if len(via) > longestRedirect || req.Method != http.MethodPost || req.URL.Host != first.Host || first.Scheme == "https" && req.URL.Scheme != "https" {
		return errRedirect
	}
	return nil
}
