package hostile

import (
	"fmt"
	"strconv"
	"strings"
)

// Updates returns update requests that ask for too much. Names are unique, also
// among those of [Queries]. None of them loads a document.
func Updates() []Query {
	var out []Query
	for _, family := range []func() []Query{inserts, deletes, operations, updateTexts} {
		out = append(out, family()...)
	}
	return out
}

const product3 = "?s ?p ?o . ?a ?b ?c . ?d ?e ?f "

// inserts insert more than anybody can hold.
func inserts() []Query {
	double := `INSERT { ?x ?p ?o . ?y ?p ?o } WHERE { ?s ?p ?o BIND(IRI(CONCAT(STR(?s), "x")) AS ?x) ` +
		`BIND(IRI(CONCAT(STR(?s), "y")) AS ?y) }`
	return []Query{
		{"INSERT of a product", "INSERT { ?s <http://e/x> ?f . ?a ?e ?o } WHERE { " + product3 + "}"},
		{"INSERT of a filtered product", "INSERT { ?s <http://e/x> ?f } WHERE { " + product3 +
			"FILTER(STR(?o) = CONCAT(STR(?c), STR(?f))) }"},
		{"INSERT of new blank nodes", "INSERT { [] <http://e/x> [ <http://e/y> ?f ] } WHERE { " + product3 + "}"},
		{"INSERT of new IRIs", "INSERT { ?x <http://e/x> ?f } WHERE { " + product3 + "BIND(UUID() AS ?x) }"},
		{"INSERT of new numbers", "INSERT { ?s <http://e/x> ?x } WHERE { " + product3 + "BIND(RAND() AS ?x) }"},
		{"INSERT of long texts", "INSERT { ?s <http://e/x> ?x } WHERE { " + doubled(12) +
			"?s ?p ?o . ?a ?b ?c BIND(CONCAT(?s12, STR(RAND())) AS ?x) }"},
		{"INSERT of one very long text", "INSERT { ?s <http://e/x> ?s60 } WHERE { ?s ?p ?o . " + doubled(60) + "}"},
		{"INSERT of triple terms", "INSERT { ?s <http://e/x> <<( ?s ?p <<( ?a ?b <<( ?d ?e ?f )>> )>> )>> } WHERE { " +
			product3 + "}"},
		{"INSERT into many graphs", "INSERT { GRAPH ?x { ?s ?p ?f } } WHERE { " + product3 + "BIND(UUID() AS ?x) }"},
		{"INSERT of a long template", "INSERT { " + many(50_000, "?s <http://e/p%d> ?f . ") + "} WHERE { " +
			product3 + "}"},
		{"INSERT that doubles 40 times", strings.Repeat(double+" ;\n", 40)},
		{"INSERT DATA of 300,000", "INSERT DATA { " + many(300_000,
			"<http://e/s%d> <http://e/p> <http://e/o%d> . ") + "}"},
		{"INSERT DATA of a list of 300,000", "INSERT DATA { <a:a> <a:b> ( " + many(300_000, "%d ") + ") }"},
		{"INSERT DATA of blank nodes", "INSERT DATA { " + many(300_000, "_:b%d <http://e/p> [] . ") + "}"},
	}
}

// deletes look for what they delete in more places than there are.
func deletes() []Query {
	return []Query{
		{"DELETE WHERE of a product", "DELETE WHERE { " + product3 + "}"},
		{"DELETE WHERE of 13 patterns", "DELETE WHERE { " + many(13, "?s%d ?p%[1]d ?o%[1]d . ") + "}"},
		{"DELETE of a product", "DELETE { ?s ?b ?f } WHERE { " + product3 + "}"},
		{"DELETE and INSERT of a product", "DELETE { ?s ?p ?o } INSERT { ?s ?b ?f } WHERE { " + product3 + "}"},
		{"DELETE of a long path", "DELETE { ?s <http://e/p> ?o } WHERE { ?s (!a|^!a)* ?o . ?o (!a|^!a)* ?x . " +
			"?x (!a|^!a)* ?y }"},
		{"DELETE of a sort", "DELETE { ?s ?p ?o } WHERE { SELECT * { " + product3 + "} ORDER BY RAND() }"},
		{"DELETE of groups", "DELETE { ?s ?p ?x } WHERE { SELECT ?s ?p (GROUP_CONCAT(STR(?f)) AS ?x) { " + product3 +
			"} GROUP BY ?s ?p }"},
		{"DELETE with a chain", "DELETE { ?v0 ?p0 ?v1 } WHERE { " + many(1000, "?v%d ?p%[1]d ?v%[2]d . ") + "}"},
		{"DELETE DATA of 300,000", "DELETE DATA { " + many(300_000,
			"<http://e/s%d> <http://e/p> <http://e/o%d> . ") + "}"},
	}
}

