package main

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

// TestSilentHandlers: a handler that ends without a word because the time of the request
// is over makes no empty answer with status 200, which harvesters would take for an empty
// catalogue.
func TestSilentHandlers(t *testing.T) {
	silent := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	late, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	for ctx, want := range map[context.Context]int{
		late: http.StatusGatewayTimeout, gone: http.StatusServiceUnavailable,
	} {
		w := httptest.NewRecorder()
		bounded(silent).ServeHTTP(w, httptest.NewRequestWithContext(ctx, http.MethodGet, "/", nil))
		if w.Code != want || w.Body.Len() == 0 {
			t.Errorf("a request that is over (%v) is answered %d %q, want %d", ctx.Err(), w.Code, w.Body, want)
		}
	}
	said := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		<-r.Context().Done()
		w.WriteHeader(http.StatusNoContent)
	})
	w := httptest.NewRecorder()
	bounded(said).ServeHTTP(w, httptest.NewRequestWithContext(gone, http.MethodGet, "/", nil))
	if w.Code != http.StatusNoContent {
		t.Errorf("what a handler has answered becomes %d", w.Code)
	}
}
