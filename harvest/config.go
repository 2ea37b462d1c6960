package harvest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"strings"
	"time"

	"gopkg.in/yaml.v3"

	"fincat/harvest/source"
)

// Config is the configuration file.
type Config struct {
	Base    string          `yaml:"base"`    // our own IRIs start here; default http://127.0.0.1:8080/
	Listen  string          `yaml:"listen"`  // address of the server; default 127.0.0.1:8080
	Harvest Settings        `yaml:"harvest"` // what holds for every source
	Sources []source.Config `yaml:"sources"`
}

// Settings hold for every source that does not say otherwise.
type Settings struct {
	UserAgent             string           `yaml:"user_agent"`              // default: fincat and Base
	AllowPrivateAddresses bool             `yaml:"allow_private_addresses"` // for tests on loopback
	Replay                string           `yaml:"replay"`                  // server of recorded answers that gets every request, as /HOST/PATH
	PerHost               int              `yaml:"per_host"`                // requests to one host at the same time, over all sources; default 2
	ResponsesDir          string           `yaml:"responses_dir"`           // keeps what sources answered, for conditional requests and harvest --replay; default: responses in the store, unless it says none
	KeepResponses         source.Duration  `yaml:"keep_responses"`          // after their last use; default 720h
	ResponsesSize         source.Size      `yaml:"responses_size"`          // of all that is kept, the longest unused goes first; default 2GiB
	ResumeWithin          *source.Duration `yaml:"resume_within"`           // a run after an interrupted one takes what that fetched in this time; default 1h
	KeepRuns              int              `yaml:"keep_runs"`               // the newest runs of each source stay in the history; default 50
	KeepHistory           source.Duration  `yaml:"keep_history"`            // older runs stay this long; default 720h, as long as the store can undo
	RemovalLimit          *float64         `yaml:"removal_limit"`           // share of a source's records; default 0.2
	TombstoneAfter        int              `yaml:"tombstone_after"`         // runs; default 3
	Notify                Notify           `yaml:"notify"`                  // who is told when a source fails, works again or holds removals; default: nobody
}

// LoadConfig reads a configuration file.
func LoadConfig(path string) (Config, error) {
	f, err := os.Open(path)
	if err != nil {
		return Config{}, fmt.Errorf("read configuration: %w", err)
	}
	defer f.Close()
	c, err := ParseConfig(f)
	if err != nil {
		return Config{}, fmt.Errorf("%s: %w", path, err)
	}
	return c, nil
}

// ParseConfig reads a configuration. Unknown keys and values that cannot work
// are errors that name the line and the remedy; all of them are reported.
func ParseConfig(r io.Reader) (Config, error) {
	data, err := io.ReadAll(io.LimitReader(r, 16<<20))
	if err != nil {
		return Config{}, fmt.Errorf("read configuration: %w", err)
	}
	var c Config
	dec := yaml.NewDecoder(bytes.NewReader(data))
	dec.KnownFields(true)
	if err := dec.Decode(&c); err != nil && !errors.Is(err, io.EOF) {
		return Config{}, explainYAML(err)
	}
	c.defaults()
	return c, c.validate(sourceLines(data))
}

func (c *Config) defaults() {
	if c.Base == "" {
		c.Base = "http://127.0.0.1:8080/"
	}
	if !strings.HasSuffix(c.Base, "/") {
		c.Base += "/"
	}
	if c.Listen == "" {
		c.Listen = "127.0.0.1:8080"
	}
	if c.Harvest.UserAgent == "" {
		c.Harvest.UserAgent = "fincat (+" + c.Base + ")"
	}
	if c.Harvest.RemovalLimit == nil {
		limit := 0.2
		c.Harvest.RemovalLimit = &limit
	}
	if c.Harvest.KeepResponses == 0 {
		c.Harvest.KeepResponses = source.Duration(720 * time.Hour)
	}
	if c.Harvest.TombstoneAfter == 0 {
		c.Harvest.TombstoneAfter = 3
	}
	if c.Harvest.ResponsesSize == 0 {
		c.Harvest.ResponsesSize = 2 << 30
	}
	if c.Harvest.ResumeWithin == nil {
		d := source.Duration(time.Hour)
		c.Harvest.ResumeWithin = &d
	}
	if c.Harvest.KeepRuns == 0 {
		c.Harvest.KeepRuns = 50
	}
	if c.Harvest.KeepHistory == 0 {
		c.Harvest.KeepHistory = source.Duration(720 * time.Hour)
	}
}

// explainYAML makes the YAML decoder's messages name keys rather than Go types.
func explainYAML(err error) error {
	var te *yaml.TypeError
	if !errors.As(err, &te) {
		return fmt.Errorf("%s", strings.TrimPrefix(err.Error(), "yaml: "))
	}
	var out []error
	for _, m := range te.Errors {
		if key, rest, ok := strings.Cut(m, " not found in type "); ok && rest != "" {
			m = strings.Replace(key, ": field ", ": unknown key ", 1) + "; fincat init shows the keys there are"
		}
		out = append(out, errors.New(m))
	}
	return errors.Join(out...)
}

func (c *Config) validate(lines []int) error {
	var errs []error
	if u, err := url.Parse(c.Base); err != nil || u.Host == "" || u.RawQuery != "" || u.Fragment != "" {
		errs = append(errs, fmt.Errorf("base %q: give an address such as https://data.example.tw/", c.Base))
	}
	if l := *c.Harvest.RemovalLimit; l < 0 || l > 1 {
		errs = append(errs, fmt.Errorf("harvest: removal_limit %v: give a share from 0 to 1", l))
	}
	if c.Harvest.TombstoneAfter < 1 {
		errs = append(errs, fmt.Errorf("harvest: tombstone_after %d: give at least 1", c.Harvest.TombstoneAfter))
	}
	if c.Harvest.KeepRuns < 1 {
		errs = append(errs, fmt.Errorf("harvest: keep_runs %d: give at least 1", c.Harvest.KeepRuns))
	}
	for _, err := range c.Harvest.Notify.validate() {
		errs = append(errs, fmt.Errorf("harvest: notify: %w", err))
	}
	seen := map[string]int{}
	for i := range c.Sources {
		s, line := &c.Sources[i], 0
		if i < len(lines) {
			line = lines[i]
		}
		if err := s.Validate(); err != nil {
			errs = append(errs, fmt.Errorf("line %d: %w", line, err))
		}
		if err := validSchedule(s); err != nil {
			errs = append(errs, fmt.Errorf("line %d: source %s: %w", line, s.ID, err))
		}
		if other, ok := seen[s.ID]; ok {
			errs = append(errs, fmt.Errorf("line %d: source %s: the id is used in line %d already: choose another one", line, s.ID, other))
		}
		seen[s.ID] = line
	}
	return errors.Join(errs...)
}

// sourceLines returns the line on which each source begins.
func sourceLines(data []byte) []int {
	var doc struct{ Sources []yaml.Node }
	if yaml.Unmarshal(data, &doc) != nil {
		return nil
	}
	lines := make([]int, len(doc.Sources))
	for i, n := range doc.Sources {
		lines[i] = n.Line
	}
	return lines
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
