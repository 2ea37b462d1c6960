package main

import (
	"bufio"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"fincat/vocab/w3ctest"
)

// TestLargeCatalog harvests a catalogue in RDF/XML, 30,000 datasets in one document
// of 42 MB, with a process of its own: within 300 MB of memory, with the text index and
// the links that are made after the run, and unchanged the second time.
func TestLargeCatalog(t *testing.T) {
	if w3ctest.Campaign(t, 0) == 0 {
		t.Skip("set FINCAT_CAMPAIGN to harvest a large catalogue")
	}
	const n = 30_000
	served := int64(0)
	srv := httptest.NewServer(noRobots(func(w http.ResponseWriter, _ *http.Request) { served = largeCatalog(w, n) }))
	defer srv.Close()
	h := newLargeHarvest(t, fmt.Sprintf("{id: large, kind: dcat, url: '%s/catalog.rdf', max_bytes: 64MiB}", srv.URL))
	first := h.run(t, fmt.Sprintf("large: %d new, 0 changed, 0 unchanged, 0 missing, 0 removed, 0 failed", n))
	second := h.run(t, fmt.Sprintf("large: 0 new, 0 changed, %d unchanged, 0 missing, 0 removed, 0 failed", n))
	for i, r := range []largeRun{first, second} {
		t.Logf("harvest %d of %d MB: %v, %v of processor time, %d MB of memory before the text index and the links "+
			"(%v of processor time), %d MB in all", i+1, served>>20, r.took, r.busy, r.before, r.worked, r.memory)
		if r.memory > 300 {
			t.Errorf("harvest %d took %d MB of memory, want at most 300", i+1, r.memory)
		}
	}
}

// largeCatalog writes a catalogue of n datasets and returns how long it is.
func largeCatalog(w http.ResponseWriter, n int) (size int64) {
	w.Header().Set("Content-Type", "application/rdf+xml")
	out := bufio.NewWriterSize(w, 64<<10)
	defer out.Flush()
	say := func(format string, args ...any) {
		written, _ := fmt.Fprintf(out, format, args...)
		size += int64(written)
	}
	say(`<?xml version="1.0" encoding="UTF-8"?>
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:dcat="http://www.w3.org/ns/dcat#"
 xmlns:dct="http://purl.org/dc/terms/" xmlns:foaf="http://xmlns.com/foaf/0.1/"
 xmlns:vcard="http://www.w3.org/2006/vcard/ns#">
<dcat:Catalog rdf:about="http://catalog.example/"><dct:title>Catalogue</dct:title>
`)
	for i := range n {
		say(`<dcat:dataset><dcat:Dataset rdf:about="http://catalog.example/dataset/%[1]d">
 <dct:identifier>%[1]d</dct:identifier><dct:title xml:lang="zh">資料集%[1]d：金融機構基本資料</dct:title>
 <dct:description xml:lang="zh">說明%[1]d：各金融機構名稱、地址、電話、負責人及分支機構家數，每月更新。</dct:description>
 <dct:publisher><foaf:Organization rdf:about="http://catalog.example/org/%[2]d"><foaf:name>機關%[2]d</foaf:name>
 </foaf:Organization></dct:publisher>
 <dcat:contactPoint><vcard:Organization><vcard:fn>聯絡人%[2]d</vcard:fn>
  <vcard:hasEmail rdf:resource="mailto:data%[2]d@catalog.example"/></vcard:Organization></dcat:contactPoint>
 <dct:issued rdf:datatype="http://www.w3.org/2001/XMLSchema#date">2025-01-%02[3]d</dct:issued>
 <dct:accrualPeriodicity rdf:resource="http://publications.europa.eu/resource/authority/frequency/MONTHLY"/>
 <dct:license rdf:resource="https://data.gov.tw/license"/><dcat:keyword>金融</dcat:keyword><dcat:keyword>標籤%[2]d</dcat:keyword>
`, i, i%700, i%28+1)
		for _, format := range []string{"CSV", "JSON"} {
			say(` <dcat:distribution><dcat:Distribution rdf:about="http://catalog.example/dataset/%[1]d#%[2]s">
  <dcat:downloadURL rdf:resource="https://data.example/files/%[1]d.%[2]s"/><dct:format>%[2]s</dct:format>
 </dcat:Distribution></dcat:distribution>
`, i, format)
		}
		say("</dcat:Dataset></dcat:dataset>\n")
	}
	say("</dcat:Catalog></rdf:RDF>\n")
	return size
}
