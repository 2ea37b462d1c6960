package dcat

import (
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"fincat/vocab"
	"fincat/vocab/term"
)

const base = Base("https://example.tw/")

func sample() *Dataset {
	d := &Dataset{
		Identifier:  "10689",
		Title:       Texts("金融控股公司設立情形表"),
		Description: []Text{ZH("說明"), {"Description", "en"}},
		Keyword:     Texts("金控", "設立"),
		Publisher:   Agent{IRI: base.Org("banking-bureau")},
		Creator:     Agent{IRI: base.Org("twse")},
		Contact:     []Contact{{Name: "林先生", Phone: "02-23800264", Email: "a@example.tw"}},
		LandingPage: []string{"https://data.gov.tw/dataset/10689"},
		License:     OGDL,
		Issued:      date("2015-01-31"),
		Modified:    date("2026-03-01 10:00"),
		Service:     base.Service("x"),
		Distribution: []Distribution{
			{AccessURL: "https://e.tw/a b/資料.csv", DownloadURL: "https://e.tw/a b/資料.csv", ByteSize: "12"},
			{Title: Texts("second"), AccessURL: "https://e.tw/2", Format: "奇怪"},
		},
		Extra: []term.Triple{
			{Subject: term.NewIRI("old"), Predicate: term.NewIRI(vocab.DCTSpatial), Object: term.NewBlankNode("b1")},
			{Subject: term.NewBlankNode("b1"), Predicate: term.NewIRI(vocab.RDFSLabel),
				Object: term.NewString("Taiwan")},
		},
		IRI: "old",
	}
	d.Distribution[0].SetFormat("csv")
	d.SetFrequency("每1月")
	d.AddTheme(base, "投資理財")
	d.Assign(base, "bb", "10689")
	return d
}

func date(s string) term.Term { t, _ := ParseDate(s); return t }

func TestTriples(t *testing.T) {
	got := sample().Triples()
	if !slices.IsSortedFunc(got, term.CompareTriples) {
		t.Error("triples are not sorted")
	}
	text := ""
	for _, tr := range got {
		text += tr.String() + "\n"
		if tr.Subject.IsBlankNode() || tr.Object.IsBlankNode() {
			t.Errorf("blank node in %v", tr)
		}
	}
	ds, di := "<https://example.tw/dataset/bb/10689>", "<"+base.Distribution("bb", "10689",
		"https://e.tw/a b/資料.csv")+">"
	for _, want := range []string{
		ds + ` <http://purl.org/dc/terms/title> "金融控股公司設立情形表"@zh-Hant-TW .`,
		ds + ` <http://www.w3.org/ns/dcat#theme> <https://example.tw/theme/800> .`,
		ds + ` <http://purl.org/dc/terms/accrualPeriodicity> <http://publications.europa.eu/resource/authority/frequency/MONTHLY> .`,
		ds + ` <http://purl.org/dc/terms/modified> "2026-03-01T10:00:00"^^<http://www.w3.org/2001/XMLSchema#dateTime> .`,
		di + ` <http://www.w3.org/ns/dcat#downloadURL> <https://e.tw/a%20b/%E8%B3%87%E6%96%99.csv> .`,
		di + ` <https://w3id.org/fincat/ns#originalURL> "https://e.tw/a b/資料.csv" .`,
		di + ` <http://www.w3.org/ns/dcat#mediaType> <https://www.iana.org/assignments/media-types/text/csv> .`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("missing %s", want)
		}
	}
}

func TestRoundTrip(t *testing.T) {
	want := sample().Triples()
	g := NewGraph(want)
	subjects := g.Datasets()
	if len(subjects) != 1 {
		t.Fatalf("Datasets() = %v", subjects)
	}
	d := g.Dataset(subjects[0])
	d.Service = base.Service("x") // stands at the service, not at the dataset
	got := d.Triples()
	if !reflect.DeepEqual(got, want) {
		for _, tr := range got {
			if !slices.Contains(want, tr) {
				t.Errorf("added %v", tr)
			}
		}
		for _, tr := range want {
			if !slices.Contains(got, tr) {
				t.Errorf("lost %v", tr)
			}
		}
	}
}

