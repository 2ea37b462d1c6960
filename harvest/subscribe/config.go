package subscribe

import (
	"errors"
	"fmt"
	"maps"
	"net"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"fincat/harvest/queries"
	"fincat/sparql/syntax"
	"fincat/vocab/dcat"
)

// Config is what the configuration says under subscriptions:.
type Config struct {
	// Queries are saved queries by name: SELECT queries of which the variable ?dataset, or else
	// the first one, is a dataset. They can be followed by Atom too.
	Queries  map[string]string `yaml:"queries"`
	Webhooks []Webhook         `yaml:"webhooks"` // who is told
}

// Webhook is a receiver and what it follows: one of dataset, source, filter and query.
type Webhook struct {
	ID        string            `yaml:"id"`         // [a-z0-9-]+, of its state
	URL       string            `yaml:"url"`        // gets the messages
	SecretEnv string            `yaml:"secret_env"` // environment variable with the secret, whsec_…
	Dataset   string            `yaml:"dataset"`    // as source/identifier or by IRI
	Source    string            `yaml:"source"`     // id of a source, all of whose datasets are followed
	Filter    map[string]string `yaml:"filter"`     // parameters of /catalog, such as {sector: banking, q: 信用卡}
	Query     string            `yaml:"query"`      // name of one of queries, or saved/NAME, which people saved
	Badges    bool              `yaml:"badges"`     // also tells of badges of quality that change; default no
}

var (
	names = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,62}$`)
	envs  = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
)

const maxWebhooks = 200

// Known tells what a configuration can name.
type Known struct {
	Base                 dcat.Base // of the catalogue's IRIs; "" when it is not known yet
	Source, Organisation func(id string) bool
}

// Validate reports what cannot work.
func (c *Config) Validate(k Known) error {
	var errs []error
	for _, name := range slices.Sorted(maps.Keys(c.Queries)) {
		if !names.MatchString(name) {
			errs = append(errs, fmt.Errorf("queries: %.80q is no name: use a-z, 0-9 and -", name))
		} else if err := checkQuery(c.Queries[name]); err != nil {
			errs = append(errs, fmt.Errorf("queries: %s: %w", name, err))
		}
	}
	if len(c.Webhooks) > maxWebhooks {
		errs = append(errs, fmt.Errorf("webhooks: %d, at most %d are possible", len(c.Webhooks), maxWebhooks))
	}
	seen := map[string]bool{}
	for i := range c.Webhooks {
		w := &c.Webhooks[i]
		if !names.MatchString(w.ID) {
			errs = append(errs, fmt.Errorf("webhooks: the id %.80q of number %d: use a-z, 0-9 and -", w.ID, i+1))
			continue
		}
		if seen[w.ID] {
			errs = append(errs, fmt.Errorf("webhooks: %s: the id is used twice: choose another one", w.ID))
		}
		seen[w.ID] = true
		if err := c.check(w, &k); err != nil {
			errs = append(errs, fmt.Errorf("webhooks: %s: %w", w.ID, err))
		}
	}
	return errors.Join(errs...)
}

// check reports what is wrong with one webhook.
func (c *Config) check(w *Webhook, k *Known) error {
	u, err := url.Parse(w.URL)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http":
		return errors.New("url: give an address such as https://hooks.example.tw/fincat")
	case u.User != nil:
		return errors.New("url: the address holds a password: messages are signed, which is enough")
	case u.Scheme == "http" && !loopback(u.Hostname()):
		return errors.New("url: messages would go over the network unencrypted: use an https address")
	case !envs.MatchString(w.SecretEnv), strings.HasPrefix(w.SecretEnv, "whsec_"):
		return errors.New("secret_env: give the name of an environment variable, such as HOOK_SECRET, with the " +
			"secret that the receiver has too")
	}
	follows := 0
	for _, is := range []bool{w.Dataset != "", w.Source != "", len(w.Filter) > 0, w.Query != ""} {
		if is {
			follows++
		}
	}
	if follows != 1 {
		return errors.New("say what it follows: one of dataset, source, filter and query")
	}
	if w.Dataset != "" {
		if err := dcat.CheckNamed(k.Base, w.Dataset); err != nil {
			return fmt.Errorf("dataset: %w", err)
		}
	}
	if w.Source != "" && !k.Source(w.Source) {
		return fmt.Errorf("there is no source %.80q", w.Source)
	}
	// What people save is known to the store only, and may come later.
	own, isSaved := strings.CutPrefix(w.Query, "saved/")
	if w.Query != "" && c.Queries[w.Query] == "" && (!isSaved || !names.MatchString(own)) {
		return fmt.Errorf("there is no saved query %.80q: give it among the queries of subscriptions, or write "+
			"saved/NAME for one that was saved on the query page", w.Query)
	}
	for name := range w.Filter {
		if !slices.Contains(queries.FilterParams(), name) || name == "modified_since" {
			return fmt.Errorf("filter: there is no %.80q; there are publisher, source, sector, theme, format and q",
				name)
		}
	}
	if _, err = w.filter("https://example.tw/"); err != nil {
		return fmt.Errorf("filter: %w", err)
	}
	return k.checkFilter(w.Filter)
}

// checkFilter reports the first name in a filter that stands for nothing.
func (k *Known) checkFilter(filter map[string]string) error {
	theme := func(code string) bool { return code != "" && dcat.IsTheme(code) }
	for _, p := range []struct {
		name, remedy string
		known        func(string) bool
	}{
		{"publisher", "give an id of the organisation directory, such as twse, or an IRI", k.Organisation},
		{"source", "give the id of a source that is configured, or an IRI", k.Source},
		{"sector", "give banking, securities-futures, insurance or cross-sector, or an IRI", dcat.IsSector},
		{"theme", "give the code of a service category, such as 800, or an IRI", theme},
	} {
		value, given := filter[p.name]
		value = strings.TrimSpace(value)
		if given && !strings.Contains(value, ":") && !p.known(value) {
			return fmt.Errorf("filter: %s: there is no %.80q: %s", p.name, value, p.remedy)
		}
	}
	for name, value := range filter {
		if strings.TrimSpace(value) == "" {
			return fmt.Errorf("filter: %s: nothing is given: give a value, or remove the key", name)
		}
	}
	return nil
}

// filter is what the webhook follows, where that is a part of the catalogue.
func (w *Webhook) filter(base dcat.Base) (queries.Filter, error) {
	v := url.Values{}
	if w.Source != "" {
		v.Set("source", w.Source)
	}
	for name, value := range w.Filter {
		v.Set(name, value)
	}
	return queries.ParseFilter(base, v)
}

// checkQuery reports that a text is no SELECT query.
func checkQuery(text string) error {
	q, err := syntax.ParseQuery(text, syntax.Options{})
	if err != nil {
		return err
	}
	if q.Form != syntax.SelectForm {
		return errors.New("give a SELECT query with the variable ?dataset")
	}
	return nil
}

func loopback(host string) bool {
	ip := net.ParseIP(strings.Trim(host, "[]"))
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
