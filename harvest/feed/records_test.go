package feed

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"fincat/harvest/feed/pod"
	"fincat/vocab"
)

// sameData links two of the three datasets of the small catalogue.
const sameData = ckanData + `
@prefix owl: <http://www.w3.org/2002/07/owl#> .
<graph/links> { <dataset/one/a> owl:sameAs <dataset/two/c> . <dataset/two/c> owl:sameAs <dataset/one/a> . }
`

// TestRecordsMerged asks each feed that can for one record of each dataset.
func TestRecordsMerged(t *testing.T) {
	_, h := newHandlerOver(t, sameData)
	datasets := func(path string) (out []string) {
		for next := path; next != ""; {
			quads := parse(t, get(h, next))
			next = ""
			for _, q := range quads {
				switch {
				case q.Predicate.Value() == vocab.RDFType && q.Object.Value() == vocab.DCATDataset:
					out = append(out, strings.TrimPrefix(q.Subject.Value(), string(base)+"dataset/"))
				case strings.HasSuffix(q.Predicate.Value(), "core#next"):
					next = q.Object.Value()
				}
			}
		}
		slices.Sort(out)
		return out
	}
	for path, want := range map[string][]string{
		"catalog.ttl": {"one/a", "one/b", "two/c"}, "catalog.ttl?records=all": {"one/a", "one/b", "two/c"},
		"catalog.ttl?records=merged&page_size=1": {"one/a", "one/b"},
		"catalog.ttl?records=merged&source=two":  {"two/c"},
	} {
		if got := datasets(path); !slices.Equal(got, want) {
			t.Errorf("%s has %v, want %v", path, got, want)
		}
	}
	all := decode[pod.Catalog](t, h, "data.json", http.StatusOK)
	merged := decode[pod.Catalog](t, h, "data.json?records=merged", http.StatusOK)
	if len(all.Dataset) != 3 || len(merged.Dataset) != 2 ||
		!slices.Contains(merged.Dataset[0].SameAs, base.Dataset("two", "c")) || len(all.Dataset[0].SameAs) > 0 {
		t.Errorf("data.json has %d datasets, merged %+v", len(all.Dataset), merged.Dataset)
	}
	found := call[ckanFound](t, h, "package_search?records=merged&sort=name+asc")
	if found.Count != 2 || !slices.Contains(found.Results[0].Extras, ckanExtra{"also", base.Dataset("two", "c")}) {
		t.Errorf("package_search = %+v", found)
	}
	if got := call[[]string](t, h, "package_list?records=merged"); !slices.Equal(got, []string{"one__a", "one__b"}) {
		t.Errorf("package_list = %v", got)
	}
	for _, path := range []string{"catalog.ttl?records=some", "data.json?records=some",
		"api/3/action/package_search?records=some"} {
		if w := get(h, path); w.Code < 400 || w.Code >= 500 || !strings.Contains(w.Body.String(), "merged") {
			t.Errorf("%s = %d %s", path, w.Code, w.Body)
		}
	}
}
