package personal

import (
	"fmt"
	"math"
	"runtime"
	"strings"
	"testing"
	"unicode/utf8"
)

// TestCheckDigits compares with numbers that are known: the example of the Ministry of
// the Interior, those of its leaflet about the new resident numbers, and a card for tests.
func TestCheckDigits(t *testing.T) {
	for s, want := range map[string]bool{"A123456789": true, "A123456788": false, "A800000014": true,
		"A800000013": false, "FA12345689": true, "FA12345688": false} {
		if got := identifierPasses(s); got != want {
			t.Errorf("identifierPasses(%q) = %v, want %v", s, got, want)
		}
	}
	for s, want := range map[string]bool{"4111111111111111": true, "4111111111111112": false, "378282246310005": true,
		"3530111333300000": true, "5555555555554444": true, "79927398713": true, "79927398710": false} {
		if got := luhn(s); got != want {
			t.Errorf("luhn(%q) = %v, want %v", s, got, want)
		}
	}
	r := random()
	for range 1000 { // exactly one in ten check digits is right
		s, right := identifier(r, "Z2", true)[:9], 0
		for c := '0'; c <= '9'; c++ {
			if identifierPasses(s + string(c)) {
				right++
			}
		}
		if right != 1 {
			t.Fatalf("%s has %d check digits", s, right)
		}
	}
}

func TestChance(t *testing.T) {
	for _, tt := range []struct {
		n, passed int
		want      float64
	}{{1, 1, 0.1}, {3, 3, 0.001}, {20, 0, 1}, {20, 2, 0.6083}, {2, 1, 0.19}, {1000, 100, 0.5154}} {
		if got := chance(tt.n, tt.passed); math.Abs(got-tt.want) > 1e-3*tt.want+1e-6 {
			t.Errorf("chance(%d, %d) = %v, want %v", tt.n, tt.passed, got, tt.want)
		}
	}
}

// TestRandomCodes asks that columns of random codes in the form of identifiers and cards
// are not raised, whatever their length.
func TestRandomCodes(t *testing.T) {
	r := random()
	forms := []func() string{
		func() string { return fmt.Sprintf("%c%d%08d", 'A'+r.IntN(26), 1+r.IntN(2), r.IntN(1e8)) },
		func() string { return fmt.Sprintf("%c%d%08d", 'A'+r.IntN(26), 8+r.IntN(2), r.IntN(1e8)) },
		func() string { return fmt.Sprintf("%c%c%08d", 'A'+r.IntN(26), 'A'+r.IntN(4), r.IntN(1e8)) },
		func() string { return fmt.Sprintf("4%015d", r.Int64N(1e15)) },
		func() string { return fmt.Sprintf("37%013d", r.Int64N(1e13)) },
		func() string { return fmt.Sprintf("62%015d", r.Int64N(1e15)) },
	}
	raised, columns := 0, 0
	for range 300 {
		for i, form := range forms {
			for _, header := range []string{"代號", "c", "商品編號"} {
				d := New([]string{header})
				for range 4 + r.IntN(60) {
					d.Row([]string{form()})
				}
				columns++
				for _, f := range d.Findings() {
					if f.Confidence != Low {
						raised++
						t.Logf("form %d: %+v", i, f)
					}
				}
			}
		}
	}
	// Three of three pass once in a thousand columns, four of four in ten thousand.
	if raised > columns/1000 {
		t.Errorf("%d of %d columns of random codes were raised", raised, columns)
	}
}

// TestFewAmongMany asks that identifiers are found wherever most values of a column
// pass, and with wrong ones among them.
func TestFewAmongMany(t *testing.T) {
	r := random()
	for _, n := range []int{1, 2, 3, 10, 100, 5000} {
		d := New([]string{"身分證字號", "x"})
		for i := range n {
			d.Row([]string{national2(r, 0), identifier(r, "B2", i%4 > 0)})
		}
		got := map[string]Finding{}
		for _, f := range d.Findings() {
			got[f.Column] = f
		}
		if f := got["身分證字號"]; f.Confidence != High || f.Count != n || f.Values != min(n, maxDistinct) {
			t.Errorf("%d identifiers: %+v", n, f)
		}
		if f := got["x"]; n >= 10 && f.Confidence != High {
			t.Errorf("%d identifiers, three in four with the right check digit: %+v", n, f)
		}
	}
}

