package wire

import "net/http"

// heldBytes is how much of an answer is kept back until more comes, or the end.
const heldBytes = 64 << 10

// Held is the body of an answer of which the beginning is kept back, so that whoever fails
// after a few words can still say so with a status.
type Held struct {
	To   http.ResponseWriter
	Sent bool // an answer has begun

	kept []byte
}

// Write implements [io.Writer].
func (h *Held) Write(p []byte) (int, error) {
	if !h.Sent && len(h.kept)+len(p) <= heldBytes {
		h.kept = append(h.kept, p...)
		return len(p), nil
	}
	if err := h.Release(); err != nil {
		return 0, err
	}
	return h.To.Write(p)
}

// Release sends what was kept back.
func (h *Held) Release() error {
	h.Sent = true
	kept := h.kept
	h.kept = nil
	_, err := h.To.Write(kept)
	return err
}
