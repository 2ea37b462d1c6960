package quality

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"fincat/vocab"
	"fincat/vocab/dcat"
)

// TestSchema asks that the columns of a file are described by what stands in them: datatypes only
// where all values are written as XML Schema writes them, and what a name identifies.
func TestSchema(t *testing.T) {
	r := sampled(t, "股票代號,件數,比率,日期,民國日期,金額,註,有無,量,\n"+
		"0050,1,1.5,2026-09-01,115/09/01,\"1,200\",a,true,1e3,x\n"+
		"2330,-20,2,2026-09-30,115/09/30,5,,false,2.5,\n")
	base := dcat.Base("https://c.example/")
	s := &state{Result: *r}
	got := map[string][]string{} // statements of a subject, shortened
	for _, x := range s.triples(base) {
		p := x.Predicate.Value()
		if strings.HasPrefix(p, vocab.CSVWNS) || p == vocab.FincatJoinsOn || p == vocab.FincatIdentifies {
			_, subject, _ := strings.Cut(x.Subject.Value(), "#")
			value := x.Object.Value()
			got[subject] = append(got[subject], value[strings.LastIndexAny(value, "/#")+1:])
		}
	}
	for i, want := range []string{"string 股票代號 stock-code", "integer 件數", "decimal 比率", "date 日期 date",
		"string 民國日期 date", "string 金額", "string 註", "boolean 有無", "double 量", "string"} {
		have := got[fmt.Sprintf("schema-1-%d", i+1)]
		slices.Sort(have)
		words := strings.Fields(want)
		slices.Sort(words)
		if strings.Join(have, " ") != strings.Join(words, " ") {
			t.Errorf("column %d is described as %v, want %v", i+1, have, words)
		}
	}
	if len(got["schema-1"]) != 10 {
		t.Errorf("the schema has columns %v", got["schema-1"])
	}
	about := got[""] // the dataset and its file, whose IRIs have no fragment
	slices.Sort(about)
	if strings.Join(about, " ") != "date schema-1 stock-code" {
		t.Errorf("of the dataset and its file is said %v", about)
	}
}
