package jsonld_test

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fincat/vocab/jsonld"
	"fincat/vocab/rdfio"
	"fincat/vocab/w3ctest"
)

// brokenJSONLD lists the JSON-LD files of the shared folder that are faulty
// upstream: where the fault is, and what lenient reading makes of them, -1
// quads standing for an error.
var brokenJSONLD = map[string]struct {
	code                  string
	line, problems, quads int
}{
	// a trailing comma
	"dcat/schema-org/croissant/full_croissant_dataset.jsonld": {"loading document failed", 77, 2, 92},
	// terms that look like compact IRIs and stand for something else
	"dcat/dcat-ap/3.0.1/context/dcat-ap.jsonld": {"invalid IRI mapping", 669, 5, 0},
	// the context is an IRI without its scheme
	"dcat/dcat-us/1.1/samples/missing-catalog.data.json": {"loading remote context failed", 1, 0, -1},
}

// TestWalkJSONLD reads every JSON-LD file of the shared folder.
func TestWalkJSONLD(t *testing.T) {
	root := w3ctest.Shared(t, ".")
	files, total := 0, 0
	err := filepath.WalkDir(filepath.Join(root, "dcat"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".jsonld") && !strings.HasSuffix(path, ".json") {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		name, _ := filepath.Rel(root, path)
		if !bytes.Contains(data, []byte(`"@context"`)) && !bytes.Contains(data, []byte(`"@id"`)) {
			return nil
		}
		files++
		total += walkJSONLD(t, filepath.ToSlash(name), data)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d files, %d quads", files, total)
	if files < 281 || total < 8000 {
		t.Errorf("walked %d files with %d quads, want at least 281 and 8000", files, total)
	}
}

func walkJSONLD(t *testing.T, name string, data []byte) int {
	o := rdfio.ReadOptions{Format: rdfio.JSONLD, Base: "https://example.org/" + name}
	quads, err := rdfio.ReadAll(context.Background(), bytes.NewReader(data), o)
	want, broken := brokenJSONLD[name]
	if !broken {
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		return len(quads)
	}
	var e *jsonld.Error
	if !errors.As(err, &e) || e.Code != want.code || e.Line != want.line {
		t.Errorf("%s: error is %v, want %q in line %d", name, err, want.code, want.line)
	}
	problems := 0
	o.Lenient, o.OnProblem = true, func(p rdfio.Problem) {
		problems++
		t.Logf("%s: %v", name, p)
	}
	quads, err = rdfio.ReadAll(context.Background(), bytes.NewReader(data), o)
	if (err != nil) != (want.quads < 0) || problems != want.problems || len(quads) != max(0, want.quads) {
		t.Errorf(
			"%s, lenient: %d problems, %d quads, error %v; want %d and %d", name, problems, len(quads), err,
			want.problems,
			want.quads,
		)
	}
	return len(quads)
}
