package w3ctest

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fincat/vocab"
	"fincat/vocab/term"
)

const prefixes = `@prefix mf: <` + vocab.MFNS + `> . @prefix e: <http://e/t#> .
`

// write makes a suite of the given files.
func write(t *testing.T, files map[string]string) Suite {
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return Suite{Dir: dir, Base: "https://w3.example/tests/"}
}

func TestLoad(t *testing.T) {
	s := write(t, map[string]string{
		"manifest.ttl": prefixes + `<> a mf:Manifest ; mf:entries ( <#one> e:two ) ; mf:include ( <a/manifest.ttl> <manifest.ttl> ) .
			<#one> a e:Positive ; mf:name "first" ; mf:action <data/one.nt> ; mf:result <data/one.nq> .
			e:two a e:Query ; mf:action [ e:query <q.rq> ; e:data <data/one.nt>, <data/two.nt> ] .`,
		"a/manifest.ttl": prefixes +
			`<> a mf:Manifest ; mf:entries ( <#three> ) ; mf:include <../manifest.ttl> . <#three> a e:Negative ; mf:action <x> .`,
		"data/one.nt": "<a:a> <a:a> <a:a> .\n",
	})
	m, err := s.Load("manifest.ttl")
	if err != nil {
		t.Fatal(err)
	}
	if len(m.Entries) != 3 {
		t.Fatalf("%d entries, want 3", len(m.Entries))
	}
	one, two, three := m.Entries[0], m.Entries[1], m.Entries[2]
	if one.Local() != "one" || one.Kind() != "Positive" || one.Name != "first" ||
		one.Result.Value() != s.Base+"data/one.nq" {
		t.Errorf("entry is %+v", one)
	}
	if two.ID.Value() != "http://e/t#two" || !two.Result.IsZero() ||
		len(two.Graph.Objects(two.Action, "http://e/t#data")) != 2 {
		t.Errorf("entry is %+v", two)
	}
	if three.Manifest != s.Base+"a/manifest.ttl" || three.Action.Value() != s.Base+"a/x" {
		t.Errorf("entry is %+v", three)
	}
	quads, err := s.ReadQuads(one.Action.Value())
	if err != nil || len(quads) != 1 {
		t.Errorf("ReadQuads gives %v, %v", quads, err)
	}
	for _, iri := range []string{"http://other/x", s.Base + "../x"} {
		if p, err := s.Path(iri); err == nil {
			t.Errorf("Path(%q) = %q, want an error", iri, p)
		}
	}
	if _, err := s.Load("missing.ttl"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("error of a missing manifest is %v", err)
	}
}

func TestJudge(t *testing.T) {
	fails := errors.New("wrong")
	tests := []struct {
		err    error
		listed bool
		want   string
	}{{nil, false, ""}, {fails, true, ""}, {fails, false, "wrong"}, {nil, true, "listed as failing"}}
	for _, tt := range tests {
		e := Entry{ID: term.NewIRI("http://e/t#one")}
		got := judge(e, tt.err, "reason", tt.listed)
		if (got == "") != (tt.want == "") || !strings.Contains(got, tt.want) {
			t.Errorf("judge(%v, %v) = %q, want %q", tt.err, tt.listed, got, tt.want)
		}
	}
}

func TestGraph(t *testing.T) {
	iri := func(s string) term.Term { return term.NewIRI(s) }
	loop := term.NewBlankNode("l")
	g := NewGraph([]term.Quad{
		{Subject: loop, Predicate: iri(vocab.RDFFirst), Object: iri("x")},
		{Subject: loop, Predicate: iri(vocab.RDFRest), Object: loop},
	})
	if l := g.List(loop); len(l) != 1 || len(g.Triples()) != 2 {
		t.Errorf("a list that is its own rest has members %v", l)
	}
}
