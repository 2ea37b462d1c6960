// Package rdfhtml reads the RDF that HTML pages carry.
//
// [Read] hands on the quads of JSON-LD in script elements, of microdata, and of
// RDFa 1.1 with property copying, in this order. What a page says in two of these
// ways comes twice, with blank nodes of its own each time. A page is held in memory
// and may have 64 MiB.
//
// Pages are read as browsers do: markup is never a fault. Only JSON-LD that is
// no JSON, or not JSON-LD, is an error, or a problem when reading is lenient.
package rdfhtml
