package hostile

import (
	"fmt"
	"strconv"
	"strings"
)

// Query is one query that asks for too much.
type Query struct {
	Name string
	Text string
}

// Queries returns all of them. Names are unique.
func Queries() []Query {
	var out []Query
	for _, family := range []func() []Query{patterns, paths, nested, lists, texts, numbers, regexes,
		products, syntaxes} {
		out = append(out, family()...)
	}
	return out
}

// many returns a text n times. In it %[1]d and the first %d stand for the number
// from 0, %[2]d and a second %d for the next number.
func many(n int, format string) string {
	format = strings.NewReplacer("%[1]d", "\x00", "%[2]d", "\x01").Replace(format)
	format = strings.Replace(format, "%d", "\x00", 1)
	format = strings.ReplaceAll(format, "%d", "\x01")
	var b strings.Builder
	for i := range n {
		for _, c := range format {
			switch c {
			case 0:
				b.WriteString(strconv.Itoa(i))
			case 1:
				b.WriteString(strconv.Itoa(i + 1))
			default:
				b.WriteRune(c)
			}
		}
	}
	return b.String()
}

// pairs has a triple pattern for each pair of n variables.
func pairs(n int) string {
	var b strings.Builder
	for i := range n {
		for k := range i {
			fmt.Fprintf(&b, "?v%d ?p ?v%d . ", i, k)
		}
	}
	return b.String()
}

// where is SELECT * over a pattern.
func where(pattern string) string { return "SELECT * { " + pattern + " }" }

// nest puts a text n times around another.
func nest(n int, before, inner, after string) string {
	return strings.Repeat(before, n) + inner + strings.Repeat(after, n)
}

// patterns are basic graph patterns that are hard to order or have many
// variables.
func patterns() []Query {
	return []Query{
		{"chain of 1,000 patterns", where(many(1000, "?v%d <http://e/p> ?v%d . "))},
		{"chain of 4,900 patterns", where(many(4900, "?v%d <http://e/p> ?v%d . "))},
		{"chain of 1,000 open patterns", where(many(1000, "?v%d ?p%[1]d ?v%[2]d . "))},
		{"star of 1,000 patterns", where(many(1000, "?s <http://e/p%d> ?o%[1]d . "))},
		{"star of 1,000 open patterns", where(many(1000, "?s ?p%d ?o%[1]d . "))},
		{"ring of 500 open patterns", where(many(500, "?v%d ?p%[1]d ?v%[2]d . ") + "?v500 ?q ?v0 .")},
		{"all pairs of 40 variables", where(pairs(40))},
		{"1,000 patterns without common variables", where(many(1000, "?s%d ?p%[1]d ?o%[1]d . "))},
		{"13 patterns without common variables", where(many(13, "?s%d ?p%[1]d ?o%[1]d . "))},
		{"chain of 1,000 with filters", where(many(1000, "?v%d ?p%[1]d ?v%[2]d . FILTER(?v%[1]d != ?v%[2]d) "))},
		{"chain of 1,000 in GRAPH ?g", where("GRAPH ?g { " + many(1000, "?v%d ?p%[1]d ?v%[2]d . ") + "}")},
		{"chain of 1,000 in EXISTS", where("?s ?p ?o FILTER EXISTS { " + many(1000, "?v%d ?p%[1]d ?v%[2]d . "+
			"") + "}")},
		{"chain of 9,900 patterns", where(many(9900, "?v%d ?p%[1]d ?v%[2]d . "))},
		{"11,000 patterns", where(many(11000, "?v%d <http://e/p> ?v%d . "))},
	}
}

