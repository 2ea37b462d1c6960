package rdfio_test

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"fincat/vocab"
	"fincat/vocab/rdfio"
	"fincat/vocab/term"
	"fincat/vocab/w3ctest"
)

// generator makes small datasets with what breaks writers: awkward local
// names, lexical forms, tags and labels; lists, cycles and shared blank nodes.
type generator struct{ *rand.Rand }

func pick[T any](g generator, of ...T) T { return of[g.IntN(len(of))] }

func (g generator) iri() term.Term {
	ns := pick(
		g, "http://example.org/", "http://example.org/ns#", vocab.DCATNS, vocab.DCTNS, vocab.RDFNS, vocab.XSDNS,
		"urn:x:",
		"http://example.org/資料/", "http://例子.tw/?q=",
	)
	local := pick(
		g, "a", "b", "a.b", "a.", ".a", "-a", "1a", "a:b", ":", "a/b", "a#b", "a%20b", "_1", "_", "a-", "a~b", "(a)",
		"保險",
		"a'b", "a;b", "a&b", "?x=1&amp;y", "𠮷", "a\u00b7", "\u00b7a", "type", "li", "Description", "about", "first",
		"rest",
		"nil", "title", "ns1:x", "", "xml", "a,b", "a=b", "!", "$", "*", "@en", "a+b", "a/../b", "./a",
	)
	if strings.Contains(ns, "#") {
		local = strings.ReplaceAll(local, "#", "")
	}
	return term.NewIRI(ns + local)
}

func (g generator) predicate() term.Term {
	if g.IntN(3) > 0 {
		return term.NewIRI(
			pick(
				g, vocab.RDFType, vocab.DCTTitle, vocab.RDFFirst, vocab.RDFRest, vocab.RDFValue,
				"http://example.org/p", "urn:p",
				vocab.RDFNS+"_1", "http://example.org/a/保險",
			),
		)
	}
	return g.iri()
}

func (g generator) text() string {
	var b strings.Builder
	for range g.IntN(5) {
		b.WriteString(
			pick(
				g, "a", " ", "\n", "\r", "\t", "\r\n", "\"", "\"\"\"", "'", "''", "\\", "\\u0041", "<b>", "]]>",
				"&amp;", "&",
				"保險", "𠮷", "é", "e\u0301", ".", ";", "@en", "^^", "\x00", "\x01", "\x7f", "\u0085", "\u2028",
				"\ufeff", "\ufffd",
				"\ufffe", "\uffff", "\U0010ffff", "{|", "|}", "#", "-->", "<![CDATA[", "%", "{", "}",
			),
		)
	}
	return b.String()
}

func (g generator) literal() term.Term {
	switch g.IntN(5) {
	case 0:
		return term.NewString(g.text())
	case 1:
		return term.NewDirLangString(
			g.text(), pick(g, "en", "zh-Hant-TW", "zh-hant", "x-a-b1", "de-1996", "EN-us", "a", "abcdefgh-12345678"),
			pick(g, term.NoDirection, term.LTR, term.RTL),
		)
	}
	return term.NewLiteral(
		pick(
			g, "1", "01", "+1", "-1", "1.0", "1.", ".5", "-.5", "01.10", "1e0", "1E0", "1.0e-7", "+.1E+1", "1.e1",
			"INF",
			"-INF", "NaN", "true", "false", "TRUE", "1 ", " 1", "", "e", "+", ".", "--1", "1e", g.text(),
		),
		pick(
			g, vocab.XSDInteger, vocab.XSDDecimal, vocab.XSDDouble, vocab.XSDBoolean, vocab.XSDFloat, vocab.XSDString,
			vocab.RDFXMLLiteral, vocab.RDFHTML, vocab.RDFJSON, g.iri().Value(),
		),
	)
}

func (g generator) blank() term.Term {
	return term.NewBlankNode(
		pick(
			g, "a", "b", "b1", "b2", "1", "_x", "anon1", "anon2", "a.b", "a-", "保險", "a b", "", "x--61", "x--", ".",
			"-a",
			"a\u00b7",
		),
	)
}

func (g generator) subject() term.Term {
	if g.IntN(2) == 0 {
		return g.blank()
	}
	return g.iri()
}

func (g generator) object(depth int) term.Term {
	switch n := g.IntN(10); {
	case n < 4:
		return g.literal()
	case n < 7:
		return g.blank()
	case n == 7 && depth < 3:
		return term.NewTripleTerm(term.Triple{Subject: g.subject(), Predicate: g.predicate(),
			Object: g.object(depth + 1)})
	}
	return g.iri()
}