// TestMasks asks that no sample gives a value away.
func TestMasks(t *testing.T) {
	r := random()
	for _, tt := range []struct{ header, value string }{
		{"身分證", national2(r, 0)}, {"手機", "0912-345-678"}, {"住家電話", "02-25070000"}, {"email", "wang.hsiao@gmail.com"},
		{"卡號", cardNumber(r, "4", 16, true)}, {"銀行帳號", "012345678901"}, {"護照", "312345678"},
		{"生日", "民國65年12月30日"}, {"姓名", "歐陽娜娜"}, {"居住地址", addresses[1]},
	} {
		d := New([]string{tt.header})
		d.Row([]string{tt.value})
		fs := d.Findings()
		if len(fs) != 1 {
			t.Errorf("%s: %+v", tt.header, fs)
			continue
		}
		hidden := strings.Count(fs[0].Sample, "*")
		local, _, _ := strings.Cut(fs[0].Sample, "@")
		if hidden < 3 || hidden*2 < utf8.RuneCountInString(local)-4 {
			t.Errorf("sample of %q is %q", tt.header, fs[0].Sample)
		}
	}
}

// TestMemory asks that neither rows, values nor columns add up.
func TestMemory(t *testing.T) {
	r := random()
	heap := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before := heap()
	d := New(nil)
	row := make([]string, 3000)
	for range 300 {
		for i := range row {
			row[i] = fmt.Sprintf("%c%d%08d", 'A'+r.IntN(26), 1+r.IntN(2), r.IntN(1e8))
		}
		d.Row(row)
	}
	if len(d.columns) != maxColumns || d.hashes != maxHashes {
		t.Errorf("%d columns, %d hashes", len(d.columns), d.hashes)
	}
	if after := heap(); after > before+64<<20 {
		t.Errorf("%d MiB are kept", (after-before)>>20)
	}
	runtime.KeepAlive(d)
}

func TestRaggedRows(t *testing.T) {
	d := New([]string{"a"})
	r := random()
	for range 6 {
		d.Row([]string{"1", "", national2(r, 0)})
		d.Row(nil)
	}
	fs := d.Findings()
	if len(fs) != 1 || fs[0].Column != "#3" || fs[0].Count != 6 {
		t.Errorf("findings = %+v", fs)
	}
}

// TestFirstRowAsHeader asks that data which was taken for a header is data.
func TestFirstRowAsHeader(t *testing.T) {
	r := random()
	d := New([]string{national2(r, 0), "0912345678"})
	for range 5 {
		d.Row([]string{national2(r, 0), fmt.Sprintf("0922%06d", r.IntN(1e6))})
	}
	if fs := d.Findings(); len(fs) != 2 || fs[0].Count != 6 || fs[1].Count != 6 {
		t.Errorf("findings = %+v", fs)
	}
}

// TestLongSample asks that a long value is cut after it is masked, whatever its kind.
func TestLongSample(t *testing.T) {
	long := strings.Repeat("a", 33)
	for kind := range place + 1 {
		got := mask(kind, long+"@"+long+".tw")
		if n := utf8.RuneCountInString(got); n != maxSample+1 || !strings.HasSuffix(got, "…") {
			t.Errorf("kind %d: %d characters: %s", kind, n, got)
		}
	}
	if got, want := mask(email, long+"@a.tw"), "a"+strings.Repeat("*", 32)+"@a.tw"; got != want {
		t.Errorf("%q, not %q", got, want)
	}
}

func FuzzDetector(f *testing.F) {
	f.Add("0", "", strings.Repeat("0", 33)+"@00000.AA")
	f.Add("身分證字號", "A123456789", "備註：0912-345-678、wang@gmail.com")
	f.Add("生日", "民國65年1月1日", "４１１１１１１１１１１１１１１１")
	f.Add("address", `="0912345678"`, "\xff\xfe@@09")
	f.Fuzz(func(t *testing.T, header, a, b string) {
		d := New([]string{header, b})
		d.About(a)
		for range 3 {
			d.Row([]string{a, b, header})
		}
		for _, f := range d.Findings() {
			if f.Count < 1 || f.Values < 1 || f.Values > f.Count || !utf8.ValidString(f.Sample) {
				t.Errorf("finding %+v", f)
			}
			if utf8.RuneCountInString(f.Sample) > 41 {
				t.Errorf("sample of %d characters", len(f.Sample))
			}
		}
	})
}

func BenchmarkRow(b *testing.B) {
	d := New([]string{"公司代號", "公司名稱", "地址", "電話", "備註", "金額"})
	row := []string{"1101", "台灣水泥股份有限公司", "臺北市中山區中山北路2段113號", "(02)2531-7099",
		"資料來源：公開資訊觀測站；出表日期 115 年 9 月 1 日", "1234567890"}
	b.ReportAllocs()
	for b.Loop() {
		d.Row(row)
	}
}
