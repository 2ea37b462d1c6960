package harvest

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"fincat/harvest/source"
	"fincat/harvest/subscribe"
	"fincat/sparql/shacl"
	"fincat/vocab/dcat"
)

// validate reports everything that cannot work, wherever the configuration is used.
func (c *Config) validate() error {
	var errs []error
	bad := func(err error, path ...string) {
		if err != nil {
			errs = append(errs, fmt.Errorf("line %d: %w", c.lines.of(path...), err))
		}
	}
	if c.Base != "" {
		bad(CheckBase(c.Base), "base")
	}
	if c.Listen != "" {
		if err := CheckListen(c.Listen); err != nil {
			bad(fmt.Errorf("listen: %w", err), "listen")
		}
	}
	if c.History != 0 && time.Duration(c.History) < time.Hour {
		bad(fmt.Errorf("history: %v: give at least 1h, such as 8760h for a year", time.Duration(c.History)), "history")
	}
	h := &c.Harvest
	for _, p := range c.TrustedProxies {
		if p.Bits() < 7 { // the largest private network is fc00::/7
			bad(fmt.Errorf("trusted_proxies: %v is everybody, or nearly, who could then say to be anybody: give the "+
				"addresses of the proxies in front", p), "trusted_proxies")
		}
	}
	if l := *h.RemovalLimit; !(l >= 0 && l <= 1) {
		bad(fmt.Errorf("harvest: removal_limit %v: give a share from 0 to 1", l), "harvest", "removal_limit")
	}
	if h.TombstoneAfter < 1 {
		bad(fmt.Errorf("harvest: tombstone_after %d: give at least 1", h.TombstoneAfter), "harvest", "tombstone_after")
	}
	if h.KeepRuns < 1 {
		bad(fmt.Errorf("harvest: keep_runs %d: give at least 1", h.KeepRuns), "harvest", "keep_runs")
	}
	if h.PerHost < 0 {
		bad(fmt.Errorf("harvest: per_host %d: give at least 1", h.PerHost), "harvest", "per_host")
	}
	if err := h.Map.Validate(); err != nil {
		bad(fmt.Errorf("harvest: %w", err), "harvest", "map")
	}
	if err := checkUserAgent(h.UserAgent); err != nil {
		bad(fmt.Errorf("harvest: %w", err), "harvest", "user_agent")
	}
	for _, id := range c.Reports.Sources {
		if c.kind(id) == "" {
			bad(fmt.Errorf("reports: sources: there is no source %.80q: give the id of one that is configured", id),
				"reports", "sources")
		}
	}
	if err := c.Contact.Validate(); err != nil {
		bad(fmt.Errorf("contact: %w", err), "contact")
	}
	if err := c.Links.Validate(); err != nil {
		bad(fmt.Errorf("links: %w", err), "links")
	}
	if err := c.Quality.Validate(); err != nil {
		bad(fmt.Errorf("quality: %w", err), "quality")
	}
	for _, err := range h.Notify.Validate() {
		bad(fmt.Errorf("harvest: notify: %w", err), "harvest", "notify")
	}
	return errors.Join(append(errs, c.validateSources()...)...)
}

