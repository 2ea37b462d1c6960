package codelist

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"fincat/vocab"
)

// known returns entities as lists describe them.
func known(t *testing.T) []*entity {
	t.Helper()
	securities := Config{ID: "securities", Of: "security", File: "x",
		Columns: map[string]string{"isin": "ISIN", "stock-code": "code", "name": "name"}}
	banks := Config{ID: "banks", Of: "institution", File: "x",
		Columns: map[string]string{"bank-code": "code", "name": "name"}}
	others := Config{ID: "others", Of: "company", File: "x", Key: "tax-id",
		Columns: map[string]string{"tax-id": "統編", "name": "名稱"}}
	byIRI := map[string]*entity{}
	for _, l := range []*List{
		mustRead(t, companies, csvText+"2838,聯邦商業銀行股份有限公司,聯邦銀,86380802,\n"+
			"2881,富邦金融控股股份有限公司,富邦金,03374805,\n"),
		mustRead(t, securities, "ISIN,code,name\nTW0002330008,2330,台積電\nTW0002881A00,2881A,富邦特\n"+
			"TW0000050004,0050,元大台灣50\n"),
		mustRead(t, banks, "code,name\n803,聯邦商業銀行\n004,臺灣銀行\n005,臺灣土地銀行\n"),
		mustRead(t, others, "統編,名稱\n22099131,台積電公司\n11913502,臺灣水泥股份有限公司\n03244509,臺灣積體電路製造股份有限公司\n"),
	} {
		for iri, e := range described(l.Triples(testBase), testBase) {
			byIRI[iri] = e
		}
	}
	var list []*entity
	for _, iri := range slices.Sorted(maps.Keys(byIRI)) {
		list = append(list, byIRI[iri])
	}
	return list
}

// TestRelations links what is the same, and nothing that an identifier contradicts.
func TestRelations(t *testing.T) {
	var got []string
	for _, tr := range relations(known(t)) {
		p := map[string]string{vocab.OWLSameAs: "=", vocab.FincatIssuer: "by"}[tr.Predicate.Value()]
		short := func(s string) string { return strings.TrimPrefix(s, testBase.Entities()) }
		got = append(got, fmt.Sprintf("%s %s %s", short(tr.Subject.Value()), p, short(tr.Object.Value())))
	}
	want := []string{
		"bank-code/803 = stock-code/2838", // the name in law
		"isin/TW0002330008 by stock-code/2330",
		"isin/TW0002881A00 by stock-code/2881", // a preferred share
		"stock-code/1101 = tax-id/11913502",
		"stock-code/2330 = tax-id/22099131", // not 03244509, whose 統一編號 is another one
		"stock-code/2838 = bank-code/803",
		"tax-id/11913502 = stock-code/1101",
		"tax-id/22099131 = stock-code/2330",
	}
	if !slices.Equal(got, want) {
		t.Errorf("relations:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// TestFind asks what texts name.
func TestFind(t *testing.T) {
	list := known(t)
	f := newFinder(list)
	for _, tt := range []struct{ text, want string }{
		{"臺灣銀行自動提款機據點", "bank-code/004"},
		{"台灣銀行 112年度會計月報", "bank-code/004"},
		{"臺灣銀行業總資產", ""},
		{"臺灣銀行公會會員", ""},
		{"臺灣銀行、臺灣土地銀行利率", "bank-code/004 bank-code/005"},
		{"聯邦商業銀行股份有限公司年報", "bank-code/803 stock-code/2838"},
		{"聯邦商業銀行年報", "bank-code/803 stock-code/2838"},
		{"臺灣水泥股份有限公司財報", "stock-code/1101 tax-id/11913502"},
		{"臺灣水泥業產量", ""},
		{"台積電(2330)每日股價", "isin/TW0002330008 stock-code/2330"},
		{"2330 台積電每日股價", "isin/TW0002330008 stock-code/2330"},
		{"2330年人口推估", ""},
		{"台積電股價", ""},
		{"富邦金乙特(2881B)", ""}, // no list has it
		{"統一編號 22099131 之契約", "stock-code/2330 tax-id/22099131"},
		{"編號 2209 9131", ""},
		{"編號922099131", ""},
		{"ISIN:TW0002330008", "isin/TW0002330008"},
		{"isin tw0002330008x", ""},
		{"富邦金融控股重大訊息", "stock-code/2881"},
		{"", ""},
		{"臺灣", ""},
	} {
		var got []string
		for _, i := range f.find(tt.text) {
			got = append(got, strings.TrimPrefix(list[i].iri, testBase.Entities()))
		}
		if s := strings.Join(got, " "); s != tt.want {
			t.Errorf("find(%q) = %q, want %q", tt.text, s, tt.want)
		}
	}
	if got := newFinder(nil).find("臺灣銀行"); got != nil {
		t.Errorf("without lists, find = %v", got)
	}
}

// FuzzFind asks of any text that it is looked through without a fault, and that what is
// found does not depend on words of other texts behind it.
func FuzzFind(f *testing.F) {
	f.Add("臺灣銀行 台積電(2330) TW0002330008")
	var finder *finder
	f.Fuzz(func(t *testing.T, text string) {
		if finder == nil {
			finder = newFinder(known(t))
		}
		found := finder.find(text)
		more := finder.find(text + "。以上")
		for _, i := range found {
			if !slices.Contains(more, i) {
				t.Errorf("find(%q) has %s, not so with a sentence behind", text, finder.list[i].iri)
			}
		}
	})
}
