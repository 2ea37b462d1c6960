package document

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"fincat/vocab"
	"fincat/vocab/term"
)

// TestSourcePosition asks for the place of every byte, with each kind of line end,
// while the window moves on.
func TestSourcePosition(t *testing.T) {
	doc := strings.Repeat("一行\nsecond\r\nthird\rlast", 2000)
	s := NewSource(context.Background(), iotest.OneByteReader(strings.NewReader(doc)), 100)
	line, column := 1, 1
	for at := 0; at < len(doc); at++ {
		for s.Pos == s.End {
			s.Mark = s.Pos
			if !s.Fill() {
				t.Fatalf("the document ends after %d bytes, want %d", at, len(doc))
			}
		}
		if got := s.Offset(); got != int64(at) {
			t.Fatalf("offset %d, want %d", got, at)
		}
		if at%97 == 0 && doc[at] < 0x80 {
			if l, c := s.Position(s.Pos); l != line || c != column {
				t.Fatalf("byte %d stands at %d:%d, want %d:%d", at, l, c, line, column)
			}
		}
		switch c := doc[at]; {
		case c == '\n' && at > 0 && doc[at-1] == '\r':
		case c == '\n' || c == '\r':
			line, column = line+1, 1
		case c&0xC0 != 0x80:
			column++
		}
		s.Pos++
	}
	if s.Fill() || s.Err != nil {
		t.Errorf("behind the end: error %v", s.Err)
	}
}

// TestSourceLimit reads a token that fits into the window and one that does not.
func TestSourceLimit(t *testing.T) {
	const maxToken = 300 << 10
	for size, fits := range map[int]bool{maxToken: true, maxToken + 256<<10: false} {
		s := NewSource(context.Background(), strings.NewReader(strings.Repeat("x", size)), maxToken)
		for s.Fill() { // nothing is taken, so that the window must hold all
		}
		var limit *LimitError
		if errors.As(s.Err, &limit) == fits {
			t.Errorf("a token of %d bytes: error %v", size, s.Err)
		}
		if !fits && (limit.Max != maxToken || limit.Line != 1) {
			t.Errorf("the limit is %d in line %d, want %d in line 1", limit.Max, limit.Line, maxToken)
		}
	}
	broken := errors.New("broken")
	s := NewSource(context.Background(), io.MultiReader(strings.NewReader("abc"), iotest.ErrReader(broken)), 10)
	for s.Fill() {
	}
	if !errors.Is(s.Err, broken) || s.End != s.Pos {
		t.Errorf("error %v with %d bytes left, want %v and none", s.Err, s.End-s.Pos, broken)
	}
}

// TestBounded reads documents of one byte less than the bound, as many and more.
func TestBounded(t *testing.T) {
	for size, fits := range map[int]bool{0: true, 9: true, 10: true, 11: false, 1000: false} {
		data, err := io.ReadAll(Bounded(strings.NewReader(strings.Repeat("x", size)), 10))
		var limit *LimitError
		if errors.As(err, &limit) == fits || fits && len(data) != size {
			t.Errorf("%d bytes: read %d, error %v", size, len(data), err)
		}
		if !fits && (limit.Max != 10 || len(data) != 10) {
			t.Errorf("%d bytes: read %d, limit %d", size, len(data), limit.Max)
		}
	}
}

// TestChecker writes quads that read back, and refuses the others.
func TestChecker(t *testing.T) {
	iri := term.NewIRI
	s, p := iri("http://e/s"), iri("http://e/p")
	quad := func(o term.Term) term.Quad { return term.Quad{Subject: s, Predicate: p, Object: o} }
	inner := func(o term.Term) term.Term {
		return term.NewTripleTerm(term.Triple{Subject: s, Predicate: p, Object: o})
	}
	tests := []struct {
		name   string
		in     term.Quad
		graphs bool
		want   string // part of the error, "" for none
	}{
		{"plain", quad(term.NewString("a\x00b")), false, ""},
		{"named graph", quad(s).Triple().In(p), true, ""},
		{"named graph where there is none", quad(s).Triple().In(p), false, "has no named graphs"},
		{"relative IRI", quad(iri("x")), true, "is relative"},
		{"blank in an IRI", quad(iri("http://e/a b")), true, "contains ' '"},
		{"IRI that is not UTF-8", quad(iri("http://e/\xff")), true, "not UTF-8"},
		{"literal that is not UTF-8", quad(term.NewString("\xff")), true, "not UTF-8"},
		{"literal subject", term.Quad{Subject: term.NewString("x"), Predicate: p, Object: s}, true, "not an RDF quad"},
		{"relative datatype", quad(term.NewLiteral("1", "int")), true, "is relative"},
		{"language tag", quad(term.NewLangString("x", "zh-Hant-TW")), true, ""},
		{"malformed language tag", quad(term.NewLangString("x", "zh_TW")), true, "malformed language tag"},
		{"direction in the tag", quad(term.NewLangString("x", "ar--rtl")), true, "malformed language tag"},
		{"inside a triple term", quad(inner(iri("x"))), true, "is relative"},
	}
	for _, tt := range tests {
		c := NewChecker("Test", tt.graphs)
		got, err := c.Quad(tt.in)
		if tt.want == "" && (err != nil || got != tt.in) {
			t.Errorf("%s: %v, error %v", tt.name, got, err)
		}
		if tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
			t.Errorf("%s: error %v, want %q", tt.name, err, tt.want)
		}
	}
	c := NewChecker("Test", true)
	seen := map[term.Term]string{}
	for _, label := range []string{"a", "a b", "", ".", "-", "a.", "x--61", "x--", "保險"} {
		got, err := c.Quad(quad(inner(term.NewBlankNode(label))))
		if err != nil {
			t.Fatal(err)
		}
		o := got.Object.Triple().Object
		if b := []byte("_:" + o.Value()); func() int { n, _ := BlankNodeLength(b); return n }() != len(b) {
			t.Errorf("label %q becomes %q, which no syntax allows", label, o.Value())
		}
		if other, ok := seen[o]; ok {
			t.Errorf("labels %q and %q become the same", label, other)
		}
		seen[o] = label
	}
}