func TestParseDate(t *testing.T) {
	tests := []struct{ in, want string }{
		{"2026-03-20", "2026-03-20"}, {"115-03-17", "2026-03-17"}, {"115/3/7", "2026-03-07"},
		{"1150317", "2026-03-17"},
		{"民國115年3月17日", "2026-03-17"}, {"20260317", "2026-03-17"}, {"2026-09-07 00:00", "2026-09-07T00:00:00"},
		{"2026-09-07T01:02:03.5+0800", "2026-09-07T01:02:03.5+08:00"}, {"99.12", "2010-12"}, {"2026", "2026"},
		{"2026年", "2026"},
		{"Sat, 05 Sep 2026 08:00:00 +0800", "2026-09-05T08:00:00+08:00"},
		{"Sat, 05 Sep 2026 08:00:00 GMT", "2026-09-05T08:00:00Z"},
		{"Sat, 05 Sep 2026 08:00:00 CST", "2026-09-05T08:00:00"}, // which CST is not said
		{"115-13-01", ""}, {"2026-02-30", ""}, {"即時", ""}, {"", ""}, {"2026-01-01 25:00", ""},
		{"2024/1/5 下午 03:04:05", "2024-01-05T15:04:05"}, {"2024/1/5 上午 12:04:05", "2024-01-05T00:04:05"},
		{"2024/1/5 下午 12:30", "2024-01-05T12:30:00"}, {"2024/1/5 下午03:04:05", "2024-01-05T15:04:05"},
		{"1/5/2024 3:04:05 PM", ""}, {"2024/1/5 3:04:05 PM", "2024-01-05T15:04:05"},
		{"2024-01-05 13:00 下午", "2024-01-05T13:00:00"},
		{"113年1月5日 下午3時4分", "2024-01-05T15:04:00"}, {"113年1月5日15時30分20秒", "2024-01-05T15:30:20"},
		{"2024-01-05 上午 13:00", ""},
		{"民國一一三年", "2024"}, {"民國一百一十三年", "2024"}, {"中華民國一百一十三年一月十五日", "2024-01-15"},
		{"民國一○三年十二月三十一日", "2014-12-31"}, {"二〇二四年一月", "2024-01"}, {"民國九十九年十月", "2010-10"},
		{"民國113年1月5日 發布", "2024-01-05"}, {"發布日期：113.01.05", "2024-01-05"}, {"更新日期:2024-01-05", "2024-01-05"},
		{"113年1月5日修正", "2024-01-05"}, {"2024-01-05（五）", "2024-01-05"}, {"民國113年", "2024"}, {"113年", "2024"},
		{"99年", "2010"},
		{"990105", "2010-01-05"}, {"202401", "2024-01"}, {"200105", "2001-05"}, {"11301", "2024-01"},
		{"113/01/05", "2024-01-05"},
		{"1130105", "2024-01-05"}, {"101231", ""}, {"113/01", "2024-01"}, {"202413", ""}, {"000101", ""},
		{"1704412800000", "2024-01-05T00:00:00Z"}, {"1704412800123", "2024-01-05T00:00:00.123Z"},
		{"1704412800", "2024-01-05T00:00:00Z"}, {"20240105030405", "2024-01-05T03:04:05"},
		{"202401050304", "2024-01-05T03:04:00"},
		{"1.7044128e+12", "2024-01-05T00:00:00Z"}, {"0912345678", ""}, {"-1704412800000", ""},
		{"2024-01-05T10:00:00+08", "2024-01-05T10:00:00+08:00"},
		{"2024-01-05 10:00:00.5+08", "2024-01-05T10:00:00.5+08:00"},
		{"2024-01-05T24:00:00", ""}, {"2024-01-05+08:00", "2024-01-05+08:00"}, {"2024-01-05Z", "2024-01-05Z"},
		{"24/01/05", ""}, {"05/01/24", ""}, {"24.1.5", ""}, {"24-01", ""}, {"1.5", ""}, {"12.05", ""},
		{"民國24年1月5日", "1935-01-05"},
		{"１１３年１月５日", "2024-01-05"}, {"2024／01／05", "2024-01-05"}, {"2024－01－05", "2024-01-05"},
		{"2024. 1. 5.", "2024-01-05"},
		{"112/13/45", ""}, {"soon", ""}, {"民國前1年", ""}, {"113年度", ""}, {"113年第1季", ""},
		{"2024-01-05T10:00:00[Asia/Taipei]", ""}, {"5 Jan 2024", "2024-01-05"},
		{"2024/01/05 10:00:00 +0800", "2024-01-05T10:00:00+08:00"},
	}
	for _, tt := range tests {
		if got, _ := ParseDate(tt.in); got.Value() != tt.want {
			t.Errorf("ParseDate(%q) = %v, want %q", tt.in, got, tt.want)
		}
	}
}

