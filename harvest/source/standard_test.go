package source

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"fincat/harvest/document"
	"fincat/harvest/fetch"
	"fincat/harvest/mapping"
	"fincat/vocab"
	"fincat/vocab/dcat"
	"fincat/vocab/profile"
	"fincat/vocab/term"
	"fincat/vocab/w3ctest"
)

// standardRecord is the example of the standard's chapter 9, with what it leaves empty
// filled in.
const standardRecord = `{
	"categoryCode": "I00", "identifier": "A41000000G-000001", "title": "行政院公報",
	"description": "行政院及所屬機關涉及人民權益之法令等重要事項",
	"fieldDescription": "公報類型、編輯分類(篇名)、公告機關、承辦機關", "type": "rawData",
	"license": "政府資料開放平臺資料使用規範", "licenseURL": "http://data.gov.tw/principle", "cost": "免費",
	"costURL": "http://example/fee", "costLaw": "規費法第 10 條", "organization": "國家發展委員會",
	"organizationContactName": "郭大明 先生", "organizationContactPhone": "02-23165300#XX",
	"organizationContactEmail": "example1@ndc.gov.tw", "publisher": "檔案管理局",
	"publisherContactName": "鄭大明 先生", "publisherContactPhone": "02-23165300#OO",
	"publisherContactEmail": "example2@ndc.gov.tw", "accrualPeriodicity": "每日",
	"temporalCoverageFrom": "2014-01-01", "temporalCoverageTo": "2015-01-01", "issued": "2015-01-01 23:59:59",
	"modified": "2015-01-02 23:59:59", "spatial": "臺灣", "language": "zh",
	"landingPage": "http://gazette.nat.gov.tw/egFront/OpenData/list.jsp", "keyword": ["公報", "施政", "服務", "行政院"],
	"numberOfData": 4600, "notes": "正式出版後時有異動，請以正式出版之書目資料為準。", "distribution": [
		{"resourceID": "A41000000G-000001-001", "resourceDescription": "行政院公報-民國 103 年-交通建設篇-XML",
			"format": "XML", "characterSetCode": "UTF-8", "resourceModified": "2015-01-01 23:59:59",
			"accessURL": "http://gazette.nat.gov.tw/egFront/OpenData/download.jsp",
			"downloadURL": "http://gazette.nat.gov.tw/egFront/OpenData/download.jsp",
			"metadataSourceOfData": "http://example1"}]}`

// gatherEntries gathers what data.gov.tw could answer with.
func gatherEntries(t *testing.T, contentType string, body []byte) (out []*mapping.Record) {
	t.Helper()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		_, _ = w.Write(body) // the client may have gone
	}))
	defer srv.Close()
	s := newSession(t, Config{ID: "s", Kind: "datagovtw", URL: srv.URL + "/export",
		Policy: fetch.Policy{Robots: "ignore", MaxBytes: 1 << 30}}, fetch.Options{AllowPrivate: true}, time.Time{})
	for r, err := range gatherDataGovTW(t.Context(), s) {
		if err != nil {
			t.Fatal(err)
		}
		if r.Dataset != nil {
			r.Dataset.Assign(testedBase, "s", r.ID)
			out = append(out, r)
		}
	}
	return out
}

const testedBase = dcat.Base("https://data.example.tw/")

// forms writes records in the forms of the profile, from their triples alone.
type forms struct {
	names     *dcat.Graph
	directory *dcat.Graph
}

func newForms(t *testing.T) *forms {
	t.Helper()
	d, err := dcat.NewDirectory()
	if err != nil {
		t.Fatal(err)
	}
	return &forms{dcat.NewGraph(dcat.Schemes(testedBase)), dcat.NewGraph(d.Triples(testedBase))}
}

func (f *forms) name(iri string) string {
	var all []dcat.Text
	for _, o := range f.names.Objects(term.NewIRI(iri), vocab.SKOSPrefLabel) {
		all = append(all, dcat.TextOf(o))
	}
	return dcat.Best(all, dcat.ZHTW)
}

