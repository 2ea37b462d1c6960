package inspect

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
)

func look(t *testing.T, f File) *Report {
	t.Helper()
	r, err := Inspect(context.Background(), f, Options{})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestForms inspects small texts whose form is easily taken for another one.
func TestForms(t *testing.T) {
	for _, tt := range []struct {
		name, text, format string
		rows               int
		fields             []string
	}{
		{"record beside meta", "<r><meta><n>1</n></meta><data><row><年>1</年><月>2</月></row></data></r>", "xml", 1,
			[]string{"年", "月"}},
		{"repeated under one station", "<r><station><name>a</name><v><t>1</t></v><v><t>2</t></v></station></r>",
			"xml", 2,
			[]string{"t"}},
		{"named by attribute", `<r><row><field name="年">1</field></row><row><field name="年">2</field></row></r>`,
			"xml", 2,
			[]string{"年"}},
		{"list of texts", `["a","b"]`, "json", 2, nil},
		{"columns", `{"年":[1,2,3],"月":[4,5,6]}`, "json", 3, []string{"年", "月"}},
		{"map of records", `{"01":{"a":1},"02":{"a":2,"b":3}}`, "json", 2, []string{"a", "b"}},
		{"quoted JSON", `"[{\"a\":1},{\"a\":2}]"`, "json", 2, []string{"a"}},
		{"rows with a header in the first", `{"data":[["年","月"],[1,2],[3,4]]}`, "json", 2, []string{"年", "月"}},
		{"end of file of DOS", "a,b\r\n1,2\r\n\x1a", "csv", 1, []string{"a", "b"}},
		{"carriage returns", "a,b\r1,2\r3,4\r", "csv", 2, []string{"a", "b"}},
		{"bars", "a|b\n1|2\n3|4\n", "csv", 2, []string{"a", "b"}},
		{"an INI file", "[section]\nkey=value\n", "txt", 0, nil},
		{"an array", "[1,2,3]", "json", 3, nil},
	} {
		r := look(t, File{Data: []byte(tt.text)})
		if r.Format != tt.format || r.Rows != tt.rows || !slices.Equal(r.Fields, tt.fields) {
			t.Errorf("%s: %s, %d records, fields %q; want %s, %d, %q", tt.name, r.Format, r.Rows, r.Fields,
				tt.format, tt.rows,
				tt.fields)
		}
	}
}

func TestErrorAnswers(t *testing.T) {
	for text, want := range map[string]bool{
		`{"status":"error","data":[]}`:                          true,
		`{"stat":"很抱歉，沒有符合條件的資料!"}`:                             true,
		`{"Message":"An error has occurred."}`:                  true,
		`{"code":404,"msg":"x"}`:                                true,
		`{"status":"OK","data":[{"a":1}]}`:                      false,
		`{"success":true,"result":{"records":[{"error":"x"}]}}`: false,
		`{"code":"200","data":[]}`:                              false,
		`[{"錯誤率":1}]`:                                           false,
		"查無資料":                                                  true, "項目,說明\n錯誤,系統錯誤\n": false,
	} {
		if r := look(t, File{Data: []byte(text), Format: "JSON"}); (r.NotData != "") != want {
			t.Errorf("%s: not data %q, want %v", text, r.NotData, want)
		}
	}
}

// TestBombs unpacks no more than is allowed, whatever the archive says of itself.
func TestBombs(t *testing.T) {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, name := range []string{"a.csv", "b.csv"} {
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		for range 40 {
			if _, err := w.Write(bytes.Repeat([]byte("1,2\n"), 1<<18)); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	r := look(t, File{Data: b.Bytes()})
	if !r.Has("too-large") || r.Broken == "" {
		t.Errorf("%+v", r.Findings)
	}
	laughs := `<?xml version="1.0"?><!DOCTYPE r [<!ENTITY a "` + strings.Repeat("ha", 1000) + `">` +
		`<!ENTITY b "` + strings.Repeat("&a;", 1000) + `">]><r><x>` + strings.Repeat("&b;", 1000) + `</x></r>`
	if r = look(t, File{Data: []byte(laughs)}); !r.Has("xml-entities") {
		t.Errorf("%+v", r)
	}
	deep := strings.Repeat("<x>", 5000) + strings.Repeat("</x>", 5000)
	if r = look(t, File{Data: []byte(deep)}); r.Broken == "" {
		t.Error("5000 elements inside one another are no fault")
	}
	deep = strings.Repeat("[", 5000) + strings.Repeat("]", 5000)
	if r = look(t, File{Data: []byte(deep)}); r.Format != "json" {
		t.Errorf("5000 arrays inside one another are %s", r.Format)
	}
}

// TestCut inspects every beginning of some files: none is an error, and none panics.
func TestCut(t *testing.T) {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	w, err := z.Create("[Content_Types].xml")
	if err == nil {
		_, err = w.Write([]byte("<Types/>"))
	}
	if err == nil {
		_, err = z.Create("xl/workbook.xml")
	}
	if err = errors.Join(err, z.Close()); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"年,月\r\n1,\"2\r\n3\"\r\n", `{"data":[{"年":1},{"年":2}]}`, b.String(),
		"<?xml version=\"1.0\"?><r><row a=\"1\">x</row></r>",
		"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1" + strings.Repeat("\x00", 600)} {
		for i := range len(text) {
			look(t, File{Data: []byte(text[:i]), Format: "CSV", Fields: "年、月"})
		}
	}
}

func TestDescriptions(t *testing.T) {
	for _, tt := range []struct {
		text, file string
		missing    int
	}{
		{"Year(年度,西元);Policies(有效保單數)", "Year|Policies", 0}, {"年度（Year）、件數【Count】", "Year|Count", 0},
		{"賠款率(%)", "賠款率(%)", 0}, {"序號 標題 網址", "序號|標題|網址", 0}, {"年、月、日", "年|月", 1},
		{"115年第1季;;單位:千元/件", "115年第1季||單位:千元/件", 0}, {"ＡＢＣ、保 費", "abc|保費", 0},
		{"a(b,c", "a(b|c", 0},
	} {
		if got := Describe(tt.text).Missing(strings.Split(tt.file, "|")); len(got) != tt.missing {
			t.Errorf("%s in %s: missing %q, want %d", tt.text, tt.file, got, tt.missing)
		}
	}
}

func FuzzInspect(f *testing.F) {
	f.Add([]byte("a,b\n1,2\n"))
	f.Add([]byte(`[{"a":[1,{"b":2}]}]`))
	f.Add([]byte("<r><a b=\"c\"/></r>"))
	f.Add([]byte("PK\x03\x04"))
	f.Add([]byte("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"))
	f.Fuzz(func(t *testing.T, data []byte) {
		look(t, File{Data: data, Format: "CSV", Fields: "a、b"})
		look(t, File{Data: data, Cut: true})
	})
}