func TestCodes(t *testing.T) {
	tests := []struct {
		name string
		f    func(string) (string, bool)
		in   string
		want string
	}{
		{"frequency", Frequency, "每日", euFrequency + "DAILY"},
		{"frequency", Frequency, "每1日", euFrequency + "DAILY"},
		{"frequency", Frequency, "每半年", euFrequency + "ANNUAL_2"},
		{"frequency", Frequency, "每10分鐘", euFrequency + "10MIN"},
		{"frequency", Frequency, "每3月", euFrequency + "QUARTERLY"},
		{"frequency", Frequency, "不定期更新", euFrequency + "IRREG"},
		{"frequency", Frequency, "http://purl.org/cld/freq/Irregular", euFrequency + "IRREG"},
		{"frequency", Frequency, "R/P1W", euFrequency + "WEEKLY"},
		{"frequency", Frequency, "每45日", ""},
		{"licence", License, "政府資料開放授權條款-第1版", OGDL},
		{"licence", License, "政府資料開放授權條款－第1版", OGDL},
		{"licence", License, "http://data.gov.tw/license", OGDL},
		{"licence", License, "OGDL-Taiwan-1.0", OGDL},
		{"licence", License, "CC BY 4.0", "https://creativecommons.org/licenses/by/4.0/"},
		{"licence", License, "http://creativecommons.org/licenses/by/4.0/",
			"https://creativecommons.org/licenses/by/4.0/"},
		{"licence", License, "CC0", "https://creativecommons.org/publicdomain/zero/1.0/"},
		{"licence", License, "未定", ""},
	}
	for _, tt := range tests {
		got, ok := tt.f(tt.in)
		if ok != (tt.want != "") || ok && got != tt.want {
			t.Errorf("%s(%q) = %q, %v, want %q", tt.name, tt.in, got, ok, tt.want)
		}
	}
	for in, want := range map[string]string{"CSV": "text/csv", "application/json": "application/json",
		"https://www.iana.org/assignments/media-types/text/csv": "text/csv", ".xlsx": fileFormats[3].mediaType} {
		if _, m, ok := Format(in); !ok || m != want {
			t.Errorf("Format(%q) = %q, %v, want %q", in, m, ok, want)
		}
	}
	for in, want := range map[string]string{"https://e.tw/a.csv?x=1": "csv", "https://e.tw/q?file=/x.csv&y=1": "csv",
		"https://e.csv?x": "", "https://e.tw/?v=1.0": "", "https://e.tw/a.ashx": ""} {
		if got := Extension(in); got != want {
			t.Errorf("Extension(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestSegment(t *testing.T) {
	for in, want := range map[string]string{"10689": "10689", "/opendata/t187ap45_L": "opendata~t187ap45_L",
		"A45020000D-000354": "A45020000D-000354"} {
		if got := Segment(in); got != want {
			t.Errorf("Segment(%q) = %q, want %q", in, got, want)
		}
	}
	seen := map[string]string{}
	for _, in := range []string{"a/b", "a~b", "a b", "a+b", "資料", "料資", "..", ".", "", "https://e.tw/a/b",
		"http://e.tw/a/b", strings.Repeat("x", 90), strings.Repeat("x", 91)} {
		s := Segment(in)
		if was, ok := seen[s]; ok || s == "" || strings.ContainsAny(s, "/%? ") || strings.Trim(s, ".") == "" {
			t.Errorf("Segment(%q) = %q, also of %q", in, s, was)
		}
		seen[s] = in
	}
}

func TestEncodeIRI(t *testing.T) {
	tests := []struct {
		in, want string
		ok       bool
	}{
		{" https://e.tw/a b.csv ", "https://e.tw/a%20b.csv", true},
		{"https://e.tw/%E8%B3%87?x=資#a#b", "https://e.tw/%E8%B3%87?x=%E8%B3%87#a%23b", true},
		{"https://e.tw/100%", "https://e.tw/100%25", true},
		{"http://[::1]:80/[x]", "http://[::1]:80/%5Bx%5D", true},
		{"44", "", false}, {"/relative", "", false}, {"", "", false}, {"a:", "", false},
	}
	for _, tt := range tests {
		if got, ok := EncodeIRI(tt.in); got != tt.want || ok != tt.ok {
			t.Errorf("EncodeIRI(%q) = %q, %v, want %q, %v", tt.in, got, ok, tt.want, tt.ok)
		}
	}
}

func TestDirectory(t *testing.T) {
	d, err := NewDirectory()
	if err != nil {
		t.Fatal(err)
	}
	if n := len(d.All()); n != 33 {
		t.Errorf("%d organisations, want 33", n)
	}
	if o, ok := d.ByName("金融監督管理委員會銀行局"); !ok || o.ID != "banking-bureau" {
		t.Errorf("ByName = %v", o.ID)
	}
	g := NewGraph(d.Triples(base))
	if n := len(g.Instances(vocab.FOAFOrganization)); n != 33 {
		t.Errorf("%d organisations in RDF, want 33", n)
	}
	if got := g.Value(term.NewIRI(base.Org("banking-bureau")), vocab.ORGSubOrganizationOf); got != base.Org("fsc") {
		t.Errorf("banking-bureau is part of %q", got)
	}
}

func TestSchemes(t *testing.T) {
	g := NewGraph(Schemes(base))
	ours := 0
	for _, s := range g.Instances(vocab.SKOSConceptScheme) {
		if strings.HasPrefix(s.Value(), base.Scheme("")) {
			ours++
		}
	}
	if ours != 20 {
		t.Errorf("%d schemes of our own, want 20", ours)
	}
	n := 0
	for _, c := range g.Instances(vocab.SKOSConcept) {
		if labels := g.Objects(c, vocab.SKOSPrefLabel); len(labels) != 2 {
			t.Errorf("%v has labels %v, want two", c, labels)
		}
		if g.Value(c, vocab.SKOSTopConceptOf) == base.Scheme("theme") {
			n++
		}
	}
	if n != 18 {
		t.Errorf("%d themes, want 18", n)
	}
}

// TestReadInventsNothing checks that reading adds nothing that a graph does not
// say: no owner of what has a creator, no agent without a name, no language of a
// theme.
func TestReadInventsNothing(t *testing.T) {
	s := term.NewIRI("http://ex.org/d")
	var in []term.Triple
	say := func(p string, o term.Term) {
		in = append(in, term.Triple{Subject: s, Predicate: term.NewIRI(p), Object: o})
	}
	say(vocab.RDFType, term.NewIRI(vocab.DCATDataset))
	say(vocab.DCTTitle, term.NewLangString("Banks", "en"))
	say(vocab.DCTPublisher, term.NewString(" "))
	say(vocab.DCTPublisher, term.NewString("Second"))
	say(vocab.DCTCreator, term.NewIRI("http://ex.org/maker"))
	say(vocab.DCATTheme, term.NewString("money"))
	say(vocab.DCATTheme, term.NewLangString("Geld", "de"))
	d := NewGraph(in).Dataset(s)
	if d.Publisher.IsZero() || Best(d.Publisher.Name, "") != "Second" {
		t.Errorf("the publisher is %+v, want the one that has a name", d.Publisher)
	}
	d.NameThemes("https://cat.example/")
	if want := []Text{{"money", ""}, {"Geld", "de"}}; !slices.Equal(d.Keyword, want) {
		t.Errorf("the themes became %v, want %v", d.Keyword, want)
	}
	d.Assign("https://cat.example/", "x", "1")
	for _, tr := range d.Triples() {
		if p := tr.Predicate.Value(); p == vocab.PROVQualifiedAttribution {
			t.Errorf("a creator became %v", tr)
		}
	}
}

// TestGraph checks the index: repeats are dropped wherever they stand, and what is
// repaired takes the place of what was.
func TestGraph(t *testing.T) {
	s, p := term.NewIRI("http://ex.org/s"), "http://ex.org/p"
	for _, n := range []int{3, 100} { // few and many triples of one subject
		g := EmptyGraph()
		for i := range 2 * n {
			g.Add(term.Triple{Subject: s, Predicate: term.NewIRI(p), Object: term.NewString(strconv.Itoa(i % n))})
		}
		g.Add(term.Triple{Subject: term.NewBlankNode("b"), Predicate: term.NewIRI(p), Object: s})
		if got := g.Objects(s, p); len(got) != n || got[0].Value() != "0" || got[n-1].Value() != strconv.Itoa(n-1) {
			t.Errorf("the objects are %v, want %d in their order", got, n)
		}
		g.Repair(s, func(t term.Triple) (term.Triple, bool) {
			t.Object = term.NewString("even")
			return t, len(t.Object.Value()) > 0
		})
		if got := g.About(s); len(got) != 1 || g.Value(s, p) != "even" {
			t.Errorf("after the repair there is %v, want one triple", got)
		}
		g.Repair(s, func(t term.Triple) (term.Triple, bool) { return t, false })
		if got := g.About(s); len(got) != 0 || len(g.Subjects(p)) != 1 || g.Len() == 0 {
			t.Errorf("after the removal there is %v", got)
		}
		if got := g.Untold(); len(got) != 1 || got[0] != term.NewBlankNode("b") {
			t.Errorf("untold is %v, want the blank node", got)
		}
	}
}
