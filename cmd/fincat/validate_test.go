package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"fincat/vocab"
	"fincat/vocab/rdfio"
	"fincat/vocab/w3ctest"
)

// TestValidateW3C runs the SHACL suite through the command: the report and the
// exit status of each test must be the expected ones.
func TestValidateW3C(t *testing.T) {
	dir, err := filepath.Abs("../../testdata/w3c/shacl/data-shapes-test-suite/tests")
	if err != nil {
		t.Fatal(err)
	}
	suite := w3ctest.Suite{Dir: dir, Base: fileIRI(dir) + "/"}
	for _, part := range []struct {
		manifest string
		want     int
	}{{"core/manifest.ttl", 98}, {"sparql/manifest.ttl", 22}} {
		t.Run(strings.Split(part.manifest, "/")[0], func(t *testing.T) {
			m, err := suite.Load(part.manifest)
			if err != nil {
				t.Fatal(err)
			}
			w3ctest.Run(t, m.Entries, part.want, nil, func(e w3ctest.Entry) error { return validateTest(t, suite, e) })
		})
	}
}

func validateTest(t *testing.T, suite w3ctest.Suite, e w3ctest.Entry) error {
	const sht = "http://www.w3.org/ns/shacl-test#"
	data, err := suite.Path(e.Graph.Object(e.Action, sht+"dataGraph").Value())
	if err != nil {
		return err
	}
	shapes, err := suite.Path(e.Graph.Object(e.Action, sht+"shapesGraph").Value())
	if err != nil {
		return err
	}
	want := exitFound
	switch {
	case e.Result.Value() == sht+"Failure":
		want = exitFailed
	case e.Graph.Object(e.Result, vocab.SHConforms).Value() == "true":
		want = exitDone
	}
	var out, stderr strings.Builder
	got := run(t.Context(), []string{"validate", data, "--shapes", shapes, "--format", "ttl"}, nil, &out, &stderr)
	if got != want {
		return fmt.Errorf("status %d, want %d: %s", got, want, &stderr)
	}
	if want == exitFailed {
		if out.Len() > 0 {
			return fmt.Errorf("there is a report: %s", &out)
		}
		return nil
	}
	report, err := rdfio.ReadAll(t.Context(), strings.NewReader(out.String()), rdfio.ReadOptions{Format: rdfio.Turtle})
	if err != nil {
		return err
	}
	return w3ctest.SameReport(report, e)
}

// TestNationalValidation validates the 51,475 collected records of data.gov.tw
// against the mandatory and range shapes of DCAT-AP: in 20 s and 500 MB.
func TestNationalValidation(t *testing.T) {
	if w3ctest.Campaign(t, 0) == 0 {
		t.Skip("set FINCAT_CAMPAIGN to validate the national catalogue")
	}
	file := w3ctest.Shared(t, "taiwan/data.gov.tw/catalog/all-datasets-2026-03.jsonl.gz")
	srv := httptest.NewServer(noRobots(func(w http.ResponseWriter, r *http.Request) { http.ServeFile(w, r, file) }))
	defer srv.Close()
	const source = "{id: large, kind: datagovtw, url: '%s/all.jsonl.gz', max_bytes: 1GiB}"
	h := newLargeHarvest(t, fmt.Sprintf(source, srv.URL))
	h.run(t, "large: 51455 new, 0 changed, 0 unchanged, 0 missing, 0 removed, 0 failed")
	r, out := process(t, "validate", "--store", h.dir, "--format", "csv",
		"--profile", "dcat-ap-mandatory,dcat-ap-ranges")
	t.Logf("%v, %v of processor time, %d MB of memory, %d lines", r.took, r.busy, r.memory, strings.Count(out, "\n"))
	if r.alone() > 20*time.Second {
		t.Errorf("validation took %v, want 20s", r.alone())
	}
	if r.memory > 500 {
		t.Errorf("validation took %d MB of memory, want less than 500", r.memory)
	}
}
