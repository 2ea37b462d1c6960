package notify

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

// hook is a receiver of webhooks.
type hook struct {
	mu      sync.Mutex
	answers []int // statuses of the next answers; then 204
	tries   int
	got     []map[string]any
	tokens  []string
}

func (k *hook) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.tries++
	if len(k.answers) > 0 {
		status := k.answers[0]
		k.answers = k.answers[1:]
		if status == 0 {
			panic(http.ErrAbortHandler) // cuts the connection
		}
		w.WriteHeader(status)
		return
	}
	var m map[string]any
	err := json.NewDecoder(r.Body).Decode(&m)
	if err != nil || r.Method != http.MethodPost || r.Header.Get("Content-Type") != "application/json" {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	k.got, k.tokens = append(k.got, m), append(k.tokens, r.Header.Get("Authorization"))
	w.WriteHeader(http.StatusNoContent)
}

// take returns how many messages were received since the last call.
func (k *hook) take() int {
	k.mu.Lock()
	defer k.mu.Unlock()
	n := len(k.got)
	k.got = nil
	return n
}

func getenv(name string) string {
	return map[string]string{"HOOK_TOKEN": "s3cret", "MAIL_USER": "fincat", "MAIL_PASSWORD": "pa55"}[name]
}

var told = map[string]string{"event": "failing"}

func TestWebhook(t *testing.T) {
	tests := []struct {
		name    string
		answers []int
		env     string
		tries   int
		err     string // "" when the message arrives
	}{
		{"arrives", nil, "HOOK_TOKEN", 1, ""},
		{"passing", []int{503, 0}, "HOOK_TOKEN", 3, ""},
		{"too many requests", []int{429}, "HOOK_TOKEN", 2, ""},
		{"lasting", []int{500, 502, 503, 503}, "HOOK_TOKEN", 3, "attempt 3: the webhook answers 503"},
		{"refused", []int{403}, "HOOK_TOKEN", 1, "webhook: attempt 1: the webhook answers 403"},
		{"no token", nil, "UNSET", 0, "the environment variable UNSET of webhook_token_env is empty: set it"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			k := &hook{answers: tt.answers}
			srv := httptest.NewServer(k)
			defer srv.Close()
			n := New(Options{
				Config: Config{Webhook: srv.URL + "/hidden-path", WebhookTokenEnv: tt.env},
				Getenv: getenv, Retry: time.Millisecond,
			})
			err := n.Send(t.Context(), &Message{JSON: told})
			if k.tries != tt.tries || (len(k.got) == 1) != (tt.err == "") {
				t.Errorf("%d attempts, %d messages, want %d attempts", k.tries, len(k.got), tt.tries)
			}
			if len(k.got) == 1 && (k.got[0]["event"] != "failing" || k.tokens[0] != "Bearer s3cret") {
				t.Errorf("received %v with %q, want %v with the token", k.got[0], k.tokens[0], told)
			}
			checkError(t, err, tt.err)
			if err != nil && (strings.Contains(err.Error(), "s3cret") ||
				strings.Contains(err.Error(), "hidden-path")) {
				t.Errorf("the error shows a secret: %v", err)
			}
		})
	}
}

// checkError asks for an error with a text in it, for none when that is empty.
func checkError(t *testing.T, err error, want string) {
	t.Helper()
	if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
		t.Errorf("error = %v, want %q", err, want)
	}
}

func TestWebhookRedirects(t *testing.T) {
	k := &hook{}
	other := httptest.NewServer(k)
	defer other.Close()
	mux := http.NewServeMux()
	mux.Handle("/in", k)
	mux.Handle("/same", http.RedirectHandler("/in", http.StatusTemporaryRedirect))
	mux.Handle("/lost", http.RedirectHandler("/in", http.StatusFound))
	mux.Handle("/other", http.RedirectHandler(other.URL, http.StatusTemporaryRedirect))
	mux.Handle("/loop", http.RedirectHandler("/loop", http.StatusTemporaryRedirect))
	for i, to := range []string{"/2", "/3", "/in"} { // three redirects are followed
		mux.Handle("/"+string(rune('1'+i)), http.RedirectHandler(to, http.StatusTemporaryRedirect))
	}
	mux.Handle("/0", http.RedirectHandler("/1", http.StatusTemporaryRedirect))
	srv := httptest.NewServer(mux)
	defer srv.Close()
	for path, want := range map[string]bool{
		"/in": true, "/same": true, "/1": true, "/0": false, "/lost": false, "/other": false, "/loop": false,
	} {
		n := New(Options{Config: Config{Webhook: srv.URL + path}, Retry: time.Hour}) // no second attempt
		err := n.Send(t.Context(), &Message{JSON: told})
		if got := k.take() == 1; got != want || (err == nil) != want {
			t.Errorf("%s: delivered %v, %v, want %v", path, got, err, want)
		}
	}
}

// A webhook gets nothing of a message that has no JSON, and nobody is told
// without a configuration.
func TestNothingToTell(t *testing.T) {
	k := &hook{}
	srv := httptest.NewServer(k)
	defer srv.Close()
	n := New(Options{Config: Config{Webhook: srv.URL}})
	if err := n.Send(t.Context(), &Message{Subject: "for people only"}); err != nil || k.tries != 0 {
		t.Errorf("Send = %v after %d attempts, want none", err, k.tries)
	}
	if n := New(Options{}); n != nil {
		t.Errorf("New = %v, want nil", n)
	}
}

// A long answer is not read to its end.
func TestWebhookLongAnswer(t *testing.T) {
	cut := make(chan bool, 1)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		block := make([]byte, webhookAnswer)
		for range 1000 {
			if _, err := w.Write(block); err != nil {
				cut <- true
				return
			}
		}
		cut <- false
	}))
	defer srv.Close()
	n := New(Options{Config: Config{Webhook: srv.URL}})
	if err := n.Send(t.Context(), &Message{JSON: told}); err != nil {
		t.Errorf("Send = %v, want no error", err)
	}
	if !<-cut {
		t.Error("all of a long answer was read")
	}
}
