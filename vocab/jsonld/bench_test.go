package jsonld_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"testing"

	"github.com/piprate/json-gold/ld"

	"fincat/vocab"
	"fincat/vocab/rdfio"
	"fincat/vocab/term"
)

// catalogQuads returns DCAT-like records with Chinese text.
func catalogQuads(datasets int) []term.Quad {
	var qs []term.Quad
	add := func(s term.Term, p string, o term.Term) {
		qs = append(qs, term.Quad{Subject: s, Predicate: term.NewIRI(p), Object: o})
	}
	a := vocab.RDFType
	for i := range datasets {
		ds := term.NewIRI(fmt.Sprintf("https://data.example.tw/dataset/twse/%d", i))
		add(ds, a, term.NewIRI(vocab.DCATDataset))
		add(ds, vocab.DCTTitle, term.NewLangString(fmt.Sprintf("上市個股日成交資訊第%d號", i), "zh-Hant-TW"))
		add(ds, vocab.DCTDescription, term.NewLangString("提供上市公司每日成交股數、成交金額、開盤價、最高價、最低價與收盤價等資料", "zh-Hant-TW"))
		add(ds, vocab.DCTIdentifier, term.NewString(fmt.Sprint(i)))
		add(ds, vocab.DCTIssued, term.NewLiteral("2026-01-02", vocab.XSDDate))
		add(ds, vocab.DCTPublisher, term.NewIRI("https://data.example.tw/org/twse"))
		for k := range 3 {
			add(ds, vocab.DCATKeyword, term.NewLangString(fmt.Sprintf("證券%d", k), "zh-Hant-TW"))
			add(ds, vocab.DCATTheme, term.NewIRI(fmt.Sprintf("https://data.example.tw/theme/%d", k)))
		}
		contact := term.NewBlankNode(fmt.Sprintf("c%d", i))
		add(ds, vocab.DCATContactPoint, contact)
		add(contact, "http://www.w3.org/2006/vcard/ns#fn", term.NewString("臺灣證券交易所"))
		for k := range 2 {
			d := term.NewBlankNode(fmt.Sprintf("d%d.%d", i, k))
			add(ds, vocab.DCATDistribution, d)
			add(d, a, term.NewIRI(vocab.DCATDistribution))
			add(d, vocab.DCATAccessURL, term.NewIRI(fmt.Sprintf("https://openapi.twse.example/v1/%d/%d", i, k)))
			add(d, vocab.DCTFormat, term.NewString("CSV"))
		}
	}
	return qs
}

func catalogJSONLD(b *testing.B, quads []term.Quad, form rdfio.Format) []byte {
	b.Helper()
	var buf bytes.Buffer
	if err := rdfio.Write(context.Background(), &buf, form, rdfio.All(quads), rdfio.WriteOptions{}); err != nil {
		b.Fatal(err)
	}
	return buf.Bytes()
}

func perTriple(b *testing.B, triples int) {
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*triples), "ns/triple")
}

// BenchmarkReadJSONLD reads one document with our reader and with json-gold.
func BenchmarkReadJSONLD(b *testing.B) {
	quads := catalogQuads(500)
	for _, form := range []rdfio.Format{rdfio.JSONLD, rdfio.JSONLDExpanded} {
		doc := catalogJSONLD(b, quads, form)
		name := map[rdfio.Format]string{rdfio.JSONLD: "compacted", rdfio.JSONLDExpanded: "expanded"}[form]
		b.Run(name+"/fincat", func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(doc)))
			for b.Loop() {
				n := 0
				for _, err := range rdfio.Read(b.Context(), bytes.NewReader(doc),
					rdfio.ReadOptions{Format: rdfio.JSONLD}) {
					if err != nil {
						b.Fatal(err)
					}
					n++
				}
				if n != len(quads) {
					b.Fatalf("%d quads, want %d", n, len(quads))
				}
			}
			perTriple(b, len(quads))
		})
		b.Run(name+"/json-gold", func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(doc)))
			for b.Loop() {
				v, err := ld.DocumentFromReader(bytes.NewReader(doc))
				if err != nil {
					b.Fatal(err)
				}
				if _, err := ld.NewJsonLdProcessor().ToRDF(v, ld.NewJsonLdOptions("")); err != nil {
					b.Fatal(err)
				}
			}
			perTriple(b, len(quads))
		})
	}
}

// BenchmarkWriteJSONLD writes with our writer and with json-gold, which only
// has the expanded form from quads.
func BenchmarkWriteJSONLD(b *testing.B) {
	quads := catalogQuads(500)
	for _, form := range []rdfio.Format{rdfio.JSONLD, rdfio.JSONLDExpanded} {
		name := map[rdfio.Format]string{rdfio.JSONLD: "compacted", rdfio.JSONLDExpanded: "expanded"}[form]
		b.Run(name+"/fincat", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := rdfio.Write(context.Background(), io.Discard, form, rdfio.All(quads),
					rdfio.WriteOptions{}); err != nil {
					b.Fatal(err)
				}
			}
			perTriple(b, len(quads))
		})
	}
	var nq bytes.Buffer
	if err := rdfio.Write(context.Background(), &nq, rdfio.NQuads, rdfio.All(quads),
		rdfio.WriteOptions{}); err != nil {
		b.Fatal(err)
	}
	dataset, err := (&ld.NQuadRDFSerializer{}).Parse(nq.String())
	if err != nil {
		b.Fatal(err)
	}
	b.Run("expanded/json-gold", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := ld.NewJsonLdApi().FromRDF(dataset, ld.NewJsonLdOptions("")); err != nil {
				b.Fatal(err)
			}
		}
		perTriple(b, len(quads))
	})
}

// BenchmarkReadSchemaOrg reads a page's small document with a bundled context.
func BenchmarkReadSchemaOrg(b *testing.B) {
	doc := []byte(
		`{"@context": "https://schema.org/", "@type": "Dataset", "@id": "https://e/d", "name": "資料", "license": "https://e/l",
 "distribution": {"@type": "DataDownload", "contentUrl": "https://e/x.csv"}}`,
	)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := rdfio.ReadAll(b.Context(), bytes.NewReader(doc),
			rdfio.ReadOptions{Format: rdfio.JSONLD}); err != nil {
			b.Fatal(err)
		}
	}
}
