package source

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"gopkg.in/yaml.v3"
)

// Config is one entry under sources: of the configuration file.
type Config struct {
	ID        string `yaml:"id"`        // [a-z0-9-]+, part of every IRI of its records
	Kind      string `yaml:"kind"`      // a name of [Kinds]
	URL       string `yaml:"url"`       // where gathering begins
	Changes   string `yaml:"changes"`   // datagovtw: a day's changes, with {date}, which are read instead of url after the first time
	Title     string `yaml:"title"`     // of the source's catalogue; default: what the source says, else ID
	Publisher string `yaml:"publisher"` // identifier in the organisation directory; default: what records say
	Theme     string `yaml:"theme"`     // service category of records that name none
	License   string `yaml:"license"`   // licence of records that name none
	Language  string `yaml:"language"`  // tag of text that has none; default zh-Hant-TW

	Schedule string   `yaml:"schedule"` // cron expression, @daily, @every 6h; default: only when asked
	Timezone string   `yaml:"timezone"` // default Asia/Taipei
	Jitter   Duration `yaml:"jitter"`   // the schedule's times are put off at random by up to this
	Paused   bool     `yaml:"paused"`   // keeps the schedule from starting it

	Rate         Rate     `yaml:"rate"`          // requests per host; default 2/s
	Timeout      Duration `yaml:"timeout"`       // without progress, for each request; default 30s
	MaxTime      Duration `yaml:"max_time"`      // for the whole gathering; default 1h
	FullEvery    Duration `yaml:"full_every"`    // sources that tell changes are asked for everything this often; default 168h
	MaxBytes     Size     `yaml:"max_bytes"`     // of one response, decompressed; default 64MiB
	MaxPages     int      `yaml:"max_pages"`     // responses in one run; default 10000
	MaxRedirects int      `yaml:"max_redirects"` // default 10
	Retries      int      `yaml:"retries"`       // of a request that failed for a passing reason; default 3
	Robots       string   `yaml:"robots"`        // obey (default) or ignore
	TokenEnv     string   `yaml:"token_env"`     // environment variable with a token for the URL's host
	TokenHeader  string   `yaml:"token_header"`  // that carries it; default Authorization
	TokenScheme  string   `yaml:"token_scheme"`  // written before it: Bearer (default), Basic, Token, or none
	Proxy        string   `yaml:"proxy"`         // address of an HTTP or SOCKS5 proxy
	ProxyEnv     string   `yaml:"proxy_env"`     // environment variable with such an address, when it has a password
	CAFile       string   `yaml:"ca_file"`       // PEM file with further certificate authorities or intermediates

	RemovalLimit   *float64 `yaml:"removal_limit"`   // default: that of harvest:
	TombstoneAfter *int     `yaml:"tombstone_after"` // default: that of harvest:

	Filter map[string]string `yaml:"filter"` // only records whose fields have these values
	HTML   *HTML             `yaml:"html"`
	Table  *Table            `yaml:"table"`
	SPARQL *SPARQL           `yaml:"sparql"`
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
	Format   string            `yaml:"format"`   // csv, tsv, json, jsonl, xml, xlsx; default: by media type and name
	Encoding string            `yaml:"encoding"` // default auto
	Record   string            `yaml:"record"`   // json: pointer to the array; xml: name of the element
	Sheet    string            `yaml:"sheet"`    // xlsx; default the first
	Header   int               `yaml:"header"`   // line with the column names; default 1
	Columns  map[string]string `yaml:"columns"`  // by field: column name
}

// SPARQL tells the kind sparql what to ask.
type SPARQL struct {
	Query   string            `yaml:"query"`   // CONSTRUCT or SELECT; default: all DCAT datasets
	Columns map[string]string `yaml:"columns"` // for SELECT, by field: variable
	Page    int               `yaml:"page"`    // for SELECT: ask for so many solutions at a time, when the endpoint limits them
}

// Duration is a time span in a configuration file, such as 30s or 6h.
type Duration time.Duration

// UnmarshalYAML reads a Go duration.
func (d *Duration) UnmarshalYAML(n *yaml.Node) error {
	v, err := time.ParseDuration(n.Value)
	if err != nil || v < 0 {
		return fmt.Errorf("line %d: %q is no duration: write 30s, 5m or 6h", n.Line, n.Value)
	}
	*d = Duration(v)
	return nil
}

// Size is a number of bytes, such as 64MiB.
type Size int64

var sizePattern = regexp.MustCompile(`^(\d+)\s*([KMG]?)(i?)B?$`)

// UnmarshalYAML reads a number with an optional unit: kB, MB, GB, KiB, MiB, GiB.
func (s *Size) UnmarshalYAML(n *yaml.Node) error {
	m := sizePattern.FindStringSubmatch(strings.Replace(n.Value, "k", "K", 1))
	if m == nil {
		return fmt.Errorf("line %d: %q is no size: write 500kB, 64MiB or 1GiB", n.Line, n.Value)
	}
	v, err := strconv.ParseInt(m[1], 10, 32)
	if err != nil {
		return fmt.Errorf("line %d: %q is too large a size", n.Line, n.Value)
	}
	step := int64(1000)
	if m[3] != "" {
		step = 1024
	}
	for range strings.Index("KMG", m[2]) + 1 {
		if m[2] != "" {
			v *= step
		}
	}
	*s = Size(v)
	return nil
}

