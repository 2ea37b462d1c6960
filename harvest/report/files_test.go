package report

import (
	"archive/zip"
	"bytes"
	"cmp"
	"context"
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"fincat/harvest/quality"
	"fincat/harvest/requests"
	"fincat/store"
)

// cells reads the texts of a workbook's sheets, by the names of the sheets, without the
// library that wrote it (ECMA-376 part 1, §18.3).
func cells(t testing.TB, data []byte) map[string][][]string {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	read := func(name string, into any) {
		f, err := z.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if err := xml.NewDecoder(f).Decode(into); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	var book struct {
		Sheets []struct {
			Name string `xml:"name,attr"`
			ID   string `xml:"id,attr"`
		} `xml:"sheets>sheet"`
	}
	read("xl/workbook.xml", &book)
	var relations struct {
		List []struct {
			ID     string `xml:"Id,attr"`
			Target string `xml:"Target,attr"`
		} `xml:"Relationship"`
	}
	read("xl/_rels/workbook.xml.rels", &relations)
	out := map[string][][]string{}
	for _, s := range book.Sheets {
		target := ""
		for _, r := range relations.List {
			if r.ID == s.ID {
				target = "xl/" + strings.TrimPrefix(r.Target, "/xl/")
			}
		}
		var sheet struct {
			Rows []struct {
				Cells []struct {
					Kind    string   `xml:"t,attr"`
					Value   string   `xml:"v"`
					Formula *string  `xml:"f"`
					Text    []string `xml:"is>t"`
				} `xml:"c"`
			} `xml:"sheetData>row"`
		}
		read(target, &sheet)
		for _, r := range sheet.Rows {
			var row []string
			for _, c := range r.Cells {
				if c.Formula != nil {
					t.Errorf("%s has a formula: %s", s.Name, *c.Formula)
				}
				row = append(row, c.Value+strings.Join(c.Text, ""))
			}
			out[s.Name] = append(out[s.Name], row)
		}
	}
	return out
}

// collected returns the files of a pack by name.
func collected(t testing.TB, p Pack) map[string][]byte {
	t.Helper()
	var b bytes.Buffer
	if err := WriteZip(&b, p); err != nil {
		t.Fatal(err)
	}
	z, err := zip.NewReader(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string][]byte{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if out[f.Name], err = io.ReadAll(r); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

// checkPage asks of a page that it is one, without scripts and with charts.
func checkPage(t testing.TB, name string, data []byte, want ...string) {
	t.Helper()
	doc, err := html.Parse(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	count := map[string]int{}
	for n := range doc.Descendants() {
		if n.Type == html.ElementNode {
			count[n.Data]++
			for _, a := range n.Attr {
				if strings.HasPrefix(a.Key, "on") || strings.HasPrefix(a.Val, "javascript:") {
					t.Errorf("%s: <%s %s=%q>", name, n.Data, a.Key, a.Val)
				}
			}
		}
	}
	if count["script"] != 0 || count["link"] != 0 || count["img"] != 0 || count["svg"] == 0 || count["h1"] != 1 {
		t.Errorf("%s has elements %v", name, count)
	}
	for _, w := range want {
		if !bytes.Contains(data, []byte(w)) {
			t.Errorf("%s lacks %q", name, w)
		}
	}
	if bytes.Contains(data, []byte("ZgotmplZ")) || bytes.Contains(data, []byte("%!")) {
		t.Errorf("%s has a fault of the template", name)
	}
}

// hostile is a catalogue whose titles are not harmless.
func hostile(t testing.TB) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), store.Options{CacheBytes: 32 << 20})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	f := serveFiles(t)
	catalogue(t, s, f, []entry{{id: "=1+<script>", recorded: "2026-01-02", file: goldFile, fields: "甲、乙、丙"}})
	check(t, s, "2026-04-01T00:00:00+08:00")
	return s
}

func TestFiles(t *testing.T) {
	r := makeReport(t, year(t), Quarter{2026, 3}, "2026-07-31T00:00:00+08:00")
	files := collected(t, r)
	var names []string
	for name := range files {
		names = append(names, name)
	}
	if len(names) != 12 || files["2026Q3-all.html"] == nil || files["2026Q3-twse.xlsx"] == nil {
		t.Fatalf("files %v", names)
	}
	checkPage(t, "all", files["2026Q3-all.html"], "72.7 %", "民國115年第3季", "臺灣證券交易所", "至此達標", "缺少 丁",
		"丁 is missing")
	checkPage(t, "twse", files["2026Q3-twse.html"], "臺灣證券交易所", "60.0 %")
	book := cells(t, files["2026Q3-all.xlsx"])
	if work := book["待辦 To do"]; len(work) != 4 || work[0][0] != "提供機關 provider" ||
		work[3][6] != "缺少 丁 丁 is missing" || work[1][0] != "證券期貨局" && !strings.Contains(work[1][0], "證券期貨局") {
		t.Errorf("the list to work off: %q", work)
	}
	if d := book["資料集 Datasets"]; len(d) != 12 {
		t.Errorf("%d datasets in the workbook, want 11 and the header", len(d))
	}
	if s := book["摘要 Summary"]; len(s) != 11 || s[2][4] != "8" || s[2][5] != "11" {
		t.Errorf("summary %q", s)
	}
	text, ok := strings.CutPrefix(string(files["2026Q3-twse.csv"]), "\ufeff")
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil || !ok || len(rows) != 3 {
		t.Errorf("the CSV has %d rows, %v", len(rows), err)
	}
	var back Report
	if err := json.Unmarshal(files["2026Q3-all.json"], &back); err != nil {
		t.Fatal(err)
	}
	if f := back.Figure("gold"); len(f.Counted) != 8 || len(f.Short) != 3 || !strings.HasPrefix(f.Text, "PREFIX") {
		t.Errorf("the figure in JSON: %+v", f)
	}
}

// TestFilesHarmless writes what sources say as text, wherever it stands.
func TestFilesHarmless(t *testing.T) {
	r := makeReport(t, hostile(t), Quarter{2026, 2}, "2026-04-30T00:00:00+08:00")
	files := collected(t, r)
	checkPage(t, "all", files["2026Q2-all.html"], "&lt;script&gt;")
	work := cells(t, files["2026Q2-all.xlsx"])["待辦 To do"]
	if len(work) != 2 || work[1][2] != "資料集=1+<script>" || work[1][1] != "=1+<script>" {
		t.Errorf("work %q", work)
	}
	rows, err := csv.NewReader(bytes.NewReader(files["2026Q2-all.csv"])).ReadAll()
	if err != nil || len(rows) != 2 || rows[1][1] != "'=1+<script>" {
		t.Errorf("CSV %q, %v", rows, err)
	}
}

func TestMeeting(t *testing.T) {
	s := year(t)
	at := time.Date(2026, 4, 30, 0, 0, 0, 0, taipei)
	m, err := MakeMeeting(t.Context(), Options{Store: s, Base: base, Quarter: Quarter{2026, 2}, Now: at,
		Asked: quality.Requests{Days: 30, List: []quality.DataRequest{{Asked: "2026-01-02", Answered: "2026-01-05"},
			{Asked: "2026-02-02", About: "=股價", Dataset: "a/1"}, {Asked: "2026-05-02"}}}})
	if err != nil {
		t.Fatal(err)
	}
	files := collected(t, m)
	checkPage(t, "meeting", files["2026Q2-meeting.html"], "盤點", "臺灣證券交易所", "機關排名", "第2季", "平臺尚缺", "逾期未回復")
	book := cells(t, files["2026Q2-meeting.xlsx"])
	if len(book) != 11 {
		t.Errorf("%d sheets", len(book))
	}
	for name, want := range map[string]int{"排名 Ranking": 2, "平臺尚缺 Missing at portal": 11, "評分規則 Rules": 6,
		"需求 Requests": 2} {
		if got := len(book[name]) - 1; got != want {
			t.Errorf("%s has %d rows, want %d", name, got, want)
		}
	}
	if !slices.ContainsFunc(m.Inventory, func(f Facet) bool {
		return f.ID == "source" && len(f.Counts) == 1 &&
			f.Counts[0].N == 11
	}) {
		t.Errorf("inventory %+v", m.Inventory)
	}
}

// TestMeetingCases has what was filed here in the pack, beside what the configuration notes: what is
// made up and what was filed later are not.
func TestMeetingCases(t *testing.T) {
	s := year(t)
	day := func(month time.Month, day int) time.Time { return time.Date(2026, month, day, 23, 0, 0, 0, taipei) }
	put := map[string][]byte{}
	for i, x := range []requests.Case{
		{Title: "要 =利率", Filed: day(4, 1), AnswerDue: day(4, 15)},
		{Title: "已\n回復", Filed: day(4, 2), AnswerDue: day(5, 15), Answered: day(4, 9), Result: base.Dataset("a", "1")},
		{Title: "單位？", Kind: requests.Question, Filed: day(4, 3), AnswerDue: day(5, 3),
			Datasets: []string{base.Dataset("a", "2")}},
		{Title: "示範", Filed: day(4, 4), Demo: true},
		{Title: "以後", Filed: day(5, 4)},
	} {
		x.ID = fmt.Sprintf("2026040%d-aaaaaa", i+1)
		x.Kind, x.State = cmp.Or(x.Kind, requests.Request), requests.Accepted
		x.Events = []requests.Event{{At: x.Filed, State: x.State}}
		text, err := json.Marshal(x)
		if err != nil {
			t.Fatal(err)
		}
		put["request/"+x.ID] = text
	}
	if _, err := s.Commit(t.Context(), store.Change{Put: put}); err != nil {
		t.Fatal(err)
	}
	m, err := MakeMeeting(t.Context(), Options{Store: s, Base: base, Quarter: Quarter{2026, 2}, Now: day(4, 30),
		Asked: quality.Requests{List: []quality.DataRequest{{Asked: "2026-04-04", About: "來函"}}}})
	if err != nil {
		t.Fatal(err)
	}
	got := cells(t, collected(t, m)["2026Q2-meeting.xlsx"])["需求 Requests"]
	want := [][]string{{"2026-04-04", "來函", "", "", "", requestState(quality.RequestOpen)},
		{"2026-04-03", "單位？", base.Dataset("a", "2"), "2026-05-03", "", requestState(quality.RequestOpen)},
		{"2026-04-02", "已 回復", base.Dataset("a", "1"), "2026-05-15", "2026-04-09",
			requestState(quality.RequestAnswered)},
		{"2026-04-01", "要 =利率", "", "2026-04-15", "", requestState(quality.RequestOverdue)}}
	if len(got) == 0 || !slices.EqualFunc(got[1:], want, slices.Equal) {
		t.Errorf("requests:\n%q, want\n%q", got, want)
	}
}

// TestFilesStop ends in the middle when somebody has enough.
func TestFilesStop(t *testing.T) {
	r := makeReport(t, hostile(t), Quarter{2026, 2}, "2026-04-30T00:00:00+08:00")
	n := 0
	err := r.Files(func(File) error { n++; return io.ErrShortWrite })
	if !errors.Is(err, io.ErrShortWrite) || n != 1 {
		t.Errorf("error %v after %d files", err, n)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Make(ctx, Options{Store: hostile(t), Base: base}); err == nil {
		t.Error("made after its context ended")
	}
	got := fmt.Sprintf("%s %s", Quarter{2026, 1}.Before(), Quarter{2026, 4}.End().Format(time.DateOnly))
	if got != "2025Q4 2027-01-01" {
		t.Errorf("quarters %s", got)
	}
}

// TestMeetingJSON has a list for everything of which there is nothing.
func TestMeetingJSON(t *testing.T) {
	s, err := store.Open(t.Context(), store.Options{CacheBytes: 32 << 20})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	m, err := MakeMeeting(t.Context(), Options{Store: s, Base: base, Quarter: Quarter{2026, 3}, Now: afterQuarter})
	if err != nil {
		t.Fatal(err)
	}
	for _, list := range []any{m.New, m.Changed, m.Removed, m.Requests, m.Inventory[0].Counts} {
		if text, err := json.Marshal(list); err != nil || string(text) != "[]" {
			t.Errorf("%T is %s, %v", list, text, err)
		}
	}
}
