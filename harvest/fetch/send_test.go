package fetch

import (
	"fmt"
	"io"
	"net/http"
	"sync"
	"testing"
	"time"
)

// TestSend checks that what changes something at a host is sent once, also when the answer is
// a fault, a redirect or none; that the answer comes with its body; and that 429, which says
// that nothing was done, is waited out.
func TestSend(t *testing.T) {
	var mu sync.Mutex
	asked := map[string]int{}
	times := func(path string, more int) int {
		mu.Lock()
		defer mu.Unlock()
		asked[path] += more
		return asked[path]
	}
	s, address := serve(t, Policy{Rate: Rate{Every: time.Millisecond}}, func(w http.ResponseWriter, r *http.Request) {
		n := times(r.URL.Path, 1)
		body, _ := io.ReadAll(r.Body)
		switch r.URL.Path {
		case "/fault":
			w.WriteHeader(http.StatusInternalServerError)
		case "/moved":
			http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
		case "/busy":
			if n < 3 {
				w.WriteHeader(http.StatusTooManyRequests)
			}
		case "/cut":
			panic(http.ErrAbortHandler)
		}
		fmt.Fprintf(w, "%s %s %s", r.Method, r.Header.Get("Content-Type"), body)
	})
	send := Request{Body: []byte("{}"), ContentType: "application/json"}
	for _, tt := range []struct {
		method, path string
		status, want int
		body         string
	}{
		{"PUT", "/ok", 200, 1, "PUT application/json {}"},
		{"POST", "/fault", 500, 1, "POST application/json {}"},
		{"POST", "/moved", 307, 1, "POST application/json {}"},
		{"DELETE", "/busy", 200, 3, "DELETE application/json {}"},
	} {
		r, err := s.Send(t.Context(), tt.method, address+tt.path, send)
		if err != nil || r.Status != tt.status || string(r.Body) != tt.body || times(tt.path, 0) != tt.want {
			t.Errorf("%s %s: %+v, %v after %d requests, want %d %q after %d", tt.method, tt.path, r, err,
				times(tt.path, 0), tt.status, tt.body, tt.want)
		}
	}
	if _, err := s.Send(t.Context(), http.MethodPost, address+"/cut", send); err == nil || times("/cut", 0) != 1 {
		t.Errorf("an answer that was cut off: %v after %d requests", err, times("/cut", 0))
	}
	if times("/elsewhere", 0) != 0 {
		t.Error("the redirect was followed")
	}
}
