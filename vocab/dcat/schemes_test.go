package dcat

import (
	"bufio"
	"os"
	"strconv"
	"strings"
	"testing"

	"fincat/vocab"
	"fincat/vocab/term"
)

// TestTaiwanTexts resolves every text of the portal's records in hand. What no
// list has is named here with its count, so that nothing is passed over.
func TestTaiwanTexts(t *testing.T) {
	f, err := os.Open("testdata/taiwan-texts.tsv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	resolved, unknown := map[string]int{}, map[string]int{}
	for in := bufio.NewScanner(f); in.Scan(); {
		p := strings.Split(in.Text(), "\t")
		if strings.HasPrefix(in.Text(), "#") {
			continue
		}
		n, err := strconv.Atoi(p[3])
		if err != nil || len(p) != 4 {
			t.Fatalf("line %q: %v", in.Text(), err)
		}
		ok := false
		switch p[0] {
		case "format":
			_, _, ok = Format(p[2])
		case "frequency":
			_, ok = Frequency(p[2])
		case "licence":
			_, ok = License(p[2])
		}
		if key := p[0] + " " + p[1]; ok {
			resolved[key] += n
		} else {
			unknown[key+" "+p[2]] += n
		}
	}
	for key, want := range map[string]int{"format catalogue": 51475 - 93, "format badges": 163,
		"frequency badges": 101, "licence code list": 5} {
		if resolved[key] != want {
			t.Errorf("%s: %d resolved, want %d", key, resolved[key], want)
		}
	}
	for key, n := range unknown {
		if want := map[string]int{"format catalogue ": 93, "format badges 壓縮檔": 1}[key]; n != want {
			t.Errorf("unknown: %q %d times, want %d", key, n, want)
		}
	}
}

func TestFrequencySpellings(t *testing.T) {
	for want, texts := range map[string]string{
		"DAILY":     "每日 每1日 每天 每一日 每１日 每日更新 每日更新一次 每日1次 一日一次 每24小時 每個工作日 每營業日 日 P1D R/P1D everyday",
		"12HRS":     "每12小時 每半日 每半天 PT12H",
		"WEEKLY":    "每週 每周 每7日 每1週 每星期 每禮拜 每週一 每星期五更新 一週一次 週 R/P1W P7D",
		"BIWEEKLY":  "每2週 每兩週 每雙週 雙週 隔週 每14日 每14天 P2W",
		"MONTHLY":   "每月 每1月 每個月 每一個月 每月1次 每月10日 每月10日前 每月5日更新 每月底 一年12次 P1M",
		"BIMONTHLY": "每2月 每兩個月 每雙月 隔月 每年6次 R/P2M", "MONTHLY_2": "每半月 每半個月 每月2次 每月兩次",
		"MONTHLY_3": "每旬 每月3次", "QUARTERLY": "每季 每1季 每3月 每三個月 每季更新 每年4次 季 R/P3M P3M",
		"ANNUAL_2": "每半年 每6月 每六個月 半年 半年一次 每年2次 一年兩次 每學期 R/P6M", "ANNUAL_3": "每4月 每年3次",
		"ANNUAL": "每年 每1年 每一年 每12月 每年1次 一年一次 每年度 每學年 每年3月 年 P1Y R/P1Y", "BIENNIAL": "每2年 隔年 每兩年 P2Y",
		"TRIENNIAL": "每3年", "DECENNIAL": "每10年 每十年", "BIDECENNIAL": "每二十年",
		"HOURLY": "每小時 每1小時 每60分鐘 每時 PT1H", "10MIN": "每10分鐘 每10分 每十分鐘 PT10M", "1MIN": "每1分 每分鐘",
		"30MIN": "每半小時 每30分", "CONT": "即時 即時更新 realtime", "IRREG": "不定期 不定期更新 不定時 不定時更新 Irregular",
		"NEVER": "不更新 不再更新 停止更新 一次性", "AS_NEEDED": "依需要更新 視需要更新 有異動時更新 as_needed",
		"UPDATE_CONT": "隨時更新 持續更新", "DAILY_2": "每日2次 每日兩次", "WEEKLY_2": "每週2次", "WEEKLY_3": "每週三次",
		"": "每45日 每20分 3月 每 每年度報告 2026年 每週0 每0日 每九百九十九年 - 每30日",
	} {
		for _, text := range strings.Split(texts, " ") {
			if got, _ := Frequency(text); strings.TrimPrefix(got, euFrequency) != want {
				t.Errorf("Frequency(%q) = %q, want %q", text, got, want)
			}
		}
	}
	if got, _ := Frequency("每 10 分鐘更新一次"); got != euFrequency+"10MIN" {
		t.Errorf("with blanks: %q", got)
	}
}

func TestLicenceSpellings(t *testing.T) {
	for want, texts := range map[string][]string{
		OGDL: {"政府資料開放授權條款-第1版", "政府資料開放授權條款－第１版", "政府資料開放授權條款─第一版", "政府資料開放授權條款 第1版", "政府資料開放授權條款（第1版）",
			"Open Government Data License, version 1.0", "Open Government Data License ver. 1.0", "OGDL-Taiwan-1.0",
			"https://data.gov.tw/license", "http://data.gov.tw/license/", "https://data.gov.tw/en/license", "1",
			"https://spdx.org/licenses/OGDL-Taiwan-1.0.html"},
		cc + "licenses/by/4.0/": {"CC BY 4.0", "cc-by-4.0", "CC-BY", "創用CC 姓名標示 4.0 國際",
			"https://creativecommons.org/licenses/by/4.0/deed.zh-hant",
			"https://creativecommons.org/licenses/by/4.0/legalcode", euLicence + "CC_BY_4_0"},
		cc + "licenses/by-sa/4.0/":           {"CC BY-SA 4.0", "CC_BY_SA_4.0"},
		cc + "publicdomain/zero/1.0/":        {"CC0", "CC0 1.0", "CC0-1.0", euLicence + "CC0"},
		cc + "licenses/by/3.0/tw/":           {"https://creativecommons.org/licenses/by/3.0/tw/", "創用CC 姓名標示 3.0 臺灣"},
		"https://openfontlicense.org/":       {"OFL-1.1", "SIL Open Font License 1.1"},
		"":                                   {"", "-", "未定", "依機關規定", "第1版", strings.Repeat("1", 300)},
		"https://opensource.org/license/mit": {"MIT", "mit license"},
	} {
		for _, text := range texts {
			if got, _ := License(text); got != want {
				t.Errorf("License(%q) = %q, want %q", text, got, want)
			}
		}
	}
}

// TestSchemesAreMapped holds the schemes to what the issue promises: two labels,
// a notation that is unique, and the same concept in the lists of others.
func TestSchemesAreMapped(t *testing.T) {
	g := NewGraph(Schemes(base))
	count, matched := map[string]int{}, map[string]int{}
	for _, c := range g.Instances(vocab.SKOSConcept) {
		scheme := ""
		for _, in := range g.Instances(vocab.SKOSConceptScheme) {
			if contains(g.Objects(in, vocab.SKOSHasTopConcept), c) {
				scheme = strings.TrimPrefix(in.Value(), base.Scheme(""))
			}
		}
		count[scheme]++
		langs := map[string]bool{}
		for _, l := range g.Objects(c, vocab.SKOSPrefLabel) {
			langs[l.Lang()] = true
		}
		if !langs["zh-Hant-TW"] && !langs["zh-hant-tw"] || !langs["en"] {
			t.Errorf("%v has labels in %v", c, langs)
		}
		if len(g.Objects(c, vocab.SKOSExactMatch))+len(g.Objects(c, vocab.SKOSBroadMatch)) > 0 {
			matched[scheme]++
		}
	}
	for scheme, want := range map[string][2]int{"theme": {18, 18}, "frequency": {38, 18}, "language": {9, 9},
		"licence": {len(licences), len(licences) - 2}, "access-right": {3, 0},
		// IANA has no media type of five kinds of service, MDB, GeoTIFF, NetCDF and GTFS.
		"format": {len(fileFormats), len(fileFormats) - 9}} {
		if got := [2]int{count[scheme], matched[scheme]}; got != want {
			t.Errorf("%s: concepts and matched ones %v, want %v", scheme, got, want)
		}
	}
}

func contains(list []term.Term, t term.Term) bool {
	for _, o := range list {
		if o == t {
			return true
		}
	}
	return false
}

// TestSourceWordsAreKept holds that what was normalised can be read again.
func TestSourceWordsAreKept(t *testing.T) {
	d := &Dataset{Title: Texts("x"), Distribution: []Distribution{{AccessURL: "https://e.tw/x"},
		{AccessURL: "https://e.tw/y"}}}
	d.SetLicense("政府資料開放授權條款－第１版")
	d.Distribution[0].SetFormat("webservices")
	d.Distribution[1].SetFormat("csv")
	d.Assign(base, "s", "1")
	triples := d.Triples()
	g := NewGraph(triples)
	back := g.Dataset(term.NewIRI(d.IRI))
	if back.LicenseAs != "政府資料開放授權條款－第１版" || back.License != OGDL {
		t.Errorf("licence %q, in the source's words %q", back.License, back.LicenseAs)
	}
	as := map[string]bool{}
	for _, x := range back.Distribution {
		as[x.FormatAs] = true
	}
	if !as["webservices"] || !as[""] {
		t.Errorf("formats in the source's words: %v", as)
	}
}

// TestFormatSpellings checks names of formats that sources use beside codes and media types.
func TestFormatSpellings(t *testing.T) {
	for code, names := range map[string]string{
		"CSV":           "csv檔|CSV 檔案|.csv|ＣＳＶ格式|text/csv; charset=big5|CSV file",
		"GEOTIFF":       "GeoTIFF|" + euFileType + "GEOTIFF",
		"RDF_N_TRIPLES": "N-Triples|nt", "MPEG4": "mp4|video/mp4", "TXT": "純文字|文字檔", "HTML": "網頁",
		"XLSM": "application/vnd.ms-excel.sheet.macroEnabled.12", "MAP_SRVC": "WMTS", "PPT": "ppt檔", "MDB": "Access",
		"": "壓縮檔|檔|格式|XML+CSV|csv檔檔", // of more than one format, or of none that is told
	} {
		for name := range strings.SplitSeq(names, "|") {
			iri, _, ok := Format(name)
			if got := strings.TrimPrefix(iri, euFileType); got != code || ok != (code != "") {
				t.Errorf("Format(%q) = %q, %v, want %q", name, iri, ok, code)
			}
		}
	}
}
