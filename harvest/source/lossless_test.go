package source

import (
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"fincat/harvest/document"
	"fincat/harvest/fetch"
	"fincat/harvest/mapping"
	"fincat/vocab"
)

// The rule: every statement and every field of a source is in the record's
// graph, mapped or carried, or named as a problem. Each value that these tests
// put into a record has a mark of its own, which must come out.

// marks makes values that can be told from each other.
type marks struct {
	*rand.Rand
	n int
}

var markPattern = regexp.MustCompile(`mk\d+x`)

func (m *marks) mark() string {
	m.n++
	return fmt.Sprintf("mk%dx", m.n)
}

// text returns a value as sources write them: plain, with markup, in Chinese, as
// an address, or as what an address or date should be but is not.
func (m *marks) text() string {
	switch s := m.mark(); m.IntN(12) {
	case 0:
		return "<p>text of " + s + " &amp; more</p>"
	case 1:
		return "中文 " + s
	case 2, 3:
		return "https://ex.org/" + s
	case 4:
		return "mailto:" + s + "@ex.org"
	case 5:
		return "www.ex.org/" + s
	case 6:
		return "javascript:alert('" + s + "')"
	case 7:
		return s + "、" + m.mark() + ", " + m.mark() + ";" + m.mark()
	case 8:
		return "https://ex.org/" + s + ".csv?a=b c"
	default:
		return s
	}
}

// value returns a value of any form that JSON has.
func (m *marks) value(depth int) any {
	switch n := m.IntN(12); {
	case n < 6 || depth > 3:
		return m.text()
	case n == 6:
		return []any{m.text(), m.value(depth + 1), m.text()}
	case n == 7:
		return map[string]any{"name": m.text(), m.name(): m.value(depth + 1)}
	case n == 8:
		return map[string]any{"en": m.text(), "zh-Hant": m.text()}
	case n == 9:
		return []any{[]any{m.text(), 1.5, true}, map[string]any{"@value": m.text(), "@language": "de"}}
	case n == 10:
		return map[string]any{"@id": m.text(), "@type": "x", "title": m.text(), "fn": m.text()}
	}
	return nil
}

func (m *marks) name() string {
	return []string{"其他 欄位", "a/b", "other", "x:y", "spatial", "valid.from"}[m.IntN(6)]
}

// object fills some of the fields and some that nobody knows.
func (m *marks) object(use mapping.FieldUse, never ...string) map[string]any {
	o := map[string]any{m.name(): m.value(0), "unknownField": m.value(0)}
	for _, name := range slices.Sorted(mapKeys(use)) {
		if m.IntN(2) == 0 && use[name] != mapping.Noted && !slices.Contains(never, name) {
			o[name] = m.value(0)
		}
	}
	return o
}

func mapKeys(m mapping.FieldUse) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

func (m *marks) json(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(b)
}

// generated is a way to make a source of one record with marks.
type generated struct {
	name, kind string
	config     func(*Config)
	contentType,
	path string // of the answer, below the source's address; the other answers are static
	body func(m *marks) string
}

