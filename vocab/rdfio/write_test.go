package rdfio_test

import (
	"bytes"
	"context"
	"io"
	"strings"
	"testing"

	"fincat/vocab"
	"fincat/vocab/rdfio"
	"fincat/vocab/term"
)

const writeInput = `PREFIX e: <http://example.org/>
PREFIX dct: <http://purl.org/dc/terms/>
PREFIX dcat: <http://www.w3.org/ns/dcat#>
e:b dct:title "乙"@zh-Hant-TW, "b"@en ; a dcat:Dataset ; e:list ( 1 2.0 "3" ( e:x [] ) ) ; e:text "line\nnext \"quoted\"" ; e:n 01, "1"^^<http://www.w3.org/2001/XMLSchema#double>, 1e0, true, "TRUE"^^<http://www.w3.org/2001/XMLSchema#boolean> .
e:a e:contact [ a e:Org ; e:sub [ e:p "deep" ] ] ; e:shared _:s ; e:says <<( e:s e:p "o"@ar--rtl )>> .
e:c e:shared _:s ; <http://other.example/p#q.r> <http://example.org/a/b> .
_:s e:p _:s2 . _:s2 e:p _:s . [] e:p "nobody" .
`

const wantTurtle = `@prefix : <http://example.org/> .
@prefix dcat: <http://www.w3.org/ns/dcat#> .
@prefix dct: <http://purl.org/dc/terms/> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .

:a :contact [
    a :Org ;
    :sub [
      :p "deep"
    ]
  ] ;
  :says <<( :s :p "o"@ar--rtl )>> ;
  :shared _:s .

:b a dcat:Dataset ;
  :list ( 1 2.0 "3" ( :x [] ) ) ;
  :n 01,
    "1"^^xsd:double,
    1e0,
    "TRUE"^^xsd:boolean,
    true ;
  :text """line
next \"quoted\"""" ;
  dct:title "b"@en,
    "乙"@zh-Hant-TW .

:c :shared _:s ;
  <http://other.example/p#q.r> <http://example.org/a/b> .

[] :p "nobody" .

_:s :p [
    :p _:s
  ] .
`

const wantXML = `<?xml version="1.0" encoding="UTF-8"?>
<rdf:RDF
  xmlns:e="http://example.org/"
  xmlns:its="http://www.w3.org/2005/11/its"
  xmlns:ns1="http://other.example/p#"
  xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
  rdf:version="1.2" its:version="2.0">
  <rdf:Description rdf:about="http://example.org/a">
    <e:contact>
      <e:Org>
        <e:sub>
          <rdf:Description>
            <e:p>deep</e:p>
          </rdf:Description>
        </e:sub>
      </e:Org>
    </e:contact>
    <e:says rdf:parseType="Triple">
      <rdf:Description rdf:about="http://example.org/s">
        <e:p xml:lang="ar" its:dir="rtl">o</e:p>
      </rdf:Description>
    </e:says>
    <e:shared rdf:nodeID="s"/>
  </rdf:Description>
  <rdf:Description rdf:about="http://example.org/c">
    <e:list rdf:parseType="Collection">
      <rdf:Description rdf:about="http://example.org/x"/>
      <rdf:Description/>
    </e:list>
    <e:shared rdf:nodeID="s"/>
    <ns1:q.r rdf:resource="http://example.org/a/b"/>
  </rdf:Description>
</rdf:RDF>
`

func TestWrite(t *testing.T) {
	xmlInput := strings.Replace(
		writeInput[:strings.Index(writeInput, "_:s e:p")], "e:c e:shared", "e:c e:list ( e:x [] ) ; e:shared", 1,
	)
	xmlInput = xmlInput[:strings.Index(xmlInput, "e:b dct")] + xmlInput[strings.Index(xmlInput, "e:a e:contact"):]
	tests := []struct {
		f        rdfio.Format
		in, want string
		prefixes map[string]string
	}{
		{
			rdfio.Turtle, writeInput, wantTurtle,
			map[string]string{
				"": "http://example.org/", "dcat": vocab.DCATNS, "dct": vocab.DCTNS, "xsd": vocab.XSDNS,
				"unused": "http://unused/",
			},
		},
		{rdfio.RDFXML, xmlInput, wantXML, map[string]string{"e": "http://example.org/", "unused": "http://unused/"}},
	}
	for _, tt := range tests {
		quads, err := rdfio.ReadAll(context.Background(), strings.NewReader(tt.in),
			rdfio.ReadOptions{Format: rdfio.Turtle})
		if err != nil {
			t.Fatal(err)
		}
		for range 2 { // order of the input does not matter
			var out bytes.Buffer
			if err := rdfio.Write(t.Context(), &out, tt.f, rdfio.All(quads),
				rdfio.WriteOptions{Prefixes: tt.prefixes}); err != nil {
				t.Fatal(err)
			}
			if out.String() != tt.want {
				t.Errorf("%s:\n%s\nwant:\n%s", tt.f, out.String(), tt.want)
			}
			for i, j := 0, len(quads)-1; i < j; i, j = i+1, j-1 {
				quads[i], quads[j] = quads[j], quads[i]
			}
		}
	}
}

