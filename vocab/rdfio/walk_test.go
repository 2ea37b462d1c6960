package rdfio_test

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fincat/vocab/canon"
	"fincat/vocab/rdfio"
	"fincat/vocab/term"
	"fincat/vocab/w3ctest"
)

// brokenUpstream lists the RDF files of the shared folder that their README
// names as broken: the line of the first fault, how many faults lenient
// reading reports and how many quads it gives.
var brokenUpstream = map[string]struct{ line, problems, quads int }{
	"dcat/vocab/dcat3-external.ttl":                                                  {21, 2, 542},
	"dcat/dcat-ap/3.0.0-hvd/examples/example-bees_wasps_dataset.ttl":                 {1, 1, 10},
	"dcat/dcat-ap/3.0.1/examples/example-bee-population-dataset-series-api.ttl":      {20, 2, 12},
	"dcat/dcat-ap/3.0.1/examples/example-bee-population-dataset-series-combined.ttl": {32, 2, 41},
	"dcat/portals/ckanext-dcat/dataset.ttl":                                          {149, 5, 280},
	"dcat/portals/udata-dcat/geonetwork.xml":                                         {13, 15, 42},
}

// TestWalk reads every RDF file of the shared folder's dcat/ and taiwan/.
func TestWalk(t *testing.T) {
	shared := w3ctest.Shared(t, ".")
	counts := map[string]int{}
	for _, folder := range []string{"dcat", "taiwan"} {
		root := filepath.Join(shared, folder)
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			name, _ := filepath.Rel(shared, path)
			counts[folder]++
			walkFile(t, path, filepath.ToSlash(name), counts)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("files and quads: %v", counts)
	if counts["dcat"] < 622 || counts["taiwan"] < 109 || counts["broken upstream"] != len(brokenUpstream) {
		t.Errorf(
			"walked %d + %d files, %d of them broken; want at least 622 + 109 and %d", counts["dcat"],
			counts["taiwan"],
			counts["broken upstream"], len(brokenUpstream),
		)
	}
}

// isRDF reports whether a file is a document of one of our syntaxes; XML and
// JSON files of other kinds have the same extensions.
func isRDF(f rdfio.Format, name string, data []byte) bool {
	head := string(data[:min(len(data), 4096)])
	switch f {
	case rdfio.RDFXML:
		return strings.Contains(head, "<rdf:RDF") && !strings.Contains(head, "csw:GetRecordsResponse")
	case rdfio.JSONLD:
		return false
	}
	return true
}

func walkFile(t *testing.T, path, name string, counts map[string]int) {
	f, _, ok := rdfio.FormatByPath(path)
	if !ok {
		return
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !isRDF(f, name, data) {
		return
	}
	counts[f.Name()]++
	o := rdfio.ReadOptions{Path: path, Base: "https://example.org/" + name}
	quads, err := rdfio.ReadAll(context.Background(), bytes.NewReader(data), o)
	counts["quads"] += len(quads)
	want, broken := brokenUpstream[name]
	if !broken {
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		return
	}
	var e *rdfio.Error
	if !errors.As(err, &e) || e.Line != want.line {
		t.Errorf("%s: error is %v, want one in line %d", name, err, want.line)
	}
	problems := 0
	o.Lenient, o.OnProblem = true, func(p rdfio.Problem) {
		problems++
		t.Logf("%s: %v", name, p)
	}
	quads, err = rdfio.ReadAll(context.Background(), bytes.NewReader(data), o)
	if err != nil || problems != want.problems || len(quads) != want.quads {
		t.Errorf(
			"%s, lenient: %d problems, %d quads, error %v; want %d and %d", name, problems, len(quads), err,
			want.problems,
			want.quads,
		)
	}
	counts["broken upstream"]++
	counts["quads"] += len(quads)
}

// TestThreeSyntaxes compares the W3C examples of DCAT 3 in Turtle, JSON-LD and
// RDF/XML.
func TestThreeSyntaxes(t *testing.T) {
	root := w3ctest.Shared(t, "dcat/examples/w3c-dcat3")
	files, err := filepath.Glob(filepath.Join(root, "*.ttl"))
	if err != nil {
		t.Fatal(err)
	}
	differ := map[string][2]int{ // quads added and removed: the examples themselves differ
		"basic-example.rdf":            {1, 1}, // another homepage
		"threddsABC.jsonld":            {1, 1}, // byteSize as a string
		"dryad-globtherm-sdata.jsonld": {7, 7}, // ex: is not declared
	}
	compared := 0
	for _, turtle := range files {
		base := strings.TrimSuffix(turtle, ".ttl")
		want := readFile(t, turtle)
		for _, ext := range []string{".jsonld", ".rdf"} {
			if _, err := os.Stat(base + ext); err != nil {
				continue
			}
			compared++
			got := readFile(t, base+ext)
			added, removed := canon.Diff(want, got)
			if n := differ[filepath.Base(base)+ext]; n != [2]int{len(added), len(removed)} {
				t.Errorf(
					"%s differs from Turtle by +%d -%d: %v %v", filepath.Base(base)+ext, len(added), len(removed),
					added, removed,
				)
			}
		}
	}
	if compared != 54 {
		t.Errorf("%d comparisons, want 54", compared)
	}
}

func readFile(t *testing.T, path string) []term.Quad {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	quads, err := rdfio.ReadAll(context.Background(), f, rdfio.ReadOptions{Path: path,
		Base: "https://example.org/doc"})
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return quads
}
