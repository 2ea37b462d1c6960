package algebra_test

import (
	"context"
	"fmt"

	"fincat/sparql/algebra"
	"fincat/sparql/syntax"
)

func ExampleSimplify() {
	tree, err := syntax.ParseQuery(`
		PREFIX : <http://example.org/>
		SELECT ?dataset ?title {
			?dataset :title ?title
			OPTIONAL { ?dataset :publisher ?publisher }
			FILTER (?publisher = :fsc && LANGMATCHES(LANG(?title), "zh"))
		}`, syntax.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	q, err := algebra.Translate(tree, algebra.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(q.Op)
	op, err := algebra.Simplify(context.Background(), q.Op)
	if err != nil {
		panic(err)
	}
	fmt.Println(op)
	// Output:
	// (project (?dataset ?title)
	//   (filter (&& (= ?publisher <http://example.org/fsc>) (langmatches (lang ?title) "zh"))
	//     (leftjoin
	//       (bgp (triple ?dataset <http://example.org/title> ?title))
	//       (bgp (triple ?dataset <http://example.org/publisher> ?publisher)))))
	// (project (?dataset ?title)
	//   (extend ((?publisher <http://example.org/fsc>))
	//     (filter (langmatches (lang ?title) "zh")
	//       (bgp
	//         (triple ?dataset <http://example.org/title> ?title)
	//         (triple ?dataset <http://example.org/publisher> <http://example.org/fsc>)))))
}