// paths are property paths that are long, deep or ambiguous.
func paths() []Query {
	step := "<http://e/p>"
	return []Query{
		{"path of 5,000 steps", where("?s " + step + strings.Repeat("/"+step, 4999) + " ?o")},
		{"path of 10,000 optional steps", where("?s " + step + "?" + strings.Repeat("/"+step+"?", 9999) + " ?o")},
		{"path of 900 optional steps", where("?s " + step + "?" + strings.Repeat("/"+step+"?", 899) + " ?o")},
		{"path of 900 repeated steps", where("?s " + step + "*" + strings.Repeat("/"+step+"*", 899) + " ?o")},
		{"path of 60 doubled steps", where("?s (!a|!a)" + strings.Repeat("/(!a|!a)", 59) + " ?o")},
		{"path of 200 doubled steps", where("?s (!a|!a|^!a)" + strings.Repeat("/(!a|!a|^!a)", 199) + " ?o")},
		{"path of 400 nested optional steps", where("?s " + nest(400, "(", step, ")?") + " ?o")},
		{"path of 400 nested closures", where("?s " + nest(400, "(", "!a", ")*") + " ?o")},
		{"path of 10,000 alternatives", where("?s " + step + strings.Repeat("|"+step, 9999) + " ?o")},
		{"path of 10,000 exceptions", where("?s !(" + step + strings.Repeat("|"+step, 9999) + ")* ?o")},
		{"all that is connected", where("?s (!a|^!a)* ?o . ?x (!a|^!a)* ?y")},
		{"all pairs three times", where("?a (!a|^!a)* ?b . ?b (!a|^!a)* ?c . ?c (!a|^!a)* ?d")},
	}
}

// nested are graph patterns inside each other and after each other.
func nested() []Query {
	t := "?s%d ?p%[1]d ?s%[2]d "
	var deep strings.Builder
	for i := range 100 {
		fmt.Fprintf(&deep, "OPTIONAL { ?s%d ?p%d ?s%d ", i, i, i+1)
	}
	deep.WriteString(strings.Repeat("} ", 100))
	return []Query{
		{"100 nested OPTIONAL", where(deep.String())},
		{"400 nested OPTIONAL", where(nest(400, "?s ?p ?o OPTIONAL { ", "", "} "))},
		{"1,000 flat OPTIONAL", where("?s0 ?p ?o " + many(1000, "OPTIONAL { "+t+"} "))},
		{"1,000 flat OPTIONAL of one subject", where("?s ?p ?o " + many(1000, "OPTIONAL { ?s <http://e/p%d> "+
			"?o%[1]d } "))},
		{"2,400 flat OPTIONAL", where("?s ?p ?o " + many(2400, "OPTIONAL { ?s <http://e/p%d> ?o%[1]d } "))},
		{"100 nested EXISTS", where("?s ?p ?o " + nest(100, "FILTER EXISTS { ?s ?p ?o ", "", "} "))},
		{"100 nested NOT EXISTS", where("?s ?p ?o " + nest(100, "FILTER NOT EXISTS { ?a ?b ?c . ?s ?p ?o ",
			"", "} "))},
		{"100 nested MINUS", where("?s ?p ?o " + nest(100, "MINUS { ?s ?p ?o . ?a ?b ?c ", "", "} "))},
		{"1,000 flat MINUS", where("?s ?p ?o " + many(1000, "MINUS { ?s <http://e/p%d> ?o%[1]d } "))},
		{"2,000 flat UNION", where("{ ?s ?p ?o } " + many(2000, "UNION { ?s <http://e/p%d> ?o%[1]d } "))},
		{"600 joined UNION", where(many(600, "{ ?s%d ?p ?o } UNION { ?o ?p ?s%[1]d } "))},
		{"200 nested UNION", where(nest(200, "{ ?s ?p ?o } UNION { ?a ?b ?c . ", "", "} "))},
		{"200 nested subqueries", where(nest(200, "{ SELECT DISTINCT * { ?s ?p ?o . ", "", "} } "))},
		{"100 nested GRAPH", where(nest(100, "GRAPH ?g { ?s ?p ?o . ", "", "} "))},
		{"50 GRAPH with subqueries", where(many(50, "GRAPH ?g%d { SELECT * { ?s%[1]d ?p ?o } LIMIT 100 } "))},
		{"20,000 BIND", where("?s ?p ?o " + many(20000, "BIND(1 AS ?b%d) "))},
		{"4,000 BIND in a chain", where("BIND(1 AS ?b0) " + many(4000, "BIND(?b%d + 1 AS ?b%d) "))},
		{"4,000 FILTER", where("?s ?p ?o " + many(4000, "FILTER(STRLEN(STR(?o)) != %d) "))},
		{"500 brackets", where(nest(500, "{", "?s ?p ?o", "}"))},
	}
}