// list adds an RDF collection and returns its head.
func (g generator) list(quads *[]term.Quad, graph term.Term, name string, depth int) term.Term {
	next := term.NewIRI(vocab.RDFNil)
	for i := range g.IntN(5) {
		item := g.object(0)
		if g.IntN(4) == 0 && depth < 4 {
			item = g.list(quads, graph, fmt.Sprintf("%s_%d", name, i), depth+1)
		}
		cell := term.NewBlankNode(fmt.Sprintf("%s%d", name, i))
		*quads = append(
			*quads, term.Quad{Subject: cell, Predicate: term.NewIRI(vocab.RDFFirst), Object: item, Graph: graph},
			term.Quad{Subject: cell, Predicate: term.NewIRI(vocab.RDFRest), Object: next, Graph: graph},
		)
		if g.IntN(12) == 0 {
			*quads = append(*quads, term.Quad{Subject: cell, Predicate: g.predicate(), Object: g.object(0),
				Graph: graph})
		}
		next = cell
	}
	return next
}

func (g generator) dataset() []term.Quad {
	var quads []term.Quad
	graphs := []term.Term{{}, {}, g.iri(), g.blank()}
	for i := range 1 + g.IntN(12) {
		graph := pick(g, graphs...)
		q := term.Quad{Subject: g.subject(), Predicate: g.predicate(), Object: g.object(0), Graph: graph}
		if g.IntN(5) == 0 {
			q.Object = g.list(&quads, graph, fmt.Sprintf("l%d", i), 0)
		}
		quads = append(quads, q)
	}
	if g.IntN(4) == 0 { // a chain, maybe closed
		n := 1 + g.IntN(150)
		for i := range n {
			to := term.NewBlankNode(fmt.Sprintf("c%d", i+1))
			if i == n-1 {
				to = pick(g, to, term.NewBlankNode("c0"), g.iri())
			}
			quads = append(
				quads,
				term.Quad{
					Subject:   term.NewBlankNode(fmt.Sprintf("c%d", i)),
					Predicate: term.NewIRI("http://example.org/p"), Object: to,
				},
			)
		}
	}
	return quads
}

// checkRoundTrip writes the quads that the syntax can hold and reads them back.
func checkRoundTrip(f rdfio.Format, quads []term.Quad, o rdfio.WriteOptions) error {
	var out bytes.Buffer
	o.Verify = f == rdfio.NTriples || f == rdfio.NQuads
	w, err := rdfio.NewWriter(&out, f, o)
	if err != nil {
		return err
	}
	var want []term.Quad
	for _, q := range quads {
		if w.Write(q) == nil {
			want = append(want, q)
		}
	}
	if err := w.Close(); err != nil {
		return fmt.Errorf("close: %w", err)
	}
	got, err := rdfio.ReadAll(
		context.Background(), bytes.NewReader(out.Bytes()), rdfio.ReadOptions{Format: f, GrammarOnly: true},
	)
	if err != nil {
		return fmt.Errorf("read back: %w\n%s", err, out.Bytes())
	}
	if err := w3ctest.SameQuads(got, want); err != nil {
		return fmt.Errorf("%w\nwritten:\n%s", err, out.Bytes())
	}
	return nil
}

var ownWriters = rdfio.Formats()

func TestRoundTrip(t *testing.T) {
	options := []rdfio.WriteOptions{
		{},
		{Base: "http://example.org/資料/x", Canonical: true, Sorted: true},
		{Stream: true},
		{
			Stream: true, Base: "http://example.org/資料/x",
			Prefixes: map[string]string{"": "http://example.org/", "ns1": "urn:x:"},
		},
		{
			Prefixes: map[string]string{
				"": "http://example.org/", "e": "http://example.org/n", "a.b": "urn:x:", "x": vocab.XSDNS,
			},
		},
	}
	campaign := w3ctest.Campaign(t, 0)
	for seed, start := uint64(0), time.Now(); seed < 300 || time.Since(start) < campaign; seed++ {
		g := generator{rand.New(rand.NewPCG(seed, 1))}
		quads := g.dataset()
		for _, f := range ownWriters {
			if err := checkRoundTrip(f, quads, options[seed%5]); err != nil {
				t.Fatalf("seed %d, %s: %v", seed, f, err)
			}
		}
	}
}

func TestRoundTripAcceptsPlainTerms(t *testing.T) {
	// Only terms that a syntax really cannot hold may be refused.
	quads := []term.Quad{
		{
			Subject: term.NewIRI("http://e/s"), Predicate: term.NewIRI("http://e/p"),
			Object: term.NewLangString("a\"\\\n\r保險𠮷<&>]]>", "zh-Hant-TW"),
		},
	}
	for _, f := range rdfio.Formats() {
		var out bytes.Buffer
		w, err := rdfio.NewWriter(&out, f, rdfio.WriteOptions{})
		if err != nil {
			continue
		}
		if err := w.Write(quads[0]); err != nil {
			t.Errorf("%s: %v", f, err)
		}
	}
}
