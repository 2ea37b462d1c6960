package personal

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// identifier makes up an identifier that begins with head, with a check digit that is
// right or wrong.
func identifier(r *rand.Rand, head string, right bool) string {
	s := head
	for len(s) < 9 {
		s += string(rune('0' + r.IntN(10)))
	}
	for c := '0'; c <= '9'; c++ {
		if identifierPasses(s+string(c)) == right {
			return s + string(c)
		}
	}
	panic("no check digit")
}

// cardNumber makes up the number of a card.
func cardNumber(r *rand.Rand, head string, length int, right bool) string {
	s := head
	for len(s) < length-1 {
		s += string(rune('0' + r.IntN(10)))
	}
	for c := '0'; c <= '9'; c++ {
		if luhn(s+string(c)) == right {
			return s + string(c)
		}
	}
	panic("no check digit")
}

func random() *rand.Rand { return rand.New(rand.NewPCG(1, 2)) }

// many makes n values.
func many(n int, one func(r *rand.Rand, i int) string) []string {
	r := random()
	var out []string
	for i := range n {
		out = append(out, one(r, i))
	}
	return out
}

func national2(r *rand.Rand, _ int) string {
	return identifier(r, string(rune('A'+r.IntN(26)))+string(rune('1'+r.IntN(2))), true)
}

func mobiles(form string) []string {
	return many(6, func(r *rand.Rand, i int) string {
		return fmt.Sprintf(form, r.IntN(10),
			r.IntN(1000), r.IntN(1000))
	})
}

// table is columns of equal length.
type columns struct {
	names []string
	cells [][]string
}

func cols(of ...any) (c columns) {
	for i := 0; i < len(of); i += 2 {
		c.names = append(c.names, of[i].(string))
		c.cells = append(c.cells, of[i+1].([]string))
	}
	return c
}

func list(s string) []string { return strings.Split(s, "|") }

// said puts the findings of a table in short words.
func said(c columns, about ...string) string {
	d := New(c.names)
	d.About(about...)
	for i := range c.cells[0] {
		var row []string
		for _, column := range c.cells {
			row = append(row, column[i%len(column)])
		}
		d.Row(row)
	}
	var out []string
	for _, f := range d.Findings() {
		out = append(out, f.Kind+" "+f.Column+" "+f.Confidence)
	}
	return strings.Join(out, "; ")
}

var (
	names      = list("許雅筑|鄭凱文|周佳穎|歐陽娜娜|林志玲|陳美惠")
	companies  = list("臺灣產物保險股份有限公司|明台產險|富邦人壽|國泰人壽|新光產險|泰安產險")
	businesses = list("04595257|10458575|22099131|84149961|70759028|16446274")
	addresses  = list("臺北市中正區重慶南路一段122號|新北市板橋區中山路1段161號3樓|高雄市苓雅區四維三路2號|" +
		"臺中市西屯區臺灣大道三段99號|花蓮縣花蓮市府前路17號|臺南市安平區永華路二段6號之1")
	births  = list("0650101|0701231|0550615|0801110|0450228|0990909")
	offices = list("(02)2507-0000|02-25070001|04-2228-9111|07-3368333|03-8227171|06-2991111")
)

