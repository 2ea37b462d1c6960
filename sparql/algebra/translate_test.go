package algebra

import (
	"regexp"
	"strings"
	"testing"

	"fincat/sparql/syntax"
)

const testPrologue = "PREFIX : <http://e/> PREFIX xsd: <http://www.w3.org/2001/XMLSchema#> "

var (
	testIRI     = regexp.MustCompile(`<http://e/(\w+)>`)
	testInteger = regexp.MustCompile(`"(-?\d+)"\^\^<[^>]*integer>`)
	testSpace   = regexp.MustCompile(`\s+`)
)

// short makes an s-expression short enough for a table: one line, local names.
func short(s string) string {
	s = testIRI.ReplaceAllString(testSpace.ReplaceAllString(s, " "), ":$1")
	s = testInteger.ReplaceAllString(s, "$1")
	return strings.ReplaceAll(s, "(triple ", "(")
}

func translate(t *testing.T, query string) *Query {
	t.Helper()
	q, err := syntax.ParseQuery(testPrologue+query, syntax.Options{})
	if err != nil {
		t.Fatalf("ParseQuery(%q) = %v", query, err)
	}
	a, err := Translate(q, Options{})
	if err != nil {
		t.Fatalf("Translate(%q) = %v", query, err)
	}
	return a
}

