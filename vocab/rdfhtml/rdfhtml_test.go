package rdfhtml_test

import (
	"context"
	"strings"
	"testing"

	"fincat/vocab/canon"
	"fincat/vocab/document"
	"fincat/vocab/rdfio"
	"fincat/vocab/term"
)

func readPageQuads(t *testing.T, page string, o rdfio.ReadOptions) ([]term.Quad, error) {
	t.Helper()
	if o.Base == "" {
		o.Base = "https://e/page"
	}
	var quads []term.Quad
	for q, err := range rdfio.ReadHTML(context.Background(), strings.NewReader(page), o) {
		if err != nil {
			return quads, err
		}
		quads = append(quads, q)
	}
	return quads, nil
}

// checkPage compares what a page says with Turtle.
func checkPage(t *testing.T, page, want string) {
	t.Helper()
	got, err := readPageQuads(t, page, rdfio.ReadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	w, err := rdfio.ReadAll(
		context.Background(),
		strings.NewReader(
			"@prefix s: <http://schema.org/> . @prefix xsd: <http://www.w3.org/2001/XMLSchema#> . @prefix dct: "+
				"<http://purl.org/dc/terms/> . @prefix foaf: <http://xmlns.com/foaf/0.1/> . @prefix rdf: "+
				"<http://www.w3.org/1999/02/22-rdf-syntax-ns#> .\n"+want,
		),
		rdfio.ReadOptions{Format: rdfio.Turtle, Base: "https://e/page"},
	)
	if err != nil {
		t.Fatal(err)
	}
	if !canon.Isomorphic(got, w) {
		added, removed := canon.Diff(w, got)
		t.Errorf("ReadHTML(%s)\nhas too much:\n%s\nlacks:\n%s", page, lines(added), lines(removed))
	}
}

func lines(quads []term.Quad) string {
	var b strings.Builder
	for _, q := range quads {
		b.WriteString(q.String() + "\n")
	}
	return b.String()
}

func TestReadHTMLScripts(t *testing.T) {
	checkPage(t, `<html><head><base href="/dir/">
<script type="application/ld+json">{"@context": "https://schema.org", "@type": "Dataset", "@id": "a", "name": "資料"}</script>
<script>var x = "{";</script>
<SCRIPT TYPE='application/ld+json; charset=utf-8'>[{"@context": "https://schema.org/", "@id": "b", "license": "c"}]</SCRIPT></head></html>`,
		`<https://e/dir/a> a s:Dataset ; s:name "資料" . <https://e/dir/b> s:license <https://e/dir/c> .`)
}

func TestReadHTMLFaults(t *testing.T) {
	page := "<html>\n<script type=\"application/ld+json\">\n{\"a\": 1,,}</script>\n<script " +
		"type=\"application/ld+json\">{\"@id\": \"http://e/s\", \"http://e/p\": 1}</script>"
	_, err := readPageQuads(t, page, rdfio.ReadOptions{})
	if err == nil || !strings.Contains(err.Error(), "3:9") {
		t.Errorf("ReadHTML of a faulty script: error %v, want one at 3:9", err)
	}
	var problems []document.Problem
	quads, err := readPageQuads(
		t, page, rdfio.ReadOptions{Lenient: true, OnProblem: func(p document.Problem) {
			problems = append(problems,
				p)
		}},
	)
	if err != nil || len(quads) != 1 || len(problems) != 1 || problems[0].Line != 3 {
		t.Errorf("lenient: %v, %v, %v; want 1 quad and a problem in line 3", quads, problems, err)
	}
	for _, page := range []string{"", "plain text", "<html><p>nothing", "\x00\xff"} {
		if quads, err := readPageQuads(t, page, rdfio.ReadOptions{}); err != nil || len(quads) != 0 {
			t.Errorf("ReadHTML(%q) = %v, %v; want nothing", page, quads, err)
		}
	}
}

func TestReadHTMLCharset(t *testing.T) {
	// 資料 in Big5, declared by a meta element.
	page := "<html><head><meta charset=\"big5\"></head><body><div itemscope " +
		"itemtype=\"http://schema.org/Dataset\"><b itemprop=\"name\">\xb8\xea\xae\xc6</b></div>"
	checkPage(t, page, `[] a s:Dataset ; s:name "資料" .`)
}

func TestReadHTMLMicrodata(t *testing.T) {
	tests := []struct{ name, page, want string }{
		{
			"dataset",
			`<div itemscope itemtype="http://schema.org/Dataset" itemid="/d/1"><h1 itemprop="name" lang="zh-Hant-TW">資料</h1>
<a itemprop="license url" href="x y">l</a><meta itemprop="identifier" content="11549">
<time itemprop="datePublished" datetime="2026-01-02">2 Jan</time><data itemprop="size" value="5">five</data>
<div itemprop="distribution" itemscope itemtype="http://schema.org/DataDownload"><link itemprop="contentUrl" href="/x.csv"></div></div>`,
			`</d/1> a s:Dataset ; s:name "資料"@zh-Hant-TW ; s:license <x%20y> ; s:url <x%20y> ; s:identifier "11549" ;
 s:datePublished "2026-01-02"^^xsd:date ; s:size 5 ; s:distribution [ a s:DataDownload ; s:contentUrl </x.csv> ] .`,
		},
		{
			"itemref and no type",
			`<p id="r"><span itemprop="b">B</span></p><div itemscope itemref="r missing"><i itemprop="http://e/p">x</i></div>`,
			`[] <https://e/page#b> "B" ; <http://e/p> "x" .`,
		},
		{
			"loop",
			`<div itemscope itemtype="http://schema.org/T" itemref="x"></div><div id="x" itemprop="p" itemscope itemref="x"></div>`,
			`[] a s:T ; s:p [] .`,
		},
		{
			"reverse",
			`<div itemscope itemtype="http://schema.org/T" itemid="http://e/1"><a itemprop-reverse="hasPart" href="http://e/2"></a></div>`,
			`<http://e/1> a s:T . <http://e/2> s:hasPart <http://e/1> .`,
		},
		{
			"times",
			`<div itemscope itemtype="http://e/T"><time itemprop="a">2026-01</time><time itemprop="b">2026</time><time itemprop="c">PT2H</time><time itemprop="d">soon</time><time itemprop="e">2026-01-02T03:04:05+08:00</time></div>`,
			`[] a <http://e/T> ; <http://e/a> "2026-01"^^xsd:gYearMonth ; <http://e/b> "2026"^^xsd:gYear ; <http://e/c> "PT2H"^^xsd:duration ; <http://e/d> "soon" ; <http://e/e> "2026-01-02T03:04:05+08:00"^^xsd:dateTime .`,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { checkPage(t, tt.page, tt.want) })
	}
}

func TestReadHTMLRDFa(t *testing.T) {
	const uses = `<> <http://www.w3.org/ns/rdfa#usesVocabulary> <http://schema.org/> . `
	tests := []struct{ name, page, want string }{
		{
			"lite",
			`<div vocab="http://schema.org/" typeof="Dataset" resource="/d/1"><h1 property="name" lang="zh-Hant-TW">資料</h1>
<a property="license" href="l">L</a> <meta property="identifier" content="5"><div property="distribution" typeof="DataDownload"><a property="contentUrl" href="x.csv">x</a></div></div>`,
			uses + `</d/1> a s:Dataset ; s:name "資料"@zh-Hant-TW ; s:license </l> ; s:identifier "5" ; s:distribution [ a s:DataDownload ; s:contentUrl </x.csv> ] .`,
		},
		{
			"prefixes",
			`<div prefix="foaf: http://other/ ex: http://ex/" about="[ex:a]" property="foaf:b dc:title dct:x" content="c"></div>`,
			`<http://ex/a> <http://other/b> "c" ; dct:title "c" ; <dct:x> "c" .`,
		},
		{
			"open graph", `<html><head><meta property="og:title" content="T"></head></html>`,
			`<> <http://ogp.me/ns#title> "T" .`,
		},
		{
			"rel",
			`<div about="http://e/a" rel="foaf:knows" resource="http://e/b"></div><a rel="license" href="http://e/l">l</a><link rel="stylesheet" href="s.css">`,
			`<http://e/a> foaf:knows <http://e/b> . <> <http://www.w3.org/1999/xhtml/vocab#license> <http://e/l> .`,
		},
		{
			"chaining",
			`<div about="http://e/a" rel="foaf:knows"><p about="http://e/b"></p><p typeof="foaf:Person"><b property="foaf:name">N</b></p></div><div about="http://e/c" rev="foaf:made"><i about="http://e/d"></i></div>`,
			`<http://e/a> foaf:knows <http://e/b>, [ a foaf:Person ; foaf:name "N" ] . <http://e/d> foaf:made <http://e/c> .`,
		},
		{
			"datatypes",
			`<p about="http://e/a"><i property="dct:a" datatype="xsd:integer" content="5">five</i><time property="dct:b" datetime="2026-01-02">x</time><b property="dct:c" datatype="rdf:HTML">a<u>b</u></b><b property="dct:d" datatype="">plain <u>t</u></b></p>`,
			`<http://e/a> <dct:a> 5 ; <dct:b> "2026-01-02"^^xsd:date ; <dct:c> "a<u>b</u>"^^rdf:HTML ; <dct:d> "plain t" .`,
		},
		{
			"list",
			`<p about="http://e/a"><b property="dct:creator" inlist>1</b><a rel="dct:creator" inlist href="http://e/2">2</a></p>`,
			`<http://e/a> <dct:creator> ("1" <http://e/2>) .`,
		},
		{
			"property copying",
			`<div vocab="http://schema.org/"><p resource="#pat" typeof="rdfa:Pattern"><b property="name">N</b><link property="rdfa:copy" href="#more"></p>
<p resource="#more" typeof="rdfa:Pattern"><b property="size">5</b></p><p about="#a" typeof="Person"><link property="rdfa:copy" href="#pat"></p></div>`,
			uses + `<#a> a s:Person ; s:name "N" ; s:size "5" .`,
		},
		{
			"blank nodes",
			`<p about="_:x" property="foaf:name">X</p><p about="http://e/a" rel="foaf:knows" resource="[_:x]"></p>`,
			`_:b foaf:name "X" . <http://e/a> foaf:knows _:b .`,
		},
		{
			"subject of literal", `<p typeof="foaf:Person"><span property="foaf:name" content="N"></span></p>`,
			`[] a foaf:Person ; foaf:name "N" .`,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { checkPage(t, tt.page, tt.want) })
	}
}

func FuzzReadHTML(f *testing.F) {
	f.Add(`<div vocab="http://schema.org/" typeof="Dataset" resource="/d/1"><h1 property="name">x</h1></div>`)
	f.Add(
		`<div itemscope itemtype="http://schema.org/T" itemref="x"></div><div id="x" itemprop="p" itemscope itemref="x"></div>`,
	)
	f.Add(`<script type="application/ld+json">{"@id": "http://e/s", "http://e/p": [1, {}]}</script>`)
	f.Fuzz(func(t *testing.T, page string) {
		for q, err := range rdfio.ReadHTML(t.Context(), strings.NewReader(page),
			rdfio.ReadOptions{Base: "https://e/", Lenient: true}) {
			if err == nil && !q.Valid() {
				t.Errorf("ReadHTML gives %v", q)
			}
		}
	})
}
