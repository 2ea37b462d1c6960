package syntax

import (
	"errors"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"time"
)

const testBase = "http://example.org/base"

// roundTrip demands that text parses, and that its print parses to the same tree.
func roundTripQuery(text string) error {
	q, err := ParseQuery(text, Options{Base: testBase})
	if err != nil {
		return err
	}
	printed := q.String()
	again, err := ParseQuery(printed, Options{})
	if err != nil {
		return errors.New("printed text does not parse: " + err.Error() + "\n" + printed)
	}
	if !reflect.DeepEqual(q, again) {
		return errors.New("printed text parses to another tree:\n" + printed + "\n" + again.String())
	}
	return nil
}

func roundTripUpdate(text string) error {
	u, err := ParseUpdate(text, Options{Base: testBase})
	if err != nil {
		return err
	}
	printed := u.String()
	again, err := ParseUpdate(printed, Options{Base: testBase})
	if err != nil {
		return errors.New("printed text does not parse: " + err.Error() + "\n" + printed)
	}
	if !reflect.DeepEqual(u, again) {
		return errors.New("printed text parses to another tree:\n" + printed + "\n" + again.String())
	}
	return nil
}

func TestErrors(t *testing.T) {
	const ex = "PREFIX : <http://e/> "
	tests := []struct{ name, in, want string }{
		{"empty", "", "1:1: found end of input, expected SELECT, CONSTRUCT, DESCRIBE, ASK or a prologue"},
		{"trailing input", "ASK {}\n  garbage", `2:3: found "garbage", expected end of input`},
		{"unknown prefix", "SELECT * {\n ?s ex:p 1 }", `2:5: the prefix "ex:" is not declared`},
		{
			"column counts characters",
			"SELECT * { ?s ?p '保險' ?x }",
			`1:23: found "?x", expected a graph pattern or "}"`,
		},
		{"unclosed group", "SELECT * { ?s ?p ?o", `1:20: found end of input, expected a graph pattern or "}"`},
		{"missing dot", ex + "ASK { :a :b :c :d :e :f }", `1:37: found ":d", expected a graph pattern or "}"`},
		{
			"bind in scope",
			"SELECT * { ?s ?p ?o BIND(1 AS ?o) }",
			"1:31: BIND cannot assign ?o: it is already in scope in this group",
		},
		{"select in scope", "SELECT (1 AS ?s) { ?s ?p ?o }", "1:14: SELECT cannot assign ?s: it is already in scope"},
		{"select twice", "SELECT (1 AS ?x) (2 AS ?x) {}", "1:24: SELECT cannot assign ?x: it is already in scope"},
		{
			"final values",
			"SELECT (COUNT(*) AS ?x) {} VALUES ?x { 1 }",
			"1:21: SELECT cannot assign ?x: it is already in scope",
		},
		{
			"ungrouped",
			"SELECT ?p (COUNT(*) AS ?n) { ?s ?p ?o } GROUP BY ?s",
			"1:8: ?p is neither a variable of GROUP BY nor inside an aggregate",
		},
		{
			"ungrouped in expression",
			"SELECT (?p + COUNT(*) AS ?n) { ?s ?p ?o }",
			"1:9: ?p is neither a variable of GROUP BY nor inside an aggregate",
		},
		{
			"star grouped",
			"SELECT * { ?s ?p ?o } GROUP BY ?s",
			"1:8: SELECT * is not allowed with GROUP BY or aggregates",
		},
		{
			"star and aggregate in having",
			"SELECT * { ?s ?p ?o } HAVING (COUNT(*) > 1)",
			"1:8: SELECT * is not allowed with GROUP BY or aggregates",
		},
		{
			"aggregate in filter",
			"ASK { FILTER(COUNT(*) > 1) }",
			"1:14: aggregates are allowed in SELECT, HAVING and ORDER BY only",
		},
		{"nested aggregate", "SELECT (SUM(COUNT(*)) AS ?x) {}", "1:13: an aggregate cannot contain another aggregate"},
		{
			"custom aggregate",
			"SELECT (<http://e/f>(DISTINCT ?x) AS ?y) {}",
			"1:22: only aggregates take DISTINCT, and <http://e/f> is none",
		},
		{"values arity", "ASK { VALUES (?a ?b) { (1) } }", "1:24: VALUES has 2 variables, but 1 values here"},
		{"values repeated", "ASK { VALUES (?a ?a) { (1 1) } }", "1:18: ?a stands twice in the variables of VALUES"},
		{
			"label in two patterns",
			"ASK { _:a ?p ?o OPTIONAL { _:a ?q ?r } }",
			"1:28: the blank node label _:a is already used in another basic graph pattern or INSERT DATA operation",
		},
		{"arity", "ASK { FILTER(STRLEN()) }", "1:14: STRLEN takes 1 argument, not 0"},
		{
			"unclosed string",
			"ASK { ?s ?p \"a\n }",
			`1:13: found end of line, expected the closing quote " of the string`,
		},
		{"bad escape", `ASK { ?s ?p "\x" }`, `1:14: found "\\x", expected one of \t \b \n \r \f \" \' \\ \u \U`},
		{"surrogate", `ASK { ?s ?p "\uD800" }`, `1:14: the escape \uD800 is no Unicode scalar value`},
		{"bad direction", `ASK { ?s ?p "a"@ar--up }`, `1:16: the base direction "up" is neither "ltr" nor "rtl"`},
		{"not UTF-8", "ASK { ?s ?p \"\xff\" }", "1:14: the text is not valid UTF-8"},
		{"bad IRI", "ASK { ?s ?p <http://e/##> }", `1:13: `},
		{
			"path annotated",
			ex + "ASK { :a :b/:c :d {| :e :f |} }",
			"1:40: a triple whose predicate is a property path cannot be reified or annotated",
		},
		{"limit", "SELECT * {} LIMIT 99999999999999999999", "1:19: the number is too large"},
		{"character", "ASK { § }", `1:7: found "§", expected a SPARQL token`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := ParseQuery(tt.in, Options{})
			var e *Error
			if !errors.As(err, &e) {
				t.Fatalf("ParseQuery(%q) = %v, want a syntax error", tt.in, err)
			}
			if got := e.Error(); got != tt.want &&
				(!strings.HasSuffix(tt.want, " ") || !strings.HasPrefix(got, tt.want)) {
				t.Errorf("ParseQuery(%q) = %v, want %v", tt.in, got, tt.want)
			}
		})
	}
}

