package shacl

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"fincat/vocab/term"
	"fincat/vocab/w3ctest"
)

// randomData returns a small TriG document with cycles, shared nodes, blank
// nodes, literals of all sorts and triples that stand in several graphs.
func randomData(r *rand.Rand) string {
	nodes := []string{"ex:a", "ex:b", "ex:c", "ex:d", "_:x", "_:y"}
	literals := []string{`1`, `2`, `2.0`, `"1"`, `"x"@en`, `"x"@zh-Hant`, `"z"@en-GB`,
		`"2026-01-01"^^xsd:date`, `"bad"^^xsd:integer`, `true`}
	var b strings.Builder
	for range 5 + r.IntN(40) {
		o := nodes[r.IntN(len(nodes))]
		if r.IntN(3) == 0 {
			o = literals[r.IntN(len(literals))]
		}
		t := fmt.Sprintf("%s ex:p%d %s .", nodes[r.IntN(len(nodes))], r.IntN(3), o)
		switch r.IntN(6) {
		case 0:
			t = fmt.Sprintf("%s a ex:C%d .", nodes[r.IntN(len(nodes))], r.IntN(3))
		case 1:
			t = fmt.Sprintf("ex:C%d rdfs:subClassOf ex:C%d .", r.IntN(3), r.IntN(3))
		}
		for range 1 + r.IntN(2) {
			if g := r.IntN(4); g > 0 {
				fmt.Fprintf(&b, "GRAPH ex:g%d { %s }\n", g, t)
			} else {
				fmt.Fprintln(&b, t)
			}
		}
	}
	return b.String()
}

func randomPath(r *rand.Rand, depth int) string {
	if depth == 0 || r.IntN(3) == 0 {
		return fmt.Sprintf("ex:p%d", r.IntN(3))
	}
	inner := func() string { return randomPath(r, depth-1) }
	switch r.IntN(6) {
	case 0:
		return "[ sh:inversePath " + inner() + " ]"
	case 1:
		return "( " + inner() + " " + inner() + " )"
	case 2:
		return "[ sh:alternativePath ( " + inner() + " " + inner() + " ) ]"
	case 3:
		return "[ sh:zeroOrMorePath " + inner() + " ]"
	case 4:
		return "[ sh:oneOrMorePath " + inner() + " ]"
	}
	return "[ sh:zeroOrOnePath " + inner() + " ]"
}

// definitions are constraints of SHACL Core and what they mean as a query over
// the value nodes (the SPARQL definitions of SHACL §4).
var definitions = []struct{ core, query string }{
	{`sh:nodeKind sh:Literal`, `$this $PATH ?value . FILTER (!isLiteral(?value))`},
	{`sh:nodeKind sh:BlankNodeOrIRI`, `$this $PATH ?value . FILTER (!isIRI(?value) && !isBlank(?value))`},
	{`sh:class ex:C1`, `$this $PATH ?value . FILTER NOT EXISTS { ?value rdf:type/rdfs:subClassOf* ex:C1 }`},
	{`sh:datatype xsd:string`, `$this $PATH ?value . FILTER (!isLiteral(?value) || datatype(?value) != xsd:string)`},
	{`sh:minInclusive 2`, `$this $PATH ?value . FILTER (!COALESCE(?value >= 2, false))`},
	{`sh:maxExclusive 2.0`, `$this $PATH ?value . FILTER (!COALESCE(?value < 2.0, false))`},
	{`sh:pattern "^(1|http)"`, `$this $PATH ?value . FILTER (isBlank(?value) || !regex(str(?value), "^(1|http)"))`},
	{`sh:maxLength 3`, `$this $PATH ?value . FILTER (isBlank(?value) || strlen(str(?value)) > 3)`},
	{`sh:languageIn ( "en" "zh" )`, `$this $PATH ?value .
		FILTER (!isLiteral(?value) || !COALESCE(langMatches(lang(?value), "en") || langMatches(lang(?value), "zh"), false))`},
	{`sh:in ( ex:a 1 "x"@en )`, `$this $PATH ?value .
			FILTER (!sameTerm(?value, ex:a) && !sameTerm(?value, 1) && !sameTerm(?value, "x"@en))`},
	{`sh:disjoint ex:p1`, `$this $PATH ?value . $this ex:p1 ?value .`},
	{`sh:equals ex:p1`, `{ $this $PATH ?value . FILTER NOT EXISTS { $this ex:p1 ?value } }
		UNION { $this ex:p1 ?value . FILTER NOT EXISTS { $this $PATH ?value } }`},
	{`sh:not [ sh:class ex:C2 ]`, `$this $PATH ?value . FILTER EXISTS { ?value rdf:type/rdfs:subClassOf* ex:C2 }`},
	{`sh:or ( [ sh:class ex:C2 ] [ sh:nodeKind sh:Literal ] )`, `$this $PATH ?value .
		FILTER (!isLiteral(?value) && NOT EXISTS { ?value rdf:type/rdfs:subClassOf* ex:C2 })`},
	{`sh:node [ sh:property [ sh:path ex:p0 ; sh:minCount 1 ] ]`, `$this $PATH ?value .
			FILTER NOT EXISTS { ?value ex:p0 ?any }`},
	{`sh:node [ sh:property [ sh:path ex:p0 ; sh:maxCount 1 ] ]`, `$this $PATH ?value .
		FILTER EXISTS { ?value ex:p0 ?x . ?value ex:p0 ?y . FILTER (!sameTerm(?x, ?y)) }`},
}

