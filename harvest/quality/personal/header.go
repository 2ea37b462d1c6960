package personal

import (
	"slices"
	"strings"
	"unicode"
)

// header is what the name of a column says about its values.
type header struct {
	identifier bool // a national identifier or a resident certificate
	number     bool // an identifier of somebody or something: a company's, in which people's may stand
	mobile     bool
	telephone  bool
	email      bool
	card       bool
	account    bool
	exact      bool // the account is said to be a bank's
	passport   bool
	birth      bool
	name       bool // of people whom the data is about
	anyName    bool // "name", of whatever
	address    bool
	home       bool // where people live, and what rings there
	office     bool // of a company, an agency, a shop
	code       bool // codes, amounts and numbers that are assigned
	note       bool // free text
}

// The words of headers, in Chinese as they occur anywhere in a name, in English as they
// occur between blanks, underscores, dots and capitals.
var (
	identifierWords = words(`身分證 身份證 居留證 居留証 身分証 身份証 統一證號 統號 外僑證
		|national id|nationalid|id card|idcard|identity|id no|idno|personal id|person id|pid|citizen id|resident id
		|arc no|arc number|ssn`)
	numberWords = words(`統一編號 統編 證號 證件 扣繳單位 所得人 納稅義務人|tax id|registration no|ban`)
	mobileWords = words(`手機 行動電話 大哥大 行動號碼|mobile|cell|cellphone|mobilephone|cell phone`)
	phoneWords  = words(`電話 市話 室話 聯絡方式 連絡方式|tel|phone|telephone|phone number|contact number|telno`)
	mailWords   = words(`電子郵件 電郵 信箱 郵件|email|e mail|mail`)
	cardWords   = words(`信用卡 卡號 金融卡 簽帳卡|credit card|card no|card number|cardno|creditcard|cardnumber|pan`)
	bankWords   = words(`銀行帳號 銀行帳戶 匯款帳號 匯款帳戶 存款帳號 存摺帳號 金融帳號 金融帳戶 入帳帳號 撥款帳號 薪轉帳
		撥款帳戶 郵局帳號 銀行帳戶號碼 轉帳帳號 退款帳號 扣款帳號|bank account|bankaccount|iban|account number
		|account no|accountno|accountnumber`)
	accountWords  = words(`帳號 帳戶 賬號 帐号 戶頭|account|acct`)
	passportWords = words(`護照|passport`)
	birthWords    = words(`出生日 出生年月日 生日 出生年月 出生時間 誕辰|birth|birthday|birthdate|dob|born`)
	nameWords     = words(`姓名 名字 申請人 會員 得獎人 得獎者 獲獎人 獲獎者 中獎人 學生 員工 職員 病患 患者 病人 客戶 保戶
		被保險人 要保人 受益人 申訴人 當事人 投資人 債務人 持卡人 借款人 參加者 報名者 報名人 住戶 承租人 買受人 保證人
		戶名 開戶人 受款人 收款人 匯款人 領款人 存戶 存款人 立約人 請領人 領取人 受領人 受贈人 貸款人 旅客 乘客 駕駛人 車主 死者 傷者 罹難者
		眷屬 陳情人 訴願人 聲請人 繼承人 失蹤人 個案 考生 錄取人 錄取者 家長 父親 母親 配偶 監護人 志工 被害人 受獎人 捐款人 捐贈人 納稅人 所有權人
		|full name|fullname|payee|passenger|applicant|person name|personname|customer name|member name|student|patient|employee|user name
		|real name|winner|insured|first name|last name|policyholder|cardholder|beneficiary|chinese name|name zh`)
	anyNameWords = words(`名稱|name`)
	// officialWords are people who stand in registers because a law or an office says so.
	officialWords = words(`負責人 代表人 代理人 董事 監察人 經理 總經理 發言人 會計師 簽證 承辦 聯絡人 連絡人 首長 局長 主任 主管
		理事 監事 秘書 委員 主持人 作者 講師 講座 講者 發明人 建築師 技師 律師 估價師 校長 園長 院長 醫師 藥師 管理人 處分人
		裁罰 違規 候選人 議員 立委 立法委員 里長 村長 鄉長 鎮長 市長 編輯 譯者 導演 演員 選手 製作人 聯絡窗口 資料提供
		精算 核保 稽核 法令遵循 督導 講員 教師 教授 研究員 重整人 清算人 破產 業務員 經紀人 代書 地政士 消防 制裁
		|representative|principal|ceo|chairman|chairperson|director|spokesperson|contact|contact person|author|manager
		|auditor|speaker|inventor|supervisor|president|minister|editor|responsible`)
	addressWords = words(`地址 住址 住所 居所 戶籍 居住地 門牌|address|addr|residence`)
	homeWords    = words(`住家 住宅 家用 家裡 宅電 戶籍 居住 居所 住處 夜間 私人 個人 通訊地 申請人 會員 被保險人 要保人
		受益人 學生 病患 患者 家長 得獎人 客戶 保戶 戶長 員工住
		|home|residential|residence|private|personal|household|applicant|member|customer|patient|student`)
	officeWords = words(`公司 機構 機關 單位 門市 商店 店家 店面 辦公 辦事處 營業 事務所 學校 幼兒園 醫院 診所 分行 總行 分局
		服務 客服 據點 工廠 廠商 部門 商號 商業 協會 公會 基金會 登記 執業 公務 場所 場館 設施 地點 分社 分校 園區 局處 窗口
		聯絡處 管理處 分處 申訴專線 專線 店名 門店 館舍 飯店 旅館 民宿 警察 派出所 分隊 公所 銀行名稱 保險公司 傳真 事業 工地
		承辦 投遞 檢舉 諮詢 團體 負責人地址 建物 土地 標的 設立 本所 總公司 攤商 特約 藥局 據點 發言人 投資人關係 股務 代理
		|office|company|branch|store|org|organization|agency|business|work|service|hotline|customer service|shop|fax|hq
		|firm|bank|site|school|hospital|institution|department|dept|station|official|corp`)
	publicWords = words(`專戶 捐款 公庫 國庫 劃撥 虛擬 會計 科目 使用者 登入 系統 公司帳 繳費 繳款 社群 line 臉書 粉絲
		|login|user|username|ledger|gl|virtual|twitter|facebook|social|donation|subject|title`)
	codeWords = words(`編號 代號 代碼 序號 案號 文號 條碼 字號 號次 流水號 料號 單號 憑證 金額 數量 總計 合計 件數 人數 筆數 餘額
		面積 座標 經度 緯度 價 率 市值 股數 資產 負債 收入 支出 圖號 識別碼 imei 時間 日期 點位
		|code|no|number|serial|sn|sku|amount|total|count|imei|barcode|ean|isbn|isin|id|key|uuid|hash|token|seq|lat|lon|time
		|date|timestamp|price|value|quantity|balance`)
	noteWords   = words(`備註 說明 內容 摘要 附註 備考 註 事由 描述 意見|note|notes|remark|remarks|comment|description|memo|content`)
	animalWords = words(`寵物 動物 犬 貓 品種 晶片 毛色 種牛 種豬 馬匹 飼主 牲畜 血統|pet|animal|breed|chip|dog|cat|species`)
)

