package jsonld_test

import (
	"bytes"
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fincat/vocab/canon"
	"fincat/vocab/rdfio"
)

// FuzzReadJSONLD looks for panics, and checks that whatever is read can be
// written and read again.
func FuzzReadJSONLD(f *testing.F) {
	for _, folder := range []string{"toRdf", "compact"} {
		_ = filepath.WalkDir(filepath.Join(ldSuite, folder), func(path string, d fs.DirEntry, err error) error {
			if err == nil && strings.HasSuffix(path, "-in.jsonld") {
				if data, err := os.ReadFile(path); err == nil {
					f.Add(string(data))
				}
			}
			return nil
		})
	}
	f.Add(`{"@context": "https://schema.org/", "@graph": [{"@type": "Dataset", "name": {"@value": 1e400}}]}`)
	f.Fuzz(func(t *testing.T, text string) {
		for _, lenient := range []bool{false, true} {
			quads, err := readLD(t, text, rdfio.ReadOptions{Lenient: lenient, Base: "http://e/base",
				Loader: suiteLoader})
			if err != nil {
				continue
			}
			var b bytes.Buffer
			if err := rdfio.Write(context.Background(), &b, rdfio.JSONLD, rdfio.All(quads),
				rdfio.WriteOptions{}); err != nil {
				t.Fatalf("Write of %v: %v", quads, err)
			}
			back, err := readLD(t, b.String(), rdfio.ReadOptions{})
			if err != nil || !canon.Isomorphic(quads, back) {
				t.Fatalf(
					"%q reads as\n%s, is written as\n%s and reads back as\n%s, %v", text, lines(quads), b.String(),
					lines(back), err,
				)
			}
		}
	})
}
