package notify

import (
	"errors"
	"fmt"
	"net"
	"net/mail"
	"net/url"
	"regexp"
	"strconv"
	"strings"
)

// Config says in which ways people are told.
type Config struct {
	Webhook         string `yaml:"webhook"`           // gets a POST with JSON; default: none
	WebhookTokenEnv string `yaml:"webhook_token_env"` // environment variable with a bearer token for the webhook
	// WebhookSecretEnv names the environment variable with a secret with which the messages to the
	// webhook are signed, see [ParseSecret]; default: none are.
	WebhookSecretEnv string `yaml:"webhook_secret_env"`
	Mail             *Mail  `yaml:"mail"` // default: none
}

// Mail says how messages are sent by mail.
type Mail struct {
	// Server is host:port. Port 465 begins with TLS; others use STARTTLS when the
	// server offers it.
	Server      string   `yaml:"server"`
	From        string   `yaml:"from"`         // address of the sender
	To          []string `yaml:"to"`           // addresses of the receivers
	UserEnv     string   `yaml:"user_env"`     // environment variable with a name; default: none is given
	PasswordEnv string   `yaml:"password_env"` // environment variable with the password
}

// Validate returns everything that is wrong with the configuration.
func (c *Config) Validate() []error {
	var errs []error
	if u, err := url.Parse(c.Webhook); c.Webhook != "" {
		switch {
		case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http":
			errs = append(errs, errors.New("webhook: give an address such as https://hooks.example.tw/fincat"))
		case u.User != nil:
			errs = append(errs, errors.New(
				"webhook: the address holds a password: name a token with webhook_token_env instead"))
		case c.WebhookTokenEnv != "" && u.Scheme == "http" && !loopback(u.Hostname()):
			errs = append(errs, errors.New(
				"webhook: a token would go over the network unencrypted: use an https address"))
		}
	} else if c.WebhookTokenEnv != "" {
		errs = append(errs, errors.New("webhook_token_env: there is no webhook: give its address as webhook"))
	}
	if c.WebhookSecretEnv != "" && c.Webhook == "" {
		errs = append(errs, errors.New("webhook_secret_env: there is no webhook: give its address as webhook"))
	}
	for key, name := range map[string]string{"webhook_token_env": c.WebhookTokenEnv,
		"webhook_secret_env": c.WebhookSecretEnv} {
		if !validEnv(name) {
			errs = append(errs, errors.New(key+": "+envRemedy))
		}
	}
	if c.Mail != nil {
		errs = append(errs, c.Mail.validate()...)
	}
	return errs
}

const maxReceivers = 50

func (m *Mail) validate() []error {
	var errs []error
	if _, _, err := m.address(); err != nil {
		errs = append(errs, err)
	}
	if _, err := mailAddress(m.From); err != nil {
		errs = append(errs, fmt.Errorf("mail: from %w", err))
	}
	if len(m.To) == 0 || len(m.To) > maxReceivers {
		errs = append(errs, fmt.Errorf("mail: to: %d addresses: give 1 to %d, such as [data@example.tw]",
			len(m.To), maxReceivers))
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

// address returns host and port of the mail server.
func (m *Mail) address() (host string, port int, err error) {
	host, p, err := net.SplitHostPort(m.Server)
	n, perr := strconv.ParseUint(p, 10, 16)
	if err != nil || perr != nil || host == "" || n == 0 || strings.ContainsAny(host, " \t\r\n") {
		return "", 0, fmt.Errorf("mail: server %q: give host and port, such as mail.example.tw:587", m.Server)
	}
	return host, int(n), nil
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

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

var envPattern = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// envRemedy does not repeat the value: it may be the secret itself.
const envRemedy = "give the name of an environment variable, such as FINCAT_NOTIFY_SECRET, not the secret"

func validEnv(name string) bool {
	return name == "" || envPattern.MatchString(name) && !strings.HasPrefix(name, secretPrefix)
}
