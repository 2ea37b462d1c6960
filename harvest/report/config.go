package report

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/robfig/cron/v3"

	"fincat/harvest/notify"
)

// Config is what the configuration says under reports:.
type Config struct {
	Schedule string             `yaml:"schedule"` // cron expression; default: only when asked
	Sources  []string           `yaml:"sources"`  // of whose datasets; default all
	Goals    map[string]float64 `yaml:"goals"`    // of targets, where they are not those of the plan
	Mail     *Mail              `yaml:"mail"`     // who gets them; default: nobody
	Use      Use                `yaml:"use"`      // how often datasets were used, by quarter; default: unknown
	Badges   bool               `yaml:"badges"`   // also a mail when badges change, to the same addresses; default no
}

// Use is how often datasets were used, such as downloaded, by quarter and then by dataset as commands
// name it: {2026Q4: {twse/123: 4500}}.
type Use map[string]map[string]float64

// validate reports quarters that are none and numbers below nothing.
func (u Use) validate() error {
	var errs []error
	for _, quarter := range slices.Sorted(maps.Keys(u)) {
		if _, err := ParseQuarter(quarter); err != nil {
			errs = append(errs, fmt.Errorf("use: %w", err))
		}
		for _, dataset := range slices.Sorted(maps.Keys(u[quarter])) {
			if n := u[quarter][dataset]; !(n >= 0 && n < 1e15) {
				errs = append(errs, fmt.Errorf("use: %s: %.80s: %v is no number of uses", quarter, dataset, n))
			}
		}
	}
	return errors.Join(errs...)
}

// Mail says who gets which report.
type Mail struct {
	// Server, From and the names of the variables are those of [notify.Mail].
	Server      string              `yaml:"server"`       // host:port, as of harvest: notify: mail:
	From        string              `yaml:"from"`         // address of the sender
	UserEnv     string              `yaml:"user_env"`     // environment variable with a name; default: none is given
	PasswordEnv string              `yaml:"password_env"` // environment variable with the password
	To          map[string][]string `yaml:"to"`           // by provider, an id of the directory, or all
}

// of is how one receiver is written to.
func (m *Mail) of(to ...string) notify.Config {
	return notify.Config{Mail: &notify.Mail{Server: m.Server, From: m.From, To: to, UserEnv: m.UserEnv,
		PasswordEnv: m.PasswordEnv}}
}

// Validate reports what cannot work. known tells whether there is an organisation.
func (c *Config) Validate(known func(id string) bool) error {
	var errs []error
	if c.Schedule != "" {
		if _, err := cron.ParseStandard(c.Schedule); err != nil {
			errs = append(errs, fmt.Errorf("schedule %q: write a cron expression such as \"0 8 5 1,4,7,10 *\"",
				c.Schedule))
		}
		if c.Mail == nil {
			errs = append(errs, errors.New("schedule: nobody gets the reports: give mail with server, from and to"))
		}
	}
	if _, err := NewPlan(c.Goals); err != nil {
		errs = append(errs, err)
	}
	if err := c.Use.validate(); err != nil {
		errs = append(errs, err)
	}
	if c.Badges && c.Mail == nil {
		errs = append(errs, errors.New("badges: nobody is told: give mail with server, from and to"))
	}
	if c.Mail == nil {
		return errors.Join(errs...)
	}
	if len(c.Mail.To) == 0 {
		errs = append(errs, errors.New("mail: to: nobody gets the reports: give addresses by provider, such as "+
			"{all: [data@example.tw], twse: [open@twse.example]}"))
	}
	for _, id := range slices.Sorted(maps.Keys(c.Mail.To)) {
		if id != All && !known(id) {
			errs = append(errs, fmt.Errorf("mail: to: there is no organisation %.60q in the directory; %s stands for "+
				"the report in all", id, All))
		}
		set := c.Mail.of(c.Mail.To[id]...)
		for _, err := range set.Validate() {
			errs = append(errs, fmt.Errorf("%s: %w", id, err))
		}
	}
	return errors.Join(errs...)
}
