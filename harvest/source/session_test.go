package source

import (
	"testing"
	"time"

	"fincat/harvest/fetch"
)

// newSession opens a session that ends with the test.
func newSession(t *testing.T, cfg Config, client fetch.Options, since time.Time) *Session {
	t.Helper()
	c, err := fetch.NewClient(client)
	if err != nil {
		t.Fatal(err)
	}
	if cfg.Rate.Every == 0 {
		cfg.Rate.Every = time.Microsecond
	}
	s, err := NewSession(cfg, Options{Client: c, Base: "https://data.example.tw/", Since: since})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// testSession is newSession for tests in which the source's kind does not
// matter, or its Gather is called by name.
func testSession(t *testing.T, cfg Config, client fetch.Options) *Session {
	t.Helper()
	cfg.ID, cfg.Kind = "a", "openapi"
	if cfg.Timeout == 0 {
		cfg.Timeout = fetch.Duration(20 * time.Second)
	}
	return newSession(t, cfg, client, time.Time{})
}