func TestTranslate(t *testing.T) {
	tests := []struct{ name, in, want string }{
		// The examples of SPARQL 1.1 §18.2.3.
		{"one triple", "ASK { ?s ?p ?o }", "(bgp (?s ?p ?o))"},
		{"two triples", "ASK { ?s :p1 ?v1 ; :p2 ?v2 }", "(bgp (?s :p1 ?v1) (?s :p2 ?v2))"},
		{"union", "ASK { { ?s :p1 ?v1 } UNION {?s :p2 ?v2 } }", "(union (bgp (?s :p1 ?v1)) (bgp (?s :p2 ?v2)))"},
		{"three branches", "ASK { { ?s :p1 ?v } UNION {?s :p2 ?v } UNION { ?s :p3 ?v } }",
			"(union (bgp (?s :p1 ?v)) (bgp (?s :p2 ?v)) (bgp (?s :p3 ?v)))"},
		{"optional", "ASK { ?s :p1 ?v1 OPTIONAL { ?s :p2 ?v2 } OPTIONAL { ?s :p3 ?v3 } }",
			"(leftjoin (leftjoin (bgp (?s :p1 ?v1)) (bgp (?s :p2 ?v2))) (bgp (?s :p3 ?v3)))"},
		{"optional with filter", "ASK { ?s :p1 ?v1 OPTIONAL { ?s :p2 ?v2 FILTER(?v1<3) } }",
			"(leftjoin (bgp (?s :p1 ?v1)) (bgp (?s :p2 ?v2)) (< ?v1 3))"},
		{"optional with doubly nested filter", "ASK { ?s :p1 ?v1 OPTIONAL { { ?s :p2 ?v2 FILTER(?v1<3) } } }",
			"(leftjoin (bgp (?s :p1 ?v1)) (filter (< ?v1 3) (bgp (?s :p2 ?v2))))"},
		{"union then optional", "ASK { {?s :p1 ?v1} UNION {?s :p2 ?v2} OPTIONAL {?s :p3 ?v3} }",
			"(leftjoin (union (bgp (?s :p1 ?v1)) (bgp (?s :p2 ?v2))) (bgp (?s :p3 ?v3)))"},
		{"filter applies to the group", "ASK { ?s :p1 ?v1 FILTER (?v1 < 3) OPTIONAL {?s :p2 ?v2} }",
			"(filter (< ?v1 3) (leftjoin (bgp (?s :p1 ?v1)) (bgp (?s :p2 ?v2))))"},
		{"filter does not split a basic graph pattern", "ASK { ?s :p ?o FILTER(?o > 1) ?s :q ?r FILTER(?r > 2) }",
			"(filter (exprlist (> ?o 1) (> ?r 2)) (bgp (?s :p ?o) (?s :q ?r)))"},
		{"bind", "ASK { ?s :p ?v . BIND (2*?v AS ?v2) ?s :p1 ?v2 }",
			"(join (extend ((?v2 (* 2 ?v))) (bgp (?s :p ?v))) (bgp (?s :p1 ?v2)))"},
		{
			"bind after an empty group",
			"ASK { ?s :p ?v . {} BIND (2*?v AS ?v2) }",
			"(extend ((?v2 (* 2 ?v))) (bgp (?s :p ?v)))",
		},
		{"minus", "ASK { ?s :p ?v . MINUS { ?s :p1 ?v2 } }", "(minus (bgp (?s :p ?v)) (bgp (?s :p1 ?v2)))"},
		{"subquery", "ASK { ?s :p ?o . {SELECT DISTINCT ?o {?o ?p ?z} } }",
			"(join (bgp (?s :p ?o)) (distinct (project (?o) (bgp (?o ?p ?z)))))"},

		{"empty", "ASK {}", "(bgp)"},
		{"graph", "ASK { GRAPH ?g { ?s ?p ?o } GRAPH :g {} }", "(join (graph ?g (bgp (?s ?p ?o))) (graph :g (bgp)))"},
		{"service", "ASK { SERVICE SILENT :s { ?s ?p ?o } }", "(service silent :s (bgp (?s ?p ?o)))"},
		{
			"values",
			"ASK { VALUES (?x ?y) { (1 UNDEF) (:a 2) } }",
			"(table (vars ?x ?y) (row (?x 1)) (row (?x :a) (?y 2)))",
		},
		{"blank nodes", "ASK { _:a :p [ :q 1 ] }", "(bgp (?_:b0 :q 1) (?_:a :p ?_:b0))"},
		{"triple terms", "ASK { ?r :p <<( ?s :q _:x )>> , <<( :s :q 1 )>> }",
			"(bgp (?r :p <<( ?s :q ?_:x )>>) (?r :p <<( :s :q 1 )>>))"},
		{"paths to triples", "ASK { ?s :p/^:q/:r ?o . ?s ^(:a/:b) ?x }",
			"(bgp (?s :p ?.p0) (?.p1 :q ?.p0) (?.p1 :r ?o) (?x :a ?.p2) (?.p2 :b ?s))"},
		{"paths that remain", "ASK { :l :rest*/:first ?m . ?m !(:a|^:b) ?x ; (:p|:q)? ?y }",
			"(join (join (join (path :l (path* :rest) ?.p0) (bgp (?.p0 :first ?m))) (path ?m (notoneof :a " +
				"(reverse :b)) ?x)) (path ?m (path? (alt :p :q)) ?y))"},
		{"exists", "ASK { ?s ?p ?o FILTER NOT EXISTS { ?o :p ?x FILTER(?x = ?s) } }",
			"(filter (notexists (filter (= ?x ?s) (bgp (?o :p ?x)))) (bgp (?s ?p ?o)))"},
		{"exists keeps the context beside a subquery", "ASK { FILTER EXISTS { { SELECT ?x { ?x :p ?y } } } }",
			"(filter (exists (join (bgp) (project (?x) (bgp (?x :p ?y))))) (bgp))"},

		{"select", "SELECT ?s (?o + 1 AS ?n) ?s { ?s :p ?o } ORDER BY DESC(?n) ?s LIMIT 3",
			"(slice 0 3 (project (?s ?n) (order ((desc ?n) ?s) (extend ((?n (+ ?o 1))) (bgp (?s :p ?o))))))"},
		{"select star", "SELECT * { [] :p ?o OPTIONAL { ?o :q/:r ?x } MINUS { ?m :s ?o } FILTER(?y) } OFFSET 2",
			"(slice 2 _ (project (?o ?x) (filter ?y (minus (leftjoin (bgp (?_:b0 :p ?o)) (bgp (?o :q ?.p0) (?.p0 " +
				":r ?x))) (bgp (?m :s ?o))))))"},
		{"final values", "SELECT DISTINCT * { ?s :p ?o } VALUES ?o { 1 }",
			"(distinct (project (?s ?o) (join (bgp (?s :p ?o)) (table (vars ?o) (row (?o 1))))))"},
		{
			"aggregates",
			"SELECT ?s (SUM(?o) / COUNT(*) AS ?a) { ?s :p ?o } GROUP BY ?s HAVING (COUNT(*) > 1) ORDER BY SUM(?o)",
			"(project (?s ?a) (order (?.a1) (extend ((?a (/ ?.a1 ?.a0))) (filter (> ?.a0 1) (group (?s) ((?.a0 " +
				"(count)) (?.a1 (sum ?o))) (bgp (?s :p ?o)))))))",
		},
		{"group keys", "SELECT ?k { ?s :p ?o } GROUP BY (?o+1 AS ?k) STR(?s) ?k",
			"(project (?k) (group (?k (?.g0 (str ?s))) () (extend ((?k (+ ?o 1))) (bgp (?s :p ?o)))))"},
		{"sampled", "SELECT ?s { ?s :p ?o } GROUP BY ?s ORDER BY ?o",
			"(project (?s) (order (?.a0) (group (?s) ((?.a0 (sample ?o))) (bgp (?s :p ?o)))))"},
		{"alias of an aggregate", "SELECT (COUNT(DISTINCT ?o) AS ?c) (?c + 1 AS ?d) { ?s :p ?o } ORDER BY ?c",
			"(project (?c ?d) (order (?c) (extend ((?d (+ ?c 1))) (extend ((?c ?.a0)) (group () ((?.a0 (count " +
				"distinct ?o))) (bgp (?s :p ?o)))))))"},
		{"random aggregates stay apart", "SELECT (SUM(RAND()) AS ?a) (SUM(RAND()) AS ?b) {}",
			"(project (?a ?b) (extend ((?b ?.a1)) (extend ((?a ?.a0)) (group () ((?.a0 (sum (rand))) (?.a1 (sum " +
				"(rand)))) (bgp)))))"},
		{"group_concat", `SELECT (GROUP_CONCAT(DISTINCT ?o; SEPARATOR=", "; ORDER BY DESC(?o) ?s) AS ?g) { ?s :p ?o }`,
			`(project (?g) (extend ((?g ?.a0)) (group () ((?.a0 (group_concat distinct (separator ", ") ?o (order ` +
				`(desc ?o) ?s)))) (bgp (?s :p ?o)))))`},
		{"operators", "ASK { FILTER(!(?a || ?b && ?c) && ?d NOT IN (1, 2) && -?e = xsd:integer(?f)) }",
			"(filter (&& (! (|| ?a (&& ?b ?c))) (notin ?d 1 2) (= (- ?e) " +
				"(<http://www.w3.org/2001/XMLSchema#integer> ?f))) (bgp))"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := short(translate(t, tt.in).Op.String()); got != tt.want {
				t.Errorf("Translate(%q)\n got %s\nwant %s", tt.in, got, tt.want)
			}
		})
	}
}

