package main

import (
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"time"

	"fincat/harvest"
	"fincat/sparql/protocol"
	"fincat/vocab/dcat"
)

// runsHandler shows and steers the harvests of a server: what runs, when each
// source is due, starting one now, cancelling and pausing.
type runsHandler struct {
	schedule *harvest.Scheduler // nil: the server harvests nothing
	base     dcat.Base
	allowed  func(*http.Request) bool
}

// register adds the routes.
func (h *runsHandler) register(mux *http.ServeMux) {
	for pattern, do := range map[string]func(http.ResponseWriter, *http.Request) error{
		"GET /admin/runs":                    h.list,
		"POST /admin/runs/{source}":          h.begin,
		"DELETE /admin/runs/{source}":        h.cancel,
		"PUT /admin/runs/{source}/paused":    func(w http.ResponseWriter, r *http.Request) error { return h.pause(w, r, true) },
		"DELETE /admin/runs/{source}/paused": func(w http.ResponseWriter, r *http.Request) error { return h.pause(w, r, false) },
	} {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			if !h.allowed(r) {
				w.Header().Set("WWW-Authenticate", `Bearer realm="fincat"`)
				protocol.WriteProblem(w, r, &protocol.Problem{Status: http.StatusUnauthorized, Detail: "a valid bearer token is needed"})
				return
			}
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
	Last     *harvest.Report   `json:"last,omitempty"`
}

func (h *runsHandler) list(w http.ResponseWriter, r *http.Request) error {
	of := h.schedule.Harvester()
	running := of.Running()
	sources := []sourceState{}
	for _, s := range of.Config().Sources {
		state := sourceState{Source: s.ID, Kind: s.Kind, URL: s.URL, Schedule: s.Schedule, Timezone: s.Timezone, Paused: s.Paused}
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
		if state.Last, err = of.LastRun(r.Context(), s.ID); err != nil {
			return err
		}
		sources = append(sources, state)
	}
	return writeJSON(w, http.StatusOK, map[string]any{"running": running, "sources": sources})
}

func (h *runsHandler) begin(w http.ResponseWriter, r *http.Request) error {
	full := false
	if v := r.URL.Query().Get("full"); v != "" {
		var err error
		if full, err = strconv.ParseBool(v); err != nil {
			return errBadFlag
		}
	}
	run, err := h.schedule.Begin(r.PathValue("source"), harvest.RunOptions{Full: full})
	if err != nil {
		return err
	}
	w.Header().Set("Location", h.base.Run(run))
	return writeJSON(w, http.StatusAccepted, map[string]string{"source": r.PathValue("source"), "run": run})
}

func (h *runsHandler) cancel(w http.ResponseWriter, r *http.Request) error {
	if err := h.schedule.Harvester().Cancel(r.PathValue("source")); err != nil {
		return err
	}
	w.WriteHeader(http.StatusAccepted)
	return nil
}

func (h *runsHandler) pause(w http.ResponseWriter, r *http.Request, paused bool) error {
	if err := h.schedule.Pause(r.Context(), r.PathValue("source"), paused); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func writeJSON(w http.ResponseWriter, status int, v any) error {
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(append(b, '\n')) // a client that has gone needs no answer
	return nil
}
