package text

import (
	"fmt"
	"testing"

	"fincat/store"
	"fincat/vocab/term"
)

// BenchmarkBuild builds the index of a store with 20,000 Chinese titles, as after the
// first harvest of a large source.
func BenchmarkBuild(b *testing.B) {
	const n = 20_000
	s := openStore(b, "")
	words := []string{"金融機構", "保險業", "證券", "期貨", "統計", "月報", "基本資料", "分支機構", "逾放比率", "信用卡"}
	var c store.Change
	for i := range n {
		text := fmt.Sprintf("%s%s%s%d", words[i%10], words[i/10%10], words[i/100%10], i)
		c.Add = append(c.Add, title(i, term.NewLangString(text, "zh-Hant-TW")))
	}
	seq := commit(b, s, c)
	b.ReportAllocs()
	for b.Loop() {
		x, err := Open(Options{Store: s, Dir: b.TempDir()})
		if err == nil {
			err = x.Following().Reach(b.Context(), seq)
		}
		if err != nil {
			b.Fatal(err)
		}
		if err := x.Close(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(n*b.N)/b.Elapsed().Seconds(), "literals/s")
}