func (f *forms) of(r *mapping.Record) profile.Form {
	g := dcat.NewGraph(r.Dataset.Triples())
	for _, org := range f.directory.Objects(term.NewIRI(r.Dataset.Publisher.IRI), vocab.ORGSubOrganizationOf) {
		for _, t := range f.directory.About(org) {
			g.Add(t)
		}
	}
	for _, t := range f.directory.About(term.NewIRI(r.Dataset.Publisher.IRI)) {
		g.Add(t)
	}
	return profile.Form{Graph: g, Dataset: term.NewIRI(r.Dataset.IRI), Base: testedBase, Name: f.name}
}

// TestStandardFields takes each of the 38 fields alone through the catalogue and back
// to the form of 2015, and to nothing when the record lacks it.
func TestStandardFields(t *testing.T) {
	forms := newForms(t)
	for _, f := range profile.Fields() {
		if f.No == 0 {
			continue
		}
		t.Run(fmt.Sprintf("%02d %s", f.No, f.EN), func(t *testing.T) {
			for _, has := range []bool{true, false} {
				var record map[string]any
				if err := json.Unmarshal([]byte(standardRecord), &record); err != nil {
					t.Fatal(err)
				}
				at := record
				if f.Class == "Distribution" {
					at = record["distribution"].([]any)[0].(map[string]any)
				}
				want := at[f.EN]
				if want == nil {
					t.Fatal("the record has no such field")
				}
				switch f.EN {
				case "identifier", "title": // without them there is no record
				case "publisher": // above and object identifier are the publisher's
				case "license": // the address tells it too
					if !has {
						delete(at, "licenseURL")
					}
				}
				if !has && (f.EN == "identifier" || f.EN == "title") {
					continue
				}
				if !has {
					delete(at, f.EN)
				}
				got := standardForm(t, forms, record)
				if f.Class == "Distribution" {
					got = got["distribution"].([]any)[0].(map[string]any)
				}
				if has && !reflect.DeepEqual(got[f.EN], want) {
					t.Errorf("%v came back as %v", want, got[f.EN])
				}
				if !has && !absent(f.EN, got[f.EN]) {
					t.Errorf("of nothing came %v", got[f.EN])
				}
			}
		})
	}
}

// absent reports whether a field that the record lacks came back empty, or with what
// follows from others: a file's address is where it is to be had, its name tells its
// format, and the licence has an address.
func absent(field string, v any) bool {
	switch field {
	case "accessURL":
		return true
	case "licenseURL":
		return v == "" || strings.HasPrefix(fmt.Sprint(v), "http")
	case "downloadURL":
		return v == "" || strings.HasPrefix(fmt.Sprint(v), "http://gazette.nat.gov.tw/")
	}
	list, ok := v.([]any)
	return v == "" || ok && len(list) == 0
}

func standardForm(t *testing.T, forms *forms, record map[string]any) (out map[string]any) {
	t.Helper()
	body, err := json.Marshal(map[string]any{"success": true, "result": record})
	if err != nil {
		t.Fatal(err)
	}
	list := gatherEntries(t, "application/json", body)
	if len(list) != 1 {
		t.Fatalf("%d records", len(list))
	}
	return asJSON(t, forms.of(list[0]).Standard())
}

// asJSON returns a value as a reader of its JSON sees it.
func asJSON(t *testing.T, v any) (out map[string]any) {
	t.Helper()
	b, err := json.Marshal(v)
	if err == nil {
		err = json.Unmarshal(b, &out)
	}
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestStandardExample takes the standard's example to the catalogue and back, and once
// more: nothing may change.
func TestStandardExample(t *testing.T) {
	forms := newForms(t)
	var record map[string]any
	if err := json.Unmarshal([]byte(standardRecord), &record); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		got := standardForm(t, forms, record)
		for name, want := range record {
			if !reflect.DeepEqual(got[name], want) {
				t.Errorf("%s: %v came back as %v", name, want, got[name])
			}
		}
		for name, v := range got {
			if record[name] == nil {
				t.Errorf("%s: of nothing came %v", name, v)
			}
		}
		record = got
	}
}

