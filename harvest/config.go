package harvest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/mail"
	"strings"
	"time"

	"fincat/harvest/codelist"
	"fincat/harvest/fetch"
	links "fincat/harvest/link"
	"fincat/harvest/mapping"
	"fincat/harvest/notify"
	"fincat/harvest/publish"
	"fincat/harvest/quality"
	"fincat/harvest/report"
	"fincat/harvest/requests"
	"fincat/harvest/source"
	"fincat/harvest/standard"
	"fincat/harvest/subscribe"
	"fincat/store"
	"fincat/vocab/dcat"
)

// Config is the configuration file.
type Config struct {
	Base   string `yaml:"base"`   // our own IRIs start here; default: the address served on
	Listen string `yaml:"listen"` // address of the server; default 127.0.0.1:8080
	// Contact is whom to ask about the catalogue itself; default: nobody is named.
	Contact Contact `yaml:"contact"`
	// TrustedProxies are believed when they say whom a request comes from; default none.
	TrustedProxies Prefixes `yaml:"trusted_proxies"`

	// History is how long the store keeps what was before, for earlier times, differences and
	// undoing; default: as the store was told last, else 720h.
	History fetch.Duration `yaml:"history"`

	Harvest Settings         `yaml:"harvest"` // what holds for every source
	Links   links.Thresholds `yaml:"links"`   // when a link between datasets is accepted or proposed
	Quality quality.Config   `yaml:"quality"` // how the files of datasets are checked
	Reports report.Config    `yaml:"reports"` // who gets the quarterly reports, and when
	// Requests say how what the public asks for is taken, and until when it has to be answered.
	Requests requests.Config `yaml:"requests"`
	Login    *Login          `yaml:"login"`   // how people sign in to the server; default: they do not
	Publish  publish.Config  `yaml:"publish"` // what is published at data.gov.tw; default nothing
	// Subscriptions say who is told which datasets have changed, and what the saved queries are.
	Subscriptions subscribe.Config `yaml:"subscriptions"`

	SPARQL  SPARQLSettings  `yaml:"sparql"`  // how the server answers queries
	Sources []source.Config `yaml:"sources"` // what is harvested

	CodeLists []codelist.Config `yaml:"code_lists"` // lists of entities with their identifiers

	Standards standard.Register `yaml:"standards"` // data standards: what their fields are, and when they were adopted

	Organisations dcat.Roles `yaml:"organisations"` // who coordinates a sector, and who is in which group

	lines configLines
}

// Contact is a person or office.
type Contact struct {
	Name  string `yaml:"name"`  // who it is
	Email string `yaml:"email"` // address for mail
	Phone string `yaml:"phone"` // telephone number
	URL   string `yaml:"url"`   // of a page with more
}

// Validate reports an address that is none, and an address without a name.
func (c Contact) Validate() error {
	if c.Email != "" {
		if at, err := mail.ParseAddress(c.Email); err != nil || at.Address != c.Email {
			return fmt.Errorf("email %.80q is no address: write one such as data@example.tw", c.Email)
		}
	}
	if c.URL != "" && !dcat.IsAddress(c.URL) {
		return fmt.Errorf("url %.80q is no address of a page", c.URL)
	}
	if c != (Contact{}) && c.Name == "" {
		return errors.New("name is missing: say who it is, such as 資料小組")
	}
	return nil
}

// DefaultBase is where the IRIs of a catalogue begin that nobody has given a base.
const DefaultBase = "http://127.0.0.1:8080/"

// Login says how people sign in to the server with OpenID Connect.
type Login struct {
	Issuer          string      `yaml:"issuer"`            // address of the provider
	ClientID        string      `yaml:"client_id"`         // of this server at the provider
	ClientSecretEnv string      `yaml:"client_secret_env"` // environment variable with the secret; default none
	Scopes          []string    `yaml:"scopes"`            // to ask for beside openid, profile and email
	Roles           []LoginRole `yaml:"roles"`             // of which the first that holds counts
}

// LoginRole gives a role to everybody of whom the provider says that a claim, such as
// groups, has or contains a value.
type LoginRole struct {
	Claim        string `yaml:"claim"`        // what the provider says of a person, such as groups
	Value        string `yaml:"value"`        // that it has or contains
	Role         string `yaml:"role"`         // reader, provider, maintainer or administrator
	Organisation string `yaml:"organisation"` // of a provider: its identifier in the directory
}

// SPARQLSettings say how a server answers queries and updates.
type SPARQLSettings struct {
	// AllowPrivateAddresses lets SERVICE and LOAD reach private networks. Whoever may
	// ask a query can then look into them.
	AllowPrivateAddresses bool `yaml:"allow_private_addresses"`
}