func TestUpdateErrors(t *testing.T) {
	const ex = "PREFIX : <http://e/> "
	tests := []struct{ name, in, want string }{
		{"variable in data", ex + "INSERT DATA { ?s :p 1 }", "1:36: INSERT DATA cannot contain the variable ?s"},
		{
			"graph variable in data",
			ex + "INSERT DATA { GRAPH ?g { :s :p 1 } }",
			"1:36: INSERT DATA cannot contain the variable ?g",
		},
		{
			"blank node in delete data",
			ex + "DELETE DATA { _:a :p 1 }",
			"1:36: DELETE DATA cannot contain a blank node",
		},
		{"blank node in delete", ex + "DELETE { [] :p 1 } WHERE {}", "1:31: DELETE cannot contain a blank node"},
		{
			"blank node in delete where",
			ex + "DELETE WHERE { ?s :p [] }",
			"1:43: DELETE WHERE cannot contain a blank node",
		},
		{
			"label in two insert data",
			ex + "INSERT DATA { _:a :p 1 } ; INSERT DATA { _:a :p 2 }",
			"1:63: the blank node label _:a is already used in another basic graph pattern or INSERT DATA operation",
		},
		{
			"no triple",
			ex + "INSERT DATA { 1 :p 2 }",
			`1:34: INSERT DATA contains "1"^^<http://www.w3.org/2001/XMLSchema#integer> <http://e/p> ` +
				`"2"^^<http://www.w3.org/2001/XMLSchema#integer> ., which is not a triple of RDF`,
		},
		{"missing where", ex + "INSERT { :a :b :c }", "1:41: found end of input, expected WHERE"},
		{"unknown", "FROB ALL", `1:1: found "FROB", expected an update operation or a prologue`},
		{"no semicolon", "CLEAR ALL CLEAR ALL", `1:11: found "CLEAR", expected ";" or end of input`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := ParseUpdate(tt.in, Options{})
			if err == nil || err.Error() != tt.want {
				t.Errorf("ParseUpdate(%q) = %v, want %v", tt.in, err, tt.want)
			}
		})
	}
}

