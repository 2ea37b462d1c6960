package canon_test

import (
	"context"
	"crypto"
	"errors"
	"slices"
	"strings"
	"testing"

	"fincat/vocab/canon"
	"fincat/vocab/rdfio"
	"fincat/vocab/term"
)

// parse reads N-Quads whose IRIs are written :name.
func parse(t *testing.T, text string) []term.Quad {
	t.Helper()
	var doc strings.Builder
	for line := range strings.SplitSeq(text, ";") {
		for word := range strings.FieldsSeq(line) {
			if name, ok := strings.CutPrefix(word, ":"); ok {
				word = "<http://e/" + name + ">"
			}
			doc.WriteString(word + " ")
		}
		if strings.TrimSpace(line) != "" {
			doc.WriteString(".\n")
		}
	}
	quads, err := rdfio.ReadAll(t.Context(), strings.NewReader(doc.String()), rdfio.ReadOptions{Format: rdfio.NQuads})
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return quads
}

// TestDiff pins what is added and removed, and under which labels.
func TestDiff(t *testing.T) {
	tests := []struct{ name, a, b, removed, added string }{
		{"nothing", "", "", "", ""},
		{"ground", ":s :p :a ; :s :p :b", ":s :p :b ; :s :p :c", ":s :p :a", ":s :p :c"},
		{"other graph", ":s :p :o :g", ":s :p :o", ":s :p :o :g", ":s :p :o"},
		{"only the first", ":s :p _:x", "", ":s :p _:x", ""},
		{"only the second", "", ":s :p _:x", "", ":s :p _:x"},
		{"repeated", ":s :p _:x ; :s :p _:x ; :s :p :o ; :s :p :o", ":s :p :o ; :s :p _:y", "", ""},
		{"other labels", ":s :p _:x ; _:x :q _:y", ":s :p _:y ; _:y :q _:x", "", ""},
		{"value of a node", ":s :p _:x ; _:x :n :old", ":s :p _:y ; _:y :n :new", "_:x :n :old", "_:x :n :new"},
		{"value of one of two", "_:a :id :1 ; _:a :n :old ; _:b :id :2", "_:c :id :2 ; _:d :id :1 ; _:d :n :new",
			"_:a :n :old", "_:a :n :new"},
		{"a node more", ":s :p _:x ; _:x :n :1", ":s :p _:y ; _:y :n :1 ; :s :p _:z ; _:z :n :2", "",
			"_:z :n :2 ; :s :p _:z"},
		{"a new node with the label of an old one", ":s :p _:x ; _:x :n :1", ":s :p _:y ; _:y :n :1 ; :t :p _:x", "",
			":t :p _:d0"},
		{"and the next label is taken too", ":s :p _:x ; _:x :n :1 ; :s :q _:d0",
			":s :p _:y ; _:y :n :1 ; :s :q _:d1 ; :t :p _:x", "", ":t :p _:d2"},
		{"graph name", ":s :p :o _:g ; :s :q _:g", ":s :p :o _:h ; :s :q _:h ; :s :r :o _:h", "", ":s :r :o _:g"},
		{"chain that grows", "_:1 :next _:2 ; _:1 :n :1 ; _:2 :n :2",
			"_:a :next _:b ; _:a :n :1 ; _:b :n :2 ; _:b :next _:c", "", "_:2 :next _:c"},
		{"circle and chain", "_:1 :n _:2 ; _:2 :n _:1", "_:1 :n _:2 ; _:2 :n _:3", "_:1 :n _:2", "_:1 :n _:3"},
		{"sorted", ":c :p _:x ; :b :p :o ; :a :p _:x", "", ":a :p _:x ; :b :p :o ; :c :p _:x", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a, b := parse(t, tt.a), parse(t, tt.b)
			added, removed := canon.Diff(a, b)
			if want := parse(t, tt.removed); !slices.Equal(removed, want) {
				t.Errorf("removed %v, want %v", removed, want)
			}
			if want := parse(t, tt.added); !slices.Equal(added, want) {
				t.Errorf("added %v, want %v", added, want)
			}
			if same := len(added)+len(removed) == 0; canon.Isomorphic(a, b) != same {
				t.Errorf("Isomorphic = %v, but the difference has %d quads", !same, len(added)+len(removed))
			}
		})
	}
}

