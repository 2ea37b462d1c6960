package feed

import (
	"encoding/json"
	"fincat/harvest/feed/pod"
	"net/http"
	"strings"
	"testing"
)

// entries has one dataset of which everything is said and one of which next to
// nothing is.
const entries = prefixes + `
@prefix vcard: <http://www.w3.org/2006/vcard/ns#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix org: <http://www.w3.org/ns/org#> .
<graph/org> {
  <org/pub> skos:prefLabel "發布者"@zh-Hant-TW, "Publisher"@en ; foaf:name "別名"@zh-Hant-TW ; org:identifier "2.16.886" ; org:subOrganizationOf <org/top> .
  <org/top> foaf:name "上級"@zh-Hant-TW . <org/own> foaf:name "擁有者"@zh-Hant-TW .
  <theme/800> skos:prefLabel "投資理財"@zh-Hant-TW .
  <https://data.gov.tw/license> skos:prefLabel "授權條款"@zh-Hant-TW .
}
<graph/s/full> {
  <dataset/s/full> a dcat:Dataset ; dct:identifier "6000" ; dct:title "標題"@zh-Hant-TW, "Title"@en ;
    dct:description "描述"@zh-Hant-TW ; dct:publisher <org/pub> ; dct:creator <org/own> ; dcat:theme <theme/800> ;
    dct:license <https://data.gov.tw/license> ; dcat:keyword "甲"@zh-Hant-TW, "乙"@zh-Hant-TW ;
    dcat:landingPage <https://e.tw/page> ; owl:sameAs <https://elsewhere.example/1> ;
    dct:issued "2025-01-01"^^xsd:date ; dct:modified "2025-02-02"^^xsd:date ;
    dcat:contactPoint [ a vcard:Kind ; vcard:fn "承辦人" ; vcard:hasEmail <mailto:a@e.tw> ] ;
    dcat:distribution <distribution/s/full/1>, <distribution/s/full/2> .
  <distribution/s/full/1> a dcat:Distribution ; dct:title "一"@zh-Hant-TW ; dct:description "第一"@zh-Hant-TW ;
    dcat:downloadURL <https://e.tw/1.csv> ; dcat:accessURL <https://e.tw/1> ;
    dct:format <http://publications.europa.eu/resource/authority/file-type/CSV> ;
    dcat:mediaType <https://www.iana.org/assignments/media-types/text/csv> .
  <distribution/s/full/2> a dcat:Distribution ; dcat:accessURL <https://e.tw/2> .
  <record/s/full> foaf:primaryTopic <dataset/s/full> ; dct:issued "2026-01-01T00:00:00Z"^^xsd:dateTime ;
    dct:modified "2026-01-02T00:00:00Z"^^xsd:dateTime .
}
<graph/s/bare> {
  <dataset/s/bare> a dcat:Dataset ; dct:title "Bare" .
  <record/s/bare> foaf:primaryTopic <dataset/s/bare> ; dct:issued "2026-03-01T00:00:00Z"^^xsd:dateTime ;
    dct:modified "2026-03-02T00:00:00Z"^^xsd:dateTime .
}
`

