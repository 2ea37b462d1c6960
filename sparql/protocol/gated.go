package protocol

import (
	"net/http"

	"fincat/sparql/gate"
)

// Gated lets the requests for a handler through a gate.
func Gated(g *gate.Gate, h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		t, err := g.Enter(r)
		if err == nil {
			defer t.Leave()
			w, r = t.Attach(w, r)
			err = t.Turn(r.Context())
		}
		if err != nil { // also when its client has gone: what nobody writes is an empty answer
			WriteProblem(w, r, ProblemOf(err))
			return
		}
		h.ServeHTTP(w, r)
	})
}
