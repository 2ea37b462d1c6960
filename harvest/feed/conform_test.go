package feed

import (
	"slices"
	"strings"
	"testing"

	"fincat/sparql/shacl"
	"fincat/vocab"
	"fincat/vocab/term"
)

// profiled returns what a profile that comes with the program forbids of statements.
func profiled(t *testing.T, quads []term.Quad, profile string) (out []string) {
	t.Helper()
	shapes, facts, err := shacl.Builtin(profile)
	if err != nil {
		t.Fatal(err)
	}
	compiled, err := shacl.Compile(shapes, shacl.ImportBuiltin)
	if err != nil {
		t.Fatal(err)
	}
	compiled.State(facts)
	for _, r := range violations(t, compiled, quads) {
		if r.Severity.Value() == vocab.SHViolation {
			out = append(out, strings.TrimPrefix(r.Focus.Value(), string(base))+" "+r.Path())
		}
	}
	return out
}

// TestPagesConform checks that a page describes the catalogues that it names: those of
// sources, and the whole one also where the store says nothing of it. Of a catalogue
// without datasets DCAT-US asks for one; nothing else is missing.
func TestPagesConform(t *testing.T) {
	described := strings.ReplaceAll(catalogue, `<catalog/one> a dcat:Catalog ;`, `<catalog/one> a dcat:Catalog ;
		dct:description "One" ; dct:publisher <org/twse> ; dct:conformsTo <http://e/standard> ;`) +
		`<graph/org> { <org/twse> a foaf:Agent . }
		<graph/catalog/one> { <http://e/standard> a dct:Standard . <service/one> dct:conformsTo <http://e/standard> . }`
	for _, tt := range []struct {
		name, document string
		want           map[string][]string
	}{
		{"nothing", "", map[string][]string{"dcat-us": {"catalog dcat:dataset"}}},
		{"a dataset elsewhere", `<http://e/g> { <http://e/d> a <http://www.w3.org/ns/dcat#Dataset> . }`, nil},
		{"sources", described, nil},
		{"a series", described + `<graph/series/x> { <series/x> a dcat:DatasetSeries ; dct:title "Series" ;
			dct:description "Editions" ; dct:publisher <org/twse> . <dataset/one/a> dcat:inSeries <series/x> . }`, nil},
	} {
		_, h := newHandlerOver(t, tt.document)
		if tt.name == "sources" { // descriptions say what they lead to, too
			for _, path := range []string{"service/one", "dataset/one/a"} {
				got := profiled(t, parse(t, get(h, path, "Accept", "text/turtle")), "dcat-ap-ranges")
				if i := slices.IndexFunc(got, func(s string) bool {
					return strings.HasSuffix(s, "dct:publisher") || strings.HasSuffix(s, "dct:conformsTo")
				}); i >= 0 {
					t.Errorf("%s: %s", path, got[i])
				}
			}
		}
		quads := parse(t, get(h, "catalog.nt?page_size=10"))
		for _, profile := range []string{"dcat-ap", "dcat-us", "tw"} {
			got := slices.DeleteFunc(profiled(t, quads, profile), func(s string) bool {
				return !strings.HasPrefix(s, "catalog ") && !strings.HasPrefix(s, "catalog/one ") &&
					!strings.HasPrefix(s, "series/x ") && !strings.HasSuffix(s, " dcat:inSeries") &&
					s != "service/one dct:conformsTo"
			})
			if strings.HasPrefix(tt.document, described) { // the fixture has no description of the whole catalogue
				got = slices.DeleteFunc(got, func(s string) bool {
					return s == "catalog dct:description" || s == "catalog dct:publisher"
				})
			}
			if !slices.Equal(got, tt.want[profile]) {
				t.Errorf("%s, %s: %q, want %q", tt.name, profile, got, tt.want[profile])
			}
		}
		if tt.name == "a series" {
			for _, path := range []string{"catalog.nt?page_size=10", "dataset/one/a"} {
				text := get(h, path, "Accept", "application/n-triples").Body.String()
				named := strings.Contains(text, vocab.DCATInSeries)
				described := strings.Contains(text, vocab.DCATDatasetSeries)
				if !named || !described {
					t.Errorf("%s names the series: %v, describes it: %v", path, named, described)
				}
			}
		}
		seen := map[string]bool{}
		for line := range strings.Lines(get(h, "catalog.nt?page_size=10").Body.String()) {
			if seen[line] {
				t.Errorf("%s: twice %s", tt.name, line)
			}
			seen[line] = true
		}
	}
}
