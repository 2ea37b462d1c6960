package shacl

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"fincat/vocab/term"
)

// TestPlaces checks that errors say where in a shapes graph a blank node stands.
func TestPlaces(t *testing.T) {
	deep := strings.Repeat("[ sh:inversePath ", 100) + "ex:p" + strings.Repeat(" ]", 100)
	const target, s = `ex:S sh:targetNode ex:a ; `, "shapes: <http://e/S> sh:"
	for _, tt := range []struct{ shapes, want string }{
		{target + `sh:property [ sh:path [ sh:inversePath [ ex:no ex:p ] ] ] .`,
			s + "property / sh:path / sh:inversePath: "},
		{target + `sh:or ( ex:T [ sh:minLength "x" ] ) .`, s + "or / rdf:first: "},
		{target + `sh:sparql [ sh:select "SELECT" ] .`, s + "sparql: "},
		{target + `sh:path ` + deep + ` .`, s + "path / sh:inversePath"},
		{`[] sh:targetNode ex:a ; sh:class "C" .`, "shapes: _:"},
	} {
		_, err := Compile(quadsOf(t, tt.shapes), nil)
		if err == nil || !strings.HasPrefix(err.Error(), tt.want) || len(err.Error()) > 300 {
			t.Errorf("%.60s: %v, want the place %s", tt.shapes, err, tt.want)
		}
	}
}

// TestOddParameters compiles parameters that are no error, or none that counts could reach.
func TestOddParameters(t *testing.T) {
	sn := loaded(t, `ex:a ex:p "1", "2" .`)
	found := func(shapes string) []string {
		return lines(t, Validate(t.Context(), sn, compiled(t, "ex:S sh:targetNode ex:a ; "+shapes), Options{}))
	}
	want(t, found(`sh:path ex:p ; sh:maxCount 99999999999999999999 ; sh:maxLength 99999999999999999999 .`))
	want(t, found(`sh:path ex:p ; sh:minCount 99999999999999999999 .`), "a MinCount")
	want(t, found(`sh:path ex:p ; sh:maxCount -99999999999999999999 .`), "a MaxCount")
	if _, err := Compile(quadsOf(t, `ex:S sh:targetNode ex:a ; sh:severity "bad" .`), nil); err == nil {
		t.Error("a severity may be a literal")
	}
	long := `ex:S sh:targetNode ex:a ; sh:path ex:p ; sh:pattern "` + strings.Repeat("x|", 4000) + `y" .`
	for r, err := range Validate(t.Context(), sn, compiled(t, long), Options{}) {
		if err != nil || len(r.message("en")) > 400 {
			t.Errorf("message of %d bytes, error %v", len(r.message("en")), err)
		}
	}
	s := compiled(t, `ex:S sh:targetNode ex:a ; sh:target [ ex:x 1 ], [ ex:x 2 ] ; sh:rule [] .`)
	if got := s.Ignored(); !slices.Equal(got, []string{"sh:target", "sh:rule"}) {
		t.Errorf("Ignored() = %v", got)
	}
}

// TestLexicalForms checks which texts are of a datatype that has no order.
func TestLexicalForms(t *testing.T) {
	for datatype, forms := range map[string][2]string{ // good, bad
		"hexBinary": {"|0aFf", "0|0g|0a "}, "base64Binary": {"|QQ==|QUI=|QUJD QUJD", "Q|QQ=|QQ==QQ==|QU-C"},
		"language": {"zh-Hant-TW|en", "|zh_TW|en-|abcdefghi"}, "NCName": {"a|_b-1|表", "|a:b|1a|-a|a b"},
		"Name": {"a:b|:a", "1|"}, "NMTOKEN": {"1a|-a:b", "|a b"}, "token": {"|a b", " a|a |a  b|a\tb"},
		"normalizedString": {" a  b |", "a\nb|a\tb"}, "anyURI": {"x y", "\x00never"}, "integer": {"+01", "1.0|"},
	} {
		for i, list := range forms {
			for form := range strings.SplitSeq(list, "|") {
				lit := term.NewLiteral(form, "http://www.w3.org/2001/XMLSchema#"+datatype)
				if form != "\x00never" && wellTyped(lit) != (i == 0) {
					t.Errorf("wellTyped(%v) = %v", lit, i != 0)
				}
			}
		}
	}
}

