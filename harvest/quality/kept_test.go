package quality

import (
	"context"
	"fmt"
	"testing"

	"fincat/store"
	"fincat/vocab/dcat"
	"fincat/vocab/term"
)

// TestManyFiles checks datasets of hundreds of files each: what is kept of them together is
// more than a commit takes, and so is that of one as it is written.
func TestManyFiles(t *testing.T) {
	const datasets, each = 3, 400
	s := openStore(t, t.TempDir())
	defer s.Close()
	f := serveFiles(t)
	change := store.Change{Replace: map[term.Term][]term.Quad{}}
	for i := range datasets {
		id := fmt.Sprint(i)
		d := &dcat.Dataset{Identifier: id, Title: dcat.Texts("逐月資料" + id), FrequencyAs: "每1月"}
		for k := range each {
			d.Distribution = append(d.Distribution, dcat.Distribution{FormatAs: "CSV", Encoding: "UTF-8",
				DownloadURL: fmt.Sprintf("%s/%s-%d.csv", f.URL, id, k), Fields: dcat.Texts("年月、件數")})
		}
		d.Assign(base, "a", id)
		g := term.NewIRI(base.Graph("a", id))
		for _, tr := range d.Triples() {
			change.Replace[g] = append(change.Replace[g], tr.In(g))
		}
	}
	if _, err := s.Commit(context.Background(), change); err != nil {
		t.Fatal(err)
	}
	report, err := runnerOf(t, s, noon, Config{}).Run(t.Context(), nil, nil)
	if err != nil || report.Checked != datasets || report.Files != datasets*each || len(report.Failed) > 0 {
		t.Fatalf("%+v, %v, failed %v", report, err, report.Failed)
	}
	for _, r := range results(t, s) {
		if len(r.Resources) != each || r.Resources[each-1].Indicators[Fields].Is != Pass {
			t.Errorf("%s: %d files", r.Identifier, len(r.Resources))
		}
	}
	if report, err = runnerOf(t, s, noon, Config{}).Run(t.Context(), nil, nil); err != nil ||
		report.Kept != datasets*each {
		t.Errorf("the second round: %+v, %v", report, err)
	}
}
