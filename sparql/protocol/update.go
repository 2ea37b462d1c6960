package protocol

import (
	"net/http"

	"fincat/sparql"
	"fincat/sparql/syntax"
)

// serveUpdate is the update operation of the SPARQL 1.1 Protocol §2.2.
func (h *Handler) serveUpdate(w http.ResponseWriter, r *http.Request) error {
	if err := h.authorizeChange(w, r); err != nil {
		return err
	}
	op, err := h.readOperation(w, r, "update", typeUpdate, h.o.MaxUpdateBytes)
	if err != nil {
		return err
	}
	if !op.present {
		return problemf(http.StatusBadRequest, "the request has no update")
	}
	o := sparql.UpdateOptions{Base: h.base(r) + "update"}
	if o.UsingGraphs, err = op.graphParams("using-graph-uri", o.Base); err != nil {
		return err
	}
	if o.UsingNamed, err = op.graphParams("using-named-graph-uri", o.Base); err != nil {
		return err
	}
	if o.Timeout, err = op.timeout(); err != nil {
		return err
	}
	if len(o.UsingGraphs)+len(o.UsingNamed) > 0 {
		if err := checkUsing(op.text, o.Base); err != nil {
			return err
		}
	}
	if _, err := h.engine.Update(r.Context(), op.text, o); err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// checkUsing refuses dataset parameters beside USING, USING NAMED or WITH
// (SPARQL 1.1 Protocol §2.2.3).
func checkUsing(text, base string) error {
	u, err := syntax.ParseUpdate(text, syntax.Options{Base: base})
	if err != nil {
		return err
	}
	for _, op := range u.Operations {
		if m, ok := op.(*syntax.Modify); ok && (m.With != "" || m.Using != nil) {
			return problemf(http.StatusBadRequest, "using-graph-uri and using-named-graph-uri cannot be combined with USING or WITH in the update")
		}
	}
	return nil
}