// lists are long lists of anything.
func lists() []Query {
	return []Query{
		{"|| 200,000 times", where("?s ?p ?o FILTER(?s = 1" + strings.Repeat(" || ?o = ?p", 200_000) + ")")},
		{"|| 90,000 times", where("?s ?p ?o FILTER(?s = 1" + strings.Repeat(" || ?o < ?p", 90_000) + ")")},
		{"&& 90,000 times", where("?s ?p ?o FILTER(?s != 1" + many(90_000, " && ?o != %d") + ")")},
		{"list of 100,000", where("?s ?p ( " + many(100_000, "%d ") + ")")},
		{"list of 2,000", where("?s ?p ( " + many(2000, "%d ") + ")")},
		{"IN of 100,000", where("?s ?p ?o . ?a ?b ?c FILTER(?o IN (" + many(100_000, "%d, ") + "0))")},
		{"IN of 100,000 IRIs", where("?s ?p ?o . ?a ?b ?c FILTER(?o IN (" + many(100_000, "<http://e/%d>, "+
			"") + "<a:b>))")},
		{"COALESCE of 100,000", where("?s ?p ?o . ?a ?b ?c BIND(COALESCE(" + many(100_000, "1/?z%d, ") +
			"0) AS ?x)")},
		{"CONCAT of 100,000", where("?s ?p ?o . ?a ?b ?c BIND(CONCAT(" + strings.Repeat("STR(?o), ",
			90_000) + `"") AS ?x)`)},
		{"VALUES of 100,000 three times", where("VALUES ?a { " + many(100_000, "%d ") + "} VALUES ?b { " +
			many(100_000, "%d ") + "} VALUES ?c { " + many(1000, "%d ") + "} FILTER(?a + ?b + ?c = 1)")},
		{"10,000 expressions of SELECT", "SELECT " + many(10_000, "(1 AS ?x%d) ") + "{ ?s ?p ?o }"},
		{"4,000 expressions of SELECT", "SELECT " + many(4_000, "(STR(?o) AS ?x%d) ") + "{ ?s ?p ?o }"},
		{"4,000 keys of GROUP BY", "SELECT (COUNT(*) AS ?n) { ?s ?p ?o } GROUP BY " + many(4_000,
			"(STRLEN(STR(?o)) + %d)")},
		{"4,000 keys of ORDER BY", where("?s ?p ?o . ?a ?b ?c") + " ORDER BY " + many(4_000,
			"(STRLEN(STR(?o)) + %d)")},
		{"4,000 aggregates", "SELECT " + many(4_000, "(SUM(STRLEN(STR(?o)) + %d) AS ?x%[1]d) ") +
			"{ ?s ?p ?o . ?a ?b ?c } GROUP BY ?s ?a"},
		{"template of 100,000", "CONSTRUCT { " + many(100_000, "?s <http://e/p%d> ?o . ") + "} WHERE { ?s " +
			"?p ?o . ?a ?b ?c }"},
		{"4,000 variables in a product", "SELECT * { ?s ?p ?o . ?a ?b ?c . ?d ?e ?f VALUES (" + many(4_000,
			"?v%d ") + ") { (" +
			strings.Repeat("1 ", 4_000) + ") } }"},
	}
}

// doubled binds ?s0 to a text and each ?s to twice the one before.
func doubled(n int) string {
	return `BIND("` + strings.Repeat("0123456789é ab", 10) + `" AS ?s0) ` +
		many(n, "BIND(CONCAT(?s%d, ?s%[1]d) AS ?s%[2]d) ")
}

