package personal

import (
	"testing"
)

// TestAbout asks that titles tell registers from tables about people.
func TestAbout(t *testing.T) {
	ids := many(4, national2)
	tests := []struct {
		title string
		in    columns
		want  string
	}{
		{"得獎名單", cols("姓名", names), "person_name 姓名 medium"},
		{"各村里長名冊", cols("姓名", names, "電話", offices, "住址", addresses), ""},
		{"第11屆立法委員候選人名單", cols("姓名", names, "出生日期", births), ""},
		{"資恐防制法指定制裁名單", cols("姓名", names, "護照號碼", list("A1234567|EB1234567"),
			"出生日期", births), ""},
		{"保險業違規裁罰案件", cols("受處分人姓名", names), ""},
		{"保險業違規裁罰案件", cols("姓名", names, "身分證字號", ids),
			"person_name 姓名 medium; national_id 身分證字號 high"},
		{"執業會計師名冊", cols("姓名", names, "事務所電話", offices), ""},
		{"不動產估價師開業登記", cols("姓名", names, "證書字號", list("(95)台內估字第000001號"),
			"事務所名稱", companies), ""},
		{"遺失犬隻", cols("飼主", names, "出生日期", births), ""},
		{"員工旅遊報名", cols("姓名", names, "手機", mobiles("091%d-%03d-%03d"), "生日", births,
			"電話", offices, "地址", addresses),
			"person_name 姓名 medium; mobile 手機 high; birth_date 生日 high; phone 電話 medium; address 地址 medium"},
		{"得獎名單", cols("姓名", names, "身分證統一編號", ids, "手機", mobiles("091%d-%03d-%03d"),
			"統一編號", businesses),
			"person_name 姓名 medium; national_id 身分證統一編號 high; mobile 手機 high"},
		{"保險商品", cols("公司名稱", companies, "負責人", names, "客服信箱",
			list("service@a.example"), "客服電話", offices), ""},
	}
	for _, tt := range tests {
		if got := said(tt.in, tt.title); got != tt.want {
			t.Errorf("%s: findings of %q = %q, want %q", tt.title, tt.in.names, got, tt.want)
		}
	}
}
