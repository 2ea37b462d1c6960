// Package saved keeps the queries that people save in the store.
//
// A [Query] is a graph of its own, and looks to clients like the example queries of the
// program: a sh:SPARQLExecutable with its text. Each [Version] has an IRI and a time and is
// kept; the query itself says what the newest one does. A query without a title is a short
// link: its name comes from its text, so that the same text has the same link, and it has one
// version for ever.
//
// A variable whose name begins with "_" is a [Parameter], after the convention of grlc. [Bind]
// puts terms in the place of such variables in the syntax tree and writes the tree as SPARQL,
// so that a value stays one term, whatever is in it.
package saved
