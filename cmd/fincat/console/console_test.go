package console

import (
	"io/fs"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode"

	"fincat/harvest"
	"fincat/harvest/history"
)

// TestPhrases asks that every text which a page names be there in both languages, once.
func TestPhrases(t *testing.T) {
	known := map[string]bool{}
	for _, p := range texts() {
		if known[p.Key] {
			t.Errorf("%s is there twice", p.Key)
		}
		known[p.Key] = true
		if strings.IndexFunc(p.ZH, func(r rune) bool { return unicode.Is(unicode.Han, r) }) < 0 || p.EN == "" {
			t.Errorf("%s is %q and %q", p.Key, p.ZH, p.EN)
		}
	}
	named := regexp.MustCompile(`\.L\.T "([^"]+)"`)
	ours := regexp.MustCompile(
		`^(console|overview|state|act|confirm|run|pages|links|server|store|tokens|audit|worklist|source)\.`)
	files, err := fs.Glob(assets, "templates/*.html")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		text, err := fs.ReadFile(assets, file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range named.FindAllStringSubmatch(string(text), -1) {
			if ours.MatchString(m[1]) && !known[m[1]] {
				t.Errorf("%s names the text %s, which is not there", file, m[1])
			}
		}
	}
}

// TestDiffering asks of the pieces of two texts that they be the texts, and that what is not
// marked be the same.
func TestDiffering(t *testing.T) {
	for _, tt := range []struct{ a, b, here, there string }{
		{"", "", "", ""},
		{"上櫃公司", "上櫃公司", "上櫃公司", "上櫃公司"},
		{"上櫃公司", "上市公司", "上[櫃]公司", "上[市]公司"},
		{"API/CSV_EXPORT", "API/XML_EXPORT", "API/[CSV]_EXPORT", "API/[XML]_EXPORT"},
		{"最後結算價", "", "[最後結算價]", ""},
		{strings.Repeat("a", 2*maxMarked), "a", "a[" + strings.Repeat("a", maxMarked-1) + "]" +
			strings.Repeat("a", maxMarked), "a"},
	} {
		here, there := differing(tt.a, tt.b)
		if got := marked(here); got != tt.here {
			t.Errorf("differing(%q, %q) marks %q, want %q", tt.a, tt.b, got, tt.here)
		}
		if got := marked(there); got != tt.there {
			t.Errorf("differing(%q, %q) marks %q there, want %q", tt.a, tt.b, got, tt.there)
		}
	}
}

func marked(list []piece) string {
	var b strings.Builder
	for _, p := range list {
		if p.Mark {
			b.WriteString("[" + p.Text + "]")
		} else {
			b.WriteString(p.Text)
		}
	}
	return b.String()
}

// TestYAML asks that the form's values arrive in the configuration as they were typed.
func TestYAML(t *testing.T) {
	for _, title := range []string{"plain", "", "null", "yes", "a: b", "# no comment", "- x", "'single'", `"double"`,
		"{a: b}", "back\\slash", "統計 資料", "line\nbreak",
		"a\u2028b", "<b>&amp;", "@at", "1e3", "0x10", "~", "*a", "&a", "!x",
		"%x", "tab\there", "a #b", "trailing:"} {
		f := url.Values{"id": {"one"}, "kind": {"ckan"}, "url": {"https://example.org/a?b=c&d=%20#x"},
			"title": {title}, "schedule": {"0 3 * * *"}, "rate": {"2/s"}, "timeout": {"30s"}}
		text := yamlOf(sourceFields(func(key string) string { return key }, f), "removal_limit: 0.5\r\n\r\n")
		c, err := harvest.ParseConfig(strings.NewReader(text))
		if err != nil || len(c.Sources) != 1 {
			t.Errorf("%q as %s: %v", title, text, err)
			continue
		}
		s := c.Sources[0]
		if s.Title != strings.TrimSpace(title) || s.URL != f.Get("url") || s.Schedule != f.Get("schedule") ||
			s.RemovalLimit == nil || *s.RemovalLimit != 0.5 || time.Duration(s.Timeout) != 30*time.Second {
			t.Errorf("%q arrives as %q, with %s", title, s.Title, text)
		}
	}
}

// TestTrend asks that a trend have a bar for each run, the oldest first.
func TestTrend(t *testing.T) {
	if outcomes(nil).draw(strings.ToUpper) != nil {
		t.Error("there is a trend of nothing")
	}
	at := time.Date(2026, 3, 1, 3, 0, 0, 0, time.UTC)
	o := outcomes{
		{Start: at, End: at.Add(2 * time.Second), Status: history.Failed, New: 5},
		{Start: at, End: at.Add(time.Second), Status: history.Done, New: 10},
	}
	got := o.draw(strings.ToUpper)
	if len(got.Bars) != 2 || got.Bars[0].H != trendHeight || got.Bars[1].H != trendHeight/2 ||
		got.Bars[0].Class != "done" || got.Bars[1].Class != "failed" || got.Bars[0].X >= got.Bars[1].X {
		t.Errorf("the bars are %+v", got.Bars)
	}
	if got.Title != "TREND 10 (1s), 5 (2s)" {
		t.Errorf("in words: %q", got.Title)
	}
}
