package dump

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"math"
	"testing"

	"fincat/store"
	"fincat/vocab/rdfio"
	"fincat/vocab/term"
)

func quads(graph, n int, text string) (out []term.Quad) {
	for i := range n {
		out = append(out, term.Quad{Subject: term.NewIRI(fmt.Sprint("http://e/", graph, "/", i)),
			Predicate: term.NewIRI("http://e/p"), Object: term.NewLangString(text+"\n\"值\"", "zh-Hant-TW"),
			Graph: term.NewIRI(fmt.Sprint("http://e/g", graph))})
	}
	return out
}

func commit(t testing.TB, s *store.Store, add []term.Quad) {
	t.Helper()
	if _, err := s.Commit(t.Context(), store.Change{Add: add}); err != nil {
		t.Fatal(err)
	}
}

func open(t testing.TB) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// check compares the newest dump with the store.
func check(t *testing.T, s *store.Store, m *Maker) *File {
	t.Helper()
	f, err := m.Get(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	packed, err := io.ReadAll(io.NewSectionReader(f, 0, math.MaxInt64))
	if err != nil || int64(len(packed)) != f.Size || sha256.Sum256(packed) != f.Digest || f.Seq != s.Seq() {
		t.Fatalf("the dump of commit %d, wanted of %d, has %d bytes, says %d: %v", f.Seq, s.Seq(), len(packed),
			f.Size, err)
	}
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	sn, err := s.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	defer sn.Close()
	var want bytes.Buffer
	if err := rdfio.Write(t.Context(), &want, rdfio.NQuads, sn.Match(t.Context(), store.Pattern{}, store.GSPO),
		rdfio.WriteOptions{}); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want.Bytes()) {
		t.Fatalf("the dump has %d bytes, want %d", len(got), want.Len())
	}
	return f
}

func TestDump(t *testing.T) {
	s := open(t)
	m := New(s)
	m.few, m.many = 40, 300
	check(t, s, m)
	var all []term.Quad
	for g := range 300 {
		all = append(all, quads(g, 10, "first")...)
	}
	commit(t, s, all)
	commit(t, s, []term.Quad{{Subject: term.NewBlankNode("x"), Predicate: term.NewIRI("http://e/p"),
		Object: term.NewLiteral("1", "http://www.w3.org/2001/XMLSchema#integer")}}) // in the default graph
	first := check(t, s, m)
	if again, err := m.Get(t.Context()); err != nil || again != first {
		t.Errorf("the same commit is dumped again: %v", err)
	}
	commit(t, s, quads(77, 1, "second"))
	second := check(t, s, m)
	shared := 0
	for key := range second.members {
		if _, ok := first.members[key]; ok {
			shared++
		}
	}
	if shared < 3 || shared < len(second.members)-2 {
		t.Errorf("after a small commit %d of %d members are those before", shared, len(second.members))
	}
	if first.Digest == second.Digest {
		t.Error("two dumps have one digest")
	}
	commit(t, s, quads(400, m.many+5, "large"))
	check(t, s, m)
}

// TestDumpGoesOn has the client go away: the dump is made for the next one.
func TestDumpGoesOn(t *testing.T) {
	s := open(t)
	commit(t, s, quads(1, 5000, "first"))
	m := New(s)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := m.Get(ctx); err == nil { // it may be made already, which is as good
		return
	}
	check(t, s, m)
}
