package link

import (
	"maps"
	"slices"
	"strings"
)

// class says what a word of a title does.
type class uint8

const (
	content class = iota // tells datasets apart
	noise                // stands in any title
	soft                 // names a form of the same table, or leaves it out
	part                 // one value of a dimension by which a table is divided
)

// lexicon are words that stay whole when a title is cut up. A word of content
// is here so that it is not taken for a shorter one of another class.
var lexicon = map[class]map[string]string{
	noise: {"": `資料集 資料檔 資料 資訊 檔案 表 檔 之 的 及 與 和 暨 等 各 類 於 在 為 其 查詢 下載 開放資料 專區 相關 有關 new csv json xml api
		opendata 全文 一般 向`},
	soft: {
		"form":  `統計 統計表=統計 統計資料=統計 統計資料集=統計 彙總 彙總表=彙總 彙整=彙總 彙整表=彙總 一覽 一覽表=一覽 清單 清冊=清單 名單 名冊=名單 報表`,
		"state": `情形 概況=情形 狀況=情形 情況=情形`,
		"place": `臺灣 我國 國內 全國 中華民國 在臺 本市 本縣`,
		"firm":  `公司`,
	},
	part: {
		"period": `每日=日 日報=日 日別=日 依日期=日 按日=日 每日別=日 依日=日 每週=週 週報=週 週別=週 依週別=週 按週=週 每周=週 周報=週 每月=月
			月報=月 月別=月 依月別=月 按月=月 依月=月 每季=季 季報=季 季別=季 依季別=季 按季別=季 按季=季 依季=季 每年=年 年報=年 年別=年 依年別=年
			按年=年 半年報=半年 每半年=半年 日 週 月 季 年 旬 歷史 歷年 即時 當日 當週 當月 當季 當年 本日 本月 上月 盤中 盤後 上半年 下半年 依日期別=日
			年度=年 月份=月 季度=季 預告 依代碼 單月 累計`,
		"derivative": `期貨 選擇權 期貨商品=期貨 選擇權商品=選擇權 買權 賣權`,
		"underlying": `匯率 利率 商品 黃金 股價指數 個股 股票 etf etn 非個股 非金電`,
		"bond":       `公債 國際債 公司債 金融債 普通債 可轉債 政府債券 外國債券`,
		"warrant":    `認購 認售 牛證 熊證`,
		"currency":   `外幣 臺幣 新臺幣 美元 日圓 英鎊 歐元 人民幣 港幣 澳幣 紐幣 瑞士法郎 加幣 南非幣`,
		"industry":   `一般業 金融業 金控業 保險業 證券期貨業 異業 銀行業 證券業 期貨業 票券業 信託業 壽險業 產險業 製造業 服務業`,
		"firm": `專營 兼營 複委託 本國銀行 外國銀行 大陸地區銀行 大陸銀行 信用合作社 農會 漁會 證券商 期貨商 投信 投顧 壽險 產險 人壽 財產 再保險 票券
			金控 自營商 投信基金 外資 陸資 僑外資 本國 外國 大陸地區 海外 境內 境外 國外 中華郵政 郵局`,
		"person": `董事 監察人 經理人 男性 女性 男 女 個人 法人 自然人 企業 公開發行前 持卡人`,
		"basis":  `個別 合併 個體 母公司 單式 組合式 單一 組合 逐筆 議價`,
		"side": `買超 賣超 買進 賣出 融資 融券 借券 漲幅 跌幅 上漲 下跌 開盤 收盤 存款 放款 進口 出口 收入 支出 流入 流出 簽帳筆數 簽帳金額 不動產 動產
			一般交易時段 盤後交易時段 筆數排名 金額排名`,
		"region": `六都 十六縣 16縣 臺北市 新北市 桃園市 臺中市 臺南市 高雄市 基隆市 新竹市 新竹縣 苗栗縣 彰化縣 南投縣 雲林縣 嘉義市 嘉義縣 屏東縣
			宜蘭縣 花蓮縣 臺東縣 澎湖縣 金門縣 連江縣 北部 中部 南部 東部`,
	},
	content: {"": `指數 權證 基金 存託憑證 受益憑證 受益證券 轉換公司債 牛熊證 契約 期貨商 期貨市場 期貨信託 期貨公會 期貨交易 期貨經理 公開資訊 公開說明 資訊公開 資料庫 資訊安全 資訊服務 資訊系統 個人資料 年齡層 年齡 性別 日期
		年度預算 明細 明細表 月底 年底 季底 公司債券 資產負債表 損益表 月計表 概況表 收支概況表 不動產估價 法人說明會 三大法人 上市後 商品別 產業別
		職業類別 教育程度 年收入 地區別 國家別 資料品質 表決 代表 報告 公司治理 證券投資信託 證券投資顧問 日曆 生日 假日 節日 平均 轉讓 未轉讓 類別 與會 和解
		為民服務 等級 各級 其他 年金 月薪 週邊 周邊 季節`},
}

