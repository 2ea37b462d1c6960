package rdfio_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"fincat/vocab"
	"fincat/vocab/rdfio"
)

// TestFaults reads faulty documents: strict reading stops at the place with a
// message, lenient reading reports all places and gives the rest.
func TestFaults(t *testing.T) {
	const p = "@prefix e: <http://e/> .\n"
	rdf := "<rdf:RDF xmlns:rdf='" + vocab.RDFNS + "' xmlns:e='http://e/'>\n"
	tests := []struct {
		name    string
		f       rdfio.Format
		doc     string
		places  string // of all problems
		message string // in the first
		quads   int    // that lenient reading gives
	}{
		{
			"missing dot of a prefix", rdfio.Turtle, "@prefix x: <http://x/>\n" + p + "e:s x:p 1 .", "1:23",
			"found '@prefix', expected '.' after the directive", 1,
		},
		{
			"missing dot of the last prefix", rdfio.Turtle, "@prefix e: <http://e/>\n\ne:s e:p 1 .", "1:23",
			"expected '.'", 1,
		},
		{
			"undeclared prefix", rdfio.Turtle, p + "e:s e:p 1 ;\n x:p 2 ;\n e:q x:o, 3 .\ne:t e:p 4 .", "3:2 4:6",
			`prefix "x:" is not declared`, 3,
		},
		{
			"undeclared prefix of the subject", rdfio.Turtle, p + "x:s e:p 1 ; e:q 2 .\ne:t e:p 4 .", "2:1",
			`prefix "x:" is not declared`, 1,
		},
		{"slash", rdfio.Turtle, p + "e:s e:p e:a/b, e:c .", "2:12", `unescaped "/"`, 2},
		{"blank in an IRI", rdfio.Turtle, p + "e:s e:p <http://x/a b>, e:c .", "2:9", "' ' is not allowed", 2},
		{
			"brackets in an IRI", rdfio.NTriples, "<http://x/[a]> <http://x/p> <http://x/a|b> .", "1:1 1:29",
			"'[' is not allowed", 1,
		},
		{
			"relative IRI", rdfio.NQuads,
			"<a> <http://x/p> <http://x/b> .\n<http://x/a> <http://x/p> <http://x/b> .", "1:1",
			"relative IRI", 1,
		},
		{
			"bad triple in a list of properties", rdfio.Turtle, p + "e:s e:p 1 ;\n e:q = 2 ;\n e:r 3 .\ne:t e:p 4 .",
			"3:6",
			"found '=', expected an object", 3,
		},
		{
			"bad triple in a blank node", rdfio.Turtle, p + "e:s e:p [ e:q ! ; e:r 3 ] ; e:u 5 .\ne:t e:p 4 .", "2:15",
			"found '!'", 4,
		},
		{
			"missing dot between statements", rdfio.Turtle, p + "e:s e:p 1\ne:t e:p 2 .\ne:u e:p 3 .", "2:10",
			"found 'e:t', expected '.' after the triples", 3,
		},
		{
			"missing dot at the end", rdfio.Turtle, p + "e:s e:p 1\n", "2:10",
			"found the end of the document, expected '.'",
			1,
		},
		{"string without end", rdfio.Turtle, p + "e:s e:p 'a ;\n e:q 2 .\ne:t e:p 4 .", "2:9", "no closing '", 1},
		{"bad escape", rdfio.Turtle, p + "e:s e:p 'a\\q', 2 .\ne:t e:p 4 .", "2:11", `found '\'`, 1},
		{"bad tag", rdfio.Turtle, p + "e:s e:p 'a'@123 ; e:q 2 .", "2:13", "expected a language tag", 1},
		{"bad statement", rdfio.Turtle, p + "e:s e:p 1 .\n!! .\ne:t e:p 4 .", "3:1", "expected", 2},
		{
			"bad graph", rdfio.TriG, p + "e:g { e:s e:p 1 . e:s ! 2 . e:s e:p 3 }\ne:h { e:s e:p 4 }", "2:23",
			"found '!', expected a predicate", 3,
		},
		{"graph without end", rdfio.TriG, p + "e:g { e:s e:p 1 ", "2:17", "expected '.' or '}'", 1},
		{
			"N-Triples lines", rdfio.NTriples,
			"<a:a> <a:b> .\n<a:a> <a:b> <a:c> .\r<a:a> <a:b> \"x .\n<a:a> <a:b> \"y\"@en .\n", "1:13 3:13",
			"found '.', expected an object", 2,
		},
		{
			"N-Quads rest of line", rdfio.NQuads, "<a:a> <a:b> <a:c> <a:g> . x\n<a:a> <a:b> <a:c> .", "1:27",
			"expected the end of the line", 1,
		},
		{
			"RDF/XML attribute", rdfio.RDFXML,
			rdf + "<e:C rdf:about='http://e/s'>\n <e:p\n  rdf:bagID='x'>1</e:p>\n <e:q>2</e:q>\n</e:C></rdf:RDF>",
			"4:3",
			"rdf:bagID is not allowed", 2,
		},
		{
			"RDF/XML blank in an IRI", rdfio.RDFXML, rdf + "<e:C\n rdf:about='http://e/a b'/></rdf:RDF>", "3:2",
			"' ' is not allowed", 1,
		},
		{
			"RDF/XML ampersand", rdfio.RDFXML,
			rdf + "<e:C><e:p rdf:resource='http://e/?a=1&b=2'/><e:q>A & B &nbsp; C</e:q></e:C></rdf:RDF>",
			"2:38 2:52 2:56",
			`found "&b`, 3,
		},
		{
			"RDF/XML prefix", rdfio.RDFXML, rdf + "<e:C><x:p><e:q>1</e:q></x:p><e:q>2</e:q></e:C></rdf:RDF>", "2:6",
			`prefix "x:" is not declared`, 2,
		},
		{
			"RDF/XML two nodes", rdfio.RDFXML, rdf + "<e:C><e:p><e:D/><e:E/></e:p><e:q>2</e:q></e:C></rdf:RDF>",
			"2:17",
			"a second node element <e:E>", 4,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o := rdfio.ReadOptions{Format: tt.f}
			var e *rdfio.Error
			_, err := rdfio.ReadAll(context.Background(), strings.NewReader(tt.doc), o)
			first, _, _ := strings.Cut(tt.places, " ")
			if !errors.As(err, &e) || fmt.Sprintf("%d:%d", e.Line, e.Column) != first ||
				!strings.Contains(e.Message, tt.message) ||
				e.Text == "" {
				t.Errorf("strict: error is %v, want %s: %s", err, first, tt.message)
			}
			var places []string
			o.Lenient, o.OnProblem = true, func(p rdfio.Problem) {
				places = append(places, fmt.Sprintf("%d:%d", p.Line, p.Column))
				t.Log(p.Error())
			}
			quads, err := rdfio.ReadAll(context.Background(), strings.NewReader(tt.doc), o)
			if err != nil || strings.Join(places, " ") != tt.places || len(quads) != tt.quads {
				t.Errorf(
					"lenient: %d quads, problems at %v, error %v; want %d, %s\n%v", len(quads), places, err,
					tt.quads, tt.places,
					quads,
				)
			}
		})
	}
}