// texts are texts that grow.
func texts() []Query {
	big := doubled(18) // about 40 MB
	return []Query{
		{"CONCAT doubling", where(doubled(60))},
		{"CONCAT of long texts", where(doubled(17) + "BIND(CONCAT(" + strings.Repeat("?s17, ", 5000) +
			"?s17) AS ?x)")},
		{"many CONCAT alive", where(doubled(17) + "BIND(STRLEN(CONCAT(" +
			strings.Repeat("SUBSTR(UCASE(?s17), 1, 2), ", 2000) + `"")) AS ?x)`)},
		{"many long texts in one call", where(doubled(16) + "BIND(COALESCE(" +
			strings.Repeat("1/STRLEN(CONCAT(?s16, ?s16)) + ?z, ", 2000) + "0) AS ?x)")},
		{"REPLACE growth", where(`BIND("aaaaaaaaaaaaaaaa" AS ?s0) ` +
			many(30, `BIND(REPLACE(?s%d, "a", "aaaaaaaaaaaaaaaa") AS ?s%d) `))},
		{"REPLACE by itself", where(doubled(10) + `BIND(REPLACE(?s10, "a", ?s10) AS ?x)`)},
		{"REPLACE with groups", where(doubled(14) + `BIND(REPLACE(?s14, "(.)(.)", "$1$2$1$2$1$2$1$2$1$2") AS ?x)`)},
		{"GROUP_CONCAT with a long separator", "SELECT (GROUP_CONCAT(STR(?o); SEPARATOR=\"" +
			strings.Repeat("x", 500_000) + "\") AS ?x) { ?s ?p ?o . ?a ?b ?c }"},
		{"GROUP_CONCAT of a product", "SELECT (GROUP_CONCAT(CONCAT(STR(?o), STR(?c))) AS ?x) { ?s ?p ?o . " +
			"?a ?b ?c }"},
		{"GROUP_CONCAT in many groups", "SELECT ?s ?a (GROUP_CONCAT(CONCAT(STR(?o), STR(?c))) AS ?x) " +
			"{ ?s ?p ?o . ?a ?b ?c . ?d ?e ?f } GROUP BY ?s ?a"},
		{"GROUP_CONCAT DISTINCT of a product", "SELECT (GROUP_CONCAT(DISTINCT CONCAT(STR(?o), STR(?c), " +
			"STR(?f))) AS ?x) " +
			"{ ?s ?p ?o . ?a ?b ?c . ?d ?e ?f }"},
		{"ENCODE_FOR_URI growth", where(doubled(8) + "BIND(?s8 AS ?e0) " + many(30,
			"BIND(ENCODE_FOR_URI(?e%d) AS ?e%d) "))},
		{"ENCODE_FOR_URI of many", where(doubled(15) + "?s ?p ?o . ?a ?b ?c " +
			"BIND(ENCODE_FOR_URI(CONCAT(?s15, STR(?o))) AS ?x)")},
		{"a long text for each solution", where(doubled(12) + "?s ?p ?o . ?a ?b ?c BIND(CONCAT(?s12, " +
			"STR(?o), STR(?c)) AS ?x)")},
		{"a long text for each solution, sorted", "SELECT ?x { " + doubled(12) +
			"?s ?p ?o . ?a ?b ?c BIND(CONCAT(?s12, STR(?o), STR(?c)) AS ?x) } ORDER BY DESC(?x)"},
		{"ORDER BY long texts", "SELECT ?o { " + doubled(12) +
			"?s ?p ?o . ?a ?b ?c } ORDER BY CONCAT(STR(RAND()), ?s12)"},
		{"MAX of long texts in many groups", "SELECT (MAX(CONCAT(?s12, STR(?o))) AS ?x) { " + doubled(12) +
			"?s ?p ?o . ?a ?b ?c } GROUP BY ?s ?o ?a ?c"},
		{"SAMPLE of long texts in many groups", "SELECT (SAMPLE(CONCAT(?s12, STR(?o))) AS ?x) { " + doubled(12) +
			"?s ?p ?o . ?a ?b ?c } GROUP BY ?s ?o ?a ?c"},
		{"DISTINCT long texts", "SELECT DISTINCT (CONCAT(?s12, STR(RAND())) AS ?x) { " + doubled(12) + "?s " +
			"?p ?o . ?a ?b ?c }"},
		{"STRAFTER of long texts", where(big + "?s ?p ?o . ?a ?b ?c BIND(STRAFTER(?s18, STR(RAND())) AS ?x)")},
		{"SUBSTR of long texts", where(big + "?s ?p ?o . ?a ?b ?c FILTER(SUBSTR(?s18, 40000000 * RAND()) = " +
			"STR(?o))")},
		{"UCASE of long texts", where(big + "?s ?p ?o . ?a ?b ?c FILTER(UCASE(?s18) = STR(?o))")},
		{"SHA512 of long texts", where(big + "?s ?p ?o . ?a ?b ?c FILTER(SHA512(?s18) = STR(?o))")},
		{"CONTAINS in long texts", where(big + `?s ?p ?o . ?a ?b ?c FILTER(CONTAINS(?s18, CONCAT("z", STR(?o))))`)},
		{"IRI growth", where(doubled(17) + `?s ?p ?o . ?a ?b ?c BIND(IRI(CONCAT("http://e/", ` +
			`ENCODE_FOR_URI(?s17), STR(?o))) AS ?x)`)},
		{"STRDT of long texts", where(doubled(14) + "?s ?p ?o . ?a ?b ?c BIND(STRDT(CONCAT(?s14, " +
			"STR(RAND())), <http://e/d>) AS ?x)")},
		{"STRLANG of long texts", where(doubled(14) + `?s ?p ?o . ?a ?b ?c BIND(STRLANG(CONCAT(?s14, ` +
			`STR(RAND())), "en") AS ?x)`)},
		{"triple terms in a chain", where(`BIND(TRIPLE(<a:a>, <a:a>, "x") AS ?t0) ` +
			many(4000, "BIND(TRIPLE(<a:a>, <a:a>, ?t%d) AS ?t%d) "))},
		{"constants that grow", where("BIND(" + nest(30, "REPLACE(", `"aaaaaaaaaaaaaaaa"`, `, "a", `+
			`"aaaaaaaaaaaaaaaa")`) + " AS ?x)")},
	}
}

