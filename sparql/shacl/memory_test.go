package shacl

import (
	"errors"
	"strings"
	"testing"

	"fincat/sparql/exec"
)

// TestSharedMemory: queries of shapes are part of what all queries together may hold,
// and give it back.
func TestSharedMemory(t *testing.T) {
	shape := func(form, query string) string {
		return `ex:S sh:targetSubjectsOf ex:p ; sh:sparql [ ` + form + ` """` + query + `""" ] .`
	}
	data := "ex:a ex:p 1 , 2 . ex:b ex:p 1 . " + strings.Repeat(" ex:c ex:p 3 .", 3)
	double := `BIND("0123456789012345" AS ?s) `
	last := "?s"
	for i := range 20 {
		next := "?s" + string(rune('a'+i))
		double += "BIND(CONCAT(" + last + ", " + last + ") AS " + next + ") "
		last = next
	}
	for _, tt := range []struct {
		query string
		fits  bool
	}{
		{"SELECT $this ?value { $this <http://e/p> ?value }", true},
		{"SELECT $this ?value { $this <http://e/p> ?p " + double + " BIND(STRLEN(" + last + ") AS ?value) }", false},
	} {
		shared := &exec.SharedMemory{Limit: 8 << 20}
		_, err := collect(Validate(t.Context(), loaded(t, data), compiled(t, shape("sh:select", tt.query)),
			Options{Shared: shared}))
		var limit *exec.LimitError
		if fits := err == nil; fits != tt.fits || !fits && !errors.As(err, &limit) {
			t.Errorf("%.60s ends with %v, want fits: %v", tt.query, err, tt.fits)
		}
		if used := shared.Used(); used != 0 {
			t.Errorf("%.60s: %d bytes are still taken", tt.query, used)
		}
	}
}
