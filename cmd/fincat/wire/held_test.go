package wire

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestHeld(t *testing.T) {
	w := httptest.NewRecorder()
	h := &Held{To: w}
	for _, text := range []string{"few words", ""} {
		if n, err := h.Write([]byte(text)); n != len(text) || err != nil || h.Sent || w.Body.Len() > 0 {
			t.Errorf("Write(%q) = %d, %v, sent %v", text, n, err, h.Sent)
		}
	}
	w.WriteHeader(http.StatusInsufficientStorage) // is still possible
	if w.Code != http.StatusInsufficientStorage {
		t.Errorf("status %d", w.Code)
	}
	many := strings.Repeat("x", heldBytes)
	n, err := h.Write([]byte(many))
	if n != len(many) || err != nil || !h.Sent || w.Body.String() != "few words"+many {
		t.Errorf("Write of %d = %d, %v, sent %v, %d bytes", len(many), n, err, h.Sent, w.Body.Len())
	}
	if err := h.Release(); err != nil || w.Body.Len() != len("few words")+len(many) {
		t.Errorf("Release = %v, %d bytes", err, w.Body.Len())
	}
}
