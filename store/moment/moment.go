package moment

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"time"

	"fincat/store"
)

// Moment is the state that a request asks for.
type Moment struct {
	Seq  uint64    // the newest commit then
	Time time.Time // of that commit
	// Settled says that no commit can come any more that belongs to that state. It is
	// false for times in the future, which mean the present.
	Settled bool
}

// Error says that a time cannot be read, or that the history does not reach back to it.
type Error struct {
	Early  bool // the time can be read, and is before the first state that is kept
	detail string
}

// Error implements error.
func (e *Error) Error() string { return e.detail }

// taipei is where a day ends when nothing else is said.
var taipei = time.FixedZone("Asia/Taipei", 8*3600)

// Parse reads a time as parameters have it: a date-time of RFC 3339, or a date, which
// means the end of that day in Taipei. A plus sign that became a space, as in addresses
// that were not encoded, is one again.
func Parse(text string) (time.Time, error) {
	if day, err := time.ParseInLocation(time.DateOnly, text, taipei); err == nil {
		return day.AddDate(0, 0, 1).Add(-1), nil
	}
	if t, err := time.Parse(time.RFC3339Nano, strings.Replace(text, " ", "+", 1)); err == nil {
		return t, nil
	}
	return time.Time{}, &Error{detail: fmt.Sprintf("the time %.60q is none: write a date such as 2026-11-30, which "+
		"means the end of that day in Taipei, or a date-time with its zone such as 2026-11-30T12:00:00+08:00", text)}
}

// margin is how old a time must be that no commit can come before it any more: commits
// take their times a little before they can be seen.
const margin = time.Second

// Find returns the newest state that is not after t. For a time before all that is kept the
// error is an [*Error] that says how far back the history goes.
func Find(s *store.Store, t, now time.Time) (Moment, error) {
	seq, reach := s.Past().At(t), s.Past().Reach()
	first, ok := s.Past().Time(reach)
	if seq == 0 || seq < reach || !ok {
		detail := "the store has no history yet"
		if ok {
			detail = fmt.Sprintf("the history does not reach back to %s: the first state that is kept is of %s",
				Format(t), Format(first))
		}
		return Moment{}, &Error{Early: true, detail: detail}
	}
	at, ok := s.Past().Time(seq)
	if !ok {
		return Moment{}, fmt.Errorf("time of commit %d: %w", seq, store.ErrHistory)
	}
	return Moment{seq, at, t.Before(now.Add(-margin)) || seq < s.Seq()}, nil
}

// First returns the oldest state that is kept; ok is false when there is none.
func First(s *store.Store) (m Moment, ok bool) {
	seq := s.Past().Reach()
	t, ok := s.Past().Time(seq)
	return Moment{seq, t, true}, ok && seq > 0
}

// Format writes a time so that [Parse] reads the same, to the nanosecond.
func Format(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }

// Show writes a time for people, in Taipei, to the second.
func Show(t time.Time) string { return t.In(taipei).Format(time.DateTime) }

type key struct{}

// With gives a request its moment.
func With(ctx context.Context, m Moment) context.Context { return context.WithValue(ctx, key{}, m) }

// From returns the moment that a request asks for; ok is false when it asks for the present.
func From(ctx context.Context) (m Moment, ok bool) {
	m, ok = ctx.Value(key{}).(Moment)
	return m, ok
}

// Query adds the moment of a request, if it asks for one, to the query of an address.
func Query(ctx context.Context, query string) string {
	m, ok := From(ctx)
	if !ok {
		return query
	}
	at := "at=" + url.QueryEscape(Format(m.Time))
	if query == "" {
		return at
	}
	return query + "&" + at
}
