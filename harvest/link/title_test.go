package link

import "testing"

func newTestReader(t testing.TB) *reader {
	t.Helper()
	return &reader{newOrganisations(directory(t)), newLexicon(), weights}
}

// record returns a record of an institution with nothing but a title.
func record(source, org, title string, addresses ...string) *Record {
	return &Record{
		IRI: source + "/" + title, Source: source, Publisher: org, Titles: []string{title}, Addresses: addresses,
	}
}

func TestTitles(t *testing.T) {
	tests := []struct {
		org, a, b string
		want      level
	}{
		{"tdcc", "集保戶股權分散表", "集保戶股權分散表", titleEqual},
		{"tdcc", "台股－分散表（月）概要", "臺股-分散表(月)概要", titleEqual},
		{"jcic", "金融聯合徵信中心個人房貸狀況", "個人房貸狀況資料", titleCore},
		{"twse", "盤後資訊 > 個股日成交資訊", "上市個股日成交資訊", titleCore},
		{"taifex", "期貨市場三大法人-總表", "三大法人-總表", titleCore},
		{"tpex", "富櫃五十指數當日成分股", "富櫃50指數當日成分股", titleCore},
		{"taifex", "到期契約履約交割-股價指數類（指數期貨）", "到期契約履約交割-股價指數期貨類", titleCore},
		{"tdcc", "受託金額每1月累計統計表（英鎊）", "受託金額每月累計統計表（英鎊）", titleCore},
		{"tabf", "年報", "年報資料", titleShort},
		{"nccc", "各年齡層消費樣態", "各年齡層消費樣態一覽表", titleForm},
		{"taifex", "期貨商品最後結算價", "最後結算價-期貨商品", titleOrder},
		{"taifex", "最後結算價", "最後結算價-期貨商品", titleMore},
		{"taifex", "專營期貨商每股淨值明細表", "複委託期貨商每股淨值明細表", titlePart},
		{"twse", "上市公司財務報表(金融業)", "上市公司財務報表(保險業)", titlePart},
		{"tdcc", "鉅額交易日成交量值", "鉅額交易月成交量值", titlePart},
		{"tdcc", "受託金額累計統計表（英鎊）", "受託金額累計彙整表（日圓）甲", titleOther},
		{"jcic", "購置不動產之授信金額", "購置動產之授信金額", titlePart},
		{"twse", "持股轉讓日報表", "持股未轉讓日報表", titleFar},
		{"tdcc", "集保戶股權分散表", "公債發行資料", titleOther},
	}
	rd := newTestReader(t)
	for _, tt := range tests {
		a, b := rd.features(record("s", tt.org, tt.a)), rd.features(record("t", tt.org, tt.b))
		if got, seen := rd.titles(a, b, ownerSame); got != tt.want {
			t.Errorf("titles(%q, %q) = %s (%s), want %s", tt.a, tt.b, weights[got].name, seen, weights[tt.want].name)
		}
		x, _ := rd.titles(a, b, ownerSame)
		if y, _ := rd.titles(b, a, ownerSame); x != y {
			t.Errorf("titles(%q, %q) is %s, the other way round %s", tt.a, tt.b, weights[x].name, weights[y].name)
		}
	}
}

// TestMarkets asks that tables of different boards are never linked.
func TestMarkets(t *testing.T) {
	const mops = "https://mopsfin.twse.com.tw/opendata/"
	tests := []struct {
		a, b *Record
		want bool
	}{
		{record("s", "twse", "上市公司財報"), record("t", "twse", "上市公司財報"), true},
		{record("s", "twse", "上市公司財報"), record("t", "twse", "上櫃公司財報"), false},
		{record("s", "twse", "興櫃公司財報"), record("t", "twse", "公開發行公司財報"), false},
		{
			record("s", "twse", "公司財報", mops+"t187ap03_L.csv"),
			record("t", "twse", "公司財報", mops+"t187ap03_O.csv"), false,
		},
		{record("s", "twse", "公司財報", mops+"t187ap03_P.csv"), record("t", "twse", "公發公司財報"), true},
		{record("s", "tpex", "鉅額交易"), record("t", "twse", "鉅額交易"), false},
		{record("s", "tpex", "鉅額交易"), record("t", "tpex", "上櫃鉅額交易"), true},
		{record("s", "twse", "鉅額交易"), record("t", "", "上櫃鉅額交易"), false},
		{record("s", "tpex", "證券櫃檯買賣中心興櫃公司財報"), record("t", "tpex", "興櫃公司財報"), true},
		{record("s", "twse", "上市上櫃股票"), record("t", "twse", "上市股票"), true},
	}
	rd := newTestReader(t)
	for _, tt := range tests {
		a, b := rd.features(tt.a), rd.features(tt.b)
		if _, got := marketsOf(a, b, rd.orgs.related(a, b)); got != tt.want {
			t.Errorf("%v and %v: boards agree = %v, want %v", tt.a, tt.b, got, tt.want)
		}
	}
}

func TestNumerals(t *testing.T) {
	for in, want := range map[string]string{
		"五十指數": "50指數", "二十九大類股": "29大類股", "十六縣": "16縣", "一百零三年": "103年", "三大法人": "三大法人", "百": "100",
		"第一上市": "第一上市", "": "",
	} {
		if got := numerals(in); got != want {
			t.Errorf("numerals(%q) = %q, want %q", in, got, want)
		}
	}
}

func FuzzTitles(f *testing.F) {
	f.Add("盤後資訊 > 個股日成交資訊（五十）", "上市個股日成交資訊")
	f.Add("類((", "百百十類(類)")
	rd := newTestReader(f)
	f.Fuzz(func(t *testing.T, a, b string) {
		x, y := rd.features(record("s", "twse", a)), rd.features(record("t", "twse", b))
		l, _ := rd.titles(x, y, ownerSame)
		if m, _ := rd.titles(y, x, ownerSame); l != m {
			t.Errorf("titles(%q, %q) is %s, the other way round %s", a, b, weights[l].name, weights[m].name)
		}
		if l, _ := rd.titles(x, x, ownerSame); a != "" && letters(fold(a)) != "" && l > titleCore {
			t.Errorf("titles(%q, itself) is %s", a, weights[l].name)
		}
	})
}
