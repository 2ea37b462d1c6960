// Package queries holds the program's own SPARQL queries by name.
//
// Each query is one .rq file: comment lines that say what it answers, a line
// "# tag: name", and the text. [Load] puts them all into a bank of
// github.com/knakk/sparql. A query with parameters is a text/template;
// [Bank.Text] fills it in with RDF terms, whose String method writes them
// escaped, so that nothing a visitor types can change a query's shape.
//
// The files under named serve pages and feeds. Those under examples are
// questions a researcher asks of the catalogue; the portal offers them, and the
// tests of cmd/fincat assert their answers.
package queries
