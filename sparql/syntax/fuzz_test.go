package syntax

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// suite is where the W3C suites are, seen from this package.
const suite = "../../testdata/w3c/rdf-tests/sparql"

// addSeeds adds the suites' files of one extension to the corpus.
func addSeeds(f *testing.F, ext string) {
	err := filepath.WalkDir(suite, func(path string, d fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ext {
			return err
		}
		text, err := os.ReadFile(path)
		f.Add(string(text))
		return err
	})
	if err != nil {
		f.Fatal(err)
	}
}

// fuzzRoundTrip demands that what parses also prints and parses again.
func fuzzRoundTrip(f *testing.F, ext string, roundTrip func(string) error) {
	addSeeds(f, ext)
	f.Fuzz(func(t *testing.T, text string) {
		err := roundTrip(text)
		if e := (*Error)(nil); err != nil && !errors.As(err, &e) {
			t.Errorf("%q: %v", text, err)
		}
	})
}

func FuzzParseQuery(f *testing.F) { fuzzRoundTrip(f, ".rq", roundTripQuery) }

func FuzzParseUpdate(f *testing.F) { fuzzRoundTrip(f, ".ru", roundTripUpdate) }
