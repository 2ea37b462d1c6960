package rdfio

import (
	"bytes"
	"context"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
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
			quads, err := readLD(t, text, ReadOptions{Lenient: lenient, Base: "http://e/base", Loader: suiteLoader})
			if err != nil {
				continue
			}
			var b bytes.Buffer
			if err := Write(context.Background(), &b, JSONLD, All(quads), WriteOptions{}); err != nil {
				t.Fatalf("Write of %v: %v", quads, err)
			}
			back, err := readLD(t, b.String(), ReadOptions{})
			if err != nil || !Isomorphic(quads, back) {
				t.Fatalf("%q reads as\n%s, is written as\n%s and reads back as\n%s, %v", text, lines(quads), b.String(), lines(back), err)
			}
		}
	})
}

// TestJSONLDMutations feeds damaged documents to every algorithm: faults are
// errors, never panics.
func TestJSONLDMutations(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(ldSuite, "*/*-in.jsonld"))
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(13, 14))
	scraps := []string{`null`, `[]`, `{}`, `"@id"`, `"@type"`, `"@list"`, `"@set"`, `1`, `""`, `{"@value": null}`, `"@context"`, `"_:b"`, `true`, `"@none"`, `"@reverse"`, `"@nest"`, `"@json"`, `"@graph"`}
	end := time.Now().Add(ldCampaign())
	for i := 0; i < len(files) || time.Now().Before(end); i++ {
		path := files[i%len(files)]
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for range 4 {
			text := mutate(r, string(data), scraps)
			o := ldOptions{base: ldBase, loader: suiteLoader, lenient: r.IntN(2) == 0}
			p := newProcessor(context.Background(), []byte(text), o)
			doc, err := p.parse()
			if err != nil {
				continue
			}
			expanded, err := p.expandDocument(doc)
			if err != nil {
				continue
			}
			local := any(&jsonObject{})
			if o, ok := doc.(*jsonObject); ok {
				local = o.value("@context")
			}
			_, _ = p.compactDocument(expanded, local)
			_, _ = p.flatten(expanded)
		}
	}
}

// mutate replaces a quoted string or a bracket expression by a scrap.
func mutate(r *rand.Rand, text string, scraps []string) string {
	for range 1 + r.IntN(3) {
		parts := strings.Split(text, `"`)
		if len(parts) < 4 {
			return text
		}
		i := 1 + 2*r.IntN((len(parts)-1)/2)
		scrap := scraps[r.IntN(len(scraps))]
		text = strings.Join(parts[:i], `"`) + scrap + strings.Join(parts[i+1:], `"`)
	}
	return text
}
