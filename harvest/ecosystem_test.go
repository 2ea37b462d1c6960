package harvest

import (
	"context"
	"net/http/httptest"
	"strings"
	"testing"

	"fincat/harvest/history"
	"fincat/store"
	"fincat/testdata/ecosystem"
)

const testBase = "https://data.example.tw/"

// newEcosystem returns a harvester of the recorded sources on an empty store.
func newEcosystem(t *testing.T) *Harvester {
	t.Helper()
	handler, err := ecosystem.Handler()
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(handler)
	t.Cleanup(srv.Close)
	cfg, err := ParseConfig(strings.NewReader(ecosystem.Config(srv.URL, testBase)))
	if err != nil {
		t.Fatal(err)
	}
	return newHarvester(t, openStore(t), cfg)
}

func openStore(t *testing.T) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func newHarvester(t *testing.T, s *store.Store, cfg Config) *Harvester {
	t.Helper()
	h, err := New(Options{Store: s, Config: cfg})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func mustRun(t *testing.T, h *Harvester, id string) *history.Report {
	t.Helper()
	rep, err := h.Run(context.Background(), id, RunOptions{})
	if err != nil {
		t.Fatalf("Run(%s): %v", id, err)
	}
	return rep
}

func TestEcosystem(t *testing.T) {
	h := newEcosystem(t)
	tests := []struct{ source, first, second string }{
		{"twse", "twse: 143 new, 0 changed, 0 unchanged, 0 missing, 0 removed, 0 failed",
			"twse: 0 new, 0 changed, 143 unchanged, 0 missing, 0 removed, 0 failed"},
		{"taifex", "taifex: 135 new, 0 changed, 0 unchanged, 0 missing, 0 removed, 0 failed", ""},
		{"fsc-statistics", "fsc-statistics: 5 new, 0 changed, 0 unchanged, 0 missing, 0 removed, 0 failed", ""},
		{"banking-bureau", "banking-bureau: 353 new, 0 changed, 0 unchanged, 0 missing, 0 removed, 0 failed",
			"banking-bureau: 0 new, 0 changed, 353 unchanged, 0 missing, 0 removed, 0 failed"},
		{"securities-futures-bureau", "securities-futures-bureau: 701 new, 0 changed, 0 unchanged, 0 missing, 0 " +
			"removed, 0 failed", "securities-futures-bureau: 0 new, 0 changed, 701 unchanged, 0 missing, 0 " +
			"removed, 0 failed"},
		{"cdic", "cdic: 18 new, 0 changed, 0 unchanged, 0 missing, 0 removed, 0 failed", ""},
		{"cns11643", "cns11643: 1 new, 0 changed, 0 unchanged, 0 missing, 0 removed, 0 failed",
			"cns11643: 0 new, 1 changed, 0 unchanged, 0 missing, 0 removed, 0 failed"},
		{"banking-list", "banking-list: 10 new, 0 changed, 0 unchanged, 0 missing, 0 removed, 0 failed",
			"banking-list: 0 new, 0 changed, 10 unchanged, 0 missing, 0 removed, 0 failed"},
	}
	if len(tests) != ecosystem.Sources {
		t.Errorf("%d sources tested, want %d", len(tests), ecosystem.Sources)
	}
	total := 0
	for _, tt := range tests {
		rep := mustRun(t, h, tt.source)
		if got := rep.String(); got != tt.first {
			t.Errorf("first run: %s\nwant: %s", got, tt.first)
		}
		total += rep.New
		if tt.second == "" {
			continue
		}
		if got := mustRun(t, h, tt.source).String(); got != tt.second {
			t.Errorf("second run: %s\nwant: %s", got, tt.second)
		}
	}
	if total != ecosystem.Records {
		t.Errorf("%d records, want %d", total, ecosystem.Records)
	}
}

// TestCaptures harvests all captures of dataset 5961: the metadata changed five
// times between them.
func TestCaptures(t *testing.T) {
	h := newEcosystem(t)
	changed := 0
	for i := range 37 {
		rep := mustRun(t, h, "cns11643")
		changed += rep.Changed
		if i == 0 && rep.New != 1 || i > 0 && rep.Changed+rep.Unchanged != 1 {
			t.Errorf("capture %d: %s", i+1, rep)
		}
	}
	if changed != 5 {
		t.Errorf("%d changes in 37 captures, want 5", changed)
	}
}
