package feed

import (
	"encoding/xml"
	"net/http"
	"slices"
	"testing"

	"fincat/harvest/feed/atom"
)

// TestSavedQuery follows a saved query and an example by Atom and RSS.
func TestSavedQuery(t *testing.T) {
	h, mux := newTestHandler(t)
	h.Saved = map[string]string{
		"csv": "SELECT ?x ?dataset { ?dataset <http://www.w3.org/ns/dcat#distribution>/" +
			"<http://purl.org/dc/terms/format> ?x }",
		"ask":  "ASK {}",
		"none": "SELECT ?dataset { ?dataset a <urn:none> }",
	}
	ids := func(path string) (out []string) {
		var feed atom.Feed
		w := get(mux, path)
		if err := xml.Unmarshal(w.Body.Bytes(), &feed); err != nil || w.Code != http.StatusOK {
			t.Fatalf("%s: %d, %v: %s", path, w.Code, err, w.Body)
		}
		for _, e := range feed.Entries {
			out = append(out, e.ID)
		}
		return out
	}
	for path, want := range map[string][]string{
		"feed/atom.xml?query=csv":            {string(base) + "dataset/one/b", string(base) + "dataset/one/a"},
		"feed/atom.xml?query=csv&format=csv": {string(base) + "dataset/one/a"},
		"feed/atom.xml?query=none":           nil,
	} {
		if got := ids(path); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", path, got, want)
		}
	}
	for path, want := range map[string]int{"feed/rss.xml?query=csv": 200, "feed/atom.xml?query=nobody": 404,
		"feed/atom.xml?query=csv&query=none": 400, "feed/atom.xml?query=ask": 500,
		"feed/atom.xml?query=publishers-by-format": 200} {
		if w := get(mux, path); w.Code != want {
			t.Errorf("%s: %d, want %d: %s", path, w.Code, want, w.Body)
		}
	}
}
