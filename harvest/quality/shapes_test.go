package quality

import (
	"fmt"
	"regexp"
	"testing"

	"fincat/harvest/quality/words"
	"fincat/sparql/shacl"
	"fincat/store"
	"fincat/vocab"
	"fincat/vocab/term"
)

// TestShapeWords has records that break the shapes of DCAT-AP in every way that values and their
// lack can, and each message of these in Chinese, as the shapes have it where they do.
func TestShapeWords(t *testing.T) {
	quads, facts, err := shacl.Builtin("dcat-ap")
	if err != nil {
		t.Fatal(err)
	}
	shapes, err := shacl.Compile(quads, shacl.ImportBuiltin)
	if err != nil {
		t.Fatal(err)
	}
	shapes.State(facts)
	s, err := store.Open(t.Context(), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var change store.Change
	add := func(subject term.Term, p string, o term.Term) {
		change.Add = append(change.Add, term.Quad{Subject: subject, Predicate: term.NewIRI(p), Object: o})
	}
	wrong := []term.Term{term.NewString("x"), term.NewLangString("y", "en"), term.NewLangString("z", "en"),
		term.NewIRI("http://example.org/x"), term.NewBlankNode("b"), term.NewLiteral("1", vocab.XSDInteger)}
	var paths []string
	classes := map[string]bool{}
	for _, q := range quads {
		switch {
		case q.Predicate.Value() == vocab.SHNS+"path" && q.Object.IsIRI():
			paths = append(paths, q.Object.Value())
		case q.Predicate.Value() == vocab.SHNS+"targetClass":
			classes[q.Object.Value()] = true
		}
	}
	for class := range classes {
		for i := range len(wrong) + 2 {
			about := term.NewIRI(fmt.Sprintf("http://example.org/%d?%s", i, class))
			add(about, vocab.RDFType, term.NewIRI(class))
			for _, p := range paths {
				for j, o := range wrong {
					if i == j || i == len(wrong) {
						add(about, p, o)
					}
				}
			}
		}
	}
	if _, err := s.Commit(t.Context(), change); err != nil {
		t.Fatal(err)
	}
	sn, err := s.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	defer sn.Close()
	w, err := words.New()
	if err != nil {
		t.Fatal(err)
	}
	seen, english := map[string]bool{}, regexp.MustCompile(`[a-z]{2,} [a-z]{2,}|「`)
	for x, err := range shacl.Validate(t.Context(), sn, shapes, shacl.Options{}) {
		if err != nil {
			t.Fatal(err)
		}
		en, zh := x.Language("en"), x.Language("zh")
		if en == "" {
			en = x.Messages[0].Value()
		}
		if seen[en] {
			continue
		}
		seen[en] = true
		got := w.Chinese(en)
		if zh != "" && got != zh || zh == "" && english.MatchString(got) {
			t.Errorf("Chinese(%q) = %q, the shapes say %q", en, got, zh)
		}
		whole := w.Chinese(fmt.Sprintf("2 violations of DCAT-AP, the first at dct:title: %s", en))
		if want := "違反 DCAT-AP 2 處，首先是 dct:title：" + got; whole != want {
			t.Errorf("with its path: %q, want %q", whole, want)
		}
	}
	if len(seen) < 20 {
		t.Errorf("%d messages, want 20 at least", len(seen))
	}
}
