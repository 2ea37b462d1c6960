package quality

import (
	"bufio"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"fincat/harvest/quality/inspect"
)

// foreseen is the badge of a dataset whose files are as they are declared: that they answer,
// come whole, and have the declared encoding and names cannot be known without them.
func foreseen(rules *Rules, formats, fields string) string {
	ind := map[string]Indicator{Link: {Is: Pass}, Download: {Is: Pass}, Structured: {Is: Unknown},
		Encoding: {Is: Unknown},
		Fields:   {Is: Unknown}}
	for _, f := range strings.Split(formats, ";") {
		f, _, _ = strings.Cut(strings.ToLower(f), "×")
		switch {
		case f == "zip" || f == "壓縮檔": // its members decide
		case !slices.Contains(rules.Structured, f):
			ind[Structured] = Indicator{Is: Fail, Why: f}
		}
	}
	d := inspect.Describe(fields)
	if d.Prose {
		ind[Fields] = Indicator{Is: Fail, Why: "prose"}
	}
	var names []string
	for _, n := range d.Names {
		names = append(names, n.Text)
	}
	badge, _, _ := rules.badge(ind, rules.standardNames(names))
	return badge
}

// TestRealBadges compares what the rules foresee for 101 real datasets with the badges that
// the portal gave them, without their files.
func TestRealBadges(t *testing.T) {
	in, err := os.Open("../../testdata/quality/portal-badges-2026.tsv")
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	rules, err := NewRules()
	if err != nil {
		t.Fatal(err)
	}
	table := map[string]map[string]int{}
	same, near, n := 0, 0, 0
	order := []string{None, "銅", "銀", "金", "白金"}
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		cells := strings.Split(lines.Text(), "\t")
		if len(cells) < 9 || cells[0] == "id" {
			continue
		}
		real, _, _ := strings.Cut(cells[1], "(")
		badge := foreseen(rules, cells[2], cells[8])
		if table[real] == nil {
			table[real] = map[string]int{}
		}
		table[real][badge]++
		n++
		d := slices.Index(order, real) - slices.Index(order, badge)
		if d == 0 {
			same++
		}
		if d*d <= 1 {
			near++
		}
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	t.Log("real \\ foreseen  " + strings.Join(order, "   "))
	for _, real := range order {
		row := fmt.Sprintf("%-6s", real)
		for _, b := range order {
			row += fmt.Sprintf("%5d", table[real][b])
		}
		t.Log(row)
	}
	t.Logf("%d of %d the same, %d at most one apart; 無 and 銀 depend on the files, which are not at hand", same, n,
		near)
	if n != 101 || same < 65 || near < 90 {
		t.Errorf("%d rows, %d the same, %d near; want 101, 65, 90 (%v)", n, same, near,
			slices.Sorted(maps.Keys(table)))
	}
}
