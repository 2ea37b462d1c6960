package main

import (
	"encoding/csv"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestDemoConforms holds our own statements to the profiles: on the demo's catalogue
// nothing that the catalogue states itself breaks them, and what the sources do not
// say is reported as theirs. The exception is named with its reason. The same holds for
// each page of the catalogue by itself, where nothing tells whose a statement is: there
// what is said of datasets, distributions, services and agents counts as the sources'.
func TestDemoConforms(t *testing.T) {
	dir := t.TempDir()
	demo := startDemo(t, dir)
	pages := catalogPages(t, demo.url)
	demo.stop()
	for profile, want := range map[string]struct{ ours, sources map[string]int }{
		"dcat-ap": {
			// The list of corporate bodies of the EU has no institutions of Taiwan. The demo's
			// configuration names nobody to ask about the catalogue, so that its series have no contact.
			ours: map[string]int{"warning catalog dct:publisher Node": 9, "warning series dct:publisher Node": 13,
				"warning series dcat:contactPoint MinCount": 13},
			sources: map[string]int{
				"violation dataset dct:description MinCount": 1222, "violation other foaf:primaryTopic Node": 2,
				"warning dataset dcat:contactPoint MinCount": 1365, "warning dataset dcat:keyword MinCount": 1217,
				"warning dataset dcat:theme Node": 1366, "warning dataset dct:publisher Node": 1366,
				"warning dataset dct:spatial MinCount": 1366, "warning dataset dct:temporal MinCount": 1366,
				"warning distribution dct:description MinCount": 1835, "warning distribution dct:format MinCount": 5,
				"warning distribution dct:license MinCount": 1835, "warning other adms:status MinCount": 1,
				"warning other dct:conformsTo MinCount": 1, "warning service dcat:contactPoint MinCount": 3,
				"warning service dcat:keyword MinCount": 1, "warning service dcat:theme Node": 3,
				"warning service dct:publisher Node": 3,
			},
		},
		"dcat-us": {
			ours: map[string]int{},
			sources: map[string]int{
				"violation dataset dct:description MinCount": 1222, "violation service dcat:contactPoint MinCount": 3,
				"violation agent foaf:name Datatype": 1, "violation dataset vcard:fn Datatype": 1,
				"violation dataset vcard:hasEmail MinCount": 1,
			},
		},
		"tw": {ours: map[string]int{}},
	} {
		ours, sources := map[string]int{}, map[string]int{}
		for _, page := range pages {
			for _, r := range validated(t, profile, page) {
				words := strings.Fields(r.key)
				of := []string{"dataset", "distribution", "service", "agent", "other"}
				if words[0] == "violation" && !slices.Contains(of, words[1]) {
					t.Errorf("%s, a page: %s", profile, r.key)
				}
			}
		}
		for _, r := range validated(t, profile, "--store", dir) {
			if r.origin == "source" {
				sources[r.key]++
			} else {
				ours[r.key]++
			}
		}
		compareCounts(t, profile+", the catalogue's", ours, want.ours)
		if want.sources != nil {
			compareCounts(t, profile+", the sources'", sources, want.sources)
		} else if len(sources) < 20 {
			t.Errorf("%s: %d kinds of results of sources, want at least 20", profile, len(sources))
		}
	}
}

func compareCounts(t *testing.T, what string, got, want map[string]int) {
	t.Helper()
	for key, n := range got {
		if want[key] != n {
			t.Errorf("%s results: %q %d times, want %d", what, key, n, want[key])
		}
	}
	for key, n := range want {
		if got[key] == 0 {
			t.Errorf("%s results: %q never, want %d times", what, key, n)
		}
	}
}

type validationRow struct{ key, origin string }

var ownKind = regexp.MustCompile(`^http://127\.0\.0\.1:\d+/(\w+)`)

// catalogPages returns the files with the pages of a server's catalogue.
func catalogPages(t *testing.T, server string) (files []string) {
	t.Helper()
	for address := server + "catalog.nt?page_size=1000"; address != ""; {
		res, err := http.Get(address)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(res.Body)
		res.Body.Close()
		if err != nil || res.StatusCode != http.StatusOK {
			t.Fatalf("GET %s: %s, %v", address, res.Status, err)
		}
		files = append(files, filepath.Join(t.TempDir(), "page.nt"))
		if err := os.WriteFile(files[len(files)-1], body, 0o600); err != nil {
			t.Fatal(err)
		}
		if len(files) > 100 {
			t.Fatalf("%d pages and no end: %s", len(files), address)
		}
		address = ""
		for _, link := range res.Header.Values("Link") {
			if next, ok := strings.CutSuffix(link, `>; rel="next"`); ok {
				address = strings.TrimPrefix(next, "<")
			}
		}
	}
	return files
}

// validated validates with a profile; more says what.
func validated(t *testing.T, profile string, more ...string) (out []validationRow) {
	t.Helper()
	var stdout, stderr strings.Builder
	if status := run(t.Context(), append([]string{"validate", "--profile", profile, "--format", "csv"}, more...),
		strings.NewReader(""), &stdout, &stderr); status != 3 {
		t.Fatalf("validate --profile %s: status %d, %s", profile, status, stderr.String())
	}
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(stdout.String(), "\ufeff"))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	at := map[string]int{}
	for i, name := range rows[0] {
		at[name] = i
	}
	for _, r := range rows[1:] {
		kind := "other"
		if m := ownKind.FindStringSubmatch(r[at["focus"]]); m != nil {
			kind = m[1]
		}
		component := r[at["component"]]
		component = strings.TrimSuffix(component[strings.LastIndex(component, "#")+1:], "ConstraintComponent")
		out = append(out, validationRow{
			strings.Join([]string{r[at["severity"]], kind, r[at["path"]], component}, " "), r[at["origin"]]})
	}
	return out
}
