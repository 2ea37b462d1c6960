package protocol

import (
	"fmt"
	"io"
	"net/http"
	"testing"

	"fincat/vocab/term"
)

// BenchmarkSelect streams a whole store over HTTP, with the engine's share.
func BenchmarkSelect(b *testing.B) {
	const n = 100_000
	quads := make([]term.Quad, n)
	for i := range quads {
		quads[i] = term.Quad{
			Subject:   term.NewIRI(fmt.Sprintf("https://data.example.tw/dataset/twse/%d", i/5)),
			Predicate: term.NewIRI(fmt.Sprintf("http://e/p%d", i%5)),
			Object:    term.NewLangString(fmt.Sprintf("上市公司每日收盤行情 %d", i), "zh-Hant"),
		}
	}
	server := engineServer(b, quads, nil)
	for _, accept := range []string{"application/sparql-results+json", "text/tab-separated-values",
		"application/n-triples", "text/turtle"} {
		query := "SELECT * { ?s ?p ?o }"
		if accept == "application/n-triples" || accept == "text/turtle" {
			query = "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }"
		}
		for _, coding := range []string{"identity", "gzip"} {
			b.Run(accept+"/"+coding, func(b *testing.B) {
				for b.Loop() {
					req, err := newRequest(http.MethodGet, server.URL+get(query), "", "Accept", accept,
						"Accept-Encoding", coding)
					if err != nil {
						b.Fatal(err)
					}
					resp, err := http.DefaultTransport.RoundTrip(req)
					if err != nil {
						b.Fatal(err)
					}
					size, err := io.Copy(io.Discard, resp.Body)
					if err != nil || resp.StatusCode != http.StatusOK {
						b.Fatal(resp.Status, err)
					}
					_ = resp.Body.Close()
					b.SetBytes(size)
				}
				b.ReportMetric(n*float64(b.N)/b.Elapsed().Seconds(), "solutions/s")
			})
		}
	}
}
