package protocol

import (
	"encoding/json"
	"net/http"
	"strconv"
	"time"
)

// serveRunning lists the queries and updates under way, the oldest first.
func (h *Handler) serveRunning(w http.ResponseWriter, r *http.Request) error {
	if _, err := h.authorize(r); err != nil {
		return err
	}
	type item struct {
		ID      uint64    `json:"id"`
		Query   string    `json:"query"`
		Started time.Time `json:"started"`
		Seconds float64   `json:"seconds"`
	}
	list := []item{}
	for _, q := range h.engine.Running() {
		list = append(list, item{q.ID, q.Text, q.Started, time.Since(q.Started).Seconds()})
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
