package column

import (
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"
)

// A rule says which names of columns stand for an identifier. Names are compared
// folded, see [fold].
type rule struct {
	identifier string // a concept of the scheme "identifier"
	names      string // whole names
	endings    string // or how a name ends
	// Of the words in about, when there are any, one must stand in the title or in
	// another column, of those in against none.
	about, against string
}

const (
	securitiesWords = "證券 股票 上市 上櫃 興櫃 公開發行 公發 股利 董事 監察人 個股 成交 有價 etf 權證 融資 融券 當沖 市值 外資 盤後 集中市場"
	insuranceWords  = "保險 壽險 產險 人壽 保費 保單 理賠 再保"
)

// rules are looked at in this order; the first that fits counts.
var rules = []rule{
	{identifier: "tax-id", names: "統一編號 統編 營利事業統一編號 公司統一編號 機構統一編號 事業統一編號 營業人統一編號 廠商統一編號 " +
		"公司統編 發行公司統一編號 ban taxid unifiedbusinessno unifiedbusinessnumber businessaccountingno uniformnumber"},
	{identifier: "lei", names: "lei leicode 法人機構識別編碼 法人識別碼 全球法人機構識別碼"},
	{identifier: "isin", names: "isin isincode isin代碼 isin代號 isin編碼 國際證券編碼 國際證券辨識號碼 國際證券識別號碼"},
	{identifier: "insurer-code", names: "保險公司代號 保險公司代碼 保險業代號 保險業代碼 壽險公司代號 產險公司代號"},
	{identifier: "stock-code", names: "公司代號 公司代碼", about: "上市 上櫃 興櫃 公開發行 公發 股票 證券代"},
	{identifier: "insurer-code", names: "公司代號 公司代碼", about: insuranceWords},
	{identifier: "stock-code", names: "證券代號 證券代碼 股票代號 股票代碼 有價證券代號 有價證券代碼 個股代號 標的證券代號 標的證券代碼 " +
		"stockcode stockid stockno securitiescompanycode securitycode securitycodeofunderlying stocksymbol"},
	{identifier: "stock-code", names: "公司代號 公司代碼 code 代號 代碼 symbol", about: securitiesWords, against: insuranceWords +
		" 銀行 契約 期貨 選擇權 公債 openinterest"},
	{identifier: "bank-code", names: "銀行代號 銀行代碼 金融機構代號 金融機構代碼 總行代號 總機構代號 總機構代碼 總機構代號 分行代號 bankcode bankid"},
	{identifier: "bank-code", names: "機構代號 機構代碼", about: "銀行 信用卡 存款 放款 信用合作社 農會 漁會 atm", against: securitiesWords},
	{identifier: "futures-contract", names: "契約代號 契約代碼 商品代號 商品代碼 期貨契約代號 期貨商品代號 選擇權商品代號 contract contractcode " +
		"contractid productid", about: "期貨 選擇權 契約 futures options contract expirymonth", against: "保險 權證"},
	{identifier: "fund-code", names: "基金代號 基金代碼 基金統一編號 fundcode fundid"},
	{identifier: "broker-code", names: "證券商代號 證券商代碼 券商代號 券商代碼 期貨商代號 期貨商代碼 brokercode"},
	{identifier: "county", names: "縣市 縣市別 縣市名稱 縣市代碼 縣市代號 縣市名 直轄市縣市 所在縣市 county city countyname countycode cityname"},
	{identifier: "date", names: "日期 年月 年月日 年度月份 資料日期 資料年月 出表日期 交易日期 統計期 統計期間 date tradedate tradingdate yearmonth",
		endings: "日期 年月 年月日"},
	{identifier: "year", names: "年度 年 年別 年份 資料年度 西元年 民國年 報告年度 year"},
}

// Identify returns the concept of the scheme "identifier" that a column with a name
// stands for, "" when none is certain. Title and the names of the other columns say what
// the table is about.
func Identify(name, title string, columns []string) string {
	about := ""
	for _, n := range Names(name) {
		for i := range rules {
			r := &rules[i]
			if !slices.Contains(strings.Fields(r.names), n) && !hasEnding(n, r.endings) {
				continue
			}
			if r.about != "" && about == "" {
				about = strings.ToLower(title) + " " + folded(columns, name)
			}
			if r.fits(about) {
				return r.identifier
			}
		}
	}
	return ""
}

func (r *rule) fits(about string) bool {
	has := func(words string) bool {
		return slices.ContainsFunc(strings.Fields(words), func(w string) bool { return strings.Contains(about, w) })
	}
	return (r.about == "" || has(r.about)) && !has(r.against)
}

// maxColumns bounds the columns of a table that are looked at.
const maxColumns = 500

// folded returns the other columns as one text.
func folded(columns []string, but string) string {
	var b strings.Builder
	for _, c := range columns[:min(len(columns), maxColumns)] {
		if c != but {
			b.WriteString(fold(c) + " ")
		}
	}
	return b.String()
}

func hasEnding(name, endings string) bool {
	return slices.ContainsFunc(strings.Fields(endings), func(e string) bool { return strings.HasSuffix(name, e) })
}

// Names returns the names, folded, that a column has: many are written with a translation in
// brackets, such as "County_or _city(縣市別)", or with a remark.
func Names(s string) []string {
	s = norm.NFKC.String(s)
	before, rest, ok := strings.Cut(s, "(")
	out := []string{fold(s)}
	if ok {
		inside, _, _ := strings.Cut(rest, ")")
		out = append(out, fold(before), fold(inside))
	}
	return out
}

// fold takes out what does not tell names apart: width and case of letters, blanks,
// underscores, hyphens, quotes, a byte order mark.
func fold(s string) string {
	s = strings.Map(func(r rune) rune {
		if strings.ContainsRune(" \t_-.\"'`\ufeff\u3000　:：", r) {
			return -1
		}
		return r
	}, strings.ToLower(norm.NFKC.String(s)))
	return strings.ReplaceAll(s, "台", "臺")
}
