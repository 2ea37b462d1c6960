package protocol

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"fincat/store"
	"fincat/vocab/term"
)

// The entity tag of a graph names the commit it was read at, the graph and the
// format: "SEQ.TIME-GRAPH-FORMAT". It holds as long as no later commit has
// touched the graph.

func stateOf(sn *store.Snapshot) string {
	return stateText(sn.Seq(), sn.Time().UnixNano())
}

func stateText(seq uint64, nanos int64) string {
	return strconv.FormatUint(seq, 36) + "." + strconv.FormatInt(nanos, 36)
}

func graphTag(sn *store.Snapshot, g term.Term, format string) string {
	return fmt.Sprintf(`"%s-%s-%s"`, stateOf(sn), digest(g.String()), format)
}

// logReach is how many commits back a tag is followed.
const logReach = 10_000

// unchanged reports whether one of the tags stands for the graph as it is. With
// a format, the tag must have it too.
func (h *Handler) unchanged(
	ctx context.Context, sn *store.Snapshot, g term.Term, values []string, format string,
) (bool, error) {
	for _, t := range tags(values) {
		t = strings.TrimSuffix(strings.Trim(strings.TrimPrefix(t, "W/"), `"`), gzipMark)
		parts := strings.Split(t, "-")
		if len(parts) != 3 || parts[1] != digest(g.String()) || format != "" && parts[2] != format {
			continue
		}
		same, err := h.untouched(ctx, sn, g, parts[0])
		if err != nil || same {
			return same, err
		}
	}
	return false, nil
}

// untouched reports whether no commit after the given state changed the graph.
// A state from before the oldest commit of the log counts as changed: nobody
// knows any more, and the client then gets the graph anew.
func (h *Handler) untouched(ctx context.Context, sn *store.Snapshot, g term.Term, state string) (bool, error) {
	if state == stateOf(sn) {
		return true, nil
	}
	text, _, _ := strings.Cut(state, ".")
	seq, err := strconv.ParseUint(text, 36, 64)
	if err != nil || seq == 0 || seq >= sn.Seq() || sn.Seq()-seq > logReach {
		return false, nil
	}
	next := seq
	for c, err := range h.store.Log(ctx, seq-1) {
		switch {
		case errors.Is(err, store.ErrHistory):
			return false, nil
		case err != nil:
			return false, fmt.Errorf("read the commit log: %w", err)
		case c.Seq != next, c.Seq == seq && stateText(c.Seq, c.Time.UnixNano()) != state:
			return false, nil // it is the state of another store
		case c.Seq > seq && slices.Contains(c.Graphs, g):
			return false, nil
		case c.Seq == sn.Seq():
			return true, nil
		}
		next++
	}
	return false, nil
}

// checkConditions evaluates If-Match and If-None-Match of a change (RFC 9110
// §13.2.2).
func (h *Handler) checkConditions(r *http.Request, sn *store.Snapshot, g term.Term, exists bool) error {
	match, none := tags(r.Header.Values("If-Match")), tags(r.Header.Values("If-None-Match"))
	if len(match) > 0 {
		ok := exists && slices.Contains(match, "*")
		if !ok && exists {
			strong := slices.DeleteFunc(match, func(t string) bool { return strings.HasPrefix(t, "W/") })
			var err error
			if ok, err = h.unchanged(r.Context(), sn, g, strong, ""); err != nil {
				return err
			}
		}
		if !ok {
			return problemf(http.StatusPreconditionFailed, "the graph is not the one that If-Match names")
		}
	}
	if len(none) > 0 && exists {
		met := slices.Contains(none, "*")
		if !met {
			var err error
			if met, err = h.unchanged(r.Context(), sn, g, none, ""); err != nil {
				return err
			}
		}
		if met {
			return problemf(http.StatusPreconditionFailed, "the graph is there already, against If-None-Match")
		}
	}
	return nil
}
