package protocol

import "net/http"

// authorize returns the name of who sent a request that changes something or is
// about the administration, or the problem for which it is refused.
func (h *Handler) authorize(r *http.Request) (author string, err error) {
	if h.o.Authorize == nil {
		return "", problemf(http.StatusForbidden, "this server takes no changes")
	}
	return h.o.Authorize(r)
}

// authorizeChange refuses a change that the request may not make.
func (h *Handler) authorizeChange(r *http.Request) (author string, err error) {
	if author, err = h.authorize(r); err == nil && h.o.ReadOnly {
		err = problemf(http.StatusForbidden, "this server is read-only")
	}
	return author, err
}