// TestLayout finds the lists and the nodes that stand inside others.
func TestLayout(t *testing.T) {
	iri, blank := func(s string) term.Term { return term.NewIRI("http://e/" + s) }, term.NewBlankNode
	var quads []term.Quad
	add := func(s term.Term, p string, o term.Term) {
		quads = append(quads, term.Quad{Subject: s, Predicate: term.NewIRI(p), Object: o})
	}
	list := func(name string, cells int) {
		for i := range cells {
			next := blank(fmt.Sprint(name, i+1))
			if i == cells-1 {
				next = term.NewIRI(vocab.RDFNil)
			}
			add(blank(fmt.Sprint(name, i)), vocab.RDFFirst, term.NewString(fmt.Sprint(i)))
			add(blank(fmt.Sprint(name, i)), vocab.RDFRest, next)
		}
	}
	add(iri("s"), "http://e/list", blank("l0"))
	list("l", 3)
	add(iri("s"), "http://e/damaged", blank("d0"))
	list("d", 2)
	add(blank("d1"), "http://e/more", iri("x"))
	add(iri("s"), "http://e/once", blank("once"))
	add(blank("once"), "http://e/p", iri("x"))
	add(iri("s"), "http://e/twice", blank("twice"))
	add(iri("t"), "http://e/twice", blank("twice"))
	add(blank("circle"), "http://e/self", blank("circle"))
	add(blank("free"), "http://e/p", iri("x"))
	l := NewLayout(quads)
	if members := l.Lists[blank("l0")]; len(members) != 3 || members[0] != term.NewString("0") ||
		members[2] != term.NewString("2") {
		t.Errorf("list has members %v", members)
	}
	if len(l.Lists) != 1 || l.Cells[blank("l2")] != blank("l0") {
		t.Errorf("lists are %v, cells %v", l.Lists, l.Cells)
	}
	for name, want := range map[string]bool{"once": true, "twice": false, "circle": false, "free": false, "d0": true,
		"unknown": false} {
		if got := l.Inline(blank(name)); got != want {
			t.Errorf("Inline(%s) = %v, want %v", name, got, want)
		}
	}
	if !l.Anonymous(blank("free")) || l.Anonymous(blank("once")) || l.Anonymous(blank("unknown")) {
		t.Error("only a node that nothing refers to is anonymous")
	}
	if got := l.Properties(blank("once")); len(got) != 1 || got[0].Object != iri("x") {
		t.Errorf("Properties(once) = %v", got)
	}
}

// TestProblem pins how problems and errors read.
func TestProblem(t *testing.T) {
	p := Problem{Line: 2, Column: 3, Text: "a b", Message: "found b"}
	for want, err := range map[string]error{
		`2:3: found b, in "a b"`:              p,
		`Turtle: 2:3: found b, in "a b"`:      &Error{Syntax: "Turtle", Problem: p},
		`2:3: nesting exceeds the limit of 5`: &LimitError{Limit: "nesting", Max: 5, Problem: p},
		`1:1: empty`:                          Problem{Line: 1, Column: 1, Message: "empty"},
	} {
		if err.Error() != want {
			t.Errorf("error reads %q, want %q", err, want)
		}
	}
	for in, want := range map[string]string{
		"": "the end of the document", "\n": "the end of the line", "\x01": "the control character U+0001",
		"\xff": "the byte 0xFF, which is not UTF-8", "word rest": "'word'", "資料 x": "'資料'", "?x": "'?'",
	} {
		if got := Found([]byte(in)); got != want {
			t.Errorf("Found(%q) = %q, want %q", in, got, want)
		}
	}
	long := bytes.Repeat([]byte("資"), 200)
	if got := Excerpt(long, 300); len(got) > 170 || strings.ContainsRune(got, '\uFFFD') &&
		!strings.HasSuffix(got, "\uFFFD") {
		t.Errorf("Excerpt of a long line is %q", got)
	}
	if got := Excerpt([]byte("one\ntwo\r\nthree"), 5); got != "two" {
		t.Errorf("Excerpt gives %q, want the line", got)
	}
}