// TestTree compares texts that must give the same tree.
func TestTree(t *testing.T) {
	const ex = "PREFIX : <http://e/> PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> "
	tests := []struct{ name, a, b string }{
		{"property lists", "ASK { :s :p 1, 2 ; :q 3 ; }", "ASK { :s :p 1 . :s :p 2 . :s :q 3 }"},
		{"blank node property list", "ASK { :s :p [ :q 1 ] }", "ASK { _:b0 :q 1 . :s :p _:b0 }"},
		{
			"collection",
			"ASK { :s :p (1 ?x) }",
			"ASK { _:b0 rdf:first 1 ; rdf:rest _:b1 . _:b1 rdf:first ?x ; rdf:rest () . :s :p _:b0 }",
		},
		{"generated labels keep clear", "ASK { :s :p [] , _:b0 }", "ASK { :s :p _:b0, _:b1 }"},
		{"reified triple", "ASK { << :s :p ?o ~ :r >> :q 1 }", "ASK { :r rdf:reifies <<( :s :p ?o )>> . :r :q 1 }"},
		{
			"annotation",
			"ASK { :s a ?o ~ :r {| :q 1 |} }",
			"ASK { :s a ?o . :r rdf:reifies <<( :s rdf:type ?o )>> . :r :q 1 }",
		},
		{"two annotations", "ASK { :s :p 2 {| :q 1 |} {| :q 3 |} }",
			"ASK { :s :p 2 . _:b0 rdf:reifies <<( :s :p 2 )>> . _:b0 :q 1 . _:b1 rdf:reifies <<( :s :p 2 )>> . " +
				"_:b1 :q 3 }"},
		{"construct short form", "CONSTRUCT WHERE { ?s :p _:x }", "CONSTRUCT { ?s :p _:x } WHERE { ?s :p _:x }"},
		{
			"operators",
			"ASK { FILTER(1-2*?x-3 || ?a && !?b) }",
			"ASK { FILTER((((1 - (2*?x)) - 3)) || (?a && (!(?b)))) }",
		},
		{
			"keywords",
			"select distinct ?s where { ?s a true optional { ?s :p TRUE } } limit 3",
			"SELECT DISTINCT ?s { ?s rdf:type true . OPTIONAL { ?s :p true } . } LIMIT 3",
		},
		{
			"escapes",
			`ASK { ?s :a\-b "\u4fdd\U00020BB7\n" , '''a"b''' }`,
			"ASK { ?s <http://e/a-b> \"保𠮷\\n\" . ?s <http://e/a-b> \"a\\\"b\" }",
		},
		{"builtin spelling", "ASK { FILTER(isuri(uri(?x))) }", "ASK { FILTER isIRI(IRI(?x)) }"},
		{"triple expression", "ASK { BIND(<<( ?s :p 1 )>> AS ?t) }", "ASK { BIND(TRIPLE(?s, :p, 1) AS ?t) }"},
		{"version", `VERSION "1.2" ASK {}`, "ASK {}"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a, err := ParseQuery(ex+tt.a, Options{})
			if err != nil {
				t.Fatal(err)
			}
			b, err := ParseQuery(ex+tt.b, Options{})
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(a, b) {
				t.Errorf("trees differ:\n%v\n%v", a, b)
			}
			if err := roundTripQuery(ex + tt.a); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestDepth nests every recursive construct far too deeply: a clear error, no
// exhausted stack. Just below the limit the print still parses.
func TestDepth(t *testing.T) {
	tests := []struct{ name, head, open, mid, end, tail string }{
		{"group", "ASK ", "{", "", "}", ""},
		{"optional", "ASK {", "OPTIONAL{", "", "}", "}"},
		{"brackets", "ASK { FILTER", "(", "1", ")", "}"},
		{"not", "ASK { FILTER(", "!", "1", "", ")}"},
		{"call", "ASK { FILTER(", "STR(", "1", ")", ")}"},
		{"exists", "ASK {", "FILTER EXISTS{", "", "}", "}"},
		{"subselect", "SELECT * ", "{SELECT*", "{}", "}", ""},
		{"path", "ASK { ?s ", "(", "<http://e/>", ")*", " ?o }"},
		{"collection", "ASK { ?s ?p ", "(", "1", ")", "}"},
		{"blank node", "ASK { ?s ?p ", "[ ?p ", "1", "]", "}"},
		{"reified", "ASK { ", "<<", "?s ?p ?o", ">> ?p ?o", "}"},
		{"triple term", "ASK { ?s ?p ", "<<( ?s ?p ", "1", ")>>", "}"},
		{"minus", "ASK { FILTER(", "1+", "1", "", ")}"},
		{"annotation", "ASK { ?s ?p ?o ", "{| ?p ?o ", "", "|}", "}"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			text := func(n int) string {
				return tt.head + strings.Repeat(tt.open, n) + tt.mid + strings.Repeat(tt.end, n) + tt.tail
			}
			deepest := 0
			for n := 100; n <= MaxDepth+2; n++ {
				if _, err := ParseQuery(text(n), Options{}); err == nil {
					deepest = n
				}
			}
			if deepest == 0 || deepest > MaxDepth {
				t.Errorf("deepest that parses is %d", deepest)
			}
			if err := roundTripQuery(text(deepest)); err != nil {
				t.Errorf("at depth %d: %.200v", deepest, err)
			}
			if _, err := ParseQuery(text(100_000), Options{}); err == nil {
				t.Error("100,000 levels parse")
			}
		})
	}
}

// TestLinear grows awkward texts eightfold; quadratic work would take 64 times
// as long.
func TestLinear(t *testing.T) {
	tests := []struct{ name, head, part, tail string }{
		{"words and signs", "ASK { FILTER(?x IN (true", "-true-true,true", ")) }"},
		{"dots", "ASK { ?s ?p ", "1 . ?s ?p ", "1 }"},
		{"less than", "ASK { FILTER(1", "<2||1", ") }"},
		{"groups", "ASK {", "{?s ?p ?o}", "}"},
		{"variables", "ASK {", "{?s ?p ?o BIND(1 AS ?x)}", "}"},
		{"unclosed string", "ASK { ?s ?p ", `"\u0041",`, `"`},
		{"or", "ASK { FILTER(?x", "||?x", ")}"},
		{"values", "ASK { VALUES ?x {", " 1", "}}"},
		{"labels", "ASK { ?s ?p ?o ", ". [] ?p []", "}"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			runtime.LockOSThread() // whose processor time is measured, so that other work does not count
			defer runtime.UnlockOSThread()
			best := func(n int) time.Duration {
				text := tt.head + strings.Repeat(tt.part, n) + tt.tail
				least := time.Hour
				for range 3 {
					start := threadTime(t)
					_, _ = ParseQuery(text, Options{})
					least = min(least, threadTime(t)-start)
				}
				return least
			}
			const n = 4000
			if small, large := best(n), best(8*n); large > 30*small+50*time.Millisecond {
				t.Errorf("%d parts take %v, %d parts %v", n, small, 8*n, large)
			}
		})
	}
}

// TestHints checks what is said about frequent mistakes.
func TestHints(t *testing.T) {
	for in, want := range map[string]string{
		"SELECT COUNT(*) { ?s ?p ?o }":   "1:8: found \"COUNT\", expected a variable, ",
		"SELECT ?s COUNT(*) {}":          "(COUNT(*) AS ?n)",
		"SELECT (COUNT(*)) { ?s ?p ?o }": "1:17: found \")\", expected AS; what is computed gets a name, as in (C",
		"SELECT (foo(?s) AS ?x) {}":      "there is no function foo",
		"ASK { FILTER(CONTAIN(?t, 1)) }": "an expression; there is no function CONTAIN; there is CONTAINS",
		"ASK { FILTER substring(?t) }":   "there is no function substring",
		"ASK { FILTER(AVERAGE (?t)) }":   "there is no function AVERAGE",
		"ASK { FILTER(?t = ture) }":      "1:19: found \"ture\", expected an expression",
	} {
		if _, err := ParseQuery(in, Options{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", in, err, want)
		}
	}
}

// TestConstantPatterns checks that a pattern that is no regular expression is found where
// fincat is to evaluate it, and nowhere else.
func TestConstantPatterns(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"ASK { ?s ?p ?t FILTER(REGEX(?t, '(a')) }", "1:33: regular expression \"(a\": character 1: "},
		{"ASK { ?s ?p ?t\nFILTER(REPLACE(?t, '[', 'x') = ?t) }", "2:20: regular expression"},
		{"ASK { ?s ?p ?t FILTER(REGEX(?t, 'a', 'g')) }", "1:33: regular expression flag 'g'"},
		{"ASK { ?s ?p ?t FILTER(REPLACE(?t, 'a', 'b', 'g')= 1) }", "1:35: regular expression flag 'g'"},
		{"SELECT (REGEX('a', '*') AS ?x) {}", "1:20: "},
		{"ASK { ?s ?p ?t FILTER(REGEX(?t, '(a)\\\\1')) }", ""},
		{"ASK { ?s ?p ?t FILTER(REGEX(?t, <x:(>)) }", ""},
		{"ASK { ?s ?p ?t FILTER(REGEX(?t, ?s)) }", ""},
		{"ASK { ?s ?p ?t FILTER(REGEX(?t, '(', ?s)) }", ""},
		{"ASK { SERVICE <x:x> { ?s ?p ?t FILTER(REGEX(?t, '(?i)a')) } }", ""},
		{"ASK { SERVICE <x:x> { ?s ?p ?t } FILTER(REGEX(?t, '(?i)a')) }", "1:51: "},
		{"ASK { SERVICE <x:x> { ?s ?p ?t } { ?s ?p ?t } FILTER(EXISTS{ FILTER REGEX(1,2)})}", ""},
	} {
		_, err := ParseQuery(tt.in, Options{Evaluated: true})
		if (err != nil) != (tt.want != "") || err != nil && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", tt.in, err, tt.want)
		}
		if _, err := ParseQuery(tt.in, Options{}); err != nil {
			t.Errorf("%s is not for us, but: %v", tt.in, err)
		}
	}
}
