package source

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"fincat/harvest/fetch"
)

func TestRepeatedPage(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte("same"))
	}))
	defer srv.Close()
	s := testSession(t, Config{URL: srv.URL, Policy: fetch.Policy{Robots: "ignore"}},
		fetch.Options{AllowPrivate: true})
	if _, err := s.Page(t.Context(), srv.URL+"/same?1", "*/*"); err != nil {
		t.Fatal(err)
	}
	var e *Error
	if _, err := s.Page(t.Context(), srv.URL+"/same?2", "*/*"); !errors.As(err, &e) || e.Rule != "repeated-page" {
		t.Errorf("repeated page: %v", err)
	}
}

// TestPasswordInAddress checks that a configuration with a password in it is
// refused without repeating it.
func TestPasswordInAddress(t *testing.T) {
	for name, cfg := range map[string]Config{
		"url": {ID: "a", Kind: "dcat", URL: "https://me:pass@data.example.tw/"},
		"proxy": {ID: "a", Kind: "dcat", URL: "https://data.example.tw/",
			Policy: fetch.Policy{Proxy: "http://me:pass@proxy:3128"}},
	} {
		if err := cfg.Validate(); err == nil || strings.Contains(err.Error(), "pass@") ||
			!strings.Contains(err.Error(), name) {
			t.Errorf("%s: Validate = %v", name, err)
		}
	}
}
