package publish

import (
	"errors"
	"fmt"
	"maps"
	"net"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"fincat/harvest/fetch"
	"fincat/vocab/dcat"
	"fincat/vocab/profile"
)

// Config is what the configuration says under publish:.
type Config struct {
	URL    string `yaml:"url"`    // of the portal's interface v2; default https://data.gov.tw/api/v2/rest/dataset
	Search string `yaml:"search"` // of the portal's search; default /api/front/dataset/list at the same host

	fetch.Policy `yaml:",inline"` // token_env names the variable with the key; default rate 1/s

	Sources  []string `yaml:"sources"`  // every dataset of these sources
	Missing  []string `yaml:"missing"`  // every dataset of these organisations that the portal lacks
	Datasets []string `yaml:"datasets"` // single ones, as source/identifier or by IRI
	Except   []string `yaml:"except"`   // none of these

	// Fields are values of the interface's fields, of dataset or distribution, that a record does
	// not say; Organisations those of the datasets of one organisation, which come first.
	Fields        map[string]string            `yaml:"fields"`
	Organisations map[string]map[string]string `yaml:"organisations"` // such values by organisation
	// Licences are the portal's codes of licences, by IRI; it is known to call the Open
	// Government Data License "1".
	Licences map[string]string `yaml:"licences"`
	// MaxChanges is how many datasets one run creates, changes or withdraws; default 500.
	MaxChanges int `yaml:"max_changes"`
}

// DefaultURL is the portal's interface v2.
const DefaultURL = "https://data.gov.tw/api/v2/rest/dataset"

const (
	searchPath  = "/api/front/dataset/list"
	maxAnswer   = 4 << 20 // bytes
	maxRequests = 100_000 // of a run
)

// Named reports whether the configuration names anything.
func (c *Config) Named() bool { return len(c.Sources)+len(c.Missing)+len(c.Datasets) > 0 }

// withDefaults returns c with the documented defaults filled in.
func (c Config) withDefaults() Config {
	if c.URL = strings.TrimSuffix(c.URL, "/"); c.URL == "" {
		c.URL = DefaultURL
	}
	if u, err := url.Parse(c.URL); err == nil && c.Search == "" {
		c.Search = u.Scheme + "://" + u.Host + searchPath
	}
	if c.TokenEnv != "" && c.TokenScheme == "" {
		c.TokenScheme = "none" // the guide asks for the bare key
	}
	if c.Rate.Every == 0 {
		c.Rate.Every = time.Second
	}
	if c.MaxBytes == 0 {
		c.MaxBytes = maxAnswer
	}
	if c.MaxPages == 0 {
		c.MaxPages = maxRequests
	}
	if c.Robots == "" {
		c.Robots = "ignore" // who has a key and a registered address is invited
	}
	if c.MaxChanges == 0 {
		c.MaxChanges = 500
	}
	return c
}

// generated are the fields of a dataset and of a distribution that the portal itself makes and
// that nobody may send.
var generated = []string{"datasetId", "type", "dataQuality", "publishedDate", "modifiedDate",
	"resourceModifiedDate", "resourceQualityCheckTime"}

// lists are the fields that are no text.
var lists = []string{"keyword", "distribution"}

// settable returns the fields that a configuration may give.
func settable() (names []string) {
	for _, f := range profile.Fields() {
		for _, n := range f.V2 {
			if !slices.Contains(generated, n) && !slices.Contains(lists, n) && n != fieldIdentifier {
				names = append(names, n)
			}
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// oid is the form of object identifiers.
var oid = regexp.MustCompile(`^\d+(\.\d+)+$`)

var envName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// Validate reports what cannot work. kind returns the kind of a source, "" for none;
// organisation tells whether there is one. base is that of the catalogue's IRIs, "" when it is not
// known yet.
func (c *Config) Validate(base dcat.Base, kind func(source string) string, organisation func(id string) bool) error {
	var errs []error
	bad := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if err := c.Policy.Validate(); err != nil {
		errs = append(errs, err)
	}
	if c.TokenEnv != "" && !envName.MatchString(c.TokenEnv) {
		bad("token_env: give the name of an environment variable, such as DATAGOVTW_KEY, not the key itself")
	}
	for name, address := range map[string]string{"url": c.URL, "search": c.Search} {
		if err := c.address(address); err != nil {
			bad("%s: %w", name, err)
		}
	}
	for _, id := range c.Sources {
		switch kind(id) {
		case "":
			bad("sources: there is no source %.80q: give the id of one that is configured", id)
		case "datagovtw":
			bad("sources: %s is the portal itself: name the sources whose datasets it lacks", id)
		}
	}
	known := settable()
	fields := func(place string, values map[string]string) {
		for _, name := range slices.Sorted(maps.Keys(values)) {
			switch value := values[name]; {
			case !slices.Contains(known, name):
				bad("%s: %.80q is no field that can be given: use one of %s", place, name, strings.Join(known, ", "))
			case strings.TrimSpace(value) == "":
				bad("%s: %s: nothing is given: give a value, or remove the key", place, name)
			case name == fieldOID && !oid.MatchString(value):
				bad("%s: %s %.80q: give numbers with dots between them, such as 2.16.886.101.20003.20052", place, name,
					value)
			}
		}
	}
	fields("fields", c.Fields)
	for _, id := range append(slices.Sorted(maps.Keys(c.Organisations)), c.Missing...) {
		if !organisation(id) {
			bad("there is no organisation %.80q in the directory: give an id of it, such as twse", id)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(c.Organisations)) {
		fields("organisations: "+id, c.Organisations[id])
	}
	for _, iri := range slices.Sorted(maps.Keys(c.Licences)) {
		switch known, ok := dcat.License(iri); {
		case ok && known != iri:
			bad("licences: %.200q is %s in the catalogue: write that", iri, known)
		case !ok && !dcat.IsAddress(iri):
			bad("licences: %.200q is no licence: give the IRI of one, such as %s", iri, dcat.OGDL)
		case strings.TrimSpace(c.Licences[iri]) == "":
			bad("licences: %s: nothing is given: give the code that the portal has for it", iri)
		}
	}
	for key, names := range map[string][]string{"datasets": c.Datasets, "except": c.Except} {
		for _, name := range names {
			if err := base.CheckNamed(name); err != nil {
				bad("%s: %w", key, err)
			}
		}
	}
	if c.MaxChanges < 0 {
		bad("max_changes %d: give at least 1", c.MaxChanges)
	}
	return errors.Join(errs...)
}

// address reports why nothing can be sent to an address.
func (c *Config) address(address string) error {
	if address == "" {
		return nil
	}
	u, err := url.Parse(address)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || u.RawQuery+u.Fragment != "":
		return fmt.Errorf("%.200q: give an address such as %s", address, DefaultURL)
	case u.User != nil:
		return errors.New("the address holds a password: name the key with token_env instead")
	}
	ip := net.ParseIP(u.Hostname())
	if u.Scheme == "http" && u.Hostname() != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return fmt.Errorf("%.200q: the key would go over the network unencrypted: use an https address", address)
	}
	return nil
}
