package protocol

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"fincat/vocab/term"
)

// smallQueries are what pages and programs ask for all the time.
var smallQueries = map[string]string{
	"subject": `SELECT ?p ?o { <https://data.example.tw/dataset/twse/77> ?p ?o }`,
	"star": `PREFIX dct: <http://purl.org/dc/terms/>
		SELECT ?t ?d ?i {
			<https://data.example.tw/dataset/twse/78> dct:title ?t ; dct:description ?d ; dct:identifier ?i
		}`,
	"join": `PREFIX dct: <http://purl.org/dc/terms/>
		SELECT ?s ?t { ?s dct:publisher <http://e/publisher/3> ; dct:title ?t } LIMIT 10`,
	"ask": `ASK { <https://data.example.tw/dataset/twse/77> <http://purl.org/dc/terms/title> ?t }`,
}

// BenchmarkSmall asks small queries of a handler, without a network: what is left is the
// fixed cost of a request.
func BenchmarkSmall(b *testing.B) {
	var quads []term.Quad
	for i := range 20_000 {
		q := term.Quad{Subject: term.NewIRI(fmt.Sprintf("https://data.example.tw/dataset/twse/%d", i))}
		add := func(p string, o term.Term) {
			q.Predicate, q.Object = term.NewIRI("http://purl.org/dc/terms/"+p), o
			quads = append(quads, q)
		}
		add("title", term.NewLangString(fmt.Sprintf("上市公司每日收盤行情 %d", i), "zh-Hant"))
		add("description", term.NewLangString(fmt.Sprintf("每日收盤後的行情資料，第 %d 號", i), "zh-Hant"))
		add("identifier", term.NewString(fmt.Sprint(i)))
		add("publisher", term.NewIRI(fmt.Sprintf("http://e/publisher/%d", i%50)))
		add("accrualPeriodicity", term.NewIRI("http://publications.europa.eu/resource/authority/frequency/DAILY"))
		for k := range 5 {
			add("subject", term.NewIRI(fmt.Sprintf("http://e/theme/%d", (i+k)%40)))
		}
	}
	server := engineServer(b, quads, nil)
	handler := server.Config.Handler
	for name, query := range smallQueries {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				req, err := newRequest(http.MethodPost, "http://localhost/sparql", query,
					"Content-Type", "application/sparql-query", "Accept", "application/sparql-results+json")
				if err != nil {
					b.Fatal(err)
				}
				w := httptest.NewRecorder()
				handler.ServeHTTP(w, req)
				if w.Code != http.StatusOK || w.Body.Len() < 20 {
					b.Fatal(w.Code, w.Body)
				}
			}
		})
	}
}
