package quality

import (
	"cmp"
	"fmt"

	"fincat/harvest/column"
	"fincat/vocab"
	"fincat/vocab/term"
)

// maxDescribed is how many columns of a file are described in the store.
const maxDescribed = 200

// schema describes the columns that a file has, whatever is said of them elsewhere, in terms of
// CSV on the web (Metadata Vocabulary for Tabular Data §5.5 to §5.7): the distribution leads to a
// csvw:Schema by csvw:tableSchema, and that to its columns with their title, place and datatype.
// What a column identifies is that of its name; the dataset can be joined with others on it.
func (w *statements) schema(n int, s *state, r *Resource) {
	if len(r.Columns) == 0 {
		return
	}
	schema := fmt.Sprintf("%s#schema-%d", w.room, n)
	w.link(r.Distribution, vocab.CSVWTableSchema, schema)
	w.link(w.room, vocab.DCTHasPart, schema) // whose address leads there
	w.link(schema, vocab.RDFType, vocab.CSVWSchema)
	names := make([]string, len(r.Columns))
	for i, c := range r.Columns {
		names[i] = c.Name
	}
	for i, c := range r.Columns[:min(len(r.Columns), maxDescribed)] {
		iri := fmt.Sprintf("%s-%d", schema, i+1)
		w.link(schema, vocab.CSVWColumnProperty, iri)
		w.link(iri, vocab.RDFType, vocab.CSVWColumn)
		w.number(iri, vocab.FincatPosition, i+1)
		w.add(iri, vocab.CSVWDatatype, term.NewIRI(vocab.XSDNS+cmp.Or(c.Datatype, "string")))
		if c.Name == fmt.Sprintf("#%d", i+1) { // it has no name
			continue
		}
		w.text(iri, vocab.CSVWTitles, c.Name)
		if id := column.Identify(c.Name, s.Title, names); id != "" {
			w.link(iri, vocab.FincatIdentifies, w.base.Identifier(id))
			w.link(s.Dataset, vocab.FincatJoinsOn, w.base.Identifier(id))
		}
	}
}
