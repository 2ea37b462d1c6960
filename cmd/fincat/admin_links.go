package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"fincat/cmd/fincat/access"
	"fincat/harvest/link"
	"fincat/sparql/protocol"
	"fincat/store"
	"fincat/vocab/dcat"
)

// linksHandler takes decisions about the links of a server's store from programs. Everything
// else about links is done by commands.
type linksHandler struct {
	store    *linkStore
	readOnly bool
}

// ServeHTTP implements [http.Handler].
func (h *linksHandler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	err := h.decide(w, r)
	if err == nil {
		return
	}
	p := &protocol.Problem{Status: statusOf(err), Detail: err.Error()}
	var bad *badLink
	if errors.As(err, &bad) {
		p.Status = http.StatusBadRequest
	}
	protocol.WriteProblem(w, r, p)
}

// badLink is a request that cannot be carried out as written.
type badLink struct{ detail string }

func (e *badLink) Error() string { return e.detail }

func badLinkf(format string, args ...any) error { return &badLink{fmt.Sprintf(format, args...)} }

// decide takes a decision: {"subject", "object", "state", "kind", "why"}. Its author
// is whoever the token belongs to.
func (h *linksHandler) decide(w http.ResponseWriter, r *http.Request) error {
	if h.readOnly {
		return store.ErrReadOnly
	}
	var in struct{ Subject, Object, State, Kind, Why string }
	dec := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<20))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&in); err != nil {
		return badLinkf("the body is no decision: %v", err)
	}
	who, _ := access.From(r)
	d := link.Decision{
		State: link.State(in.State), By: who.Name, Why: in.Why, At: time.Now().UTC().Format(time.RFC3339),
	}
	if d.State != link.Confirmed && d.State != link.Refused {
		return badLinkf("state is confirmed or refused, not %q", in.State)
	}
	if err := h.store.fill(r.Context(), &d, in.Subject, in.Object, in.Kind); err != nil {
		return &badLink{err.Error()}
	}
	done, err := link.Decide(r.Context(), h.store.Store, h.store.base, d)
	if err != nil {
		return err
	}
	w.Header().Set(protocol.CommitHeader, strconv.FormatUint(done.Seq, 10))
	return access.WriteJSON(w, http.StatusOK, map[string]any{
		"subject": d.Subject, "object": d.Object, "kind": d.Kind.String(), "state": d.State, "by": d.By,
		"commit": done.Seq,
	})
}

// newLinksHandler returns the handler for a server's store.
func newLinksHandler(s *store.Store, base dcat.Base, readOnly bool) *linksHandler {
	return &linksHandler{&linkStore{Store: s, base: base}, readOnly}
}
