package requests

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"fincat/harvest/fetch"
	"fincat/harvest/notify"
	"fincat/vocab/dcat"
)

// Config is what the configuration says under requests:.
type Config struct {
	// Mail says how mail is sent; default: none, and nothing is taken, because nobody can confirm an
	// address.
	Mail       *Mail               `yaml:"mail"`
	Moderators []string            `yaml:"moderators"` // addresses that are told what waits for release
	Contacts   map[string][]string `yaml:"contacts"`   // addresses by organisation, which are told what it has to do
	// Rules are deadlines: the first that fits counts, after them the usual ones.
	Rules []Rule `yaml:"rules"`

	PerClient int            `yaml:"per_client"` // filed or supported from one network in an hour; default 10
	InAll     int            `yaml:"in_all"`     // from everywhere in an hour; default 200
	Waiting   int            `yaml:"waiting"`    // that wait to be confirmed or released; default 500
	Patience  fetch.Duration `yaml:"patience"`   // from showing a form to sending it, at least; default 3s
	Confirm   fetch.Duration `yaml:"confirm"`    // within which an address has to be confirmed; default 48h
	Keep      fetch.Duration `yaml:"keep"`       // how long an address is kept after the end of its case; default 720h
}

// Mail says how mail is sent, as [notify.Mail] does.
type Mail struct {
	Server      string `yaml:"server"`       // host:port, as of harvest: notify: mail:
	From        string `yaml:"from"`         // address of the sender
	UserEnv     string `yaml:"user_env"`     // environment variable with a name; default: none is given
	PasswordEnv string `yaml:"password_env"` // environment variable with the password
}

func (m *Mail) of(to ...string) notify.Config {
	return notify.Config{Mail: &notify.Mail{Server: m.Server, From: m.From, To: to, UserEnv: m.UserEnv,
		PasswordEnv: m.PasswordEnv}}
}

// Rule is a line of the table of deadlines.
type Rule struct {
	State        State  `yaml:"state"`        // that it is about: waiting, accepted, …; answer is that of the whole
	Kind         Kind   `yaml:"kind"`         // request, question or fault; default: all
	Sector       string `yaml:"sector"`       // default: all
	Organisation string `yaml:"organisation"` // id of the directory; default: all
	Days         int    `yaml:"days"`         // from the beginning of the state until it has to end
	Remind       int    `yaml:"remind"`       // days before the end at which its organisation is reminded; default 0
	Escalate     int    `yaml:"escalate"`     // days after the end at which the coordinating unit is told; default 0
}

// usual are the deadlines where no rule says otherwise.
var usual = []Rule{
	{State: Waiting, Days: 3, Remind: 1, Escalate: 4},
	{State: Accepted, Kind: Request, Days: 7, Remind: 2, Escalate: 3},
	{State: Accepted, Days: 14, Remind: 3, Escalate: 3}, // comments
	{State: Responsible, Days: 7, Remind: 2, Escalate: 3},
	{State: Assessment, Days: 30, Remind: 7, Escalate: 7},
	{State: Tracking, Days: 90, Remind: 14, Escalate: 14},
	{State: answer, Kind: Request, Days: 45},
	{State: answer, Days: 14},
}

// withDefaults fills in what the configuration leaves out.
func (c Config) withDefaults() Config {
	c.PerClient, c.InAll, c.Waiting = cmp.Or(c.PerClient, 10), cmp.Or(c.InAll, 200), cmp.Or(c.Waiting, 500)
	c.Patience = cmp.Or(c.Patience, fetch.Duration(3*time.Second))
	c.Confirm = cmp.Or(c.Confirm, fetch.Duration(48*time.Hour))
	c.Keep = cmp.Or(c.Keep, fetch.Duration(720*time.Hour))
	c.Rules = append(slices.Clone(c.Rules), usual...)
	return c
}

// rule returns the deadline that holds for a case in a state.
func (c *Config) rule(x *Case, s State) (Rule, bool) {
	for _, r := range c.Rules {
		if r.State == s && (r.Kind == "" || r.Kind == x.Kind) && (r.Sector == "" || r.Sector == x.Sector) &&
			(r.Organisation == "" || r.Organisation == x.Organisation) {
			return r, true
		}
	}
	return Rule{}, false
}

const maxRules, maxReceivers = 200, 20

// Validate reports what cannot work. known tells whether there is an organisation.
func (c *Config) Validate(known func(id string) bool) error {
	var errs []error
	bad := func(format string, a ...any) { errs = append(errs, fmt.Errorf(format, a...)) }
	for name, n := range map[string]int{"per_client": c.PerClient, "in_all": c.InAll, "waiting": c.Waiting} {
		if n < 0 || n > 100_000 {
			bad("%s %d: give a number from 1 to 100000", name, n)
		}
	}
	if len(c.Rules) > maxRules {
		bad("rules: %d, at most %d are possible", len(c.Rules), maxRules)
	}
	for i, r := range c.Rules {
		if err := r.check(known); err != nil {
			bad("rules: entry %d: %w", i+1, err)
		}
	}
	if c.Mail == nil {
		if len(c.Moderators)+len(c.Contacts) > 0 {
			bad("moderators, contacts: nobody is told: give mail with server and from")
		}
		return errors.Join(errs...)
	}
	lists := map[string][]string{"moderators": c.Moderators}
	for _, id := range slices.Sorted(maps.Keys(c.Contacts)) {
		if !known(id) {
			bad("contacts: there is no organisation %.60q in the directory: use an id of it, such as twse", id)
		}
		lists["contacts: "+id] = c.Contacts[id]
	}
	set := c.Mail.of("data@example.tw")
	errs = append(errs, set.Validate()...)
	for _, name := range slices.Sorted(maps.Keys(lists)) {
		if len(lists[name]) > maxReceivers {
			bad("%s: %d addresses, at most %d are possible", name, len(lists[name]), maxReceivers)
		}
		for _, to := range lists[name] {
			if _, err := checkAddress(to); err != nil {
				bad("%s: %w", name, err)
			}
		}
	}
	return errors.Join(errs...)
}

func (r *Rule) check(known func(id string) bool) error {
	var states []string
	for _, u := range usual {
		states = append(states, string(u.State))
	}
	slices.Sort(states)
	states = slices.Compact(states)
	switch {
	case !slices.Contains(states, string(r.State)):
		return fmt.Errorf("state %.40q: use one of %s", r.State, strings.Join(states, ", "))
	case r.Kind != "" && r.Kind != Request && r.Kind != Question && r.Kind != Fault:
		return fmt.Errorf("kind %.40q: use request, question or fault", r.Kind)
	case r.Sector != "" && !dcat.IsSector(r.Sector):
		return fmt.Errorf("sector %.40q: use banking, securities-futures, insurance or cross-sector", r.Sector)
	case r.Organisation != "" && !known(r.Organisation):
		return fmt.Errorf("there is no organisation %.60q in the directory: use an id of it, such as twse",
			r.Organisation)
	case r.Days < 1 || r.Days > 3650 || r.Remind < 0 || r.Remind > r.Days || r.Escalate < 0 || r.Escalate > 3650:
		return fmt.Errorf("days %d, remind %d, escalate %d: give 1 to 3650 days, and remind within them", r.Days,
			r.Remind, r.Escalate)
	}
	return nil
}
