package quality

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"fincat/vocab/dcat"
)

// Requests are what the public has asked for, as people note it in the configuration.
type Requests struct {
	Days int           `yaml:"days"` // within which one has to be answered; default: none is known
	List []DataRequest `yaml:"list"` // what was asked for
}

// DataRequest is a request or comment of somebody.
type DataRequest struct {
	Dataset  string `yaml:"dataset" json:"dataset,omitempty"`   // as commands name it; none when it is for new data
	Asked    string `yaml:"asked" json:"asked"`                 // date
	Answered string `yaml:"answered" json:"answered,omitempty"` // date; none as long as nobody has answered
	About    string `yaml:"about" json:"about,omitempty"`       // what it was about

	Due string `yaml:"-" json:"-"` // date by a rule of its own, of what was filed here; default: by the days
}

// The states of requests.
const (
	RequestAnswered = "answered" // in time, or without a limit
	RequestLate     = "late"     // answered after its time
	RequestOpen     = "open"     // not answered, and still in time
	RequestOverdue  = "overdue"  // not answered, and its time is over
)

// maxRequests bounds the list.
const maxRequests = 10_000

// validate reports dates that are none.
func (r *Requests) validate() error {
	var errs []error
	if r.Days < 0 {
		errs = append(errs, fmt.Errorf("requests: days %d: give a number of days, such as 30", r.Days))
	}
	if len(r.List) > maxRequests {
		return fmt.Errorf("requests: %d, at most %d are read", len(r.List), maxRequests)
	}
	for i, q := range r.List {
		asked, err := q.day(q.Asked)
		answered, fault := asked, error(nil)
		if q.Answered != "" {
			answered, fault = q.day(q.Answered)
		}
		if err = errors.Join(err, fault); err == nil && answered.Before(asked) {
			err = fmt.Errorf("answered on %s, before it was asked on %s", q.Answered, q.Asked)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("requests: entry %d: %w", i+1, err))
		}
	}
	return errors.Join(errs...)
}

func (q *DataRequest) day(s string) (time.Time, error) {
	at, err := time.ParseInLocation(time.DateOnly, s, taipei())
	if err != nil {
		return at, fmt.Errorf("%q is no date: write one such as 2026-01-31", s)
	}
	return at, nil
}

// State tells how a request stands at a time, and until which day it has to be answered;
// the zero time when no limit is known.
func (r *Requests) State(q DataRequest, now time.Time) (state string, due time.Time) {
	asked, err := q.day(q.Asked)
	if err == nil && r.Days > 0 {
		due = asked.AddDate(0, 0, r.Days)
	}
	if own, err := q.day(q.Due); err == nil {
		due = own
	}
	end := now
	state, over := RequestOpen, RequestOverdue
	if q.Answered != "" {
		end, _ = q.day(q.Answered) // it was looked at when it was read
		state, over = RequestAnswered, RequestLate
	}
	if !due.IsZero() && !end.Before(due.AddDate(0, 0, 1)) {
		return over, due
	}
	return state, due
}

// response judges 回復效率: what was asked about a dataset is answered in time.
func (r *Requests) response(base dcat.Base, d *dataset, now time.Time) Indicator {
	n, limited, late := 0, r.Days > 0, ""
	for _, q := range r.List {
		if q.Dataset == "" || !slices.Contains([]string{d.d.IRI, d.name(base), d.d.Identifier}, q.Dataset) {
			continue
		}
		if asked, err := q.day(q.Asked); err != nil || asked.After(now) {
			continue
		}
		n++
		limited = limited || q.Due != ""
		switch state, due := r.State(q, now); state {
		case RequestLate:
			late = fmt.Sprintf("asked on %s, answered on %s: due %s", q.Asked, q.Answered, due.Format(time.DateOnly))
		case RequestOverdue:
			late = fmt.Sprintf("asked on %s and not answered: due %s", q.Asked, due.Format(time.DateOnly))
		}
	}
	out := Indicator{Is: NA, Why: "no request or comment of the public is known to the catalogue"}
	if n > 0 {
		out.Evidence = fmt.Sprintf("%d requests or comments", n)
	}
	switch {
	case n == 0:
	case !limited:
		out.Is, out.Why = Unknown, "no time limit is configured"
	case late != "":
		out.Is, out.Why = Fail, late
	case r.Days == 0:
		out.Is, out.Why = Pass, "nothing is left unanswered beyond its time"
	default:
		out.Is, out.Why = Pass, fmt.Sprintf("nothing is left unanswered for more than %d days", r.Days)
	}
	return out
}
