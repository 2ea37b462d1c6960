package personal

import "strings"

// table is what the columns of a table, and what is said about it, tell together.
type table struct {
	register   bool // of companies, agencies, shops: something with names of its own
	sanctioned bool // persons named by a law against terrorism and its financing
	officials  bool // people in an office, elected or licensed
	penalties  bool // decisions against companies and persons, published by law
	animals    bool
}

var (
	registerWords = words(`統一編號 統編 公司名稱 公司代號 股票代號 證券代號 機構名稱 機構代碼 商業名稱 營業人 廠商名稱 事務所 機關名稱
		學校名稱 醫院名稱 店名 門市名稱 單位名稱 分行名稱 銀行名稱 保險公司 公司簡稱 業者名稱 機構代號 團體名稱 分公司 公司地址
		商店名稱 幼兒園名稱 站名 館名 診所名稱 藥局名稱 機構別 公司電話 名稱及編號
		|company|company name|company code|ticker|stock code|organization|org name|branch|institution|business id|tax id
		|store name|school name`)
	sanctionWords = words(`制裁 資恐 恐怖 指定制裁 凍結資產 洗錢高風險|sanction|sanctions|sanctioned|sdn|designated|terrorist`)
	officialTable = words(`職稱 職務 首長 里長 村長 議員 立委 候選人 公職 黨籍 選區 證書字號 登錄字號 執照字號 開業證 執業 持股 證照字號
		證書號 委員名單 代表名單 當選 政黨 任期 會計師 律師名 估價師 地政士 不動產經紀 技師名 建築師 記帳士 登錄證 董監 內部人
		|job title|position|party|constituency|licence no|license no|elected`)
	penaltyWords = words(`裁罰 處分 裁處 違規 違法 罰鍰|penalty|violation|fine`)
)

// about gathers what titles and headers say.
func (t *table) about(n name) {
	if !identifierWords.in(n) {
		t.register = t.register || registerWords.in(n)
	}
	t.sanctioned = t.sanctioned || sanctionWords.in(n)
	t.officials = t.officials || officialTable.in(n)
	t.penalties = t.penalties || penaltyWords.in(n)
	t.animals = t.animals || animalWords.in(n) || strings.Contains(n.chinese, "犬貓")
}