func TestFindings(t *testing.T) {
	ids := many(6, national2)
	form := func(f func(s string) string) (out []string) {
		for _, s := range ids {
			out = append(out, f(s))
		}
		return out
	}
	people := many(6, func(r *rand.Rand, i int) string { return fmt.Sprintf("wang.%d@gmail.com", i) })
	tests := []struct {
		name string
		in   columns
		want string
	}{
		{"identifiers", cols("身分證字號", ids), "national_id 身分證字號 high"},
		{"lower case", cols("id_no", form(strings.ToLower)),
			"national_id id_no high"},
		{"full width", cols("身分證統一編號", form(wide)), "national_id 身分證統一編號 high"},
		{"hyphens and blanks", cols("證號", form(func(s string) string { return s[:1] + "-" + s[1:5] + " " + s[5:] })),
			"national_id 證號 high"},
		{"a quote of a spreadsheet", cols("證號", form(func(s string) string { return "'" + s })),
			"national_id 證號 high"},
		{"a formula of a spreadsheet", cols("證號", form(func(s string) string { return `="` + s + `"` })),
			"national_id 證號 high"},
		{"no header says so", cols("A", ids), "national_id A high"},
		{"nested", cols("applicant.nationalId", ids), "national_id applicant.nationalId high"},
		{"people among business numbers", cols("統一編號", slices.Concat(businesses, ids[:3])),
			"national_id 統一編號 medium"},
		{"masked", cols("身分證字號", form(func(s string) string { return s[:3] + "****" + s[7:] })), ""},
		{"masked with X", cols("身分證字號", form(func(s string) string { return s[:3] + "XXXX" + s[7:] })), ""},
		{"hashed", cols("身分證字號", many(6, func(r *rand.Rand, _ int) string {
			return fmt.Sprintf("%016x%016x%016x%016x", r.Uint64(), r.Uint64(), r.Uint64(),
				r.Uint64())
		})), ""},
		{"wrong check digits", cols("身分證字號", many(9, func(r *rand.Rand, _ int) string {
			return identifier(r, "A1", false)
		})), ""},
		{"one code again and again", cols("商品代號", many(500, func(*rand.Rand, int) string {
			return ids[0]
		})), ""},
		{"resident, new form", cols("居留證號碼", many(5, func(r *rand.Rand, _ int) string {
			return identifier(r, "A8", true)
		})), "resident_id 居留證號碼 high"},
		{"resident, old form", cols("統一證號", many(5, func(r *rand.Rand, _ int) string {
			return identifier(r, "FC", true)
		})), "resident_id 統一證號 high"},
		{"resident, no header", cols("x", many(6, func(r *rand.Rand, i int) string {
			return identifier(r, list("A8|B9|CA|DD")[i%4], true)
		})), "resident_id x high"},
		{"residents with wrong digits", cols("x", many(9, func(r *rand.Rand, _ int) string {
			return identifier(r, "A9", false)
		})), ""},
		{"in a text that names it", cols("備註", form(func(s string) string { return "申請人身分證字號：" + s + "，補件" })),
			"national_id 備註 medium"},
		{"in a text, once", cols("備註", list("無|已補件|由 "+ids[0]+" 代為申請|無")), "national_id 備註 low"},
		{"part of a longer code", cols("備註", form(func(s string) string { return "文號 X" + s + "77" })), ""},

		{"mobile", cols("手機", mobiles("091%d-%03d-%03d")), "mobile 手機 high"},
		{"mobile, one run", cols("mobile_phone", mobiles("091%d%03d%03d")), "mobile mobile_phone high"},
		{"mobile, country code", cols("行動電話", mobiles("+886-91%d-%03d-%03d")), "mobile 行動電話 high"},
		{"mobile, zero lost", cols("手機號碼", mobiles("91%d%03d%03d")), "mobile 手機號碼 high"},
		{"mobile, as a number", cols("手機號碼", mobiles("91%d%03d%03d.0")), "mobile 手機號碼 high"},
		{"mobile, full width", cols("手機", many(4, func(r *rand.Rand, i int) string {
			return wide(fmt.Sprintf("0912%06d", r.IntN(1e6)))
		})), "mobile 手機 high"},
		{"mobile beside a fixed line", cols("手機", many(4, func(r *rand.Rand, i int) string {
			return fmt.Sprintf("0912%06d/02-2345%04d", r.IntN(1e6), r.IntN(1e4))
		})), "mobile 手機 high"},
		{"mobile of whom one may call", cols("聯絡電話", mobiles("091%d%03d%03d")), "mobile 聯絡電話 medium"},
		{"mobile without header", cols("c7", mobiles("091%d-%03d-%03d")), "mobile c7 medium"},
		{"amounts that begin with nine", cols("金額", mobiles("91%d%03d%03d")), ""},
		{"masked mobiles", cols("手機", list("0912***678|0933***123|0955xxx777")), ""},
		{"mobile in a text", cols("說明", list("請撥手機 0912-345-678 洽詢|無|手機0922333444")), "mobile 說明 medium"},
		{"order numbers", cols("訂單編號", mobiles("091%d%03d%03d")), "mobile 訂單編號 low"},

		{"offices", cols("分公司電話", offices), ""},
		{"offices of companies", cols("公司名稱", companies, "電話", offices, "地址", addresses), ""},
		{"telephone alone", cols("電話", offices), ""},
		{"extensions", cols("姓名", names, "手機", mobiles("091%d%03d%03d"), "電話",
			list("02-25070000#12|(02)89691234分機5")), "person_name 姓名 medium; mobile 手機 high"},
		{"homes", cols("住家電話", offices), "phone 住家電話 high"},
		{"people's telephones", cols("身分證字號", ids, "聯絡電話", offices), "national_id 身分證字號 high; phone 聯絡電話 medium"},
		{"telephones of named people", cols("姓名", names, "電話", offices),
			"person_name 姓名 medium; phone 電話 medium"},
		{"toll free", cols("住家電話", list("0800-024-365|0800123123|0809-000-111")), ""},

		{"mail", cols("E-mail", people), "email E-mail high"},
		{"mail without header", cols("x", people), "email x high"},
		{"mail of roles", cols("E-mail",
			list("service@cathaylife.com.tw|info@example.org|ir@tsmc.com|service1@bank.com.tw")), ""},
		{"mail of agencies", cols("電子郵件",
			list("wang@fsc.gov.tw|a1234@mail.moj.gov.tw|lee@sfb.gov.tw")), ""},
		{"mail of named people", cols("姓名", names, "信箱",
			list("a.wang@corp.example|b.lee@corp.example|jchen@corp.example")),
			"person_name 姓名 medium; email 信箱 medium"},
		{"mail of companies", cols("公司名稱", companies, "信箱", people), "email 信箱 low"},

		{"cards", cols("信用卡號", many(4, func(r *rand.Rand, i int) string {
			return group(cardNumber(r, list("4|52|3530|2221")[i], 16, true))
		})), "credit_card 信用卡號 high"},
		{"cards without header", cols("x", many(8, func(r *rand.Rand, _ int) string {
			return cardNumber(r, "4", 16, true)
		})), "credit_card x high"},
		{"American Express", cols("卡號", many(3, func(r *rand.Rand, _ int) string {
			return cardNumber(r, "37", 15, true)
		})), "credit_card 卡號 high"},
		{"cards with wrong digits", cols("x", many(8, func(r *rand.Rand, _ int) string {
			return cardNumber(r, "4", 16, false)
		})), ""},
		{"no issuer", cols("x", many(8, func(r *rand.Rand, _ int) string {
			return cardNumber(r,
				"90", 16, true)
		})), ""},
		{"IMEI", cols("IMEI", many(4, func(r *rand.Rand, _ int) string {
			return cardNumber(r, "35",
				15, true)
		})), ""},
		{"masked cards", cols("信用卡號", list("4111-****-****-1111|5500********0004")), ""},

		{"accounts", cols("姓名", names, "匯款帳號",
			list("012345678901|700-0012345678901|00412345678901")), "person_name 姓名 medium; bank_account 匯款帳號 high"},
		{"accounts and their holders", cols("戶名", names, "銀行帳號",
			list("012345678901|0012345678901|00412345678901")), "person_name 戶名 medium; bank_account 銀行帳號 high"},
		{"accounts of institutions", cols("戶名", list("甲銀行信託部|乙股份有限公司|財團法人丙基金會"), "銀行帳號",
			list("012345678901|0012345678901|00412345678901")), "bank_account 銀行帳號 medium"},
		{"accounts of nobody named", cols("銀行帳號",
			list("012345678901|0012345678901|00412345678901")), "bank_account 銀行帳號 medium"},
		{"account without header", cols("x", list("012345678901|0012345678901|00412345678901")), ""},
		{"accounts for gifts", cols("捐款帳號", list("012345678901|0012345678901|00412345678901")), ""},
		{"names of users", cols("使用者帳號", list("alice01|bob_2|carol")), ""},
		{"accounts of bookkeeping", cols("會計科目帳號", list("1101000000|1102000000|1103000000")), ""},

		{"passports", cols("護照號碼", list("312345678|300000001|A1234567|EB1234567")), "passport 護照號碼 high"},
		{"passports issued", cols("護照核發件數", list("312345|300001|12345")), ""},
		{"passport without header", cols("x", list("312345678|300000001|312345670")), ""},

		{"birth dates", cols("出生日期", births), "birth_date 出生日期 medium"},
		{"birth dates of named", cols("姓名", names, "生日",
			list("65/01/01|民國70年12月31日|1976-1-2|19801231|72.3.4|1/2/1970")), "birth_date 生日 high"},
		{"founded", cols("成立日期", births), ""},
		{"years of birth", cols("出生年", list("1976|1980|1991")), ""},
		{"births counted", cols("出生人數", list("1234|980|20011")), ""},
		{"animals", cols("晶片號碼", list("900138000123456"), "寵物名", list("小白"), "出生日期",
			births), ""},

		{"names", cols("姓名", names), "person_name 姓名 medium"},
		{"winners", cols("得獎人", names), "person_name 得獎人 medium"},
		{"masked names", cols("姓名", list("許○筑|鄭*文|周O穎|林某")), ""},
		{"names in Latin letters", cols("full_name",
			list("Wang Hsiao-Ming|Chen, Mei-Hui|Lin Chih Ling")), "person_name full_name medium"},
		{"representatives", cols("公司名稱", companies, "負責人", names), ""},
		{"representatives' names", cols("統一編號", businesses, "負責人姓名", names, "代表人姓名",
			names), ""},
		{"directors", cols("公司代號", list("1101|1102"), "職稱", list("董事長|董事"), "姓名",
			names), ""},
		{"companies", cols("姓名", companies), ""},
		{"products", cols("商品名稱", list("王品牛排|林鳳營鮮奶|張君雅")), ""},
		{"numbers of members", cols("會員類別", list("甲種|乙種")), ""},
		{"officials", cols("機關", list("臺北市"), "職稱", list("局長"), "姓名", names, "電話",
			offices), ""},
		{"contacts", cols("聯絡人", names, "聯絡電話", offices, "分機", list("123")), ""},

		{"homes of people", cols("姓名", names, "戶籍地址", addresses), "person_name 姓名 medium; address 戶籍地址 high"},
		{"home", cols("居住地址", addresses), "address 居住地址 medium"},
		{"address of people", cols("身分證字號", ids, "地址", addresses), "national_id 身分證字號 high; address 地址 medium"},
		{"companies' addresses", cols("公司名稱", companies, "營業地址", addresses), ""},
		{"schools' addresses", cols("幼兒園名稱", list("甲|乙"), "幼兒園電話", offices,
			"幼兒園住址", addresses), ""},
		{"address alone", cols("地址", addresses), ""},
		{"cut addresses", cols("姓名", names, "戶籍地址",
			list("臺北市中正區|新北市板橋區中山路1~30號")), "person_name 姓名 medium"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := said(tt.in)
			if tt.name == "birth dates of named" {
				tt.want = "person_name 姓名 medium; " + tt.want
			}
			if got != tt.want {
				t.Errorf("findings of %q = %q, want %q", tt.in.names, got, tt.want)
			}
		})
	}
}

func wide(s string) string {
	return strings.Map(func(r rune) rune {
		if r > ' ' && r < 0x7f {
			return r - '!' + '！'
		}
		return r
	}, s)
}

func group(s string) string { return s[:4] + " " + s[4:8] + " " + s[8:12] + " " + s[12:] }
