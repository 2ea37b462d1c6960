package personal

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// maxCell is how many bytes of a cell are looked at.
const maxCell = 4096

// plain brings a cell into the form that is compared: half-width characters, no
// invisible ones, no marks with which spreadsheets keep leading zeros ('0912,
// ="0912"), no white space around it.
func plain(cell string) string {
	if len(cell) > maxCell {
		cell = cell[:maxCell]
	}
	cell = strings.ToValidUTF8(cell, "")
	if strings.ContainsFunc(cell, needsFolding) {
		cell = strings.Map(fold, norm.NFKC.String(cell))
	}
	cell = strings.TrimSpace(cell)
	if s, ok := strings.CutPrefix(cell, `="`); ok {
		cell = strings.TrimSuffix(s, `"`)
	}
	return strings.TrimSpace(strings.TrimLeft(cell, "'’‘`"))
}

// needsFolding tells characters that may have another form; most are plain or ideographs.
func needsFolding(r rune) bool { return r >= utf8.RuneSelf && (r < 0x4E00 || r > 0x9FFF) }

// fold drops invisible characters and makes all dashes and spaces one.
func fold(r rune) rune {
	switch {
	case unicode.Is(unicode.Cf, r):
		return -1
	case strings.ContainsRune("–—−‐‑ー", r):
		return '-'
	case unicode.IsSpace(r) && r != '\n':
		return ' '
	}
	return r
}

// compact leaves out what people put between digits.
func compact(s string) string {
	return strings.Map(func(r rune) rune {
		switch r {
		case ' ', '-', '.', '(', ')', '_', '\t':
			return -1
		}
		return unicode.ToUpper(r)
	}, s)
}

// local replaces the country code of Taiwan in a telephone number by the leading zero.
func local(s string) string {
	for _, prefix := range []string{"+886", "00886", "002886", "886"} {
		if rest, ok := strings.CutPrefix(s, prefix); ok && len(rest) >= 8 {
			return "0" + strings.TrimPrefix(rest, "0")
		}
	}
	return s
}

// mobile returns the ten digits of a mobile number, "" if it is none. A number that lost
// its leading zero in a spreadsheet counts where the header says telephone.
func mobile(s string, telephone bool) string {
	s = local(compact(strings.TrimSuffix(s, ".0")))
	if telephone && len(s) == 9 && s[0] == '9' {
		s = "0" + s
	}
	if len(s) == 10 && strings.HasPrefix(s, "09") && allDigits(s) {
		return s
	}
	return ""
}

var (
	landlineForm = regexp.MustCompile(`^0(2\d{8}|37\d{6}|4\d{7,8}|49\d{7}|[35678]\d{7}|8(2|9)\d{6}|836\d{5})$`)
	tollFree     = regexp.MustCompile(`^0[28]0[09]`)
	emailForm    = regexp.MustCompile(`^[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,12}$`)
	birthForm    = regexp.MustCompile(
		`^(?:民國|西元)?(\d{2,4})(?:[-/.年](\d{1,2})[-/.月](\d{1,2})日?)(?:[ T]00:00(?::00)?(?:\.0+)?)?$`)
	passportForm = regexp.MustCompile(`^([A-Z]{1,2}\d{6,8}|\d{9}|[A-Z]\d{2}[A-Z]{2}\d{4})$`)
	// addressForm is an address of Taiwan that is complete down to the number of a house:
	// one that was cut to a road or a range of numbers is nobody's.
	addressForm = regexp.MustCompile(`(路|街|巷|弄|大道|村|里|鄰|段|區|鄉|鎮).*[0-9一二三四五六七八九十百]+(之[0-9一二三四五六七八九十]+)?號`)
	rangeForm   = regexp.MustCompile(`[0-9]+[~-][0-9]+號|[0-9]*[xX○〇*＊]+[0-9]*號`)
	latinName   = regexp.MustCompile(`^[A-Z][A-Za-z'-]+,? [A-Z][A-Za-z'.-]*(,? ?[A-Z][A-Za-z'.-]*){0,2}$`)
)

