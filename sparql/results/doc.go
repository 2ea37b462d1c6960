// Package results reads and writes the solutions of SPARQL queries: SPARQL
// Query Results JSON, XML, CSV and TSV, in version 1.1 and with the triple
// terms and base directions of 1.2, and a table for terminals.
//
// A [Writer] writes each [Solution] when it comes; a result that ends early is
// closed with Fail instead of Close and cannot be mistaken for a whole one. A
// [Reader] yields solutions while the document arrives and holds one of them at
// a time, within [Limits].
//
// What the formats cannot carry:
//
//   - CSV keeps the text of a term and nothing else (SPARQL 1.1 CSV and TSV §3),
//     so reading it gives strings, and an empty string comes back unbound.
//   - XML 1.0 has no place for most control characters, U+FFFE and U+FFFF.
//     Writing one is an error that names the variable, never a changed answer.
//   - A table is for eyes and cannot be read back.
//
// JSON and TSV carry every RDF term.
package results
