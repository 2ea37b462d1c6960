package main

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"fincat/harvest/quality/cases"
)

// playCases harvests the datasets of a manifest, checks their files and returns the points.
func playCases(t *testing.T, manifest string) *cases.Points {
	t.Helper()
	m, err := cases.Load(manifest)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	s, err := cases.Serve(m, dir)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	config := filepath.Join(dir, "config.yaml")
	text := fmt.Sprintf("base: http://cases.example/\nharvest: {allow_private_addresses: [127.0.0.1], "+
		"responses_dir: none, "+
		"per_host: 8}\nquality: {rate: 1000/s, max_bytes: 8MiB, timeout: 2s, workers: 16}\nsources:\n"+
		"- {id: cases, kind: datagovtw, url: %q, rate: 1000/s, ca_file: %q}\n", s.Base+"/_catalog.json", s.CA)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	store := filepath.Join(dir, "store")
	command := func(args ...string) []byte {
		t.Helper()
		var out, errs bytes.Buffer
		if status := run(t.Context(), args, strings.NewReader(""), &out, &errs); status != exitDone {
			t.Fatalf("fincat %s ended with %d: %s%s", strings.Join(args, " "), status, out.String(), errs.String())
		}
		return out.Bytes()
	}
	command("harvest", "--store", store, "--config", config)
	t.Logf("%s", command("quality", "run", "--store", store, "--config", config, "--now", m.Now))
	p, err := s.Score(command("quality", "show", "--store", store, "--format", "json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range slices.Sorted(maps.Keys(p.ByKind)) {
		t.Logf("%-10s %.3f of %.0f", kind, p.ByKind[kind].Share(), p.ByKind[kind].Of)
	}
	for _, id := range slices.Sorted(maps.Keys(p.Lost)) {
		for _, what := range p.Lost[id] {
			t.Logf("%s: %s", id, what)
		}
	}
	t.Logf("score %.4f", p.Share())
	return p
}

// TestQualityCases plays the starter cases through harvest, quality run and quality show.
func TestQualityCases(t *testing.T) {
	p := playCases(t, "../../testdata/quality/manifest.json")
	if p.Share() < 0.97 {
		t.Errorf("score %.3f, want 0.97", p.Share())
	}
	if len(p.Unsafe) > 0 {
		t.Errorf("requests that must not be made: %v", p.Unsafe)
	}
}

// TestOwnQualityCases plays cases of our own, with at least one for each kind of trap that
// the starter cases lack, and those of somebody who had not read the checker.
func TestOwnQualityCases(t *testing.T) {
	for _, manifest := range []string{"manifest.json", "strange.json", "fresh.json", "served.json", "outside.json"} {
		t.Run(manifest, func(t *testing.T) {
			p := playCases(t, "../../testdata/quality/own/"+manifest)
			if p.Share() < 0.998 {
				t.Errorf("score %.4f, want 0.998", p.Share())
			}
			if len(p.Unsafe) > 0 {
				t.Errorf("requests that must not be made: %v", p.Unsafe)
			}
			if len(p.Raised) > 0 {
				t.Errorf("personal data that is none: %v", p.Raised)
			}
		})
	}
}