// has asks that a JSON document has these values; a missing one is null.
func has(t *testing.T, name string, document any, want map[string]string) {
	t.Helper()
	raw, err := json.Marshal(document)
	if err != nil {
		t.Fatal(err)
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(raw, &fields); err != nil {
		t.Fatal(err)
	}
	for field, want := range want {
		got := "null"
		if v, ok := fields[field]; ok {
			got = string(v)
		}
		if got != want {
			t.Errorf("%s: %s = %s, want %s", name, field, got, want)
		}
	}
}

func TestEntries(t *testing.T) {
	_, mux := newHandlerOver(t, entries)
	full := decode[struct{ Result map[string]any }](t, mux, "api/3/action/package_show?id=s__full",
		http.StatusOK).Result
	has(t, "package_show of the full one", full, map[string]string{
		"id": `"s__full"`, "title": `"標題"`, "notes": `"描述"`, "author": `"擁有者"`, "url": `"https://e.tw/page"`,
		"license_id": `"OGDL-Taiwan-1.0"`, "license_url": `"https://data.gov.tw/license"`,
		"metadata_created": `"2026-01-01T00:00:00"`, "metadata_modified": `"2026-01-02T00:00:00"`,
		"owner_org": `"pub"`, "num_resources": "2", "num_tags": "2",
		"organization": `{"description":"","display_name":"發布者","id":"pub","image_url":"","is_organization":true,` +
			`"name":"pub","state":"active","title":"發布者","type":"organization"}`,
		"groups": `[{"description":"","display_name":"投資理財","id":"800","image_url":"","is_organization":false,` +
			`"name":"800","state":"active","title":"投資理財","type":"group"}]`,
	})
	text, err := json.Marshal(full)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`{"key":"sameAs","value":"https://elsewhere.example/1"}`, `{"key":"identifier","value":"6000"}`,
		`"id":"s__full__1"`, `"id":"s__full__2"`, `"position":0`, `"position":1`, `"url":"https://e.tw/1.csv"`,
		`"url":"https://e.tw/2"`, `"format":"CSV"`, `"mimetype":"text/csv"`,
	} {
		if !strings.Contains(string(text), want) {
			t.Errorf("package_show of the full one lacks %s: %s", want, text)
		}
	}
	bare := decode[struct{ Result map[string]any }](t, mux, "api/3/action/package_show?id=s__bare",
		http.StatusOK).Result
	has(t, "package_show of the bare one", bare, map[string]string{
		"title": `"Bare"`, "notes": `"Bare"`, "author": "null", "url": "null", "license_id": "null",
		"license_url":  "null",
		"organization": "null", "num_resources": "0", "num_tags": "0", "resources": "[]", "tags": "[]", "groups": "[]",
		"relationships_as_subject": "[]",
		"extras":                   `[{"key":"uri","value":"https://data.example.tw/dataset/s/bare"},{"key":"identifier","value":""}]`,
	})

	sets := decode[pod.Catalog](t, mux, "data.json", http.StatusOK).Dataset
	has(t, "data.json, the full one", sets[1], map[string]string{
		"title": `"標題"`, "modified": `"2025-02-02"`, "issued": `"2025-01-01"`, "keyword": `["乙","甲"]`,
		"theme":       `["投資理財"]`,
		"landingPage": `"https://e.tw/page"`, "publisher": `{"@type":"org:Organization","name":"發布者"}`,
		"contactPoint": `{"@type":"vcard:Contact","fn":"承辦人","hasEmail":"mailto:a@e.tw"}`,
		"sameAs":       `["https://elsewhere.example/1"]`, "language": `["zh-Hant-TW"]`,
	})
	has(t, "data.json, the bare one", sets[0], map[string]string{
		"title": `"Bare"`, "description": `"Bare"`, "modified": `"2026-03-02T00:00:00Z"`, "issued": "null",
		"keyword": `["data.example.tw"]`, // the schema asks for one
		"theme":   "null", "landingPage": "null", "distribution": "null", "sameAs": "null", "license": "null",
		"publisher": `{"@type":"org:Organization","name":"data.example.tw"}`,
		"contactPoint": `{"@type":"vcard:Contact","fn":"data.example.tw",` +
			`"hasEmail":"mailto:webmaster@data.example.tw"}`,
	})

	show := func(id string) platformDataset {
		t.Helper()
		return decode[struct{ Result platformDataset }](t, mux, "api/v1/rest/dataset/"+id, http.StatusOK).Result
	}
	has(t, "rest/dataset of the full one", show("s__full"), map[string]string{
		"identifier": `"s__full"`, "categoryCode": `"800"`, "title": `"標題"`, "description": `"描述"`,
		"sameAs":  `"https://data.example.tw/dataset/s/full https://elsewhere.example/1"`,
		"license": `"授權條款"`, "licenseURL": `"https://data.gov.tw/license"`, "publisher": `"發布者"`,
		"organization": `"上級"`,
		"publisherOID": `"2.16.886"`, "publisherContactName": `"承辦人"`, "publisherContactEmail": `"a@e.tw"`,
		"issued": `"2025-01-01"`, "modified": `"2025-02-02"`, "landingPage": `"https://e.tw/page"`,
		"keyword": `["乙","甲"]`,
		"distribution": `[{"resourceID":"s__full-001","resourceDescription":"第一","format":"CSV","resourceModified":"",` +
			`"downloadURL":"https://e.tw/1.csv"},{"resourceID":"s__full-002","resourceDescription":"標題","format":"",` +
			`"resourceModified":"","accessURL":"https://e.tw/2"}]`,
	})
	has(t, "rest/dataset of the bare one", show("s__bare"), map[string]string{
		"categoryCode": `""`, "description": `"Bare"`, "publisher": `""`, "organization": `""`, "publisherOID": `""`,
		"issued": `"2026-03-01T00:00:00Z"`, "modified": `"2026-03-02T00:00:00Z"`, "landingPage": `""`, "keyword": "[]",
		"distribution": "[]", "publisherContactName": `""`, "license": `""`,
	})
}
