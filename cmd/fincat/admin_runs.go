package main

import (
	"errors"
	"net/http"
	"strconv"
	"time"

	"fincat/cmd/fincat/access"
	"fincat/harvest"
	"fincat/harvest/history"
	"fincat/sparql/protocol"
	"fincat/store"
	"fincat/vocab/dcat"
)

// runsHandler shows and steers the harvests of a server: what runs, when each
// source is due, starting one now, cancelling and pausing.
type runsHandler struct {
	schedule *harvest.Scheduler // nil: the server harvests nothing
	base     dcat.Base
}

// addTo adds the routes.
func (h *runsHandler) addTo(routes map[string]http.Handler) {
	for pattern, do := range map[string]func(http.ResponseWriter, *http.Request) error{
		"GET /admin/runs":             h.list,
		"POST /admin/runs/{source}":   h.begin,
		"DELETE /admin/runs/{source}": h.cancel,
		"PUT /admin/runs/{source}/paused": func(w http.ResponseWriter, r *http.Request) error {
			return h.pause(w, r, true)
		},
		"DELETE /admin/runs/{source}/paused": func(w http.ResponseWriter, r *http.Request) error {
			return h.pause(w, r, false)
		},
	} {
		routes[pattern] = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			err := errNoSources
			if h.schedule != nil {
				err = do(w, r)
			}
			if err == nil {
				return
			}
			p := &protocol.Problem{Status: http.StatusInternalServerError, Detail: err.Error()}
			switch {
			case errors.Is(err, harvest.ErrUnknown), errors.Is(err, errNoSources):
				p.Status = http.StatusNotFound
			case errors.Is(err, harvest.ErrRunning):
				p.Status = http.StatusConflict
			case errors.Is(err, errBadFlag):
				p.Status = http.StatusBadRequest
			case store.IsFull(err):
				p.Status, p.Detail = http.StatusInsufficientStorage, protocol.FullDisk
			}
			protocol.WriteProblem(w, r, p)
		})
	}
}

var errNoSources = errors.New("this server harvests nothing: it was started without --config, or with --read-only")

var errBadFlag = errors.New("full is true or false")

// sourceState is what GET /admin/runs says of a source.
type sourceState struct {
	Source   string            `json:"source"`
	Kind     string            `json:"kind"`
	URL      string            `json:"url"`
	Schedule string            `json:"schedule,omitempty"`
	Timezone string            `json:"timezone,omitempty"`
	Paused   bool              `json:"paused,omitempty"`
	Next     time.Time         `json:"next,omitzero"`
	Why      string            `json:"why,omitempty"` // it is not due when its schedule says
	Running  *harvest.Progress `json:"running,omitempty"`
	Last     *history.Report   `json:"last,omitempty"`
}

func (h *runsHandler) list(w http.ResponseWriter, r *http.Request) error {
	of := h.schedule.Harvester()
	running, config := of.Running(), of.Config()
	sources := []sourceState{}
	for _, s := range config.Harvested() {
		state := sourceState{Source: s.ID, Kind: s.Kind, URL: s.URL, Schedule: s.Schedule, Timezone: s.Timezone,
			Paused: s.Paused}
		if s.Schedule != "" && s.Timezone == "" {
			state.Timezone = harvest.DefaultTimezone
		}
		paused, err := of.Paused(s.ID)
		if err != nil {
			return err
		}
		state.Paused = state.Paused || paused
		if due, ok := h.schedule.Due(s.ID); ok && !state.Paused {
			state.Next, state.Why = due.At, due.Why
		}
		for i := range running {
			if running[i].Source == s.ID {
				state.Running = &running[i]
			}
		}
		if state.Last, err = of.History().LastRun(r.Context(), s.ID); err != nil {
			return err
		}
		sources = append(sources, state)
	}
	return access.WriteJSON(w, http.StatusOK, map[string]any{"running": running, "sources": sources})
}

func (h *runsHandler) begin(w http.ResponseWriter, r *http.Request) error {
	full := false
	if v := r.URL.Query().Get("full"); v != "" {
		var err error
		if full, err = strconv.ParseBool(v); err != nil {
			return errBadFlag
		}
	}
	run, err := h.schedule.Begin(r.PathValue("source"),
		harvest.RunOptions{Full: full, Author: author(r), Cause: store.Cause(r.Context())})
	if err != nil {
		return err
	}
	w.Header().Set("Location", h.base.Run(run))
	return access.WriteJSON(w, http.StatusAccepted, map[string]string{"source": r.PathValue("source"), "run": run})
}

func (h *runsHandler) cancel(w http.ResponseWriter, r *http.Request) error {
	if err := h.schedule.Harvester().Cancel(r.PathValue("source")); err != nil {
		return err
	}
	w.WriteHeader(http.StatusAccepted)
	return nil
}

func (h *runsHandler) pause(w http.ResponseWriter, r *http.Request, paused bool) error {
	if err := h.schedule.Pause(r.Context(), r.PathValue("source"), paused, author(r)); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// author names who sent a request that went through the guard.
func author(r *http.Request) string {
	id, _ := access.From(r)
	return id.Name
}