func TestTranslateForms(t *testing.T) {
	q := translate(t, "DESCRIBE * FROM :g { ?s :p [] }")
	if len(q.Describe) != 1 || q.Describe[0] != Node(Var("s")) || q.Dataset.Default[0] != "http://e/g" {
		t.Errorf("DESCRIBE * = %v, %v", q.Describe, q.Dataset)
	}
	q = translate(t, "CONSTRUCT { ?s :p _:x } { ?s :p _:x }")
	if got := short(q.Template[0].String() + q.Op.String()); got != "(?s :p _:x)(bgp (?s :p ?_:x))" {
		t.Errorf("CONSTRUCT = %s", got)
	}
	broken := &syntax.Query{
		Form:   syntax.AskForm,
		Select: syntax.Select{Where: &syntax.Group{Elements: []syntax.Element{nil}}},
	}
	if _, err := Translate(broken, Options{}); err == nil {
		t.Error("Translate of a broken tree gives no error")
	}
}

func TestTranslateUpdate(t *testing.T) {
	u, err := syntax.ParseUpdate(testPrologue+`
		WITH :g DELETE { ?s :p ?o . GRAPH ?h { ?s :q ?o } } INSERT { ?s :r _:b } WHERE { ?s :p ?o } ;
		WITH :g INSERT { ?s :p ?o } USING NAMED :n WHERE { ?s :p ?o } ;
		DELETE WHERE { GRAPH ?g { ?s :p 1 } } ;
		INSERT DATA { :s :p 1 } ; DROP SILENT NAMED ; COPY :g TO DEFAULT`, syntax.Options{})
	if err != nil {
		t.Fatal(err)
	}
	a, err := TranslateUpdate(u, Options{})
	if err != nil {
		t.Fatal(err)
	}
	first := a.Operations[0].(*DeleteInsert)
	if first.With != "http://e/g" || first.Delete[0].Graph != Node(iriTerm("http://e/g")) ||
		first.Delete[1].Graph != Node(Var("h")) ||
		first.Insert[0].Object.(Term).Value() != "b" {
		t.Errorf("WITH: %+v", first)
	}
	second := a.Operations[1].(*DeleteInsert)
	if second.With != "" || second.Using.Named[0] != "http://e/n" ||
		second.Insert[0].Graph != Node(iriTerm("http://e/g")) {
		t.Errorf("USING: %+v", second)
	}
	third := a.Operations[2].(*DeleteInsert)
	if got := short(third.Where.String()); got != "(graph ?g (bgp (?s :p 1)))" ||
		third.Delete[0].Graph != Node(Var("g")) {
		t.Errorf("DELETE WHERE: %v %v", third.Delete, got)
	}
	if len(a.Operations) != 6 || !a.Operations[4].(*Clear).Drop {
		t.Errorf("operations: %+v", a.Operations)
	}
}

