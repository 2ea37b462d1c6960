package harvest

import (
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"

	"fincat/store"
)

const wordRows = "id,title,url,format,licence,frequency\n" +
	"1,一,https://example.tw/1,xq檔,政府資料開放授權條款－第１版,每日\n" +
	"2,二,https://example.tw/2,xq檔,本局規定,每逢週末\n" +
	"3,三,https://example.tw/3,webservices,本局規定,每２個月\n" +
	"4,四,https://example.tw/4,csv,1,\n"

func configured(t *testing.T, s *store.Store, yaml string) *Harvester {
	t.Helper()
	cfg, err := ParseConfig(strings.NewReader(yaml))
	if err != nil {
		t.Fatal(err)
	}
	return newHarvester(t, s, cfg)
}

func wordsOf(t *testing.T, h *Harvester) string {
	t.Helper()
	var out []string
	for p, err := range h.history.Problems(t.Context(), mustRun(t, h, "bb").Run) {
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(p.Rule, "-unknown") {
			n, _, _ := strings.Cut(p.Message, " record")
			out = append(out, fmt.Sprintf("%s %s: %s", p.Rule, p.Value, n))
		}
	}
	return strings.Join(out, "; ")
}

// TestUnknownWords checks that each text that no list knows is a problem once, with
// its count, until the configuration says what it stands for; the text stays.
func TestUnknownWords(t *testing.T) {
	s := openStore(t)
	m := &mutable{}
	server := httptest.NewServer(m)
	t.Cleanup(server.Close)
	m.set(200, "text/csv", wordRows)
	config := func(source, all string) string {
		return "base: " + testBase + "\nharvest:\n  allow_private_addresses: true\n" + all + "sources:\n" +
			"  - id: bb\n    kind: table\n    url: " + server.URL + "/list.csv\n    rate: 1000/s\n" +
			"    table: {columns: {identifier: id, title: title, accessURL: url, format: format, " +
			"license: licence, frequency: frequency}}\n" + source
	}
	h := configured(t, s, config("", ""))
	unknown := "format-unknown xq檔: 2; frequency-unknown 每逢週末: 1; licence-unknown 本局規定: 2"
	for range 2 {
		if got := wordsOf(t, h); got != unknown {
			t.Errorf("unknown: %s\nwant %s", got, unknown)
		}
	}
	h = configured(t, s, config("    map: {formats: {\"XQ檔\": XLSX}, frequencies: {每逢週末: WEEKLY}}\n",
		"  map: {formats: {xq檔: CSV, webservices: WMS}, licences: {本局規定: \"https://example.tw/terms\"}}\n"))
	if got := wordsOf(t, h); got != "" {
		t.Errorf("unknown although the configuration says it: %s", got)
	}
	const authority = "http://publications.europa.eu/resource/authority/"
	for id, wants := range map[string][]string{
		"1": {authority + "file-type/XLSX", authority + "frequency/DAILY", "xq檔", "每日", "政府資料開放授權條款－第１版"},
		"2": {authority + "file-type/XLSX", authority + "frequency/WEEKLY", "xq檔", "每逢週末", "本局規定",
			"https://example.tw/terms"},
		"3": {authority + "file-type/WMS_SRVC", authority + "frequency/BIMONTHLY", "webservices", "每２個月", "本局規定"},
		"4": {authority + "file-type/CSV", "https://data.gov.tw/license"},
	} {
		graph := graphOf(t, s, testBase+"graph/bb/"+id)
		for _, want := range wants {
			found := false
			for _, tr := range graph {
				found = found || tr.Object.Value() == want
			}
			if !found {
				t.Errorf("record %s does not have %s", id, want)
			}
		}
	}
}

func TestWordErrors(t *testing.T) {
	const head = "sources:\n  - id: a\n    kind: openapi\n    url: https://e.tw/\n"
	for in, want := range map[string]string{
		"harvest:\n  map: {formats: {x: 試算表}}\n": "line 2: harvest: map: formats: \"x\" is mapped to \"試算表\"",
		head + "    map: {frequencies: {x: 每45日}}\n": "line 2: source a: map: frequencies: " +
			"\"x\" is mapped to \"每45日\"",
		head + "    map: {licences: {x: 不明}}\n":      "give one such as OGDL-Taiwan-1.0 or an address",
		head + "    map: {licences: {\" \": CC0}}\n": "\" \" is mapped to",
		head + "    map: {themes: {x: 100}}\n":       "line 5: unknown key themes",
	} {
		if _, err := ParseConfig(strings.NewReader(in)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want %q", in, err, want)
		}
	}
}
