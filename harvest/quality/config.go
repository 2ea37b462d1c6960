package quality

import (
	"errors"
	"fmt"
	"time"

	"github.com/robfig/cron/v3"

	"fincat/harvest/fetch"
)

// Config is what the configuration says under quality:.
type Config struct {
	Schedule string         `yaml:"schedule"`     // cron expression of the server's rounds; default: only when asked
	Rate     fetch.Rate     `yaml:"rate"`         // requests per host; default that of the source
	MaxBytes fetch.Size     `yaml:"max_bytes"`    // of one file; default 20MiB, at most 64MiB
	Unpacked fetch.Size     `yaml:"max_unpacked"` // of the members of an archive together; default 32MiB, or max_bytes
	Timeout  fetch.Duration `yaml:"timeout"`      // without progress, for each request; default 8s
	MaxTime  fetch.Duration `yaml:"max_time"`     // of one answer; default 30s
	Keep     string         `yaml:"keep"`         // directory for the files themselves; default none, which keeps none
	Workers  int            `yaml:"workers"`      // datasets at the same time; default 8 to 64, by the number of hosts
	Requests Requests       `yaml:"requests"`     // of the public, and when they were answered; default none
}

// maxBytes is the most that may be fetched of one file, which is held in memory.
const maxBytes = 64 << 20

// WithDefaults returns c with the documented defaults filled in.
func (c Config) WithDefaults() Config {
	if c.MaxBytes == 0 {
		c.MaxBytes = 20 << 20
	}
	if c.Unpacked == 0 { // 32 MiB by default
		c.Unpacked = max(32<<20, c.MaxBytes)
	}
	if c.Timeout == 0 {
		c.Timeout = fetch.Duration(8 * time.Second)
	}
	if c.MaxTime == 0 {
		c.MaxTime = fetch.Duration(30 * time.Second)
	}
	if c.Keep == "none" {
		c.Keep = ""
	}
	return c
}

// Validate reports what cannot work.
func (c Config) Validate() error {
	var errs []error
	if c.Schedule != "" {
		if _, err := cron.ParseStandard(c.Schedule); err != nil {
			errs = append(errs, fmt.Errorf("schedule %q: write a cron expression such as \"0 1 * * *\" or @daily",
				c.Schedule))
		}
	}
	if c.MaxBytes > maxBytes || c.Unpacked > 4*maxBytes {
		errs = append(errs,
			fmt.Errorf("max_bytes is at most %d MiB and max_unpacked %d MiB, because files are held in memory",
				maxBytes>>20, 4*maxBytes>>20))
	}
	if c.Workers < 0 || c.Workers > maxWorkers {
		errs = append(errs, fmt.Errorf("workers %d: give 1 to %d", c.Workers, maxWorkers))
	}
	return errors.Join(append(errs, c.Requests.validate())...)
}

// policy is how the files of a source are fetched: as the source, within the limits of the
// checks.
func (c Config) policy(p fetch.Policy) fetch.Policy {
	if c.Rate.Every > 0 {
		p.Rate = c.Rate
	}
	p.Timeout, p.MaxBytes, p.MaxRedirects = c.Timeout, c.MaxBytes, 10
	return p
}
