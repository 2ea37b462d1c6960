package store

import (
	"context"
	"testing"

	"fincat/vocab/term"
)

// FuzzStoredTerm commits terms of every kind, which must read back.
func FuzzStoredTerm(f *testing.F) {
	f.Add("http://e/資料", "zh-Hant-TW", uint8(0))
	f.Add("a\x00b", "", uint8(3))
	f.Add("", "http://www.w3.org/2001/XMLSchema#duration", uint8(2))
	f.Fuzz(func(t *testing.T, value, extra string, kind uint8) {
		s := openTest(t, Options{})
		q := term.Quad{Subject: term.NewIRI("s"), Predicate: term.NewIRI("p"), Graph: term.NewIRI("g")}
		for _, o := range []term.Term{
			term.NewIRI(value), term.NewString(value), term.NewLiteral(value, extra),
			term.NewLangString(value, extra), term.NewDirLangString(value, extra, term.Direction(kind%3)),
		} {
			q.Object = o
			if _, err := s.Commit(context.Background(), Change{Add: []term.Quad{q}}); err != nil {
				t.Fatal(err)
			}
			id, ok, err := s.dict.Lookup(o)
			if back, err2 := s.dict.Term(id); !ok || err != nil || err2 != nil || back != o {
				t.Fatalf("%v reads back as %v (%v, %v, %v)", o, back, ok, err, err2)
			}
		}
	})
}
