package codelist

import (
	"errors"
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"fincat/harvest/document"
	"fincat/harvest/fetch"
	"fincat/vocab/dcat"
)

// Config is one entry under code_lists: of the configuration file.
type Config struct {
	ID        string `yaml:"id"`        // [a-z0-9-]+, other than those of sources
	Of        string `yaml:"of"`        // what it lists: company, institution or security
	Title     string `yaml:"title"`     // default: ID
	Publisher string `yaml:"publisher"` // identifier in the organisation directory; default: not said
	License   string `yaml:"license"`   // address of the terms; default: not said
	URL       string `yaml:"url"`       // where it is fetched from
	File      string `yaml:"file"`      // the file that it is, instead of url

	// How the table is read, as of a source of the kind table.
	Format    string `yaml:"format"`    // csv, tsv, json, jsonl, xml, xlsx; default: by media type, name and content
	Encoding  string `yaml:"encoding"`  // default auto
	Record    string `yaml:"record"`    // json: pointer to the array; xml: name of the element
	Sheet     string `yaml:"sheet"`     // xlsx; default the first
	Separator string `yaml:"separator"` // csv; default a comma
	Header    int    `yaml:"header"`    // line with the column names; default 1

	// Columns are those with identifiers, by the code of the concept (tax-id, stock-code,
	// isin …), and with what else is known of an entity: name, short-name, name-en, market,
	// homepage. In JSON a column is a path such as agency.name.
	Columns map[string]string `yaml:"columns"`
	// Key is the identifier of which the IRIs of entities are made; default: isin of a
	// security, stock-code of a company, bank-code of an institution, or else the first in
	// the order of the scheme.
	Key string `yaml:"key"`

	Schedule string         `yaml:"schedule"` // cron expression; default: only when asked
	Timezone string         `yaml:"timezone"` // default Asia/Taipei
	Jitter   fetch.Duration `yaml:"jitter"`   // the schedule's times are put off at random by up to this
	Paused   bool           `yaml:"paused"`   // keeps the schedule from starting it

	// Policy says how the list is fetched; its keys stand beside the others.
	fetch.Policy `yaml:",inline"`

	// RemovalLimit is the share of entities that may be gone at once; with more the list is
	// not taken over. Default: that of harvest:.
	RemovalLimit *float64 `yaml:"removal_limit"`
}

// facts are the columns that hold no identifier.
var facts = []string{"name", "short-name", "name-en", "market", "homepage"}

// identifiers are the codes of those identifiers that entities can have, in the order in
// which one is taken for the key.
var identifiers = []string{
	"stock-code", "bank-code", "tax-id", "lei", "isin", "insurer-code", "broker-code", "fund-code", "futures-contract",
}

var idPattern = regexp.MustCompile(`^[a-z0-9-]+$`)

// Validate reports the first setting that cannot work, with its remedy.
func (c *Config) Validate() error {
	if !idPattern.MatchString(c.ID) {
		return fmt.Errorf("id %.80q: use lower-case letters, digits and hyphens", c.ID)
	}
	bad := func(format string, args ...any) error {
		return fmt.Errorf("code list "+c.ID+": "+format, args...)
	}
	if dcat.Base("").Reserved(c.ID) {
		return bad("the id is used by the catalogue itself: choose another one")
	}
	if kinds[c.Of] == "" {
		return bad("of %.80q is unknown: use one of %s", c.Of, strings.Join(slices.Sorted(maps.Keys(kinds)), ", "))
	}
	if (c.URL == "") == (c.File == "") {
		return bad("give url, an address, or file, the name of a file")
	}
	if u, err := url.Parse(c.URL); c.URL != "" && (!dcat.IsAddress(c.URL) || err == nil && u.User != nil) {
		return bad("url %.200q: give an address that begins with https:// or http://, without a password", c.URL)
	}
	if c.License != "" && !dcat.IsAddress(c.License) {
		return bad("license %.200q: give the address of the terms", c.License)
	}
	if err := c.validateTable(); err != nil {
		return bad("%w", err)
	}
	if l := c.RemovalLimit; l != nil && !(*l >= 0 && *l <= 1) {
		return bad("removal_limit %v: give a share from 0 to 1", *l)
	}
	if err := c.Policy.Validate(); err != nil {
		return bad("%w", err)
	}
	return nil
}

func (c *Config) validateTable() error {
	switch {
	case c.Format != "" && !slices.Contains(document.RowFormats, c.Format):
		return fmt.Errorf("format %.80q is unknown: use one of %s", c.Format, strings.Join(document.RowFormats, ", "))
	case c.Header < 0:
		return fmt.Errorf("header %d: give the line of the column names, from 1", c.Header)
	case utf8.RuneCountInString(c.Separator) > 1 || strings.ContainsAny(c.Separator, "\"\r\n"):
		return fmt.Errorf("separator %q: give one character, such as \";\"", c.Separator)
	}
	for _, field := range slices.Sorted(maps.Keys(c.Columns)) {
		if !slices.Contains(identifiers, field) && !slices.Contains(facts, field) {
			return fmt.Errorf("columns: %.80q is unknown: use an identifier (%s) or %s", field,
				strings.Join(identifiers, ", "), strings.Join(facts, ", "))
		}
		if c.Columns[field] == "" {
			return fmt.Errorf("columns: %s: give the name of the column", field)
		}
	}
	switch key := c.key(); {
	case key == "":
		return fmt.Errorf("columns: give at least one identifier: %s", strings.Join(identifiers, ", "))
	case !slices.Contains(identifiers, key) || c.Columns[key] == "":
		return fmt.Errorf("key %.80q: use one of the identifiers among columns", c.Key)
	case c.Columns["name"] == "" && c.Columns["short-name"] == "":
		return errors.New("columns: give name or short-name, the column with the names of the entities")
	}
	return nil
}

// key returns the identifier of which IRIs are made.
func (c *Config) key() string {
	if c.Key != "" {
		return c.Key
	}
	if c.Of == "security" && c.Columns["isin"] != "" {
		return "isin"
	}
	for _, id := range identifiers {
		if c.Columns[id] != "" {
			return id
		}
	}
	return ""
}