func (c *Config) validateSources() (errs []error) {
	directory, err := dcat.NewDirectory()
	if err == nil {
		known := func(id string) bool { _, ok := directory.ByID(id); return ok }
		if err := c.Reports.Validate(known); err != nil {
			errs = append(errs, fmt.Errorf("line %d: reports: %w", c.lines.of("reports"), err))
		}
		if err := c.Requests.Validate(known); err != nil {
			errs = append(errs, fmt.Errorf("line %d: requests: %w", c.lines.of("requests"), err))
		}
		base := dcat.Base(c.Base)
		err := errors.Join(c.Publish.Validate(base, c.kind, known), checkPolicy(&c.Publish.Policy))
		if err != nil {
			errs = append(errs, fmt.Errorf("line %d: publish: %w", c.lines.of("publish"), err))
		}
		if err := c.Subscriptions.Validate(subscribe.Known{Base: base, Organisation: known,
			Source: func(id string) bool { return c.kind(id) != "" }}); err != nil {
			errs = append(errs, fmt.Errorf("line %d: subscriptions: %w", c.lines.of("subscriptions"), err))
		}
		if err := c.Standards.Validate(known); err != nil {
			errs = append(errs, fmt.Errorf("line %d: standards: %w", c.lines.of("standards"), err))
		}
		c.Organisations.Check(directory, func(err error, path ...string) {
			errs = append(errs, fmt.Errorf("line %d: %w", c.lines.of(path...), err))
		})
	}
	if err != nil {
		return []error{err}
	}
	seen := map[string]int{}
	for i := range c.Sources {
		s, line := &c.Sources[i], c.lines.entry("sources", i)
		bad := func(err error) {
			if err != nil {
				errs = append(errs, fmt.Errorf("line %d: %w", line, err))
			}
		}
		bad(s.Validate())
		for _, err := range checkSource(s) {
			bad(err)
		}
		if err := validSchedule(s); err != nil {
			bad(fmt.Errorf("source %s: %w", s.ID, err))
		}
		bad(knownPublisher(s, directory))
		if s.Profile != "" && !slices.Contains(shacl.Profiles(), s.Profile) {
			bad(fmt.Errorf("source %s: profile %.80q is unknown: use one of %s", s.ID, s.Profile,
				strings.Join(shacl.Profiles(), ", ")))
		}
		if other, ok := seen[s.ID]; ok {
			bad(fmt.Errorf("source %s: the id is used in line %d already: choose another one", s.ID, other))
		}
		seen[s.ID] = line
	}
	for i := range c.CodeLists {
		line := c.lines.entry("code_lists", i)
		for _, err := range c.checkList(i, directory) {
			errs = append(errs, fmt.Errorf("line %d: %w", line, err))
		}
		id := c.CodeLists[i].ID
		if other, ok := seen[id]; ok {
			errs = append(errs, fmt.Errorf("line %d: code list %s: the id is used in line %d already: choose another "+
				"one", line, id, other))
		}
		seen[id] = line
	}
	return errs
}

// checkList reports what cannot work with a code list.
func (c *Config) checkList(i int, directory *dcat.Directory) (errs []error) {
	l, s := &c.CodeLists[i], c.Lists()[i]
	if err := l.Validate(); err != nil {
		return []error{err}
	}
	for _, err := range []error{validSchedule(&s), checkPolicy(&l.Policy), checkEncoding(l.Encoding)} {
		if err != nil {
			errs = append(errs, fmt.Errorf("code list %s: %w", l.ID, err))
		}
	}
	if err := knownPublisher(&s, directory); err != nil {
		errs = append(errs, err)
	}
	return errs
}

// kind returns the kind of a source, "" when there is none.
func (c *Config) kind(id string) string {
	s, _ := c.Source(id)
	return s.Kind
}

// knownPublisher reports that the directory does not have the publisher of a source.
func knownPublisher(s *source.Config, directory *dcat.Directory) error {
	if s.Publisher == "" {
		return nil
	}
	if _, ok := directory.ByID(s.Publisher); ok {
		return nil
	}
	var like, all []string
	for _, o := range directory.All() {
		all = append(all, o.ID)
		if strings.Contains(o.ID, s.Publisher) || strings.Contains(s.Publisher, o.ID) ||
			strings.HasPrefix(o.ID, s.Publisher[:min(3, len(s.Publisher))]) {
			like = append(like, o.ID)
		}
	}
	if len(like) == 0 {
		like = all
	}
	slices.Sort(like)
	more := ""
	if len(like) > 12 {
		like, more = like[:12], " and others, which 'fincat init' shows"
	}
	return fmt.Errorf("source %s: publisher %.80q is not in the organisation directory: use an id of it, such as %s%s",
		s.ID, s.Publisher, strings.Join(like, ", "), more)
}

