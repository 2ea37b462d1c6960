package column

import (
	"slices"
	"testing"
)

// TestIdentify asks what names of columns stand for, with names as institutions write
// them.
func TestIdentify(t *testing.T) {
	tests := []struct {
		name, title string
		columns     []string
		want        string
	}{
		{"營利事業統一編號", "上市公司基本資料", nil, "tax-id"},
		{"統一編號(BAN)", "", nil, "tax-id"},
		{"\ufeff統一編號", "", nil, "tax-id"},
		{"公司代號", "上市公司每月營業收入彙總表", nil, "stock-code"},
		{"公司代號", "財產保險公司申訴率", nil, "insurer-code"},
		{"公司代號", "保險業上市公司一覽", nil, "stock-code"},
		{"公司代號", "名冊", nil, ""},
		{"公司代號", "名冊", []string{"公司代號", "股東會日期", "董事姓名"}, "stock-code"},
		{"Code", "個股日成交資訊", nil, "stock-code"},
		{"Code", "匯率", nil, ""},
		{"代號", "期貨選擇權契約", nil, ""},
		{"契約代號", "每日行情", []string{"契約代號", "到期月份", "期貨成交量"}, "futures-contract"},
		{"Contract", "Daily Market Report", []string{"Date", "Contract", "ContractMonth(Week)"}, "futures-contract"},
		{"商品代號", "保險商品一覽", nil, ""},
		{"ISIN Code", "", nil, "isin"},
		{"ＩＳＩＮ", "", nil, "isin"},
		{"LEI", "", nil, "lei"},
		{"金融機構代號", "", nil, "bank-code"},
		{"機構代號", "信用卡業務統計", nil, "bank-code"},
		{"機構代號", "長照機構", nil, ""},
		{"County_or _city(縣市別)", "村里長", nil, "county"},
		{"縣市", "", nil, "county"},
		{"臺幣縣市", "", nil, ""},
		{"Date(日期)", "", nil, "date"},
		{"董事會擬議股利分派日期", "", nil, "date"},
		{"資料年月", "", nil, "date"},
		{"年度", "", nil, "year"},
		{"年度股利", "", nil, ""},
		{"日期時間格式說明", "", nil, ""},
		{"", "", nil, ""},
		{"(", "", nil, ""},
	}
	for _, tt := range tests {
		if got := Identify(tt.name, tt.title, tt.columns); got != tt.want {
			t.Errorf("Identify(%q, %q, %q) = %q, want %q", tt.name, tt.title, tt.columns, got, tt.want)
		}
	}
}

// TestSplit asks for the names in descriptions as portals write them.
func TestSplit(t *testing.T) {
	tests := []struct {
		in   string
		want []string
	}{
		{"日期、淨值、註記", []string{"日期", "淨值", "註記"}},
		{"title;link;description", []string{"title", "link", "description"}},
		{"資產合計(A、B)、負債（元,角）;備註", []string{"資產合計(A、B)", "負債（元,角）", "備註"}},
		{"\"a\",\"b\"\n c (d\ne, f", []string{"a", "b", "c (d", "e", "f"}},
		{"、、", nil},
		{"", nil},
		{")),x", []string{"))", "x"}},
	}
	for _, tt := range tests {
		if got := Split(tt.in); !slices.Equal(got, tt.want) {
			t.Errorf("Split(%q) = %q, want %q", tt.in, got, tt.want)
		}
	}
}

// FuzzSplit asks of any text that the names found in it stand there, in this order.
func FuzzSplit(f *testing.F) {
	f.Add("日期、淨值(元、角);註記\n\"x\"")
	f.Fuzz(func(t *testing.T, in string) {
		from := 0
		for _, name := range Split(in) {
			i := indexFrom(in, name, from)
			if name == "" || len(name) > longestName || i < 0 {
				t.Fatalf("Split(%q) has %q", in, name)
			}
			from = i + len(name)
			Identify(name, in, Split(in))
		}
	})
}

func indexFrom(s, part string, from int) int {
	for i := from; i+len(part) <= len(s); i++ {
		if s[i:i+len(part)] == part {
			return i
		}
	}
	return -1
}
