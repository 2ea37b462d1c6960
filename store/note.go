package store

import (
	"context"
	"strconv"
)

// Note says by whom and for what a commit was made. The log keeps it as pairs
// of a key and a text; a zero field is not written. Keys that this program does
// not know, because a newer one wrote them, are passed over when read.
type Note struct {
	Author   string // name of the person or program whose right the change used
	Cause    string // where it is recorded what the author asked for; default see [WithCause]
	Run      string // identifier of the harvest run that the commit belongs to
	Source   string // identifier of the source that the run harvested
	Step     string // what a commit of a run is for, such as "start"; "" for the run's result
	Follower string // name of the follower that derived the commit's quads
	Undo     uint64 // sequence number of the commit that this one takes back
}

// pairs returns the note as the log keeps it, sorted by key.
func (n Note) pairs() [][2]string {
	var undo string
	if n.Undo > 0 {
		undo = strconv.FormatUint(n.Undo, 10)
	}
	var out [][2]string
	for _, p := range [][2]string{
		{"author", n.Author}, {"cause", n.Cause}, {"follower", n.Follower}, {"run", n.Run},
		{"source", n.Source}, {"step", n.Step}, {"undo", undo},
	} {
		if p[1] != "" {
			out = append(out, p)
		}
	}
	return out
}

// slight reports whether the note gives no reason to log a commit that changes
// nothing.
func (n Note) slight() bool { return n == (Note{Author: n.Author, Cause: n.Cause}) }

// set takes in a pair that was read from the log.
func (n *Note) set(key, value string) (err error) {
	switch key {
	case "author":
		n.Author = value
	case "cause":
		n.Cause = value
	case "follower":
		n.Follower = value
	case "run":
		n.Run = value
	case "source":
		n.Source = value
	case "step":
		n.Step = value
	case "undo":
		n.Undo, err = strconv.ParseUint(value, 10, 64)
	}
	return err
}

type causeKey struct{}

// WithCause gives the commits that have an author and are begun with the context their
// cause, such as the hash of an entry in an audit log.
func WithCause(ctx context.Context, cause string) context.Context {
	return context.WithValue(ctx, causeKey{}, cause)
}

// Cause returns the cause that [WithCause] gave to a context, or "".
func Cause(ctx context.Context) string {
	cause, _ := ctx.Value(causeKey{}).(string)
	return cause
}
