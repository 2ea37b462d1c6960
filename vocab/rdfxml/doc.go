// Package rdfxml reads and writes RDF/XML in its RDF 1.1 and RDF 1.2 forms.
//
// [Read] hands the triples of a document on while it scans the XML, so that its
// memory does not grow with the document. The scanner is its own: it reads XML 1.0
// with namespaces and the entities that a document declares itself, knows the line
// and column of every byte, and can go on behind a faulty element when reading is
// lenient. External entities and document types are never fetched.
//
// A [Writer] writes a document for people, sorted and nested, when it is closed; a
// [Stream] writes triples as they come. Both refuse what XML cannot express, such
// as a predicate that is no XML name.
package rdfxml
