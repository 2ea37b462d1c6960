package quality

import (
	"context"
	"hash/fnv"
	"net/http"
	"slices"
	"strings"
	"time"

	"fincat/harvest/fetch"
)

// An answer of 304 is the word of a server only. Files are looked at in full again after a time
// of trustedFor to twice that, which differs from file to file so that not all of a catalogue
// come on one day.
const trustedFor = 20 * 24 * time.Hour

// unreliable is the finding about a server whose validators stay while the content changes.
const unreliable = "validators-unreliable"

// conditions returns the request for a file that comes only if it has changed since prior; one
// without conditions where there is nothing to go by, or no reason to believe the server.
func (r *Resource) conditions(now time.Time, said ...time.Time) (ask fetch.Request) {
	if r == nil || r.Evidence.SHA256 == "" || r.Evidence.Error != "" || r.has(unreliable) {
		return ask
	}
	seen := r.Evidence.fetched()
	if now.Sub(seen) > trusted(r.URL) || slices.ContainsFunc(said, func(at time.Time) bool {
		return at.After(seen) && !at.After(now)
	}) {
		return ask
	}
	ask.ETag, ask.Modified = r.Evidence.ETag, r.Evidence.Modified
	return ask
}

// trusted is how long the server is believed that a file is as it was.
func trusted(address string) time.Duration {
	h := fnv.New32a()
	_, _ = h.Write([]byte(address))
	return trustedFor + time.Duration(h.Sum32()%20)*24*time.Hour
}

// fetched is when the content itself came the last time.
func (e *Evidence) fetched() time.Time {
	if e.Fetched.IsZero() {
		return e.At
	}
	return e.Fetched
}

// ask asks for a file, with conditions where there are some, and reports whether the server says
// that it is the same. One that says what cannot be is asked once more, without conditions.
func (c *checker) ask(ctx context.Context, s *fetch.Session, address string, ask fetch.Request) (
	l *fetch.Look, same bool, release func()) {
	l, release = c.look(ctx, s, address, ask)
	if ask.ETag == "" && ask.Modified == "" || ctx.Err() != nil {
		return l, false, release
	}
	if !doubtful(ask, l) {
		return l, l.Status == http.StatusNotModified, release
	}
	release()
	ask.ETag, ask.Modified = "", ""
	l, release = c.look(ctx, s, address, ask)
	return l, false, release
}

// doubtful reports whether an answer to a request with conditions says nothing about the file:
// 304 with an entity tag or a date that is another one (RFC 9110 §15.4.5), or a refusal of
// the conditions themselves.
func doubtful(ask fetch.Request, l *fetch.Look) bool {
	switch l.Status {
	case http.StatusBadRequest, http.StatusPreconditionFailed, http.StatusInternalServerError,
		http.StatusNotImplemented:
		return true
	case http.StatusNotModified:
	default:
		return false
	}
	etag, date := l.Header.Get("Etag"), l.Header.Get("Last-Modified")
	if ask.ETag != "" && etag != "" && opaque(etag) != opaque(ask.ETag) {
		return true
	}
	had, err := http.ParseTime(ask.Modified)
	if err != nil {
		return false
	}
	has, err := http.ParseTime(date)
	return err == nil && !has.Equal(had)
}

// opaque is an entity tag for weak comparison (RFC 9110 §8.8.3.2).
func opaque(tag string) string { return strings.TrimPrefix(strings.TrimSpace(tag), "W/") }

// validators returns those of an answer that tell versions of a file apart: an empty entity tag
// does not.
func validators(l *fetch.Look) (etag, modified string) {
	etag, modified = l.Validators()
	if strings.Trim(opaque(etag), `"`) == "" {
		etag = ""
	}
	return etag, modified
}

// compare finds out whether the validators of the server tell versions apart: the content is
// another one, and they are the same.
func (j *judged) compare(prior *Resource) {
	e := &j.out.Evidence
	if prior == nil || prior.Evidence.SHA256 == "" || e.SHA256 == "" || e.ETag == "" && e.Modified == "" ||
		e.ETag != prior.Evidence.ETag || e.Modified != prior.Evidence.Modified {
		return
	}
	if prior.has(unreliable) || e.SHA256 != prior.Evidence.SHA256 {
		j.found(unreliable, "header ETag", "the content changed, and ETag and Last-Modified stayed the same: "+
			"the file is asked for without conditions")
	}
}

// look fetches a file. Few long ones are in memory at the same time: one that finds no place
// is left, and asked for again when there is one. release gives the place back.
func (c *checker) look(ctx context.Context, s *fetch.Session, address string, ask fetch.Request) (
	l *fetch.Look, release func()) {
	has := false
	release = func() {
		if has {
			<-c.long
		}
		has = false
	}
	ask.More = func() bool {
		select {
		case c.long <- struct{}{}:
			has = true
		default:
		}
		return has
	}
	if l = s.Look(ctx, address, ask); !l.Long {
		return l, release
	}
	select {
	case c.long <- struct{}{}:
		has = true
	case <-ctx.Done():
		return l, release
	}
	ask.More = nil
	return s.Look(ctx, address, ask), release
}