func TestVars(t *testing.T) {
	tests := []struct{ name, in, possible, certain string }{
		{"optional", "ASK { ?a :p ?b OPTIONAL { ?a :q ?c } }", "?a ?b ?c", "?a ?b"},
		{"union", "ASK { { ?a :p ?b } UNION { ?b :q ?c } }", "?a ?b ?c", "?b"},
		{"minus", "ASK { ?a :p ?b MINUS { ?a :q ?c } }", "?a ?b", "?a ?b"},
		{"graph", "ASK { GRAPH ?g { ?a :p* ?b } }", "?g ?a ?b", "?g ?a ?b"},
		{"values", "ASK { VALUES (?a ?b) { (1 2) (1 UNDEF) } }", "?a ?b", "?a"},
		{
			"bind",
			"ASK { ?a :p ?b BIND(?a AS ?c) BIND(?a+1 AS ?d) BIND(?e AS ?f) BIND(sameTerm(?a, ?b) AS ?g) }",
			"?a ?b ?c ?d ?f ?g",
			"?a ?b ?c ?g",
		},
		{"group", "SELECT ?a (COUNT(*) AS ?n) (SUM(?b) AS ?s) { ?a :p ?b } GROUP BY ?a", "?a ?n ?s", "?a ?n"},
		{"triple term", "ASK { ?a :p <<( ?b ?c 1 )>> }", "?a ?b ?c", "?a ?b ?c"},
		{"unprojected", "ASK { { SELECT ?a ?z { ?a :p ?b } } }", "?a", "?a"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			op := translate(t, tt.in).Op
			if got := varList(Vars(op)); got != tt.possible {
				t.Errorf("Vars(%v) = %s, want %s", op, got, tt.possible)
			}
			var c varCache
			if got := varList(c.certain(op).list); got != tt.certain {
				t.Errorf("certain(%v) = %s, want %s", op, got, tt.certain)
			}
		})
	}
}
