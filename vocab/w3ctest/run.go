package w3ctest

import (
	"fmt"
	"slices"
	"testing"

	"fincat/vocab/canon"
	"fincat/vocab/term"
)

// Run runs each entry as a subtest. want is the number of tests that must run.
// expected lists, by [Entry.Local], the tests that fail and why; each of them
// must exist and must fail. test returns nil for a pass.
func Run(t *testing.T, entries []Entry, want int, expected map[string]string, test func(Entry) error) {
	t.Helper()
	if len(entries) != want {
		t.Errorf("the manifest lists %d tests, want %d", len(entries), want)
	}
	missing := map[string]bool{}
	for name := range expected {
		missing[name] = true
	}
	passed := 0
	for _, e := range entries {
		name := e.Local()
		reason, listed := expected[name]
		delete(missing, name)
		t.Run(name, func(t *testing.T) {
			err := test(e)
			if complaint := judge(e, err, reason, listed); complaint != "" {
				t.Error(complaint)
			}
			if err == nil {
				passed++
			}
		})
	}
	for name := range missing {
		t.Errorf("expected failure %q is no test of this manifest", name)
	}
	t.Logf("%d of %d pass, %d expected failures", passed, len(entries), len(expected))
}

// judge says what is wrong with a test's outcome, "" for nothing.
func judge(e Entry, err error, reason string, listed bool) string {
	switch {
	case err == nil && listed:
		return fmt.Sprintf("%s passes but is listed as failing: %s", e.ID, reason)
	case err != nil && !listed:
		return fmt.Sprintf("%s (%s): %v", e.ID, e.Name, err)
	}
	return ""
}

// SameQuads returns an error that shows the differences when two RDF datasets
// are not isomorphic.
func SameQuads(got, want []term.Quad) error {
	if canon.Isomorphic(got, want) {
		return nil
	}
	return fmt.Errorf("not isomorphic: got\n%swant\n%s", listing(got), listing(want))
}

func listing(quads []term.Quad) string {
	var b []byte
	for _, q := range slices.SortedFunc(slices.Values(quads), term.CompareQuads) {
		b = append(q.Append(append(b, '\t')), '\n')
	}
	return string(b)
}
