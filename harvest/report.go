package harvest

import (
	"fmt"
	"strings"
	"time"

	"fincat/harvest/source"
)

// Status is the state of a run.
type Status string

// The states of a run.
const (
	Running     Status = "running"
	Done        Status = "done"
	Held        Status = "held"        // done, but removals wait for approval
	Failed      Status = "failed"      // the source could not be gathered completely
	Interrupted Status = "interrupted" // its process ended before it did
	Cancelled   Status = "cancelled"   // a person stopped it; nothing was written
	Undone      Status = "undone"
)

// Report says what a run did.
type Report struct {
	Run     string    `json:"run"`
	Source  string    `json:"source"`
	Start   time.Time `json:"start"`
	End     time.Time `json:"end,omitzero"`
	Status  Status    `json:"status"`
	Reason  string    `json:"reason,omitempty"` // why it failed or was interrupted
	DryRun  bool      `json:"dry_run,omitempty"`
	Partial bool      `json:"partial,omitempty"` // the source told what changed only

	Mark string `json:"mark,omitempty"` // how far it came, in the source's own terms

	Process   string    `json:"process,omitempty"`  // that made the run
	Heartbeat time.Time `json:"heartbeat,omitzero"` // when it was last seen alive, while it is running
	Stage     Stage     `json:"stage,omitempty"`    // then
	Records   int       `json:"records,omitempty"`  // gathered then

	New       int `json:"new"`
	Changed   int `json:"changed"`
	Unchanged int `json:"unchanged"`
	Renamed   int `json:"renamed"` // shown under another identifier than before
	Missing   int `json:"missing"` // no longer shown, still in the catalogue
	Removed   int `json:"removed"`
	Failed    int `json:"failed"` // records that could not be taken over
	Held      int `json:"held"`   // removals that wait for approval
	Found     int `json:"problems"`

	Seq      uint64           `json:"seq,omitempty"` // of the commit
	Fetched  []string         `json:"-"`             // addresses read
	Problems []source.Problem `json:"-"`             // the first ones
	Err      error            `json:"-"`             // why the source could not be gathered completely
}

// RecordChange is what happened to one record.
type RecordChange struct {
	Record string `json:"record"` // IRI of the dataset
	What   string `json:"what"`   // new, changed, renamed, missing, removed, held
	Title  string `json:"title,omitempty"`
	Was    string `json:"was,omitempty"` // IRI of the dataset before it was renamed
}

// String returns the line that the commands print.
func (c RecordChange) String() string {
	line := fmt.Sprintf("%-8s %s  %s", c.What, c.Record, c.Title)
	if c.Was != "" {
		line += "  (was " + c.Was + ")"
	}
	return line
}

// Total returns how many records the source showed.
func (r *Report) Total() int { return r.New + r.Changed + r.Renamed + r.Unchanged + r.Failed }

// OK reports whether there is nothing to look into.
func (r *Report) OK() bool {
	return r.Err == nil && r.Failed == 0 && r.Held == 0 && (r.Status == Done || r.Status == Running)
}

// String returns the line that fincat harvest prints.
func (r *Report) String() string {
	s := fmt.Sprintf("%s: %d new, %d changed, %d unchanged, %d missing, %d removed, %d failed", r.Source, r.New, r.Changed, r.Unchanged, r.Missing, r.Removed, r.Failed)
	if r.Renamed > 0 {
		s += fmt.Sprintf("; %d renamed", r.Renamed)
	}
	if r.Held > 0 {
		s += fmt.Sprintf("; %d removals held back: fincat runs approve %s", r.Held, r.Run)
	}
	if r.Reason != "" {
		s += "; " + strings.TrimSpace(string(r.Status)+": "+r.Reason)
	}
	return s
}