// Settings hold for every source that does not say otherwise.
type Settings struct {
	UserAgent string `yaml:"user_agent"` // default: fincat and Base
	// AllowPrivateAddresses holds for sources and their files, for tests on loopback: true, or
	// a list of addresses.
	AllowPrivateAddresses PrivateAddresses `yaml:"allow_private_addresses"`

	// Replay is a server of recorded answers that gets every request, as /HOST/PATH.
	Replay  string `yaml:"replay"`
	PerHost int    `yaml:"per_host"` // requests to one host at the same time, over all sources; default 2

	// ResponsesDir keeps what sources answered, for conditional requests and
	// harvest --replay; default: responses in the store, unless it says none.
	ResponsesDir  string         `yaml:"responses_dir"`
	KeepResponses fetch.Duration `yaml:"keep_responses"` // after their last use; default 720h
	// ResponsesSize is that of all that is kept, the longest unused goes first;
	// default 2GiB.
	ResponsesSize fetch.Size `yaml:"responses_size"`
	// ResumeWithin is how long a run after an interrupted one takes what that
	// fetched; default 1h.
	ResumeWithin *fetch.Duration `yaml:"resume_within"`

	KeepRuns int `yaml:"keep_runs"` // the newest runs of each source stay in the history; default 50
	// KeepHistory is how long older runs stay; default 720h, as long as the store
	// can undo.
	KeepHistory fetch.Duration `yaml:"keep_history"`

	RemovalLimit   *float64 `yaml:"removal_limit"`   // share of a source's records; default 0.2
	TombstoneAfter int      `yaml:"tombstone_after"` // runs; default 3

	// Map says what words for formats, frequencies and licences stand for, in every
	// source; default: what the code lists know.
	Map mapping.Words `yaml:"map"`

	// Notify says who is told when a source fails, works again or holds removals;
	// default: nobody.
	Notify notify.Config `yaml:"notify"`
}

// KeepHistory has a store keep what was before for as long as the configuration says.
func (c *Config) KeepHistory(ctx context.Context, s *store.Store) error {
	if c.History == 0 {
		return nil
	}
	return store.KeepHistory(ctx, s, time.Duration(c.History))
}

// ParseConfig reads a configuration. Unknown keys and values that cannot work
// are errors that name the line and the remedy; all of them are reported. What the
// configuration needs of its surroundings is looked at by [Config.Ready].
func ParseConfig(r io.Reader) (Config, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxConfig+1))
	if err != nil {
		return Config{}, fmt.Errorf("read configuration: %w", err)
	}
	var c Config
	root, err := decodeConfig(data, &c)
	if err != nil {
		return Config{}, err
	}
	c.lines = configLines{root}
	c.defaults()
	return c, errors.Join(errors.Join(checkValues(root)...), c.validate())
}

// maxConfig is the size of a configuration.
const maxConfig = 16 << 20

func (c *Config) defaults() {
	if c.Base != "" && !strings.HasSuffix(c.Base, "/") {
		c.Base += "/"
	}
	if c.Links.Accept == 0 {
		c.Links.Accept = links.DefaultThresholds.Accept
	}
	if c.Links.Propose == 0 {
		c.Links.Propose = min(links.DefaultThresholds.Propose, c.Links.Accept)
	}
	if c.Harvest.RemovalLimit == nil {
		limit := 0.2
		c.Harvest.RemovalLimit = &limit
	}
	if c.Harvest.KeepResponses == 0 {
		c.Harvest.KeepResponses = fetch.Duration(720 * time.Hour)
	}
	if c.Harvest.TombstoneAfter == 0 {
		c.Harvest.TombstoneAfter = 3
	}
	if c.Harvest.ResponsesSize == 0 {
		c.Harvest.ResponsesSize = 2 << 30
	}
	if c.Harvest.ResumeWithin == nil {
		d := fetch.Duration(time.Hour)
		c.Harvest.ResumeWithin = &d
	}
	if c.Harvest.KeepRuns == 0 {
		c.Harvest.KeepRuns = 50
	}
	if c.Harvest.KeepHistory == 0 {
		c.Harvest.KeepHistory = fetch.Duration(720 * time.Hour)
	}
}

// At names the line of a key, such as login, or of what comes nearest to it, in the errors about
// it that err joins.
func (c *Config) At(err error, path ...string) error {
	if err == nil {
		return nil
	}
	place := fmt.Sprintf("line %d: ", c.lines.of(path...))
	return errors.New(place + strings.ReplaceAll(err.Error(), "\n", "\n"+place))
}

// Source returns the configuration of one source.
func (c *Config) Source(id string) (source.Config, bool) {
	for _, s := range c.Sources {
		if s.ID == id {
			return s, true
		}
	}
	return source.Config{}, false
}