// TestManyWays follows property shapes through a graph in which the number of ways grows
// with the power of their length, and compiles shapes and lists of great size.
func TestManyWays(t *testing.T) {
	var data, shapes strings.Builder
	for i := range 20 {
		fmt.Fprintf(&data, "ex:n%[1]d ex:p ex:n%[2]d, ex:n%[3]d .\n", i, (i*7+1)%20, (i*3+5)%20)
	}
	const depth = 60
	for i := range depth {
		fmt.Fprintf(&shapes, "ex:R%[1]d sh:path ex:p ; sh:property ex:R%[2]d, ex:Q%[2]d .\n"+
			"ex:Q%[1]d sh:path ex:p ; sh:property ex:Q%[2]d, ex:R%[2]d .\n", i, i+1)
	}
	fmt.Fprintf(&shapes, "ex:R%[1]d sh:path ex:q ; sh:maxCount 0 . ex:Q%[1]d sh:path ex:q ; sh:maxCount 0 .\n"+
		"ex:R0 sh:targetNode ex:n0 .", depth)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	for r, err := range Validate(ctx, loaded(t, data.String()), compiled(t, shapes.String()), Options{}) {
		t.Fatal(r, err)
	}
	var targets, members strings.Builder
	for i := range 20_000 {
		fmt.Fprintf(&targets, ", ex:t%d", i)
		fmt.Fprintf(&members, " %d", i)
	}
	s := compiled(t, "ex:S sh:targetNode ex:a"+targets.String()+" ; sh:in ("+members.String()+") .")
	if n := len(lines(t, Validate(ctx, loaded(t, `ex:a ex:p 1 .`), s, Options{}))); n != 20_001 {
		t.Errorf("%d results, want 20001", n)
	}
}

// TestQueryTime ends queries of shapes that do not end by themselves, and comparisons that
// take long when nobody waits for them any more.
func TestQueryTime(t *testing.T) {
	var b strings.Builder
	for i := range 2000 {
		fmt.Fprintf(&b, "ex:n%[1]d ex:q %[1]d . ex:wide ex:a %[1]d ; ex:b %[2]d .\n", i, i+5000)
	}
	sn := loaded(t, b.String())
	const endless = `?a ex:q ?c . ?d ex:q ?f . ?g ex:q ?i . ?j ex:q ?l . FILTER(?c + ?f + ?i + ?l = -1)`
	for name, shapes := range map[string]string{
		"SELECT": `ex:S sh:targetNode ex:n1 ; sh:sparql [ sh:prefixes ex: ;
			sh:select "SELECT $this { $this ?p ?o . ` + endless + ` }" ] .`,
		"ASK": `ex:K a sh:ConstraintComponent ; sh:parameter [ sh:path ex:on ] ; sh:validator [ sh:prefixes ex: ;
			sh:ask "ASK { $this ?p ?o . ` + endless + ` }" ] . ex:S sh:targetNode ex:n1 ; ex:on 1 .`,
	} {
		s := compiled(t, shapes+` ex: sh:declare [ sh:prefix "ex" ; sh:namespace "http://e/" ] .`)
		_, err := collect(Validate(t.Context(), sn, s, Options{QueryTime: 50 * time.Millisecond}))
		if !errors.Is(err, ErrQueryTime) {
			t.Errorf("%s: error %v, want ErrQueryTime", name, err)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	s := compiled(t, `ex:S sh:targetNode ex:wide ; sh:path ex:a ; sh:lessThan ex:b .`)
	if _, err := collect(Validate(ctx, sn, s, Options{})); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("4 million comparisons end with %v when their time is over", err)
	}
}
