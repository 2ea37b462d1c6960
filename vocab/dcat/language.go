package dcat

import (
	"slices"
	"strings"
	"unicode"
)

// Written returns the language tag of a text that brings none: fallback, the
// language of its source or field, unless the text is written in another
// script. Chinese characters in a source in English are zh-Hant-TW, and zh-Hans where
// characters prevail that only simplified writing has; words in Latin letters in a
// source in Chinese are en when they read as English, and have no tag when nothing
// tells what they are, as names and codes.
func Written(s, fallback string) string {
	language, _, _ := strings.Cut(strings.ToLower(fallback), "-")
	eastern := language == "zh" || language == "ja" || language == "ko" || language == ""
	han, latin := false, false
	for at, c := range s {
		if at > languageSample {
			break
		}
		switch {
		case c >= 0x4E00 && c <= 0x9FFF:
			han = true
		case c < 0x80:
			latin = latin || 'a' <= c|0x20 && c|0x20 <= 'z'
		case unicode.In(c, unicode.Hiragana, unicode.Katakana) && c != 'ー':
			return other(fallback, language, "ja")
		case unicode.Is(unicode.Hangul, c):
			return other(fallback, language, "ko")
		case unicode.In(c, unicode.Han, unicode.Bopomofo):
			han = true
		case unicode.IsLetter(c) && (c < 0xFF00 || c > 0xFFEF):
			latin = true
		}
	}
	switch {
	case han && eastern && language != "zh" && language != "":
		return fallback
	case han:
		return chinese(s, fallback, language)
	case !eastern:
		return fallback
	case latin && isEnglish(s):
		return "en"
	}
	return ""
}

// languageSample is how many bytes of a text tell what it is written in.
const languageSample = 512

// chinese returns the tag of a Chinese text: by the characters that only one way of
// writing has if those of one prevail, else the fallback if that is Chinese.
func chinese(s, fallback, language string) string {
	lean := 0 // towards simplified characters
	for at, c := range s {
		if at > languageSample {
			break
		}
		if c >= 0x4E00 && c <= 0x9FFF {
			lean += int(writing[c-0x4E00])
		}
	}
	if language != "zh" {
		fallback = ZHTW
	}
	tag := strings.ToLower(fallback)
	saysHans := strings.HasPrefix(tag, "zh-hans") || strings.HasPrefix(tag, "zh-cn") || strings.HasPrefix(tag, "zh-sg")
	switch {
	case lean > 0 && !saysHans:
		return ZHHans
	case lean < 0 && saysHans:
		return ZHTW
	}
	return fallback
}

// simplified are frequent characters that neither traditional nor Japanese writing
// has, and traditional what stands for each of them in traditional writing.
const (
	simplified = "这们说时对发现过还进关开动业东车长门问间见观规话语请让认论设证评试诉该误" +
		"调课谁谈读财责货质贸费资购贷败账赛软转轮较载输达运远连选适递银钱铁错销镇" +
		"闭闻阅队阳阴阶际陈险随难页项顺须预领频题额风飞饭馆马验鱼龙龄经济给统结组" +
		"织红约级纪纯纳纸线练细终绍维绩续网编罗职联节华获药营虽补装亿仅从众优传伤" +
		"伟书买卖乐习乡义为举产亚亲仓价决况净刘则创剧劳势协单卫厅历压县变听启员响" +
		"园围图圆块坏坚场处备复头奖妇孙实审导层岁岛币师帮带庆库应废异弃张弹归录总" +
		"态恶战护报拟择挥损换据标样检权极构杨树桥档欢欧汇汉沟沪测涨满灭灾热爱环电" +
		"疗监盖盘码确离种积稳穷竞笔签简类粮紧债偿储务农团艺术计订许访详诸谢谨贵贫" +
		"贯赔赖赠跃轨轻辆边迁违迟邮释钟钢锦键锐闸阔陆颁顾饮饰驱骤鲜鸡齐执扩扫扬抢" +
		"拥"
	traditional = "這們說時對發現過還進關開動業東車長門問間見觀規話語請讓認論設證評試訴該誤" +
		"調課誰談讀財責貨質貿費資購貸敗賬賽軟轉輪較載輸達運遠連選適遞銀錢鐵錯銷鎮" +
		"閉聞閱隊陽陰階際陳險隨難頁項順須預領頻題額風飛飯館馬驗魚龍齡經濟給統結組" +
		"織紅約級紀純納紙線練細終紹維績續網編羅職聯節華獲藥營雖補裝億僅從眾優傳傷" +
		"偉書買賣樂習鄉義為舉產亞親倉價決況淨劉則創劇勞勢協單衛廳歷壓縣變聽啟員響" +
		"園圍圖圓塊壞堅場處備復頭獎婦孫實審導層歲島幣師幫帶慶庫應廢異棄張彈歸錄總" +
		"態惡戰護報擬擇揮損換據標樣檢權極構楊樹橋檔歡歐匯漢溝滬測漲滿滅災熱愛環電" +
		"療監蓋盤碼確離種積穩窮競筆籤簡類糧緊債償儲務農團藝術計訂許訪詳諸謝謹貴貧" +
		"貫賠賴贈躍軌輕輛邊遷違遲郵釋鐘鋼錦鍵銳閘闊陸頒顧飲飾驅驟鮮雞齊執擴掃揚搶" +
		"擁"
)

// writing has 1 for simplified characters and -1 for traditional ones, from U+4E00.
var writing = func() (w [0x9FFF - 0x4E00 + 1]int8) {
	for _, c := range simplified {
		w[c-0x4E00] = 1
	}
	for _, c := range traditional {
		w[c-0x4E00] = -1
	}
	return w
}()

func other(fallback, language, want string) string {
	if language == want {
		return fallback
	}
	return want
}

// foreign are frequent words of other languages that are written with the same
// letters, and of no English text.
var foreign = []string{
	"der", "die", "das", "und", "ein", "eine", "mit", "von", "zum", "zur", "le", "la", "les", "des", "du", "et",
	"une", "el",
	"los", "las", "del", "y", "para", "il", "gli", "della", "dei", "het", "een", "van", "och", "av", "og", "w", "z",
	"na",
}

// isEnglish reports whether a text without Chinese characters reads as English:
// two words at least, and none that another language has.
func isEnglish(s string) bool {
	words := 0
	for w := range strings.FieldsSeq(s[:min(len(s), languageSample)]) {
		w = strings.Trim(w, ".,:;!?()[]\"'")
		if strings.ContainsFunc(w, func(c rune) bool { return c >= 0x80 && unicode.IsLetter(c) }) ||
			slices.Contains(foreign, strings.ToLower(w)) {
			return false
		}
		if len(w) > 1 && strings.Trim(w[1:], "abcdefghijklmnopqrstuvwxyz'") == "" {
			words++
		}
	}
	return words >= 2
}

func hasHan(s string) bool {
	return strings.ContainsFunc(s, func(c rune) bool { return c >= 0x4E00 && c <= 0x9FFF })
}
