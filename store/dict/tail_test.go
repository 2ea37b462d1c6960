package dict

import (
	"fmt"
	"iter"
	"strings"
	"testing"

	"fincat/store/block"
	"fincat/store/ids"
	"fincat/vocab/term"
)

// nothing is a database without keys.
type nothing struct{}

func (nothing) Get([]byte) ([]byte, error)   { return nil, nil }
func (nothing) Block(uint64) ([]byte, error) { return nil, nil }
func (nothing) Keys(_, _ []byte) iter.Seq2[[]byte, error] {
	return func(func([]byte, error) bool) {}
}

func emptyTerms() *Terms {
	d := New(nothing{}, 1, block.NewCache[*block.Loaded](1<<20), 1<<20)
	d.Start(&Base{Hashes: &block.Index{}})
	return d
}

// TestTailTexts numbers terms of all lengths, some of which share a piece of memory, and
// reads them back, also when the first of them have left the tail.
func TestTailTexts(t *testing.T) {
	d := emptyTerms()
	var m Memo
	in := &Interner{Terms: d}
	of := map[ids.ID]term.Term{}
	for i := range 3 * termBlock {
		for _, want := range []term.Term{
			term.NewString(fmt.Sprintf("text %d %s", i, strings.Repeat("長", i*i%chunkBytes))),
			term.NewIRI(fmt.Sprintf("http://e/%d", i)),
		} {
			id, err := m.ID(in, want)
			if err != nil || of[id] != (term.Term{}) {
				t.Fatalf("ID of term %d = %#x, %v, which is that of %.20v", i, uint64(id), err, of[id])
			}
			of[id] = want
		}
	}
	check := func(of map[ids.ID]term.Term) {
		t.Helper()
		for id, want := range of {
			if got, err := d.Term(id); got != want || err != nil {
				t.Fatalf("Term(%#x) = %.20v, %v, want %.20v", uint64(id), got, err, want)
			}
			if got, err := m.ID(in, want); got != id || err != nil {
				t.Fatalf("ID(%.20v) = %#x, %v, want %#x", want, uint64(got), err, uint64(id))
			}
		}
	}
	check(of)
	first := d.Capture()
	first.Terms = first.Terms[:len(first.Terms)/3]
	for _, f := range first.Terms {
		delete(of, f.id)
	}
	d.Advance(first, d.hashes.base.Load())
	check(of)
}

// TestKnownTerms looks terms up that have numbers: nothing is allocated for them.
func TestKnownTerms(t *testing.T) {
	d := emptyTerms()
	var m Memo
	in := &Interner{Terms: d}
	terms := []term.Term{term.NewIRI("http://www.w3.org/ns/dcat#Dataset"), term.NewLangString("金融", "zh-Hant-TW"),
		term.NewString(strings.Repeat("x", 1000))}
	intern := func() {
		for _, x := range terms {
			if _, err := m.ID(in, x); err != nil {
				t.Fatal(err)
			}
		}
	}
	intern()
	if n := testing.AllocsPerRun(100, intern); n > 0 {
		t.Errorf("%v allocations for %d terms that are known, want none", n, len(terms))
	}
}
