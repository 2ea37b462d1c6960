// Package shacl validates RDF data against SHACL shapes: SHACL Core and
// SHACL-SPARQL of the Shapes Constraint Language (W3C, 20 July 2017).
//
// [Compile] turns a shapes graph into [Shapes], once; [Builtin] has the shape
// sets that come with the program. [Validate] checks a snapshot of a store
// against them and yields each [Result] as it is found. [WriteReport] writes
// results as an RDF validation report, as a table or as CSV.
//
// The data graph is the union of all graphs of the snapshot. Validation works
// on IDs: the focus nodes of a target are read in the order of IDs and taken in
// batches, the triples that start at the nodes of a batch are fetched with one
// probe, and so are those of their values where a shape looks at them. Terms
// are decoded only where a constraint needs the text and in results.
//
// A shapes graph that breaks the rules of the specification is a
// [*ShapesError]; there is no report then. Shapes that refer to themselves are
// such an error, since the specification leaves their meaning open (§3.4.3),
// and so are queries that use what pre-binding does not allow (appendix A).
//
// Limits: sh:entailment, sh:js and the advanced features (SPARQL targets,
// rules, functions) are not supported; the first is an error, as the
// specification asks, the others are no part of it. The triples that start at
// one node are held in memory while it is looked at.
package shacl
