package harvest

import (
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"

	"fincat/store"
)

// TestDuplicates checks the rule for records that share an identifier: the
// first one counts, and the others are reported, as a problem when they say
// something else. It holds for every run alike.
func TestDuplicates(t *testing.T) {
	s := openStore(t)
	m, h := newTable(t, s)
	m.set(200, "text/csv",
		"id,title,url\n1,一,https://example.tw/1\n2,二,https://example.tw/2\n1,一,https://example.tw/1\n2,另一,https://example.tw/2b\n")
	for _, counts := range []string{"2 new, 0 changed, 0 unchanged", "0 new, 0 changed, 2 unchanged"} {
		rep := mustRun(t, h, "bb")
		want(t, rep, counts+", 0 missing, 0 removed, 0 failed")
		var got []string
		for p, err := range h.history.Problems(t.Context(), rep.Run) {
			if err != nil {
				t.Fatal(err)
			}
			if p.Rule == "duplicate" {
				got = append(got, fmt.Sprintf("%s %s %s", p.Severity, p.Record, p.Place.Locator))
			}
		}
		if text := strings.Join(got, ", "); text != "info 1 line 4, warning 2 line 5" {
			t.Errorf("duplicates reported: %s", text)
		}
	}
	if title := valueOf(graphOf(t, s, testBase+"graph/bb/2"), "http://purl.org/dc/terms/title"); title != "二" {
		t.Errorf("of two records with one identifier %q was taken, want the first", title)
	}
}

// TestAddressNoise checks that addresses that differ by what marks a visitor
// only, from run to run or within one, lead to the same record.
func TestAddressNoise(t *testing.T) {
	s := openStore(t)
	m, h := newTable(t, s)
	page := func(visit string) string {
		return fmt.Sprintf("id,title,url\n,一,https://EXAMPLE.tw:443/a?id=1&utm_source=%[1]s\n,二,https://example.tw/a;jsessionid=%[1]s?id=2\n,一,https://example.tw/a?fbclid=%[1]s&id=1\n", visit)
	}
	m.set(200, "text/csv", page("monday"))
	want(t, mustRun(t, h, "bb"), "2 new, 0 changed, 0 unchanged, 0 missing, 0 removed, 0 failed")
	m.set(200, "text/csv", page("tuesday"))
	rep := mustRun(t, h, "bb")
	if rep.New+rep.Missing > 0 || rep.Total() != 2 {
		t.Errorf("on another visit: %s", rep)
	}
}

// newTable returns a harvester of a table without an identifier where it has
// only an address.
func newTable(t *testing.T, s *store.Store) (*mutable, *Harvester) {
	t.Helper()
	m := &mutable{}
	srv := httptest.NewServer(m)
	t.Cleanup(srv.Close)
	cfg, err := ParseConfig(strings.NewReader(fmt.Sprintf(`
base: %s
harvest: {allow_private_addresses: true}
sources:
  - id: bb
    kind: table
    url: "%s/list.csv"
    rate: 1000/s
    table: {columns: {identifier: id, title: title, downloadURL: url}}
`, testBase, srv.URL)))
	if err != nil {
		t.Fatal(err)
	}
	return m, newHarvester(t, s, cfg)
}
