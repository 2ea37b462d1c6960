package catalogue_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"runtime"
	"slices"
	"strings"
	"testing"

	"fincat/sparql/bench/catalogue"
	"fincat/vocab/rdfio"
	"fincat/vocab/term"
)

func document(t *testing.T, o catalogue.Options) string {
	t.Helper()
	quads, err := catalogue.Quads(o)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := rdfio.Write(t.Context(), &b, rdfio.NQuads, quads, rdfio.WriteOptions{}); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestSame holds the bytes to what they were: a benchmark of today can be compared with one
// of last year. Whoever changes the catalogue on purpose changes the hash.
func TestSame(t *testing.T) {
	o := catalogue.Options{Datasets: 150, Seed: 7}
	first := document(t, o)
	if first != document(t, o) {
		t.Error("the same options give other bytes")
	}
	h := sha256.Sum256([]byte(first))
	if got := hex.EncodeToString(h[:8]); got != wantHash {
		t.Errorf("the hash of the catalogue is %s, want %s", got, wantHash)
	}
	o.Seed++
	if first == document(t, o) {
		t.Error("another seed gives the same bytes")
	}
}

const wantHash = "68d6e83e8eadde2d"

// TestOnce asks that every triple occurs once, so that stores with and without graphs hold
// equally much, and that the triples are those of the quads.
func TestOnce(t *testing.T) {
	for _, n := range []int{1, 2, 11, 400} {
		o := catalogue.Options{Datasets: n, Seed: 1}
		quads := strings.Split(strings.TrimSpace(document(t, o)), "\n")
		o.Triples = true
		triples := strings.Split(strings.TrimSpace(document(t, o)), "\n")
		if len(quads) != len(triples) {
			t.Fatalf("%d datasets: %d quads and %d triples", n, len(quads), len(triples))
		}
		for i, line := range quads {
			bare, graph, _ := cutLast(strings.TrimSuffix(line, " ."), " ")
			if bare+" ." != triples[i] || !strings.HasPrefix(graph, "<"+catalogue.Base+"graph/") {
				t.Fatalf("line %d: %q as a triple is %q", i+1, line, triples[i])
			}
		}
		slices.Sort(triples)
		if all := len(triples); len(slices.Compact(triples)) != all {
			t.Errorf("%d datasets: a triple occurs twice", n)
		}
	}
}

func cutLast(s, sep string) (before, after string, found bool) {
	i := strings.LastIndex(s, sep)
	return s[:max(i, 0)], s[i+len(sep):], i >= 0
}

// TestFlat asks that what is held does not grow with the size.
func TestFlat(t *testing.T) {
	held := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	quads, err := catalogue.Quads(catalogue.Options{Datasets: 20_000, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	before, n := held(), 0
	watched := func(yield func(term.Quad, error) bool) {
		for q, err := range quads {
			if n++; n%200_000 == 0 {
				if now := held(); now > before+4<<20 {
					t.Errorf("after %d quads %d bytes are held, %d before", n, now, before)
				}
			}
			if !yield(q, err) {
				return
			}
		}
	}
	if err := rdfio.Write(t.Context(), io.Discard, rdfio.NQuads, watched, rdfio.WriteOptions{}); err != nil {
		t.Fatal(err)
	}
	if n < 20_000*40 || n > 20_000*55 {
		t.Errorf("%d statements", n)
	}
}

func TestSizes(t *testing.T) {
	for _, n := range []int{-1, 0, catalogue.MaxDatasets + 1} {
		if _, err := catalogue.Quads(catalogue.Options{Datasets: n}); err == nil {
			t.Errorf("a catalogue of %d datasets is no error", n)
		}
	}
	quads, err := catalogue.Quads(catalogue.Options{Datasets: catalogue.MaxDatasets})
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, err := range quads { // who stops early does not wait for the rest
		if n++; n == 50_000 || err != nil {
			break
		}
	}
	if n != 50_000 {
		t.Errorf("%d statements before the end", n)
	}
}