// TestDiffTripleTerms compares blank nodes inside triple terms.
func TestDiffTripleTerms(t *testing.T) {
	claim := func(s, o string) term.Quad {
		inner := term.NewTripleTerm(term.Triple{Subject: blank(s), Predicate: iri("p"), Object: iri(o)})
		return term.Quad{Subject: iri("c"), Predicate: iri("says"), Object: inner}
	}
	name := func(s, n string) term.Quad { return term.Quad{Subject: blank(s), Predicate: iri("n"), Object: iri(n)} }
	a := []term.Quad{claim("x", "o"), name("x", "X")}
	if added, removed := canon.Diff(a, []term.Quad{name("y", "X"), claim("y", "o")}); len(added)+len(removed) > 0 {
		t.Errorf("other label: added %v, removed %v", added, removed)
	}
	added, removed := canon.Diff(a, []term.Quad{name("y", "X"), claim("y", "other")})
	if !slices.Equal(added, []term.Quad{claim("x", "other")}) || !slices.Equal(removed, []term.Quad{claim("x", "o")}) {
		t.Errorf("other object: added %v, removed %v", added, removed)
	}
}

// TestCanonicalizeResult pins the parts of the result and what each option does.
func TestCanonicalizeResult(t *testing.T) {
	quads := parse(t, "_:y :p :b ; :s :p _:y ; :s :p _:y ; :a :p :b :g ; _:x :p :a")
	got, err := canon.Canonicalize(t.Context(), quads, canon.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var lines strings.Builder
	for _, q := range got.Quads {
		lines.WriteString(q.String() + "\n")
	}
	if lines.String() != string(got.NQuads) || len(got.Quads) != 4 ||
		!slices.IsSorted(strings.Split(lines.String(), "\n")[:4]) {
		t.Errorf("quads are\n%s, document is\n%s", lines.String(), got.NQuads)
	}
	if !canon.Isomorphic(got.Quads, quads) || len(got.Issued) != 2 ||
		got.Issued[blank("x")] == got.Issued[blank("y")] {
		t.Errorf("issued %v for %v", got.Issued, got.Quads)
	}
	ground := parse(t, ":b :p :o ; :a :p :o ; :b :p :o")
	if got, err = canon.Canonicalize(t.Context(), ground, canon.Options{}); err != nil || len(got.Issued) != 0 ||
		!slices.Equal(got.Quads, parse(t, ":a :p :o ; :b :p :o")) {
		t.Errorf("without blank nodes: %v, %v", got, err)
	}
	if got, err = canon.Canonicalize(t.Context(), nil, canon.Options{}); err != nil ||
		len(got.NQuads)+len(got.Quads) != 0 {
		t.Errorf("the empty dataset: %v, %v", got, err)
	}
	if _, err := canon.Canonicalize(t.Context(), quads, canon.Options{Hash: crypto.MD5}); err == nil {
		t.Error("MD5 is accepted")
	}
}

// TestCanonicalizeWork pins how much work some datasets take: one unit less is
// refused, so that neither the counting nor the limit can move unnoticed.
func TestCanonicalizeWork(t *testing.T) {
	tests := []struct {
		name string
		in   []term.Quad
		want int
	}{
		{"two alike", parse(t, "_:a :p :x ; _:b :p :x"), 2},
		{"circle of three", edges(cycle(0, 3)...), 27},
		{"clique of four", edges(clique(4)...), 556},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := canon.Canonicalize(context.Background(), tt.in,
				canon.Options{WorkLimit: tt.want}); err != nil {
				t.Errorf("with a limit of %d: %v", tt.want, err)
			}
			_, err := canon.Canonicalize(context.Background(), tt.in, canon.Options{WorkLimit: tt.want - 1})
			if !errors.Is(err, canon.ErrPoison) {
				t.Errorf("with a limit of %d: error is %v, want %v", tt.want-1, err, canon.ErrPoison)
			}
		})
	}
}