// landline returns the digits of a fixed line, "" if it is none, has an extension
// (which only offices have) or costs the caller nothing.
func landline(s string) string {
	s = local(compact(s))
	if len(s) > 0 && s[0] != '0' && (len(s) == 8 || len(s) == 9) && allDigits(s) && s[0] >= '2' && s[0] <= '8' {
		s = "0" + s // the zero was lost
	}
	if !landlineForm.MatchString(s) || tollFree.MatchString(s) {
		return ""
	}
	return s
}

// roleBoxes are beginnings of mail boxes that belong to an office and not to a person.
var roleBoxes = strings.Fields(`service services info contact admin webmaster support help sales ir pr hr
	customer customerservice cs opendata data office mail email mailbox box public media press news noreply no-reply
	postmaster abuse marketing secretary spokesman spokesperson investor investors privacy security complaint
	complaints feedback ask hello team staff system notice enquiry inquiry business law legal audit esg csr gm ceo
	servicecenter call callcenter fsc moda taiwan headoffice reception`)

// placeholders are boxes that stand for any; with digits behind they are somebody's.
var placeholders = strings.Fields(`test example user username yourname`)

// freeMail are hosts where people have boxes of their own.
var freeMail = strings.Fields(`gmail.com googlemail.com hotmail.com hotmail.com.tw outlook.com outlook.com.tw live.com
	live.com.tw msn.com msn.com.tw yahoo.com yahoo.com.tw ymail.com icloud.com me.com mac.com hinet.net ms1.hinet.net
	seed.net.tw pchome.com.tw proton.me protonmail.com qq.com 163.com 126.com kimo.com.tw giga.net.tw so-net.net.tw`)

// personalMail tells whether a mail box can be a person's, and whether its host gives
// boxes to everybody. Boxes of the government and of roles are nobody's.
func personalMail(s string) (personal, free bool) {
	s = strings.ToLower(strings.TrimPrefix(strings.Trim(s, "<>"), "mailto:"))
	if !emailForm.MatchString(s) {
		return false, false
	}
	box, host, _ := strings.Cut(s, "@")
	if strings.HasSuffix(host, ".gov.tw") || strings.HasSuffix(host, ".gov") || host == "gov.tw" {
		return false, false
	}
	bare := strings.TrimRight(box, "0123456789")
	first := strings.FieldsFunc(bare, func(r rune) bool { return r == '.' || r == '-' || r == '_' || r == '+' })
	if len(first) == 0 {
		first = []string{bare}
	}
	name, _, _ := strings.Cut(host, ".")
	for _, role := range roleBoxes {
		if bare == role || first[0] == role || first[len(first)-1] == role || strings.HasPrefix(bare, "service") {
			return false, false
		}
	}
	if bare == name || contains(placeholders, box) { // abc@abc.com.tw
		return false, false
	}
	free = contains(freeMail, host) || strings.HasSuffix(host, ".hinet.net")
	return true, free
}

// birthDate reports whether a cell is a whole date in which somebody who lives may be
// born: in the Gregorian or Minguo calendar, with or without separators.
func birthDate(s string, thisYear int) bool {
	var y, m, d int
	if allDigits(s) {
		switch len(s) {
		case 8:
			y, m, d = number(s[:4]), number(s[4:6]), number(s[6:])
		case 6, 7:
			y, m, d = number(s[:len(s)-4])+1911, number(s[len(s)-4:len(s)-2]), number(s[len(s)-2:])
		}
	} else if parts := birthForm.FindStringSubmatch(strings.ReplaceAll(s, " 年", "年")); parts != nil {
		y, m, d = number(parts[1]), number(parts[2]), number(parts[3])
		if len(parts[1]) < 4 {
			y += 1911
		}
	} else if parts := birthForm.FindStringSubmatch(turned(s)); parts != nil {
		y, m, d = number(parts[1]), number(parts[2]), number(parts[3])
	}
	return y >= thisYear-120 && y <= thisYear && m >= 1 && m <= 12 && d >= 1 && d <= 31
}

