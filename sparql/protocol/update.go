package protocol

import (
	"net/http"
	"strconv"

	"fincat/sparql"
	"fincat/sparql/gate"
	"fincat/store"
)

// serveUpdate is the update operation of the SPARQL 1.1 Protocol §2.2.
func (h *Handler) serveUpdate(w http.ResponseWriter, r *http.Request) error {
	author, err := h.authorizeChange(r)
	if err != nil {
		return err
	}
	op, err := h.readOperation(w, r, "update", typeUpdate, h.o.MaxUpdateBytes)
	if err != nil {
		return err
	}
	if !op.present {
		return problemf(http.StatusBadRequest, "the request has no update")
	}
	if err := gate.From(r.Context()).Turn(r.Context()); err != nil {
		return err
	}
	o := sparql.UpdateOptions{Base: h.base(r) + "update", Note: store.Note{Author: author}}
	if o.UsingGraphs, err = op.graphParams("using-graph-uri", o.Base); err != nil {
		return err
	}
	if o.UsingNamed, err = op.graphParams("using-named-graph-uri", o.Base); err != nil {
		return err
	}
	if o.Timeout, err = op.timeout(); err != nil {
		return err
	}
	u, err := h.engine.ParseUpdate(r.Context(), op.text, o)
	if err != nil {
		return err
	}
	if len(o.UsingGraphs)+len(o.UsingNamed) > 0 && u.NamesDataset() {
		return problemf(http.StatusBadRequest,
			"using-graph-uri and using-named-graph-uri cannot be combined with USING or WITH in the update")
	}
	res, err := h.engine.RunUpdate(r.Context(), u, o)
	if err != nil {
		return err
	}
	if res.Added+res.Removed > 0 {
		w.Header().Set(CommitHeader, strconv.FormatUint(res.Seq, 10))
	}
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusNoContent)
	return nil
}
