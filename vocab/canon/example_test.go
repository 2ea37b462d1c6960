package canon_test

import (
	"context"
	"fmt"
	"strings"

	"fincat/vocab/canon"
	"fincat/vocab/rdfio"
	"fincat/vocab/term"
)

func ExampleDiff() {
	read := func(s string) []term.Quad {
		quads, _ := rdfio.ReadAll(context.Background(), strings.NewReader(s), rdfio.ReadOptions{Format: rdfio.NQuads})
		return quads
	}
	a := read("<http://e/d> <http://e/contact> _:c .\n_:c <http://e/name> \"old\" .\n")
	b := read("<http://e/d> <http://e/contact> _:x .\n_:x <http://e/name> \"new\" .\n")
	added, removed := canon.Diff(a, b)
	fmt.Println("+", added[0])
	fmt.Println("-", removed[0])
	// Output:
	// + _:c <http://e/name> "new" .
	// - _:c <http://e/name> "old" .
}