// numbers are numbers with many digits.
func numbers() []Query {
	return []Query{
		{"integer squaring", where("BIND(12345678901234567890 AS ?n0) " + many(60, "BIND(?n%d * ?n%[1]d AS "+
			"?n%[2]d) "))},
		{"decimal squaring", where("BIND(1.2345678901234567890 AS ?n0) " + many(60, "BIND(?n%d * ?n%[1]d AS "+
			"?n%[2]d) "))},
		{"division without end", where("BIND(1.0 AS ?n0) " + many(4000, "BIND(?n%d / 98765432109876543210.0 "+
			"AS ?n%d) "))},
		{"sum of far decimals", where("BIND(1.0 AS ?n0) " + many(2000, "BIND((1 + ?n%d) / "+
			"98765432109876543210.0 AS ?n%d) "))},
		{"cast of a million digits", where(`BIND("1" AS ?s0) ` + many(26, "BIND(CONCAT(?s%d, ?s%[1]d) AS "+
			"?s%[2]d) ") +
			"?s ?p ?o BIND(<http://www.w3.org/2001/XMLSchema#integer>(?s26) + 1 AS ?x)")},
		{"STRDT of a million digits", where(`BIND("1" AS ?s0) ` + many(26, "BIND(CONCAT(?s%d, ?s%[1]d) AS "+
			"?s%[2]d) ") +
			"?s ?p ?o BIND(STRDT(?s26, <http://www.w3.org/2001/XMLSchema#decimal>) * 2 AS ?x)")},
		{"literal of a million digits", where("?s ?p ?o FILTER(?o < " + strings.Repeat("9", 1_000_000) + " * " +
			strings.Repeat("7", 1_000_000) + ")")},
		{"product in SUM", "SELECT (SUM(?n9) AS ?x) { BIND(12345678901234567890 AS ?n0) " +
			many(9, "BIND(?n%d * ?n%[1]d AS ?n%[2]d) ") + "?s ?p ?o . ?a ?b ?c . ?d ?e ?f }"},
	}
}

// regexes are regular expressions that are large, many or slow.
func regexes() []Query {
	return []Query{
		{"regex of 900 kB", where(`?s ?p ?o FILTER REGEX(STR(?o), "` + strings.Repeat("(a|b)*c", 130_000) + `")`)},
		{"regex of 9 kB", where(`?s ?p ?o . ?a ?b ?c FILTER REGEX(STR(?o), "` + strings.Repeat("(a|b)*c",
			1_280) + `")`)},
		{"regex that repeats", where(`?s ?p ?o FILTER REGEX(STR(?o), "((a{1,100}){1,10}){1,1000}")`)},
		{"regex of many repeats", where(`?s ?p ?o FILTER REGEX(STR(?o), "` + strings.Repeat("(a|b){1,999}",
			700) + `")`)},
		{"regex for each solution", where(`?s ?p ?o . ?a ?b ?c FILTER REGEX(STR(?o), ` +
			`CONCAT("(a|b|c){1,900}", STR(RAND())))`)},
		{"regex of classes", where(`?s ?p ?o FILTER REGEX(STR(?o), "` + strings.Repeat(`\\p{L}\\w\\i`,
			1000) + `")`)},
		{"regex over a long text", where(doubled(18) + `?s ?p ?o FILTER REGEX(?s18, ` +
			`CONCAT("(0.{1,150}é){5}z", SUBSTR(STR(RAND()), 1, 3)))`)},
		{"REPLACE over a long text", where(doubled(18) + `?s ?p ?o BIND(REPLACE(?s18, "(0.{1,150}é){5}zz", ` +
			`STR(?o)) AS ?x)`)},
		{"REPLACE of every letter", where(doubled(15) + `?s ?p ?o BIND(REPLACE(?s15, "((((((.))))))", "$1") ` +
			`AS ?x)`)},
		{"REPLACE with case folding", where(doubled(16) + `?s ?p ?o BIND(REPLACE(?s16, "[a-zé]", "$0$0$0", ` +
			`"i") AS ?x)`)},
	}
}

