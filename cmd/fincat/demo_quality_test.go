package main

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"fincat/harvest/quality/words"
	"fincat/harvest/report"
	"fincat/testdata/ecosystem"
)

// demoBadges are what the files of each kind are worth: their columns are not described, so
// that a structured file in UTF-8 has gold, and platinum with names after the data standards.
var demoBadges = map[string]string{
	"platinum": "白金", "minguo": "白金", "personal": "白金",
	"gold": "金", "json": "金", "xml": "金", "zip": "金", "titles": "金", "ragged": "金",
	"big5": "銀", "mixed": "銀", "utf16": "銀", "pdf": "銅", "reports": "銅",
	"login": "無", "empty": "無", "cut": "無", "gone": "無", "broken": "無", "forbidden": "無",
}

// TestDemoReport makes the quarterly report of the demo, and counts it by the list of its
// files.
func TestDemoReport(t *testing.T) {
	dir := t.TempDir()
	d := startDemo(t, dir)
	files, err := ecosystem.Files()
	if err != nil {
		t.Fatal(err)
	}
	badges, of := map[string]int{}, map[string]string{}
	for _, f := range files {
		badges[demoBadges[f.Kind]]++
		of[f.Dataset] = demoBadges[f.Kind]
	}
	if len(files) < 60 || len(badges) != 5 || badges[""] > 0 {
		t.Fatalf("%d files with badges %v", len(files), badges)
	}
	out, _ := fincat(t, exitDone, "report", "quarter", "--store", dir, "--format", "json")
	var r report.Report
	if err := json.Unmarshal([]byte(out), &r); err != nil {
		t.Fatal(err)
	}
	for _, c := range r.Badges {
		if c.N != badges[c.What] {
			t.Errorf("%d datasets with %s, want %d", c.N, c.What, badges[c.What])
		}
	}
	for _, x := range r.Datasets {
		if want := of[x.Source+"/"+x.Identifier]; x.Badge != want {
			t.Errorf("%s/%s has %s, want %s", x.Source, x.Identifier, x.Badge, want)
		}
	}
	say, err := words.New()
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range r.Work {
		if text := say.Chinese(w.Why); text == w.Why || strings.Contains(text, " is ") {
			t.Errorf("%s: %q has no Chinese form, but %q", w.Dataset, w.Why, text)
		}
		if say.Chinese(w.Evidence) == w.Evidence && w.Evidence != "" {
			t.Errorf("%s: the evidence %q has no Chinese form", w.Dataset, w.Evidence)
		}
	}
	gold, platinum := r.Figure("gold"), r.Figure("platinum")
	if gold.Met != badges["白金"]+badges["金"] || platinum.Met != badges["白金"] || gold.Of != len(files) {
		t.Errorf("gold %d, platinum %d of %d, want the sums of %v", gold.Met, platinum.Met, gold.Of, badges)
	}
	if steps := gold.Cheapest; len(steps) == 0 || steps[0].Cause != "encoding" {
		t.Errorf("the cheapest way begins with %+v, want an encoding to correct", steps)
	}
	resp, page := get(t, d.url+"quality", "Accept", "text/html")
	if resp.StatusCode != http.StatusOK || !strings.Contains(page, "<svg") ||
		!strings.Contains(page, "404 找不到") || strings.Contains(page, "404 Not Found") {
		t.Errorf("/quality: %s", resp.Status)
	}
}
