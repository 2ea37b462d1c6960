package protocol

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	"fincat/sparql"
)

// planner is an evaluator that tells how it would answer a query.
type planner interface {
	Explain(ctx context.Context, text string, o sparql.QueryOptions, analyze bool) (*sparql.Plan, error)
}

// serveRunning lists the queries and updates under way, the oldest first, with plan=true each
// with its plan.
func (h *Handler) serveRunning(w http.ResponseWriter, r *http.Request) error {
	if _, err := h.authorize(r); err != nil {
		return err
	}
	type item struct {
		ID      uint64    `json:"id"`
		Query   string    `json:"query"`
		Started time.Time `json:"started"`
		Seconds float64   `json:"seconds"`
		Plan    string    `json:"plan,omitempty"` // as the query would be planned now
	}
	plans := r.URL.Query().Get("plan") == "true"
	list := []item{}
	for _, q := range h.engine.Running() {
		i := item{q.ID, q.Text, q.Started, time.Since(q.Started).Seconds(), ""}
		if e, ok := h.engine.(planner); ok && plans {
			if plan, err := e.Explain(r.Context(), q.Text, sparql.QueryOptions{}, false); err == nil {
				i.Plan = plan.String() // an update has none
			}
		}
		list = append(list, i)
	}
	b, err := json.MarshalIndent(map[string]any{"queries": list}, "", "  ")
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write(append(b, '\n')) // a client that has gone needs no answer
	return nil
}

// serveCancel stops one of them.
func (h *Handler) serveCancel(w http.ResponseWriter, r *http.Request) error {
	if _, err := h.authorize(r); err != nil {
		return err
	}
	id, err := strconv.ParseUint(r.PathValue("id"), 10, 64)
	if err != nil || !h.engine.Cancel(id) {
		return problemf(http.StatusNotFound, "no query %.20q is running", r.PathValue("id"))
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
