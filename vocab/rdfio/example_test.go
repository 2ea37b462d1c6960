package rdfio_test

import (
	"context"
	"fmt"
	"os"
	"strings"

	"fincat/vocab/rdfio"
)

func ExampleRead() {
	doc := `@prefix dct: <http://purl.org/dc/terms/> .
<https://data.example.tw/dataset/1> dct:title "上市公司每日收盤價"@zh-Hant-TW ;
  dct:publisher <https://data.example.tw/org/TW SE> ;
  adms:status "x" .`
	o := rdfio.ReadOptions{MediaType: "text/turtle", Lenient: true, OnProblem: func(p rdfio.Problem) {
		fmt.Printf("line %d: %s\n", p.Line, p.Message)
	}}
	for q, err := range rdfio.Read(context.Background(), strings.NewReader(doc), o) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(q)
	}
	// Output:
	// <https://data.example.tw/dataset/1> <http://purl.org/dc/terms/title> "上市公司每日收盤價"@zh-Hant-TW .
	// line 3: IRI "https://data.example.tw/org/TW SE": character ' ' is not allowed here, read as https://data.example.tw/org/TW%20SE
	// <https://data.example.tw/dataset/1> <http://purl.org/dc/terms/publisher> <https://data.example.tw/org/TW%20SE> .
	// line 4: prefix "adms:" is not declared
}

func ExampleWrite() {
	doc := `<http://e/d> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <http://www.w3.org/ns/dcat#Dataset> .
<http://e/d> <http://www.w3.org/ns/dcat#contactPoint> _:c .
<http://e/d> <http://www.w3.org/ns/dcat#spatialResolutionInMeters> "10.0"^^<http://www.w3.org/2001/XMLSchema#decimal> .
_:c <http://www.w3.org/2006/vcard/ns#fn> "統計科" .
`
	ctx := context.Background()
	quads := rdfio.Read(ctx, strings.NewReader(doc), rdfio.ReadOptions{Format: rdfio.NTriples})
	if err := rdfio.Write(ctx, os.Stdout, rdfio.Turtle, quads, rdfio.WriteOptions{}); err != nil {
		fmt.Println(err)
	}
	// Output:
	// @prefix dcat: <http://www.w3.org/ns/dcat#> .
	// @prefix vcard: <http://www.w3.org/2006/vcard/ns#> .
	//
	// <http://e/d> a dcat:Dataset ;
	//   dcat:contactPoint [
	//     vcard:fn "統計科"
	//   ] ;
	//   dcat:spatialResolutionInMeters 10.0 .
}

func ExampleNegotiate() {
	accept := "text/html;q=0.9, application/ld+json, */*;q=0.1"
	fmt.Println(rdfio.Negotiate(accept, rdfio.Turtle.MediaType(), rdfio.JSONLD.MediaType()))
	// Output: application/ld+json true
}
