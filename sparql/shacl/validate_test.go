package shacl

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"sync"
	"testing"

	"fincat/store"
	"fincat/vocab"
	"fincat/vocab/rdfio"
	"fincat/vocab/term"
)

const prefixes = `@prefix ex: <http://e/> . @prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> . @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> . @prefix owl: <http://www.w3.org/2002/07/owl#> .
`

func ex(name string) term.Term { return term.NewIRI("http://e/" + name) }

func quadsOf(t testing.TB, text string) []term.Quad {
	t.Helper()
	quads, err := readTurtle(t.Context(), prefixes+text)
	if err != nil {
		t.Fatal(err)
	}
	return quads
}

func compiled(t testing.TB, text string) *Shapes {
	t.Helper()
	s, err := Compile(quadsOf(t, text), nil)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// loaded returns a snapshot of a store with the TriG document.
func loaded(t testing.TB, text string) *store.Snapshot {
	t.Helper()
	st := memoryStore(t)
	in := store.Input{Path: "data.trig", Reader: strings.NewReader(prefixes + text), Format: rdfio.TriG}
	if _, err := st.Load(t.Context(), []store.Input{in}, store.LoadOptions{Workers: 1}); err != nil {
		t.Fatal(err)
	}
	return snapshotOf(t, st)
}

// lines writes results in short, sorted.
func lines(t testing.TB, found iter.Seq2[Result, error]) []string {
	t.Helper()
	results, err := collect(found)
	if err != nil {
		t.Fatal(err)
	}
	short := func(s term.Term) string { return strings.TrimPrefix(s.Value(), "http://e/") }
	out := []string{}
	for _, r := range results {
		kind := strings.TrimSuffix(strings.TrimPrefix(r.Component.Value(), vocab.SHNS), "ConstraintComponent")
		out = append(out, strings.TrimSpace(short(r.Focus)+" "+kind+" "+short(r.Value)))
	}
	slices.Sort(out)
	return out
}

func want(t *testing.T, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("results %q, want %q", got, want)
	}
}