// wordList is the words of a kind of header.
type wordList struct{ chinese, english []string }

// words reads a list: Chinese words between blanks, then English ones, which may have
// blanks, each after a bar.
func words(s string) wordList {
	parts := strings.Split(s, "|")
	w := wordList{chinese: strings.Fields(parts[0])}
	for _, e := range parts[1:] {
		w.english = append(w.english, " "+strings.TrimSpace(e)+" ")
	}
	return w
}

// name is the name of a column in the form that words are looked for in.
type name struct{ chinese, english string }

func (w wordList) in(n name) bool {
	for _, c := range w.chinese {
		if strings.Contains(n.chinese, c) {
			return true
		}
	}
	for _, e := range w.english {
		if strings.Contains(n.english, e) {
			return true
		}
	}
	return false
}

// nameOf normalises a header: 英文(中文), contact.mobilePhone, ID_NO.
func nameOf(s string) name {
	s = plain(s)
	var english strings.Builder
	english.WriteByte(' ')
	before := ' '
	for _, r := range s {
		switch {
		case r >= 'A' && r <= 'Z':
			if before >= 'a' && before <= 'z' {
				english.WriteByte(' ')
			}
			english.WriteRune(unicode.ToLower(r))
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			english.WriteRune(r)
		default:
			if before != ' ' && isWordRune(before) {
				english.WriteByte(' ')
			}
		}
		before = r
	}
	english.WriteByte(' ')
	chinese := strings.ToLower(strings.Join(strings.Fields(s), ""))
	return name{chinese: chinese, english: english.String()}
}

func isWordRune(r rune) bool {
	return r < unicode.MaxASCII && (unicode.IsLetter(r) || unicode.IsDigit(r))
}

// read says what a header says.
func (n name) read() header {
	h := header{
		identifier: identifierWords.in(n), number: numberWords.in(n), mobile: mobileWords.in(n),
		telephone: phoneWords.in(n), email: mailWords.in(n), card: cardWords.in(n),
		exact:   bankWords.in(n),
		account: accountWords.in(n), passport: passportWords.in(n), birth: birthWords.in(n),
		anyName: anyNameWords.in(n), address: addressWords.in(n), home: homeWords.in(n),
		office: officeWords.in(n),
		code:   codeWords.in(n), note: noteWords.in(n),
	}
	h.account = (h.account || h.exact) && !publicWords.in(n)
	h.telephone = h.telephone || h.mobile
	taken := h.identifier || h.telephone || h.email || h.card || h.account || h.passport || h.birth ||
		h.address || h.note
	said := strings.Contains(n.chinese, "姓名")
	h.name = nameWords.in(n) && !officialWords.in(n) && !taken && (said || !h.office && !h.code) && !anyNameTaken(n)
	h.address = h.address && !h.email
	h.home = h.home || !h.office && strings.Contains(n.chinese, "住址")
	if h.mobile || h.card || h.email {
		h.code = false
	}
	if n.counts() { // 護照核發數 has numbers of passports, not theirs
		h.identifier, h.number, h.mobile, h.telephone, h.email, h.card = false, false, false, false, false, false
		h.account, h.exact, h.passport, h.birth, h.code = false, false, false, false, true
	}
	return h
}

// countWords end the names of columns of figures; a unit in brackets may follow.
var countWords = strings.Fields("數 量 率 比 比例 額 費 費用 人次")

// counts tells that a column has figures about what its name names.
func (n name) counts() bool {
	text := strings.TrimRight(n.chinese, ")）]】")
	if i := strings.LastIndexAny(text, "(（[【"); i > 0 && text != n.chinese {
		text = text[:i]
	}
	return slices.ContainsFunc(countWords, func(w string) bool { return strings.HasSuffix(text, w) }) ||
		strings.HasPrefix(n.english, " number of ") || strings.HasSuffix(n.english, " count ")
}

// anyNameTaken tells that 客戶 or 會員 is but a part of the name of something else.
func anyNameTaken(n name) bool {
	return strings.Contains(n.chinese, "數") || strings.Contains(n.chinese, "類") ||
		strings.Contains(n.chinese, "比") ||
		strings.Contains(n.chinese, "別") && !strings.Contains(n.chinese, "姓名")
}
