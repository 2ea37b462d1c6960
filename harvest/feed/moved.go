package feed

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"fincat/sparql/protocol"
	"fincat/store"
	"fincat/store/moment"
	"fincat/vocab"
)

// Moved reports whether a dataset that once was in the catalogue is there under
// another IRI, because its source renamed it, or is gone.
func (h *Handler) Moved(ctx context.Context, sn *store.Snapshot, iri string) (to string, gone bool, err error) {
	record, ok := strings.CutPrefix(iri, string(h.Base)+"dataset/")
	if !ok {
		return "", false, nil
	}
	record = string(h.Base) + "record/" + record
	removed, err := Names(ctx, sn, record, vocab.PROVInvalidatedAtTime)
	if err != nil || len(removed) == 0 {
		return "", false, err
	}
	replaced, err := Names(ctx, sn, iri, vocab.DCTIsReplacedBy)
	if err != nil || len(replaced) == 0 {
		return "", true, err
	}
	return replaced[0].Object.Value(), false, nil
}

// Redirect answers for a dataset that has moved, and reports whether it did. The
// answer is for now: a source may take its old name up again.
func (h *Handler) Redirect(w http.ResponseWriter, r *http.Request, to string) bool {
	path, ok := strings.CutPrefix(to, string(h.Base))
	if !ok {
		return false
	}
	if query := moment.Query(r.Context(), r.URL.RawQuery); query != "" {
		path += "?" + query
	}
	w.Header().Set("Cache-Control", "no-cache")
	w.Header().Set("Access-Control-Allow-Origin", "*")
	http.Redirect(w, r, "/"+path, http.StatusMovedPermanently)
	return true
}

// left answers for a dataset that is no longer under its IRI, and reports
// whether it did.
func (h *Handler) left(w http.ResponseWriter, r *http.Request, iri string) bool {
	sn, err := wantedState(r.Context(), h)
	if err != nil {
		h.fail(w, r, err)
		return true
	}
	defer sn.Close()
	to, gone, err := h.Moved(r.Context(), sn, iri)
	switch {
	case err != nil:
		h.fail(w, r, err)
		return true
	case gone:
		protocol.WriteProblem(w, r, &protocol.Problem{Status: http.StatusGone,
			Detail: fmt.Sprintf("<%s> was in the catalogue until its source removed it; <%srecord/%s> says when",
				iri, h.Base, strings.TrimPrefix(iri, string(h.Base)+"dataset/"))})
		return true
	}
	return to != "" && h.Redirect(w, r, to)
}