func TestValidate(t *testing.T) {
	tests := []struct {
		name, shapes, data string
		want               []string
	}{
		{"triples in several graphs are one", `ex:S sh:targetClass ex:C ; sh:property [
			sh:path ex:p ; sh:maxCount 1 ] .`,
			`ex:a a ex:C ; ex:p 1 . GRAPH ex:g { ex:a a ex:C ; ex:p 1 } GRAPH ex:h { ex:a ex:p 1 }`, nil},
		{"values of several graphs count together", `ex:S sh:targetClass ex:C ; sh:property [
			sh:path ex:p ; sh:maxCount 1 ] .`,
			`GRAPH ex:g { ex:a a ex:C ; ex:p 1 } GRAPH ex:h { ex:a ex:p 2 }`, []string{"a MaxCount"}},
		{"subclasses in the data", `ex:S sh:targetClass ex:C ; sh:nodeKind sh:BlankNode .`,
			`ex:D rdfs:subClassOf ex:C . ex:E rdfs:subClassOf ex:D . ex:a a ex:E . ex:b a ex:D . ex:c a ex:X .`,
			[]string{"a NodeKind a", "b NodeKind b"}},
		{"subclasses in a circle", `ex:S sh:targetClass ex:C ; sh:nodeKind sh:BlankNode .`,
			`ex:C rdfs:subClassOf ex:D . ex:D rdfs:subClassOf ex:C . ex:a a ex:D .`, []string{"a NodeKind a"}},
		{"a focus node of several targets", `ex:S sh:targetNode ex:a ; sh:targetSubjectsOf ex:p ;
			sh:targetObjectsOf ex:p ; sh:nodeKind sh:Literal .`,
			`ex:a ex:p ex:b . ex:b ex:p ex:a .`, []string{"a NodeKind a", "b NodeKind b"}},
		{"a target that is not in the data", `ex:S sh:targetNode ex:nobody , 5 ; sh:property [
			sh:path ex:p ; sh:minCount 1 ] .`,
			``, []string{"5 MinCount", "nobody MinCount"}},
		{"a path in a circle", `ex:S sh:targetNode ex:a ; sh:property [ sh:path [
			sh:oneOrMorePath ex:p ] ; sh:nodeKind sh:Literal ] .`,
			`ex:a ex:p ex:b . ex:b ex:p ex:a .`, []string{"a NodeKind a", "a NodeKind b"}},
		{"an inverse of a sequence", `ex:S sh:targetNode ex:c ; sh:property [ sh:path [ sh:inversePath ( ex:p ex:q ) ] ; sh:maxCount 0 ] ;
			sh:property [ sh:path [ sh:inversePath [ sh:inversePath ex:r ] ] ; sh:minCount 1 ] .`,
			`ex:a ex:p ex:b . ex:b ex:q ex:c .`, []string{"c MaxCount", "c MinCount"}},
		{"ill-typed literals", `ex:S sh:targetSubjectsOf ex:p ; sh:property [ sh:path ex:p ; sh:datatype xsd:date ] .`,
			`ex:a ex:p "2026-02-30"^^xsd:date ,
			"2026-02-28"^^xsd:date , "x" .`, []string{"a Datatype 2026-02-30", "a Datatype x"}},
		{"an unsigned byte", `ex:S sh:targetSubjectsOf ex:p ; sh:property [
			sh:path ex:p ; sh:datatype xsd:unsignedByte ] .`,
			`ex:a ex:p "256"^^xsd:unsignedByte , "255"^^xsd:unsignedByte .`, []string{"a Datatype 256"}},
		{"dates without time zone do not compare with those that have one",
			`ex:S sh:targetSubjectsOf ex:p ; sh:property [ sh:path ex:p ; sh:lessThan ex:q ] .`,
			`ex:a ex:p "2026-01-01T00:00:00"^^xsd:dateTime ; ex:q "2026-01-01T01:00:00Z"^^xsd:dateTime .`,
			[]string{"a LessThan 2026-01-01T00:00:00"}},
		{"shapes that are switched off", `ex:S sh:targetNode ex:a ; sh:deactivated true ; sh:nodeKind sh:Literal .
			ex:T sh:targetNode ex:a ; sh:node ex:S ; sh:not ex:S .`, ``, []string{"a Not a"}},
		{"a nested property shape names its own focus node",
			`ex:S sh:targetNode ex:a ; sh:property [ sh:path ex:p ; sh:property [ sh:path ex:q ; sh:minCount 1 ] ] .`,
			`ex:a ex:p ex:b , ex:c . ex:c ex:q 1 .`, []string{"b MinCount"}},
		{"a query over a blank node", `ex:S sh:targetSubjectsOf ex:p ; sh:sparql [
			sh:select """SELECT $this ?value { $this <http://e/p> ?value }""" ] .`,
			`[ ex:p 1 ] . [ ex:p 2 ] .`, []string{"b0 SPARQL 1", "b1 SPARQL 2"}},
		{"aggregates, EXISTS, OPTIONAL and a subquery in a query", `ex:S sh:targetSubjectsOf ex:p ; sh:sparql [ sh:select """
			SELECT $this (COUNT(?x) AS ?value) {
			  { SELECT $this ?x { $this <http://e/p> ?x } }
			  OPTIONAL { ?x <http://e/q> $this }
			  FILTER NOT EXISTS { $this <http://e/r> ?any }
			} GROUP BY $this HAVING (COUNT(?x) > 1)""" ] .`,
			`ex:a ex:p 1 , 2 . ex:b ex:p 1 . ex:c ex:p 1 , 2 , 3 ; ex:r 1 .`, []string{"a SPARQL 2"}},
		{"$PATH as a path", `ex:S sh:targetNode ex:a ; sh:property [ sh:path ( ex:p [ sh:inversePath ex:p ] ) ; sh:sparql [ sh:select """
			SELECT $this ?value { $this $PATH ?value FILTER (?value != $this) }""" ] ] .`,
			`ex:a ex:p ex:x . ex:b ex:p ex:x .`, []string{"a SPARQL b"}},
		{"$currentShape is a blank node", `[] sh:targetNode ex:a ; sh:sparql [ sh:select """
			SELECT $this { FILTER isBlank($currentShape) }""" ] .`, ``, []string{"a SPARQL a"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := lines(t, Validate(t.Context(), loaded(t, tt.data), compiled(t, tt.shapes), Options{}))
			want(t, got, tt.want...)
		})
	}
}