// v2Record is a record in the portal's interface v2, after the publishing guide.
const v2Record = `{"categoryTheme": "001", "categoryService": "I00", "categoryDataset": "A",
	"identifier": "A41000000G-000001", "title": "政府資料開放平臺資料集清單", "description": "集中列示於政府資料開放平臺資料集之詮釋資料",
	"license": "1", "cost": "free", "dataProvider": "loginaccount", "publisherOID": "2.16.886.101.20003.20082 | 數位部",
	"publisherContactName": "秘書室林小姐", "publisherContactPhone": "02-23165300#12",
	"publisherContactEmail": "example@ndc.gov.tw", "updateFrequency": "每日", "detectFrequency": "everyday",
	"coverageStartedDate": "2014-01-01", "coverageEndedDate": "2015-01-01", "spatialCoverage": "A6305-0001-00",
	"language": "zh", "relatedUrl": "https://example1.gov.tw", "keyword": ["OpenData", "全部資料集"],
	"notes": "集中於政府資料開放平臺資料集之詮釋資料", "publishedDate": "2014-02-01", "modifiedDate": "2026-09-07 00:00:00",
	"dataQuality": "金", "distribution": [{"resourceDescription": "103 年01 月01 日開始收錄",
		"resourceField": "村名(name)、人口(population)", "qcLevel": "/Document/definition/dataset", "resourceFormat": "CSV",
		"resourceCharacterEncoding": "UTF-8", "resourceDownloadUrl": "https://example.gov.tw/a.csv",
		"resourceQualityCheckTime": "2026-08-01", "resourceModifiedDate": "2026-08-02", "resourceAmount": 4600,
		"resourceNotes": "統計截止到2014 年12 月底", "resourceRequestMethod": "GET",
		"resourceOasUrl": "https://example.gov.tw/oas.json", "resourceRequestParameters": "year",
		"resourcePathParameters": "id"}]}`

// TestV2RoundTrip takes a record of the portal's interface v2 to the catalogue and
// back.
func TestV2RoundTrip(t *testing.T) {
	forms := newForms(t)
	var record map[string]any
	if err := json.Unmarshal([]byte(v2Record), &record); err != nil {
		t.Fatal(err)
	}
	got := asJSON(t, forms.of(gatherEntries(t, "application/json",
		[]byte(`{"success": true, "result": `+v2Record+`}`))[0]).V2())
	for name, want := range record {
		if !reflect.DeepEqual(got[name], want) {
			t.Errorf("%s: %v came back as %v", name, want, got[name])
		}
	}
}

// TestExportRoundTrip takes rows of the portal's export to the catalogue and back.
func TestExportRoundTrip(t *testing.T) {
	forms := newForms(t)
	row := map[string]string{"資料集識別碼": "18420", "資料集名稱": "上市公司每月營業收入彙總表", "資料提供屬性": "開放資料",
		"服務分類": "投資理財", "品質檢測": "金", "檔案格式": "CSV;JSON",
		"資料下載網址": "https://mopsfin.twse.com.tw/t187ap05_L.csv;https://openapi.twse.com.tw/t187ap05_L",
		"編碼格式":   "UTF-8;BIG5", "資料集上架方式": "系統介接程式", "資料集描述": "每月營業收入", "主要欄位說明": "出表日期、資料年月、公司代號",
		"提供機關": "金融監督管理委員會證券期貨局", "更新頻率": "每1月", "授權方式": "政府資料開放授權條款-第1版",
		"相關網址": "https://mops.twse.com.tw/", "計費方式": "免費", "提供機關聯絡人姓名": "承辦人", "提供機關聯絡人電話": "02-8773-5100",
		"上架日期": "2016-01-15", "詮釋資料更新時間": "2026-09-07 00:00:00", "備註": "每月十日前更新", "資料量": "1068"}
	checkExport(t, forms, row)
	row["資料下載網址"], row["檔案格式"], row["編碼格式"], row["提供機關"] = "", "", "", "某機關"
	row["授權方式"], row["更新頻率"], row["資料量"] = "自訂條款", "有空時", "很多"
	checkExport(t, forms, row)
	for name := range row {
		if name != "資料集識別碼" && name != "資料集名稱" {
			row[name] = ""
		}
	}
	checkExport(t, forms, row)
}

func checkExport(t *testing.T, forms *forms, row map[string]string) {
	t.Helper()
	body, err := json.Marshal([]map[string]string{row})
	if err != nil {
		t.Fatal(err)
	}
	list := gatherEntries(t, "application/json", body)
	if len(list) != 1 {
		t.Fatalf("%d records of %v", len(list), row)
	}
	got := forms.of(list[0]).Export()
	for _, f := range profile.Fields() {
		for _, name := range f.Columns {
			want := row[name]
			if name == "服務分類" && want != "" {
				want = "800"
			}
			if sortedCells(got[name]) != sortedCells(want) {
				t.Errorf("%s: %q came back as %q", name, want, got[name])
			}
		}
	}
}

