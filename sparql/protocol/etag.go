package protocol

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"strings"
)

// cached sets the validators of an answer and reports whether the client
// already has it. The entity tag stands for the store's newest commit, the
// query, its dataset and the format: while nothing is committed, the answer is
// the same. It is weak, because the order of solutions is not fixed.
func (h *Handler) cached(w http.ResponseWriter, r *http.Request, q *prepared) (fresh bool, err error) {
	if !q.Repeatable() {
		w.Header().Set("Cache-Control", "no-store")
		return false, nil
	}
	state, err := h.state()
	if q.o.Past {
		state, err = stateText(q.moment.Seq, q.moment.Time.UnixNano()), nil
	}
	if err != nil {
		return false, err
	}
	tag := `W/"` + state + "-" + digest(q.format.name(), fmt.Sprint(h.engine.DefaultGraph()), q.o.Base, q.Text(),
		strings.Join(q.o.DefaultGraphs, "\n"), strings.Join(q.o.NamedGraphs, "\n")) + `"`
	w.Header().Set("ETag", tag)
	w.Header().Set("Cache-Control", "no-cache")
	addVary(w.Header(), "Accept-Encoding")
	return matchesTag(r.Header.Values("If-None-Match"), tag), nil
}

// state names the newest commit: its number, and its time, which differs after
// a store has been set back to a backup.
func (h *Handler) state() (string, error) {
	sn, err := h.store.Snapshot()
	if err != nil {
		return "", fmt.Errorf("open a snapshot: %w", err)
	}
	defer sn.Close()
	return stateOf(sn), nil
}

func digest(parts ...string) string {
	d := sha256.New()
	for _, p := range parts {
		fmt.Fprintf(d, "%d:%s", len(p), p)
	}
	return hex.EncodeToString(d.Sum(nil)[:12])
}

// matchesTag compares a tag with those of If-None-Match, weakly (RFC 9110
// §13.1.2).
func matchesTag(values []string, tag string) bool {
	for _, t := range tags(values) {
		if t == "*" || strings.TrimPrefix(t, "W/") == strings.TrimPrefix(tag, "W/") {
			return true
		}
	}
	return false
}

// tags splits the entity tags of If-Match or If-None-Match.
func tags(values []string) []string {
	var out []string
	for _, v := range values {
		for {
			v = strings.TrimLeft(v, " \t,")
			if v == "" {
				break
			}
			start := strings.IndexByte(v, '"')
			if start < 0 || start > 2 { // "*", or not a tag
				word, rest, _ := strings.Cut(v, ",")
				out = append(out, strings.TrimSpace(word))
				v = rest
				continue
			}
			end := strings.IndexByte(v[start+1:], '"')
			if end < 0 {
				break
			}
			end += start + 2
			out = append(out, v[:end])
			v = v[end:]
		}
	}
	return out
}
