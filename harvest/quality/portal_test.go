package quality

import (
	"encoding/csv"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"fincat/vocab/w3ctest"
)

// portalRow is a dataset with the badge that the portal gave it.
type portalRow struct {
	id, badge, modified, fields string
	formats                     []string
}

func portalRows(t *testing.T) []portalRow {
	t.Helper()
	f, err := os.Open(w3ctest.Shared(t, "taiwan/quality/portal-badges-2026.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.Comma, r.LazyQuotes = '\t', true
	all, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var rows []portalRow
	for _, c := range all[1:] {
		row := portalRow{id: c[0], badge: c[1], modified: c[6], fields: c[8]}
		for _, format := range strings.Split(c[2], ";") {
			format, _, _ = strings.Cut(format, "×")
			row.formats = append(row.formats, strings.ToLower(format))
		}
		rows = append(rows, row)
	}
	return rows
}

// ceiling is the badge that the rules allow at best, as far as the metadata tells: what
// only the files can tell is taken as passed.
func (row portalRow) ceiling(r *Rules) string {
	ind := map[string]Indicator{}
	for _, i := range r.Indicators {
		ind[i.ID] = Indicator{Is: Pass}
	}
	for _, format := range row.formats {
		if format != "zip" && !slices.Contains(r.Structured, format) {
			ind["structured"] = Indicator{Is: Fail, Why: format}
		}
	}
	badge, _, _ := r.badge(ind, r.standardNames(strings.Split(row.fields, ";")))
	return badge
}

// TestPortalBadges puts what the rules allow beside what the portal gave. Where the
// portal gave less, the reason is in the files, which are not at hand. It gave more twice:
// to PDFs that are described as a corpus of text (文本語料), which must be exempt.
func TestPortalBadges(t *testing.T) {
	rules, err := NewRules()
	if err != nil {
		t.Fatal(err)
	}
	ladder := []string{None, "銅", "銀", "金", "白金"}
	got := map[string]int{}
	for _, row := range portalRows(t) {
		allowed := row.ceiling(rules)
		got[allowed+" "+row.badge]++
		if slices.Index(ladder, row.badge) > slices.Index(ladder, allowed) && row.fields != "文本語料" {
			t.Errorf("%s: the portal gave %s, the rules allow %s: %v %s", row.id, row.badge,
				allowed, row.formats, row.fields)
		}
	}
	want := map[string]int{
		"白金 白金": 30, "白金 金": 6, "白金 銀": 1, // names of fields alone do not make 白金
		"金 金": 27, "金 銀": 8, "金 無(品檢未過)": 1,
		"銅 銅": 23, "銅 白金": 2, "銅 無(品檢未過)": 2, "銅 無(未做品檢)": 1,
	}
	if !maps.Equal(got, want) {
		t.Errorf("what the rules allow and what the portal gave: %v, want %v", got, want)
	}
}

// TestPortalTitleLines asks what the rule for fields follows: descriptions that copy a
// title line or blank names from the first line of a CSV file failed in 2025 and pass in
// 2026, one of them word for word the same (174793 and 177692).
func TestPortalTitleLines(t *testing.T) {
	badges := map[string]int{}
	for _, row := range portalRows(t) {
		copied := strings.Contains(row.fields, ";;") || strings.HasSuffix(row.fields, ";")
		if copied && slices.Equal(row.formats, []string{"csv"}) {
			badges[row.modified[:4]+" "+row.badge]++
		}
	}
	if want := map[string]int{"2025 銀": 3, "2026 金": 3}; !maps.Equal(badges, want) {
		t.Errorf("badges of title lines by year: %v, want %v", badges, want)
	}
}
