// Package rdfio reads and writes RDF documents: Turtle, TriG, N-Triples,
// N-Quads and RDF/XML in their RDF 1.1 and RDF 1.2 forms, and JSON-LD 1.1. It is
// the one door through which RDF enters and leaves the program.
//
// # Reading
//
// [Read] gives the quads of a document as a sequence, [ReadAll] as a slice. The
// [Format] is the one that [ReadOptions] names, or is found by media type, by
// file name, by content, in this order; gzip and Zstandard are undone and other
// charsets (UTF-16, Big5, what HTTP or XML declare) recoded to UTF-8. Memory is
// bounded by the [Limits]: of the document only a window that holds the longest
// token is kept. JSON-LD is the exception, it is read as a whole.
//
// Strict reading ends at the first fault with an [*Error], which has line,
// column, what was met and what was expected. Lenient reading, for harvests,
// hands each fault to OnProblem as a [Problem] and goes on:
//
//   - IRIs that RFC 3987 does not allow are repaired by [RepairIRI];
//   - a triple with a term that cannot be made, such as one with an undeclared
//     prefix, is left out, the others of the statement stay;
//   - a missing dot is taken as read where the next statement has its own line;
//   - after other faults reading goes on behind the next ';' or '.' or line end
//     (N-Triples, N-Quads), or behind the element (RDF/XML).
//
// XML and JSON that are not well-formed, limits, and errors of the connection
// end lenient reading too, so that half a document never looks like a whole.
//
// Blank node labels are those of the document, after the prefix that
// [ReadOptions] gives, save that readers which have to make nodes of their own
// call them anon1, anon2 and so on, and document labels that begin like these
// are moved out of the way.
//
// # Writing
//
// [NewWriter] and [Write] write documents. Turtle and TriG look as a person
// would write them, sorted, with blank nodes and lists inside what refers to
// them; so they are held in memory until Close, as are RDF/XML and JSON-LD.
// N-Triples and N-Quads stream, and so do the others but JSON-LD when asked, at
// the price of order and nesting. A writer returns an error for a quad that its
// syntax cannot express (a predicate that is no XML name, a control character in
// XML, a relative IRI) and never writes what would read back as another graph.
//
// # The syntaxes
//
// Turtle, TriG, N-Triples and N-Quads are read and written here. [Read] and
// [NewWriter] leave RDF/XML to package rdfxml and JSON-LD to package jsonld;
// [ReadHTML] leaves pages to package rdfhtml. Package canon compares RDF datasets.
// [Negotiate] picks media types.
//
// # The peer
//
// The library github.com/knakk/rdf stays inside this package. It is the second
// reader of what we publish: a [Verifier] compares lines of N-Triples and N-Quads
// with the quads that they should say ("fincat dump --verify"), and [ReadPeer] reads
// whole documents back ("fincat check --feeds"), so that what we write is right not
// only by our own reading of the grammars.
//
// It does not decode what comes from outside, not even N-Triples and N-Quads from
// remote endpoints, for these measured reasons. On N-Triples it takes five to six
// times as long as the reader here and makes nine times the allocations. It accepts
// blank node labels that the grammar does not allow, so that a broken answer looks
// whole. It knows no limits: one endless line takes all memory. It refuses RDF 1.2,
// which endpoints send by now. It has no lenient mode and names no place in the
// file. In Turtle and RDF/XML it fails 24 of the 479 tests of the suites besides.
//
// TestKnakk, TestKnakkDefects and TestKnakkCost pin these facts. One of them fails
// when a release mends what it pins: see then what of ours can go.
package rdfio
