package history

import (
	"fmt"
	"strings"
	"time"

	"fincat/harvest/problem"
	"fincat/store"
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

// Stage is what a run in progress is doing.
type Stage string

// The stages of a run.
const (
	Starting   Stage = "starting"
	Gathering  Stage = "gathering"  // fetching, mapping, validating and comparing
	Settling   Stage = "settling"   // looking for what is missing or renamed
	Committing Stage = "committing" // writing everything at once
)

// Report says what a run did.
type Report struct {
	Run     string    `json:"run"`
	Source  string    `json:"source"`
	Start   time.Time `json:"start"`
	End     time.Time `json:"end,omitzero"`
	Status  Status    `json:"status"`
	Reason  string    `json:"reason,omitempty"` // why it failed or was interrupted, or needs attention
	DryRun  bool      `json:"dry_run,omitempty"`
	Partial bool      `json:"partial,omitempty"` // the source told what changed only
	Full    bool      `json:"full,omitempty"`    // it asked for everything, without conditions

	Mark string `json:"mark,omitempty"` // how far it came, in the source's own terms

	Author    string    `json:"-"`                  // of the commits that are made with the report
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

	// Unasked are the failed records that cannot be asked for alone. The next run
	// therefore asks for all that changed since the run before this one.
	Unasked int `json:"unasked,omitempty"`

	Seq      uint64            `json:"seq,omitempty"` // of the commit
	Fetched  []string          `json:"-"`             // addresses read
	Problems []problem.Problem `json:"-"`             // the first ones
	Err      error             `json:"-"`             // why the source could not be gathered completely
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

// Wrote reports whether a run may have changed the catalogue and still stands.
func (r *Report) Wrote() bool { return r.Status == Done || r.Status == Held || r.Status == Failed }

// Total returns how many records the source showed.
func (r *Report) Total() int { return r.New + r.Changed + r.Renamed + r.Unchanged + r.Failed }

// OK reports whether there is nothing to look into.
func (r *Report) OK() bool {
	return r.Err == nil && r.Reason == "" && r.Failed == 0 && r.Held == 0 && (r.Status == Done || r.Status == Running)
}

// Lacks reports whether the run came to its end, but with so many records
// missing that somebody should look.
func (r *Report) Lacks() bool { return r.Status == Done && r.Reason != "" }

// Took is how long the run took, never less than nothing: the clock may have
// been put back meanwhile.
func (r *Report) Took() time.Duration { return max(0, r.End.Sub(r.Start)) }

// Ended notes when the run ended. It never ended before it started.
func (r *Report) Ended(at time.Time) {
	if r.End = at; at.Before(r.Start) {
		r.End = r.Start
	}
}

// String returns the line that fincat harvest prints.
func (r *Report) String() string {
	s := fmt.Sprintf("%s: %d new, %d changed, %d unchanged, %d missing, %d removed, %d failed", r.Source, r.New,
		r.Changed, r.Unchanged, r.Missing, r.Removed, r.Failed)
	if r.Renamed > 0 {
		s += fmt.Sprintf("; %d renamed", r.Renamed)
	}
	if r.Held > 0 {
		s += fmt.Sprintf("; %s held back: fincat runs approve %s", problem.Count(r.Held, "removal"), r.Run)
	}
	if r.Reason != "" {
		s += "; " + strings.TrimSpace(string(r.Status)+": "+r.Reason)
	}
	return s
}

// What a commit of a run is for, as its note says.
const (
	StepResult    = "" // the records, and the run's own graph with them
	StepStart     = "start"
	StepHeartbeat = "heartbeat"
	StepEnd       = "end" // of a run that wrote no records
	StepUndo      = "undo"
	StepApprove   = "approve"
)

// Note is what the log keeps of a commit that belongs to the run.
func (r *Report) Note(step string) store.Note {
	return store.Note{Author: r.Author, Run: r.Run, Source: r.Source, Step: step}
}