var generators = []generated{
	{name: "datajson", kind: "datajson", body: func(m *marks) string {
		d := m.object(dataFields, "identifier", "title")
		d["identifier"], d["title"] = "id", m.text()
		if m.IntN(4) > 0 {
			d["distribution"] = []any{m.object(dataDistributionFields), m.object(dataDistributionFields), m.text()}
		}
		return m.json(map[string]any{"dataset": []any{d}})
	}},
	{name: "ckan", kind: "ckan", path: "/api/3/action/package_search", body: func(m *marks) string {
		d := m.object(mapping.CKANFields, "id", "title")
		d["id"], d["title"] = "id", m.text()
		d["resources"] = []any{m.object(mapping.CKANResourceFields), m.object(mapping.CKANResourceFields), m.text()}
		d["extras"] = []any{map[string]any{"key": m.name(), "value": m.value(0)},
			map[string]any{"key": "spatial", "value": m.text()}, map[string]any{"key": "issued", "value": m.text()}}
		return m.json(map[string]any{"success": true, "result": map[string]any{"count": "1", "results": []any{d}}})
	}},
	{name: "datagovtw in JSON", kind: "datagovtw", body: func(m *marks) string {
		d := m.object(itemFields, slices.Concat(itemNames["identifier"], itemNames["change"])...)
		d["資料集識別碼"], d["資料集名稱"] = "7", m.text()
		d["distribution"] = []any{m.object(resourceFields), m.object(resourceFields)}
		return m.json([]any{d})
	}},
	{name: "datagovtw in CSV", kind: "datagovtw", body: func(m *marks) string {
		return m.csv(slices.Sorted(mapKeys(itemFields)), slices.Concat(itemNames["identifier"], itemNames["change"]),
			"資料集識別碼")
	}},
	{name: "datagovtw in XML", kind: "datagovtw", body: func(m *marks) string {
		var b strings.Builder
		b.WriteString("<all><d><資料集識別碼>7</資料集識別碼><資料集名稱>名稱</資料集名稱>")
		for _, name := range []string{"資料集描述", "關鍵字", "相關網址", "上架日期", "其他", "授權方式", "資料下載網址", "檔案格式"} {
			fmt.Fprintf(&b, "<%s>%s</%[1]s>", name, escape(m.text()))
		}
		return b.String() + "</d></all>"
	}},
	{name: "table in CSV", kind: "table", config: tableColumns, contentType: "text/csv", body: func(m *marks) string {
		return m.csv(append(slices.Clone(mapping.FieldNames), "other", "其他"), nil, "identifier")
	}},
	{name: "table in JSON", kind: "table", config: tableColumns, body: func(m *marks) string {
		d := m.object(mapping.Uses(mapping.Mapped, mapping.FieldNames...), "identifier", "title")
		d["identifier"], d["title"] = "id", m.text()
		return m.json([]any{d})
	}},
	{name: "rss", kind: "rss", body: func(m *marks) string {
		return `<rss xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:m="http://m.ex/ns" version="2.0"><channel><item>` +
			`<guid>id</guid><title>T</title>` + m.elements("title", "description", "category", "category", "author",
			"pubDate",
			"dc:date", "dc:creator", "link", "link", "comments", "m:rating", "dc:rights", "source") +
			`<enclosure url="https://ex.org/` + m.mark() + `" length="` + m.mark() + `" type="text/` + m.mark() +
			`"/>` +
			`<m:box a="` + m.mark() + `"><m:inner>` + m.mark() + `</m:inner>` + m.mark() +
			`</m:box></item></channel></rss>`
	}},
	{name: "atom", kind: "rss", body: func(m *marks) string {
		return `<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>id</id><title>T</title>` +
			m.elements("summary", "content", "rights", "updated", "published", "title") +
			`<author><name>` + m.mark() + `</name><email>` + m.mark() + `</email></author><author><name>` + m.mark() +
			`</name></author><category term="` + m.mark() + `" label="` + m.mark() + `"/><link href="https://ex.org/` +
			m.mark() + `"/><link rel="related" title="` + m.mark() + `" href="https://ex.org/` + m.mark() +
			`"/></entry></feed>`
	}},
	{name: "oai_dc", kind: "oaipmh", path: "/oai", config: func(c *Config) { c.URL += "/oai?metadataPrefix=oai_dc" },
		body: func(m *marks) string {
			return generatedOAI + `<ListRecords><record><header>` +
				`<identifier>id</identifier><datestamp>2024-01-02</datestamp></header><metadata><d:dc xmlns:d="http://www.openarchives.org/OAI/2.0/oai_dc/"` +
				` xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:x="http://x.ex/"><dc:title>T</dc:title>` +
				m.elements("dc:title", "dc:creator", "dc:creator", "dc:subject", "dc:description", "dc:publisher",
					"dc:publisher",
					"dc:contributor", "dc:date", "dc:date", "dc:type", "dc:format", "dc:identifier", "dc:identifier",
					"dc:source",
					"dc:language", "dc:relation", "dc:coverage", "dc:rights", "dc:rights", "x:other") +
				`</d:dc></metadata></record></ListRecords></OAI-PMH>`
		}},
	{name: "oai rdf", kind: "oaipmh", path: "/oai", config: func(c *Config) { c.URL += "/oai?metadataPrefix=rdf" },
		body: func(m *marks) string {
			return generatedOAI + `<ListRecords><record><header>` +
				`<identifier>id</identifier></header><metadata><rdf:RDF xmlns:rdf="` + vocab.RDFNS +
				`" xmlns:dct="` + vocab.DCTNS +
				`" xmlns:dcat="` + vocab.DCATNS +
				`"><dcat:Dataset rdf:about="http://ex.org/d"><dct:title>T</dct:title>` +
				m.elements("dct:title", "dct:license", "dct:license", "dcat:keyword", "dct:issued", "dct:issued",
					"dct:publisher",
					"dcat:landingPage") + `</dcat:Dataset></rdf:RDF></metadata></record></ListRecords></OAI-PMH>`
		}},
	{name: "dcat", kind: "dcat", contentType: "text/turtle", body: (*marks).catalog},
	{name: "ldes", kind: "ldes", contentType: "text/turtle", body: func(m *marks) string {
		return m.turtle() + "\n<> a <https://w3id.org/tree#Node> . <http://ex.org/s> a " +
			"<https://w3id.org/ldes#EventStream> ; " +
			"<https://w3id.org/tree#view> <> ; <https://w3id.org/tree#member> <http://ex.org/d/1> ."
	}},
	{name: "sparql", kind: "sparql", contentType: "text/turtle", config: func(c *Config) {
		c.SPARQL = &SPARQL{Query: "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }"}
	}, body: (*marks).catalog},
	{name: "sparql select", kind: "sparql", contentType: "text/csv", config: func(c *Config) {
		c.SPARQL = &SPARQL{Query: "SELECT * { ?s ?p ?o }", Columns: map[string]string{}}
		for _, name := range mapping.FieldNames {
			c.SPARQL.Columns[name] = name
		}
	}, body: func(m *marks) string { return m.csv(mapping.FieldNames, nil, "identifier") }},
	{name: "schemaorg", kind: "schemaorg", contentType: "text/html", body: func(m *marks) string {
		terms := mapping.FieldUse{}
		for _, name := range slices.Concat(schemaDatasetTerms,
			[]string{"spatialCoverage", "temporalCoverage", "funder"}) {
			terms[name] = mapping.Mapped
		}
		d := map[string]any{"@context": "https://schema.org", "@type": "Dataset", "@id": "https://s.ex/1", "name": "T"}
		for name := range terms {
			if m.IntN(2) == 0 && name != "name" {
				d[name] = []any{m.text(), map[string]any{"@type": "Thing", "name": m.text(), "description": m.text()}}
			}
		}
		d["distribution"] = []any{"https://s.ex/" + m.mark(), map[string]any{"@type": "DataDownload",
			"contentUrl": "https://s.ex/" + m.mark(), "name": m.text(), "contentSize": m.text(), "author": m.text()}}
		return `<html><script type="application/ld+json">` + strings.ReplaceAll(m.json(d), "</", `<\/`) +
			`</script></html>`
	}},
	{name: "html", kind: "html", contentType: "text/html", config: func(c *Config) {
		c.HTML = &HTML{Record: "div.r", Fields: map[string]string{}}
		for _, name := range mapping.FieldNames {
			c.HTML.Fields[name] = "." + name
		}
	}, body: func(m *marks) string {
		var b strings.Builder
		b.WriteString(`<!DOCTYPE html><html><body><div class="r">`)
		for _, name := range mapping.FieldNames {
			for range 1 + m.IntN(2) {
				if name == "title" || name == "identifier" || m.IntN(3) > 0 {
					fmt.Fprintf(&b, `<p class="%s">%s</p>`, name, escape(m.text()))
				}
				if name == "identifier" {
					break
				}
			}
		}
		return b.String() + "</div></body></html>"
	}},
	{name: "openapi", kind: "openapi", body: func(m *marks) string {
		get := m.asked(m.operation(map[string]any{"200": map[string]any{
			"description": m.text(), "x-answer": m.value(0),
			"headers": map[string]any{"X-Left": map[string]any{"description": m.text()}},
			"content": map[string]any{"application/json": map[string]any{"schema": m.schema(0)},
				"text/csv": map[string]any{"schema": map[string]any{"$ref": "#/components/schemas/a"}}}},
			"404": map[string]any{"description": m.text()}, "500": map[string]any{"$ref": "#/components/responses/r"}}))
		return m.json(map[string]any{"openapi": "3.0.0", "info": map[string]any{"title": "T", "version": "1"},
			"paths": map[string]any{
				"/a": map[string]any{"summary": m.text(), "x-path": m.value(0), "get": get,
					"post": m.asked(m.operation(map[string]any{"201": map[string]any{"description": m.text()}}))},
				"/a/{id}": map[string]any{"description": m.text(), "get": m.operation(map[string]any{
					"200": map[string]any{"description": m.text(),
						"content": map[string]any{"application/json": map[string]any{"schema": m.schema(0)}}}}),
					"delete": m.operation(map[string]any{})}},
			"components": map[string]any{"schemas": map[string]any{"a": m.schema(0)},
				"responses": map[string]any{"r": map[string]any{"description": m.text()}}}})
	}},
	{name: "openapi 2.0", kind: "openapi", body: func(m *marks) string {
		return m.json(map[string]any{"swagger": "2.0", "info": map[string]any{"title": "T", "version": "1"},
			"produces": []any{"application/json", "text/csv"},
			"paths": map[string]any{"/a": map[string]any{"post": map[string]any{"parameters": []any{map[string]any{
				"in": "body", "name": m.text(), "description": m.text(), "schema": m.schema(2)}}},
				"get": m.operation(map[string]any{
					"200": map[string]any{"description": m.text(),
						"schema": map[string]any{"type": "array", "items": m.schema(0)}},
					"400": map[string]any{"description": m.text()}})}}})
	}},
}

