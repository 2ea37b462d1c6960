package feed

import (
	"fmt"
	"strings"
	"testing"

	"fincat/store"
	"fincat/vocab"
	"fincat/vocab/term"
)

// TestLongLists describes a catalogue on its pages whole, although its lists are longer than a
// description may be, and anew after each commit.
func TestLongLists(t *testing.T) {
	var many strings.Builder
	many.WriteString("@base <" + string(base) + "> . @prefix dcat: <http://www.w3.org/ns/dcat#> .\n" +
		"<graph/lists> { <catalog> ")
	for i := range maxDescription + 10 {
		if i > 0 {
			many.WriteString(", ")
		} else {
			many.WriteString("dcat:record ")
		}
		fmt.Fprintf(&many, "<record/one/x%d>", i)
	}
	many.WriteString(" . }\n")
	h, mux := newHandlerOver(t, many.String()+catalogue) // the title has a later ID than the records
	if body := get(mux, "catalog.ttl").Body.String(); !strings.Contains(body, `"目錄"@zh-Hant-TW`) ||
		strings.Contains(body, "record/one/x1>") {
		t.Errorf("the catalogue is not described, or with its lists:\n%.2000s", body)
	}
	_, err := h.Store.Commit(t.Context(), store.Change{Add: []term.Quad{{Subject: term.NewIRI(h.Base.Catalog()),
		Predicate: term.NewIRI(vocab.DCTDescription), Object: term.NewString("new words"),
		Graph: term.NewIRI(h.Base.CatalogGraph())}}})
	if err != nil {
		t.Fatal(err)
	}
	if body := get(mux, "catalog.ttl").Body.String(); !strings.Contains(body, "new words") {
		t.Error("a page after a commit describes the catalogue as it was")
	}
}
