// Package term is the RDF data model: terms, triples and quads, as defined by
// RDF 1.2 Concepts and Abstract Syntax.
//
// [Term] is a small comparable value; two Terms are == exactly when they are
// the same RDF term (RDF 1.2 Concepts §3), so terms serve as map keys. A
// [Triple] is three terms; a [Quad] adds the graph name, the zero Term standing
// for the default graph. The zero Term is no RDF term: it also stands for "not
// bound" and "any" where a package says so.
//
// Constructors do not validate: whoever reads terms from outside (package
// rdfio, the SPARQL parser) does. Language tags are kept in the letter case
// that RFC 5646 §2.1.1 recommends (zh-Hant-TW, en-GB), because RDF compares
// them without regard to case and == must agree with that.
package term