// operation returns an operation with texts in it.
func (m *marks) operation(responses map[string]any) map[string]any {
	return map[string]any{"summary": m.text(), "description": m.text(), "tags": []any{m.mark(), m.mark()},
		"operationId": m.text(), "x-other": m.value(0),
		"externalDocs": map[string]any{"url": m.text(), "description": m.text()},
		"parameters":   []any{map[string]any{"name": m.mark(), "in": "query", "description": m.text()}},
		"responses":    responses}
}

// asked gives the requests of an operation a body.
func (m *marks) asked(operation map[string]any) map[string]any {
	operation["requestBody"] = map[string]any{"description": m.text(), "required": true, "x-body": m.text(),
		"content": map[string]any{"text/" + m.mark(): map[string]any{"schema": m.schema(2), "example": m.text()},
			"application/json": map[string]any{"schema": map[string]any{"$ref": "#/components/schemas/a"}}}}
	return operation
}

// schema returns a schema of records, some of them inside others.
func (m *marks) schema(depth int) map[string]any {
	leaf := func() map[string]any {
		return map[string]any{"type": []any{"string", "number"}[m.IntN(2)], "description": m.text(),
			"example": m.text(), "enum": []any{m.text(), 1}, "x-own": m.value(2)}
	}
	properties := map[string]any{m.mark(): leaf(), m.mark(): map[string]any{}}
	if depth < 3 {
		properties[m.mark()] = m.schema(depth + 1)
		properties[m.mark()] = map[string]any{"type": "array", "description": m.text(), "items": m.schema(depth + 1)}
	}
	return map[string]any{"type": "object", "description": m.text(), "properties": properties,
		"allOf": []any{map[string]any{"properties": map[string]any{m.mark(): leaf()}}}}
}