// operations are many, or many graphs at once.
func operations() []Query {
	return []Query{
		{"20,000 INSERT DATA", many(20_000, "INSERT DATA { <http://e/s%d> <http://e/p> %[1]d } ;\n")},
		{"9,000 INSERT WHERE", many(9_000, "INSERT { ?s <http://e/x%d> ?o } WHERE { ?s ?p ?o } ;\n")},
		{"9,000 INSERT WHERE that find nothing", many(9_000, "INSERT { ?s ?p 1 } WHERE { ?s <http://e/x%d> ?o } ;\n")},
		{"9,000 DELETE WHERE", many(9_000, "DELETE WHERE { ?s <http://e/x%d> ?o } ;\n")},
		{"9,000 CLEAR", many(9_000, "CLEAR SILENT GRAPH <http://e/g%d> ;\n")},
		{"9,000 CLEAR ALL", strings.Repeat("CLEAR ALL ;\n", 9_000)},
		{"9,000 CREATE", many(9_000, "CREATE GRAPH <http://e/new%d> ;\n")},
		{"9,000 COPY", many(9_000, "COPY DEFAULT TO <http://e/g%d> ;\n")},
		{"9,000 ADD in a chain", "ADD DEFAULT TO <http://e/g0> ;\n" + many(9_000,
			"ADD <http://e/g%d> TO <http://e/g%d> ;\n")},
		{"9,000 MOVE there and back", strings.Repeat("MOVE SILENT <a:a> TO <a:b> ; MOVE SILENT <a:b> TO <a:a> ;\n",
			4_500)},
		{"INSERT from 9,000 graphs", "INSERT { ?s ?p ?f } " + many(9_000, "USING <http://e/g%d> ") + "WHERE { " +
			product3 + "}"},
		{"INSERT from 9,000 named graphs", "INSERT { ?s ?p ?o } " + many(9_000, "USING NAMED <http://e/g%d> ") +
			"WHERE { GRAPH ?g { ?s ?p ?o } GRAPH ?h { ?a ?b ?c } GRAPH ?i { ?d ?e ?f } }"},
		{"1,000 prefixes for each of 1,000 operations", many(1000, "PREFIX p%d: <http://e/> ") +
			strings.Repeat("INSERT DATA { p1:a p2:b p3:c } ;\n", 1000)},
	}
}

// updateTexts are texts that are hard to read.
func updateTexts() []Query {
	var nested strings.Builder
	for i := range 400 {
		fmt.Fprintf(&nested, "[ <http://e/p%d> ", i)
	}
	return []Query{
		{"nested blank nodes in INSERT DATA", "INSERT DATA { <a:a> <a:b> " + nested.String() + "1" +
			strings.Repeat(" ]", 400) + " }"},
		{"nested lists in INSERT DATA", "INSERT DATA { <a:a> <a:b> " + nest(400, "( ", "1", " )") + " }"},
		{"a text of 5 MB in INSERT DATA", `INSERT DATA { <a:a> <a:b> "` + strings.Repeat("0123456789", 500_000) +
			`" }`},
		{"a number of a million digits in INSERT DATA", "INSERT DATA { <a:a> <a:b> " + strings.Repeat("7",
			1_000_000) + " }"},
		{"comments of 5 MB", strings.Repeat("# 0123456789\n", 400_000) + "INSERT DATA { <a:a> <a:b> 1 }"},
		{"no operation 500,000 times", strings.Repeat("; ", 500_000)},
		{"brackets without end", "INSERT { " + strings.Repeat("{ ", 100_000)},
		{"regular expressions for each solution",
			`INSERT { ?s ?p ?x } WHERE { ?s ?p ?o . ?a ?b ?c BIND(REPLACE(STR(?o), ` +
				`CONCAT("(a|b|c){1,900}", STR(RAND())), "") AS ?x) }`},
		{"20,000 BIND in an update", "INSERT { ?s ?p ?b" + strconv.Itoa(19_999) + " } WHERE { ?s ?p ?o " +
			many(20_000, "BIND(1 AS ?b%d) ") + "}"},
	}
}
