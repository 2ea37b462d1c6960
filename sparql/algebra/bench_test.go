package algebra

import (
	"testing"

	"fincat/sparql/syntax"
)

// BenchmarkPrepare measures what a query costs before it is planned.
func BenchmarkPrepare(b *testing.B) {
	const query = `PREFIX dcat: <http://www.w3.org/ns/dcat#> PREFIX dct: <http://purl.org/dc/terms/>
		SELECT ?publisher (COUNT(DISTINCT ?dataset) AS ?n) WHERE {
			?dataset a dcat:Dataset ; dct:publisher ?publisher ; dcat:distribution/dct:format ?format .
			OPTIONAL { ?dataset dct:license ?licence FILTER(ISIRI(?licence)) }
			FILTER(?format IN (<http://e/csv>, <http://e/json>) && !BOUND(?licence))
			MINUS { ?dataset dct:isReplacedBy ?other }
		} GROUP BY ?publisher HAVING (COUNT(*) > 1) ORDER BY DESC(?n) LIMIT 10`
	steps := map[string]func() error{
		"parse": func() error { _, err := syntax.ParseQuery(query, syntax.Options{}); return err },
		"all": func() error {
			tree, err := syntax.ParseQuery(query, syntax.Options{})
			if err != nil {
				return err
			}
			q, err := Translate(tree, Options{})
			if err != nil {
				return err
			}
			_, _ = Simplify(b.Context(), q.Op)
			return nil
		},
	}
	for name, step := range steps {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := step(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
