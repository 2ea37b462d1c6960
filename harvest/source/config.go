package source

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"fincat/harvest/fetch"
	"fincat/harvest/mapping"
	"fincat/vocab/dcat"
)

// Config is one entry under sources: of the configuration file.
type Config struct {
	ID        string `yaml:"id"`        // [a-z0-9-]+, part of every IRI of its records
	Kind      string `yaml:"kind"`      // how it is read, such as openapi; see [Kinds]
	URL       string `yaml:"url"`       // where gathering begins
	Changes   string `yaml:"changes"`   // datagovtw: a day's changes, with {date}; read after the first time
	Title     string `yaml:"title"`     // of the source's catalogue; default: what the source says, else ID
	Publisher string `yaml:"publisher"` // identifier in the organisation directory; default: what records say
	Theme     string `yaml:"theme"`     // service category of records that name none
	License   string `yaml:"license"`   // licence of records that name none
	Language  string `yaml:"language"`  // tag of text that has none; default zh-Hant-TW

	Schedule string         `yaml:"schedule"` // cron expression, @daily, @every 6h; default: only when asked
	Timezone string         `yaml:"timezone"` // default Asia/Taipei
	Jitter   fetch.Duration `yaml:"jitter"`   // the schedule's times are put off at random by up to this
	Paused   bool           `yaml:"paused"`   // keeps the schedule from starting it

	// Policy says how the source is fetched; its keys stand beside the others.
	fetch.Policy `yaml:",inline"`

	MaxTime   fetch.Duration `yaml:"max_time"`   // for the whole gathering; default 1h
	FullEvery fetch.Duration `yaml:"full_every"` // asks for everything where changes would do; default 168h

	RemovalLimit   *float64 `yaml:"removal_limit"`   // default: that of harvest:
	TombstoneAfter *int     `yaml:"tombstone_after"` // default: that of harvest:

	// Validation says what becomes of records that break the profile: off, warn or
	// refuse; default off.
	Validation string `yaml:"validate"`
	Profile    string `yaml:"profile"` // a built-in set of shapes; default dcat-ap

	// Map says what the source's words for formats, frequencies and licences stand
	// for; default: that of harvest:, word by word.
	Map mapping.Words `yaml:"map"`

	Filter map[string]string `yaml:"filter"` // only records whose fields have these values
	HTML   *HTML             `yaml:"html"`   // of the kind html: where on a page the records are
	Table  *Table            `yaml:"table"`  // of the kind table: what the columns are
	SPARQL *SPARQL           `yaml:"sparql"` // of the kind sparql: what is asked
}

// HTML tells the kind html where things stand in a page. A field is a CSS
// selector inside the record, with @attribute at the end for an attribute.
type HTML struct {
	Record string            `yaml:"record"` // one element for each record
	Next   string            `yaml:"next"`   // link to the next page
	Fields map[string]string `yaml:"fields"` // by field: title, identifier, landingPage, downloadURL, ...
	Detail map[string]string `yaml:"detail"` // fields on the page that landingPage leads to
}

// Table tells the kind table which columns or paths hold which field.
type Table struct {
	Format   string `yaml:"format"`   // csv, tsv, json, jsonl, xml, xlsx; default: by media type and name
	Encoding string `yaml:"encoding"` // default auto
	Record   string `yaml:"record"`   // json: pointer to the array; xml: name of the element
	Sheet    string `yaml:"sheet"`    // xlsx; default the first
	// Separator stands between the values of a line of csv; default: a comma.
	Separator string            `yaml:"separator"`
	Header    int               `yaml:"header"`  // line with the column names; default 1
	Columns   map[string]string `yaml:"columns"` // by field: column name
}

// SPARQL tells the kind sparql what to ask.
type SPARQL struct {
	Query   string            `yaml:"query"`   // CONSTRUCT or SELECT; default: all DCAT datasets
	Columns map[string]string `yaml:"columns"` // for SELECT, by field: variable
	Page    int               `yaml:"page"`    // for SELECT: solutions asked for at a time; default all
}

// WithDefaults returns c with the documented defaults filled in.
func (c Config) WithDefaults() Config {
	c.URL, c.Changes = strings.TrimSpace(c.URL), strings.TrimSpace(c.Changes)
	c.Policy = c.Policy.WithDefaults()
	if c.MaxTime == 0 {
		c.MaxTime = fetch.Duration(time.Hour)
	}
	if c.FullEvery == 0 {
		c.FullEvery = fetch.Duration(7 * 24 * time.Hour)
	}
	if c.Validation == "" {
		c.Validation = "off"
	}
	if c.Profile == "" {
		c.Profile = "dcat-ap"
	}
	if c.Language == "" {
		c.Language = "zh-Hant-TW"
	}
	return c
}

// What [Config].Validation does with records that break the profile, when it is not off.
const (
	Warn   = "warn"   // they are taken over
	Refuse = "refuse" // they are not
)

// Validates reports whether records are validated against the profile.
func (c *Config) Validates() bool { return c.Validation == Warn || c.Validation == Refuse }

var idPattern = regexp.MustCompile(`^[a-z0-9-]+$`)

// Validate reports the first setting that cannot work, with its remedy.
func (c *Config) Validate() error {
	if !idPattern.MatchString(c.ID) {
		return fmt.Errorf("id %q: use lower-case letters, digits and hyphens", c.ID)
	}
	if dcat.Base("").Reserved(c.ID) {
		return fmt.Errorf("id %q is used by the catalogue itself: choose another one", c.ID)
	}
	k, ok := KindByName(c.Kind)
	if !ok {
		return fmt.Errorf("source %s: kind %q is unknown: use one of %s", c.ID, c.Kind,
			strings.Join(KindNames(), ", "))
	}
	if !strings.HasPrefix(c.URL, "http://") && !strings.HasPrefix(c.URL, "https://") {
		return fmt.Errorf("source %s: url %q: give an address that begins with https:// or http://", c.ID, c.URL)
	}
	if u, err := url.Parse(c.URL); err == nil && u.User != nil {
		return fmt.Errorf("source %s: url holds a user name or password: "+
			"name an environment variable with token_env instead", c.ID)
	}
	if err := c.Policy.Validate(); err != nil {
		return fmt.Errorf("source %s: %w", c.ID, err)
	}
	if c.RemovalLimit != nil && (*c.RemovalLimit < 0 || *c.RemovalLimit > 1) {
		return fmt.Errorf("source %s: removal_limit %v: give a share from 0 to 1", c.ID, *c.RemovalLimit)
	}
	if !slices.Contains([]string{"", "off", Warn, Refuse}, c.Validation) {
		return fmt.Errorf("source %s: validate %.40q: give off, warn or refuse", c.ID, c.Validation)
	}
	if err := c.Map.Validate(); err != nil {
		return fmt.Errorf("source %s: %w", c.ID, err)
	}
	if k.Check != nil {
		if err := k.Check(c); err != nil {
			return fmt.Errorf("source %s: %w", c.ID, err)
		}
	}
	return nil
}