func TestRestricted(t *testing.T) {
	sn := loaded(t, `GRAPH ex:g { ex:a a ex:C . ex:a ex:p ex:b } GRAPH ex:h { ex:b a ex:D .
			ex:c a ex:C } ex:d a ex:C . ex:D rdfs:subClassOf ex:C .`)
	s := compiled(t, `ex:S sh:targetClass ex:C ; sh:nodeKind sh:Literal . ex:T sh:targetObjectsOf ex:p ;
			sh:property [ sh:path ex:q ; sh:minCount 1 ] .`)
	tests := []struct {
		name string
		o    Options
		want []string
	}{
		{"all", Options{}, []string{"a NodeKind a", "b MinCount", "b NodeKind b", "c NodeKind c", "d NodeKind d"}},
		{"a graph", Options{Graphs: []term.Term{ex("g")}}, []string{"a NodeKind a"}},
		{"two graphs", Options{Graphs: []term.Term{ex("h"), ex("g")}},
			[]string{"a NodeKind a", "b MinCount", "b NodeKind b", "c NodeKind c"}},
		{"the default graph", Options{Graphs: []term.Term{{}}}, []string{"d NodeKind d"}},
		{"a node", Options{Focus: []term.Term{ex("b"), ex("nobody")}}, []string{"b MinCount", "b NodeKind b"}},
		{"a node and a graph", Options{Focus: []term.Term{ex("d")}, Graphs: []term.Term{ex("g")}},
			[]string{"a NodeKind a", "d NodeKind d"}},
		{"a graph that is not there", Options{Graphs: []term.Term{ex("nothing")}}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			stats := Stats{}
			tt.o.Stats = &stats
			want(t, lines(t, Validate(t.Context(), sn, s, tt.o)), tt.want...)
			if int(stats.Results) != len(tt.want) {
				t.Errorf("%d results are counted, want %d", stats.Results, len(tt.want))
			}
		})
	}
}

