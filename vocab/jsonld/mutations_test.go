package jsonld

import (
	"context"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// ldCampaign is how long a campaign goes on, zero when none is asked for.
func ldCampaign() time.Duration {
	d, _ := time.ParseDuration(os.Getenv("FINCAT_CAMPAIGN"))
	return d
}

// TestJSONLDMutations feeds damaged documents to every algorithm: faults are
// errors, never panics.
func TestJSONLDMutations(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(ldSuite, "*/*-in.jsonld"))
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(13, 14))
	scraps := []string{
		`null`, `[]`, `{}`, `"@id"`, `"@type"`, `"@list"`, `"@set"`, `1`, `""`, `{"@value": null}`, `"@context"`,
		`"_:b"`,
		`true`, `"@none"`, `"@reverse"`, `"@nest"`, `"@json"`, `"@graph"`,
	}
	end := time.Now().Add(ldCampaign())
	for i := 0; i < len(files) || time.Now().Before(end); i++ {
		path := files[i%len(files)]
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for range 4 {
			text := mutate(r, string(data), scraps)
			o := options{base: ldBase, loader: suiteLoader, lenient: r.IntN(2) == 0}
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