var turnedForm = regexp.MustCompile(`^(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})$`)

// turned puts a year that stands last first. Month and day are not told apart.
func turned(s string) string {
	p := turnedForm.FindStringSubmatch(s)
	if p == nil {
		return ""
	}
	if number(p[1]) > 12 {
		p[1], p[2] = p[2], p[1]
	}
	return p[3] + "-" + p[1] + "-" + p[2]
}

// account returns the digits of a bank account, with the bank's code if it stands there.
func account(s string) string {
	s = compact(s)
	if len(s) < 10 || len(s) > 17 || !allDigits(s) || strings.Trim(s, "0") == "" {
		return ""
	}
	return s
}

// inName drops what stands between the parts of a name.
var inName = strings.NewReplacer(" ", "", "·", "", "‧", "", "・", "")

// personName reports whether s can be the name of a person in Chinese or Latin letters.
func personName(s string) bool {
	s = strings.TrimSpace(s)
	n := utf8.RuneCountInString(s)
	if n > 0 && s[0] < utf8.RuneSelf {
		return n <= 40 && latinName.MatchString(s) && !hasWord(strings.ToLower(s), companyWords)
	}
	s = inName.Replace(s)
	for _, title := range []string{"先生", "小姐", "女士", "君"} {
		if name, ok := strings.CutSuffix(s, title); ok && utf8.RuneCountInString(name) >= 2 {
			s = name
		}
	}
	runes := []rune(s)
	if len(runes) < 2 || len(runes) > 5 {
		return false
	}
	double := len(runes) > 2 && contains(doubleSurnames, string(runes[:2]))
	for _, r := range runes {
		if !unicode.Is(unicode.Han, r) || !double && strings.ContainsRune("某股限司行庫局處署部院所會社店廠館站", r) && len(runes) > 3 {
			return false
		}
	}
	return double || len(runes) <= 4 && strings.ContainsRune(surnames, runes[0])
}

// surnames are those of nearly all people of Taiwan.
const surnames = `陳林黃張李王吳劉蔡楊許鄭謝洪郭邱曾廖賴徐周葉蘇莊呂江何蕭羅高潘簡朱鍾游彭詹胡施沈余盧梁趙顏柯翁魏孫戴范方宋鄧杜傅侯` +
	`曹薛丁卓阮馬董温溫唐藍石蔣古紀姚連馮歐程湯黄田康姜白汪鄒尤巫鐘黎涂龔嚴韓袁金童陸夏柳凃邵錢伍倪温于譚駱熊任甘秦顧毛章史官萬俞雷粘` +
	`饒張闕凌崔尹孔辛武辜陶易段龍韋葛池孟褚殷麥賀賈莫文管關向包丘梅華裴樊房全佘左花魯安鮑郝穆塗邢蒲成谷常閻練盛鄔耿聶符申祝繆陽解曲岳齊籃` +
	`吕单姬車應喬牛楚冉艾谢苗費路項翟喻詹衛鄞昌戚紹蓋鈕商宗尚柏項胥苑滕刁晏賓`

var doubleSurnames = strings.Fields("歐陽 司馬 上官 諸葛 司徒 張簡 范姜 張廖 周黃 陳林 端木 皇甫 夏侯 尉遲 公孫 慕容 令狐")

var companyWords = strings.Fields("inc inc. ltd ltd. co. corp corp. company bank fund trust group limited llc plc " +
	"taiwan taipei insurance securities university department office association life asset international")

func hasWord(s string, words []string) bool {
	for _, f := range strings.FieldsFunc(s, func(r rune) bool { return r == ' ' || r == ',' }) {
		if contains(words, f) {
			return true
		}
	}
	return false
}

func contains(list []string, s string) bool {
	for _, e := range list {
		if e == s {
			return true
		}
	}
	return false
}