// CheckBase reports what is wrong with the base of a catalogue's IRIs.
func CheckBase(base string) error {
	u, err := url.Parse(base)
	if err != nil || u.Hostname() == "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil ||
		u.Scheme != "http" && u.Scheme != "https" || !checkPath(u) || wrongAddress(base) != "" {
		return fmt.Errorf("base %.200q: give an address such as https://data.example.tw/", base)
	}
	if ip, err := netip.ParseAddr(u.Hostname()); err == nil && ip.IsUnspecified() {
		return fmt.Errorf("base %.200q: nobody can be reached at %s: give the address under which others see the "+
			"catalogue, such as https://data.example.tw/", base, u.Hostname())
	}
	return nil
}

// CheckListen reports what is wrong with an address to listen on.
func CheckListen(address string) error {
	_, port, err := net.SplitHostPort(address)
	n := 0
	if err == nil {
		n, err = strconv.Atoi(port)
	}
	if err != nil || n < 0 || n > 65535 {
		return fmt.Errorf("%.80q is no address to listen on: give host and port, such as 127.0.0.1:8080, or :8080 "+
			"for all addresses of the machine; ports go up to 65535", address)
	}
	return nil
}

// Ready reports what the configuration needs and does not find in its surroundings:
// environment variables, files, and addresses that may be asked.
func (c *Config) Ready(getenv func(string) string) error {
	errs := c.readyAddresses()
	env := func(what, key, name string, path ...string) {
		if name != "" && getenv(name) == "" {
			errs = append(errs, fmt.Errorf("line %d: %s: the environment variable %s, which %s names, is not set: "+
				"set it, or remove the key", c.lines.of(path...), what, name, key))
		}
	}
	bad := func(what string, err error, path ...string) {
		if err != nil {
			errs = append(errs, fmt.Errorf("line %d: %s: %w", c.lines.of(path...), what, err))
		}
	}
	bad("harvest: responses_dir", readyDir(c.Harvest.ResponsesDir), "harvest", "responses_dir")
	bad("quality: keep", readyDir(c.Quality.Keep), "quality", "keep")
	n := &c.Harvest.Notify
	env("harvest: notify", "webhook_token_env", n.WebhookTokenEnv, "harvest", "notify", "webhook_token_env")
	env("harvest: notify", "webhook_secret_env", n.WebhookSecretEnv, "harvest", "notify", "webhook_secret_env")
	bad("harvest: notify: "+n.WebhookSecretEnv, readySecret(getenv(n.WebhookSecretEnv)), "harvest", "notify",
		"webhook_secret_env")
	for _, w := range c.Subscriptions.Webhooks {
		env("subscriptions: "+w.ID, "secret_env", w.SecretEnv, "subscriptions", "webhooks")
		bad("subscriptions: "+w.ID+": "+w.SecretEnv, readySecret(getenv(w.SecretEnv)), "subscriptions", "webhooks")
	}
	if m := n.Mail; m != nil {
		env("harvest: notify: mail", "user_env", m.UserEnv, "harvest", "notify", "mail", "user_env")
		env("harvest: notify: mail", "password_env", m.PasswordEnv, "harvest", "notify", "mail", "password_env")
	}
	if m := c.Reports.Mail; m != nil {
		env("reports: mail", "user_env", m.UserEnv, "reports", "mail", "user_env")
		env("reports: mail", "password_env", m.PasswordEnv, "reports", "mail", "password_env")
	}
	if c.Login != nil {
		env("login", "client_secret_env", c.Login.ClientSecretEnv, "login", "client_secret_env")
	}
	if err := c.Publish.Ready(getenv); err != nil {
		errs = append(errs, fmt.Errorf("line %d: publish: %w", c.lines.of("publish"), err))
	}
	for i := range c.Sources {
		if err := c.Sources[i].Ready(getenv); err != nil {
			line := c.lines.entry("sources", i)
			errs = append(errs, fmt.Errorf("line %d: source %s: %w", line, c.Sources[i].ID, err))
		}
	}
	for i := range c.CodeLists {
		if err := errors.Join(c.CodeLists[i].Ready(getenv), readyFile(c.CodeLists[i].File)); err != nil {
			errs = append(errs, fmt.Errorf("line %d: code list %s: %w", c.lines.entry("code_lists", i),
				c.CodeLists[i].ID, err))
		}
	}
	return errors.Join(errs...)
}
