package syntax_test

import (
	"fmt"

	"fincat/sparql/syntax"
)

func ExampleParseQuery() {
	q, err := syntax.ParseQuery(`
		PREFIX dcat: <http://www.w3.org/ns/dcat#>
		SELECT ?format (COUNT(*) AS ?n) WHERE {
			?dataset a dcat:Dataset ; dcat:distribution/dcat:mediaType ?format
		} GROUP BY ?format ORDER BY DESC(?n)`, syntax.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(q)
	_, err = syntax.ParseQuery("SELECT * {\n  ?dataset dct:title ?title\n}", syntax.Options{})
	fmt.Println(err)
	// Output:
	// SELECT ?format (COUNT(*) AS ?n)
	// WHERE {
	//   ?dataset <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <http://www.w3.org/ns/dcat#Dataset> .
	//   ?dataset <http://www.w3.org/ns/dcat#distribution>/<http://www.w3.org/ns/dcat#mediaType> ?format .
	// }
	// GROUP BY ?format
	// ORDER BY DESC(?n)
	// 2:12: the prefix "dct:" is not declared
}
