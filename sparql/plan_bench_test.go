package sparql

import (
	"fmt"
	"strings"
	"testing"
)

// BenchmarkPlan plans stars of growing size, which have the most connected
// subsets.
func BenchmarkPlan(b *testing.B) {
	e := benchEngine(b, 200)
	for _, n := range []int{2, 5, 7, 8, 10, 20} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			var t strings.Builder
			t.WriteString("SELECT * { ")
			predicates := []string{
				"dct:title",
				"dct:publisher",
				"dct:modified",
				"dcat:theme",
				"dcat:keyword",
				"dct:license",
				"dcat:distribution",
			}
			for i := range n {
				fmt.Fprintf(&t, "?d %s ?v%d . ", predicates[i%len(predicates)], i)
			}
			t.WriteString("}")
			b.ReportAllocs()
			for b.Loop() {
				if _, err := e.Explain(b.Context(), benchPrefixes+t.String(), QueryOptions{}, false); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
