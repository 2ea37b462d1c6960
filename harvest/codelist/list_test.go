package codelist

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/encoding/traditionalchinese"

	"fincat/harvest/document"
	"fincat/harvest/fetch"
	"fincat/harvest/problem"
	"fincat/vocab/dcat"
)

const testBase = dcat.Base("https://data.example.tw/")

var companies = Config{ID: "companies", Of: "company", URL: "https://example.tw/list", Title: "上市公司",
	Columns: map[string]string{"stock-code": "公司代號", "tax-id": "營利事業統一編號", "name": "公司名稱",
		"short-name": "公司簡稱", "homepage": "網址"}}

func read(t *testing.T, c Config, text string) (*List, error) {
	t.Helper()
	if err := c.Validate(); err != nil {
		t.Fatal(err)
	}
	d, err := document.New(&fetch.Response{URL: c.URL + "#" + c.File, Body: []byte(text)}, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	return Read(t.Context(), c, d)
}

func mustRead(t *testing.T, c Config, text string) *List {
	t.Helper()
	l, err := read(t, c, text)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

const csvText = "公司代號,公司名稱,公司簡稱,營利事業統一編號,網址\n" +
	"2330,台灣積體電路製造股份有限公司,台積電,22099131,https://www.tsmc.com/\n" +
	"１１０１,臺灣水泥股份有限公司,台泥,11913502,www.tccgroupholdings.com\n" +
	"1101,重複,重複,,\n" +
	"9910,豐泰企業股份有限公司,豐泰,12345678,－\n" +
	"1256,鮮活控股股份有限公司,鮮活果汁-KY,00000000,\n" +
	",沒有代號股份有限公司,無,,\n" +
	"3008,,,,\n" +
	",,,,\n"

// TestRead reads one list in several formats and encodings.
func TestRead(t *testing.T) {
	big5, err := traditionalchinese.Big5.NewEncoder().String(strings.Replace(csvText, "－", "-", 1))
	if err != nil {
		t.Fatal(err)
	}
	inJSON := companies
	inJSON.Record = "/rows"
	for name, tt := range map[string]struct {
		cfg  Config
		text string
	}{
		"csv":  {companies, csvText},
		"big5": {companies, big5},
		"json": {inJSON, `{"rows": [
			{"公司代號": "2330", "公司名稱": "台灣積體電路製造股份有限公司", "公司簡稱": "台積電",
			 "營利事業統一編號": "22099131", "網址": "https://www.tsmc.com/"},
			{"公司代號": 1101, "公司名稱": "臺灣水泥股份有限公司", "公司簡稱": "台泥", "營利事業統一編號": "11913502",
			 "網址": "www.tccgroupholdings.com"}, {"公司代號": "1101", "公司名稱": "重複"},
			{"公司代號": "9910", "公司名稱": "豐泰企業股份有限公司", "公司簡稱": "豐泰", "營利事業統一編號": "12345678"},
			{"公司代號": "1256", "公司名稱": "鮮活控股股份有限公司", "公司簡稱": "鮮活果汁-KY"},
			{"公司名稱": "沒有代號股份有限公司"}, {"公司代號": "3008"}]}`},
	} {
		l := mustRead(t, tt.cfg, tt.text)
		var got []string
		for _, e := range l.Entries {
			got = append(got, e.String())
		}
		want := []string{
			"臺灣水泥股份有限公司, stock-code 1101, tax-id 11913502",
			"鮮活控股股份有限公司, stock-code 1256",
			"台灣積體電路製造股份有限公司, stock-code 2330, tax-id 22099131",
			"豐泰企業股份有限公司, stock-code 9910",
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: entries %q, want %q", name, got, want)
		}
		var rules []string
		for _, p := range l.Problems {
			rules = append(rules, p.Rule)
		}
		if want := []string{"twice", "tax-id", "key", "name"}; !slices.Equal(rules, want) || l.Left != 3 {
			t.Errorf("%s: problems %q and %d rows left out, want %q and 3", name, rules, l.Left, want)
		}
	}
}

// TestReadErrors asks for the place and the remedy of a list that cannot be read.
func TestReadErrors(t *testing.T) {
	for name, tt := range map[string]struct{ text, rule string }{
		"a page":         {"<!DOCTYPE html><html><body>維護中</body></html>", "html"},
		"nothing":        {"", "empty"},
		"another column": {"代號,名稱\n1,a\n", "column"},
		"no entries":     {csvText[:strings.Index(csvText, "\n")+1], "empty"},
		"cut":            {`[{"公司代號": "2330", `, "cut"},
	} {
		_, err := read(t, companies, tt.text)
		var e *problem.Error
		if !errors.As(err, &e) || e.Rule != tt.rule || e.Remedy == "" {
			t.Errorf("%s: error %v, want one of the rule %s with a remedy", name, err, tt.rule)
		}
	}
}

// TestTriples describes an entry.
func TestTriples(t *testing.T) {
	l := mustRead(t, companies, csvText)
	var b strings.Builder
	for _, tr := range l.Triples(testBase) {
		if strings.Contains(tr.Subject.Value(), "1101") {
			b.WriteString(strings.ReplaceAll(tr.String(), string(testBase), "") + "\n")
		}
	}
	for _, want := range []string{
		"<entity/stock-code/1101> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <https://schema.org/Corporation>",
		"<entity/stock-code/1101> <http://www.w3.org/2004/02/skos/core#prefLabel> \"臺灣水泥股份有限公司\"@zh-Hant-TW",
		"<entity/stock-code/1101#tax-id-11913502> <http://purl.org/dc/terms/type> <identifier/tax-id>",
		"<entity/stock-code/1101#tax-id-11913502> <http://www.w3.org/2004/02/skos/core#notation> \"11913502\"",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("the entry lacks %s:\n%s", want, b.String())
		}
	}
	if strings.Contains(b.String(), "homepage") {
		t.Errorf("a homepage without a scheme is none:\n%s", b.String())
	}
}

// TestValidate asks for what cannot work, with its remedy.
func TestValidate(t *testing.T) {
	limit := 2.0
	for name, tt := range map[string]struct {
		change func(*Config)
		want   string
	}{
		"id":          {func(c *Config) { c.ID = "A b" }, "lower-case"},
		"reserved":    {func(c *Config) { c.ID = "quality" }, "used by the catalogue"},
		"of":          {func(c *Config) { c.Of = "person" }, "company, institution, security"},
		"both":        {func(c *Config) { c.File = "x.csv" }, "url, an address, or file"},
		"neither":     {func(c *Config) { c.URL = "" }, "url, an address, or file"},
		"password":    {func(c *Config) { c.URL = "https://a:b@example.tw/" }, "without a password"},
		"licence":     {func(c *Config) { c.License = "open" }, "address of the terms"},
		"format":      {func(c *Config) { c.Format = "doc" }, "csv, tsv"},
		"header":      {func(c *Config) { c.Header = -1 }, "from 1"},
		"separator":   {func(c *Config) { c.Separator = ";;" }, "one character"},
		"column":      {func(c *Config) { c.Columns = map[string]string{"isbn": "a"} }, "stock-code"},
		"no column":   {func(c *Config) { c.Columns = map[string]string{"isin": ""} }, "name of the column"},
		"no code":     {func(c *Config) { c.Columns = map[string]string{"name": "a"} }, "at least one identifier"},
		"no name":     {func(c *Config) { c.Columns = map[string]string{"isin": "a"} }, "give name"},
		"key":         {func(c *Config) { c.Key = "lei" }, "identifiers among columns"},
		"limit":       {func(c *Config) { c.RemovalLimit = &limit }, "from 0 to 1"},
		"robots":      {func(c *Config) { c.Robots = "maybe" }, "obey or ignore"},
		"nothing bad": {func(*Config) {}, ""},
	} {
		c := companies
		tt.change(&c)
		err := c.Validate()
		if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: Validate() = %v, want an error with %q", name, err, tt.want)
		}
	}
}
