package text

import (
	"reflect"
	"strings"
	"testing"
	"testing/quick"

	"github.com/blevesearch/bleve/v2/analysis"
)

// TestCharacters compares the filter with that of bleve, in the analyser of the mapping.
func TestCharacters(t *testing.T) {
	m, err := newMapping()
	if err != nil {
		t.Fatal(err)
	}
	theirs, ours := m.AnalyzerNamed(indexed), indexing(m)
	same := func(text string) bool {
		want, got := theirs.Analyze([]byte(text)), ours.Analyze([]byte(text))
		if len(want) == 0 && len(got) == 0 || reflect.DeepEqual(got, want) {
			return true
		}
		show := func(s analysis.TokenStream) (out []string) {
			for _, token := range s {
				out = append(out, token.String())
			}
			return out
		}
		t.Errorf("%q is analysed as\n%s\nwant\n%s", text, strings.Join(show(got), "\n"),
			strings.Join(show(want), "\n"))
		return false
	}
	for _, text := range []string{"", "險", "保險", "人身保險業務統計", "本國銀行 ESG 財務CSV資料", "ＡＢＣ銀行，113年", "ﾊﾝｶｸ 한글 ひらがな",
		"𠀀𠀁保", "保 險", "a保b險c", "é保é", "保險、證券。期貨"} {
		same(text)
	}
	parts := []string{"保", "險", "業", "證券", " ", "，", "a", "Bank", "1", "ＡＢ", "ｶﾞ", "한", "か", "カ", "𠀀", "é",
		"-", "\u200d", "😀"}
	err = quick.Check(func(picks []uint8) bool {
		var text strings.Builder
		for _, p := range picks {
			text.WriteString(parts[int(p)%len(parts)])
		}
		return same(text.String())
	}, &quick.Config{MaxCount: 3000})
	if err != nil {
		t.Error(err)
	}
}