// TestWriteRefuses: what a syntax cannot hold is an error, never another graph.
func TestWriteRefuses(t *testing.T) {
	iri, bad := term.NewIRI("http://e/p"), []rdfio.Format{rdfio.RDFXML}
	all := rdfio.Formats()
	triple := func(p, o term.Term) term.Quad { return term.Quad{Subject: iri, Predicate: p, Object: o} }
	tests := []struct {
		name string
		q    term.Quad
		by   []rdfio.Format
	}{
		{"predicate without a name", triple(term.NewIRI("http://e/p/"), iri), bad},
		{"predicate of digits", triple(term.NewIRI("http://e/1"), iri), bad},
		{"rdf:li", triple(term.NewIRI(vocab.RDFNS+"li"), iri), bad},
		{"rdf:about", triple(term.NewIRI(vocab.RDFNS+"about"), iri), bad},
		{"control character", triple(iri, term.NewString("a\x01")), bad},
		{"noncharacter", triple(iri, term.NewString("a\uffff")), bad},
		{
			"named graph", term.Quad{Subject: iri, Predicate: iri, Object: iri, Graph: iri},
			[]rdfio.Format{rdfio.Turtle, rdfio.NTriples, rdfio.RDFXML},
		},
		{"relative IRI", triple(iri, term.NewIRI("a")), all},
		{"blank in an IRI", triple(iri, term.NewIRI("http://e/a b")), all},
		{"invalid UTF-8", triple(iri, term.NewString("\xff")), all},
		{"bad tag", triple(iri, term.NewLangString("a", "zh_TW")), all},
		{"tag that holds a direction", triple(iri, term.NewLangString("a", "ar--rtl")), all},
		{"rdf:langString without tag", triple(iri, term.NewLiteral("a", vocab.RDFLangString)), all},
		{"relative datatype", triple(iri, term.NewLiteral("a", "b")), all},
		{"literal subject", term.Quad{Subject: term.NewString("a"), Predicate: iri, Object: iri}, all},
		{"no object", term.Quad{Subject: iri, Predicate: iri}, all},
		{
			"inside a triple term",
			triple(iri, term.NewTripleTerm(term.Triple{Subject: iri, Predicate: iri, Object: term.NewIRI("a b")})),
			all,
		},
	}
	for _, tt := range tests {
		for _, f := range tt.by {
			for _, stream := range []bool{false, true} {
				err := rdfio.Write(
					context.Background(), io.Discard, f, rdfio.All([]term.Quad{tt.q}),
					rdfio.WriteOptions{Stream: stream},
				)
				if err == nil || strings.Contains(err.Error(), "\n") {
					t.Errorf("%s, %s: error is %v", tt.name, f, err)
				}
			}
		}
	}
	for name, o := range map[string]rdfio.WriteOptions{
		"bad prefix":    {Prefixes: map[string]string{"1": "http://e/"}},
		"bad namespace": {Prefixes: map[string]string{"e": "http://e/ "}}, "relative base": {Base: "a"},
	} {
		if _, err := rdfio.NewWriter(io.Discard, rdfio.Turtle, o); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

type brokenPipe struct{}

func (brokenPipe) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

func TestWriteError(t *testing.T) {
	for _, f := range rdfio.Formats() {
		for _, stream := range []bool{false, true} {
			if err := rdfio.Write(t.Context(), brokenPipe{}, f, rdfio.All(dcatData(50, 1)),
				rdfio.WriteOptions{Stream: stream}); err == nil {
				t.Errorf("%s: a broken pipe gives no error", f)
			}
		}
	}
}