// TestRefused compiles shapes graphs that are wrong.
func TestRefused(t *testing.T) {
	deep := strings.Repeat("[ sh:inversePath ", 100) + "ex:p" + strings.Repeat(" ]", 100)
	chain := `ex:s0 sh:targetNode ex:a .`
	for i := range maxShapeDepth + 1 {
		chain += fmt.Sprintf("ex:s%d sh:not ex:s%d .\n", i, i+1)
	}
	constraint := func(query string) string {
		return `ex:S sh:targetNode ex:a ; sh:sparql [ sh:select """` + query + `""" ] .`
	}
	tests := []struct{ name, shapes, want string }{
		{"recursion", `ex:S sh:targetNode ex:a ; sh:node ex:T . ex:T sh:not ex:S .`, "refers to itself"},
		{"recursion in a property", `ex:S sh:targetNode ex:a ; sh:property [ sh:path ex:p ;
			sh:qualifiedValueShape ex:S ; sh:qualifiedMinCount 1 ] .`, "refers to itself"},
		{"a long chain of shapes", chain, "below more than"},
		{"a deep path", `ex:S sh:targetNode ex:a ; sh:path ` + deep + ` .`, "levels"},
		{"a path that contains itself", `ex:S sh:targetNode ex:a ; sh:path _:p .
			_:p sh:inversePath _:p .`, "contains itself"},
		{"a list in a circle", `ex:S sh:targetNode ex:a ; sh:in _:l . _:l rdf:first 1 ; rdf:rest _:l .`, "list"},
		{"a path of one", `ex:S sh:targetNode ex:a ; sh:path ( ex:p ) .`, "two members"},
		{"two paths", `ex:S sh:targetNode ex:a ; sh:path ex:p , ex:q .`, "more than one"},
		{"no path", `ex:S a sh:PropertyShape ; sh:targetNode ex:a .`, "no sh:path"},
		{"a property shape without a path", `ex:S sh:targetNode ex:a ;
			sh:property [ sh:minCount 1 ] .`, "for property shapes"},
		{"a count that is no integer", `ex:S sh:targetNode ex:a ; sh:path ex:p ; sh:minCount "one" .`, "integer"},
		{"a class that is a literal", `ex:S sh:targetNode ex:a ; sh:class "C" .`, "IRI"},
		{"a regular expression", `ex:S sh:targetNode ex:a ; sh:pattern "(" .`, "sh:pattern"},
		{"a node kind", `ex:S sh:targetNode ex:a ; sh:nodeKind sh:Nothing .`, "nodeKind"},
		{"entailment", `<> sh:entailment ex:R . ex:S sh:targetNode ex:a .`, "entailment"},
		{"no SPARQL", constraint(`SELECT $this WHERE`), "no SPARQL"},
		{"ASK where SELECT is wanted", constraint(`ASK {}`), "form SELECT"},
		{"no $this", constraint(`SELECT ?x { $this ?p ?x }`), "$this"},
		{"MINUS in EXISTS", constraint(`SELECT $this { FILTER EXISTS { ?a ?b ?c MINUS { ?a ?b 1 } } }`), "MINUS"},
		{"VALUES behind the query", constraint(`SELECT $this { $this ?p ?o } VALUES ?o { 1 }`), "VALUES"},
		{"SERVICE in OPTIONAL",
			constraint(`SELECT $this { OPTIONAL { SERVICE <http://e/s> { ?a ?b ?c } } }`), "SERVICE"},
		{"a subquery without $this in a union",
			constraint(`SELECT $this { {} UNION { SELECT ?x { ?x ?y ?z } } }`), "subquery"},
		{"$this is projected anew", constraint(`SELECT (1 AS $this) {}`), "pre-bound"},
		{"$currentShape is assigned", constraint(`SELECT $this { BIND(1 AS $currentShape) }`), "pre-bound"},
		{"FROM", constraint(`SELECT $this FROM <http://e/g> {}`), "FROM"},
		{"$PATH in a node shape", constraint(`SELECT $this { $this $PATH ?value }`), "$PATH"},
		{"$PATH as a value", `ex:S sh:targetNode ex:a ; sh:path ex:p ; sh:sparql [
			sh:select "SELECT $this { FILTER($PATH = 1) }" ] .`, "$PATH"},
		{"two namespaces of one prefix", `ex:S sh:targetNode ex:a ; sh:sparql [ sh:select "SELECT $this {}" ; sh:prefixes ex: ] .
			ex: sh:declare [ sh:prefix "p" ; sh:namespace "http://e/1" ] , [ sh:prefix "p" ; sh:namespace "http://e/2" ] .`, "prefix"},
		{"a parameter named value", `ex:K a sh:ConstraintComponent ;
			sh:parameter [ sh:path ex:value ] .`, "cannot be named"},
		{"only optional parameters", `ex:K a sh:ConstraintComponent ; sh:parameter [
			sh:path ex:p ; sh:optional true ] .`, "not optional"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Compile(quadsOf(t, tt.shapes), nil)
			if bad := (*ShapesError)(nil); !errors.As(err, &bad) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Compile() = %v, want a *ShapesError with %q", err, tt.want)
			}
		})
	}
}

// TestRecursiveData makes sure that shapes without recursion end on data with it.
func TestRecursiveData(t *testing.T) {
	s := compiled(t, `ex:S sh:targetClass ex:C ; sh:property [ sh:path ex:p ; sh:node [ sh:property [ sh:path ex:p ;
			sh:node [ sh:property [ sh:path ex:p ; sh:minCount 1 ] ] ] ] ] .`)
	sn := loaded(t, `ex:a a ex:C ; ex:p ex:a . ex:b a ex:C ; ex:p ex:c . ex:c ex:p ex:d .`)
	want(t, lines(t, Validate(t.Context(), sn, s, Options{})), "b Node c")
}

func TestLimit(t *testing.T) {
	sn := loaded(t, `ex:a a ex:C . ex:b a ex:C . ex:c a ex:C .`)
	s := compiled(t, `ex:S sh:targetClass ex:C ; sh:nodeKind sh:Literal .`)
	n := 0
	var last error
	for _, err := range Validate(t.Context(), sn, s, Options{Limit: 2}) {
		if last = err; err == nil {
			n++
		}
	}
	if n != 2 || !errors.Is(last, ErrLimit) {
		t.Errorf("%d results and the error %v, want 2 and ErrLimit", n, last)
	}
}

// many returns data with n focus nodes.
func many(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "ex:n%d a ex:C ; ex:p ex:n%d .\n", i, (i+1)%n)
	}
	return b.String()
}