// products are joins with more solutions than anybody can count.
func products() []Query {
	three := "?s ?p ?o . ?a ?b ?c . ?d ?e ?f "
	return []Query{
		{"product", where(three)},
		{"product, counted", "SELECT (COUNT(*) AS ?n) { " + three + "}"},
		{"product, distinct", "SELECT DISTINCT * { " + three + "}"},
		{"product, distinct count", "SELECT (COUNT(DISTINCT *) AS ?n) { " + three + "}"},
		{"product, sorted at random", where(three) + " ORDER BY RAND()"},
		{"product, first of all", where(three) + " ORDER BY DESC(STR(?o)) LIMIT 10"},
		{"product, far offset", where(three) + " OFFSET 1000000000000 LIMIT 1"},
		{"product, never true", "ASK { " + three + "FILTER(STRLEN(STR(?o)) + STRLEN(STR(?c)) < 0) }"},
		{"product, grouped", "SELECT ?o ?c (COUNT(?f) AS ?n) { " + three + "} GROUP BY ?o ?c ?f"},
		{"product, optional", where("?s ?p ?o OPTIONAL { ?a ?b ?c OPTIONAL { ?d ?e ?f FILTER(?o != ?f) } }")},
		{"product, minus", where("?s ?p ?o . ?a ?b ?c MINUS { ?s ?x ?y . ?a ?v ?w . ?d ?e ?f }")},
		{"product, exists", where("?s ?p ?o . ?a ?b ?c FILTER NOT EXISTS { ?d ?e ?f FILTER(?f = " +
			"CONCAT(STR(?o), STR(?c))) }")},
		{"product, union", where("{ " + three + "} UNION { " + three + "} UNION { " + three + "}")},
		{"product, constructed", "CONSTRUCT { ?s ?b ?f } WHERE { " + three + "}"},
		{"product, constructed with blank nodes", "CONSTRUCT { [] ?b [ ?p ?f ] } WHERE { " + three + "}"},
		{"product, described", "DESCRIBE ?s ?a ?d WHERE { " + three + "}"},
		{"product, new blank nodes", "SELECT (BNODE() AS ?x) (BNODE(STR(?o)) AS ?y) (STRUUID() AS ?z) { " +
			three + "}"},
		{"product in GRAPH", where("GRAPH ?g { " + three + "}")},
		{"product over a condition", where(three + "FILTER(CONCAT(STR(?o), STR(?c)) = STR(?f))")},
		{"product of subqueries", where("{ SELECT * { ?s ?p ?o } ORDER BY ?o } { SELECT * { ?a ?b ?c } " +
			"ORDER BY RAND() } " +
			"{ SELECT DISTINCT ?f { ?d ?e ?f } }")},
	}
}

// syntaxes are texts that are hard to read.
func syntaxes() []Query {
	return []Query{
		{"a million brackets", where("FILTER" + strings.Repeat("(", 1_000_000))},
		{"a million braces", strings.Repeat("SELECT * {", 1) + strings.Repeat("{", 1_000_000)},
		{"a million exclamation marks", where("FILTER(" + strings.Repeat("!", 1_000_000) + "?x)")},
		{"a million minus signs", where("FILTER(" + strings.Repeat("- ", 1_000_000) + "?x)")},
		{"additions 100,000 times", where("FILTER(1" + strings.Repeat(" + 1", 100_000) + " = ?x)")},
		{"100,000 blank nodes", where("?s ?p " + strings.Repeat("[ ?p ", 100_000))},
		{"a text that does not end", where(`FILTER(?x = "` + strings.Repeat("a", 2_000_000))},
		{"50,000 prefixes", many(50_000, "PREFIX p%d: <http://e/%[1]d#> ") + where("?s p1:a ?o")},
		{"a comment of 2 MB", where("?s ?p ?o LIMIT") + "\n#" + strings.Repeat("x", 2_000_000)},
		{"200,000 quoted triples", where("?s ?p " + strings.Repeat("<<( <a:a> <a:a> ", 200_000))},
	}
}
