package words

import (
	"fmt"
	"strings"
	"testing"
	"unicode"
)

func table(t *testing.T) *Table {
	t.Helper()
	w, err := New()
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func TestChinese(t *testing.T) {
	w := table(t)
	for in, want := range map[string]string{
		"404 Not Found":                                  "404 找不到",
		"200 OK after 2 redirects":                       "經 2 次轉址後 200 正常",
		"link: 404 Not Found":                            "連結有效性：404 找不到",
		"structured: pdf is not structured":              "結構化檔案類型：pdf 並非結構化格式",
		"名稱、日期 are missing":                              "缺少 名稱、日期",
		"a.csv: Big5, declared UTF-8 (none is declared)": "a.csv：實為 Big5，宣告為 UTF-8（未宣告）",
		"at http://x.example/a: look up x.example: no such host; 12 bytes arrived": "於 http://x.example/a：" +
			"查詢主機 x.example：無此主機；已收到 12 位元組",
		"metadata changed on 2026-01-31, 每1月: due 2026-02-28, which is past": "詮釋資料異動於 2026-01-31，每1月：" +
			"期限 2026-02-28，已逾期",
		"a login page (會員 登入) arrives": "收到登入頁（會員 登入）",
		"the OpenAPI document cannot be loaded: at http://x.example/o: answered 404 Not Found": "無法載入 OpenAPI " +
			"說明文件：於 http://x.example/o：回應 404 找不到",
		"GET /a serves the dataset: its address is that of a resource": "GET /a 提供此資料集：其網址與資源相同",
		"the workbook cannot be read":                                  "活頁簿無法讀取",
		"GET http://x.example/ at 2026-12-01 09:00:00 +08:00: no answer; 3 more files": "GET http://x.example/，" +
			"2026-12-01 09:00:00 +08:00：無回應；另有 3 個檔案",
		"what a server says": "what a server says", "": "", "dct:format: 1": "dct:format: 1",
	} {
		if got := w.Chinese(in); got != want {
			t.Errorf("Chinese(%q) = %q, want %q", in, got, want)
		}
	}
	if got := w.Both("404 Not Found"); got != "404 找不到 404 Not Found" {
		t.Errorf("Both = %q", got)
	}
	if got := w.Both("dct:format: 1"); got != "dct:format: 1" {
		t.Errorf("Both of no message = %q", got)
	}
}

// TestEveryMessage makes a text of each message, which has to come back in Chinese with its
// arguments and without what is English of it.
func TestEveryMessage(t *testing.T) {
	w := table(t)
	for english, chinese := range w.exact {
		if got := w.Chinese(english); got != chinese {
			t.Errorf("%q is %q, want %q", english, got, chinese)
		}
	}
	for i := range w.forms {
		m := &w.forms[i]
		var args []any
		for n, v := range verb.FindAllString(m.english, -1) {
			switch v[len(v)-1] {
			case 'd', 'X':
				args = append(args, 700+n)
			case 'f':
				args = append(args, 7.5)
			case 'q':
				args = append(args, fmt.Sprintf("甲%d", n))
			default:
				if strings.Contains(m.chinese, fmt.Sprintf("<%d>", n+1)) {
					args = append(args, "Not Found")
				} else {
					args = append(args, fmt.Sprintf("乙%d", n))
				}
			}
		}
		text := fmt.Sprintf(m.english, args...)
		got := w.Chinese(text)
		if !strings.ContainsFunc(got, func(c rune) bool { return unicode.Is(unicode.Han, c) }) || got == text {
			t.Errorf("%q is %q", text, got)
		}
		for _, a := range args {
			plain := fmt.Sprint(a)
			if s, ok := a.(string); ok {
				plain = w.Chinese(s)
			} else if n, ok := a.(int); ok && strings.Contains(m.english, "X") && !strings.Contains(got, plain) {
				plain = fmt.Sprintf("%X", n)
			}
			if !strings.Contains(got, plain) {
				t.Errorf("%q is %q, without %q", text, got, plain)
			}
		}
	}
}

func TestBadTable(t *testing.T) {
	for _, text := range []string{"a\n", "a\t\n", "a %d\t甲\n", "a\t甲\na\t乙\n", "a\tb\tc\n"} {
		if _, err := read(text); err == nil || !strings.Contains(err.Error(), "line ") {
			t.Errorf("read(%q) says %v", text, err)
		}
	}
}

func BenchmarkUnknown(b *testing.B) {
	w, err := New()
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		w.Chinese("what a server says in its own words, at some length: nobody knows")
	}
}

// TestLibraryWords has the reasons that libraries give in Chinese: known ones in words of the
// table, others quoted.
func TestLibraryWords(t *testing.T) {
	w := table(t)
	for _, c := range []struct{ in, want string }{
		{"the XML is not well-formed: XML syntax error on line 7: element <a> closed by </b>",
			"XML 格式不正確：第 7 行語法錯誤：元素 <a> 以 </b> 結束"},
		{"no JSON at line 1, byte 3: invalid character '}' at start of value after offset 3",
			"line 1, byte 3 處不是 JSON：值的開頭有無效字元 '}'（位元組 3 之後）"},
		{"the document cannot be validated: the library said something new",
			"無法驗證文件：「the library said something new」"},
		{"2 violations of DCAT-AP: dct:title minimally 1 values are expected here",
			"違反 DCAT-AP 2 處：「dct:title minimally 1 values are expected here」"},
		{"tls: failed to verify certificate: x509: certificate is not valid for any names, but wanted to match a.tw",
			"無法驗證憑證：憑證沒有任何名稱，無法用於 a.tw"},
		{"the document is not what OpenAPI asks for: invalid paths: a library has failed",
			"文件不符 OpenAPI 規範：paths 無效：「a library has failed」"},
		{"Policies", "Policies"}, {"保險公司", "保險公司"},
	} {
		if got := w.Chinese(c.in); got != c.want {
			t.Errorf("Chinese(%q) = %q, want %q", c.in, got, c.want)
		}
	}
}
