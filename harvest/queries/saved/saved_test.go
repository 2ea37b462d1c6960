package saved

import (
	"cmp"
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"fincat/sparql"
	"fincat/sparql/enginetest"
	"fincat/sparql/syntax"
	"fincat/store"
	"fincat/vocab"
	"fincat/vocab/dcat"
	"fincat/vocab/term"
)

const base = dcat.Base("https://catalog.example.tw/")

func TestBind(t *testing.T) {
	for _, x := range []struct {
		name, text string
		values     map[string]string
		want       string // the same query, written out
	}{
		{"none", `SELECT * { ?s ?p ?o }`, nil, `SELECT * { ?s ?p ?o }`},
		{"text", `SELECT ?s { ?s ?p ?_word }`, map[string]string{"word": "a"}, `SELECT ?s { ?s ?p "a" }`},
		{"breaking out", `SELECT ?s { ?s ?p ?_word }`, map[string]string{"word": "\" } ; DROP ALL # \\\n'\"\"\""},
			`SELECT ?s { ?s ?p "\" } ; DROP ALL # \\\n'\"\"\"" }`},
		{"iri", `SELECT ?o { ?_what_iri ?p ?o }`, map[string]string{"what": "http://a.example/b"},
			`SELECT ?o { <http://a.example/b> ?p ?o }`},
		{"predicate and graph", `SELECT ?s { GRAPH ?_g_iri { ?s ?_p_iri/<x:q> ?o } }`, nil, ""},
		{"predicate", `SELECT ?s { GRAPH ?_g_iri { ?s ?_p_iri ?o } }`, map[string]string{"g": "x:g", "p": "x:p"},
			`SELECT ?s { GRAPH <x:g> { ?s <x:p> ?o } }`},
		{"number", `SELECT ?s { ?s ?p ?n FILTER(?n > ?_least_integer) } LIMIT 3`, map[string]string{"least": "007"},
			`SELECT ?s { ?s ?p ?n FILTER(?n > 007) } LIMIT 3`},
		{"language", `ASK { ?s ?p ?_t_en }`, map[string]string{"t": "x"}, `ASK { ?s ?p "x"@en }`},
		{"long type", `ASK { ?s ?p ?_d_xsd_date }`, map[string]string{"d": "2026-02-28"},
			`ASK { ?s ?p "2026-02-28"^^<http://www.w3.org/2001/XMLSchema#date> }`},
		{"projected", `SELECT ?_w (COUNT(?s) AS ?n) { { SELECT ?s ?_w { ?s ?p ?_w } } } GROUP BY ?_w`,
			map[string]string{"w": "a"},
			`SELECT ("a" AS ?_w) (COUNT(?s) AS ?n) { { SELECT ?s { ?s ?p "a" } } } GROUP BY ("a")`},
		{"optional left out", `ASK { ?s ?p ?n FILTER(!BOUND(?__w) || ?n = ?__w) }`, nil,
			`ASK { ?s ?p ?n FILTER(!BOUND(?__w) || ?n = ?__w) }`},
		{"optional given", `ASK { ?s ?p ?n FILTER(!BOUND(?__w) || ?n = ?__w) }`, map[string]string{"w": "1"},
			`ASK { ?s ?p ?n FILTER(!true || ?n = "1") }`},
		{"everywhere", `CONSTRUCT { ?s ?_p_iri ?_w } { { ?s ?p ?_w } UNION ` +
			`{ ?s ?q ?o MINUS { ?s ?r ?_w } OPTIONAL { ?s ?u ?_w } } ` +
			`FILTER(EXISTS { ?s ?v ?_w } && REGEX(?o, STR(?_w)) && NOW() > ?_p_iri) BIND(CONCAT(?_w, "b") AS ?c) } ` +
			`HAVING(COUNT(?_w) > 1) ORDER BY STRLEN(?_w)`, map[string]string{"p": "x:p", "w": "a"},
			`CONSTRUCT { ?s <x:p> "a" } { { ?s ?p "a" } UNION ` +
				`{ ?s ?q ?o MINUS { ?s ?r "a" } OPTIONAL { ?s ?u "a" } } ` +
				`FILTER(EXISTS { ?s ?v "a" } && REGEX(?o, STR("a")) && NOW() > <x:p>) ` +
				`BIND(CONCAT("a", "b") AS ?c) } ` +
				`HAVING(COUNT("a") > 1) ORDER BY STRLEN("a")`},
		{"described", `DESCRIBE ?_x_iri`, map[string]string{"x": "x:a"}, `DESCRIBE <x:a>`},
		{"triple term", `ASK { ?r <x:reifies> <<( ?s ?p ?_w )>> }`, map[string]string{"w": "a"},
			`ASK { ?r <x:reifies> <<( ?s ?p "a" )>> }`},
		{"default", "#+ defaults:\n#+   - w: \"b\"\nASK { ?s ?p ?_w }", nil, `ASK { ?s ?p "b" }`},
		{"instead of the default", "#+ defaults:\n#+   - w: b\nASK { ?s ?p ?_w }",
			map[string]string{"w": "c"}, `ASK { ?s ?p "c" }`},
	} {
		t.Run(x.name, func(t *testing.T) {
			got, err := Bind(x.text, x.values)
			if x.want == "" {
				if err == nil {
					t.Errorf("Bind(%q) = %q, want an error", x.text, got)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			a, err := syntax.ParseQuery(got, syntax.Options{})
			if err != nil {
				t.Fatalf("%q: %v", got, err)
			}
			b, err := syntax.ParseQuery(x.want, syntax.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if a.String() != b.String() {
				t.Errorf("Bind(%q) = %s\nwant %s", x.text, a, b)
			}
		})
	}
}

func TestBindRefuses(t *testing.T) {
	const text = "SELECT ?s { ?s ?p ?_word ; ?q ?_n_integer, ?_day_date, ?_at_iri, ?__may_boolean }"
	good := map[string]string{"word": "a", "n": "1", "day": "2026-01-31", "at2": "x:a"}
	text2 := strings.Replace(text, "?_at_iri", "?_at2_iri", 1)
	if _, err := Bind(text2, good); err != nil {
		t.Fatal(err)
	}
	// A mistyped name is said before what is missing because of it.
	if _, err := Bind("ASK { ?s ?p ?_word }", map[string]string{"wrod": "a"}); err == nil ||
		!strings.Contains(err.Error(), `no parameter "wrod"; there are word`) {
		t.Errorf("a mistyped name: %v", err)
	}
	for name, bad := range map[string]string{
		"n": "1 } #", "day": "2026-02-30", "at2": "x:a> ?x <b", "may": "yes", "word": strings.Repeat("a", maxValue+1),
		"other": "1",
	} {
		values := map[string]string{}
		for k, v := range good {
			values[k] = v
		}
		values[name] = bad
		var wrong *ValueError
		if got, err := Bind(text2, values); !errors.As(err, &wrong) || !strings.Contains(err.Error(), name) {
			t.Errorf("%s=%q: %q, %v; want an error that names it", name, bad, got, err)
		}
	}
	delete(good, "word")
	if got, err := Bind(text2, good); err == nil || !strings.Contains(err.Error(), "word (string) is missing") {
		t.Errorf("without word: %q, %v", got, err)
	}
}

func TestCheck(t *testing.T) {
	for _, x := range []struct{ text, want string }{
		{"SELECT ?s { ?s ?p ?_a ; ?q ?_a_iri }", "both the parameter a"},
		{"SELECT ?s { ?s ?p ?_a_b_c }", `no type "b_c"`},
		{"SELECT ?s { ?s ?p ?_a_float }", `no type "float"`},
		{"SELECT ?s { ?s ?p ?_ }", "a parameter is written"},
		{"SELECT ?s { ?s ?p ?_format }", "choose another name"},
		{"SELECT ?s { ?s ?_p ?o }", "?_name_iri"},
		{"SELECT ?s { GRAPH ?_g { ?s ?p ?o } }", "?_name_iri"},
		{"SELECT (1 AS ?_x) { ?s ?p ?o }", "gives ?_x a value"},
		{"SELECT * { BIND(1 AS ?_x) }", "gives ?_x a value"},
		{"SELECT * { VALUES ?_x { 1 } }", "gives ?_x a value"},
		{"SELECT * { ?s ?p ?o } VALUES ?_x { 1 }", "gives ?_x a value"},
		{"SELECT (1 AS ?n) { ?s ?p ?o } GROUP BY (STR(?s) AS ?_x)", "gives ?_x a value"},
		{"SELECT * { { SELECT ?_x { ?s ?p ?_x } } }", "selects nothing but parameters"},
		{"#+ defaults:\n#+   - b: 1\nASK { ?s ?p ?_a }", `no parameter "b"`},
		{"#+ defaults:\n#+   - a: x\nASK { ?s ?p ?_a_integer }", "xsd:integer"},
		{"#+ defaults: [\nASK { ?s ?p ?_a }", "YAML"},
		{"#+ {<<,{}}0\nASK { ?s ?p ?_a }", "YAML"},
		{"SELECT ?s {", "1:"},
		{"INSERT DATA { <a:a> <a:a> 1 }", ""},
		{"#+ summary: x\nSELECT ?s { ?s ?p ?_a , ?_b_iri, ?_c_date, ?_d_boolean, ?_e_zh, ?_f_gYear, ?_g_dateTime, " +
			"?_h_double, ?_i_decimal, ?_j_string, ?__k_integer }", "-"},
	} {
		list, err := Check(x.text)
		switch {
		case x.want == "-" && (err != nil || len(list) != 11):
			t.Errorf("Check(%q) = %v, %v", x.text, list, err)
		case x.want != "-" && (err == nil || !strings.Contains(err.Error(), x.want)):
			t.Errorf("Check(%q) = %v, want %q", x.text, err, x.want)
		}
	}
}

// FuzzBind puts a text in the place of a variable: what comes out is the same query with just that text.
func FuzzBind(f *testing.F) {
	f.Add("a")
	f.Add("\"}#\\u0022")
	f.Add("'\n\r\t\x7f\u2028")
	f.Fuzz(func(t *testing.T, value string) {
		text, err := Bind(`SELECT ?s { ?s ?p ?_v }`, map[string]string{"v": value})
		if wrong := (*ValueError)(nil); errors.As(err, &wrong) {
			return
		}
		q, err := syntax.ParseQuery(text, syntax.Options{})
		if err != nil {
			t.Fatal(err)
		}
		triples, ok := q.Where.Elements[0].(*syntax.Triples)
		if !ok || len(q.Where.Elements) != 1 || len(triples.Patterns) != 1 ||
			triples.Patterns[0].Object != syntax.Node(syntax.Term{Term: term.NewString(value)}) {
			t.Errorf("%q became %s", value, text)
		}
	})
}

func save(t *testing.T, s *store.Store, d Draft) (*Query, store.Commit, error) {
	t.Helper()
	d.Now = time.Date(2026, 12, 1, 8, 0, len(d.Text), 0, time.UTC)
	d.Author = cmp.Or(d.Author, "mei")
	if d.May == nil {
		d.May = func(owner string) bool { return owner == d.Author }
	}
	return Save(t.Context(), s, base, d)
}

func TestSave(t *testing.T) {
	s, e := enginetest.New(t)
	const one, two = "SELECT ?s { ?s a ?_class_iri }", "SELECT ?s { ?s a ?_class_iri } LIMIT 10"
	first, commit, err := save(t, s, Draft{Name: "of-class", Title: "Things", Text: one, Author: "mei"})
	if err != nil || commit.Note.Author != "mei" || first.Newest().Number != 1 {
		t.Fatalf("%+v, %+v, %v", first, commit, err)
	}
	_, commit, err = save(t, s, Draft{Name: "of-class", Title: "Things", Text: one, Author: "other"})
	if err != nil || commit.Seq != 0 {
		t.Errorf("the same once more: %+v, %v", commit, err)
	}
	var wrong *DraftError
	_, _, err = save(t, s, Draft{Name: "of-class", Title: "Things", Text: two, Author: "other"})
	if !errors.As(err, &wrong) || !wrong.Taken {
		t.Errorf("somebody else's: %v", err)
	}
	if _, _, err = save(t, s, Draft{Name: "of-class", Title: "Ten things", Text: two, Author: "mei"}); err != nil {
		t.Fatal(err)
	}
	sn, err := s.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	defer sn.Close()
	q, err := Find(t.Context(), sn, base, "of-class")
	if err != nil || len(q.Versions) != 2 || q.Newest().Title != "Ten things" ||
		q.Owner() != "mei" || q.Newest().Author != "mei" {
		t.Fatalf("%+v, %v", q, err)
	}
	if v, ok := q.Version(1); !ok || v.Text != one+"\n" || v.Made.IsZero() {
		t.Errorf("version 1 is %+v", v)
	}
	ask(t, e, `ASK { GRAPH <https://catalog.example.tw/graph/saved/of-class> {
		<https://catalog.example.tw/saved/of-class> a sh:SPARQLExecutable, sh:SPARQLSelectExecutable ;
			rdfs:comment "Ten things" ; sh:select ?text ; schema:target <https://catalog.example.tw/sparql> ;
			dcterms:hasVersion <https://catalog.example.tw/saved/of-class/1> ;
			sh:parameter [ sh:name "class" ; sh:nodeKind sh:IRI ; sh:optional false ] .
		<https://catalog.example.tw/saved/of-class/2> a prov:Entity ;
			prov:wasRevisionOf <https://catalog.example.tw/saved/of-class/1> ;
			dcterms:isVersionOf <https://catalog.example.tw/saved/of-class> ; dcterms:created ?day ; sh:select ?text ;
			dcterms:creator/foaf:name "mei" FILTER(CONTAINS(?text, "LIMIT")) } }`)
	link, _, err := save(t, s, Draft{Text: one, Author: "other"})
	if err != nil || link.Name != Name(one+"\n") || !link.Short() || CheckName(link.Name) == nil {
		t.Errorf("a short link is %+v, %v", link, err)
	}
	again, commit, err := save(t, s, Draft{Text: one, Author: "mei"})
	if err != nil || commit.Seq != 0 || again.Name != link.Name {
		t.Errorf("the same link once more: %+v, %+v, %v", again, commit, err)
	}
	if _, err := Remove(t.Context(), s, base, "of-class", "mei"); err != nil {
		t.Fatal(err)
	}
	now, err := s.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	defer now.Close()
	if list, n, err := Titled(t.Context(), now, base, 0, 10); err != nil || len(list) != 0 || n != 0 {
		t.Errorf("%v, %d, %v", list, n, err)
	}
	if list, n, err := Titled(t.Context(), sn, base, 0, 10); err != nil || n != 1 || list[0].Name != "of-class" {
		t.Errorf("before: %v, %d, %v", list, n, err)
	}
	if q, err := Find(t.Context(), now, base, link.Name); err != nil || q.Newest().Text != one+"\n" {
		t.Errorf("the link leads to %+v, %v", q, err)
	}
}

func ask(t *testing.T, e *sparql.Engine, text string) {
	t.Helper()
	prefixes := ""
	for prefix, ns := range vocab.Prefixes() {
		prefixes += "PREFIX " + prefix + ": <" + ns + ">\n"
	}
	text = strings.ReplaceAll(text, "dcterms:", "dct:")
	res, err := e.Query(context.Background(), prefixes+text, sparql.QueryOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer res.Close()
	if yes, err := res.Boolean(); err != nil || !yes {
		t.Errorf("%s: %v, %v", text, yes, err)
	}
}

func TestSaveRefuses(t *testing.T) {
	s, _ := enginetest.New(t)
	for _, d := range []Draft{
		{Name: "a b", Title: "x", Text: "ASK {}"}, {Name: "", Title: "x", Text: "ASK {}"},
		{Name: "a", Title: "", Text: "ASK {}"}, {Name: Name("x"), Title: "x", Text: "ASK {}"},
		{Name: "a", Title: strings.Repeat("字", MaxTitle+1), Text: "ASK {}"},
		{Name: "a", Title: "x", Text: "ASK {"},
		{Name: "a", Title: "x", Text: "ASK {} #" + strings.Repeat("x", MaxText)},
	} {
		var wrong *DraftError
		if _, _, err := save(t, s, d); !errors.As(err, &wrong) || wrong.Taken {
			t.Errorf("%.100v: %v", d, err)
		}
	}
	for i := range MaxVersions {
		d := Draft{Name: "a", Title: "x", Text: "ASK {} #" + strings.Repeat("x", i)}
		if _, _, err := save(t, s, d); err != nil {
			t.Fatal(err)
		}
	}
	if _, _, err := save(t, s, Draft{Name: "a", Title: "x", Text: "ASK {} # more"}); err == nil {
		t.Errorf("there are more than %d versions", MaxVersions)
	}
}
