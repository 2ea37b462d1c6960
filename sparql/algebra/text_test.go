package algebra

import (
	"errors"
	"regexp"
	"strings"
	"testing"

	"fincat/sparql/syntax"
)

const textPrologue = testPrologue + "PREFIX text: <http://jena.apache.org/text#> "

// blankLabel is a hidden variable that stands for a blank node.
var blankLabel = regexp.MustCompile(`\?_:\w+`)

func translateText(t *testing.T, query string) (*Query, error) {
	t.Helper()
	q, err := syntax.ParseQuery(textPrologue+query, syntax.Options{})
	if err != nil {
		t.Fatalf("ParseQuery(%q) = %v", query, err)
	}
	return Translate(q, Options{Text: true})
}

func TestTranslateText(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"plain", "ASK { ?s text:query 'x' }", `(textsearch ?s () "x")`},
		{"with all there is", "ASK { (:a ?n ?l) text:query (:p :q 'x' 7 'lang:zh') }",
			`(textsearch :a (:p :q) "x" lang "zh" limit 7 score ?n literal ?l)`},
		{"beside other patterns", "ASK { ?s :p ?o . (?s ?n) text:query ('x'@en) ; :q ?v . ?s text:query ?o }",
			`(join (bgp (?s :p ?o) (_:b1 :q ?v)) (textsearch ?s () "x"@en score ?n) (textsearch ?s () ?o))`},
		{"in an optional group", "ASK { ?s :p ?o OPTIONAL { ?s text:query (:p ?o) } }",
			"(leftjoin (bgp (?s :p ?o)) (textsearch ?s (:p) ?o))"},
		{"between paths", "ASK { ?s :p* ?o ; text:query 'x' ; :q+ ?v }",
			`(join (path ?s (path* :p) ?o) (textsearch ?s () "x") (path ?s (path+ :q) ?v))`},
		{"not at an endpoint", "ASK { SERVICE :e { ?s text:query 5 } ?s text:query 'x' }",
			`(join (service :e (bgp (?s <http://jena.apache.org/text#query> 5))) (textsearch ?s () "x"))`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			q, err := translateText(t, tt.in)
			if err != nil {
				t.Fatal(err)
			}
			got := blankLabel.ReplaceAllString(short(flat(q.Op).String()), "_:b1")
			if got != tt.want {
				t.Errorf("Translate(%q)\n got %s\nwant %s", tt.in, got, tt.want)
			}
		})
	}
}

// flat joins nested joins, to make tests easier to read.
func flat(o Op) Op {
	s := &simplifier{}
	for {
		n, ok := flattenJoin(s, o)
		if !ok {
			return o
		}
		o = n
	}
}

func TestTranslateTextErrors(t *testing.T) {
	tests := []struct{ in, want string }{
		{
			"()",
			"no query string",
		}, {"5", "no query string"}, {"('a' 'b')", "unexpected argument"}, {"('a' :p)", "unexpected argument"},
		{"('a' 0)", "unexpected argument"}, {"[ :p 1 ]", "neither a list nor"}, {"(?a ?b)", "unexpected argument"},
	}
	for _, tt := range tests {
		_, err := translateText(t, "ASK { ?s text:query "+tt.in+" }")
		if request := new(RequestError); !errors.As(err, &request) || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("text:query %s: %v, want %s", tt.in, err, tt.want)
		}
	}
	for _, in := range []string{"(?s ?a ?b ?c)", "(?s 5)", "(?s ?n :l)", "(?s ?n ?n)"} {
		if _, err := translateText(t, "ASK { "+in+" text:query 'x' }"); err == nil {
			t.Errorf("%s text:query is accepted", in)
		}
	}
	q, err := syntax.ParseQuery(textPrologue+"ASK { ?s text:query 5 }", syntax.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Translate(q, Options{}); err != nil {
		t.Errorf("text:query is not an ordinary predicate without an index: %v", err)
	}
}

func TestSimplifyText(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{
			"may repeat solutions",
			"SELECT DISTINCT ?s { ?s text:query 'x' }",
			`(distinct (project (?s) (textsearch ?s () "x")))`,
		},
		{"subjects are looked up", "ASK { ?s :p ?o ; text:query 'x' FILTER(?s = :a) }",
			`(extend ((?s :a)) (join (bgp (:a :p ?o)) (textsearch :a () "x")))`},
		{
			"query and hits stay variables",
			"ASK { (?s ?n ?l) text:query ?q FILTER(sameTerm(?q, 'x') && sameTerm(?l, 'y') && sameTerm(?n, 1)) }",
			`(filter (exprlist (sameterm ?q "x") (sameterm ?l "y") (sameterm ?n 1)) (textsearch ?s () ?q score ?n ` +
				`literal ?l))`,
		},
		{
			"the rest of the query is simplified",
			"ASK { { ?s :p ?o } { ?s :q ?v } ?s text:query 'x' OPTIONAL { ?s :r ?w } FILTER(?w > 1 + 1) }",
			`(join (filter (> ?w 2) (bgp (?s :p ?o) (?s :q ?v) (?s :r ?w))) (textsearch ?s () "x"))`,
		},
		{"leaf of EXISTS", "ASK { ?s :p ?o FILTER EXISTS { {} ?s text:query 'x' } }",
			`(filter (exists (textsearch ?s () "x")) (bgp (?s :p ?o)))`},
		{"a pattern that repeats is two searches", "ASK { ?s text:query 'x' . { ?s text:query 'x' } }",
			`(join (textsearch ?s () "x") (textsearch ?s () "x"))`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			q, err := translateText(t, tt.in)
			if err != nil {
				t.Fatal(err)
			}
			if got := short(simplified(t, q.Op).String()); got != tt.want {
				t.Errorf("Simplify(%q)\n got %s\nwant %s", tt.in, got, tt.want)
			}
		})
	}
}
