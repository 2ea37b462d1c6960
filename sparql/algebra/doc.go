// Package algebra is the SPARQL algebra of SPARQL 1.1 §18.
//
// [Translate] and [TranslateUpdate] turn a syntax tree into algebra exactly as
// §18.2 says; [Simplify] then rewrites it without statistics, keeping the
// multiset of solutions. An operator is an [Op], an expression an [Expr]; both
// are closed sets of plain structs, so a switch over them is complete. Nodes are
// shared and never changed after they were made: a rewrite makes new ones.
//
// Blank nodes of patterns, the intermediate nodes of property paths, aggregates
// and unnamed group keys appear as hidden variables ([Var.Hidden]); a Project
// never lists them. String methods print the algebra as s-expressions in the
// style other SPARQL tools use.
package algebra
