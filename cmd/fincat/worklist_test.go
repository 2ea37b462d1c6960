package main

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"fincat/harvest/quality"
	"fincat/harvest/report"
	"fincat/testdata/ecosystem"
)

// flaw is what the worklist has to say of a file of the demo, by indicator.
type flaw map[string]string

// demoFlaws are those of each kind of file that has some; a kind that is not here has none.
var demoFlaws = map[string]flaw{
	"big5":      {"encoding": "Big5, declared UTF-8 (none is declared)"},
	"utf16":     {"encoding": "UTF-16LE, declared UTF-8 (none is declared)"},
	"mixed":     {"encoding": "line 1 is UTF-8 and line 3 is Big5"},
	"pdf":       {"structured": "pdf is not structured"},
	"reports":   {"structured": "a.pdf is pdf, which is not structured"},
	"login":     {"download": "a login page (登入) arrives", "structured": "HTML is not structured"},
	"empty":     {"download": "nothing but an empty file arrives"},
	"cut":       {"download": "unexpected EOF"},
	"gone":      {"link": "404 Not Found", "download": "nothing usable arrives"},
	"broken":    {"link": "500 Internal Server Error", "download": "nothing usable arrives"},
	"forbidden": {"link": "403 Forbidden", "download": "nothing usable arrives"},
}

// demoStatus is the status that the evidence of a kind has.
var demoStatus = map[string]string{"gone": ": 404", "broken": ": 500", "forbidden": ": 403"}

// TestDemoWorklist compares each line of the demo's worklist with the flaw that its file was given:
// dataset, indicator, cause, evidence, owner and what to do; no flaw has no line.
func TestDemoWorklist(t *testing.T) {
	dir := t.TempDir()
	startDemo(t, dir)
	files, err := ecosystem.Files()
	if err != nil {
		t.Fatal(err)
	}
	rules, err := quality.NewRules()
	if err != nil {
		t.Fatal(err)
	}
	out, _ := fincat(t, exitDone, "report", "quarter", "--store", dir, "--format", "json")
	var r report.Report
	if err := json.Unmarshal([]byte(out), &r); err != nil {
		t.Fatal(err)
	}
	owners := ownersOf(t, dir)
	lines := map[string][]report.Item{}
	for _, w := range r.Work {
		_, name, _ := strings.Cut(w.Dataset, "/dataset/")
		lines[name] = append(lines[name], w)
	}
	for _, f := range files {
		want := demoFlaws[f.Kind]
		if len(lines[f.Dataset]) != len(want) {
			t.Errorf("%s (%s) has %d lines, want %d: %+v", f.Dataset, f.Kind, len(lines[f.Dataset]), len(want),
				lines[f.Dataset])
		}
		for _, w := range lines[f.Dataset] {
			at := slices.IndexFunc(rules.Indicators, func(x quality.IndicatorRule) bool {
				return x.ID == w.Indicator
			})
			if at < 0 || want[w.Indicator] != w.Why {
				t.Errorf("%s (%s): %s because of %q, want %v", f.Dataset, f.Kind, w.Indicator, w.Why, want)
				continue
			}
			rule := rules.Indicators[at]
			if w.ToDoZH != rule.ToDoZH || w.ToDoEN != rule.ToDoEN || w.ZH != rule.ZH || w.ToDoZH == "" {
				t.Errorf("%s: %s is to be mended by %q", f.Dataset, w.ZH, w.ToDoZH)
			}
			if w.Owner == "" || w.Owner != owners[w.Dataset] {
				t.Errorf("%s is of %q, want %q", f.Dataset, w.Owner, owners[w.Dataset])
			}
			status := demoStatus[f.Kind]
			if status == "" {
				status = ": 200"
			}
			if w.Badge != demoBadges[f.Kind] || !strings.HasPrefix(w.Evidence, "GET "+w.Address) ||
				!strings.Contains(w.Evidence, status) || !strings.HasSuffix(f.Dataset, w.Identifier) {
				t.Errorf("%s (%s): %+v", f.Dataset, f.Kind, w)
			}
			left := 0
			for _, x := range []string{"link", "download", "structured", "encoding", "fields"} {
				if want[x] != "" {
					left++
				}
			}
			if w.Left != left {
				t.Errorf("%s: %d indicators are left to mend, want %d", f.Dataset, w.Left, left)
			}
		}
		delete(lines, f.Dataset)
	}
	for name, list := range lines {
		t.Errorf("%s has lines and no flaw: %+v", name, list)
	}
	if len(r.Work) < 30 {
		t.Errorf("%d lines, want 30 at least", len(r.Work))
	}
}

// ownersOf returns who makes each dataset of the demo, else who publishes it, by their identifiers.
func ownersOf(t *testing.T, dir string) map[string]string {
	t.Helper()
	text, _ := fincat(t, exitDone, "query", "--store", dir, "--format", "json", "-e",
		`PREFIX dcat: <http://www.w3.org/ns/dcat#> PREFIX dct: <http://purl.org/dc/terms/>
		SELECT ?dataset ?creator ?publisher {
			?dataset a dcat:Dataset
			OPTIONAL { ?dataset dct:creator ?creator }
			OPTIONAL { ?dataset dct:publisher ?publisher }
		}`)
	var found struct {
		Results struct {
			Bindings []map[string]struct{ Value string }
		}
	}
	if err := json.Unmarshal([]byte(text), &found); err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, b := range found.Results.Bindings {
		owner := b["creator"].Value
		if owner == "" {
			owner = b["publisher"].Value
		}
		_, id, _ := strings.Cut(owner, "/org/")
		out[b["dataset"].Value] = id
	}
	return out
}