const generatedOAI = `<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/">`

func tableColumns(c *Config) {
	c.Table = &Table{Columns: map[string]string{}}
	for _, name := range mapping.FieldNames {
		c.Table.Columns[name] = name
	}
}

func escape(s string) string {
	var b strings.Builder
	if err := xml.EscapeText(&b, []byte(s)); err != nil {
		panic(err)
	}
	return b.String()
}

// elements returns an element of each name with a text in it.
func (m *marks) elements(names ...string) string {
	var b strings.Builder
	for _, name := range names {
		fmt.Fprintf(&b, "<%s>%s</%[1]s>", name, escape(m.text()))
	}
	return b.String()
}

// csv returns a header and a line.
func (m *marks) csv(names, never []string, identifier string) string {
	var header, row []string
	for _, name := range names {
		if slices.Contains(never, name) || itemFields[name] == mapping.Noted || name == identifier {
			continue
		}
		header, row = append(header, name), append(row, m.text())
	}
	header, row = append(header, identifier, "另外"), append(row, "7", m.text())
	var b strings.Builder
	w := csv.NewWriter(&b)
	_ = w.WriteAll([][]string{header, row}) // a builder does not fail
	return b.String()
}

// turtle returns a dataset with objects of every form.
func (m *marks) turtle() string {
	var b strings.Builder
	b.WriteString(`@prefix dcat: <http://www.w3.org/ns/dcat#> . @prefix dct: <http://purl.org/dc/terms/> .
@prefix foaf: <http://xmlns.com/foaf/0.1/> . @prefix vcard: <http://www.w3.org/2006/vcard/ns#> . @prefix rdfs: <` + vocab.RDFSNS + `> .
<http://ex.org/d/1> a dcat:Dataset ; dct:title "T" ; dct:identifier "1" .
`)
	later := ""
	var object func(depth int) string
	properties := []string{"dct:title", "rdfs:label", "foaf:name", "dct:publisher", "dct:description", "dct:issued",
		"vcard:fn",
		"vcard:hasEmail", "dct:license", "foaf:page", "<http://ex.org/p#q>", "dct:type"}
	object = func(depth int) string {
		switch n := m.IntN(10); {
		case n < 3:
			return `"` + m.mark() + ` text"` + []string{"", "@en", "@zh", "^^<http://ex.org/dt>"}[m.IntN(4)]
		case n == 3:
			return `"` + m.mark() + `"^^<http://www.w3.org/2001/XMLSchema#anyURI>`
		case n < 6:
			return "<http://ex.org/" + m.mark() + ">"
		case n == 6 && depth < 3:
			iri := "<http://ex.org/" + m.mark() + ">"
			later += iri + " " + properties[m.IntN(len(properties))] + " " + object(depth+1) + " .\n"
			return iri
		case depth < 3:
			var inner []string
			for range 1 + m.IntN(3) {
				inner = append(inner, properties[m.IntN(len(properties))]+" "+object(depth+1))
			}
			return "[ " + strings.Join(inner, " ; ") + " ]"
		}
		return `"` + m.mark() + `"`
	}
	statements := func(subject string, predicates ...string) {
		for _, p := range predicates {
			for range m.IntN(4) {
				fmt.Fprintf(&b, "%s %s %s .\n", subject, p, object(0))
			}
		}
	}
	statements("<http://ex.org/d/1>", "dct:title", "dct:description", "dcat:keyword", "dct:publisher", "dct:creator",
		"dcat:contactPoint", "dcat:landingPage", "foaf:page", "dcat:theme", "dct:license", "dct:rights",
		"dct:accrualPeriodicity", "dct:issued", "dct:modified", "dct:language", "dct:conformsTo", "dct:relation",
		"<http://www.w3.org/2002/07/owl#sameAs>", "dct:identifier", "dct:spatial", "<http://ex.org/p#other>", "a")
	b.WriteString("<http://ex.org/d/1> dcat:distribution <http://ex.org/d/1/r>, _:r .\n")
	for _, s := range []string{"<http://ex.org/d/1/r>", "_:r"} {
		statements(s, "dct:title", "dct:description", "dcat:accessURL", "dcat:downloadURL", "dcat:byteSize",
			"dct:format",
			"dcat:mediaType", "dct:license", "dct:issued", "dct:modified", "dcat:accessService", "dct:conformsTo",
			"dct:rights")
	}
	return b.String() + later
}