// Rate is a number of requests in a time span, such as 2/s or 30/m.
type Rate struct {
	Every time.Duration // between two requests; 0 means unset
}

var ratePattern = regexp.MustCompile(`^(\d+(?:\.\d+)?)\s*/\s*(s|m|h)$`)

// UnmarshalYAML reads requests per second, minute or hour.
func (r *Rate) UnmarshalYAML(n *yaml.Node) error {
	m := ratePattern.FindStringSubmatch(n.Value)
	if m == nil {
		return fmt.Errorf("line %d: %q is no rate: write 2/s, 30/m or 100/h", n.Line, n.Value)
	}
	f, err := strconv.ParseFloat(m[1], 64)
	if err != nil || f <= 0 {
		return fmt.Errorf("line %d: a rate of %q would never send a request", n.Line, n.Value)
	}
	unit := map[string]time.Duration{"s": time.Second, "m": time.Minute, "h": time.Hour}[m[2]]
	r.Every = time.Duration(float64(unit) / f)
	return nil
}

// WithDefaults returns c with the documented defaults filled in.
func (c Config) WithDefaults() Config {
	c.URL, c.Changes = strings.TrimSpace(c.URL), strings.TrimSpace(c.Changes)
	def := func(p *Duration, v time.Duration) {
		if *p == 0 {
			*p = Duration(v)
		}
	}
	def(&c.Timeout, 30*time.Second)
	def(&c.MaxTime, time.Hour)
	def(&c.FullEvery, 7*24*time.Hour)
	if c.Rate.Every == 0 {
		c.Rate.Every = 500 * time.Millisecond
	}
	if c.MaxBytes == 0 {
		c.MaxBytes = 64 << 20
	}
	for p, v := range map[*int]int{&c.MaxPages: 10_000, &c.MaxRedirects: 10, &c.Retries: 3} {
		if *p == 0 {
			*p = v
		}
	}
	if c.Language == "" {
		c.Language = "zh-Hant-TW"
	}
	return c
}

var idPattern = regexp.MustCompile(`^[a-z0-9-]+$`)

// Validate reports the first setting that cannot work, with its remedy.
func (c *Config) Validate() error {
	if !idPattern.MatchString(c.ID) {
		return fmt.Errorf("id %q: use lower-case letters, digits and hyphens", c.ID)
	}
	if slices.Contains([]string{"run", "catalog", "org", "schemes", "problems"}, c.ID) {
		return fmt.Errorf("id %q is used by the catalogue itself: choose another one", c.ID)
	}
	k, ok := KindByName(c.Kind)
	if !ok {
		return fmt.Errorf("source %s: kind %q is unknown: use one of %s", c.ID, c.Kind, strings.Join(KindNames(), ", "))
	}
	if !strings.HasPrefix(c.URL, "http://") && !strings.HasPrefix(c.URL, "https://") {
		return fmt.Errorf("source %s: url %q: give an address that begins with https:// or http://", c.ID, c.URL)
	}
	if err := c.checkCredentials(); err != nil {
		return fmt.Errorf("source %s: %w", c.ID, err)
	}
	if c.Robots != "" && c.Robots != "obey" && c.Robots != "ignore" {
		return fmt.Errorf("source %s: robots %q: write obey or ignore", c.ID, c.Robots)
	}
	if c.RemovalLimit != nil && (*c.RemovalLimit < 0 || *c.RemovalLimit > 1) {
		return fmt.Errorf("source %s: removal_limit %v: give a share from 0 to 1", c.ID, *c.RemovalLimit)
	}
	if k.Check != nil {
		if err := k.Check(c); err != nil {
			return fmt.Errorf("source %s: %w", c.ID, err)
		}
	}
	return nil
}

// checkCredentials refuses passwords in addresses: configurations are shared,
// and addresses are logged.
func (c *Config) checkCredentials() error {
	for name, address := range map[string]string{"url": c.URL, "proxy": c.Proxy} {
		if u, err := url.Parse(address); err == nil && u.User != nil {
			return fmt.Errorf("%s holds a user name or password: name an environment variable with token_env or proxy_env instead", name)
		}
	}
	if c.Proxy != "" && c.ProxyEnv != "" {
		return errors.New("give proxy or proxy_env, not both")
	}
	if c.TokenEnv == "" && (c.TokenHeader != "" || c.TokenScheme != "") {
		return errors.New("token_header and token_scheme need token_env, the environment variable with the token")
	}
	if strings.ContainsAny(c.TokenHeader+c.TokenScheme, " :\r\n\t") {
		return errors.New("token_header and token_scheme are one word each, such as X-API-Key and Bearer")
	}
	return nil
}

// authorization returns the header with the token and its value. A Basic token
// is user:password.
func (c *Config) authorization(token string) [2]string {
	token = strings.TrimSpace(token)
	header := "Authorization"
	if c.TokenHeader != "" {
		header = c.TokenHeader
	}
	switch scheme := strings.ToLower(c.TokenScheme); {
	case scheme == "none", scheme == "" && c.TokenHeader != "" && !strings.EqualFold(header, "Authorization"):
	case scheme == "basic" && strings.Contains(token, ":"):
		token = "Basic " + base64.StdEncoding.EncodeToString([]byte(token))
	case scheme == "":
		token = "Bearer " + token
	default:
		token = c.TokenScheme + " " + token
	}
	return [2]string{header, token}
}