// sortedCells sorts the values of distributions, which have no order in RDF.
func sortedCells(cell string) string {
	parts := strings.Split(cell, ";")
	slices.Sort(parts)
	return strings.Join(parts, ";")
}

// TestSharedRoundTrip takes all records of data.gov.tw in hand to the catalogue and
// back: title, publisher, formats and addresses are those of the file.
func TestSharedRoundTrip(t *testing.T) {
	folder := w3ctest.Shared(t, "taiwan/data.gov.tw/catalog")
	files, err := filepath.Glob(filepath.Join(folder, "*.json*"))
	if err != nil {
		t.Fatal(err)
	}
	forms, n := newForms(t), 0
	for _, file := range files {
		body, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(file, ".gz") {
			if os.Getenv("FINCAT_CAMPAIGN") == "" {
				continue // it takes more than a minute
			}
			zr, err := gzip.NewReader(bytes.NewReader(body))
			if err == nil {
				body, err = io.ReadAll(zr)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		wanted := collected(t, body)
		for _, r := range gatherEntries(t, "application/json", body) {
			n++
			row, w := forms.of(r).Export(), wanted[r.ID]
			if w == nil || row["資料集名稱"] != document.Plain(w.title) || row["提供機關"] != w.provider {
				t.Fatalf("%s: %s came back as %v, want %v", file, r.ID, row, w)
			}
			for _, d := range r.Dataset.Distribution {
				delete(w.addresses, d.AccessURL)
			}
			for a := range w.addresses {
				if !strings.Contains(fmt.Sprint(r.Problems), a) {
					t.Fatalf("%s: %s lost the address %q", file, r.ID, a)
				}
			}
		}
	}
	t.Logf("%d records of %d files", n, len(files))
}

// collectedRecord is what the collected form of the export says of a dataset.
type collectedRecord struct {
	title, provider string
	addresses       map[string]bool
}

func collected(t *testing.T, body []byte) map[string]*collectedRecord {
	t.Helper()
	type entry struct {
		ID                     any
		Name, Provider, Format string
		URLs                   []string
	}
	var list []entry
	var manifest struct {
		Provider string
		Datasets []entry
	}
	if json.Unmarshal(body, &manifest) == nil && len(manifest.Datasets) > 0 {
		for _, e := range manifest.Datasets {
			e.Provider = manifest.Provider
			list = append(list, e)
		}
	} else {
		for line := range bytes.Lines(body) {
			var e entry
			if err := json.Unmarshal(line, &e); err != nil {
				t.Fatal(err)
			}
			list = append(list, e)
		}
	}
	out := map[string]*collectedRecord{}
	for _, e := range list {
		it := item{Values: map[string]any{"id": fmt.Sprint(e.ID), "format": e.Format}}
		id := it.base()
		if out[id] == nil {
			out[id] = &collectedRecord{e.Name, e.Provider, map[string]bool{}}
		}
		for _, a := range mapping.JoinAddresses(mapping.SplitAddresses(strings.Join(e.URLs, "\n"))) {
			out[id].addresses[a] = true
		}
	}
	return out
}

// TestAccountAsPublisher takes the account that provided a dataset for its publisher when
// nothing else says who that is and the directory knows the name, and never otherwise.
func TestAccountAsPublisher(t *testing.T) {
	for account, known := range map[string]bool{"臺灣證券交易所股份有限公司": true, "loginaccount": false, "": false} {
		text := strings.Replace(v2Record, `"publisherOID": "2.16.886.101.20003.20082 | 數位部"`, `"publisherOID": ""`, 1)
		text = strings.Replace(text, "loginaccount", account, 1)
		rec := gatherEntries(t, "application/json", []byte(`{"success": true, "result": `+text+`}`))[0]
		if got := rec.Dataset.Publisher.IRI != ""; got != known {
			t.Errorf("%q gives the publisher %+v", account, rec.Dataset.Publisher)
		}
	}
}