// TestAgainstDefinitions compares the constraints of SHACL Core, which this
// package evaluates itself, with their definitions as queries, which the engine
// answers, over random data and paths. The focus nodes are nodes of the data: a
// path of length zero leads from any node to itself in SHACL, and in a join with
// pre-bound values from those of the data only.
func TestAgainstDefinitions(t *testing.T) {
	end := time.Now().Add(w3ctest.Campaign(t, time.Second))
	const declared = `ex: sh:declare [ sh:prefix "ex" ; sh:namespace "http://e/" ] ,
		[ sh:prefix "rdf" ; sh:namespace "http://www.w3.org/1999/02/22-rdf-syntax-ns#" ] ,
		[ sh:prefix "rdfs" ; sh:namespace "http://www.w3.org/2000/01/rdf-schema#" ] ,
		[ sh:prefix "xsd" ; sh:namespace "http://www.w3.org/2001/XMLSchema#" ] .
	`
	for seed := uint64(1); seed == 1 || time.Now().Before(end); seed++ {
		r := rand.New(rand.NewPCG(seed, 0))
		data := randomData(r)
		sn := loaded(t, data)
		for range 4 {
			d, at := definitions[r.IntN(len(definitions))], randomPath(r, 2)
			head := declared + "ex:S sh:targetSubjectsOf ex:p0 , ex:p1 , ex:p2 ; " +
				"sh:targetObjectsOf ex:p1 ; sh:path " + at + " ; "
			pairs := func(shapes string) (out []string) {
				results, err := collect(Validate(t.Context(), sn, compiled(t, head+shapes+" ."), Options{}))
				if err != nil {
					t.Fatalf("seed %d, %s at %s: %v", seed, shapes, at, err)
				}
				for _, x := range results {
					out = append(out, x.Focus.String()+" "+x.Value.String())
				}
				slices.Sort(out)
				return out
			}
			core := pairs(d.core)
			query := pairs(`sh:sparql [ sh:prefixes ex: ;
			sh:select '''SELECT DISTINCT $this ?value { ` + d.query + ` }''' ]`)
			if !slices.Equal(core, query) {
				t.Fatalf("seed %d: %s at %s over\n%s\ngives %q, its definition %q",
					seed, d.core, at, data, core, query)
			}
		}
	}
}

// TestGraphsTogether makes sure that validating every graph by itself finds what
// validating all of the data finds.
func TestGraphsTogether(t *testing.T) {
	s := compiled(t, `ex:S sh:targetClass ex:C1 ; sh:property [ sh:path ex:p0 ; sh:maxCount 1 ; sh:class ex:C2 ] .
		ex:T sh:targetSubjectsOf ex:p1 ; sh:closed true ; sh:ignoredProperties ( rdf:type ) .
		ex:U sh:targetClass ex:C2 ; sh:property [ sh:path [ sh:zeroOrMorePath ex:p2 ] ; sh:nodeKind sh:IRI ] .`)
	for seed := range uint64(40) {
		sn := loaded(t, randomData(rand.New(rand.NewPCG(seed, 1))))
		all := lines(t, Validate(t.Context(), sn, s, Options{}))
		var parts []string
		for _, g := range []term.Term{{}, ex("g1"), ex("g2"), ex("g3")} {
			parts = append(parts, lines(t, Validate(t.Context(), sn, s, Options{Graphs: []term.Term{g}}))...)
		}
		slices.Sort(parts)
		if all, parts = slices.Compact(all), slices.Compact(parts); !slices.Equal(all, parts) {
			t.Fatalf("seed %d: all %q, graph by graph %q", seed, all, parts)
		}
	}
}

// FuzzCompile makes sure that no shapes graph makes the compiler, the
// validation or the writers fail otherwise than with an error.
func FuzzCompile(f *testing.F) {
	for _, s := range []string{
		`ex:S sh:targetClass ex:C1 ; sh:property [ sh:path ( ex:p0 [ sh:inversePath ex:p1 ] ) ; sh:minCount 1 ] .`,
		`ex:S sh:targetNode ex:a ; sh:or ( [ sh:class ex:C ] [ sh:not [ sh:in ( 1 2 ) ] ] ) ; sh:message "m" .`,
		`ex:S sh:targetSubjectsOf ex:p0 ; sh:sparql [ sh:select "SELECT $this ?value { $this ?path ?value }" ] .`,
		`ex:K a sh:ConstraintComponent ; sh:parameter [ sh:path ex:p ] ; sh:validator [ sh:ask "ASK { FILTER($value = $p) }" ] .
		 ex:S sh:targetNode ex:a ; ex:p ex:b .`,
		`ex:S sh:targetNode ex:a ; sh:node ex:S .`,
	} {
		f.Add(s)
	}
	sn := loaded(f, randomData(rand.New(rand.NewPCG(7, 7))))
	f.Fuzz(func(t *testing.T, text string) {
		quads, err := readTurtle(t.Context(), prefixes+text)
		if err != nil {
			t.Skip()
		}
		s, err := Compile(quads, ImportBuiltin)
		if err != nil || s.graph {
			return
		}
		found, err := collect(Validate(t.Context(), sn, s, Options{Limit: 100}))
		if err != nil {
			return
		}
		var b strings.Builder
		if err := WriteCSV(&b, each(found)); err != nil {
			t.Error(err)
		}
	})
}
