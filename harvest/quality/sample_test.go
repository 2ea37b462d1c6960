package quality

import (
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// sampled checks one file and returns what is known of its dataset.
func sampled(t *testing.T, text string) *Result {
	t.Helper()
	s := openStore(t, t.TempDir())
	defer s.Close()
	f := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/robots.txt" || text == "" {
			http.NotFound(w, r)
			return
		}
		_, _ = w.Write([]byte(text))
	}))
	defer f.Close()
	catalogueOf(t, s, f.URL, 1)
	if _, err := runnerOf(t, s, noon, Config{}).Run(t.Context(), nil, nil); err != nil {
		t.Fatal(err)
	}
	return results(t, s)[0]
}

// TestSample: the first rows of a table are kept, bounded, and without personal data.
func TestSample(t *testing.T) {
	wide := strings.Repeat("欄,", 30) + "末\n" + strings.Repeat("值,", 30) + "末\n"
	for name, tt := range map[string]struct{ text, want string }{
		"a table": {"年月,件數\n11508,1\n11509,2\n11510,3\n11511,4\n",
			`{"columns":["年月","件數"],"rows":[["11508","1"],["11509","2"],["11510","3"]]}`},
		"personal data": {"年月,身分證字號\n11508,A123456789\n11509,F131104093\n",
			`{"columns":["年月","身分證字號"],"rows":[["11508","**********"],["11509","**********"]],` +
				`"masked":["身分證字號"]}`},
		"objects": {`[{"年月":"11508","件數":7},{"年月":"11509","件數":8}]`,
			`{"columns":["年月","件數"],"rows":[["11508","7"],["11509","8"]]}`},
		"short rows": {"年月,件數\n11508\n11509,2,3\n",
			`{"columns":["年月","件數"],"rows":[["11508"],["11509","2"]]}`},
		"no rows":  {"年月,件數\n", "null"},
		"no table": {"<html><body>維護中</body></html>", "null"},
		"nothing":  {"", "null"},
	} {
		got, err := json.Marshal(sampled(t, tt.text).Resources[0].Sample)
		if err != nil || string(got) != tt.want {
			t.Errorf("%s: kept %s, %v, want %s", name, got, err, tt.want)
		}
	}
	s := sampled(t, wide).Resources[0].Sample
	if s == nil || len(s.Columns) != sampleColumns || s.More != 11 || len(s.Rows[0]) != sampleColumns {
		t.Errorf("of a wide table is kept %+v", s)
	}
	long := newSampler([]string{"a", "b"})
	for range 9 {
		long.Row([]string{strings.Repeat("長", 500), "\xff短"})
	}
	if s := long.sample(nil); len(s.Rows) != sampleRows || len([]rune(s.Rows[0][0])) != sampleCell ||
		s.Rows[0][1] != "\uFFFD短" {
		t.Errorf("long cells are kept as %+v", s)
	}
}

// TestPreview: what is known of the rows is told, and why there are none.
func TestPreview(t *testing.T) {
	if p, err := (*Result)(nil).Preview(""); err != nil || !strings.Contains(p.Note, "nothing was looked at") {
		t.Errorf("of what was not checked: %+v, %v", p, err)
	}
	r := sampled(t, "年月,件數\n11508,1\n")
	p, err := r.Preview("")
	if err != nil || p.URL != r.Resources[0].URL || p.Format != "csv" || *p.Count != 1 || p.Sample == nil ||
		p.Checked == "" || p.Note != "" {
		t.Errorf("a table: %+v, %v", p, err)
	}
	if _, err := r.Preview("https://e.tw/other.csv"); err == nil {
		t.Error("a file that there is not is shown")
	}
	for text, want := range map[string]string{"": "answered 404", "年月,件數\n": "no rows in the file"} {
		if p, err := sampled(t, text).Preview(""); err != nil || !strings.Contains(p.Note, want) || p.Sample != nil {
			t.Errorf("of %q: %+v, %v, want %s", text, p, err, want)
		}
	}
	two := &Result{Resources: []Resource{{URL: "a"}, {URL: "b", Sample: &Sample{}}, {URL: "c", Sample: &Sample{}}}}
	if p, err := two.Preview(""); err != nil || p.URL != "b" || len(p.Others) != 1 || p.Others[0] != "c" {
		t.Errorf("of several files: %+v, %v", p, err)
	}
	if p, err := two.Preview("a"); err != nil || p.URL != "a" || len(p.Others) != 2 || p.Note == "" {
		t.Errorf("of a file without rows: %+v, %v", p, err)
	}
}

// TestNobodyInEvidence asks that nothing that is known of a file gives a person away, the first
// bytes neither, and that those of other files are kept.
func TestNobodyInEvidence(t *testing.T) {
	for text, want := range map[string]int{"姓名,身分證字號\n王大明,A123456789\n李小華,F131104093\n": markBytes,
		"A123456789,0912345678\nF131104093,0922345678\nP101338908,0933345678\n": markBytes,
		"年月,件數\n11508,1\n": 22} {
		r := sampled(t, text)
		e := r.Resources[0].Evidence
		if len(e.First) != 2*want {
			t.Errorf("of %q is kept %s", text, e.First)
		}
		all, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		for _, secret := range []string{"A123456789", "F131104093", "王大明", "0922345678"} {
			coded := hex.EncodeToString([]byte(secret))
			if strings.Contains(string(all), secret) || strings.Contains(string(all), coded) {
				t.Errorf("%s is in %s", secret, all)
			}
		}
	}
}