// A word of the lexicon as titles are compared.
type word struct {
	text  string
	class class
	dim   string // dimension of a part, kind of a soft word
	value string // words of a class and dimension with the same value say the same
	same  int    // the first word that says the same
}

// lexiconIndex finds the longest word of the lexicon at a place of a title.
type lexiconIndex struct {
	words   []word
	byText  map[string]int
	longest int               // in characters
	order   token             // stands for words in another order, and for words said twice
	common  map[[2]token]bool // pairs that hundreds of titles have
}

func newLexicon() *lexiconIndex {
	x := &lexiconIndex{byText: map[string]int{}}
	first := map[[3]string]int{}
	for _, c := range []class{content, part, soft, noise} {
		for _, dim := range slices.Sorted(maps.Keys(lexicon[c])) {
			list := lexicon[c][dim]
			for entry := range strings.FieldsSeq(list) {
				text, value, ok := strings.Cut(entry, "=")
				if !ok {
					value = text
				}
				if _, dup := x.byText[text]; dup {
					continue
				}
				same, ok := first[[3]string{string(rune(c)), dim, value}]
				if !ok {
					same = len(x.words)
					first[[3]string{string(rune(c)), dim, value}] = same
				}
				x.byText[text] = len(x.words)
				x.words = append(x.words, word{text, c, dim, value, same})
				x.longest = max(x.longest, len([]rune(text)))
			}
		}
	}
	x.order = tokenWord | token(len(x.words))
	x.words = append(x.words, word{text: "…", class: soft, dim: "order", value: "…"})
	x.common = map[[2]token]bool{}
	for p := range strings.FieldsSeq(commonPieces) {
		if t := x.tokens(p); len(t) == 2 {
			x.common[[2]token(t)] = true
		}
	}
	return x
}

// market is a set of the boards on which companies are traded. Tables of
// different boards are never the same, nor editions of each other.
type market uint8

const (
	listed   market = 1 << iota // 上市
	otc                         // 上櫃
	emerging                    // 興櫃
	public                      // 公開發行
	startup                     // 創櫃
	boards   = otc | emerging | startup
)

// marketWords are the names of the boards, the longest first. A name of the
// exchange is none.
var marketWords = []struct {
	text string
	m    market
}{
	{"證券櫃檯買賣中心", 0}, {"證券櫃臺買賣中心", 0}, {"櫃檯買賣中心", 0}, {"櫃買中心", 0},
	{"集中交易市場", listed}, {"上市上櫃", listed | otc}, {"上市(櫃)", listed | otc}, {"公開發行", public},
	{"集中市場", listed}, {"櫃檯買賣", otc}, {"櫃買市場", otc}, {"上市櫃", listed | otc}, {"第一上市", listed},
	{"創櫃板", startup}, {"上市", listed}, {"上櫃", otc}, {"櫃買", otc}, {"興櫃", emerging}, {"創櫃", startup}, {"公發", public},
}

// implied is the board whose tables an organisation makes when it names none.
var implied = map[string]market{"twse": listed, "tpex": otc}

// codeMarket returns the board that a code of the tables of companies names by a
// letter: t187ap03_l is listed companies.
func codeMarket(code string) market {
	if !strings.HasPrefix(code, "t") || !strings.Contains(code, "ap") && !strings.Contains(code, "sb") {
		return 0
	}
	for p := range strings.SplitSeq(code, "_") {
		switch p {
		case "l":
			return listed
		case "o":
			return otc
		case "r", "u":
			return emerging
		case "p", "x":
			return public
		}
	}
	return 0
}