// catalog returns a dataset with a data service and a catalogue record about it.
func (m *marks) catalog() string {
	var b strings.Builder
	b.WriteString(m.turtle())
	b.WriteString("<http://ex.org/api> a dcat:DataService ; dcat:servesDataset <http://ex.org/d/1> .\n")
	fmt.Fprintf(&b, "<http://ex.org/api> dct:title \"%s\", [ rdfs:label \"%s\" ] .\n", m.mark(), m.mark())
	b.WriteString("<http://ex.org/cr> a dcat:CatalogRecord ; foaf:primaryTopic <http://ex.org/d/1> .\n")
	fmt.Fprintf(&b, "<http://ex.org/cr> dct:title \"%s\" ; dct:source <http://ex.org/%s> .\n", m.mark(), m.mark())
	return b.String()
}

// TestNothingLost puts marked values into records of every kind and looks for
// them in the triples and problems.
func TestNothingLost(t *testing.T) {
	seen := map[string]bool{"sitemap": true} // its pages are those of schemaorg
	for _, g := range generators {
		seen[g.kind] = true
		t.Run(g.name, func(t *testing.T) {
			for seed := range uint64(40) {
				m := &marks{Rand: rand.New(rand.NewPCG(seed, 7))}
				body := g.body(m)
				nt, problems := gatherGenerated(t, &g, body)
				text := nt + problems
				var lost []string
				for _, mark := range markPattern.FindAllString(body, -1) {
					if !strings.Contains(text, mark) {
						lost = append(lost, mark)
					}
				}
				if len(lost) > 0 {
					t.Fatalf("seed %d: lost %v of\n%s\ngot\n%s%s", seed, lost, body, problems, nt)
				}
				if strings.Contains(nt, "<javascript:") {
					t.Fatalf("seed %d: an address runs a program:\n%s", seed, nt)
				}
			}
		})
	}
	for _, name := range KindNames() {
		if !seen[name] {
			t.Errorf("kind %s is not tested", name)
		}
	}
}

// gatherGenerated serves one document as a source, and returns the triples and
// problems of its records.
func gatherGenerated(t *testing.T, g *generated, body string) (nt, problems string) {
	t.Helper()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/robots.txt" {
			http.NotFound(w, r)
			return
		}
		if r.URL.Query().Get("verb") == "Identify" {
			_, _ = w.Write([]byte(generatedOAI + `<Identify><repositoryName>r</repositoryName></Identify></OAI-PMH>`))
			return
		}
		w.Header().Set("Content-Type", document.First(g.contentType, "application/octet-stream"))
		_, _ = w.Write([]byte(body)) // the client may have gone
	}))
	defer srv.Close()
	cfg := Config{ID: "gen", Kind: g.kind, URL: srv.URL + "/"}
	cfg.Rate.Every = 1
	if g.kind == "oaipmh" {
		cfg.URL = srv.URL
	}
	if g.config != nil {
		g.config(&cfg)
	}
	a, b := gatherAll(t, fetch.Options{AllowPrivate: true}, cfg, time.Time{}, nil)
	if failed := regexp.MustCompile(`(?m)^error: .*`).FindString(string(b)); failed != "" {
		t.Fatalf("%s of\n%s", failed, body)
	}
	return string(a), string(b)
}