func TestCancelled(t *testing.T) {
	sn := loaded(t, many(5000))
	for _, shapes := range []string{
		`ex:S sh:targetClass ex:C ; sh:property [ sh:path ex:p ; sh:maxCount 0 ] .`,
		`ex:S sh:targetNode ex:n0 ; sh:property [ sh:path [ sh:oneOrMorePath ex:p ] ; sh:nodeKind sh:Literal ] .`,
	} {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		n := 0
		var last error
		for _, err := range Validate(ctx, sn, compiled(t, shapes), Options{}) {
			n++
			cancel()
			last = err
		}
		if !errors.Is(last, context.Canceled) || n > 4000 {
			t.Errorf("after %d results the error is %v, want context.Canceled soon", n, last)
		}
	}
}

// TestAtTheSameTime validates with the same shapes in several goroutines.
func TestAtTheSameTime(t *testing.T) {
	sn := loaded(t, many(200))
	s := compiled(t, `ex:S sh:targetClass ex:C ; sh:sparql [
			sh:select "SELECT $this ?value { $this <http://e/p> ?value }" ] .`)
	whole := lines(t, Validate(t.Context(), sn, s, Options{}))
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			if got := lines(t, Validate(t.Context(), sn, s, Options{})); !slices.Equal(got, whole) {
				t.Errorf("%d results differ from those of one validation alone", len(got))
			}
		})
	}
	wg.Wait()
	if len(whole) != 200 {
		t.Errorf("%d results, want 200", len(whole))
	}
}

// TestImports follows owl:imports, prefixes among them, once each.
func TestImports(t *testing.T) {
	other := quadsOf(t, `<http://e/other> owl:imports <http://e/doc> , <http://e/gone> ; sh:declare [ sh:prefix "e" ; sh:namespace "http://e/" ] .
		ex:Q sh:prefixes <http://e/other> ; sh:select "SELECT $this { $this e:p 1 }" .`)
	asked := []string{}
	s, err := Compile(quadsOf(t, `<http://e/doc> owl:imports <http://e/other> .
			ex:S sh:targetNode ex:a ; sh:sparql ex:Q .`),
		func(iri string) ([]term.Quad, bool) {
			asked = append(asked, iri)
			return other, iri == "http://e/other"
		})
	if err != nil {
		t.Fatal(err)
	}
	want(t, asked, "http://e/other", "http://e/doc", "http://e/gone")
	want(t, s.Missing(), "http://e/doc", "http://e/gone")
	want(t, lines(t, Validate(t.Context(), loaded(t, `ex:a ex:p 1 .`), s, Options{})), "a SPARQL a")
}

// TestImportsGiven checks that what other files of shapes hold is at hand.
func TestImportsGiven(t *testing.T) {
	s, err := Compile(quadsOf(t, `<http://e/doc> owl:imports <http://e/other> , <http://e/gone> .
		<http://e/other> a owl:Ontology . ex:S sh:targetNode ex:a ; sh:class ex:C .`), nil)
	if err != nil {
		t.Fatal(err)
	}
	want(t, s.Missing(), "http://e/gone")
}

// TestMessages asserts on the languages and the variables of messages.
func TestMessages(t *testing.T) {
	sn := loaded(t, `ex:a ex:p 5 .`)
	s := compiled(t, `ex:S sh:targetNode ex:a ; sh:class ex:C .
		ex:T sh:targetNode ex:a ; sh:sparql [ sh:message "{?value} is wrong"@en , "{$value} 不對"@zh-Hant ; sh:select "SELECT $this ?value { $this <http://e/p> ?value }" ] .
		ex:U sh:targetNode ex:a ; sh:sparql [ sh:select "SELECT $this ('own' AS ?message) {}" ] .`)
	results, err := collect(Validate(t.Context(), sn, s, Options{}))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range results {
		got = append(got, r.message("zh")+"|"+r.message("en"))
	}
	want(t, got, "值必須屬於類別 <http://e/C>|value must be an instance of <http://e/C>", "5 不對|5 is wrong", "own|own")
}

func readTurtle(ctx context.Context, text string) ([]term.Quad, error) {
	return rdfio.ReadAll(ctx, strings.NewReader(text), rdfio.ReadOptions{Format: rdfio.Turtle, Base: "http://e/doc"})
}

func each[T any](list []T) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for _, x := range list {
			if !yield(x, nil) {
				return
			}
		}
	}
}
